"""How precisely a published number is given: two digits of its half-width, people in fives."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any, cast

import numpy as np


def round_to_half_width(estimate: float, low: float, high: float) -> tuple[float, float, float]:
    """Round a number and its interval to two significant digits of the interval's half-width.

    Parameters
    ----------
    estimate, low, high : float
        One limit may be missing: then the other's distance counts. Without a width (NaN or 0) all get three
        significant digits.

    Returns
    -------
    tuple of float
        All three with the same number of decimals.

    Examples
    --------
    >>> round_to_half_width(2.4137, 1.3402, 3.4871)
    (2.4, 1.3, 3.5)
    """
    decimals = decimals_for(estimate, low, high)
    return cast(
        tuple[float, float, float], tuple(rounded(value, decimals) for value in (estimate, low, high))
    )


def decimals_for(estimate: float, low: float, high: float) -> int:
    """Return the decimals that `round_to_half_width` uses; negative means tens, hundreds."""
    estimate, low, high = as_float(estimate), as_float(low), as_float(high)
    finite = [limit for limit in (low, high) if math.isfinite(limit)]
    half = math.nan
    if len(finite) == 2:
        half = abs(high - low) / 2
    elif finite and math.isfinite(estimate):
        half = abs(finite[0] - estimate)
    size = max((abs(v) for v in (estimate, low, high) if math.isfinite(v)), default=0.0)
    # a width at the level of floating-point noise is no width
    if half > 1e-9 * size:
        return decimals_of(half, 2)
    return decimals_of(size, 3) if size > 0 else 0


def decimals_of(value: float, digits: int) -> int:
    """Return the decimals that show `digits` significant digits of a positive number.

    >>> decimals_of(0.0996, 2)  # which is 0.10
    2
    """
    return digits - 1 - int(f"{value:.{digits - 1}e}".split("e")[1])


def rounded(value: float, decimals: int) -> float:
    """Round to decimals (negative: tens, hundreds), without a negative zero."""
    value = as_float(value)
    return round(value, decimals) + 0.0 if math.isfinite(value) else value


def headcount(n: float, *, least: int = 0) -> float:
    """Round a number of people to the nearest 5; NaN stays NaN.

    Parameters
    ----------
    n : float
        People.
    least : int
        Known lower bound: the result is never below it, so that rounding does not contradict a threshold.

    Examples
    --------
    >>> headcount(168), headcount(12, least=12)
    (170, 15)
    """
    n = as_float(n)
    if not math.isfinite(n):
        return math.nan
    return max(5 * math.floor(n / 5 + 0.5), 5 * math.ceil(least / 5))


def is_number(value: Any) -> bool:
    """Say whether a value is a plain real number; flags are not."""
    return isinstance(value, Real) and not isinstance(value, (bool, np.bool_))


def as_float(value: Any) -> float:
    """Return a float; whatever is no plain real number is NaN."""
    return float(value) if is_number(value) else math.nan
