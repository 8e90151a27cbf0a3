"""Each doubt about an effect is silent where nothing else happened, and loud where something was planted."""

import math

import numpy as np
import pandas as pd
import pytest

from tne.measures.primary import primary_effect

UPDATE = {"programme_id": "update", "title": "Update", "rollout": "staggered", "rollout_unit": "team"}
LOT = {"programme_id": "lot", "title": "Lot", "rollout": "randomised", "rollout_unit": "person"}
PLAN = {"minimum_effect": 1.5, "baseline_weeks": 8, "window_weeks": 6, "markets": ["X"], "sha256": "abc"}
STARTS = np.array([12.0, 15.0, 18.0, np.nan])
NAMES = ("differential_attrition", "case_mix", "policy_change", "overlapping_programmes", "placebo")


def market(rng, effect=3.0, n=120, weeks=30):
    """Ten audits a person-week; 24 teams of five in four waves; 40 audits of other policy areas."""
    person, week = (a.ravel() for a in np.meshgrid(np.arange(n), np.arange(weeks), indexing="ij"))
    frame = pd.DataFrame({"market": "X", "moderator_id": [f"p{i}" for i in person], "period": week})
    frame["home_team"] = [f"t{i}" for i in person % 24]
    start = STARTS[(person % 24) // 6]
    frame["cohort"] = frame["home_cohort"] = start
    level = np.repeat(rng.uniform(0.7, 0.85, n), weeks)
    after = week >= start
    frame["weight_sum"], frame["outside_weight_sum"] = 10.0, 40.0
    share = np.clip(level + 0.01 * effect * after, 0, 1)
    frame["weighted_correct"] = rng.binomial(10, share).astype(float)
    frame["outside_weighted_correct"] = rng.binomial(40, level).astype(float)
    frame["expected_correct"] = 8.0 + rng.normal(0, 0.2, len(frame))
    frame["new_policy_weight"] = np.where(week >= 13, rng.binomial(10, 0.3, len(frame)), 0.0)
    frame["policy_changes"] = (week >= 13).astype(int)
    began = 5 + person % 3
    frame["other_programmes"] = (week >= began).astype(int)
    frame["weeks_since_other"] = np.where(week >= began, week - began, np.nan)
    return frame.assign(arm="", tenure_weeks=100.0, after=after, trained=~np.isnan(start))


def found(frame, **programme):
    return primary_effect(frame, market="X", programme=UPDATE | programme, plan=PLAN)


def status(result):
    return {check.name: check.status for check in result.checks}


def test_nothing_planted_nothing_said(rng):
    result = found(market(rng))
    assert {name: status(result)[name] for name in NAMES} == dict.fromkeys(NAMES, "pass")
    assert result.grade.letter == "B"
    assert result.robustness is None
    said = next(check.detail for check in result.checks if check.name == "policy_change")
    assert "1970-04-06" in said  # week 13: 13 × 7 days after 5 January 1970
    assert "both sides alike" in said


def test_easier_cases_after_the_training_are_no_effect(rng):
    """Four in ten cases of the trained become easy (20 points): accuracy rises by 8 points, skill not at all."""
    frame = market(rng, effect=0.0)
    easier = 0.08 * frame["after"]
    frame["weighted_correct"] = rng.binomial(10, 0.77 + easier)
    frame["expected_correct"] += 10 * easier
    result = found(frame)
    as_audited = result.robustness.get(variant="as_audited")
    assert status(result)["case_mix"] == "fail"
    assert as_audited.conf_low > 5
    assert result.effect.conf_low < 0 < result.effect.conf_high
    assert "case mix" in result.effect.note
    assert result.grade.letter == "C"
    assert result.decision.verdict != "effective"


def test_the_common_mix_gives_the_effect_back_by_hand(rng):
    """Without noise: 3 points of skill and 8 points of easier cases are told apart exactly."""
    frame = market(rng)
    level = frame["moderator_id"].map({f"p{i}": 0.7 + 0.001 * i for i in range(120)})
    frame["expected_correct"] = 8.0 + 0.8 * frame["after"]
    frame["weighted_correct"] = 10 * (level + 0.11 * frame["after"])
    result = found(frame)
    assert result.effect.estimate == pytest.approx(3.0, abs=1e-9)
    assert result.robustness.get(variant="as_audited").estimate == pytest.approx(11.0, abs=1e-9)


def test_a_policy_that_reaches_the_trained_alone_lowers_the_grade(rng):
    frame = market(rng)
    frame["new_policy_weight"] = np.where(frame["trained"], frame["new_policy_weight"], 0.0)
    result = found(frame)
    assert status(result)["policy_change"] == "fail"
    assert result.grade.letter == "C"
    assert "policy_change_fail" in result.grade.reasons


def test_another_programme_for_the_trained_alone_lowers_the_grade_and_is_left_out(rng):
    frame = market(rng)
    second = frame["home_cohort"] + 2
    later = frame["period"] >= second
    frame["other_programmes"] += later.astype(int)
    frame.loc[later, "weeks_since_other"] = frame["period"] - second
    result = found(frame)
    assert status(result)["overlapping_programmes"] == "fail"
    assert result.grade.letter == "C"
    assert result.robustness.get(variant="no_other_programme").note or math.isfinite(
        result.robustness.get(variant="no_other_programme").estimate
    )


def test_leavers_from_trained_teams_lower_the_grade(rng):
    frame = market(rng)
    leaves = rng.random(120) < 0.5
    gone = frame["moderator_id"].map({f"p{i}": leaves[i] for i in range(120)}) & (
        frame["period"] > frame["home_cohort"] + 1
    )
    result = found(frame.loc[~gone])
    assert status(result)["differential_attrition"] == "fail"
    assert result.grade.letter == "C"


def test_drawn_people_who_leave_midway_lower_the_grade(rng):
    """They have an outcome, of the first weeks: without this check nobody would miss them."""
    frame = market(rng)
    even = frame["moderator_id"].str[1:].astype(int) % 2 == 0
    frame["arm"] = np.where(even, "trained", "waitlist")
    frame["cohort"] = np.where(even, 12.0, np.nan)
    leaves = rng.random(120) < 0.4
    some = frame["moderator_id"].map({f"p{i}": leaves[i] for i in range(120)})

    def graded(gone):
        result = primary_effect(frame.loc[~gone], market="X", programme=LOT, plan=PLAN)
        return status(result)["differential_attrition"], result.grade.letter

    assert graded(some & even & (frame["period"] > 13)) == ("fail", "B")
    assert graded(some & (frame["period"] > 13)) == ("pass", "A")


def test_leavers_on_both_sides_are_borne(rng):
    frame = market(rng)
    leaves = rng.random(120) < 0.3
    gone = frame["moderator_id"].map({f"p{i}": leaves[i] for i in range(120)}) & (frame["period"] > 16)
    assert status(found(frame.loc[~gone]))["differential_attrition"] in ("pass", "warn")


def test_areas_that_were_no_target_enter_the_joint_placebo(rng):
    frame = market(rng)
    frame["outside_weighted_correct"] += np.where(frame["after"], 2.0, 0.0)  # five points
    result = found(frame)
    assert status(result)["placebo"] == "fail"
    assert result.grade.letter == "C"
    assert result.decision.verdict == "cannot_tell"


def test_in_a_lottery_other_areas_that_move_are_a_warning_only(rng):
    """Chance decided who came: if other areas moved too, the training reached them."""
    frame = market(rng)
    even = frame["moderator_id"].str[1:].astype(int) % 2 == 0
    frame["arm"] = np.where(even, "trained", "waitlist")
    frame["cohort"] = np.where(even, 12.0, np.nan)
    frame["after"] = frame["period"] >= frame["cohort"]
    frame["outside_weighted_correct"] += np.where(frame["after"], 2.0, 0.0)
    result = primary_effect(frame, market="X", programme=LOT, plan=PLAN)
    assert status(result)["placebo"] == "warn"
    assert result.grade.letter == "A"


@pytest.mark.parametrize("design", [UPDATE, LOT])
def test_a_threat_is_not_invented_where_the_panel_says_nothing(rng, design):
    frame = market(rng)
    even = frame["moderator_id"].str[1:].astype(int) % 2 == 0
    if design is LOT:
        frame["arm"] = np.where(even, "trained", "waitlist")
        frame["cohort"] = np.where(even, 12.0, np.nan)
    bare = frame.drop(
        columns=[
            "expected_correct",
            "new_policy_weight",
            "policy_changes",
            "other_programmes",
            "weeks_since_other",
        ]
    )
    result = primary_effect(bare, market="X", programme=design, plan=PLAN)
    assert {status(result)[n] for n in ("case_mix", "policy_change", "overlapping_programmes")} == {"not_run"}
    assert result.grade.letter in "AB"


def test_everyone_at_once_leaves_before_and_after_with_its_caveat(rng):
    frame = market(rng)
    frame["cohort"] = frame["home_cohort"] = 12.0
    frame["weighted_correct"] = (
        7.0 + 0.5 * (frame["period"] >= 12) + 0.001 * frame.groupby("moderator_id").ngroup()
    )
    result = found(frame)
    assert math.isnan(result.effect.estimate)
    assert result.naive.estimate == pytest.approx(5.0, abs=1e-9)
    assert "season" in result.naive.note
    assert (result.design, result.grade.letter) == ("matched_pre_post", "D")
    assert status(result)["policy_change"] == "fail"
    assert result.decision.verdict == "cannot_tell"


def test_one_period_says_that_nothing_was_before(rng):
    frame = market(rng)
    result = found(frame.loc[frame["period"] == 20])
    assert math.isnan(result.effect.estimate)
    assert math.isnan(result.naive.estimate)
    assert "before and after" in result.naive.note
    assert result.grade.letter in "DC"


def test_a_cohort_of_one_team_has_too_few_clusters(rng):
    frame = market(rng)
    frame.loc[frame["home_cohort"].eq(12) & frame["home_team"].ne("t0"), ["cohort", "home_cohort"]] = np.nan
    result = found(frame)
    assert status(result)["treated_clusters"] == "fail"
    assert result.grade.letter == "C"


def test_negative_weights_are_refused(rng):
    frame = market(rng)
    frame.loc[:2, "weight_sum"] = -1.0
    with pytest.raises(ValueError, match=r"negative in 3 row\(s\).*sampling_weight"):
        found(frame)
