"""On which scale are the answers to a question: numbers, words, or none at all?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from tne.tables.importers.formats.word_scales import SCALES, certain, fitting, numbers, plain
from tne.tables.importers.mapping import MappingError

NONE = "none"
NEARLY = 0.9
_RANGE = re.compile(r"(-?\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_LABELLED = re.compile(r"(\d+)\s*[-–—:.)=]\s*[^\d\s].*", re.DOTALL)  # "5 - Strongly agree"


@dataclass(frozen=True)
class Question:
    """A column that may hold answers on a scale.

    Parameters
    ----------
    header : str
    name : str
        Its `question_id`, and what the answers to the asks call it; its header does as well.
    stem : str
        Shared by the statements of one matrix, which share their scale; "" if it is none.
    construct : str
        What it measures unless an ask says so; "": its name.
    known : tuple of float or None
        Lowest and highest answer where the export itself says them.
    text : str
        Header of the free text that belongs to it; "" if none.
    """

    header: str
    name: str
    stem: str = ""
    construct: str = ""
    known: tuple[float, float] | None = None
    text: str = ""

    def first(self, given: Sequence[tuple[str, str]]) -> str:
        """Return what the first pair whose pattern fits says of this question, "" if none does."""
        names = (self.name, self.header)
        return next((v for pattern, v in given if any(fnmatchcase(name, pattern) for name in names)), "")


@dataclass(frozen=True)
class Scale:
    """Lowest and highest answer, and the number of each answer that is no number itself."""

    low: float
    high: float
    values: Mapping[str, float]


def pairs(text: str) -> list[tuple[str, str]]:
    """Return "A:x, B:y" as pairs; a part without a name is meant for everything ("*") and comes last.

    Examples
    --------
    >>> pairs("1-5, Q2*:0-10")
    [('Q2*', '0-10'), ('*', '1-5')]
    """
    found = [part.strip().rpartition(":") for part in text.split(",") if part.strip()]
    made = [(name.strip() or "*", value.strip()) for name, _, value in found]
    return sorted(made, key=lambda pair: pair[0] == "*")


def scales(words: Mapping[Question, Counter[str]], given: Sequence[tuple[str, str]]) -> dict[Question, Scale]:
    """Return the scale of each question that has one.

    Parameters
    ----------
    words : mapping of Question to Counter
        The answers to each question, and how often each was given.
    given : sequence of (pattern, scale)
        What the user said; see `pairs`.

    Returns
    -------
    dict of Question to Scale
        Other questions (who are you, which of these, free text) are left out.

    Raises
    ------
    MappingError
        If words fit several scales, or no question has a known scale.
    """
    found: dict[Question, Scale] = {}
    doubt: dict[Question, None] = {}
    whole = next((value for pattern, value in given if pattern == "*"), "")
    matrices: dict[str, Counter[str]] = {}
    for question, own in words.items():
        matrices.setdefault(question.stem or question.name, Counter()).update(own)
    for question, own in words.items():
        matrix = matrices[question.stem or question.name]
        name = question.first([pair for pair in given if pair[0] != "*"])
        if name:
            if name != NONE:
                found[question] = _named(name, own)
        elif question.known:
            found[question] = Scale(*question.known, _labelled(own))
        elif whole in SCALES and _mostly(own, whole):
            found[question] = _named(whole, own)
        elif any(_mostly(own, name) for name in SCALES):
            scale = certain(matrix)
            if scale:
                found[question] = Scale(1, scale.size, numbers(scale, own))
            else:
                doubt[question] = None
        elif whole and whole not in SCALES and _within(own, _limits(whole)) and not _ticks(own, matrix):
            found[question] = _named(whole, own)
    if doubt:
        fits = sorted({scale.name for question in doubt for scale in fitting(words[question])})
        names = [question.name for question in doubt]
        raise MappingError(
            f"The words that answer {', '.join(names[:8])}{' and others' if len(names) > 8 else ''} fit several "
            f"scales ({', '.join(fits)}). Add --set scale=… with one of them, or QUESTION:{NONE} to leave one out."
        )
    if not any(words.values()):
        raise MappingError("The export holds no answers yet, so the scales of its questions are not known.")
    if not found:
        raise MappingError(
            "No question has a scale that is known. Add --set scale=1-5 if the answers are numbers, or a scale of "
            f"words: {', '.join(SCALES)}."
        )
    return found


def _mostly(own: Counter[str], name: str) -> bool:
    """Whether the scale holds nearly all answers, and every word that any scale knows.

    Free text may hold a word such as "excellent" or "nada" again and again, and more besides.
    """
    if SCALES[name] not in fitting(own):
        return False
    return sum(n for word, n in own.items() if SCALES[name].rank(plain(word))) >= NEARLY * own.total()


def _named(name: str, own: Counter[str]) -> Scale:
    if name in SCALES:
        return Scale(1, SCALES[name].size, numbers(SCALES[name], own))
    return Scale(*_limits(name), _labelled(own))


def _limits(name: str) -> tuple[float, float]:
    limits = _RANGE.fullmatch(name)
    if not limits or float(limits[1]) >= float(limits[2]):
        raise MappingError(f"`scale` must be like 1-5, {NONE}, or one of {', '.join(SCALES)}.")
    return float(limits[1]), float(limits[2])


def _within(own: Counter[str], limits: tuple[float, float]) -> bool:
    labelled = _labelled(own)
    found = [labelled.get(word, float(word) if _NUMBER.fullmatch(word) else None) for word in own]
    return bool(found) and all(x is not None and limits[0] <= x <= limits[1] for x in found)


def _ticks(own: Counter[str], matrix: Counter[str]) -> bool:
    """Whether a column is one of several choices, each 1 where it was ticked, and not a statement of a matrix."""
    return set(matrix) == {"1"} and matrix.total() > own.total()


def _labelled(own: Counter[str]) -> dict[str, float]:
    """Return the numbers of answers such as "5 - Strongly agree"; {} if there are none of the kind."""
    found = {word: float(m[1]) for word in own if (m := _LABELLED.fullmatch(word))}
    bare = {word: float(word) for word in own if _NUMBER.fullmatch(word)}
    return dict(sorted({**bare, **found}.items(), key=lambda item: item[1])) if found else {}
