"""How much do groups vary beyond chance, and where does each one stand?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize


@dataclass(frozen=True, eq=False)
class RandomIntercept:
    """A linear model with one random intercept per group, fitted by REML.

    Parameters
    ----------
    coefficients : ndarray, shape (k,)
        Fixed effects.
    covariance : ndarray, shape (k, k)
        Their covariance, given the variances.
    variance_group, variance_residual : float
        Between groups, and between people of one group.
    blup : ndarray, shape (groups,)
        Best linear unbiased predictions of the group effects.
    prediction_error : ndarray, shape (groups,)
        Variance of (true effect − prediction), with the fixed effects' uncertainty.
    criterion : float
        −2 times the restricted log-likelihood.
    """

    coefficients: np.ndarray
    covariance: np.ndarray
    variance_group: float
    variance_residual: float
    blup: np.ndarray
    prediction_error: np.ndarray
    criterion: float


def random_intercept(x: np.ndarray, y: np.ndarray, group: np.ndarray) -> RandomIntercept:
    """Fit ``y = x b + u[group] + e`` by restricted maximum likelihood.

    Parameters
    ----------
    x : ndarray, shape (n, k)
        Fixed part, of full rank, intercept included.
    y : ndarray, shape (n,)
    group : ndarray of int, shape (n,)
        Codes 0, 1, ... without gaps.

    Notes
    -----
    Profiled in one number, the ratio of the variances: with t = var(u)/var(e), every inverse and determinant
    follows from group sums, so that an evaluation costs groups × k² and not n³. A grid finds the basin, Brent's
    method its floor; the boundary t = 0 competes with it.
    """
    n, k = x.shape
    sizes = np.bincount(group).astype(float)
    sums = np.column_stack([np.bincount(group, x[:, i]) for i in range(k)])
    totals = np.bincount(group, y)
    xx, xy, yy = x.T @ x, x.T @ y, float(y @ y)

    def solve(ratio: float) -> tuple[np.ndarray, np.ndarray, float, float]:
        weight = ratio / (1 + ratio * sizes)
        information = xx - (sums * weight[:, None]).T @ sums
        right = xy - sums.T @ (weight * totals)
        b = np.linalg.solve(information, right)
        rss = yy - weight @ totals**2 - b @ right
        rss = max(float(rss), 1e-300)
        log_det = np.log1p(ratio * sizes).sum() + np.linalg.slogdet(information)[1]
        return b, information, rss, (n - k) * (1 + math.log(2 * math.pi * rss / (n - k))) + log_det

    grid = np.linspace(-14, 9, 47)
    levels = [solve(math.exp(g))[3] for g in grid]
    best = int(np.argmin(levels))
    found = optimize.minimize_scalar(
        lambda g: solve(math.exp(g))[3],
        bounds=(grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]),
        method="bounded",
        options={"xatol": 1e-9},
    )
    ratio = math.exp(found.x)
    if best == 0 or solve(0.0)[3] <= found.fun + 1e-9:
        ratio = 0.0
    b, information, rss, criterion = solve(ratio)
    residual = rss / (n - k)
    covariance = residual * np.linalg.inv(information)
    shrink = ratio * sizes / (1 + ratio * sizes)
    centre = sums / sizes[:, None]
    blup = shrink * (totals / sizes - centre @ b)
    error = ratio * residual * (1 - shrink) + shrink**2 * np.einsum("gi,ij,gj->g", centre, covariance, centre)
    return RandomIntercept(b, covariance, ratio * residual, residual, blup, error, criterion)
