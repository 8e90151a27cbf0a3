"""Read the cells of one export file, with the row numbers a person sees in it; nothing is interpreted here."""

from __future__ import annotations

import csv
import datetime as dt
import io
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl

from tne.tables.importers.errors import ContractError
from tne.tables.importers.mapping import Source

_BOMS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


@dataclass(frozen=True)
class Bad:
    """A cell that cannot be read, with the rule it breaks; the mapping cannot overrule it."""

    rule: str


@dataclass(frozen=True)
class Sheet:
    """The raw cells of one file: headers, rows of equal length, and their row numbers in the file.

    `non_data` says, per row, why it is no data by the format's own rules ("" if it is data); empty: all rows are.
    `about` holds, per column, what a known format says of it besides its header; empty where it says nothing.
    `notes` say what else the report must tell about the file: counts and column names, never a person's value.
    """

    file: str
    headers: tuple[str, ...]
    cells: list[list[Any]]
    numbers: list[int]
    non_data: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    about: tuple[Mapping[str, str], ...] = ()


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
    rows = _excel(path, source) if source.kind == "xlsx" else _text(path, source)
    headers: tuple[str, ...] = ()
    cells: list[list[Any]] = []
    numbers: list[int] = []
    first = source.data_row or source.header_row + 1
    for record, number, row in rows:
        if record == source.header_row:
            headers = _headers(row)
        elif record >= first:
            cells.append(row)
            numbers.append(number)
    if not headers or not any(headers):
        raise ContractError(
            f"{path.name} has no header in row {source.header_row}: it is empty or shorter. "
            "Check the file and `header_row`."
        )
    while cells and all(cell is None or cell == "" for cell in cells[-1]):
        cells.pop()
        numbers.pop()
    return Sheet(path.name, headers, [_fit(row, len(headers)) for row in cells], numbers)


def _fit(row: list[Any], width: int) -> list[Any]:
    while len(row) > width and row[-1] in (None, ""):
        row = row[:-1]
    if len(row) > width:
        return [*row[: width - 1], Bad("more cells than headers")]
    # A short row is padded by a marker, not by blanks: half a record is no record.
    short = len(row) not in (0, width)
    return row + [Bad("fewer cells than headers") if short else None] * (width - len(row))


def _headers(row: list[Any]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    found = []
    for cell in row:
        name = clean(cell)
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 or not name else f"{name} ({seen[name]})")
    while found and not found[-1]:
        found.pop()
    return tuple(found)


def clean(cell: Any) -> str:
    """Return a header as it is compared: NFKC, trimmed, inner whitespace and line breaks collapsed."""
    return " ".join(unicodedata.normalize("NFKC", "" if cell is None else str(cell)).split())


def _text(path: Path, source: Source) -> Iterator[tuple[int, int, list[Any]]]:
    raw = path.read_bytes()
    encoding = next((name for bom, name in _BOMS if raw.startswith(bom)), source.encoding)
    try:
        text = raw.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        raise ContractError(
            f"{path.name} is not written in {encoding}. Set `encoding` in [source], for example cp1252 or utf-16."
        ) from None
    delimiter = source.delimiter or ("\t" if source.kind == "tsv" else ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for record, row in enumerate(reader, start=1):
            yield record, line, row
            line = reader.line_num + 1
    except csv.Error:
        raise ContractError(
            f"{path.name}: the quotation marks from line {line} on do not match, so rows may run into one another. "
            "Export the file again; nothing was imported."
        ) from None


def _excel(path: Path, source: Source) -> Iterator[tuple[int, int, list[Any]]]:
    rows = _sheet_values(path, source, cached=False)
    if any(isinstance(cell, _Formula) for row in rows for cell in row):
        # Formulas are never evaluated: what the spreadsheet program stored as their value is taken, or nothing.
        stored = _sheet_values(path, source, cached=True)
        rows = [
            [_stored(cell, other) for cell, other in zip(row, beside, strict=True)]
            for row, beside in zip(rows, stored, strict=True)
        ]
    for number, row in enumerate(rows, start=1):
        yield number, number, row


class _Formula(str):
    __slots__ = ()


def _stored(cell: Any, value: Any) -> Any:
    if not isinstance(cell, _Formula):
        return cell
    return Bad("formula without a stored value") if value is None else value


def _sheet_values(path: Path, source: Source, *, cached: bool) -> list[list[Any]]:
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=cached)
        try:
            names = book.sheetnames
            if not source.sheet or source.sheet in names:
                sheet = book[source.sheet] if source.sheet else book.worksheets[0]
                sheet.reset_dimensions()
                rows = [[_cell(cell) for cell in row] for row in sheet.iter_rows()]
                width = max(map(len, rows), default=0)
                return [row + [None] * (width - len(row)) for row in rows]
        finally:
            book.close()
    except Exception:
        # A damaged workbook fails in a dozen ways (zip, XML, styles), and each message may quote its content.
        raise ContractError(
            f"{path.name} is not an .xlsx workbook that can be read. Save it as one, or set `kind`."
        ) from None
    raise ContractError(
        f"{path.name} has no sheet called {source.sheet}; it has {len(names)} sheets. Correct `sheet` in [source]."
    )


def _cell(cell: Any) -> Any:
    if cell.data_type == "f":
        return _Formula(cell.value)
    if cell.data_type == "e":
        return Bad("spreadsheet error in the cell")
    if isinstance(cell.value, dt.time):
        return cell.value.isoformat()
    if isinstance(cell.value, dt.timedelta):
        minutes, seconds = divmod(round(cell.value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return cell.value


def find_columns(headers: tuple[str, ...], names: Mapping[str, bool], other: Mapping[str, tuple[str, ...]]):
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
