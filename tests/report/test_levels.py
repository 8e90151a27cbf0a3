"""Coverage, groups, checks, provenance: sentences by rule, never a number about few people."""

import datetime as dt
import math

import pandas as pd
import pytest

from tne import say
from tne.report.catalogue import LANGUAGES
from tne.report.narrative import reason_text
from tne.result import Check


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
