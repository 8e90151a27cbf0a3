"""Read the cells of one export file, with the row numbers a person sees in it; nothing is interpreted here."""

from __future__ import annotations

import contextlib
import csv
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tne.tables.importers.errors import Bad, ContractError
from tne.tables.importers.limits import MOST_CELL, check_file, check_width
from tne.tables.importers.mapping import Source
from tne.tables.importers.workbooks import rows_of
from tne.tables.pseudonyms import UNSEEN

_BREAK = re.compile(r"\r\n|\r|\n")
_BOMS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


@dataclass(frozen=True)
class Sheet:
    """The raw cells of one file: headers, rows of equal length, and their row numbers in the file.

    `non_data` says, per row, why it is no data by the format's own rules ("" if it is data); empty: all rows are.
    `about` holds, per column, what a known format says of it besides its header; empty where it says nothing.
    `notes` say what else the report must tell about the file: counts and column names, never a person's value.
    `several` are the headers of several lines, which may have swallowed rows.
    """

    file: str
    headers: tuple[str, ...]
    cells: list[list[Any]]
    numbers: list[int]
    non_data: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    about: tuple[Mapping[str, str], ...] = ()
    several: frozenset[str] = frozenset()


def read_sheet(path: Path, source: Source) -> Sheet:
    """Read one export file.

    Parameters
    ----------
    path : Path
        The export.
    source : Source
        Its description.

    Returns
    -------
    Sheet
        Cells are str, numbers, booleans, dates or None (blank); trailing blank rows are left out.

    Raises
    ------
    ContractError
        If the file cannot be read as described or has no header.
    """
    check_file(path)
    rows, lines = _excel(path, source) if source.kind == "xlsx" else _text(path, source)
    head = rows[source.header_row - 1] if len(rows) >= source.header_row else []
    headers = _headers(head)
    check_width(path.name, len(headers))
    several = frozenset(clean(cell) for cell in head if isinstance(cell, str) and "\n" in cell.strip())
    first = source.data_row or source.header_row + 1
    cells, numbers = rows[first - 1 :], lines[first - 1 :]
    if not headers or not any(headers):
        raise ContractError(
            f"{path.name} has no header in row {source.header_row}: it is empty or shorter. "
            "Check the file and `header_row`."
        )
    while cells and all(cell is None or cell == "" for cell in cells[-1]):
        cells.pop()
        numbers.pop()
    width = len(headers)
    if {*map(len, cells)} - {width}:
        cells = [row if len(row) == width else _fit(row, width) for row in cells]
    return Sheet(path.name, headers, cells, numbers, several=several)


def _fit(row: list[Any], width: int) -> list[Any]:
    last = next((at for at in range(len(row) - 1, width - 1, -1) if row[at] not in (None, "")), width - 1)
    row = row[: last + 1]
    if len(row) > width:  # which of them is one too many, nobody can tell
        return [Bad("more cells than headers")] * width
    # A short row is padded by a marker, not by blanks: half a record is no record.
    short = len(row) not in (0, width)
    return row + [Bad("fewer cells than headers") if short else None] * (width - len(row))


def _headers(row: list[Any]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    found = []
    for cell in row:
        name = clean(cell)
        count = seen[name.casefold()] = seen.get(name.casefold(), 0) + 1
        found.append(name if count == 1 or not name else f"{name} ({count})")
    while found and not found[-1]:
        found.pop()
    return tuple(found)


def clean(cell: Any) -> str:
    """Return a header as it is compared: NFKC, trimmed, inner whitespace collapsed, without what nobody sees."""
    text = unicodedata.normalize("NFKC", "" if cell is None else str(cell))
    if not text.isprintable():  # nor may a header steer the terminal that shows it
        text = UNSEEN.sub("", text)
        text = "".join(" " if unicodedata.category(sign) in ("Cc", "Cs") else sign for sign in text)
    return " ".join(text.split())


def _text(path: Path, source: Source) -> tuple[list[list[Any]], list[int]]:
    """Return the rows of a delimited text, and the line on which each begins."""
    encoding, broken = _written(path, source)
    delimiter = source.delimiter or ("\t" if source.kind == "tsv" else ",")
    try:
        with path.open(encoding=encoding, newline="") as file:
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            rows: list[list[Any]] = list(reader)
            lines = _lines(rows, reader.line_num)
    except (UnicodeError, LookupError):
        raise ContractError(
            f"{path.name} is not written in {encoding}. Set `encoding` in [source], for example cp1252 or utf-16."
        ) from None
    except csv.Error as error:
        line = _line_of_error(path, encoding, delimiter)
        if "field limit" in str(error):
            what = f"a cell from line {line} on has more than {MOST_CELL:,} characters, or its quotation mark no end"
        else:
            what = f"the quotation marks from line {line} on do not match, so rows may run into one another"
        raise ContractError(f"{path.name}: {what}. Export the file again; nothing was imported.") from None
    return [[_whole(cell) for cell in row] for row in rows] if broken else rows, lines


def _lines(rows: list[list[str]], count: int) -> list[int]:
    if count == len(rows):
        return list(range(1, count + 1))
    lines, line = [], 1
    for row in rows:
        lines.append(line)
        line += 1 + sum(len(_BREAK.findall(cell)) for cell in row)
    return lines


def _line_of_error(path: Path, encoding: str, delimiter: str) -> int:
    line = 1
    with path.open(encoding=encoding, newline="") as file, contextlib.suppress(csv.Error):
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        for _ in reader:
            line = reader.line_num + 1
    return line


def _written(path: Path, source: Source) -> tuple[str, bool]:
    """Return the encoding of a text, and whether its cells may hold characters that no table can store."""
    with path.open("rb") as file:
        start = file.read(4)
        encoding = next((name for bom, name in _BOMS if start.startswith(bom)), source.encoding)
        if encoding.casefold().replace("_", "-") not in ("utf-8", "utf-8-sig", "cp1252"):
            return encoding, True
        file.seek(0)
        return encoding, any(b"\0" in piece for piece in iter(lambda: file.read(1 << 20), b""))


def _whole(cell: str) -> Any:
    """Return a cell's text, or `Bad` if a table could not store or export it."""
    try:
        cell.encode()
    except UnicodeEncodeError:
        return Bad("broken characters")
    return Bad("broken characters") if "\0" in cell else cell


def _excel(path: Path, source: Source) -> tuple[list[list[Any]], list[int]]:
    rows = rows_of(path, source.sheet)
    return rows, list(range(1, len(rows) + 1))


def find_columns(
    headers: tuple[str, ...], names: Mapping[str, bool], other: Mapping[str, tuple[str, ...]]
) -> dict[str, int]:
    """Return where each needed column is: name to position; absent ones are left out.

    Parameters
    ----------
    headers : tuple of str
        The headers of the file.
    names : mapping
        Columns the mapping reads.
    other : mapping
        Further headers under which a column may stand (other languages, older versions).
    """
    place = {header.casefold(): position for position, header in reversed(list(enumerate(headers)))}
    found: dict[str, int] = {}
    for name in names:
        for header in (name, *other.get(name, ())):
            position = place.get(clean(header).casefold())
            if position is not None:
                found[name] = position
                break
    return found
