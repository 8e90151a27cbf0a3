"""What was one programme worth in one market, from its effect, the work of the people trained and its costs?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pandas as pd

from tne.measures.decision import MINIMUM_PEOPLE
from tne.measures.value_costs import KINDS, ProgrammeCosts
from tne.measures.value_decisions import decision_volume
from tne.measures.value_programme import ProgrammeValue, programme_value
from tne.measures.value_sensitivity import NO_SET, drift_set, ratio_apart
from tne.measures.value_start import errors_before, given_from
from tne.result import Estimate, Result

__all__ = ["MarketValue", "value_in_market"]

DRAWS = 5000
WINDOW = 12  # weeks, where none was named
SPEED = "handle_seconds"  # the side effect that is worth money: time a decision takes
ONE_WINDOW = ("randomised", "adjusted", "one_treated_cluster")


@dataclass(frozen=True, kw_only=True, eq=False)
class MarketValue(Result):
    """Costs, benefits and break-even of one programme in one market.

    Parameters
    ----------
    programme_id, title : str
    value : ProgrammeValue
        By the grade of the effect.
    costs : Estimate
        Total; `n_people` are the people trained.
    break_even : Estimate
        Points of accuracy at which the benefits are the costs; it rests on nothing that was estimated of the effect.
    price : Estimate
        Where no worth of an avoided error is given: the one at which the programme pays at its measured effect, in
        currency. NaN where the grade does not say how much was due to it, or where the effect may be none.
    volume : Estimate
        Decisions a week of the people trained.
    weeks : float
        Over which benefits count: those in which the effect was measured.
    kinds : tuple of str
        Kinds of cost that are in the total; see `programme_costs`.
    unpriced : tuple of str
        Kinds of time that were spent and have no price.
    unclear : bool
        Whether costs were booked that have no total in one currency, the market's.
    apart : Estimate
        With grade B: the ratio of benefits to costs if the groups drifted apart after the training as much as they did
        before it (`drift_set`, M = 1). Its limits hold for every effect of the set, each with the percentiles of all
        else. NaN with a note where there is no set.
    """

    programme_id: str
    title: str
    value: ProgrammeValue
    costs: Estimate
    break_even: Estimate
    price: Estimate
    volume: Estimate
    weeks: float
    kinds: tuple[str, ...]
    unpriced: tuple[str, ...]
    unclear: bool
    apart: Estimate = field(
        default_factory=lambda: Estimate(term="bcr_apart", estimate=math.nan, note=NO_SET)
    )

    def to_frame(self) -> pd.DataFrame:
        frame = self.value.to_frame()
        frame.insert(0, "programme_id", self.programme_id)
        return frame

    def __str__(self) -> str:
        return f"{self.title}: {self.value}"


def value_in_market(
    effect: Any,
    panel: pd.DataFrame,
    *,
    market: str,
    costs: ProgrammeCosts | None,
    prices: Mapping[str, Any],
    programme: Mapping[str, Any] | None = None,
    plan: Mapping[str, Any] | None = None,
    draws: int = DRAWS,
    seed: int | None = None,
) -> MarketValue:
    """Return what a programme brought in one market for what it cost there.

    Parameters
    ----------
    effect : ProgrammeEffect
        Of `primary_effect`.
    panel : DataFrame
        Its panel: decisions after the training, errors before it.
    market : str
    costs : ProgrammeCosts or None
        Of `programme_costs`, for all programmes of the market: their sum is the budget.
    prices : mapping
        ``ws.value_in(currency)`` of the market's currency; {} where none are given.
    programme, plan : mapping, optional
        As in `primary_effect`: the plan's window, else the programme's, else 12 weeks. A comparison that ended earlier
        counts for as long as it was measured.
    draws, seed
        As in `programme_value`.

    Returns
    -------
    MarketValue
        NaN with a note for what is missing.

    Raises
    ------
    TypeError
        If `effect` is no result of `primary_effect`.
    ValueError
        If a price lacks a limit, is negative or out of order.

    Notes
    -----
    Benefits count over the weeks in which the effect was measured, not beyond, so nothing is assumed of its fading.
    They count for everybody trained so far, as costs do: later waves are taken to gain what the compared ones did.
    Time a decision takes is valued where the same design estimated it for enough people. Accuracy and time are drawn
    independently of each other. An effect of grade B rests on groups that would have stayed alike: its sensitivity set
    at M = 1 goes into the ranges of the value and its check.

    References
    ----------
    Boardman, Greenberg, Vining and Weimer (2018), Cost-Benefit Analysis, 5th edition, chapter 11, as `programme_value`.

    Examples
    --------
    >>> ws = tne.open("data/sample")
    >>> programme, panel = ws.programme("appeals-workshop"), ws.panel("appeals-workshop")
    >>> effect = tne.primary_effect(panel, market="IE", programme=programme)
    >>> print(value_in_market(effect, panel, market="IE", costs=None, prices=ws.value))
    Appeals: handling workshop: cannot tell (no costs). npv: – (the costs are unknown) bcr: – (the costs are unknown)
    """
    if not hasattr(effect, "grade"):
        raise TypeError(f"`effect` is {type(effect).__name__}. Give a result of primary_effect.")
    counted = _weeks(effect, programme or {}, plan or {})
    given_to = given_from(panel, market=market, design=effect.design)
    volume = decision_volume(given_to, weeks=counted)
    known = {} if costs is None else costs.of(effect.programme_id, market)
    given: dict[str, Any] = {
        "volume": volume.estimate if volume.estimate > 0 else None,
        "value": dict(prices) or None,
        "costs": known or None,
        "weeks": counted,
        "measured_weeks": counted,
        "draws": draws,
        "seed": seed,
    }
    worst = errors_before(given_to)
    apart = None
    if getattr(effect.grade, "letter", effect.grade) == "B":
        apart = drift_set(effect, panel, market=market, programme=programme, plan=plan)
    saved = _saved_minutes(effect)
    value = programme_value(
        effect.effect,
        grade=effect.grade,
        saved_minutes=saved,
        sensitivity=None if apart is None else apart.limits,
        largest_effect=None if math.isnan(worst) else min(max(worst, 0.0), 100.0),
        budget=_budget(costs, market, str(known.get("currency", ""))),
        **given,
    )
    alone = programme_value(math.nan, grade="D", **given)
    people: dict[str, Any] = {"n_people": volume.n_people, "n_people_total": volume.n_people_total}
    kinds, unpriced = _counted(costs, effect.programme_id, market)
    return MarketValue(
        programme_id=effect.programme_id,
        title=effect.title,
        value=value,
        costs=replace(alone.costs, **people),
        break_even=replace(alone.break_even, **people),
        price=_price(effect, given),
        volume=volume,
        weeks=float(counted),
        kinds=kinds,
        unpriced=unpriced,
        unclear=_unclear(costs, effect.programme_id, market),
        apart=ratio_apart(apart, saved, given),
        checks=value.checks,
    )


def _weeks(effect: Any, programme: Mapping[str, Any], plan: Mapping[str, Any]) -> int:
    """Weeks after the training in which the effect was measured."""
    given = (plan.get("window_weeks"), programme.get("window_weeks"), WINDOW)
    weeks = int(next(w for w in given if w is not None and not pd.isna(w)))
    span = effect.window[1] - effect.window[0] + 1
    # in waves the span holds them all; elsewhere it is one window, which the waiting may have cut short
    return int(min(weeks, span)) if effect.design in ONE_WINDOW and span >= 1 else weeks


def _saved_minutes(effect: Any) -> Estimate | None:
    """Minutes saved a decision, where the design estimated them for enough people."""
    rail = next((rail for rail in effect.guardrails if rail.name == SPEED), None)
    if rail is None or math.isnan(rail.estimate.std_error) or not rail.estimate.n_people >= MINIMUM_PEOPLE:
        return None
    seconds = rail.estimate
    return cast(
        Estimate | None,
        replace(
            seconds,
            term="saved_minutes",
            estimate=-seconds.estimate / 60,
            std_error=seconds.std_error / 60,
            conf_low=-seconds.conf_high / 60,
            conf_high=-seconds.conf_low / 60,
            unit="minutes a decision",
        ),
    )


def _price(effect: Any, given: Mapping[str, Any]) -> Estimate:
    """Worth of an avoided error at which it pays: the costs over the errors avoided."""
    nothing = Estimate(term="price", estimate=math.nan, note="the worth of an avoided error is given")
    if (given["value"] or {}).get("avoided_error") is not None:
        return nothing
    if getattr(effect.grade, "letter", effect.grade) not in ("A", "B", "C"):
        return replace(nothing, note="the grade does not say how much was due to the training")
    # at a price of 1 the ratio of benefits to costs is the errors avoided for each unit of cost
    each = programme_value(effect.effect, grade=effect.grade, **{**given, "value": 1.0}).bcr
    if not each.conf_low > 0:
        note = each.note or "the effect may be none: no price would do"
        return replace(nothing, n_people=each.n_people, n_people_total=each.n_people_total, note=note)
    return replace(
        each,
        term="price",
        estimate=1 / each.estimate,
        std_error=math.nan,
        statistic=math.nan,
        p_value=math.nan,
        conf_low=1 / each.conf_high,
        conf_high=1 / each.conf_low,
        unit="currency",
        estimand="worth of an avoided error at which the programme pays",
        note="",
    )


def _budget(costs: ProgrammeCosts | None, market: str, currency: str) -> float | None:
    """What all programmes of the market cost together, as far as they are in this one's currency."""
    if costs is None:
        return None
    own = (costs.ranges["market"] == market) & (costs.ranges["currency"] == currency)
    here = costs.ranges.loc[own, "mean"].astype(float)
    total = float(here.sum())
    return total if total > 0 and here.notna().sum() > 1 else None


def _unclear(costs: ProgrammeCosts | None, programme: str, market: str) -> bool:
    if costs is None:
        return False
    own = costs.ranges.loc[(costs.ranges["programme_id"] == programme) & (costs.ranges["market"] == market)]
    return bool(len(own)) and bool((own["currency"] == "").all())


def _counted(
    costs: ProgrammeCosts | None, programme: str, market: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Kinds of cost in the total, and kinds of time that were spent and are not in it."""
    if costs is None:
        return (), ()
    frame = costs.to_frame()
    own = frame.loc[(frame["programme_id"] == programme) & (frame["market"] == market), "term"]
    kinds = tuple(kind for kind in KINDS if kind in set(own))
    spent = costs.ranges.loc[(costs.ranges["programme_id"] == programme) & (costs.ranges["market"] == market)]
    minutes = {"trainer_time": "trainer_minutes", "seat_time": "seat_minutes"}
    used = {kind for kind, column in minutes.items() if len(spent) and float(spent[column].iloc[0]) > 0}
    return kinds, tuple(kind for kind in minutes if kind in used and kind not in kinds)
