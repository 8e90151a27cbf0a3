"""Where on an even scale of time do the rows of a series stand, and where did something start?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd


@dataclass(frozen=True, eq=False)
class Clock:
    """An even scale of time: ``position = (value − origin) / step``, whole numbers from 0.

    Parameters
    ----------
    name : str
        The column it was made from.
    kind : {"number", "days", "months"}
    origin, step : float
        In the column's own unit, in nanoseconds, or in months.
    labels : tuple
        The distinct periods as they were given, increasing.
    positions : ndarray of int, shape (len(labels),)
    rows : ndarray of int
        Position of every row.
    """

    name: str
    kind: str
    origin: float
    step: float
    labels: tuple[Any, ...]
    positions: np.ndarray
    rows: np.ndarray

    @property
    def unit(self) -> float:
        """Length of one position in the trend's unit: the column's own for numbers, 1 for dates."""
        return self.step if self.kind == "number" else 1.0

    def at(self, value: Any, name: str) -> int:
        """Return the first position that does not lie before `value`."""
        if value is None or pd.isna(value):
            raise ValueError(f"`{name}` is missing. Give a period of `{self.name}`.")
        number = _numbers(pd.Series([value]), self.kind, name, self.name)[0]
        return int(np.ceil(round((number - self.origin) / self.step, 9)))


def clock(periods: pd.Series, name: str) -> Clock:
    """Read a column of periods: numbers, dates, or pandas periods, evenly spaced up to gaps.

    Raises
    ------
    TypeError
        If the column holds anything else.
    ValueError
        If the spacing is not even.
    """
    if isinstance(periods.dtype, pd.PeriodDtype):
        periods = periods.dt.to_timestamp()
    if pd.api.types.is_datetime64_any_dtype(periods):
        kind = "months" if _calendar(pd.DatetimeIndex(periods)) else "days"
    elif pd.api.types.is_numeric_dtype(periods) and not pd.api.types.is_bool_dtype(periods):
        kind = "number"
    else:
        raise TypeError(
            f"Column `{name}` holds {periods.dtype}, neither numbers nor dates. Convert it, as with pd.to_datetime."
        )
    values = _numbers(periods, kind, name, name)
    distinct, first = np.unique(values, return_index=True)
    gaps = np.diff(distinct)
    step = float(gaps.min()) if len(gaps) else 1.0
    if kind == "months" and len(gaps):
        step = float(np.gcd.reduce(gaps.astype(int)))
    places = (distinct - distinct[0]) / step if len(distinct) else distinct
    if (np.abs(places - np.round(places)) > 1e-6).any():
        raise ValueError(
            f"Column `{name}` is not evenly spaced: its smallest distance does not divide the others. "
            "Aggregate to even periods, or number them 0, 1, 2, …"
        )
    positions = np.round(places).astype(int)
    return Clock(
        name=name, kind=kind, origin=float(distinct[0]) if len(distinct) else 0.0, step=step,
        labels=tuple(periods.iloc[first]), positions=positions,
        rows=positions[np.searchsorted(distinct, values)] if len(distinct) else np.zeros(0, dtype=int),
    )  # fmt: skip


def windows(shocks: Sequence[Any], time: Clock) -> list[tuple[str, int, int | None]]:
    """Return (name, first position, last position or None) of each known shock."""
    if isinstance(shocks, str) or not isinstance(shocks, (Sequence, np.ndarray, pd.Index)):
        raise TypeError(
            "`shocks` must be a sequence of periods or of (first, last). Put a single one in a list."
        )
    found = []
    for shock in shocks:
        pair = isinstance(shock, (tuple, list))
        if pair and len(shock) != 2:
            raise ValueError(f"A shock names {len(shock)} periods. Give one, or (first, last).")
        first = time.at(shock[0] if pair else shock, "shocks")
        last = time.at(shock[1], "shocks") if pair else None
        if last is not None and last < first:
            raise ValueError("A shock ends before it begins. Give (first, last).")
        name = "_".join(_text(v) for v in (shock if pair else (shock,)))
        found.append((f"shock_{name}", first, last))
    return found


def _text(value: Any) -> str:
    text = str(value)
    return text.removesuffix(" 00:00:00")


def _calendar(dates: pd.DatetimeIndex) -> bool:
    """Whether dates are months, quarters or years: always the same day, or always the last."""
    day = dates.dropna().unique()
    if len(day) < 2 or (np.diff(np.sort(day.as_unit("ns").asi8)) < 27.5 * 86400e9).any():
        return False
    return len(set(day.day)) == 1 or bool(day.is_month_end.all())


def _numbers(values: pd.Series, kind: str, what: str, column: str) -> np.ndarray:
    if kind == "number":
        if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
            raise TypeError(f"`{what}` is no number, but column `{column}` holds numbers. Give a number.")
        return cast(np.ndarray, values.to_numpy(dtype=float))
    if pd.api.types.is_numeric_dtype(values):
        raise TypeError(f"`{what}` is a number, but column `{column}` holds dates. Give a date.")
    if isinstance(values.dtype, pd.PeriodDtype):
        values = values.dt.to_timestamp()
    try:
        stamps = pd.DatetimeIndex(pd.to_datetime(values))
    except (ValueError, TypeError) as error:
        raise TypeError(
            f"`{what}` cannot be read as a date, as column `{column}` holds. Give a date."
        ) from error
    if kind == "months":
        return cast(np.ndarray, (stamps.year * 12 + stamps.month).to_numpy(dtype=float))
    # wall-clock days: a change to summer time is no change of period
    return cast(np.ndarray, stamps.tz_localize(None).as_unit("ns").asi8.astype(float))
