"""How far may parallel trends fail before the effect can no longer be told from zero?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy import optimize, stats

from tne.checks import require_choice, require_level_of_confidence
from tne.measures.deviation_path import frame_of, path_of_event_study, path_of_group_time
from tne.measures.deviation_sets import NAMES, Set, relative_sets, smooth_sets
from tne.measures.event_estimates import as_event_study
from tne.measures.linear_deviation import normal_row, of_event_study, of_group_time, target_weights
from tne.result import Check, Estimate, Estimates, Result

METHODS = ("relative_magnitude", "smoothness")
CHECK = {"relative_magnitude": "relative_magnitude", "smoothness": "linear_trend"}
ENOUGH = 1.0  # relative magnitudes that a conclusion must survive
SURVIVAL_LEVEL = 0.05  # one-sided, for the linear pre-trend


@dataclass(frozen=True, kw_only=True, eq=False)
class Sensitivity(Result):
    """The effect as estimated, and as it is when parallel trends may fail by `m`.

    Parameters
    ----------
    original : Estimate
        Under parallel trends.
    robust : Estimates
        Key m: estimate and interval that hold for any deviation allowed by m.
    method : {"relative_magnitude", "smoothness"}
    set_of : callable
        The row of `robust` for any m.
    """

    original: Estimate
    robust: Estimates
    method: str
    set_of: Set = field(repr=False)

    @cached_property
    def breakdown(self) -> float:
        """Smallest m at which the interval holds zero, whatever m was asked for, to a millionth.

        0 where it already does without any deviation, infinite where none does, NaN where no set can be computed. It
        is the first crossing on a coarse scan of m; sought when first asked for.
        """
        return _breakdown(self.set_of, self.original, self.method)

    def to_frame(self) -> pd.DataFrame:
        first = self.original.to_frame()
        first.insert(0, "m", math.nan)
        return pd.concat([first, self.robust.to_frame()], ignore_index=True)


def sensitivity(
    att: Any,
    *,
    method: str,
    m: float | Sequence[float] = 0,
    weights: Sequence[float] | str | None = None,
    conf_level: float | None = None,
    within: float = 20.0,
) -> Sensitivity:
    """Return the effect when the groups may have diverged, as far as they did before training allows.

    Parameters
    ----------
    att : EventStudy, GroupTimeATT, or anything with ``estimates``, ``covariance`` and ``event_time``
        Group-time effects must have one base for all periods: ``baseline=1`` or more.
    method : {"relative_magnitude", "smoothness"}
        "relative_magnitude": from one period to the next the deviation moves by at most `m` times the largest such
        move before training. "smoothness": its slope changes by at most `m` a period, in units of the outcome.
    m : float or sequence of float
        0 or more. ``smoothness`` with 0 carries the linear pre-trend forward.
    weights : array of shape (post periods,) or "average", optional
        Weights of event times 0, 1, … in the effect. None: the first trained period, as in HonestDiD.
    conf_level : float, optional
        None: that of `att`.
    within : float
        Relative magnitudes are sought within so many standard errors of the effect around zero, as on HonestDiD's
        grid; a set that reaches further ends there, with a note. ``math.inf``: the whole set.

    Returns
    -------
    Sensitivity
        Its check ("relative_magnitude", or "linear_trend" for smoothness) passes if a conclusion about the sign
        survives m = 1, or the linear pre-trend at one-sided 5 %, and if there is none to lose.

    Raises
    ------
    TypeError, ValueError
        For unknown methods, a negative `m`, wrong weights, a varying base, event times that are no whole periods.

    Notes
    -----
    Relative magnitudes: all effects that the conditional least-favourable hybrid test of Andrews, Roth and Pakes does
    not reject for some pre-period as the largest; exact to rounding, not on a grid. Their `estimate` is the original.
    Smoothness: ``l'β_post + v'β_pre`` with the weights v that make the interval of fixed length shortest; its half
    length is the quantile of a normal variable folded around the worst bias. With few clusters (``welch`` errors, or
    fewer than 4 per pre-period) the covariance is too noisy to choose v: v is chosen as if the errors of all periods
    were equal and independent, and m = 0 uses the least-squares line; quantiles are those of t.
    Neither covers a deviation that begins with the training and is unlike anything before.

    References
    ----------
    Rambachan and Roth (2023), A more credible approach to parallel trends, Review of Economic Studies 90; Andrews, Roth
    and Pakes (2023), Inference for linear conditional moment inequalities, same journal, 90.

    Examples
    --------
    >>> from tne.measures.event_study import event_study
    >>> study = event_study([0.02, 0.5], [[0.01, 0.0], [0.0, 0.01]], event_time=[-2, 0])
    >>> round(sensitivity(study, method="relative_magnitude", m=1).breakdown, 2)
    2.51
    """
    require_choice(method, METHODS, "method")
    if not within > 0:
        raise ValueError(f"`within` is {within!r}. Give a number of standard errors above 0, or math.inf.")
    ms = _deviations(m)
    att = _accepted(att, conf_level)
    if hasattr(att, "covariance"):
        original, linear = of_event_study(att, weights)
        path = path_of_event_study(att, lambda w: normal_row("att", w, att, "", ""))
    else:
        if att.trend and (method != "smoothness" or any(ms)):
            raise ValueError(
                "`att` has a base with a trend, which takes away what is to be bounded. Refit without `trend`."
            )
        original, linear = of_group_time(att, weights)
        path = path_of_group_time(att)
    target = np.zeros(len(path.treated))
    target[path.treated] = target_weights(weights, int(path.treated.sum()))
    if not target.any():
        raise ValueError("`weights` are all zero. Give at least one event time a weight.")
    original = replace(original, method=NAMES[method])
    if method == "smoothness":
        set_of = smooth_sets(path, target, original, replace(linear, method=NAMES[method]))
    else:
        set_of = relative_sets(path, target, original, within)
    robust = Estimates(table=frame_of([set_of(x) for x in ms], ms), keys=("m",))
    check = (
        _linear_check(original, linear)
        if method == "smoothness"
        else _relative_check(original, set_of(ENOUGH))
    )
    return Sensitivity(original=original, robust=robust, method=method, set_of=set_of, checks=(check,))


def _deviations(m: float | Sequence[float]) -> list[float]:
    values = np.atleast_1d(np.asarray(m))
    if values.dtype == bool or not np.issubdtype(values.dtype, np.number):
        raise TypeError(f"`m` is {m!r}. Give a number, or several.")
    values = values.astype(float).ravel()
    if (
        not len(values)
        or not np.isfinite(values).all()
        or (values < 0).any()
        or len(set(values)) < len(values)
    ):
        raise ValueError(f"`m` is {m!r}. Give finite numbers of 0 or more, each once.")
    return [float(x) for x in values]


def _accepted(att: Any, conf_level: float | None) -> Any:
    """Return `att` at the level asked for, complaining about what cannot be used."""
    if conf_level is not None:
        require_level_of_confidence(conf_level)
    if (study := as_event_study(att, conf_level)) is not None:
        return study
    if not hasattr(att, "cells"):
        raise TypeError(f"`att` is {type(att).__name__}. Give a result of group_time_att or event_study.")
    if att.baseline is None:
        raise ValueError(
            "`att` has a varying base. Refit with `baseline=1` or more, so that all periods share one base."
        )
    if conf_level is None:
        return att
    return replace(att, conf_level=conf_level, sample=replace(att.sample, conf_level=conf_level))


def _breakdown(set_of: Set, original: Estimate, method: str) -> float:
    """Scan m by factors, then close in on the first crossing."""
    start = set_of(0.0)
    if math.isnan(start["conf_low"]) or math.isnan(original.conf_low):
        return math.nan
    if start["conf_low"] <= 0 <= start["conf_high"]:
        return 0.0
    end, sign = ("conf_low", 1.0) if start["conf_low"] > 0 else ("conf_high", -1.0)

    def margin(m: float) -> float:
        value = sign * set_of(m)[end]
        return -math.inf if math.isnan(value) else value

    unit = 1.0 if method == "relative_magnitude" else abs(start["estimate"])
    last, m = 0.0, unit / 16
    while margin(m) > 0:
        last, m = m, m * (1.5 if method == "smoothness" else 2.0)
        if m > 1e6 * unit:
            return math.inf
    if not math.isfinite(margin(m)):
        return math.nan
    return float(optimize.brentq(margin, last, m, xtol=1e-7 * unit, rtol=1e-7))


def _sign(low: float, high: float) -> int:
    return 1 if low > 0 else -1 if high < 0 else 0


def _relative_check(original: Estimate, at_enough: dict[str, Any]) -> Check:
    """Does a conclusion about the sign survive m = 1? None to lose is a pass, as for the linear trend in a design."""
    low, high = at_enough["conf_low"], at_enough["conf_high"]
    if math.isnan(low) or math.isnan(original.conf_low):
        return Check(CHECK["relative_magnitude"], "not_run", at_enough["note"] or original.note)
    sign = _sign(original.conf_low, original.conf_high)
    survives = sign in (0, _sign(low, high))
    told = f"at m = {ENOUGH:g} the interval is {low:.2f} to {high:.2f}"
    return Check(CHECK["relative_magnitude"], "pass" if survives else "fail", told)


def _linear_check(original: Estimate, linear: Estimate) -> Check:
    """Does a conclusion about the sign survive the linear pre-trend, one-sided, and does the trend hide none?"""
    if math.isnan(original.conf_low) or math.isnan(linear.std_error):
        return Check(CHECK["smoothness"], "not_run", linear.note or original.note)
    half = stats.norm.ppf(1 - SURVIVAL_LEVEL) * linear.std_error
    low, high = linear.estimate - half, linear.estimate + half
    survives = _sign(original.conf_low, original.conf_high) == _sign(low, high)
    told = f"with the trend carried forward {linear.estimate:.2f} (one-sided bounds {low:.2f} and {high:.2f})"
    return Check(CHECK["smoothness"], "pass" if survives else "fail", told)
