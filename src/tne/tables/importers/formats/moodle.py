"""What do the reports of a Moodle quiz share: how they are read, who somebody is, which rows are no result?

The rules are those of mod_quiz's report tables (attempts_report_table.php, overview_table.php): a dash for nothing, a
row for a person without an attempt if so chosen, averages of the group and of all as last rows.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from tne.tables.importers.errors import ContractError
from tne.tables.importers.formats.asks import MARKET, PROGRAMME, SCALE, WAVE, market
from tne.tables.importers.formats.delimited import Aliases, delimited, english, renamed
from tne.tables.importers.formats.format import Ask
from tne.tables.importers.formats.moodle_words import (
    FINISHED,
    IDENTITY,
    SUBMITTED,
    UNGRADED,
    decimal,
    is_mark,
    moment,
    numbered,
)
from tne.tables.importers.formats.writing import toml
from tne.tables.importers.mapping import Source
from tne.tables.importers.reading import Bad, Sheet, clean, read_sheet
from tne.tables.importers.sniffing import DELIMITERS, Sample, sample
from tne.tables.importers.texts import text_of

ZONE = Ask(name="zone", what="the time zone of whoever exported, for example Europe/Berlin")
#: What both reports of a quiz ask; together they name it, so equal answers make the reports complement each other.
ASKS = (
    PROGRAMME,
    WAVE,
    ZONE,
    Ask(name="form", what="the test form; equal questions in two waves are one form", default="A"),
    SCALE,
    MARKET,
)


def table(path: Path, source: Source, aliases: Aliases) -> Sheet:
    """Read a report in CSV or xlsx, with English headers."""
    seen = sample(path)
    row, delimiter, _ = _head(seen, aliases)
    if seen.kind == "xlsx":
        sheet = renamed(read_sheet(path, replace(source, kind="xlsx", header_row=row)), aliases)
    else:
        known = replace(source, delimiter=source.delimiter or delimiter)
        sheet = delimited(path, known, aliases, header_row=row)
    return replace(sheet, headers=tuple(map(numbered, sheet.headers)))


def headers(seen: Sample, aliases: Aliases) -> tuple[str, ...]:
    """Return the headers of a sample in English."""
    return tuple(map(numbered, _head(seen, aliases)[2]))


def _head(seen: Sample, aliases: Aliases) -> tuple[int, str, tuple[str, ...]]:
    """Return the row of the header, the delimiter, and the headers: those of which most are known.

    Commas stand in answers too, and above the header of some reports stand the course and the group.
    """
    best: tuple[int, str, tuple[str, ...]] = (1, ",", ())
    for delimiter in DELIMITERS:
        for number, row in enumerate(_rows(seen, delimiter)[:6], start=1):
            found = tuple(english(clean(cell), aliases) for cell in row)
            if sum(name in aliases for name in found) > sum(name in aliases for name in best[2]):
                best = number, delimiter, found
    return best


def _rows(seen: Sample, delimiter: str) -> list[list[str]]:
    if seen.kind == "xlsx":
        return seen.rows
    try:
        return list(islice(csv.reader(io.StringIO(seen.text, newline=""), delimiter=delimiter), 6))
    except csv.Error:
        return []


def blank(cell: Any) -> bool:
    """Whether a cell holds nothing; Moodle writes a dash."""
    return not isinstance(cell, Bad) and text_of(cell) in ("", "-")


def person(sheet: Sheet, remedy: str) -> str:
    """Return how `moderator_id` is filled, by every column that says who somebody is.

    Raises
    ------
    ContractError
        If there is none; `remedy` says how to export one.
    """
    found = [name for name in IDENTITY if name in sheet.headers]
    if not found:
        raise ContractError(
            f"{sheet.file} has no column that says who somebody is, and names never do. {remedy} and export again."
        )
    kinds = dict.fromkeys(kind for name in found for kind in IDENTITY[name])
    way = f"column = {toml(found[0])}" if len(found) == 1 else f"either = {toml(found)}"
    return f"moderator_id = {{ person = {{ {way}, kind = {toml(kinds)}, outside = true }} }}"


def has_attempts(found: Sequence[str]) -> bool:
    """Whether headers are those of a quiz report: names, start and end of attempts."""
    return {"First name", "Started", "Completed"} <= set(found)


def attempt_columns(sheet: Sheet, answers: Mapping[str, str]) -> str:
    """Return what both quiz reports say of an attempt, as lines of a mapping: one quiz, one person, one start."""
    quiz = "-".join(("moodle", answers["programme"], answers["form"], answers["wave"]))
    who = person(
        sheet,
        "Let Moodle show the e-mail address, the username or the ID number (site administration, user policies, "
        "show user identity)",
    )
    return f"""\
