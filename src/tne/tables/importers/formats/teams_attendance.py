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
from tne.tables.importers.formats import meeting_map, meetings
from tne.tables.importers.formats.delimited import english
from tne.tables.importers.formats.format import Ask, Format
from tne.tables.importers.formats.meetings import (
    DURATION,
    EMAIL,
    IN_UTC,
    JOIN,
    LEAVE,
    LENGTH,
    ROLE,
    START,
    UPN,
)
from tne.tables.importers.formats.writing import toml
from tne.tables.importers.mapping import Source
from tne.tables.importers.reading import Sheet, clean
from tne.tables.importers.sniffing import Sample

NAME, ACTION, TIME, SUMMARY = "Name", "User Action", "Timestamp", "Summary"
# English, German, Spanish, French; the first of each is what the sheet calls it.
ALIASES = {
    NAME: ("Full Name", "Vollständiger Name", "Nombre", "Nombre completo", "Nom", "Nom complet"),
    JOIN: (
        *("First Join", "Join", "Joined at", "Erster Beitritt", "Beitrittszeit", "Beitreten", "Beitritt"),
        *("Primera entrada", "Primera unión", "Hora de unión", "Hora de entrada"),
        *("Première participation", "Première connexion", "Première arrivée", "Heure de participation"),
        *("Heure d’arrivée", "Heure d'arrivée", "Heure de connexion"),
    ),
    LEAVE: (
        *(
            "Last Leave",
            "Leave",
            "Letztes Verlassen",
            "Verlassenszeit",
            "Verlassen",
            "Zeitpunkt des Verlassens",
        ),
        *("Última salida", "Hora de salida", "Hora de abandono"),
        *("Dernier départ", "Dernière sortie", "Heure de départ", "Heure de sortie", "Heure de déconnexion"),
    ),
    DURATION: (
        *("In-Meeting Duration", "Time in Meeting", "Dauer", "Dauer der Besprechung", "Besprechungsdauer"),
        *("Dauer in der Besprechung", "Duración", "Duración de la reunión", "Duración en la reunión"),
        *("Durée", "Durée de la réunion", "Durée dans la réunion", "Durée en réunion"),
    ),
    EMAIL: (
        *("E-mail", "Email address", "E-Mail-Adresse", "Correo electrónico", "Correo"),
        *("Adresse de courrier", "E-mail", "Courriel", "Adresse e-mail", "Adresse de messagerie"),
    ),
    UPN: (
        *(
            "Participant ID",
            "Teilnehmer-ID (UPN)",
            "Id. de participante (UPN)",
            "Identificador de participante (UPN)",
        ),
        *(
            "ID de participante (UPN)",
            "ID du participant (UPN)",
            "ID de participant (UPN)",
            "ID participant (UPN)",
        ),
    ),
    ROLE: ("Rolle", "Rol", "Rôle"),
    ACTION: ("Benutzeraktion", "Acción del usuario", "Action de l’utilisateur", "Action de l'utilisateur"),
    TIME: ("Zeitstempel", "Marca de tiempo", "Horodatage", "Horodateur"),
}
FACTS = {
    meetings.MEETING: (
        *("Meeting title", "Event title", "Besprechungstitel", "Titel der Besprechung"),
        *("Título de la reunión", "Titre de la réunion"),
    ),
    START: (
        *("Start time", "Meeting Start Time", "Startzeit", "Beginn", "Startzeit der Besprechung"),
        *("Hora de inicio", "Hora de inicio de la reunión", "Heure de début", "Heure de début de la réunion"),
    ),
    LENGTH: ("Meeting duration", *ALIASES[DURATION][3:]),
}
ROLES = {
    "Organizer": (
        "Organiser",
        "Organisator",
        "Organisatorin",
        "Organizador",
        "Organisateur",
        "Organisatrice",
    ),
    "Co-organizer": ("Co-organiser", "Mitorganisator", "Coorganizador", "Co-organisateur", "Co-organizador"),
    "Presenter": (
        "Referent",
        "Referentin",
        "Moderator",
        "Moderador",
        "Presentador",
        "Présentateur",
        "Présentatrice",
    ),
    "Attendee": ("Teilnehmer", "Teilnehmerin", "Asistente", "Participante", "Participant", "Participante"),
}
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
        found = meetings.titles(row, ALIASES)
        if sections and {JOIN, LEAVE, DURATION} <= set(found) and {UPN, ROLE, EMAIL} & set(found):
            return f"its numbered sections and the columns {clean(row[found.index(JOIN)])} and {UPN}"
        full = (
            clean(row[0]).casefold() in [name.casefold() for name in ALIASES[NAME] if " " in name]
            if row
            else False
        )
        if full and set(found) == {NAME, ACTION, TIME}:
            return "the columns Full Name, User Action and Timestamp"
        if full and {JOIN, LEAVE, DURATION, ROLE} <= set(found):
            return "the columns Full Name, Join Time, Leave Time, Duration and Role"
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
        found = meetings.titles(row, ALIASES)
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
            facts.setdefault(english(clean(row[0]), FACTS), row[1])
    if not seen:
        raise ContractError(f"{path.name} has no list of participants. Download the attendance report again.")
    headers = [*COLUMNS, *(name for name in seen if name not in (*COLUMNS, ACTION, TIME))]
    cells = [[row.get(name) for name in headers] for row in rows]
    _roles(headers, cells)
    _sum_up(headers, cells, why)
    notes = (IN_UTC,) if utc else ()
    return meetings.sheet(path.name, headers, cells, numbers, why, facts, source, "words", notes)


def _roles(headers: list[str], cells: list[list[Any]]) -> None:
    at = headers.index(ROLE)
    for row in cells:
        row[at] = english(clean(row[at]), ROLES) if isinstance(row[at], str) else row[at]


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
