"""What is true of the whole company: every programme's effect, and what misleads a reader?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from tne.simulate.ids import words
from tne.simulate.operations import operations_truth
from tne.simulate.people import ONBOARDING_LOSS, ONBOARDING_TAU
from tne.simulate.truth import assigned_audits, cells, effect
from tne.simulate.world import SELECTION_WEEKS, World

UNIT = "percentage points of sampling-weighted accuracy"
PROFICIENT = (0.80, 0.85)
NOTES = {
    "realised": "mean over treated person-weeks of p1 - p0 with the trainers and sessions that were, people weighted "
    "by their audits; weeks 0 to window_weeks - 1 after the training in which somebody still waits",
    "transferable": "the same, averaged over the trainers and sessions that could have been",
    "intention_to_treat": "the realised effect spread over everybody whom the roll-out meant to train in these weeks, "
    "no-shows and, where teams are trained, later joiners included",
    "window": "all weeks of the window, those without a comparison included",
    "profile": "(delta + trainer + session) min(k/3, 1) 2^(-k/half_life), k = event_time + 0.5 weeks",
    "regression_to_mean": "true minus audited accuracy of the chosen in the weeks on which they were chosen: what they "
    "gain without any training",
    "time_to_proficiency": "median over new hires of the weeks from hire until expected accuracy reaches the target; "
    "null where fewer than half of them get there in the data",
}


def effects_truth(worlds: Sequence[World]) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the treated cells of all markets, and the effects that they add up to.

    Returns
    -------
    cells : DataFrame
        As from `tne.simulate.truth.cells`, with moderator_id.
    truth : dict
        ``programmes`` → programme → ``markets`` → market → effects in points.
    """
    frames, truth = [], {}
    for number, first in enumerate(worlds[0].rollouts):
        programme = first.programme
        if programme.rollout == "universal":
            continue
        by_market = {}
        for w in worlds:
            rollout = w.rollouts[number]
            table = cells(rollout, w.everyone, w.how, w.logit, w.audits)
            by_market[w.market.code] = effect(table, rollout, assigned_audits(rollout, w.everyone, w.audits))
            frames.append(table.assign(moderator_id=words(w.everyone.ids, table["person"].to_numpy())))
        truth[programme.code] = {
            "effect_logit": programme.effect,
            "half_life_weeks": None if np.isnan(programme.half_life) else programme.half_life,
            "window_weeks": programme.window_weeks,
            "markets": by_market,
        }
    return pd.concat(frames, ignore_index=True).drop(columns="person"), {"programmes": truth}


def other_truth(worlds: Sequence[World]) -> dict[str, Any]:
    """Return accuracy, regression to the mean, onboarding and operations by market, JSON-safe."""
    curve = {"loss_logit": ONBOARDING_LOSS, "tau_weeks": ONBOARDING_TAU}
    return {
        "accuracy": {w.market.code: accuracy_truth(w) for w in worlds},
        "regression_to_mean": {w.market.code: regression_to_mean(w) for w in worlds},
        "time_to_proficiency": {**curve, "markets": {w.market.code: proficiency(w) for w in worlds}},
        "operations": {w.market.code: operations_truth(w) for w in worlds},
    }


def accuracy_truth(w: World) -> dict[str, float]:
    """Return expected accuracy over all decided cases of the year, and what the audits found, in per cent."""
    person, week = np.nonzero(w.audits)
    true = np.average(w.how.share_right(w.logit[person, week], week), weights=w.audits[person, week])
    real = ~w.cases.seeded
    weight, right = w.cases.weight[real], w.right[real]
    found = {
        "expected": true,
        "audited_weighted": np.average(right, weights=weight),
        "audited_raw": right.mean(),
    }
    return {name: round(100 * float(value), 6) for name, value in found.items()}


def regression_to_mean(w: World) -> dict[str, Any]:
    """Return what the coaching's chosen would have gained without it, in points."""
    chosen = w.selection.index[w.selection["chosen"].astype(bool)].to_numpy(dtype=int)
    coaching = next((r for r in w.rollouts if r.programme.rollout == "targeted"), None)
    if coaching is None or not len(chosen):
        return {"chosen": 0, "regression_to_mean": None}
    start = coaching.programme.weeks[0]
    before = np.arange(start - SELECTION_WEEKS, start)
    grid = w.audits[np.ix_(chosen, before)]
    person, week = np.nonzero(grid)
    counts, weeks = grid[person, week], before[week]
    true = np.average(w.how.share_right(w.logit[chosen[person], weeks], weeks), weights=counts)
    audited = np.average(w.selection.loc[chosen, "accuracy"], weights=grid.sum(axis=1))
    return {
        "chosen": len(chosen),
        "audited_before": round(100 * float(audited), 6),
        "true_before": round(100 * float(true), 6),
        "regression_to_mean": round(100 * float(true - audited), 6),
    }


def proficiency(w: World) -> dict[str, Any]:
    """Return the weeks from hire until expected accuracy reaches each of `PROFICIENT`, median over new hires."""
    everyone = w.everyone
    new = np.flatnonzero((everyone.hire_week >= -26) & (everyone.hire_week < everyone.weeks - 1))
    week = np.arange(everyone.weeks)
    flat = np.tile(week, len(new))
    right = w.how.share_right(w.logit[new].ravel(), flat).reshape(len(new), everyone.weeks)
    here = (week > everyone.hire_week[new, None]) & (week < everyone.leave_week[new, None])
    medians = {}
    for target in PROFICIENT:
        good = here & (right >= target)
        reached = np.where(good.any(axis=1), good.argmax(axis=1) - everyone.hire_week[new], np.inf)
        middle = float(np.median(reached)) if len(new) else np.inf
        medians[f"{target:.2f}"] = middle if np.isfinite(middle) else None
    return {"new_hires": len(new), "median_weeks_to": medians}
