"""Do intervals for times to proficiency, shares, ratios and learning curves hold the truth, leavers and all?"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from tests.prove.harness import Proof, reached
from tests.prove.reliability import covered
from tne.measures.forecast import forecast_ready
from tne.measures.hazard import hazard_ratio
from tne.measures.incidence import cumulative_incidence
from tne.measures.proficiency import proficiency, proficiency_bias
from tne.measures.ramp import learning_curve
from tne.measures.survival import time_to_proficiency

PEOPLE = 120
MEDIAN, SHAPE = 12.0, 1.6  # weeks to proficiency: Weibull
LEAVING = 0.031  # a week: 30 % leave before they are proficient
GOOD, GONE = 0.09, 0.035  # constant weekly rates of the competing ends
RATIO, SLOPE = math.log(1.7), 0.4  # log hazard ratios of coached people and of a test score
RISE, TAU, LEVEL, SPREAD = 0.8, 8.0, 1.9, 0.47  # the demo's ramp, in log-odds
CALL = {"duration": "duration", "event": "event"}
RULE = {"accuracy": 0.85, "k": 4, "rule": "lower_limit"}


def one(seed: int) -> dict[str, Any]:
    """One company in six respects; each key holds [covered or alarmed, error]."""
    rng = np.random.default_rng(seed)
    return _times(rng) | _shares(rng) | _ratios(rng) | _ramps(rng) | _rule(rng) | _forecast(rng)


def _times(rng: np.random.Generator) -> dict[str, Any]:
    """Kaplan-Meier with 30 % leavers and people hired in waves, so that some are still learning."""
    scale = MEDIAN / math.log(2) ** (1 / SHAPE)
    true, left = scale * rng.weibull(SHAPE, PEOPLE), rng.exponential(1 / LEAVING, PEOPLE)
    stop = rng.uniform(20, 52, PEOPLE)
    time = np.minimum(np.minimum(true, left), stop)
    kind = np.where(true <= time, "proficient", np.where(left <= time, "left", "censored"))
    people = pd.DataFrame({"duration": time, "event": kind, "group": rng.integers(0, 2, PEOPLE)})
    found = time_to_proficiency(people, **CALL, horizon=20)
    out = {
        f"{term} under leavers": _hit(found.get(term=term), scale * (-math.log(1 - share)) ** (1 / SHAPE))
        for term, share in (("quartile_25", 0.25), ("median", 0.5))
    }
    week = np.linspace(0, 20, 4001)
    mean = float(np.trapezoid(np.exp(-((week / scale) ** SHAPE)), week))
    out["restricted mean"] = _hit(found.get(term="restricted_mean"), mean)
    pair = time_to_proficiency(people, **CALL, by="group", horizon=20)
    out["log-rank alarm"] = [bool(pair.log_rank.p_value < 0.05), 0.0]
    out["difference of means"] = _hit(next(iter(pair.differences)), 0.0)
    naive = float(np.median(time[kind == "proficient"]))  # those who got there, as if nobody else had been
    return out | {
        "naive median": [None, naive - MEDIAN],
        "left share": [None, float((kind == "left").mean())],
    }


def _shares(rng: np.random.Generator) -> dict[str, Any]:
    """Aalen-Johansen in whole weeks."""
    time = np.ceil(rng.exponential(1 / (GOOD + GONE), PEOPLE))
    kind = np.where(rng.random(PEOPLE) < GOOD / (GOOD + GONE), "proficient", "left")
    stop = rng.integers(6, 40, PEOPLE)
    people = pd.DataFrame(
        {"duration": np.minimum(time, stop), "event": np.where(time <= stop, kind, "censored")}
    )
    found = cumulative_incidence(people, **CALL, times=10)
    ended = 1 - math.exp(-10 * (GOOD + GONE))
    return {
        f"incidence of {cause}": _hit(found.get(cause=cause), ended * rate / (GOOD + GONE))
        for cause, rate in (("proficient", GOOD), ("left", GONE))
    }


def _ratios(rng: np.random.Generator) -> dict[str, Any]:
    """Cox in whole weeks, hence with ties."""
    people = pd.DataFrame({"coached": rng.integers(0, 2, PEOPLE), "score": rng.normal(size=PEOPLE)})
    rate = 0.05 * np.exp(RATIO * people["coached"] + SLOPE * people["score"])
    time, stop = np.ceil(rng.exponential(1 / rate) * 2), rng.integers(20, 80, PEOPLE)
    people = people.assign(duration=np.minimum(time, stop), event=time <= stop)
    found = hazard_ratio(people, **CALL, covariates=["coached", "score"])
    drift = found.proportional_hazards.set_index("covariate")["p_value"]
    noise = hazard_ratio(people.assign(noise=rng.normal(size=PEOPLE)), **CALL, covariates=["noise", "score"])
    return {
        "hazard ratio": _hit(found.coefficients.get(term="coached"), RATIO),
        "hazard slope": _hit(found.coefficients.get(term="score"), SLOPE),
        "proportional hazards alarm": [bool(drift["GLOBAL"] < 0.05), 0.0],
        "covariate alarm": [bool(noise.coefficients.get(term="noise").p_value < 0.05), 0.0],
    }


def _weeks(rng: np.random.Generator, people: int, weeks: int, stay: np.ndarray) -> pd.DataFrame:
    """Audits of people on the demo's ramp, until they leave."""
    tenure = np.arange(1, weeks + 1)
    level = rng.normal(LEVEL, SPREAD, (people, 1))
    n = rng.poisson(12, (people, weeks)) + 1
    right = rng.binomial(n, special.expit(level - RISE * np.exp(-tenure / TAU)))
    frame = pd.DataFrame(
        {
            "moderator_id": np.repeat(np.arange(people), weeks),
            "tenure_weeks": np.tile(tenure, people),
            "n": n.ravel(),
            "n_correct": right.ravel(),
        }
    )
    return frame.loc[frame["tenure_weeks"] <= np.repeat(stay, weeks)].assign(
        period=lambda f: f["tenure_weeks"]
    )


