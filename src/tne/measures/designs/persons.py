"""Randomised persons with a waitlist: intention to treat, baseline-adjusted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd

from tne.checks import require_no_missing
from tne.measures.designs.findings import (
    ACCURACY,
    ONBOARDING_WEEKS,
    Findings,
    Outcome,
    before_and_after,
    lowest,
    numbers,
    renamed,
    undefined,
    unknown,
)
from tne.measures.designs.leaving import leaving_arms
from tne.measures.staggered import aggregate, group_time_att
from tne.measures.trial import trial_checks
from tne.measures.trial_rows import ArmRows, arm_rows
from tne.result import Estimate, Estimates, estimate_from

ARMS = ("waitlist", "trained")
SEEN = "people assigned to the trained arm (intention to treat), these sessions"
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
    weekly: bool = True,
    lot: Lot | None = None,
) -> Findings:
    """Compare the trained arm with the waitlist until the waitlist is trained; without `tested` the effect alone.

    Notes
    -----
    One row per assigned person: the outcome over the window from the first training week, adjusted for the same
    outcome over the baseline weeks (interacted and centred, Lin 2013; HC2). A missing baseline takes the mean,
    which keeps a randomised comparison unbiased. People without any audit in the window count as attrition. New
    hires who are still in onboarding when the first arm is trained are left out of both arms alike. `lot` is who was
    drawn for what in these rows, where that is known already.
    """
    lot = lot or drawn(panel, window)
    if not lot.comparable:
        return undefined("randomised", "fewer than two people in an arm", conf_level, unit=outcome.unit)
    people, trained = _people(panel, lot, outcome, baseline), lot.trained
    found: dict[str, Any] = {
        "design": "randomised",
        "n_trained": float(trained.sum()),
        "n_comparison": float((~trained).sum()),
        "window": (lot.starts, lot.last),
    }
    rows = _rows(people, conf_level)
    effect = _last(rows, outcome)
    if not tested:
        return Findings(**found, effect=effect, transferable=effect)
    gone = people["post"].isna().to_numpy()
    checks = trial_checks(people, gone, rows, arm="arm", arms=ARMS, baselines=["base"])
    arms = panel.iloc[lot.rows]
    return Findings(
        **found,
        effect=effect,
        transferable=_transferable(people, effect, outcome, conf_level),
        checks=tuple(
            leaving_arms(arms.loc[outcome.observed(arms)], trained, lot.starts, lot.last, check)
            if check.name == "differential_attrition"
            else check
            for check in checks
        ),
        event_study=_weekly(panel, lot, baseline, conf_level, outcome) if weekly else None,
    )


def compare_arms(
    panel: pd.DataFrame,
    outcome: Outcome,
    *,
    baseline: int,
    window: int,
    conf_level: float,
    lot: Lot | None = None,
) -> Estimate:
    """The same comparison for another outcome of the panel."""
    lot = lot or drawn(panel, window)
    if not lot.comparable:
        return Estimate(term="effect", estimate=math.nan, note="fewer than two people in an arm")
    return _last(_rows(_people(panel, lot, outcome, baseline), conf_level), outcome)


def _rows(people: pd.DataFrame, conf_level: float, clusters: Sequence[str] = ()) -> ArmRows:
    """The differences of `trial`."""
    known = people["post"].notna().to_numpy()
    return arm_rows(
        people if known.all() else people.loc[known],
        outcome="post",
        arm="arm",
        arms=ARMS,
        baselines=["base"],
        clusters=clusters,
        conf_level=conf_level,
    )


@dataclass(frozen=True, eq=False)
class Lot:
    """Who was drawn for what, by row of a panel and by person: the same for every outcome of these rows.

    Parameters
    ----------
    rows : ndarray of int
        Rows of the people who were assigned and had settled before.
    code : ndarray of int
        Person of each of these rows.
    trained : Series of bool
        By person, whether they were drawn for the training.
    session : ndarray
        By person, the session; everybody who has none is a cluster of their own.
    starts, last : float
        Weeks of the comparison; NaN where nobody has begun.
    """

    rows: np.ndarray
    code: np.ndarray
    trained: pd.Series
    session: np.ndarray
    starts: float
    last: float

    @property
    def comparable(self) -> bool:
        """Whether each arm has at least two people, and the training has begun."""
        smaller = min(self.trained.sum(), (~self.trained).sum())
        return bool(smaller >= MINIMUM_ARM) and not math.isnan(self.starts)


def drawn(panel: pd.DataFrame, window: int) -> Lot:
    """Find who was drawn for what: with arrays, as grouping frames would take many times as long."""
    assigned = panel["arm"].isin(["trained", "waitlist", "control"]).to_numpy()
    require_no_missing(panel.loc[assigned, ["moderator_id"]], ["moderator_id"], "panel")
    rows = np.flatnonzero(assigned)
    rows = rows[_settled(panel, rows)]
    code, people = pd.factorize(panel["moderator_id"].iloc[rows], sort=True)
    n = len(people)
    trained = panel["arm"].eq("trained").to_numpy()[rows[_first_rows(code, n)]]
    began = lowest(numbers(panel, "cohort", rows), code, n)
    starts, waiting = _begins(began[trained]), _begins(began[~trained])
    last = starts + window - 1
    if not math.isnan(waiting):
        last = min(last, waiting - 1)
    session = _sessions(panel, rows, code, trained)
    return Lot(rows, code, pd.Series(trained, index=people), session, starts, last)


def _people(panel: pd.DataFrame, lot: Lot, outcome: Outcome, baseline: int) -> pd.DataFrame:
    """One row per person: arm, session, and the outcome before and after; a missing baseline is the mean."""
    weeks = (lot.starts - baseline, lot.starts, lot.last)
    base, post = before_and_after(panel, outcome, lot.rows, lot.code, len(lot.trained), weeks)
    return pd.DataFrame(
        {
            "arm": pd.Categorical.from_codes(lot.trained.to_numpy().astype(int), list(ARMS)),
            "post": post,
            "base": np.where(np.isnan(base), pd.Series(base).mean(), base),
            "session": lot.session,
        }
    )


def _begins(cohorts: np.ndarray) -> float:
    """Week in which an arm's training began; one person in twenty may have crossed over before."""
    known = np.sort(cohorts[~np.isnan(cohorts)])
    return float(np.quantile(known, 0.05, method="higher")) if len(known) else math.nan


