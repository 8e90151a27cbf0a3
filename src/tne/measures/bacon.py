"""Which comparisons of two groups make up the two-way fixed effects estimate, and with what weight?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import require_columns, require_no_missing, require_numeric, require_unique, rows
from tne.measures.two_way_rows import codes_of
from tne.result import ESTIMATE_COLUMNS, Check, Estimates, Result

EARLIER, LATER = "Earlier vs Later Treated", "Later vs Earlier Treated"
NEVER, ALWAYS = "Treated vs Untreated", "Later vs Always Treated"
TYPES = (EARLIER, LATER, NEVER, ALWAYS)


@dataclass(frozen=True, kw_only=True, eq=False)
class BaconDecomposition(Result):
    """Every comparison of two groups, its difference in differences and its weight.

    Parameters
    ----------
    comparisons : Estimates
        Keys treated, untreated (first treated period; "never" and "always" by name), type, weight.
    by_type : DataFrame
        One row per type that occurs: type, weight (sum), estimate (weighted mean), comparisons (count).
    estimate : float
        The weighted sum: the two-way fixed effects estimate.
    """

    comparisons: Estimates
    by_type: pd.DataFrame = field(repr=False)
    estimate: float

    def to_frame(self) -> pd.DataFrame:
        return self.comparisons.to_frame()

    def __str__(self) -> str:
        if np.isnan(self.estimate):
            return f"No comparison of two groups. {self.comparisons.to_frame()['note'].iloc[0]}"
        parts = [f"{row.type} {100 * row.weight:.1f} %" for row in self.by_type.itertuples()]
        return f"The two-way fixed effects estimate {self.estimate:.4g} is made of: {', '.join(parts)}."


def bacon_decomposition(
    panel: pd.DataFrame, *, outcome: str, unit: str, period: str, treated: str
) -> BaconDecomposition:
    """Split the two-way fixed effects estimate into its comparisons of two groups.

    Parameters
    ----------
    panel : DataFrame
        Balanced: every unit in every period, once, with an outcome.
    outcome, unit, period : str
    treated : str
        Column of 0 and 1; once 1, it stays 1.

    Returns
    -------
    BaconDecomposition
        ``.comparisons`` (also ``.to_frame()``), ``.by_type`` and ``.estimate``.

    Raises
    ------
    KeyError, TypeError, ValueError
        For bad columns, an unbalanced panel, or treatment that ends.

    Notes
    -----
    A pair of groups k and l is compared over the periods in which the one used as comparison does not change. Its
    weight grows with both groups' sizes and with the variance of treatment within these periods, so groups trained
    in the middle of the panel count most. "Later vs Earlier Treated" and "Later vs Always Treated" compare with units
    already trained: where their effect still changes, the estimate is wrong, even in sign. Weights say nothing about
    uncertainty, and the decomposition has no covariates.

    References
    ----------
    Goodman-Bacon (2021), Difference-in-differences with variation in treatment timing, J. Econometrics 225,
    theorem 1.

    Examples
    --------
    >>> panel = pd.DataFrame({"team": [1, 1, 2, 2], "week": [0, 1] * 2, "y": [1.0, 4, 1, 2], "on": [0, 1, 0, 0]})
    >>> bacon_decomposition(panel, outcome="y", unit="team", period="week", treated="on").estimate
    2.0
    """
    y, first, periods = _matrix(panel, outcome, unit, period, treated)
    n_periods = y.shape[1]
    groups = np.unique(first)
    means = {g: y[first == g].mean(axis=0) for g in groups}
    share = {g: float((first == g).mean()) for g in groups}
    moving = [g for g in groups if 0 < g < n_periods]
    still = [g for g in groups if g in (0, n_periods)]
    time = np.arange(n_periods)
    out = []

    def add(k: int, reference: int, kind: str, window: np.ndarray, scale: float) -> None:
        after = time[window] >= k
        step = [means[g][window][after].mean() - means[g][window][~after].mean() for g in (k, reference)]
        within_pair = share[k] / (share[k] + share[reference])
        on = float(after.mean())
        weight = (
            ((share[k] + share[reference]) * scale) ** 2 * within_pair * (1 - within_pair) * on * (1 - on)
        )
        out.append({"treated": k, "untreated": reference, "type": kind, "weight": weight,
                    "estimate": step[0] - step[1],
                    "n": float(((first == k) | (first == reference)).sum() * window.sum()),
                    "n_people": min(_count(first, k), _count(first, reference)),
                    "n_people_total": _count(first, k) + _count(first, reference)})  # fmt: skip

    for k in moving:
        for g in still:
            add(k, g, ALWAYS if g == 0 else NEVER, np.ones(n_periods, dtype=bool), 1.0)
        for later in [g for g in moving if g > k]:
            add(k, later, EARLIER, time < later, later / n_periods)
            add(later, k, LATER, time >= k, (n_periods - k) / n_periods)
    return _result(out, periods, person=unit == "moderator_id")


def _count(first: np.ndarray, g: int) -> float:
    return float((first == g).sum())


def _matrix(
    panel: pd.DataFrame, outcome: str, unit: str, period: str, treated: str
) -> tuple[np.ndarray, np.ndarray, pd.Index]:
    """Return outcomes (units × periods), each unit's first treated period (code) and the periods."""
    require_columns(panel, [outcome, unit, period, treated], "panel")
    require_numeric(panel, [outcome, treated], "panel")
    require_no_missing(panel, [unit, period, treated], "panel")
    if panel.empty:
        raise ValueError("`panel` has no rows. Check the filters that made it.")
    require_unique(panel, [unit, period], "panel")
    d = panel[treated].to_numpy(dtype=float, na_value=np.nan)
    wrong = (d != 0) & (d != 1)
    if wrong.any():
        raise ValueError(
            f"Column `{treated}` is neither 0 nor 1 in {rows(wrong)}. Give 1 from the training on."
        )
    (who, units), (when, periods) = (
        codes_of(panel[unit], "unit"),
        codes_of(panel[period], "period", ordered=True),
    )
    shape = (len(units), len(periods))
    y, on = np.full(shape, np.nan), np.zeros(shape)
    y[who, when] = panel[outcome].to_numpy(dtype=float, na_value=np.nan)
    on[who, when] = d
    gone = int(np.isnan(y).sum())
    if gone:
        raise ValueError(
            f"{gone} of {y.size} unit × period cells have no row or no outcome. The decomposition "
            "needs a balanced panel: keep units and periods observed throughout."
        )
    ends = (np.diff(on, axis=1) < 0).any(axis=1)
    if ends.any():
        raise ValueError(
            f"Column `{treated}` returns to 0 in {int(ends.sum())} units. The decomposition "
            "needs treatment that stays: give 1 from the first training on."
        )
    return y, np.where(on.any(axis=1), on.argmax(axis=1), shape[1]), periods


