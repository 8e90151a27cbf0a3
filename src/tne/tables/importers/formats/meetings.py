"""Who was in a meeting when, in a report of its joins: times as they are written, and nobody counted twice?"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tne.tables.importers.errors import Bad, ContractError
from tne.tables.importers.formats.meeting_words import (
    DURATION,
    EMAIL,
    JOIN,
    LEAVE,
    LENGTH,
    MEETING,
    START,
    UPN,
)
from tne.tables.importers.mapping import Column, Source
from tne.tables.importers.reading import Sheet
from tne.tables.importers.sniffing import decode
from tne.tables.importers.texts import text_of
from tne.tables.importers.values import convert
from tne.tables.pseudonyms import normalise

MINUTES = "Minutes"
OWN = (MEETING, START, LENGTH, MINUTES)
AGAIN = "joined again while present, or within a minute of leaving"
IN_UTC = "The headers say that the times are in UTC."

_GAP = dt.timedelta(seconds=60)
_MARKS = dict.fromkeys(map(ord, "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\ufeff"))
_HALF = re.compile(r"\b([ap])\.? ?m\b\.?", re.IGNORECASE)
_MONTHS = tuple(f"%b %d %Y {clock}" for clock in ("%I:%M:%S %p", "%I:%M %p", "%H:%M:%S", "%H:%M"))

Records = list[tuple[int, list[str]]]


def text_in(path: Path) -> str:
    """Return a whole report as text, whatever its encoding.

    Raises
    ------
    ContractError
        If it is no text.
    """
    encoding, text = decode(path.read_bytes(), True)
    if not encoding:
        raise ContractError(f"{path.name} is no text file. Download the report again.")
    return text.removeprefix("\ufeff")


def records(text: str, name: str = "") -> Records:
    """Return the records of a report with their line numbers; without `name`, of what stands before a broken quote.

    Raises
    ------
    ContractError
        If quotation marks do not match.
    """
    text = text.removeprefix("\ufeff")
    delimiter = "\t" if "\t" in text else max(",;", key=text.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=bool(name))
    found: Records = []
    line = 1
    try:
        for row in reader:
            found.append((line, row))
            line = reader.line_num + 1
    except csv.Error:
        if name:
            raise ContractError(
                f"{name}: the quotation marks from line {line} on do not match. Download the report again; nothing "
                "was imported."
            ) from None
    return found


def once(header: Sequence[str], name: str) -> list[str]:
    """Return a header whose columns all have their own name.

    Raises
    ------
    ContractError
        If two columns are called the same.
    """
    named = [column for column in header if column]
    if len(set(named)) < len(named):
        raise ContractError(f"{name} has two columns of one name. Download the report again.")
    return list(header)


def fitted(row: Sequence[str], width: int) -> list[Any]:
    """Return a record as wide as its header; half a record, or more than one, is marked."""
    cells: list[Any] = list(row)
    while len(cells) > width and not cells[-1].strip():
        cells.pop()
    if len(cells) > width:
        return [*cells[: width - 1], Bad("more cells than headers")]
    return cells + [Bad("fewer cells than headers")] * (width - len(cells))


def tidy(cell: Any) -> Any:
    """Return a time without commas, marks of direction and narrow spaces; names of months make it ISO 8601.

    Examples
    --------
    >>> tidy("2/3/26, 1:02:03 p. m."), tidy("Aug 12, 2026 10:00 AM")
    ('2/3/26 1:02:03 PM', '2026-08-12 10:00:00')
    """
    if not isinstance(cell, str):
        return cell
    plain = unicodedata.normalize("NFKC", cell).translate(_MARKS).replace(",", " ")
    text = " ".join(_HALF.sub(lambda m: m[1].upper() + "M", " ".join(plain.split())).split())
    if text[:1].isalpha():
        for form in _MONTHS:
            try:
                return dt.datetime.strptime(text, form).isoformat(" ")
            except ValueError:
                continue
    return text


def sheet(
    name: str,
    headers: Sequence[str],
    rows: Sequence[list[Any]],
    numbers: Sequence[int],
    reasons: Sequence[str],
    meeting: Mapping[str, str],
    source: Source,
    unit: str,
    notes: tuple[str, ...] = (),
) -> Sheet:
    """Return a report as one sheet: a row a stay, and beside it the meeting and the minutes present.

    Parameters
    ----------
    name : str
        Of the file.
    headers, rows, numbers, reasons
        The joins; a reason says why a row is none.
    meeting : mapping
        `MEETING`, `START` and `LENGTH`, as far as known.
    source : Source
        How times are written. Without a zone nothing is merged: the sheet only shows what there is.
    unit : str
        Of `DURATION`.
    """
    cells = [list(row) for row in rows]
    for column in (JOIN, LEAVE):
        at = list(headers).index(column)
        for row in cells:
            row[at] = tidy(row[at])
    minutes: list[Any] = [None] * len(cells)
    why = list(reasons)
    if source.zone:
        minutes, why = _present(list(headers), cells, why, source, unit)
    merged = sum(reason == AGAIN for reason in why)
    if merged:
        notes = (*notes, f"{merged} joins by people who were present already are part of their first one.")
    known = [meeting.get(MEETING) or None, tidy(meeting.get(START) or None), meeting.get(LENGTH) or None]
    whole = [[*known, minute, *row] for minute, row in zip(minutes, cells, strict=True)]
    return Sheet(name, (*OWN, *headers), whole, list(numbers), tuple(why), notes)


def _present(
    headers: list[str], cells: list[list[Any]], reasons: list[str], source: Source, unit: str
) -> tuple[list[Any], list[str]]:
    def column(name: str) -> list[Any]:
        return [row[headers.index(name)] for row in cells] if name in headers else [None] * len(cells)

    joins, bad = convert(column(JOIN), Column(target="joined_at"), "instant", source)
    leaves, also = convert(column(LEAVE), Column(target="joined_at"), "instant", source)
    told, odd = convert(column(DURATION), Column(target="minutes", unit=unit), "number", source)
    summary = column("Summary")
    minutes: list[Any] = [None] * len(cells)
    stays: dict[str, list[int]] = {}
    ends: dict[int, dt.datetime] = {}
    who = people(headers, cells)
    for i, (start, end) in enumerate(zip(joins, leaves, strict=True)):
        if reasons[i] or bad[i] or start is None:
            continue
        length = None if end is None else (end - start).total_seconds() / 60
        if also[i] or (length is not None and length < 0):
            minutes[i] = Bad(also[i] or "left before joined")
            continue
        given = told[i] if summary[i] or length is None else length
        minutes[i] = Bad(odd[i]) if given is None and odd[i] else given
        if not isinstance(minutes[i], Bad):
            ends[i] = end or start + dt.timedelta(minutes=given or 0)
            stays.setdefault(who[i], []).append(i)
    for person, own in stays.items():
        if person:
            _merge(sorted(own, key=lambda i: joins[i]), joins, ends, minutes, reasons)
    return minutes, reasons


def _merge(
    own: list[int], joins: list[Any], ends: dict[int, dt.datetime], minutes: list[Any], reasons: list[str]
) -> None:
    """Make one stay of those that overlap or follow at once: what the clock says, at most what the joins add up to."""
    first, last, clock = own[0], ends[own[0]], ends[own[0]] - joins[own[0]]
    for i in own[1:]:
        if joins[i] <= last + _GAP:
            clock += max(ends[i] - max(last, joins[i]), dt.timedelta(0))
            last = max(last, ends[i])
            reasons[i] = AGAIN
            if minutes[first] is not None and minutes[i] is not None:
                minutes[first] = min(minutes[first] + minutes[i], clock.total_seconds() / 60)
            else:
                minutes[first] = clock.total_seconds() / 60
        else:
            first, last, clock = i, ends[i], ends[i] - joins[i]


def people(headers: Sequence[str], cells: Sequence[Sequence[Any]]) -> list[str]:
    """Return who each row is about within its report: by UPN or mail, "" if it has neither; never by name."""

    def column(name: str) -> list[str]:
        at = list(headers).index(name) if name in headers else -1
        return ["" if at < 0 or isinstance(row[at], Bad) else normalise(text_of(row[at])) for row in cells]

    mails, upns = column(EMAIL), column(UPN)
    other = {mail: upn for mail, upn in zip(mails, upns, strict=True) if mail and upn}
    return [upn or other.get(mail, mail) for mail, upn in zip(mails, upns, strict=True)]
