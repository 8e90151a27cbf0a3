"""Do the regressions with unit and period effects hold the truth where they should, and is it said where not?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from tests.prove.harness import Proof, reached
from tests.prove.reliability import covered
from tne.measures.interaction_weighted import interaction_weighted_att
from tne.measures.two_way import two_way_fixed_effects

PERIODS, SIZE = 20, 40
TIME = np.arange(PERIODS)
# S2: four groups of 40, effects growing .10 / .05 / .02 a period; S2b: everyone trained, all .10
S2 = ((5, 0.10), (9, 0.05), (13, 0.02), (np.inf, 0.0))
S2B = ((4, 0.10), (8, 0.10), (12, 0.10))
NAMES = {"outcome": "y", "unit": "unit", "period": "period"}


def one(seed: int) -> dict[str, Any]:
    """S2 and S2b by interactions; with a covariate and holes; one cohort of few units by two-way effects."""
    rng = np.random.default_rng(seed)
    return _staggered(rng) | _adjusted(rng) | _one_cohort(rng)


def frame(rng: np.random.Generator, groups: tuple, size: int = SIZE, periods: int = PERIODS) -> pd.DataFrame:
    """Units with own levels, a common trend and season, noise .3."""
    start = np.repeat([g for g, _ in groups], size).astype(float)
    step = np.repeat([s for _, s in groups], size)
    unit, period = np.divmod(np.arange(len(start) * periods), periods)
    effect = step[unit] * np.maximum(period - start[unit] + 1, 0) if step.any() else np.zeros(len(unit))
    common = 0.02 * period + 0.05 * np.sin(2 * np.pi * period / 12)
    y = rng.normal(size=len(start))[unit] + common + np.nan_to_num(effect) + rng.normal(0, 0.3, len(unit))
    cohort = np.where(np.isinf(start), np.nan, start)[unit]
    on = period >= start[unit]
    return pd.DataFrame(
        {"unit": unit, "period": period, "cohort": cohort, "on": on, "effect": np.nan_to_num(effect), "y": y}
    )


def _staggered(rng: np.random.Generator) -> dict[str, Any]:
    out = {}
    for name, groups in (("S2", S2), ("S2b", S2B)):
        data = frame(rng, groups)
        found = interaction_weighted_att(data, **NAMES, cohort="cohort")
        # without a never-trained group only periods before the last start are identified
        seen = data["on"] & ((data["period"] < 12) & (data["cohort"] < 12) if name == "S2b" else True)
        out[name] = _hit(found.table.get(term="overall"), data.loc[seen, "effect"].mean())
        naive = two_way_fixed_effects(data, **NAMES, treated="on")
        out[f"{name} naive"] = [
            next(c.status for c in naive.checks if c.name == "staggered_timing") in ("warn", "fail"),
            naive.get(term="on").estimate - data.loc[data["on"], "effect"].mean(),
        ]
    return out


def _adjusted(rng: np.random.Generator) -> dict[str, Any]:
    """A covariate that drifts with the training, a fifth of the rows missing, errors that last."""
    data = frame(rng, S2[1:], size=30, periods=16)
    shape = (len(data) // 16, 16)
    noise = rng.normal(0, 0.2, shape)
    for t in range(1, 16):
        noise[:, t] += 0.6 * noise[:, t - 1]
    tenure = rng.normal(size=len(data)) + 0.2 * data["effect"] * 20
    data = data.assign(tenure=tenure, y=data["y"] + 0.5 * tenure + noise.ravel())
    data = data[rng.random(len(data)) < 0.8]
    found = interaction_weighted_att(data, **NAMES, cohort="cohort", covariates=["tenure"])
    relative = data["period"] - data["cohort"]
    return {
        "adjusted": _hit(found.table.get(term="overall"), data.loc[data["on"], "effect"].mean()),
        "adjusted event time 2": _hit(
            found.table.get(event_time=2.0), data.loc[relative == 2, "effect"].mean()
        ),
        "slope": _hit(found.coefficients.get(term="tenure"), 0.5),
        "no effect before": _hit(found.table.get(event_time=-3.0), 0.0),
    }


def _one_cohort(rng: np.random.Generator) -> dict[str, Any]:
    """24 teams of unequal sizes over 10 weeks, half trained in week 5, lasting errors; no effect and one of .5."""
    teams, weeks = 24, 10
    people = 2 + np.arange(teams) % 5
    team = np.repeat(np.arange(teams), people)
    unit, period = np.divmod(np.arange(len(team) * weeks), weeks)
    shock = rng.normal(0, 0.3, (teams, weeks)).cumsum(axis=1)
    y = shock[team[unit], period] + rng.normal(size=len(team))[unit] + rng.normal(0, 0.5, len(unit))
    on = (period >= 5) & (team[unit] % 2 == 0)
    data = pd.DataFrame({"unit": unit, "period": period, "team": team[unit], "on": on, "y": y + 0.5 * on})
    few = two_way_fixed_effects(data, **NAMES, treated="on", cluster="team", errors="CR2")
    flat = two_way_fixed_effects(data.assign(y=y), **NAMES, treated="on", cluster="team", errors="CR2")
    p = flat.get(term="on").p_value
    return {
        "one cohort": _hit(few.get(term="on"), 0.5),
        "alarm": [bool(p < 0.05), flat.get(term="on").estimate],
    }


def _hit(estimate: Any, value: float) -> list[Any]:
    return [bool(estimate.conf_low <= value <= estimate.conf_high), float(estimate.estimate - value)]


def judge(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Coverage and bias; false positives; the naive regression misled and warned about."""
    outcomes, bars, n = {}, {}, len(rows)
    for name in rows[0]:
        hits, off = sum(row[name][0] for row in rows), np.array([row[name][1] for row in rows])
        error = float(off.std(ddof=1) / math.sqrt(n))
        outcomes[name] = {"share": hits / n, "bias": float(off.mean()), "bias_error": error}
        if name.endswith("naive"):
            bars[name] = hits == n and float(off.mean()) < -0.1
        elif name == "alarm":
            bars[name] = hits / n <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / n)
        else:
            bars[name] = covered(hits, n) and abs(float(off.mean())) < 3 * error + 0.003
    return {"outcomes": outcomes, "bars": bars, "passed": all(bars.values())}


TWO_WAY = Proof(
    name="two_way",
    claim="cohort interactions hold the mean effect under staggered training, and the naive regression is warned about",
    covers=reached("tne.measures.two_way", "tne.measures.interaction_weighted"),
    replications=2000,
    one=one,
    judge=judge,
)
