"""Do errors come from everybody alike, or from a few?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy import special

GRID = np.arange(-7.0, 5.001, 0.1)  # logits of an error
STEP = 0.1
# how much people differ anyway, and how likely each is beforehand
PEOPLE_SD = {0.1: 0.25, 0.2: 0.35, 0.3: 0.25, 0.45: 0.1, 0.6: 0.05}
AUDITORS_SD = {0.1: 0.3, 0.2: 0.4, 0.3: 0.3}
FEW = (0.1, 0.2, 0.3)  # share of those who stand apart
APART = (1.2, 1.6, 2.0, 2.4)  # logits by which they do
RIDGE = 0.5  # spread of the crossed effects that each side is cleared of
SWEEPS = 25


@dataclass(frozen=True)
class Spread:
    """How errors lie over people, or over auditors.

    Parameters
    ----------
    dispersion : float
        Variance of the counts over what chance gives, 1 = chance alone; NaN where undefined.
    df : float
    statistic : float
        Pearson's chi-square.
    p_value : float
        Test of no difference at all.
    usual_at, few_at : array of shape (widths, levels)
        Log likelihood where all differ a little, and where a few stand apart, for each usual width and each common
        level on `GRID`.
    """

    dispersion: float
    df: float
    statistic: float
    p_value: float
    usual_at: np.ndarray
    few_at: np.ndarray

    @property
    def log_usual(self) -> np.ndarray:
        """The same with a flat level, shape (widths,)."""
        return cast(np.ndarray, special.logsumexp(self.usual_at, axis=1))

    @property
    def log_few(self) -> np.ndarray:
        return cast(np.ndarray, special.logsumexp(self.few_at, axis=1))


def crossed(n: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what their auditors add to each person, and their people to each auditor, in logits.

    Parameters
    ----------
    n, x : array of shape (people, auditors)
        Audits and errors.

    Notes
    -----
    Additive logistic model with normal effects of standard deviation .5 for both sides, by coordinate ascent; the
    addition is the mean effect of the other side over one's audits.
    """
    people, auditors = np.zeros(n.shape[0]), np.zeros(n.shape[1])
    total = n.sum()
    base = float(special.logit((x.sum() + 0.5) / (total + 1)))
    for _ in range(SWEEPS):
        for axis, effect in ((1, people), (0, auditors)):
            p = special.expit(base + people[:, None] + auditors[None, :])
            slope = ((x - n * p).sum(axis=axis)) - effect / RIDGE**2
            effect += np.clip(slope / ((n * p * (1 - p)).sum(axis=axis) + RIDGE**-2), -1, 1)
        p = special.expit(base + people[:, None] + auditors[None, :])
        base += float(np.clip((x - n * p).sum() / max((n * p * (1 - p)).sum(), 1e-6), -1, 1))
    to_people = n @ (auditors - auditors.mean()) / np.maximum(n.sum(axis=1), 1)
    to_auditors = (people - people.mean()) @ n / np.maximum(n.sum(axis=0), 1)
    return to_people, to_auditors


def spread(n: np.ndarray, x: np.ndarray, offset: np.ndarray, sd: dict[float, float]) -> Spread:
    """Return how counts of errors `x` among `n` audits lie over units, cleared of `offset` (logits)."""
    seen = n > 0
    n, x, offset = n[seen].astype(float), x[seen].astype(float), offset[seen]
    units = len(n)
    if units < 2:
        nothing = np.zeros((len(sd), len(GRID)))
        return Spread(math.nan, math.nan, math.nan, math.nan, nothing, nothing)
    usual, few = _likelihoods(n, x, offset, sd)
    if x.sum() in (0, n.sum()):
        return Spread(math.nan, units - 1, math.nan, math.nan, usual, few)
    p = special.expit(_level(n, x, offset) + offset)
    chi2 = float(np.square(x - n * p).dot(1 / (n * p * (1 - p))))
    return Spread(chi2 / (units - 1), units - 1, chi2, float(special.chdtrc(units - 1, chi2)), usual, few)


def _level(n: np.ndarray, x: np.ndarray, offset: np.ndarray) -> float:
    """Return the common logit at which the expected errors equal those seen."""
    level = float(special.logit(x.sum() / n.sum()))
    for _ in range(20):
        p = special.expit(level + offset)
        level += float(np.clip((x - n * p).sum() / max((n * p * (1 - p)).sum(), 1e-9), -1, 1))
    return level


def _likelihoods(
    n: np.ndarray, x: np.ndarray, offset: np.ndarray, sd: dict[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Return them for each width and common level; over the share of the few and their distance they are averaged."""
    at = GRID[None, :] + offset[:, None]
    fit = -x[:, None] * np.logaddexp(0, -at) - (n - x)[:, None] * np.logaddexp(0, at)
    fit = np.exp(fit - fit.max(axis=1, keepdims=True))
    usual, few = [], []
    for width in sd:
        kernel = np.exp(-0.5 * ((GRID[None, :] - GRID[:, None]) / width) ** 2)
        alone = np.maximum(fit @ (kernel / kernel.sum(axis=1, keepdims=True)).T, 1e-300)
        none, some = mixed(alone)
        usual.append(none)
        few.append(some)
    return np.array(usual), np.array(few)


def mixed(alone: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the log likelihood of each common level, where nobody and where at least one stands apart.

    Parameters
    ----------
    alone : array of shape (units, levels)
        Likelihood of each unit at each common level, steps of .1 logit, where it does not stand apart.
    """
    none, nobody = np.log(alone).sum(axis=0), np.log1p(-np.array(FEW)) * len(alone)
    apart = []
    for distance in APART:
        ahead = round(distance / STEP)
        shifted = np.concatenate([alone[:, ahead:], np.repeat(alone[:, -1:], ahead, axis=1)], axis=1)
        ratio = shifted / alone - 1
        for share, empty in zip(FEW, nobody, strict=True):
            all_ = none + np.log1p(share * ratio).sum(axis=0)
            # at least one stands apart: take the case of none away
            gap = np.minimum(empty + none - all_, -1e-12)
            apart.append(all_ + np.log(-np.expm1(gap)) - math.log(-math.expm1(empty)))
    return none, special.logsumexp(apart, axis=0) - math.log(len(apart))
