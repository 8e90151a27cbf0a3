"""Which average of other units is nearest to the trained one? Weights that are never negative and sum to one."""

from __future__ import annotations

from typing import cast

import numpy as np
from scipy import optimize


def simplex_least_squares(design: np.ndarray, target: np.ndarray, ridge: float = 0.0) -> np.ndarray:
    """Return the weights that minimise ``|design w − target|² + ridge |w|²`` with ``w ≥ 0`` and ``Σ w = 1``.

    Parameters
    ----------
    design : ndarray, shape (rows, units)
    target : ndarray, shape (rows,)
    ridge : float

    Returns
    -------
    ndarray, shape (units,)

    Notes
    -----
    As the weights sum to one, this is the point of least norm among averages of the columns of ``design − target``.
    Non-negative least squares of (0, 1) on those columns with a row of ones below finds it exactly: for
    ``u = s w`` the best scale s leaves ``|D w|² / (1 + |D w|²)``, which grows with ``|D w|``.

    Examples
    --------
    >>> simplex_least_squares(np.array([[0.0, 4.0]]), np.array([1.0])).round(3).tolist()
    [0.75, 0.25]
    """
    away = design - target[:, None]
    if ridge > 0:
        away = np.vstack([away, np.sqrt(ridge) * np.eye(design.shape[1])])
    return nearest_to_zero(away)


def nearest_to_zero(columns: np.ndarray) -> np.ndarray:
    """Return the weights of the average of `columns` that has the least norm."""
    units = columns.shape[1]
    if units == 1:
        return np.ones(1)
    weights = np.full(units, 1 / units)
    size = float(np.sqrt((columns**2).sum(axis=0).min()))
    for _ in range(2):  # again in the scale of what is left: the first may lose digits where the fit is close
        if size == 0:  # columns of zeros are met exactly, and none of them is better than another
            met = (columns == 0).all(axis=0)
            return cast(np.ndarray, met / met.sum())
        stacked = np.vstack([columns / size, np.ones(units)])
        aim = np.zeros(len(stacked))
        aim[-1] = 1
        u, _ = optimize.nnls(stacked, aim, maxiter=max(1000, 50 * units))
        weights = u / u.sum()
        left = float(np.linalg.norm(columns @ weights))
        if left > 0.01 * size or left < 1e-9 * size:
            break
        size = left
    return weights


def donor_weights(
    donors: np.ndarray, treated: np.ndarray, zeta: float, intercept: bool, v: np.ndarray | None = None
) -> np.ndarray:
    """Return the weights of the donors whose path is nearest to the treated one's before the start.

    Parameters
    ----------
    donors : ndarray, shape (units, periods)
    treated : ndarray, shape (periods,)
    zeta : float
        The penalty is ``periods · zeta²`` on ``|w|²``.
    intercept : bool
        Whether a constant distance counts as no distance.
    v : ndarray, shape (periods,), optional
        Weights of the periods.
    """
    design, target = donors.T, treated
    if intercept:
        design, target = design - design.mean(axis=0), target - target.mean()
    if v is not None:
        scale = np.sqrt(v * len(v))
        design, target = scale[:, None] * design, scale * target
    return simplex_least_squares(design, target, len(target) * zeta**2)


def period_weights(before: np.ndarray, after: np.ndarray, zeta: float) -> np.ndarray:
    """Return the weights of the periods before the start whose average predicts the donors' later means.

    Parameters
    ----------
    before : ndarray, shape (units, periods)
    after : ndarray, shape (units,)
        Each donor's mean after the start.
    zeta : float
        The penalty is ``units · zeta²`` on ``|w|²``.
    """
    return simplex_least_squares(before - before.mean(axis=0), after - after.mean(), len(after) * zeta**2)
