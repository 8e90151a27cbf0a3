"""Which stored files can the rows of an import change? Only these are read, merged and written again."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tne.tables.arrow import to_frame
from tne.tables.contracts import TABLES, Table
from tne.tables.importers.merging import complete
from tne.tables.states import plain_files
from tne.tables.store import LARGE, by_place, places, storable, write_part

_MONTH = re.compile(r"market=[^/]+/part-\d{4}-\d{2}\.parquet")


@dataclass(frozen=True, eq=False)
class Touched:
    """The part of a stored table that an import can change.

    Parameters
    ----------
    table : Table
    frame : DataFrame
        Rows of its files, complete.
    files : frozenset of str
        Their places.
    large : frozenset of str
        Markets that have one file a month.
    columns : frozenset of str
        Columns that the other files have: the new ones have them too, so that all files are alike.
    """

    table: Table
    frame: pd.DataFrame
    files: frozenset[str]
    large: frozenset[str]
    columns: frozenset[str]


def read_files(table: Table, files: Mapping[str, Path]) -> pd.DataFrame:
    """Return all rows of some files (by place) in the contract's types, complete."""
    parts = []
    for place, path in sorted(files.items()):
        part = to_frame(table.name, pq.read_table(path, partitioning=None))
        market = market_of(place)
        parts.append(part if market is None else part.assign(market=market))
    return complete(table, pd.concat(parts, ignore_index=True) if parts else pd.DataFrame())


def read_stored(root: Path, name: str) -> pd.DataFrame:
    """Return all rows of a stored table in the contract's types; no rows if it is absent."""
    return read_files(TABLES[name], stored_files(root, name))


def stored_files(root: Path, name: str) -> dict[str, Path]:
    """Return the files of a table by place."""
    return {place: path for table, place, path in plain_files(root) if table == name}


def touched(root: Path, table: Table, fresh: pd.DataFrame, *, whole: bool = False) -> Touched:
    """Return what `fresh` rows can change: files that they belong to, and files that hold their keys.

    Parameters
    ----------
    root : Path
        The workspace.
    table : Table
    fresh : DataFrame
        Complete rows.
    whole : bool
        Take the whole table.
    """
    files = stored_files(root, table.name)
    large = frozenset(
        str(market_of(place)) for place in files if place.rpartition("/")[2].startswith("part-")
    )
    some = set(files) if whole else _belong(table, fresh, large) & files.keys()
    some |= _holding(table, fresh, {place: path for place, path in files.items() if place not in some})
    while True:
        frame = read_files(table, {place: files[place] for place in some})
        # Files made by hand may hold rows of other files' places, which are then written too.
        more = _belong(table, frame, large) & files.keys() - some
        if not more:
            break
        some |= more
    columns = {name for place in files.keys() - some for name in pq.read_schema(files[place]).names}
    return Touched(table, frame, frozenset(some), large, frozenset(columns))


def stage_table(part: Touched, frame: pd.DataFrame, new: Path) -> dict[str, Path | None]:
    """Write the rows that the touched files have after an import below `new`.

    Returns
    -------
    dict of str to Path or None
        Place to its new file; None where no row is left.
    """
    table = part.table
    # Columns that nothing ever filled are left out; the contract allows them to be absent.
    empty = [name for name in frame if name not in part.columns and frame[name].isna().all()]
    full = storable(table.name, frame.drop(columns=empty)) if len(frame) else frame
    counts = full["market"].value_counts() if table.by_market else pd.Series(dtype="int64")
    made: dict[str, Path | None] = dict.fromkeys(part.files)
    for place, rows in (
        by_place(table, full, part.large | set(counts[counts > LARGE].index)) if len(full) else ()
    ):
        made[place] = new / "tables" / table.name / place
        write_part(table.name, rows, cast(Path, made[place]))
    return made


def market_of(place: str) -> str | None:
    """Return the market that a file's folder names, None if there is none."""
    _, split, market = place.rpartition("/")[0].rpartition("market=")
    return market if split else None


def _belong(table: Table, rows: pd.DataFrame, large: Collection[str]) -> set[str]:
    return set(places(table, rows, large).categories) if len(rows) else set()


def _holding(table: Table, fresh: pd.DataFrame, files: Mapping[str, Path]) -> set[str]:
    """Return the files that hold the key of a fresh row, and perhaps some that only share one of its columns."""
    if fresh.empty:
        return set()
    if table.by_market and "market" in table.key:
        markets = {*fresh["market"].dropna(), None}
        files = {place: path for place, path in files.items() if market_of(place) in markets}
        if table.time in table.key:  # such a row is where it belongs, or in a file made by hand
            files = {place: path for place, path in files.items() if not _MONTH.fullmatch(place)}
    if not files:
        return set()
    texts = [
        c for c in table.key if table.column(c).kind == "text" and (c != "market" or not table.by_market)
    ]
    column = max(texts, key=lambda name: fresh[name].nunique())
    wanted = pa.array(fresh[column].dropna().unique(), type=pa.string())
    found = set()
    for place, path in files.items():
        if column not in pq.read_schema(path).names:
            found.add(place)
            continue
        values = pq.read_table(path, columns=[column], partitioning=None)[column]
        if pc.any(pc.is_in(values, value_set=wanted.cast(values.type))).as_py():
            found.add(place)
    return found
