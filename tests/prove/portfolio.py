"""A company in which no training works: does its portfolio recommend any, and do its pooled intervals hold nothing?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from scipy import stats

import tne
from tests.prove.harness import Proof, reached
from tne import simulate
from tne.simulate.programmes import PROGRAMMES

GOOD = ("scale", "keep")
JUDGED = tuple(p for p in PROGRAMMES if p.kind != "onboarding")
NOTHING = dict.fromkeys((p.code for p in JUDGED), 0.0)


def one(seed: int, markets: Mapping[str, int] | None = None) -> dict[str, Any]:
    """Judge every programme of a company without effects in every market, as the report does, and pool the markets."""
    demo = simulate.demo(seed=seed, only=("audits",), effects=NOTHING, markets=markets)
    ws = tne.Workspace.from_frames(demo.tables, config=demo.config, plans=demo.plans)
    voice = tne.say.voice({"market": "all", "language": "en"}, report="portfolio", as_of=ws.as_of)
    names = {str(code): str(code) for code in ws.markets["market"]}
    effects = {}
    for code in NOTHING:
        panel, about = ws.panel(code), {"programme": ws.programme(code), "plan": ws.plan(code)}
        for market in sorted(panel.loc[panel["cohort"].notna(), "market"].unique()):
            shared = {"market": market, "n_primary": ws.n_primary, "as_of": ws.as_of}
            effects[code, market] = tne.primary_effect(panel, **about, **shared)
    found = tne.say.poolable(voice, effects, names)
    pools = {name: tne.pool(part) for name, part in found.groupby("programme_id") if len(part) > 1}
    items = tne.say.overall(voice, effects, pools, names)
    tests = (
        tne.adjust_p(tne.say.exploratory(voice, found, pools)) if pools else pd.DataFrame({"p_adjusted": []})
    )
    return {
        "good": [list(key) for key, effect in effects.items() if effect.decision.action in GOOD],
        "told": [item.programme_id for item in items if item.state in ("effective", "mixed")],
        "pooled": {
            name: [pool.mean.estimate, pool.mean.conf_low, pool.mean.conf_high, *pool.prediction]
            for name, pool in pools.items()
        },
        "stand_out": int((tests["p_adjusted"] < 0.05).sum()),
    }


def judge(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """At most 2 % of the portfolios scale or keep anything, the page says so of no other; pooled intervals hold 0."""
    runs = len(rows)
    pooled = pd.DataFrame(
        [values for row in rows for values in row["pooled"].values()],
        columns=["estimate", "low", "high", "further_low", "further_high"],
    )
    covered = (pooled["low"] <= 0) & (pooled["high"] >= 0)
    slack = 3 * math.sqrt(0.05 * 0.95 / max(len(pooled), 1))
    good = sum(bool(row["good"]) for row in rows)
    exact = stats.binomtest(good, runs).proportion_ci(0.95, "exact")
    outcomes = {
        "portfolios_that_scale_or_keep": good / runs,
        "their_95_percent_interval": [float(exact.low), float(exact.high)],
        "portfolios_told_as_effective": sum(bool(row["told"]) for row in rows) / runs,
        "told_where_no_market_was_effective": sum(bool(row["told"]) and not row["good"] for row in rows),
        "pooled_effects": len(pooled),
        "pooled_coverage": float(covered.mean()),
        "pooled_bias": float(pooled["estimate"].mean()),
        "portfolios_in_which_a_pooled_effect_stands_out": sum(row["stand_out"] > 0 for row in rows) / runs,
    }
    bars = {
        "scale_or_keep_in_at_most_2_percent": good / runs <= 0.02,
        "told_only_where_a_market_says_so": outcomes["told_where_no_market_was_effective"] == 0,
        "pooled_coverage_at_least_935": outcomes["pooled_coverage"] >= 0.935 - slack,
    }
    return {"runs": runs, "outcomes": outcomes, "bars": bars, "passed": all(bars.values())}


PORTFOLIO = Proof(
    name="portfolio",
    claim="where no training works, at most 2 % of portfolios recommend to scale or keep any; pooled intervals hold",
    covers=(
        *reached("tne.measures.primary", "tne.measures.pool", "tne.measures.pooling", "tne.simulate"),
        *reached("tne.tables.panel"),
        "src/tne/tables/sql/*.sql",
        # what the page says of a programme; how it is drawn and worded changes no share
        "src/tne/report/portfolio_programme.py",
        "src/tne/report/portfolio_effects.py",
    ),
    replications=500,
    one=one,
    judge=judge,
)
