"""How much did scores change from before to after?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import optimize, special, stats

from tne.checks import require_choice, require_columns, require_level_of_confidence, require_no_missing
from tne.measures.attrition import weighted_change
from tne.measures.hake import NormalizedGain, normalized_gain
from tne.measures.inference import inference
from tne.measures.mastery import mastery_change
from tne.measures.ols import cluster_checks, cluster_columns, codes
from tne.measures.pairs import Pairs, comparable, pairs, threats, variance_ratio
from tne.measures.sandwich import fit, uncertainty
from tne.result import Check, Estimate

__all__ = [
    "NormalizedGain",
    "comparable",
    "hedges_factor",
    "mastery_change",
    "mean_change",
    "normalized_gain",
    "standardized_change",
]
STANDARDIZERS = ("d_av", "d_z", "d_pre")


def mean_change(
    scores: pd.DataFrame,
    *,
    pre: str,
    post: str,
    cluster: str | Sequence[str] | None = None,
    missing: str = "complete",
    conf_level: float = 0.95,
) -> Estimate:
    """Mean of each person's change from `pre` to `post`.

    Parameters
    ----------
    scores : DataFrame, one row per person
        People without both scores are left out; the check ``attrition`` says how many.
    pre, post : str
        Score columns in the same unit, on the same scale.
    cluster : str or tuple of two str, optional
        Columns, such as the session, whose people share what happened. One: CR2 errors with Satterthwaite's
        degrees of freedom; two: CR1 in both directions.
    missing : {"complete", "weighted"}
        ``"complete"``: the change of those who have both scores. ``"weighted"``: these weighted to everyone who
        began, by the first score (for when the check ``attrition`` does not pass); at most one cluster column.
    conf_level : float

    Returns
    -------
    Estimate
        In score points, with checks ``comparable, few_people, ceiling, floor, attrition, regression_to_mean``.
        NaN with a note for fewer than two pairs, or where the two waves stand on different scales.

    Notes
    -----
    ``mean(post − pre)`` with the paired t interval. It does not say that the training caused the change: without
    people who were not trained, practice, time and regression to the mean are part of it.

    References
    ----------
    Student (1908), The probable error of a mean, Biometrika 6:1-25.

    Examples
    --------
    >>> mean_change(pd.DataFrame({"pre": [1, 2, 3], "post": [2, 4, 6]}), pre="pre", post="post").estimate
    2.0
    """
    require_level_of_confidence(conf_level)
    require_choice(missing, ("complete", "weighted"), "missing")
    data = pairs(scores, pre, post)
    columns = cluster_columns(cluster)
    if missing == "weighted" and len(columns) > 1:
        raise ValueError("`missing` 'weighted' takes one cluster column. Give the coarser one.")
    require_columns(scores, columns, "scores")
    require_no_missing(data.kept, columns, "scores")
    checks = threats(data, pre, post)
    common = _common("mean_change", data, conf_level, f"mean of {post} − {pre}") | {"unit": "score points"}
    method = "paired t"
    if data.undefined:
        return Estimate(estimate=math.nan, note=data.undefined, method=method, checks=checks, **common)
    if missing == "weighted":
        began = scores.loc[scores[pre].notna()]
        require_no_missing(began, columns, "scores")
        first, last = (began[c].to_numpy(dtype=float, na_value=np.nan) for c in (pre, post))
        estimate, std_error, df, note = weighted_change(
            first, last, codes(began[columns[0]]) if columns else None
        )
        method = (
            "change of completers weighted to all who began (logistic on the first score), stacked errors"
        )
        numbers = inference(estimate, std_error, df, conf_level)
        return Estimate(**numbers, note=note, method=method, checks=checks, **common)
    kind = "classical" if not columns else "CR2" if len(columns) == 1 else "CR1"
    change = data.post - data.pre
    known = uncertainty(fit(np.ones((data.n, 1)), change), kind, [codes(data.kept[c]) for c in columns])
    _, std_error, df, note = known.contrast([1.0])
    if columns:
        freedom = "Satterthwaite" if kind == "CR2" else "clusters − 1"
        method = f"mean of paired changes, {kind} errors by {' and '.join(columns)}, {freedom} df"
        checks += cluster_checks(known.n_clusters, kind, columns)
    numbers = inference(float(change.mean()), std_error, df, conf_level)
    return Estimate(**numbers, note=note, method=method, checks=checks, **common)


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
    common = _common(standardizer, data, conf_level, f"mean of {post} − {pre} in SD") | {
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
        r = covariance / math.sqrt(var_pre * var_post) if var_post > 0 else 0.0
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


def _common(term: str, data: Pairs, conf_level: float, estimand: str) -> dict:
    about = {"term": term, "conf_level": conf_level, "estimand": estimand}
    return about | {"comparison": "the same people before"} | data.counts()


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