def _ramps(rng: np.random.Generator) -> dict[str, Any]:
    """The demo's learning curve with people who leave, and a curve of weekly means."""
    stay = np.minimum(rng.geometric(0.01, 60), 40)
    frame = _weeks(rng, 60, 40, stay)
    call = {"outcome": "n_correct", "tenure": "tenure_weeks", "trials": "n"}
    found = learning_curve(frame, **call, person="moderator_id")
    week = np.arange(1, 41.0)
    means = 0.9 - 0.3 * np.exp(-week / 6) + rng.normal(0, 0.02, 40)
    plain = learning_curve(pd.DataFrame({"week": week, "share": means}), outcome="share", tenure="week")
    line = 0.7 + 0.003 * week + rng.normal(0, 0.02, 40)
    straight = learning_curve(pd.DataFrame({"week": week, "share": line}), outcome="share", tenure="week")
    ramp = {"plateau": LEVEL, "rise": RISE, "tau": TAU}
    out = {f"ramp {term}": _hit(found.get(term=term), value) for term, value in ramp.items()}
    for term, value in (("plateau", 0.9), ("rise", 0.3), ("tau", 6.0)):
        out[f"means {term}"] = _hit(plain.get(term=term), value)
    out["means time to .85"] = _hit(next(iter(plain.time_to(0.85))), 6 * math.log(6))
    return out | {"plateau of a line": [bool(not math.isnan(straight.get(term="plateau").estimate)), 0.0]}


@cache
def _rule_median() -> float:
    truth = proficiency_bias(
        plateau=float(special.expit(LEVEL)), rise=RISE, tau=TAU, spread=SPREAD, audits=13, **RULE
    )
    return float(truth.set_index("term").loc["median", "rule"])


