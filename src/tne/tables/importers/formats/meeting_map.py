"""Which mapping follows from a report of a meeting: the attendance, and its session where that is to be made?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tne.tables.importers.formats import dates
from tne.tables.importers.formats.format import Ask
from tne.tables.importers.formats.meeting_words import EMAIL, JOIN, LEAVE, LENGTH, MEETING, START, UPN
from tne.tables.importers.formats.meetings import IN_UTC, MINUTES
from tne.tables.importers.formats.writing import source_name, toml
from tne.tables.importers.mapping import MappingError
from tne.tables.importers.reading import Sheet

ZONE = Ask(name="zone", what="the time zone of the times, mostly that of whoever downloaded it", default="")
SESSION = Ask(
    name="session",
    what="the session_id; if not given: made of the meeting, and the session is stored too",
    default="",
)
ASKS = (
    ZONE,
    SESSION,
    Ask(name="programme", what="the programme, to store the session", default=""),
    Ask(name="market", what="the market of the session, to store it", default=""),
    Ask(name="language", what="the language of the session (BCP 47), to store it", default=""),
    Ask(
        name="modality",
        what="the form of the session, to store it",
        default="instructor_led",
        choices=("instructor_led", "e_learning", "blended"),
    ),
    dates.ASK,
)


def mapping(
    kind: str,
    sheet: Sheet,
    answers: Mapping[str, str],
    *,
    unit: str,
    ignore: Sequence[str],
    drop: str = "",
) -> str:
    """Return the mapping file of a report.

    Parameters
    ----------
    kind : str
        Name of the format.
    sheet : Sheet
        As `meetings.sheet` makes it.
    answers : mapping
        To `ASKS`.
    unit : str
        Of the meeting's length.
    ignore : sequence of str
        Headers that are known and not wanted.
    drop : str
        Rules for further rows that are no data.

    Raises
    ------
    MappingError
        If the zone is not known, the session is neither named nor to be made, or dates can be read in two ways.
    """
    zone = _zone(sheet, answers["zone"])
    place = {name: i for i, name in enumerate(sheet.headers)}
    times = [row[place[name]] for name in (START, JOIN, LEAVE) for row in sheet.cells]
    forms = dates.formats(times, answers["dates"])
    who = [name for name in (EMAIL, UPN) if name in place]
    session = _session(kind, sheet, answers)
    given = answers["session"] or answers["programme"]
    return f"""\
# A report of a meeting: one row a stay. The reader has merged joins that overlap or follow within a minute (two
# devices, a lost connection), by mail or UPN, so that minutes are not counted twice. Names and telephone numbers are
# not read; people without mail wait.

[source]
name = {toml(answers["name"] or source_name(kind, given))}
kind = {toml(kind)}
zone = {toml(zone)}
date_formats = {toml(forms)}
ignore = {toml([*ignore, MEETING, START, LENGTH])}
{drop}
{_sessions(sheet, answers, session, unit)}[[table]]
into = "attendance"
[table.columns]
{session}
moderator_id = {{ person = {{ either = {toml(who)}, kind = ["mail", "upn"], outside = true }} }}
joined_at = {toml(JOIN)}
minutes = {toml(MINUTES)}
"""


def _zone(sheet: Sheet, given: str) -> str:
    if IN_UTC in sheet.notes:
        if given not in ("", "UTC"):
            raise MappingError(f"{IN_UTC} Leave `zone` out.")
        return "UTC"
    if not given:
        raise MappingError(
            "The report does not say in which zone its times are. Add --set zone=… (mostly the zone of whoever "
            "downloaded it, for example Europe/Berlin)."
        )
    return given


def _session(kind: str, sheet: Sheet, answers: Mapping[str, str]) -> str:
    """Return how `session_id` is filled."""
    if answers["session"]:
        return f"session_id = {{ constant = {toml(answers['session'])} }}"
    named = [name for name in ("programme", "market", "language") if answers[name]]
    if not sheet.cells or not any(sheet.cells[0][sheet.headers.index(name)] for name in (MEETING, START)):
        raise MappingError("The report does not name its meeting. Add --set session=… (the session_id).")
    if len(named) < 3:
        raise MappingError(
            "The report does not name its session. Add --set session=… (a session_id that is stored), or programme, "
            "market and language, so that a session is made of the meeting."
        )
    first = dict(zip(sheet.headers, sheet.cells[0], strict=True))
    parts = [name for name in (MEETING, START) if first[name]]
    return f"session_id = {{ id = {toml(parts)}, prefix = {toml(kind.partition('-')[0] + '_')} }}"


def _sessions(sheet: Sheet, answers: Mapping[str, str], session: str, unit: str) -> str:
    """Return the table of the session, "" if it is stored already."""
    if not answers["programme"]:
        return ""
    lacking = [name for name in ("market", "language") if not answers[name]]
    if lacking:
        raise MappingError(
            f"To store the session, add {' and '.join(f'--set {name}=…' for name in lacking)}."
        )
    if not sheet.cells or not sheet.cells[0][sheet.headers.index(START)]:
        raise MappingError("The report does not say when the meeting began: store the session otherwise.")
    return f"""\
[[table]]
into = "sessions"
distinct = true
[table.columns]
{session}
starts_at = {toml(START)}
duration_minutes = {{ column = {toml(LENGTH)}, unit = {toml(unit)} }}
[table.constants]
programme_id = {toml(answers["programme"])}
market = {toml(answers["market"])}
language = {toml(answers["language"])}
modality = {toml(answers["modality"])}

"""
