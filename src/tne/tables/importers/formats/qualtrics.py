"""How is a Qualtrics survey read?"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tne.tables.importers.formats import dates, surveys
from tne.tables.importers.formats.answer_scales import Question
from tne.tables.importers.formats.format import Ask, Format
from tne.tables.importers.formats.qualtrics_sheet import OWN, TIMES, read, recognise, zone_of
from tne.tables.importers.formats.writing import source_name, toml
from tne.tables.importers.mapping import MappingError
from tne.tables.importers.reading import Sheet
from tne.tables.importers.texts import text_of

_UNFINISHED = ("False", "FALSE", "false", "0")
#: An answer on a scale; the tool's ids of texts, groups, orders and timings end otherwise.
_ASKED = re.compile(r"(\d+_)?QID\d+(#\d+)?(_\d+)*")
_LOOP = re.compile(r"\d+_(?=\D)")
_UNREAD: tuple[str, ...] = (
    "*_NPS_GROUP",
    "*_DO",
    "*_DO_*",
    "*_First Click",
    "*_Last Click",
    "*_Page Submit",
    "*_Click Count",
)
_UNREAD += ("*_Browser", "*_Version", "*_Operating System", "*_Resolution", "* - Topics", "* - Sentiment*")

ASKS = (
    *surveys.ASKS,
    Ask(
        name="unfinished",
        what="responses that were left before the end",
        default="drop",
        choices=("drop", "keep"),
    ),
    Ask(name="zone", what="the time zone, for example Europe/Berlin; if not given: the file's", default=""),
    dates.ASK,
)


def _questions(sheet: Sheet) -> list[Question]:
    """Return the columns that the tool calls questions; without its ids, all that are not its own."""
    identified = any("ImportId" in said for said in sheet.about)
    found = []
    for header, said in zip(sheet.headers, sheet.about, strict=True):
        several = "choiceId" in said or " - Selected Choice - " in said.get("text", "")
        asked = _ASKED.fullmatch(said.get("ImportId", "")) if identified else header not in OWN
        if not header or not asked or several or header.endswith("_TEXT"):
            continue
        nps = {f"{header}_NPS_GROUP", f"(Group) {header}_NPS_GROUP"} & set(sheet.headers)
        text = next((h for h in sheet.headers if re.fullmatch(re.escape(header) + r"(_\d+)?_TEXT", h)), "")
        looped = said.get("ImportId", "")[:1].isdigit()
        construct = _LOOP.sub("", header, count=1) if looped else header
        found.append(
            Question(
                header=header,
                name=header,
                stem=re.sub(r"_\d+$", "", construct),
                construct=construct,
                known=(0, 10) if nps else None,
                text=text,
            )
        )
    return found


def _mapping(sheet: Sheet, answers: Mapping[str, str]) -> str:
    zone = answers["zone"] or zone_of(sheet)
    if not zone:
        raise MappingError(
            "The export does not say its time zone. Add --set zone=…, for example Europe/Berlin."
        )
    drop = answers["unfinished"] == "drop" and "Finished" in sheet.headers
    name = answers["name"] or source_name(
        "qualtrics", answers["programme"], answers["wave"], answers["respondent"]
    )
    times = [row[at] for row in sheet.cells for at, n in enumerate(sheet.headers) if n in TIMES]
    formats = dates.formats(times, answers["dates"])
    table = surveys.table(
        sheet,
        _questions(sheet),
        answers,
        response=("ResponseId",),
        prefix="qualtrics_",
        submitted="EndDate",
        person=[c for c in ("RecipientEmail", "ExternalReference") if _filled(sheet, c)],
        unfinished=_UNFINISHED if drop else (),
    )
    unread = [*OWN, *_UNREAD, *(["*_TEXT"] if answers["comments"] == "drop" else [])]
    lines = [
        "# A Qualtrics survey: one row a response, one column a question or statement. Columns that are not mapped",
        "# (free text, choices out of several, questions without a scale, embedded data) are not stored.",
        "",
        "[source]",
        f"name = {toml(name)}",
        'kind = "qualtrics"',
        f"zone = {toml(zone)} # where the file itself says its zone, that counts",
        *([f"date_formats = {toml(formats)}"] if formats else []),
        f"nulls = {toml(surveys.NULLS)}",
        f"ignore = {toml(unread)}",
    ]
    if drop:
        lines += ["", "[[source.non_data]]", 'column = "Finished"', f"equals = {toml(_UNFINISHED)}"]
    return "\n".join([*lines, "", table])


def _filled(sheet: Sheet, name: str) -> bool:
    at = sheet.headers.index(name) if name in sheet.headers else -1
    return at >= 0 and any(text_of(row[at]) for row in sheet.cells)


FORMAT = Format(
    name="qualtrics",
    title="Qualtrics surveys",
    recognise=recognise,
    read=read,
    mapping=_mapping,
    asks=ASKS,
)
