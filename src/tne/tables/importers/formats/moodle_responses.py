"""How are the answers in a Moodle quiz read (quiz, results, responses: the report `quiz_responses`)?

The report says what was answered and, if asked to, what is right. It holds no marks for single questions, so the score
is the one that the grades report of the same quiz has stored, unless the importer is told that every question is all
or nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tne.tables.importers.errors import Bad, ContractError
from tne.tables.importers.formats import moodle
from tne.tables.importers.formats.asks import constants_of_test
from tne.tables.importers.formats.format import Ask, Format
from tne.tables.importers.formats.moodle_words import ATTEMPT, PERSON, is_answer
from tne.tables.importers.formats.writing import source_name, toml
from tne.tables.importers.mapping import MappingError, Source
from tne.tables.importers.reading import Sheet, clean
from tne.tables.importers.sniffing import Sample

ALIASES = {**PERSON, **ATTEMPT}
_IGNORE = (*PERSON, *ATTEMPT, "Question *", "Response *", "Right answer *", "Point *")

ASKS = (
    *moodle.ASKS,
    Ask(
        name="score",
        what="where scores come from: the grades report of the quiz, imported before, or 1 for the right answer "
        "and 0 for any other, which is true only if no question gives part of its mark",
        default="grades",
        choices=("grades", "right"),
    ),
    Ask(
        name="answers",
        what="which answers are stored: those to questions with one right answer, or free text too",
        default="closed",
        choices=("closed", "all"),
    ),
)


def _recognise(seen: Sample) -> str:
    found = moodle.headers(seen, ALIASES)
    answers = [name for name in found if is_answer(name)]
    if not moodle.has_attempts(found) or not any(name.startswith("Response ") for name in answers):
        return ""
    return f"the columns Started, Completed and {answers[-1]}"


def _read(path: Path, source: Source) -> Sheet:
    table = moodle.table(path, source, ALIASES)
    place = {name: at for at, name in enumerate(table.headers)}
    if {"State", "Completed"} <= set(place) and any(
        row[place["State"]] == "" and not moodle.blank(row[place["Completed"]]) for row in table.cells
    ):
        raise ContractError(
            f"{table.file} shows several tries of a question. Choose “which tries: last try” and export again."
        )
    sheet = moodle.attempts(table)
    both = [number for number in _numbers(sheet, "Response") if f"Right answer {number}" in place]
    cells = [
        [*row, *(_point(row[place[f"Response {n}"]], row[place[f"Right answer {n}"]]) for n in both)]
        for row in sheet.cells
    ]
    mixed = [n for n in _numbers(sheet, "Right answer") if len(_right(sheet, n)) > 1]
    notes = (
        f"Question {', '.join(mixed)}: people were asked different questions or variants (the right answers differ), "
        "so answers to it are not answers to one item.",
    )
    headers = (*sheet.headers, *(f"Point {number}" for number in both))
    return replace(sheet, headers=headers, cells=cells, notes=notes if mixed else ())


def _numbers(sheet: Sheet, kind: str) -> list[str]:
    """Return the numbers of the questions that have a column of this kind."""
    return [h.removeprefix(f"{kind} ") for h in sheet.headers if h.startswith(f"{kind} ")]


def _right(sheet: Sheet, number: str) -> set[str]:
    """Return the right answers that the results name for a question."""
    at = sheet.headers.index(f"Right answer {number}")
    why = sheet.non_data or [""] * len(sheet.cells)
    rows = (row[at] for row, reason in zip(sheet.cells, why, strict=True) if not reason)
    return {clean(cell) for cell in rows if not isinstance(cell, Bad) and not moodle.blank(cell)}


def _point(answer: Any, right: Any) -> Any:
    """Return 1 for the right answer, 0 for another one, nothing where there is none."""
    broken = next((cell for cell in (answer, right) if isinstance(cell, Bad)), None)
    if broken:
        return broken
    return None if moodle.blank(answer) or moodle.blank(right) else int(clean(answer) == clean(right))


def _mapping(sheet: Sheet, answers: Mapping[str, str]) -> str:
    programme, form, wave = answers["programme"], answers["form"], answers["wave"]
    known = {number: _right(sheet, number) for number in _numbers(sheet, "Right answer")}
    every = _numbers(sheet, "Response")
    closed = [number for number in every if known.get(number)]
    chosen = every if answers["answers"] == "all" and answers["score"] == "grades" else closed
    if not chosen:
        raise MappingError(
            "The report names no right answers, so nothing tells questions with one from free text, which is not "
            "stored unless asked for. Export it with the right answers, or add --set answers=all."
        )
    name = answers["name"] or source_name("moodle-responses", programme, wave, form)
    text = f"""\
# Responses in a Moodle quiz: one row an attempt, columns "Response n" and "Right answer n". The reader has made the
# headers English and the times ISO 8601, has set attempts without a result aside, numbered the attempts that one person
# started in the same minute (Attempt), and compared the answer with the right one (Point n).

[source]
name = {toml(name)}
kind = "moodle-responses"
zone = {toml(answers["zone"])}
nulls = ["-"] # not answered
ignore = {toml(_IGNORE)}
"""
    text += _items(answers, closed, {number for number, right in known.items() if len(right) == 1})
    text += '\n[[table]]\ninto = "responses"\n'
    for number in chosen:
        column = f"Response {number}"
        point = f'\nscore = {{ column = "Point {number}" }}' if answers["score"] == "right" else ""
        text += f"""\
[[table.wide]]
column = {toml(column)}
[table.wide.set]
item_id = {toml(_item(answers, number))}{point}
"""
    text += f'[table.columns]\n{moodle.attempt_columns(sheet, answers)}\nresponse = "$value"\n'
    return text + ('score = { stored = ["responses"] }\n' if answers["score"] == "grades" else "")


def _items(answers: Mapping[str, str], closed: list[str], known: set[str]) -> str:
    """Return the items: their key where there is one, their best score where the importer gives it."""
    numbers = closed if answers["score"] == "right" else [number for number in closed if number in known]
    if not numbers:
        return ""
    text = '\n[[table]]\ninto = "items"\ndistinct = true\n'
    for number in numbers:
        column = toml(f"Right answer {number}")
        key = f"\nkey = {{ column = {column} }}" if number in known else ""
        text += f"""\
[[table.wide]]
column = {column}
[table.wide.set]
item_id = {toml(_item(answers, number))}{key}
"""
    best = "max_score = 1\n" if answers["score"] == "right" else ""
    return f"""{text}[table.constants]
{constants_of_test(answers["programme"], answers["form"], answers["scale"])}
{best}"""


def _item(answers: Mapping[str, str], number: str) -> str:
    """Return the id of an item: that of the grades report."""
    return f"{answers['programme']}-{answers['form']}-q{number.zfill(2)}"


FORMAT = Format(
    name="moodle-responses",
    title="Moodle quiz responses",
    recognise=_recognise,
    read=_read,
    mapping=_mapping,
    asks=ASKS,
    settled=True,
)
