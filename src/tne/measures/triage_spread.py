"""Do errors come from everybody alike, or from a few?"""

from __future__ import annotations

import math
from dataclasses import dataclass

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
OFTEN = 0.2  # chance that a few stand apart in another cell


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
    log_usual, log_few : array of shape (widths,)
        Log likelihood where all differ a little, and where a few stand apart, for each usual width.
    """

    dispersion: float
    df: float
    statistic: float
    p_value: float
    log_usual: np.ndarray
    log_few: np.ndarray


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


def judged_spreads(found: list[Spread], sd: dict[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Return the log likelihoods, usual and few, of each cell; the other cells show how much units differ anyway.

    Notes
    -----
    The usual width is the same in all cells and unknown: the prior `sd`, times the likelihood of every other cell, in
    which a few may stand apart too (with the chance .2).
    """
    usual, few = (np.array([getattr(one, name) for one in found]) for name in ("log_usual", "log_few"))
    each = np.logaddexp(math.log1p(-OFTEN) + usual, math.log(OFTEN) + few)
    width = np.log(list(sd.values())) + each.sum(axis=0) - each
    width -= special.logsumexp(width, axis=1, keepdims=True)
    return special.logsumexp(width + usual, axis=1), special.logsumexp(width + few, axis=1)


def spread(n: np.ndarray, x: np.ndarray, offset: np.ndarray, sd: dict[float, float]) -> Spread:
    """Return how counts of errors `x` among `n` audits lie over units, cleared of `offset` (logits)."""
    seen = n > 0
    n, x, offset = n[seen].astype(float), x[seen].astype(float), offset[seen]
    units = len(n)
    if units < 2:
        nothing = np.zeros(len(sd))
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
    """Integrate over the common level (flat), the share of the few and their distance."""
    at = GRID[None, :] + offset[:, None]
    fit = -x[:, None] * np.logaddexp(0, -at) - (n - x)[:, None] * np.logaddexp(0, at)
    fit = np.exp(fit - fit.max(axis=1, keepdims=True))
    usual, few = [], []
    for width in sd:
        kernel = np.exp(-0.5 * ((GRID[None, :] - GRID[:, None]) / width) ** 2)
        alone = np.maximum(fit @ (kernel / kernel.sum(axis=1, keepdims=True)).T, 1e-300)
        log_alone = np.log(alone)
        none = log_alone.sum(axis=0)
        usual.append(none)
        apart = []
        for distance in APART:
            ahead = round(distance / STEP)
            shifted = np.concatenate([alone[:, ahead:], np.repeat(alone[:, -1:], ahead, axis=1)], axis=1)
            ratio = shifted / alone
            for share in FEW:
                mixed = none + np.log1p(share * (ratio - 1)).sum(axis=0)
                nobody = len(n) * math.log1p(-share)
                # at least one stands apart: take the case of none away
                gap = np.minimum(nobody + none - mixed, -1e-12)
                some = mixed + np.log(-np.expm1(gap)) - math.log(-math.expm1(nobody))
                apart.append(some)
        few.append(np.concatenate(apart) - math.log(len(APART) * len(FEW)))
    return special.logsumexp(usual, axis=1), special.logsumexp(few, axis=1)
