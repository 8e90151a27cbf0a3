"""Does the effect survive if the groups would have gone on drifting apart as they did before training?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from tne.measures.att_aggregate import aggregation_weights, combination_rows
from tne.result import Estimate, Estimates, Result, estimate_from

_AVAILABLE = "method 'smoothness' with m=0 (a linear pre-trend carried forward)"


@dataclass(frozen=True, kw_only=True, eq=False)
class Sensitivity(Result):
    """The effect as estimated, and as it is when parallel trends may fail by `m`.

    Parameters
    ----------
    original : Estimate
        Under parallel trends.
    robust : Estimates
        Key m: estimate and interval that hold for any deviation allowed by m.
    breakdown : float
        Smallest m at which the interval holds zero; NaN where only one m was asked for and it does not.
    """

    original: Estimate
    robust: Estimates
    breakdown: float
    method: str

    def to_frame(self) -> pd.DataFrame:
        first = self.original.to_frame()
        first.insert(0, "m", math.nan)
        return pd.concat([first, self.robust.to_frame()], ignore_index=True)


def sensitivity(
    att: Any, *, method: str, m: float = 0, weights: Sequence[float] | str | None = None
) -> Sensitivity:
    """Return the effect when the groups may differ by a trend that was already there before training.

    Parameters
    ----------
    att : EventStudy or GroupTimeATT
        Group-time effects must have one base for all periods: ``baseline=1`` or more.
    method : {"smoothness"}
        Second differences of the deviation from parallel trends are at most `m`.
    m : float
        Only 0: the deviation is linear.
    weights : array of shape (post periods,) or "average", optional
        Weights of event times 0, 1, … in the effect. None: the first trained period, as in HonestDiD.

    Returns
    -------
    Sensitivity

    Raises
    ------
    ValueError
        For other methods or `m`, wrong weights, or a varying base.

    Notes
    -----
    Under a linear deviation ``δ_t = b (t − centre of the base)`` the estimator ``l'β_post + v'β_pre`` is unbiased if
    ``v't_pre = −l't_post``. For an event study, v minimises the variance given the covariance; this is the
    fixed-length interval of HonestDiD at M = 0. For group-time effects with few clusters, where that covariance is
    itself noisy, v is the least-squares line (``welch`` errors, or fewer than 4 clusters per pre-period). A
    deviation that begins with the training is not covered.

    References
    ----------
    Rambachan and Roth (2023), section 3.2; Armstrong and Kolesár (2018).
    """
    if method != "smoothness" or m != 0:
        raise ValueError(f"`method` {method!r} with m={m!r} is not available. Available: {_AVAILABLE}.")
    if hasattr(att, "covariance"):
        return _of_event_study(att, weights)
    if not hasattr(att, "cells"):
        raise TypeError(f"`att` is {type(att).__name__}. Give a result of group_time_att or event_study.")
    if att.baseline is None:
        raise ValueError(
            "`att` has a varying base. Refit with `baseline=1` or more, so that all periods share one base."
        )
    return _of_group_time(att, weights)


def _of_event_study(study: Any, weights: Sequence[float] | str | None) -> Sensitivity:
    lever = study.event_time - study.reference
    post = study.event_time >= 0
    pre = study.event_time < min(study.reference + 1, 0)
    target = np.zeros(len(lever))
    target[post] = _target(weights, int(post.sum()))
    v = _minimum_variance(target, lever, pre, study.covariance)
    z = stats.norm.ppf(0.5 + study.conf_level / 2)
    original = _normal("att", target, study, z, "under parallel trends", "")
    note = "" if v is not None else "no period before the reference period: a trend cannot be estimated"
    total = target if v is None else target + v
    robust = _normal("att", total, study, z, "with the linear pre-trend carried forward", note)
    return _result(original, robust)


def _of_group_time(att: Any, weights: Sequence[float] | str | None) -> Sensitivity:
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
    target[post] = _target(weights, int(post.sum()))
    influence = cells.influence @ stack
    clusters = int(cells.members.max(axis=1, initial=0).sum())
    few = att.errors == "welch" or pre.sum() * 4 > clusters
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
        v = _minimum_variance(target, lever, pre, influence.T @ influence)
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
    return _result(estimate_from(original), estimate_from(robust))


def _target(weights: Sequence[float] | str | None, n: int) -> np.ndarray:
    if n == 0:
        raise ValueError("There is no event time of 0 or later. Add the estimates after training.")
    if weights is None:
        return np.eye(n)[0]
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


def _minimum_variance(
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


def _normal(term: str, w: np.ndarray, study: Any, z: float, estimand: str, note: str) -> Estimate:
    b = float(w @ study.estimates) if not note else math.nan
    se = math.sqrt(max(w @ study.covariance @ w, 0.0)) if not note else math.nan
    t = b / se if se > 0 else math.nan
    return Estimate(
        term=term, estimate=b, std_error=se, statistic=t, df=math.inf, p_value=2 * stats.norm.sf(abs(t)),
        conf_low=b - z * se, conf_high=b + z * se, conf_level=study.conf_level, estimand=estimand,
        method="Rambachan-Roth, smoothness", note=note,
    )  # fmt: skip


def _result(original: Estimate, robust: Estimate) -> Sensitivity:
    frame = robust.to_frame()
    frame.insert(0, "m", 0.0)
    holds_zero = robust.conf_low <= 0 <= robust.conf_high
    return Sensitivity(
        original=original, robust=Estimates(table=frame, keys=("m",)), breakdown=0.0 if holds_zero else math.nan,
        method="smoothness",
    )  # fmt: skip
