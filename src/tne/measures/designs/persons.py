"""Randomised persons with a waitlist: intention to treat, baseline-adjusted."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tne.measures.designs.findings import (
    ACCURACY,
    ONBOARDING_WEEKS,
    Findings,
    Outcome,
    person_sums,
    renamed,
    undefined,
    unknown,
)
from tne.measures.designs.leaving import leaving_arms
from tne.measures.staggered import aggregate, group_time_att
from tne.measures.trial import trial
from tne.result import Estimate, Estimates

if TYPE_CHECKING:
    from tne.measures.trial import Trial


MINIMUM_ARM = 2
MINIMUM_SESSIONS = 5  # as many treated clusters as any cohort needs for a standard error


def randomised(
    panel: pd.DataFrame,
    *,
    baseline: int,
    window: int,
    conf_level: float,
    outcome: Outcome = ACCURACY,
    tested: bool = True,
) -> Findings:
    """Compare the trained arm with the waitlist until the waitlist is trained; without `tested` the effect alone.

    Notes
    -----
    One row per assigned person: the outcome over the window from the first training week, adjusted for the same
    outcome over the baseline weeks (interacted and centred, Lin 2013; HC2). A missing baseline takes the mean,
    which keeps a randomised comparison unbiased. People without any audit in the window count as attrition. New
    hires who are still in onboarding when the first arm is trained are left out of both arms alike.
    """
    drawn = _drawn(panel, outcome, baseline, window)
    if drawn is None:
        return undefined("randomised", "fewer than two people in an arm", conf_level, unit=outcome.unit)
    people, arms, trained, starts, last = drawn
    result = trial(
        people, outcome="post", arm="arm", control="waitlist", baseline="base", conf_level=conf_level
    )
    effect = _last(result, outcome, "people assigned to the trained arm (intention to treat), these sessions")
    return Findings(
        design="randomised",
        effect=effect,
        transferable=_transferable(people, effect, outcome, conf_level) if tested else effect,
        checks=tuple(
            leaving_arms(arms.loc[outcome.observed(arms)], trained, starts, last, check)
            if check.name == "differential_attrition"
            else check
            for check in result.checks
        ),
        event_study=_weekly(arms, trained, starts, baseline, last, conf_level, outcome) if tested else None,
        n_trained=float(trained.sum()),
        n_comparison=float((~trained).sum()),
        window=(starts, last),
    )


def compare_arms(
    panel: pd.DataFrame, outcome: Outcome, *, baseline: int, window: int, conf_level: float
) -> Estimate:
    """The same comparison for another outcome of the panel."""
    drawn = _drawn(panel, outcome, baseline, window)
    if drawn is None:
        return Estimate(term="effect", estimate=math.nan, note="fewer than two people in an arm")
    result = trial(
        drawn[0], outcome="post", arm="arm", control="waitlist", baseline="base", conf_level=conf_level
    )
    return _last(result, outcome, "people assigned to the trained arm")


def _drawn(
    panel: pd.DataFrame, outcome: Outcome, baseline: int, window: int
) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series, float, float] | None:
    """One row per assigned person (arm, post, base, session), the rows behind them, and the window; None if few."""
    columns = ["moderator_id", "period", "cohort", "arm", outcome.numerator, outcome.denominator]
    columns += [name for name in ("session_id", "tenure_weeks") if name in panel]
    arms = panel.loc[panel["arm"].isin(["trained", "waitlist", "control"]), columns]
    arms = _settled_at(
        arms,
        _begins(arms.loc[arms["arm"].eq("trained")].groupby("moderator_id", observed=True)["cohort"].min()),
    )
    by_person = arms.groupby("moderator_id", observed=True).agg(
        arm=("arm", "first"), cohort=("cohort", "min")
    )
    trained = by_person["arm"].eq("trained")
    starts = _begins(by_person.loc[trained, "cohort"])
    if trained.sum() < MINIMUM_ARM or (~trained).sum() < MINIMUM_ARM or math.isnan(starts):
        return None
    waiting = _begins(by_person.loc[~trained, "cohort"])
    last = starts + window - 1
    if not math.isnan(waiting):
        last = min(last, waiting - 1)
    people = pd.DataFrame(
        {
            "arm": np.where(trained, "trained", "waitlist"),
            "post": outcome.of(person_sums(arms, outcome, starts, last)).reindex(by_person.index).to_numpy(),
            "base": outcome.of(person_sums(arms, outcome, starts - baseline, starts - 1))
            .reindex(by_person.index)
            .to_numpy(),
            "session": _sessions(arms, by_person.index, trained),
        }
    )
    people["base"] = people["base"].fillna(people["base"].mean())
    return people, arms, trained, starts, last


def _begins(cohort: pd.Series) -> float:
    """Week in which an arm's training began; one person in twenty may have crossed over before."""
    known = cohort.dropna().astype(float)
    return float(known.quantile(0.05, interpolation="higher")) if len(known) else math.nan


