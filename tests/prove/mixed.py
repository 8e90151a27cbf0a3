"""Mixed models on simulated audits and scores: coverage of coefficients, bias of variances, false positives."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from tests.prove.harness import Proof, reached
from tne.measures.mixed import variance_components
from tne.measures.mixed_logit import mixed_logit

TEAMS = 24
TRAINER_SD, SESSION_SD, PERSON_SD, EFFECT = 0.4, 0.3, 1.0, 0.5
TEAM_SD, AUDIT_EFFECT = 0.3, 0.4


def one_linear(seed: int) -> dict[str, Any]:
    """Scores of 24 sessions with 8 trainers (each 3 sessions, 8 people), half the sessions of a new kind."""
    rng = np.random.default_rng(seed)
    data = pd.DataFrame({"session": np.repeat(np.arange(TEAMS), 8)})
    data["trainer"] = data.session % 8
    new = rng.permutation(np.repeat([0, 1], TEAMS // 2))
    data["new"], data["prior"] = new[data.session], rng.normal(size=len(data))
    data["score"] = (
        10
        + EFFECT * data.new
        + 0.5 * data.prior
        + rng.normal(0, TRAINER_SD, 8)[data.trainer]
        + rng.normal(0, SESSION_SD, TEAMS)[data.session]
        + rng.normal(0, PERSON_SD, len(data))
    )
    found = variance_components(data, outcome="score", fixed="new + prior", random=("trainer", "session"))
    rows = found.to_frame().set_index(["group", "term"])
    told = {name: rows.loc[key] for name, key in _LINEAR.items()}
    return {
        name: [float(row.estimate), float(row.conf_low), float(row.conf_high)] for name, row in told.items()
    }


_LINEAR = {
    "session_level": ("fixed", "new"),
    "person_level": ("fixed", "prior"),
    "trainer_sd": ("trainer", "sd"),
    "session_sd": ("session", "sd"),
    "residual_sd": ("residual", "sd"),
    "trainer_variance": ("trainer", "variance"),
    "session_variance": ("session", "variance"),
    "residual_variance": ("residual", "variance"),
}
_TRUTH = {
    "session_level": EFFECT,
    "person_level": 0.5,
    "trainer_sd": TRAINER_SD,
    "session_sd": SESSION_SD,
    "residual_sd": PERSON_SD,
    "trainer_variance": TRAINER_SD**2,
    "session_variance": SESSION_SD**2,
    "residual_variance": PERSON_SD**2,
}


def judge_linear(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Coefficients and standard deviations are covered, coefficients and the residual's variance without bias."""
    outcome: dict[str, float] = {}
    bars: dict[str, bool] = {}
    for name, truth in _TRUTH.items():
        values = np.array([row[name] for row in rows], dtype=float)
        covered = float(((values[:, 1] <= truth) & (truth <= values[:, 2])).mean())
        bias, error = _bias(values[:, 0], truth)
        outcome[f"coverage_{name}"], outcome[f"bias_{name}"], outcome[f"error_{name}"] = covered, bias, error
        if name in ("session_level", "person_level", "residual_sd"):
            bars[f"covers_{name}"] = _covers(covered, len(rows))
        elif name.endswith("_sd"):  # the limit may be 0, where the interval is wider than it need be
            bars[f"covers_{name}"] = covered >= 0.935 - 3 * math.sqrt(0.05 * 0.95 / len(rows))
        if not name.endswith("_sd"):
            bars[f"unbiased_{name}"] = abs(bias) < 3 * error + 0.003
    # a variance cannot fall below 0, which lifts its mean where estimates of 0 are common
    share = float(np.mean([row["session_variance"][0] == 0 for row in rows]))
    outcome["share_session_variance_zero"] = share
    return {"outcomes": outcome, "bars": bars, "passed": all(bars.values())}


def one_audits(seed: int) -> dict[str, Any]:
    """Audits of 24 teams in 3 periods; half are trained before the third; the team's level varies."""
    rng = np.random.default_rng(seed)
    data = pd.DataFrame({"team": np.repeat(np.arange(TEAMS), 3), "period": np.tile([1, 2, 3], TEAMS)})
    trained = rng.permutation(np.repeat([0, 1], TEAMS // 2))[data.team]
    data["trained"], data["kind"] = (
        trained * (data.period == 3),
        rng.permutation(np.repeat([0, 1], 12))[data.team],
    )
    data["n"] = rng.poisson(60, len(data)) + 1
    eta = 1.5 + 0.1 * (data.period == 3) + AUDIT_EFFECT * data.trained + 0.2 * data.kind
    eta = eta + rng.normal(0, TEAM_SD, TEAMS)[data.team]
    data["correct"] = rng.binomial(data.n, special.expit(eta))
    keys = {"successes": "correct", "trials": "n", "random": "team"}
    found = mixed_logit(data, fixed="C(period) + trained + kind", **keys)
    rows = found.to_frame().set_index(["group", "term"])
    told = {"trained": ("fixed", "trained"), "kind": ("fixed", "kind"), "sd": ("team", "sd")}
    return {
        name: [float(rows.loc[key].estimate), float(rows.loc[key].conf_low), float(rows.loc[key].conf_high)]
        for name, key in told.items()
    }


def judge_audits(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The effect of training within teams and the difference between kinds of teams are covered."""
    outcome: dict[str, float] = {}
    bars: dict[str, bool] = {}
    for name, truth in {"trained": AUDIT_EFFECT, "kind": 0.2, "sd": TEAM_SD}.items():
        values = np.array([row[name] for row in rows], dtype=float)
        covered = float(((values[:, 1] <= truth) & (truth <= values[:, 2])).mean())
        bias, error = _bias(values[:, 0], truth)
        outcome[f"coverage_{name}"], outcome[f"bias_{name}"], outcome[f"error_{name}"] = covered, bias, error
        bars[f"covers_{name}"] = _covers(covered, len(rows))
        if name != "sd":  # maximum likelihood understates a standard deviation by about one part in the teams
            bars[f"unbiased_{name}"] = abs(bias) < 3 * error + 0.003
    return {"outcomes": outcome, "bars": bars, "passed": all(bars.values())}


def _bias(values: np.ndarray, truth: float) -> tuple[float, float]:
    return float(values.mean() - truth), float(values.std(ddof=1) / math.sqrt(len(values)))


def _covers(covered: float, count: int) -> bool:
    slack = 3 * math.sqrt(0.05 * 0.95 / count)
    return 0.935 - slack <= covered <= 0.965 + slack


COMPONENTS = Proof(
    name="variance_components",
    claim="24 sessions with 8 trainers: coefficients and standard deviations are covered, coefficients unbiased",
    covers=reached("tne.measures.mixed"),
    replications=500,
    one=one_linear,
    judge=judge_linear,
)
AUDITS = Proof(
    name="mixed_logit",
    claim="Audit counts of 24 teams: the effect of training is covered and unbiased",
    covers=reached("tne.measures.mixed_logit"),
    replications=500,
    one=one_audits,
    judge=judge_audits,
)
