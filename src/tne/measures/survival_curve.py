"""What share has not yet got there, week by week?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd
from scipy import special

CLOSE = math.sqrt(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class Curve:
    """A product-limit curve; arrays over the distinct times.

    Parameters
    ----------
    time, at_risk, events, censored : ndarray
    share : ndarray
        Share without the event just after each time.
    spread : ndarray
        Greenwood's sum: variance of the logarithm of `share`; infinite once it is 0.
    low, high : ndarray
        Pointwise limits on the logarithm; NaN once the share is 0.
    """

    time: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    censored: np.ndarray
    share: np.ndarray
    spread: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def frame(self) -> pd.DataFrame:
        """Return the curve as a frame, one row per distinct time."""
        error = self.share * np.sqrt(
            self.spread, where=np.isfinite(self.spread), out=np.full(len(self.time), np.nan)
        )
        return pd.DataFrame(
            {
                "time": self.time,
                "at_risk": self.at_risk,
                "events": self.events,
                "censored": self.censored,
                "estimate": self.share,
                "std_error": error,
                "conf_low": self.low,
                "conf_high": self.high,
            }
        )

    def quantile(self, share: float) -> tuple[float, float, float]:
        """Return the time by which `share` have had the event, and where the two limits cross that level."""
        level = 1 - share
        return cast(
            tuple[float, float, float],
            tuple(crossing(self.time, c, level) for c in (self.share, self.low, self.high)),
        )

    def restricted_mean(self, horizon: float) -> tuple[float, float]:
        """Return the area below the curve until `horizon`, and its standard error."""
        inside = self.time < horizon
        edges = np.concatenate([[0.0], self.time[inside], [horizon]])
        heights = np.concatenate([[1.0], self.share[inside]])
        areas = heights * np.diff(edges)
        after = areas.sum() - np.cumsum(areas)[:-1]  # area from each time until the horizon
        with np.errstate(invalid="ignore"):
            steps = np.where(after > 0, np.diff(self.spread[inside], prepend=0.0), 0.0)
        return float(areas.sum()), math.sqrt(float(np.sum(after**2 * steps)))


def product_limit(
    time: np.ndarray,
    event: np.ndarray,
    weight: np.ndarray,
    entry: np.ndarray,
    conf_level: float,
) -> Curve:
    """Kaplan and Meier's curve with limits ``exp(log S ± z sqrt(Greenwood))``."""
    times, where = np.unique(time, return_inverse=True)
    died = np.bincount(where, weight * event, minlength=len(times))
    gone = np.bincount(where, weight, minlength=len(times))
    risk = at_risk(times, time, weight, entry)
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = np.where(risk > 0, died / risk, 0.0)
        hazard[np.abs(hazard - 1) < 1e-12] = 1.0
        steps = np.where(died > 0, died / (risk * (risk - died)), 0.0)
        steps[hazard == 1] = math.inf
        share, spread = np.cumprod(1 - hazard), np.cumsum(steps)
        z = special.ndtri((1 + conf_level) / 2)
        reach = z * np.sqrt(spread)
        low, high = np.exp(np.log(share) - reach), np.minimum(np.exp(np.log(share) + reach), 1.0)
    over = share == 0
    low[over], high[over] = math.nan, math.nan
    return Curve(times, risk, died, gone - died, share, spread, low, high)


def at_risk(times: np.ndarray, time: np.ndarray, weight: np.ndarray, entry: np.ndarray) -> np.ndarray:
    """Return the weight that is watched at each of `times`: entered before, not ended before."""

    def from_on(values: np.ndarray) -> np.ndarray:
        order = np.argsort(values, kind="stable")
        total = np.concatenate([np.cumsum(weight[order][::-1])[::-1], [0.0]])
        return total[np.searchsorted(values[order], times, side="left")]

    return cast(np.ndarray, np.round(from_on(time) - from_on(entry), 9))


def crossing(time: np.ndarray, curve: np.ndarray, level: float) -> float:
    """Return the first time at which a falling curve is at or below `level`; the middle of a stretch at it."""
    known = ~np.isnan(curve)
    reached = np.flatnonzero(known & (curve <= level + CLOSE))
    if not len(reached):
        return math.nan
    k = int(reached[0])
    if abs(curve[k] - level) > CLOSE:
        return float(time[k])
    below = np.flatnonzero(known & (curve < level - CLOSE))
    end = time[below[0]] if len(below) else time[-1] if known[-1] else time[k]
    return float((time[k] + end) / 2)


def log_rank(
    time: np.ndarray,
    event: np.ndarray,
    group: np.ndarray,
    weight: np.ndarray,
    entry: np.ndarray,
    strata: np.ndarray | None = None,
    rho: float = 0.0,
) -> tuple[float, int, float, np.ndarray, np.ndarray]:
    """Test whether groups 0, 1, ... share one curve: statistic, df, p, and events seen and expected in each group.

    `rho`: each time counts with the joint curve before it to this power (0 log-rank, 1 Peto and Peto).
    """
    k = int(group.max()) + 1
    seen, expected, covariance = np.zeros(k), np.zeros(k), np.zeros((k, k))
    layers = np.zeros(len(time), dtype=int) if strata is None else strata
    for layer in np.unique(layers):
        inside = layers == layer
        t, e, g, w, start = (a[inside] for a in (time, event, group, weight, entry))
        times = np.unique(t[e])
        if not len(times):
            continue
        died, risk = np.zeros((len(times), k)), np.zeros((len(times), k))
        for j in range(k):
            own = g == j
            hit = np.searchsorted(times, t[own & e])
            died[:, j] = np.bincount(hit, w[own & e], minlength=len(times))
            risk[:, j] = at_risk(times, t[own], w[own], start[own])
        d, y = died.sum(axis=1), risk.sum(axis=1)
        before = np.concatenate([[1.0], np.cumprod(1 - d / y)[:-1]]) ** rho
        share = risk / y[:, None]
        seen += before @ died
        expected += before @ (d[:, None] * share)
        tied = np.where(y > 1, d * (y - d) / np.maximum(y - 1, 1e-300), 0.0) * before**2
        covariance += np.diag(tied @ share) - (share * tied[:, None]).T @ share
    some = np.flatnonzero(expected > 0)
    df = len(some) - 1
    if df < 1:
        return math.nan, 0, math.nan, seen, expected
    use = some[1:]
    gap, spread = (seen - expected)[use], covariance[np.ix_(use, use)]
    if np.linalg.matrix_rank(spread) < df:
        return math.nan, df, math.nan, seen, expected
    statistic = float(gap @ np.linalg.solve(spread, gap))
    return statistic, df, float(special.chdtrc(df, statistic)), seen, expected
