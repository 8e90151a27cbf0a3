"""Do several released groups together tell of a few people, though no two of them do?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import cast

import numpy as np

from tne.tables.groups import Group, number_of

MOST_GROUPS = 64  # of one statistic, the latest: more than a year of weeks
MOST_SETS = 2000  # of people that are tried
_SURE = 1 - 1e-9


def told_together(new: Group, released: Sequence[Group], *, min_n: int) -> bool:
    """Say whether a group makes known, with those released before, a sum over 1 to `min_n` − 1 people.

    Parameters
    ----------
    new : Group
    released : sequence of Group
        Of the same statistic and programme, the latest last; labels and windows may differ.
    min_n : int

    Notes
    -----
    Each group makes known one sum, over its people and days. People and days that always stand together are one atom,
    a group is a row of zeros and ones over the atoms, and what can be worked out by adding and subtracting is the space
    of these rows: *total − A − B*, *A + B − C* and any other. A set of atoms is told of if that space holds a vector
    that is zero everywhere else: exactly if the projection on the space, cut to the set, has an eigenvalue of 1.

    Tried are the people of each small atom, of two small atoms, and by whom the new group differs from one or two
    others, at most `MOST_SETS` sets, of the latest `MOST_GROUPS` groups. The ledger knows only the first and the last
    day of each person: days between them, of which no group tells who was there, count as days of a few.

    Examples
    --------
    >>> def of(label, *people):
    ...     return Group("audits", "", label, "", "", dict.fromkeys(people, (0, 0)))
    >>> some, others = range(20), range(20, 40)
    >>> told_together(of("all", *range(43)), [of("some", *some), of("others", *others)], min_n=10)
    True
    >>> told_together(of("all", *range(40)), [of("some", *some), of("others", *others)], min_n=10)
    False
    """
    groups = [*released[-MOST_GROUPS:], new]
    if len(groups) < 2:
        return False
    rows, people = _atoms(groups)
    after, before = _projection(rows), _projection(rows[:-1])
    heads = people.sum(axis=1)
    for who in _sets(rows, people, heads < min_n, min_n):
        inside = np.flatnonzero(~people[:, ~who].any(axis=1))
        if _known(after, inside) and not _known(before, inside):
            return True
    return False


def _atoms(groups: Sequence[Group]) -> tuple[np.ndarray, np.ndarray]:
    """Return the groups as rows over atoms (groups × atoms), and who stands in which (atoms × people)."""
    windows = np.array([(number_of(group.start), number_of(group.end) + 1) for group in groups])
    cuts = np.unique(windows)
    names = list(dict.fromkeys(who for group in groups for who in group.members))
    place = {who: at for at, who in enumerate(names)}
    members = [np.fromiter((place[who] for who in group.members), int) for group in groups]
    shape = (len(names), len(cuts) - 1)
    covered, seen = np.zeros((len(groups), *shape), dtype=bool), np.zeros(shape, dtype=bool)
    pieces = np.arange(len(cuts) - 1)
    for at, (group, mine) in enumerate(zip(groups, members, strict=True)):
        begin, end = np.searchsorted(cuts, windows[at])
        days = np.array([*group.members.values()]).reshape(-1, 2)
        days[days[:, 1] == 0, 1] = windows[at, 1]  # undated: on any day
        first, last = np.clip(np.searchsorted(cuts, days, side="right") - 1, begin, end - 1).T
        covered[at, mine] = (first[:, None] <= pieces) & (pieces <= last[:, None])
        seen[mine, first] = seen[mine, last] = True
    inside = covered.any(axis=0)
    patterns, atom = np.unique(covered[:, inside].T, axis=0, return_inverse=True)
    sure = seen[inside]
    people = np.zeros((len(patterns), len(names)), dtype=bool)
    people[atom.ravel()[sure], np.nonzero(inside)[0][sure]] = True
    # of whom nothing is known but that they may be there: somebody, few
    unknown = np.flatnonzero(~people.any(axis=1))
    somebody = np.zeros((len(patterns), len(unknown)), dtype=bool)
    somebody[unknown, np.arange(len(unknown))] = True
    return patterns.T.astype(float), np.hstack([people, somebody])


def _projection(rows: np.ndarray) -> np.ndarray:
    _, sizes, space = np.linalg.svd(rows, full_matrices=False)
    space = space[sizes > 1e-9 * max(sizes.max(initial=0.0), 1.0)]
    return cast(np.ndarray, space.T @ space)


def _known(projection: np.ndarray, atoms: np.ndarray) -> bool:
    return bool(np.linalg.eigvalsh(projection[np.ix_(atoms, atoms)])[-1] >= _SURE) if len(atoms) else False


def _sets(rows: np.ndarray, people: np.ndarray, small: np.ndarray, min_n: int) -> Iterable[np.ndarray]:
    """Yield the sets of people that are tried, each once: who is inside, by person."""
    tried: set[bytes] = set()
    for who in _candidates(rows, people, np.flatnonzero(small)):
        if 0 < who.sum() < min_n and who.tobytes() not in tried:
            tried.add(who.tobytes())
            yield who
            if len(tried) >= MOST_SETS:
                return


def _candidates(rows: np.ndarray, people: np.ndarray, small: np.ndarray) -> Iterable[np.ndarray]:
    yield from people[small]
    new, old = rows[-1], rows[:-1]
    for row in old:
        yield people[row != new].any(axis=0)
    for one, other in combinations(old, 2):
        for sum_ in (one + other, one - other, other - one):
            yield people[sum_ != new].any(axis=0)
    for one, other in combinations(small, 2):
        yield people[one] | people[other]
