"""Which rows would a report hide? At the desk they are shown, and marked."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from tne.report.disclosure import (
    ABOVE_EDGE,
    BELOW_EDGE,
    COMPLEMENT,
    FEW_DEGREES,
    FEW_PEOPLE,
    publishable_frame,
)

SHARING = "sharing"
_PREFIX = "not for sharing: "


def marked(frame: pd.DataFrame, key: str, *, min_n: int, overlapping: bool = False) -> pd.DataFrame:
    """Return the rows of a breakdown with a column that says which a report would hide, and why.

    Parameters
    ----------
    frame : DataFrame
        One row per group: `key`, estimate columns.
    key : str
        Column of the groups.
    min_n : int
        Fewest people of a published number.
    overlapping : bool
        Whether one person can stand in several groups, so that no total is their sum.

    Returns
    -------
    DataFrame
        The same rows, unrounded, and ``sharing``: "" where a report may show the row (rounded).
    """
    if frame.empty:
        return frame.assign(**{SHARING: pd.Series(dtype=object)})
    # a row without a number has nothing to hide, and nothing that others could give away
    known = frame.loc[frame["estimate"].notna()]
    by = () if overlapping or len(known) < 2 else (key,)
    notes = publishable_frame(known.assign(**{key: known[key].astype(str)}), min_n=min_n, by=by)["note"]
    told = [_reason(note, row, min_n) for note, row in zip(notes, known.to_dict("records"), strict=True)]
    return frame.assign(
        **{SHARING: pd.Series(told, index=known.index, dtype=object).reindex(frame.index, fill_value="")}
    )


def mark_of(row: dict[str, Any], *, min_n: int) -> str:
    """Return why one number is not for sharing, "" where a report may show it."""
    frame = pd.DataFrame([{"group": "all", **row}])
    return str(marked(frame, "group", min_n=min_n)[SHARING].iloc[0])


def _reason(note: object, row: dict[str, Any], min_n: int) -> str:
    people = row.get("n_people", math.nan)
    if note == FEW_PEOPLE:
        return f"{_PREFIX}n < {min_n}"
    if note == COMPLEMENT:
        return f"{_PREFIX}gives a hidden row away"
    if note == FEW_DEGREES:
        return f"{_PREFIX}too few people for the model"
    if note in (BELOW_EDGE, ABOVE_EDGE):
        return f"{_PREFIX}a report says only {'< 5 %' if note == BELOW_EDGE else '> 95 %'}"
    return f"{_PREFIX}nobody counted the people" if pd.isna(people) else ""
