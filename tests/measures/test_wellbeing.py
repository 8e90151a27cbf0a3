"""Wellbeing as a guardrail: by hand, against scipy's Welch test, with and without a margin, and what is undefined."""

import datetime as dt
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import tne
from tne.measures.decision import Guardrail, decide
from tne.measures.evidence import grade
from tne.measures.programme_effect import ProgrammeEffect
from tne.result import Check, Estimate

NAN = math.nan
MONDAY = pd.Timestamp("1970-01-05", tz="UTC")


def pulse(means, weeks, answers=20, spread=0.5):
    """Answers with these means in these weeks, half above and half below."""
    rows = [
        {"week": week, "value": mean + side * spread}
        for week, mean in zip(weeks, means, strict=True)
        for side in (1, -1) * (answers // 2)
    ]
    frame = pd.DataFrame(rows)
    at = MONDAY + pd.to_timedelta(7 * frame.pop("week") + 2, "D")
    return frame.assign(
        construct="wellbeing", wave="pulse", market="DE", submitted_at=at, scale_min=1, scale_max=5
    )


WEEKS = (80, 84, 88, 92, 96, 100, 104, 108)
MEANS = (3.5, 3.3, 3.6, 3.4, 3.5, 3.1, 3.2, 3.0)


def test_change_equals_scipys_welch_test_of_the_weekly_means():
    found = tne.wellbeing_change(pulse(MEANS, WEEKS), start=100, end=111)
    test = stats.ttest_ind(MEANS[5:], MEANS[:5], equal_var=False)
    low, high = test.confidence_interval(0.95)
    assert found.estimate == pytest.approx(np.mean(MEANS[5:]) - np.mean(MEANS[:5]))
    assert found.statistic == pytest.approx(test.statistic)
    assert found.p_value == pytest.approx(test.pvalue)
    assert (found.conf_low, found.conf_high) == (pytest.approx(low), pytest.approx(high))
    assert found.df == pytest.approx(test.df)


def test_people_are_those_of_the_fullest_week_of_the_smaller_side():
    more = pd.concat([pulse(MEANS[:5], WEEKS[:5], answers=30), pulse(MEANS[5:], WEEKS[5:], answers=12)])
    found = tne.wellbeing_change(more, start=100, end=111)
    assert (found.n_people, found.n_people_total, found.n) == (12, 30, 5 * 30 + 3 * 12)


def test_weeks_with_fewer_than_five_answers_are_left_out():
    few = pulse((1.0,), (106,), answers=4)
    whole = pulse(MEANS, WEEKS)
    found, alone = (tne.wellbeing_change(f, start=100, end=111) for f in (pd.concat([whole, few]), whole))
    assert (found.estimate, found.conf_low) == pytest.approx((alone.estimate, alone.conf_low))
    assert found.n == alone.n


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (pulse(MEANS[:5], WEEKS[:5]), "fewer than 2 weeks"),
        (pulse(MEANS[5:], WEEKS[5:]), "fewer than 2 weeks"),
        (pulse(MEANS, WEEKS).assign(scale_max=[5] * 80 + [7] * 80), "different scales"),
        (pulse((3.0,) * 8, WEEKS), "same mean"),
        (pulse(MEANS, WEEKS).iloc[:0], "fewer than 2 weeks"),
        (pulse(MEANS, WEEKS).assign(construct="satisfaction"), "fewer than 2 weeks"),
        (pulse(MEANS, WEEKS).assign(wave="end"), "fewer than 2 weeks"),
        (pulse(MEANS, WEEKS).assign(value=NAN), "fewer than 2 weeks"),
    ],
)
def test_undefined_is_nan_with_a_note(frame, why):
    found = tne.wellbeing_change(frame, start=100, end=111)
    assert math.isnan(found.estimate)
    assert why in found.note


def test_bad_input_names_what_is_wrong():
    with pytest.raises(KeyError, match="submitted_at"):
        tne.wellbeing_change(pulse(MEANS, WEEKS).drop(columns="submitted_at"), start=100, end=111)
    with pytest.raises(TypeError, match="value"):
        tne.wellbeing_change(pulse(MEANS, WEEKS).assign(value="good"), start=100, end=111)
    with pytest.raises(KeyError, match="construct"):
        tne.guard_wellbeing([effect()], pulse(MEANS, WEEKS).drop(columns="construct"))
    with pytest.raises(KeyError, match="lacks `margin`"):
        tne.guard_wellbeing([effect()], pulse(MEANS, WEEKS), rule={"worse": "lower"})


