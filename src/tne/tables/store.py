"""Tables on disk: Parquet split by market, and by month where a market is large; the same bytes for the same rows."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
import shutil
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tne.checks import require_frame
from tne.tables.arrow import to_arrow
from tne.tables.conform import conform
from tne.tables.declared import contract
from tne.tables.fingerprint import input_hash
from tne.tables.schema import Table
from tne.tables.validation import duplicates, found, structure

# Rows of one table of one market above which it is one file a month: an import of a week then writes one or two.
LARGE = 500_000
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_PRIME = np.uint64(0x9E3779B97F4A7C15)


def write_tables(frames: Mapping[str, pd.DataFrame], root: str | Path) -> dict[str, int]:
    """Write `frames` below ``root/tables``, each replacing the table of its name.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Rows by table name. Columns that the contract does not know are left out; rows are sorted by the key.
    root : path
        Folder of the workspace.

    Returns
    -------
    dict of str to int
        Rows written per table.

    Raises
    ------
    ValueError
        If a table lacks required columns or values, has a wrong type, repeats a key or has a market code that cannot
        name a folder.

    Notes
    -----
    All files are written beside their places first, then each replaces the old one in a single step: a reader finds
    the old file or the new one, never half of one. Markets that are gone from the table go last.
    """
    home = Path(root) / "tables"
    ready = {name: storable(name, frame) for name, frame in frames.items()}
    home.mkdir(0o700, parents=True, exist_ok=True)
    for name, frame in ready.items():
        places = {}
        for at, rows in by_place(contract(name), frame):
            place = home / name / at
            places[place] = place.with_name(f".part.{os.getpid()}.{place.stem}.tmp")
            write_part(name, rows, places[place])
        for place, written in places.items():
            os.replace(written, place)
        for stale in set((home / name).glob("**/*.parquet")) - set(places):
            stale.unlink()
            if stale.parent not in {home / name, *(place.parent for place in places)}:
                shutil.rmtree(stale.parent)
    return {name: len(frame) for name, frame in ready.items()}


def storable(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return `frame` in the types of its contract, or raise `ValueError` naming what cannot be stored.

    A column that is missing, of a wrong type or empty where it must not be stops it, and so does a repeated key;
    values outside their range do not (`validate` finds them).
    """
    table = contract(name)
    cast = conform(name, require_frame(frame, name))
    stop = [f for f in structure(name, cast) if f.severity == "fatal"]
    stop += [found(name, "type", column, gone, "fatal", "not read") for column, gone in cast.lost.items()]
    for column in set(table.required) & set(cast.frame.columns) - set(cast.wrong) - set(cast.lost):
        empty = cast.frame[column].isna().to_numpy()
        if empty.any():
            stop.append(found(name, "not_null", column, empty, "fatal"))
    same, key = duplicates(table, cast.frame, np.zeros(len(frame), dtype=bool))
    if (same | key).any():
        stop.append(found(name, "key", " × ".join(table.key), same | key, "fatal"))
    if stop:
        raise ValueError("\n".join(sorted(map(str, stop))))
    return cast.frame


def content_hash(frame: pd.DataFrame) -> str:
    """Return the SHA-256 of what a frame says, whatever the order of its rows and columns.

    Parameters
    ----------
    frame : DataFrame
        Any frame of text, numbers, flags and times.

    Returns
    -------
    str
        64 hexadecimal digits; equal before writing and after reading, with any version of pyarrow or pandas.

    Notes
    -----
    Every value becomes 64 bits (text by BLAKE2b, numbers by their bits, times by microseconds), every row the sum of
    its mixed columns, the table the hash of its sorted rows. It finds accidents, not forgeries.
    """
    require_frame(frame, "frame")
    rows = np.zeros(len(frame), dtype=np.uint64)
    names = sorted(map(str, frame.columns))
    with np.errstate(over="ignore"):
        for name in names:
            salt = np.uint64(int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big"))
            rows += _mix(_bits(frame[name]) ^ salt)
    seen = hashlib.sha256("\n".join(names).encode())
    seen.update(np.sort(_mix(rows)).astype(">u8").tobytes())
    return seen.hexdigest()


def _bits(values: pd.Series) -> np.ndarray:
    if pd.api.types.is_datetime64_any_dtype(values):
        bits = (
            values.astype(f"datetime64[us{', UTC' if values.dt.tz is not None else ''}]")
            .astype("int64")
            .to_numpy()
        )
    elif pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values):
        bits = (values.astype("Float64").to_numpy(dtype="float64", na_value=np.nan) + 0.0).view("int64")
    else:
        codes, words = pd.factorize(values)
        known = [hashlib.blake2b(str(word).encode(), digest_size=8).digest() for word in words]
        table = np.frombuffer(b"".join([*known, bytes(8)]), dtype=">u8").astype(np.uint64)
        bits = table[codes]
    gone = values.isna().to_numpy()
    return np.where(gone, np.uint64(0x7FF8DEAD), bits.astype(np.uint64))


