"""Surveys on simulated truth: non-response by site, small groups, sessions, ordered answers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

import tne
from tests.prove.harness import Proof, reached

SITES, RESPONSE, SHIFT, INVITED = list("abcd"), (0.80, 0.60, 0.60, 0.25), (0.3, 0.0, 0.0, -0.4), 60
SIZES = (12, 40, 150)
SESSIONS, PER_SESSION = 20, 8
CUTS, SLOPES = np.array([-1.0, 0.2, 1.5]), np.array([0.6, 1.0])


def covered(low: float, high: float, truth: float) -> float:
    """Return 1 or 0, NaN where there is no interval."""
    return math.nan if math.isnan(low) else float(low - 1e-12 <= truth <= high + 1e-12)


def coverage(hits: list[float]) -> dict[str, Any]:
    """Return the share of intervals that hold the truth, whether it is near .95, and how many there were."""
    found = [hit for hit in hits if hit is not None and not math.isnan(hit)]
    slack = 3 * math.sqrt(0.95 * 0.05 / len(found))
    share = sum(found) / len(found)
    return {"coverage": share, "count": len(found), "passed": 0.935 - slack <= share <= 0.965 + slack}


def unbiased(errors: list[float]) -> dict[str, Any]:
    """Return mean error, its Monte-Carlo error, and whether |bias| < 3 of them + .003."""
    error = float(np.std(errors, ddof=1) / math.sqrt(len(errors)))
    bias = float(np.mean(errors))
    return {"bias": bias, "error": error, "passed": abs(bias) < 3 * error + 0.003}


def answers(values: np.ndarray, low: float, high: float, **columns: Any) -> pd.DataFrame:
    """Return a survey of one construct, one answer a person."""
    frame = {
        "response_id": np.arange(len(values)),
        "construct": "satisfaction",
        "value": values.astype(float),
    }
    return pd.DataFrame(frame | {"scale_min": low, "scale_max": high} | columns)


def one_nonresponse(seed: int) -> dict[str, Any]:
    """S6: four sites, response .80/.60/.60/.25, satisfaction 3.2 + .3/0/0/−.4; and the same with even response."""
    rng = np.random.default_rng(seed)
    site = np.repeat(SITES, INVITED)
    latent = 3.2 + np.repeat(SHIFT, INVITED) + rng.normal(0, 0.9, len(site))
    value = np.clip(np.round(latent), 1, 5)
    truth = {"mean": value.mean(), "top_box": (value == 5).mean(), "net_score": np.sign(value - 3).mean()}
    answered = rng.uniform(size=len(site)) < np.repeat(RESPONSE, INVITED)
    found, warned = summary(value, site, answered)
    out: dict[str, Any] = {"s6_warns": warned}
    for term, true in truth.items():
        row = found.loc[f"poststratified_{term}"]
        out[f"naive_{term}"] = float(found.loc[term, "estimate"] - true)
        out[f"error_{term}"] = float(row["estimate"] - true)
        out[f"covers_{term}"] = covered(row["conf_low"], row["conf_high"], true)
    out["even_warns"] = None
    if seed % 10 == 0:  # the same number at every site: nothing to warn of
        out["even_warns"] = summary(value, site, np.tile(rng.permutation(INVITED) < 45, len(SITES)))[1]
    return out


def summary(value: np.ndarray, site: np.ndarray, answered: np.ndarray) -> tuple[pd.DataFrame, float]:
    """Return the rows of the survey by term, and whether its non-response is warned of."""
    frame = answers(value[answered], 1, 5, site=site[answered])
    result = tne.survey_summary(frame, by=(), strata="site", population=dict.fromkeys(SITES, INVITED))
    warned = {c.name: c.status for c in result.checks}["nonresponse"] == "warn"
    return result.table.set_index("term"), float(warned)


def judge_nonresponse(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Post-stratified numbers are unbiased and cover; the naive mean is biased by .088 and warned of."""
    table = pd.DataFrame(rows)
    terms = ("mean", "top_box", "net_score")
    outcomes: dict[str, Any] = {f"bias_{t}": unbiased(list(table[f"error_{t}"])) for t in terms}
    outcomes |= {f"coverage_{t}": coverage(list(table[f"covers_{t}"])) for t in terms}
    bars = {name: found["passed"] for name, found in outcomes.items()}
    outcomes["naive_bias"] = float(table["naive_mean"].mean())
    outcomes["warned"] = {"s6": float(table["s6_warns"].mean()), "even": float(table["even_warns"].mean())}
    bars["naive_mean_is_biased"] = outcomes["naive_bias"] > 0.06
    bars["naive_mean_is_warned_of"] = outcomes["warned"]["s6"] == 1
    bars["even_response_is_not"] = outcomes["warned"]["even"] == 0
    return {"outcomes": outcomes, "bars": bars, "passed": all(bars.values())}


