"""Which weeks are there, in order, and can their values be what they are said to be?"""

from __future__ import annotations

import math
from typing import cast

import numpy as np
import pandas as pd

from tne.checks import rows


def whole_weeks(frame: pd.DataFrame, period: str) -> pd.DataFrame:
    """Rows in order, with a row for each week that is missing between the first and the last."""
    column = frame[period]
    try:
        frame = frame.sort_values(period, kind="stable").reset_index(drop=True)
    except TypeError as error:
        raise TypeError(
            f"Column `{period}` mixes kinds of values that have no order. Convert it first."
        ) from error
    if len(frame) < 2:
        return frame
    if pd.api.types.is_datetime64_any_dtype(column):
        steps = frame[period].diff().dropna() / pd.Timedelta(7, "D")
        if not np.allclose(steps, steps.round(), atol=1 / 24):
            return frame
        whole = pd.Index(pd.date_range(frame[period].iloc[0], frame[period].iloc[-1], freq="7D"))
    elif pd.api.types.is_integer_dtype(column) or _whole_numbers(column):
        whole = pd.RangeIndex(int(frame[period].iloc[0]), int(frame[period].iloc[-1]) + 1)
    else:
        return frame
    if len(whole) == len(frame):
        return frame
    return frame.set_index(period).reindex(whole).rename_axis(period).reset_index()


def require_options(window: int | None, least: int, false_alarm: float, sigmas: float | None) -> None:
    """Raise on options that judge nothing."""
    if least < 3:
        raise ValueError(f"`least` is {least}. Three weeks are the fewest that show how weeks vary.")
    if window is not None and window < least:
        raise ValueError(
            f"`window` is {window}, below `least` {least}. Give a longer one, or None for all weeks."
        )
    if not 0 < false_alarm < 1:
        raise ValueError(
            f"`false_alarm` is {false_alarm}. Give a chance between 0 and 1, for example 0.0027."
        )
    if sigmas is not None and not 0 < sigmas < math.inf:
        raise ValueError(f"`sigmas` is {sigmas}. Give a positive number, usually 3, or None.")


def require_values(kind: str, x: np.ndarray, of: np.ndarray, value: str, total: str | None) -> None:
    """Raise on values that a share or a rate cannot have."""
    bad = of < 0
    if bad.any():
        raise ValueError(f"Column `{total}` is negative in {rows(bad)} by period. Correct the totals.")
    if kind == "level":
        return
    bad = (x < 0) | ((x > 1) if kind == "share" else False)
    if bad.any():
        where = "outside 0 to 1" if kind == "share" else "negative"
        raise ValueError(f"Column `{value}` is {where} in {rows(bad)} by period. Correct the values.")


def few_people(frame: pd.DataFrame, n_people: str | None, fewest: int) -> np.ndarray:
    """Say whether a week has too few people to be used; an unknown number is too few."""
    if fewest <= 0:
        return np.zeros(len(frame), dtype=bool)
    if n_people is None:
        raise ValueError(
            "`fewest_people` needs the people behind each week. Name their column with `n_people`."
        )
    return cast(np.ndarray, ~(frame[n_people].to_numpy(dtype=float, na_value=np.nan) >= fewest))


def notes(seen: np.ndarray, open_: np.ndarray, small: np.ndarray, found: dict[str, np.ndarray]) -> list[str]:
    """Return why each week is not judged, "" where it is."""
    said = []
    for week, known in enumerate(seen):
        if not known:
            said.append("nothing was counted in this week")
        elif open_[week]:
            said.append("provisional: not judged")
        elif small[week]:
            said.append("too few people: not judged")
        elif found["few"][week]:
            said.append("too few to judge")
        elif math.isnan(found["upper"][week]):
            said.append("too few weeks before, or none that vary: not judged")
        else:
            said.append("")
    return said


def _whole_numbers(column: pd.Series) -> bool:
    return pd.api.types.is_float_dtype(column) and bool((column % 1 == 0).all())