def _mix(bits: np.ndarray) -> np.ndarray:
    """Finaliser of SplitMix64: every input bit moves every output bit."""
    bits = (bits + _PRIME).astype(np.uint64)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return cast(np.ndarray, bits ^ (bits >> np.uint64(31)))


def places(table: Table, frame: pd.DataFrame, large: Collection[str] | None = None) -> pd.Categorical:
    """Return, for each row, the place of its file below ``tables/<table>/``.

    Parameters
    ----------
    table : Table
    frame : DataFrame
        Rows in the types of the contract.
    large : collection of str, optional
        Markets that have one file a month (UTC) of the table's time; rows without a time stay in ``part.parquet``.
        Default: those with more than `LARGE` rows here.

    Raises
    ------
    ValueError
        If a market is absent or cannot name a folder.
    """
    if not table.by_market:
        return pd.Categorical.from_codes(np.zeros(len(frame), dtype="int8"), ["part.parquet"])
    market = frame["market"]
    codes, markets = pd.factorize(market, sort=True)
    unsafe = [code for code in markets if not _SAFE.fullmatch(code)]
    if (codes < 0).any() or unsafe:
        raise ValueError(
            f"`{table.name}.market`: {int((codes < 0).sum())} rows without a market, {len(unsafe)} codes that are not "
            "letters, digits, - or _. Correct them."
        )
    if large is None:
        large = markets[np.bincount(codes, minlength=len(markets)) > LARGE]
    months = np.full(len(frame), "NaT", dtype="datetime64[M]")
    split = market.isin(list(large)).to_numpy()
    if table.time in frame and split.any():
        months[split] = frame.loc[split, table.time].to_numpy("datetime64[us]").astype("datetime64[M]")
    found, spans = pd.factorize(months, use_na_sentinel=False, sort=True)
    pairs, each = np.unique(codes * len(spans) + found, return_inverse=True)
    names = [
        f"market={markets[pair // len(spans)]}/{_file(spans[pair % len(spans)])}" for pair in pairs.tolist()
    ]
    return pd.Categorical.from_codes(each, names)


def _file(month: np.datetime64) -> str:
    return "part.parquet" if np.isnat(month) else f"part-{np.datetime64(cast(Any, month), 'M')}.parquet"


def by_place(
    table: Table, frame: pd.DataFrame, large: Collection[str] | None = None
) -> list[tuple[str, pd.DataFrame]]:
    """Return the rows of each file of a table; see `places`."""
    place = places(table, frame, large)
    codes = place.codes
    if (codes[:-1] > codes[1:]).any():  # after a merge the rows of a file stand together already
        order = np.argsort(codes, kind="stable")
        frame, codes = frame.take(order), codes[order]
    ends = np.searchsorted(codes, np.arange(-1, len(place.categories)), side="right").tolist()
    parts = zip(place.categories, itertools.pairwise(ends), strict=True)
    return sorted((name, frame.iloc[start:end]) for name, (start, end) in parts if start < end)


def write_part(name: str, rows: pd.DataFrame, path: Path) -> None:
    """Write the rows of one file, in the order of their key; its folder says the market."""
    table = contract(name)
    key = [c for c in table.key if c in rows]
    if not _in_order(rows, key):
        rows = rows.sort_values(key, kind="stable", ignore_index=True)
    made = to_arrow(name, rows.drop(columns="market") if table.by_market else rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        made.replace_schema_metadata(None), path, compression="zstd", compression_level=3, store_schema=False
    )
    with path.open("rb") as handle:
        os.fsync(handle.fileno())


def _in_order(rows: pd.DataFrame, key: Sequence[str]) -> bool:
    """Return whether rows stand in the order of a key already, as after a merge: to see it is quicker than to sort."""
    tied = np.ones(max(len(rows) - 1, 0), dtype=bool)
    for name in key:
        values = pa.array(rows[name], from_pandas=True)
        if values.null_count:
            return False
        before, after = values[:-1], values[1:]
        if (tied & pc.greater(before, after).to_numpy(zero_copy_only=False)).any():
            return False
        tied &= pc.equal(before, after).to_numpy(zero_copy_only=False)
    return True


__all__ = [
    "LARGE",
    "by_place",
    "content_hash",
    "input_hash",
    "places",
    "storable",
    "write_part",
    "write_tables",
]
