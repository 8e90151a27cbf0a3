"""One programme as a mapping, with its policy areas as a list."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from tne.tables.engine import Engine, quoted


def programme_row(engine: Engine, programme: str) -> dict[str, Any]:
    """Return the row of `programmes`; null becomes None, `target_policy_areas` a tuple.

    Raises
    ------
    KeyError
        If there is no such programme.
    """
    key = ("programme", programme)
    if key in engine.made:
        return dict(engine.made[key])
    frame = engine.frame(f"SELECT * FROM programmes WHERE programme_id = {quoted([programme])}")
    if frame.empty:
        known = engine.values("SELECT programme_id FROM programmes ORDER BY 1")
        listed = ", ".join(row[0] for row in known[:12]) or "none: the table `programmes` is missing or empty"
        raise KeyError(f"There is no programme {programme!r}. The workspace has {listed}.")
    row = {str(name): (None if pd.isna(value) else value) for name, value in frame.iloc[0].items()}
    engine.made[key] = row | {"target_policy_areas": areas_of(row)}
    return dict(engine.made[key])


def areas_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the target policy areas of a programme or plan: a tuple, empty for all areas."""
    value = row.get("target_policy_areas")
    parts = re.split(r"[;|,]", value) if isinstance(value, str) else list(value or ())
    return tuple(sorted({str(part).strip() for part in parts if str(part).strip()}))