def _settled_at(arms: pd.DataFrame, starts: float) -> pd.DataFrame:
    """Drop people who were still in onboarding in period `starts`; a fact from before the lot decided."""
    if "tenure_weeks" not in arms.columns:
        return arms
    hired = (
        (arms["period"] - arms["tenure_weeks"]).groupby(arms["moderator_id"], observed=True).transform("min")
    )
    return arms.loc[~(starts - hired < ONBOARDING_WEEKS)]


def _sessions(arms: pd.DataFrame, people: pd.Index, trained: pd.Series) -> np.ndarray:
    """Session of each trained person; everybody on the waitlist is a cluster of their own."""
    alone = np.array([f"alone {i}" for i in range(len(people))], dtype=object)
    if "session_id" not in arms.columns:
        return alone
    own = arms.groupby("moderator_id", observed=True)["session_id"].first().reindex(people)
    shared = trained.to_numpy() & own.notna().to_numpy() & own.ne("").to_numpy()
    return np.where(shared, own.astype(object).to_numpy(), alone)


def _last(result: Trial, outcome: Outcome, estimand: str) -> Estimate:
    """The most adjusted row of a trial, named for this outcome."""
    row = list(result)[-1]
    if math.isnan(row.estimate):  # no usable baseline: chance alone makes the plain difference unbiased
        plain = list(result.unadjusted)[-1]
        row = row if math.isnan(plain.estimate) else renamed(plain, note=f"not adjusted: {row.note}")
    return renamed(row, term="effect", unit=outcome.unit, estimand=estimand, comparison="waitlist")


def _transferable(people: pd.DataFrame, effect: Estimate, outcome: Outcome, conf_level: float) -> Estimate:
    sessions = people.loc[people["arm"].eq("trained"), "session"].nunique()
    shared = people.loc[people["arm"].eq("trained"), "session"].duplicated().any()
    estimand = "trainers and sessions like these"
    if not shared or sessions < MINIMUM_SESSIONS:
        note = f"fewer than {MINIMUM_SESSIONS} known sessions: their spread cannot be estimated"
        return unknown(effect, estimand, note)
    result = trial(
        people,
        outcome="post",
        arm="arm",
        control="waitlist",
        baseline="base",
        cluster="session",
        conf_level=conf_level,
    )
    return _last(result, outcome, estimand)


def _weekly(
    arms: pd.DataFrame,
    trained: pd.Series,
    starts: float,
    baseline: int,
    last: float,
    conf_level: float,
    outcome: Outcome,
) -> Estimates | None:
    """Week by week, trained against waitlist, relative to the baseline weeks."""
    weeks = arms.loc[arms["period"].between(starts - baseline, last), ["moderator_id", "period"]].copy()
    weeks["value"] = outcome.of(arms.loc[weeks.index])
    weeks["group"] = np.where(weeks["moderator_id"].map(trained), starts, np.nan)
    weeks = weeks.dropna(subset=["value"])
    if weeks["period"].nunique() <= baseline or weeks.empty:
        return None
    att = group_time_att(weeks, outcome="value", unit="moderator_id", period="period", cohort="group",
                         comparison="never_treated", baseline=baseline, conf_level=conf_level)  # fmt: skip
    return aggregate(att, by="event_time")
