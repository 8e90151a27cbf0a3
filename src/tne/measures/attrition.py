"""What would the mean change have been had everyone stayed who began, and can those who stayed tell?"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from tne.checks import require_numeric
from tne.measures.sandwich import independent
from tne.result import Check

NO_VARIATION = "no variation is left: no test is possible"
OVERLAP, NEAR = 0.9, 0.25  # share of the leavers who began within a quarter of an SD of someone who stayed
SEPARATED = (
    "those who left and those who stayed hardly overlap before: weighting cannot stand in for the lost"
)


def weighted_change(
    pre: np.ndarray,
    post: np.ndarray,
    clusters: np.ndarray | None = None,
    covariates: np.ndarray | None = None,
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
    covariates : ndarray, shape (n, p), optional
        What else says who left, known of everyone.

    Returns
    -------
    tuple
        Estimate, standard error, degrees of freedom, note.

    Notes
    -----
    Weights are 1 / p, p from a logistic regression of staying on the first score (and covariates); the standard
    error stacks both steps (Lunceford and Davidian 2004). It rests on the first score explaining who left: of people
    with the same first score, those who left must have been about to change as those who stayed.

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
        told = np.column_stack([pre] if covariates is None else [pre, covariates])
        spread = told.std(axis=0)
        told = (told - told.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
        x = np.column_stack([np.ones(n), told])
        x = x[:, independent(x)]
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
        return estimate, 0.0, math.nan, NO_VARIATION
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


def overlap(pre: np.ndarray, post: np.ndarray) -> Check:
    """Say whether those who left began where others stayed, so that these can stand in for them.

    `pre` and `post`, shape (n,): first scores, none missing, and second ones, NaN for those who left.
    """
    stayed = ~np.isnan(post)
    spread = float(pre.std(ddof=1)) if len(pre) > 1 else 0.0
    if stayed.all():
        return Check("overlap", "pass", "Nobody left.")
    if stayed.sum() < 2 or spread == 0:
        return Check("overlap", "not_run", "Too few stayed, or all began alike.")
    there, gone = np.sort(pre[stayed]), pre[~stayed]
    at = np.searchsorted(there, gone)
    nearest = np.minimum(
        np.abs(gone - there[np.clip(at, 0, len(there) - 1)]), np.abs(gone - there[np.clip(at - 1, 0, None)])
    )
    share = float((nearest <= NEAR * spread).mean())
    detail = f"{share:.0%} of those who left began within {NEAR} SD of someone who stayed; {OVERLAP:.0%} are wanted."
    return Check("overlap", "pass" if share >= OVERLAP else "warn", detail)


def indicators(frame: pd.DataFrame, columns: list[str]) -> np.ndarray:
    """Return `columns` as numbers, shape (n, p); text and categories as indicators without the first."""
    parts = []
    for name in columns:
        if pd.api.types.is_numeric_dtype(frame[name]) or pd.api.types.is_bool_dtype(frame[name]):
            require_numeric(frame, [name], "scores")
            parts.append(frame[[name]].astype(float))
        else:
            parts.append(pd.get_dummies(frame[name], drop_first=True, dtype=float))
    return np.column_stack([part.to_numpy() for part in parts])
