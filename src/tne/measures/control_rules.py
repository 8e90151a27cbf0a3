"""Which runs of values around a centre are too regular for chance?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tne.checks import require_choice

RULES = ("beyond_limits", "two_of_three", "four_of_five", "run_of_8")


def signals(z: np.ndarray, rules: Sequence[str] = RULES, sigmas: float = 3.0) -> list[str]:
    """Return the rules that each value completes, joined by commas; NaN values are passed over.

    Parameters
    ----------
    z : ndarray, shape (n,)
        Distances from the centre in standard deviations of the chart.
    rules : sequence of str
    sigmas : float
        Width of the limits; the inner zones are thirds of it.
    """
    where = np.flatnonzero(~np.isnan(z))
    v, third = z[where], sigmas / 3
    shape = {"two_of_three": (2, 3, 2 * third), "four_of_five": (4, 5, third), "run_of_8": (8, 8, 0.0)}
    found: list[list[str]] = [[] for _ in z]
    for rule in rules:
        for side in (1, -1):
            need, span, edge = shape.get(rule, (1, 1, sigmas))
            beyond = side * v > edge
            counts = np.convolve(np.r_[beyond, 0.0], np.ones(span))[: len(v)]
            for i in np.flatnonzero(beyond & (counts >= need)):
                found[where[i]].append(rule)
    return [", ".join(f) for f in found]


def require_rules(rules: Sequence[str], sigmas: float) -> None:
    """Raise on unknown rules or a width that is none."""
    if isinstance(rules, str):
        raise TypeError("`rules` must be a sequence of names. Put a single one in a list.")
    for rule in rules:
        require_choice(rule, RULES, "rules")
    if not 0 < sigmas < math.inf:
        raise ValueError(f"`sigmas` is {sigmas}. Give a positive number, usually 3.")
