"""Do a few stand apart in one cell from how they, and the others, are in the other cells?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy import special

from tne.measures.triage_spread import APART, FEW, GRID, STEP, Spread, mixed

OFTEN = 0.2  # chance that a few stand apart in another cell
EVERYWHERE = 0.1  # chance that a few stand apart in all cells alike
SHARED = 0.8  # part of the usual variance that is the same in all cells, if any is
REACH = 35  # effects of a unit are looked for up to 3.5 logits either way
EFFECTS = np.arange(-REACH, REACH + 1) * STEP


@dataclass(frozen=True, eq=False)
class Units:
    """The people, or the auditors, of one cell; arrays of shape (units,).

    Parameters
    ----------
    who : array of int
        Codes that are the same in all cells.
    n, x : array of float
        Audits, all above 0, and errors.
    offset : array of float
        What the other side adds, in logits.
    """

    who: np.ndarray
    n: np.ndarray
    x: np.ndarray
    offset: np.ndarray

    def fit(self, at: np.ndarray) -> np.ndarray:
        """Return the likelihood of each unit (rows) at logits `at`, up to a factor of the unit."""
        at = at[None, :] + self.offset[:, None]
        fit = -self.x[:, None] * np.logaddexp(0, -at) - (self.n - self.x)[:, None] * np.logaddexp(0, at)
        p = np.clip(self.x / self.n, 1e-9, 1 - 1e-9)
        best = self.x * np.log(p) + (self.n - self.x) * np.log1p(-p)
        return cast(np.ndarray, np.exp(fit - best[:, None]))


@dataclass(frozen=True, eq=False)
class Apart:
    """Log likelihoods of each cell, arrays of shape (cells,).

    Parameters
    ----------
    usual, few : array
        Where nobody stands apart and where a few do, whatever the level of the others.
    level : array
        By how much the ratio of the two rises if nobody stands apart in a harmless cell, or a few do beside others who
        are at the usual level.
    """

    usual: np.ndarray
    few: np.ndarray
    level: np.ndarray


def judged_spreads(
    found: list[Spread],
    units: list[Units],
    sd: dict[float, float],
    harmless: np.ndarray,
    near: np.ndarray,
) -> Apart:
    """Judge in each cell whether a few units stand apart.

    Parameters
    ----------
    found : list of Spread
        Log likelihoods of each cell by itself.
    units : list of Units
    sd : dict
        How much units differ anyway, and how likely each width is beforehand.
    harmless, near : array of shape (cells, levels)
        How likely each common level is in a harmless cell, and in one that is not better than usual.

    Notes
    -----
    Units differ anyway, by a width that is the same in all cells and unknown; either anew in each cell, or mostly
    (.8 of the variance) alike in all of them. Where they differ alike, a unit is expected to be in a cell as it was in
    the others. Both the width and which of the two holds are learnt: the prior times the likelihood of every other
    cell, in which a few may stand apart too (with the chance .2). Units that stand apart in every cell are nothing
    new in any one of them; so far as the other cells show such units, a cell is judged by itself.
    """
    places = [np.log(np.maximum(part, 1e-300))[:, None] for part in (harmless, near)]
    usual, few = (np.array([getattr(one, name) for one in found]) for name in ("usual_at", "few_at"))
    flat, level = _ratios(usual, few, *places)
    prior = np.log(list(sd.values()))
    if _several(units):
        alone = _weights(usual, flat, prior)  # of the widths, where each cell is judged by itself
        by_itself = [special.logsumexp(alone + part, axis=1) for part in (flat, level)]
        for width in sd:
            none, some, every = _alike(units, width)
            every = np.clip(every, 1e-9, 1 - 1e-9)
            none, some = none[:, None], some[:, None]
            usual = np.concatenate([usual, none], axis=1)
            pairs = zip((flat, level), by_itself, _ratios(none, some, *places), strict=True)
            flat, level = (
                np.column_stack([own, np.logaddexp(np.log1p(-every) + alike[:, 0], np.log(every) + itself)])
                for own, itself, alike in pairs
            )
        prior = np.concatenate([prior, prior])
    total, weight = special.logsumexp(usual, axis=2), _weights(usual, flat, prior)
    there = weight + special.logsumexp(usual + places[0], axis=2)
    none, some = (special.logsumexp(weight + total + more, axis=1) for more in (0, flat))
    known = special.logsumexp(there + level, axis=1) - special.logsumexp(there, axis=1)
    several = np.array([len(one.who) > 1 for one in units])  # one alone tells nothing
    return Apart(*(np.where(several, part, 0.0) for part in (none, some, known - (some - none))))


def _weights(usual: np.ndarray, ratio: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """Return the log chance of each width in each cell, as all the other cells show it."""
    each = special.logsumexp(usual, axis=2) + np.logaddexp(math.log1p(-OFTEN), math.log(OFTEN) + ratio)
    weight = prior + each.sum(axis=0) - each
    return cast(np.ndarray, weight - special.logsumexp(weight, axis=1, keepdims=True))


def _ratios(
    usual: np.ndarray, few: np.ndarray, harmless: np.ndarray, near: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the log ratio of a few to nobody, shape (cells, widths): over all levels, and over those expected."""
    sums = (special.logsumexp(part, axis=2) for part in (few, usual, few + near, usual + harmless))
    flat, flat_usual, known, known_usual = sums
    return flat - flat_usual, known - known_usual


