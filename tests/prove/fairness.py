"""Comparing languages: how often is a sound test called unfair, and is a bad translation found as often as said?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

import tne
from tests.prove.harness import Proof, reached

ITEMS, SIZES, REPLICATIONS = 12, {"AA": 150, "BB": 150, "CC": 150}, 500
LANGUAGES = {"AA": "de-DE", "BB": "fr-FR", "CC": "pt-BR"}
SLOPE, BAD, POWER, MOST = 1.3, 5, 0.8, 0.05


def answers(rng: np.random.Generator, shift: float = 0.0) -> pd.DataFrame:
    """Three markets that know as much; question 6 harder by `shift` log odds in the third."""
    parts = []
    for market, n in SIZES.items():
        difficulty = SLOPE * np.linspace(-1.8, 1.0, ITEMS)
        difficulty[BAD] += shift if market == "CC" else 0.0
        right = rng.random((n, ITEMS)) < special.expit(SLOPE * rng.normal(size=(n, 1)) - difficulty)
        people = np.repeat([f"{market}{i}" for i in range(n)], ITEMS)
        frame = pd.DataFrame({"moderator_id": people, "item_id": np.tile([f"q{j}" for j in range(ITEMS)], n)})
        parts.append(
            frame.assign(market=market, language=LANGUAGES[market], score=right.astype(float).ravel())
        )
    return pd.concat(parts, ignore_index=True)


def one(seed: int) -> dict[str, Any]:
    """A sound test, and one with a question as bad as the first says it could just find."""
    rng = np.random.default_rng(seed)
    sound = tne.language_fairness(answers(rng), market="CC")
    shift = float(special.logit(0.7) - special.logit(sound.detectable))
    bad = tne.language_fairness(answers(rng, shift), market="CC").table.set_index("item")["flagged"]
    return {
        "alarms": int(sound.table["flagged"].sum()),
        "shift": shift,
        "found": bool(bad[f"q{BAD}"]),
        "others": int(bad.drop(f"q{BAD}").sum()),
    }


def judge(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Hardly ever loud without cause; loud as often as said with one."""
    table = pd.DataFrame(rows)
    n = len(table)
    outcomes = {
        "replications": n,
        "sound_tests_called_unfair": float(table["alarms"].gt(0).mean()),
        "bad_question_found": float(table["found"].mean()),
        "another_question_named_beside_it": float(table["others"].gt(0).mean()),
        "mean_shift_in_log_odds": float(table["shift"].mean()),
    }
    least = POWER - 3 * math.sqrt(POWER * (1 - POWER) / n)
    most = MOST + 3 * math.sqrt(MOST * (1 - MOST) / n)
    bars = {
        "sound_tests_are_left_alone": outcomes["sound_tests_called_unfair"] <= most,
        "found_as_often_as_said": outcomes["bad_question_found"] >= least,
        "others_are_left_alone": outcomes["another_question_named_beside_it"] <= most,
    }
    return {"outcomes": outcomes, "bars": bars, "passed": all(bars.values())}


FAIRNESS = Proof(
    name="fairness",
    claim="A question is called unfair to a language in at most 5 % of sound tests; one as bad as the report names is "
    "found in four of five",
    covers=reached("tne.measures.fairness"),
    replications=REPLICATIONS,
    one=one,
    judge=judge,
)
