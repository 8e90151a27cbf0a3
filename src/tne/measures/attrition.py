"""What would the mean change have been had everyone stayed who began?"""

from __future__ import annotations

import math

import numpy as np

SEPARATED = (
    "those who left and those who stayed hardly overlap before: weighting cannot stand in for the lost"
)


def weighted_change(
    pre: np.ndarray, post: np.ndarray, clusters: np.ndarray | None = None
) -> tuple[float, float, float, str]:
    """Mean change with completers weighted to everyone who began, by their first score.

    Parameters
    ----------
    pre : ndarray, shape (n,)
        First scores, none missing.
    post : ndarray, shape (n,)
        Second scores, NaN for those who left.
    clusters : ndarray of int, shape (n,), optional
        Codes of those who share what happened.

    Returns
    -------
    tuple
        Estimate, standard error, degrees of freedom, note.

    Notes
    -----
    Weights are 1 / p, p from a logistic regression of staying on the first score; the standard error stacks both
    steps (Lunceford and Davidian 2004). It rests on the first score explaining who left: of people with the same
    first score, those who left must have been about to change as those who stayed.

    References
    ----------
    Lunceford and Davidian (2004), Stratification and weighting via the propensity score, Stat. Med. 23:2937-2960.
    """
    stayed = ~np.isnan(post)
    n = len(pre)
    if stayed.sum() < 2:
        return math.nan, math.nan, math.nan, "fewer than two people have both scores"
    change = np.where(stayed, post - pre, 0.0)
    p, x, information = np.ones(n), np.ones((n, 1)), np.eye(1)
    if not stayed.all():
        spread = pre.std()
        x = np.column_stack([np.ones(n), (pre - pre.mean()) / spread]) if spread > 0 else x
        fitted = _logistic(x, stayed.astype(float))
        if fitted is None:
            return math.nan, math.nan, math.nan, SEPARATED
        p, information = fitted
    weight = stayed / p
    if weight.max() > 0.25 * weight.sum() and n > 8:
        return math.nan, math.nan, math.nan, SEPARATED
    estimate = float(weight @ change / weight.sum())
    rest = change - estimate
    # how the estimate moves with the propensity's coefficients, then with each person's part in them
    slope = -x.T @ (weight * rest * (1 - p))
    influence = weight * rest + (x * (stayed - p)[:, None]) @ np.linalg.solve(information, slope)
    influence /= weight.sum()
    if clusters is None:
        count, df = int(stayed.sum()), float(stayed.sum() - 1)
    else:
        influence = np.bincount(clusters, influence)
        count = len(influence)
        df = float(count - 1)
    if df < 1:
        return estimate, math.nan, math.nan, "one cluster: no error can be estimated"
    std_error = math.sqrt(influence @ influence * count / (count - 1))
    if std_error <= 1e-14 * max(abs(estimate), 1.0):
        return estimate, 0.0, math.nan, "no variation is left: no test is possible"
    return estimate, std_error, df, ""


def _logistic(x: np.ndarray, stayed: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Return fitted probabilities and the information, or None where the groups can be told apart exactly."""
    b = np.zeros(x.shape[1])
    b[0] = math.log(stayed.mean() / (1 - stayed.mean()))
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(x @ b, -30, 30)))
        information = (x * (p * (1 - p))[:, None]).T @ x
        if np.linalg.cond(information) > 1e10:
            return None
        step = np.linalg.solve(information, x.T @ (stayed - p))
        b = b + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-10:
            return p, information
    return None
