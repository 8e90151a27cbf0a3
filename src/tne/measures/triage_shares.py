"""Is a share usual, or is it raised against what is usual elsewhere?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

GRID = np.arange(-8.0, 8.001, 0.05)  # logits
BETTER, OFTEN_BETTER = 1.5, 0.15  # spread and share of harmless cells that lie far below the usual level


@dataclass(frozen=True)
class Kind:
    """What is expected of one kind of share, in logits.

    Parameters
    ----------
    level, level_sd : float
        The usual level before any data, as a share, and how unsure it is (logit).
    usual_sd : float
        How much harmless cells differ from each other.
    shift, shift_sd : float
        How far a raised share lies above the usual level.
    quantile : float
        Which of the other cells shows the usual level: the median, or lower where most cells may be raised.
    """

    level: float
    level_sd: float
    usual_sd: float
    shift: float
    shift_sd: float
    quantile: float = 0.5


def usual_levels(x: np.ndarray, n: np.ndarray, kind: Kind) -> tuple[np.ndarray, np.ndarray]:
    """Return the usual level seen from each cell and its standard deviation, in logits, shape (cells,).

    Notes
    -----
    Normal mean of the prior and of the `quantile` of the other cells. The quantile's variance is that of a median,
    ``(π/2)(usual_sd² + mean sampling variance)/k`` of k other cells.
    """
    known = n > 0
    share = (x + 0.5) / (n + 1)
    logit, noise = special.logit(share), 1 / np.maximum((n + 1) * share * (1 - share), 1e-9)
    prior, weight = float(special.logit(kind.level)), kind.level_sd**-2
    level, spread = np.empty(len(x)), np.empty(len(x))
    for g in range(len(x)):
        others = known & (np.arange(len(x)) != g)
        k = int(others.sum())
        if not k:
            level[g], spread[g] = prior, kind.level_sd
            continue
        own = 1 / (math.pi / 2 * (kind.usual_sd**2 + float(noise[others].mean())) / k)
        middle = float(np.quantile(logit[others], kind.quantile))
        level[g] = (own * middle + weight * prior) / (own + weight)
        spread[g] = (own + weight) ** -0.5
    return level, spread


def two_states(x: float, n: float, level: float, level_sd: float, kind: Kind) -> tuple[float, float]:
    """Return the log likelihood of `x` of `n` where the share is usual and where it is raised.

    Notes
    -----
    Binomial, integrated over the share. Usual: normal around the level, with a long lower side. Raised: normal
    around level + shift, cut off at the level. The level's own uncertainty widens both.
    """
    if not n > 0:
        return 0.0, 0.0
    fit = x * -np.logaddexp(0, -GRID) + (n - x) * -np.logaddexp(0, GRID)
    fit = np.exp(fit - fit.max())
    usual = _usual(level, math.hypot(kind.usual_sd, level_sd))
    raised = _raised(level, level + kind.shift, math.hypot(kind.shift_sd, level_sd))
    return _log(fit @ usual), _log(fit @ raised)


def _usual(level: float, sd: float) -> np.ndarray:
    """Normal around the level, and a part of the cells far better than it: better than usual is usual."""
    near = np.exp(-0.5 * ((GRID - level) / sd) ** 2)
    better = np.exp(-0.5 * ((GRID - level) / math.hypot(BETTER, sd)) ** 2) * (level > GRID)
    return (1 - OFTEN_BETTER) * near / near.sum() + OFTEN_BETTER * better / max(better.sum(), 1e-300)


def _raised(level: float, mean: float, sd: float) -> np.ndarray:
    """Normal around the raised level, never below the usual one."""
    density = np.exp(-0.5 * ((GRID - mean) / sd) ** 2) * (level < GRID)
    return density / max(density.sum(), 1e-300)


def _log(value: float) -> float:
    return math.log(max(float(value), 1e-300))


def wilson(x: float, n: float, z: float) -> tuple[float, float]:
    """Return Wilson's interval of a share; `n` need not be whole."""
    if not n > 0:
        return math.nan, math.nan
    p = x / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)
