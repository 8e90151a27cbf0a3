"""What share has ended by one cause until each time, and how sure is that?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import numpy as np
import pandas as pd
from scipy import special

from tne.measures.survival_curve import at_risk, crossing

INTERVALS = ("log", "log-log", "plain")


@dataclass(frozen=True, eq=False)
class Incidence:
    """The curve of one cause; arrays over the distinct times."""

    time: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    share: np.ndarray
    error: np.ndarray
    low: np.ndarray
    high: np.ndarray
    COLUMNS: ClassVar = ("time", "at_risk", "events", "estimate", "std_error", "conf_low", "conf_high")
    running: float  # share that nothing has happened to after the last time

    def frame(self) -> pd.DataFrame:
        """Return the curve, one row per distinct time."""
        values = (self.time, self.at_risk, self.events, self.share, self.error, self.low, self.high)
        return pd.DataFrame(dict(zip(self.COLUMNS, values, strict=True)))

    def at(self, time: float) -> dict[str, Any]:
        """Return the inference columns at `time`."""
        nothing = dict.fromkeys(
            ("std_error", "statistic", "df", "p_value", "conf_low", "conf_high"), math.nan
        )
        k = int(np.searchsorted(self.time, time, side="right")) - 1
        if not len(self.time) or (time > self.time[-1] and self.running > 1e-12):
            return nothing | {"estimate": math.nan, "note": "nobody is watched that long"}
        if k < 0:
            return nothing | {"estimate": 0.0, "std_error": 0.0, "note": "before the first time seen"}
        low, high = float(self.low[k]), float(self.high[k])
        note = "" if math.isfinite(low) else "nothing of this kind happened so far: no interval"
        row = {"estimate": float(self.share[k]), "std_error": float(self.error[k])}
        return nothing | row | {"conf_low": low, "conf_high": high, "note": note}

    def quantile(self, share: float) -> tuple[float, float, float]:
        """Return the time by which `share` of all have ended so, with the times at which the limits get there."""
        falls = (1 - self.share, 1 - self.high, 1 - self.low)
        return cast(tuple[float, float, float], tuple(crossing(self.time, c, 1 - share) for c in falls))


def incidence_curve(
    time: np.ndarray,
    code: np.ndarray,
    cause: int,
    weight: np.ndarray,
    entry: np.ndarray,
    cluster: np.ndarray | None,
    interval: str,
    conf_level: float,
) -> Incidence:
    """Aalen and Johansen's curve of `cause`; `code` 0 means still running."""
    times, where = np.unique(time, return_inverse=True)
    m = len(times)
    risk = at_risk(times, time, weight, entry)
    ended = np.bincount(where, weight * (code > 0), minlength=m)
    own = np.bincount(where, weight * (code == cause), minlength=m)
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = np.where(risk > 0, ended / risk, 0.0)
        part = np.where(risk > 0, own / risk, 0.0)
    hazard[np.abs(hazard - 1) < 1e-12] = 1.0
    before = np.concatenate([[1.0], np.cumprod(1 - hazard)])
    share = np.minimum(np.cumsum(before[:-1] * part), 1.0)
    first = np.searchsorted(times, entry, side="right")
    error = _errors(where, first, code, cause, weight, cluster, risk, hazard, part, before)
    low, high = limits(share, error, interval, conf_level)
    return Incidence(times, risk, own, share, error, low, high, float(before[-1]) if m else math.nan)


def limits(
    share: np.ndarray, error: np.ndarray, interval: str, conf_level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Limits of a share; NaN where it is 0 (nothing is known of its error) or, on log-log, 1."""
    z = float(special.ndtri((1 + conf_level) / 2))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if interval == "plain":
            low, high = np.maximum(share - z * error, 0.0), np.minimum(share + z * error, 1.0)
        elif interval == "log":
            reach = z * error / share
            low, high = share * np.exp(-reach), np.minimum(share * np.exp(reach), 1.0)
        else:
            reach = z * error / (share * np.log(share))
            low, high = share ** np.exp(-reach), share ** np.exp(reach)
    gone = share == 0
    low[gone], high[gone] = math.nan, math.nan
    return low, high


def _errors(
    where: np.ndarray,
    first: np.ndarray,
    code: np.ndarray,
    cause: int,
    weight: np.ndarray,
    cluster: np.ndarray | None,
    risk: np.ndarray,
    hazard: np.ndarray,
    part: np.ndarray,
    before: np.ndarray,
) -> np.ndarray:
    """Infinitesimal jackknife: the curve's derivative by each row's weight, squared and summed.

    Rows that end alike pull alike: they are taken together, unless clusters tie them to others.
    """
    m = len(risk)
    if not m:
        return np.zeros(0)
    kind = np.where(code == cause, 2, (code > 0).astype(int))
    keys = np.column_stack([where, first, kind] + ([] if cluster is None else [cluster]))
    alike, group = np.unique(keys, axis=0, return_inverse=True)
    group = group.ravel()
    # without clusters a row of weight w pulls w times, squared; within one they add up first
    size = np.bincount(group, weight**2 if cluster is None else weight)
    end, start, what = alike[:, 0], alike[:, 1], alike[:, 2]
    pull_s, pull_f = np.zeros(len(alike)), np.zeros(len(alike))
    variance = np.zeros(m)
    for t in range(m):
        here = (end >= t) & (start <= t)
        if risk[t] > 0 and here.any():
            happened = here & (end == t)
            gap = (happened & (what > 0)).astype(float) - here * hazard[t]
            gap_own = (happened & (what == 2)).astype(float) - here * part[t]
            pull_f += pull_s * part[t] + before[t] * gap_own / risk[t]
            pull_s = pull_s * (1 - hazard[t]) - before[t] * gap / risk[t]
        if cluster is None:
            variance[t] = np.sum(size * pull_f**2)
        else:
            variance[t] = np.sum(np.bincount(alike[:, 3], size * pull_f) ** 2)
    return np.sqrt(variance)
