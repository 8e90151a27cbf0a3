"""Do people of one session resemble each other, so that errors which ignore the sessions are too small?"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from tne.result import Check


def ignored_sessions(
    frame: pd.DataFrame, values: np.ndarray, column: str = "session_id"
) -> tuple[Check, ...]:
    """Warn where people share sessions that the errors of an analysis ignore; nothing where nobody shares one.

    Parameters
    ----------
    frame : DataFrame, n rows
        People who entered, with the session of each in `column` where it is known.
    values : ndarray, shape (n,)
        What was averaged (changes), or what a model left over (residuals).
    column : str

    Returns
    -------
    tuple of Check
        None, or one named ``"clusters_ignored"``: ``warn`` with the intraclass correlation and how much too small the
        error is for a statement about other sessions; ``not_run`` where everybody shared one session.
    """
    if column not in frame:
        return ()
    known = frame[column].notna().to_numpy() & ~np.isnan(values)
    session = pd.factorize(frame[column].to_numpy()[known])[0]
    size = np.bincount(session)
    if not (size > 1).any():
        return ()
    name = "clusters_ignored"
    if len(size) == 1:
        detail = "All came to one session: what it did cannot be told from what the training does."
        return (Check(name, "not_run", detail),)
    icc = intraclass(values[known], session)
    detail = f"People share {len(size)} sessions that these errors ignore"
    if not math.isnan(icc):
        detail += f"; the sessions explain {max(icc, 0):.0%} of the variance"
        factor = math.sqrt(1 + max(icc, 0) * ((size**2).sum() / size.sum() - 1))
        if factor >= 1.05:
            detail += f": for other sessions the error is about {factor:.1f} times as large"
    return (Check(name, "warn", f"{detail}. Give cluster='{column}' to generalise."),)


def intraclass(values: np.ndarray, groups: np.ndarray) -> float:
    """Return the one-way intraclass correlation by analysis of variance; it may be negative.

    Parameters
    ----------
    values : ndarray, shape (n,)
    groups : ndarray of int, shape (n,)
        Codes 0, 1, ... of the groups.

    Examples
    --------
    >>> intraclass(np.array([1.0, 1, 3, 3]), np.array([0, 0, 1, 1]))
    1.0
    """
    size = np.bincount(groups)
    n, k = len(values), len(size)
    if k < 2 or n <= k:
        return math.nan
    means = np.bincount(groups, values) / size
    between = float(size @ (means - values.mean()) ** 2) / (k - 1)
    within = float(((values - means[groups]) ** 2).sum()) / (n - k)
    usual = (n - (size**2).sum() / n) / (k - 1)
    total = between + (usual - 1) * within
    return float((between - within) / total) if total > 0 else math.nan
