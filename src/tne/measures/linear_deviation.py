"""What is the effect if the groups diverge along one line, before training and after it?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from scipy import stats

from tne.measures.att_aggregate import aggregation_weights, combination_rows
from tne.result import Estimate, estimate_from


def of_event_study(study: Any, weights: Sequence[float] | str | None) -> tuple[Estimate, Estimate]:
    """Return the effect of an event study under parallel trends, and with its pre-trend carried forward."""
    lever = study.event_time - study.reference
    post = study.event_time >= 0
    pre = study.event_time < min(study.reference + 1, 0)
    target = np.zeros(len(lever))
    target[post] = target_weights(weights, int(post.sum()))
    v = minimum_variance(target, lever, pre, study.covariance)
    original = normal_row("att", target, study, "under parallel trends", "")
    note = "" if v is not None else "no period before the reference period: a trend cannot be estimated"
    total = target if v is None else target + v
    return original, normal_row("att", total, study, "with the linear pre-trend carried forward", note)


def of_group_time(att: Any, weights: Sequence[float] | str | None) -> tuple[Estimate, Estimate]:
    """Return the same two of group-time effects; few clusters: the least-squares line."""
    stack, extra, keys, _ = aggregation_weights(att, by="event_time")
    cells = att.cells
    known = stack.any(axis=0) & ~np.isnan(keys)
    stack, extra, keys = stack[:, known], extra[:, known], keys[known]
    # With one base period that period is zero by construction and says nothing about the trend.
    fixed = (stack != 0) & ~(cells.in_base & (att.baseline == 1))[:, None]
    post, pre = keys >= 0, (keys < -att.anticipation) & fixed.any(axis=0)
    if not post.any():
        raise ValueError("`att` has no identified effect after training. There is nothing to test.")
    pre &= (stack != 0)[cells.in_base].any(axis=0) if att.baseline > 1 else True
    lever = cells.lever @ stack
    target = np.zeros(len(keys))
    target[post] = target_weights(weights, int(post.sum()))
    influence = cells.influence @ stack
    few = few_clusters(att, int(pre.sum()))
    how = "least-squares line" if few else "minimum-variance line"
    v = np.zeros(len(keys))
    note = ""
    if att.trend:
        how = "each unit's own line"
    elif pre.sum() < (2 if att.baseline > 1 else 1):
        note = "too few periods before training: a trend cannot be estimated"
    elif few:
        centred = lever[pre]
        v[pre] = -(target @ lever) * centred / (centred @ centred)
    else:
        v = cast(np.ndarray, minimum_variance(target, lever, pre, influence.T @ influence))
    both = np.column_stack([target, target + v])
    rows = combination_rows(att, stack @ both, extra @ both)
    rows["estimand"] = [
        "effect under parallel trends",
        f"effect with the linear pre-trend carried forward ({how})",
    ]
    original, robust = (rows.iloc[k].to_dict() for k in (0, 1))
    if note:
        robust |= dict.fromkeys(
            ("estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high"), math.nan
        )
        robust["note"] = note
    return estimate_from(original), estimate_from(robust)


def few_clusters(att: Any, restrictions: int) -> bool:
    """Whether the covariance of the pre-periods is too noisy to choose weights by it."""
    clusters = int(att.cells.members.max(axis=1, initial=0).sum())
    return att.errors == "welch" or restrictions * 4 > clusters


def target_weights(weights: Sequence[float] | str | None, n: int) -> np.ndarray:
    """Return the weights of the `n` event times from 0."""
    if n == 0:
        raise ValueError("There is no event time of 0 or later. Add the estimates after training.")
    if weights is None:
        return cast(np.ndarray, np.eye(n)[0])
    if isinstance(weights, str):
        if weights != "average":
            raise ValueError(
                f"`weights` is {weights!r}. Give 'average', or one number per event time from 0."
            )
        return np.full(n, 1 / n)
    w = np.asarray(weights, dtype=float).ravel()
    if len(w) != n or not np.isfinite(w).all():
        raise ValueError(
            f"`weights` has {len(w)} numbers for {n} event times from 0. Give one finite number each."
        )
    return w


def minimum_variance(
    target: np.ndarray, lever: np.ndarray, pre: np.ndarray, v: np.ndarray
) -> np.ndarray | None:
    """Return pre-period weights with ``w'lever = -target'lever`` that minimise the variance of the sum."""
    k = int(pre.sum())
    if not k:
        return None
    inside, cross = v[np.ix_(pre, pre)], v[pre] @ target
    scale = max(np.abs(inside).max(), 1e-300)
    system = np.zeros((k + 1, k + 1))
    system[:k, :k], system[:k, k], system[k, :k] = inside / scale, lever[pre], lever[pre]
    solution = np.linalg.lstsq(system, np.append(-cross / scale, -(target @ lever)), rcond=1e-12)[0]
    weights = np.zeros(len(target))
    weights[pre] = solution[:k]
    return weights


def normal_row(term: str, w: np.ndarray, study: Any, estimand: str, note: str) -> Estimate:
    """Return a linear combination of an event study's estimates, normal quantiles."""
    b = float(w @ study.estimates) if not note else math.nan
    se = math.sqrt(max(w @ study.covariance @ w, 0.0)) if not note else math.nan
    t = b / se if se > 0 else math.nan
    half = stats.norm.ppf(0.5 + study.conf_level / 2) * se
    return Estimate(
        term=term, estimate=b, std_error=se, statistic=t, df=math.inf, p_value=2 * stats.norm.sf(abs(t)),
        conf_low=b - half, conf_high=b + half, conf_level=study.conf_level, estimand=estimand,
        method="Rambachan-Roth, smoothness", note=note,
    )  # fmt: skip
