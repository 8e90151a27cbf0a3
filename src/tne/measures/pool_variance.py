"""How much do the true effects differ? The variance between independent estimates, and its interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy import optimize, special

METHODS = ("fixed", "DL", "PM", "HE", "REML")
# searched as multiples of the spread of the estimates, 0 among them
_GRID = np.concatenate([[0.0], np.geomspace(1e-6, 30.0, 36)])


@dataclass(frozen=True, eq=False)
class Weighted:
    """Least squares with weights ``1 / (v + tau²)``.

    Parameters
    ----------
    coefficients : array, shape (p,)
    covariance : array, shape (p, p)
        Takes the weights as known.
    residual, weight : arrays, shape (k,)
    q : float
        Weighted sum of squared residuals.
    """

    coefficients: np.ndarray
    covariance: np.ndarray
    residual: np.ndarray
    weight: np.ndarray
    q: float


def weighted(x: np.ndarray, y: np.ndarray, variance: np.ndarray) -> Weighted:
    """Fit `y` on `x` where each row has its own known variance."""
    w = 1 / variance
    if x.shape[1] == 1:
        information = w @ x[:, 0] ** 2
        mean = np.array([w @ (x[:, 0] * y) / information])
        residual = y - x[:, 0] * mean
        return Weighted(mean, np.array([[1 / information]]), residual, w, float(w @ residual**2))
    root = np.sqrt(w)
    q, r = np.linalg.qr(x * root[:, None])  # the normal equations would square what unlike weights do
    back = np.linalg.inv(r)
    b = back @ (q.T @ (root * y))
    residual = y - x @ b
    return Weighted(b, back @ back.T, residual, w, float(w @ residual**2))


def trace_p(x: np.ndarray, fit: Weighted) -> float:
    """Trace of ``P = W − W X (X′W X)⁻¹ X′W``."""
    w = fit.weight
    trace = w.sum() - np.trace(fit.covariance @ (x.T @ (x * (w**2)[:, None])))
    # the bound is exact, where rounding is not: k − p of its values are at least the smallest weight
    return float(max(trace, (len(w) - x.shape[1]) * w.min()))


def trace_pp(x: np.ndarray, fit: Weighted) -> float:
    """Trace of ``P P``."""
    w, c = fit.weight, fit.covariance
    second = c @ (x.T @ (x * (w**2)[:, None]))
    third = c @ (x.T @ (x * (w**3)[:, None]))
    trace = (w**2).sum() - 2 * np.trace(third) + np.trace(second @ second)
    return float(max(trace, (len(w) - x.shape[1]) * w.min() ** 2))


def tau_squared(x: np.ndarray, y: np.ndarray, v: np.ndarray, method: str) -> tuple[float, float]:
    """Return tau² (never below 0) and its standard error, by `method`; ``"fixed"`` has none."""
    df = len(y) - x.shape[1]
    if method == "DL":
        return _moment(x, y, v, df)
    if method == "HE":
        return _unweighted(x, y, v, df)
    tau2 = _restricted(x, y, v) if method == "REML" else _paule_mandel(x, y, v, df)
    fit = weighted(x, y, v + tau2)
    if method == "REML":
        return tau2, math.sqrt(2 / trace_pp(x, fit))
    return tau2, math.sqrt(2 * df) / trace_p(x, fit)


def _moment(x: np.ndarray, y: np.ndarray, v: np.ndarray, df: int) -> tuple[float, float]:
    fit = weighted(x, y, v)
    p, pp = trace_p(x, fit), trace_pp(x, fit)
    tau2 = max(0.0, (fit.q - df) / p)
    return tau2, math.sqrt(2 * df + 4 * tau2 * p + 2 * tau2**2 * pp) / p


def _unweighted(x: np.ndarray, y: np.ndarray, v: np.ndarray, df: int) -> tuple[float, float]:
    residual_maker = np.eye(len(y)) - x @ np.linalg.pinv(x)
    spread = float(np.sum((residual_maker @ y) ** 2))
    pv = residual_maker * v
    tau2 = max(0.0, (spread - float(np.trace(pv))) / df)
    variance = 2 * float(np.sum(pv * pv.T)) + 4 * tau2 * float(np.trace(pv)) + 2 * tau2**2 * df
    return tau2, math.sqrt(variance) / df


def _paule_mandel(x: np.ndarray, y: np.ndarray, v: np.ndarray, df: int) -> float:
    """Where the generalised Q equals its degrees of freedom."""
    return _where_q_is(x, y, v, float(df))


def _where_q_is(x: np.ndarray, y: np.ndarray, v: np.ndarray, target: float) -> float:
    """Return the tau² at which Q, which falls in tau², is `target`; 0 where it is below it from the start."""

    def above(tau2: float) -> float:
        return weighted(x, y, v + tau2).q - target

    if above(0.0) <= 0:
        return 0.0
    high = float(np.var(y)) + float(v.max())
    while above(high) > 0:
        high *= 4
    return float(optimize.brentq(above, 0.0, high, xtol=1e-14 * high, rtol=1e-13))


def _restricted(x: np.ndarray, y: np.ndarray, v: np.ndarray) -> float:
    """Highest restricted likelihood: a grid finds the hill, the root of its slope the top; 0 competes."""
    scale = float(np.var(y)) + float(np.median(v))
    grid = scale * _GRID
    best = int(np.argmax(_likelihoods(x, y, v, grid)))

    def slope(tau2: float) -> float:
        fit = weighted(x, y, v + tau2)
        return float(np.sum((fit.weight * fit.residual) ** 2)) - trace_p(x, fit)

    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    if best == 0 and slope(0.0) <= 0:
        return 0.0
    while slope(high) > 0:
        high *= 2
    if slope(low) <= 0:  # a dip between two steps of the grid
        found = optimize.minimize_scalar(
            lambda tau2: -float(_likelihoods(x, y, v, np.array([tau2]))[0]),
            bounds=(low, high),
            method="bounded",
        )
        ends = _likelihoods(x, y, v, np.array([0.0, found.x]))
        return float(found.x) if ends[1] > ends[0] else 0.0
    return float(optimize.brentq(slope, low, high, xtol=1e-14 * scale, rtol=1e-13))


def _likelihoods(x: np.ndarray, y: np.ndarray, v: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Restricted log-likelihoods at all of `grid`, up to a constant."""
    w = 1 / (v + grid[:, None])
    a = np.einsum("gk,kp,kq->gpq", w, x, x, optimize=True)
    right = np.einsum("gk,kp->gp", w * y, x, optimize=True)
    b = np.linalg.solve(a, right[:, :, None])[:, :, 0]
    rss = np.einsum("gk,gk->g", w, (y - b @ x.T) ** 2)
    return cast(np.ndarray, 0.5 * (np.log(w).sum(axis=1) - np.linalg.slogdet(a)[1] - rss))


def q_profile(x: np.ndarray, y: np.ndarray, v: np.ndarray, conf_level: float) -> tuple[float, float]:
    """Interval of tau²: where the generalised Q is no surprise; NaN where it is too small even at 0."""
    df = len(y) - x.shape[1]
    upper, lower = (float(special.chdtri(df, tail)) for tail in ((1 - conf_level) / 2, (1 + conf_level) / 2))
    if weighted(x, y, v).q < lower:
        return math.nan, math.nan
    return _where_q_is(x, y, v, upper), _where_q_is(x, y, v, lower)


def typical_variance(x: np.ndarray, y: np.ndarray, v: np.ndarray) -> float:
    """Higgins and Thompson's typical within-estimate variance, with moderators too."""
    return cast(float, (len(y) - x.shape[1]) / trace_p(x, weighted(x, y, v)))
