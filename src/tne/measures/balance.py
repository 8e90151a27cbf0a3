"""Are the two groups alike in what was known before, and is there someone to compare everyone with?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

BALANCE_COLUMNS = (
    "term",
    "mean_treated",
    "mean_comparison",
    "smd_before",
    "variance_ratio_before",
    "mean_treated_weighted",
    "mean_comparison_weighted",
    "smd_after",
    "variance_ratio_after",
)
WEIGHT_COLUMNS = ("group", "n", "min", "max", "mean", "effective_sample", "largest_share", "trimmed_share")


def balance_frame(
    z: np.ndarray,
    names: tuple[str, ...],
    t: np.ndarray,
    weights: np.ndarray | None,
    inside: np.ndarray,
    estimand: str,
) -> pd.DataFrame:
    """Return one row per confounder: means, standardised differences and variance ratios, before and after weighting.

    The standard deviation is that of the treated (ATT), of the comparison (ATC), else the root of the mean of
    both variances; always the unweighted one, so that weighting cannot hide a difference in it.
    """
    rows = []
    on, off = t == 1, t == 0
    for name, column in zip(names, z.T, strict=True):
        if name == "Intercept":
            continue
        v1, v0 = (_variance(column[side]) for side in (on, off))
        scale = math.sqrt({"ATT": v1, "ATC": v0}.get(estimand, (v1 + v0) / 2))
        row: dict[str, Any] = dict.fromkeys(BALANCE_COLUMNS, math.nan)
        row |= {"term": name, "mean_treated": _mean(column[on]), "mean_comparison": _mean(column[off])}
        row["smd_before"] = _ratio(row["mean_treated"] - row["mean_comparison"], scale)
        row["variance_ratio_before"] = _ratio(v1, v0)
        if weights is not None:
            seen, side = column[inside], on[inside]
            m1, m0 = (_mean(seen[s], weights[s]) for s in (side, ~side))
            row |= {
                "mean_treated_weighted": m1,
                "mean_comparison_weighted": m0,
                "smd_after": _ratio(m1 - m0, scale),
            }
            row["variance_ratio_after"] = _ratio(*(_variance(seen[s], weights[s]) for s in (side, ~side)))
        rows.append(row)
    return pd.DataFrame(rows, columns=list(BALANCE_COLUMNS))


def weights_frame(t: np.ndarray, weights: np.ndarray | None, inside: np.ndarray) -> pd.DataFrame:
    """Return how weights are spread in each group and in all; no rows for a method without weights."""
    rows = []
    side = t[inside]
    for name, all_, kept in (
        ("treated", t == 1, side == 1),
        ("comparison", t == 0, side == 0),
        ("all", t >= 0, side >= 0),
    ):
        if weights is None or not kept.any():
            continue
        w = weights[kept]
        rows.append(
            {
                "group": name,
                "n": int(kept.sum()),
                "min": w.min(),
                "max": w.max(),
                "mean": w.mean(),
                "effective_sample": effective(w),
                "largest_share": _ratio(w.max(), w.sum()),
                "trimmed_share": 1 - kept.sum() / all_.sum(),
            }
        )
    return pd.DataFrame(rows, columns=list(WEIGHT_COLUMNS))


def effective(weights: np.ndarray) -> float:
    """Return Kish's effective sample size, (sum of weights)² / sum of their squares."""
    return _ratio(float(weights.sum()) ** 2, float((weights**2).sum()))


def _mean(values: np.ndarray, weights: np.ndarray | None = None) -> float:
    if not len(values) or (weights is not None and not weights.sum() > 0):
        return math.nan
    return float(np.average(values, weights=weights))


def _variance(values: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Return the variance; weighted with reliability weights, which is unbiased and n − 1 for equal ones."""
    w = np.ones(len(values)) if weights is None else weights
    total = float(w.sum())
    room = total - float((w**2).sum()) / total if total > 0 else 0.0
    if len(values) < 2 or not room > 1e-12 * total:
        return math.nan
    spread = float((w * (values - _mean(values, w)) ** 2).sum() / room)
    return spread if spread > 1e-24 * float(np.max(values**2)) else 0.0


def _ratio(top: float, bottom: float) -> float:
    """Divide; 0 of 0 spread is no difference, anything else of it is undefined."""
    if bottom > 0:
        return float(top / bottom)
    return 0.0 if bottom == 0 and abs(top) < 1e-12 else math.nan
