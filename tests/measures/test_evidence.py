"""The grade follows from design and checks, and from nothing else."""

import math

import pytest

from tne.measures.evidence import THREATS, grade, precision
from tne.result import Check, Estimate

RANDOMISED = [Check("sample_ratio", "pass"), Check("differential_attrition", "pass")]
STAGGERED = [Check(n, "pass") for n in ("treated_clusters", "linear_trend", "pretrend", "placebo")]


def test_all_needs_met_give_the_design_its_letter():
    assert grade("randomised", RANDOMISED).letter == "A"
    assert grade("staggered", STAGGERED).letter == "B"
    assert grade("adjusted", [Check("overlap", "pass"), Check("balance", "pass")]).letter == "C"
    assert grade("one_treated_cluster", []).letter == "D"
    assert grade("self_report", []).letter == "E"


@pytest.mark.parametrize("lost", ["sample_ratio", "differential_attrition"])
@pytest.mark.parametrize("status", ["fail", "warn", "not_run", None])
def test_a_needs_each_check_passed_and_not_run_is_not_passed(lost, status):
    left = [c for c in RANDOMISED if c.name != lost] + ([Check(lost, status)] if status else [])
    judged = grade("randomised", left)
    assert judged.letter == "B"
    assert f"{lost}_{status or 'not_run'}" in judged.reasons


@pytest.mark.parametrize("lost", ["treated_clusters", "linear_trend", "pretrend", "placebo"])
@pytest.mark.parametrize("status", ["fail", "not_run"])
def test_b_needs_each_check_passed(lost, status):
    judged = grade("staggered", [c for c in STAGGERED if c.name != lost] + [Check(lost, status)])
    assert judged.letter == "C"
    assert judged.would_raise


def test_relative_magnitude_stands_in_for_the_linear_trend():
    checks = [*(c for c in STAGGERED if c.name != "linear_trend"), Check("linear_trend", "fail")]
    assert grade("staggered", [*checks, Check("relative_magnitude", "pass")]).letter == "B"


def test_clusters_count_only_where_the_design_is_clustered():
    assert grade("randomised", [*RANDOMISED, Check("clusters", "fail")]).letter == "B"
    assert grade("randomised", [*RANDOMISED, Check("clusters", "pass")]).letter == "A"


def test_selected_people_without_overlap_fall_to_d():
    assert grade("adjusted", [Check("overlap", "fail"), Check("balance", "pass")]).letter == "D"


@pytest.mark.parametrize("name", THREATS)
@pytest.mark.parametrize(
    ("design", "needs", "letter", "lower"),
    [
        ("randomised", RANDOMISED, "A", "B"),
        ("staggered", STAGGERED, "B", "C"),
        ("parallel", STAGGERED, "B", "C"),
        ("adjusted", [Check("overlap", "pass"), Check("balance", "pass")], "C", "D"),
        ("controlled_series", [], "C", "D"),
    ],
)
def test_a_threat_that_failed_lowers_the_grade_once_and_names_what_would_raise_it(
    name, design, needs, letter, lower
):
    others = [check for check in needs if check.name != name]
    assert grade(design, [*others, Check(name, "pass")]).letter == letter
    judged = grade(design, [*others, Check(name, "fail")])
    assert judged.letter == lower
    assert f"{name}_fail" in judged.reasons
    assert judged.would_raise
    everything = [*others, *(Check(threat, "fail") for threat in THREATS)]
    assert grade(design, everything).letter == lower


@pytest.mark.parametrize("status", ["warn", "not_run"])
def test_a_threat_that_chance_explains_or_nobody_could_test_lowers_nothing_the_table_does_not_ask_for(status):
    assert grade("staggered", [*STAGGERED, *(Check(name, status) for name in THREATS)]).letter == "B"
    assert grade("randomised", [*RANDOMISED, *(Check(n, status) for n in THREATS[1:])]).letter == "A"


def test_d_and_e_are_not_lowered():
    failed = [Check(name, "fail") for name in THREATS]
    assert [
        grade(d, failed).letter for d in ("one_treated_cluster", "matched_pre_post", "self_report")
    ] == list("DDE")


def test_unknown_design_is_refused():
    with pytest.raises(ValueError, match="design"):
        grade("hearsay", [])


@pytest.mark.parametrize(
    ("low", "high", "minimum", "expected"),
    [
        (0.5, 3.5, 1.5, "conclusive"),
        (-3.0, -0.1, 1.5, "conclusive"),
        (-0.6, 0.8, 1.5, "conclusive"),
        (-0.8, 2.6, 1.5, "suggestive"),
        (-3.0, 3.2, 1.5, "uninformative"),
        (-3.0, 3.2, math.nan, "uninformative"),
        (math.nan, math.nan, 1.5, "uninformative"),
    ],
)
def test_precision_by_hand(low, high, minimum, expected):
    se = (high - low) / 3.92
    finding = Estimate(
        term="effect", estimate=(low + high) / 2, std_error=se, conf_low=low, conf_high=high, note="x"
    )
    assert precision(finding, minimum_effect=minimum) == expected
