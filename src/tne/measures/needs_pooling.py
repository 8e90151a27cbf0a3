"""What does a cell's share of errors come to when the other cells are believed in, too? Empirical Bayes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy import special

NODES = np.linspace(-11.0, 5.0, 641)  # logits of a share
SPREADS = np.concatenate([[0.0], np.geomspace(0.03, 3.0, 30)])  # between cells, logits
LEVELS = 61
PRIOR_SD = 1.0  # half-normal, of the spread between cells


@dataclass(frozen=True, eq=False)
class Pooled:
    """Shares of all cells, each given all of them.

    Parameters
    ----------
    posterior : array, shape (cells, nodes)
        Distribution of each cell's share over `NODES`.
    level, spread : float
        Posterior means of the level (logit) and of the spread between cells (standard deviation, logits).
    shrinkage : array, shape (cells,)
        How much of a cell's estimate comes from the other cells: 0 none, 1 all.
    """

    posterior: np.ndarray
    level: float
    spread: float
    shrinkage: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """Posterior means of the shares."""
        return cast(np.ndarray, self.posterior @ special.expit(NODES))

    @property
    def sd(self) -> np.ndarray:
        """Posterior standard deviations of the shares."""
        p = special.expit(NODES)
        return cast(np.ndarray, np.sqrt(np.maximum(self.posterior @ p**2 - self.mean**2, 0.0)))

    def quantile(self, q: float | np.ndarray) -> np.ndarray:
        """Return the quantile `q` of each cell's share; `q` may be one number for each cell and draw."""
        z = special.ndtri(np.asarray(q, dtype=float))
        below = np.cumsum(self.posterior, axis=1) - self.posterior / 2
        below -= np.gradient(self.posterior, axis=1) / 12  # Euler and Maclaurin: a node is no step
        out = np.empty((len(below), *z.shape[1:])) if z.ndim else np.empty(len(below))
        for i, row in enumerate(below):
            rising = (row > 1e-12) & (row < 1 - 1e-12)
            rising &= np.concatenate([[True], row[1:] > row[:-1]])
            out[i] = np.interp(z[i] if z.ndim else z, special.ndtri(row[rising]), NODES[rising])
        return cast(np.ndarray, special.expit(out))


def pool_shares(events: np.ndarray, trials: np.ndarray) -> Pooled:
    """Pool shares of cells that are alike but not equal.

    Parameters
    ----------
    events, trials : array of float, shape (cells,)
        Effective numbers; they need not be whole.

    Notes
    -----
    ``events ~ Binomial(trials, p)``, ``logit p ~ N(level, spread²)``. The level has Jeffreys's prior and the spread a
    half-normal one with standard deviation 1, and both are averaged over (a grid), so that intervals know that the
    spread is estimated (Morris 1983); with many cells the data settle both. All integrals are sums over grids: nothing
    is drawn.
    """
    events, trials = np.asarray(events, dtype=float), np.asarray(trials, dtype=float)
    fit = events[:, None] * -np.logaddexp(0, -NODES) + (trials - events)[:, None] * -np.logaddexp(0, NODES)
    fit = np.exp(fit - fit.max(axis=1, keepdims=True))
    levels = _levels(events, trials)
    weight = np.empty((len(SPREADS), len(levels)))
    parts = []
    for s, spread in enumerate(SPREADS):
        kernel = _kernel(levels, float(spread))
        each = np.maximum(fit @ kernel.T, 1e-300)  # cells × levels
        parts.append((kernel, each))
        weight[s] = np.log(each).sum(axis=0) - 0.5 * (spread / PRIOR_SD) ** 2
    weight += -0.5 * (np.logaddexp(0, levels) + np.logaddexp(0, -levels))  # Jeffreys
    weight += np.log(_widths(SPREADS))[:, None]
    weight = np.exp(weight - special.logsumexp(weight))
    posterior = np.zeros_like(fit)
    for s, (kernel, each) in enumerate(parts):
        posterior += (weight[s] / each) @ kernel
    posterior *= fit
    posterior /= posterior.sum(axis=1, keepdims=True)
    mean = posterior @ special.expit(NODES)
    spreads = weight.sum(axis=1)
    own = 1 / np.maximum(trials * mean * (1 - mean), 1e-12)
    shrinkage = (spreads[None, :] * (own[:, None] / (own[:, None] + SPREADS[None, :] ** 2))).sum(axis=1)
    return Pooled(posterior, float(weight.sum(axis=0) @ levels), float(spreads @ SPREADS), shrinkage)


