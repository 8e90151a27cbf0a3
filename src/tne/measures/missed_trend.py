"""Which linear divergence would a test before training overlook, and what would that do to the effect?"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, cast

import numpy as np
import pandas as pd
from scipy import optimize, special
from scipy.stats import qmc

from tne.measures.joint_test import DOUBTFUL, Wald, detectable_slope
from tne.result import Estimates

POWERS = (0.5, 0.8)
POINTS = 2**13
SEED = 0


def missed_trends(
    lever: np.ndarray,
    parts: list[tuple[np.ndarray, float]],
    test: Wald,
    *,
    effect_lever: float,
    cross: np.ndarray | None,
) -> Estimates:
    """Return the slopes that two tests find with power .5 and .8, and the bias that they cause.

    Parameters
    ----------
    lever : ndarray, shape (q,)
        What a divergence of 1 a period adds to each contrast.
    parts : list of (ndarray of shape (q, q), float)
        Parts of the contrasts' covariance, with degrees of freedom.
    test : Wald
        The joint test.
    effect_lever : float
        What a divergence of 1 a period adds to the effect; NaN where there is none.
    cross : ndarray, shape (q,), optional
        Covariance of the contrasts with the effect.

    Returns
    -------
    Estimates
        Keys test and power.

    Notes
    -----
    "any_period" rejects if a contrast exceeds 1.96 standard errors, as in Roth (2022): its power is a normal
    probability of a box, and the bias given no rejection is ``b L + c' V⁻¹ (E[contrasts | box] − b lever)``. Both come
    from Genz's transformation at 2¹³ Sobol points (seed 0), good to about four digits. The slope is a magnitude.

    References
    ----------
    Roth (2022), Pretest with caution, American Economic Review: Insights 4.
    """
    v = cast(np.ndarray, sum(part for part, _ in parts))
    rows = []
    for power in POWERS:
        slope = detectable_slope(lever, parts, test, power)
        rows += _rows("joint", power, slope, slope * effect_lever, None)
        slope = any_period_slope(lever, v, power)
        unseen = math.nan
        if cross is not None and not math.isnan(slope):
            _, inside = box(slope * lever, v, _half(v))
            unseen = slope * effect_lever + cross @ np.linalg.pinv(v, hermitian=True) @ (
                inside - slope * lever
            )
        rows += _rows("any_period", power, slope, slope * effect_lever, float(unseen))
    return Estimates(table=pd.DataFrame(rows), keys=("test", "power"))


def any_period_slope(lever: np.ndarray, v: np.ndarray, power: float) -> float:
    """Return the slope for which some contrast is significant at 5 % by itself with the given power."""
    deviation = np.sqrt(np.diag(v))
    if not (deviation > 0).all() or not np.abs(lever).max() > 0:
        return math.nan

    def excess(slope: float) -> float:
        return 1 - box(slope * lever, v, _half(v))[0] - power

    if excess(0.0) >= 0:
        return math.nan  # so many contrasts that chance alone is found so often
    high = float((8 * deviation / np.maximum(np.abs(lever), 1e-300)).min())
    return float(optimize.brentq(excess, 0.0, high, xtol=1e-9 * high))


def box(mean: np.ndarray, v: np.ndarray, half: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the probability that a normal vector lies within ±half, and its mean there."""
    k = len(mean)
    root = np.linalg.cholesky(v + np.eye(k) * 1e-10 * np.diag(v).mean())
    u, y = _points(k), np.zeros((k, POINTS))
    weight = np.ones(POINTS)
    for i in range(k):
        centre = mean[i] + root[i, :i] @ y[:i]
        low, high = (special.ndtr((side * half[i] - centre) / root[i, i]) for side in (-1, 1))
        weight = weight * (high - low)
        y[i] = special.ndtri(np.clip(low + u[i] * (high - low), 1e-300, 1 - 1e-16))
    total = weight.sum()
    if not total > 0:
        return 0.0, np.clip(mean, -half, half)
    return float(total / POINTS), mean + root @ (y @ weight) / total


def _half(v: np.ndarray) -> np.ndarray:
    return cast(np.ndarray, special.ndtri(1 - DOUBTFUL / 2) * np.sqrt(np.diag(v)))


@lru_cache(maxsize=8)
def _points(dimension: int) -> np.ndarray:
    return cast(np.ndarray, qmc.Sobol(dimension, seed=SEED).random(POINTS).T)


def _rows(test: str, power: float, slope: float, bias: float, unseen: float | None) -> list[dict[str, Any]]:
    values = {"slope": slope, "bias": bias} | ({} if unseen is None else {"bias_if_unseen": unseen})
    text = {
        "slope": "linear divergence per period that the test finds with this power",
        "bias": "what that divergence adds to the mean effect",
        "bias_if_unseen": "what that divergence adds to the mean effect when the test saw nothing",
    }
    return [
        {
            "test": test, "power": power, "term": name, "estimate": value, "estimand": text[name],
            "method": "Roth (2022)", "note": "" if math.isfinite(value) else "not defined for this test",
        }
        for name, value in values.items()
    ]  # fmt: skip
