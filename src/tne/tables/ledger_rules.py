"""May a group of people be shown beside those that were shown before, or would a difference tell of a few?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from tne.tables.groups import Group, number_of
from tne.tables.ledger_file import Release

ALIKE = 0.8  # of the people in both: their numbers are the same data


def differing(new: Group, old: Group, *, cumulative: bool) -> int | None:
    """Return of how many people the difference of two releases of one statistic tells; None where they are apart.

    Parameters
    ----------
    new, old : Group
        Of the same statistic, programme and label; members by the same kind of id.
    cumulative : bool
        The statistic grows with its window, so that a later window holds an earlier one.

    Returns
    -------
    int or None
        People in one group and not in the other, those with data on days that only one window has, and those whose
        numbers were corrected: all whose data stand in one number and not in the other. None if the statistic is not
        cumulative and the windows differ: a new period tells something new.

    Examples
    --------
    >>> old = Group("audits", "", "", "1970-01-02", "1970-01-08", {"a": (1, 7), "b": (1, 5)})
    >>> new = Group("audits", "", "", "1970-01-02", "1970-01-15", {"a": (1, 7), "b": (1, 12), "c": (9, 9)})
    >>> differing(new, old, cumulative=True), differing(new, old, cumulative=False)
    (2, None)
    """
    same = (new.start, new.end) == (old.start, old.end)
    if not same and not cumulative:
        return None
    changed = new.members.keys() ^ old.members.keys()
    if not same:
        changed |= _outside(new, old) | _outside(old, new)
    both = new.marks.keys() & old.marks.keys()
    return len(changed | {who for who in both if new.marks[who] != old.marks[who]})


def _outside(group: Group, other: Group) -> set[Any]:
    """Return the members of a group with data before or after the window of another."""
    first, last = number_of(other.start), number_of(other.end)
    return {who for who, (begun, ended) in group.members.items() if ended > last or 0 < begun < first}


def renamed(new: Group, old: Release) -> bool:
    """Say whether a release shows the data of a group under another name: of a programme, or of a market.

    Nearly all people who are in both have the same days and the same numbers. So it is compared with its like although
    somebody has named it anew; two programmes, or markets, do not have the same numbers of the same people.
    """
    if (old.name[0], old.name[2]) != (new.statistic, new.label):
        return False
    both = [who for who, mark in old.group.marks.items() if new.marks.get(who) is not None and mark]
    same = sum(
        new.marks[who] == old.group.marks[who] and new.members[who][0] == old.group.members[who][0]
        for who in both
    )
    smaller = min(len(new.members), len(old.group.members))
    return len(both) >= ALIKE * smaller and same >= ALIKE * smaller


def refused(new: Group, released: Iterable[Release], *, cumulative: bool, min_n: int) -> Release | None:
    """Return an earlier release from which a group differs by 1 to `min_n` − 1 people, None if there is none.

    Also the latest of several that tell of so few only together, whatever their labels (see `told_together`). A group
    of fewer than `min_n` people is shown nowhere, so that it is held against nothing.

    Parameters
    ----------
    new : Group
        Members by keyed hash.
    released : iterable of Release
        The latest last.
    cumulative : bool
        See `differing`.
    min_n : int
    """
    if len(new.members) < min_n:
        return None
    released = [*released]
    if not any(old.name == new.name for old in released):
        released = [replace(old, name=new.name) if renamed(new, old) else old for old in released]
    mine = {(old.start, old.end, old.packed): old for old in released if old.name == new.name}
    for old in reversed(mine.values()):
        count = differing(new, old.group, cumulative=cumulative)
        if count is not None and 0 < count < min_n:
            return old
    window = (new.start, new.end)
    like = [
        old
        for old in {(old.name, old.start, old.end, old.packed): old for old in released}.values()
        if old.name[:2] == new.name[:2] and (cumulative or (old.start, old.end) == window)
    ]
    if not like:
        return None
    # here, for a run that makes no page loads no numpy
    from tne.tables.ledger_sums import told_together

    return like[-1] if told_together(new, [old.group for old in like], min_n=min_n) else None
