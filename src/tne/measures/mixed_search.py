"""Where is the lowest point of a smooth criterion, and how far may one parameter move away from it?"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
from scipy import optimize

Function = Callable[[np.ndarray], float]
STEP = 1e-3  # of the differences, for parameters whose natural scale is 1


@dataclass(frozen=True, eq=False)
class Minimum:
    """A minimum: where, how low, how curved, and whether the search settled."""

    x: np.ndarray
    value: float
    hessian: np.ndarray
    settled: bool


def gradient(f: Function, x: np.ndarray) -> np.ndarray:
    """Return the gradient by central differences."""
    h = STEP * np.maximum(1.0, np.abs(x))
    return cast(np.ndarray, np.array([f(x + s) - f(x - s) for s in np.diag(h)]) / (2 * h))


def curvature(f: Function, x: np.ndarray) -> np.ndarray:
    """Return the Hessian by central differences."""
    m, at = len(x), f(x)
    h = STEP * np.maximum(1.0, np.abs(x))
    step = np.diag(h)
    up, down = np.array([f(x + s) for s in step]), np.array([f(x - s) for s in step])
    hessian = np.diag((up - 2 * at + down) / h**2)
    for i in range(m):
        for j in range(i):
            both = f(x + step[i] + step[j]) + f(x - step[i] - step[j])
            mixed = (both - up[i] - down[i] - up[j] - down[j] + 2 * at) / (2 * h[i] * h[j])
            hessian[i, j] = hessian[j, i] = mixed
    return hessian


def minimise(
    f: Function,
    start: np.ndarray,
    *,
    hessian: np.ndarray | None = None,
    tolerance: float = 1e-10,
    rough: bool = False,
    tries: int = 100,
) -> Minimum:
    """Quasi-Newton descent with differences, safe where the criterion is not convex.

    Criteria of mixed models are even in the entries of a variance's factor, so that a variance of 0 is an inner
    point and no bound is needed. `hessian` is a first guess; without one it is computed, as it is again when a
    guess has led nowhere. The search ends where the expected decrease is below `tolerance`, judged by the Hessian
    of that very place unless `rough`.
    """
    x = np.asarray(start, dtype=float)
    value, expected = f(x), math.inf
    if not len(x):
        return Minimum(x, value, np.zeros((0, 0)), True)
    slope, fresh = gradient(f, x), hessian is None
    hessian = curvature(f, x) if fresh else hessian
    if TYPE_CHECKING:
        assert hessian is not None
    for _ in range(tries):
        move = -_positive_solve(hessian, slope)
        expected = -float(slope @ move) / 2
        if expected < tolerance:
            if fresh or rough:
                break
            hessian, fresh = curvature(f, x), True
            continue
        move /= max(1.0, float(np.max(np.abs(move) / np.maximum(1.0, np.abs(x)))))
        share = 1.0
        while share > 1e-4 and not f(x + share * move) < value + 1e-4 * share * float(slope @ move):
            share /= 2
        if share <= 1e-4:
            if fresh:  # nothing lower within rounding
                break
            hessian, fresh = curvature(f, x), True
            continue
        step = share * move
        x = x + step
        value, before = f(x), slope
        slope = gradient(f, x)
        updated = _updated(hessian, step, slope - before)
        hessian, fresh = (curvature(f, x), True) if updated is None else (updated, False)
    return Minimum(x, value, hessian, expected < 1e-6)


def _positive_solve(hessian: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Solve with the absolute values of the Hessian's roots: a direction of descent in any case."""
    roots, axes = np.linalg.eigh(hessian)
    size = np.abs(roots)
    size = np.maximum(size, 1e-5 * size.max() + 1e-8)
    return cast(np.ndarray, axes @ (axes.T @ slope / size))


def _updated(hessian: np.ndarray, step: np.ndarray, change: np.ndarray) -> np.ndarray | None:
    """Broyden, Fletcher, Goldfarb and Shanno's update; None where the curvature along the step is not positive."""
    along, pulled = float(step @ change), hessian @ step
    bent = float(step @ pulled)
    if along <= 0 or bent <= 0:
        return None
    return hessian + np.outer(change, change) / along - np.outer(pulled, pulled) / bent


def limits(
    f: Function,
    best: np.ndarray,
    lowest: float,
    which: int,
    *,
    drop: float,
    bounds: tuple[float, float],
    reach: float = 1.0,
) -> tuple[float, float]:
    """Return how far parameter `which` may move until the criterion, lowest over all others, rises by `drop`.

    Parameters
    ----------
    f : callable
        The criterion (−2 log-likelihood) of the whole parameter vector.
    best, lowest
        The minimum, where and how low.
    which : int
    drop : float
        Quantile of chi-square on one degree of freedom.
    bounds : tuple of float
        A bound that the criterion never reaches is the limit itself: a variance may be 0.
    reach : float
        First guess of the distance to the upper limit.
    """
    others = np.delete(np.arange(len(best)), which)
    known: list[tuple[float, Minimum]] = []

    def above(value: float) -> float:
        def held(free: np.ndarray) -> float:
            x = best.copy()
            x[others], x[which] = free, value
            return f(x)

        start, hessian = _guess(known, value, best[others])
        found = minimise(held, start, hessian=hessian, tolerance=1e-5, rough=True)
        known.append((value, found))
        # near-linear in the parameter, which the search for the root likes
        return math.sqrt(max(found.value - lowest, 0.0)) - math.sqrt(drop)

    def limit(bound: float, sign: float) -> float:
        known.clear()
        near, room = float(best[which]), abs(bound - float(best[which]))
        for i in range(60):
            distance = reach * 2.0**i
            far = bound if distance >= room else float(best[which]) + sign * distance
            if above(far) >= 0:
                try:
                    return float(optimize.brentq(above, near, far, xtol=1e-6 * max(1.0, abs(far)), rtol=1e-6))
                except ValueError:  # looked at again from nearer by, it is not as high: go on
                    pass
            if far == bound:
                return bound
            near = far
        return math.nan

    return limit(bounds[0], -1.0), limit(bounds[1], 1.0)


def _guess(
    known: list[tuple[float, Minimum]], value: float, best: np.ndarray
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return where the other parameters should be: on the line through the two nearest points known."""
    if not known:
        return best, None
    by_distance = sorted(known, key=lambda point: abs(point[0] - value))
    at, one = by_distance[0]
    if len(by_distance) < 2 or by_distance[1][0] == at:
        return one.x, one.hessian
    other_at, other = by_distance[1]
    share = (value - at) / (other_at - at)
    return one.x + np.clip(share, -1, 1) * (other.x - one.x), one.hessian
