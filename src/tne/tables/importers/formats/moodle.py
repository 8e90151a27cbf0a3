"""What do the reports of a Moodle quiz share: how they are read, who somebody is, which rows are no result?

The rules are those of mod_quiz's report tables (attempts_report_table.php, overview_table.php): a dash for nothing, a
row for a person without an attempt if so chosen, averages of the group and of all as last rows.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from tne.tables.importers.errors import Bad, ContractError
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
from tne.tables.importers.reading import Sheet, clean, read_sheet
from tne.tables.importers.sniffing import DELIMITERS, Sample, sample
from tne.tables.importers.texts import text_of

_TIMES = ("Started", "Completed")
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
    columns = [[row[at] for row in sheet.cells] for at in range(len(sheet.headers))]
    for name, at in place.items():
        if is_mark(name):
            columns[at] = _marks(columns[at])
        elif name in _TIMES:
            columns[at] = list(map(moment, columns[at]))
    named = {name: columns[at] for name, at in place.items()}
    why = _no_results(named, len(sheet.cells))
    if "Completed" in named:
        endless = Bad("a finished attempt without the time of its completion")
        ends = zip(named["Completed"], _blanks(named["Completed"]), why, strict=True)
        named["Completed"] = [endless if gone and not reason else cell for cell, gone, reason in ends]
        columns[place["Completed"]] = named["Completed"]
    columns.append(_several(named, named.get("Started", named.get("Completed", columns[0])), why))
    return replace(
        sheet,
        headers=(*sheet.headers, "Attempt"),
        cells=list(map(list, zip(*columns, strict=True))),
        non_data=tuple(why),
    )


def _marks(cells: Sequence[Any]) -> list[Any]:
    """Return a column of marks with decimal points, and None for what nobody has graded yet."""
    known = {cell: _mark(cell) for cell in set(cells) if isinstance(cell, str)}
    return [known.get(cell, cell) for cell in cells]


def _mark(cell: str) -> str | None:
    text = clean(cell)
    return None if text.casefold() in UNGRADED else decimal(text)


def _blanks(cells: Sequence[Any]) -> list[bool]:
    """Return which cells of a column hold nothing."""
    empty = {cell for cell in set(cells) if blank(cell)}
    return [cell in empty for cell in cells]


def _no_results(named: Mapping[str, Sequence[Any]], rows: int) -> list[str]:
    """Say of each row why it is no result, "" if it is one; `named` are its columns by header."""
    states = named.get("State", [""] * rows)
    words = {cell: clean(cell).casefold() for cell in set(states) if isinstance(cell, str)}
    empty = {name: _blanks(named[name]) for name in (*_TIMES, *IDENTITY) if name in named}
    times = [empty[name] for name in _TIMES if name in empty]
    return [
        _no_result(words.get(state, ""), *about)
        for state, *about in zip(
            states,
            _all(list(empty.values()), rows),
            _all(times, rows) if times else [False] * rows,
            empty.get("Completed", [False] * rows),
            strict=True,
        )
    ]


def _all(columns: Sequence[Sequence[bool]], rows: int) -> list[bool]:
    return list(map(all, zip(*columns, strict=True))) if columns else [True] * rows


def _no_result(state: str, nothing: bool, idle: bool, endless: bool) -> str:
    """Say why a row is no result: by the word of its state, and whether it has no person, no time or no end."""
    if nothing and state in ("", "-"):
        return "an average"
    if state in FINISHED:
        return ""
    if idle:
        return "a person without an attempt"
    if state in SUBMITTED:
        return "an attempt that is not graded yet"
    return "an attempt that was not completed" if endless else ""


def _several(
    named: Mapping[str, Sequence[Any]], starts: Sequence[Any], why: Sequence[str]
) -> list[str | None]:
    """Tell apart the attempts that a person started in one minute, in the same way in every report of the quiz."""
    grade = next((name for name in named if name.startswith("Grade/")), "")
    starts = list(map(text_of, starts))
    who = [[text_of(cell).casefold() for cell in named[name]] for name in named if name in IDENTITY]
    names = list(zip(starts, *who, strict=True))
    counts = Counter(name for name, reason in zip(names, why, strict=True) if not reason)
    made = [None if reason or not start else f"{start} 1" for start, reason in zip(starts, why, strict=True)]
    shared = [i for i, one in enumerate(made) if one and counts[names[i]] > 1]
    ends = [named[name] for name in ("Completed", grade, "Duration") if name in named]
    finish = {i: tuple(text_of(column[i]) for column in ends) for i in shared}
    known: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    for i in shared:
        known.setdefault(names[i], set()).add(finish[i])
    for i in shared:
        made[i] = f"{starts[i]} {sorted(known[names[i]]).index(finish[i]) + 1}"
    return made
