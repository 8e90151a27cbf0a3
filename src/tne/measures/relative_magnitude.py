"""Which effects are compatible with a deviation after training at most M times the largest one before?"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from scipy import optimize, special

KAPPA = 0.1  # share of the test's size that its first stage, the least favourable test, uses
ANGLES = 1024
_GRID, _ZOOM, _ZOOMS = 129, 65, 5
_TINY = 1e-9


@dataclass(frozen=True, eq=False)
class Moments:
    """Statistics ``η_j(θ) = level_j + slope_j θ`` that are 0 or less on average if θ is the effect.

    Parameters
    ----------
    level, slope : ndarray, shape (j,)
    covariance : ndarray, shape (j, j)
    """

    level: np.ndarray
    slope: np.ndarray
    covariance: np.ndarray


def compatible_effects(
    estimates: np.ndarray, covariance: np.ndarray, pre: int, target: np.ndarray, m: float, conf_level: float
) -> tuple[float, float]:
    """Return the lowest and the highest effect that the conditional least-favourable hybrid test accepts.

    Parameters
    ----------
    estimates : ndarray, shape (pre + post,)
        At distances -pre, …, -1, 1, …, post from the reference period.
    covariance : ndarray, shape (pre + post, pre + post)
    pre : int
        At least 1.
    target : ndarray, shape (post,)
        Weights l of the effect; not all zero.
    m : float
        Largest step of the deviation after training, as a multiple of the largest step before.
    conf_level : float

    Returns
    -------
    tuple of float

    Notes
    -----
    The set is the union over the step before training that may be the largest, and its sign (Rambachan and Roth
    2023, section 3.3). Given that step w, the deviations after training move by at most ``m w`` a period. The linear
    program of Andrews, Roth and Pakes over the nuisance effects has its dual vertices in closed form: with
    ``c_t = Σ_{s≥t} l_s`` and σ±_t the errors of ``±(β_t − β_{t−1}) − m w``, they are
    ``(±(l'β − θ) − m |c|₁ w) / Σ |c_t| σ±_t`` and ``−2 m w / (σ+_t + σ−_t)``; truncation points follow from them. All
    depend on two normal variables, so that the least favourable critical value is an integral over angles.
    """
    given = [
        _Test(moments_of(estimates, covariance, pre, target, m, step, sign), 1 - conf_level)
        for step in range(pre)
        for sign in (1.0, -1.0)
    ]
    lowest, highest = math.inf, -math.inf
    for test in sorted(given, key=lambda test: test.low):
        if test.low >= lowest:
            break  # none that follows can reach further
        lowest = min(lowest, test.end(-1))
    for test in sorted(given, key=lambda test: -test.high):
        if test.high <= highest:
            break
        highest = max(highest, test.end(1))
    return lowest, highest


def moments_of(
    estimates: np.ndarray,
    covariance: np.ndarray,
    pre: int,
    target: np.ndarray,
    m: float,
    step: int,
    sign: float,
) -> Moments:
    """Return the dual vertices, given that step number `step` before training, times `sign`, is the largest."""
    n, post = len(estimates), len(target)
    moves = np.insert(np.eye(n), pre, 0.0, axis=0)  # rows: periods, the reference being zero
    moves = np.diff(moves, axis=0)
    w = sign * moves[step]
    after = moves[pre:]
    error = {s: _errors(s * after - m * w, covariance) for s in (1.0, -1.0)}
    c = np.cumsum(target[::-1])[::-1]
    norm, effect = np.abs(c).sum(), np.zeros(n)
    effect[pre:] = target
    rows, slope = [], []
    for s in (1.0, -1.0):
        scale = float(np.abs(c) @ np.where(c * s >= 0, error[1.0], error[-1.0]))
        rows.append((s * effect - m * norm * w) / scale)
        slope.append(-s / scale)
    alone = np.count_nonzero(c) == 1  # then its pair of moments is a mixture of the two above
    for t in range(post):
        if not (alone and c[t] != 0) and m > 0:
            rows.append(-2 * m * w / (error[1.0][t] + error[-1.0][t]))
            slope.append(0.0)
    a = np.array(rows)
    return Moments(a @ estimates, np.array(slope), a @ covariance @ a.T)


class _Test:
    """The hybrid test over all θ, given which step is the largest; beyond `low` and `high` its first stage rejects."""

    def __init__(self, moments: Moments, alpha: float) -> None:
        self.moments, self.alpha = moments, alpha
        self.critical = least_favourable(moments.covariance, KAPPA * alpha)
        self.low = float((moments.level[0] - self.critical) / -moments.slope[0])
        self.high = float((self.critical - moments.level[1]) / moments.slope[1])
        self.coarse: tuple[np.ndarray, np.ndarray] | None = None

    def _accepts(self, theta: np.ndarray) -> np.ndarray:
        return np.flatnonzero(accepts(self.moments, theta, self.critical, self.alpha))

    def end(self, outward: int) -> float:
        """Return the lowest (-1) or highest (1) accepted θ; +inf or -inf if none is."""
        if not self.low < self.high:
            return -outward * math.inf
        if self.coarse is None:
            grid = np.linspace(self.low, self.high, _GRID)
            self.coarse = grid, self._accepts(grid)
        theta, good = self.coarse
        if not len(good):
            return -outward * math.inf
        k = good[-1] if outward > 0 else good[0]
        inside, outside = theta[k], theta[min(max(k + outward, 0), _GRID - 1)]
        for _ in range(_ZOOMS if outside != inside else 0):
            finer = np.linspace(inside, outside, _ZOOM)
            last = int(self._accepts(finer)[-1])
            inside, outside = finer[last], finer[min(last + 1, _ZOOM - 1)]
        return float(inside)


def accepts(moments: Moments, theta: np.ndarray, critical: float, alpha: float) -> np.ndarray:
    """Return whether each θ is accepted.

    Rejected is what exceeds the least favourable critical value, or else the quantile of the largest statistic given
    which one is largest and all that is independent of it, but never a statistic of 0 or less.
    """
    size = (alpha - KAPPA * alpha) / (1 - KAPPA * alpha)
    v = moments.covariance
    eta = moments.level[:, None] + moments.slope[:, None] * theta
    largest = eta.argmax(axis=0)
    top = eta.max(axis=0)
    variance = np.diag(v)[largest]
    certain = variance < _TINY**2
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        pull = v[:, largest] / variance
        gap = 1 - pull
        turn = (eta - pull * top) / gap
        low = np.where(gap > _TINY, turn, -np.inf).max(axis=0)
        high = np.minimum(np.where(gap < -_TINY, turn, np.inf).min(axis=0), critical)
        deviation = np.sqrt(variance)
        p = _upper_share(top / deviation, low / deviation, high / deviation)
    conditional = np.where(certain, top > _TINY, (top > 0) & (p < size))
    return cast(np.ndarray, ~((top > critical) | conditional))


def least_favourable(covariance: np.ndarray, size: float) -> float:
    """Return what the largest of centred normal variables, of rank 1 or 2, exceeds with probability `size`."""
    values, vectors = np.linalg.eigh(covariance)
    keep = values > values[-1] * 1e-10
    root = vectors[:, keep] * np.sqrt(values[keep])
    angle = (np.arange(ANGLES) + 0.5) * (2 * math.pi / ANGLES)
    reach = (root @ np.stack([np.cos(angle), np.sin(angle)])[: root.shape[1]]).max(axis=0)
    if root.shape[1] == 1:  # one variable: its largest multiple on each side
        top, bottom = root.max(), -root.min()
        sides = np.array([x for x in (top, bottom) if x > 0])
        return _root(lambda q: special.ndtr(-q / sides).sum() - size, sides.max())
    square = reach[reach > 0] ** 2
    return _root(lambda q: np.exp(-0.5 * q * q / square).sum() / ANGLES - size, math.sqrt(square.max()))


def _root(excess: Callable[[float], Any], scale: float) -> float:
    low = 1e-9 * scale
    return 0.0 if excess(low) <= 0 else float(optimize.brentq(excess, low, 40 * scale, xtol=1e-12))


def _errors(rows: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    return cast(np.ndarray, np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", rows, covariance, rows), 0.0)))


def _upper_share(x: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return P(X > x) of a standard normal between `low` and `high`; 1 where x is not between them."""
    base = special.log_ndtr(-low)
    whole = -np.expm1(special.log_ndtr(-high) - base)
    part = np.exp(special.log_ndtr(-x) - base) - np.exp(special.log_ndtr(-high) - base)
    inside = (low <= x) & (x <= high) & (whole > 0)
    return np.where(inside, part / np.where(whole > 0, whole, 1.0), 1.0)
