"""Are the rows of a staggered roll-out fit to use? What panels and repeated cross-sections must both have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import pandas as pd

from tne.checks import require_columns, require_frame, require_no_missing, require_numeric, rows
from tne.result import Check

PERSON = "moderator_id"


def long_rows(
    panel: pd.DataFrame,
    outcome: str,
    unit: str | None,
    period: str,
    cohort: str,
    cluster: str | None,
    weights: str | None,
    n_people: str | None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Check the columns and return outcome, index of the period, the periods, and cohort (``inf`` = never).

    Returns
    -------
    tuple of ndarray, shapes (rows,), (rows,), (periods,), (rows,)

    Raises
    ------
    TypeError, ValueError
        For dates, text, missing or infinite values, fractions of periods, no rows.
    """
    for name in (period, cohort):
        if pd.api.types.is_datetime64_any_dtype(panel[name]) or isinstance(panel[name].dtype, pd.PeriodDtype):
            raise TypeError(
                f"Column `{name}` of `panel` holds dates. Number the periods first, for example with "
                "assign_cohort(..., period='W'), so that cohort and period share one integer scale."
            )
    require_numeric(panel, [outcome, period, *(c for c in (weights, n_people) if c)], "panel")
    if not pd.api.types.is_float_dtype(panel[cohort]):
        require_numeric(panel, [cohort], "panel")
    require_no_missing(panel, [c for c in (unit, period, cluster) if c is not None], "panel")
    if panel.empty:
        raise ValueError("`panel` has no rows. Check the filters that made it.")
    when = panel[period].to_numpy(dtype=float)
    if (when != np.round(when)).any():
        raise ValueError(
            f"Column `{period}` of `panel` is not a whole number in {rows(when != np.round(when))}. Number the periods."
        )
    low, high = when.min(), when.max()
    if high - low < 10 * len(when) + 1000:
        steps = (when - low).astype(np.intp)
        there = np.bincount(steps) > 0
        periods, column = low + np.flatnonzero(there), (np.cumsum(there) - 1)[steps]
    else:
        periods, column = np.unique(when, return_inverse=True)
    start = panel[cohort].to_numpy(dtype=float, na_value=np.nan)
    start = np.where(np.isnan(start), np.inf, start)
    if (start == -np.inf).any():
        raise ValueError(
            f"Column `{cohort}` of `panel` is -inf in {rows(start == -np.inf)}. Use NaN for never."
        )
    broken = np.isfinite(start) & (start != np.round(start))
    if broken.any():
        raise ValueError(
            f"Column `{cohort}` of `panel` is not a whole number in {rows(broken)}. Number the periods."
        )
    return panel[outcome].to_numpy(dtype=float, na_value=np.nan), column, periods, start


def cluster_of(panel: pd.DataFrame, cluster: str | Sequence[str] | None, unit: str | None) -> str | None:
    """Return the one column to cluster by: of nested columns the coarsest (the unit itself counts as one).

    Parameters
    ----------
    panel : DataFrame
    cluster : str, sequence of str or None
    unit : str or None

    Returns
    -------
    str or None

    Raises
    ------
    ValueError
        If no column holds the others.
    """
    require_frame(panel, "panel")
    if cluster is None or isinstance(cluster, str):
        return None if cluster == unit else cluster
    names = [name for name in dict.fromkeys(cluster) if name != unit]
    require_columns(panel, names, "panel")
    if len(names) < 2:
        return names[0] if names else None
    by_size = sorted(names, key=lambda name: panel[name].nunique())
    top = by_size[0]
    for name in by_size[1:]:
        if panel[[name, top]].drop_duplicates()[name].duplicated().any():
            raise ValueError(
                f"`cluster` names {', '.join(names)}, which are not nested. Group-time effects take one level, "
                "or nested ones, of which the coarsest counts. Name the level of assignment."
            )
    return top


def row_weights(panel: pd.DataFrame, weights: str | None) -> np.ndarray:
    """Return the weight of every row, 1 without a column.

    Raises
    ------
    ValueError
        Where weights are negative or missing.
    """
    if weights is None:
        return np.ones(len(panel))
    w = panel[weights].to_numpy(dtype=float, na_value=np.nan)
    bad = ~(w >= 0)
    if bad.any():
        raise ValueError(
            f"Column `{weights}` of `panel` is negative or missing in {rows(bad)}. Give weights of 0 or more."
        )
    return cast(np.ndarray, w)


def fixed_within(values: np.ndarray, codes: np.ndarray, n_units: int, column: str, unit: str) -> np.ndarray:
    """Return the one value per unit, or raise if it changes within a unit.

    Parameters
    ----------
    values : ndarray, shape (rows,)
    codes : ndarray of int, shape (rows,)
        Unit of each row.
    n_units : int
    column, unit : str
        For the message.

    Returns
    -------
    ndarray, shape (units,)
    """
    first = np.empty(n_units)
    first[codes] = values
    changes = first[codes] != values
    if changes.any():
        who = len(np.unique(codes[changes]))
        raise ValueError(
            f"Column `{column}` of `panel` changes within {who} `{unit}`, seen in {rows(changes)}. "
            "It must be fixed per unit: take its first value, or drop these units."
        )
    return first


def zero_as_never(
    start: np.ndarray, codes: np.ndarray, first: float, last: float
) -> tuple[np.ndarray, list[Check]]:
    """Take cohort 0 as never trained where 0 can be no period: years, months or weeks counted from long ago.

    Elsewhere 0 may be the period before the panel, and stays what it says.

    Parameters
    ----------
    start : ndarray
        Cohorts, ``inf`` = never.
    codes : ndarray of int, shape as `start`
        Unit of each.
    first, last : float
        First and last period.

    Returns
    -------
    tuple of ndarray and list of Check
    """
    zero = start == 0
    if not zero.any() or first < 100 or first <= 10 * (last - first):
        return start, []
    detail = (
        f"{len(np.unique(codes[zero]))} units have cohort 0, far before the first period ({first:g}): they count as "
        "never trained. Leave them out if they were trained before."
    )
    return np.where(zero, np.inf, start), [Check("never_coded_zero", "warn", detail)]


def nobody_trained(start: np.ndarray, periods: np.ndarray) -> list[Check]:
    """Say when no unit at all is trained inside the panel."""
    if len(periods) == 1:
        return [Check("identified_cells", "fail", "The panel has one period: there is no change to compare.")]
    if ((start > periods[0]) & (start <= periods[-1])).any():
        return []
    return [Check("identified_cells", "fail", "No unit is trained between the second and the last period.")]


def already_trained(start: np.ndarray, codes: np.ndarray, periods: np.ndarray) -> list[Check]:
    """Say how many units were trained in or before the first period, and are left out."""
    already = start <= periods[0]
    if not already.any():
        return []
    zero = " If 0 codes the never-trained, use NaN instead." if (start[already] == 0).all() else ""
    return [
        Check(
            "already_trained",
            "warn",
            f"{len(np.unique(codes[already]))} units were trained in or before the first period and are left out."
            + zero,
        )
    ]
