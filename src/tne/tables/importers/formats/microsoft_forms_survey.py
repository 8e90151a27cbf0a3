"""How is a survey of Microsoft Forms read?"""

from __future__ import annotations

from collections.abc import Mapping

from tne.tables.importers.formats import dates, forms_sheet, surveys
from tne.tables.importers.formats.answer_scales import Question
from tne.tables.importers.formats.format import Ask, Format
from tne.tables.importers.formats.writing import source_name, toml
from tne.tables.importers.reading import Sheet
from tne.tables.importers.sniffing import Sample

ASKS = (
    *surveys.ASKS,
    Ask(name="zone", what="the time zone of the times, which Forms leaves out, for example Europe/Berlin"),
    dates.ASK,
)


def _recognise(seen: Sample) -> str:
    fixed, points = forms_sheet.recognise(seen)
    return "" if points or "Email" not in fixed else f"the columns {', '.join(fixed[:4])}"


def _mapping(sheet: Sheet, answers: Mapping[str, str]) -> str:
    asked = [(n, said) for n, said in zip(sheet.headers, sheet.about, strict=True) if said]
    questions = [
        Question(header=n, name=said["id"]) for n, said in asked if n and said["role"] in ("", "Answer")
    ]
    programme, wave, respondent = answers["programme"], answers["wave"], answers["respondent"]
    name = answers["name"] or source_name("microsoft-forms-survey", programme, wave, respondent)
    times = [row[at] for row in sheet.cells for at, n in enumerate(sheet.headers) if n in forms_sheet.TIMES]
    formats = dates.formats(times, answers["dates"])
    table = surveys.table(
        sheet,
        questions,
        answers,
        response=("ID", "Start time"),
        prefix=f"{name}_",
        submitted="Completion time",
        person=("Email",),
    )
    lines = [
        "# A survey of Microsoft Forms: one row a response, one column a question, called by its text. Columns that",
        "# are not mapped (free text, questions without a scale) are not stored.",
        "",
        "[source]",
        f"name = {toml(name)}",
        'kind = "microsoft-forms-survey"',
        f"zone = {toml(answers['zone'])}",
        *([f"date_formats = {toml(formats)}"] if formats else []),
        f"nulls = {toml(surveys.NULLS)}",
        f"ignore = {toml([*forms_sheet.START, 'Points - *', 'Feedback - *'])}",
        "",
        table,
    ]
    return "\n".join(lines)


FORMAT = Format(
    name="microsoft-forms-survey",
    title="Microsoft Forms surveys",
    recognise=_recognise,
    read=forms_sheet.read,
    mapping=_mapping,
    asks=ASKS,
)
