"""Surveys of one market: who was invited, which sites, which views, and what changed later."""

import math

import pandas as pd
import pytest
from scipy import stats

from tne.measures.reaction_summary import reaction_summary

PEOPLE = [f"m{i}" for i in range(40)]
ENROLMENTS = pd.DataFrame(
    {"programme_id": "p", "moderator_id": PEOPLE, "status": ["completed"] * 38 + ["no_show"] * 2}
)
MODERATORS = pd.DataFrame(
    {
        "moderator_id": PEOPLE,
        "site": ["north"] * 20 + ["south"] * 20,
        "valid_from": pd.Timestamp("2025-01-01"),
        "valid_to": pd.NaT,
    }
)


def survey(people, values, wave="end", respondent="learner", construct="satisfaction"):
    return pd.DataFrame(
        {
            "response_id": [f"{respondent}{wave}{i}" for i in range(len(values))],
            "question_id": construct,
            "programme_id": "p",
            "moderator_id": people,
            "respondent": respondent,
            "wave": wave,
            "construct": construct,
            "value": [float(v) for v in values],
            "scale_min": 1.0,
            "scale_max": 5.0,
            "submitted_at": pd.Timestamp("2026-03-02", tz="UTC"),
        }
    )


NORTH, SOUTH = PEOPLE[:18], PEOPLE[20:26]
ENDED = survey([*NORTH, *SOUTH], [5, 4] * 9 + [1, 2] * 3)


def told(found, term, **where):
    return found.ratings.get(
        term=term, construct="satisfaction", **{"respondent": "learner", "wave": "end"} | where
    )


def test_everybody_invited_by_hand():
    found = reaction_summary(ENDED, enrolments=ENROLMENTS, moderators=MODERATORS)
    assert told(found, "response_rate").estimate == pytest.approx(24 / 38)
    assert told(found, "mean").estimate == pytest.approx((18 * 4.5 + 6 * 1.5) / 24)
    assert told(found, "poststratified_mean").estimate == pytest.approx((20 * 4.5 + 18 * 1.5) / 38)
    assert found.nonresponse["p"].status == "warn"
    assert found.scale("satisfaction") == (1.0, 5.0)


def test_even_response_is_quiet():
    everyone = survey(PEOPLE[:38], [3, 4] * 19)
    assert (
        reaction_summary(everyone, enrolments=ENROLMENTS, moderators=MODERATORS).nonresponse["p"].status
        == "pass"
    )


def test_whoever_answered_was_invited():
    came = ENROLMENTS.assign(status="no_show")
    assert told(reaction_summary(ENDED, enrolments=came), "response_rate").estimate == 1


def test_a_site_with_few_answers_is_no_stratum():
    found = reaction_summary(ENDED.head(20), enrolments=ENROLMENTS, moderators=MODERATORS)
    assert math.isnan(told(found, "poststratified_mean").estimate)
    assert told(found, "response_rate").estimate == pytest.approx(20 / 38)


def test_anonymous_answers_have_a_mean_and_no_rate():
    found = reaction_summary(ENDED.assign(moderator_id=None), enrolments=ENROLMENTS, moderators=MODERATORS)
    assert told(found, "mean").n == 24
    assert math.isnan(told(found, "response_rate").estimate)
    assert found.nonresponse["p"].status == "not_run"


def test_the_site_is_that_of_the_time_of_the_survey():
    moved = MODERATORS.assign(site="south", valid_from=pd.Timestamp("2026-09-01"))
    both = pd.concat([MODERATORS, moved], ignore_index=True)
    one = reaction_summary(ENDED, enrolments=ENROLMENTS, moderators=MODERATORS)
    two = reaction_summary(ENDED, enrolments=ENROLMENTS, moderators=both)
    assert told(one, "poststratified_mean").estimate == told(two, "poststratified_mean").estimate


