"""Does an adjusted difference find the true effect where groups differ, and none where there is none?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from tests.prove.harness import Proof, reached
from tests.prove.reliability import covered
from tne.measures.adjust import Adjusted, adjusted_difference
from tne.measures.designs.selected import targeted
from tne.measures.gain import mean_change

# S1: the weakest 30 % of a month are trained
PEOPLE, AUDITS, EFFECT, SELECTED = 600, 50, 0.02, 0.3
LEVEL, SPREAD = 1.9, 0.45
S1_BIAS = 0.004
# observational: training depends on two confounders, its effect on one of them
N, PULL, STEEP = 500, (0.5, -0.4), 0.5
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(41)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()
_A, _B = np.meshgrid(_NODES, _NODES)
_P = special.expit(PULL[0] * _A + PULL[1] * _B) * np.outer(_WEIGHTS, _WEIGHTS)
TRUE = {"ATE": 1.0, "ATT": 1 + STEEP * float((_P * _A).sum() / _P.sum())}
KEYS = {"outcome": "y", "treatment": "d"}
MODELS = {
    "ipw": {"method": "ipw", "formula": "a + b", "errors": "stacked"},
    "standardization": {"method": "standardization", "formula": "a + b"},
    "aipw": {"method": "aipw", "formula": "a + b"},
    "aipw, propensity wrong": {
        "method": "aipw",
        "formula": "b",
        "outcome_formula": "a + b",
        "errors": "stacked",
    },
    "aipw, outcome wrong": {
        "method": "aipw",
        "formula": "a + b",
        "outcome_formula": "b",
        "errors": "stacked",
    },
}
WRONG = {
    "ipw, propensity wrong": {"method": "ipw", "formula": "b"},
    "standardization, outcome wrong": {"method": "standardization", "formula": "b"},
}
METHODS = ("regression", "ipw", "standardization", "aipw")


def one(seed: int) -> dict[str, Any]:
    """Selection by a low score, with and without an effect; confounded groups; groups made by chance."""
    rng = np.random.default_rng(seed)
    return _selected(rng, EFFECT, "S1") | _selected(rng, 0.0, "S1 null") | _confounded(rng) | _by_chance(rng)


def _selected(rng: np.random.Generator, effect: float, name: str) -> dict[str, Any]:
    p = special.expit(rng.normal(LEVEL, SPREAD, PEOPLE))
    before = rng.binomial(AUDITS, p)
    d = before / AUDITS < np.quantile(before / AUDITS, SELECTED)
    after = rng.binomial(AUDITS, np.minimum(p + effect * d, 1))
    people = pd.DataFrame({"d": d, "pre": before / AUDITS, "y": after / AUDITS})
    keys = KEYS | {"method": "regression", "formula": "pre", "estimand": "ATE"}
    found = adjusted_difference(people, errors="HC2", **keys)
    naive = mean_change(people.loc[d], pre="pre", post="y")
    panel = pd.DataFrame(
        {
            "moderator_id": np.tile(np.arange(PEOPLE), 2),
            "period": np.repeat([1.0, 2.0], PEOPLE),
            "cohort": np.tile(np.where(d, 2.0, np.nan), 2),
            "weighted_correct": np.r_[before, after].astype(float),
            "weight_sum": float(AUDITS),
        }
    )
    default = targeted(panel, baseline=1, window=1, conf_level=0.95)
    states = _states(found)
    return {
        f"{name} adjusted": [found.estimate - effect, bool(found.p_value < 0.05)],
        f"{name} default": [default.effect.estimate / 100 - effect, bool(default.effect.p_value < 0.05)],
        f"{name} before and after": [naive.estimate - effect, bool(naive.p_value < 0.05)],
        f"{name} warned": [
            states["confounding"] == "warn",
            states["overlap"] == "fail",
            {c.name: c.status for c in default.checks}["regression_to_mean"] == "warn",
        ],
    }


def _confounded(rng: np.random.Generator) -> dict[str, Any]:
    people = pd.DataFrame(rng.normal(size=(N, 2)), columns=["a", "b"])
    people["d"] = (rng.random(N) < special.expit(PULL[0] * people.a + PULL[1] * people.b)).astype(int)
    people["y"] = people.a - people.b + (1 + STEEP * people.a) * people.d + rng.normal(size=N)
    out = {}
    for name, model in (MODELS | WRONG).items():
        for estimand in ("ATE", "ATT"):
            out[f"{name} {estimand}"] = _hit(
                adjusted_difference(people, estimand=estimand, **KEYS, **model), TRUE[estimand]
            )
    known = adjusted_difference(people, estimand="ATE", **KEYS, method="ipw", formula="a + b")
    out["ipw, weights known ATE"] = _hit(known, TRUE["ATE"])
    out["plain"] = [_states(known)["confounding"] == "warn", known.naive.estimate - TRUE["ATE"]]
    return out


def _by_chance(rng: np.random.Generator) -> dict[str, Any]:
    people = pd.DataFrame(rng.normal(size=(300, 2)), columns=["a", "b"])
    people["d"] = rng.permutation(np.resize([0, 1], 300))
    people["y"] = people.a - people.b + rng.normal(size=300)
    out: dict[str, Any] = {}
    for method in METHODS:
        how = {"errors": "stacked"} if method in ("ipw", "aipw") else {}
        found = adjusted_difference(people, method=method, formula="a + b", estimand="ATE", **how, **KEYS)
        loud = [n for n, s in _states(found).items() if s in ("warn", "fail")]
        out[f"null {method}"] = [bool(found.p_value < 0.05), len(loud) > 0]
    return out


def _states(result: Adjusted) -> dict[str, str]:
    return {check.name: check.status for check in result.checks}


def _hit(found: Adjusted, value: float) -> list[Any]:
    return [bool(found.conf_low <= value <= found.conf_high), found.estimate - value]


def judge(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Bias, coverage and false alarms of what must hold; the wrong analyses must be wrong and warned about."""
    n = len(rows)
    slack = 3 * math.sqrt(0.05 * 0.95 / n)
    outcomes: dict[str, Any] = {}
    bars: dict[str, bool] = {}
    for name in ("S1 adjusted", "S1 default", "S1 null adjusted", "S1 null default", "S1 before and after"):
        off, alarm = (np.array([row[name][i] for row in rows], dtype=float) for i in (0, 1))
        outcomes[name] = {"bias": off.mean(), "significant": alarm.mean()}
        noise = 3 * off.std(ddof=1) / math.sqrt(n)
        if name == "S1 before and after":
            bars[name] = bool(off.mean() > 0.03)
        elif "null" in name:
            bars[name] = bool(alarm.mean() <= 0.05 + slack)
        else:
            bars[name] = bool(abs(off.mean()) <= S1_BIAS + noise * (n < 500))
    warned = np.mean([row["S1 warned"] for row in rows], axis=0)
    outcomes["S1 warned"] = dict(zip(("confounding", "overlap", "regression_to_mean"), warned, strict=True))
    bars["S1 warned"] = bool((warned[:2] >= 0.95).all() and warned[2] >= 0.8)
    for name in rows[0]:
        if name.startswith(("S1", "null", "plain")):
            continue
        hits, off = sum(row[name][0] for row in rows), np.array([row[name][1] for row in rows])
        outcomes[name] = {"coverage": hits / n, "bias": off.mean()}
        if name.rpartition(" ")[0] in WRONG:
            bars[name] = hits / n < 0.5
        elif name.startswith("ipw, weights known"):  # its errors are too wide, never too narrow
            bars[name] = hits / n >= 0.935 - slack
        else:
            unbiased = abs(off.mean()) < 3 * off.std(ddof=1) / math.sqrt(n) + 0.003
            bars[name] = bool(covered(hits, n) and unbiased)
    outcomes["plain"] = {"warned": np.mean([row["plain"][0] for row in rows])}
    outcomes["plain"]["bias"] = np.mean([row["plain"][1] for row in rows])
    bars["plain"] = bool(outcomes["plain"]["warned"] >= 0.95)
    for method in METHODS:
        alarm, loud = np.mean([row[f"null {method}"] for row in rows], axis=0)
        outcomes[f"null {method}"] = {"false_positives": alarm, "checks_loud": loud}
        bars[f"null {method}"] = bool(alarm <= 0.05 + slack and loud <= 0.05 + slack)
    return {"outcomes": outcomes, "bars": bars, "passed": all(bars.values())}


ADJUST = Proof(
    name="adjust",
    claim="adjusted differences hold the true effect, survive selection by a low score and stay silent by chance",
    covers=reached("tne.measures.adjust", "tne.measures.designs.selected"),
    replications=1000,
    one=one,
    judge=judge,
)
