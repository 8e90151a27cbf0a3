"""Every branch of the verdict, and that a null is hardly ever called effective."""

import dataclasses
import datetime as dt
import math

import numpy as np
import pytest
from scipy import stats

from tne.measures.decision import Guardrail, decide, lower_bound
from tne.measures.evidence import grade
from tne.result import Check, Estimate

A = grade("randomised", [Check("sample_ratio", "pass"), Check("differential_attrition", "pass")])
C = grade("adjusted", [Check("overlap", "pass"), Check("balance", "pass")])
D = grade("one_treated_cluster", [])


def finding(estimate: float, std_error: float, df: float = math.nan) -> Estimate:
    half = stats.norm.ppf(0.975) * std_error
    limits = {"conf_low": estimate - half, "conf_high": estimate + half}
    note = "none" if math.isnan(estimate) else ""
    return Estimate(
        term="effect", estimate=estimate, std_error=std_error, df=df, n_people_total=100, note=note, **limits
    )


@pytest.mark.parametrize(
    ("estimate", "se", "judged", "extra", "action", "reason"),
    [
        (5.0, 0.5, A, {}, "scale", "above_minimum"),
        (2.0, 0.5, A, {}, "keep", "above_zero_below_minimum"),
        (5.0, 0.5, C, {}, "keep", "evidence_short_of_scale"),
        (5.0, 0.5, A, {"planned": False}, "keep", "not_planned"),
        (5.0, 0.5, D, {}, "measure_better", "evidence_too_weak"),
        (5.0, 0.5, A, {"complete": False}, "measure_better", "window_incomplete"),
        (0.1, 0.36, A, {}, "revise", "below_minimum"),
        (0.1, 0.36, C, {}, "revise", "below_minimum"),
        (-2.0, 0.5, A, {}, "stop", "harmful"),
        (-2.0, 0.5, C, {}, "revise", "harmful"),
        (0.9, 0.9, A, {}, "measure_better", "interval_too_wide"),
        (math.nan, math.nan, A, {}, "measure_better", "no_estimate"),
        (5.0, math.nan, A, {}, "measure_better", "no_estimate"),
    ],
)
def test_every_rule(estimate, se, judged, extra, action, reason):
    decision = decide(finding(estimate, se), judged, minimum_effect=1.5, **extra)
    assert (decision.action, decision.reason) == (action, reason)


@pytest.mark.parametrize("failed", ["pretrend", "placebo", "linear_trend"])
def test_what_the_past_explains_is_never_called_effective(failed):
    names = ("treated_clusters", "linear_trend", "pretrend", "placebo")
    checks = [Check(name, "fail" if name == failed else "pass") for name in names]
    decision = decide(finding(5, 0.5), grade("staggered", checks), minimum_effect=1.5)
    assert decision.verdict == "cannot_tell"


@pytest.mark.parametrize(
    ("change", "error", "worse", "action"),
    [
        (0.0, 1.0, "higher", "scale"),  # interval to 2 < margin 3
        (2.0, 1.0, "higher", "keep"),  # 4 > 3: a worsening is not excluded
        (6.0, 1.0, "higher", "keep"),  # 4 > 3 for sure
        (-6.0, 1.0, "higher", "scale"),
        (-6.0, 1.0, "lower", "keep"),
        (math.nan, math.nan, "higher", "keep"),
    ],
)
def test_a_guardrail_vetoes_unless_it_excludes_the_margin(change, error, worse, action):
    rail = Guardrail(name="handle_seconds", estimate=finding(change, error), margin=3, worse=worse)
    assert decide(finding(5, 0.5), A, minimum_effect=1.5, guardrails=[rail]).action == action


@pytest.mark.parametrize("transferable", [finding(5.0, 4.0), finding(math.nan, math.nan)])
def test_scale_also_needs_the_transferable_effect_above_zero(transferable):
    decision = decide(finding(5, 0.5), A, minimum_effect=1.5, transferable=transferable)
    assert (decision.action, decision.reason) == ("keep", "not_transferable")


def test_a_zero_standard_error_decides_nothing():
    assert decide(finding(5, 0.0), A, minimum_effect=1.5).reason == "no_estimate"


def test_the_level_is_shared_by_the_portfolio():
    barely = finding(2.2, 1.0)  # 2.2 SE: enough for one test (2.05), not for ten (2.88)
    assert decide(barely, A, minimum_effect=1.5, n_primary=1).verdict == "effective"
    assert decide(barely, A, minimum_effect=1.5, n_primary=10).verdict == "cannot_tell"


def test_lower_bound_equals_student_t():
    assert lower_bound(finding(1.0, 2.0, df=7), 0.05) == pytest.approx(1 - 2 * stats.t.ppf(0.95, 7))


def test_a_null_is_called_effective_as_rarely_as_promised(rng):
    m, runs = 10, 4000
    draws = rng.normal(0, 1, size=(runs, m))
    called = sum(
        any(
            decide(finding(x, 1.0), A, minimum_effect=1.5, n_primary=m).verdict == "effective"
            for x in row
            if x > 2
        )
        for row in draws
    )
    assert called / runs <= 0.02 + 3 * np.sqrt(0.02 * 0.98 / runs)
    assert called > 0


@pytest.mark.parametrize(
    ("people", "verdict"), [(9, "cannot_tell"), (10, "effective"), (math.nan, "effective")]
)
def test_fewer_than_ten_people_get_no_verdict(people, verdict):
    found = dataclasses.replace(finding(5, 0.5), n_people=people)
    assert decide(found, A, minimum_effect=1.5).verdict == verdict


def test_due_date_and_owner_are_named():
    decision = decide(finding(5, 0.5), A, minimum_effect=1.5, as_of=dt.date(2026, 9, 30))
    assert (decision.owner_role, decision.due) == ("training_lead", dt.date(2026, 10, 28))


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="n_primary"):
        decide(finding(1, 1), A, minimum_effect=1.5, n_primary=0)


@pytest.mark.parametrize(
    ("estimate", "grade", "said"),
    [("2.4", None, "one number with its error, not str"), (Estimate(term="t", estimate=1.0), "A", "not str")],
)
def test_what_is_no_effect_or_grade_says_what_to_give(estimate, grade, said):
    with pytest.raises(TypeError, match=said):
        decide(estimate, grade, minimum_effect=1.0)
