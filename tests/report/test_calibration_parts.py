"""The sections of the report on calibration: over time, on cases that came back, accuracy, strictness, the agenda."""

import math
import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from tests.report.test_calibration import GOAL, NAN, NUMBERS, Found, agenda, found, table, text, voice
from tne import say
from tne.report.calibration_areas import GOOD, HIDDEN, POOR
from tne.report.calibration_parts import agreement_columns, agreement_finding
from tne.report.calibration_time import drift_finding
from tne.report.catalogue import LANGUAGES


def drift(trend, low, high):
    rows = [("trend", trend, low, high), ("change", 0.1, -0.2, 0.4)]
    frame = pd.DataFrame(rows, columns=["term", "estimate", "conf_low", "conf_high"])
    return SimpleNamespace(to_frame=lambda: frame.assign(conf_level=0.95, unit="", comparison="", note=""))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ((0.02, 0.01, 0.03), "rose by 0.06 (0.03 to 0.09)"),
        ((-0.02, -0.03, -0.01), "fell by 0.06 (0.03 to 0.09)"),
        ((0.01, -0.01, 0.03), "changed by +0.03 (−0.03 to 0.09)"),
    ],
)
def test_drift_over_four_sessions_is_three_times_the_trend_by_hand(found, said):
    ratings = say.rated(table(cases=40, sessions=4))
    block = say.drift_text(voice(), drift(*found), ratings)
    assert said in text(block)
    assert [row["term"] for row in block.rows] == ["trend"]
    assert drift_finding(drift(*found)) in ("rose", "fell", "unclear")


def test_two_sessions_and_an_undefined_one_have_no_drift():
    none = drift(NAN, NAN, NAN)
    assert "Three sessions are needed" in text(say.drift_text(voice(), none, say.rated(table())))
    several = say.rated(table(cases=40, sessions=4))
    assert "not defined in every session" in text(say.drift_text(voice(), none, several))


def test_sessions_stand_on_their_day_in_the_market_in_order_of_time():
    ratings = say.rated(table(sessions=3, cases=60))
    found = Found([(f"c{s}", *NUMBERS[GOOD]) for s in (2, 0, 1)], ["calibration_id"])
    frame = say.session_frame(voice(), found, ratings)
    # half past eleven at night in UTC is the next day in Berlin
    assert list(frame["date"].dt.strftime("%Y-%m-%d")) == ["2026-01-06", "2026-02-03", "2026-03-03"]
    assert frame["n_cases"].tolist() == [40, 40, 40]


def test_cases_of_two_sessions_are_compared_with_themselves():
    ratings = say.rated(table(("hate",), cases=40))
    assert say.rated_again(ratings).empty
    assert "No case came up in two sessions" in text(say.again_table(voice(), None, say.rated_again(ratings)))
    back = ratings.loc[ratings["calibration_id"].eq("c0")]
    later = back.assign(calibration_id="c9", rated_at=back["rated_at"] + pd.Timedelta(90, "D"))
    again = say.rated_again(pd.concat([later, ratings], ignore_index=True))
    assert again.groupby("group")["case_id"].nunique().to_dict() == {"first": 20, "later": 20}
    assert set(again.loc[again["group"].eq("later"), "calibration_id"]) == {"c9"}
    shown = say.again_table(
        voice(), Found([("first", *NUMBERS[POOR]), ("later", *NUMBERS[GOOD])], ["group"]), again
    )
    assert "rated again later" in text(shown)
    assert len(shown.rows) == 2


def strictness(points=2.13, low=1.1, high=4.2):
    row = {
        "term": "strictness_points",
        "estimate": points,
        "conf_low": low,
        "conf_high": high,
        "conf_level": 0.95,
    }
    frame = pd.DataFrame([row]).assign(unit="points", comparison="", note="")
    return SimpleNamespace(to_frame=lambda: frame)


def test_strictness_is_one_number_from_three_auditors():
    audits = pd.DataFrame({"auditor_id": [f"a{i % 4}" for i in range(400)]})
    block = say.strictness_text(voice(), strictness(), audits)
    assert "differ by 2.1 points (1.1 to 4.2)" in text(block)
    assert len(block.rows) == 1
    few = say.strictness_text(voice(), strictness(), audits.loc[audits["auditor_id"].isin(["a0", "a1"])])
    assert "cannot be told" in text(few)
    assert math.isnan(few.rows[0]["estimate"])
    assert "cannot be told" in text(say.strictness_text(voice(), strictness(NAN, NAN, NAN), audits))


def test_accuracy_against_the_reference_is_held_to_people():
    rows = [("expert", 0.87, 0.80, 0.92, 9), ("moderator", 0.81, 0.79, 0.84, 60)]
    frame = pd.DataFrame(rows, columns=["group", "estimate", "conf_low", "conf_high", "n_people"])
    frame = frame.assign(
        n=500, n_people_total=frame["n_people"], unit="share", conf_level=0.95, comparison="", note=""
    )
    block = say.reference_table(voice(), SimpleNamespace(to_frame=lambda: frame))
    assert "81.0%" in text(block)
    assert "87" not in text(block)
    assert [math.isnan(row["estimate"]) for row in block.rows] == [True, False]


