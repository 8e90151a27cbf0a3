"""Which files does a reader read, so that all of them belong to one state of the store, whatever happens meanwhile?"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from tne.tables.versions import FOLDER, Version, latest, list_path, part_path, version_at


@dataclass(frozen=True, eq=False)
class State:
    """The files of all tables at one moment, in the order of their places.

    Parameters
    ----------
    files : mapping of str to mapping of str to Path
        By table, place below ``tables/<table>/`` to the file to read.
    version : Version or None
        The version that it was taken from; None where there is none.
    held : file or None
        Keeps a pruning from removing the version for as long as this object lives.
    """

    files: Mapping[str, Mapping[str, Path]]
    version: Version | None = None
    held: IO[bytes] | None = field(default=None, repr=False)


def look(root: Path, as_of: dt.date | str | int | Version | None = None) -> State | None:
    """Return the files of the store as it is now, or was; None if an import came in between: look again.

    Raises
    ------
    ValueError
        If there is no such version, or one of its files is gone or changed.
    """
    before = _lists(root)
    try:
        version = latest(root) if as_of is None else version_at(root, as_of)
        held = _hold(root, version) if version else None
        files = _now(root, version) if as_of is None else _then(root, cast(Version, version))
    except FileNotFoundError:
        if _lists(root) == before and not moving(root):
            raise
        return None
    if _lists(root) != before or moving(root):
        return None
    if as_of is not None:
        _verify(cast(Version, version), files)
    return State(files, version, held)


def moving(root: Path) -> bool:
    """Return whether an import has decided what to store and is not yet through, or was killed then."""
    return (root / ".import" / "moves.json").is_file()


def plain_files(root: Path) -> Iterator[tuple[str, str, Path]]:
    """Yield table, place and path of every file below ``tables/``, in the order of their places."""
    home = root / "tables"
    for folder in sorted(path for path in home.iterdir() if path.is_dir()) if home.is_dir() else ():
        for path in sorted(folder.glob("**/*.parquet")):
            yield folder.name, path.relative_to(folder).as_posix(), path


def sha256_of(path: Path) -> str:
    """Return the hash of a file's content, by which the store knows it."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _now(root: Path, version: Version | None) -> dict[str, dict[str, Path]]:
    """Return the files of ``tables/``, those that the list knows under the name that nobody writes to."""
    files: dict[str, dict[str, Path]] = {}
    for table, place, path in plain_files(root):
        found = path.stat()
        part = version.tables[table].parts.get(place) if version and table in version.tables else None
        if part and found.st_size == part.size:
            kept = part_path(root, table, place, part)
            # A copy of a workspace has other times of change; only the content then says what a file is.
            same = found.st_mtime_ns == part.changed or sha256_of(path) == part.sha256
            path = kept if same and kept.is_file() else path
        files.setdefault(table, {})[place] = path
    return files


def _then(root: Path, version: Version) -> dict[str, dict[str, Path]]:
    return {
        name: {place: part_path(root, name, place, part) for place, part in sorted(stored.parts.items())}
        for name, stored in version.tables.items()
        if stored.parts
    }


def _verify(version: Version, files: Mapping[str, Mapping[str, Path]]) -> None:
    """Stop if a file is gone, or was written to through its other name in ``tables/``: it is not what it was."""
    for table, places in files.items():
        for place, path in places.items():
            found = sha256_of(path) if path.is_file() else ""
            if found != version.tables[table].parts[place].sha256:
                raise ValueError(
                    f"`{table}` of version {version.number}: a file was changed or is gone ({place}). Restore "
                    f"`{FOLDER}/` from a backup, or take another version."
                )


def _lists(root: Path) -> list[tuple[str, int]]:
    """What differs as soon as a list was added, written anew or removed."""
    folder = root / FOLDER
    return sorted((entry.name, entry.inode()) for entry in os.scandir(folder)) if folder.is_dir() else []


def _hold(root: Path, version: Version) -> IO[bytes]:
    """Open the list of a version so that nobody prunes it."""
    handle = list_path(root, version.number).open("rb")
    with contextlib.suppress(OSError):  # a file system without locks: a pruning does not know of this reader
        fcntl.flock(handle, fcntl.LOCK_SH)
    return handle
