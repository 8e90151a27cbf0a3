"""How is an attendance report of Microsoft Teams read?

Sources: Microsoft's help on attendance reports of meetings, and reports as public converters of them show them.
UTF-16 with tabs, three sections (summary, participants, single joins); before 2021 one flat list. The titles of the
sections and the headers are those of the language of whoever downloads it; the sections are known by their numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tne.tables.importers.errors import ContractError
from tne.tables.importers.formats import meeting_map, meeting_words, meetings
from tne.tables.importers.formats.delimited import english
from tne.tables.importers.formats.format import Ask, Format
from tne.tables.importers.formats.meeting_words import (
    DURATION,
    EMAIL,
    JOIN,
    LEAVE,
    ROLE,
    UPN,
    titles,
)
from tne.tables.importers.formats.meetings import IN_UTC
from tne.tables.importers.formats.writing import toml
from tne.tables.importers.mapping import Source
from tne.tables.importers.reading import Sheet, clean
from tne.tables.importers.sniffing import Sample

NAME, ACTION, TIME, SUMMARY = "Name", "User Action", "Timestamp", "Summary"
#: English, German, Spanish, French. The other columns are known by their words; see `meeting_words`.
ALIASES = {
    **dict.fromkeys((JOIN, LEAVE, DURATION, EMAIL, UPN, ROLE), ()),
    NAME: ("Full Name", "Vollständiger Name", "Nombre", "Nombre completo", "Nom", "Nom complet"),
    ACTION: ("Benutzeraktion", "Acción del usuario", "Action de l’utilisateur", "Action de l'utilisateur"),
    TIME: ("Zeitstempel", "Marca de tiempo", "Horodatage", "Horodateur"),
}
# fmt: off
ROLES = {
    "Organizer": (
        "Organiser", "Organisator", "Organisatorin", "Organizador", "Organizadora", "Organisateur", "Organisatrice",
    ),
    "Co-organizer": (
        "Co-organiser", "Mitorganisator", "Mitorganisatorin", "Coorganizador", "Coorganizadora", "Co-organizador",
        "Co-organisateur", "Co-organisatrice",
    ),
    "Presenter": (
        "Referent", "Referentin", "Moderator", "Moderatorin", "Moderador", "Moderadora", "Presentador", "Presentadora",
        "Présentateur", "Présentatrice",
    ),
    "Attendee": ("Teilnehmer", "Teilnehmerin", "Asistente", "Participante", "Participant"),
}
# fmt: on
JOINED = re.compile(r"joined|beigetreten|unid|entr|rejoint|particip", re.IGNORECASE)
SECTION = re.compile(r"(\d)\.\s*\S")
COLUMNS = (NAME, JOIN, LEAVE, DURATION, EMAIL, UPN, ROLE, SUMMARY)

ASKS = (
    *meeting_map.ASKS,
    Ask(
        name="roles",
        what="who counts as present: everybody, all but organisers, or attendees alone (presenters are often learners)",
        default="no organisers",
        choices=("all", "no organisers", "attendees"),
    ),
)
_DROPPED = {"all": (), "no organisers": ("Organizer", "Co-organizer")}
_DROPPED["attendees"] = (*_DROPPED["no organisers"], "Presenter")


def _recognise(seen: Sample) -> str:
    if seen.kind != "text":
        return ""
    sections = 0
    for _, row in meetings.records(seen.text):
        sections += _section(row) > 0
        found = titles(row, ALIASES)
        if sections and {JOIN, LEAVE, DURATION} <= set(found) and {UPN, ROLE, EMAIL} & set(found):
            return f"its numbered sections and the columns {clean(row[found.index(JOIN)])} and {UPN}"
        full = (
            clean(row[0]).casefold() in [name.casefold() for name in ALIASES[NAME] if " " in name]
            if row
            else False
        )
        if full and set(found) == {NAME, ACTION, TIME}:
            return "the columns Full Name, User Action and Timestamp"
        if full and {JOIN, LEAVE, DURATION} <= set(found):
            return "the columns Full Name, Join Time, Leave Time and Duration"
    return ""


def _section(row: Sequence[str]) -> int:
    """Return the number of the section whose title a row is, 0 if it is none."""
    cells = [cell for cell in row if cell.strip()]
    found = SECTION.match(clean(cells[0])) if len(cells) == 1 else None
    return int(found[1]) if found else 0


def _read(path: Path, source: Source) -> Sheet:
    facts: dict[str, str] = {}
    header: list[str] = []
    seen: list[str] = []
    utc, section = False, 0
    rows: list[dict[str, Any]] = []
    numbers: list[int] = []
    why: list[str] = []
    for line, row in meetings.records(meetings.text_in(path), path.name):
        if number := _section(row):
            section, header = number, []
            continue
        found = titles(row, ALIASES)
        if {JOIN, LEAVE} <= set(found) or {NAME, ACTION, TIME} <= set(found):
            header = meetings.once(found, path.name)
            seen += [name for name in found if name and name not in seen]
            utc |= any("(UTC)" in cell for cell in row)
        elif not any(cell.strip() for cell in row):
            continue
        elif header:
            rows.append(dict(zip(header, meetings.fitted(row, len(header)), strict=True)))
            numbers.append(line)
            why.append("")
            if ACTION in header:
                action = clean(rows[-1].pop(ACTION))
                rows[-1][JOIN] = rows[-1].pop(TIME)
                why[-1] = "" if JOINED.search(action) else "a leave, no join"
            rows[-1][SUMMARY] = "yes" if section == 2 else None
        elif section > 3:
            rows.append({})
            numbers.append(line)
            why.append("a section that is no attendance")
        elif len(row) > 1:
            facts.setdefault(meeting_words.worded(clean(row[0]), meeting_words.FACTS), row[1])
    if not seen:
        raise ContractError(f"{path.name} has no list of participants. Download the attendance report again.")
    headers = [*COLUMNS, *(name for name in seen if name not in (*COLUMNS, ACTION, TIME))]
    cells = [[row.get(name) for name in headers] for row in rows]
    unknown = _roles(headers, cells)
    _sum_up(headers, cells, why)
    notes: tuple[str, ...] = (IN_UTC,) if utc else ()
    if unknown:
        notes += (f"{unknown} rows name a role that is not known; they count as present, whoever it is.",)
    return meetings.sheet(path.name, headers, cells, numbers, why, facts, source, "words", notes)


def _roles(headers: list[str], cells: list[list[Any]]) -> int:
    """Give roles their English name, and return how many rows have one that is not known."""
    at, unknown = headers.index(ROLE), 0
    for row in cells:
        if isinstance(row[at], str):
            # The second gender stands behind: Participant(e), Organisateur/trice.
            row[at] = english(re.split(r"[(/·]", clean(row[at]))[0].strip(), ROLES)
            unknown += row[at] not in (*ROLES, "")
    return unknown


def _sum_up(headers: list[str], cells: list[list[Any]], why: list[str]) -> None:
    """Where the single joins are listed, the list of participants only sums them up; UPNs stand in it alone."""
    who = meetings.people(headers, cells)
    at, mail, summary = headers.index(UPN), headers.index(EMAIL), headers.index(SUMMARY)
    single = {who[i] for i, row in enumerate(cells) if row and not row[summary] and not why[i]}
    upns = {
        str(row[mail]).casefold(): row[at]
        for row in cells
        if row[mail] and isinstance(row[at], str) and row[at]
    }
    for i, row in enumerate(cells):
        if row[summary] and single and (who[i] in single or not who[i]):
            why[i] = why[i] or "the sum of the joins listed below"
        elif not row[at] and isinstance(row[mail], str):
            row[at] = upns.get(row[mail].casefold())


def _mapping(sheet: Sheet, answers: Mapping[str, str]) -> str:
    drop = _DROPPED[answers["roles"]]
    rule = (
        f"\n[[source.non_data]] # who teaches\ncolumn = {toml(ROLE)}\nequals = {toml(drop)}\n" if drop else ""
    )
    ignore = (NAME, LEAVE, DURATION, SUMMARY, *(() if drop else (ROLE,)))
    return meeting_map.mapping("teams-attendance", sheet, answers, unit="words", ignore=ignore, drop=rule)


FORMAT = Format(
    name="teams-attendance",
    title="Teams attendance reports",
    recognise=_recognise,
    read=_read,
    mapping=_mapping,
    asks=ASKS,
)
