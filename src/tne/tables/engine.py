"""Where the tables of a workspace are asked: one face for every data base. Queries are written in DuckDB's SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
import pyarrow as pa

from tne.tables.arrow import plain
from tne.tables.declared import TABLES
from tne.tables.validation import structure_of
from tne.tables.views import view_sql, wrong_types

_ARROW = {
    "VARCHAR": pa.string(),
    "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
}


class Session(Protocol):
    """What a data base must do. Everything it is told to make lives in its session and ends with it.

    Attributes
    ----------
    in_order : bool
        Whether a table without ORDER BY comes as it was stored.
    """

    @property
    def in_order(self) -> bool: ...

    def arrow(self, sql: str) -> pa.Table:
        """Run a query and return its rows, in the Arrow types that DuckDB would give."""

    def keep(self, name: str, sql: str) -> None:
        """Compute a query and keep its rows as the table `name`, replacing it."""

    def show(self, name: str, sql: str) -> None:
        """Show a query as the view `name`, replacing it."""

    def put(self, name: str, table: pa.Table) -> None:
        """Store a small table as `name`, replacing it."""

    def columns(self, name: str) -> dict[str, str]:
        """Return the columns of ``stored_<name>`` and their types as DuckDB names them."""


@dataclass(frozen=True, eq=False)
class Engine:
    """A session whose views are the tables of one workspace, and what has been computed in it.

    Parameters
    ----------
    session : Session
    present : tuple of str
        Tables that the workspace has.
    until : date or None
        Day to which the views are cut.
    market : str or None
        The only market whose rows the views show.
    files : tuple of Path
        Where the rows come from; empty in memory and in a warehouse.
    held : object
        What keeps those files from being pruned.
    made : dict
        Tables and frames made so far, by name.
    """

    session: Session
    present: tuple[str, ...]
    until: dt.date | None = None
    market: str | None = None
    files: tuple[Path, ...] = ()
    held: object = field(default=None, repr=False)
    made: dict[Any, Any] = field(default_factory=dict, repr=False)

    def arrow(self, sql: str) -> pa.Table:
        """Run a query and return its rows."""
        return self.session.arrow(sql)

    def frame(self, sql: str) -> pd.DataFrame:
        """Run a query and return its rows as a frame."""
        return plain(self.arrow(sql))

    def values(self, sql: str) -> list[tuple[Any, ...]]:
        """Run a query and return its rows as tuples."""
        return [tuple(row.values()) for row in self.arrow(sql).to_pylist()]

    def make(self, name: str, sql: str | None = None) -> None:
        """Make the table `name` from its own SQL file (or `sql`) unless it exists."""
        if name not in self.made:
            self.remake(name, sql)

    def remake(self, name: str, sql: str | None = None) -> None:
        """Make the table `name` anew."""
        self.session.keep(name, sql or statement(name))
        self.made[name] = True

    def show(self, name: str, sql: str | None = None) -> None:
        """Show its own SQL file (or `sql`) as the view `name`: rows are computed whenever they are asked for."""
        self.session.show(name, sql or statement(name))
        self.made[name] = True

    def put(self, name: str, frame: pd.DataFrame, types: Mapping[str, str]) -> None:
        """Store a small frame as the table `name` with the given types, replacing it."""
        schema = pa.schema([(column, _ARROW[kind]) for column, kind in types.items()])
        self.session.put(name, pa.Table.from_pandas(frame, preserve_index=False).cast(schema))


@cache
def statement(name: str) -> str:
    """Return the SQL file ``sql/<name>.sql``."""
    return resources.files("tne.tables").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def shown(engine: Engine, stored: Collection[str]) -> Engine:
    """Show the tables of which ``stored_<table>`` exists as their contracts say, the others empty.

    Raises
    ------
    ValueError
        If a table as a whole breaks its contract, or has rows of a market without time zone.
    """
    types = {}
    for name in [name for name in engine.present if name in stored]:
        types[name] = engine.session.columns(name)
        stop = [*structure_of(name, types[name], wrong_types(TABLES[name], types[name]))]
        if stop:
            raise ValueError("\n".join(map(str, stop)))
    for name, table in TABLES.items():
        engine.show(name, view_sql(table, types, engine.until))
    _known_markets(engine, types)
    return engine


def only(name: str, market: str | None, stored: Collection[str]) -> str:
    """Return the condition for the rows of one market; attendance belongs to that of its session."""
    if market is None:
        return ""
    if name == "attendance":
        sessions = "session_id IN (SELECT session_id FROM stored_sessions)"
        return f" WHERE {sessions if 'sessions' in stored else 'FALSE'}"
    return f" WHERE market = {quoted([market])}" if TABLES[name].by_market else ""


def _known_markets(engine: Engine, stored: Collection[str]) -> None:
    """Stop at markets that the table `markets` does not know: they have no time zone."""
    if "markets" not in engine.present:
        return
    known = {row[0] for row in engine.values("SELECT market FROM markets")}
    named = [name for name in stored if TABLES[name].by_market]
    parts = [f"SELECT DISTINCT '{name}' AS of_table, market FROM stored_{name}" for name in named]
    found = engine.values(" UNION ALL ".join(parts)) if parts else []
    for name in named:
        unknown = sorted({str(market) for of, market in found if of == name} - known)
        if unknown:
            raise ValueError(
                f"`{name}` has rows of {', '.join(unknown[:8])}, which `markets` does not list. "
                "Add the market with its time zone, or correct the code."
            )


def quoted(values: Iterable[str]) -> str:
    """Return text values as a SQL list."""
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values)
