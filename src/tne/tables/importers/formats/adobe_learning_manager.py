"""How is a learner transcript of Adobe Learning Manager (once Captivate Prime) read?

One row is what one learner did with one training, one course of it, or one module of it. Names, comments and managers
are left out. The report keeps the latest score of a module only, so earlier attempts are lost unless they were
imported before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tne.tables.importers.formats import dates
from tne.tables.importers.formats.adobe_words import IGNORED, OWN, READ, STATUS, TIMES
from tne.tables.importers.formats.asks import FORM, MARKET, PROGRAMME, SCALE, WAVE, constants_of_test, market
from tne.tables.importers.formats.delimited import header_cells, slug
from tne.tables.importers.formats.format import Ask, Format
from tne.tables.importers.formats.transcripts import NULLS, named, read
from tne.tables.importers.formats.writing import source_name, toml
from tne.tables.importers.mapping import MARKET_ZONE, MappingError
from tne.tables.importers.reading import Sheet
from tne.tables.importers.sniffing import Sample
from tne.tables.importers.texts import text_of

ASKS = (
    PROGRAMME,
    WAVE,
    Ask(
        name="training",
        what="title or Training ID of the training that is meant; if not given: the only one",
        default="",
    ),
    Ask(
        name="module",
        what="the module whose quiz is meant; if not given: the only one with scores",
        default="",
    ),
    FORM,
    SCALE,
    Ask(
        name="account",
        what="what the User Unique ID is in the roster, where there is no mail",
        default="employee_number",
        choices=("employee_number", "username", "mail", "upn"),
    ),
    Ask(name="zone", what="the time zone of times whose column names none", default=""),
    dates.ASK,
    MARKET,
)


def _recognise(seen: Sample) -> str:
    headers = header_cells(seen)
    found = {named(header)[0]: header for header in headers}
    zoned = [header for header in headers if named(header)[1]]
    own = [found[name] for name in (*OWN, "Training ID", "Quiz_score") if name in found]
    if not {"Enrollment Date", "Status"} <= set(found) or not set(found) & {"Email", "User Unique ID"}:
        return ""
    return f"the columns {zoned[0]}, {own[0]} and {own[1]}" if zoned and len(own) > 1 else ""


def _choose(what: str, asked: str, found: Sequence[str]) -> str:
    if asked in found or (not asked and len(found) == 1):
        return asked or found[0]
    listed = "; ".join(found[:8]) + ("; …" if len(found) > 8 else "")
    raise MappingError(f"The transcript holds {len(found)} {what}s. Add `--set {what}=…`, one of: {listed}.")


def _mapping(sheet: Sheet, answers: Mapping[str, str]) -> str:
    def column(name: str) -> list[Any]:
        at = sheet.headers.index(name) if name in sheet.headers else None
        return [None if at is None else row[at] for row in sheet.cells]

    def texts(name: str) -> list[str]:
        return list(dict.fromkeys(c for c in column(name) if isinstance(c, str)))

    programme, wave, asked = answers["programme"], answers["wave"], answers["training"]
    by_id = {
        t
        for i, t in zip(column("Training ID"), column("Enrolment of"), strict=True)
        if t and text_of(i) == asked
    }
    trainings = texts("Enrolment of") or [scored.split(": ")[0] for scored in texts("Score of")]
    training = _choose("training", by_id.pop() if len(by_id) == 1 else asked, trainings) if trainings else ""
    modules = [s.removeprefix(f"{training}: ") for s in texts("Score of") if s.startswith(f"{training}: ")]
    module = _choose("module", answers["module"], modules) if modules else ""
    form = answers["form"] or slug(module or training) or "quiz"
    statuses = ", ".join(f"{toml(words[0])} = {toml(status)}" for status, words in STATUS.items())
    kinds = list(dict.fromkeys(("mail", "upn", answers["account"])))
    person = f"""\
moderator_id = {{ person = {{ column = "Person", kind = {toml(kinds)}, outside = true }} }}
{market(answers)}"""
    formats = dates.formats([*column("Enrolled"), *column("Completed")], answers["dates"])
    ignore = [*IGNORED, *READ, *TIMES, *OWN, "* (again)", "Item", "Score", "Best", "Attempt", "Score of"]
    text = f"""\
# Learner transcript of Adobe Learning Manager. The reader has made the headers English, given the times the zone that
# stands in their header, and found which rows are enrolments (Enrolment of) and which hold the score of a quiz
# (Score of). Days of enrolment are those of the market's calendar.

[source]
name = {toml(answers["name"] or source_name("alm", programme, wave, form))}
kind = "adobe-learning-manager"
{f"zone = {toml(answers['zone'])}" if answers["zone"] else ""}
date_formats = {toml(formats)}
nulls = {toml(NULLS)}
ignore = {toml(ignore)}

[[table]]
into = "enrolments"
only = {{ column = "Enrolment of", equals = {toml([training])} }}
[table.columns]
{person}
assigned_on = {{ column = "Enrolled", zone = "{MARKET_ZONE}" }}
status = {{ column = "Status", values = {{ {statuses} }} }}
completed_at = {{ column = "Completed", optional = true }}
[table.constants]
programme_id = {toml(programme)}
"""
    if not module:
        return text
    only = f'only = {{ column = "Score of", equals = {toml([f"{training}: {module}"])} }}'
    return f"""\
{text}
[[table]]
into = "items"
distinct = true
{only}
[table.columns]
item_id = "Item"
max_score = "Best"
[table.constants]
{constants_of_test(programme, form, answers["scale"])}

[[table]]
into = "responses"
{only}
[table.columns]
attempt_id = {{ id = ["$person", "Attempt"], prefix = "alm_" }}
item_id = "Item"
{person}
score = "Score"
answered_at = "Completed"
[table.constants]
programme_id = {toml(programme)}
form = {toml(form)}
wave = {toml(wave)}
"""


FORMAT = Format(
    name="adobe-learning-manager",
    title="Adobe Learning Manager transcripts",
    recognise=_recognise,
    read=read,
    mapping=_mapping,
    asks=ASKS,
)