def _result(out: list[dict[str, Any]], periods: pd.Index, person: bool) -> BaconDecomposition:
    keys = ("treated", "untreated", "type", "weight")
    if not out:
        note = "nobody begins treatment after the first period, or all do in the same period"
        empty = pd.DataFrame(
            [dict.fromkeys(keys[:3], "") | {"weight": np.nan, "estimate": np.nan, "note": note}]
        )
        by_type = pd.DataFrame(columns=["type", "weight", "estimate", "comparisons"])
        return BaconDecomposition(
            comparisons=Estimates(table=empty, keys=keys), by_type=by_type, estimate=np.nan,
            checks=(Check("already_trained_comparison", "not_run", f"There is nothing to compare: {note}."),),
        )  # fmt: skip
    table = pd.DataFrame(out)
    table["weight"] /= table["weight"].sum()
    named = {**dict(enumerate(periods)), 0: "always", len(periods): "never"}
    for side in ("treated", "untreated"):
        table[side] = pd.Series([named[g] for g in table[side]], dtype=object)
    table = table.sort_values("weight", ascending=False, ignore_index=True)
    if not person:
        table[["n_people", "n_people_total"]] = np.nan
    table = table.assign(term="did", estimand="difference in differences of two groups", comparison=table["type"],
                         method="Goodman-Bacon decomposition, no standard errors")  # fmt: skip
    part = table.assign(product=table["weight"] * table["estimate"]).groupby("type")[["weight", "product"]]
    by_type = part.sum().reindex([t for t in TYPES if t in set(table["type"])])
    by_type["estimate"] = by_type["product"] / by_type["weight"]
    by_type["comparisons"] = table.groupby("type").size()
    forbidden = float(table.loc[table["type"].isin([LATER, ALWAYS]), "weight"].sum())
    check = Check(
        "already_trained_comparison", "warn" if forbidden > 0 else "pass",
        f"{100 * forbidden:.1f} % of the weight compares with units already trained.",
    )  # fmt: skip
    return BaconDecomposition(
        comparisons=Estimates(table=table[[*keys, *(c for c in ESTIMATE_COLUMNS if c in table)]], keys=keys),
        by_type=by_type.drop(columns="product").reset_index()[["type", "weight", "estimate", "comparisons"]],
        estimate=float(table["weight"] @ table["estimate"]), checks=(check,),
    )  # fmt: skip
