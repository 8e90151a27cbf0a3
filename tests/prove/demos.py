"""Reseeded demos: does the tool find the real effect, refuse the false one, and say how sure it is?"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pandas as pd
import statsmodels.formula.api as smf

import tne
from tests.prove.harness import Proof, reached
from tne import simulate
from tne.simulate.markets import MARKETS

REFRESHER, UPDATE, NULLS = (
    "minor-safety-refresher",
    "hateful-conduct-update",
    ("livestream-elearning", "low-score-coaching"),
)
LARGE = 100
N_PRIMARY = 21  # primary measures in the demo's plans, whatever the markets here
SIZES = (100,) * 4 + (150, 170, 230) * 2  # the last three are the sizes of the demo's own markets from 150


def one(seed: int) -> dict[str, Any]:
    """Analyse one demo as the reports do; keep what the bars need."""
    demo = simulate.demo(seed=seed, only=("audits",))
    ws = tne.Workspace.from_frames(demo.tables, config=demo.config, plans=demo.plans)
    cells = []
    for programme in (REFRESHER, *NULLS):
        panel, about = ws.panel(programme), {"programme": ws.programme(programme), "plan": ws.plan(programme)}
        for market in ws.markets["market"]:
            effect = tne.primary_effect(panel, market=market, n_primary=ws.n_primary, as_of=ws.as_of, **about)
            truth = demo.truth["programmes"][programme]["markets"][market]
            cells.append(
                {
                    "programme": programme,
                    "market": market,
                    "people": int(panel.loc[panel["market"] == market, "moderator_id"].nunique()),
                    "estimate": effect.effect.estimate,
                    "low": effect.effect.conf_low,
                    "high": effect.effect.conf_high,
                    "truth": truth["intention_to_treat"],
                    "truth_of_the_trained": truth["realised"],
                    "grade": effect.grade.letter,
                    "verdict": effect.decision.verdict,
                    "action": effect.decision.action,
                    "reason": effect.decision.reason,
                    "known_width": known_width(panel, market) if programme == REFRESHER else math.nan,
                }
            )
    return {"cells": cells}


def known_width(panel: pd.DataFrame, market: str) -> float:
    """Interval width of the regression that knows the design: arm and baseline, weeks given, HC2 errors."""
    here = panel.loc[(panel["market"] == market) & panel["arm"].isin(["trained", "waitlist"])]
    start = here.loc[here["arm"] == "trained", "cohort"].min()

    def accuracy(first: float, last: float) -> pd.Series:
        sums = (
            here.loc[here["period"].between(first, last)]
            .groupby("moderator_id")[["weighted_correct", "weight_sum"]]
            .sum()
        )
        return 100 * sums["weighted_correct"] / sums["weight_sum"]

    people = pd.DataFrame({"post": accuracy(start, start + 11), "base": accuracy(start - 20, start - 1)})
    people["arm"] = here.groupby("moderator_id")["arm"].first().eq("trained").astype(float)
    if len(people.dropna()) < 6:
        return math.nan
    fit = smf.ols("post ~ arm + base", people.dropna()).fit(cov_type="HC2", use_t=True)
    low, high = fit.conf_int().loc["arm"]
    return float(high - low)


def judge(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Hold the bars of the spine against all replications."""
    runs = len(rows)
    cells = pd.DataFrame([cell | {"run": i} for i, row in enumerate(rows) for cell in row["cells"]])
    null = cells.loc[cells["programme"].isin(NULLS)]
    false = null.loc[null["action"].isin(["scale", "keep"])].groupby("run").size()
    refresher = cells.loc[(cells["programme"] == REFRESHER) & (cells["people"] >= LARGE)]
    tiny = cells.loc[cells["people"] < 30]
    covered = refresher["truth"].between(refresher["low"], refresher["high"])
    width = (refresher["high"] - refresher["low"]) / refresher["known_width"]
    slack = 3 * math.sqrt(0.05 * 0.95 / len(refresher))
    outcome = {
        "null_called_effective_share_of_portfolios": len(false) / runs,
        "refresher_effective_share": float((refresher["verdict"] == "effective").mean()),
        "refresher_effective_share_by_market": _share(refresher, refresher["verdict"] == "effective"),
        "refresher_coverage": float(covered.mean()),
        "refresher_coverage_of_the_trained": float(
            refresher["truth_of_the_trained"].between(refresher["low"], refresher["high"]).mean()
        ),
        "refresher_grade_a_share": float((refresher["grade"] == "A").mean()),
        "refresher_bias": float((refresher["estimate"] - refresher["truth"]).mean()),
        "width_ratio_mean": float(width.mean()),
        "width_ratio_q99": float(width.quantile(0.99)),
        "null_coverage": float(
            null.loc[null["programme"] == NULLS[0]].dropna(subset=["low"]).eval("low <= truth <= high").mean()
        ),
        "coaching_effective": int((cells["programme"].eq(NULLS[1]) & cells["verdict"].eq("effective")).sum()),
        "tiny_always_cannot_tell": bool((tiny["verdict"] == "cannot_tell").all()) and len(tiny) > 0,
    }
    bars = {
        "null_at_most_2_percent": outcome["null_called_effective_share_of_portfolios"] <= 0.02,
        "refresher_effective_80_percent": outcome["refresher_effective_share"] >= 0.80,
        "coverage_within_tolerance": 0.935 - slack <= outcome["refresher_coverage"] <= 0.965 + slack,
        "width_at_most_1_3": outcome["width_ratio_mean"] <= 1.3 and outcome["width_ratio_q99"] <= 1.3,
        "tiny_cannot_tell": outcome["tiny_always_cannot_tell"],
        "coaching_never_effective": outcome["coaching_effective"] == 0,
    }
    return {"runs": runs, "outcomes": outcome, "bars": bars, "passed": all(bars.values())}


