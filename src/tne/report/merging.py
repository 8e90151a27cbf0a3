"""Which categories are better shown together than hidden?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import numpy as np

from tne.report.intervals import Cells
from tne.report.suppression import People, suppress

Groups = tuple[tuple[int, ...], ...]
Together = Callable[[np.ndarray], float]
FEWEST = 2  # one group alone is the whole


def merged(
    heads: Sequence[float], *, ordered: bool, min_n: int = 10, people: People = "disjoint"
) -> Groups | None:
    """Put categories together, if that shows more people than hiding the small ones and what protects them.

    Parameters
    ----------
    heads : sequence of float
        People in each category.
    ordered : bool
        Categories have an order, so that only neighbours go together (months, tenure): the division into as many
        groups as possible, of equally many the one that touches the fewest people. Otherwise the smallest go into one
        group, which is filled up with the next smallest.
    min_n : int
        Fewest people in a group.
    people : {"disjoint", "overlapping"}
        Whether a person can stand in several categories. If so a group counts as many people as its largest category.

    Returns
    -------
    tuple of tuple of int, or None
        Positions of the categories of each group, in their order; nobody's categories are left out. None where hiding
        shows as many people, where a count is unknown, or where fewer than two groups would be left.

    Examples
    --------
    >>> merged([30, 20, 4, 12], ordered=True)
    ((0,), (1,), (2, 3))
    >>> merged([4, 30, 20, 3, 5], ordered=False)
    ((0, 3, 4), (1,), (2,))
    >>> merged([30, 20], ordered=True) is None
    True
    """
    count = np.asarray(heads, dtype=float)
    if not np.isfinite(count).all():
        return None
    full = np.flatnonzero(count > 0)
    together = np.sum if people == "disjoint" else np.max
    found = _neighbours(count, full, min_n, together) if ordered else _smallest(count, full, min_n, together)
    if found is None or len(found) < FEWEST or not count[full].sum() > _shown(count, min_n, people):
        return None
    return found


def _shown(count: np.ndarray, min_n: int, people: People) -> float:
    """People in the categories that hiding leaves, where nothing but the total is known."""
    few, free = count < min_n, np.full(len(count), np.inf)
    cells = Cells(value=count, low=-free, high=free, people=count, own=few, lines=np.ones((1, len(count))))
    return float(count[~suppress(cells, few, min_n=min_n, people=people)].sum())


def _neighbours(count: np.ndarray, full: np.ndarray, min_n: int, together: Together) -> Groups | None:
    # best[i]: groups and people untouched so far, over the first i categories, and where the last group begins
    best: list[tuple[int, float, int] | None] = [(0, 0.0, 0)]
    for end in range(1, len(full) + 1):
        options = []
        for start in range(end):
            before, own = best[start], count[full[start:end]]
            if before is not None and together(own) >= min_n:
                alone = own[0] if end - start == 1 else 0.0
                options.append((before[0] + 1, before[1] + alone, start))
        best.append(max(options, default=None))
    if best[-1] is None:
        return None
    groups, end = [], len(full)
    while end:
        start = cast(tuple[int, float, int], best[end])[2]
        groups.append(tuple(int(at) for at in full[start:end]))
        end = start
    return tuple(reversed(groups))


def _smallest(count: np.ndarray, full: np.ndarray, min_n: int, together: Together) -> Groups | None:
    order = full[np.argsort(count[full], kind="stable")]
    size = int((count[order] < min_n).sum())
    while 0 < size < len(order) and together(count[order[:size]]) < min_n:
        size += 1
    if not size or together(count[order[:size]]) < min_n:
        return None
    groups = [tuple(sorted(int(at) for at in order[:size])), *((int(at),) for at in order[size:])]
    return tuple(sorted(groups))
