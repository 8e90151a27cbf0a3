"""When was something observed last, of what was known by a day?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import pandas as pd

from tne.tables.declared import TABLES
from tne.tables.engine import Engine
from tne.tables.views import latest_sql, view_sql

NEEDED = (
    "enrolments",
    "appeals",
    "sessions",
)  # besides tables of what is observed: ends, and when a session began


def latest_by(engine: Engine, until: dt.date) -> pd.Timestamp:
    """Return what `Workspace.as_of` would be if all markets were opened until a day; NaT without data.

    Parameters
    ----------
    engine : Engine
        Of all markets, cut to no day or a later one.
    until : date

    Notes
    -----
    Asked at the session that is open, in one query: opening another takes ten times as long.
    """
    asked = [name for name, table in TABLES.items() if table.observed or name in NEEDED]
    last = frame_then(engine, until, asked, latest_sql()).iloc[0]["last_seen"]
    return pd.NaT if pd.isna(last) else pd.Timestamp(last).tz_localize("UTC")


def frame_then(engine: Engine, until: dt.date, tables: Iterable[str], sql: str) -> pd.DataFrame:
    """Return the rows of a query that reads these tables as they were known by the end of a day."""
    asked = list(tables)
    types = {name: engine.session.columns(name) for name in {*asked, "sessions"} if name in engine.present}
    shown = [f"{name} AS ({view_sql(TABLES[name], types, until)})" for name in asked]
    return engine.frame(f"WITH {', '.join(shown)} {sql}")
