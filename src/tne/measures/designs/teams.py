"""Staggered teams: trained against not yet trained, the base being the mean of the baseline weeks."""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
import pandas as pd
from scipy import stats

from tne.measures.att_aggregate import overall_att
from tne.measures.designs.findings import (
    ACCURACY,
    Findings,
    Outcome,
    in_onboarding,
    numbers,
    renamed,
    undefined,
)
from tne.measures.designs.leaving import leaving
from tne.measures.designs.realised import realised
from tne.measures.event_study import placebo, pretrend
from tne.measures.staggered import GroupTimeATT, aggregate, group_time_att
from tne.result import Check, Estimate

MINIMUM_TREATED = 5
SURVIVAL_LEVEL = 0.05  # one-sided
REJECTED = 0.01


def staggered(
    panel: pd.DataFrame,
    *,
    baseline: int,
    window: int,
    conf_level: float,
    outcome: Outcome = ACCURACY,
    minimum_effect: float = math.nan,
    tested: bool = True,
    weekly: bool = True,
) -> Findings:
    """Group-time effects on team × week ratios, averaged over the window; without `tested` the effect alone.

    Notes
    -----
    What happened (the effect) has errors by person within team (`realised`); what may be expected of other sessions
    (transferable), the trends and the tests before training have errors clustered by team. People stay with the
    team they had when the programme began (intention to treat), so movers do not blur the groups. Audits of a team
    and week are pooled first: the ratio of sums is the team's sampling-weighted accuracy, and sparse person-weeks
    do no harm. Each person counts as the deviation from their own level before the first training, once onboarding
    is over. Teams are weighted by their mean audit weight.
    """
    people = home_weeks(panel, outcome, baseline)
    teams = team_weeks(people)
    treated = teams.loc[teams["cohort"].notna()]
    if treated.empty or teams["home_team"].nunique() < 4:
        return undefined("staggered", "fewer than four teams to compare", conf_level, unit=outcome.unit)
    call = _call(baseline, conf_level)
    att = group_time_att(teams, **call)
    inside = (0, window - 1)
    clustered = _overall(att, inside, outcome)
    cohorts = _identified(att, window)
    if math.isnan(clustered.estimate) or not cohorts:
        return undefined(
            "staggered",
            clustered.note or "no team is trained while others still wait",
            conf_level,
            unit=outcome.unit,
        )
    effect = realised(clustered, att, people, window=inside, conf_level=conf_level)
    in_trained, waiting = _sizes(teams, cohorts)
    found: dict[str, Any] = {
        "design": "staggered",
        "effect": effect,
        "transferable": renamed(clustered, estimand="trainers and sessions like these (one session a team)"),
        "n_trained": in_trained,
        "n_comparison": waiting,
        "window": (min(cohorts), max(cohorts) + window - 1),
    }
    if not tested:
        return Findings(**found)
    carried = group_time_att(teams, trend="linear", **(call | {"baseline": trend_weeks(teams, baseline)}))
    linear = _overall(carried, inside, outcome)
    pretended = placebo(teams, horizon=max(1, min(window, baseline // 2)), **call)
    checks = (
        _treated_clusters(treated, cohorts),
        linear_trend(effect, linear, minimum_effect),
        _rejected("pretrend", pretrend(att)),
        _rejected("placebo", pretended),
        leaving(people, cohorts, window),
    )
    return Findings(
        **found,
        checks=checks,
        event_study=aggregate(att, by="event_time", window=(-baseline, window - 1)) if weekly else None,
        placebo_p=float(pretended.p_value),
    )


def compare_teams(
    panel: pd.DataFrame, outcome: Outcome, *, baseline: int, window: int, conf_level: float
) -> Estimate:
    """The same comparison for another outcome of the panel, errors clustered by team."""
    teams = team_weeks(home_weeks(panel, outcome, baseline))
    nothing = Estimate(term="effect", estimate=math.nan, note="fewer than four teams to compare")
    if teams["cohort"].isna().all() or teams["home_team"].nunique() < 4:
        return nothing
    att = group_time_att(teams, **_call(baseline, conf_level))
    return _overall(att, (0, window - 1), outcome)


def _call(baseline: int, conf_level: float) -> dict[str, Any]:
    return {
        "outcome": "value",
        "unit": "home_team",
        "period": "period",
        "cohort": "cohort",
        "comparison": "not_yet_treated",
        "weights": "weight",
        "n_people": "n_people",
        "baseline": baseline,
        "errors": "welch",
        "conf_level": conf_level,
    }


def home_weeks(panel: pd.DataFrame, outcome: Outcome, baseline: int) -> pd.DataFrame:
    """Person × week rows by home team: deviation from the person's own level (a sum), and size (its weight).

    The level is what the same person had before the first team was trained. Without that every leaver moves the
    team's mean by their own level, which would drown the effect in staff turnover.
    """
    home, period = (panel[name].to_numpy(dtype=float, na_value=np.nan) for name in ("home_cohort", "period"))
    team = panel["home_team"]
    used = outcome.observed(panel) & ~np.isnan(period) & ~in_onboarding(panel)
    used &= (panel["moderator_id"].notna() & team.notna() & team.ne("")).to_numpy()
    after = home[used & (home - period[used].min() >= max(1, baseline // 3))] if used.any() else home[:0]
    first = after.min() if len(after) else math.nan
    rows = np.flatnonzero(used & ~(home < first))  # not those trained before anything was measured
    top, size = (numbers(panel, name, rows) for name in (outcome.numerator, outcome.denominator))
    person, persons = pd.factorize(panel["moderator_id"].array[rows])
    before = (period[rows] >= first - baseline) & (period[rows] <= first - 1)
    level = own_level(person, len(persons), before, top, size, least=max(1, baseline // 3))
    known = ~np.isnan(level)
    deviation = outcome.scale * (top - size * level)
    kept = rows[known]
    taken = {name: panel[name].array[kept] for name in ("moderator_id", "home_team", "home_cohort", "period")}
    return pd.DataFrame({**taken, "deviation": deviation[known], "size": size[known]})


def team_weeks(people: pd.DataFrame) -> pd.DataFrame:
    """Sum person-weeks to one row per home team and week: value, weight, people, cohort of the team."""
    code, teams = pd.factorize(people["home_team"], sort=True)
    week, weeks = pd.factorize(people["period"], sort=True)
    names, cell = np.unique(code * len(weeks) + week, return_inverse=True)
    person, persons = pd.factorize(people["moderator_id"])
    deviation, size = (
        np.bincount(cell, people[name].to_numpy(dtype=float), len(names)) for name in ("deviation", "size")
    )
    cohorts = people["home_cohort"].to_numpy(dtype=float, na_value=np.nan)
    known = np.flatnonzero(~np.isnan(cohorts))[::-1]
    cohort = np.full(len(names), np.nan)
    cohort[cell[known]] = cohorts[known]  # the first that is known
    team = names // max(len(weeks), 1)
    return pd.DataFrame(
        {
            "home_team": teams[team],
            "period": weeks[names % max(len(weeks), 1)],
            "deviation": deviation,
            "size": size,
            "n_people": np.bincount(np.unique(cell * len(persons) + person) // max(len(persons), 1)),
            "cohort": cohort,
            "value": deviation / size,
            "weight": (np.bincount(team, size) / np.bincount(team))[team],
        }
    )


def own_level(
    person: np.ndarray, n: int, inside: np.ndarray, top: np.ndarray, bottom: np.ndarray, least: int
) -> np.ndarray:
    """By row, the ratio of each of `n` people over the rows `inside`; NaN for people with fewer than `least`."""
    mine = person[inside]
    weeks = np.bincount(mine, minlength=n)
    above, below = (np.bincount(mine, part[inside], n) for part in (top, bottom))
    level = np.divide(above, below, out=np.full(n, np.nan), where=(weeks >= least) & (below > 0))
    return cast(np.ndarray, level[person])


def trend_weeks(teams: pd.DataFrame, baseline: int) -> int:
    """Weeks through which the pre-trend is fitted: all there are, as far as the earliest cohort has two thirds.

    A line is carried forward with far less error from a longer past, and a trend worth fearing is in all of it.
    """
    before = teams["cohort"].dropna().unique() - teams["period"].min()
    before = before[before >= 3]
    return int(max(3, baseline, min(before.max(), 1.5 * before.min()))) if len(before) else max(3, baseline)


def linear_trend(effect: Estimate, linear: Estimate, minimum_effect: float = math.nan) -> Check:
    """Does the conclusion survive carrying the linear pre-trend forward with its own uncertainty (one-sided 5 %)?

    Normal quantiles, as in the fixed-length intervals of Rambachan and Roth (2023). An interval that allows no
    conclusion survives unless the trend hides one.
    """
    if math.isnan(effect.conf_low) or math.isnan(linear.std_error):
        return Check("linear_trend", "not_run", "no standard error for the extrapolated trend")
    half = stats.norm.ppf(1 - SURVIVAL_LEVEL) * linear.std_error
    low, high = linear.estimate - half, linear.estimate + half
    numbers = (
        f"with the trend carried forward {linear.estimate:.2f} (one-sided bounds {low:.2f} and {high:.2f})"
    )
    if effect.conf_low > 0:
        survives = low > 0
    elif effect.conf_high < 0:
        survives = high < 0
    elif effect.conf_high < minimum_effect:
        survives = high < minimum_effect
    else:
        survives = not (low > 0 or high < 0)
    return Check("linear_trend", "pass" if survives else "fail", numbers)


def _overall(att: GroupTimeATT, window: tuple[int, int], outcome: Outcome) -> Estimate:
    text = {
        "term": "effect",
        "unit": outcome.unit,
        "estimand": "people of trained teams (intention to treat), these sessions",
    }
    return renamed(overall_att(att, window), comparison="teams not yet trained", **text)


def _identified(att: GroupTimeATT, window: int) -> list[float]:
    event = att.cells.period - att.cells.cohort
    inside = (event >= 0) & (event < window) & ~np.isnan(att.cells.estimate)
    return sorted(map(float, set(att.cells.cohort[inside])))


def _sizes(teams: pd.DataFrame, cohorts: list[float]) -> tuple[float, float]:
    """People of the teams trained in these cohorts, and of the others: each team at its largest."""
    code, names = pd.factorize(teams["home_team"])
    cohort, most = np.full(len(names), np.nan), np.zeros(len(names))
    np.maximum.at(most, code, teams["n_people"].to_numpy(dtype=float))
    np.fmax.at(cohort, code, teams["cohort"].to_numpy(dtype=float))  # a team has one
    trained = np.isin(cohort, cohorts)
    return float(most[trained].sum()), float(most[~trained].sum())


def _treated_clusters(treated: pd.DataFrame, cohorts: list[float]) -> Check:
    counts = treated.loc[treated["cohort"].isin(cohorts)].groupby("cohort")["home_team"].nunique()
    fewest = int(counts.min()) if len(counts) else 0
    status = "pass" if fewest >= MINIMUM_TREATED else "fail"
    return Check(
        "treated_clusters",
        status,
        f"at least {fewest} trained teams per cohort; {MINIMUM_TREATED} are needed",
    )


def _rejected(name: str, tested: object) -> Check:
    """A joint test that must not reject; one that could not run is not passed."""
    p = float(np.asarray(getattr(tested, "p_value", math.nan)))
    if math.isnan(p):
        return Check(name, "not_run", str(getattr(tested, "note", "")) or "too few weeks or teams to test")
    return Check(name, "pass" if p >= REJECTED else "fail", f"joint test p = {p:.3f}")
