"""How far can a reliability be off, by Feldt's assumptions or without them?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from tne.measures.item_moments import (
    ItemMoments,
    correlation_influence,
    covariance_influence,
    leave_one_out,
)
from tne.result import Check

# a tenth more width matters; by chance alone the ratio of the two strays by 1.1 / √n (simulated, parallel items)
MATTERS, STRAYS = 0.1, 2.0
# a sample's ratio misses the rare people far from a ceiling; sums skewed by 1 tell of it. Of normal sums the skewness
# strays by √(6 / n)
SKEWED, LEANS = 1.0, 6.0
NEGATIVE = "negative: the items covary negatively on average, so they do not measure one thing; not clipped"


def coefficient(covariance: np.ndarray) -> float:
    """Return alpha of a covariance matrix, shape (k, k)."""
    k = len(covariance)
    return float(k / (k - 1) * (1 - np.trace(covariance) / covariance.sum()))


def alpha_numbers(
    items: ItemMoments, covariance: np.ndarray, interval: str, level: float, *, standardized: bool
) -> dict[str, Any]:
    """Return alpha with its error and interval, of the items or of the standardised items."""
    k, n = items.k, items.effective_n
    # as psych: the correlations belong to the pairwise covariances, whose variances use everyone who answered
    spread = np.sqrt(np.diag(covariance))
    matrix = covariance / np.outer(spread, spread) if standardized else covariance
    total = matrix.sum()
    if not total > 0:
        return {"estimate": math.nan, "note": "the sum of the standard scores does not vary"}
    value = coefficient(matrix)
    note = NEGATIVE if value < 0 else ""
    left = 1 - value
    if left <= 1e-12:
        note = "the items agree exactly: no interval can be estimated"
        return {"estimate": value, "note": note}
    if interval == "feldt":
        df = n - 1, (n - 1) * (k - 1)
        low, high = (1 - left * stats.f.ppf(p, *df) for p in ((1 + level) / 2, (1 - level) / 2))
        return {
            "estimate": value,
            "std_error": left * _feldt_error(k, n),
            "conf_low": low,
            "conf_high": high,
            "note": note,
        }
    error, reach = _reach(_logs(items, matrix, standardized), level)
    low, high = 1 - left * math.exp(reach), 1 - left * math.exp(-reach)
    return _told(value, left * error, low, high, note)


def measurement_error(items: ItemMoments, covariance: np.ndarray, level: float) -> dict[str, Any]:
    """``s_total · sqrt(1 − alpha)``: its square is k times the residual mean square of people × items."""
    k = items.k
    square = float((k * np.trace(covariance) - covariance.sum()) / (k - 1))
    if square <= 1e-12 * float(covariance.sum()):
        return {"estimate": 0.0, "note": "the items agree exactly: no interval can be estimated"}
    value = math.sqrt(square)
    without = leave_one_out(square, covariance_influence(items, (k * np.eye(k) - 1) / (k - 1)))
    with np.errstate(all="ignore"):
        error, reach = _reach(np.log(without) / 2, level)
    return _told(value, value * error, value * math.exp(-reach), value * math.exp(reach), "")


def _told(value: float, error: float, low: float, high: float, note: str) -> dict[str, Any]:
    if math.isnan(error):
        note = "; ".join(part for part in (note, "one person alone determines it: no interval") if part)
    return {"estimate": value, "std_error": error, "conf_low": low, "conf_high": high, "note": note}


def _logs(items: ItemMoments, matrix: np.ndarray, standardized: bool) -> np.ndarray:
    """log(1 − alpha) without each person in turn, shape (n,)."""
    k, total = items.k, float(matrix.sum())
    if standardized:
        off = leave_one_out(total - k, correlation_influence(items, np.ones((k, k))))
        trace, whole = float(k), off + k
    else:
        trace = leave_one_out(float(np.trace(matrix)), covariance_influence(items, np.eye(k)))
        whole = leave_one_out(total, covariance_influence(items, np.ones((k, k))))
    with np.errstate(all="ignore"):
        return np.log(1 - k / (k - 1) * (1 - trace / whole))


def _reach(without: np.ndarray, level: float) -> tuple[float, float]:
    """Jackknife error of a statistic, and half its interval, from its values without each person."""
    n = len(without)
    if n < 3 or not np.isfinite(without).all():
        return math.nan, math.nan
    error = math.sqrt((n - 1) / n * float(np.sum((without - without.mean()) ** 2)))
    return error, float(stats.t.ppf((1 + level) / 2, n - 1)) * error


def _feldt_error(k: int, n: float) -> float:
    """Error of log(1 − alpha) under Feldt's assumptions."""
    return math.sqrt(2 * k / ((k - 1) * (n - 1)))


@dataclass(frozen=True)
class FeldtFit:
    """What speaks against Feldt's interval.

    Parameters
    ----------
    ratio : float
        Width of the distribution-free interval over Feldt's, on the scale of log(1 − alpha).
    skewness : float
        Of the sums; a gap counts as the item's mean.
    low, high : float
        The distribution-free interval.
    doubtful : bool
        More of either than chance makes.
    """

    ratio: float
    skewness: float
    low: float
    high: float
    doubtful: bool

    def note(self, *, percent: bool = False) -> str:
        """What a reader of Feldt's interval must know, "" where it fits."""
        if not self.doubtful:
            return ""
        if self.ratio > 1:
            low, high = (f"{100 * x:.1f}" if percent else f"{x:.2f}" for x in (self.low, self.high))
            instead = f"a distribution-free one reaches from {low} to {high}"
        else:
            instead = f"the sums are skewed by {self.skewness:.1f}"
        return f"Feldt's interval is likely too narrow here: {instead}"


def feldt_fit(items: ItemMoments, covariance: np.ndarray, level: float) -> FeldtFit | None:
    """Hold Feldt's interval against one that assumes no distribution; None where nothing can be told."""
    left = 1 - coefficient(covariance)
    if left <= 1e-12:
        return None
    error, reach = _reach(_logs(items, covariance, False), level)
    if math.isnan(error):
        return None
    n = items.effective_n
    ratio = error / _feldt_error(items.k, n)
    skewness = float(stats.skew(items.centred.sum(axis=1), bias=False))
    wide = ratio > 1 + max(MATTERS, STRAYS / math.sqrt(n))
    skewed = abs(skewness) >= max(SKEWED, LEANS / math.sqrt(n))
    low, high = 1 - left * math.exp(reach), 1 - left * math.exp(-reach)
    return FeldtFit(ratio, skewness, low, high, wide or skewed)


def feldt_check(fit: FeldtFit | None, interval: str, undefined: bool) -> Check:
    """Warn where Feldt's interval is likely too narrow."""
    name = "feldt_interval"
    if undefined:
        return Check(name, "not_run", "There is no interval.")
    if fit is None:
        return Check(name, "not_run", "Whether Feldt's interval fits these people cannot be told.")
    detail = (
        f"A distribution-free interval ({fit.low:.3f} to {fit.high:.3f}) is {fit.ratio:.2f} times as wide as "
        f"Feldt's; skewness of the sums {fit.skewness:.1f}"
    )
    if interval == "jackknife":
        return Check(name, "pass", f"{detail}; the distribution-free one is given.")
    if not fit.doubtful:
        return Check(name, "pass", f"{detail}.")
    return Check(name, "warn", f"{detail}: Feldt's assumptions do not hold, choose interval='jackknife'.")
