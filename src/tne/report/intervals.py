"""What can be worked out about hidden cells: the interval of each that the shown ones and the totals leave open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np

RELATIVE = (
    0.10  # a hidden number is not to be known within ± 10 % (a rate: ± 10 points), nor within ± 1 / people
)
ENOUGH = 1 - 1e-6  # of the width asked for: what the solver calls equal
FAR = 1e4  # a bound this many widths away is no bound


@dataclass(frozen=True, eq=False)
class Cells:
    """A table as a system of sums: amounts, between which bounds everybody knows them to lie, and what adds up.

    Parameters
    ----------
    value : ndarray, shape (k,)
        True amounts that add up: counts, sums, or rate × denominator.
    low, high : ndarray, shape (k,)
        Bounds that hold for any table of the kind (0 and the denominator for rates); infinite where there is none.
    people : ndarray, shape (k,)
        Distinct people behind each cell, NaN where it is not known.
    own : ndarray of bool, shape (k,)
        Cells that must not be known for their own sake, not only because they protect others.
    lines : ndarray, shape (m, k)
        One row per sum: 1 for its parts, -1 for its total. A row without a -1 has a total known from elsewhere.
    """

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    people: np.ndarray
    own: np.ndarray
    lines: np.ndarray

    @property
    def width(self) -> np.ndarray:
        """Narrowest interval in which each cell may become known, shape (k,).

        ± max(10 %, 1 / people) of the amount. A rate of its own account: of the distance between its bounds (10
        percentage points), and never more than that distance, which everybody knows. A rate that only protects others:
        of the rarer outcome, as 10 points would take most rates near 0 or 1 along with one small group. Unknown people
        count as one.
        """
        between = self.high - self.low
        share = np.maximum(RELATIVE, 1 / np.maximum(np.where(self.people > 0, self.people, 1.0), 1.0))
        rarer = np.minimum(self.value - self.low, self.high - self.value)
        scale = np.where(np.isfinite(between), np.where(self.own, between, rarer), np.abs(self.value))
        wanted = np.minimum(2 * share * scale, between)
        largest = float(wanted.max(initial=0.0)) or 1.0
        return np.where(between > 0, np.maximum(wanted, 1e-6 * largest), 0.0)  # nor is a zero to be known


def intervals(
    cells: Cells, hidden: np.ndarray, of: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the least and the largest amount that each hidden cell can have, given all that is shown.

    Parameters
    ----------
    cells : Cells
    hidden : ndarray of bool, shape (k,)
        All others are taken as shown exactly: rounding protects, but nothing here relies on it.
    of : ndarray of int, optional
        Positions to answer for; all hidden ones by default.

    Returns
    -------
    (ndarray, ndarray)
        Ends in the order of `of`; bounds further off than `FAR` widths are infinite. Where the solver gives no answer
        both are the true amount, so that the cell counts as known.

    Notes
    -----
    Each end is a linear programme over the hidden cells, bounded as `Cells` says, with every line kept. Written in
    differences from the true amounts, which solve the equations, so that one of many tables always exists. All ends
    are solved together, as one programme of independent blocks.

    References
    ----------
    Hundepool et al. (2012), Statistical Disclosure Control, Wiley, section 4.2.2 (feasibility intervals).
    Fischetti & Salazar (2001), Solving the cell suppression problem on tabular data with linear constraints, Management
    Science 47(7):1008-1027 (the attacker's problem).
    """
    asked = np.flatnonzero(hidden) if of is None else np.asarray(of, dtype=int)
    free = np.flatnonzero(hidden)
    if not len(asked):
        return np.empty(0), np.empty(0)
    from scipy.optimize import linprog  # late: most breakdowns hide nothing
    from scipy.sparse import csr_array, eye_array, kron

    unit = float(cells.width[free].max()) or 1.0
    down, up = slack(cells, unit)
    lines = cells.lines[:, free]
    lines = lines[np.any(lines, axis=1)]
    place = np.searchsorted(free, asked)
    count, size = len(asked), len(free)
    cost = np.zeros((2, count, size))
    cost[0, np.arange(count), place], cost[1, np.arange(count), place] = 1.0, -1.0  # smallest, largest
    found = linprog(
        cost.ravel(),
        A_eq=kron(eye_array(2 * count), csr_array(lines), format="csr") if len(lines) else None,
        b_eq=np.zeros(2 * count * len(lines)) if len(lines) else None,
        bounds=np.tile(np.column_stack([-down[free], up[free]]), (2 * count, 1)),
        method="highs",
    )
    true = cells.value[asked]
    if found.status != 0:
        return true, true.copy()
    moved = found.x.reshape(2, count, size)[:, np.arange(count), place]
    ends = moved * np.where(np.abs(moved) > 0.999 * FAR, np.inf, unit)
    return true + np.minimum(ends[0], 0.0), true + np.maximum(ends[1], 0.0)


def too_narrow(cells: Cells, hidden: np.ndarray, of: np.ndarray | None = None) -> np.ndarray:
    """Return which hidden cells can be worked out more narrowly than allowed: positions, in the order of `of`."""
    asked = np.flatnonzero(hidden) if of is None else np.asarray(of, dtype=int)
    low, high = intervals(cells, hidden, asked)
    return cast(np.ndarray, asked[~(high - low >= ENOUGH * cells.width[asked])])


def slack(cells: Cells, unit: float) -> tuple[np.ndarray, np.ndarray]:
    """Return how far each amount may lie below and above the true one, in `unit`, at most `FAR`."""
    down = np.clip((cells.value - cells.low) / unit, 0.0, FAR)
    up = np.clip((cells.high - cells.value) / unit, 0.0, FAR)
    return down, up
