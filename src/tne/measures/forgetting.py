"""Which curve of forgetting lies nearest to the scores?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy import optimize

CURVES = ("power", "ebbinghaus")
PARAMETERS = {"power": ("a", "d"), "ebbinghaus": ("k", "c")}


@dataclass(frozen=True, eq=False)
class Curve:
    """A curve with its parameters.

    Parameters
    ----------
    kind : {"power", "ebbinghaus"}
        ``a t^−d``, or ``top k / (log10(t)^c + k)``.
    values : ndarray, shape (2,)
        a and d, or k and c.
    top : float
        Score at full retention; only the second curve has one.
    """

    kind: str
    values: np.ndarray
    top: float = np.nan

    def at(self, t: np.ndarray) -> np.ndarray:
        """Return the scores at the times `t`."""
        one, two = self.values
        if self.kind == "power":
            return cast(np.ndarray, one * t**-two)
        return cast(np.ndarray, self.top * one / (np.log10(t) ** two + one))

    def slopes(self, t: np.ndarray) -> np.ndarray:
        """Return the derivatives by the two parameters, shape (n, 2)."""
        one, two = self.values
        if self.kind == "power":
            return np.column_stack([t**-two, -one * np.log(t) * t**-two])
        log = np.log10(t)
        raised, below = log**two, (log**two + one) ** 2
        return self.top * np.column_stack([raised / below, -one * raised * np.log(log) / below])

    def time_at(self, score: float) -> float:
        """Return the time at which the curve stands at `score`; NaN where it never does."""
        one, two = self.values
        with np.errstate(all="ignore"):
            if self.kind == "power":
                return float((one / score) ** (1 / two))
            return float(10 ** ((one * (self.top / score - 1)) ** (1 / two)))

    def slope_in_log_time(self, t: float) -> float:
        """Return the derivative of the score by the logarithm of time."""
        one, two = self.values
        if self.kind == "power":
            return float(-two * self.at(np.array([t]))[0])
        log = np.log10(t)
        raised = log**two
        return float(-self.top * one * two * raised / log / np.log(10) / (raised + one) ** 2)

    @property
    def falls(self) -> bool:
        """Whether scores fall with time."""
        one, two = self.values
        return bool(two > 0 and one > 0)


def nearest_curve(t: np.ndarray, y: np.ndarray, kind: str, top: float) -> Curve | None:
    """Return the least-squares curve; None where none is nearest because the parameters run off.

    Parameters
    ----------
    t, y : ndarray, shape (n,)
        Times and scores.
    kind : {"power", "ebbinghaus"}
    top : float
    """
    times, code = np.unique(t, return_inverse=True)
    weight = np.bincount(code).astype(float)
    mean = np.bincount(code, y) / weight
    start = (_power if kind == "power" else _ebbinghaus)(times, mean, weight, top)
    if start is None:
        return None
    return _polished(start, times, mean, weight)


def _power(t: np.ndarray, mean: np.ndarray, weight: np.ndarray, top: float) -> Curve | None:
    """Search d; the a that belongs to it is a ratio of sums."""
    centre = float(np.average(np.log(t), weights=weight))
    log = np.log(t) - centre
    widest = 40 / np.max(np.abs(log))

    def level(d: float) -> float:
        basis = np.exp(-d * log)
        return float(weight * basis @ mean / (weight * basis @ basis))

    def loss(d: float) -> float:
        return float(weight @ (mean - level(d) * np.exp(-d * log)) ** 2)

    found = _least(loss, np.concatenate([np.linspace(-1, 1, 81), np.linspace(-1, 1, 41) ** 3 * widest]))
    if found is None:
        return None
    return Curve("power", np.array([level(found) * np.exp(found * centre), found]))


def _least(loss: Callable[[float], float], grid: np.ndarray) -> float | None:
    grid = np.unique(grid)
    values = np.array([loss(d) for d in grid])
    best = int(np.argmin(values))
    if best in (0, len(grid) - 1):
        return None
    within = (grid[best - 1], grid[best + 1])
    found = optimize.minimize_scalar(loss, bounds=within, method="bounded", options={"xatol": 1e-12})
    return float(found.x)


def _ebbinghaus(t: np.ndarray, mean: np.ndarray, weight: np.ndarray, top: float) -> Curve | None:
    log, root = np.log(np.log10(t)), np.sqrt(weight) / top

    def misses(x: np.ndarray) -> np.ndarray:
        return cast(np.ndarray, root * (mean - top / (1 + np.exp(np.clip(x[1] * log - x[0], -700, 700)))))

    found = []
    for k in (-2.0, 0.0, 2.0):
        for c in (-1.0, 0.3, 1.0, 3.0):
            one = optimize.least_squares(misses, [k, c], xtol=1e-12, ftol=1e-12, gtol=1e-12, max_nfev=500)
            found.append((one.cost, *one.x))
    _, k, c = min(found)
    return Curve("ebbinghaus", np.array([np.exp(k), c]), top) if abs(k) < 15 and abs(c) < 30 else None


def _polished(curve: Curve, t: np.ndarray, mean: np.ndarray, weight: np.ndarray) -> Curve:
    """Gauss-Newton steps, halved while they do not improve."""
    loss = float(weight @ (mean - curve.at(t)) ** 2)
    for _ in range(50):
        root = np.sqrt(weight)
        slopes = curve.slopes(t) * root[:, None]
        scale = np.linalg.norm(slopes, axis=0)
        if not np.all(scale > 0):
            break
        step = np.linalg.lstsq(slopes / scale, root * (mean - curve.at(t)), rcond=None)[0] / scale
        for _ in range(30):
            after = Curve(curve.kind, curve.values + step, curve.top)
            with np.errstate(all="ignore"):
                lower = float(weight @ (mean - after.at(t)) ** 2)
            if lower <= loss:
                break
            step = step / 2
        else:
            break
        small = np.all(np.abs(step) <= 1e-14 * np.abs(after.values))
        curve, loss = after, lower
        if small:
            break
    return curve
