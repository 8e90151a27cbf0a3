"""How much do the true effects differ between groups, and how much within them? Restricted likelihood."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy import optimize, special

_STEP = 1e-30  # of the imaginary part: the derivative is exact


@dataclass(frozen=True, eq=False)
class Nested:
    """Estimates in groups in groups, sorted so that every group stands together.

    Parameters
    ----------
    rows : array, shape (k, p + 1)
        Design and estimates, sorted.
    v : array, shape (k,)
    starts : tuple of arrays
        For each level, from the smallest groups to the largest: where each begins among the groups below it.
    scale : float
        Unit of the variances while searching.
    """

    rows: np.ndarray
    v: np.ndarray
    starts: tuple[np.ndarray, ...]
    scale: float

    @property
    def p(self) -> int:
        return cast(int, self.rows.shape[1] - 1)

    def summary(self, variances: np.ndarray) -> tuple[np.ndarray, complex]:
        """Return ``[X y]′ V⁻¹ [X y]`` and ``log |V|``; variances from the smallest groups to the largest.

        A group's shared variance s turns V into V + s 1 1′, whose inverse needs only 1′V⁻¹1 and 1′V⁻¹[X y]
        (Sherman and Morrison): each level costs one pass over the groups below it.
        """
        w = 1 / self.v.astype(variances.dtype)
        products = (self.rows * w[:, None]).T @ self.rows
        log_det = -np.log(w).sum()
        ones, sums = w, self.rows * w[:, None]
        for s, start in zip(variances, self.starts, strict=True):
            ones = np.add.reduceat(ones, start)
            sums = np.add.reduceat(sums, start, axis=0)
            shrink = 1 / (1 + s * ones)
            products = products - (sums * (s * shrink)[:, None]).T @ sums
            log_det = log_det - np.log(shrink).sum()
            ones, sums = ones * shrink, sums * shrink[:, None]
        return products, log_det

    def log_likelihood(self, variances: np.ndarray) -> complex:
        """Return the restricted log-likelihood, up to a constant."""
        products, log_det = self.summary(variances)
        a, right = products[:-1, :-1], products[:-1, -1]
        rss = products[-1, -1] - right @ np.linalg.solve(a, right)
        sign, size = np.linalg.slogdet(a)  # of many moderators the determinant itself may be out of range
        return cast(
            complex, -0.5 * (log_det + size + (1j * np.angle(sign) if np.iscomplexobj(a) else 0.0) + rss)
        )


def nested(x: np.ndarray, y: np.ndarray, v: np.ndarray, codes: Sequence[np.ndarray]) -> Nested:
    """Sort the rows by their groups; `codes` from the largest groups to the smallest."""
    order = np.lexsort(tuple(reversed(codes)))
    starts, below = [], np.arange(len(y))
    for code in reversed(codes):
        here = code[order][below]
        first = np.flatnonzero(np.concatenate([[True], here[1:] != here[:-1]]))
        starts.append(first)
        below = below[first]
    scale = float(np.var(y)) + float(np.median(v))
    return Nested(np.column_stack([x, y])[order], v[order], tuple(starts), scale)


def variance_components(data: Nested) -> tuple[np.ndarray, float]:
    """Return the variances of highest restricted likelihood, from the largest groups to the smallest, and its log."""
    found, height = _highest(data, {})
    return found[::-1], height


def profile_interval(
    data: Nested, found: np.ndarray, height: float, level: int, conf_level: float
) -> tuple[float, float]:
    """Interval of one variance by profile likelihood, the others free; `level` 0 is the largest groups."""
    place = len(data.starts) - 1 - level
    drop = float(special.chdtri(1, 1 - conf_level)) / 2

    def lost(value: float) -> float:
        return height - _highest(data, {place: value}, start=found[::-1])[1] - drop

    at = float(found[level])
    low = 0.0
    if at > 0 and lost(0.0) > 0:
        low = float(optimize.brentq(lost, 0.0, at, xtol=1e-7 * data.scale))
    high = max(2 * at, 0.1 * data.scale)
    while lost(high) < 0:
        high *= 2
        if high > 1e6 * data.scale:
            return low, math.nan
    return low, float(optimize.brentq(lost, at, high, xtol=1e-7 * data.scale))


def _highest(
    data: Nested, held: dict[int, float], start: np.ndarray | None = None
) -> tuple[np.ndarray, float]:
    """Search the variances that are not `held`, from several starts, all of them at least 0."""
    count = len(data.starts)
    free = [i for i in range(count) if i not in held]
    fixed = np.array([held.get(i, 0.0) for i in range(count)])
    if not free:
        return fixed, float(cast(float, data.log_likelihood(fixed)))

    def loss(u: np.ndarray) -> tuple[float, np.ndarray]:
        variances = fixed.astype(complex)
        variances[free] = u * data.scale
        slope = np.empty(len(free))
        for j, i in enumerate(free):
            variances[i] += 1j * _STEP * data.scale
            value = data.log_likelihood(variances)
            slope[j] = -value.imag / _STEP
            variances[i] = variances[i].real
        return -value.real, slope

    starts = [np.full(len(free), 0.3), *(0.02 + 0.6 * row for row in np.eye(len(free)))]
    if start is not None:
        starts = [np.maximum(start[free] / data.scale, 1e-3)]
    lowest, best = min((_descend(loss, u) for u in starts), key=lambda one: one[0])
    fixed[free] = best * data.scale
    return fixed, -lowest


def _descend(
    loss: Callable[[np.ndarray], tuple[float, np.ndarray]], u: np.ndarray
) -> tuple[float, np.ndarray]:
    """Newton's method within u ≥ 0, by exact slopes; curvature that is not positive is turned."""
    value, slope = loss(u)
    for _ in range(200):
        free = np.flatnonzero((u > 0) | (slope < 0))
        if not len(free) or np.abs(slope[free]).max() < 1e-9 * max(1.0, abs(value)):
            break
        curvature = np.empty((len(free), len(free)))
        for j, i in enumerate(free):
            nudge = 1e-6 * max(u[i], 1e-3)
            beside = u.copy()
            beside[i] += nudge
            curvature[j] = (loss(beside)[1] - slope)[free] / nudge
        size, axes = np.linalg.eigh((curvature + curvature.T) / 2)
        size = np.maximum(np.abs(size), 1e-8 * max(1.0, float(np.abs(size).max())))
        step = np.zeros(len(u))
        step[free] = -axes @ ((axes.T @ slope[free]) / size)
        length = 1.0
        while length > 1e-12:
            tried = np.maximum(u + length * step, 0.0)
            new_value, new_slope = loss(tried)
            if new_value < value:
                break
            length /= 2
        else:
            break  # as low as rounding lets it
        u, value, slope = tried, new_value, new_slope
    return value, u


