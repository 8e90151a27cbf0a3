"""What does one xAPI statement say: who, which item of which quiz, how well, when; or why is it no answer?

After IEEE 9274.1.1 (xAPI 2.0) and xAPI 1.0.3, part two: data.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from typing import Any, NamedTuple

from tne.tables.importers.errors import Bad
from tne.tables.importers.formats.jsons import cell

# Verbs that report a result, by the last part of their IRI: vocabularies differ, these names do not.
SCORED = ("scored", "passed", "failed", "mastered", "completed", "answered", "attempted", "graded")
_JUDGED = {"passed": "judged", "failed": "judged", "mastered": "judged"}
_VOIDED = "voided"
# Interaction types whose response is one of the choices, and not what a person wrote.
_CHOSEN = ("choice", "true-false", "likert", "matching", "sequencing", "numeric")
_ATTEMPT, _QUIZZES = "attempt", ("assessment", "quiz", "test", "exam")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")


class Said(NamedTuple):
    """One statement, as far as it is read. `why` says why it is no answer, "" if it is one."""

    id: str
    verb: str
    identifier: str
    person: Any
    item: Any
    quiz: Any
    whole: bool
    registration: Any
    raw: Any
    best: Any
    least: Any
    scaled: Any
    success: Any
    response: Any
    chosen: bool
    time: Any
    target: str
    why: str

    @property
    def kind(self) -> str:
        """The kind of verb: passing and failing are two outcomes of one."""
        return _JUDGED.get(self.verb, self.verb)

    @property
    def moment(self) -> dt.datetime:
        """When it happened, to put statements in order; the end of time where the timestamp cannot be read."""
        try:
            found = dt.datetime.fromisoformat(self.time)
        except (ValueError, TypeError):
            return dt.datetime.max.replace(tzinfo=dt.UTC)
        return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def said(raw: Any) -> Said | None:
    """Read one statement; None if it is none."""
    if isinstance(raw, dict) and isinstance(raw.get("statement"), dict):
        raw = raw["statement"]  # as Learning Locker stores it
    parts: list[Any] = (
        [raw.get(name) for name in ("actor", "verb", "object")] if isinstance(raw, dict) else [None]
    )
    if not all(isinstance(part, dict) for part in parts):
        return None
    actor, verb, thing = parts[0], _tail(parts[1].get("id")), parts[2]
    result, context = _dict(raw.get("result")), _dict(raw.get("context"))
    score, definition = _dict(result.get("score")), _dict(thing.get("definition"))
    beside = _dict(context.get("contextActivities"))
    above = [*_list(beside.get("parent")), *_list(beside.get("grouping"))]
    interaction = definition.get("interactionType")
    is_item = bool(interaction) or _tail(definition.get("type")) in ("cmi.interaction", "question")
    is_item |= verb == "answered"
    identifier, person = _who(actor)
    item, own = cell(thing.get("id")), cell(raw.get("id"))
    found = Said(
        id=own.lower() if isinstance(own, str) else "",
        verb=verb,
        identifier=identifier,
        person=person,
        item=item,
        quiz=_quiz(above, item) if is_item else item,
        whole=not is_item,
        registration=cell(context.get("registration")) or _attempt(above),
        raw=cell(score.get("raw")),
        best=cell(score.get("max")),
        least=cell(score.get("min")),
        scaled=cell(score.get("scaled")),
        success=result["success"] if isinstance(result.get("success"), bool) else None,
        response=cell(result.get("response")),
        chosen=interaction in _CHOSEN,
        time=cell(raw.get("timestamp") or raw.get("stored")),
        target=str(thing.get("id") or "").lower() if verb == _VOIDED else "",
        why="",
    )
    if not found.id:
        found = found._replace(
            id="content:" + hashlib.sha256(repr(found).encode("utf-8", "replace")).hexdigest()
        )
    return found._replace(why=_why(found, actor, thing))


def _why(found: Said, actor: dict[str, Any], thing: dict[str, Any]) -> str:
    kind = thing.get("objectType")
    if found.verb == _VOIDED:
        return "it voids another"
    if actor.get("objectType") == "Group" or "member" in actor:
        return "about a group"
    if kind in ("StatementRef", "SubStatement", "Agent", "Group"):
        return {"StatementRef": "about another statement", "SubStatement": "a sub-statement"}.get(
            kind, "about a person"
        )
    name = found.verb if _NAME.fullmatch(found.verb) else "another verb"
    if found.verb not in SCORED:
        return f"`{name}`"
    if all(value is None for value in (found.raw, found.scaled, found.success)):
        return f"`{name}` without a score"
    return ""


def _who(actor: dict[str, Any]) -> tuple[str, Any]:
    """Return by which identifier an agent is named, and the identifier."""
    mail = cell(actor.get("mbox"))
    if isinstance(mail, str):
        return "mbox", re.sub(r"(?i)^mailto:", "", mail.strip())
    account = _dict(actor.get("account"))
    for name, value in (
        ("account", account.get("name")),
        *((n, actor.get(n)) for n in ("mbox_sha1sum", "openid")),
    ):
        if value not in (None, ""):
            return name, cell(value)
    return "none", None


def _quiz(above: list[dict[str, Any]], item: Any) -> Any:
    """Return the activity that an item is part of: one that says it is a quiz, else the nearest."""
    for activity in above:
        if _tail(_dict(activity.get("definition")).get("type")) in _QUIZZES:
            return cell(activity.get("id"))
    near = [cell(activity.get("id")) for activity in above if activity.get("id") != item]
    return near[0] if near else None


def _attempt(above: list[dict[str, Any]]) -> Any:
    """Return the activity that is the attempt, as Moodle writes it, where there is no registration."""
    for activity in above:
        if _tail(_dict(activity.get("definition")).get("type")) == _ATTEMPT:
            return cell(activity.get("id"))
    return None


def _tail(iri: Any) -> str:
    return iri.rstrip("/").rsplit("/", 1)[-1].rsplit("#", 1)[-1].lower() if isinstance(iri, str) else ""


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[dict[str, Any]]:
    """Return a list of activities; xAPI 0.95 wrote a single one without a list."""
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, dict)]


def number(value: Any) -> float | None:
    """Return a score as a number, None if it is none."""
    if isinstance(value, (bool, Bad)) or value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None
