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
from tne.tables.engine import Engine, quoted, statement
from tne.tables.latest import span_by
from tne.tables.panel import base, calendar_days, from_facts, panel_once
from tne.tables.programmes import programme_row
from tne.tables.small import stored
from tne.tables.views import view_sql

_THEN = "earlier"  # schema of what was known then; it stays until another day is asked for
_SEEN = "earlier_seen"  # schema of what one look makes of it
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
    """Return what ``tne.open(until=…).panel(programme, market)`` would.

    Parameters
    ----------
    engine : Engine
        See `can_look_back`.
    programme : str
    market : str or None
    until : date

    Notes
    -----
    A third of the work of opening it: the session's files have been checked and its audits have their weeks, so what
    came later is left out. What all panels of a day have in common is made once.
    """
    made = {"base": True, ("programme", programme): programme_row(engine, programme)}
    _common(engine, until)
    look = Engine(engine.session, engine.present, until, made=made)
    connection = _connection(engine)
    _anew(connection, _SEEN)
    try:
        with _within(connection, _SEEN, _THEN):
            for name in ("judged", "dated", "production_weeks") if market else ():
                look.show(name, f"SELECT * FROM {_THEN}.{name} WHERE market = {quoted([str(market)])}")
            return panel_once(look, programme)
    finally:
        _surely(connection, f"DROP SCHEMA {_SEEN} CASCADE")


def _common(engine: Engine, until: dt.date) -> None:
    """Make what every panel of a day stands on, in a schema of its own, as far as it is not there."""
    base(engine)
    connection = _connection(engine)
    day, then = engine.made.get(_THEN, (None, None))
    if day != until:
        engine.made.pop(_THEN, None)
        days = calendar_days(span_by(engine, until))
        then = Engine(engine.session, engine.present, until)
        _anew(connection, _THEN)
        with _within(connection, _THEN):
            connection.execute(statement("macros"))
            _show(engine, then, *days)
        engine.made[_THEN] = (until, then)
    if "base" not in then.made:
        with _within(connection, _THEN):
            from_facts(then)


def _show(engine: Engine, then: Engine, first: pd.Timestamp, last: pd.Timestamp) -> None:
    """Show the tables as they were known, and the audits that the session keeps."""
    until = cast(dt.date, then.until)
    types = {name: engine.session.columns(name) for name in _READ if name in engine.present}
    for name in types:
        then.session.show(f"stored_{name}", f"SELECT * FROM main.{stored(engine, name)}")
    for name in _READ:
        then.show(name, view_sql(TABLES[name], types, until))
    between = f"BETWEEN DATE '{first.date()}' AND DATE '{last.date()}'"
    then.show("calendar", f"SELECT * FROM main.calendar WHERE day {between}")
    for name in TABLES.keys() - {*_READ}:  # else those of today would be seen
        then.show(name, f"SELECT ERROR('{name} as it was known then is not shown')")
    midnight = f"TIMESTAMP '{until + dt.timedelta(days=1)} 00:00:00'"
    for name in ("judged", "dated"):
        known = f"audited_at IS NULL OR audited_at < {midnight}"
        then.show(name, f"SELECT {_AUDITS} FROM main.facts WHERE {known}")


def _connection(engine: Engine) -> Any:
    return engine.session.connection  # type: ignore[attr-defined]


def _anew(connection: Any, schema: str) -> None:
    """Make an empty schema, whatever was left of it."""
    _surely(connection, f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    connection.execute(f"CREATE SCHEMA {schema}")


@contextmanager
def _within(connection: Any, *schemas: str) -> Iterator[None]:
    """Find names in these schemas alone, and make new ones in the first."""
    try:
        connection.execute(f"SET search_path = '{','.join(schemas)}'")
        yield
    finally:
        _surely(connection, "RESET search_path")


def _surely(connection: Any, sql: str) -> None:
    """Run a statement even where somebody breaks off what runs."""
    stopped: BaseException | None = None
    while True:
        try:
            connection.execute(sql)
            break
        except (duckdb.InterruptException, KeyboardInterrupt) as error:
            stopped = error
        except RuntimeError as error:  # what a key pressed in a notebook becomes while a query runs
            if "interrupted" not in str(error):
                raise
            stopped = error
    if not isinstance(stopped, duckdb.InterruptException | None):
        raise stopped
