"""What does a printed number say? The rules of rounding, known to everybody, read backwards."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Z = 1.959963984540054
BELOW, ABOVE = "below_5_percent", "above_95_percent"
Interval = Callable[[np.ndarray, float], tuple[np.ndarray, np.ndarray]]


def wilson(hits: np.ndarray, n: float) -> tuple[np.ndarray, np.ndarray]:
    """The interval of a share that everybody can look up."""
    share = hits / n
    middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return middle - half, middle + half


def decimals(size: np.ndarray, digits: int) -> np.ndarray:
    """Decimals that show some significant digits of positive numbers."""
    with np.errstate(divide="ignore"):
        power = np.floor(np.log10(size))
    # 0.0996 in two digits is 0.10: rounding can lift a number over a power of ten
    power = power + (np.round(size / 10.0 ** (power - digits + 1)) >= 10.0**digits)
    return digits - 1 - power


def hits_of(row: Mapping[str, Any], n: int, whole: int = 1, interval: Interval = wilson) -> tuple[int, int]:
    """Return the least and largest number of hits among `n` that a printed share agrees with.

    Estimate and both limits are joined: all hits are tried, rounded as the rules say and compared with the print.

    Parameters
    ----------
    row : mapping
        ``estimate``, ``conf_low``, ``conf_high`` and ``note`` as published; whatever is empty says nothing.
    n : int
        Denominator, known to the reader.
    whole : int
        Where one row is one person, shares under 5 % and over 95 % have a code; else only 0 % and 100 %.
    """
    hits = np.arange(n + 1)
    share = hits / n
    band = 0.05 if whole else 1e-9
    if row["note"] == BELOW:
        return _ends(hits[share < band], n)
    if row["note"] == ABOVE:
        return _ends(hits[share > 1 - band], n)
    if row["estimate"] is None or math.isnan(row["estimate"]):
        return 0, n
    low, high = interval(hits, n)
    places = decimals(np.maximum((high - low) / 2, 1e-300), 2)
    fits = np.ones(n + 1, dtype=bool)
    for printed, true in ((row["estimate"], share), (row["conf_low"], low), (row["conf_high"], high)):
        fits &= np.abs(true - printed) <= 0.5 * 10.0**-places + 1e-9
    return _ends(hits[fits], n)


def amount_of(row: Mapping[str, Any], digits: int = 3) -> tuple[float, float]:
    """Return the ends of a number that is printed without an interval, in three significant digits."""
    value = row["estimate"]
    if value is None or math.isnan(value):
        return -math.inf, math.inf
    if value == 0:
        return 0.0, 0.0
    half = 0.5 * 10.0 ** -float(decimals(np.array(abs(value)), digits))
    return value - half, value + half


def heads_of(printed: float, least: int) -> tuple[int, int]:
    """Return the least and largest headcount behind one that is rounded to 5 and never below `least`."""
    floor = 5 * math.ceil(least / 5)
    fits = [n for n in range(least, int(printed) + 5) if max(5 * math.floor(n / 5 + 0.5), floor) == printed]
    return min(fits), max(fits)


def _ends(hits: np.ndarray, n: int) -> tuple[int, int]:
    assert len(hits), "the printed share agrees with no number of hits"
    return int(hits.min()), int(hits.max())
