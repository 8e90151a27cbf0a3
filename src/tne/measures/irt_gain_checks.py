"""What threatens a gain in ability between two waves?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from tne.measures.irt_checks import at_the_end, few_people, listed, unestimated
from tne.measures.irt_joint import JointFit
from tne.measures.irt_responses import Responses
from tne.measures.irt_two_frames import TwoWaves
from tne.result import Check

FEW_ANCHORS = 5


def gain_checks(
    waves: TwoWaves,
    answers: Responses,
    model: str,
    anchors: pd.DataFrame,
    found: JointFit | None,
    held: Sequence[str],
) -> tuple[Check, ...]:
    """Test what can mislead; `found` is None where nothing was fitted."""
    first, last = waves.came
    before, after = waves.waves
    return (
        few_people(int((first | last).sum()), model),
        _anchors(waves, answers),
        _anchor_drift(anchors),
        unestimated(answers),
        _missing(waves.presented),
        at_the_end("ceiling", after.correct, after.answered),
        at_the_end("floor", before.answered - before.correct, before.answered),
        _attrition(first, last),
        _convergence(found, held),
    )


def _anchors(waves: TwoWaves, answers: Responses) -> Check:
    count = int((waves.anchored & answers.usable).sum())
    status = "pass" if count >= FEW_ANCHORS else "warn"
    return Check(
        "anchors", status, f"{count} usable items tie the waves together; {FEW_ANCHORS} or more are wanted."
    )


def _anchor_drift(anchors: pd.DataFrame) -> Check:
    tested = anchors.dropna(subset=["p_value"]) if len(anchors) else anchors
    if len(tested) < 2:
        return Check("anchor_drift", "not_run", "One item cannot be held against the others.")
    moved = tested[tested["flagged"]].sort_values("p_value")
    if moved.empty:
        return Check("anchor_drift", "pass", f"None of {len(tested)} common items moved against the others.")
    named = [f"{i} ({s:+.2f} SD)" for i, s in zip(moved["item"], moved["shift"], strict=True)]
    return Check(
        "anchor_drift",
        "warn",
        f"{len(moved)} of {len(tested)} common items became harder (+) or easier (−) than the others say: "
        f"{listed(named)}. Did the item, its key or the teaching of just this item change? Then leave it out of "
        "`anchors`.",
    )


def _missing(presented: float) -> Check:
    if math.isnan(presented):
        return Check("missing_answers", "not_run", "There are no answers.")
    status = "pass" if presented >= 0.95 else "warn"
    return Check(
        "missing_answers",
        status,
        f"{1 - presented:.0%} of the answers of those who came are missing and ignored.",
    )


def _attrition(first: np.ndarray, last: np.ndarray) -> Check:
    began, both = int(first.sum()), int((first & last).sum())
    if began == 0 or both == 0:
        return Check(
            "attrition",
            "not_run",
            "Nobody came to both waves: the two waves may be different kinds of people.",
        )
    share, late = 1 - both / began, int((last & ~first).sum())
    status = "pass" if share <= 0.05 else "warn" if share <= 0.2 else "fail"
    detail = f"{share:.0%} of {began} people did not come to the second wave, {late} came to the second only"
    return Check(
        "attrition", status, f"{detail}; taken to be missing at random, given the answers that they gave."
    )


def _convergence(found: JointFit | None, held: Sequence[str]) -> Check:
    if found is None:
        return Check("convergence", "not_run", "No model was fitted.")
    if not found.converged:
        return Check(
            "convergence",
            "fail",
            "The search found no maximum, so there are no numbers. An item whose key or wording changed between the "
            "waves does this, or items that repeat each other: compare the waves item by item, and leave it out of "
            "`anchors`.",
        )
    if held:
        return Check("convergence", "warn", f"The slope of {listed(held)} has no finite maximum and is held.")
    return Check("convergence", "pass", "The maximum was found.")
