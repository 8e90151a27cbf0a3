"""What was known by a day? Asked of a session that is open with all that is known now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import duckdb
import pandas as pd

from tne.tables.arrow import to_frame
from tne.tables.declared import TABLES
from tne.tables.engine import Engine, only, quoted, statement
from tne.tables.latest import frame_then
from tne.tables.panel import base, calendar_days, from_facts, panel
from tne.tables.views import DATED, span_sql, view_sql

_PLACE = "earlier"  # schema of what was known then
# What a panel reads besides the audits
_READ = ("moderators", "sessions", "attendance", "enrolments", "production", "policies")
_AUDITS = (
    "market, moderator_id, queue, policy_area, policy_version, error_type, decided_at, audited_at, correct, weight, "
    "period"
)


def can_look_back(engine: Engine) -> bool:
    """Return whether the others can be asked: all markets, cut to no day, from files, the audits kept in memory."""
    if not engine.files or engine.market is not None or engine.until is not None:
        return False
    base(engine)
    return "kept" in engine.made


def earlier_rows(engine: Engine, name: str, market: str, until: dt.date) -> pd.DataFrame:
    """Return what ``tne.open(until=…).table(name, market)`` would, of a table by market.

    Parameters
    ----------
    engine : Engine
        See `can_look_back`.
    name, market : str
    until : date
    """
    types = {one: engine.session.columns(one) for one in ("sessions", name) if one in engine.present}
    rows = f"SELECT * FROM ({view_sql(TABLES[name], types, until)}) AS t WHERE market = {quoted([market])}"
    return to_frame(name, engine.arrow(rows))


def earlier_panel(engine: Engine, programme: str, market: str | None, until: dt.date) -> pd.DataFrame:
    """Return what ``tne.open(until=…).panel(programme, market)`` would, of a market that shares nobody with another.

    Parameters
    ----------
    engine : Engine
        See `can_look_back`.
    programme : str
    market : str or None
    until : date

    Notes
    -----
    Half the work of opening it: the session's files have been checked and its audits have their weeks, so what came
    later is left out.
    """
    base(engine)
    midnight = f"TIMESTAMP '{until + dt.timedelta(days=1)} 00:00:00'"
    then = Engine(engine.session, engine.present, until, market)
    types = {name: engine.session.columns(name) for name in _READ if name in engine.present}
    days = _calendar_days(engine, until)
    with _beside(engine.session.connection):  # type: ignore[attr-defined]
        for name in types:
            then.session.show(
                f"stored_{name}", f"SELECT * FROM main.stored_{name}{only(name, market, types)}"
            )
        for name in _READ:
            then.show(name, view_sql(TABLES[name], types, until))
        then.show("programmes", "SELECT * FROM main.programmes")
        then.show(
            "calendar", f"SELECT * FROM main.calendar WHERE day BETWEEN DATE '{days[0]}' AND DATE '{days[1]}'"
        )
        for name in TABLES.keys() - {*_READ, "programmes"}:  # else those of today would be seen
            then.show(name, f"SELECT ERROR('{name} as it was known then is not shown')")
        here = "TRUE" if market is None else f"market = {quoted([market])}"
        by_then = f"(audited_at IS NULL OR audited_at < {midnight})"
        for name in ("facts", "judged", "dated"):
            then.show(name, f"SELECT {_AUDITS} FROM main.facts WHERE {here} AND {by_then}")
        from_facts(then)
        return panel(then, programme)


def _calendar_days(engine: Engine, until: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day of the calendar of then, asked once a day."""
    key = ("calendar days", until)
    if key not in engine.made:
        span = frame_then(engine, until, dict.fromkeys(table for table, _ in DATED), span_sql())
        engine.made[key] = tuple(day.date() for day in calendar_days(span))
    return cast(tuple[dt.date, dt.date], engine.made[key])


@contextmanager
def _beside(connection: Any) -> Iterator[None]:
    """Work in a schema of its own, which is gone afterwards."""
    _surely(connection, f"DROP SCHEMA IF EXISTS {_PLACE} CASCADE")
    connection.execute(f"CREATE SCHEMA {_PLACE}")
    try:
        connection.execute(f"SET search_path = '{_PLACE}'")
        connection.execute(statement("macros"))
        yield
    finally:
        _surely(connection, "RESET search_path")
        _surely(connection, f"DROP SCHEMA {_PLACE} CASCADE")


def _surely(connection: Any, sql: str) -> None:
    """Run a statement even where somebody breaks off what runs."""
    stopped: BaseException | None = None
    while True:
        try:
            connection.execute(sql)
            break
        except (duckdb.InterruptException, KeyboardInterrupt) as error:
            stopped = error
    if isinstance(stopped, KeyboardInterrupt):
        raise stopped