def test_a_case_that_fewer_than_three_rated_is_not_on_the_agenda():
    ratings = say.rated(table())
    assert "No case stands out" in text(say.agenda_table(voice(), agenda(ratings, n_raters=2), ratings))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_to_discuss_and_every_section_has_words(language):
    said, ratings = voice(language), say.rated(table())
    reasons = [
        f"{who}_differ_from_{what}" for who in ("most", "some") for what in ("reference", "experts")
    ] + ["raters_differ"]
    blocks = [say.agenda_table(said, agenda(ratings, reason), ratings) for reason in reasons]
    blocks += [
        say.calibration_caveat(said, key) for key in ("agreement", "sessions", "reference", "strictness")
    ]
    blocks += [say.calibration_note(said, key) for key in ("reference_none", "agenda_intro")]
    blocks += [
        say.drift_text(said, drift(*numbers), ratings) for numbers in ((0.1, 0.05, 0.2), (-0.1, -0.2, -0.05))
    ]
    audits = pd.DataFrame({"auditor_id": ["a", "b", "c"] * 20})
    blocks.append(say.strictness_text(said, strictness(), audits))
    assert all(text(block).strip() and "{" not in text(block) for block in blocks)


def test_alpha_and_equal_labels_are_hidden_where_agreement_is():
    said = voice()
    ratings = say.rated(table(moderators=2))
    numbers = found({"hate": (POOR, POOR), "spam": (GOOD, GOOD)})
    areas = say.area_agreement(said, numbers, ratings, goal=GOAL)
    every = dict.fromkeys(("gwet_ac1", "krippendorff_alpha", "percent"), numbers)
    frame = say.agreement_frame(said, every, ratings, areas)
    assert frame["policy_area"].tolist() == ["hate", "hate", "spam", "spam"]
    hidden = frame["group"].eq("moderator")
    assert frame.loc[hidden, ["estimate", "alpha", "same", "conf_low"]].isna().all().all()
    assert frame.loc[~hidden, ["estimate", "alpha", "same"]].notna().all().all()
    np.testing.assert_allclose(frame.loc[~hidden, "same"], 100 * frame.loc[~hidden, "alpha"])
    columns = agreement_columns(said, "policy_area", "group", beside=("alpha", "same"))
    assert columns["estimate"] == "Agreement (AC1)"
    assert agreement_finding(areas) == "text"


def drawn(said, numbers, ratings):
    """The figure by policy area, with AC1 beside itself."""
    areas = say.area_agreement(said, numbers, ratings, goal=GOAL)
    every = dict.fromkeys(("gwet_ac1", "krippendorff_alpha", "percent"), numbers)
    frame = say.agreement_frame(said, every, ratings, areas)
    return say.area_figure(said, frame, areas, goal=GOAL)


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_number_there_is_no_figure_but_the_reason(language):
    said = voice(language)
    two = say.rated(table(("hate",), moderators=2, qa=0, policy=0))
    few = drawn(said, found({"hate": (HIDDEN, GOOD)}), two)
    assert "<img" not in few.html
    assert said.html("calibration.lead_few", raters=said.count(3), cases=said.count(20)) in few.html
    perfect = Found(
        [("hate", group, 1.0, 1.0, 1.0) for group in ("expert", "moderator")], ["policy_area", "group"]
    )
    agreed = drawn(said, perfect, say.rated(table(("hate",))))
    assert "<img" not in agreed.html
    assert said.html("calibration.lead_agreed", edge=said.number(0.95, 2)) in agreed.html
    frame = say.session_frame(
        said, Found([("c0", *NUMBERS[GOOD]), ("c1", *NUMBERS[GOOD])], ["calibration_id"]), two
    )
    sessions = say.session_figure(said, frame, drift(NAN, NAN, NAN), goal=GOAL)
    assert "<img" not in sessions.html
    assert text(sessions) == text(few)
    assert [row["note"] for row in sessions.rows] == ["fewer than 3 raters or 20 cases"] * 2


def test_the_words_of_the_figure_name_the_areas_in_which_everybody_agreed():
    rows = [("hate", "expert", 1.0, 1.0, 1.0), ("hate", "moderator", *NUMBERS[POOR])]
    rows += [("self_harm", "expert", *NUMBERS[GOOD]), ("self_harm", "moderator", *NUMBERS[GOOD])]
    block = drawn(voice(), Found(rows, ["policy_area", "group"]), say.rated(table(("hate", "self_harm"))))
    alt = re.search(r'alt="(.*?)"', block.html)[1]
    assert "Among QA and policy experts everybody agreed, without a mark: hate." in alt
    assert "Among moderators everybody agreed" not in alt
    assert "from 0.82 (self harm) to 0.82 (self harm)" in alt


def test_a_session_without_a_number_is_a_gap_in_a_figure():
    ratings = say.rated(table(cases=60))
    frame = say.session_frame(
        voice(), Found([("c0", *NUMBERS[GOOD]), ("c1", 1.0, 1.0, 1.0)], ["calibration_id"]), ratings
    )
    block = say.session_figure(voice(), frame, drift(0.02, 0.01, 0.03), goal=GOAL)
    assert "<img" in block.html
    assert len(block.rows) == 2
