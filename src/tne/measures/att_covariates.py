"""Which numbers stand for the covariates of each unit: dummies for categories, the value of the earlier period?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tne.checks import require_no_missing, require_numeric

MOST_LEVELS = 50


@dataclass(frozen=True, eq=False)
class Covariates:
    """Covariates of units, fixed or changing over the periods.

    Parameters
    ----------
    fixed : ndarray, shape (units, columns)
        The first value seen of each unit.
    moving : dict of int to ndarray, shape (units, periods)
        Values by period of the columns that change within units.
    """

    fixed: np.ndarray
    moving: dict[int, np.ndarray]

    def at(self, rows: slice | np.ndarray, period: int) -> np.ndarray:
        """Return the values of `rows` in one period, shape (rows, columns)."""
        values = self.fixed[rows]
        if self.moving:
            values = values.copy()
            for column, series in self.moving.items():
                values[:, column] = series[rows, period]
        return values

    def take(self, order: np.ndarray) -> Covariates:
        """Return the covariates of the units in `order`."""
        return Covariates(self.fixed[order], {k: v[order] for k, v in self.moving.items()})


def covariate_columns(panel: pd.DataFrame, covariates: Sequence[str]) -> np.ndarray:
    """Return the covariates as numbers, shape (rows, columns).

    Parameters
    ----------
    panel : DataFrame
    covariates : sequence of str
        Numeric and boolean columns stay as they are; text and categories become a dummy per level but the first.

    Returns
    -------
    ndarray

    Raises
    ------
    KeyError, TypeError, ValueError
        If a column is absent, has missing values, more than 50 levels, or holds dates.
    """
    require_no_missing(panel, covariates, "panel")
    columns = []
    for name in covariates:
        values = panel[name]
        if isinstance(values.dtype, pd.CategoricalDtype) or pd.api.types.is_string_dtype(values):
            codes, levels = pd.factorize(values, sort=True)
            if len(levels) > MOST_LEVELS:
                raise ValueError(
                    f"Column `{name}` of `panel` has {len(levels)} levels, more than {MOST_LEVELS}. "
                    "Group them, or convert numbers kept as text with pd.to_numeric."
                )
            columns += [(codes == k).astype(float) for k in range(1, len(levels))]
        else:
            require_numeric(panel, [name], "panel")
            columns.append(values.to_numpy(dtype=float))
    return np.column_stack(columns) if columns else np.empty((len(panel), 0))


def by_unit(values: np.ndarray, codes: np.ndarray, column: np.ndarray, shape: tuple[int, int]) -> Covariates:
    """Return covariates by unit and period; a period without a row has the value of the nearest earlier one.

    Parameters
    ----------
    values : ndarray, shape (rows, columns)
    codes, column : ndarray of int, shape (rows,)
        Unit and period of each row.
    shape : tuple of int
        Units and periods.

    Returns
    -------
    Covariates
    """
    fixed = np.empty((shape[0], values.shape[1]))
    if not values.shape[1]:
        return Covariates(fixed, {})
    backwards = np.argsort(column, kind="stable")[::-1]  # the earliest row of a unit is written last
    fixed[codes[backwards]] = values[backwards]
    moving = {}
    for j in np.flatnonzero((values != fixed[codes]).any(axis=0)):
        series = np.full(shape, np.nan)
        series[codes, column] = values[:, j]
        moving[int(j)] = pd.DataFrame(series).ffill(axis=1).bfill(axis=1).to_numpy()
    return Covariates(fixed, moving)
