"""What is the shortest fixed-length interval for an effect if a deviation from parallel trends bends by at most M?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy import optimize, special, stats

_PER_SEGMENT = 17


@dataclass(frozen=True, eq=False)
class Frontier:
    """Estimators ``l'β_post + v'β_pre`` that trade bias for variance, from least bias to least variance.

    Parameters
    ----------
    z : ndarray, shape (breakpoints, pre - 1)
        Doubly cumulated pre-period weights; between breakpoints they move along straight lines.
    fixed : float
        Part of the worst bias (for M = 1) that no weight can change.
    spread : tuple of ndarray
        Variance ``z'Hz + 2g'z + c`` as (H, g, c).
    steps : ndarray, shape (pre, pre - 1)
        ``v = steps @ z``, plus `lever` on the period next to the reference.
    lever : float
        Distance of the effect from the reference period, ``Σ t l_t``.
    """

    z: np.ndarray
    fixed: float
    spread: tuple[np.ndarray, np.ndarray, float]
    steps: np.ndarray
    lever: float

    def weights(self, z: np.ndarray) -> np.ndarray:
        """Return v for the periods -1, -2, … relative to the reference."""
        v = self.steps @ z
        v[0] += self.lever
        return cast(np.ndarray, v)

    def shortest(self, m: float, conf_level: float) -> tuple[np.ndarray, float]:
        """Return the weights v with the shortest interval, and their worst bias."""
        if len(self.z) == 1 or m == 0:
            best = self.z[-1]
            return self.weights(best), m * self._bias(best[None, :])[0]
        last = len(self.z) - 1

        def length(s: np.ndarray) -> np.ndarray:
            at = self._at(np.atleast_1d(s))
            sd = self._sd(at)
            return cast(np.ndarray, sd * folded_quantile(m * self._bias(at) / sd, conf_level))

        grid = np.linspace(0, last, last * _PER_SEGMENT + 1)
        k = int(np.argmin(length(grid)))
        low, high = grid[max(k - 1, 0)], grid[min(k + 1, len(grid) - 1)]
        found = optimize.minimize_scalar(
            lambda s: length(s)[0], bounds=(low, high), method="bounded", options={"xatol": 1e-10}
        )
        s = min((found.x, grid[k]), key=lambda x: length(x)[0])
        best = self._at(np.array([s]))
        return self.weights(best[0]), m * self._bias(best)[0]

    def _at(self, s: np.ndarray) -> np.ndarray:
        k = np.minimum(s.astype(int), len(self.z) - 2)
        share = (s - k)[:, None]
        return cast(np.ndarray, (1 - share) * self.z[k] + share * self.z[k + 1])

    def _bias(self, z: np.ndarray) -> np.ndarray:
        return cast(np.ndarray, self.fixed + np.abs(z).sum(axis=1))

    def _sd(self, z: np.ndarray) -> np.ndarray:
        h, g, c = self.spread
        return cast(
            np.ndarray, np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", z, h, z) + 2 * z @ g + c, 1e-300))
        )


def frontier(covariance: np.ndarray, pre: int, target: np.ndarray) -> Frontier:
    """Return all estimators worth having.

    Parameters
    ----------
    covariance : ndarray, shape (pre + post, pre + post)
        Of the estimates at distances -1, -2, …, -pre and 1, 2, …, post from the reference period.
    pre : int
        At least 1.
    target : ndarray, shape (post,)
        Weights l of the effect.

    Returns
    -------
    Frontier

    Notes
    -----
    With second differences e_j of the deviation bounded by M, ``Σ_r r v_r = Σ_t t l_t`` removes the slope, and the
    worst bias is ``M (Σ_{j≥0} |Σ_{t>j} (t−j) l_t| + Σ_{j≥1} |z_j|)`` with ``z_j = Σ_{r>j} (r−j) v_r``. For each
    price of bias the best z solves a lasso, whose solutions form a piecewise linear path, followed exactly.

    References
    ----------
    Rambachan and Roth (2023), section 4.1; Osborne, Presnell and Turlach (2000) for the path.
    """
    t = np.arange(1, len(target) + 1)
    lever = float(t @ target)
    fixed = sum(abs(float(np.maximum(t - j, 0) @ target)) for j in range(len(target)))
    steps = np.zeros((pre, pre - 1))
    for j in range(pre - 1):  # v_r = z_{r-1} - 2 z_r + z_{r+1}
        steps[j, j] = -2.0
        steps[j + 1, j] = 1.0
        if j:
            steps[j - 1, j] = 1.0
    first = np.zeros(pre)
    first[0] = lever
    a, cross = covariance[:pre, :pre], covariance[:pre, pre:] @ target
    h, g = steps.T @ a @ steps, steps.T @ (a @ first + cross)
    c = float(first @ a @ first + 2 * first @ cross + target @ covariance[pre:, pre:] @ target)
    return Frontier(lasso_path(h, g), fixed, (h, g, c), steps, lever)


def lasso_path(h: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Return the breakpoints of ``argmin ½ z'hz + g'z + λ |z|₁``, from the largest λ down to 0.

    Parameters
    ----------
    h : ndarray, shape (k, k)
        Non-negative definite; a singular one is raised by 1e-12 of its mean diagonal.
    g : ndarray, shape (k,)

    Returns
    -------
    ndarray, shape (breakpoints, k)
    """
    k = len(g)
    if k == 0 or not np.abs(g).max() > 0:
        return np.zeros((1, k))
    scale = np.trace(h) / k
    h = h + np.eye(k) * 1e-12 * max(scale, 1e-300)
    g = g * (1 + 1e-11 * np.arange(k))  # no two enter at once
    lam, recent = float(np.abs(g).max()), int(np.argmax(np.abs(g)))
    sign = {recent: -float(np.sign(g[recent]))}  # of the weights that are not zero
    path = [np.zeros(k)]
    for _ in range(50 * k):
        active = list(sign)
        rest = [j for j in range(k) if j not in sign]
        s = np.array([sign[i] for i in active])
        level, slope = np.linalg.solve(h[np.ix_(active, active)], np.column_stack([-g[active], -s])).T
        events = [(_ratio(-a, b), i, 0.0) for i, a, b in zip(active, level, slope, strict=True)]
        gradient, change = g[rest] + h[np.ix_(rest, active)] @ level, h[np.ix_(rest, active)] @ slope
        for to in (1.0, -1.0):  # a weight enters when its gradient reaches λ or −λ
            events += [(_ratio(a, to - b), j, -to) for j, a, b in zip(rest, gradient, change, strict=True)]
        # What has just entered or left stands on its own boundary and cannot turn back there.
        ahead = [e for e in events if 0 < e[0] < lam * (1 - (1e-9 if e[1] == recent else 0.0))]
        lam, recent, to = max(ahead, default=(0.0, -1, 0.0))
        z = np.zeros(k)
        z[active] = level + lam * slope
        path.append(z)
        if recent < 0:
            return np.array(path)
        if to == 0.0:
            z[recent] = 0.0
            del sign[recent]
        else:
            sign[recent] = to
    raise ArithmeticError("The path of estimators did not end.")


