"""The data base in memory: stored tables in, frames out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from tne.tables.arrow import plain, to_arrow
from tne.tables.declared import TABLES
from tne.tables.states import State
from tne.tables.store import storable
from tne.tables.validation import structure_of
from tne.tables.views import view_sql, wrong_types


@dataclass(frozen=True, eq=False)
class Engine:
    """A connection whose views are the tables of one workspace, and what has been computed on it.

    Parameters
    ----------
    connection : DuckDBPyConnection
    present : tuple of str
        Tables that the workspace has.
    until : date or None
        Day to which the views are cut.
    market : str or None
        The only market whose rows the views show.
    files : tuple of Path
        Where the rows come from; empty in memory.
    held : object
        What keeps those files from being pruned.
    made : dict
        Tables and frames made so far, by name.
    """

    connection: duckdb.DuckDBPyConnection
    present: tuple[str, ...]
    until: dt.date | None = None
    market: str | None = None
    files: tuple[Path, ...] = ()
    held: object = field(default=None, repr=False)
    made: dict[Any, Any] = field(default_factory=dict, repr=False)

    def arrow(self, sql: str) -> pa.Table:
        """Run a query and return its rows."""
        return self.connection.sql(sql).to_arrow_table()

    def frame(self, sql: str) -> pd.DataFrame:
        """Run a query and return its rows as a frame."""
        return plain(self.arrow(sql))

    def make(self, name: str, sql: str | None = None) -> None:
        """Create the table `name` from its own SQL file (or `sql`) unless it exists."""
        if name not in self.made:
            self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS {sql or statement(name)}")
            self.made[name] = True

    def put(self, name: str, frame: pd.DataFrame, types: Mapping[str, str]) -> None:
        """Store a small frame as the table `name`, replacing it."""
        self.connection.register("incoming", pa.Table.from_pandas(frame, preserve_index=False))
        columns = ", ".join(f"CAST({column} AS {kind}) AS {column}" for column, kind in types.items())
        self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT {columns} FROM incoming")
        self.connection.unregister("incoming")


@cache
def statement(name: str) -> str:
    """Return the SQL file ``sql/<name>.sql``."""
    return resources.files("tne.tables").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def engine_of_frames(frames: Mapping[str, pd.DataFrame], until: dt.date | None) -> Engine:
    """Check frames against their contracts and show them as tables.

    Raises
    ------
    KeyError
        If a name is no table.
    ValueError
        If a frame cannot be stored as that table.
    """
    connection = _connect()
    present = []
    for name in (*[n for n in TABLES if n in frames], *[n for n in frames if n not in TABLES]):
        connection.register(f"stored_{name}", to_arrow(name, storable(name, frames[name])))
        present.append(name)
    return _shown(Engine(connection, tuple(present), until), present)


def engine_of_files(state: State, until: dt.date | None, market: str | None = None) -> Engine:
    """Show the Parquet files of a state of the store, or of one of its markets, as tables.

    Raises
    ------
    ValueError
        If a table lacks columns or has wrong types, or there is no such market.
    """
    connection = _connect()
    present, used, stored = [], [], set()
    for name in TABLES:
        if name not in state.files:
            continue
        files = _files(state.files[name], market)
        present.append(name)
        if not files:  # other markets have it: the table is there, without rows
            continue
        listed = ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)
        split = "hive_partitioning = true, hive_types = {'market': VARCHAR}" if TABLES[name].by_market else ""
        options = ", ".join(filter(None, (split or "hive_partitioning = false", "union_by_name = true")))
        rows = f"SELECT * FROM read_parquet([{listed}], {options}){_only(name, market, stored)}"
        try:
            connection.execute(f"CREATE VIEW stored_{name} AS {rows}")
        except duckdb.Error:
            raise ValueError(f"The table `{name}` is no readable Parquet. Import it again.") from None
        _every_file(connection, name, [str(file) for file in files])
        stored.add(name)
        used += files
    return _shown(Engine(connection, tuple(present), until, market, tuple(used), state.held), stored)


def _files(places: Mapping[str, Path], market: str | None) -> list[Path]:
    """Return the files of a table: all of them, or those of one market and of no market."""
    first = {place: place.partition("/")[0] for place in places}
    return [
        path
        for place, path in places.items()
        if market is None or not first[place].startswith("market=") or first[place] == f"market={market}"
    ]


def _only(name: str, market: str | None, stored: Collection[str]) -> str:
    """Return the condition for the rows of one market; attendance belongs to that of its session."""
    if market is None:
        return ""
    if name == "attendance":
        sessions = "session_id IN (SELECT session_id FROM stored_sessions)"
        return f" WHERE {sessions if 'sessions' in stored else 'FALSE'}"
    return f" WHERE market = {quoted([market])}" if TABLES[name].by_market else ""


def _every_file(connection: duckdb.DuckDBPyConnection, name: str, files: Iterable[str]) -> None:
    """Stop if one file of a table breaks its contract: read together, nulls and casts would hide it."""
    kinds: dict[Any, str] = {}
    for file in files:
        schema = pq.read_schema(file)
        kinds.setdefault(tuple(zip(schema.names, map(str, schema.types), strict=True)), file)
    for file in kinds.values():
        described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [file]).fetchall()
        empty = {field.name for field in pq.read_schema(file) if pa.types.is_null(field.type)}
        types = {row[0]: row[1] for row in described if row[0] not in empty}
        present = {*types, *empty, "market"} if TABLES[name].by_market else {*types, *empty}
        stop = [*structure_of(name, present, wrong_types(TABLES[name], types))]
        if stop:
            of = Path(file).parent.name.partition("=")[2]
            where = f" (market {of})" if of else ""
            raise ValueError("\n".join(f"{finding}{where}" for finding in stop))


def _connect() -> duckdb.DuckDBPyConnection:
    """Connect; one thread, because sums of floats in a varying order differ in their last bit."""
    settings = {"threads": 1, "autoinstall_known_extensions": False, "python_enable_replacements": False}
    connection = duckdb.connect(":memory:", config=settings)
    with suppress(duckdb.Error):  # without ICU there are no zones and UTC is all there is
        connection.execute("SET TimeZone = 'UTC'")
    return connection


def _shown(engine: Engine, stored: Collection[str]) -> Engine:
    """Create the views, and stop if a table as a whole breaks its contract."""
    types = {}
    for name in [name for name in engine.present if name in stored]:
        described = engine.connection.sql(f"DESCRIBE stored_{name}").fetchall()
        types[name] = {row[0]: row[1] for row in described}
        stop = [*structure_of(name, types[name], wrong_types(TABLES[name], types[name]))]
        if stop:
            raise ValueError("\n".join(map(str, stop)))
    for name, table in TABLES.items():
        engine.connection.execute(f"CREATE VIEW {name} AS {view_sql(table, types, engine.until)}")
    _known_markets(engine, types)
    return engine


def _known_markets(engine: Engine, stored: Collection[str]) -> None:
    """Stop at markets that the table `markets` does not know: they have no time zone."""
    if "markets" not in engine.present:
        return
    known = {row[0] for row in engine.connection.sql("SELECT market FROM markets").fetchall()}
    for name in stored:
        if TABLES[name].by_market:
            found = engine.connection.sql(f"SELECT DISTINCT market FROM stored_{name}").fetchall()
            unknown = sorted({str(row[0]) for row in found} - known)
            if unknown:
                raise ValueError(
                    f"`{name}` has rows of {', '.join(unknown[:8])}, which `markets` does not list. "
                    "Add the market with its time zone, or correct the code."
                )


def quoted(values: Iterable[str]) -> str:
    """Return text values as a SQL list."""
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values)