def test_managers_stand_beside_learners_and_later_answers_are_paired():
    later = survey(NORTH, [4, 4, 3] * 6, wave="follow_up")
    managers = survey([None] * 4, [3, 3, 4, 2], wave="follow_up", respondent="manager", construct="applied")
    found = reaction_summary(pd.concat([ENDED, later, managers]), enrolments=ENROLMENTS)
    view = found.ratings.get(term="mean", respondent="manager", wave="follow_up", construct="applied")
    assert (view.estimate, view.n_people) == (3.0, 4)
    change = found.changes.get(term="mean_change", construct="satisfaction")
    paired = stats.ttest_rel(later["value"], ENDED["value"].head(18))
    assert change.estimate == pytest.approx((later["value"] - ENDED["value"].head(18)).mean())
    assert change.p_value == pytest.approx(paired.pvalue)
    assert change.n == 18


def test_pulse_surveys_and_nobody_are_no_crash():
    assert len(reaction_summary(ENDED.assign(programme_id=None)).ratings) == 0
    assert len(reaction_summary(ENDED.head(0)).ratings) == 0
    one = reaction_summary(ENDED.head(1), enrolments=ENROLMENTS, moderators=MODERATORS)
    assert told(one, "mean").n == 1


def test_scales_may_differ_between_programmes_and_views():
    """Satisfaction from 1 to 5 in one programme, from 0 to 10 in another and for managers: three means by hand."""
    ten = ENDED.assign(programme_id="q", value=8.0, scale_min=0.0, scale_max=10.0)
    ten["response_id"] = "q" + ten["response_id"]
    managers = survey([None] * 12, [7] * 12, respondent="manager").assign(scale_min=0.0, scale_max=10.0)
    later = pd.concat([survey(NORTH, [4] * 18, "follow_up"), ten.assign(wave="follow_up", value=9.0)])
    later["response_id"] = "later" + later["response_id"]
    found = reaction_summary(pd.concat([ENDED, ten, managers, later], ignore_index=True))
    assert told(found, "mean", programme_id="q").estimate == 8
    assert told(found, "mean", programme_id="p").estimate == pytest.approx(3.75)
    assert told(found, "mean", programme_id="p", respondent="manager").estimate == 7
    changes = found.changes.to_frame().query("term == 'mean_change'").set_index("programme_id")
    assert changes.loc["p", "estimate"] == pytest.approx(-0.5)
    assert changes.loc["q", "estimate"] == 1


def test_programmes_are_side_by_side_only_on_one_scale():
    ten = ENDED.assign(programme_id="q", value=8.0, scale_min=0.0, scale_max=10.0)
    ten["response_id"] = "q" + ten["response_id"]
    assert reaction_summary(ENDED).same_scale("satisfaction")
    assert not reaction_summary(pd.concat([ENDED, ten])).same_scale("satisfaction")


def test_several_scales_in_one_group_give_no_mean_and_stop_nothing():
    half = ENDED.assign(response_id="x" + ENDED["response_id"], scale_max=7.0)
    other = survey(PEOPLE[:20], [3, 4] * 10, construct="relevance")
    found = reaction_summary(pd.concat([ENDED, half, other], ignore_index=True), enrolments=ENROLMENTS)
    row = told(found, "mean", programme_id="p")
    assert math.isnan(row.estimate)
    assert row.note == "mixed_scales"
    means = found.ratings.to_frame().query("term == 'mean' and construct == 'relevance'")
    assert means["estimate"].tolist() == [3.5]


def test_a_change_between_two_scales_is_no_change():
    later = survey(NORTH, [9] * 18, "follow_up").assign(scale_min=0.0, scale_max=10.0)
    found = reaction_summary(pd.concat([ENDED, later], ignore_index=True))
    assert len(found.changes) == 0


def test_changes_are_adjusted_for_their_number_by_hand():
    """Benjamini-Hochberg of two p-values: the larger stays, the smaller at most doubles."""
    later = survey(NORTH, [5, 3] * 9, "follow_up")
    more = pd.concat([survey(NORTH, [4, 5] * 9, w, construct="relevance") for w in ("end", "follow_up")])
    more["value"] += [0] * 18 + [-1, 0, -1] * 6
    more["response_id"] = "r" + more["response_id"]
    found = reaction_summary(pd.concat([ENDED, later, more], ignore_index=True))
    low, high = sorted(found.changes.to_frame().query("term == 'mean_change'")["p_value"])
    assert set(found.adjusted) == {("p", "satisfaction"), ("p", "relevance")}
    assert sorted(found.adjusted.values()) == pytest.approx([min(2 * low, high), high])
