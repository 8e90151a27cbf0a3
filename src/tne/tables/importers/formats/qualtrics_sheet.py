"""What stands in an export of Qualtrics (Data & Analysis, Export Data: CSV, TSV or Excel)?

Three header rows: names; question texts; the tool's own ids as JSON, which also say the time zone. Sources: the help
pages "Understanding Your Dataset" and "Data Export Options" (qualtrics.com/support), the value labels of `Status` that
its SPSS export writes, and public files for what stands in the JSON (`choiceId` marks one choice out of several).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tne.tables.importers.errors import Bad, ContractError
from tne.tables.importers.formats.delimited import (
    delimited,
    header_cells,
    refuse_addresses,
    renamed,
)
from tne.tables.importers.mapping import Column, Source
from tne.tables.importers.reading import Sheet, read_sheet
from tne.tables.importers.sniffing import Sample, sample
from tne.tables.importers.texts import text_of
from tne.tables.importers.values import convert

#: The tool's own columns; the second header of one is that of exports before 2017.
OWN: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("StartDate", "EndDate", "Status", "IPAddress", "Progress", "Duration (in seconds)"), ()),
    **dict.fromkeys(
        ("Finished", "RecordedDate", "ResponseSet", "RecipientLastName", "RecipientFirstName"), ()
    ),
    "ResponseId": ("ResponseID",),
    "RecipientEmail": (),
    "ExternalReference": ("ExternalDataReference",),
    **dict.fromkeys(("LocationLatitude", "LocationLongitude", "LocationAccuracy", "DistributionChannel"), ()),
    **dict.fromkeys(
        ("UserLanguage", "Q_RecaptchaScore", "Q_RelevantIDDuplicate", "Q_DuplicateRespondent"), ()
    ),
}
TIMES = ("StartDate", "EndDate", "RecordedDate")
#: Previews and tests are nobody's answers, spam is a machine's; the numbers are those of the numeric export.
_NO_DATA: tuple[str, ...] = (
    "Survey Preview",
    "Survey Test",
    "Spam",
    "Survey Preview Spam",
    "Imported Spam",
    "EX Spam",
)
_NO_DATA += ("Offline Survey Preview", "1", "2", "8", "9", "12", "17", "40")
_TIME = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{5}")
_RESPONSE = ("R_", "FS")  # how its ids begin
_FURTHER = 3  # header rows after the names, at most
_SEARCHED = 4  # rows in which the names may stand, and after them the other headers


def _names_row(seen: Sample) -> int:
    """Return the row of the names, counted from 1; 0 if there is none."""
    known = {name.casefold() for name, others in OWN.items() for name in (name, *others)}
    for row in range(1, _SEARCHED + 1):
        found = {cell.casefold() for cell in header_cells(seen, row)}
        if len(found & known) >= 4 and {"startdate", "responseid"} <= found:
            return row
    return 0


def recognise(seen: Sample) -> str:
    """Return how an export of Qualtrics is known, "" if it is another file."""
    row = _names_row(seen) if seen.kind in ("text", "xlsx") else 0
    if not row:
        return ""
    ids = any('{"importid"' in cell.casefold() for cell in header_cells(seen, row + 2))
    return "the columns StartDate and ResponseId" + (" and the row of ImportIds" if ids else "")


def read(path: Path, source: Source) -> Sheet:
    """Read an export: CSV, TSV or workbook.

    The rows after the names that repeat them in words or as ids are headers, wherever a second file was appended no
    data. Times become instants where the ids say their zone; `Sheet.about` holds each column's id and text.

    Raises
    ------
    ContractError
        If it is no export of Qualtrics.
    """
    seen = sample(path)
    row = _names_row(seen)
    if not row:
        raise ContractError(f"{path.name} has no row with the columns StartDate and ResponseId of Qualtrics.")
    if seen.kind == "xlsx":
        sheet = renamed(read_sheet(path, replace(source, kind="xlsx", header_row=row)), OWN)
    else:
        sheet = delimited(path, source, OWN, header_row=row)
    refuse_addresses(sheet)
    ids = next((i for i, cells in enumerate(sheet.cells[:_SEARCHED]) if _is_ids(cells)), -1)
    first = ids + 1
    while first < min(len(sheet.cells), _SEARCHED) and _is_above(sheet, first):
        first += 1
    about = _about(sheet, ids)
    cells, numbers = sheet.cells[first:], sheet.numbers[first:]
    sheet = replace(sheet, cells=cells, numbers=numbers, about=about)
    no_data = tuple(_no_data(sheet, row) for row in cells)
    return _timed(replace(sheet, non_data=no_data), source)


def _is_ids(cells: Sequence[Any]) -> bool:
    filled = [text_of(cell) for cell in cells if not isinstance(cell, Bad) and text_of(cell)]
    return bool(filled) and all(text.startswith('{"ImportId"') for text in filled)


def _is_header(sheet: Sheet, cells: Sequence[Any]) -> bool:
    """Whether a row repeats the header in any language: where a response has its start, it has words or ids."""
    if _is_ids(cells):
        return True
    start = cells[sheet.headers.index("StartDate")]
    return isinstance(start, str) and bool(start.strip()) and not re.search(r"\d", start)


def _is_above(sheet: Sheet, at: int) -> bool:
    """Whether a row above the responses is one more header: of the first, one that has no time and no response's id."""
    cells = sheet.cells[at]
    said = {n: text_of(c) for n, c in zip(sheet.headers, cells, strict=True) if not isinstance(c, Bad)}
    times = any(_TIME.search(said.get(name, "")) for name in TIMES)
    other = not times and any(said.values()) and said.get("ResponseId", "")[:2] not in _RESPONSE
    return _is_header(sheet, cells) or (at < _FURTHER and other)


