"""Frames and Arrow tables of one contract, both ways. Stored days are dates, stored instants carry UTC."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from tne.tables.declared import contract
from tne.tables.schema import KINDS

ARROW: dict[str, pa.DataType] = {
    "text": pa.string(),
    "number": pa.float64(),
    "count": pa.int64(),
    "flag": pa.bool_(),
    "instant": pa.timestamp("us", tz="UTC"),
    "day": pa.date32(),
}
# Columns that are never null need no type that can hold one.
_NEVER_NULL = {"count": "int64", "flag": "bool"}


def to_arrow(name: str, frame: pd.DataFrame) -> pa.Table:
    """Return a conformed frame as an Arrow table with the types of its contract.

    Parameters
    ----------
    name : str
        Table.
    frame : DataFrame
        Rows with the contract's types; see `tne.tables.conform.conform`.
    """
    columns = [c for c in contract(name).columns if c.name in frame.columns]
    arrays = []
    for column in columns:
        array = pa.array(frame[column.name], from_pandas=True)
        array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
        arrays.append(array.cast(ARROW[column.kind]))
    return pa.Table.from_arrays(arrays, schema=pa.schema([(c.name, ARROW[c.kind]) for c in columns]))


def to_frame(name: str, table: pa.Table) -> pd.DataFrame:
    """Return an Arrow table of contract `name` as a frame with the contract's types."""
    known = contract(name)
    frame = table.to_pandas(date_as_object=False)
    for column in known.columns:
        if column.name not in frame.columns:
            continue
        values = frame[column.name]
        if column.kind == "instant" and values.dt.tz is None:
            values = values.dt.tz_localize("UTC")
        kind = KINDS[column.kind] if column.optional else _NEVER_NULL.get(column.kind, KINDS[column.kind])
        frame[column.name] = values.astype(kind)
    return frame


def plain(table: pa.Table) -> pd.DataFrame:
    """Return an Arrow table as a frame: dates as midnights, whole numbers and flags as they are."""
    frame = table.to_pandas(date_as_object=False)
    for name in frame.columns:
        if pd.api.types.is_datetime64_any_dtype(frame[name]):
            frame[name] = frame[name].astype("datetime64[us]")
        elif frame[name].dtype == object:
            frame[name] = frame[name].astype("str")
    return frame
