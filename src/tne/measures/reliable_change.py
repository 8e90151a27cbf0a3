"""Who changed by more than the test's own error?"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import pandas as pd
from scipy import stats

from tne.checks import require_choice, require_level_of_confidence
from tne.measures.pairs import Pairs, about, numbers, pairs, threats
from tne.measures.survey_design import wilson  # type: ignore[attr-defined] # handed on from survey_intervals
from tne.result import Check, Estimate, Estimates, Result

CLASSES = ("improved", "no_reliable_change", "declined")


@dataclass(frozen=True, kw_only=True, eq=False)
class ReliableChange(Result):
    """Shares of people who improved, did not change reliably, or declined.

    Parameters
    ----------
    shares : Estimates
        Terms ``improved``, ``no_reliable_change``, ``declined``.
    std_error_difference : float
        Standard error of the difference of two scores of a person who did not change, in score points.
    smallest_reliable_change : float
        Points by which a person must change to count.
    sd, reliability : float
        What it is made of.
    people : DataFrame, one row per person with both scores
        ``change, rci, class`` under the index of the scores. For the desk only: it is no part of what is shown.
    """

    shares: Estimates
    std_error_difference: float
    smallest_reliable_change: float
    sd: float
    reliability: float
    people: pd.DataFrame = field(repr=False)

    def to_frame(self) -> pd.DataFrame:
        return self.shares.to_frame()

    def get(self, **where: Any) -> Estimate:
        """Return the one share whose columns equal `where`, for example ``term="improved"``."""
        return self.shares.get(**where)


def reliable_change(
    scores: pd.DataFrame,
    *,
    pre: str,
    post: str,
    reliability: float | Result,
    sd: float | None = None,
    better: str = "higher",
    conf_level: float = 0.95,
) -> ReliableChange:
    """Jacobson and Truax's reliable change: shares improved, not reliably changed, declined.

    Parameters
    ----------
    scores : DataFrame, one row per person
    pre, post : str
        Score columns on the same scale.
    reliability : float or result
        Reliability of the score between 0 and 1, or the result of `cronbach_alpha` or `mcdonald_omega`.
    sd : float, optional
        Standard deviation of the score. None: that of `pre` among everyone who has one.
    better : {"higher", "lower"}
        Which way is an improvement.
    conf_level : float
        Of the intervals, and of the cut: a person changed reliably beyond the normal quantile, 1.96 at 0.95.

    Returns
    -------
    ReliableChange
        Shares with Wilson intervals. NaN with a note where no difference is defined, the scores before do not vary,
        or a reliability that was estimated is not between 0 and 1. With the checks of every change (``comparable,
        few_people, ceiling, floor, attrition, regression_to_mean``) and ``room_to_improve``: warns where
        15 % or more began too near the maximum (column ``max_score_<post>``) to improve reliably.

    Raises
    ------
    ValueError
        If a number given as `reliability` is not between 0 and 1, or `sd` is not positive.

    Notes
    -----
    ``RCI = (post − pre) / (sd · sqrt(2) · sqrt(1 − reliability))``. If nobody changed at all, (1 − conf_level)/2 of the
    people would still exceed the cut on either side. "No reliable change" means that the test cannot tell, not that
    nothing changed. The index takes the error as equal at every score, and knows nothing of practice, regression
    to the mean, or what caused the change. Intervals take sd and reliability as known.

    References
    ----------
    Jacobson and Truax (1991), Clinical significance, J. Consult. Clin. Psychol. 59:12-19.

    Examples
    --------
    >>> one = pd.DataFrame({"pre": [47.5], "post": [32.5]})
    >>> found = reliable_change(one, pre="pre", post="post", reliability=0.80, sd=7.5, better="lower")
    >>> print(round(found.std_error_difference, 2), found.people["rci"].round(2).tolist())
    4.74 [-3.16]
    """
    require_choice(better, ("higher", "lower"), "better")
    require_level_of_confidence(conf_level)
    if sd is not None and not (np.isfinite(sd) and sd > 0):
        raise ValueError(f"`sd` is {sd}. Give a positive standard deviation in score points.")
    value, why = _reliability(reliability)
    data = pairs(scores, pre, post)
    if data.scale.status == "fail":
        why = data.undefined
    elif data.n == 0:
        why = "nobody has both scores"
    size = cast(float, sd)
    if sd is None:
        size = float(np.std(data.all_pre, ddof=1)) if len(data.all_pre) > 1 else math.nan
        if not why and not size > 1e-12 * np.max(np.abs(data.all_pre)):
            why = f"{pre} does not vary, so its error is not known: give `sd`"
    quantile = float(stats.norm.ppf((1 + conf_level) / 2))
    error = math.nan if why else math.sqrt(2) * size * math.sqrt(1 - value)
    change = data.post - data.pre
    index = change / error
    gain = index if better == "higher" else -index
    # on the cut is not beyond it, whatever rounding says
    up, down = gain > quantile * (1 + 1e-9), gain < -quantile * (1 + 1e-9)
    kind = np.select([up, down], ["improved", "declined"], "no_reliable_change")
    people = pd.DataFrame({"change": change, "rci": index, "class": kind}, index=data.kept.index)
    if why:
        people["class"] = ""
    source = "given" if sd is not None else f"of {pre}"
    common = about("", data, conf_level, f"people with {pre} and {post}") | {
        "unit": "share",
        "method": f"Jacobson-Truax, |RCI| > {quantile:.3g}; SD {source}, reliability {value:.3g}; Wilson interval",
    }
    chance = (1 - conf_level) / 2
    counts = dict(zip(CLASSES, (up.sum(), len(kind) - up.sum() - down.sum(), down.sum()), strict=True))
    rows = []
    for term in CLASSES:
        row = common | {"term": term, "estimate": math.nan, "note": why}
        if not why:
            # rows of the same person are no further people
            share, n = float(counts[term] / data.n), data.n_people
            low, high = wilson(share, n, quantile)
            expected = 1 - 2 * chance if term == "no_reliable_change" else chance
            row |= {
                "estimate": share,
                "std_error": math.sqrt(share * (1 - share) / n),
                "conf_low": low,
                "conf_high": high,
                "note": f"{expected:.1%} by measurement error alone if nobody changed",
            }
        rows.append(row)
    checks = (*threats(data, pre, post), _room(data, post, better, quantile * error))
    return ReliableChange(
        shares=Estimates(table=pd.DataFrame(rows)),
        std_error_difference=error,
        smallest_reliable_change=quantile * error,
        sd=float(size),
        reliability=value,
        people=people,
        checks=checks,
    )


def _reliability(reliability: float | Result) -> tuple[float, str]:
    """Return the number, and why it cannot be used where it was estimated and lies outside 0 to 1."""
    if isinstance(reliability, Result):
        value = getattr(reliability, "estimate", None)
        if value is None:
            raise TypeError("`reliability` has no `estimate`. Give a number, or a result of cronbach_alpha.")
        if math.isnan(value):
            return value, f"the reliability is undefined: {cast(Any, reliability).note}"
        inside = 0 < value < 1
        return value, "" if inside else f"a reliability of {value:.3g} gives no error of measurement"
    if isinstance(reliability, bool) or not isinstance(reliability, (int, float, np.integer, np.floating)):
        raise TypeError("`reliability` must be a number or a result of cronbach_alpha or mcdonald_omega.")
    if not 0 < reliability < 1:
        raise ValueError(f"`reliability` is {reliability}. Give a number between 0 and 1, for example 0.8.")
    return float(reliability), ""


def _room(data: Pairs, post: str, better: str, needed: float) -> Check:
    """Warn where people began too near the end of the scale to improve by as much as counts."""
    name, column = "room_to_improve", f"max_score_{post}"
    if math.isnan(needed):
        return Check(name, "not_run", "The smallest reliable change is not known.")
    if better == "lower" or column not in data.kept or data.kept[column].isna().any():
        return Check(name, "not_run", "The best possible score is not known.")
    room = numbers(data.kept[column]) - data.pre
    share = float(np.mean(room <= needed))
    detail = f"{share:.0%} began too near the maximum to improve by the {needed:.3g} points that count."
    return Check(name, "warn" if share >= 0.15 else "pass", detail)
