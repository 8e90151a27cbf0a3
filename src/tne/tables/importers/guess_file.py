"""How is an export of no known format written: header row, decimals, dates, nothing, and what stands in its columns?"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tne.tables.importers.errors import Bad, ContractError
from tne.tables.importers.guess_words import OTHER_PEOPLE, PERSON_KINDS, TARGETS, folded
from tne.tables.importers.mapping import Source
from tne.tables.importers.reading import Sheet, read_sheet
from tne.tables.importers.sniffing import Sample, sample
from tne.tables.importers.texts import text_of
from tne.tables.importers.workbooks import heads_of
from tne.tables.pseudonyms import refuse_name

NULLS = ("-", "–", "n/a", "N/A", "NA", "null", "NULL", "k. A.", "s/d")
LOOKED = 12  # rows in which the header may stand
_DATES = (
    *("%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%Y", "%m-%d-%Y"),
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%d. %B %Y"),
)
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", ", %H:%M", ", %H:%M:%S", ", %I:%M %p")
FORMATS = tuple(date + time for date in _DATES for time in _TIMES)


@dataclass(frozen=True, eq=False)
class Found:
    """An export as it was found to be written."""

    sample: Sample
    sheet: Sheet
    row: int
    name: str = ""

    @cached_property
    def usual(self) -> dict[str, tuple[str, ...]]:
        """The headers that are usual, with the columns that they may mean."""
        made: dict[str, tuple[str, ...]] = {}
        for header in self.sheet.headers:
            name = folded(header)
            targets = (*TARGETS.get(name, ()), *OTHER_PEOPLE.get(name, ()))
            made |= {header: targets} if targets else {}
        return made

    def cells(self, header: str) -> list[Any]:
        """Return the cells of a column that can be read and are not blank."""
        at = self.sheet.headers.index(header)
        return [row[at] for row in self.sheet.cells if not isinstance(row[at], Bad) and text_of(row[at])]

    def texts(self, header: str) -> Counter[str]:
        """Return how often each text stands in a column."""
        return Counter(map(text_of, self.cells(header)))


def known_header(cell: Any) -> bool:
    """Whether a cell is a usual header."""
    name = folded(cell)
    return name in TARGETS or name in PERSON_KINDS or name in OTHER_PEOPLE or is_name(name)


def _usual(row: Sequence[str]) -> int:
    """Return how many usual headers a row holds; none if a cell of it is an address, a number or a date."""
    if any("@" in cell or re.fullmatch(r"[-+\d.,:/ ]*\d[-+\d.,:/ TZ]*", cell.strip()) for cell in row):
        return 0
    return len({folded(cell) for cell in row if known_header(cell)})


def is_name(header: str) -> bool:
    """Whether a column holds names."""
    try:
        refuse_name(header)
    except ValueError:
        return True
    return False


def look(path: Path) -> Found:
    """Find out how an export is written.

    Raises
    ------
    ContractError
        If it is no table, or none of its first rows is a header with usual names. No cell is shown.
    """
    seen = sample(path)
    if seen.kind == "binary":
        raise ContractError(f"{path.name} is no text and no workbook. Export it as CSV or .xlsx.")
    heads = heads_of(path, LOOKED) if seen.kind == "xlsx" else {"": seen.rows[:LOOKED]}
    counts = {(name, at): _usual(row) for name, rows in heads.items() for at, row in enumerate(rows, 1)}
    best = max(counts, key=lambda place: counts[place], default=None)
    if best is None or counts[best] < 2:
        raise ContractError(
            f"None of the first rows of {path.name} has headers that are usual, so nothing is proposed. Write a "
            "mapping file by hand (docs/importing.md)."
        )
    name, row = best
    source = Source(
        name="sample",
        kind="xlsx" if seen.kind == "xlsx" else "csv",
        header_row=row,
        sheet=name,
        encoding=seen.encoding or "utf-8",
        delimiter=seen.delimiter,
    )
    return Found(seen, read_sheet(path, source), row, name)


def decimals(texts: Sequence[str]) -> tuple[str, str]:
    """Return decimal and thousands separator of numbers; ("?", "") where both readings fit.

    Examples
    --------
    >>> decimals(["1.234,5"]), decimals(["1,5"]), decimals(["1.5", "7"]), decimals(["1.234"])
    ((',', '.'), (',', ''), ('.', ''), ('?', ''))
    """
    commas = any(
        re.fullmatch(r"[-+]?\d+,\d+", t) and not re.fullmatch(r"[-+]?\d{1,3},\d{3}", t) for t in texts
    )
    points = any(
        re.fullmatch(r"[-+]?\d+\.\d+", t) and not re.fullmatch(r"[-+]?\d{1,3}\.\d{3}", t) for t in texts
    )
    german = any(re.fullmatch(r"[-+]?\d{1,3}(\.\d{3})+,\d+", t) for t in texts)
    english = any(re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+\.\d+", t) for t in texts)
    open_ = any(re.fullmatch(r"[-+]?\d{1,3}[.,]\d{3}", t) for t in texts)
    if (commas or german) and (points or english):
        return "?", ""
    if german or english:
        return (",", ".") if german else (".", ",")
    if commas or points:
        sign, other = (",", ".") if commas else (".", ",")
        return sign, other if any(re.fullmatch(rf"[-+]?\d{{1,3}}\{other}\d{{3}}", t) for t in texts) else ""
    return ("?", "") if open_ else (".", "")


def dates(cells: Sequence[Any]) -> tuple[tuple[str, ...], bool]:
    """Return the formats of which each reads all dates, () for ISO 8601 and real dates; and whether a zone is missing.

    Days have none either: as instants they are midnights somewhere.

    Examples
    --------
    >>> dates(["13/02/2026"]), dates(["03/02/2026"])
    ((('%d/%m/%Y',), True), (('%d/%m/%Y', '%m/%d/%Y'), True))
    """
    texts = list(dict.fromkeys(" ".join(c.split()) for c in cells if isinstance(c, str)))[:300]
    naive = any(isinstance(c, dt.datetime) and c.tzinfo is None for c in cells)
    if all(_reads(text, "") for text in texts):
        naive |= any(len(text) <= 10 or not re.search(r"(Z|[+-]\d\d:?\d\d)$", text) for text in texts)
        return (), naive
    found = tuple(form for form in FORMATS if all(_reads(text, form) for text in texts))
    return found or ("?",), naive or bool(found)


def _reads(text: str, form: str) -> bool:
    try:
        dt.datetime.strptime(text, form) if form else dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
