"""How much do trainers differ beyond chance, and how much of a trainer's mean is the trainer?"""

from __future__ import annotations

import math
from typing import cast

import numpy as np
from scipy import optimize, stats

from tne.measures.trainers_fit import Means

WIDEST = 100.0  # times the standard deviation of people: beyond it an upper limit means nothing


def spread_limits(means: Means, widest: float, df: float, conf_level: float) -> tuple[float, float]:
    """Return limits of the standard deviation between trainers (Q profile).

    ``Q(τ²) = b'P b`` on trainers minus traits degrees of freedom is chi-square where the covariance is known; it is
    estimated from sessions or people, so that Q over its degrees of freedom is compared with F. An upper limit beyond
    `widest` is NaN.
    """
    k = means.df

    def q(sd: float) -> float:
        return float(means.b @ means.projection(sd**2) @ means.b)

    def solve(target: float, beyond: float) -> float:
        if q(0.0) <= target:
            return 0.0
        if q(widest) >= target:
            return beyond
        return float(optimize.brentq(lambda sd: q(sd) - target, 0.0, widest, xtol=1e-10 * widest))

    tail = (1 - conf_level) / 2
    upper, lower = k * stats.f.isf(tail, k, df), k * stats.f.ppf(tail, k, df)
    return solve(upper, math.nan), solve(lower, math.nan)


def reliability(means: Means, sd: float) -> np.ndarray:
    """Return for each trainer which part of the variance of the adjusted mean lies between trainers: τ² (V⁻¹)ⱼⱼ."""
    if sd == 0:
        return np.zeros(len(means.b))
    common = common_error(means)
    v = means.covariance - common + sd**2 * np.eye(len(means.b))
    return sd**2 * np.diag(np.linalg.inv(v))


def common_error(means: Means) -> float:
    """Return the covariance that all trainers' errors share (of teams, say): it tells nobody from another."""
    j = len(means.b)
    if j < 2:
        return 0.0
    shared = float((means.covariance.sum() - np.trace(means.covariance)) / (j * (j - 1)))
    return min(shared, 0.999 * float(np.diag(means.covariance).min()))


def shrunken(means: Means, sd: float) -> np.ndarray:
    """Return the best linear unbiased predictions: ``τ² P b``, each trainer's deviation from those of like traits."""
    return cast(np.ndarray, sd**2 * means.projection(sd**2) @ means.b)


def prediction_error(means: Means, sd: float, widest: float) -> np.ndarray:
    """Return the root mean squared error of the predictions, over what the data leave open about the spread.

    Given a spread, the deviations from the average of these trainers have the covariance ``T(τ² I − τ⁴ P)T``, T being
    the projection off the trainers' traits. It is averaged over the spread's restricted likelihood (flat in τ), and the
    predictions' own movement with τ is added: with few trainers, errors that take τ as known are too small.
    """
    j = len(means.b)
    t = np.eye(j) - means.m @ np.linalg.pinv(means.m)
    best = shrunken(means, sd)
    scale = math.sqrt(float(np.mean(np.diag(means.covariance))))
    top = min(widest, 12 * max(sd, scale))
    grid = top * ((np.arange(120) + 0.5) / 120) ** 2
    log = np.array([-means.criterion(s**2) / 2 for s in grid])
    weight = np.exp(log - log.max()) * np.sqrt(grid)  # the grid is finer near 0
    weight = weight / weight.sum()
    error = np.zeros(j)
    for w, s in zip(weight, grid, strict=True):
        if w < 1e-9:
            continue
        p = means.projection(s**2)
        known = t @ (s**2 * np.eye(j) - s**4 * p) @ t
        error += w * (np.diag(known) + (s**2 * p @ means.b - best) ** 2)
    return np.sqrt(np.maximum(error, 0.0))
