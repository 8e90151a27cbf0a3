"""How are xAPI statements read: a list, the answer of a learning record store, or one statement a line?

After IEEE 9274.1.1 (xAPI 2.0) and xAPI 1.0.3 (github.com/adlnet/xAPI-Spec). Statements that several stores or runs
deliver twice count once. A statement about an interaction, or with the verb answered, is an answer to an item; every
other one with a score speaks of a whole activity and counts only where the registration has no answers to its items.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tne.tables.importers.errors import Bad
from tne.tables.importers.formats.answers import NO_QUIZ, VOIDED, attempts_of, reasons_of, scores_of
from tne.tables.importers.formats.asks import FORM, MARKET, PROGRAMME, SCALE, WAVE, market
from tne.tables.importers.formats.delimited import slug
from tne.tables.importers.formats.format import Ask, Format
from tne.tables.importers.formats.jsons import NO_OBJECT, Objects, first
from tne.tables.importers.formats.statements import Said, said
from tne.tables.importers.formats.writing import source_name, toml
from tne.tables.importers.mapping import MappingError, Source
from tne.tables.importers.reading import Sheet
from tne.tables.importers.sniffing import Sample
from tne.tables.importers.texts import text_of

HEADERS = (
    *("Statement", "Verb", "Identifier", "Person", "Quiz", "Scope", "Item", "Attempt", "Score", "Best"),
    *("Response", "Written response", "Time"),
)
ALL = "all"

ASKS = (
    PROGRAMME,
    WAVE,
    Ask(name="quiz", what=f"the IRI of the quiz; if not given: the only one, `{ALL}` for all", default=""),
    FORM,
    SCALE,
    Ask(
        name="account",
        what="what the name of an account is in the roster",
        default="username",
        choices=("username", "employee_number", "mail", "upn"),
    ),
    Ask(name="texts", what="answers that people wrote themselves", default="drop", choices=("drop", "keep")),
    Ask(name="zone", what="the time zone of times without offset", default=""),
    MARKET,
)


def _recognise(seen: Sample) -> str:
    if seen.kind != "text":
        return ""
    if re.match(r'\s*\{\s*"statements"\s*:\s*\[\s*\]', seen.text):
        return "its empty list of statements"
    return "the keys actor, verb and object of its first statement" if said(first(seen.text)) else ""


def _read(path: Path, source: Source) -> Sheet:
    return _together([path], source)[0]


def _together(paths: Sequence[Path], source: Source) -> list[Sheet]:
    """Read the files of one export: pages of a store void, repeat and complete one another."""
    files = [Objects(path) for path in paths]
    told = [[(place, said(raw)) for place, raw in file] for file in files]
    found = [s for statements in told for _, s in statements]
    reasons = reasons_of(found)
    answers = [s for s, why in zip(found, reasons, strict=True) if s and not why]
    voided = [s for s, why in zip(found, reasons, strict=True) if s and why == VOIDED]
    attempts, again = attempts_of(answers, voided)
    scores = scores_of(answers)
    notes = tuple(_notes(found, reasons, again, all(file.more for file in files)))
    sheets = []
    for path, statements in zip(paths, told, strict=True):
        rows = [_row(s, attempts, scores) if s else [NO_OBJECT] * len(HEADERS) for _, s in statements]
        whys, reasons = tuple(reasons[: len(rows)]), reasons[len(rows) :]
        sheets.append(Sheet(path.name, HEADERS, rows, [place for place, _ in statements], whys, notes))
    return sheets


def _row(one: Said, attempts: Mapping[str, str], scores: Mapping[str, tuple[Any, Any]]) -> list[Any]:
    score, best = scores.get(one.id, (None, None))
    written = one.response
    return [
        *(
            one.id,
            one.verb,
            one.identifier,
            one.person,
            one.quiz or NO_QUIZ,
            "whole" if one.whole else "item",
        ),
        *(one.item, attempts.get(one.id), score, best, written if one.chosen else None, written, one.time),
    ]


def _notes(found: Sequence[Said | None], reasons: Sequence[str], again: int, more: bool) -> Iterator[str]:
    counts = Counter(filter(None, reasons))
    if counts:
        listed = "; ".join(f"{why} ({n})" for why, n in sorted(counts.items(), key=lambda c: (-c[1], c[0])))
        yield f"{sum(counts.values())} statements are no answers: {listed}."
    if again:
        yield f"{again} answers repeat an item within a registration; they stand as later attempts."
    hashed = sum(s is not None and s.identifier == "mbox_sha1sum" for s in found)
    if hashed:
        yield f"{hashed} statements name people by a hash of the mail (mbox_sha1sum), which nobody can match."
    known = {s.id for s in found if s}
    absent = sum(s is not None and bool(s.target) and s.target not in known for s in found)
    if absent:
        yield (
            f"{absent} statements void statements that are not here; if an earlier import stored "
            "those, they are still stored."
        )
    if more:
        yield "The store has more statements than are here (`more`). Import all pages together."


def _quiz_of(sheet: Sheet, answers: Mapping[str, str]) -> str:
    """Return the quiz that is meant, "" for all.

    Raises
    ------
    MappingError
        If the file holds several and none was named, or not the one that was named.
    """
    at = HEADERS.index("Quiz")
    told = [row[at] for row, why in zip(sheet.cells, sheet.non_data, strict=True) if not why]
    found = list(dict.fromkeys(text_of(quiz) for quiz in told if not isinstance(quiz, Bad)))
    asked = answers["quiz"]
    if asked == ALL or (not asked and not found):
        return ""
    if asked in found or (not asked and len(found) == 1):
        return asked or found[0]
    listed = ", ".join(found[:8]) + (", …" if len(found) > 8 else "")
    what = "no answers to that quiz" if asked else f"answers to {len(found)} quizzes"
    raise MappingError(f"The file holds {what}. Add `--set quiz=IRI` (or `{ALL}`), of: {listed}.")


def _mapping(sheet: Sheet, answers: Mapping[str, str]) -> str:
    programme, wave, quiz = answers["programme"], answers["wave"], _quiz_of(sheet, answers)
    form = answers["form"] or slug(quiz.split("://", 1)[-1].partition("/")[2] or quiz) or "xapi"
    scale = answers["scale"] or f"{programme} {form}"
    name = answers["name"] or source_name("xapi", programme, wave, form)
    kinds = list(dict.fromkeys(("mail", "upn", answers["account"])))
    response = "Written response" if answers["texts"] == "keep" else "Response"
    used = {
        "Scope",
        "Item",
        "Person",
        "Attempt",
        "Score",
        "Best",
        "Time",
        response,
        *(["Quiz"] if quiz else []),
    }
    ignore = sorted({*HEADERS} - used)
    only = f'only = {{ column = "Quiz", equals = {toml([quiz])} }}\n' if quiz else ""
    zone = f"zone = {toml(answers['zone'])}\n" if answers["zone"] else ""
    scope = f"""\
