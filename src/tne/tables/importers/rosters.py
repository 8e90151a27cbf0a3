"""What does the roster say of a person on a day: where they were, and whether they were at work at all?"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pandas as pd

_KEY = ("moderator_id", "valid_from")
_Spells = dict[str, list[tuple[pd.Timestamp, Any]]]


@dataclass(frozen=True, eq=False)
class Roster:
    """The spells of everybody, as rows of the moderators table."""

    spells: pd.DataFrame
    _columns: dict[str, tuple[_Spells, dict[str, Any]]] = field(default_factory=dict)

    @functools.cached_property
    def _sorted(self) -> pd.DataFrame:
        return self.spells.sort_values(list(_KEY), kind="stable")

    @functools.cached_property
    def _employed(self) -> dict[str, list[tuple[pd.Timestamp, ...]]]:
        """Each person's times at work: first day, day they left and end of the last spell. Who came back has two."""
        found: dict[str, list[tuple[pd.Timestamp, ...]]] = {}
        names = (*_KEY, "hired_on", "left_on", "valid_to")
        for person, start, hired, left, end in zip(*(self._sorted[n].tolist() for n in names), strict=True):
            periods = found.setdefault(person, [])
            gone = periods[-1][1] if periods else pd.NaT
            if not periods or gone < start:
                first = hired if hired < start and not hired <= gone else start
            else:
                first = periods.pop()[0]
                left = left if pd.isna(gone) or gone < left else gone
            periods.append((first, left, end))
        return found

    def at_work(self, person: str, when: Any) -> bool:
        """Whether a person was at work on a day, give or take one for the zone."""
        day, slack = day_of(when), pd.Timedelta(days=1)
        return any(
            day >= first - slack and not day > (end if pd.isna(left) else left) + slack
            for first, left, end in self._employed.get(person, ())
        )

    def says(
        self, column: str, people: Sequence[str | None], when: Sequence[Any]
    ) -> tuple[list[Any], list[str]]:
        """Return what the roster says about each person at that time: the spell then, else the first one."""
        if column not in self._columns:
            self._columns[column] = self._spells_of(column)
        spells, settled = self._columns[column]
        values: list[Any] = list(map(cast("Callable[[Any], Any]", settled.get), people))
        if None not in values:
            return values, [""] * len(values)
        values = []
        for person, moment in zip(people, when, strict=True):
            if person in settled:
                values.append(settled[person])
                continue
            own = spells.get(person or "", [])
            day = None if moment is None else pd.Timestamp(moment).tz_localize(None)
            past = [value for start, value in own if day is None or start <= day]
            values.append(past[-1] if past else (own[0][1] if own else None))
        return values, [
            "" if v is not None and not pd.isna(v) else "person: not in the roster" for v in values
        ]

    def _spells_of(self, column: str) -> tuple[dict[str, list[tuple[pd.Timestamp, Any]]], dict[str, Any]]:
        """Return each person's spells, and what the only spell says of who never moved, whatever the day."""
        spells: dict[str, list[tuple[pd.Timestamp, Any]]] = {}
        for person, start, value in zip(*(self._sorted[n].tolist() for n in (*_KEY, column)), strict=True):
            spells.setdefault(person, []).append((start, value))
        settled = {p: own[0][1] for p, own in spells.items() if len(own) == 1 and pd.notna(own[0][1])}
        return spells, settled


def day_of(when: Any) -> pd.Timestamp:
    """Return the day of a time."""
    return pd.Timestamp(when).tz_localize(None).normalize()
