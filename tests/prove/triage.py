"""Does triage name the causes that were planted, and keep silent where the evidence is thin?"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from tests.prove.harness import Proof, reached
from tests.prove.triage_world import World, public, world
from tne.measures.triage import triage

HARMLESS = ("no_problem",) * 8


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
    }


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
    """Right, abstained and wrong of each market, and of each planted cause; the confusion of the full ones."""
    outcomes: dict[str, Any] = {}
    for name in rows[0]:
        table = pd.DataFrame([pair for row in rows for pair in row[name]], columns=["planted", "named"])
        right = table["planted"].map(public) == table["named"]
        silent = table["named"] == "cannot_tell"
        share = {"right": right, "silent": silent, "wrong": ~right & ~silent}
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
