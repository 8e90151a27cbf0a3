"""How far may the groups have drifted apart after training, if as much as they did from block to block before it?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from tne.measures.att_aggregate import aggregation_weights
from tne.measures.att_inference import MIN_TREATED_CLUSTERS, covariance, variance
from tne.measures.deviation_sets import NAMES
from tne.measures.relative_magnitude import compatible_effects
from tne.measures.staggered import GroupTimeATT
from tne.result import Estimate, Result

__all__ = ["DriftSet", "drift_set_of", "no_set"]

FEWEST_BLOCKS = 2  # before training: one move between them is the least that shows how far the groups drift
ESTIMAND = "effect if the groups drift apart by at most m times their largest move from block to block before training"

METHOD = f"{NAMES['relative_magnitude']}, blocks as long as the window"


@dataclass(frozen=True, kw_only=True, eq=False)
class DriftSet(Result):
    """Effects that are compatible with groups drifting apart as much as they did before training.

    Parameters
    ----------
    effect : Estimate
        Its interval is the set, its estimate the change from the block before training to the block after it; without
        a standard error, which a set has not.
    moves : ndarray, shape (blocks - 1,)
        By how much the groups drifted apart from each block before training to the next, the earliest first.
    blocks : int
        Before training.
    weeks : int
        Length of a block.
    m : float
    """

    effect: Estimate
    moves: np.ndarray
    blocks: int
    weeks: int
    m: float

    @property
    def limits(self) -> tuple[float, float]:
        """Lowest and highest effect of the set; NaN where there is none."""
        return float(self.effect.conf_low), float(self.effect.conf_high)

    def to_frame(self) -> pd.DataFrame:
        return self.effect.to_frame().assign(m=self.m, blocks=self.blocks, weeks=self.weeks)


def drift_set_of(att: GroupTimeATT, *, window: int, m: float = 1.0) -> DriftSet:
    """Return the set of the overall effect over event times 0 to `window` - 1 of group-time effects.

    Parameters
    ----------
    att : GroupTimeATT
        Without covariates.
    window : int
        Periods of the effect, and of each block before training.
    m : float

    Returns
    -------
    DriftSet

    Raises
    ------
    ValueError
        For a `window` that is no whole number from 1, a negative `m`, repeated cross-sections, anticipation.

    Notes
    -----
    Week by week the largest move before training is noise, and adds up over the window. So time is taken in blocks as
    long as the window: each cell (g, t) of the effect is compared with itself ``window`` periods earlier, twice as
    long before, and so on, with its own weight and the same two groups. The change to the window is the effect, the
    changes between earlier blocks are the moves; a linear divergence moves by the same in each. Only as many blocks as
    all cells have enter. Units count where they are seen in both blocks of a change. Errors are clustered by unit with
    n / (n - 1) by cohort, and widened to t. The set is `sensitivity`'s at `m`; it does not say that the groups drifted,
    and does not cover a deviation unlike any before.
    """
    if isinstance(window, bool) or int(window) != window or window < 1:
        raise ValueError(f"`window` is {window!r}. Give a whole number of periods from 1.")
    if isinstance(m, bool) or not 0 <= m < math.inf:
        raise ValueError(f"`m` is {m!r}. Give a finite number of 0 or more.")
    if not hasattr(att.data, "units"):
        raise ValueError("`att` is of repeated cross-sections. Fit it to units that are followed over time.")
    if att.anticipation:
        raise ValueError(
            "`att` allows for anticipation: its last weeks before training are no past. Refit without."
        )
    weights = aggregation_weights(att, by="overall", window=(0, window - 1))[0][:, 0]
    used = np.flatnonzero(weights)
    if not len(used):
        return no_set("no identified effect", window, m, att.conf_level)
    blocks = min(int((t - att.periods[0]) // window) for t in att.cells.period[used])
    if blocks < FEWEST_BLOCKS:
        note = f"too short a past: two blocks of {window} weeks before training are needed"
        return no_set(note, window, m, att.conf_level)
    changes, influence, members = _changes(att, weights, used, window, blocks)
    if not np.isfinite(changes).all():
        note = "a period, or every unit of a group, is missing in one of the blocks before training"
        return no_set(note, window, m, att.conf_level)
    fewest = min(att.cluster_counts[float(g)] for g in np.unique(att.cells.cohort[used]))
    if fewest < MIN_TREATED_CLUSTERS or att.cells.clusters_comparison[used].min() < 2:
        note = f"fewer than {MIN_TREATED_CLUSTERS} trained or 2 waiting clusters"
        return no_set(note, window, m, att.conf_level)
    v, _ = covariance(influence, members, att.sample)
    _, df = variance(influence[:, :1], members[:, :1], att.sample)
    level = (1 + att.conf_level) / 2
    widened = (stats.t.ppf(level, df[0]) / stats.norm.ppf(level)) ** 2 if math.isfinite(df[0]) else 1.0
    # estimates relative to the last block before training: the change after it, and minus the sums of the moves
    steps = np.zeros((blocks, blocks))
    steps[-1, 0] = 1.0
    for k in range(2, blocks + 1):
        steps[blocks - k, 1:k] = -1.0
    path, v = steps @ changes, steps @ v @ steps.T * widened
    if not v[-1, -1] > 0:
        return no_set("no variation between clusters", window, m, att.conf_level)
    low, high = compatible_effects(path, v, blocks - 1, np.ones(1), float(m), att.conf_level)
    effect = Estimate(
        term="effect",
        estimate=float(changes[0]),
        conf_low=low,
        conf_high=high,
        conf_level=att.conf_level,
        estimand=ESTIMAND,
        comparison=str(att.table["comparison"].iloc[0]),
        method=METHOD,
    )
    return DriftSet(effect=effect, moves=changes[:0:-1], blocks=blocks, weeks=int(window), m=float(m))


def _changes(
    att: GroupTimeATT, weights: np.ndarray, used: np.ndarray, window: int, blocks: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the change to the window and those between the blocks before it, the latest first, with influences."""
    data, cells = att.data, att.cells
    place = {float(t): k for k, t in enumerate(att.periods)}
    changes = np.zeros(blocks)
    influence = np.zeros((len(data.stratum), blocks))
    members = np.zeros((len(data.centred), blocks))
    for cell in used:
        g, t, share = cells.cohort[cell], cells.period[cell], weights[cell]
        untrained = np.isinf(data.cohort)
        if att.comparison == "not_yet_treated":
            untrained = (data.cohort != g) & (data.cohort > t)
        for k in range(blocks):
            columns = [place.get(float(t - lag * window)) for lag in (k, k + 1)]
            if None in columns:
                changes[k] = math.nan
                continue
            moved = data.y[:, columns[0]] - data.y[:, columns[1]]
            for side, sign in ((data.cohort == g, 1.0), (untrained, -1.0)):
                own = np.where(side & ~np.isnan(moved), data.weight, 0.0)
                if not own.sum() > 0:
                    changes[k] = math.nan
                    continue
                own, here = own / own.sum(), np.nan_to_num(moved)
                mean = float(own @ here)
                changes[k] += sign * share * mean
                np.add.at(influence[:, k], data.cluster, sign * share * own * (here - mean))
                in_strata = np.bincount(
                    data.stratum[np.unique(data.cluster[own > 0])], minlength=len(members)
                )
                members[:, k] = np.maximum(members[:, k], in_strata)
    return changes, influence, members


def no_set(note: str, weeks: int, m: float, conf_level: float) -> DriftSet:
    """Return a set that cannot be computed, with the reason."""
    effect = Estimate(term="effect", estimate=math.nan, conf_level=conf_level, estimand=ESTIMAND, note=note)
    return DriftSet(effect=effect, moves=np.empty(0), blocks=0, weeks=int(weeks), m=float(m))
