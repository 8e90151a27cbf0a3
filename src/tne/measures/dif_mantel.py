"""Among people with the same score, do the odds of a right answer depend on the group (Mantel-Haenszel)?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

ETS = -2.35  # from the log odds ratio to the delta scale of the Educational Testing Service


def mantel_haenszel(
    answer: np.ndarray, score: np.ndarray, focal: np.ndarray, correct: bool, conf_level: float
) -> dict[str, Any]:
    """Return delta, the common odds ratio and the chi-square of one item for two groups.

    Parameters
    ----------
    answer : ndarray of 0 and 1
    score : ndarray
        What makes people comparable; each distinct value is a stratum.
    focal : ndarray of bool
        The person is in the focal group, else in the reference group.
    """
    _, stratum = np.unique(score, return_inverse=True)
    size = int(stratum.max()) + 1
    table = (
        np.bincount(stratum * 4 + focal * 2 + (answer > 0.5), minlength=4 * size)
        .reshape(size, 4)
        .astype(float)
    )
    table = table[table.sum(axis=1) > 1]  # one person alone is compared with nobody
    b, a, d, c = table.T  # reference wrong, right; focal wrong, right
    t = a + b + c + d
    expected = (a + b) * (a + c) / t
    variance = float(((a + b) * (c + d) * (a + c) * (b + d) / (t**2 * (t - 1))).sum())
    if variance <= 1e-12:
        return {
            "estimate": math.nan,
            "note": "no score is shared by both groups with right and wrong answers",
        }
    distance = abs(float((a - expected).sum()))
    chi2 = (distance - 0.5 if correct else distance) ** 2 / variance
    out: dict[str, Any] = {"statistic": chi2, "df": 1.0, "p_value": float(special.chdtrc(1, chi2))}
    r, s = a * d / t, b * c / t
    if r.sum() <= 0 or s.sum() <= 0:
        return out | {
            "estimate": math.nan,
            "note": "a group has no right or no wrong answers: no finite odds ratio",
        }
    # Robins, Breslow and Greenland (1986)
    p, q, big_r, big_s = (a + d) / t, (b + c) / t, r.sum(), s.sum()
    error = math.sqrt(
        (p * r).sum() / (2 * big_r**2)
        + (p * s + q * r).sum() / (2 * big_r * big_s)
        + (q * s).sum() / (2 * big_s**2)
    )
    log_ratio, z = math.log(big_r / big_s), special.ndtri((1 + conf_level) / 2)
    delta, half = ETS * log_ratio, abs(ETS) * z * error
    return out | {
        "estimate": delta,
        "std_error": abs(ETS) * error,
        "conf_low": delta - half,
        "conf_high": delta + half,
        "odds_ratio": math.exp(log_ratio),
        "odds_ratio_low": math.exp(log_ratio - z * error),
        "odds_ratio_high": math.exp(log_ratio + z * error),
        "effect_size": delta,
        "effect_class": size_class(delta),
        "ets_class": ets_class(delta, abs(ETS) * error, out["p_value"]),
        "note": "",
    }


def size_class(delta: float) -> str:
    """Return A below 1, B below 1.5, C from there on: the size alone, as difR prints it."""
    return "A" if abs(delta) < 1 else "B" if abs(delta) < 1.5 else "C"


def ets_class(delta: float, error: float, p: float) -> str:
    """Return the class of the Educational Testing Service, where size and significance both count (Zwick 2012).

    A: below 1, or not significant at 5 %. C: at least 1.5 and significantly above 1. B: all others.
    """
    if abs(delta) < 1 or p >= 0.05:
        return "A"
    return "C" if abs(delta) >= 1.5 and abs(delta) - special.ndtri(0.95) * error > 1 else "B"
