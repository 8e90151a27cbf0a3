"""How do arms differ after the training, given where each began?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd

from tne.checks import (
    require_columns,
    require_level_of_confidence,
    require_levels,
    require_no_missing,
    require_numeric,
)
from tne.measures.adjusted_row import APART, METHOD
from tne.measures.headcount import headcount, headcount_by
from tne.measures.inference import inference, joint_test
from tne.measures.ols import cluster_checks, cluster_columns, codes, errors_text, missing_check
from tne.measures.repeated import repeated_people
from tne.measures.sandwich import Uncertainty, fit, independent, uncertainty
from tne.measures.sessions import ignored_sessions
from tne.result import Check, Estimate, Estimates, Result


@dataclass(frozen=True, kw_only=True, eq=False)
class Ancova(Result):
    """Adjusted differences between arms, with the model behind them.

    Parameters
    ----------
    differences : Estimates
        Key ``group``: one row per arm other than the reference. ``.to_frame()``, ``.get()``, ``len()`` and
        iteration of the result itself read these.
    omnibus : Estimate
        F test that all arms are equal: F in `statistic` (and `estimate`), its second df in `df`; the first is the
        number of arms minus one.
    coefficients : Estimates
        Every coefficient of the model, by `term`: ``Intercept``, ``<group>[<arm>]``, the baseline, the covariates.
    """

    differences: Estimates
    omnibus: Estimate
    coefficients: Estimates

    def to_frame(self) -> pd.DataFrame:
        return self.differences.to_frame()

    def get(self, **where: Any) -> Estimate:
        """Return the one difference whose columns equal `where`, for example ``group="waitlist"``."""
        return self.differences.get(**where)

    def __len__(self) -> int:
        return len(self.differences)

    def __iter__(self) -> Iterator[Estimate]:
        return iter(self.differences)


def ancova(
    scores: pd.DataFrame,
    *,
    outcome: str,
    baseline: str,
    group: str,
    reference: object,
    covariates: Sequence[str] = (),
    cluster: str | Sequence[str] | None = None,
    conf_level: float = 0.95,
) -> Ancova:
    """Differences between arms in `outcome`, adjusted for `baseline` (analysis of covariance).

    Parameters
    ----------
    scores : DataFrame, one row per person
        Rows with a missing value in a column used are left out and counted in the checks.
    outcome, baseline : str
        Score after and score before.
    group : str
        Column with the arm.
    reference : object
        The arm that the others are compared with.
    covariates : sequence of str
        Further columns; text and categories become indicators.
    cluster : str or tuple of two str, optional
        Columns whose people share their errors: CR2 with Satterthwaite df, or CR1 in two directions.
    conf_level : float

    Returns
    -------
    Ancova
        With checks ``missing, few_people, balance, slopes`` and, with a cluster, ``clusters``; without one,
        ``repeated_people`` where someone has several rows, ``clusters_ignored`` where people share a
        ``session_id``. An arm without people who have all values is NaN with a note. Adjusters that are constant or
        repeat others are left out.

    Raises
    ------
    ValueError
        If `reference` is not an arm, or an arm is missing.

    Notes
    -----
    ``outcome = a + arm + b · baseline + covariates`` with one slope for all arms; the check ``slopes`` tests that.
    Unbiased where the arms were chosen at random or by the baseline itself; else only as far as the baseline
    explains who went where.

    References
    ----------
    Van Breukelen (2006), ANCOVA versus change from baseline, J. Clin. Epidemiol. 59:920-925.

    Examples
    --------
    >>> arms = {"arm": list("cccccttttt"), "pre": [4.0, 5, 6, 7, 8] * 2, "post": [5.0, 5, 7, 7, 9, 7, 8, 8, 10, 11]}
    >>> found = ancova(pd.DataFrame(arms), outcome="post", baseline="pre", group="arm", reference="c")
    >>> print(found)
    adjusted_difference (group t): 2.2 units of post (95 % CI 1.401 to 2.999), p <0.001, 10 people; compared with c
    """
    columns, covariates = (
        cluster_columns(cluster),
        [covariates] if isinstance(covariates, str) else list(covariates),
    )
    # the baseline is in the model already
    covariates = [c for c in dict.fromkeys(covariates) if c != baseline]
    require_columns(scores, [outcome, baseline, group, *covariates, *columns], "scores")
    require_numeric(scores, [outcome, baseline], "scores")
    require_no_missing(scores, [group], "scores")
    require_level_of_confidence(conf_level)
    if len(scores):
        require_levels(scores, group, [reference], "scores")
    kept = scores.loc[scores[[outcome, baseline, *covariates]].notna().all(axis=1)]
    require_no_missing(kept, columns, "scores")
    mixed = scores[group].dtype == object  # numbers and text have no common order
    in_order = scores[group].sort_values(key=lambda c: c.map(lambda a: (str(type(a)), a)) if mixed else c)
    arms = [a for a in pd.unique(in_order) if a != reference]
    heads = headcount_by(kept, group)
    present = [a for a in arms if heads.get(a, 0) and heads.get(reference, 0)]
    adjusters = _adjusters(kept, [baseline, *covariates])
    names = ["Intercept", *(f"{group}[{a}]" for a in present), *adjusters.columns]
    x = np.column_stack([np.ones(len(kept)), *(kept[group] == a for a in present), adjusters]).astype(float)
    free = independent(x)
    dropped = [name for name, keep in zip(names, free, strict=True) if not keep]
    names, x = [name for name in names if name not in dropped], x[:, free]
    kind = "classical" if not columns else "CR2" if len(columns) == 1 else "CR1"
    groups = [codes(kept[c]) for c in columns]
    method = METHOD + errors_text(kind, columns)
    known = (
        uncertainty(fit(x, kept[outcome].to_numpy(dtype=float), names), kind, groups) if len(kept) else None
    )
    rows, coefficients = [], []
    about = {"conf_level": conf_level, "method": method, "unit": f"units of {outcome}"}
    for i, name in enumerate(names if known is not None else []):
        estimate, std_error, df, note = cast(Uncertainty, known).contrast(np.eye(len(names))[i])
        coefficients.append(
            {"term": name, **inference(estimate, std_error, df, conf_level), "note": note, **about}
        )
    by_name = {row["term"]: row for row in coefficients}
    total = sum(heads.values())
    for arm in arms:
        row = by_name.get(
            f"{group}[{arm}]", {"estimate": math.nan, "note": "the arm, or the reference, has no one left"}
        )
        if f"{group}[{arm}]" in dropped:
            row = {"estimate": math.nan, "note": APART}
        counts = {
            "n": len(kept),
            "n_people": min(heads.get(arm, 0), heads.get(reference, 0)),
            "n_people_total": total,
        }
        rows.append({**row, **about, **counts, "group": arm, "term": "adjusted_difference"})
    differences = pd.DataFrame(rows, columns=None if rows else ["group", "term", "estimate", "note"])
    differences = differences.assign(
        estimand=f"difference in {outcome} at equal {baseline}", comparison=str(reference)
    )
    table = pd.DataFrame(coefficients, columns=None if coefficients else ["term", "estimate", "note"])
    smallest = min((heads.get(a, 0) for a in [reference, *arms]), default=0)
    checks = (
        missing_check(len(scores), len(kept)),
        Check(
            "few_people",
            "pass" if smallest >= 20 else "warn",
            f"{smallest} people in the smallest arm; 20 are wanted.",
        ),
        _balance(kept, baseline, group, [reference, *present], kind, groups),
        _slopes(x, names, kept, outcome, baseline, [f"{group}[{a}]" for a in present], kind, groups),
        *cluster_checks(known.n_clusters if known is not None else 0, kind, columns),
    )
    if not columns and known is not None:
        checks += repeated_people(len(kept), headcount(kept))
        checks += ignored_sessions(kept, known.fit.residuals)
    if dropped:
        checks += (
            Check("collinear", "warn", f"Left out, constant or repeating others: {', '.join(dropped)}."),
        )
    return Ancova(
        differences=Estimates(table=differences, keys=("group",)),
        omnibus=_omnibus(known, names, [f"{group}[{a}]" for a in present], len(kept), smallest, total, about),
        coefficients=Estimates(table=table.assign(n=len(kept), n_people=total, n_people_total=total)),
        checks=checks,
    )


def _adjusters(kept: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Return the columns as numbers, categories as indicators without the first."""
    parts = []
    for name in columns:
        if pd.api.types.is_numeric_dtype(kept[name]) or pd.api.types.is_bool_dtype(kept[name]):
            parts.append(kept[[name]].astype(float))
        else:
            parts.append(pd.get_dummies(kept[name], prefix=name, drop_first=True, dtype=float))
    return pd.concat(parts, axis=1)


