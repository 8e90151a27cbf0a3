"""When was something observed first and last, of what was known by a day?"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd

from tne.tables.declared import TABLES
from tne.tables.engine import Engine
from tne.tables.small import stored
from tne.tables.views import DATED, latest_sql, span_sql, view_sql

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
    """
    last = _seen(engine, until)["observed"]
    return pd.NaT if pd.isna(last) else pd.Timestamp(last).tz_localize("UTC")


def span_by(engine: Engine, until: dt.date) -> pd.DataFrame:
    """Return the row of `span_sql` if all markets were opened until a day."""
    return pd.DataFrame([_seen(engine, until)])[["first_seen", "last_seen"]]


def _seen(engine: Engine, until: dt.date) -> dict[str, Any]:
    """Both in one query of the session that is open, once a day: opening another takes ten times as long."""
    key = ("seen by", until)
    if key not in engine.made:
        asked = [name for name, table in TABLES.items() if table.observed or name in NEEDED]
        asked += [name for name in dict.fromkeys(table for table, _ in DATED) if name not in asked]
        types = {name: engine.session.columns(name) for name in asked if name in engine.present}
        copies = {f"stored_{name}": stored(engine, name) for name in types}
        shown = [f"{name} AS (SELECT * FROM {copy})" for name, copy in copies.items() if name != copy]
        shown += [f"{name} AS ({view_sql(TABLES[name], types, until)})" for name in asked]
        both = (
            f"SELECT o.last_seen AS observed, d.* FROM ({latest_sql()}) AS o CROSS JOIN ({span_sql()}) AS d"
        )
        engine.made[key] = engine.frame(f"WITH {', '.join(shown)} {both}").iloc[0].to_dict()
    return dict(engine.made[key])
