"""Spark: what stands in a schema of its catalog? Asked in a Spark that ends before reports start their own."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tne.tables.declared import TABLES
from tne.tables.spark import opened, place, stored, told


@dataclass(frozen=True, eq=False)
class Tables:
    """The tables of a schema; see `tne.tables.standing.Asked`. Spark has no state that sessions could share."""

    session: Any
    schema: str
    columns: Mapping[str, Mapping[str, str]]
    snapshot: str = ""
    text: str = "STRING"

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with told():
            return [tuple(row) for row in self.session.sql(sql).collect()]

    def place(self, table: str) -> str:
        return place(self.schema, table)

    def named(self, column: str) -> str:
        return f"`{column}`"

    def row_hash(self, columns: Collection[str]) -> str:
        # Spark leaves nulls out of a hash: without their signs a value could move to a column beside it unseen
        values = ", ".join(f"ISNULL(`{column}`), `{column}`" for column in columns)
        return f"CAST(XXHASH64({values}) AS DECIMAL(20, 0))"


@contextmanager
def tables_of_catalog(schema: str) -> Iterator[Tables]:
    """Ask for what stands in a schema of the catalog; a Spark that was started for it is stopped afterwards.

    Raises
    ------
    ImportError
        If pyspark is not installed.
    ValueError
        If Spark cannot be reached or refuses, or the schema has no table of a workspace.
    """
    before = _running()
    session = opened()
    try:
        columns = {}
        for name in stored(session, schema):
            with told():
                kinds = dict(session.table(place(schema, name)).dtypes)
            columns[name] = {column: kinds[column] for column in TABLES[name].names if column in kinds}
        yield Tables(session, schema, columns)
    finally:
        if not before:
            _end(session)


def _running() -> bool:
    try:
        from pyspark.sql import SparkSession
    except ImportError:  # `opened` says so
        return False
    return SparkSession.getActiveSession() is not None


def _end(session: Any) -> None:
    """Stop Spark with its Java: it would keep workers, and a catalog of files, from the reports."""
    from pyspark import SparkContext

    session.stop()
    gateway, SparkContext._gateway, SparkContext._jvm = SparkContext._gateway, None, None
    if gateway is not None:
        gateway.shutdown()
        if process := getattr(gateway, "proc", None):
            process.stdin.close()
            process.wait()
