"""Is a share usual, or is it raised against what is usual in the other cells?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy import special

STEP = 0.1
GRID = np.arange(-8.0, 8.0 + STEP / 2, STEP)  # logits
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
    often : tuple of float
        Chances that another cell is raised, all equally likely beforehand: the other cells show which holds.
    """

    level: float
    level_sd: float
    usual_sd: float
    shift: float
    shift_sd: float
    often: tuple[float, ...] = (0.2,)


@dataclass(frozen=True, eq=False)
class Judged:
    """A share of every cell, arrays of shape (cells,).

    Parameters
    ----------
    usual : array
        The usual level as the other cells show it, a share.
    log_usual, log_raised : array
        Log likelihood where the cell's share is usual and where it is raised; 0 and 0 where nothing was counted.
    expected, near : array of shape (cells, len(GRID))
        Chance of each share where it is usual, as the other cells show it; and where it is not far below, either.
    """

    usual: np.ndarray
    log_usual: np.ndarray
    log_raised: np.ndarray
    expected: np.ndarray
    near: np.ndarray


def judged(x: np.ndarray, n: np.ndarray, kind: Kind) -> Judged:
    """Judge `x` of `n` in every cell against what is usual in the others.

    Notes
    -----
    The usual level is unknown: normal prior, times the likelihood of every other cell, each of which may itself be
    raised (with a chance ``often`` that is learnt too). A usual share is normal around the level, with a part far
    below it (better than usual is usual); a raised one normal around level + shift, cut off at the level. Counts are
    binomial.
    """
    x = np.minimum(x, n)
    fit = x[:, None] * -np.logaddexp(0, -GRID) + (n - x)[:, None] * -np.logaddexp(0, GRID)
    fit = np.exp(fit - fit.max(axis=1, keepdims=True))
    shares, near = _usual(kind)
    usual = np.maximum(fit @ shares.T, 1e-300)
    raised = np.maximum(fit @ _raised(kind).T, 1e-300)
    prior = -0.5 * ((GRID - float(special.logit(kind.level))) / kind.level_sd) ** 2
    level = np.zeros((0, *usual.shape))
    for often in kind.often:
        each = np.log((1 - often) * usual + often * raised)
        level = np.concatenate([level, (prior + each.sum(axis=0) - each)[None]])  # all cells but this one
    level = special.logsumexp(level, axis=0)
    level = np.exp(level - special.logsumexp(level, axis=1, keepdims=True))
    known = n > 0
    return Judged(
        usual=special.expit(level @ GRID),
        log_usual=np.where(known, np.log(np.maximum((level * usual).sum(axis=1), 1e-300)), 0.0),
        log_raised=np.where(known, np.log(np.maximum((level * raised).sum(axis=1), 1e-300)), 0.0),
        expected=level @ shares,
        near=level @ near,
    )


def _usual(kind: Kind) -> tuple[np.ndarray, np.ndarray]:
    """Chance of each share (columns) given each usual level (rows), and that of the shares near it alone."""
    off = GRID[None, :] - GRID[:, None]
    near = np.exp(-0.5 * (off / kind.usual_sd) ** 2)
    better = np.exp(-0.5 * (off / math.hypot(BETTER, kind.usual_sd)) ** 2) * (off < STEP / 2)
    near, better = (part / part.sum(axis=1, keepdims=True) for part in (near, better))
    return (1 - OFTEN_BETTER) * near + OFTEN_BETTER * better, near


def _raised(kind: Kind) -> np.ndarray:
    off = GRID[None, :] - GRID[:, None]
    density = np.exp(-0.5 * ((off - kind.shift) / kind.shift_sd) ** 2) * (off > -STEP / 2)
    return cast(np.ndarray, density / density.sum(axis=1, keepdims=True))


def wilson(x: float, n: float, z: float) -> tuple[float, float]:
    """Return Wilson's interval of a share; `n` need not be whole."""
    if not n > 0:
        return math.nan, math.nan
    p = x / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)
