"""How large is a change, in standard deviations, and in which?"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy import optimize, special, stats

from tne.checks import require_choice, require_level_of_confidence
from tne.measures.inference import inference
from tne.measures.pairs import Pairs, about, pairs, threats, variance_ratio
from tne.result import Check, Estimate

STANDARDIZERS = ("d_av", "d_z", "d_pre")


def standardized_change(
    scores: pd.DataFrame,
    *,
    pre: str,
    post: str,
    standardizer: str,
    correction: str | None = "hedges",
    conf_level: float = 0.95,
) -> Estimate:
    """Mean change in standard deviations; `standardizer` names which standard deviation.

    Parameters
    ----------
    scores : DataFrame, one row per person
    pre, post : str
        Score columns.
    standardizer : {"d_av", "d_z", "d_pre"}
        ``"d_av"`` root mean square of the two waves' SDs, ``"d_z"`` SD of the changes, ``"d_pre"`` SD before.
        They answer different questions: d_z grows with the correlation of the waves, the others do not.
    correction : "hedges" or None
        Multiply by the exact small-sample factor J with the design's n − 1 degrees of freedom, or do not.
    conf_level : float

    Returns
    -------
    Estimate
        In SD. NaN with a note where the standard deviation is 0 or fewer than two people have both scores.

    Raises
    ------
    KeyError, TypeError
        For missing columns, or scores that are no numbers.
    ValueError
        For an unknown `standardizer` or `correction`.

    Notes
    -----
    ``J = Γ(m/2) / (sqrt(m/2) Γ((m − 1)/2))`` with m = n − 1 (Hedges 1981). Intervals: d_z inverts the noncentral
    t and multiplies by J; d_pre uses ``2(1 − r)/n + d²/(2n)`` (Becker 1988; Morris 2008), which takes equal
    spread before and after for granted (check ``equal_spread``); d_av uses Bonett's (2008) variance, which does
    not; both with the normal quantile. As every effect size it depends on how alike the people are.

    References
    ----------
    Becker (1988), Synthesizing standardized mean-change measures, BJMSP 41:257-278.
    Bonett (2008), Confidence intervals for standardized linear contrasts of means, Psych. Methods 13:99-109.
    Morris (2008), Estimating effect sizes from pretest-posttest-control group designs, ORM 11:364-386.

    Examples
    --------
    >>> scores = pd.DataFrame({"pre": [4.0, 5, 6, 7], "post": [6.0, 6, 9, 8]})
    >>> print(standardized_change(scores, pre="pre", post="post", standardizer="d_av"))
    d_av: 0.9049 SD (95 % CI -0.1056 to 1.915), p = 0.079, 4 people; compared with the same people before
    """
    require_choice(standardizer, STANDARDIZERS, "standardizer")
    require_choice(correction, ("hedges", None), "correction")
    require_level_of_confidence(conf_level)
    data = pairs(scores, pre, post)
    method = {
        "d_z": "SD of changes; noncentral t interval",
        "d_av": "root mean square of both SDs; Bonett 2008 variance",
        "d_pre": "SD before; Becker 1988 variance",
    }[standardizer] + ("; Hedges J, n − 1 df" if correction else "; no correction")
    checks = threats(data, pre, post)
    if standardizer == "d_pre":
        checks += (_equal_spread(data),)
    common = about(standardizer, data, conf_level, f"mean of {post} − {pre} in SD") | {
        "unit": "SD",
        "method": method,
    }
    note = data.undefined
    if not note:
        change = data.post - data.pre
        var_pre, var_post = data.pre.var(ddof=1), data.post.var(ddof=1)
        square = {"d_av": (var_pre + var_post) / 2, "d_z": change.var(ddof=1), "d_pre": var_pre}[standardizer]
        # a spread that is only rounding error is no spread
        if square <= 1e-24 * max(np.max(data.pre**2), np.max(data.post**2)):
            note = "the standard deviation it divides by is 0"
    if note:
        return Estimate(estimate=math.nan, note=note, checks=checks, **common)
    n, d = data.n, float(change.mean() / math.sqrt(square))
    if correction and n < 3:
        return Estimate(
            estimate=math.nan, note="the Hedges factor needs three people", checks=checks, **common
        )
    factor = hedges_factor(n - 1) if correction else 1.0
    if standardizer == "d_z":
        low, high = (
            factor * value / math.sqrt(n) for value in _noncentrality(d * math.sqrt(n), n - 1, conf_level)
        )
        statistic = d * math.sqrt(n)
        return Estimate(
            estimate=factor * d,
            std_error=math.sqrt(1 / n + (factor * d) ** 2 / (2 * n)),
            statistic=statistic,
            df=n - 1,
            p_value=2 * stats.t.sf(abs(statistic), n - 1),
            conf_low=low,
            conf_high=high,
            checks=checks,
            **common,
        )
    covariance = float(np.cov(data.pre, data.post)[0, 1])
    g = factor * d
    if standardizer == "d_av":
        own = g**2 * (var_pre**2 + var_post**2 + 2 * covariance**2) / (8 * square**2)
        variance = (own + change.var(ddof=1) / square) / (n - 1)
    else:
        if var_post <= 1e-24 * np.max(data.post**2):
            note = "everybody has the same second score: no correlation, and no error can be given"
            return Estimate(estimate=g, note=note, checks=checks, **common)
        r = covariance / math.sqrt(var_pre * var_post)
        variance = (2 * (1 - r) + g**2 / 2) / n
    return Estimate(**inference(g, math.sqrt(variance), math.nan, conf_level), checks=checks, **common)


def hedges_factor(df: float) -> float:
    """Exact small-sample correction J of Hedges (1981); ``1 − 3/(4 df − 1)`` only approximates it.

    Examples
    --------
    >>> round(hedges_factor(9), 6)
    0.913875
    """
    return float(np.exp(special.gammaln(df / 2) - special.gammaln((df - 1) / 2)) / math.sqrt(df / 2))


def _equal_spread(data: Pairs) -> Check:
    ratio, p = variance_ratio(data.pre, data.post)
    if math.isnan(p):
        return Check("equal_spread", "not_run", "Too few people, or no spread.")
    return Check(
        "equal_spread",
        "pass" if p >= 0.05 else "warn",
        f"The SD before is {math.sqrt(ratio):.2f} times that after; the interval takes them as equal.",
    )


def _noncentrality(statistic: float, df: int, conf_level: float) -> tuple[float, float]:
    """Return the noncentralities at which `statistic` stands at either end of the interval."""
    if statistic < 0:
        low, high = _noncentrality(-statistic, df, conf_level)
        return -high, -low
    tail, step = (1 - conf_level) / 2, 1 + statistic / math.sqrt(2 * df)

    def below(noncentrality: float) -> float:
        p = float(special.nctdtr(df, noncentrality, statistic))
        # far in a tail the function has no value although its limit is plain
        return p if math.isfinite(p) else float(noncentrality < statistic)

    def solve(target: float) -> float:
        low, high = statistic - step, statistic + step
        while below(low) < target:
            low -= step
        while below(high) > target:
            high += step
        return float(optimize.brentq(lambda m: below(m) - target, low, high, xtol=1e-10))

    return solve(1 - tail), solve(tail)
