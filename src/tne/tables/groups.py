"""What is a group of people that a page may speak of: its statistic, its window of data, its members?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

_EPOCH = dt.date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Group:
    """The people behind one statistic.

    Parameters
    ----------
    statistic : str
        For example ``"audits"`` or ``"tests pre+post"``.
    programme : str
        "" where the statistic is of no programme.
    label : str
        Which part of the people: "trained", "others", "" for all.
    start, end : str
        First and last day of data, ISO; "" where nothing is dated.
    members : mapping of str to (int, int)
        By person, or by keyed hash of a person: their own first and last day, counted from 1970-01-01 (0: unknown).
    marks : mapping of str to int
        By the same: a digest of their numbers, by which a correction is seen; absent where it is not known.
    """

    statistic: str
    programme: str
    label: str
    start: str
    end: str
    members: Mapping[Any, tuple[int, int]] = field(repr=False)
    marks: Mapping[Any, int] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> tuple[str, str, str]:
        """What is compared with its like: statistic, programme, label."""
        return self.statistic, self.programme, self.label


def number_of(day: dt.date | dt.datetime | str | None) -> int:
    """Return a day (ISO where it is text) as days since 1970-01-01, 0 for none."""
    if not day:
        return 0
    if isinstance(day, str):
        day = dt.date.fromisoformat(day)
    return max(0, day.toordinal() - _EPOCH)


def day_of(number: int) -> str:
    """Return days since 1970-01-01 as an ISO day."""
    return dt.date.fromordinal(_EPOCH + number).isoformat()


def last_weeks(group: Group, weeks: int) -> Group:
    """Return the part of a group with data in its last weeks, as a statistic of its own."""
    cut = number_of(group.end) - 7 * weeks
    kept = {who: (max(first, cut + 1), last) for who, (first, last) in group.members.items() if last > cut}
    start = max(group.start, day_of(max(cut + 1, 0))) if group.start else ""
    name = f"{group.statistic}, last weeks", group.programme, group.label
    return Group(*name, start, group.end, kept, {who: group.marks[who] for who in kept if who in group.marks})


def as_list(group: Group) -> list[Any]:
    """Return a group as JSON takes it; see `from_list`."""
    return [*group.name, group.start, group.end, dict(group.members), dict(group.marks)]


def from_list(told: list[Any]) -> Group:
    """Return the group that `as_list` has told of."""
    *name, start, end, members, marks = told
    return Group(
        *cast(tuple[str, str, str], name),
        start,
        end,
        {who: (first, last) for who, (first, last) in members.items()},
        marks,
    )
