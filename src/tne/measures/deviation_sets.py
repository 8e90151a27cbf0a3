"""Which interval for the effect belongs to a given deviation from parallel trends?"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast

import numpy as np
from scipy import stats

from tne.measures.deviation_path import Path, undefined_row
from tne.measures.relative_magnitude import compatible_effects
from tne.measures.smoothness import Frontier, folded_quantile, frontier
from tne.result import Estimate

NAMES = {
    "relative_magnitude": "Rambachan-Roth, relative magnitudes, conditional least-favourable hybrid set",
    "smoothness": "Rambachan-Roth, smoothness, shortest fixed-length interval",
}
_GAP = 1e8  # variance of a period without an estimate, in multiples of the largest

Set = Callable[[float], dict[str, Any]]


def smooth_sets(path: Path, target: np.ndarray, original: Estimate, linear: Estimate) -> Set:
    """Return the function from m to the row of the shortest fixed-length interval."""
    known: list[Frontier] = []
    pre, n = path.pre, len(path.estimates)
    order = np.r_[np.arange(pre)[::-1], np.arange(pre, n)]
    estimand = "effect if the slope of a deviation changes by at most m a period"

    def row(m: float) -> dict[str, Any]:
        if m == 0:
            return linear.as_row()
        note = path.note or linear.note if math.isnan(linear.std_error) else path.note
        if note or not pre:
            return undefined_row(original, estimand, NAMES["smoothness"], note or "no period before training")
        if not known:
            v = path.covariance if path.working is None else path.working
            known.append(frontier(_with_gaps(v, path.known)[np.ix_(order, order)], pre, target))
        v, bias = known[0].shortest(m, original.conf_level)
        full = np.r_[np.where(path.known[:pre], v[::-1], 0.0), target]
        got = path.row(full)
        se = got.std_error
        half = float(folded_quantile(bias / se, original.conf_level, got.df)) * se if se > 0 else bias
        return got.as_row() | {
            "term": original.term, "statistic": math.nan, "p_value": math.nan, "estimand": estimand,
            "method": NAMES["smoothness"], "conf_low": got.estimate - half, "conf_high": got.estimate + half,
        }  # fmt: skip

    return row


def _with_gaps(v: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Give periods without an estimate so large an error that they get no weight."""
    return cast(np.ndarray, v + np.diag(np.where(known, 0.0, _GAP * np.diag(v).max(initial=0.0))))


def relative_sets(path: Path, target: np.ndarray, original: Estimate, within: float) -> Set:
    """Return the function from m to the row of the conditional least-favourable hybrid set."""
    estimand = "effect if a deviation moves by at most m times its largest move before training"
    name = NAMES["relative_magnitude"]
    gap = np.flatnonzero(~path.known[: path.pre])
    first = int(gap[-1]) + 1 if len(gap) else 0  # what comes after the last gap
    pre = path.pre - first
    b, v = path.estimates[first:], path.covariance[first:, first:]
    # With a base of several periods the effect is taken from the last one: moves begin there.
    plain = path.row(np.r_[np.zeros(path.pre), target])
    note = path.note or plain.note if math.isnan(plain.std_error) else path.note
    if not note and not plain.std_error > 0:
        note = "the effect has no standard error"
    if not note and pre < 1:
        note = "no two neighbouring periods before training: no move of a deviation can be measured"
    if not note and math.isfinite(plain.df):  # few clusters: as wide as the t of the effect
        level = (1 + original.conf_level) / 2
        v = v * float(stats.t.ppf(level, plain.df) / stats.norm.ppf(level)) ** 2
    said = f"only the {pre} periods after a gap enter" if first else ""

    def row(m: float) -> dict[str, Any]:
        if note:
            return undefined_row(original, estimand, name, note)
        low, high = compatible_effects(b, v, pre, target, m, original.conf_level)
        text = [said]
        if math.isfinite(within):
            margin = stats.norm.ppf((1 + original.conf_level) / 2) * plain.std_error
            move = np.abs(np.diff(np.append(b[:pre], 0.0))).max() * m
            room = move * np.abs(np.cumsum(target[::-1])).sum() + margin
            end = within * plain.std_error
            top, bottom = max(end, plain.estimate + room), min(-end, plain.estimate - room)
            if high > top or low < bottom:
                text.append(
                    f"the set goes on to {low:.4g} … {high:.4g}; it is shown within {within:g} standard errors of zero"
                )
                low, high = max(low, bottom), min(high, top)
        return plain.as_row() | {
            "term": original.term,
            "std_error": math.nan, "statistic": math.nan, "df": math.nan, "p_value": math.nan, "conf_low": low,
            "conf_high": high, "estimand": estimand, "method": name, "note": "; ".join(filter(None, text)),
        }  # fmt: skip

    return row
