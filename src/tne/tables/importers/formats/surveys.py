"""How do the answers to a questionnaire become rows of `surveys`?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tne.tables.importers.errors import Bad
from tne.tables.importers.formats.answer_scales import NONE, Question, pairs, scales
from tne.tables.importers.formats.asks import ROSTER
from tne.tables.importers.formats.format import Ask
from tne.tables.importers.formats.word_scales import NO_ANSWER
from tne.tables.importers.formats.writing import toml
from tne.tables.importers.mapping import MappingError
from tne.tables.importers.reading import Sheet
from tne.tables.importers.texts import is_blank, text_of

#: Cells that are no answer: words that decline, the tools' mark of a question seen and passed over, nobody's mail.
NULLS = (*NO_ANSWER, "-99", "anonymous")
KINDS = ("mail", "upn", "username", "employee_number")

ASKS = (
    Ask(name="programme", what=f"the programme it asks about, or {NONE}"),
    Ask(name="wave", what="when it was answered", choices=("end", "follow_up", "pulse")),
    Ask(name="respondent", what="who answered", default="learner", choices=("learner", "manager", "trainer")),
    Ask(name="session", what="the session it asks about, or the column that says it", default=NONE),
    Ask(name="market", what="the market of everybody in it, or the column that says it", default=ROSTER),
    Ask(
        name="scale",
        what="the scale of answers in numbers, such as 1-5, or of words that fit several, such as agree-5; where "
        f"questions differ QUESTION:SCALE,… (* stands for anything; {NONE} leaves a question out)",
        default="",
    ),
    Ask(name="construct", what="what questions measure, QUESTION:CONSTRUCT,…; else their names", default=""),
    Ask(
        name="comments",
        what="free text: drop, keep (that of a question goes with its answer), or keep,TEXT:QUESTION,…",
        default="drop",
    ),
    Ask(
        name="person", what="the column that says who answered; if not given: the one of the tool", default=""
    ),
)


def table(
    sheet: Sheet,
    questions: Sequence[Question],
    answers: Mapping[str, str],
    *,
    response: Sequence[str],
    prefix: str,
    submitted: str,
    person: Sequence[str],
    unfinished: Sequence[str] = (),
) -> str:
    """Return the [[table]] of a mapping file that fills `surveys`.

    Parameters
    ----------
    sheet : Sheet
    questions : sequence of Question
        Columns that may hold answers on a scale.
    answers : mapping of str to str
        Answers to `ASKS`.
    response, prefix : sequence of str, str
        Columns that tell one response from another; the prefix of its id.
    submitted : str
        Column of the time.
    person : sequence of str
        Columns by which the tool says who answered.
    unfinished : sequence of str
        Cells of the column Finished whose rows are no data.

    Raises
    ------
    MappingError
        If no question has a known scale, words fit several, or the market cannot be known.
    """
    rows = _rows(sheet, unfinished)
    words = {q: _words(rows, sheet.headers.index(q.header)) for q in questions}
    constructs, comments = pairs(answers["construct"]), pairs(answers["comments"])
    texts = _texts(sheet, comments)
    lines = ["[[table]]", 'into = "surveys"']
    for question, scale in scales(words, pairs(answers["scale"])).items():
        given = ", ".join(f"{toml(word)} = {number:g}" for word, number in scale.values.items())
        lines += [
            *("[[table.wide]]", f"column = {toml(question.header)}", "[table.wide.set]"),
            f"question_id = {toml(question.name)}",
            f"construct = {toml(question.first(constructs) or question.construct or question.name)}",
            f"scale_min = {scale.low:g}",
            f"scale_max = {scale.high:g}",
            f'value = {{ column = "$value"{f", values = {{ {given} }}" if given else ""} }}',
        ]
        if text := _comment(question, texts, ("*", "keep") in comments):
            lines.append(f"comment = {{ column = {toml(text)} }}")
    lines += [
        "[table.columns]",
        f"response_id = {{ id = {toml(response)}, prefix = {toml(prefix)} }}",
        f"submitted_at = {toml(submitted)}",
        *_people(sheet, rows, answers, [name for name in person if name in sheet.headers]),
    ]
    for target, given in (("session_id", answers["session"]), ("programme_id", answers["programme"])):
        lines += [f"{target} = {_said(given, sheet)}"] if given != NONE else []
    lines += ["[table.constants]", f"wave = {toml(answers['wave'])}"]
    lines.append(f"respondent = {toml(answers['respondent'])}")
    return "\n".join(lines) + "\n"


def _rows(sheet: Sheet, unfinished: Sequence[str]) -> list[list[Any]]:
    reasons = sheet.non_data or [""] * len(sheet.cells)
    rows = [row for row, why in zip(sheet.cells, reasons, strict=True) if not why]
    if unfinished:
        at = sheet.headers.index("Finished")
        rows = [row for row in rows if text_of(row[at]) not in unfinished]
    return [row for row in rows if not all(is_blank(cell, ()) for cell in row)]


def _words(rows: Sequence[list[Any]], at: int) -> Counter[str]:
    cells = (row[at] for row in rows if not isinstance(row[at], Bad))
    return Counter(text_of(cell) for cell in cells if not is_blank(cell, NULLS))


def _people(
    sheet: Sheet, rows: Sequence[list[Any]], answers: Mapping[str, str], person: Sequence[str]
) -> list[str]:
    """Return the lines for `moderator_id` and `market`; managers and trainers are not looked up among the learners."""
    if answers["person"]:
        person = [answers["person"]]
    elif answers["respondent"] != "learner":
        person = []
    if not set(person) <= set(sheet.headers):
        raise MappingError(
            "The export has no column of the name that `person` gives. Write it as the export does."
        )
    lines = []
    if person:
        way = f"column = {toml(person[0])}" if len(person) == 1 else f"either = {toml(person)}"
        lines = [
            f"moderator_id = {{ person = {{ {way}, kind = {toml(KINDS)}, anonymous = true, outside = true }} }}"
        ]
    if answers["market"] != ROSTER:
        return [*lines, f"market = {_said(answers['market'], sheet)}"]
    places = [sheet.headers.index(name) for name in person]
    unnamed = sum(all(is_blank(row[at], NULLS) for at in places) for row in rows)
    if unnamed:
        raise MappingError(
            f"{unnamed} of {len(rows)} responses do not say whose they are, so the roster cannot say their market. "
            "Add --set market=… (a market, or the column that says it)."
        )
    return [*lines, 'market = { roster = "market" }']


def _said(given: str, sheet: Sheet) -> str:
    """Return an answer as a mapping writes it: a column if the export has one of that name, else the same for all."""
    return f"{{ {'column' if given in sheet.headers else 'constant'} = {toml(given)} }}"


def _comment(question: Question, texts: Mapping[str, str], keep: bool) -> str:
    """Return the column of the free text that goes with an answer, "" if none does."""
    named = (header for header, target in texts.items() if target in (question.name, question.header))
    return next(named, question.text if keep else "")


def _texts(sheet: Sheet, comments: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the columns of free text that the answer names, by header or id, and the question each belongs to."""
    ids = {said["id"]: name for name, said in zip(sheet.headers, sheet.about, strict=True) if "id" in said}
    named = {ids.get(text, text): target for text, target in comments if text != "*"}
    if not named.keys() <= set(sheet.headers):
        raise MappingError(
            "`comments` names a column that the export does not have. Write it as the export does."
        )
    return named