def _rule(rng: np.random.Generator) -> dict[str, Any]:
    """The rule on audits, with 30 % leavers: the median week in which it is met, were nobody to leave."""
    left = rng.geometric(LEAVING, PEOPLE)
    people = pd.DataFrame({"moderator_id": range(PEOPLE), "cohort": 0.0, "duration": np.minimum(left, 40.0)})
    weeks = _weeks(rng, PEOPLE, 40, people["duration"].to_numpy())
    frame = proficiency(weeks, **RULE, people=people.assign(event=left < 40), first_period=0)
    found = time_to_proficiency(frame, **CALL).get(term="median")
    return {"median of the rule": _hit(found, _rule_median())}


def _forecast(rng: np.random.Generator) -> dict[str, Any]:
    """When 70 % of a cohort of 20 will be there, seen from its fourth week."""
    rows = []
    for cohort, people, stop in ((1, 60, 80.0), (2, 40, 60.0), (9, 20, 4.0)):
        good, gone = rng.geometric(GOOD, people), rng.geometric(0.02, people)
        time = np.minimum(good, gone)
        kind = np.where(good <= gone, "proficient", "left")
        rows.append(pd.DataFrame({"cohort": cohort, "time": time, "kind": kind, "stop": stop}))
    people = pd.concat(rows, ignore_index=True)
    people["duration"] = np.minimum(people["time"], people["stop"])
    people["event"] = np.where(people["time"] <= people["stop"], people["kind"], "censored")
    found = forecast_ready(people, running=9, share=0.7, draws=400, seed=int(rng.integers(1 << 30)))
    own = people.loc[people["cohort"] == 9]
    week = np.arange(1, 200)
    there = ((own["time"].to_numpy() <= week[:, None]) & (own["kind"] == "proficient").to_numpy()).sum(axis=1)
    gone = ((own["time"].to_numpy() <= week[:, None]) & (own["kind"] == "left").to_numpy()).sum(axis=1)
    share = there / np.maximum(20 - gone, 1)
    when = float(week[np.argmax(share >= 0.7)]) if (share >= 0.7).any() else math.inf
    row = found.get(term="ready_at")
    high = math.inf if math.isnan(row.conf_high) else row.conf_high
    return {"forecast": [bool(row.conf_low <= when <= high), float(row.estimate - min(when, 199))]}


def _hit(estimate: Any, value: float) -> list[Any]:
    """Whether the interval holds `value`; a limit that a band never reaches is infinite."""
    if math.isnan(estimate.estimate):
        return [None, None]
    low = -math.inf if math.isnan(estimate.conf_low) else estimate.conf_low
    high = math.inf if math.isnan(estimate.conf_high) else estimate.conf_high
    return [bool(low <= value <= high), float(estimate.estimate - value)]


# whole weeks make an interval hold more than it says: only too little would be wrong
COARSE = ("median of the rule", "forecast")


def judge(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Coverage where an interval is defined (at least 99 %), false alarms, and the naive median's miss."""
    outcomes, bars = {}, {}
    for name in rows[0]:
        known = [row[name] for row in rows if row[name][1] is not None]
        n, error = len(known), np.array([e for _, e in known])
        if known[0][0] is None:
            outcomes[name] = {"mean": float(error.mean())}
            continue
        hits = sum(bool(hit) for hit, _ in known)
        if "alarm" in name or name == "plateau of a line":
            outcomes[name] = {"false_positives": hits / n}
            bars[name] = hits / n <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / n)
            continue
        outcomes[name] = {"coverage": hits / n, "bias": float(error.mean()), "undefined": 1 - n / len(rows)}
        enough = hits / n >= 0.935 - 3 * math.sqrt(0.05 * 0.95 / n)
        bars[name] = (enough if name in COARSE else covered(hits, n)) and n >= 0.99 * len(rows)
    return {"outcomes": outcomes, "bars": bars, "passed": all(bars.values())}


PROFICIENCY = Proof(
    name="proficiency",
    claim="intervals for times to proficiency, shares, ratios of rates and ramps hold the truth, leavers and all",
    covers=reached(
        "tne.measures.survival",
        "tne.measures.incidence",
        "tne.measures.hazard",
        "tne.measures.ramp",
        "tne.measures.proficiency",
        "tne.measures.forecast",
    ),
    replications=2000,
    one=one,
    judge=judge,
)
