"""What is left of a column once every unit's and every period's own level is taken out?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph
from scipy.sparse.linalg import LinearOperator, cg

# Above this many effects on the smaller side, its equations are solved by iteration.
_DENSE = 3000


@dataclass(frozen=True, eq=False)
class Effects:
    """Unit and period effects of a set of rows.

    Parameters
    ----------
    unit, period : ndarray of int, shape (n,)
        Codes 0, 1, …; every code occurs.
    n_units, n_periods : int
    weights : ndarray, shape (n,), or None
    balanced : bool
        One row for every unit in every period, without weights.
    components : int
        Groups of units and periods that no row connects: each costs one effect less.
    """

    unit: np.ndarray
    period: np.ndarray
    n_units: int
    n_periods: int
    weights: np.ndarray | None
    balanced: bool
    components: int

    @property
    def rank(self) -> int:
        """Number of effects that the rows can tell apart."""
        return self.n_units + self.n_periods - self.components


def effects(unit: np.ndarray, period: np.ndarray, weights: np.ndarray | None = None) -> Effects:
    """Describe the unit and period effects of rows with the codes `unit` and `period`."""
    n_units, n_periods = int(unit.max()) + 1, int(period.max()) + 1
    full = len(unit) == n_units * n_periods
    full = full and int(np.bincount(unit * n_periods + period, minlength=len(unit)).max()) == 1
    components = 1
    if not full:
        links = sparse.coo_matrix(
            (np.ones(len(unit)), (unit, n_units + period)), shape=(n_units + n_periods,) * 2
        )
        components = int(csgraph.connected_components(links, directed=False, return_labels=False))
    return Effects(unit, period, n_units, n_periods, weights, full and weights is None, components)


def within(known: Effects, columns: np.ndarray) -> np.ndarray:
    """Return `columns` less their least-squares fit by unit and period effects.

    Parameters
    ----------
    known : Effects
    columns : ndarray, shape (n, k)

    Returns
    -------
    ndarray, shape (n, k)

    Notes
    -----
    A balanced panel has the closed form ``x − unit mean − period mean + mean``. Otherwise the larger side is
    eliminated and the equations of the smaller side are solved exactly, by iteration above 3,000 of them.
    """
    if known.balanced:
        return np.column_stack([_balanced(known, column) for column in columns.T])
    small, large = known.period, known.unit
    n_small, n_large = known.n_periods, known.n_units
    if n_small > n_large:
        small, large, n_small, n_large = large, small, n_large, n_small
    w = np.ones(len(small)) if known.weights is None else known.weights
    count = sparse.csr_matrix((w, (large, small)), shape=(n_large, n_small))
    total_large, total_small = (
        np.bincount(side, w, size) for side, size in ((large, n_large), (small, n_small))
    )
    scaled = sparse.diags(1 / total_large) @ count
    solve = _solver(count, scaled, total_small)
    out = np.empty(columns.shape)
    for j, column in enumerate(columns.T):
        rest = column.astype(float)
        for _ in range(2):  # the second round takes out what rounding left
            weighted = w * rest
            of_large = np.bincount(large, weighted, n_large) / total_large
            of_small = solve(np.bincount(small, weighted, n_small) - count.T @ of_large)
            rest = rest - (of_large - scaled @ of_small)[large] - of_small[small]
        out[:, j] = rest
    return out


def _balanced(known: Effects, column: np.ndarray) -> np.ndarray:
    centred = column - column.mean()
    by_unit = np.bincount(known.unit, centred, known.n_units) / known.n_periods
    by_period = np.bincount(known.period, centred, known.n_periods) / known.n_units
    centred -= by_unit[known.unit]
    centred -= by_period[known.period]
    return cast(np.ndarray, centred)


def _solver(
    count: sparse.csr_matrix, scaled: sparse.csr_matrix, total: np.ndarray
) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function that solves the smaller side's equations; they are singular, once per component."""
    size = len(total)
    if size <= _DENSE:
        matrix = np.diag(total) - (count.T @ scaled).toarray()
        inverse = np.linalg.pinv(matrix, rcond=1e-12, hermitian=True)
        return lambda right: inverse @ right
    operator = LinearOperator((size, size), matvec=lambda v: total * v - count.T @ (scaled @ v))
    inverse_diagonal = sparse.diags(1 / total)

    def solve(right: np.ndarray) -> np.ndarray:
        return cast(
            np.ndarray, cg(operator, right, rtol=1e-12, atol=0.0, maxiter=10 * size, M=inverse_diagonal)[0]
        )

    return solve
