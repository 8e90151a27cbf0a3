"""What is the effect by time since training when every cohort has its own? Sun and Abraham's estimator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import require_choice, require_level_of_confidence
from tne.measures.absorbed_fit import COUNTED, AbsorbedFit, absorbed_fit
from tne.measures.inference import inference
from tne.measures.interaction_cells import Interactions, interactions
from tne.measures.ols import cluster_checks
from tne.measures.two_way_rows import people_in
from tne.result import Check, Estimates, Result

MIN_TREATED_CLUSTERS = 5


@dataclass(frozen=True, kw_only=True, eq=False)
class InteractionWeightedATT(Result):
    """Effects by time since training; `pretrend` and `sensitivity` take it as an event study.

    Parameters
    ----------
    table : Estimates
        Key event_time: a row "att" for each, ascending, then a row "overall" (event_time NaN).
    by_cohort : Estimates
        Keys cohort, event_time: the effects that are averaged.
    coefficients : Estimates
        One row per covariate.
    estimates, covariance, event_time : ndarray, shapes (k,), (k, k), (k,)
        The identified effects by event time, without the reference.
    reference : float
        Event time of the reference period: −1, or earlier where the panel skips periods.
    conf_level : float
    """

    table: Estimates
    by_cohort: Estimates = field(repr=False)
    coefficients: Estimates = field(repr=False)
    estimates: np.ndarray
    covariance: np.ndarray = field(repr=False)
    event_time: np.ndarray
    reference: float
    conf_level: float

    def to_frame(self) -> pd.DataFrame:
        return self.table.to_frame()

    def __str__(self) -> str:
        return str(self.table.get(term="overall"))


def interaction_weighted_att(
    panel: pd.DataFrame,
    *,
    outcome: str,
    unit: str,
    period: str,
    cohort: str,
    covariates: Sequence[str] = (),
    cluster: str | Sequence[str] | None = None,
    weights: str | None = None,
    absorbed: str = "nested",
    conf_level: float = 0.95,
) -> InteractionWeightedATT:
    """Return the average effect on the trained by event time, cohorts weighted by their rows (Sun and Abraham).

    Parameters
    ----------
    panel : DataFrame
        One row per unit × period; periods may be missing.
    outcome, unit, period, cohort : str
        Columns. `period` holds whole numbers; `cohort` is the period of first training, NaN or infinity for
        never (0, too, where periods are years or counted from long ago).
    covariates : sequence of str
        Columns that change within units; they enter linearly.
    cluster : str or tuple of two str, optional
        None: the unit.
    weights : str, optional
        Column with a weight per row; cohorts are then weighted by their sum.
    absorbed : {"nested", "full", "none"}
        Which effects the small-sample factor counts, as in `two_way_fixed_effects`.
    conf_level : float

    Returns
    -------
    InteractionWeightedATT

    Raises
    ------
    KeyError, TypeError, ValueError
        For bad columns, a cohort that changes within a unit, dates instead of numbers, or no comparison.

    Notes
    -----
    The outcome is regressed on unit and period effects, covariates, and a dummy for every cohort × event time but
    the last period before training; the comparison is the never-trained, which have no dummy. Without any, it is
    the cohort trained last, and periods from its training on are left out. Units trained in or before the first
    period are left out. Row "att" of an event time is the mean of the cohorts' effects, weighted by their rows;
    "overall" is that mean over all trained cells. The weights are taken as fixed, as R's fixest does. The errors
    are CR1 with t on clusters − 1 degrees of freedom, too small where few clusters are treated, which is noted.
    Parallel trends must hold given the covariates, whose slopes must not differ between cohorts; a covariate that
    training changes takes part of the effect away.

    References
    ----------
    Sun and Abraham (2021), Estimating dynamic treatment effects in event studies with heterogeneous treatment
    effects, J. Econometrics 225; R package fixest, function sunab.

    Examples
    --------
    >>> panel = pd.DataFrame({"team": [1, 1, 2, 2, 3, 3], "week": [0, 1] * 3, "y": [1.0, 4, 1, 2, 0, 1],
    ...                       "start": [1.0, 1, None, None, None, None]})
    >>> att = interaction_weighted_att(panel, outcome="y", unit="team", period="week", cohort="start")
    >>> round(att.table.get(term="overall").estimate, 6)
    2.0
    """
    require_level_of_confidence(conf_level)
    require_choice(absorbed, COUNTED, "absorbed")
    names = (covariates,) if isinstance(covariates, str) else tuple(covariates)
    if outcome in names or len(set(names)) < len(names):
        raise ValueError("`covariates` names the outcome, or a column twice. Name each once.")
    cells = interactions(
        panel,
        outcome=outcome,
        unit=unit,
        period=period,
        cohort=cohort,
        covariates=names,
        cluster=cluster,
        weights=weights,
    )
    data, m = cells.rows, len(cells.cohort)
    x = np.column_stack([cells.dummies, *(data.numbers[c] for c in names)])
    fitted = absorbed_fit(
        data.effects, data.numbers[outcome], x, errors="CR1", clusters=data.clusters, counted=absorbed
    )
    method = (
        "Sun-Abraham interaction-weighted effects, unit and period effects, CR1 errors clustered by "
        + " and ".join(data.cluster_names)
        + (f", adjusted for {', '.join(names)}" if names else "")
    )
    fixed = {"method": method, "conf_level": conf_level, "comparison": cells.comparison}
    table, weight = _by_event_time(cells, fitted, conf_level)
    single = _rows(cells, fitted, np.eye(len(x.T))[:, :m], conf_level)
    single = single.assign(cohort=cells.cohort, event_time=cells.event_time, term="att",
                           estimand="effect on those trained in the cohort, by periods since training")  # fmt: skip
    slopes = _rows(cells, fitted, np.eye(len(x.T))[:, m:], conf_level).assign(term=list(names))
    known = ~np.isnan(table["estimate"].to_numpy(dtype=float)) & table["event_time"].notna().to_numpy()
    b = np.nan_to_num(fitted.coefficients)
    v = np.where(np.outer(fitted.kept, fitted.kept), fitted.covariance, 0.0)
    checks = (*data.checks, *cells.checks, *_checks(cells, fitted, data))
    return InteractionWeightedATT(
        table=Estimates(table=table.assign(**fixed), keys=("event_time",)),
        by_cohort=Estimates(table=single.assign(**fixed), keys=("cohort", "event_time")),
        coefficients=Estimates(table=slopes.assign(method=method, conf_level=conf_level)),
        estimates=weight[:, known].T @ b, covariance=weight[:, known].T @ v @ weight[:, known],
        event_time=table["event_time"].to_numpy(dtype=float)[known], reference=cells.reference, conf_level=conf_level,
        checks=checks,
    )  # fmt: skip


def _by_event_time(
    cells: Interactions, fitted: AbsorbedFit, conf_level: float
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the rows by event time and overall, and their weights on the coefficients."""
    k, m = len(fitted.kept), len(cells.cohort)
    times = np.unique(cells.event_time)
    use = _identified(fitted, m)
    weight = np.zeros((k, len(times) + 1))
    lost = np.zeros(len(times) + 1, dtype=int)
    for j, e in enumerate([*times, np.nan]):
        which = cells.event_time == e if np.isfinite(e) else cells.event_time >= 0
        lost[j] = int((which & ~use).sum())
        share = np.where(which & use, cells.size, 0.0)
        weight[:m, j] = share / share.sum() if share.sum() > 0 else 0.0
    table = _rows(cells, fitted, weight, conf_level)
    table["note"] = ["; ".join(filter(None, [text, f"{n} cells not identified are left out" if n else ""]))
                     for text, n in zip(table["note"], lost, strict=True)]  # fmt: skip
    table["event_time"] = [*times, np.nan]
    table["term"] = ["att"] * len(times) + ["overall"]
    table["estimand"] = ["effect on the trained, by periods since training"] * len(times) + [
        "effect on the trained, mean over their trained rows"
    ]
    return table, weight


