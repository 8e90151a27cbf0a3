"""How is a quiz of Microsoft Forms read?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tne.tables.importers.amounts import number
from tne.tables.importers.errors import Bad, Unreadable
from tne.tables.importers.formats import dates, forms_sheet
from tne.tables.importers.formats.answer_scales import pairs
from tne.tables.importers.formats.asks import MARKET, PROGRAMME, SCALE, WAVE, constants_of_test, market
from tne.tables.importers.formats.format import Ask, Format
from tne.tables.importers.formats.writing import source_name, toml
from tne.tables.importers.mapping import MappingError, Source
from tne.tables.importers.reading import Sheet, clean
from tne.tables.importers.sniffing import Sample
from tne.tables.importers.texts import is_blank
from tne.tables.pseudonyms import refuse_name

ASKS = (
    PROGRAMME,
    WAVE,
    Ask(name="zone", what="the time zone of the times, which Forms leaves out, for example Europe/Berlin"),
    Ask(name="form", what="the test form; equal questions in two waves are one form", default="A"),
    SCALE,
    MARKET,
    Ask(
        name="points",
        what="the best score of every question, such as 1, or QUESTION:2,… where they differ; if not given: unbounded",
        default="",
    ),
    Ask(
        name="answers",
        what="whether to keep the answers beside their points; Forms does not tell chosen from written ones",
        default="drop",
        choices=("drop", "keep"),
    ),
    Ask(name="person", what="the question that says who answered, where the form is anonymous", default=""),
    dates.ASK,
)


def _recognise(seen: Sample) -> str:
    fixed, points = forms_sheet.recognise(seen)
    return f"the columns {', '.join(fixed[:3])} and the points of each question" if points else ""


def _mapping(sheet: Sheet, answers: Mapping[str, str]) -> str:
    programme, form, wave = answers["programme"], answers["form"], answers["wave"]
    scored = _scored(sheet)
    best = _best(sheet, scored, pairs(answers["points"]))
    name = answers["name"] or source_name("microsoft-forms", programme, wave, form)
    unread = [*forms_sheet.START, "Feedback - *"]
    unread += [f"Points - {said['id']}" for said in _points(sheet).values() if said["id"] not in scored]
    unread += [f"Answer - {item}" for item in scored] if answers["answers"] == "drop" else []
    times = [row[at] for row in sheet.cells for at, n in enumerate(sheet.headers) if n in forms_sheet.TIMES]
    formats = dates.formats(times, answers["dates"])
    lines = [
        "# A quiz of Microsoft Forms: one row an attempt, three columns a question. The reader has made the headers",
        "# English and called each question by the id that its text gives it.",
        "",
        "[source]",
        f"name = {toml(name)}",
        'kind = "microsoft-forms"',
        f"zone = {toml(answers['zone'])}",
        *([f"date_formats = {toml(formats)}"] if formats else []),
        f"ignore = {toml(unread)}",
        "",
        "[[table]]",
        'into = "items"',
        "distinct = true",
    ]
    for item in scored:
        lines += _points_of(item)
        lines += [f"max_score = {best[item]:g}"] if item in best else []
    lines += [
        "[table.constants]",
        constants_of_test(programme, form, answers["scale"]),
        "",
        "[[table]]",
        'into = "responses"',
    ]
    for item in scored:
        lines += _points_of(item)
        lines += [f'response = {{ column = "Answer - {item}" }}'] if answers["answers"] == "keep" else []
    lines += [
        "[table.columns]",
        f'attempt_id = {{ id = ["$person", "ID"], prefix = {toml(name + "_")} }}',
        f"moderator_id = {{ person = {{ {_person(sheet, answers['person'])}, outside = true }} }}",
        market(answers),
        'score = "$value"',
        'answered_at = "Completion time"',
        "[table.constants]",
        f"programme_id = {toml(programme)}",
        f"form = {toml(form)}",
        f"wave = {toml(wave)}",
    ]
    return "\n".join(lines) + "\n"


def _points_of(item: str) -> list[str]:
    """Return the lines that read the points of one question."""
    return [
        "[[table.wide]]",
        f'column = "Points - {item}"',
        "[table.wide.set]",
        f"item_id = {toml(item)}",
    ]


def _scored(sheet: Sheet) -> list[str]:
    """Return the ids of the questions that brought anybody points; who are you brings none."""
    found = {said["id"]: at for at, said in _points(sheet).items()}
    scored = [item for item, at in found.items() if any(not is_blank(row[at], ()) for row in sheet.cells)]
    if not found or (sheet.cells and not scored):
        raise MappingError(
            "No question of this quiz has points yet. If it asks for opinions: --set format=microsoft-forms-survey."
        )
    return scored or list(found)


def _points(sheet: Sheet) -> dict[int, Mapping[str, str]]:
    return {at: said for at, said in enumerate(sheet.about) if said.get("role") == "Points"}


def _best(sheet: Sheet, scored: list[str], given: list[tuple[str, str]]) -> dict[str, float]:
    """Return the best score of each question that the answer names."""
    best: dict[str, float] = {}
    unknown = [item for item, _ in given if item not in (*scored, "*")]
    if unknown:
        raise MappingError(
            f"`points` names questions that the quiz does not score. It scores {', '.join(scored)}."
        )
    for item in scored:
        text = next((value for name, value in given if name in (item, "*")), "")
        try:
            best |= {item: number(text, Source(name="points"))} if text else {}
        except Unreadable:
            raise MappingError("`points` must be a number, or QUESTION:NUMBER,….") from None
    high = [item for item, limit in best.items() if _highest(sheet, item) > limit]
    if high or any(limit <= 0 for limit in best.values()):
        raise MappingError(
            f"`points` must be above 0 and no less than what was reached; {len(high)} questions brought more."
        )
    return best


def _highest(sheet: Sheet, item: str) -> float:
    at = sheet.headers.index(f"Points - {item}")
    return max((_score(row[at]) for row in sheet.cells), default=0.0)


def _score(cell: Any) -> float:
    try:
        return 0.0 if isinstance(cell, Bad) or is_blank(cell, ()) else number(cell, Source(name="points"))
    except Unreadable:
        return 0.0


def _person(sheet: Sheet, asked: str) -> str:
    """Return how people are known: by their mail, or by the answer to a question."""
    if not asked and "Email" not in sheet.headers:
        raise MappingError(
            "The quiz has no column Email, so nobody is known. Add --set person=… (the question that says who "
            "answered), or let the form record names."
        )
    if not asked:
        return 'column = "Email", kind = ["mail", "upn"]'
    try:
        refuse_name(asked)
    except ValueError as error:
        raise MappingError(str(error)) from None
    texts = [clean(said.get("text", "")).casefold() for said in sheet.about]
    if clean(asked).casefold() not in texts:
        raise MappingError("No question has the text that `person` gives. Write it as the quiz does.")
    column = sheet.headers[texts.index(clean(asked).casefold())]
    return f'column = {toml(column)}, kind = ["employee_number", "username", "mail", "upn"]'


FORMAT = Format(
    name="microsoft-forms",
    title="Microsoft Forms quizzes",
    recognise=_recognise,
    read=forms_sheet.read,
    mapping=_mapping,
    asks=ASKS,
)
