"""Did more people pass after than before?"""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from tne.checks import require_level_of_confidence
from tne.measures.pairs import pairs, threats
from tne.result import Estimate


def mastery_change(
    scores: pd.DataFrame, *, pre: str, post: str, cut: float, conf_level: float = 0.95
) -> Estimate:
    """Change in the share of people who reach `cut`, with McNemar's test.

    Parameters
    ----------
    scores : DataFrame, one row per person
    pre, post : str
        Score columns on the same scale.
    cut : float
        Lowest score that counts as a pass.
    conf_level : float

    Returns
    -------
    Estimate
        Change in shares (0.05 = five points more pass). ``statistic`` is McNemar's chi-square without continuity
        correction on 1 df, ``p_value`` the exact binomial one. Where nobody changed sides both are NaN, noted.

    Raises
    ------
    KeyError, TypeError
        For missing columns, or scores that are no numbers.
    ValueError
        If `cut` is not finite.

    Notes
    -----
    With b people who came to pass and c who ceased to: estimate ``(b − c)/n``, chi-square ``(b − c)²/(b + c)``,
    standard error of Wald; the interval is Bonett and Price's adjusted Wald interval, which adds one to b and to
    c and keeps its level in small groups. It discards how far above or below the cut people are.

    References
    ----------
    Bonett and Price (2012), Adjusted Wald confidence interval for a difference of binomial proportions based on
    paired data, JEBS 37:479-488. McNemar (1947), Psychometrika 12:153-157.

    Examples
    --------
    >>> frame = pd.DataFrame({"pre": [0, 0, 1, 1], "post": [1, 1, 1, 0]})
    >>> mastery_change(frame, pre="pre", post="post", cut=1).estimate
    0.25
    """
    require_level_of_confidence(conf_level)
    if not isinstance(cut, Real) or not np.isfinite(cut):
        raise ValueError(f"`cut` is {cut!r}. Give the lowest passing score as a finite number.")
    data = pairs(scores, pre, post)
    common: dict[str, Any] = {
        "term": "mastery_change",
        "conf_level": conf_level,
        "unit": "share",
        "estimand": f"share with {post} ≥ {cut:g} minus share with {pre} ≥ {cut:g}",
        "comparison": "the same people before",
        "method": "McNemar, exact p; Bonett-Price interval",
        "checks": threats(data, pre, post),
    } | data.counts()
    if data.undefined:
        return Estimate(estimate=math.nan, note=data.undefined, **common)
    # a cut such as .55 × 100, or a sum of decimals, may miss the exact score by rounding
    least, n = cut - 1e-9 * max(1.0, abs(cut)), data.n
    before, after = data.pre >= least, data.post >= least
    gained, lost = int((~before & after).sum()), int((before & ~after).sum())
    up, down = (gained + 1) / (n + 2), (lost + 1) / (n + 2)
    half = stats.norm.ppf((1 + conf_level) / 2) * math.sqrt((up + down - (up - down) ** 2) / (n + 2))
    numbers = {
        "estimate": (gained - lost) / n,
        "std_error": math.sqrt(gained + lost - (gained - lost) ** 2 / n) / n,
        "conf_low": max(up - down - half, -1.0),
        "conf_high": min(up - down + half, 1.0),
    }
    if gained + lost == 0:
        return Estimate(**numbers, note="nobody changed sides: no test is possible", **common)
    return Estimate(
        **numbers,
        statistic=(gained - lost) ** 2 / (gained + lost),
        df=1,
        p_value=stats.binomtest(gained, gained + lost).pvalue,
        **common,
    )