def _omnibus(
    known: Uncertainty | None,
    names: list[str],
    arms: list[str],
    n: int,
    smallest: int,
    total: int,
    about: dict[str, Any],
) -> Estimate:
    common = {"term": "F", "n": n, "n_people": smallest, "n_people_total": total, **about}
    common |= {"unit": "", "estimand": "all arms are equal", "comparison": "all arms"}
    f, df, p = (math.nan,) * 3
    if known is not None and arms and all(a in names for a in arms):
        f, df, p = joint_test(known, [names.index(a) for a in arms])
    note = "too few people or clusters for a joint test" if math.isnan(f) else ""
    return Estimate(estimate=f, statistic=f, df=df, p_value=p, note=note, **common)


def _balance(
    kept: pd.DataFrame, baseline: str, group: str, arms: list[object], kind: str, groups: list[np.ndarray]
) -> Check:
    x = np.column_stack([np.ones(len(kept)), *(kept[group] == a for a in arms[1:])]).astype(float)
    if len(arms) < 2 or len(kept) <= x.shape[1] or not independent(x).all():
        return Check("balance", "not_run", "Too few people or arms to compare baselines.")
    fitted = fit(x, kept[baseline].to_numpy(dtype=float))
    p = joint_test(uncertainty(fitted, kind, groups), range(1, len(arms)))[2]
    spread = math.sqrt(fitted.rss / fitted.df)
    if math.isnan(p) or spread == 0:
        return Check("balance", "not_run", "The baseline does not vary, or clusters are too few.")
    gap = float(np.max(np.abs(fitted.coefficients[1:]))) / spread
    status = "warn" if gap > 0.25 and p < 0.05 else "pass"
    return Check(
        "balance", status, f"Baselines differ by up to {gap:.2f} SD from the reference (p = {p:.3f})."
    )


def _slopes(
    x: np.ndarray,
    names: list[str],
    kept: pd.DataFrame,
    outcome: str,
    baseline: str,
    arms: list[str],
    kind: str,
    groups: list[np.ndarray],
) -> Check:
    if baseline not in names or not arms or not all(a in names for a in arms):
        return Check("slopes", "not_run", "Too few people to compare slopes.")
    intake = x[:, names.index(baseline)] - x[:, names.index(baseline)].mean()
    full = np.column_stack([x, *(x[:, names.index(a)] * intake for a in arms)])
    if len(full) <= full.shape[1] or not independent(full).all():
        return Check("slopes", "not_run", "Too few people to compare slopes.")
    known = uncertainty(fit(full, kept[outcome].to_numpy(dtype=float)), kind, groups)
    p = joint_test(known, range(x.shape[1], full.shape[1]))[2]
    if math.isnan(p):
        return Check("slopes", "not_run", "Too few people or clusters to compare slopes.")
    detail = f"Equal slopes of {baseline} in all arms: p = {p:.3f}"
    return Check(
        "slopes",
        "pass" if p >= 0.05 else "warn",
        detail + ("." if p >= 0.05 else "; the difference depends on it."),
    )
