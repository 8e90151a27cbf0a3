"""How is the attendance that Moodle's Attendance plugin exports read (attendance, export: text or Excel)?

Above the header stand the course and the group; then follow one column a session, one a status, and the sums
(mod_attendance: export.php, renderhelpers.php, language packs).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tne.tables.importers.errors import ContractError
from tne.tables.importers.formats import moodle
from tne.tables.importers.formats.asks import PROGRAMME
from tne.tables.importers.formats.format import Ask, Format
from tne.tables.importers.formats.moodle_words import PERSON, session
from tne.tables.importers.formats.writing import source_name, toml
from tne.tables.importers.mapping import MappingError, Source
from tne.tables.importers.reading import Sheet, clean
from tne.tables.importers.sniffing import Sample

ALIASES = {
    **PERSON,
    "Student ID": ("Teilnehmer-ID", "ID de estudiante", "ID Etudiant", "ID étudiant"),
    "Groups": ("Gruppen", "Grupos", "Groupes"),
}
#: Statuses that a new activity has, in the language of whoever made it: present and late; excused and absent.
_STATUSES = (
    (("P", "L"), ("E", "A")),  # English
    (("A", "V"), ("E", "U")),  # German
    (("P", "R"), ("J", "I", "FJ", "FI")),  # Spanish
    (("P", "R"), ("E", "A")),  # French
    (("P", "A"), ("D", "F")),  # Portuguese
)
_STATUS = re.compile(r"-?(?P<status>.*?)(?: \(-?\d+(?:[.,]\d+)? ?/ ?-?\d+(?:[.,]\d+)?\))?")

ASKS = (
    PROGRAMME,
    Ask(name="market", what="the market of the sessions"),
    Ask(name="language", what="the language of the sessions (BCP 47), for example de"),
    moodle.ZONE,
    Ask(
        name="modality",
        what="the form of the sessions",
        default="instructor_led",
        choices=("instructor_led", "e_learning", "blended"),
    ),
    Ask(
        name="present",
        what="statuses that mean present, for example P,L; if not given: the plugin's",
        default="",
    ),
)


def _recognise(seen: Sample) -> str:
    found = [session(name) for name in moodle.headers(seen, ALIASES)]
    sessions = [name for name in found if name.startswith("Session ")]
    if "First name" not in found or not sessions or moodle.has_attempts(found):
        return ""
    return f"the column First name and {len(sessions)} columns of sessions"


def _read(path: Path, source: Source) -> Sheet:
    sheet = moodle.table(path, source, ALIASES)
    headers = tuple(map(session, sheet.headers))
    at = {i for i, name in enumerate(headers) if name.startswith("Session ")}
    if not at:
        raise ContractError(
            f"{path.name} has no column of a session. Is it the export of the Attendance plugin?"
        )
    cells = [[_status(cell) if i in at else cell for i, cell in enumerate(row)] for row in sheet.cells]
    return replace(sheet, headers=headers, cells=cells)


def _status(cell: Any) -> Any:
    """Return the status of a cell without its points: P of ``P (2/2)``; a status out of use begins with a hyphen."""
    found = _STATUS.fullmatch(clean(cell)) if isinstance(cell, str) else None
    return found["status"] if found else cell


def _mapping(sheet: Sheet, answers: Mapping[str, str]) -> str:
    programme = answers["programme"]
    sums = sheet.headers[_last(sheet) + 1 :]
    present, others = _present(sheet, answers["present"])
    who = moodle.person(sheet, "Tick the username or the ID number under “identify student by”")
    columns = r"Session (?P<start>\S+) (?P<group>.+)"
    name = answers["name"] or source_name("moodle-attendance", programme, answers["market"])
    key = toml(f"{programme}-{answers['market']}-{{start}}-{{group}}")
    ignore = (*ALIASES, *filter(None, sums))
    text = f"""\
# Moodle's Attendance plugin: one row a person, one column a session. The reader has made the headers English, those of
# sessions "Session 2021-02-12T13:03 group", and has left the status alone of cells such as "P (2/2)". The export does
# not say when somebody came or left: joined_at is the session's start. It does not say who was assigned, and when.

[source]
name = {toml(name)}
kind = "moodle-attendance"
zone = {toml(answers["zone"])}
ignore = {toml(dict.fromkeys(ignore))}

[[table]]
into = "sessions"
distinct = true
[[table.wide]]
pattern = '{columns}'
keep_blank = true
[table.wide.set]
session_id = {key}
starts_at = "{{start}}"
[table.constants]
programme_id = {toml(programme)}
market = {toml(answers["market"])}
modality = {toml(answers["modality"])}
language = {toml(answers["language"])}
"""
    return text + (
        f"""
[[table]]
into = "attendance"
only = {{ column = "$value", equals = {toml(present)} }} # present; also known: {", ".join(others) or "no other"}
[[table.wide]]
pattern = '{columns}'
[table.wide.set]
session_id = {key}
joined_at = "{{start}}"
[table.columns]
{who}
"""
        if present
        else ""
    )


def _last(sheet: Sheet) -> int:
    return max(i for i, name in enumerate(sheet.headers) if name.startswith("Session "))


def _is_status(text: str) -> bool:
    return 0 < len(text) <= 2 and text.isprintable() and text not in ("?", "←")


def _present(sheet: Sheet, given: str) -> tuple[list[str], list[str]]:
    """Return the statuses that mean present, and the others.

    Raises
    ------
    MappingError
        If they are not the plugin's own and were not given, or those given are none of the export's.
    """
    # A status is written with two letters at most; what follows them are sums.
    found = [name for name in sheet.headers[_last(sheet) + 1 :] if _is_status(name)]
    if not found:  # old versions have no columns of statuses
        at = [i for i, name in enumerate(sheet.headers) if name.startswith("Session ")]
        cells = {row[i] for row in sheet.cells for i in at if isinstance(row[i], str)}
        found = sorted(filter(_is_status, cells))
    wanted = [name.strip() for name in given.split(",") if name.strip()]
    if wanted and not set(wanted) <= set(found):
        raise MappingError(f"`present` must be among the export's statuses {', '.join(found)}.")
    if not wanted:
        own = [there for there, away in _STATUSES if set(found) <= {*there, *away}]
        if not own or any(set(there) & set(found) != set(own[0]) & set(found) for there in own):
            raise MappingError(
                f"The export's statuses are {', '.join(found) or 'none'}. Say which of them mean present: "
                "--set present=… (several with commas)."
            )
        wanted = [name for name in own[0] if name in found]
    return wanted, [name for name in found if name not in wanted]


FORMAT = Format(
    name="moodle-attendance",
    title="Moodle attendance",
    recognise=_recognise,
    read=_read,
    mapping=_mapping,
    asks=ASKS,
)
