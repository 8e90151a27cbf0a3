"""The output folder: what stands in it now, and how a file in it is replaced without ever being half."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from dataclasses import replace as _with
from pathlib import Path
from typing import Any

from tne.runs.hashes import Hashes, file_sha256
from tne.runs.inputs import digest
from tne.runs.outcome import SOME_FAILED, UsageError
from tne.runs.plan import CACHE
from tne.tables.placing import sync


class Unwritable(OSError):
    """A run that had begun cannot write any more: what stands stays, exit code 1."""

    exit_code = SOME_FAILED


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
    reads: str = "all"


@contextmanager
def locked(output: Path) -> Iterator[None]:
    """Keep every other run out of `output`.

    Raises
    ------
    UsageError
        If another run holds it.
    """
    try:
        (output / CACHE).mkdir(parents=True, exist_ok=True)
        handle = (output / CACHE / "lock").open("a+b")
    except OSError as error:
        raise cannot_start(output, error) from None
    with handle:
        try:
            if os.name == "posix":
                import fcntl

                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            else:
                import msvcrt

                handle.seek(0)
                msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]  # of Windows
        except OSError:
            raise UsageError(
                f"Another run is writing to {output}. Wait for it, or choose another folder with --output."
            ) from None
        with suppress(OSError):
            for left in [*output.rglob(".*.tmp")]:  # of a run that was killed
                left.unlink(missing_ok=True)
        yield


def cannot_start(output: Path, error: OSError) -> UsageError:
    """Return what to say if nothing can be written to `output`."""
    why = error.strerror or type(error).__name__
    return UsageError(
        f"Cannot write to {output}: {why}. Make room there or correct its rights, or choose another folder with "
        "--output. Nothing was started."
    )


def replace(path: Path, content: bytes) -> bool:
    """Put `content` at `path` in one step; say whether anything changed."""
    with suppress(OSError):
        if path.stat().st_size == len(content) and path.read_bytes() == content:
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
        with suppress(OSError):  # which would hide why it failed
            scratch.unlink(missing_ok=True)
    if os.name == "posix":
        sync(path.parent)
    return True


def _record_path(output: Path, path: str, sha256: str) -> Path:
    return output / CACHE / "records" / f"{digest([path, sha256])[:32]}.json"


def current(output: Path, path: str, hashes: Hashes | None = None) -> Record | None:
    """Return the record of the page that stands at `path` now, None if there is none or it was tampered with."""
    try:
        sha256 = hashes.sha256(output / path) if hashes else file_sha256(output / path)
        stored = json.loads(_record_path(output, path, sha256).read_text(encoding="utf-8"))
        return Record(**stored)
    except (OSError, ValueError, TypeError):
        return None


def shelf(output: Path, hashes: Hashes | None = None) -> dict[str, Record]:
    """Return the records of all pages that stand in `output`, by path, without their rows; see `rows`."""
    pages = sorted(p.relative_to(output).as_posix() for p in output.glob("*/**/*.html"))
    found = ((path, current(output, path, hashes)) for path in pages)
    return {path: slim(record) for path, record in found if record is not None}


def slim(record: Record) -> Record:
    """Return a record without its rows, as a run keeps many in memory."""
    return _with(record, rows=[])


def rows(output: Path, record: Record) -> list[dict[str, Any]]:
    """Return the rows of a page that was published; none if its record has gone since."""
    try:
        place = _record_path(output, record.path, record.sha256)
        return list(json.loads(place.read_text(encoding="utf-8"))["rows"])
    except (OSError, ValueError, KeyError, TypeError):
        return []


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
    reads: str = "all",
) -> tuple[Record, ...]:
    """Put a page that has passed the gate in its place; the page of an earlier period moves to the archive.

    Returns
    -------
    tuple of Record
        Of the pages that were put, the archived one first if there is one.
    """
    put = []
    before = current(output, path)
    latest = path == f"{report}/{market}.html"
    if latest and before is not None and before.period and period and before.period < period:
        archive = f"{report}/{market}/{before.period}.html"
        if current(output, archive) is None:
            put.append(_put(output, (output / path).read_bytes(), {**asdict(before), "path": archive}))
    fields = {
        "path": path,
        "run_id": run_id,
        "report": report,
        "market": market,
        "period": period,
        "facts": dict(facts),
        "rows": [dict(row) for row in rows],
        "reads": reads,
    }
    return (*put, _put(output, html.encode(), fields))


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
