"""Is each week like the weeks before it, and how far is the last one from the four before?"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from tne.measures.weekly_limits import Usual, counting_error, quantile, usual, width
from tne.result import ESTIMATE_COLUMNS, Estimate, estimate_from

FEWEST = 5  # expected of the rarer kind; below it the limits are not to be trusted
ODD = 1.5  # times the way to its limit: a single week beyond that is no part of what is usual
BEFORE = 4  # weeks that the latest one is compared with


def judge(
    kind: str,
    x: np.ndarray,
    of: np.ndarray,
    settled: np.ndarray,
    window: int | None,
    least: int,
    sigmas: float | None,
    false_alarm: float,
    overdispersed: bool,
) -> dict[str, np.ndarray]:
    """Return centre, limits, signal and what they rest on, one value per week.

    Parameters
    ----------
    kind, window, least, sigmas, false_alarm, overdispersed
        As in `weekly_signals`.
    x, of : ndarray of shape (n,)
        Values and totals in order of time, NaN where there is none.
    settled : ndarray of bool
        Weeks that may be judged and may be a baseline.
    """
    weeks = len(x)
    out = {name: np.full(weeks, np.nan) for name in ("centre", "lower", "upper", "error", "df")}
    out |= {"judged": np.zeros(weeks, dtype=bool), "baseline_weeks": np.zeros(weeks, dtype=int)}
    out |= {"signal": np.full(weeks, "", dtype=object), "few": np.zeros(weeks, dtype=bool)}
    usable = settled.copy()  # a single odd week drops out once the next one shows that it was single
    everything: Usual | None = None
    for week in range(weeks):
        if window is None:
            before = np.flatnonzero(settled)
            everything = everything or baseline(kind, x, of, before, overdispersed, trim=False)
            known = everything
        else:
            before = np.flatnonzero(usable[:week])[-window:]
            known = baseline(kind, x, of, before, overdispersed, trim=True)
        out["baseline_weeks"][week] = len(before)
        if known is None or (window is not None and len(before) < least):
            continue
        out["centre"][week], out["df"][week] = known.centre, known.df
        if not (of[week] > 0 and settled[week]):
            error = math.nan
        else:
            error = float(counting_error(kind, known.centre, of[week : week + 1])[0])
        out["error"][week] = known.sigma * error
        out["few"][week] = window is not None and _expected(kind, known.centre, of[week]) < FEWEST
        if math.isnan(error) or math.isnan(known.sigma):
            continue
        far = width(known, error, sigmas=sigmas, tail=false_alarm / 2)
        out["lower"][week], out["upper"][week] = known.centre - far, known.centre + far
        if out["few"][week]:
            continue
        out["judged"][week] = True
        side = "above" if x[week] > known.centre + far else "below" if x[week] < known.centre - far else ""
        out["signal"][week] = side
        if side and window is not None:
            earlier = np.flatnonzero(settled[:week])
            again = bool(len(earlier)) and out["signal"][earlier[-1]] == side
            # leaving out all that signal would make the usual range too narrow
            usable[week] = again or abs(x[week] - known.centre) <= ODD * far
            if again:
                usable[earlier[-1]] = True
    return out


def baseline(
    kind: str, x: np.ndarray, of: np.ndarray, before: np.ndarray, overdispersed: bool, trim: bool
) -> Usual | None:
    """Return what is usual in the weeks `before`; of counts never less spread than counting alone makes."""
    if not len(before):
        return None
    found = usual(kind, x[before], of[before], overdispersed=overdispersed, trim=trim)
    if kind == "level" or not trim or not found.sigma < 1:
        return found
    # fewer differences than counting alone makes are luck, or counts that are not independent
    return Usual(found.centre, 1.0, found.df, found.precision)


def _expected(kind: str, centre: float, total: float) -> float:
    if kind == "level":
        return math.inf
    return total * (min(centre, 1 - centre) if kind == "share" else centre)


def change_of(table: pd.DataFrame, conf_level: float) -> Estimate:
    """Return the last settled week less the mean of the four before it."""
    known = table.loc[~table["provisional"] & table["estimate"].notna()]
    row = known.iloc[-1] if len(known) else None
    place = table.index.get_loc(row.name) if row is not None else 0
    before = table.iloc[max(place - BEFORE, 0) : place]
    before = before.loc[~before["provisional"] & before["estimate"].notna()]
    if row is None or len(before) < 2:
        return Estimate(
            term="change",
            estimate=math.nan,
            conf_level=conf_level,
            note="fewer than two of the four weeks before have a value",
        )
    # errors of the weeks before at this week's spread
    errors = row["std_error"] * np.sqrt(row["total"] / before["total"].to_numpy())
    error = math.sqrt(row["std_error"] ** 2 + float((errors**2).sum()) / len(before) ** 2)
    value = float(row["estimate"] - before["estimate"].mean())
    half = quantile(row["df"], (1 - conf_level) / 2) * error
    people = [row["n_people"], *before["n_people"]]
    return estimate_from(
        {
            **row[list(ESTIMATE_COLUMNS)].to_dict(),
            "term": "change",
            "estimate": value,
            "std_error": error,
            "statistic": math.nan,
            "conf_low": value - half,
            "conf_high": value + half,
            "n": row["n"] + before["n"].sum(),
            "n_people": np.min(people),
            "n_people_total": np.min(people),
            "estimand": "this week less the mean of the weeks before",
            "comparison": f"the {len(before)} weeks before",
            "note": "" if not math.isnan(half) else "too few weeks before for an interval",
        }
    )
