"""Is one slope enough for all cut points?"""

from __future__ import annotations

import math

import numpy as np
from scipy import stats
from scipy.special import expit

from tne.measures.ordered_fit import ordered_fit


def brant_test(y: np.ndarray, x: np.ndarray, w: np.ndarray) -> tuple[float, float, float, str]:
    """Test proportional odds: do logistic regressions above each cut point have the same slopes?

    Parameters
    ----------
    y : ndarray of int, shape (n,)
        Codes 0, 1, ..., each of which occurs.
    x : ndarray, shape (n, k)
    w : ndarray, shape (n,)
        How often each row occurs.

    Returns
    -------
    tuple
        Chi-square, degrees of freedom (levels − 2) k, p-value, and why there is none.

    References
    ----------
    Brant (1990), Assessing proportionality in the proportional odds model, Biometrics 46:1171-1178.
    """
    cuts, k = int(y.max()), x.shape[1]
    df = (cuts - 1) * k
    if df == 0:
        return math.nan, 0.0, math.nan, "two categories or no predictor: there is nothing to test"
    ones = np.column_stack([np.ones(len(y)), x])
    slopes, shares, inverse = [], [], []
    for cut in range(cuts):
        fit = ordered_fit((y > cut).astype(int), x, w)
        if fit.infinite.any():
            return math.nan, df, math.nan, "the answers are separated at a cut point"
        p = expit(x @ fit.slopes - fit.cuts[0])
        slopes.append(fit.slopes)
        shares.append(p)
        inverse.append(np.linalg.inv(ones.T @ ((w * p * (1 - p))[:, None] * ones)))
    covariance = np.empty((cuts * k, cuts * k))
    for i in range(cuts):
        for j in range(i, cuts):
            joint = w * (shares[j] - shares[i] * shares[j])  # above j is also above i
            block = (inverse[i] @ (ones.T @ (joint[:, None] * ones)) @ inverse[j])[1:, 1:]
            covariance[i * k : (i + 1) * k, j * k : (j + 1) * k] = block
            covariance[j * k : (j + 1) * k, i * k : (i + 1) * k] = block.T
    contrast = np.hstack([np.tile(np.eye(k), (cuts - 1, 1)), -np.eye(df)])
    gap = contrast @ np.concatenate(slopes)
    spread = contrast @ covariance @ contrast.T
    if not np.linalg.cond(spread) < 1e12:
        return math.nan, df, math.nan, "the slopes at the cut points cannot be told apart"
    statistic = float(gap @ np.linalg.solve(spread, gap))
    return statistic, float(df), float(stats.chi2.sf(statistic, df)), ""
