"""How far does each file of the ledger go? Noted beside the files, so that one cut short or taken away is missed."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from pathlib import Path

from tne.tables.ledger_file import FOLDER, LedgerError

ENDS = "ends.json"


def noted_ends(root: Path) -> dict[str, str]:
    """Return the seal of a line that each file of the ledger has, by market: its last, unless a run was killed.

    Whoever reads a file reads this first: a file grows before its end is noted.

    Raises
    ------
    LedgerError
        If the note cannot be read.
    """
    try:
        told = json.loads((root / FOLDER / ENDS).read_text(encoding="utf-8"))
        return {str(scope): str(seal) for scope, seal in told.items()}
    except FileNotFoundError:
        return {}  # no file yet, or files from before ends were noted
    except (OSError, ValueError, AttributeError):
        raise LedgerError(
            f"`{FOLDER}/{ENDS}`, which says how far the ledger goes, cannot be read. Restore it from a backup, with "
            "the files beside it."
        ) from None


def note_end(root: Path, scope: str, seal: str) -> None:
    """Note the last seal of a file, in one step; callers hold the lock."""
    content = ends_text(noted_ends(root) | {scope: seal})
    scratch = root / FOLDER / f".{ENDS}.tmp"
    handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    scratch.replace(root / FOLDER / ENDS)


def ends_text(ends: Mapping[str, str]) -> bytes:
    """Return the content of the note."""
    return json.dumps(dict(sorted(ends.items())), indent=1).encode()


def require_whole(file: Path, end: str, seals: Collection[str]) -> None:
    """Raise `LedgerError` if a file, read or gone, has no line with the seal that was noted ("": none was)."""
    if end and end not in seals:
        raise LedgerError(
            f"The ledger `{FOLDER}/{file.name}` is gone or lacks its last lines. Restore it from a backup: without it "
            "nobody knows what was released. Where nothing of it was ever shared, take its entry out of "
            f"`{FOLDER}/{ENDS}` and move the file away: a new one begins."
        )
