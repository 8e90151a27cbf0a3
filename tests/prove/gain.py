"""Gains told true: normalised gain, shared sessions, people who leave, and the coverage of every interval of change."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from tests.prove.harness import Proof, reached
from tne.measures.adjusted import ancova
from tne.measures.controlled import controlled_change
from tne.measures.gain import mean_change, normalized_gain, standardized_change
from tne.measures.trial import trial

WAVES = {"pre": "pre", "post": "post"}
GAIN = 0.3  # S5
SIZES = (15, 40)  # people in a group of the coverage runs
TRUE = {"mean_change": 0.6, "d_z": 0.6 / math.sqrt(0.8), "d_av": 0.6, "d_pre": 0.6, "normalized_gain": 0.4}
TRUE |= {"d_ppc2": 0.5, "smcr": 0.5, "controlled_change": 0.5}


def one(seed: int) -> dict[str, Any]:
    """One data set of each scenario."""
    rng = np.random.default_rng(seed)
    return {"s3z": _no_gain(rng), "s4": _sessions(rng), "s5": _attrition(rng), "covered": _coverage(rng)}


def _no_gain(rng: np.random.Generator) -> dict[str, Any]:
    """S3z: 400 people, 20 items, theta ~ N(.8, 1), nothing learned."""
    chance = 1 / (1 + np.exp(-1.2 * (rng.normal(0.8, 1, (400, 1)) - np.linspace(-2.5, 0.5, 20))))
    people = pd.DataFrame({wave: (rng.random((400, 20)) < chance).sum(1) for wave in ("pre", "post")})
    means = normalized_gain(people, **WAVES, max_score=20)
    singles = normalized_gain(people, **WAVES, max_score=20, of="individuals")
    return {
        "means": means.estimate,
        "covered": _holds(means, 0.0),
        "individuals": singles.estimate,
        "warned": _status(singles, "individual_gains") == "warn",
    }


def _sessions(rng: np.random.Generator) -> dict[str, Any]:
    """S4: 12 sessions of 20, intraclass correlation .10, half of the sessions trained, no effect."""
    session = np.repeat(np.arange(12), 20)
    shared = rng.normal(0, math.sqrt(0.1), 12)[session]
    pre = rng.normal(size=240)
    people = pd.DataFrame(
        {"pre": pre, "session_id": session, "arm": np.where(session % 2, "trained", "waitlist")}
    )
    people["post"] = shared + rng.normal(0, math.sqrt(0.9), 240)
    changed = people.assign(post=people["pre"] + people["post"])  # a change with that correlation
    arms = {"outcome": "post", "arm": "arm", "control": "waitlist"}
    adjusted = {"outcome": "post", "baseline": "pre", "group": "arm", "reference": "waitlist"}
    found = {}
    for name, cluster in (("naive", None), ("clustered", "session_id")):
        results = {
            "trial": trial(people, **arms, cluster=cluster),
            "ancova": ancova(people, **adjusted, cluster=cluster),
            "mean_change": mean_change(changed, **WAVES, cluster=cluster),
        }
        p = {k: (r.get(group="trained") if k == "ancova" else r).p_value for k, r in results.items()}
        found[name] = {key: value < 0.05 for key, value in p.items()}
        found[f"{name}_warned"] = all(
            any(c.name in ("clusters", "clusters_ignored") and c.status == "warn" for c in r.checks)
            for r in results.values()
        )
    return found


def _attrition(rng: np.random.Generator) -> dict[str, Any]:
    """S5: 800 people, gain .3, P(stay) = expit(1 + 1.2 z_pre)."""
    skill = rng.normal(size=800)
    pre, post = skill + rng.normal(0, 0.5, 800), skill + GAIN + rng.normal(0, 0.5, 800)
    z = (pre - pre.mean()) / pre.std()
    post[rng.random(800) > 1 / (1 + np.exp(-1 - 1.2 * z))] = np.nan
    people = pd.DataFrame({"pre": pre, "post": post})
    ways = {way: mean_change(people, **WAVES, missing=way) for way in ("complete", "weighted", "imputed")}
    return {
        "naive": float(np.nanmean(post) - pre.mean()),
        "estimate": {way: r.estimate for way, r in ways.items()},
        "std_error": {way: r.std_error for way, r in ways.items()},
        "covered": {way: _holds(r, GAIN) for way, r in ways.items()},
        "warned": _status(ways["complete"], "attrition") == "fail",
    }


def _coverage(rng: np.random.Generator) -> dict[str, bool]:
    """Scores that correlate by .6; mean change .6 SD in the trained, .1 in the control group."""
    covered = {}
    for n in SIZES:
        scores = rng.multivariate_normal([0, 0.6], [[1, 0.6], [0.6, 1]], n)
        other = rng.multivariate_normal([0, 0.1], [[1, 0.6], [0.6, 1]], n)
        trained = pd.DataFrame(scores, columns=["pre", "post"])
        both = pd.concat([trained, pd.DataFrame(other, columns=["pre", "post"])]).assign(
            arm=np.repeat(["t", "c"], n)
        )
        start = rng.uniform(30, 80, n)
        course = pd.DataFrame({"pre": start, "post": start + 0.4 * (100 - start) + rng.uniform(-8, 8, n)})
        found = {"mean_change": mean_change(trained, **WAVES)}
        found |= {s: standardized_change(trained, **WAVES, standardizer=s) for s in ("d_z", "d_av", "d_pre")}
        found["normalized_gain"] = normalized_gain(course, **WAVES, max_score=100)
        for method in ("d_ppc2", "smcr"):
            found[method] = controlled_change(both, **WAVES, group="arm", control="c", method=method)
        found["controlled_change"] = found["smcr"].get(term="controlled_change")
        covered |= {f"{name}, {n}": _holds(result, TRUE[name]) for name, result in found.items()}
    return covered


def _holds(result: Any, truth: float) -> bool:
    result = getattr(result, "headline", result)
    return bool(result.conf_low <= truth <= result.conf_high)


def _status(result: Any, name: str) -> str:
    return next(c.status for c in result.checks if c.name == name)


def judge(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Bars scale with the number of replications."""
    n = len(rows)
    slack = 3 * math.sqrt(0.05 * 0.95 / n)
    flat = pd.json_normalize(rows, sep="/")
    mean = flat.mean()
    found = {way: mean[f"s5/estimate/{way}"] - GAIN for way in ("complete", "weighted", "imputed")}
    error = flat.std() / math.sqrt(n)
    covered = {c.removeprefix("covered/"): mean[c] for c in flat if c.startswith("covered/")}
    covered |= {f"S5 {way}": mean[f"s5/covered/{way}"] for way in ("weighted", "imputed")}
    covered["S3z of means"] = mean["s3z/covered"]
    false = {
        kind: {who: mean[f"s4/{kind}/{who}"] for who in ("trial", "ancova", "mean_change")}
        for kind in ("naive", "clustered")
    }
    outcomes = {
        "normalized_gain_of_means": mean["s3z/means"],
        "normalized_gain_of_individuals": mean["s3z/individuals"],
        "false_positives": false,
        "bias_under_attrition": found | {"everyone_before_completers_after": mean["s5/naive"] - GAIN},
        "coverage_of_completers": mean["s5/covered/complete"],
        "standard_error_over_spread": {
            way: mean[f"s5/std_error/{way}"] / flat[f"s5/estimate/{way}"].std()
            for way in ("weighted", "imputed")
        },
        "coverage": covered,
    }
    bars = {
        "gain_of_means_is_unbiased": abs(mean["s3z/means"]) < 3 * error["s3z/means"] + 0.003,
        "individual_gains_warn": mean["s3z/warned"] == 1,
        "false_positives_with_clusters": max(false["clustered"].values()) <= 0.05 + slack,
        "ignored_sessions_warn": mean["s4/naive_warned"] == 1 and mean["s4/clustered_warned"] == 0,
        "attrition_warns": mean["s5/warned"] == 1,
        "attrition_is_repaired": all(
            abs(found[way]) < 3 * error[f"s5/estimate/{way}"] + 0.003 for way in ("weighted", "imputed")
        ),
        "intervals_cover": all(0.935 - slack <= share <= 0.965 + slack for share in covered.values()),
    }
    bars = {name: bool(passed) for name, passed in bars.items()}
    return {"outcomes": _rounded(outcomes), "bars": bars, "passed": all(bars.values())}


def _rounded(value: Any) -> Any:
    return {k: _rounded(v) for k, v in value.items()} if isinstance(value, dict) else round(float(value), 4)


GAINS = Proof(
    name="gain",
    claim="intervals of change cover, sessions and leavers do not mislead, and the naive ways are warned about",
    covers=reached(
        "tne.measures.gain", "tne.measures.controlled", "tne.measures.adjusted", "tne.measures.trial"
    ),
    replications=2000,
    one=one,
    judge=judge,
)
