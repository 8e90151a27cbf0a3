"""The output folder: what stands in it now, and how a file in it is replaced without ever being half."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tne.runs.inputs import digest
from tne.runs.outcome import UsageError

CACHE = ".cache"


@dataclass(frozen=True)
class Record:
    """What is known of one published page: it stands beside the page, found by the page's own hash.

    So a page and its numbers belong together at every moment, whenever a run is killed.
    """

    path: str
    sha256: str
    run_id: str
    report: str
    market: str
    period: str
    facts: dict[str, Any]
    rows: list[dict[str, Any]]


@contextmanager
def locked(output: Path) -> Iterator[None]:
    """Keep every other run out of `output`.

    Raises
    ------
    UsageError
        If another run holds it.
    """
    (output / CACHE).mkdir(parents=True, exist_ok=True)
    with (output / CACHE / "lock").open("a+b") as handle:
        try:
            if os.name == "posix":
                import fcntl

                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            else:
                import msvcrt

                handle.seek(0)
                msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            raise UsageError(
                f"Another run is writing to {output}. Wait for it, or choose another folder with --output."
            ) from None
        for left in [*output.rglob(".*.tmp")]:  # of a run that was killed
            left.unlink(missing_ok=True)
        yield


def replace(path: Path, content: bytes) -> bool:
    """Put `content` at `path` in one step; say whether anything changed."""
    with suppress(OSError):
        if path.read_bytes() == content:
            return False
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with scratch.open("xb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return True


def _record_path(output: Path, path: str, sha256: str) -> Path:
    return output / CACHE / "records" / f"{digest([path, sha256])[:32]}.json"


def current(output: Path, path: str) -> Record | None:
    """Return the record of the page that stands at `path` now, None if there is none or it was tampered with."""
    try:
        sha256 = digest((output / path).read_bytes())
        stored = json.loads(_record_path(output, path, sha256).read_text(encoding="utf-8"))
        return Record(**stored)
    except (OSError, ValueError, TypeError):
        return None


def shelf(output: Path) -> dict[str, Record]:
    """Return the records of all pages that stand in `output`, by path."""
    pages = sorted(p.relative_to(output).as_posix() for p in output.glob("*/**/*.html"))
    found = {path: current(output, path) for path in pages}
    return {path: record for path, record in found.items() if record is not None}


def publish(
    output: Path,
    path: str,
    html: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    run_id: str,
    report: str,
    market: str,
    period: str,
    facts: Mapping[str, Any],
) -> Record:
    """Put a page that has passed the gate in its place; the page of an earlier period moves to the archive."""
    before = current(output, path)
    latest = path == f"{report}/{market}.html"
    if latest and before is not None and before.period and period and before.period < period:
        archive = f"{report}/{market}/{before.period}.html"
        if current(output, archive) is None:
            _put(output, (output / path).read_bytes(), {**asdict(before), "path": archive})
    return _put(
        output,
        html.encode(),
        {
            "path": path,
            "run_id": run_id,
            "report": report,
            "market": market,
            "period": period,
            "facts": dict(facts),
            "rows": [dict(row) for row in rows],
        },
    )


def _put(output: Path, content: bytes, fields: dict[str, Any]) -> Record:
    record = Record(**{**fields, "sha256": digest(content)})
    text = json.dumps(asdict(record), sort_keys=True, ensure_ascii=False)
    # The record first: without its page it is inert, and a page without its record would be made again.
    replace(_record_path(output, record.path, record.sha256), text.encode())
    replace(output / record.path, content)
    return record


def tidy(output: Path, kept: Mapping[str, Record]) -> None:
    """Drop the records of pages that have been replaced."""
    alive = {_record_path(output, r.path, r.sha256) for r in kept.values()}
    for file in (output / CACHE / "records").glob("*.json"):
        if file not in alive:
            file.unlink(missing_ok=True)
