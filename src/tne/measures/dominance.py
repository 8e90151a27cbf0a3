"""About how many people is a number, where a few of them did most of the work?"""

from __future__ import annotations

import numpy as np

MOST = 0.9  # of the weight: above it the number is that of the two who hold it


def people_behind(held: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    """Return how many people a number of each group is about: 2 where two of more hold over 90 % of its weight.

    Parameters
    ----------
    held : array, shape (pairs,)
        What each person of a group counts in it, one entry per person and group.
    group : array of int, shape (pairs,)
    groups : int

    Notes
    -----
    Dominance with n = 2 and k = 90 %. It holds wherever the p % rule with p = 10 % does: what is below a tenth of the
    largest is below a tenth of all.

    Examples
    --------
    >>> people_behind(np.array([5.0, 5, 1, 1, 4, 4, 4]), np.array([0, 0, 0, 0, 1, 1, 1]), 2).tolist()
    [4, 3]
    >>> people_behind(np.array([50.0, 50, 1, 1]), np.zeros(4, dtype=int), 1).tolist()
    [2]
    """
    people, total = np.bincount(group, minlength=groups), np.bincount(group, held, groups)
    order = np.lexsort((-held, group))
    place = np.arange(len(order)) - (np.cumsum(people) - people)[group[order]]
    first = order[place < 2]
    dominated = np.bincount(group[first], held[first], groups) > MOST * total
    return np.where(dominated, np.minimum(people, 2), people)
