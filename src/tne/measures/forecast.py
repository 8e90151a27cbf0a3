"""When will a running cohort be ready?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import require_choice, require_columns, require_level_of_confidence, require_levels
from tne.measures.forecast_draws import Members, draw_paths, fates
from tne.measures.headcount import headcount
from tne.measures.ramp import LearningCurve
from tne.measures.survival import time_to_proficiency
from tne.measures.survival_rows import carried_checks, gone, observed, occurred
from tne.result import Check, Estimate, Estimates, Result

OF = ("staying", "started")
FEW_BEFORE = 20


@dataclass(frozen=True, kw_only=True, eq=False)
class Forecast(Result):
    """When a running cohort will be ready.

    Parameters
    ----------
    estimates : Estimates
        Terms ``ready_at`` (weeks since each member's own start) and ``weeks_left`` (from now, members who began later
        later); limits are a prediction interval.
    path : DataFrame
        time, estimate, conf_low, conf_high: the share that is proficient, week by week. Empty from a curve.
    probability : float
        Chance of being ready while earlier people were watched. NaN from a curve.
    """

    estimates: Estimates
    path: pd.DataFrame
    probability: float

    def to_frame(self) -> pd.DataFrame:
        return self.estimates.to_frame()

    def get(self, **where: Any) -> Estimate:
        """Return the one estimate whose columns equal `where`, as in ``.get(term="weeks_left")``."""
        return self.estimates.get(**where)


def forecast_ready(
    source: pd.DataFrame | LearningCurve,
    *,
    running: object = None,
    share: float = 0.8,
    of: str = "staying",
    target: float | None = None,
    tenure: float | None = None,
    duration: str = "duration",
    event: str = "event",
    cohort: str = "cohort",
    draws: int = 2000,
    seed: int = 0,
    conf_level: float = 0.95,
) -> Forecast:
    """Predict when `share` of a running cohort will be proficient, from how earlier people fared.

    Parameters
    ----------
    source : DataFrame or LearningCurve
        People as from `proficiency`, the running cohort among them; or a ramp from `learning_curve`.
    running : optional
        Value of `cohort` of the running one (people); the ramp's group (curve, None: the only one).
    share : float
        Share of the cohort that makes it ready.
    of : {"staying", "started"}
        Share of those who have not left unproficient by then, or of all who started.
    target, tenure : float, optional
        From a curve: the mean outcome that is ready, and the cohort's tenure now.
    duration, event, cohort : str
        Columns.
    draws : int
    seed : int
    conf_level : float

    Returns
    -------
    Forecast
        With checks ``history`` (people before), ``cohorts_alike`` (log-rank test among earlier cohorts) and
        ``few_people``. NaN with a note where fewer than half of the draws get there while earlier people were watched;
        an upper limit is NaN where fewer than the upper share do.

    Raises
    ------
    ValueError
        If nobody is in the running cohort, or a share or target is out of range.

    Notes
    -----
    From people: each draw resamples the earlier people, and gives every member of the cohort who is still learning a
    fate from those of them who were still learning at the same tenure. It assumes that this cohort learns, and leaves,
    as earlier ones did: where earlier cohorts differ, so may this one, and the interval is too short. From a curve: the
    time at which the *mean* gets there, with the mean's interval.

    References
    ----------
    Efron (1981), Censored data and the bootstrap, JASA 76:312-319.

    Examples
    --------
    >>> people = pd.DataFrame({"cohort": [1] * 6 + [2] * 4, "duration": [3, 4, 4, 5, 6, 6, 2, 2, 2, 2]})
    >>> people["event"] = ["proficient"] * 6 + ["censored"] * 4
    >>> forecast_ready(people, running=2, share=0.5).get(term="ready_at").estimate
    4.0
    """
    require_level_of_confidence(conf_level)
    require_choice(of, OF, "of")
    if isinstance(source, LearningCurve):
        return _from_curve(source, running, target, tenure)
    if not 0 < share <= 1:
        raise ValueError(f"`share` is {share}. Give a share above 0, up to 1.")
    require_columns(source, [cohort], "source")
    seen = observed(source, duration, event, [cohort])
    require_levels(seen.frame, cohort, [running], "source")
    hit = occurred(seen.frame[event])
    fate = np.where(hit, 1, np.where(gone(seen.frame[event]), 2, 0))
    own = (seen.frame[cohort] == running).to_numpy(dtype=bool)
    about: dict[str, Any] = {
        "conf_level": conf_level,
        "unit": f"units of {duration}",
        "n": len(hit),
        "n_people": headcount(seen.frame.loc[own]),
        "n_people_total": headcount(seen.frame),
        "comparison": "earlier cohorts",
        "method": f"{draws} draws from earlier people's Aalen-Johansen curves, prediction interval",
    }
    checks = (
        *carried_checks(source),
        *_checks(
            seen.frame.loc[~own], headcount(seen.frame.loc[~own]), duration, event, cohort, about["n_people"]
        ),
    )
    goal = f"{share:.0%} of the cohort, {'leavers aside' if of == 'staying' else 'leavers included'}"
    if (~own & (fate > 0)).sum() < 2:
        return _nothing(
            about, goal, "nothing has happened to earlier people yet: there is nothing to go by", checks
        )
    past = fates(seen.time[~own], fate[~own])
    members = Members(seen.time[own], fate[own])
    times, shares, later = draw_paths(past, members, draws, of, share, np.random.default_rng(seed))
    reached = shares >= share - 1e-9
    when = np.where(reached.any(axis=1), times[reached.argmax(axis=1)], np.inf)
    tail = (1 - conf_level) / 2
    path = pd.DataFrame({"time": times, "estimate": np.median(shares, axis=0)})
    path["conf_low"], path["conf_high"] = np.quantile(shares, [tail, 1 - tail], axis=0)
    rows = []
    for term, drawn, since in (("ready_at", when, ""), ("weeks_left", later, ", from now")):
        row: dict[str, Any] = {"term": term, "estimand": f"time until {goal} are proficient{since}"}
        low, middle, high = (float(np.quantile(drawn, q, method="higher")) for q in (tail, 0.5, 1 - tail))
        values = {"estimate": middle, "conf_low": low, "conf_high": high}
        row |= {name: v if math.isfinite(v) else math.nan for name, v in values.items()}
        row["note"] = _note(middle, high, float(past.time[-1]))
        rows.append(about | row)
    chance = float(np.isfinite(when).mean())
    return Forecast(
        estimates=Estimates(table=pd.DataFrame(rows)), path=path, probability=chance, checks=checks
    )


def _note(middle: float, high: float, last: float) -> str:
    if not math.isfinite(middle):
        return f"not within {last:g}, the longest that earlier people were watched, in most draws"
    return (
        ""
        if math.isfinite(high)
        else f"no upper limit within {last:g}, the longest that earlier people were watched"
    )


def _nothing(about: dict[str, Any], goal: str, why: str, checks: tuple[Check, ...]) -> Forecast:
    rows = [
        about
        | {"term": term, "estimand": f"time until {goal} are proficient", "estimate": math.nan, "note": why}
        for term in ("ready_at", "weeks_left")
    ]
    path = pd.DataFrame(columns=["time", "estimate", "conf_low", "conf_high"], dtype=float)
    return Forecast(
        estimates=Estimates(table=pd.DataFrame(rows)), path=path, probability=math.nan, checks=checks
    )


def _checks(
    past: pd.DataFrame, people: int, duration: str, event: str, cohort: str, own: int
) -> tuple[Check, ...]:
    status = "pass" if people >= FEW_BEFORE else "warn" if people >= 2 else "fail"
    history = Check("history", status, f"{people} earlier people to go by; {FEW_BEFORE} or more are wanted.")
    alike = Check(
        "cohorts_alike", "not_run", "One earlier cohort, or too few events, cannot show how cohorts differ."
    )
    if len(past[cohort].unique()) > 1:
        p = time_to_proficiency(past, duration=duration, event=event, by=cohort).log_rank.p_value
        if math.isfinite(p):
            detail = f"Earlier cohorts: log-rank p = {p:.3f}."
            detail += "" if p >= 0.05 else " They differ, and so may this one: the interval is too short."
            alike = Check("cohorts_alike", "pass" if p >= 0.05 else "warn", detail)
    state = "pass" if own >= 5 else "warn"
    return history, alike, Check("few_people", state, f"{own} people in the running cohort.")


def _from_curve(curve: LearningCurve, group: object, target: float | None, tenure: float | None) -> Forecast:
    if target is None:
        raise ValueError("A curve needs `target`: the mean outcome at which the cohort is ready.")
    found = curve.time_to(target).to_frame()
    if group is None and len(found) > 1:
        raise ValueError(f"The curve has {len(found)} groups. Name one in `running`.")
    if group is not None:
        require_levels(found, "group", [group], "source")
        found = found.loc[found["group"] == group]
    row = found.iloc[0].to_dict()
    row |= {"term": "ready_at", "method": f"{row['method']}; where the mean reaches {target:g}"}
    left = dict(row) | {"term": "weeks_left", "estimand": row["estimand"] + ", from now"}
    now = math.nan if tenure is None else float(tenure)
    for name in ("estimate", "conf_low", "conf_high"):
        left[name] = left[name] - now if not left[name] < now else 0.0  # NaN stays; else it is there already
    if tenure is None:
        left["note"] = left["note"] or "the cohort's tenure now was not given"
    drop = {"group"}
    rows = [{k: v for k, v in r.items() if k not in drop} for r in (row, left)]
    path = pd.DataFrame(columns=["time", "estimate", "conf_low", "conf_high"], dtype=float)
    return Forecast(
        estimates=Estimates(table=pd.DataFrame(rows)), path=path, probability=math.nan, checks=curve.checks
    )
