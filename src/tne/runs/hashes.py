"""What did a file hold when it was last read? Facts by path, as git's index keeps them, so that a plan reads little."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

SCHEMA = 1
NAME = "hashes.json"
# A file may change again within the grain of its file system's clock, without a new time to show for it.
_SETTLED_NS = 2_000_000_000


class Hashes:
    """Facts about files, each computed once; those of files that have not changed are kept from run to run.

    Parameters
    ----------
    folder : Path, optional
        Where ``hashes.json`` stands; without one nothing is kept.

    Notes
    -----
    A kept fact is believed if size, both times and inode of its file are the same. It is kept only if both times lay
    more than two seconds back when it was computed; a time in the future (a clock was set back) is never believed. So
    a clock that jumps costs another reading and never a wrong answer.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._place = None if folder is None else folder / NAME
        self._kept: dict[str, dict[str, Any]] = _read(self._place)
        self._seen: dict[str, dict[str, Any]] = {}
        self._settled: set[str] = set()
        self._new = False

    def sha256(self, path: Path) -> str:
        """Return the SHA-256 of a file in hex."""
        return str(self.fact(path, "sha256", file_sha256))

    def fact(self, path: Path, kind: str, find: Callable[[Path], Any]) -> Any:
        """Return what `find` says about a file, as JSON takes it; it is asked once."""
        name = os.path.abspath(path)
        facts = self._seen.get(name)
        if facts is None:
            facts = self._seen[name] = self._look(path, name)
        if kind not in facts:
            found = find(path)
            if _stamp(path) != facts["stamp"]:  # it changed while it was read
                self._settled.discard(name)
            facts[kind] = found
            self._new = True
        return facts[kind]

    def _look(self, path: Path, name: str) -> dict[str, Any]:
        now, stamp = time.time_ns(), _stamp(path)
        if max(stamp[1], stamp[2]) < now - _SETTLED_NS:
            self._settled.add(name)
            kept = self._kept.get(name)
            if kept is not None and kept.get("stamp") == stamp:
                return kept
        return {"stamp": stamp}

    def save(self) -> None:
        """Keep the facts of all files that were asked for; without room for them the next plan reads again."""
        if self._place is None or not self._new:
            return
        files = {name: facts for name, facts in self._seen.items() if name in self._settled}
        scratch = self._place.with_name(f".{NAME}.{secrets.token_hex(4)}.tmp")
        with suppress(OSError):
            try:
                # rows of small markets stand in it, and pages beside it are for others, too
                with os.fdopen(
                    os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
                ) as file:
                    json.dump({"schema": SCHEMA, "files": files}, file)
                os.replace(scratch, self._place)
                self._new = False
            finally:
                scratch.unlink(missing_ok=True)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes in hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _stamp(path: Path) -> list[int]:
    found = path.stat()
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]


def _read(place: Path | None) -> dict[str, dict[str, Any]]:
    if place is None:
        return {}
    try:
        found = json.loads(place.read_text(encoding="utf-8"))
        files = found["files"] if found["schema"] == SCHEMA else {}
        return {name: dict(facts) for name, facts in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
