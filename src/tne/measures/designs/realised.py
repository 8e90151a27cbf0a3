"""How sure are we of what happened in these sessions? Errors from people's own noise, and from teams that drift."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy import stats

from tne.measures.att_aggregate import aggregation_weights
from tne.measures.att_weights import outcome_weights
from tne.measures.designs.findings import renamed
from tne.measures.staggered import GroupTimeATT
from tne.result import Estimate

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
    of_team = pd.DataFrame(outcome_weights(att, cells[:, 0]), columns=att.periods)
    of_team.insert(0, "home_team", att.data.units)
    keys = ["home_team", "period"]
    weights = of_team.melt("home_team", var_name="period", value_name="weight").astype({"period": float})
    rows = _around_team(people, keys).merge(weights, on=keys, validate="many_to_one")
    share = (rows["weight"] * rows["error"]).groupby([rows["home_team"], rows["moderator_id"]]).sum()
    square = (share**2).groupby(level=0).sum()
    size = (
        (1 / rows.groupby(keys)["square"].sum()).groupby("home_team").mean().reindex(square.index).to_numpy()
    )
    if _lone(weights, square.index[size < LONE], att):
        return effect
    size = np.maximum(size, LONE)
    variance = square.to_numpy() * size / (size - 1)
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


def _lone(weights: pd.DataFrame, lone: pd.Index, att: GroupTimeATT) -> bool:
    """Do teams of one person carry a tenth or more of the squared weights of a cohort that matters?"""
    square = (weights["weight"] ** 2).groupby(weights["home_team"]).sum()
    cohort = pd.Series(att.data.cohort, index=att.data.units).reindex(square.index)
    of_cohort = square.groupby(cohort).sum()
    alone = square.where(square.index.isin(lone), 0.0).groupby(cohort).sum()
    return bool(((alone >= 0.1 * of_cohort) & (of_cohort >= 0.1 * square.sum())).any())


def _ratio(people: pd.DataFrame, weeks: int) -> tuple[float, float]:
    """The drift ratio over blocks of `weeks`, and its degrees of freedom."""
    cohort = people["home_cohort"].astype(float)
    before = people.loc[~(people["period"] >= cohort)]
    start = before["period"].min()
    blocks = before.assign(
        block=(before["period"] - start) // weeks, cohort=cohort.loc[before.index].fillna(np.inf)
    )
    keys = ["cohort", "home_team", "block"]
    by_person = (
        blocks.groupby([*keys, "moderator_id"], observed=True)[["deviation", "size"]].sum().reset_index()
    )
    errors = _around_team(by_person, ["home_team", "block"])
    errors["noise"] = errors["error"] ** 2
    teams = errors.groupby(keys, observed=True).agg(
        value=("team_value", "first"), size=("team_size", "first"), square=("square", "sum"), noise=("noise", "sum"),
    )  # fmt: skip
    teams["noise"] /= 1 - teams["square"].clip(upper=0.9)
    found, expected, df = 0.0, 0.0, 0.0
    for _, cell in teams.groupby(level="cohort"):
        cell = cell.droplevel("cohort")
        value = cell["value"].unstack("block").dropna(axis=1)  # noqa: PD010
        n_teams, n_blocks = value.shape
        if n_teams < 2 or n_blocks < 2:
            continue
        weight = cell["size"].groupby(level="home_team").mean().to_numpy()
        left = value.to_numpy() - value.mean(axis=1).to_numpy()[:, None]
        left = left - np.average(left, axis=0, weights=weight)
        noise = cell["noise"].unstack("block")[value.columns].to_numpy()  # noqa: PD010
        found += float((weight[:, None] * left**2).sum()) / ((1 - 1 / n_teams) * (1 - 1 / n_blocks))
        expected += float((weight[:, None] * noise).sum())
        df += (n_teams - 1) * (n_blocks - 1)
    return (found / expected, df) if expected > 0 else (1.0, math.inf)


def _around_team(people: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Add each row's part of its team's mean around that mean, and the square of its share of the weight."""
    sums = people.groupby(keys, observed=True)[["deviation", "size"]].transform("sum")
    value = sums["deviation"] / sums["size"]
    share = people["size"] / sums["size"]
    return people.assign(
        team_value=value, team_size=sums["size"], square=share**2,
        error=people["deviation"] / sums["size"] - value * share,
    )  # fmt: skip
