"""How are the grades of a Moodle quiz read (quiz, results, grades: the report `quiz_overview`)?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tne.tables.importers.formats import moodle
from tne.tables.importers.formats.asks import constants_of_test
from tne.tables.importers.formats.format import Ask, Format
from tne.tables.importers.formats.moodle_words import ATTEMPT, PERSON, is_answer, is_mark
from tne.tables.importers.formats.writing import source_name, toml
from tne.tables.importers.mapping import MappingError, Source
from tne.tables.importers.reading import Sheet
from tne.tables.importers.sniffing import Sample

ALIASES = {**PERSON, **ATTEMPT}
#: A question without any marks to be had (best mark 0) is no item.
_BEST = r"(?P<best>(?!0+(\.0+)?$)\d+(\.\d+)?)"
_IGNORE = (*PERSON, *ATTEMPT, "Q. *", "Mark *")

UNANSWERED = Ask(
    name="unanswered",
    what="what a question left unanswered in a finished attempt is: missing, or zero as Moodle counts it",
    default="missing",
    choices=("missing", "zero"),
)


def _recognise(seen: Sample) -> str:
    found = moodle.headers(seen, ALIASES)
    marks = [name for name in found if is_mark(name)]
    if not moodle.has_attempts(found) or not marks or any(map(is_answer, found)):
        return ""
    return f"the columns Started, Completed and {marks[-1]}"


def _read(path: Path, source: Source) -> Sheet:
    sheet = moodle.attempts(moodle.table(path, source, ALIASES))
    at = [i for i, name in enumerate(sheet.headers) if re.fullmatch(rf"Q\. .+ /{_BEST}", name)]
    if not at:
        return sheet
    counted, left = [], 0  # as Moodle counts them: 0 for a dash in a finished attempt
    for i in at:
        marks = [row[i] for row in sheet.cells]
        blank = [n for n, mark in enumerate(marks) if mark == "-" and not sheet.non_data[n]]
        for n in blank:
            marks[n] = "0"
        left += len(blank)
        counted.append(marks)
    cells = [[*row, *marks] for row, marks in zip(sheet.cells, zip(*counted, strict=True), strict=True)]
    headers = (*sheet.headers, *(sheet.headers[i].replace("Q.", "Mark", 1) for i in at))
    note = (
        f"{sheet.file}: {left} questions of finished attempts were left unanswered. They are missing, or 0 as Moodle "
        "counts them with `unanswered=zero`."
    )
    return replace(sheet, headers=headers, cells=cells, notes=(*sheet.notes, note) if left else sheet.notes)


def _mapping(sheet: Sheet, answers: Mapping[str, str]) -> str:
    programme, form, wave = answers["programme"], answers["form"], answers["wave"]
    item = f"{programme}-{form}"
    if any(name.startswith("Q. ") for name in sheet.headers):
        column = "Mark" if answers["unanswered"] == "zero" else r"Q\."
        pattern, item = rf"{column} (?P<number>.+) /{_BEST}", item + "-q{number:02}"
    else:  # exported without "marks for each question"
        pattern, item = f"Grade/{_BEST}", item + "-total"
    if not any(re.fullmatch(pattern, header) for header in sheet.headers):
        raise MappingError(f"{sheet.file} has no question, and no total, with a best mark above 0.")
    name = answers["name"] or source_name("moodle-grades", programme, wave, form)
    return f"""\
# Grades of a Moodle quiz: one row an attempt, one column a question. The reader has made the headers English, the
# times ISO 8601 and the decimal commas points; it has set averages and attempts without a result aside, and numbered
# the attempts that one person started in the same minute (Attempt). Mark 1 is Q. 1 with 0 for what was not answered.

[source]
name = {toml(name)}
kind = "moodle-grades"
zone = {toml(answers["zone"])}
nulls = ["-"] # not answered
ignore = {toml(_IGNORE)}

[[table]]
into = "items"
distinct = true
[[table.wide]]
pattern = '{pattern}'
keep_blank = true
[table.wide.set]
item_id = {toml(item)}
max_score = "{{best}}"
[table.constants]
{constants_of_test(programme, form, answers["scale"])}

[[table]]
into = "responses"
[[table.wide]]
pattern = '{pattern}'
[table.wide.set]
item_id = {toml(item)}
[table.columns]
{moodle.attempt_columns(sheet, answers)}
score = "$value"
"""


FORMAT = Format(
    name="moodle-grades",
    title="Moodle quiz grades",
    recognise=_recognise,
    read=_read,
    mapping=_mapping,
    asks=(*moodle.ASKS, UNANSWERED),
    settled=True,
)