form = {{ column = "Scope", values = {{ item = {toml(form)}, whole = {toml(form + "-total")} }} }}"""
    return f"""\
# xAPI statements: one row a statement. The reader has set aside what is no answer, and named the attempts. The score
# of a whole activity is a form of its own: it stands only where the store holds no answers to the items.

[source]
name = {toml(name)}
kind = "xapi"
{zone}ignore = {toml(ignore)}

[[table]]
into = "items"
distinct = true
{only}[table.columns]
item_id = "Item"
max_score = "Best"
{scope}
scale = {{ column = "Scope", values = {{ item = {toml(scale)}, whole = {toml(scale + " (total)")} }} }}
[table.constants]
programme_id = {toml(programme)}

[[table]]
into = "responses"
{only}[table.columns]
attempt_id = {{ id = ["$person", "Attempt"], prefix = "xapi_" }}
item_id = "Item"
moderator_id = {{ person = {{ column = "Person", kind = {toml(kinds)}, outside = true }} }}
{market(answers)}
{scope}
response = "{response}"
score = "Score"
answered_at = "Time"
[table.constants]
programme_id = {toml(programme)}
wave = {toml(wave)}
"""


FORMAT = Format(
    name="xapi",
    title="xAPI statements",
    recognise=_recognise,
    read=_read,
    mapping=_mapping,
    asks=ASKS,
    together=_together,
)
