"""Where do all effects lie at once? Simultaneous bands by a multiplier bootstrap over clusters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd
from scipy import stats

from tne.checks import require_choice
from tne.measures.att_aggregate import aggregation_weights, combination_rows, require_att, require_window
from tne.measures.att_inference import Sample, combine
from tne.result import Result

FAMILIES = ("event_time", "cohort", "period", "group_time")
MULTIPLIERS = ("rademacher", "mammen")
_CHUNK = 2_000_000


@dataclass(frozen=True, kw_only=True, eq=False)
class SimultaneousBands(Result):
    """Estimates with a band that holds all true effects at once.

    Parameters
    ----------
    table : DataFrame
        Keys, the estimate columns (intervals for each row alone), then ``band_low, band_high``.
    critical_value : float
        Normal critical value of the band; NaN if there is none.
    draws : int
    """

    table: pd.DataFrame
    critical_value: float
    draws: int

    def to_frame(self) -> pd.DataFrame:
        return self.table.copy()


def simultaneous_bands(
    att: Any,
    *,
    by: str = "event_time",
    balance: int | None = None,
    window: tuple[int, int] | None = None,
    seed: int = 0,
    draws: int = 9999,
    multipliers: str = "rademacher",
) -> SimultaneousBands:
    """Return effects with a band that covers all of them together at the level of `att`.

    Parameters
    ----------
    att : GroupTimeATT
    by : {"event_time", "cohort", "period", "group_time"}
        The family: rows of `aggregate`, or every cohort × period cell.
    balance : int, optional
        As in `aggregate`; not for "group_time".
    window : tuple of int, optional
        As in `aggregate`; not for "group_time".
    seed, draws : int
    multipliers : {"rademacher", "mammen"}
        Two-point weights of the clusters.

    Returns
    -------
    SimultaneousBands
        Rows without a standard error have no band and do not widen that of the others.

    Raises
    ------
    TypeError
        If `att` is no result of `group_time_att`.
    ValueError
        For an unknown family or weights, fewer than 99 draws, a window that is no pair in order, or `balance` or
        `window` with "group_time".

    Notes
    -----
    Each draw multiplies the clusters' influence by random signs. The critical value c is the `conf_level` quantile
    of the largest absolute deviation, each in units of its own interquartile range / 1.349, and the band is
    ``estimate ± c · std_error`` (R's did, function mboot). With few clusters c is carried to each row's t
    distribution at the same probability. A band says nothing of rows outside its family.

    References
    ----------
    Callaway and Sant'Anna (2021), section 4.1, algorithm 1.

    Examples
    --------
    >>> panel = pd.DataFrame([(t, w) for t in range(12) for w in range(8)], columns=["team", "week"])
    >>> panel["start"] = np.where(panel["team"] < 6, 4.0, np.nan)
    >>> panel["accuracy"] = 80 + panel["team"] * panel["week"] % 3 + 2 * (panel["week"] >= panel["start"])
    >>> names = {"outcome": "accuracy", "unit": "team", "period": "week", "cohort": "start"}
    >>> att = tne.group_time_att(panel, **names, comparison="never_treated")
    >>> bands = simultaneous_bands(att, window=(0, 3)).to_frame()
    >>> bands[["event_time", "estimate", "conf_low", "band_low"]].round(2)
       event_time  estimate  conf_low  band_low
    0         0.0       2.0      1.08      1.05
    1         1.0       2.0      1.08      1.05
    2         2.0       2.0      2.00      2.00
    3         3.0       2.0      1.08      1.05
    """
    require_att(att)
    require_choice(by, FAMILIES, "by")
    require_choice(multipliers, MULTIPLIERS, "multipliers")
    require_window(window)
    if draws < 99:
        raise ValueError(f"`draws` is {draws}. Give 99 or more.")
    if by == "group_time":
        if balance is not None or window is not None:
            raise ValueError("`balance` and `window` are for aggregated effects. Leave them out.")
        frame, weights, extra = att.to_frame(), np.diag(~np.isnan(att.cells.estimate)).astype(float), None
    else:
        weights, extra, keys, _ = aggregation_weights(att, by=by, balance=balance, window=window)
        own = ~np.isnan(keys)
        weights, extra = weights[:, own], extra[:, own]
        frame = combination_rows(att, weights, extra)
        frame.insert(0, by, keys[own])
    influence = combine(att.cells, att.sample, att.cohorts, weights, extra).influence
    known = (frame["std_error"] > 0).to_numpy()
    c = np.nan
    if known.any():
        largest = _largest(_centred(influence[:, known], att.sample), seed, draws, multipliers)
        alone = stats.norm.ppf(0.5 + att.conf_level / 2)
        c = max(float(np.quantile(largest, att.conf_level, method="inverted_cdf")), float(alone))
    wide = stats.t.isf(stats.norm.sf(c), frame["df"].to_numpy(dtype=float)) * frame["std_error"]
    frame["band_low"], frame["band_high"] = frame["estimate"] - wide, frame["estimate"] + wide
    frame["method"] += f", simultaneous band by {draws} {multipliers.capitalize()} draws over clusters"
    return SimultaneousBands(table=frame, critical_value=c, draws=draws, checks=att.checks)


def _centred(influence: np.ndarray, sample: Sample) -> np.ndarray:
    """Take each stratum's mean away where its clusters share one expectation ("welch")."""
    if sample.errors != "welch":
        return influence
    n = np.bincount(sample.stratum, minlength=len(sample.centred))
    several = (n > 1) & sample.centred
    mean = np.zeros((len(n), influence.shape[1]))
    np.add.at(mean, sample.stratum, influence)
    mean = np.where(several[:, None], mean / np.maximum(n, 1)[:, None], 0.0)
    scale = np.where(n > 1, np.sqrt(n / np.maximum(n - 1, 1)), 1.0)
    return cast(np.ndarray, (influence - mean[sample.stratum]) * scale[sample.stratum, None])


def _largest(influence: np.ndarray, seed: int, draws: int, multipliers: str) -> np.ndarray:
    """The largest studentised deviation of each draw."""
    rng = np.random.default_rng(seed)
    n = len(influence)
    root = np.sqrt(5.0)
    low, high, p_low = (
        (-1.0, 1.0, 0.5)
        if multipliers == "rademacher"
        else ((1 - root) / 2, (1 + root) / 2, (1 + root) / (2 * root))
    )
    moved = np.empty((draws, influence.shape[1]))
    step = max(1, _CHUNK // max(n, 1))
    for first in range(0, draws, step):
        size = (min(step, draws - first), n)
        moved[first : first + size[0]] = np.where(rng.random(size) < p_low, low, high) @ influence
    upper, lower = np.quantile(moved, [0.75, 0.25], axis=0)
    scale = (upper - lower) / (stats.norm.ppf(0.75) - stats.norm.ppf(0.25))
    scale = np.where(scale > 0, scale, np.sqrt((influence**2).sum(axis=0)))  # few clusters: few values
    return cast(np.ndarray, np.abs(moved / scale).max(axis=1))