def _several(units: list[Units]) -> bool:
    """Whether anybody is seen in more than one cell."""
    who = np.concatenate([one.who for one in units])
    return len(np.unique(who)) < len(who)


def _alike(units: list[Units], width: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the log likelihoods by level, nobody and a few apart, where units are alike in all cells.

    The third is the chance that a few stand apart in all cells, as the other cells show it.
    """
    shared, own = width * math.sqrt(SHARED), width * math.sqrt(1 - SHARED)
    total = np.zeros((1 + max(int(one.who.max(initial=-1)) for one in units), len(EFFECTS)))
    seen = []
    for one in units:
        log = np.log(np.maximum(one.fit(_level(one, width) + EFFECTS) @ _departing(own), 1e-300))
        total[one.who] += log
        seen.append(log)
    anyway = np.exp(-0.5 * (EFFECTS / shared) ** 2)
    wide = np.arange(GRID[0] - REACH * STEP, GRID[-1] + (REACH + 0.5) * STEP, STEP)
    none, some = np.zeros((2, len(units), len(GRID)))
    every = np.full(len(units), EVERYWHERE)
    for g, (one, log) in enumerate(zip(units, seen, strict=True)):
        if len(one.who) < 2:
            continue
        other = total[one.who] - log
        other = np.exp(other - other.max(axis=1, keepdims=True))
        every[g] = _everywhere(other, shared)
        expected = (other * anyway) @ _normal(own)
        expected /= expected.sum(axis=1, keepdims=True)
        windows = np.lib.stride_tricks.sliding_window_view(one.fit(wide), len(EFFECTS), axis=1)
        alone = np.maximum(np.matmul(windows, expected[:, :, None])[:, :, 0], 1e-300)
        none[g], some[g] = mixed(alone)
    return none, some, every


def _level(one: Units, width: float) -> float:
    """Return the level of those who do not stand apart, whether a few do or not."""
    if len(one.who) < 2:
        return float(special.logit((one.x.sum() + 0.5) / (one.n.sum() + 1)))
    log = np.logaddexp(*mixed(np.maximum(one.fit(GRID) @ _normal(width, GRID), 1e-300)))
    chance = np.exp(log - log.max())
    return float(chance @ GRID / chance.sum())


def _normal(width: float, at: np.ndarray = EFFECTS) -> np.ndarray:
    density = np.exp(-0.5 * ((at[None, :] - at[:, None]) / width) ** 2)
    return cast(np.ndarray, density / density.sum(axis=0, keepdims=True))


def _departing(own: float) -> np.ndarray:
    """Chance of each effect in a cell (rows) given that in all cells (columns); a unit may stand apart there."""
    kernel, rare = _normal(own), OFTEN * float(np.mean(FEW)) / len(APART)
    off = EFFECTS[:, None] - EFFECTS[None, :]
    apart = sum(np.exp(-0.5 * ((off - distance) / max(own, STEP)) ** 2) for distance in APART)
    apart /= np.exp(-0.5 * (EFFECTS / max(own, STEP)) ** 2).sum()
    return cast(np.ndarray, (1 - len(APART) * rare) * kernel + rare * apart)


def _everywhere(other: np.ndarray, shared: float) -> float:
    """Return the chance that a few stand apart in all cells, from their likelihoods in the other cells."""
    alone = np.maximum(other @ _normal(shared), 1e-300)
    none, some = (special.logsumexp(part) for part in mixed(alone))
    return float(special.expit(special.logit(EVERYWHERE) + some - none))
