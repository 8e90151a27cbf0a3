"""How do the tables of a workspace get into a schema of PostgreSQL? For a trial, and for the tests of that engine."""

from __future__ import annotations

from contextlib import closing

import pyarrow as pa

from tne.tables.declared import TABLES
from tne.tables.engine import Engine
from tne.tables.postgres import connected, named, told

_KINDS = {
    "text": "TEXT",
    "number": "DOUBLE PRECISION",
    "count": "BIGINT",
    "flag": "BOOLEAN",
    "instant": "TIMESTAMPTZ",
    "day": "DATE",
}


def load(engine: Engine, schema: str) -> dict[str, int]:
    """Copy the stored tables of an embedded engine into a new schema, with their keys, in one transaction.

    Parameters
    ----------
    engine : Engine
        Of a workspace of files, opened without `until`.
    schema : str
        Must not exist.

    Returns
    -------
    dict of str to int
        Rows written per table.

    Raises
    ------
    ValueError
        If the server refuses, for example because the schema exists or a key repeats.
    """
    written = {}
    with closing(connected()) as connection, told(), connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {named(schema)}")
        for name in engine.present:
            table = TABLES[name]
            columns = [*engine.session.columns(name)]
            kinds = {column.name: _KINDS[column.kind] for column in table.columns if column.name in columns}
            listed = ", ".join(f"{named(column)} {kind}" for column, kind in kinds.items())
            key = ", ".join(map(named, table.key))
            cursor.execute(f"CREATE TABLE {named(schema)}.{named(name)} ({listed}, PRIMARY KEY ({key}))")
            rows = engine.arrow(f"SELECT {', '.join(kinds)} FROM stored_{name}")
            cursor.adbc_ingest(name, _written(rows), mode="append", db_schema_name=schema)
            written[name] = len(rows)
        connection.commit()
    return written


def _written(rows: pa.Table) -> pa.Table:
    return rows.cast(
        pa.schema([(f.name, pa.float64() if pa.types.is_decimal(f.type) else f.type) for f in rows.schema])
    )
