"""Does triage name the causes that were planted, and keep silent where the evidence is thin?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from tests.prove.harness import Proof, reached
from tests.prove.triage_world import PLANTED, World, public, world
from tne.measures.triage import triage

HARMLESS = ("no_problem",) * 8
TWO = (
    "policy_unclear+individual_coaching",
    "update_not_absorbed+individual_coaching",
    "update_not_absorbed+policy_unclear",
    "knowledge+strict_auditor",
    "knowledge+technical",
    "technical+wrong_rubric",
    "no_problem",
    "no_problem",
)


def one(seed: int) -> dict[str, Any]:
    """Return planted and named cause of every area, in markets with more and less to go by."""
    full = world(seed)
    return bare(seed) | {
        "no ratings": named(full, ratings=None),
        "no quiz": named(full, responses=None, items=None),
        "audits alone": named(full, ratings=None, responses=None, items=None, policies=None),
        "two thirds as strong": named(world(seed + 1, size=2 / 3)),
        "half as strong": named(world(seed + 2, size=0.5)),
        "100 audits": named(world(seed + 3, audits=100)),
        **others(seed + 6),
    }


def others(seed: int) -> dict[str, Any]:
    """Return markets of another make than the one that the stated chances were chosen on."""
    five = tuple(map(str, np.random.default_rng(seed).choice(PLANTED, 5, replace=False)))
    makes: dict[str, dict[str, Any]] = {
        "half as strong again": {"size": 1.5},
        "five areas": {"causes": five},
        "twenty areas, thirteen harmless": {"causes": (*PLANTED, *(("no_problem",) * 12))},
        "40 to 1,200 audits": {"audits": (1200, 600, 300, 300, 150, 100, 60, 40)},
        "harmless areas err in 1.5 to 3 %": {"harmless": (0.015, 0.03)},
        "harmless areas err in 18 to 28 %": {"harmless": (0.18, 0.28)},
        "two causes at once": {"causes": TWO},
    }
    return {name: named(world(seed + k, **make)) for k, (name, make) in enumerate(makes.items())}


def bare(seed: int) -> dict[str, Any]:
    """Return the markets that the bars are about."""
    return {
        "300 audits": named(world(seed)),
        "30 audits": named(world(seed + 4, audits=30)),
        "nothing planted": named(world(seed + 5, causes=HARMLESS)),
    }


def named(market: World, **changed: Any) -> list[list[str]]:
    """Return [planted, named] of each area."""
    tables = {"ratings": market.ratings, "responses": market.responses}
    tables |= {"policies": market.policies, "items": market.items}
    found = triage(market.audits, **(tables | changed)).to_frame()
    return [[market.planted[a], c] for a, c in zip(found["policy_area"], found["cause"], strict=True)]


def judge(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Right (one of the planted causes), abstained and wrong in each market, and of each planted cause."""
    outcomes: dict[str, Any] = {}
    for name in rows[0]:
        table = pd.DataFrame([pair for row in rows for pair in row[name]], columns=["planted", "named"])
        causes = table["planted"].map(lambda both: {public(one) for one in both.split("+")})
        right = pd.Series([one in each for one, each in zip(table["named"], causes, strict=True)])
        silent = table["named"] == "cannot_tell"
        share = {"right": right, "silent": silent, "wrong": ~right & ~silent}
        share["another cause"] = share["wrong"] & (table["named"] != "no_problem")  # the others were missed
        outcomes[name] = {word: float(hit.mean()) for word, hit in share.items()}
        outcomes[name]["right by cause"] = right.groupby(table["planted"]).mean().to_dict()
        crossed = pd.crosstab(table["planted"], table["named"], normalize="index")
        if name in ("300 audits", "30 audits"):
            outcomes[name]["confusion"] = crossed.to_dict(orient="index")
    full, few, calm = (outcomes[name] for name in ("300 audits", "30 audits", "nothing planted"))
    unsure = 3 * math.sqrt(0.95 * 0.05 / len(rows))
    bars = {
        "right cause in 90 %": full["right"] >= 0.90,
        "abstains in at most 10 %": full["silent"] <= 0.10,
        "a wrong cause in at most 5 % with 30 audits": few["wrong"] <= 0.05,
        "the harmless area is called harmless in 95 %": (
            full["right by cause"]["no_problem"] >= 0.95 - unsure
        ),
        "a cause is invented in at most 5 % where nothing is planted": calm["wrong"] <= 0.05,
        "a wrong cause in at most 5 % whatever table is missing": all(
            outcomes[name]["wrong"] <= 0.05
            for name in ("no ratings", "no quiz", "audits alone")
            if name in outcomes
        ),
        "another cause than the planted one in at most 5 % in every market": all(
            found["another cause"] <= 0.05 for found in outcomes.values()
        ),
    }
    return {"outcomes": outcomes, "bars": bars, "passed": all(bars.values())}


TRIAGE = Proof(
    name="triage",
    claim="triage names planted causes of errors, abstains where evidence is thin, and invents none",
    covers=(*reached("tne.measures.triage"), "tests/prove/triage_world.py"),
    replications=500,
    one=one,
    judge=judge,
)
