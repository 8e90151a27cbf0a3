"""How many people stand behind a number?"""

from __future__ import annotations

import pandas as pd


def headcount(frame: pd.DataFrame) -> int:
    """Return the distinct people in `frame`: by ``moderator_id`` where it has one, else a row is a person."""
    return int(frame["moderator_id"].nunique()) if "moderator_id" in frame else len(frame)


def headcount_by(frame: pd.DataFrame, column: str) -> dict[object, int]:
    """Return the distinct people in each group of `column`."""
    plain = frame.reset_index(drop=True)  # an index may bear the column's name
    grouped = plain.groupby(column, observed=True)
    counts = grouped["moderator_id"].nunique() if "moderator_id" in frame else grouped.size()
    return {group: int(count) for group, count in counts.items()}
