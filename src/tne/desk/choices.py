"""What can be asked at the desk: questions, markets, programmes, periods, cohorts, policy areas."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, cast

import pandas as pd

from tne.checks import require_choice
from tne.tables.periods import last_day
from tne.tables.workspace import Workspace

FIRST_MONDAY = dt.date(1970, 1, 5)  # week 0
#: The way down, each step a part of the one before.
STEPS = ("market", "programme", "cohort", "area")
# Table and column that say when there are data
_DATED = {"audits": "decided_at", "responses": "answered_at", "surveys": "submitted_at"}


@dataclass(frozen=True)
class Question:
    """Something that can be asked of the tables.

    Parameters
    ----------
    text : str
        The question in words.
    level : str
        What it is about: reaction, learning or behaviour.
    table : str
        Without this table it has no answer.
    of_programme : bool
        Whether it is asked of one programme.
    known_by : bool
        A period means what was known by its end; else what happened in it.
    """

    text: str
    level: str
    table: str
    of_programme: bool
    known_by: bool


QUESTIONS: Mapping[str, Question] = MappingProxyType(
    {
        "effect": Question("Did the training change decisions?", "behaviour", "audits", True, True),
        "accuracy": Question("How many decisions are right?", "behaviour", "audits", False, False),
        "learning": Question("What did people learn?", "learning", "responses", True, True),
        "reaction": Question("How did people rate the training?", "reaction", "surveys", False, False),
    }
)


@dataclass(frozen=True)
class Choice:
    """One question about one part of the data; "" and None stand for all.

    Parameters
    ----------
    question : str
        Key of `QUESTIONS`.
    market, programme, area : str
        Code of a market, programme_id, policy area.
    cohort : int, optional
        Week of the first training, as frames count weeks (since 1970-01-05).
    period : str
        Quarter ``"2026Q2"``, month ``"2026-06"`` or day.
    """

    question: str = "effect"
    market: str = ""
    programme: str = ""
    cohort: int | None = None
    area: str = ""
    period: str = ""

    @property
    def step(self) -> str:
        """The next step down: the first of `STEPS` that is not chosen; "" at the end."""
        chosen = (self.market, self.programme, self.cohort is not None, self.area)
        return next((name for name, is_chosen in zip(STEPS, chosen, strict=True) if not is_chosen), "")

    @property
    def trail(self) -> tuple[Choice, ...]:
        """This choice and all above it, the portfolio first."""
        above, found = self, [self]
        for name, nothing in (("area", ""), ("cohort", None), ("programme", ""), ("market", "")):
            if getattr(above, name) not in ("", None):
                above = replace(above, **cast(dict[str, Any], {name: nothing}))
                found.append(above)
        return tuple(reversed(found))

    def into(self, value: str | int, step: str = "") -> Choice:
        """Return the choice one step down."""
        return replace(self, **cast(dict[str, Any], {step or self.step: value}))


@dataclass(frozen=True)
class Offer:
    """What a workspace can be asked.

    Parameters
    ----------
    questions : dict
        Key to text, of those whose table is there.
    markets, programmes : dict
        Code to name, programme_id to title; programmes in the order of their start.
    begun : tuple of str
        Programmes that had begun by the latest data.
    compared : tuple of str
        Those of them that came to teams or people, of whom some were still waiting.
    periods : tuple of str
        Quarters with data, the latest first.
    """

    questions: dict[str, str]
    markets: dict[str, str]
    programmes: dict[str, str]
    begun: tuple[str, ...]
    compared: tuple[str, ...]
    periods: tuple[str, ...]


def offer(ws: Workspace) -> Offer:
    """Return what a workspace can be asked.

    Raises
    ------
    ValueError
        If it has none of the tables that a question needs.
    """
    questions = {key: one.text for key, one in QUESTIONS.items() if ws.has(one.table)}
    if not questions:
        needed = ", ".join(dict.fromkeys(one.table for one in QUESTIONS.values()))
        raise ValueError(f"The workspace has none of the tables {needed}. Import one of them: `tne import`.")
    rows = ws.markets.to_dict("records")
    programmes = ws.programmes.sort_values("starts_on", kind="stable")
    day = pd.Timestamp.max if pd.isna(ws.as_of) else ws.as_of.tz_localize(None)
    begun = programmes.loc[~(programmes["starts_on"] > day)]
    compared = begun.loc[begun["kind"].ne("onboarding") & begun["rollout_unit"].ne("market")]
    return Offer(
        questions,
        {row["market"]: _present(row.get("name")) or row["market"] for row in rows},
        {row["programme_id"]: _present(row["title"]) or row["programme_id"]
         for row in programmes.to_dict("records")},
        tuple(begun["programme_id"]),
        tuple(compared["programme_id"]),
        _quarters(ws),
    )  # fmt: skip


def first_choice(ws: Workspace, found: Offer) -> Choice:
    """Return where to begin: the first market, and the programme whose effect a comparison can tell, if any began."""
    question = next(iter(found.questions))
    programme = next(iter(found.compared or found.begun), "")
    if QUESTIONS[question].of_programme and not found.compared:
        question = "accuracy" if "accuracy" in found.questions else question
    return Choice(question=question, market=next(iter(found.markets)), programme=programme)


def checked(ws: Workspace, choice: Choice, found: Offer) -> Choice:
    """Return the choice if a workspace has all of it.

    Raises
    ------
    ValueError
        If a part is unknown, or the question is asked of one programme and none is chosen.
    KeyError
        If the table is absent.
    """
    require_choice(choice.question, tuple(QUESTIONS), "question")
    question = QUESTIONS[choice.question]
    if choice.question not in found.questions:
        ws.table(question.table)  # says which export brings it
    if choice.market:
        require_choice(choice.market, tuple(found.markets), "market")
    if choice.programme:
        require_choice(choice.programme, tuple(found.programmes), "programme")
    if choice.period:
        last_day(choice.period)
    if question.of_programme and not choice.programme:
        named = ", ".join(found.begun) or "none has begun"
        raise ValueError(f"{choice.question!r} is asked of one programme. Choose `programme`: {named}.")
    if choice.cohort is not None and not choice.programme:
        raise ValueError("A cohort is one of a programme. Choose `programme` too.")
    return choice


def monday(cohort: float) -> dt.date:
    """Return the first day of a week that frames count from 1970-01-05.

    Examples
    --------
    >>> monday(2936)
    datetime.date(2026, 4, 13)
    """
    return FIRST_MONDAY + dt.timedelta(weeks=int(cohort))


def week_of(cohort: float) -> str:
    """Return a cohort in words.

    Examples
    --------
    >>> week_of(2935)
    'trained in the week of 6 April 2026'
    """
    day = monday(cohort)
    return f"trained in the week of {day.day} {day:%B %Y}"


def days_of(period: str) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of a quarter, a month or a day.

    Examples
    --------
    >>> days_of("2026Q2")
    (datetime.date(2026, 4, 1), datetime.date(2026, 6, 30))
    """
    last = last_day(period)
    if re.fullmatch(r"\d{4}-?Q[1-4]", period):
        return dt.date(last.year, last.month - 2, 1), last
    return (last.replace(day=1) if re.fullmatch(r"\d{4}-\d{2}", period) else last), last


def _quarters(ws: Workspace) -> tuple[str, ...]:
    """Return the quarters from the first to the last day with data, the latest first."""
    ends = []
    for table, column in _DATED.items():
        if table in ws.tables:
            ends += ws.engine.values(f"SELECT MIN({column}), MAX({column}) FROM {table}")
    days = [pd.Timestamp(day) for pair in ends for day in pair if day is not None]
    if not days:
        return ()
    quarters = pd.period_range(min(days), max(days), freq="Q")
    return tuple(str(quarter) for quarter in quarters[::-1])


def _present(value: object) -> str:
    return "" if value is None or (not isinstance(value, str) and pd.isna(value)) else str(value)
