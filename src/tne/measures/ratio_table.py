"""Which rows and which warnings follow from benefits against costs?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import stats

from tne.measures.ratio import FiellerSet
from tne.measures.ratio_sides import Pair
from tne.result import Check

WORDS = {
    "bcr": ("", "benefits per unit of cost, as a ratio of means"),
    "roi": ("%", "return on investment: net benefit in per cent of the costs"),
    "npv": ("currency", "net benefit: benefits less costs"),
}
COSTS_ARE_ZERO = "the costs are 0: there is no ratio"
UNKNOWN = "benefits or costs are unknown"
NO_ERROR = "no interval: no standard error was given"
NO_ERROR_ROWS = "no interval: fewer than two rows"
AVERAGE_TOLERANCE = 0.01  # a mean of ratios that is further off than this share of the ratio is said


def why_unknown(pair: Pair) -> str:
    """Why there is no ratio; "" where there is one."""
    if math.isnan(pair.benefits.mean) or math.isnan(pair.costs.mean):
        return UNKNOWN
    return COSTS_ARE_ZERO if pair.costs.mean == 0 else ""


def why_no_error(pair: Pair) -> str:
    """Why there is no interval; "" where there are standard errors."""
    if not math.isnan(pair.benefits.std_error + pair.costs.std_error):
        return ""
    short = pair.arms is not None or any(
        s.sample is not None and len(s.sample) < 2 for s in (pair.benefits, pair.costs)
    )
    return NO_ERROR_ROWS if short else NO_ERROR


def ratio_rows(
    ratio: float, error: float, limits: tuple[float, float], notes: Sequence[str]
) -> list[dict[str, Any]]:
    """Rows of the benefit-cost ratio and of the return."""
    rows = []
    for (term, slope, shift), note in zip((("bcr", 1.0, 0.0), ("roi", 100.0, -100.0)), notes, strict=True):
        low, high = (slope * limit + shift for limit in limits)
        rows.append(
            {
                "term": term,
                "estimate": slope * ratio + shift,
                "std_error": slope * error,
                "conf_low": low,
                "conf_high": high,
                "note": note,
            }
        )
    return rows


def pair_checks(pair: Pair, ratio: float, found: FiellerSet) -> tuple[Check, ...]:
    """Missing rows, costs that may be 0, and what a mean of ratios would have said."""
    return (*pair.checks, _near_zero(pair, found), _mean_of_ratios(pair, ratio))


def _near_zero(pair: Pair, found: FiellerSet) -> Check:
    name, mean, error = "costs_near_zero", pair.costs.mean, pair.costs.std_error
    if mean == 0:
        return Check(name, "fail", "The costs are 0.")
    if math.isnan(mean) or math.isnan(error):
        return Check(name, "not_run", "The costs have no standard error.")
    away = abs(mean) / error if error > 0 else math.inf
    detail = (
        f"The costs are {away:.1f} standard errors from 0." if error > 0 else "The costs are taken as known."
    )
    if found.shape not in ("interval", "unknown"):
        return Check(name, "fail", detail + " Benefits per cost have no finite limits.")
    return Check(name, "warn" if away < 4 else "pass", detail)


def _mean_of_ratios(pair: Pair, ratio: float) -> Check:
    """Whether the average of the ratios would differ from the ratio of the averages."""
    name = "mean_of_ratios"
    if math.isnan(ratio):
        return Check(name, "not_run", "There is no ratio.")
    if pair.arms is not None:
        return Check(name, "not_run", "A difference between arms has no ratio of each row.")
    if pair.paired:
        b, c = pair.benefits.sample, pair.costs.sample
        if (c == 0).any():  # type: ignore[union-attr]
            return Check(name, "warn", f"{int((c == 0).sum())} rows cost 0 and have no ratio of their own.")  # type: ignore[union-attr]
        if len(b) < 2:  # type: ignore[arg-type]
            return Check(name, "not_run", "Fewer than two rows.")
        own = b / c  # type: ignore[operator]
        gap = float(own.mean()) - ratio
        influence = own - own.mean() - (b - ratio * c) / pair.costs.mean  # type: ignore[operator]
        error = float(influence.std(ddof=1)) / math.sqrt(len(own))
        if abs(gap) <= 1e-9 * max(abs(ratio), 1.0):
            return Check(name, "pass", "The mean of the rows' ratios is the ratio of the means.")
        loud = error == 0 or 2 * stats.t.sf(abs(gap) / error, len(own) - 1) < 0.05
        detail = (
            f"The mean of the rows' ratios would be {ratio + gap:.4g}, the ratio of the means is {ratio:.4g}."
        )
        return Check(name, "warn" if loud else "pass", detail)
    var_b, var_c, cov = pair.variance
    if math.isnan(var_b + var_c):
        return Check(name, "not_run", "Without standard errors there is only one ratio.")
    gap = (ratio * var_c - cov) / pair.costs.mean**2
    detail = (
        f"The mean of ratios that are drawn from these errors would be about {ratio + gap:.4g}, "
        f"the ratio of the means is {ratio:.4g}."
    )
    return Check(
        name,
        "warn" if abs(gap) > AVERAGE_TOLERANCE * abs(ratio) else "pass",
        detail,
    )


def crossing_note(costs: np.ndarray, sign: float) -> str:
    """Say how many draws have costs beyond 0; "" where none has."""
    share = float(np.mean(costs * sign <= 0))
    return f"in {share:.1%} of the draws the costs are 0 or of the other sign" if share else ""
