"""Each table as SQL sees it: all columns of its contract, cut to what was known by a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from tne.tables.declared import TABLES
from tne.tables.periods import last_day
from tne.tables.schema import Column, Table

SQL_TYPES: dict[str, str] = {
    "text": "VARCHAR",
    "number": "DOUBLE",
    "count": "BIGINT",
    "flag": "BOOLEAN",
    "instant": "TIMESTAMP",
    "day": "DATE",
}
_STORED: dict[str, tuple[str, ...]] = {
    "text": ("VARCHAR",),
    "number": ("DOUBLE", "FLOAT", "DECIMAL", "BIGINT", "INTEGER", "SMALLINT", "TINYINT"),
    "count": ("BIGINT", "INTEGER", "SMALLINT", "TINYINT", "UBIGINT", "UINTEGER", "USMALLINT", "UTINYINT"),
    "flag": ("BOOLEAN",),
    "instant": ("TIMESTAMP WITH TIME ZONE",),
    "day": ("DATE",),
}
# When an enrolment turned out as it did: at completion, else when its session began.
_SESSION_START = "(SELECT MIN(s.starts_at) FROM stored_sessions AS s WHERE s.session_id = t.session_id)"


# What needs a place in the calendar
DATED = (
    ("audits", "decided_at"),
    ("appeals", "decided_at"),
    ("sessions", "starts_at"),
    ("attendance", "joined_at"),
    ("enrolments", "completed_at"),
    ("enrolments", "assigned_on"),
    ("production", "date"),
)


def day_of(until: dt.date | str | None) -> dt.date | None:
    """Return `until`, a day or a period, as its last day; None and "" are no limit."""
    return None if until is None or until == "" else last_day(until)


def view_sql(table: Table, stored: Mapping[str, Mapping[str, str]], until: dt.date | None) -> str:
    """Return the SELECT that shows a stored table.

    Parameters
    ----------
    table : Table
    stored : mapping
        SQL types of the columns of each ``stored_<table>``; a table that is absent has an empty view.
    until : date or None
        Day by whose end (UTC) a row must have been known. Rows without that time are kept: nothing dates them.
    """
    if table.name not in stored:
        return f"SELECT {', '.join(_null(c) for c in table.columns)} WHERE FALSE"
    types = stored[table.name]
    shown = [_shown(column, types, until, _since(table, column, stored)) for column in table.columns]
    where = ""
    if until is not None and table.known in types:
        known = f"t.{table.known}"
        where = f" WHERE {known} IS NULL OR {_by(known, table.column(table.known).kind, until)}"
    return f"SELECT {', '.join(shown)} FROM stored_{table.name} AS t{where}"


def wrong_types(table: Table, types: Mapping[str, str]) -> dict[str, str]:
    """Return the stored columns whose SQL type the contract does not allow."""
    stored = {c.name: types[c.name].split("(")[0] for c in table.columns if c.name in types}
    return {n: types[n] for n, kind in stored.items() if kind not in _STORED[table.column(n).kind]}


def _since(table: Table, column: Column, stored: Mapping[str, Mapping[str, str]]) -> tuple[str, str]:
    """Expression and kind of the time that reveals a column's value; empty where it was always there."""
    known = [f"t.{column.since}"] if column.since in stored[table.name] else []
    if (table.name, column.name) == ("enrolments", "status") and "session_id" in stored["enrolments"]:
        known += [_SESSION_START] if "sessions" in stored else []
    return (f"COALESCE({', '.join(known)})", table.column(column.since).kind) if known else ("", "")


def _shown(column: Column, types: Mapping[str, str], until: dt.date | None, since: tuple[str, str]) -> str:
    if column.name not in types:
        return _null(column)
    value = f"CAST(t.{column.name} AS {SQL_TYPES[column.kind]})"
    if column.kind == "instant":
        value = f"AS_UTC(t.{column.name})"
    expression, kind = since
    if until is not None and expression:
        then = "NULL" if column.before is None else f"'{column.before}'"
        value = f"CASE WHEN NOT ({_by(expression, kind, until)}) THEN {then} ELSE {value} END"
    return f"{value} AS {column.name}"


def _by(expression: str, kind: str, until: dt.date) -> str:
    """Condition that a time lies on or before a day; null where the time is unknown."""
    if kind == "day":
        return f"{expression} <= DATE '{until}'"
    return f"AS_UTC({expression}) < TIMESTAMP '{until + dt.timedelta(days=1)} 00:00:00'"


def _null(column: Column) -> str:
    return f"CAST(NULL AS {SQL_TYPES[column.kind]}) AS {column.name}"


def latest_sql() -> str:
    """Return the query for the first and last instant at which anything was observed."""
    dated = [t for t in TABLES.values() if t.observed]
    parts = [f"SELECT CAST({t.known} AS TIMESTAMP) AS moment FROM {t.name}" for t in dated]
    parts += ["SELECT completed_at AS moment FROM enrolments", "SELECT resolved_at AS moment FROM appeals"]
    return (
        f"SELECT MIN(moment) AS first_seen, MAX(moment) AS last_seen FROM ({' UNION ALL '.join(parts)}) AS x"
    )


def span_sql() -> str:
    """Return the query for the first and last moment that needs a place in the calendar."""
    parts = [f"SELECT CAST({column} AS TIMESTAMP) AS moment FROM {table}" for table, column in DATED]
    return (
        f"SELECT MIN(moment) AS first_seen, MAX(moment) AS last_seen FROM ({' UNION ALL '.join(parts)}) AS x"
    )
