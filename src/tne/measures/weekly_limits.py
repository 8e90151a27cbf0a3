"""Between which limits should this week lie, if it were like the weeks before it?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy import stats

KINDS = ("share", "rate", "level")
# of two independent standard normal values: mean and variance of |difference|, and its covariance with the next one
D2 = 2 / math.sqrt(math.pi)
_VARIANCE = 2 - D2**2
_NEXT = (4 / math.pi) * (math.sqrt(3) / 2 + math.asin(0.5) / 2) - D2**2
LARGEST = 3.267  # moving ranges above so many means are set aside once (D4 of the range chart)
_CUT = LARGEST * D2 / math.sqrt(2)
# mean of |difference| where those are set aside
D2_TRIMMED = 2 / math.sqrt(math.pi) * (1 - math.exp(-(_CUT**2) / 2)) / (2 * stats.norm.cdf(_CUT) - 1)


@dataclass(frozen=True)
class Usual:
    """Centre and spread of a baseline, in the unit of the measure and relative to a week's own error."""

    centre: float
    sigma: float  # spread between weeks over that of counting alone; of a level: its standard deviation at total 1
    df: float
    precision: float  # sum of 1 / error² over the baseline


def counting_error(kind: str, centre: float, total: np.ndarray) -> np.ndarray:
    """Return the error of each week that counting alone gives around `centre`; of a level 1 / √total."""
    if kind == "share":
        unit = math.sqrt(max(centre * (1 - centre), 0.0))
    else:
        unit = math.sqrt(max(centre, 0.0)) if kind == "rate" else 1.0
    return cast(np.ndarray, unit / np.sqrt(total))


def usual(kind: str, value: np.ndarray, total: np.ndarray, *, overdispersed: bool, trim: bool) -> Usual:
    """Return what is usual in the weeks of a baseline, in order of time.

    Parameters
    ----------
    kind : {"share", "rate", "level"}
    value, total : ndarray of shape (n,)
        Without gaps, totals above 0.
    overdispersed : bool
        False: a share or rate varies as counting alone makes it.
    trim : bool
        Set aside moving ranges above 3.267 times their mean, once: a single odd week has two of them.
    """
    centre = float((value * total).sum() / total.sum())
    error = counting_error(kind, centre, total)
    if not (error > 0).all():
        return Usual(centre, math.nan, math.nan, math.nan)
    precision = float((1 / error**2).sum())
    if kind != "level" and not overdispersed:
        return Usual(centre, 1.0, math.inf, precision)
    ranges = np.abs(np.diff((value - centre) / error))
    if trim and len(ranges):
        ranges = ranges[ranges <= LARGEST * ranges.mean()]  # never all of them
    sigma = float(ranges.mean()) / (D2_TRIMMED if trim else D2) if len(ranges) else math.nan
    return Usual(centre, sigma if sigma > 0 else math.nan, degrees(len(ranges)), precision)


def degrees(ranges: int) -> float:
    """Return the degrees of freedom that a mean of moving ranges is worth (Cryer and Ryan 1990): about 0.6 each.

    >>> round(degrees(25), 1)
    15.3
    """
    if ranges < 1:
        return math.nan
    variance = _VARIANCE / ranges + 2 * _NEXT * (ranges - 1) / ranges**2
    return D2**2 / (2 * variance)


def width(found: Usual, error: float, *, sigmas: float | None, tail: float) -> float:
    """Return how far from the centre the limit of a week lies.

    Parameters
    ----------
    error : float
        Of the week, from `counting_error`.
    sigmas : float or None
        The width of a classical chart; None: that of a prediction, which knows that centre and spread are estimated.
    tail : float
        Chance beyond one of the two limits of a prediction.
    """
    if sigmas is not None:
        return sigmas * found.sigma * error
    return quantile(found.df, tail) * found.sigma * math.sqrt(error**2 + 1 / found.precision)


def quantile(df: float, tail: float) -> float:
    """Return Student's t, or the normal quantile for infinite `df`; NaN without degrees of freedom."""
    if math.isnan(df):
        return math.nan
    return float(stats.norm.isf(tail) if math.isinf(df) else stats.t.isf(tail, df))