def _settled(panel: pd.DataFrame, rows: np.ndarray) -> np.ndarray:
    """Whose onboarding was over when training began, by row; a fact from before the lot decided."""
    if "tenure_weeks" not in panel.columns:
        return np.ones(len(rows), dtype=bool)
    code, people = pd.factorize(panel["moderator_id"].iloc[rows])
    trained = panel["arm"].eq("trained").to_numpy()[rows]
    starts = _begins(lowest(np.where(trained, numbers(panel, "cohort", rows), np.nan), code, len(people)))
    hired = panel["period"].to_numpy()[rows] - numbers(panel, "tenure_weeks", rows)
    return cast(np.ndarray, ~(starts - lowest(hired, code, len(people)) < ONBOARDING_WEEKS)[code])


def _first_rows(code: np.ndarray, n: int) -> np.ndarray:
    """Place of each person's first row."""
    rows = np.zeros(n, dtype=np.intp)
    rows[code[::-1]] = np.arange(len(code))[::-1]
    return rows


def _sessions(panel: pd.DataFrame, rows: np.ndarray, code: np.ndarray, trained: np.ndarray) -> np.ndarray:
    """Session of each trained person; everybody on the waitlist is a cluster of their own."""
    sessions = np.array([f"alone {i}" for i in range(len(trained))], dtype=object)
    if "session_id" not in panel.columns:
        return sessions
    told = panel["session_id"].notna().to_numpy()[rows]
    rows, code = rows[told], code[told]
    person = np.unique(code)
    given = panel["session_id"].iloc[rows[_first_rows(code, len(trained))[person]]]
    known = trained[person] & given.ne("").to_numpy()
    sessions[person[known]] = given.to_numpy(dtype=object)[known]
    return sessions


def _last(rows: ArmRows, outcome: Outcome, estimand: str = SEEN) -> Estimate:
    """The most adjusted difference that there is, named for this outcome."""
    row, plain = estimate_from(rows.adjusted[0]), estimate_from(rows.plain[0])
    if math.isnan(row.estimate):  # no usable baseline: chance alone makes the plain difference unbiased
        row = row if math.isnan(plain.estimate) else renamed(plain, note=f"not adjusted: {row.note}")
    return renamed(row, term="effect", unit=outcome.unit, estimand=estimand, comparison=ARMS[0])


def _transferable(people: pd.DataFrame, effect: Estimate, outcome: Outcome, conf_level: float) -> Estimate:
    sessions = people.loc[people["arm"].eq("trained"), "session"].nunique()
    shared = people.loc[people["arm"].eq("trained"), "session"].duplicated().any()
    estimand = "trainers and sessions like these"
    if not shared or sessions < MINIMUM_SESSIONS:
        note = f"fewer than {MINIMUM_SESSIONS} known sessions: their spread cannot be estimated"
        return unknown(effect, estimand, note)
    return _last(_rows(people, conf_level, ["session"]), outcome, estimand)


def _weekly(
    panel: pd.DataFrame, lot: Lot, baseline: int, conf_level: float, outcome: Outcome
) -> Estimates | None:
    """Week by week, trained against waitlist, relative to the baseline weeks."""
    period = panel["period"].to_numpy()[lot.rows]
    inside = (period >= lot.starts - baseline) & (period <= lot.last) & outcome.observed(panel)[lot.rows]
    rows, person = lot.rows[inside], lot.code[inside]
    top, bottom = (numbers(panel, name, rows) for name in (outcome.numerator, outcome.denominator))
    weeks = pd.DataFrame(
        {
            "moderator_id": lot.trained.index.to_numpy()[person],
            "period": period[inside],
            "value": outcome.scale * top / bottom,
            "group": np.where(lot.trained.to_numpy()[person], lot.starts, np.nan),
        }
    )
    if weeks["period"].nunique() <= baseline or weeks.empty:
        return None
    att = group_time_att(weeks, outcome="value", unit="moderator_id", period="period", cohort="group",
                         comparison="never_treated", baseline=baseline, conf_level=conf_level)  # fmt: skip
    return aggregate(att, by="event_time")