@dataclass(frozen=True, eq=False)
class Mixed:
    """The multilevel fit, with what the groups' own effects need.

    Parameters
    ----------
    coefficients, covariance : arrays
        Of the design, with the variances taken as known.
    blup, blup_error : arrays, shape (k,)
        True effect of each row, and its standard error.
    group_blup, group_error : arrays
        True mean effect of each of the largest groups, and its standard error.
    """

    coefficients: np.ndarray
    covariance: np.ndarray
    blup: np.ndarray
    blup_error: np.ndarray
    group_blup: np.ndarray
    group_error: np.ndarray


def mixed_fit(
    x: np.ndarray, y: np.ndarray, v: np.ndarray, codes: Sequence[np.ndarray], variances: np.ndarray
) -> Mixed:
    """Fit the mean and the effects, given the variances of the levels (largest groups first)."""
    shared = np.zeros((len(y), len(y)))
    for code, s in zip(codes, variances, strict=True):
        shared += s * (code[:, None] == code[None, :])
    inverse = np.linalg.inv(shared + np.diag(v))
    covariance = np.linalg.inv(x.T @ inverse @ x)
    b = covariance @ (x.T @ inverse @ y)
    pulled = inverse @ (y - x @ b)
    of = codes[0]
    groups = int(of.max()) + 1
    member = (of[None, :] == np.arange(groups)[:, None]).astype(float)
    centre = (member @ x) / member.sum(axis=1)[:, None]
    blup, error = _predicted(x, shared, np.diag(shared), x, inverse, covariance, b, pulled)
    group_blup, group_error = _predicted(
        centre, variances[0] * member, np.full(groups, variances[0]), x, inverse, covariance, b, pulled
    )
    return Mixed(b, covariance, blup, error, group_blup, group_error)


def _predicted(
    at: np.ndarray,
    cross: np.ndarray,
    prior: np.ndarray,
    x: np.ndarray,
    inverse: np.ndarray,
    covariance: np.ndarray,
    b: np.ndarray,
    pulled: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Best linear unbiased predictions of ``at b + u``, where u has covariance `cross` with the estimates."""
    weight = cross @ inverse
    loose = at - weight @ x
    variance = (
        prior - np.einsum("ij,ij->i", weight, cross) + np.einsum("ij,jk,ik->i", loose, covariance, loose)
    )
    return at @ b + cross @ pulled, np.sqrt(np.maximum(variance, 0.0))
