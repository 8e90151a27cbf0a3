"""Spark: the tables of a catalog are asked where they are; what is made is a temporary view of one session."""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from tne.tables.declared import TABLES
from tne.tables.dialect import translated
from tne.tables.engine import Engine, only, shown

#: Types of Spark as DuckDB, in which the contracts are checked, calls them. Spark's timestamp is an instant.
_TYPES = {
    "string": "VARCHAR",
    "double": "DOUBLE",
    "float": "FLOAT",
    "bigint": "BIGINT",
    "int": "INTEGER",
    "smallint": "SMALLINT",
    "tinyint": "TINYINT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
    "timestamp_ntz": "TIMESTAMP",
}
_PLAIN = {pa.large_string(): pa.string(), pa.timestamp("us", tz="UTC"): pa.timestamp("us")}


@dataclass(frozen=True, eq=False)
class Spark:
    """A session of Spark; see `tne.tables.engine.Session`. What is kept stays with the workers."""

    session: Any
    in_order: bool = False

    def arrow(self, sql: str) -> pa.Table:
        with told():
            rows = self._frame(sql).toArrow()
        fields = [pa.field(f.name, _PLAIN.get(f.type, f.type)) for f in rows.schema]
        return rows.cast(pa.schema(fields))

    def keep(self, name: str, sql: str) -> None:
        with told():
            # computed now and cut from what it was made of: plans of plans grow until planning takes all the time
            self._frame(sql).localCheckpoint(eager=True).createOrReplaceTempView(name)

    def show(self, name: str, sql: str) -> None:
        with told():
            self._frame(sql).createOrReplaceTempView(name)

    def put(self, name: str, table: pa.Table) -> None:
        with told():
            self.session.createDataFrame(table).createOrReplaceTempView(name)

    def columns(self, name: str) -> dict[str, str]:
        with told():
            found = self.session.table(f"stored_{name}").dtypes
        return {column: _TYPES.get(kind, kind.upper()) for column, kind in found}

    def _frame(self, sql: str) -> Any:
        return self.session.sql(translated(sql, "spark"))


def engine_of_catalog(schema: str, until: dt.date | None, market: str | None = None) -> Engine:
    """Show the tables of a schema of Spark's catalog, or the rows of one market, as the tables of a workspace.

    Raises
    ------
    ImportError
        If pyspark is not installed.
    ValueError
        If Spark cannot be reached or refuses, or a table breaks its contract.
    """
    session = opened()
    present = stored(session, schema)
    with told():
        for name in present:
            rows = session.table(place(schema, name))
            rows = rows.select([column for column in rows.columns if column in TABLES[name].names])
            rows.createOrReplaceTempView(f"stored_{name}")
            if market is not None:
                shown_rows = f"SELECT * FROM stored_{name}{only(name, market, present)}"
                session.sql(translated(shown_rows, "spark")).createOrReplaceTempView(f"stored_{name}")
    return shown(Engine(Spark(session), tuple(present), until, market), present)


def stored(session: Any, schema: str) -> list[str]:
    """Return the tables of a workspace that a schema has.

    Raises
    ------
    ValueError
        If it has none.
    """
    with told():
        rows = session.sql(f"SHOW TABLES IN {place(schema)}").collect()
    there = {row["tableName"] for row in rows if not row["isTemporary"]}
    present = [name for name in TABLES if name in there]
    if not present:
        raise ValueError(
            f"The schema `{schema}` has no table of a workspace that Spark can see. Name the right one in [source] of "
            "tne.toml."
        )
    return present


def place(schema: str, *names: str) -> str:
    """Return a name in a schema, which may stand in a catalog, as a query calls it."""
    return ".".join(f"`{part.replace('`', '``')}`" for part in (*schema.split("."), *names))


def opened() -> Any:
    """Return a session of its own in the Spark that runs here or that Spark's configuration names."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise ImportError(
            "The source is Spark. Install its client: pip install 'tne[spark]'; it needs Java 17."
        ) from None
    with told():
        session = SparkSession.builder.appName("tne").getOrCreate().newSession()
        for name, value in {
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.ansi.enabled": "true",
            "spark.sql.execution.arrow.pyspark.enabled": "true",
        }.items():
            session.conf.set(name, value)
    return session


@contextmanager
def told() -> Iterator[None]:
    """Turn an error of Spark into one without its values: Spark's own messages quote rows, paths and settings."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except PySparkException as error:
        kind = error.getCondition() or type(error).__name__
        raise ValueError(
            f"Spark refuses ({kind}). Its own log says more; check the rights on the tables, and that its workers run."
        ) from None
    except (Py4JError, RuntimeError, OSError) as error:
        raise ValueError(
            f"Spark cannot be reached ({type(error).__name__}). Check JAVA_HOME (Java 17) and SPARK_CONF_DIR."
        ) from None
