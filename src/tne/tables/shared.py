"""What do all reports of one run need, that one of them can compute for all? Frames over all markets."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import secrets
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

VARIABLE = "TNE_RUN_CACHE"


def shared_frame(
    files: Iterable[Path], until: dt.date | None, asked: tuple[Any, ...], make: Callable[[], pd.DataFrame]
) -> pd.DataFrame:
    """Return what `make` returns, computed once for all processes that share a folder.

    Parameters
    ----------
    files : iterable of Path
        Stored files that the frame comes from; a changed one is another frame.
    until : date or None
        Day to which they are cut.
    asked : tuple
        Name and arguments of the frame, as JSON takes them.
    make : callable

    Notes
    -----
    The folder is named by the variable ``TNE_RUN_CACHE``; without it nothing is shared. The first process to come
    holds a lock while it computes, the others wait and read. The file appears in one step. A folder that cannot be
    written, or a file that cannot be read, costs the time of computing and nothing else.
    """
    folder = os.environ.get(VARIABLE)
    if not folder:
        return make()
    place = Path(folder) / f"{_key(files, until, asked)}.arrow"
    found = _read(place)
    if found is not None:
        return found
    with _locked(place.with_suffix(".lock")):
        found = _read(place)
        if found is None:
            found = make()
            _write(found, place)
    return found


def _key(files: Iterable[Path], until: dt.date | None, asked: tuple[Any, ...]) -> str:
    stored = []
    for file in files:
        found = file.stat()
        stored.append([os.path.abspath(file), found.st_size, found.st_mtime_ns])
    return hashlib.sha256(json.dumps([stored, str(until), asked]).encode()).hexdigest()[:32]


def _read(place: Path) -> pd.DataFrame | None:
    # in memory, not mapped: the frame must outlive the file, and no column may be read-only
    with (
        suppress(OSError, pa.ArrowException),
        pa.ipc.open_file(pa.BufferReader(place.read_bytes())) as reader,
    ):
        frame = reader.read_all().to_pandas()
        frame.attrs.update(json.loads((reader.schema.metadata or {}).get(b"tne", b"{}")))
        return frame
    return None


def _write(frame: pd.DataFrame, place: Path) -> None:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    table = table.replace_schema_metadata({**table.schema.metadata, b"tne": json.dumps(frame.attrs).encode()})
    scratch = place.with_name(f"{place.name}.{secrets.token_hex(4)}.tmp")
    with suppress(OSError):
        try:
            with pa.OSFile(str(scratch), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
                writer.write_table(table)
            os.replace(scratch, place)
        finally:
            scratch.unlink(missing_ok=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold `path`; whoever dies lets go of it. Without locks two processes may compute the same, which is harmless."""
    handle = None
    if sys.platform != "win32":
        with suppress(OSError):
            import fcntl

            handle = path.open("a+b")
            fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        if handle is not None:
            handle.close()
