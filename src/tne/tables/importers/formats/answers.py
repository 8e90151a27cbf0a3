"""Which statements are answers, to which attempt do they belong, and in which way is each item scored?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from tne.tables.importers.errors import Bad, ContractError
from tne.tables.importers.formats.statements import SCORED, Said, number
from tne.tables.importers.texts import text_of

NO_QUIZ = "no quiz named"
VOIDED = "voided"


def _base(one: Said) -> tuple[Any, Any]:
    """What an attempt belongs to: a registration, or a person where there is none."""
    return (one.registration, "") if one.registration else ("", one.person)


def reasons_of(found: Sequence[Said | None]) -> list[str]:
    """Return why each statement is no answer; voiding counts wherever it stands, and cannot be voided itself.

    Raises
    ------
    ContractError
        If one id stands for two statements.
    """
    voided = {s.target for s in found if s and s.target}
    seen: dict[str, Said] = {}
    clash = set()
    for s in found:
        if s is None:
            continue
        before = seen.setdefault(s.id, s)
        if before is not s and before._replace(time=None) != s._replace(time=None):
            clash.add(s.id)
    if clash:
        raise ContractError(
            f"{len(clash)} statement ids stand for two different statements each, and a statement never changes. "
            "Export them again from one store; nothing was imported."
        )
    reasons = ["" if s is None else s.why or (VOIDED if s.id in voided else "") for s in found]
    parts = {
        (_base(s), s.quiz or NO_QUIZ)
        for s, why in zip(found, reasons, strict=True)
        if s and not why and not s.whole
    }
    wholes: dict[Any, set[tuple[bool, int, str]]] = defaultdict(set)
    for s, why in zip(found, reasons, strict=True):
        if s and not why and s.whole:
            wholes[_base(s), s.item].add(_rank(s))
    for i, s in enumerate(found):
        if s and not reasons[i] and s.whole:
            if (_base(s), s.item) in parts:
                reasons[i] = "about a whole activity whose items are here"
            elif _rank(s) != min(wholes[_base(s), s.item]):
                reasons[i] = f"`{s.verb}` beside another verb on the same activity"
    return reasons


def _rank(one: Said) -> tuple[bool, int, str]:
    """Rank of the verbs that say the same: passed and completed often follow each other with one score."""
    return (
        one.raw is None and one.scaled is None,
        1 if one.kind == "judged" else SCORED.index(one.verb) + 1,
        one.kind,
    )


def attempts_of(answers: Sequence[Said], voided: Sequence[Said] = ()) -> tuple[dict[str, str], int]:
    """Return the attempt of each statement, and how many answers repeat an item.

    The n-th answer to an item, in time, belongs to the n-th attempt of the registration (of the person, where there
    is none). An attempt is named by its first statement, so that an export which begins later names it equally; a
    statement that was voided since still names it, so that what replaces it replaces the stored one.
    """
    first: dict[Any, Said] = {}
    for s in (*answers, *voided):
        group = (*_base(s), s.quiz or NO_QUIZ)
        first[group] = min(first.get(group, s), s, key=lambda s: (s.moment, s.id))
    passes: Counter[Any] = Counter()
    starts: dict[Any, str] = {}
    made: dict[str, str] = {}
    once = {s.id: s for s in answers}
    for s in sorted(once.values(), key=lambda s: (s.moment, s.id)):
        group = (*_base(s), s.quiz or NO_QUIZ)
        passes[group, s.item] += 1
        named = first[group] if passes[group, s.item] == 1 else s
        start = starts.setdefault((group, passes[group, s.item]), named.id)
        made[s.id] = f"{text_of(s.registration)} {text_of(s.quiz)} {start}"
    return made, sum(passes.values()) - len(passes)


def scores_of(answers: Sequence[Said]) -> dict[str, tuple[Any, Any]]:
    """Return score and best score of each statement, told in one way for all answers to an item."""
    by_item: dict[Any, list[Said]] = defaultdict(list)
    for s in answers:
        by_item[s.item].append(s)
    scores: dict[str, tuple[Any, Any]] = {}
    for told in by_item.values():
        ways = [{k: v for k, v in _ways(s).items() if v} for s in told]
        counts = Counter(kind for way in ways for kind in way)
        # Raw scores before scaled ones before right and wrong, if all have them; else what most have.
        kinds = sorted(counts, key=lambda kind: (-counts[kind], kind))
        for s, way in zip(told, ways, strict=True):
            other = Bad("scored in another way than most answers to the item")
            scores[s.id] = way.get(kinds[0], (other, _best(kinds[0]))) if kinds else (s.raw, s.best)
    return scores


def _ways(one: Said) -> dict[tuple[int, float], tuple[Any, Any] | None]:
    """Return the ways in which a score is told: kind and best score to the cells."""
    raw, best, least, scaled = map(number, (one.raw, one.best, one.least, one.scaled))
    outside = Bad("score outside its own limits")
    ways: dict[tuple[int, float], tuple[Any, Any] | None] = {}
    if one.raw is not None and best is not None:
        fits = raw is None or ((least is None or least <= raw) and raw <= best)
        ways[0, best] = (one.raw if fits else outside, one.best)
    if one.scaled is not None:
        ways[1, 1.0] = (one.scaled if scaled is None or -1 <= scaled <= 1 else outside, 1)
    if one.success is not None:
        ways[2, 1.0] = (int(one.success), 1)
    if one.raw is not None and best is None:
        ways[3, 0.0] = (one.raw, None)
    return ways


def _best(kind: tuple[int, float]) -> float | None:
    return kind[1] or None