def one_intervals(seed: int) -> dict[str, Any]:
    """Groups of 12, 40 and 150 with shares of their own; and sessions whose people think alike."""
    rng = np.random.default_rng(seed)
    parts, truth = [], {}
    for size in SIZES:
        p = rng.dirichlet([1, 1, 2, 3, 2])
        parts.append(pd.DataFrame({"value": rng.choice(5, size, p=p) + 1, "group": str(size)}))
        truth[str(size)] = (p @ np.arange(1, 6), p[4], p[3] + p[4] - p[0] - p[1])
    people = pd.concat(parts)
    frame = answers(people["value"].to_numpy(), 1, 5, group=people["group"].to_numpy())
    found = tne.survey_summary(frame, by="group").table.set_index(["group", "term"])
    out = {}
    for group, true in truth.items():
        for term, value in zip(("mean", "top_box", "net_score"), true, strict=True):
            row = found.loc[(group, term)]
            out[f"{term}_{group}"] = covered(row["conf_low"], row["conf_high"], value)
    session = np.repeat(np.arange(SESSIONS), PER_SESSION)
    latent = 3.6 + rng.normal(0, 0.4, SESSIONS)[session] + rng.normal(0, 0.8, len(session))
    frame = answers(np.clip(np.round(latent), 1, 5), 1, 5, session=session)
    p = np.diff(stats.norm.cdf([-np.inf, 1.5, 2.5, 3.5, 4.5, np.inf], 3.6, math.sqrt(0.8)))
    true = (p @ np.arange(1, 6), p[4], p[3] + p[4] - p[0] - p[1])
    found = tne.survey_summary(frame, by=(), clusters="session").table.set_index("term")
    for term, value in zip(("mean", "top_box", "net_score"), true, strict=True):
        row = found.loc[term]
        out[f"{term}_sessions"] = covered(row["conf_low"], row["conf_high"], value)
    return {name: None if math.isnan(hit) else hit for name, hit in out.items()}


def judge_intervals(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Every interval covers; t intervals of the mean are only asked of 40 and more, answers being skewed."""
    table = pd.DataFrame(rows)
    outcomes = {name: coverage(list(table[name])) for name in table.columns}
    bars = {name: found["passed"] for name, found in outcomes.items() if name != "mean_12"}
    return {"outcomes": outcomes, "bars": bars, "passed": all(bars.values())}


def one_ordered(seed: int) -> dict[str, Any]:
    """200 people in three markets: proportional odds hold."""
    rng = np.random.default_rng(seed)
    market = rng.choice(3, 200, p=[0.4, 0.3, 0.3])
    latent = np.array([0.0, *SLOPES])[market] + rng.logistic(size=200)
    data = pd.DataFrame(
        {"answer": np.digitize(latent, CUTS) + 1, "market": np.array(["A", "B", "C"])[market]}
    )
    result = tne.ordered_logit(data, formula="answer ~ market")
    found = result.to_frame().set_index("term")
    truth = {"marketB": SLOPES[0], "marketC": SLOPES[1]} | dict(zip(("1|2", "2|3", "3|4"), CUTS, strict=True))
    out: dict[str, Any] = {}
    for term, value in truth.items():
        row = found.loc[term]
        out[f"covers_{term}"] = covered(row["conf_low"], row["conf_high"], value)
    test = result.proportional_odds.p_value
    out["false_alarm"] = None if math.isnan(test) else float(test < 0.05)
    return out


def judge_ordered(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Coefficients and cut points cover; Brant's test raises a false alarm in at most .05."""
    table = pd.DataFrame(rows)
    outcomes: dict[str, Any] = {n: coverage(list(table[n])) for n in table.columns if n.startswith("covers_")}
    bars = {name: found["passed"] for name, found in outcomes.items()}
    alarms = table["false_alarm"].dropna()
    outcomes["false_alarms"] = float(alarms.mean())
    bars["false_alarms"] = outcomes["false_alarms"] <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / len(alarms))
    return {"outcomes": outcomes, "bars": bars, "passed": all(bars.values())}


NONRESPONSE = Proof(
    name="survey_nonresponse",
    claim="Where unhappy sites answer less, post-stratified numbers are unbiased and cover, and the plain mean warns",
    covers=reached("tne.measures.reaction"),
    replications=2000,
    one=one_nonresponse,
    judge=judge_nonresponse,
)
INTERVALS = Proof(
    name="survey_intervals",
    claim="Intervals of mean, top-box and net score cover in groups of 12, 40 and 150 and with sessions",
    covers=reached("tne.measures.reaction"),
    replications=2000,
    one=one_intervals,
    judge=judge_intervals,
)
ORDERED = Proof(
    name="ordered_logit",
    claim="Coefficients and cut points of the proportional odds model cover, and Brant's test keeps its level",
    covers=reached("tne.measures.ordered"),
    replications=500,
    one=one_ordered,
    judge=judge_ordered,
)
