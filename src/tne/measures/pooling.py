"""Which of many p-values are still remarkable when all of them are looked at together?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from tne.checks import require_choice, require_columns, require_numeric
from tne.result import Estimates

METHODS = ("bh", "by", "holm", "bonferroni")


def adjust_p(frame: pd.DataFrame | pd.Series | Estimates, *, method: str = "bh") -> pd.DataFrame | pd.Series:
    """Adjust p-values for the number of tests.

    Parameters
    ----------
    frame : DataFrame, Series or Estimates
        With a column ``p_value``; a Series holds the p-values themselves. Missing ones are not tests.
    method : {"bh", "by", "holm", "bonferroni"}
        "bh" and "by" bound the expected share of false discoveries (Benjamini-Hochberg for independent or positively
        dependent tests, Benjamini-Yekutieli for any), "holm" and "bonferroni" the chance of a single one.

    Returns
    -------
    DataFrame or Series
        The frame with a column ``p_adjusted``; for a Series the adjusted values. Missing values stay missing.

    Raises
    ------
    KeyError, TypeError, ValueError
        If there is no column ``p_value``, it is not numeric or leaves 0 to 1, or the method is unknown.

    Notes
    -----
    The k-th smallest of m p-values becomes ``min over j ≥ k of p_j m / j`` (BH). The adjustment covers the tests in
    `frame` and no others: leave none out because it looked dull.

    References
    ----------
    Benjamini and Hochberg (1995), J. Royal Statistical Society B 57.

    Examples
    --------
    >>> adjust_p(pd.Series([0.01, 0.04, 0.03])).round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    require_choice(method, METHODS, "method")
    if isinstance(frame, pd.Series):
        table = frame.to_frame("p_value")
        require_numeric(table, ["p_value"], "frame")
        values = _adjusted(table["p_value"].to_numpy(dtype=float, na_value=np.nan), method)
        return pd.Series(values, index=frame.index, name="p_adjusted")
    table = frame.to_frame() if isinstance(frame, Estimates) else frame
    require_columns(table, ["p_value"], "frame")
    require_numeric(table, ["p_value"], "frame")
    return table.assign(p_adjusted=_adjusted(table["p_value"].to_numpy(dtype=float, na_value=np.nan), method))


def _adjusted(p: np.ndarray, method: str) -> np.ndarray:
    known = ~np.isnan(p)
    q = p[known]
    if ((q < 0) | (q > 1)).any():
        raise ValueError(f"{int(((q < 0) | (q > 1)).sum())} p-values are below 0 or above 1. Give p-values.")
    m = len(q)
    order = np.argsort(q, kind="stable")
    rank = np.arange(1, m + 1)
    if method == "bonferroni":
        adjusted = q[order] * m
    elif method == "holm":
        adjusted = np.maximum.accumulate(q[order] * (m - rank + 1))
    else:
        factor = (1 / rank).sum() if method == "by" else 1.0
        adjusted = np.minimum.accumulate((q[order] * m * factor / rank)[::-1])[::-1]
    out = np.full(len(p), np.nan)
    place = np.flatnonzero(known)[order]
    out[place] = np.minimum(adjusted, 1.0)
    return out