attempt_id = {{ id = ["$person", "Attempt"], prefix = {toml(quiz + "_")} }}
{who}
{market(answers)}
answered_at = "Completed"
programme_id = {{ constant = {toml(answers["programme"])} }}
form = {{ constant = {toml(answers["form"])} }}
wave = {{ constant = {toml(answers["wave"])} }}"""


def attempts(sheet: Sheet) -> Sheet:
    """Return a quiz report with ISO times, decimal points, an `Attempt`, and the rows that are no result marked.

    Parameters
    ----------
    sheet : Sheet
        With English headers.
    """
    place = {name: at for at, name in enumerate(sheet.headers)}
    wanted = {at for name, at in place.items() if is_mark(name)}
    asked = {name: place[name] for name in ("State", "Started", "Completed", *IDENTITY) if name in place}
    cells, why = [], []
    for row in sheet.cells:
        row = list(row)
        for at in wanted:
            row[at] = _mark(row[at])
        for name in ("Started", "Completed"):
            if name in place:
                row[place[name]] = moment(row[place[name]])
        got = {name: row[at] for name, at in asked.items()}
        why.append(_no_result(got))
        if not why[-1] and "Completed" in got and blank(got["Completed"]):
            row[place["Completed"]] = Bad("a finished attempt without the time of its completion")
        cells.append(row)
    several = _several(cells, why, place)
    return replace(
        sheet,
        headers=(*sheet.headers, "Attempt"),
        cells=[[*row, attempt] for row, attempt in zip(cells, several, strict=True)],
        non_data=tuple(why),
    )


def _mark(cell: Any) -> Any:
    return _written(cell) if isinstance(cell, str) else cell


@lru_cache(maxsize=4096)
def _written(cell: str) -> str | None:
    text = clean(cell)
    return None if text.casefold() in UNGRADED else decimal(text)


def _no_result(got: Mapping[str, Any]) -> str:
    """Say why a row is no result, "" if it is one."""
    state = clean(got.get("State")).casefold() if isinstance(got.get("State"), str) else ""
    times = [got[name] for name in ("Started", "Completed") if name in got]
    nobody = all(blank(got[name]) for name in IDENTITY if name in got)
    if nobody and state in ("", "-") and all(map(blank, times)):
        return "an average"
    if state in FINISHED:
        return ""
    if times and all(map(blank, times)):
        return "a person without an attempt"
    if state in SUBMITTED:
        return "an attempt that is not graded yet"
    return "an attempt that was not completed" if "Completed" in got and blank(got["Completed"]) else ""


def _several(cells: Sequence[list[Any]], why: Sequence[str], place: Mapping[str, int]) -> list[str | None]:
    """Tell apart the attempts that a person started in one minute, in the same way in every report of the quiz."""
    grade = next((name for name in place if name.startswith("Grade/")), "")
    who = [at for name, at in place.items() if name in IDENTITY]
    ends = [place[name] for name in ("Completed", grade, "Duration") if name in place]
    starts = place.get("Started", place.get("Completed", 0))
    names = [(tuple(text_of(row[at]).casefold() for at in who), text_of(row[starts])) for row in cells]
    known: dict[tuple, set[tuple[str, ...]]] = {}
    finish = [tuple(text_of(row[at]) for at in ends) for row in cells]
    for name, end, reason in zip(names, finish, why, strict=True):
        if not reason:
            known.setdefault(name, set()).add(end)
    return [
        None if reason or not name[1] else f"{name[1]} {sorted(known[name]).index(end) + 1}"
        for name, end, reason in zip(names, finish, why, strict=True)
    ]
