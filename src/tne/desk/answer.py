"""One question, one answer: sentence, number, checks, figure, parts, and the code that gives the same."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from tne.desk import accuracy, effect, learned, reaction
from tne.desk.choices import Choice, checked
from tne.desk.found import Found, Parts, no_parts
from tne.desk.marks import SHARING, mark_of, marked
from tne.desk.shelf import Shelf, shelf_of
from tne.desk.shown import answer_html
from tne.result import Result
from tne.tables.workspace import Workspace
from tne.tables.workspace import open as open_workspace

_FOUND = {
    "effect": effect.found,
    "accuracy": accuracy.found,
    "learning": learned.found,
    "reaction": reaction.found,
}
_PARTS = {
    "effect": effect.parts,
    "accuracy": accuracy.parts,
    "learning": learned.parts,
    "reaction": reaction.parts,
}
# The last step at which a question has parts of its own; below it, decisions are what can still be told apart
_LAST = {"effect": "market", "learning": "cohort"}
_INSTEAD = {
    "effect": "The effect belongs to the whole programme: no part of it has a comparison of its own. "
    "Here are the decisions of its people after their training. ",
    "learning": "A part of a test has no scale of its own. Here are these people's decisions after their training. ",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Answer(Result):
    """What the desk answers: exact, and marked where a report would hide it.

    Parameters
    ----------
    choice : Choice
        What was asked.
    found : Found
        Result, sentence, figure, code.
    parts : Parts
        The number one step down, with the column ``sharing``.
    sharing : str
        Why the number is not for sharing, "" where a report may show it, rounded.
    """

    choice: Choice
    found: Found
    parts: Parts
    sharing: str

    @property
    def result(self) -> Result:
        """What the measure returned."""
        return self.found.result

    @property
    def code(self) -> str:
        """Two to six statements with public names; they end in the same ``result``."""
        return "\n".join(self.found.code)

    @property
    def estimate(self) -> float:
        """The number asked for, unrounded."""
        return float(self.found.row["estimate"])

    def to_frame(self) -> pd.DataFrame:
        return self.found.result.to_frame()

    def __str__(self) -> str:
        return self.found.sentence + (
            f" {self.sharing[0].upper()}{self.sharing[1:]}." if self.sharing else ""
        )

    def _repr_html_(self) -> str:
        return answer_html(self)


def ask(
    ws: Workspace | None = None,
    question: str = "effect",
    *,
    market: str = "",
    programme: str = "",
    cohort: int | None = None,
    area: str = "",
    period: str = "",
) -> Answer:
    """Answer a question at the desk, exactly, with what a report would hide marked.

    Parameters
    ----------
    ws : Workspace, optional
        Default: `tne.open()`.
    question : {"effect", "accuracy", "learning", "reaction"}
        What a training changed in decisions; how many decisions are right; the gain between two tests; ratings.
    market, programme, area : str, optional
        Code of a market, programme_id, policy area; "" is all. Effect and learning are asked of one programme.
    cohort : int, optional
        Week of the first training, as `ws.scores` and `ws.panel` count it.
    period : str, optional
        Quarter (``"2026Q2"``), month or day. Effect and learning: what was known by its end. Accuracy and reaction:
        what happened in it.

    Returns
    -------
    Answer
        ``print`` gives the sentence; ``.result`` what the measure returned; ``.parts.frame`` the next step down
        (market, programme, cohort, policy area) with a column ``sharing``; ``.code`` the lines that give the same.

    Raises
    ------
    KeyError
        If the table is absent, naming the export that would bring it.
    ValueError
        If a market, programme or period is unknown, or the question cannot be asked of that part.

    Notes
    -----
    The numbers are not for sharing: they have passed no gate. What may leave is made with `tne.say`.

    Examples
    --------
    >>> import tne
    >>> answer = tne.ask(tne.open("data/sample"), "accuracy", market="ES")
    >>> answer.found.row["unit"], "tne.audit_accuracy" in answer.code
    ('share', True)
    """
    shelf = shelf_of(open_workspace() if ws is None else ws)
    return answer(shelf, Choice(question, market, programme, cohort, area, period))


def answer(shelf: Shelf, choice: Choice) -> Answer:
    """Return the answer to a choice, made once; see `ask`."""
    checked(shelf.ws, choice, shelf.offer)
    _require_part(choice)
    return shelf.keep(("answer", choice), lambda: _answered(shelf, choice))


def is_made(shelf: Shelf, choice: Choice) -> bool:
    """Return whether the answer to a choice is there already."""
    return ("answer", choice) in shelf.made


def _answered(shelf: Shelf, choice: Choice) -> Answer:
    found = _FOUND[choice.question](shelf, choice)
    parts = parts_of(shelf, choice)
    told = marked(parts.frame, parts.key, min_n=shelf.min_n, overlapping=parts.overlapping)
    return Answer(
        choice=choice,
        found=found,
        parts=replace(parts, frame=told),
        sharing=mark_of(dict(found.row), min_n=shelf.min_n) if not pd.isna(found.row["estimate"]) else "",
        checks=found.result.checks,
    )


def parts_of(shelf: Shelf, choice: Choice) -> Parts:
    """Return the parts of a choice; where its question has none, the decisions of the same people."""
    last = _LAST.get(choice.question)
    beyond = {"effect": choice.market != "", "learning": choice.cohort is not None}.get(
        choice.question, False
    )
    if last is None or not beyond:
        return _PARTS[choice.question](shelf, choice)
    if not shelf.ws.has("audits"):
        return no_parts(choice.step, _INSTEAD[choice.question].split(". ")[0] + ".")
    found = accuracy.parts(shelf, replace(choice, question="accuracy"))
    return replace(found, note=_INSTEAD[choice.question] + found.note if found.into else found.note)


def _require_part(choice: Choice) -> None:
    asked: dict[str, Any] = {"effect": choice.cohort is not None or choice.area, "learning": choice.area}
    if asked.get(choice.question):
        part = "cohort" if choice.cohort is not None else "policy area"
        raise ValueError(
            f"{choice.question!r} cannot be told of a {part} alone. Ask 'accuracy' of it, or leave it out."
        )
    if choice.question == "reaction" and choice.area:
        raise ValueError("Surveys ask about the training, not about policy areas. Leave `area` out.")


__all__ = ["SHARING", "Answer", "answer", "ask", "parts_of"]
