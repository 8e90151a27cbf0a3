"""Who was trained, who could stand for them, and what is known of each before the start?"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd

from tne.checks import require_columns, require_no_missing, require_numeric, require_unique, rows

SHOWN = 5


@dataclass(frozen=True, eq=False)
class Block:
    """A balanced panel in which the treated start together.

    Parameters
    ----------
    y : ndarray, shape (units, periods)
        Outcomes: donors first, then the treated.
    donors, treated : tuple
        Names of the units, sorted.
    periods : Index
    before : int
        Periods before the start.
    codes : ndarray, shape (rows,)
        Unit of every row of the panel, in the order of `y`.
    """

    y: np.ndarray
    donors: tuple[Any, ...]
    treated: tuple[Any, ...]
    periods: pd.Index
    before: int
    codes: np.ndarray


def block_of(
    panel: pd.DataFrame, *, outcome: str, unit: str, period: str, treated: object, start: object
) -> Block:
    """Return the panel as a matrix of outcomes; raise where it is not balanced or has no side to compare."""
    require_columns(panel, [outcome, unit, period], "panel")
    require_numeric(panel, [outcome], "panel")
    require_no_missing(panel, [unit, period], "panel")
    require_unique(panel, [unit, period], "panel")
    start = as_period(start, panel[period], "start")
    chosen = _treated(panel, unit, period, treated, start)
    names = _plain(panel[unit])
    donors = _sorted(set(names) - set(chosen))
    if not donors:
        raise ValueError(
            "Every unit is treated: nobody is left to compare with. Add units that were not trained."
        )
    order = {name: i for i, name in enumerate((*donors, *chosen))}
    codes = np.array([order[name] for name in names])
    values = panel[outcome].to_numpy(dtype=float, na_value=np.nan)
    known = ~np.isnan(values)
    times = period_values(panel[period])[known]
    periods = pd.Index(times.unique()).sort_values()
    y = np.full((len(order), len(periods)), np.nan)
    y[codes[known], periods.get_indexer(times)] = values[known]
    gaps = np.isnan(y)
    if gaps.any():
        lacking = np.flatnonzero(gaps.any(axis=1))
        raise ValueError(
            f"The panel is not balanced: {len(lacking)} of {len(order)} units lack `{outcome}` in "
            f"{int(gaps.any(axis=0).sum())} of {len(periods)} periods{_named(lacking, tuple(order), unit)}. Drop those "
            "units, or keep the periods that all of them have."
        )
    before = int(np.sum(periods < start))
    if before == 0 or before == len(periods):
        side = "before" if before == 0 else "from"
        raise ValueError(
            f"No period lies {side} `start` = {start}: the panel runs from {periods[0]} to {periods[-1]}. Give the "
            "first trained period, and data on both sides of it."
        )
    return Block(y, donors, tuple(chosen), periods, before, codes)


def as_period(value: Any, column: pd.Series, name: str) -> Any:
    """Return `value` in the kind of the period column, so that they compare."""
    kind = column.dtype
    try:
        if isinstance(kind, pd.DatetimeTZDtype) or pd.api.types.is_datetime64_dtype(kind):
            value = pd.Timestamp(value)
        elif isinstance(kind, pd.PeriodDtype):
            value = pd.Period(value, freq=kind.freq)
        plain = column.astype(_base(column))
        _ = (plain.iloc[:1] < value).any()
    except (TypeError, ValueError):
        raise TypeError(
            f"`{name}` is {value!r}, which does not compare with the periods ({kind}). Give one of them."
        ) from None
    if pd.isna(value):
        raise ValueError(f"`{name}` is missing. Give a period.")
    return value


def period_values(column: pd.Series) -> pd.Series:
    """Return the periods in a kind that compares."""
    return column.astype(_base(column))


def units_named(positions: Sequence[int] | np.ndarray, block: Block, unit: str) -> str:
    """Return some of the units in brackets, unless they are people."""
    return _named(positions, (*block.donors, *block.treated), unit)


def _base(column: pd.Series) -> Any:
    """The dtype below a category, which compares by its values."""
    return column.cat.categories.dtype if isinstance(column.dtype, pd.CategoricalDtype) else column.dtype


def _plain(column: pd.Series) -> list[Any]:
    return cast(list[Any], column.astype(_base(column)).tolist())


def _sorted(names: set[Any]) -> tuple[Any, ...]:
    try:
        return tuple(sorted(names))
    except TypeError:
        return tuple(sorted(names, key=lambda name: (type(name).__name__, str(name))))


def _named(positions: Sequence[int] | np.ndarray, names: tuple[Any, ...], unit: str) -> str:
    """Name units, unless they are people."""
    if unit == "moderator_id":
        return ""
    some = ", ".join(str(names[i]) for i in positions[:SHOWN])
    return f" ({some}{', …' if len(positions) > SHOWN else ''})"


def _treated(panel: pd.DataFrame, unit: str, period: str, treated: Any, start: Any) -> tuple[Any, ...]:
    present = set(_plain(panel[unit]))
    if isinstance(treated, (list, tuple, set, frozenset, np.ndarray, pd.Series, pd.Index)):
        names = list(dict.fromkeys(treated.tolist() if hasattr(treated, "tolist") else treated))
        if not names:
            raise ValueError("`treated` names no unit. Give one or more.")
        lacking = [name for name in names if name not in present]
        if lacking:
            raise ValueError(
                f"{len(lacking)} of the {len(names)} units in `treated` are not in column `{unit}`. Name others."
            )
        return _sorted(set(names))
    is_unit = isinstance(treated, Hashable) and treated in present
    is_column = isinstance(treated, Hashable) and treated in panel.columns
    if is_unit and is_column:
        raise ValueError(
            "`treated` is both a unit and a column. Give the unit as a tuple of one, or rename the column."
        )
    if is_unit:
        return (treated,)
    if not is_column:
        raise ValueError(
            f"`treated` is neither a unit in column `{unit}` nor a column of `panel`. Name one or more units, or a "
            "column of 0 and 1."
        )
    return _from_column(panel, unit, period, treated, start)


def _from_column(panel: pd.DataFrame, unit: str, period: str, column: Any, start: Any) -> tuple[Any, ...]:
    require_numeric(panel, [column], "panel")
    require_no_missing(panel, [column], "panel")
    flags = panel[column].to_numpy(dtype=float)
    other = ~np.isin(flags, (0.0, 1.0))
    if other.any():
        raise ValueError(
            f"Column `{column}` of `panel` is neither 0 nor 1 in {rows(other)}. Mark the treated units with 1."
        )
    frame = pd.DataFrame({"unit": _plain(panel[unit]), "flag": flags})
    frame["after"] = (panel[period].astype(_base(panel[period])) >= start).to_numpy(dtype=bool)
    early = frame.loc[~frame["after"]].groupby("unit")["flag"].agg(["min", "max"])
    late = frame.loc[frame["after"]].groupby("unit")["flag"].agg(["min", "max"])
    both = early.add_suffix("_early").join(late.add_suffix("_late"), how="outer")
    ever = both[["max_early", "max_late"]].max(axis=1) == 1
    # a mark on the unit (1 throughout) or on its treated rows (0 before, 1 from the start)
    steady = (both["min_late"] == both["max_late"]) & (both["min_early"] == both["max_early"])
    wrong = ever & ~(steady & (both["max_late"] == 1))
    if wrong.any():
        raise ValueError(
            f"Column `{column}` says that {int(wrong.sum())} units are treated from another period than `start`. "
            "Analyse those who start together, or use group_time_att for several starts."
        )
    if not ever.any():
        raise ValueError(f"Column `{column}` of `panel` marks no unit as treated. Mark at least one with 1.")
    return _sorted(set(both.index[ever]))
