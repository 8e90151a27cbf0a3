"""Hidden rows: their codes, how a row is emptied, and which cell must go with another."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from numbers import Number
from typing import Any

import numpy as np
import pandas as pd

from tne.result import ESTIMATE_COLUMNS

# Codes that stand in ``note``; every catalogue has a phrase for each under ``note.``.
FEW_PEOPLE = "few_people"
PEOPLE_UNKNOWN = "people_unknown"
FEW_DEGREES = "few_degrees_of_freedom"
COMPLEMENT = "protects_another"
FEW_RATINGS = "few_ratings"
HIDDEN: frozenset[str] = frozenset({FEW_PEOPLE, PEOPLE_UNKNOWN, FEW_DEGREES, COMPLEMENT, FEW_RATINGS})

# Numbers that place a row (where, when) or are a setting; they say nothing about anybody.
PLACES: frozenset[str] = frozenset(
    {
        "event_time",
        "cohort",
        "period",
        "week",
        "date",
        "year",
        "position",
        "order",
        "conf_level",
        "minimum_effect",
    }
)
_TEXT = frozenset({"term", "unit", "estimand", "comparison", "method", "note"})
_ALWAYS = frozenset(ESTIMATE_COLUMNS) - _TEXT - PLACES


def hide_row(row: Mapping[str, Any], code: str, places: Iterable[str] = ()) -> dict[str, Any]:
    """Return a copy of a row with NaN in every number and flag, and `code` as its note.

    Parameters
    ----------
    row : mapping
        Keys, numbers, texts. Texts and the columns in `PLACES` and `places` stay.
    code : str
        Why it is hidden.
    """
    keep = PLACES | set(places)
    out = {
        name: math.nan if name not in keep and _tells(name, value) else value for name, value in row.items()
    }
    return {**out, "note": code}


def _tells(name: str, value: Any) -> bool:
    # a flag such as "significant" is a number in disguise; Number includes Decimal and numpy's scalars
    return name in _ALWAYS or isinstance(value, (Number, np.bool_))


def suppress_one_more(
    frame: pd.DataFrame, by: Sequence[str], *, total: str | None = "all", places: Iterable[str] = ()
) -> pd.DataFrame:
    """Hide the next smallest cell wherever exactly one is hidden, so that no total gives it away.

    Parameters
    ----------
    frame : DataFrame
        Gated estimate rows: a one-way or two-way breakdown, one row per cell.
    by : sequence of str
        One or two key columns.
    total : str, optional
        Key value that marks a total (a margin). A total that is not in the frame counts as published elsewhere.

    Returns
    -------
    DataFrame
        No row or column of the breakdown, with its total, has exactly one hidden cell, except one that consists
        of a single part without its total in the frame: do not publish that total elsewhere.

    Notes
    -----
    Parts are hidden before totals, small ones first. This closes the sum of each row and column; whether several
    tables together give a cell away is not its question.
    """
    keys = list(by)
    if len(keys) not in (1, 2):
        raise ValueError(f"`by` names {len(keys)} columns. Give the one or two columns of the breakdown.")
    missing = [key for key in [*keys, "note"] if key not in frame.columns]
    if missing:
        raise KeyError(f"The frame lacks {', '.join(missing)}. Gate it with `publishable_frame` first.")
    if frame.duplicated(keys).any():
        raise ValueError("The breakdown has a cell twice. Give one row per cell.")
    before = frame["note"].isin(HIDDEN).to_numpy()
    after = _closed(frame, keys, before.copy(), total)
    rows = [
        hide_row(row, COMPLEMENT, places) if hide else row
        for row, hide in zip(frame.to_dict("records"), after & ~before, strict=True)
    ]
    return pd.DataFrame(rows, columns=frame.columns, index=frame.index)


def _closed(frame: pd.DataFrame, keys: list[str], hidden: np.ndarray, total: str | None) -> np.ndarray:
    margin = np.column_stack([(frame[key] == total).to_numpy(dtype=bool) for key in keys])
    size = np.full(len(frame), np.inf)
    if "n_people" in frame.columns:
        size = pd.to_numeric(frame["n_people"], errors="coerce").fillna(np.inf).to_numpy(dtype=float)
    lines = _lines(frame, keys)
    grows = True
    while grows:
        grows = False
        for line, along in lines:
            shown = line[~hidden[line]]
            if len(line) - len(shown) == 1 and len(shown):
                hidden[shown[np.lexsort((shown, size[shown], margin[shown, along]))[0]]] = True
                grows = True
    return hidden


def _lines(frame: pd.DataFrame, keys: list[str]) -> list[tuple[np.ndarray, int]]:
    """Return each sum of the breakdown: the positions of its parts and total, and the key that runs along it."""
    if len(keys) == 1:
        return [(np.arange(len(frame)), 0)]
    plain = frame.reset_index(drop=True)
    return [
        (np.sort(where), along)
        for along, fixed in ((1, keys[0]), (0, keys[1]))
        for where in plain.groupby(fixed, sort=True, dropna=False).indices.values()
    ]
