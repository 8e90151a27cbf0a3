"""How sure are we of what happened in these sessions? Errors from people's own noise, and from teams that drift."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd
from scipy import stats

from tne.measures.att_aggregate import aggregation_weights
from tne.measures.att_weights import outcome_weights
from tne.measures.designs.findings import renamed
from tne.measures.staggered import GroupTimeATT
from tne.result import Estimate

if TYPE_CHECKING:
    from tne.measures.att_panel import PanelMatrix


BLOCK_WEEKS, LONG_BLOCK_WEEKS = 4, 12
DOUBT = 0.05  # one-sided: drift over long blocks counts where chance would hardly show it, for it is measured less well
LONE = 1.5  # effective size below which a team says nothing about the noise of its members
METHOD = "Errors by person within team, widened where teams drift apart by more than their members' noise"


def realised(
    effect: Estimate, att: GroupTimeATT, people: pd.DataFrame, *, window: tuple[int, int], conf_level: float
) -> Estimate:
    """Give an effect on teams the errors of its realised form: these teams and sessions, other noise.

    Parameters
    ----------
    effect : Estimate
        Overall effect of `att` over `window`.
    att : GroupTimeATT
        Fitted on team × week means.
    people : DataFrame
        Person × week rows behind those means: moderator_id, home_team, home_cohort, period, deviation (sum, from the
        person's own level before: lasting differences between people would pass for noise), size (weight of the row
        in its team and week).
    window : tuple of int
    conf_level : float

    Returns
    -------
    Estimate
        The same estimate; undefined errors stay undefined, and where teams of one person carry a tenth of a cohort's
        squared weights the clustered errors stay, because nothing shows the noise of such teams.

    Notes
    -----
    The effect is a fixed combination Σ c_jt y_jt of team means. With e_it the share of person i in the mean of
    team j in week t, around it, ``V = Σ_j n_j / (n_j − 1) Σ_i (Σ_t c_jt e_it)²``, n_j being the effective size of the
    team; a person may be correlated over time in any way. Differences between the sessions' effects are part of
    what happened and add no noise. What people share within a team would be missed, so V is multiplied by the
    drift ratio (`team_drift`) where that is above one.
    """
    if math.isnan(effect.std_error):
        return effect
    cells, *_ = aggregation_weights(att, by="overall", window=window)
    weights = outcome_weights(att, cells[:, 0])
    rows = _rows(people)
    unit = pd.Index(cast("PanelMatrix", att.data).units).get_indexer(rows.teams)[rows.team]
    column = pd.Index(att.periods).get_indexer(people["period"])
    within = _within(rows.team * len(att.periods) + column, rows.deviation, rows.size)
    used = (unit >= 0) & (column >= 0)
    pair, own = np.unique(unit[used] * len(people) + rows.person[used], return_inverse=True)
    share = np.bincount(own, weights[unit[used], column[used]] * within.error[used])
    square = np.bincount(pair // len(people), share**2, len(weights))
    size = _effective_size(unit[used], column[used], within.square[used], weights.shape)
    seen = ~np.isnan(size)
    if _lone(weights, seen & (size < LONE), att):
        return effect
    square, size = square[seen], size[seen]
    size = np.maximum(size, LONE)
    variance = square * size / (size - 1)
    ratio, df_ratio = team_drift(people)
    total = variance.sum()
    if not total > 0:
        return effect
    spread = (variance**2 / (size - 1)).sum() / total**2 + (1 / df_ratio if ratio > 1 else 0.0)
    std_error, df = math.sqrt(total * max(ratio, 1.0)), 1 / spread
    half = stats.t.ppf(0.5 + conf_level / 2, df) * std_error
    t = effect.estimate / std_error
    return renamed(
        effect, std_error=std_error, statistic=t, df=df, p_value=2 * stats.t.sf(abs(t), df),
        conf_low=effect.estimate - half, conf_high=effect.estimate + half, method=f"{effect.method}. {METHOD}",
    )  # fmt: skip


def team_drift(people: pd.DataFrame) -> tuple[float, float]:
    """Compare how teams move apart before training with what the noise of their members explains.

    Parameters
    ----------
    people : DataFrame
        As in `realised`.

    Returns
    -------
    tuple of float
        Variance ratio (one where people within teams move independently) and its degrees of freedom; (1, inf)
        where no cohort has two teams and two blocks.

    Notes
    -----
    Untrained weeks are summed to blocks of four weeks. Of the block means of each team, the team's mean and the
    cohort's mean in the block are taken away; the weighted sum of squares of what is left is divided by what the
    spread of people within team and block predicts. Drift that lasts shows better in blocks of twelve weeks: their
    ratio is taken where it is larger and chance would exceed it in fewer than one of twenty cases.
    """
    ratio, df = _ratio(people, BLOCK_WEEKS)
    long, df_long = _ratio(people, LONG_BLOCK_WEEKS)
    if long > ratio and math.isfinite(df_long) and long > stats.chi2.ppf(1 - DOUBT, df_long) / df_long:
        return long, df_long
    return ratio, df


@dataclass(frozen=True)
class _Rows:
    """Person × week rows as numbers."""

    team: np.ndarray
    teams: pd.Index
    person: np.ndarray
    deviation: np.ndarray
    size: np.ndarray


@dataclass(frozen=True)
class _Within:
    """Per cell (team and time) its mean and weight; per row its part of that mean around it, and its squared share."""

    value: np.ndarray
    weight: np.ndarray
    error: np.ndarray
    square: np.ndarray


def _rows(people: pd.DataFrame) -> _Rows:
    team, teams = pd.factorize(people["home_team"], sort=True)
    person, _ = pd.factorize(people["moderator_id"])
    return _Rows(
        team, pd.Index(teams), person, *(people[name].to_numpy(float) for name in ("deviation", "size"))
    )


def _within(cell: np.ndarray, deviation: np.ndarray, size: np.ndarray) -> _Within:
    names, code = np.unique(cell, return_inverse=True)
    weight = np.bincount(code, size, len(names))
    value = np.bincount(code, deviation, len(names)) / weight
    share = size / weight[code]
    return _Within(value, weight, deviation / weight[code] - value[code] * share, share**2)


def _effective_size(
    unit: np.ndarray, column: np.ndarray, square: np.ndarray, shape: tuple[int, ...]
) -> np.ndarray:
    """Mean over its weeks of one over the sum of squared shares, per team; NaN for teams without rows."""
    sums = np.bincount(unit * shape[1] + column, square, shape[0] * shape[1]).reshape(shape)
    weeks = (sums > 0).sum(axis=1)
    total = np.divide(1.0, sums, out=np.zeros(shape), where=sums > 0).sum(axis=1)
    return cast(np.ndarray, np.divide(total, weeks, out=np.full(shape[0], np.nan), where=weeks > 0))


def _lone(weights: np.ndarray, lone: np.ndarray, att: GroupTimeATT) -> bool:
    """Do teams of one person carry a tenth or more of the squared weights of a cohort that matters?"""
    square = (weights**2).sum(axis=1)
    _, cohort = np.unique(att.data.cohort, return_inverse=True)
    of_cohort = np.bincount(cohort, square)
    alone = np.bincount(cohort, np.where(lone, square, 0.0))
    return bool(((alone >= 0.1 * of_cohort) & (of_cohort >= 0.1 * square.sum())).any())


def _ratio(people: pd.DataFrame, weeks: int) -> tuple[float, float]:
    """The drift ratio over blocks of `weeks`, and its degrees of freedom."""
    before = people.loc[~(people["period"] >= people["home_cohort"].astype(float))]
    if before.empty:
        return 1.0, math.inf
    rows = _rows(before)
    block = ((before["period"] - before["period"].min()) // weeks).to_numpy(dtype=int)
    shape = (len(rows.teams), block.max() + 1)
    cell = rows.team * shape[1] + block
    pair, own = np.unique(cell * len(before) + rows.person, return_inverse=True)
    cell_of = pair // len(before)  # one entry per person and cell
    within = _within(cell_of, np.bincount(own, rows.deviation), np.bincount(own, rows.size))
    cells = np.unique(cell_of)
    value, size, noise = (np.full(shape, np.nan) for _ in range(3))
    value.flat[cells], size.flat[cells] = within.value, within.weight
    error, square = (
        np.bincount(cell_of, part, value.size)[cells] for part in (within.error**2, within.square)
    )
    noise.flat[cells] = error / (1 - np.minimum(square, 0.9))
    cohort = np.full(shape[0], np.inf)
    cohort[rows.team] = before["home_cohort"].astype(float).fillna(np.inf)
    found, expected, df = 0.0, 0.0, 0.0
    for g in np.unique(cohort):
        mine = np.flatnonzero(cohort == g)
        whole = np.flatnonzero(~np.isnan(value[mine]).any(axis=0))
        n_teams, n_blocks = len(mine), len(whole)
        if n_teams < 2 or n_blocks < 2:
            continue
        weight = np.nanmean(size[mine], axis=1)
        left = value[np.ix_(mine, whole)]
        left = left - left.mean(axis=1, keepdims=True)
        left = left - np.average(left, axis=0, weights=weight)
        found += float((weight[:, None] * left**2).sum()) / ((1 - 1 / n_teams) * (1 - 1 / n_blocks))
        expected += float((weight[:, None] * noise[np.ix_(mine, whole)]).sum())
        df += (n_teams - 1) * (n_blocks - 1)
    return (found / expected, df) if expected > 0 else (1.0, math.inf)
