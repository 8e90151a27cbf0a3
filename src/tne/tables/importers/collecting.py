"""Bring the files of one import together: the columns that the mapping reads, and what it does not know."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tne.tables.importers.cells import Cells, dropped
from tne.tables.importers.errors import ContractError
from tne.tables.importers.faults import unsaid
from tne.tables.importers.formats import BY_NAME
from tne.tables.importers.limits import check_file
from tne.tables.importers.mapping import Map, Source
from tne.tables.importers.reading import Sheet, clean, find_columns, read_sheet
from tne.tables.importers.texts import is_blank

SHOWN = 120  # characters of a header in a message


def sheets_of(paths: Sequence[Path], source: Source, ready: Mapping[Path, Sheet]) -> Iterable[Sheet]:
    """Read files by their kind: those of a known format by its own reader, plain tables by `read_sheet`."""
    known = BY_NAME.get(source.kind)
    if all(path in ready for path in paths):
        return [ready[path] for path in paths]
    return known.sheets(paths, source) if known else (read_sheet(path, source) for path in paths)


@unsaid()
def collect(
    whole: Map, paths: Sequence[Path], ready: Mapping[Path, Sheet] | None = None
) -> tuple[Cells, tuple[str, ...], str]:
    """Read all files of one import.

    Parameters
    ----------
    whole : Map
        The mapping.
    paths : sequence of Path
        Files of one export.
    ready : mapping of Path to Sheet, optional
        Files that have been read.

    Returns
    -------
    cells, unknown, digest : Cells, tuple of str, str
        The cells, the headers that the mapping neither reads nor ignores, and a hash of the files' bytes.

    Raises
    ------
    ContractError
        If a file is absent or unreadable, or lacks columns that the mapping needs.
    """
    if not paths:
        raise ContractError("No export file was named. Name at least one.")
    needed = whole.needed()
    patterns = [re.compile(w.pattern) for t in whole.tables for w in t.wide if w.pattern]
    columns: dict[str, list[Any]] = {name: [] for name in needed}
    by_header: dict[str, list[Any]] = {}
    files: list[str] = []
    numbers: list[int] = []
    blank: list[bool] = []
    no_data: list[str] = []
    notes: dict[str, None] = {}
    unknown: dict[str, None] = {}
    headers: tuple[str, ...] | None = None
    digest = hashlib.sha256()
    for path in paths:
        check_file(path)
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    for path, sheet in zip(paths, sheets_of(paths, whole.source, ready or {}), strict=True):
        if headers is not None and sheet.headers != headers:
            raise ContractError(f"{path.name} has other headers than the first file. Import it on its own.")
        headers = sheet.headers
        place = find_columns(sheet.headers, needed, whole.headers)
        _require(sheet, needed, place, whole)
        for name in needed:
            at = place.get(name)
            columns[name] += [None] * len(sheet.cells) if at is None else _column(sheet, at)
        taken = set(place.values())
        for at, header in enumerate(sheet.headers):
            melted = any(p.fullmatch(header) for p in patterns)
            if melted:
                by_header.setdefault(header, []).extend(_column(sheet, at))
            if header and at not in taken and not melted and not _ignored(header, whole):
                unknown[shown(header, sheet)] = None
        files += [sheet.file] * len(sheet.cells)
        numbers += sheet.numbers
        notes.update(dict.fromkeys(sheet.notes))
        no_data += _footed(sheet, whole.source.skip_footer)
        blank += _blank(sheet.cells)
    for name, values in columns.items():
        by_header.setdefault(name, values)
    cells = Cells(columns, headers or (), by_header, files, numbers, blank, no_data, tuple(notes))
    return cells, tuple(unknown), digest.hexdigest()


def _footed(sheet: Sheet, footer: int) -> list[str]:
    """Return why rows are no data, those of the footer included."""
    why = list(sheet.non_data) or [""] * len(sheet.cells)
    start = max(len(why) - footer, 0)
    return why[:start] + [each or "footer" for each in why[start:]]


def _column(sheet: Sheet, at: int) -> list[Any]:
    """Return the cells of a column; equal texts are one object, which saves memory and comparing."""
    cells = [row[at] for row in sheet.cells]
    if {*map(type, cells)} != {str}:
        return cells
    known: dict[str, str] = {}
    return list(map(known.setdefault, cells, cells))


def _blank(rows: list[list[Any]]) -> list[bool]:
    """Return which rows hold nothing; mostly the first cell says that they do."""
    firsts = [row[0] if row else None for row in rows]
    empty = {cell for cell in set(firsts) if is_blank(cell, ())}
    if not empty:
        return [False] * len(rows)
    return [
        first in empty and all(is_blank(cell, ()) for cell in row)
        for first, row in zip(firsts, rows, strict=True)
    ]


def shown(header: str, sheet: Sheet) -> str:
    """Return a header as a message may show it: one of several lines, or with an address, may hold somebody's data."""
    if header in sheet.several or "@" in header:
        return "(a header of several lines)" if header in sheet.several else "(a header with an address)"
    return header if len(header) <= SHOWN else header[:SHOWN] + "…"


def _ignored(header: str, whole: Map) -> bool:
    """Whether the mapping lists the header to be ignored; ``*`` in the list stands for anything."""
    names, pattern = _listed(whole.source.ignore)
    return header.casefold() in names or bool(pattern.fullmatch(header))


@functools.lru_cache(maxsize=8)
def _listed(ignore: tuple[str, ...]) -> tuple[frozenset[str], re.Pattern[str]]:
    names = [clean(name) for name in ignore]
    patterns = (re.escape(name).replace(r"\*", ".*") for name in names if "*" in name)
    whole = frozenset(name.casefold() for name in names if "*" not in name)
    return whole, re.compile("|".join(patterns) or "(?!)", re.IGNORECASE)


def _require(sheet: Sheet, needed: dict[str, bool], place: dict[str, int], whole: Map) -> None:
    missing = [name for name, optional in needed.items() if not optional and name not in place]
    if missing:
        # Headers are only shown once some of them fit: in a wrong row they would be somebody's data.
        if place:
            unused = [shown(h, sheet) for i, h in enumerate(sheet.headers) if h and i not in place.values()]
            more = f" Not used so far: {', '.join(unused[:12])}." if unused else ""
        else:
            more = (
                f" None of the columns stands in row {whole.source.header_row}: check `header_row`, `delimiter` "
                "and `sheet`."
            )
        raise ContractError(
            f"{sheet.file} lacks the columns {', '.join(missing)}.{more} Correct the mapping, or list the export's "
            "own header for it in [headers]."
        )
    folded = [clean(h).casefold() for h in sheet.headers]
    for name, at in place.items():
        twin = f"{folded[at]} (2)"
        other = folded.index(twin) if twin in folded else at
        if other not in place.values() and not _ignored(sheet.headers[other], whole):
            raise ContractError(
                f"{sheet.file} has two columns {name}. Say which one is meant: `{name}` or `{name} (2)`, "
                "and put the other in `ignore`."
            )


def recognise(whole: Map, cells: Cells) -> list[bool]:
    """Return which source rows are no data: blank ones, footers, what the format or `non_data` describes."""
    nulls = whole.source.nulls
    blank = [gone or bool(why) for gone, why in zip(cells.blank, cells.no_data, strict=True)]
    for drop in whole.source.non_data:
        blank = [a or b for a, b in zip(blank, dropped(cells.columns[drop.column], drop, nulls), strict=True)]
    return blank
