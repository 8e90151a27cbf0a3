"""What did a change of policy do to errors, and how long until they were back where they had been?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from tne.checks import require_columns, require_level_of_confidence, require_numeric, require_unique
from tne.measures.inference import inference
from tne.measures.policy_weeks import SPAN, spread_before, weekly_differences
from tne.result import Check, Estimate, Estimates, Result

LEAST, ENOUGH = 8, 12  # weeks before the change: fewer give no number, fewer than the second a warning
COMMON = {"unit": "points", "method": "difference of mean weekly error, spread of the weeks before"}
NO_RISE = "no rise of errors can be told from chance, so that there is nothing to recover from"
SMALL_RISE = "errors rose by no more than the margin"
NOT_YET = "errors are not back within the margin by the end of the data"


@dataclass(frozen=True, kw_only=True, eq=False)
class PolicyChange(Result):
    """Errors of one policy area around a change of its policy.

    Parameters
    ----------
    area : str
    start : int
        First whole period under the new policy.
    rise : Estimate
        Excess error of the first four weeks over the weeks before, points.
    latest : Estimate
        The same of the last four weeks before the next change or the end of the data.
    recovery : Estimate
        Weeks from the change until four weeks in a row are, on average, within `margin` of the earlier level. Its
        upper limit is NaN where the data do not yet show that they are.
    weekly : Estimates
        Key ``week``: excess error of each week since the change (negative before it).
    margin : float
        Points.
    compared : tuple of str
        Areas that stand for what happened anyway.
    """

    area: str
    start: int
    rise: Estimate
    latest: Estimate
    recovery: Estimate
    weekly: Estimates
    margin: float
    compared: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        return pd.concat([e.to_frame() for e in (self.rise, self.latest, self.recovery)], ignore_index=True)


def policy_change(
    series: pd.DataFrame,
    *,
    area: str,
    start: int,
    others: Sequence[str] | None = None,
    until: int | None = None,
    baseline: int = 26,
    margin: float = 2.0,
    conf_level: float = 0.95,
) -> PolicyChange:
    """Compare an area's errors after a change of its policy with those before, other areas being allowed for.

    Parameters
    ----------
    series : DataFrame, one row per policy area and week
        As `Workspace.series("error_rate", "policy_area")` of one market gives it: policy_area, period (week number),
        value (share of decisions that were wrong), n (audits), n_people.
    area : str
        Area whose policy changed.
    start : int
        First whole period under the new policy.
    others : sequence of str, optional
        Areas without a change in these weeks, which stand for what happened anyway. Default: all others.
    until : int, optional
        Period of the next change of the same area: weeks from it on are left out.
    baseline : int
        Weeks before the change that give the earlier level.
    margin : float
        Points of error within which the earlier level counts as reached.
    conf_level : float

    Returns
    -------
    PolicyChange
        With the checks ``short_series``, ``earlier_drift`` (was the area moving against the others before?),
        ``autocorrelation`` and ``comparison_areas``. Fewer than eight weeks before, or four after, give NaN with a
        note.

    Raises
    ------
    KeyError, TypeError, ValueError
        For missing columns, text instead of numbers, an area that does not occur, a week that occurs twice.

    Notes
    -----
    With ``D_t`` the area's error less the mean of the other areas (weighted by their audits before), the level of
    four weeks is ``mean(D) − mean(D before)``. Its variance is ``φ f (Σ v_t / 16 + Σ v_s / k²)``: v is the binomial
    variance of a week, φ what the spread of the k weeks before exceeds it by (at least 1), ``f = (1 + ρ) / (1 − ρ)``
    allows for weeks that resemble their neighbours; t with k − 1 degrees of freedom. The interval of the weeks to
    recovery inverts these tests: from the first four weeks that may be within the margin to the first whose whole
    interval is. It takes it that errors, once back, stay back. Each test has its own error: where errors stay just
    above the margin, one of many weeks can end the interval too early.

    A change hits everybody on one day: nothing but the other areas says what would have happened without it. Briefings
    that came in between are part of the recovery; whether they caused it is another question (`primary_effect`).

    References
    ----------
    Wagner et al. (2002), Segmented regression analysis of interrupted time series, J. Clin. Pharm. Ther. 27.

    Examples
    --------
    >>> weeks = pd.DataFrame({"policy_area": ["spam"] * 30 + ["hate"] * 30, "period": [*range(30)] * 2})
    >>> weeks["value"] = 0.10 + 0.01 * (weeks.index * 7 % 5 - 2) / 2
    >>> weeks.loc[14:19, "value"] += 0.08  # six weeks of more errors after the change
    >>> found = policy_change(weeks.assign(n=400, n_people=30), area="spam", start=14)
    >>> round(found.rise.estimate, 1), found.recovery.estimate
    (8.0, 5.0)
    """
    require_level_of_confidence(conf_level)
    require_columns(series, ["policy_area", "period", "value", "n"], "series")
    require_numeric(series, ["period", "value", "n"], "series")
    require_unique(series, ["policy_area", "period"], "series")
    if ((series["value"] < 0) | (series["value"] > 1)).any():
        raise ValueError(
            "Column `value` of `series` is below 0 or above 1. Give shares, not percent or points."
        )
    if area not in set(series["policy_area"]):
        raise ValueError("`area` does not occur in `series`. Give one of its policy areas.")
    if not margin >= 0:
        raise ValueError(f"`margin` is {margin}. Give points of error, 0 or more.")
    weeks, excess, noise, compared = weekly_differences(series, area, start, others, until, baseline)
    before = weeks < start
    k, after = int(before.sum()), int((~before).sum())
    people = _people(series, area, weeks)
    common: dict[str, Any] = COMMON | {
        "conf_level": conf_level,
        "n": float(series.loc[_inside(series, area, weeks), "n"].sum()),
        "n_people": people,
        "n_people_total": _people(series, area, weeks, most=True),
        "comparison": "the weeks before, other areas allowed for" if compared else "the weeks before",
    }
    checks = [_short(k, after), _others(compared)]
    if k < LEAST or after < SPAN:
        note = f"{k} weeks before and {after} after the change; {LEAST} and {SPAN} are needed"
        none = [
            Estimate(term=term, estimate=math.nan, note=note, **common)
            for term in ("rise", "latest", "recovery")
        ]
        return PolicyChange(
            area=area, start=start, rise=none[0], latest=none[1], recovery=none[2], margin=margin, compared=compared,
            weekly=Estimates(table=pd.DataFrame({"week": [], "term": [], "estimate": [], "note": []}), keys=("week",)),
            checks=tuple(checks),
        )  # fmt: skip
    spread, rho = spread_before(excess[before], noise[before])
    checks += [_trend(weeks[before], excess[before]), _neighbours(rho)]
    width = spread * (1 + rho) / (1 - rho)
    own = float(noise[before].sum()) / k**2

    def level(rows: np.ndarray, factor: float) -> tuple[float, float]:
        """Return the excess of some weeks over those before, and its standard error."""
        variance = factor * noise[rows].sum() / len(rows) ** 2 + width * own
        return float(excess[rows].mean() - excess[before].mean()), math.sqrt(variance)

    later = np.flatnonzero(~before)
    starts = [later[i : i + SPAN] for i in range(after - SPAN + 1)]
    levels = [inference(*level(rows, width), k - 1, conf_level) for rows in starts]
    rise = Estimate(term="rise", estimand="first four weeks − weeks before", **levels[0], **common)
    latest = Estimate(term="latest", estimand="last four weeks − weeks before", **levels[-1], **common)
    table = pd.DataFrame(
        [
            {"week": int(weeks[i] - start), "term": "excess", "estimand": "week − weeks before", **common,
             **inference(*level(np.array([i]), spread), k - 1, conf_level)}
            for i in range(len(weeks))
        ]
    )  # fmt: skip
    return PolicyChange(
        area=area,
        start=start,
        rise=rise,
        latest=latest,
        recovery=_recovery(levels, [int(weeks[rows[0]] - start) for rows in starts], margin, common),
        weekly=Estimates(table=table.assign(note=""), keys=("week",)),
        margin=margin,
        compared=compared,
        checks=tuple(checks),
    )


def _recovery(
    levels: list[dict[str, Any]], since: list[int], margin: float, common: dict[str, Any]
) -> Estimate:
    """Weeks until the level is within the margin, with the interval that inverts the tests."""

    def first(name: str) -> float:
        return float(
            next((week for week, one in zip(since, levels, strict=True) if one[name] <= margin), math.nan)
        )

    words = common | {
        "term": "recovery",
        "unit": "weeks",
        "estimand": f"weeks until within {margin:g} points",
    }
    if not levels[0]["conf_low"] > 0 or levels[0]["estimate"] <= margin:
        note = SMALL_RISE if levels[0]["conf_low"] > 0 else NO_RISE
        return Estimate(estimate=math.nan, note=note, **words)
    found: dict[str, Any] = {
        "estimate": first("estimate"),
        "conf_low": first("conf_low"),
        "conf_high": first("conf_high"),
    }
    open_end = "the upper limit is open: the data do not show yet that errors are back"
    note = NOT_YET if math.isnan(found["estimate"]) else open_end if math.isnan(found["conf_high"]) else ""
    return Estimate(note=note, **found, **words)


def _inside(series: pd.DataFrame, area: str, weeks: np.ndarray) -> pd.Series:
    return series["policy_area"].eq(area) & series["period"].isin(weeks)


def _people(series: pd.DataFrame, area: str, weeks: np.ndarray, *, most: bool = False) -> float:
    """The fewest, or most, people of a week behind the numbers; NaN where unknown."""
    if "n_people" not in series or not len(weeks):
        return math.nan
    people = series.loc[_inside(series, area, weeks), "n_people"].to_numpy(dtype=float, na_value=np.nan)
    return float(people.max() if most else people.min())


def _short(before: int, after: int) -> Check:
    status = (
        "pass"
        if before >= ENOUGH and after >= SPAN
        else "warn"
        if before >= LEAST and after >= SPAN
        else "fail"
    )
    return Check("short_series", status, f"{before} weeks before the change and {after} after it.")


def _others(compared: tuple[str, ...]) -> Check:
    if compared:
        return Check(
            "comparison_areas",
            "pass",
            f"{len(compared)} areas without a change stand for what happened anyway.",
        )
    return Check(
        "comparison_areas",
        "warn",
        "No other area can be compared: whatever happened in these weeks is in it.",
    )


def _trend(weeks: np.ndarray, excess: np.ndarray) -> Check:
    """Was the area already moving against the others?"""
    x = weeks - weeks.mean()
    slope = float(x @ excess) / float(x @ x)
    rest = excess - excess.mean() - slope * x
    df = len(x) - 2
    error = math.sqrt(float(rest @ rest) / df / float(x @ x))
    p = 2 * float(special.stdtr(df, -abs(slope / error))) if error > 0 else 1.0
    status = "warn" if p < 0.05 else "pass"
    return Check(
        "earlier_drift",
        status,
        f"Before the change errors moved by {slope:+.2f} points a week against the others.",
    )


def _neighbours(rho: float) -> Check:
    return Check(
        "autocorrelation", "warn" if rho > 0.4 else "pass", f"Correlation of neighbouring weeks {rho:.2f}."
    )
