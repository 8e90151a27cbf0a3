"""Learning, reaction, coverage, groups, checks, provenance: sentences by rule, never a number about few people."""

import datetime as dt
import math
from types import SimpleNamespace

import pandas as pd
import pytest

from tne import say
from tne.report.catalogue import LANGUAGES
from tne.report.narrative import reason_text
from tne.result import Check


def test_learning_states_gain_interval_and_people(speak, make_estimate):
    block = say.learning(speak(), make_estimate(people=61.0), programme_id="P1", title="T", max_score=20)
    assert "changed by +2.4 points of 20 (1.3 to 3.5), 60 people" in block.html
    assert "larger than chance" in block.html
    assert block.rows[0]["level"] == "learning"
    assert block.rows[0]["estimate"] == 2.4


def test_tests_on_two_scales_give_no_gain(speak, make_estimate):
    block = say.learning(speak(), make_estimate(), programme_id="P1", title="T", same_scale=False)
    assert "not on one scale, so no gain is shown, because" in block.html
    assert "2.4" not in block.html
    assert math.isnan(block.rows[0]["estimate"])
    assert block.rows[0]["note"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_few_people_give_no_gain(speak, make_estimate, language):
    few = make_estimate(7.7, 5.5, 9.9, people=6.0)
    block = say.learning(
        speak(language), few, programme_id="P1", title="T", against=few, mastery=few, normalized=few
    )
    assert not any(n in block.html for n in ("7.7", "7,7", "9.9", "9,9", "5.5", "5,5"))
    assert math.isnan(block.rows[0]["estimate"])


def test_a_fall_in_the_pass_share_is_a_change_not_a_share(speak, make_estimate):
    drop = make_estimate(-0.104, -0.2, -0.008, unit="share")
    html = say.learning(speak(), make_estimate(), programme_id="P1", title="T", mastery=drop).html
    assert "changed by −10.4 points" in html


def test_normalised_gain_has_its_band(speak, make_estimate):
    gain = make_estimate(0.42, 0.3, 0.54, unit="")
    fields = {name: getattr(gain, name) for name in gain.as_row()}
    html = say.learning(
        speak(),
        make_estimate(),
        programme_id="P1",
        title="T",
        normalized=SimpleNamespace(band="medium", **fields),
    ).html
    assert "42% of what could still be gained (medium)" in html


def test_reaction_names_scale_and_share(speak, make_estimate):
    mean = make_estimate(4.21, 4.02, 4.4, people=80.0, unit="rating")
    top = make_estimate(0.97, 0.93, 0.99, people=80.0, unit="share", n=80.0, n_people_total=80.0)
    block = say.reaction(
        speak(),
        mean,
        programme_id="P1",
        title="T",
        construct="useful",
        scale=(1, 5),
        top_box=top,
        response_rate=0.98,
    )
    assert "rated 4.2 on average (4.0 to 4.4) on a scale from 1 to 5 by 80 people" in block.html
    assert "97" not in block.html
    assert "&gt; 95%" in block.html or "> 95%" in block.html


def test_few_answers_give_no_rating(speak, make_estimate):
    block = say.reaction(
        speak(), make_estimate(4.2, 4, 4.4, people=7.0), programme_id="P1", title="T", construct="u"
    )
    assert "4.2" not in block.html
    assert block.rows[0]["note"] == "fewer than 10 people"


def test_coverage_rounds_people_and_hides_small_groups(speak):
    counts = {
        "assigned": 132, "attended": 120, "completed": 93, "cohorts": 4,
        "first": dt.date(2026, 7, 6), "last": dt.date(2026, 8, 24),
    }  # fmt: skip
    html = say.coverage(speak(), counts).html
    assert "130 people were assigned, 120 attended and 95 finished (70%)" in html
    assert "four waves" in html
    assert "8" not in say.coverage(speak(), {"assigned": 8, "completed": 8}).html.replace("10", "")


def test_a_group_is_compared_raw_and_allowing_for_chance(speak, make_estimate):
    block = say.group_result(
        speak(),
        make_estimate(1.2, -0.3, 2.7),
        make_estimate(0.6, -0.5, 1.7),
        group="Team A",
        programme_id="P1",
    )
    assert "+1.20 test points" not in block.html
    assert "Team A against everyone else" in block.html
    assert "does not differ from the average group" in block.html
    assert [row["term"] for row in block.rows] == ["raw", "shrunken"]


def test_a_group_of_six_has_no_result(speak, make_estimate):
    block = say.group_result(
        speak(),
        make_estimate(7.7, 5.5, 9.9, people=6.0),
        make_estimate(4.4, 2.2, 6.6, people=6.0),
        group="Team B",
    )
    assert "too few people" in block.html
    assert not any(n in block.html for n in ("7.7", "4.4"))
    assert all(math.isnan(row["estimate"]) for row in block.rows)


def test_not_tested_is_not_passed(speak):
    found = [
        Check("pretrend", "pass"),
        Check("placebo", "not_run"),
        Check("balance", "fail", "3 people differ"),
    ]
    html = say.checks(speak(), found).html
    assert "which is not a pass" in html
    assert "The groups differed before the training." in html
    assert "3 people" not in html


def test_reason_codes_of_checks_speak_with_the_check_s_words(speak):
    assert reason_text(speak(), "pretrend_fail") == "Together before the training: failed"
    assert reason_text(speak(), "linear_trend_not_run") == "Earlier trend carried forward: not tested"
    assert reason_text(speak(), "design_staggered") == speak().text("reason.design_staggered")


def test_evidence_explains_the_grade_and_hides_it_for_few(speak, make_effect):
    assert (
        "Why evidence B" in say.evidence(speak(), make_effect("P1", checks=(Check("pretrend", "pass"),))).html
    )
    assert "No evidence grade" in say.evidence(speak(), make_effect("P1", people=6.0)).html


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fixed_text_can_be_said(speak, language):
    voice = speak(language)
    for key in ("coverage", "learning", "behaviour", "methods", "glossary", "about"):
        assert say.section(voice, key).facts["title"]
    assert say.section(voice, "behaviour", finding="rose").html.count("<h2") == 1
    assert say.caveat(voice, "policy_change", date=dt.date(2026, 7, 20)).html
    assert "{" not in say.glossary(voice).html
    assert "{" not in say.method_notes(voice, ["primary", "staggered", "disclosure"]).html


def test_the_end_marks_the_end_and_carries_the_voice(speak):
    block = say.provenance(
        speak(),
        {"used": 41297, "quarantined": 31, "suppressed": 2, "run_id": "r1", "inputs": {"audits": "ab" * 32}},
    )
    assert block.kind == "end"
    assert "41,300 used, 31 set aside, 2 numbers not shown" in block.html
    assert say.voice_from(block.facts["voice"]) == speak()


def test_a_lowered_threshold_is_printed(speak):
    assert "lowered from 10" in say.provenance(speak(min_n=8), {}).html


def test_rows_of_a_frame_are_gated_and_carry_no_free_text(speak):
    frame = pd.DataFrame(
        {
            "wave": ["pre", "post", "delayed"],
            "term": "mean",
            "estimate": [10.123, 7.77, math.nan],
            "conf_low": [9.5, 5.5, math.nan],
            "conf_high": [10.7, 9.9, math.nan],
            "n_people": [60, 6, 60],
            "note": ["", "", "only 3 people came"],
        }
    )
    rows = say.table_rows(speak(), frame, programme_id="P1", level="learning", measure="score", group="wave")
    assert [row["group"] for row in rows] == ["pre", "post", "delayed"]
    assert [row["note"] for row in rows] == ["", "fewer than 10 people", "no number can be given"]
    assert "7.77" not in repr(rows)