def effect(**more):
    """A randomised effect that is scaled."""
    own = Estimate(term="effect", estimate=4.0, std_error=0.5, conf_low=3.0, conf_high=5.0, n_people=50.0,
                   n_people_total=100.0)  # fmt: skip
    judged = grade("randomised", [Check("sample_ratio", "pass"), Check("differential_attrition", "pass")],
                   estimate=own, minimum_effect=1.0)  # fmt: skip
    rail = Guardrail(name="handle_seconds", margin=1.0, estimate=replace(own, conf_low=-0.5, conf_high=0.5))
    decision = decide(own, judged, minimum_effect=1.0, guardrails=(rail,), transferable=own, n_primary=3,
                      as_of=dt.date(2026, 9, 20))  # fmt: skip
    fields = {"programme_id": "p", "title": "P", "design": "randomised", "effect": own, "transferable": own,
              "event_study": None, "naive": None, "regression_to_mean": NAN, "n_trained": 50.0, "n_comparison": 50.0,
              "grade": judged, "decision": decision, "guardrails": (rail,), "minimum_effect": 1.0, "planned": True,
              "window": (100.0, 111.0)}  # fmt: skip
    return ProgrammeEffect(**fields | more)


def test_a_margin_may_hold_back_a_roll_out_and_only_that():
    known = effect()
    assert known.decision.action == "scale"
    calm = tne.guard_wellbeing([known], pulse((3.5, 3.4) * 4, WEEKS), rule={"margin": 0.1, "worse": "lower"})[
        0
    ]
    assert calm.guardrails[-1].status == "clear"
    assert calm.decision == known.decision
    worse = tne.guard_wellbeing([known], pulse(MEANS, WEEKS), rule={"margin": 0.02, "worse": "lower"})[0]
    assert worse.guardrails[-1].status == "worse"
    assert (worse.decision.action, worse.decision.reason) == ("keep", "guardrail_worse")
    assert worse.decision.verdict == known.decision.verdict
    assert worse.decision.level == known.decision.level
    assert worse.decision.due == dt.date(2026, 9, 20) + dt.timedelta(days=84)
    wide = tne.guard_wellbeing(
        [known], pulse((3.9, 2.9) * 4, WEEKS), rule={"margin": 0.02, "worse": "lower"}
    )[0]
    assert wide.decision.reason == "guardrail_open"


def test_margin_is_a_share_of_the_mean():
    frame = pulse(MEANS, WEEKS)
    rail = tne.guard_wellbeing([effect()], frame, rule={"margin": 0.1, "worse": "lower"})[0].guardrails[-1]
    assert rail.margin == pytest.approx(0.1 * frame["value"].mean())


def test_without_a_margin_it_is_shown_and_holds_nothing_back():
    found = tne.guard_wellbeing([effect()], pulse(MEANS, WEEKS))[0]
    assert found.guardrails[-1].name == "wellbeing"
    assert math.isnan(found.guardrails[-1].margin)
    assert found.decision.action == "scale"


@pytest.mark.parametrize("surveys", [None, pd.DataFrame(), pulse(MEANS, WEEKS).assign(construct="relevance")])
def test_without_a_pulse_the_effects_come_back_as_they_are(surveys):
    known = effect()
    assert tne.guard_wellbeing([known], surveys, rule={"margin": 0.1, "worse": "lower"}) == [known]


def test_an_effect_without_a_window_has_no_weeks_to_compare():
    known = effect(window=(NAN, NAN))
    assert tne.guard_wellbeing([known], pulse(MEANS, WEEKS)) == [known]


def test_answers_of_another_market_do_not_count():
    both = pd.concat([pulse(MEANS, WEEKS), pulse((1.0, 5.0) * 4, WEEKS).assign(market="FR")])
    alone = tne.wellbeing_change(pulse(MEANS, WEEKS), start=100, end=111)
    assert tne.wellbeing_change(both, start=100, end=111, market="DE") == alone
    assert tne.wellbeing_change(both, start=100, end=111) != alone


@pytest.mark.parametrize("wrong", [None, Estimate(term="t", estimate=1.0), ["update"]])
def test_what_is_no_effect_of_a_programme_says_what_to_give(wrong):
    with pytest.raises(TypeError, match=r"tne\.primary_effect"):
        tne.guard_wellbeing(wrong, None)
