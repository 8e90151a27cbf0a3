"""Did the groups already drift apart before training, and what drift could the test have missed?"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from tne.measures.att_aggregate import aggregation_weights
from tne.measures.att_inference import Combination, combine, covariance, inference
from tne.measures.event_estimates import as_event_study
from tne.measures.joint_test import JointTest, Wald, detectable_slope, joint_check, wald
from tne.measures.missed_trend import missed_trends
from tne.result import ESTIMATE_COLUMNS, Estimate, Estimates, estimate_from

CLUSTERS_PER_RESTRICTION = 4
MOST_BLOCKS = 4


def pretrend(att: Any) -> JointTest:
    """Test that the groups moved in parallel before training, and say what the test could have missed.

    Parameters
    ----------
    att : GroupTimeATT, EventStudy, or anything with ``estimates``, ``covariance`` and ``event_time``
        An event study is tested by chi-square on all its pre-periods.

    Returns
    -------
    JointTest
        Its check "pretrend" is fail for p < .01, warn for p < .05, and not_run where nothing can be tested.

    Raises
    ------
    TypeError
        For anything else.

    Notes
    -----
    With analytic errors and at least 4 clusters per pre-period cell, all cells are tested together by
    chi-square, as R's did does. Otherwise the pre-periods of each cohort are cut into at most 4 blocks of
    about equal length, whose means are compared with the last block's, with at most one restriction per 4
    clusters and Hotelling's small-sample F; with more cohorts than that, the cohorts' contrasts are averaged.
    A test that does not reject has not shown parallel trends: `missed_slope` is the divergence it would
    overlook in one of five cases, `missed_bias` what that adds to the effect.

    References
    ----------
    Roth (2022), Pretest with caution, American Economic Review: Insights 4.

    Examples
    --------
    >>> effects = tne.event_study([0.1, 2.0], [[0.04, 0.0], [0.0, 0.04]], event_time=[-2, 0])
    >>> print(pretrend(effects))
    pretrend: chi-square(1) = 0.25, p = 0.617.
    """
    if (study := as_event_study(att)) is not None:
        return _pretrend_of_event_study(study)
    if not hasattr(att, "cells"):
        raise TypeError(f"`att` is {type(att).__name__}. Give a result of group_time_att or event_study.")
    if att.trend:
        return _not_run("a base with a trend removes what this test looks for: refit without `trend`")
    cells = att.cells
    before = (cells.period < cells.cohort - att.anticipation) & ~np.isnan(cells.estimate)
    before &= cells.in_base if att.baseline is not None and att.baseline > 1 else True
    before &= ~(cells.in_base & (att.baseline == 1))
    if not before.any():
        return _not_run("no cohort has two periods before training with a comparison group")
    taking_part = cells.members[:, before].max(axis=1)
    clusters = int(taking_part.sum())
    every_cell = att.errors != "welch" and before.sum() * CLUSTERS_PER_RESTRICTION <= clusters
    if every_cell and (att.baseline is None or att.baseline == 1):
        weights, note = np.eye(len(before))[:, before], ""
        keys = pd.DataFrame({"cohort": cells.cohort[before], "block": cells.period[before]})
    else:
        weights, keys, note = _blocks(att, before, clusters)
        every_cell = False
        if not weights.shape[1]:
            return _not_run(note)
    sample = att.sample if every_cell else replace(att.sample, errors="welch")
    combination = combine(cells, sample, att.cohorts, weights)
    if (combination.clusters_comparison < 2).any() or clusters < 2 * CLUSTERS_PER_RESTRICTION:
        return _not_run(f"{clusters} clusters are too few to test")
    _, parts = covariance(combination.influence, combination.members, sample)
    test = wald(combination.estimate, parts, small=not every_cell)
    if math.isnan(test.p_value):
        return _not_run("too few clusters for this many contrasts")
    lever = cells.lever @ weights
    missed = detectable_slope(lever, parts, test)
    after, share, *_ = aggregation_weights(att, by="overall")
    reach = float(cells.lever @ after[:, 0]) if after.any() else math.nan
    table = pd.DataFrame(
        {"term": "pretrend", "estimate": combination.estimate, **inference(combination, sample)}
    )
    return JointTest(
        name="pretrend", statistic=test.statistic, df=test.df, df_denominator=test.df_denominator,
        p_value=test.p_value, restrictions=int(test.df), clusters=clusters,
        contrasts=Estimates(table=pd.concat([keys, table], axis=1), keys=tuple(keys.columns)).to_frame(),
        slope=_slope(combination, lever, sample), missed_slope=missed, missed_bias=missed * reach, note=note,
        detectable=partial(_missed, att, combination, lever, parts, test, sample, (after, share, reach)),
        method="Wald test, chi-square" if every_cell else "Wald test, approximate Hotelling F over cohort strata",
        checks=(joint_check("pretrend", test, note),),
    )  # fmt: skip


def _missed(
    att: Any,
    combination: Combination,
    lever: np.ndarray,
    parts: list[Any],
    test: Wald,
    sample: Any,
    effect: tuple[Any, ...],
) -> Estimates:
    """Return the divergences that the test misses; the effect is given by its weights, extra influence and lever."""
    after, share, reach = effect
    whole = combine(att.cells, sample, att.cohorts, after, share)
    influence = np.hstack([combination.influence, whole.influence])
    v, _ = covariance(influence, np.hstack([combination.members, whole.members]), sample)
    cross = v[:-1, -1] if after.any() else None
    return missed_trends(lever, parts, test, effect_lever=reach, cross=cross)


def _blocks(att: Any, before: np.ndarray, clusters: int) -> tuple[np.ndarray, pd.DataFrame, str]:
    """Return contrasts of block means against the last block, per cohort, or averaged over cohorts."""
    cells = att.cells
    allowed = max(clusters // CLUSTERS_PER_RESTRICTION, 1)
    cohorts = [g for g in att.cohorts if (before & (cells.cohort == g)).sum() >= 2]
    if not cohorts:
        return (
            np.empty((len(before), 0)),
            pd.DataFrame(),
            "no cohort has two periods before training to compare",
        )
    each = min(allowed // len(cohorts), MOST_BLOCKS - 1)
    pooled = each == 0
    each = min(allowed, MOST_BLOCKS - 1) if pooled else each
    columns, keys = [], []
    for g in cohorts:
        own = np.flatnonzero(before & (cells.cohort == g))
        own = own[np.argsort(cells.period[own])]
        level = np.zeros((len(before), len(own)))
        level[own, np.arange(len(own))] = 1.0
        if att.baseline is None:  # one-period changes add up to levels
            level = np.cumsum(level, axis=1)
        blocks = np.array_split(np.arange(len(own)), min(each + 1, len(own)))
        last = level[:, blocks[-1]].mean(axis=1)
        mine = [level[:, b].mean(axis=1) - last for b in blocks[:-1]]
        columns += mine
        keys += [(g, k + 1) for k in range(len(mine))]
    weights, frame = np.column_stack(columns), pd.DataFrame(keys, columns=["cohort", "block"])
    note = f"pre-periods in at most {each + 1} blocks per cohort against the last block"
    if pooled:
        share = att.sample.share[np.searchsorted(att.cohorts, frame["cohort"])]
        mean = [
            weights[:, use] @ (share[use] / share[use].sum())
            for use in ((frame["block"] == k).to_numpy() for k in range(1, each + 1))
            if use.any()
        ]
        weights, frame = np.column_stack(mean), pd.DataFrame({"block": np.arange(1, len(mean) + 1)})
        note += ", averaged over cohorts"
    return weights, frame, note + f" ({weights.shape[1]} restrictions, {clusters} clusters)"


def _slope(combination: Combination, lever: np.ndarray, sample: Any) -> Estimate:
    """Return the linear divergence per period, by least squares over the contrasts (fixed weights)."""
    square = float(lever @ lever)
    if square == 0:
        return Estimate(
            term="slope", estimate=math.nan, note="no linear divergence can be read from these contrasts"
        )
    w = (lever / square)[:, None]
    one = Combination(
        combination.estimate @ w, combination.influence @ w, combination.members.max(axis=1, keepdims=True),
        combination.clusters_treated.max(keepdims=True), combination.clusters_comparison.max(keepdims=True),
    )  # fmt: skip
    row = {
        "term": "slope",
        "estimate": one.estimate[0],
        **{k: v[0] for k, v in inference(one, sample).items()},
    }
    row |= {"conf_level": sample.conf_level, "estimand": "linear divergence per period before training"}
    return estimate_from({name: row[name] for name in ESTIMATE_COLUMNS if name in row})


def _pretrend_of_event_study(study: Any) -> JointTest:
    pre = study.event_time < min(study.reference + 1, 0)
    if not pre.any():
        return _not_run("the event study has no period before the reference period")
    b, v = study.estimates[pre], study.covariance[np.ix_(pre, pre)]
    lever = study.event_time[pre] - study.reference
    parts = [(v, math.inf)]
    test = wald(b, parts, small=False)
    missed = detectable_slope(lever, parts, test)
    post = study.event_time >= 0
    w = lever / (lever @ lever)
    se, b_slope = math.sqrt(max(w @ v @ w, 0.0)), float(w @ b)
    half = stats.norm.ppf(0.5 + study.conf_level / 2) * se
    t = b_slope / se if se > 0 else math.nan
    slope = Estimate(
        term="slope", estimate=b_slope, std_error=se, statistic=t, df=math.inf, p_value=2 * stats.norm.sf(abs(t)),
        conf_low=b_slope - half, conf_high=b_slope + half, conf_level=study.conf_level,
        estimand="linear divergence per period before training",
    )  # fmt: skip
    reach, cross = math.nan, None
    if post.any():
        reach = float((study.event_time[post] - study.reference).mean())
        cross = study.covariance[np.ix_(pre, post)].mean(axis=1)
    frame = study.to_frame()
    return JointTest(
        name="pretrend", statistic=test.statistic, df=test.df, df_denominator=test.df_denominator,
        p_value=test.p_value, restrictions=int(test.df), clusters=0,
        contrasts=frame[frame["event_time"].isin(study.event_time[pre])],
        slope=slope, missed_slope=missed, missed_bias=missed * reach, method="Wald test, chi-square",
        detectable=partial(missed_trends, lever, parts, test, effect_lever=reach, cross=cross),
        checks=(joint_check("pretrend", test, ""),),
    )  # fmt: skip


def _not_run(note: str) -> JointTest:
    nothing = Wald(math.nan, math.nan, math.nan, math.nan)
    return JointTest(
        name="pretrend", statistic=math.nan, df=math.nan, df_denominator=math.nan, p_value=math.nan,
        restrictions=0, clusters=0, contrasts=pd.DataFrame(columns=list(ESTIMATE_COLUMNS)),
        slope=Estimate(term="slope", estimate=math.nan, note=note), note=note,
        checks=(joint_check("pretrend", nothing, note),),
    )  # fmt: skip