def _share(cells: pd.DataFrame, flag: pd.Series) -> dict[str, float]:
    return {str(m): round(float(s), 4) for m, s in flag.groupby(cells["market"]).mean().items()}


def one_sized(seed: int) -> dict[str, Any]:
    """Grade and judge the update in markets of 100 people and in markets from 150."""
    like = next(market for market in MARKETS if market.code == "DE")
    markets = [replace(like, code=f"{size}-{i}", size=size) for i, size in enumerate(SIZES)]
    demo = simulate.demo(seed=seed, markets=markets, only=("audits",))
    ws = tne.Workspace.from_frames(demo.tables, config=demo.config, plans=demo.plans)
    panel = ws.panel(UPDATE)
    cells = []
    for market in markets:
        effect = tne.primary_effect(
            panel,
            market=market.code,
            programme=ws.programme(UPDATE),
            plan=ws.plan(UPDATE),
            n_primary=N_PRIMARY,
            as_of=ws.as_of,
        )
        truth = demo.truth["programmes"][UPDATE]["markets"][market.code]["intention_to_treat"]
        found = effect.effect
        cells.append(
            {"size": market.size, "grade": effect.grade.letter, "verdict": effect.decision.verdict}
            | {"covered": bool(found.conf_low <= truth <= found.conf_high), "error": found.estimate - truth}
        )
    return {"cells": cells}


def judge_sized(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Grade B in at least 80 % of markets of 100 people and 95 % of markets from 150; honest intervals."""
    cells = pd.DataFrame([cell for row in rows for cell in row["cells"]])
    graded, covered = cells["grade"].eq("B"), cells["covered"]
    from_150 = cells["size"] >= 150
    bars = {
        "grade_b_80_percent_at_100": bool(graded[~from_150].mean() >= 0.80),
        "grade_b_95_percent_from_150": bool(graded[from_150].mean() >= 0.95),
        "coverage_within_tolerance": all(_tolerable(covered[large]) for large in (from_150, ~from_150)),
    }

    def by_size(values: pd.Series) -> dict[str, float]:
        return {
            str(size): round(float(share), 4) for size, share in values.groupby(cells["size"]).mean().items()
        }

    outcomes = {
        "grade_b_share_from_150": float(graded[from_150].mean()),
        "grade_b_share": by_size(graded),
        "effective_share": by_size(cells["verdict"].eq("effective")),
        "coverage": by_size(covered),
        "bias": by_size(cells["error"]),
    }
    return {"markets": len(cells), "outcomes": outcomes, "bars": bars, "passed": all(bars.values())}


def _tolerable(covered: pd.Series) -> bool:
    slack = 3 * math.sqrt(0.05 * 0.95 / len(covered))
    return bool(0.935 - slack <= covered.mean() <= 0.965 + slack)


COVERS = (
    *reached("tne.measures.primary", "tne.simulate", "tne.tables.panel"),
    "src/tne/tables/sql/*.sql",
)
DEMOS = Proof(
    name="demos",
    claim="nulls are refused, the randomised refresher is found with honest intervals, the tiny market cannot tell",
    covers=COVERS,
    replications=500,
    one=one,
    judge=judge,
)
GRADES = Proof(
    name="grades",
    claim="a staggered roll-out that works earns grade B in most markets of 100 people and nearly all from 150",
    covers=COVERS,
    replications=125,
    one=one_sized,
    judge=judge_sized,
)
