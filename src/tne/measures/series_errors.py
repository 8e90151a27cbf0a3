"""How uncertain is a regression on time if its errors carry over in a way that nobody models?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import numpy as np
from scipy import stats


def bartlett(scores: Sequence[np.ndarray], lags: int) -> np.ndarray:
    """Long-run sum of squares of `scores` with Bartlett weights ``1 − j / (lags + 1)``.

    Parameters
    ----------
    scores : sequence of ndarray, shape (periods, k)
        One array per series, a row per period and zeros where a period is missing; autocovariances stay within a
        series.
    lags : int
    """
    return kernel_sum(scores, 1 - np.arange(lags + 1) / (lags + 1))


def kernel_sum(scores: Sequence[np.ndarray], weights: np.ndarray) -> np.ndarray:
    """Return ``Σ_j w_j (Γ_j + Γ_j')`` over lags j = 0, 1, ... with ``Γ_j = Σ_t u_t u_{t+j}'``, Γ_0 once."""
    total = np.zeros((scores[0].shape[1],) * 2)
    for u in scores:
        for j, weight in enumerate(weights[: len(u)]):
            product = u[: len(u) - j].T @ u[j:]
            total += weight * (product + product.T) * (0.5 if j == 0 else 1.0)
    return total


def newey_west(x: np.ndarray, residuals: np.ndarray, at: Sequence[np.ndarray], lags: int) -> np.ndarray:
    """Newey and West's (1987) covariance of least squares with the factor n / (n − k).

    Parameters
    ----------
    x : ndarray, shape (n, k)
    residuals : ndarray, shape (n,)
    at : sequence of ndarray of int
        Periods of each series' rows; the rows of `x` hold the series one after another.
    lags : int
    """
    n, k = x.shape
    bread = np.linalg.inv(x.T @ x)
    ends = np.cumsum([len(part) for part in at])[:-1]
    scores = []
    for rows, part in zip(np.split(x * residuals[:, None], ends), at, strict=True):
        grid = np.zeros((int(part.max() - part.min()) + 1, k))
        grid[part - part.min()] = rows
        scores.append(grid)
    return cast(np.ndarray, bread @ bartlett(scores, lags) @ bread * n / (n - k))


def automatic_hac(
    x: np.ndarray, residuals: np.ndarray, *, bandwidth: str, prewhite: int, small_sample: bool
) -> tuple[np.ndarray, float]:
    """Covariance of least squares with an automatic bandwidth, and that bandwidth.

    Parameters
    ----------
    x : ndarray, shape (n, k)
        The first column is the constant; its scores do not enter the choice of bandwidth.
    residuals : ndarray, shape (n,)
    bandwidth : {"newey_west", "andrews"}
        Newey and West (1994) with the Bartlett kernel, the lag being the bandwidth rounded down; or Andrews (1991)
        with the quadratic spectral kernel, an AR(1) for each score.
    prewhite : int
        Order of the vector autoregression that whitens the scores first; 0 for none.
    small_sample : bool
        Multiply by n / (n − k).

    Notes
    -----
    As `NeweyWest` and `kernHAC` of R's sandwich (Zeileis 2004), whose defaults are prewhite = 1, with the factor for
    `kernHAC` only.
    """
    n, k = x.shape
    bread = np.linalg.inv(x.T @ x)
    u = x * residuals[:, None]
    recolour = np.eye(k)
    if prewhite:
        before = np.hstack([u[prewhite - j : n - j] for j in range(1, prewhite + 1)])
        slopes = np.linalg.lstsq(before, u[prewhite:], rcond=None)[0]
        u = u[prewhite:] - before @ slopes
        carried = sum(slopes[j * k : (j + 1) * k].T for j in range(prewhite))
        recolour = np.linalg.inv(np.eye(k) - carried)
    chosen = np.ones(k) if k == 1 else np.r_[0.0, np.ones(k - 1)]
    if bandwidth == "newey_west":
        width = newey_west_bandwidth(u @ chosen, n, prewhite)
        lag = math.floor(width)
        weights = 1 - np.arange(lag + 1) / (lag + 1)
    else:
        width = andrews_bandwidth(u, chosen)
        weights = quadratic_spectral(np.arange(len(u)) / width)
        weights = weights[: np.flatnonzero(np.abs(weights) > 1e-7).max() + 1]
    meat = recolour @ kernel_sum([u], weights) @ recolour.T
    return bread @ meat @ bread * (n / (n - k) if small_sample else 1.0), width


def newey_west_bandwidth(h: np.ndarray, n: int, prewhite: int) -> float:
    """Newey and West's (1994) bandwidth for the Bartlett kernel from one series of weighted scores."""
    m = math.floor((3 if prewhite else 4) * (n / 100) ** (2 / 9))
    m = min(m, len(h) - 1)
    sigma = np.array([h[: len(h) - j] @ h[j:] for j in range(m + 1)]) / len(h)
    s0, s1 = sigma[0] + 2 * sigma[1:].sum(), 2 * (np.arange(1, m + 1) * sigma[1:]).sum()
    return float(1.1447 * ((s1 / s0) ** 2 * n) ** (1 / 3)) if s0 != 0 else 0.0


def andrews_bandwidth(u: np.ndarray, chosen: np.ndarray) -> float:
    """Andrews's (1991) bandwidth for the quadratic spectral kernel, an AR(1) with a mean for each score."""
    top = bottom = 0.0
    for weight, series in zip(chosen, u.T, strict=True):
        now, before = series[1:], series[:-1]
        centred = series - series.mean()
        design = np.column_stack([np.ones(len(before)), centred[:-1]])
        b = np.linalg.lstsq(design, centred[1:], rcond=None)[0]
        left = centred[1:] - design @ b
        rho, variance = b[1], left @ left / len(now)
        top += weight * 4 * rho**2 * variance**2 / (1 - rho) ** 8
        bottom += weight * variance**2 / (1 - rho) ** 4
    return float(1.3221 * (len(u) * top / bottom) ** (1 / 5)) if bottom > 0 and top > 0 else 1e-6


def quadratic_spectral(z: np.ndarray) -> np.ndarray:
    """The quadratic spectral kernel, 1 at 0."""
    a = 6 * np.pi * np.where(z == 0, 1.0, z) / 5
    return np.where(z == 0, 1.0, 3 / a**2 * (np.sin(a) / a - np.cos(a)))


def breusch_godfrey(x: np.ndarray, residuals: np.ndarray, order: int) -> tuple[float, float]:
    """Breusch and Godfrey's LM statistic for serial correlation up to `order`, and its p (chi-square)."""
    n = len(residuals)
    lagged = np.column_stack([np.r_[np.zeros(j), residuals[: n - j]] for j in range(1, order + 1)])
    design = np.hstack([x, lagged])
    left = residuals - design @ np.linalg.lstsq(design, residuals, rcond=None)[0]
    statistic = float(n * (1 - left @ left / (residuals @ residuals)))
    return statistic, float(stats.chi2.sf(statistic, order))


def ljung_box(innovations: np.ndarray, order: int, fitted: int) -> tuple[float, float]:
    """Ljung and Box's statistic over `order` lags and its p, `fitted` autocorrelations being estimated."""
    n = len(innovations)
    e = innovations - innovations.mean()
    r = np.array([e[: n - j] @ e[j:] for j in range(1, order + 1)]) / (e @ e)
    statistic = float(n * (n + 2) * np.sum(r**2 / (n - np.arange(1, order + 1))))
    return statistic, float(stats.chi2.sf(statistic, max(order - fitted, 1)))


def durbin_watson(residuals: np.ndarray) -> float:
    """Durbin and Watson's statistic: 2 without, towards 0 with positive autocorrelation."""
    return float(np.sum(np.diff(residuals) ** 2) / np.sum(residuals**2))
