"""Does an effect stand up to what else happened, and what remains to be said where there is none?"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd

from tne.measures.designs.alone import before_after
from tne.measures.designs.findings import ACCURACY, Findings, Outcome, renamed
from tne.measures.designs.market import compare_market
from tne.measures.designs.persons import Lot, compare_arms
from tne.measures.designs.selected import compare_selected
from tne.measures.designs.teams import compare_teams
from tne.measures.designs.threats import (
    COMMON_MIX,
    alone_in_training,
    case_mix,
    changed_weeks,
    joined_placebo,
    overlapping_programmes,
    policy_change,
    week_of,
    with_common_mix,
)
from tne.result import Check, Estimate, Estimates

COMPARE: dict[str, Callable[..., Estimate]] = {
    "randomised": compare_arms,
    "staggered": compare_teams,
    "adjusted": compare_selected,
    "one_treated_cluster": compare_market,
}
AT_COMMON_MIX = "at the common case mix: the mix of queues and policy areas shifted with the training"
Analyse = Callable[[pd.DataFrame, Outcome, bool], Findings]


def doubted(
    found: Findings,
    panel: pd.DataFrame,
    here: pd.DataFrame,
    *,
    market: str,
    minimum_effect: float,
    hired: bool,
    analyse: Analyse,
    baseline: int,
    window: int,
    conf_level: float,
    lot: Lot | None = None,
) -> Findings:
    """Add to findings the checks of what else happened, the effect otherwise, or what remains without an effect.

    Parameters
    ----------
    found : Findings
        Of accuracy, with the design's own checks.
    panel : DataFrame
        Of all markets where the design compares markets.
    here : DataFrame
        Its rows of the market.
    market : str
    minimum_effect : float
    hired : bool
        Whether people are trained when hired, so that nothing was before.
    analyse : callable
        The same analysis of another frame and outcome, with or without its checks.
    baseline, window, conf_level
        As in the designs.
    lot : Lot, optional
        Who was drawn for what, where chance decided.
    """
    spans = {"baseline": baseline, "window": window, "conf_level": conf_level}
    if math.isnan(found.effect.estimate):
        return found if hired else _alone(found, here, **spans)
    markets = found.design == "one_treated_cluster"
    seen = panel if markets else here
    where = {"market": market} if markets else {"lot": lot} if found.design == "randomised" else {}

    def compare(frame: pd.DataFrame, outcome: Outcome) -> Estimate:
        return COMPARE[found.design](frame, outcome, **where, **spans)

    mix = case_mix(seen, compare, minimum_effect)
    policy = policy_change(seen, compare, here, found.window, baseline)
    overlap = overlapping_programmes(seen, compare, here, found.window, baseline)
    variants = {}
    if mix.status in ("warn", "fail"):
        variants["common_case_mix"] = partial(analyse, with_common_mix(panel), COMMON_MIX)
    if overlap.status in ("warn", "fail"):
        variants["no_other_programme"] = partial(analyse, alone_in_training(panel, found.window[0]), ACCURACY)
    effects = {name: run(False).effect for name, run in variants.items()}
    checks = joined_placebo(found, seen, compare)
    if mix.status == "fail" and not math.isnan(effects["common_case_mix"].estimate):
        effects["as_audited"] = found.effect
        found = variants["common_case_mix"](True)
        found = dataclasses.replace(
            found, effect=renamed(found.effect, note=found.effect.note or AT_COMMON_MIX)
        )
        checks = joined_placebo(found, seen, compare)
    return dataclasses.replace(
        found, checks=(*checks, mix, policy, overlap), robustness=_frame(effects) if effects else None
    )


def _alone(found: Findings, here: pd.DataFrame, **spans: Any) -> Findings:
    """What remains where nobody can be compared: the trained before and after, and which policies changed then."""
    naive, span = before_after(here, ACCURACY, **spans)
    if found.design == "one_treated_cluster" or math.isnan(naive.estimate):
        return dataclasses.replace(found, naive=found.naive or naive)
    checks = found.checks
    if "policy_changes" in here:
        weeks = changed_weeks(here, span[0] - spans["baseline"], span[1])
        text = f"target policies changed in the week of {', '.join(map(week_of, weeks[:6]))}: nothing separates them"
        checks += (
            Check(
                "policy_change", "fail" if weeks else "pass", text if weeks else "no target policy changed"
            ),
        )
    return dataclasses.replace(found, design="matched_pre_post", naive=naive, window=span, checks=checks)


def _frame(effects: dict[str, Estimate]) -> Estimates:
    rows = [{"variant": name, **effect.as_row()} for name, effect in effects.items()]
    return Estimates(table=pd.DataFrame(rows), keys=("variant",))
