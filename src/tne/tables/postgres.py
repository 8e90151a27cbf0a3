"""PostgreSQL: the tables of a schema are asked where they are; what is made is temporary and ends with the session."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from tne.tables.declared import TABLES
from tne.tables.dialect import translated
from tne.tables.engine import Engine, only, quoted, shown
from tne.tables.standing import SNAPSHOT

#: Types of PostgreSQL as DuckDB, in which the contracts are checked, calls them.
_TYPES = {
    "text": "VARCHAR",
    "character varying": "VARCHAR",
    "character": "VARCHAR",
    "double precision": "DOUBLE",
    "real": "FLOAT",
    "numeric": "DECIMAL",
    "timestamp with time zone": "TIMESTAMP WITH TIME ZONE",
}
_ADVICE = {
    "08": "Check PGHOST, PGPORT, PGDATABASE, PGUSER, and PGPASSWORD or PGPASSFILE.",
    "28": "The user or the password was refused: check PGUSER, and PGPASSWORD or PGPASSFILE.",
    "3D": "There is no such data base: check PGDATABASE.",
    "42501": "The user needs USAGE on the schema, SELECT on its tables and TEMPORARY on the data base.",
    "23": "Rows break a key of their contract (data/README.md names the keys): keep one row of each.",
    "25006": "The server takes no temporary tables, as a standby does: connect to the primary.",
    "53": "The server is out of memory, disk or connections.",
    "57": "The server ended the query or the session: open the workspace again.",
    "25P03": "The server ended the session because it was idle: open the workspace again.",
}
_GONE = frozenset({"22023", "42704", "55000"})


@dataclass(frozen=True, eq=False)
class Postgres:
    """A session of PostgreSQL in one transaction, which sees one state of the data; see `Session`."""

    connection: Any
    in_order: bool = False

    def arrow(self, sql: str) -> pa.Table:
        with told(), self.connection.cursor() as cursor:
            cursor.execute(translated(sql, "postgres"))
            return cursor.fetch_arrow_table()

    def keep(self, name: str, sql: str) -> None:
        self.run(f"DROP TABLE IF EXISTS pg_temp.{name}")
        self.run(f"CREATE TEMPORARY TABLE {name} AS {translated(sql, 'postgres')}")
        self.run(f"ANALYZE pg_temp.{name}")

    def show(self, name: str, sql: str) -> None:
        self.run(f"DROP VIEW IF EXISTS pg_temp.{name}")
        self.run(f"CREATE TEMPORARY VIEW {name} AS {translated(sql, 'postgres')}")

    def put(self, name: str, table: pa.Table) -> None:
        self.run("DROP TABLE IF EXISTS pg_temp.incoming")
        with told(), self.connection.cursor() as cursor:
            cursor.adbc_ingest("incoming", table, mode="create", temporary=True)
        self.run(f"DROP TABLE IF EXISTS pg_temp.{name}")
        columns = (f"{f.name} {_by_bytes(pa.types.is_string(f.type))} AS {f.name}" for f in table.schema)
        self.run(f"CREATE TEMPORARY TABLE {name} AS SELECT {', '.join(columns)} FROM pg_temp.incoming")
        self.run(f"ANALYZE pg_temp.{name}")

    def columns(self, name: str) -> dict[str, str]:
        # of this session alone: the user may have others open, on other schemas
        mine = "table_schema = (SELECT nspname FROM pg_catalog.pg_namespace WHERE oid = pg_my_temp_schema())"
        found = self.types(f"{mine} AND table_name = {quoted([f'stored_{name}'])}")
        return found.get(f"stored_{name}", {})

    def types(self, condition: str) -> dict[str, dict[str, str]]:
        """Return the columns and types of each table that fulfils a condition, in the order of the columns."""
        rows = self.arrow(
            "SELECT table_name::VARCHAR AS name, column_name::VARCHAR AS column_name, data_type::VARCHAR AS kind "
            f"FROM information_schema.columns WHERE {condition} ORDER BY table_name, ordinal_position"
        ).to_pylist()
        found: dict[str, dict[str, str]] = {}
        for row in rows:
            kind = _TYPES.get(row["kind"], row["kind"].upper())
            found.setdefault(row["name"], {})[row["column_name"]] = kind
        return found

    def run(self, sql: str) -> None:
        with told(), self.connection.cursor() as cursor:
            cursor.execute(sql)


def engine_of_schema(schema: str, until: dt.date | None, market: str | None = None) -> Engine:
    """Show the tables of a schema, or the rows of one market, as the tables of a workspace.

    Raises
    ------
    ImportError
        If the driver is not installed.
    ValueError
        If the server cannot be reached or refuses, or a table breaks its contract.
    """
    session = Postgres(connected())
    there = stored(session, schema)
    present = [name for name in TABLES if name in there]
    for name in present:
        known = [column for column in there[name] if column in TABLES[name].names]
        columns = ", ".join(f'"{c}" {_by_bytes(there[name][c] == "VARCHAR")} AS "{c}"' for c in known)
        rows = f"SELECT {columns} FROM {named(schema)}.{named(name)}{only(name, market, present)}"
        session.run(f"CREATE TEMPORARY VIEW stored_{name} AS {rows}")
    return shown(Engine(session, tuple(present), until, market), present)


def stored(session: Postgres, schema: str) -> dict[str, dict[str, str]]:
    """Return the columns and types of each table of a schema.

    Raises
    ------
    ValueError
        If none of them is a table of a workspace.
    """
    there = session.types(f"table_schema = {quoted([schema])}")
    if not TABLES.keys() & there.keys():
        raise ValueError(
            f"The schema `{schema}` shows this user no table of a workspace. Name the right one in [source] of "
            "tne.toml, or grant USAGE on it and SELECT on its tables."
        )
    return there


def _by_bytes(text: bool) -> str:
    """Text is compared and sorted byte by byte, as in DuckDB, whatever the language of the data base."""
    return '::TEXT COLLATE "C"' if text else ""


def named(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def connected() -> Any:
    """Return a connection whose first transaction sees the state that a run has planned, if there is one."""
    try:
        from adbc_driver_postgresql import dbapi
    except ImportError:
        raise ImportError(
            "The source is PostgreSQL, whose driver is not installed. Install it: pip install 'tne[postgresql]'."
        ) from None
    with told():
        connection = dbapi.connect("postgresql://")
        with connection.cursor() as cursor:
            for setting in (
                "SET client_encoding = 'UTF8'",
                "SET TIME ZONE 'UTC'",
                "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ",
            ):
                cursor.execute(setting)
        connection.commit()
        if SNAPSHOT in os.environ:
            _see(connection, os.environ[SNAPSHOT])
    return connection


def _see(connection: Any, snapshot: str) -> None:
    """See the state that another session holds.

    Raises
    ------
    ValueError
        If none holds it any longer.
    """
    from adbc_driver_manager import Error

    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SET TRANSACTION SNAPSHOT {quoted([snapshot])}")
    except Error as error:
        if error.sqlstate not in _GONE:
            raise
        raise ValueError(
            "The server no longer holds the state of the data that this run was planned from. Run again: what is "
            "missing is made then."
        ) from None


@contextmanager
def told() -> Iterator[None]:
    """Turn an error of the server into one that holds neither a value nor who connects to what."""
    from adbc_driver_manager import Error

    try:
        yield
    except Error as error:
        state = error.sqlstate or "08000"
        advice = next(
            (a for code, a in _ADVICE.items() if state.startswith(code)), "Open the workspace again."
        )
        raise ValueError(f"PostgreSQL refuses (SQLSTATE {state}). {advice}") from None
