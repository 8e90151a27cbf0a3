"""Bad rows wait in private files: the only place where an import leaves values that it did not store."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tne.tables.importers.errors import Bad
from tne.tables.importers.texts import text_of

# What a spreadsheet takes for a formula, also behind what ends a cell where it parts them by semicolons or tabs
_FORMULA = re.compile(r"(^|[;\t\r\n][\s\"']*)(?=[=+\-@\t\r＝＋－＠])")
_NUMBER = re.compile(r"[+-]?[\d.,]+")


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """The bad rows of one table in one import: where they stood, why they wait, and the cells the mapping reads."""

    table: str
    files: Sequence[str]
    numbers: Sequence[int]
    rules: Sequence[str]
    cells: Mapping[str, Sequence[Any]]


def quarantine_path(root: Path, table: str, source: str, export: str) -> Path:
    """Return the file for the bad rows of one export: the same export always has the same file."""
    return root / "quarantine" / table / f"{source}-{export[:12]}.csv"


def as_csv(waiting: Waiting) -> bytes:
    """Return the rows as CSV that a spreadsheet opens without running anything in it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["rule", "file", "row", *map(_safe, waiting.cells)])
    for i, rule in enumerate(waiting.rules):
        cells = [_safe(cells[i]) for cells in waiting.cells.values()]
        writer.writerow([rule, _safe(waiting.files[i]), waiting.numbers[i], *cells])
    return text.getvalue().encode("utf-8-sig")


def _safe(cell: Any) -> str:
    if isinstance(cell, Bad):
        return f"[{cell.rule}]"
    text = text_of(cell)
    return text if not isinstance(cell, str) or _NUMBER.fullmatch(text) else _FORMULA.sub(r"\1'", text)


def write_quarantine(path: Path, waiting: Waiting) -> None:
    """Write (or, without bad rows, remove) one quarantine file; only its owner can read it."""
    if not waiting.rules:
        path.unlink(missing_ok=True)
        return
    made = as_csv(waiting)
    if path.is_file() and path.read_bytes() == made:
        return
    for folder in (path.parent.parent, path.parent):
        folder.mkdir(0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    draft = path.with_suffix(".tmp")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(made)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)


def quarantined(root: Path) -> dict[tuple[str, str, str], int]:
    """Return how many rows wait: (table, source file name, rule) to count, without reading any value."""
    counts: dict[tuple[str, str, str], int] = {}
    for path in sorted((root / "quarantine").glob("*/*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                name = (path.parent.name, path.stem, row["rule"])
                counts[name] = counts.get(name, 0) + 1
    return counts
