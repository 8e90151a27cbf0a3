"""DuckDB inside the process over Parquet files or frames: the engine that needs nothing else."""

from __future__ import annotations

import datetime as dt
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from tne.tables.arrow import to_arrow
from tne.tables.declared import TABLES
from tne.tables.engine import Engine, only, shown, statement
from tne.tables.states import State
from tne.tables.store import storable
from tne.tables.validation import structure_of
from tne.tables.views import wrong_types


@dataclass(frozen=True, eq=False)
class Embedded:
    """A session of DuckDB; see `tne.tables.engine.Session`."""

    connection: duckdb.DuckDBPyConnection
    in_order: bool = True
    described: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)

    def arrow(self, sql: str) -> pa.Table:
        return self.connection.sql(sql).to_arrow_table()

    def keep(self, name: str, sql: str) -> None:
        self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS {sql}")

    def show(self, name: str, sql: str) -> None:
        self.connection.execute(f"CREATE OR REPLACE VIEW {name} AS {sql}")

    def put(self, name: str, table: pa.Table) -> None:
        self.connection.register("incoming", table)
        self.keep(name, "SELECT * FROM incoming")
        self.connection.unregister("incoming")

    def columns(self, name: str) -> dict[str, str]:
        if name not in self.described:
            found = self.connection.sql(f"DESCRIBE stored_{name}").fetchall()
            self.described[name] = {row[0]: row[1] for row in found}
        return self.described[name]


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
    return shown(Engine(Embedded(connection), tuple(present), until), present)


def engine_of_files(state: State, until: dt.date | None, market: str | None = None) -> Engine:
    """Show the Parquet files of a state of the store, or of one of its markets, as tables.

    Raises
    ------
    ValueError
        If a table lacks columns or has wrong types, or there is no such market.
    """
    connection = _connect()
    present, used = [], []
    stored: set[str] = set()
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
        rows = f"SELECT * FROM read_parquet([{listed}], {options}){only(name, market, stored)}"
        try:
            connection.execute(f"CREATE VIEW stored_{name} AS {rows}")
        except duckdb.Error:
            raise ValueError(f"The table `{name}` is no readable Parquet. Import it again.") from None
        _every_file(connection, name, [str(file) for file in files])
        stored.add(name)
        used += files
    return shown(Engine(Embedded(connection), tuple(present), until, market, tuple(used), state.held), stored)


def _files(places: Mapping[str, Path], market: str | None) -> list[Path]:
    """Return the files of a table: all of them, or those of one market and of no market."""
    first = {place: place.partition("/")[0] for place in places}
    return [
        path
        for place, path in places.items()
        if market is None or not first[place].startswith("market=") or first[place] == f"market={market}"
    ]


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
    """Connect in memory; what does not fit into it goes to a folder for this user alone."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "python_enable_replacements": False,
        "temp_directory": str(_spill()),
    }
    connection = duckdb.connect(":memory:", config=settings)
    with suppress(
        duckdb.Error
    ):  # in a notebook without ipywidgets there is no bar, and setting it is an error
        connection.execute("SET enable_progress_bar = false")
    with suppress(duckdb.Error):  # without ICU there are no zones and UTC is all there is
        connection.execute("SET TimeZone = 'UTC'")
    connection.execute(statement("macros"))
    return connection


def _spill() -> Path:
    """Return a folder for one session, which DuckDB makes when it needs it; those of killed processes are removed."""
    folder = Path(tempfile.gettempdir()) / f"tne-{os.getuid() if hasattr(os, 'getuid') else 'spill'}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if hasattr(os, "getuid"):
        if folder.stat().st_uid != os.getuid():
            raise PermissionError(f"{folder} belongs to someone else. Set TMPDIR to a folder of your own.")
        for left in folder.iterdir():
            if not _runs(left.name.partition("-")[0]):
                shutil.rmtree(left, ignore_errors=True)
    return folder / f"{os.getpid()}-{secrets.token_hex(4)}"


def _runs(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (OSError, ValueError):  # the folder's processes are this user's own
        return False
    return True