def _levels(events: np.ndarray, trials: np.ndarray) -> np.ndarray:
    """A grid of levels around the share of all cells together, as wide as the data leave it."""
    total = trials.sum()
    p = (events.sum() + 0.5) / (total + 1)
    each = special.logit((events + 0.5) / (trials + 1))
    error = math.hypot(1 / math.sqrt(total * p * (1 - p) + 0.5), float(np.std(each)) / math.sqrt(len(each)))
    middle = (float(special.logit(p)) + float(each.mean())) / 2
    far = abs(float(special.logit(p)) - float(each.mean())) / 2
    reach = min(far + 5 * error + 1.5 / math.sqrt(len(each)), 6.0)
    return np.linspace(max(middle - reach, NODES[0] + 0.1), min(middle + reach, NODES[-1] - 0.1), LEVELS)


def _kernel(levels: np.ndarray, spread: float) -> np.ndarray:
    """Distribution of a cell's logit over the nodes, shape (levels, nodes); one narrower than a step is split."""
    step = NODES[1] - NODES[0]
    if spread < 0.6 * step:
        place = np.clip((levels - NODES[0]) / step, 0, len(NODES) - 1.000001)
        left = place.astype(int)
        kernel = np.zeros((len(levels), len(NODES)))
        at = np.arange(len(levels))
        kernel[at, left], kernel[at, left + 1] = 1 - (place - left), place - left
        return kernel
    kernel = np.exp(-0.5 * ((NODES[None, :] - levels[:, None]) / spread) ** 2)
    return cast(np.ndarray, kernel / kernel.sum(axis=1, keepdims=True))


def _widths(grid: np.ndarray) -> np.ndarray:
    """What each point of an uneven grid stands for."""
    edges = np.concatenate([[grid[0]], (grid[1:] + grid[:-1]) / 2, [grid[-1]]])
    return np.diff(edges)


def pool_means(means: np.ndarray, variances: np.ndarray) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Shrink means towards their common one; return shrunken means, standard errors, the common mean and tau².

    Parameters
    ----------
    means, variances : array of float, shape (cells,)
        Means and the squared errors of them; an infinite one says that there is nothing of one's own.

    Notes
    -----
    ``B m + (1 − B) μ`` with ``B = τ² / (τ² + v)``, τ² by DerSimonian and Laird, 0 where the cells differ no more than
    chance. The error adds that μ is estimated; not that τ² is.

    References
    ----------
    DerSimonian and Laird (1986), Meta-analysis in clinical trials, Controlled Clinical Trials 7:177-188.
    """
    own = np.isfinite(variances) & np.isfinite(means)
    if not own.any():
        nothing = np.full(len(means), math.nan)
        return nothing, nothing, math.nan, math.nan
    m, v = means[own], np.maximum(variances[own], 1e-12)
    w = 1 / v
    fixed = (w @ m) / w.sum()
    spare = w.sum() - (w @ w) / w.sum()
    tau2 = max(0.0, float((w @ (m - fixed) ** 2 - (len(m) - 1)) / spare)) if spare > 0 else 0.0
    star = 1 / (v + tau2)
    common, common_variance = float((star @ m) / star.sum()), float(1 / star.sum())
    kept = np.where(own, tau2 / (tau2 + np.where(own, np.maximum(variances, 1e-12), 1.0)), 0.0)
    shrunken = np.where(own, kept * np.where(own, means, 0.0) + (1 - kept) * common, common)
    variance = np.where(own, kept * np.where(own, variances, 0.0), tau2) + (1 - kept) ** 2 * common_variance
    return shrunken, np.sqrt(variance), common, tau2