def _identified(fitted: AbsorbedFit, m: int) -> np.ndarray:
    """Flag the first `m` columns, the cells, that no dropped cell could stand for."""
    return fitted.kept[:m] & ~fitted.ties[:m, :m].any(axis=0)


def _rows(cells: Interactions, fitted: AbsorbedFit, weight: np.ndarray, conf_level: float) -> pd.DataFrame:
    """Return linear combinations of the coefficients as estimate rows; `weight` has a column for each."""
    data, m, out = cells.rows, len(cells.cohort), []
    columns = [
        *("estimate", "std_error", "df", "conf_low", "conf_high", "statistic", "p_value"),
        *("note", "n", "n_people", "n_people_total"),
    ]
    df = float(fitted.df[fitted.kept][0]) if fitted.kept.any() else np.nan
    v = np.where(np.outer(fitted.kept, fitted.kept), fitted.covariance, 0.0)
    known = np.r_[_identified(fitted, m), fitted.kept[m:]]
    for w in weight.T:
        in_use = np.unique(cells.cohort[w[:m] != 0])
        groups = (
            [np.isin(cells.row_cohort, in_use), cells.compared]
            if len(in_use)
            else [np.ones(len(data.kept), bool)]
        )
        smallest, total = people_in(data.person, *groups)
        row = {"n": float(len(data.kept)), "n_people": smallest, "n_people_total": total}
        if not w.any() or (w[~known] != 0).any():
            out.append(
                row | {"estimate": np.nan, "note": "not identified: other cells and the effects determine it"}
            )
            continue
        b, variance = float(w @ np.nan_to_num(fitted.coefficients)), float(w @ v @ w)
        note = "" if variance > 0 else fitted.note or "the variance is not positive: too few clusters for it"
        treated = min(len(np.unique(c[np.isin(cells.row_cohort, in_use)])) for c in cells.moving)
        if len(in_use) and treated < MIN_TREATED_CLUSTERS and not note:
            note = f"fewer than {MIN_TREATED_CLUSTERS} treated clusters ({treated}): the error is too small"
        out.append(
            row
            | inference(b, float(np.sqrt(variance)) if variance >= 0 else np.nan, df, conf_level)
            | {"note": note}
        )
    return pd.DataFrame(out, columns=columns)


def _checks(cells: Interactions, fitted: AbsorbedFit, data: Any) -> list[Check]:
    m = len(cells.cohort)
    lost = int((~_identified(fitted, m)).sum())
    checks = list(cluster_checks(fitted.n_clusters, "CR1", data.cluster_names))
    checks = [
        Check(c.name, c.status, c.detail.replace(": choose errors='CR2'", ": intervals are too narrow"))
        for c in checks
    ]
    if lost:
        checks.append(Check("identified_cells", "fail" if lost == m else "warn",
            f"{lost} of {m} cohort × event time effects are not identified."))  # fmt: skip
    counts = [
        min(len(np.unique(c[cells.row_cohort == g])) for c in cells.moving) for g in np.unique(cells.cohort)
    ]
    few = sum(n < MIN_TREATED_CLUSTERS for n in counts)
    checks.append(Check("few_clusters", "pass" if not few else "fail" if few == len(counts) else "warn",
        f"Cohorts with fewer than {MIN_TREATED_CLUSTERS} treated clusters: {few} of {len(counts)}."))  # fmt: skip
    return checks
