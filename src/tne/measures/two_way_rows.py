"""Which rows of a panel enter a regression with unit and period effects?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tne.checks import require_columns, require_no_missing, require_numeric, rows
from tne.measures.absorb import Effects, effects
from tne.measures.ols import cluster_columns, missing_check
from tne.result import Check


@dataclass(frozen=True, eq=False)
class TwoWayRows:
    """Rows without missing values, their effects and their clusters.

    Parameters
    ----------
    kept : ndarray of int
        Positions in the given panel.
    numbers : dict of str to ndarray, shape (n,)
    effects : Effects
    periods : Index
        The periods in ascending order; ``effects.period`` counts them.
    clusters : tuple of ndarray
    cluster_names : tuple of str
    person : ndarray or None
        Codes of ``moderator_id``.
    checks : tuple of Check
        missing, singletons, repeated_rows.
    """

    kept: np.ndarray
    numbers: dict[str, np.ndarray]
    effects: Effects
    periods: pd.Index
    clusters: tuple[np.ndarray, ...]
    cluster_names: tuple[str, ...]
    person: np.ndarray | None
    checks: tuple[Check, ...]


def two_way_rows(
    panel: pd.DataFrame,
    *,
    unit: str,
    period: str,
    numbers: Sequence[str],
    optional: Sequence[str] = (),
    cluster: str | Sequence[str] | None = None,
    weights: str | None = None,
    leave_out: np.ndarray | None = None,
) -> TwoWayRows:
    """Keep the rows that a regression with unit and period effects can use.

    Parameters
    ----------
    panel : DataFrame
    unit, period : str
    numbers : sequence of str
        Columns without which a row is left out.
    optional : sequence of str
        Numeric columns that may be missing.
    cluster : str or sequence of str, optional
    weights : str, optional
    leave_out : ndarray of bool, optional
        Rows that the caller leaves out.

    Raises
    ------
    KeyError, TypeError, ValueError
        For absent or wrong columns, missing keys, negative weights, or no row left.
    """
    names = cluster_columns(cluster)
    used = [*dict.fromkeys([*numbers, *optional, *([weights] if weights else [])])]
    require_columns(panel, [unit, period, *names, *used], "panel")
    require_numeric(panel, used, "panel")
    require_no_missing(panel, dict.fromkeys([unit, period, *names]), "panel")
    n = len(panel)
    values = {c: panel[c].to_numpy(dtype=float, na_value=np.nan) for c in used}
    good = np.ones(n, dtype=bool)
    for column in [*numbers, *([weights] if weights else [])]:
        good &= ~np.isnan(values[column])
    if weights is not None:
        negative = values[weights] < 0
        if negative.any():
            raise ValueError(
                f"Column `{weights}` of `panel` is negative in {rows(negative)}. Give weights of 0 or more."
            )
        good &= values[weights] > 0
    checks = [missing_check(n, int(good.sum()))]
    if leave_out is not None:
        good &= ~leave_out
    who, when = codes_of(panel[unit], "unit"), codes_of(panel[period], "period", ordered=True)
    kept = np.flatnonzero(good)
    alone = _singletons(who[0][kept], when[0][kept])
    if alone.any():
        detail = f"{int(alone.sum())} rows are alone in their unit or period. They show no change and are left out."
        checks.append(Check("singletons", "warn", detail))
        kept = kept[~alone]
    if not len(kept):
        raise ValueError(
            "`panel` has no row to use: none is complete with a second row of its unit. Check the filters."
        )
    everything = len(kept) == n
    u, p = (c[0] if everything else np.unique(c[0][kept], return_inverse=True)[1] for c in (who, when))
    periods = when[1] if everything else when[1][np.unique(when[0][kept])]
    w = None if weights is None else values[weights][kept]
    known = effects(u, p, w)
    if not known.balanced:
        twice = pd.Series(u * known.n_periods + p).duplicated().to_numpy()
        if twice.any():
            checks.append(Check("repeated_rows", "warn",
                f"{int(twice.sum())} rows repeat their {unit} × {period}; all of them are used."))  # fmt: skip
    clusters = tuple(
        u if c == unit else p if c == period else pd.factorize(panel[c].iloc[kept])[0] for c in names
    )
    person = None
    if "moderator_id" in panel:
        person = u if unit == "moderator_id" else pd.factorize(panel["moderator_id"].iloc[kept])[0]
    return TwoWayRows(
        kept, {c: v if everything else v[kept] for c, v in values.items()}, known, periods,
        clusters or (u,), names or (unit,), person, tuple(checks),
    )  # fmt: skip


def codes_of(column: pd.Series, name: str, *, ordered: bool = False) -> tuple[np.ndarray, pd.Index]:
    """Return integer codes and the values they stand for, in ascending order if `ordered`."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        if ordered and not column.cat.ordered:
            column = column.astype(column.cat.categories.dtype)
        else:
            code = column.cat.codes.to_numpy().astype(np.int64)
            there = np.unique(code)
            return np.searchsorted(there, code), pd.Index(column.cat.categories[there])
    try:
        code, values = pd.factorize(column, sort=ordered)
    except TypeError as error:
        raise TypeError(
            f"Column `{column.name}` ({name}) mixes kinds of values. Make it one kind."
        ) from error
    return code, pd.Index(values)


def people_in(person: np.ndarray | None, *groups: np.ndarray) -> tuple[float, float]:
    """Return the people in the smallest of some groups of rows, and in all rows; NaN where unknown."""
    if person is None:
        return np.nan, np.nan
    smallest = min((len(np.unique(person[g])) for g in groups), default=np.nan)
    return float(smallest), float(len(np.unique(person)))


def _singletons(unit: np.ndarray, period: np.ndarray) -> np.ndarray:
    """Flag rows alone in their unit or period, again and again until none is."""
    alone = np.zeros(len(unit), dtype=bool)
    if not len(unit):
        return alone
    w = np.ones(len(unit))
    while True:
        lonely = (np.bincount(unit, w)[unit] == 1) | (np.bincount(period, w)[period] == 1)
        lonely &= ~alone
        if not lonely.any():
            return alone
        alone |= lonely
        w[lonely] = 0.0