def _ratio(a: float, b: float) -> float:
    return a / b if b != 0 else -1.0


def folded_quantile(bias: np.ndarray | float, conf_level: float, df: float = math.inf) -> np.ndarray:
    """Return the quantile of ``|T|``, T normal (or t with `df`) around `bias`, in standard errors.

    Examples
    --------
    >>> float(folded_quantile(0.0, 0.95).round(3)), float(folded_quantile(3.0, 0.95).round(3))
    (1.96, 4.645)
    """
    bias = np.abs(np.asarray(bias, dtype=float))
    if math.isinf(df):
        x = special.ndtri((1 + conf_level) / 2) + bias
        for _ in range(60):  # Newton from above on a concave function
            density = _density(x - bias) + _density(x + bias)
            step = (special.ndtr(x - bias) - special.ndtr(-x - bias) - conf_level) / density
            x = x - step
            if np.abs(step).max(initial=0) < 1e-13:
                break
        return cast(np.ndarray, x)
    if bias.ndim:
        return np.array([folded_quantile(one, conf_level, df) for one in bias.ravel()]).reshape(bias.shape)
    if bias == 0:
        return np.asarray(stats.t.ppf((1 + conf_level) / 2, df))

    def miss(x: float) -> float:
        below = np.nan_to_num(stats.nct.cdf(-x, df, bias))  # so small that it is not computed
        return float(stats.nct.cdf(x, df, bias) - below - conf_level)

    high = float(stats.t.ppf((1 + conf_level) / 2, df)) * (1 + bias) + 2 * float(bias)
    return np.asarray(optimize.brentq(miss, 0.0, high))


def _density(x: np.ndarray) -> np.ndarray:
    return np.exp(-0.5 * x**2) / math.sqrt(2 * math.pi)