def _about(sheet: Sheet, ids: int) -> tuple[Mapping[str, str], ...]:
    """Return what the ids and the texts above them say of each column."""
    worded = ids > 0 or (ids < 0 and bool(sheet.cells) and _is_header(sheet, sheet.cells[0]))
    texts = sheet.cells[max(ids - 1, 0)] if worded else [None] * len(sheet.headers)
    found = []
    for at, text in enumerate(texts):
        said: dict[str, str] = {}
        if ids >= 0:
            try:
                said = {str(k): str(v) for k, v in json.loads(text_of(sheet.cells[ids][at])).items()}
            except (ValueError, AttributeError, RecursionError):
                said = {}
        found.append({**said, "text": "" if isinstance(text, Bad) else text_of(text)})
    return tuple(found)


def _no_data(sheet: Sheet, cells: Sequence[Any]) -> str:
    if _is_header(sheet, cells):
        return "header repeated"
    status = sheet.headers.index("Status") if "Status" in sheet.headers else -1
    if status >= 0 and not isinstance(cells[status], Bad) and text_of(cells[status]) in _NO_DATA:
        return "preview, test or spam"
    return ""


def zone_of(sheet: Sheet) -> str:
    """Return the time zone that the ids say, "" if they say none that is known."""
    for said in sheet.about:
        name = {"Z": "UTC"}.get(said.get("timeZone", ""), said.get("timeZone", ""))
        try:
            if name:
                ZoneInfo(name)
                return name
        except (KeyError, ValueError, OSError):
            continue
    return ""


def _timed(sheet: Sheet, source: Source) -> Sheet:
    """Return the sheet with its times as instants, where the file says their zone and they are ISO 8601."""
    zone = zone_of(sheet)
    if not zone:
        return sheet
    cells = [list(row) for row in sheet.cells]
    for at in (at for at, name in enumerate(sheet.headers) if name in TIMES):
        texts = [row[at] for row in cells]
        made, rules = convert(
            texts, Column(target="submitted_at"), "instant", Source(name=source.name, zone=zone)
        )
        for row, moment, rule in zip(cells, made, rules, strict=True):
            if moment is not None:
                row[at] = moment
            elif "clock change" in rule:
                row[at] = Bad(rule)
    return replace(sheet, cells=cells)
