"""Trainers with a known spread: is it found, covered, and are shrunken effects the better ones?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from tests.prove.harness import Proof, reached
from tests.prove.reliability import covered
from tne.measures.modality import modality_effects
from tne.measures.trainers import trainer_effects

TRAINERS, SESSIONS, SEATS, TEAMS = 8, 4, 9, 12
BETWEEN, WITHIN, TEAM_SD, PERSON_SD, SLOPE = 0.4, 0.2, 0.25, 0.8, 0.6
LED = 0.3  # what a trainer adds to e-learning
MODEL = {"outcome": "post", "baseline": "pre", "session": "session_id", "team": "team"}


def taught(rng: np.random.Generator, between: float) -> tuple[pd.DataFrame, np.ndarray]:
    """People of twelve teams in sessions of unequal size; trainers hold two to six sessions each."""
    held = rng.permutation(np.repeat([2, 3, 4, 5, 6, 4, 3, 5], 1))
    of = np.repeat(np.arange(TRAINERS), held)
    size = rng.integers(SEATS - 4, SEATS + 5, len(of))
    session = np.repeat(np.arange(len(of)), size)
    trainer, team = of[session], rng.integers(0, TEAMS, len(session))
    effect = rng.normal(0, between, TRAINERS) if between else np.zeros(TRAINERS)
    pre = rng.normal(0, 1, len(session)) + 0.3 * rng.normal(0, 1, TEAMS)[team]
    post = 10 + SLOPE * pre + effect[trainer] + rng.normal(0, WITHIN, len(of))[session]
    post = post + rng.normal(0, TEAM_SD, TEAMS)[team] + rng.normal(0, PERSON_SD, len(session))
    people = pd.DataFrame(
        {"trainer_id": trainer, "session_id": session, "team": team, "pre": pre, "post": post}
    )
    return people, effect


def one(seed: int) -> dict[str, Any]:
    """Trainers who differ, trainers who do not, and two modalities that differ."""
    rng = np.random.default_rng(seed)
    people, effect = taught(rng, BETWEEN)
    found = trainer_effects(people, **MODEL)
    sd = found.estimates.get(term="trainer_sd")
    own, away = found.desk(), effect - effect.mean()
    null = trainer_effects(taught(rng, 0.0)[0], **MODEL)
    none = null.estimates.get(term="trainer_sd")
    told = null.funnel()
    return {
        "sd": [sd.estimate, sd.conf_low, sd.conf_high],
        "found": sd.p_value < 0.05,
        "own_covered": int(((own["conf_low"] <= away) & (away <= own["conf_high"])).sum()),
        "own_known": int(own["conf_low"].notna().sum()),
        "shrunken_error": float(((own["estimate"] - away) ** 2).sum()),
        "raw_error": float(((own["raw"] - away) ** 2).sum()),
        "null_alarm": none.p_value < 0.05,
        "null_covered": none.conf_low == 0,
        "null_outside": int((told["outside"] == 0.998).sum()),
        "null_drawn": len(told),
        **modalities(rng),
    }


def modalities(rng: np.random.Generator) -> dict[str, Any]:
    """Six trainers of twelve teams, and e-learning in which nobody shares anything; two modalities that are alike."""
    led, _ = taught(rng, BETWEEN / 2)
    led = led[led["trainer_id"] < 6].assign(modality="instructor_led")
    alone = taught(rng, 0.0)[0].assign(trainer_id=np.nan, modality="e_learning", team=np.nan)
    alone["post"] = 10 - LED + SLOPE * alone["pre"] + rng.normal(0, PERSON_SD, len(alone))
    people = pd.concat([led, alone], ignore_index=True)
    pair = modality_effects(people, trainer="trainer_id", **MODEL).to_frame().iloc[0]
    alike = taught(rng, BETWEEN / 2)[0]  # four trainers each, teams in both
    alike["modality"] = np.where(alike["trainer_id"] % 2, "blended", "instructor_led")
    same = modality_effects(alike, trainer="trainer_id", **MODEL).to_frame().iloc[0]
    return {
        "modality": [float(pair["estimate"]), float(pair["conf_low"]), float(pair["conf_high"])],
        "modality_alarm": bool(same["p_value"] < 0.05),
    }


def judge(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Coverage of spread, own effects and modalities; squared errors; false alarms."""
    count = len(rows)
    sd, pair = np.array([r["sd"] for r in rows]), np.array([r["modality"] for r in rows])
    hit = int(((sd[:, 1] <= BETWEEN) & (sd[:, 2] >= BETWEEN)).sum())
    own = sum(r["own_covered"] for r in rows) / sum(r["own_known"] for r in rows)
    squares = sd[:, 0] ** 2 - BETWEEN**2
    bias, error = float(squares.mean()), float(squares.std(ddof=1) / math.sqrt(count))
    alarm = sum(r["null_alarm"] for r in rows) / count
    outside = sum(r["null_outside"] for r in rows) / sum(r["null_drawn"] for r in rows)
    wrong = sum(r["modality_alarm"] for r in rows) / count
    met = int(((pair[:, 1] <= LED) & (pair[:, 2] >= LED)).sum())
    shift = pair[:, 0] - LED
    shift_error = float(shift.std(ddof=1) / math.sqrt(count))
    slack = 3 * math.sqrt(0.05 * 0.95 / count)
    outcomes = {
        "coverage_sd": hit / count,
        "bias_variance": bias,
        "error_variance": error,
        "power": sum(r["found"] for r in rows) / count,
        "coverage_own": own,
        "squared_error_ratio": sum(r["shrunken_error"] for r in rows) / sum(r["raw_error"] for r in rows),
        "false_positives": alarm,
        "null_coverage": sum(r["null_covered"] for r in rows) / count,
        "null_outside_99_8": outside,
        "coverage_modality": met / count,
        "bias_modality": float(shift.mean()),
        "width_modality": float((pair[:, 2] - pair[:, 1]).mean()),
        "false_positives_modality": wrong,
    }
    bars = {
        "coverage_sd": hit / count >= 0.935 - slack,  # its limit may be 0, where it is wider than it need be
        "bias_variance": abs(bias) < 3 * error + 0.003,
        "coverage_own": 0.935 - slack <= own,
        "squared_error_ratio": outcomes["squared_error_ratio"] < 1,
        "false_positives": alarm <= 0.05 + slack,
        "null_coverage": outcomes["null_coverage"] >= 0.935 - slack,
        "null_outside_99_8": outside <= 0.01,
        "coverage_modality": covered(met, count),
        "false_positives_modality": wrong <= 0.05 + slack,
        "bias_modality": abs(float(shift.mean())) < 3 * shift_error + 0.003,
    }
    return {"outcomes": outcomes, "bars": bars, "passed": all(bars.values())}


TRAINERS_PROOF = Proof(
    name="trainers",
    claim="the spread between trainers is found without bias, none is seen where there is none, shrunken effects beat "
    "raw ones, and modalities are compared with honest errors",
    covers=reached("tne.measures.trainers", "tne.measures.modality"),
    replications=500,
    one=one,
    judge=judge,
)
