"""Which quarantine files mention a person, and what is left without them?"""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from tne.tables.keyfile import Key
from tne.tables.pseudonyms import alias_hash, normalise

_BETWEEN = re.compile(r"[\s,;:<>()\[\]{}\"'`|/=]+")


def waiting(root: Path) -> list[Path]:
    """Return the quarantine files of a workspace."""
    return sorted((root / "quarantine").glob("*/*.csv"))


def mentions(key: Key, names: set[tuple[str, str]], alias: str) -> Callable[[Path], bool]:
    """Return a test whether a quarantine file mentions the person: an alias as a cell, or as a word in one."""
    kinds = sorted({kind for kind, _ in names})
    plain = normalise(alias)
    seen: dict[str, bool] = {}

    def theirs(text: str) -> bool:
        if text not in seen:
            seen[text] = any((kind, alias_hash(key, kind, text)) in names for kind in kinds)
        return seen[text]

    def test(path: Path) -> bool:
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                cells = {cell for row in csv.reader(file) for cell in row}
        except (OSError, ValueError, csv.Error):
            return True  # whom an unreadable file mentions is unknown; the next import writes it again
        return any(
            ("@" in plain and plain in normalise(cell))
            or any(map(theirs, {cell.removeprefix("'"), *_BETWEEN.split(cell)} - {""}))
            for cell in cells
        )

    return test


def stage_waiting(root: Path, gone: set[Path], new: Path) -> dict[str, str]:
    """Write the quarantine without the files `gone` to the next state; return the move that puts it in place."""
    (new / "quarantine").mkdir(mode=0o700)
    for path in waiting(root):
        if path not in gone:
            place = new / path.relative_to(root)
            place.parent.mkdir(mode=0o700, exist_ok=True)
            shutil.copy2(path, place)
    return {"quarantine": "quarantine"}
