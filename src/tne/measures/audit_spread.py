"""How much do auditors differ beyond chance, when there are only a few of them?"""

from __future__ import annotations

import math

import numpy as np
from scipy import optimize, stats

MOST = 100.0  # of the variance, logits squared


def between_sd(
    effects: np.ndarray, covariance: np.ndarray, sets: np.ndarray, conf_level: float = 0.95
) -> tuple[float, float, float]:
    """Return the standard deviation of true effects and its interval, from estimates with a known covariance.

    A limit beyond 10 is NaN: so few effects do not bound their spread.

    Parameters
    ----------
    effects : array, shape (auditors,)
    covariance : array, shape (auditors, auditors)
        Of the estimates' errors; a part that is common to a set does not matter.
    sets : array of int, shape (auditors,)
        Effects are compared within a set.
    conf_level : float

    Notes
    -----
    ``Q(τ²) = e' P e``, P the inverse of ``τ² I + C`` with the means of the sets taken out, is chi-square with auditors
    minus sets degrees of freedom. The estimate solves Q = df (Paule and Mandel), the limits solve Q = the quantiles
    (Q profile): exact for normal effects however few there are, unlike a likelihood profile, which is too short.

    References
    ----------
    Viechtbauer (2007), Confidence intervals for the amount of heterogeneity in meta-analysis, Stat. Med. 26:37-52.

    Examples
    --------
    >>> round(between_sd(np.array([1.0, 2, 3]), 0.0001 * np.eye(3), np.zeros(3))[0], 2)
    1.0
    """
    x = (sets[:, None] == np.unique(sets)[None, :]).astype(float)
    df = len(effects) - x.shape[1]

    def q(variance: float) -> float:
        inverse = np.linalg.inv(covariance + variance * np.eye(len(effects)))
        part = inverse @ x
        mean = np.linalg.solve(x.T @ part, part.T @ effects)
        left = effects - x @ mean
        return float(left @ inverse @ left)

    def solve(target: float, beyond: float) -> float:
        if q(1e-12) <= target:
            return 0.0
        if q(MOST) >= target:
            return beyond
        return math.sqrt(optimize.brentq(lambda v: q(v) - target, 1e-12, MOST, xtol=1e-12))

    tail = (1 - conf_level) / 2
    low, high = (float(stats.chi2.ppf(level, df)) for level in (1 - tail, tail))
    return solve(df, math.sqrt(MOST)), solve(low, math.sqrt(MOST)), solve(high, math.nan)
