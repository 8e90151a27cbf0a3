"""What a question finds: the result, its sentence, its figure, its code, and the parts one step down."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import pandas as pd

from tne.desk.choices import Choice, days_of
from tne.desk.shelf import Shelf, opening
from tne.report import exhibit
from tne.report.block import Block
from tne.report.voice import Voice
from tne.result import Result

figure = partial(exhibit.figure, quick=True)  # somebody waits for it


@dataclass(frozen=True, eq=False)
class Found:
    """The answer to one question.

    Parameters
    ----------
    result : Result
        What the measure returned, exact.
    row : mapping
        The estimate that is the number asked for.
    sentence : str
    code : tuple of str
        Lines with public names that end in a `result` equal to this one.
    where : dict
        Columns and values that pick `row` from ``result.to_frame()``.
    draw : callable, optional
        Draws the figure as a report shows it, without what may not leave the team, and counts the rows that it leaves
        out for that reason; None where there is nothing to draw. The number need not wait for it.
    notes : tuple of str
        What the number does not say.
    """

    result: Result
    row: Mapping[str, Any]
    sentence: str
    code: tuple[str, ...]
    where: dict[str, Any] = field(default_factory=dict)
    draw: Callable[[], tuple[Block | None, int]] | None = None
    notes: tuple[str, ...] = ()

    @cached_property
    def drawing(self) -> tuple[Block | None, int]:
        """The figure, drawn when it is first asked for, and how many rows a report would hide of it."""
        return (None, 0) if self.draw is None else self.draw()

    @property
    def is_drawn(self) -> bool:
        """Whether nothing is left to draw."""
        return self.draw is None or "drawing" in vars(self)


@dataclass(frozen=True, eq=False)
class Parts:
    """The same number one step down.

    Parameters
    ----------
    frame : DataFrame
        Column `key`, ``name`` (as shown), the estimate's columns; exact.
    key : str
        Step of `choices.STEPS`.
    title : str
        What the rows are, "" where there are none.
    note : str
        What to know before reading them, or why there are none.
    into : tuple of Choice
        Where each row leads.
    overlapping : bool
        Whether one person can stand in several rows.
    """

    frame: pd.DataFrame
    key: str
    title: str
    note: str = ""
    into: tuple[Choice, ...] = ()
    overlapping: bool = False


def no_parts(key: str, why: str) -> Parts:
    """Return parts without rows, and why."""
    return Parts(pd.DataFrame(columns=[key, "name", "estimate", "n_people"]), key, "", why)


def interval(
    voice: Voice, row: Mapping[str, Any], *, scale: float = 1.0, signed: bool = False, unit: str = ""
) -> str:
    """Return an estimate and its interval as a person writes them: "+2.8 points (95 % interval +1.5 to +4.1)"."""
    low, high = (scale * float(row[name]) for name in ("conf_low", "conf_high"))
    shown = voice.number(scale * float(row["estimate"]), 1, signed=signed) + unit
    if math.isnan(low) or math.isnan(high):
        return f"{shown} (no interval)"
    level = f"{100 * float(row['conf_level']):g} % interval"
    ends = [voice.number(end, 1, signed=signed) for end in (low, high)]
    return f"{shown} ({level} {ends[0]} to {ends[1]})"


_ONE = {"people": "person", "audits": "audit"}


def counted(n: float, noun: str = "people") -> str:
    """Return a count with its noun; "an unknown number of people" where nobody counted."""
    if pd.isna(n):
        return f"an unknown number of {noun}"
    return f"1 {_ONE[noun]}" if int(n) == 1 else f"{int(n):,} {noun}"


def place(voice: Voice, choice: Choice) -> str:
    """Return "In Germany" or "Over all markets"."""
    return f"In {voice.market_name}" if choice.market else "Over all markets"


def names(**of: Any) -> str:
    """Return keyword arguments as code, without those that are empty."""
    return ", ".join(f"{name}={value!r}" for name, value in of.items() if value not in ("", None))


def reading(shelf: Shelf, choice: Choice, table: str, called: str) -> list[str]:
    """Return the lines of code that read a table in the market and the period of a choice."""
    start, end = days_of(choice.period) if choice.period else ("", "")
    asked = names(market=choice.market, start=str(start), end=str(end))
    return ["import tne", opening(shelf.ws), f'{called} = ws.table("{table}"{", " if asked else ""}{asked})']
