"""PostgreSQL: what stands in a schema, in one transaction that only reads and whose state others may see?"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import Any, cast

from tne.tables.declared import TABLES
from tne.tables.postgres import Postgres, connected, named, stored, told

_SETTINGS = {
    # how values become text must not depend on what a user or a data base has set
    **{"DateStyle": "ISO, YMD", "IntervalStyle": "postgres", "extra_float_digits": "1"},
    # it waits for the reports of a run
    "idle_in_transaction_session_timeout": "0",
}


@dataclass(frozen=True, eq=False)
class Tables:
    """The tables of a schema; see `tne.tables.standing.Asked`."""

    connection: Any
    schema: str
    columns: Mapping[str, Mapping[str, str]]
    snapshot: str
    text: str = "TEXT"

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        found: list[Any] = []
        working = Thread(target=self._ask, args=(sql, found), daemon=True)
        working.start()
        try:
            working.join()
        except BaseException:
            self.connection.adbc_cancel()
            working.join()
            raise
        if isinstance(found[0], BaseException):
            raise found[0]
        return cast(list[tuple[Any, ...]], found[0])

    def _ask(self, sql: str, found: list[Any]) -> None:
        """Leave rows or an error in `found`; in the main thread the driver would make a failed query of SIGINT."""
        try:
            with told(), self.connection.cursor() as cursor:
                cursor.execute(sql)
                found.append(cursor.fetchall())
        except BaseException as error:
            found.append(error)

    def place(self, table: str) -> str:
        return f"{named(self.schema)}.{named(table)}"

    def named(self, column: str) -> str:
        return named(column)

    def row_hash(self, columns: Collection[str]) -> str:
        # of the text of the row: `hash_record_extended` adds up the columns, and would miss what two rows swap
        row = ", ".join(map(named, columns))
        return f'hashtextextended(ROW({row})::TEXT COLLATE "C", 0)'


@contextmanager
def tables_of_schema(schema: str) -> Iterator[Tables]:
    """Ask for what stands in a schema; its state is kept for others until this ends.

    Raises
    ------
    ImportError
        If the driver is not installed.
    ValueError
        If the server cannot be reached or refuses, or shows this user no table.
    """
    with told(), closing(connected()) as connection:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
            for name, value in _SETTINGS.items():
                cursor.execute(f"SET LOCAL {name} = '{value}'")
            cursor.execute("SELECT pg_export_snapshot()")
            snapshot = cursor.fetchall()[0][0]
        there = stored(Postgres(connection), schema)
        columns = {
            name: {c: there[name][c] for c in TABLES[name].names if c in there[name]}
            for name in TABLES
            if name in there
        }
        yield Tables(connection, schema, columns, snapshot)
