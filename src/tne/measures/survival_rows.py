"""Who was observed for how long, and what ended it?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from tne.checks import require_columns, require_numeric, rows
from tne.measures.headcount import headcount
from tne.measures.ols import missing_check
from tne.measures.repeated import repeated_people
from tne.result import Check

PROFICIENT, LEFT, CENSORED = "proficient", "left", "censored"
STILL_RUNNING = (CENSORED, "censor", "none", "", "0", "0.0", "false", "no", "alive")
HAPPENED = (PROFICIENT, "1", "1.0", "true", "yes", "event", "dead", "died", "death")
SAME_TIME = 1.5e-8  # relative difference below which two times are one: division leaves such crumbs


@dataclass(frozen=True, eq=False)
class Observed:
    """The usable rows as arrays of one length.

    Parameters
    ----------
    frame : DataFrame
        The rows themselves, index 0, 1, ...
    time : ndarray of float
        Time until the event or the end of observation; times that differ by rounding alone are made equal.
    entry : ndarray of float
        Time from which a row is watched; −inf without delayed entry.
    weight : ndarray of float
        How many people a row stands for.
    total : int
        Rows given, the incomplete ones included.
    """

    frame: pd.DataFrame
    time: np.ndarray
    entry: np.ndarray
    weight: np.ndarray
    total: int

    def checks(self) -> tuple[Check, ...]:
        """Say which rows were left out, and whether people stand in several."""
        people = headcount(self.frame)
        return (missing_check(self.total, len(self.frame)), *repeated_people(len(self.frame), people))


def carried_checks(people: pd.DataFrame) -> tuple[Check, ...]:
    """Return the caveats that `proficiency` attached to its frame, which travel with it as plain text."""
    return tuple(Check(*parts) for parts in people.attrs.get("checks", ()))


def observed(
    people: pd.DataFrame,
    duration: str,
    event: str,
    others: Sequence[str | None] = (),
    *,
    entry: str | None = None,
    weights: str | None = None,
) -> Observed:
    """Keep the complete rows and turn their times into numbers.

    Raises
    ------
    ValueError
        If a time or weight is negative, or a row ends no later than it is first watched.
    """
    columns = [c for c in (duration, event, *others, entry, weights) if c is not None]
    require_columns(people, columns, "people")
    require_numeric(people, [c for c in (duration, entry, weights) if c is not None], "people")
    kept = people.loc[people[columns].notna().all(axis=1)].reset_index(drop=True)
    time = kept[duration].to_numpy(dtype=float)
    if (time < 0).any():
        raise ValueError(
            f"Column `{duration}` of `people` is negative in {rows(time < 0)} of the complete ones. "
            "A duration counts from the start: correct the dates or drop the rows."
        )
    start = np.full(len(kept), -math.inf)
    if entry is not None:
        start = kept[entry].to_numpy(dtype=float).copy()
    joint = one_time(np.concatenate([time, start[np.isfinite(start)]]))
    time = joint[: len(time)]
    start[np.isfinite(start)] = joint[len(time) :]
    late = start >= time
    if late.any():
        raise ValueError(
            f"Column `{entry}` is not before `{duration}` in {rows(late)} of the complete ones. "
            "A row must end after it is first watched: drop those rows."
        )
    weight = np.ones(len(kept)) if weights is None else kept[weights].to_numpy(dtype=float)
    if (weight < 0).any():
        raise ValueError(f"Column `{weights}` is negative in {rows(weight < 0)}. Weights count people.")
    some = weight > 0
    return Observed(kept.loc[some].reset_index(drop=True), time[some], start[some], weight[some], len(people))


def one_time(times: np.ndarray) -> np.ndarray:
    """Return `times` with those that differ by rounding alone set equal."""
    if not len(times):
        return times
    values, where = np.unique(times, return_inverse=True)
    apart = np.diff(values) > SAME_TIME * max(1.0, float(np.abs(values).mean()))
    first = np.concatenate([[0], np.flatnonzero(apart) + 1])
    return cast(np.ndarray, values[first][np.concatenate([[0], np.cumsum(apart)])[where]])


def occurred(column: pd.Series, of_interest: object = None) -> np.ndarray:
    """Return which rows had the event: true, 1, "proficient", or the value `of_interest`.

    Text is read without regard to case. Where its only value besides those that mean "not yet" (`STILL_RUNNING`, and
    "left") is another one, as "dead" beside "alive", that one is the event.

    Raises
    ------
    ValueError
        If the values leave open which one is the event.
    """
    column = column.infer_objects()
    if of_interest is not None:
        if len(column) and of_interest not in set(column):
            some = ", ".join(sorted(map(str, set(column)))[:8])
            raise ValueError(f"Column `{column.name}` never is {of_interest!r}. It has {some}.")
        return cast(np.ndarray, (column == of_interest).to_numpy(dtype=bool))
    if _is_number(column):
        values = column.to_numpy(dtype=float)
        if np.isin(values, (0.0, 1.0)).all():
            return cast(np.ndarray, values == 1)
    else:
        text = column.astype(str).str.strip().str.lower()
        told, known = set(text), {LEFT, *STILL_RUNNING}
        others = told - known
        if len(others) == 0 or (len(others) == 1 and (told & known or others <= set(HAPPENED))):
            return cast(np.ndarray, text.isin(others).to_numpy(dtype=bool))
    some = ", ".join(sorted(map(str, set(column)))[:8])
    raise ValueError(
        f"Column `{column.name}` has the values {some}: which of them is the event? "
        "Code it 1, the others 0, or name it with `of_interest`."
    )


def gone(column: pd.Series) -> np.ndarray:
    """Return which rows ended by leaving, where the column tells."""
    return cast(np.ndarray, column.astype(str).str.strip().str.lower().eq(LEFT).to_numpy(dtype=bool))


def causes(column: pd.Series, censored: object = None) -> tuple[np.ndarray, list[object]]:
    """Return codes (0 = still running, 1, 2, ... = ended by a cause) and the causes' names.

    None for `censored`: false, 0, or a word of `STILL_RUNNING`, such as "censored".

    Raises
    ------
    ValueError
        If a value of `censored` is named that does not occur.
    """
    column = column.infer_objects()
    if censored is not None:
        running = (column == censored).to_numpy(dtype=bool)
        if len(column) and not running.any():
            raise ValueError(f"Column `{column.name}` never is {censored!r}. Correct `censored`.")
    elif _is_number(column):
        running = column.to_numpy(dtype=float) == 0
    else:
        running = column.astype(str).str.strip().str.lower().isin(STILL_RUNNING).to_numpy(dtype=bool)
    ended = column[~running]
    names = (
        [c for c in column.cat.categories if (ended == c).any()]
        if isinstance(column.dtype, pd.CategoricalDtype)
        else in_order(ended)
    )
    code = np.zeros(len(column), dtype=int)
    for i, name in enumerate(names):
        code[(column == name).to_numpy(dtype=bool) & ~running] = i + 1
    return code, [name.item() if isinstance(name, np.generic) else name for name in names]


def in_order(column: pd.Series) -> list[object]:
    """Return the values that occur, in the order of the categories, of the values, or else of their text."""
    values = list(pd.unique(column.dropna()))
    if isinstance(column.dtype, pd.CategoricalDtype):
        return [c for c in column.cat.categories if c in set(values)]
    try:
        return sorted(values)
    except TypeError:
        return sorted(values, key=str)


def require_one_column(name: object, argument: str) -> None:
    """Refuse a list of columns where groups are made by one."""
    if isinstance(name, (list, tuple, set, pd.Index, np.ndarray)):
        raise TypeError(
            f"`{argument}` takes the name of one column, not a {type(name).__name__}. Join several into one first."
        )


def _is_number(column: pd.Series) -> bool:
    return cast(bool, pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column))
