"""Which texts of a table are a number with its interval? They become numbers again, as exact as they are shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import cast

from tne.report.catalogue import phrase, supported
from tne.report.formats.tree import Cell, Column, Page, Table

_NO_NUMBER = ("–", "<", ">", "")
# Marks of direction go; digits and signs of other scripts become those of programs
_MARKS = str.maketrans(dict.fromkeys("\u2066\u2067\u2068\u2069\u200e\u200f\u061c"))
_MARKS |= {zero + k: str(k) for zero in (0x660, 0x6F0, 0x9E6, 0x966, 0x1040) for k in range(10)}
_MARKS |= {ord("٪"): "%", ord("٬"): ""}
_SPACES = str.maketrans(dict.fromkeys(" \u00a0\u202f\u2009’'"))


def split_composed(page: Page, table: Table, ends: Callable[[str], tuple[str, str]]) -> Table:
    """Return the table with each column of numbers with intervals as three, and of percentages as numbers.

    Parameters
    ----------
    page : Page
        Its other cells tell how its numbers are written.
    table : Table
    ends : callable
        From a header to the headers of the two limits.
    """
    read = _reader(page)
    columns: list[Column] = []
    bodies: list[list[Cell]] = []
    for j, column in enumerate(table.columns):
        cells = [row[j] if j < len(row) else Cell("") for row in table.rows]
        found = [read(cell.text) for cell in cells] if column.kind == "text" and read else []
        if not _all_numbers(cells, found):
            columns.append(column)
            bodies.append(cells)
            continue
        kind = "percent" if any(one and one[0] == "percent" for one in found) else "number"
        kind = "change" if any(cell.text.startswith("+") for cell in cells) and kind == "number" else kind
        parts = [one[1] if one else ("", "", "") for one in found]
        columns.append(Column(column.label, kind))
        bodies.append([Cell(c.text, p[0], mark=c.mark) for c, p in zip(cells, parts, strict=True)])
        if not any(part[1] for part in parts):
            continue
        columns += [Column(end, "limit" if kind == "change" else kind) for end in ends(column.label)]
        bodies += [[Cell("", part[end]) for part in parts] for end in (1, 2)]
    return Table(table.caption, tuple(columns), tuple(zip(*bodies, strict=True)), table.notes, table.section)


def plain(said: str) -> str:
    """Return a text without marks of direction, and with the digits of programs."""
    return said.translate(_MARKS).strip()


def _all_numbers(cells: list[Cell], found: list[tuple[str, tuple[str, str, str]] | None]) -> bool:
    """Whether some are numbers with an interval or percentages, and all others say that there is no number."""
    kinds = {one[0] for one in found if one}
    # a bare number may be a name or a part of one, such as a question's
    if len(kinds) != 1 or not (kinds == {"percent"} or any(one and one[1][1] for one in found)):
        return False
    return all(
        one or not cell.text or plain(cell.text)[:1] in _NO_NUMBER
        for cell, one in zip(cells, found, strict=True)
    )


def _reader(page: Page) -> Callable[[str], tuple[str, tuple[str, str, str]] | None] | None:
    """Return what reads a text of this page, None if the page does not tell how it writes numbers."""
    point = _decimal_sign(page)
    if point is None:
        return None
    # reading a page turns the no-break space between thousands into a plain one
    number = r"([+−]?\d+(?:[.,٫’\u00a0\u202f]\d+| \d{3}(?!\d))*)\s?(%?)"
    pattern = re.escape(phrase(supported(page.lang), "interval.between").translate(_MARKS))
    between = pattern.replace(r"\{low\}", number).replace(r"\{high\}", number)
    composed = re.compile(rf"{number}(?: \({between}\))?")

    def read(said: str) -> tuple[str, tuple[str, str, str]] | None:
        match = composed.fullmatch(plain(said))
        if match is None:
            return None
        kind = "percent" if match[2] else "number"
        values = [_machine(match[i], point, kind) if match[i] else "" for i in (1, 3, 5)]
        return (
            None if None in values else (kind, cast(tuple[str, str, str], (values[0], values[1], values[2])))
        )

    return read


def _decimal_sign(page: Page) -> str | None:
    for table in page.tables:
        for row in table.rows:
            for cell in row:
                whole, dot, part = cell.value.partition(".")
                if dot and re.fullmatch(r"-?\d{1,3}", whole) and len(part) != 3:
                    bare = plain(cell.text).replace("−", "-").lstrip("+")
                    found = re.fullmatch(rf"{whole}(\D){part}", bare)
                    if found:
                        return found[1]
    return None


def _machine(said: str, point: str, kind: str) -> str | None:
    """Return a shown number as programs write it; shares of 1 for percentages."""
    bare = said.replace("−", "-").lstrip("+").translate(_SPACES)
    bare = bare.replace("," if point in ".٫" else ".", "").replace(point, ".")
    if not re.fullmatch(r"-?\d+(?:\.\d+)?", bare):
        return None
    decimals = len(bare.partition(".")[2])
    return f"{float(bare) / 100:.{decimals + 2}f}" if kind == "percent" else bare
