"""How is an attendance report of Zoom read (reports, usage, participants; with or without the meeting's block)?

Sources: Zoom's help on usage reports, and reports as public converters of them show them: the headers of 2020
(``User Email``), those of today (``Email``, ``In waiting room``), and the block of the meeting above a blank row.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tne.tables.importers.errors import ContractError
from tne.tables.importers.formats import meeting_map, meetings
from tne.tables.importers.formats.format import Format
from tne.tables.importers.formats.meeting_words import (
    COLUMNS,
    DURATION,
    EMAIL,
    JOIN,
    LEAVE,
    LENGTH,
    MEETING,
    START,
    titles,
    worded,
    words,
)
from tne.tables.importers.mapping import Source
from tne.tables.importers.reading import Sheet, clean
from tne.tables.importers.sniffing import Sample

NAME, WAITING, GUEST, CONSENT = "Name (Original Name)", "In Waiting Room", "Guest", "Recording Consent"
TOTAL = "Total Duration (Minutes)"
#: English, German, Spanish, French. Further columns are known by their words; see `meeting_words`.
ALIASES = {
    **dict.fromkeys((EMAIL, JOIN, LEAVE, GUEST, CONSENT, WAITING, TOTAL), ()),
    NAME: ("Name",),
    DURATION: ("Duration (Minutes)",),
    MEETING: ("Meeting ID", "ID", "Meeting-ID", "ID de reunión", "ID de la reunión", "ID de réunion"),
    "Topic": ("Thema", "Tema", "Sujet"),
    START: ("Start Time", "Startzeit", "Hora de inicio", "Heure de début"),
    "End Time": ("Endzeit", "Hora de finalización", "Heure de fin"),
}
_WORDS = words(
    {
        NAME: r"(user )?(name|nombre|nom)\b[^()]*\(.+\)",
        TOTAL: r".*(total|gesamt).*\(.+\)",
        WAITING: r".*(waiting room|warteraum|sala de espera|salle d.attente).*",
        CONSENT: r"recording .*|.*(aufzeichnung|grabación|enregistrement).*",
        GUEST: r"guest|gast|invitado|invité",
    }
)
_WORDS = {**_WORDS, **COLUMNS}
#: Headers that only Zoom writes; without one of them it may be anybody's list.
_OWN = words({"its own": r"(name|nombre|nom)\b[^()]*\(.+\)|user email|.*\((minut\w+|min\.?)\)"})
_YES = ("yes", "ja", "sí", "si", "oui")
_ADVICE = "has no single joins. Export the participants again without “Show unique users”."


def _recognise(seen: Sample) -> str:
    if seen.kind != "text":
        return ""
    for _, row in meetings.records(seen.text):
        found = titles(row, ALIASES, _WORDS)
        own = any(worded(clean(cell), _OWN) for cell in row)
        if own and NAME in found and ({JOIN, LEAVE, DURATION} <= set(found) or {EMAIL, TOTAL} <= set(found)):
            return f"the columns {NAME}, {DURATION} and {TOTAL if TOTAL in found else JOIN}"
    return ""


def _read(path: Path, source: Source) -> Sheet:
    facts: dict[str, str] = {}
    header: list[str] = []
    block: list[str] = []
    rows: list[list[Any]] = []
    numbers: list[int] = []
    for line, row in meetings.records(meetings.text_in(path), path.name):
        found = titles(row, ALIASES, _WORDS)
        if header and any(cell.strip() for cell in row):
            rows.append(meetings.fitted(row, len(header)))
            numbers.append(line)
        elif {NAME, JOIN, LEAVE} <= set(found):
            header = meetings.once(found, path.name)
        elif {NAME, TOTAL} <= set(found):
            raise ContractError(f"{path.name} {_ADVICE}")
        elif {MEETING, START} <= set(found):
            block = found
        elif block and not facts and any(cell.strip() for cell in row):
            facts = {name: cell.strip() for name, cell in zip(block, row, strict=False)}
    if not header:
        raise ContractError(f"{path.name} has no list of participants. Export the report again.")
    if MEETING in header and rows and not facts:
        facts = _of_rows(header, rows)
    facts[LENGTH] = facts.get(DURATION, "")
    waiting = header.index(WAITING) if WAITING in header else -1
    why = [
        "in the waiting room" if waiting >= 0 and clean(row[waiting]).casefold() in _YES else ""
        for row in rows
    ]
    # A report of one meeting may name it in every row instead of above them.
    header = [f"{name} (row)" if name in (MEETING, START, LENGTH) else name for name in header]
    if EMAIL not in header:
        header, rows = [*header, EMAIL], [[*row, None] for row in rows]
    return meetings.sheet(path.name, header, rows, numbers, why, facts, source, "minutes")


def _of_rows(header: list[str], rows: list[list[Any]]) -> dict[str, str]:
    at = header.index(MEETING)
    if len({clean(row[at]) for row in rows}) > 1:
        raise ContractError("The report is of several meetings. Export one report for each.")
    return {name: clean(cell) for name, cell in zip(header, rows[0], strict=True) if name in (MEETING, START)}


def _mapping(sheet: Sheet, answers: Mapping[str, str]) -> str:
    ignore = (
        NAME,
        LEAVE,
        DURATION,
        GUEST,
        CONSENT,
        WAITING,
        "Topic",
        "End Time",
        f"{MEETING} (row)",
        f"{START} (row)",
    )
    return meeting_map.mapping("zoom-attendance", sheet, answers, unit="minutes", ignore=ignore)


FORMAT = Format(
    name="zoom-attendance",
    title="Zoom attendance reports",
    recognise=_recognise,
    read=_read,
    mapping=_mapping,
    asks=meeting_map.ASKS,
)
