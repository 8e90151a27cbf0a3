"""Between what limits does a share or a net score of a survey lie?"""

from __future__ import annotations

import math
from typing import cast

from scipy import optimize, stats


def wilson(share: float, n: float, quantile: float) -> tuple[float, float]:
    """Return Wilson's interval for a share of (effectively) `n` answers, with a normal `quantile`."""
    if math.isinf(n):
        return share, share
    centre = (share + quantile**2 / (2 * n)) / (1 + quantile**2 / n)
    spread = max(share * (1 - share), 0) / n + quantile**2 / (4 * n**2)
    half = quantile / (1 + quantile**2 / n) * math.sqrt(spread)
    return max(centre - half, 0.0), min(centre + half, 1.0)


def net_score_interval(above: float, below: float, n: float, quantile: float) -> tuple[float, float]:
    """Return the score interval of the difference of two shares of the same (effectively) `n` answers.

    Parameters
    ----------
    above, below : float
        Shares of promoters and of detractors.
    n : float
    quantile : float
        Normal quantile.

    Notes
    -----
    The limits are the differences that a score test, with the shares fitted under that difference, does not reject.
    They stay between −1 and 1 and have a width even where everybody agrees.

    References
    ----------
    Tango (1998), Equivalence test and confidence interval for the difference in proportions for the paired-sample
    design, Stat. Med. 17:891-908, equations 13 and 14.

    Examples
    --------
    >>> [round(limit, 3) for limit in net_score_interval(1.0, 0.0, 10, 1.959964)]
    [0.445, 1.0]
    """
    found = above - below
    if math.isinf(n):
        return found, found

    def excess(d: float) -> float:
        """Squared distance from the found score minus what the test allows, per answer."""
        b = (2 - found) * d - above - below
        fitted = (math.sqrt(max(b * b + 8 * below * d * (1 - d), 0.0)) - b) / 4
        return n * (found - d) ** 2 - quantile**2 * (2 * fitted + d * (1 - d))

    near = 1e-9  # the found score itself is a root where everybody agrees
    low = -1.0 if found < -1 + 2 * near else optimize.brentq(excess, -1.0, found - near, xtol=1e-12)
    high = 1.0 if found > 1 - 2 * near else optimize.brentq(excess, found + near, 1.0, xtol=1e-12)
    return low, high


def effective_n(
    unit_variance: float, std_error: float, df: float, *, n: int, fallback: float, conf_level: float
) -> float:
    """Return how many independent answers are worth as much as the `n` that the design gave.

    Parameters
    ----------
    unit_variance : float
        Variance of one independent answer, ``p (1 − p)`` for a share.
    std_error, df : float
        Error by the design, and its degrees of freedom.
    n : int
        Answers.
    fallback : float
        What to return where nobody differs and the design effect cannot be seen.
    conf_level : float

    Notes
    -----
    ``n / deff · (t_{n−1} / t_{df})²`` (Korn and Graubard 1998), deff being the design's variance over
    ``unit_variance / (n − 1)``: exactly n for unweighted people without clusters.
    """
    if not unit_variance > 1e-12 or not std_error > 1e-12:
        return fallback
    level = (1 + conf_level) / 2
    return cast(
        float,
        unit_variance
        / (n - 1)
        * n
        / std_error**2
        * (stats.t.ppf(level, n - 1) / stats.t.ppf(level, df)) ** 2,
    )
