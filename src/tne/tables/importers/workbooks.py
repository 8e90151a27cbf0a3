"""How are the cells of a workbook read: no formula evaluated, no link followed, no trap sprung?"""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Iterator
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

from tne.tables.importers.errors import Bad, ContractError
from tne.tables.importers.limits import FILLED, MOST_CELL, SPARSE, check_workbook, damaged


def head(path: Path, rows: int) -> list[list[str]]:
    """Return the first rows of the first sheet as texts; none if it is no workbook that can be read."""
    return next(iter(heads_of(path, rows, 1).values()), [])


def heads_of(path: Path, rows: int, sheets: int = 20) -> dict[str, list[list[str]]]:
    """Return the first rows of the first sheets as texts, by their names."""
    import openpyxl  # here: most imports read no workbook, and should not wait for it

    try:
        check_workbook(path)
        with warnings.catch_warnings(action="ignore"):
            book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
            try:
                return {sheet.title: _head(sheet, rows) for sheet in _visible(book)[:sheets]}
            finally:
                book.close()
    except Exception:  # a damaged workbook fails in a dozen ways, and its messages may quote cells
        return {}


def _visible(book: Any) -> list[Any]:
    """Return the sheets that somebody sees; all if there is none. Lists of a template mostly lie in hidden ones."""
    return [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"] or book.worksheets


def _head(sheet: Any, rows: int) -> list[list[str]]:
    sheet.reset_dimensions()  # some programs write wrong ones
    found = islice(sheet.iter_rows(values_only=True), rows)
    return [["" if cell is None else str(cell) for cell in row] for row in found]


def rows_of(path: Path, sheet: str = "") -> list[list[Any]]:
    """Return the cells of a sheet (the first that is not hidden if none is named), all rows of one length.

    Raises
    ------
    ContractError
        If it is no workbook that can be read, is a trap, or has no such sheet.
    """
    rows = _sheet_values(path, sheet, cached=False)
    if any(isinstance(cell, _Formula) for row in rows for cell in row):
        # Formulas are never evaluated: what the spreadsheet program stored as their value is taken, or nothing.
        stored = _sheet_values(path, sheet, cached=True)
        rows = [
            [_stored(cell, other) for cell, other in zip_longest(row, beside)]
            for row, beside in zip_longest(rows, stored, fillvalue=())
        ]
    return rows


class _Formula(str):
    __slots__ = ()


def _stored(cell: Any, value: Any) -> Any:
    if not isinstance(cell, _Formula):
        return cell
    return Bad("formula without a stored value") if value is None else value


def _sheet_values(path: Path, name: str, *, cached: bool) -> list[list[Any]]:
    import openpyxl

    check_workbook(path)
    try:
        with warnings.catch_warnings(action="ignore"):  # they quote cells
            book = openpyxl.load_workbook(path, read_only=True, data_only=cached, keep_links=False)
            try:
                names = book.sheetnames
                if not name or name in names:
                    sheet = book[name] if name else _visible(book)[0]
                    sheet.reset_dimensions()
                    rows = _filled(path, sheet.iter_rows())
                    width = max(map(len, rows), default=0)
                    return [row + [None] * (width - len(row)) for row in rows]
            finally:
                book.close()
    except ContractError:
        raise
    except Exception:
        # A damaged workbook fails in a dozen ways (zip, XML, styles), and each message may quote its content.
        raise damaged(path) from None
    raise ContractError(
        f"{path.name} has no sheet called {name}; it has {len(names)} sheets. Correct `sheet` in [source]."
    )


def _filled(path: Path, rows: Iterator[Any]) -> list[list[Any]]:
    """Return the cells of a sheet up to its last filled row, each row up to its last filled cell."""
    found: list[list[Any]] = []
    size = filled = width = last = 0
    for row in rows:
        if not row:
            found.append([])
            continue
        cells = [_cell(cell) for cell in row]
        while cells and cells[-1] is None:
            cells.pop()
        found.append(cells)
        last = len(found) if cells else last
        filled += sum(cell is not None for cell in cells)
        width = max(width, len(cells))
        size += len(row)
        if max(size, width * last) > SPARSE and filled < FILLED * max(size, width * last):
            raise ContractError(
                f"{path.name}: nearly all cells of the sheet are empty, and some stand far outside the table. Delete "
                "the rows and columns around it, and save."
            )
    return found[:last]


def _cell(cell: Any) -> Any:
    if cell.value is None:
        return None
    if cell.data_type == "f":
        return _Formula(cell.value)
    if cell.data_type == "e":
        return Bad("spreadsheet error in the cell")
    if isinstance(cell.value, str) and len(cell.value) > MOST_CELL:
        return Bad(f"more than {MOST_CELL:,} characters")
    if isinstance(cell.value, dt.time):
        return cell.value.isoformat()
    if isinstance(cell.value, dt.timedelta):
        minutes, seconds = divmod(round(cell.value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return cell.value
