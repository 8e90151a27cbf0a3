"""Was one programme worth its cost: avoided errors and saved minutes against design, delivery and time?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import pandas as pd

from tne.checks import require_level_of_confidence
from tne.measures.ratio_draws import percentiles, ratios
from tne.measures.ratio_table import COSTS_ARE_ZERO, crossing_note, ratio_rows
from tne.measures.value_inputs import ERRORS_UNPRICED, GRADE_C, Inputs, inputs_of
from tne.measures.value_model import benefits, break_even
from tne.measures.value_result import ProgrammeValue
from tne.measures.value_tornado import effect_range, tornado
from tne.measures.value_verdict import value_checks, verdict_of
from tne.result import Estimates

__all__ = ["ProgrammeValue", "programme_value"]

DRAWS, SEED = 20_000, 8
FEWEST_DRAWS = 1000
LACKING = {
    "no_costs": "the costs are unknown",
    "no_value": "no value of an avoided error is given",
    "no_volume": "the volume of decisions is unknown",
    "no_effect": "the effect is unknown",
    "currencies_differ": "costs and values are in different currencies",
}


def programme_value(
    effect: Any,
    *,
    grade: Any,
    volume: Any,
    value: Any,
    costs: Any,
    weeks: float,
    half_life: Any = None,
    measured_weeks: float = 0.0,
    saved_minutes: Any = None,
    rate: float | None = None,
    sensitivity: tuple[float, float] | None = None,
    largest_effect: float | None = None,
    budget: float | None = None,
    negligible_share: float = 0.01,
    draws: int = DRAWS,
    seed: int | None = None,
    conf_level: float = 0.95,
) -> ProgrammeValue:
    """Return what a programme brought for what it cost, as far as the evidence allows.

    Parameters
    ----------
    effect : Estimate, (value, std_error) or float
        Effect in percentage points of accuracy, positive is better: that many errors fewer in 100 decisions.
    grade : {"A", "B", "C", "D", "E"} or Grade
        Its evidence, which says how it is attributed.
    volume : float, low / mode / high, or (value, std_error)
        Decisions a week of the people trained, in the policy areas that the effect is about.
    value : mapping or low / mode / high
        ``ws.value``, or the worth of an avoided error alone. Ranges are mappings with low, mode and high, or tuples of
        the three; they are drawn from a triangular distribution.
    costs : float, low / mode / high, (value, std_error), or ``programme_costs(...).of(programme, market)``
        Total cost. Its currency must be that of `value` where both are named.
    weeks : float
        Follow-up window over which benefits count.
    half_life : float or low / mode / high, optional
        Weeks in which the effect halves. None: it lasts through the window.
    measured_weeks : float
        Weeks after the training over which `effect` is a mean. 0: it is the effect right after the training.
    saved_minutes : Estimate, (value, std_error) or float, optional
        Minutes saved a decision, priced by the value of a minute; attributed like the effect.
    rate : float, optional
        Interest per year: benefits at their present value, costs at once.
    sensitivity : (low, high), optional
        Limits of the effect if parallel trends fail as much as before the training (M = 1), for grade B. NaN: no set.
    largest_effect : float, optional
        Points that no training could exceed, such as the error rate before it.
    budget : float, optional
        Cost of the whole portfolio; a programme below `negligible_share` of it is not worth measuring.
    negligible_share : float
    draws : int
        Monte-Carlo draws, 1,000 or more.
    seed : int, optional
        None: a fixed one.
    conf_level : float

    Returns
    -------
    ProgrammeValue
        Rows benefits, costs, npv, bcr, roi and break_even, with `.tornado`, `.probability_pays`, `.verdict`. NaN with a
        note for what is missing or what the grade does not allow.

    Raises
    ------
    TypeError, ValueError
        For assumptions that are no numbers, out of order, negative or infinite.

    Notes
    -----
    Benefits are ``attribution · (effect / 100 · volume · avoided_error + saved_minutes · volume · minute) · W`` with W
    the weeks' worth of a fading effect. Estimates use the means of the assumptions, so the ratio is one of means;
    limits are percentiles of joint draws. Grades A and B: the effect's own interval. C: times a triangular (0, .5, 1).
    D and E: only the effect at which it would pay. The verdict is ``pays`` or ``does_not_pay`` where the interval of
    the net benefit lies on one side of 0; ``not_worth_measuring`` where it does not but no better measurement would
    matter: the largest possible effect does not pay either, or the cost is negligible. Where only minutes have a price,
    a programme may pay (if it harms no accuracy) but never fails to. Ranges of value are judgements.

    References
    ----------
    Boardman, Greenberg, Vining and Weimer (2018), Cost-Benefit Analysis, 5th edition, chapter 11.

    Examples
    --------
    >>> found = programme_value((2.0, 0.5), grade="A", volume=10000, value=(1.5, 4, 9), costs=4000, weeks=12)
    >>> round(found.benefits.estimate), found.verdict, round(found.break_even.estimate, 2)
    (11600, 'pays', 0.69)
    """
    require_level_of_confidence(conf_level)
    if isinstance(draws, bool) or not draws >= FEWEST_DRAWS or draws != int(draws):
        raise ValueError(f"`draws` is {draws!r}. Give a whole number of {FEWEST_DRAWS} or more.")
    inputs = inputs_of(
        effect, grade=grade, volume=volume, value=value, costs=costs, weeks=weeks, half_life=half_life,
        measured_weeks=measured_weeks, rate=rate, saved_minutes=saved_minutes, conf_level=conf_level,
    )  # fmt: skip
    model = inputs.model
    x = model.means()
    drawn = model.draws(int(draws), SEED if seed is None else seed)
    gained, paid = benefits(drawn), drawn["costs"]
    rows = _rows(inputs, x, drawn, conf_level)
    net = next(row for row in rows if row["term"] == "npv")
    known = not math.isnan(net["estimate"])
    verdict, reason = verdict_of(
        inputs, net, largest_effect=largest_effect, budget=budget, negligible_share=negligible_share
    )
    ranges = [effect_range(model, model.parts["effect"].low, model.parts["effect"].high, "own_interval")]
    if sensitivity is not None:
        low, high = map(float, sensitivity)
        if low > high:
            raise ValueError(f"`sensitivity` is {sensitivity}. Give the lower limit first.")
        if inputs.letter in ("A", "B", "C") and low <= high:
            ranges.append(effect_range(model, low, high, "sensitivity_set"))
    ranges = pd.DataFrame(ranges if known else [], columns=None if known else list(ranges[0]))
    own = inputs.effect
    table = pd.DataFrame(rows).assign(
        conf_level=conf_level,
        n=own.n,
        n_people=own.n_people,
        n_people_total=own.n_people_total,
        comparison=own.comparison or "no training",
    )
    return ProgrammeValue(
        estimates=Estimates(table=table),
        verdict=verdict,
        reason=reason,
        grade=inputs.letter,
        currency=inputs.currency,
        probability_pays=float(np.mean(gained > paid)) if known and inputs.sure else math.nan,
        tornado=tornado(model),
        ranges=ranges,
        weeks_worth=x["weeks"],
        notes=inputs.notes,
        replicates=pd.DataFrame({"benefits": gained, "costs": paid}) if known and inputs.sure else None,
        checks=value_checks(inputs, ranges, verdict),
    )


def _rows(
    inputs: Inputs, x: Mapping[str, float], drawn: Mapping[str, np.ndarray], conf_level: float
) -> list[dict[str, Any]]:
    """Benefits, costs, net benefit, ratio, return and break-even with the percentiles of the draws."""
    tail = (1 - conf_level) / 2
    gained, paid = float(benefits(x)), x["costs"]
    all_gained, all_paid = cast(np.ndarray, benefits(drawn)), drawn["costs"]
    unit = inputs.currency or "currency"
    said = LACKING.get(inputs.lack, "")
    graded = f"grade {inputs.letter}: break-even only" if inputs.letter in ("D", "E") else ""
    why = graded if inputs.lack == "no_effect" and graded else said or graded
    shown = "; ".join(note for note in (GRADE_C, ERRORS_UNPRICED) if note in inputs.notes)
    blind = "" if inputs.sure else "no interval: the effect has no standard error"
    joined = "; ".join(inputs.notes)
    how = f"percentiles of {len(all_paid)} draws"

    def row(
        term: str, estimate: float, values: np.ndarray, note: str, sure: bool = True, said: str = ""
    ) -> dict[str, Any]:
        found = {"term": term, "estimate": estimate, "unit": unit, "estimand": ESTIMANDS[term], "method": how}
        found["note"] = said
        if math.isnan(estimate):
            return found | {"note": note or joined or "not known"}
        if not sure:
            return found | {"note": "; ".join(filter(None, [blind, said]))}
        low, high = percentiles(values, tail, 1 - tail)
        return found | {"std_error": float(np.std(values, ddof=1)), "conf_low": low, "conf_high": high}

    rows = [
        row("benefits", gained, all_gained, why, inputs.sure, shown),
        row(
            "costs",
            paid,
            all_paid,
            LACKING["currencies_differ" if inputs.lack == "currencies_differ" else "no_costs"],
        ),
        row("npv", gained - paid, all_gained - all_paid, why, inputs.sure, shown),
    ]
    ratio, error, limits, note = math.nan, math.nan, (math.nan, math.nan), why
    if not math.isnan(gained - paid):
        note = COSTS_ARE_ZERO if paid == 0 else blind
        if paid > 0:
            ratio = gained / paid
            if inputs.sure:
                values, note = ratios(all_gained, all_paid, 1.0), crossing_note(all_paid, 1.0)
                limits = percentiles(values, tail, 1 - tail)
                error = math.nan if note else float(np.std(values, ddof=1))
                if not all(map(math.isfinite, limits)):
                    limits, note = (math.nan, math.nan), f"no interval: {note}"
    if not math.isnan(ratio):
        note = "; ".join(filter(None, [note, shown]))
    for found in ratio_rows(ratio, error, limits, [note, note]):
        term = found["term"]
        rows.append(
            found | {"unit": "%" if term == "roi" else "", "estimand": ESTIMANDS[term], "method": how}
        )
    even = float(break_even(x))
    no_even = (
        LACKING.get(inputs.lack if inputs.lack != "no_effect" else "", "")
        or "a point of accuracy is worth nothing"
    )
    free = "saved minutes alone pay: accuracy may fall by so much" if even < 0 else ""
    values = all_paid if math.isnan(even) else cast(np.ndarray, break_even(drawn))
    points = row("break_even", even, values, no_even, said=free)
    if not math.isfinite(points.get("conf_low", 0.0) + points.get("conf_high", 0.0)):
        points |= {"std_error": math.nan, "conf_low": math.nan, "conf_high": math.nan}
        points["note"] = "no interval: in some draws a point of accuracy is worth nothing"
    rows.append(points | {"unit": "percentage points"})
    return rows


ESTIMANDS = {
    "benefits": "worth of avoided errors and saved minutes over the follow-up window",
    "costs": "cost of the programme",
    "npv": "benefits less costs",
    "bcr": "benefits per unit of cost, as a ratio of means",
    "roi": "net benefit in per cent of the costs",
    "break_even": "effect due to the training at which benefits are the costs",
}
