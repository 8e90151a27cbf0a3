"""Does it pay, and would a better measurement of the effect change the answer?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from tne.measures.value_inputs import Inputs
from tne.measures.value_model import benefits
from tne.result import Check

SOON = 13.0  # weeks beyond those measured that an effect is taken to last without being asked for its fading


def verdict_of(
    inputs: Inputs,
    net: Mapping[str, Any],
    *,
    largest_effect: float | None,
    budget: float | None,
    negligible_share: float,
) -> tuple[str, str]:
    """Return the verdict and the code of the rule that decided."""
    if largest_effect is not None and not (0 <= largest_effect <= 100):
        raise ValueError(f"`largest_effect` is {largest_effect!r}. Give percentage points, 0 to 100.")
    if budget is not None and not (0 < budget < math.inf and 0 <= negligible_share < 1):
        raise ValueError("`budget` must be above 0 and `negligible_share` a share below 1. Correct them.")
    low, high = net.get("conf_low", math.nan), net.get("conf_high", math.nan)
    # saved minutes may be worth something while errors have no price: then what is left out must not hurt
    partial = inputs.lack == "no_value"
    if low > 0 and not (partial and not inputs.measured.low >= 0):
        return "pays", "interval_above_costs"
    if high < 0 and not partial:
        return "does_not_pay", "interval_below_costs"
    costs = inputs.model.parts["costs"]
    if budget is not None and costs.high < negligible_share * budget:
        return "not_worth_measuring", "cost_negligible"
    if largest_effect is not None and not partial and _at_most(inputs, largest_effect) < costs.low:
        return "not_worth_measuring", "largest_effect_does_not_pay"
    if inputs.lack and not (inputs.lack == "no_effect" and inputs.letter in ("D", "E")):
        return "cannot_tell", inputs.lack
    if inputs.letter in ("D", "E"):
        return "break_even_only", "evidence_too_weak"
    return "cannot_tell", "interval_holds_costs" if inputs.sure else "no_standard_error"


def _at_most(inputs: Inputs, effect: float) -> float:
    """Benefits at the largest effect, every other assumption at its best end; NaN where one is missing."""
    parts = inputs.model.parts
    x = {name: part.high for name, part in parts.items()} | {"effect": effect, "attribution": 1.0}
    # a window shorter than the measured weeks is worth more, the faster the effect fades
    ends = (max(parts["half_life"].low, 1e-9), parts["half_life"].high)
    x["weeks"] = max(float(inputs.model.weeks_of(end)) for end in ends)
    return float(benefits(x))


def value_checks(inputs: Inputs, ranges: pd.DataFrame, verdict: str) -> tuple[Check, ...]:
    """Attribution, fading, and whether the sensitivity set says the same as the interval."""
    letter = inputs.letter
    attribution = {
        "A": ("pass", "Randomised: the effect is the training's."),
        "B": ("pass", "A comparison group: the effect's own interval."),
        "C": ("warn", "Times a share of 0 to 1 with mode .5 that was due to the training: a judgement."),
        "D": ("fail", "Nobody says how much was due to the training: break-even only."),
        "E": ("fail", "Self-report says nothing of the job: break-even only."),
    }[letter]
    model = inputs.model
    beyond = model.weeks - max(model.measured_weeks, 0.0)
    if not math.isinf(model.parts["half_life"].mean):
        fades = Check(
            "fade_out", "pass", f"The window is worth {model.means()['weeks']:.1f} weeks at the effect."
        )
    else:
        late = beyond > SOON
        detail = (
            f"The effect is taken to last {beyond:.0f} weeks beyond those measured: no half-life was given."
        )
        fades = Check(
            "fade_out", "warn" if late else "pass", detail if beyond > 0 else "The window was measured."
        )
    return (Check("attribution", *attribution), _unit(inputs), fades, _sensitivity(letter, ranges, verdict))


def _unit(inputs: Inputs) -> Check:
    """An effect of .02 that is a share would be read as .02 points."""
    unit = inputs.effect.unit
    if not unit:
        return Check("effect_unit", "not_run", "The effect names no unit: it is read as percentage points.")
    fits = "point" in unit.lower()
    detail = f"The effect is in {unit}" + ("." if fits else ", and is read as percentage points. Convert it.")
    return Check("effect_unit", "pass" if fits else "warn", detail)


def _sensitivity(letter: str, ranges: pd.DataFrame, verdict: str) -> Check:
    name = "sensitivity_value"
    held = ranges.loc[ranges["range"] == "sensitivity_set"] if len(ranges) else ranges
    if not len(held):
        return Check(
            name, "not_run", "No sensitivity set." if letter == "B" else "Only grade B has a sensitivity set."
        )
    low, high = held[["npv_low", "npv_high"]].iloc[0].sort_values()
    same = {"pays": low > 0, "does_not_pay": high < 0}.get(verdict, True)
    detail = f"Over the set at M = 1 the net benefit is {low:.4g} to {high:.4g}, all else at its mean."
    return Check(name, "pass" if same else "warn", detail)
