"""Is a sum about one or two people, because they make up most of it?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

LARGEST, MOST, NEAR = 2, 0.90, 0.10


def dominated(contributions: Sequence[float], *, n: int = LARGEST, k: float = MOST, p: float = NEAR) -> bool:
    """Say whether a sum is held by so few that it would tell one of them about the others.

    Parameters
    ----------
    contributions : sequence of float
        What each person adds; the sign does not count, NaN is nothing.
    n, k : int, float
        The `n` largest together are more than the share `k` of the sum.
    p : float
        Or what the two largest leave is less than the share `p` of the largest, so that the second could reckon the
        largest to within `p`.

    Notes
    -----
    The (n, k) rule and the p % rule. With n = 2, k = 90 % and p = 10 % the first holds wherever the second does; they
    part for other values.

    References
    ----------
    Hundepool et al. (2012), Statistical Disclosure Control, Wiley, section 4.2.1.

    Examples
    --------
    >>> dominated([50, 45, 3, 2]), dominated([40, 30, 20, 10])
    (True, False)
    """
    sizes = np.sort(np.abs(np.asarray(contributions, dtype=float)))[::-1]
    sizes = sizes[sizes > 0]  # NaN goes, too
    if not len(sizes):
        return False
    whole = sizes.sum()
    return bool(sizes[:n].sum() > k * whole or whole - sizes[:2].sum() < p * sizes[0])


def people_behind(people: float, contributions: Sequence[float]) -> float:
    """Return the number of people that a sum is about: at most two where it is dominated.

    Examples
    --------
    >>> people_behind(44.0, [50.0, 45, *[0.1] * 42]), people_behind(3.0, [1.0, 1, 1])
    (2.0, 3.0)
    """
    return min(float(people), float(LARGEST)) if dominated(contributions) else float(people)
