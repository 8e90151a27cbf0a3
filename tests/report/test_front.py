"""The first screen: one row per programme, suppression before anything is said, what changed, what would change it."""

import math
import re

import pytest

from tne import say
from tne.report.catalogue import LANGUAGES
from tne.report.estimates_columns import COLUMNS
from tne.report.figures.spoken import alt_text
from tne.report.interval_svg import common_scale, interval_svg

NAN = math.nan


@pytest.mark.parametrize("language", LANGUAGES)
def test_six_people_leave_no_number_anywhere(speak, make_effect, language):
    tiny = make_effect(
        "P1",
        value=7.7731,
        low=5.5137,
        high=9.9119,
        people=6.0,
        n_trained=6.0,
        detectable=8.8217,
        people_needed=66.6,
    )
    block = say.front(speak(language), [tiny], facts={"moderators": 6, "audits": 500})
    text = re.sub(r"\s", " ", block.html + repr(block.rows))
    for number in ("7.7", "7,7", "5.5", "5,5", "9.9", "9,9", "8.8", "8,8", "66", "65"):
        assert number not in text
    assert "<svg" not in block.html
    assert "s-hidden" in block.html
    assert not re.search(r"[^\d.,]6[^\d.,%px]", re.sub(r"2026|<[^>]+>", "", block.html))


def test_six_people_leave_no_verdict_or_grade(speak, make_effect):
    block = say.front(
        speak(), [make_effect("P1", action="stop", value=-2, low=-3, high=-1, people=6.0)], facts={}
    )
    for row in block.rows:
        assert row["grade"] == row["precision"] == ""
        assert row["decision"] in ("", "measure_better")
        assert row["note"] == "fewer than 10 people"
        assert math.isnan(row["n_people"])
    assert "Stop" not in block.html
    assert "worse" not in block.html


def test_an_unknown_number_of_people_is_not_published(speak, make_effect):
    block = say.front(speak(), [make_effect("P1", people=NAN)], facts={})
    assert "2.4" not in block.html
    assert math.isnan(block.rows[0]["estimate"])


def test_rows_are_the_effect_and_the_decision_in_the_fixed_columns(speak, make_effect):
    block = say.front(speak(), [make_effect("P1"), make_effect("P2", action="keep")], facts={})
    assert [tuple(row) for row in block.rows] == [COLUMNS] * 4
    keys = [(r["programme_id"], r["measure"], r["term"], r["level"]) for r in block.rows]
    assert keys[:2] == [("P1", "accuracy", "effect", "behaviour"), ("P1", "verdict", "decision", "behaviour")]
    assert [r["decision"] for r in block.rows] == ["", "scale", "", "keep"]
    assert block.rows[0]["estimate"] == 2.4
    assert (block.rows[0]["conf_low"], block.rows[0]["conf_high"]) == (1.3, 3.5)
    assert block.rows[0]["n_people"] == 45


def test_every_row_names_action_role_and_date(speak, make_effect):
    html = say.front(speak(), [make_effect("P1")], facts={}).html
    assert "<b>Scale</b>" in html
    assert "Training lead" in html
    assert "by 30 Oct 2026" in html


def test_the_grade_speaks_to_those_who_cannot_see_it(speak, make_effect):
    html = say.front(speak(), [make_effect("P1")], facts={}).html
    assert '<span class="sr">Evidence B: a fair comparison that held up</span>' in html
    assert "precise enough" in html


def test_people_chosen_for_low_results_get_no_effect_but_a_footnote(speak, make_effect, make_estimate):
    coached = make_effect(
        "P4",
        action="measure_better",
        value=NAN,
        low=NAN,
        high=NAN,
        design="adjusted",
        letter="D",
        reason="no_estimate",
        naive=make_estimate(4.1, 2.0, 6.1, people=26.0),
        regression_to_mean=3.9,
    )
    html = say.front(speak(), [coached, make_effect("P1")], facts={}).html
    assert "Not to be read as an effect: chosen for low results" in html
    assert "of the 4.1 points gained, about 3.9 are expected without any training" in html
    assert 'href="#note-1"' in html
    assert 'id="note-1"' in html


def test_the_first_report_says_so(speak, make_effect):
    assert "first report of this kind" in say.front(speak(), [make_effect("P1")], facts={}).html


def test_changes_come_from_the_published_rows_of_the_last_report(speak, make_effect):
    before = say.front(
        speak(period="2026Q2"),
        [make_effect("P1", action="measure_better", value=0.9, low=-0.8, high=2.6), make_effect("P9")],
        facts={},
    ).rows
    html = say.front(speak(), [make_effect("P1"), make_effect("P2")], facts={}, previous=before).html
    assert "from “Measure better” to “Scale”" in html
    assert "the effect is larger than the smallest one worth having; the interval is narrower" in html
    assert "before −0.8 to 2.6" in html
    assert "moved from +0.9 to +2.4 points" in html
    assert "<strong>Programme P2</strong> is new" in html
    assert "One programme of the last report is not in this one" in html


def test_no_change_is_said_with_the_last_period(speak, make_effect):
    before = say.front(speak(period="2026Q2"), [make_effect("P1")], facts={}).rows
    html = say.front(speak(), [make_effect("P1")], facts={}, previous=before).html
    assert "No recommendation has changed since the last report (April to June 2026)." in html


def test_what_would_change_our_mind_names_effect_people_and_remedy(speak, make_effect):
    unsure = make_effect(
        "P2", action="measure_better", value=0.9, low=-0.8, high=2.6, detectable=2.63, people_needed=178.2
    )
    html = say.front(speak(), [unsure], facts={}).html
    assert "only an effect of 2.6 points or more would be noticed" in html
    assert "about 180 people in all" in html
    assert "deciding by lot which team is trained next would make the evidence stronger than B" in html


def test_more_people_than_there_are_is_said(speak, make_effect):
    needed = {"action": "measure_better", "value": 0.9, "low": -0.8, "high": 2.6}
    few, many = (
        say.front(speak(), [make_effect("P2", **needed, people_needed=n)], facts={}).html for n in (100, 2000)
    )
    assert "several markets together" not in few
    assert (
        "about 2,000 people in all (more than took part here: several markets together could show it)" in many
    )


def test_what_several_programmes_need_is_said_once(speak, make_effect):
    html = say.front(speak(), [make_effect("P1"), make_effect("P2"), make_effect("P3")], facts={}).html
    assert html.count("deciding by lot") == 1
    assert "<strong>Programme P1, Programme P2 and Programme P3</strong>: deciding by lot" in html


def test_the_table_explains_its_letters_its_line_and_its_dates(speak, make_effect):
    html = say.front(
        speak(), [make_effect("P1"), make_effect("P2", action="keep", letter="C")], facts={}
    ).html
    assert (
        "<li><b>B</b> a fair comparison that held up</li><li><b>C</b> a comparison with a weak point</li>"
        in html
    )
    assert "the solid line is no change, the dashed line at +1.0 the" in html
    assert html.count("look again by") == 1
    assert "<strong>Programme P2</strong> also worked: 2.4 points (1.3 to 3.5)." in html


def test_facts_are_rounded_and_small_markets_have_no_headcount(speak, make_effect):
    html = say.front(
        speak(), [make_effect("P1")], facts={"moderators": 168, "audits": 41297, "status": "final"}
    ).html
    assert "<strong>170</strong> moderators" in html
    assert "<strong>41,295</strong> audits" in html
    assert "Data to <strong>30 Sep 2026</strong>" in html
    assert (
        "moderators"
        not in say.front(speak(), [make_effect("P1")], facts={"moderators": 7}).html.split("<table")[0]
    )


def test_titles_are_escaped(speak, make_effect):
    html = say.front(speak(), [make_effect("P1", title="<img src=x onerror=alert(1)>")], facts={}).html
    assert "<img" not in html


def test_all_rows_share_one_scale_that_one_wide_interval_cannot_flatten():
    scale = common_scale([(2.4, 1.3, 3.5), (0.9, -40.0, 40.0)], [1.0])
    assert scale.low < 0 < scale.high
    assert scale.high - scale.low < 20
    assert scale.x(0) == common_scale([(2.4, 1.3, 3.5), (0.9, -40.0, 40.0)], [1.0]).x(0)
    assert 0.0 in scale.ticks()
    assert interval_svg(scale, 0.9, -40, 40, 1.0, "cannot_tell").count("iv-arrow") == 2


def test_the_marker_s_shape_tells_the_verdict():
    scale = common_scale([(2.4, 1.3, 3.5)], [1.0])
    shapes = {
        s: interval_svg(scale, 2.4, 1.3, 3.5, 1.0, s) for s in ("effective", "not_effective", "cannot_tell")
    }
    assert "<circle" in shapes["effective"]
    assert "<path" in shapes["not_effective"]
    assert "<rect" in shapes["cannot_tell"]
    assert all("iv-min" in drawing and "iv-zero" in drawing for drawing in shapes.values())


def test_a_loss_that_the_interval_allows_is_said(speak, make_effect):
    """The minimum effect is 1 point: a loss of as much is told where it is still possible, beside either verdict."""
    voice = speak()
    for action, said in (("revise", "a loss is not ruled out"), ("measure_better", "a loss, no effect and")):
        for low, told in ((-1.7, True), (-0.7, False)):
            one = make_effect("P1", action, value=-0.1, low=low, high=0.9, reason="interval_too_wide")
            assert (said in say.front(voice, [one], facts={}).html) is told


def test_what_changed_says_why_a_verdict_rose_while_its_estimate_fell(speak, make_effect):
    """The grade and the interval are what the rule looks at besides the estimate."""
    before = say.front(
        speak(period="2026Q2"),
        [make_effect("P1", action="measure_better", value=3.1, low=-0.4, high=6.6, letter="C")],
        facts={},
    ).rows
    html = say.front(speak(), [make_effect("P1")], facts={}, previous=before).html
    assert "the evidence is graded B, before C" in html
    held = make_effect(
        "P1", action="measure_better", value=3.1, low=0.4, high=5.8, reason="window_incomplete"
    )
    past = say.effect_rows(speak(period="2026Q2"), [held])
    told = say.front(speak(), [make_effect("P1")], facts={}, previous=past).html
    assert "the earlier reason, “the agreed observation time is not over”, no longer holds" in told
    assert "the interval is narrower (" in html
    assert "moved from +3.1 to +2.4 points" in html


@pytest.mark.parametrize(
    ("reason", "how"),
    [
        ("interval_too_wide", "How: more people"),
        ("window_incomplete", "How: waiting until the agreed observation time is over"),
        ("groups_differed_before", "How: deciding by lot which team is trained next"),
    ],
)
def test_measure_better_says_how_beside_it(speak, make_effect, reason, how):
    unsure = make_effect("P2", action="measure_better", value=0.9, low=-0.8, high=2.6, reason=reason)
    for effect, told in ((unsure, True), (make_effect("P1"), False)):
        cell = re.search(r'<td class="c-action">(.*?)</td>', say.front(speak(), [effect], facts={}).html)[1]
        assert (how in cell) == told


def test_the_title_over_the_weeks_of_a_harmful_programme_says_that_accuracy_fell(speak, make_effect):
    harm = make_effect("P1", action="revise", value=-2.4, low=-3.4, high=-1.4)
    assert say.effect_finding(speak(), harm) == "fell"
    assert "lower" in speak().text("figure.event_study.fell")
    assert say.effect_finding(speak(), make_effect("P1")) == "rose"


def test_one_week_is_not_told_as_weeks(speak):
    """Before and after, in the words for those who cannot see the figure."""
    values = {
        "weeks_before": 1,
        "weeks_after": 1,
        "furthest_before": 0.4,
        "last": 1.2,
        "last_low": 0.2,
        "last_high": 2.2,
    }
    said = alt_text(speak(), "event_study", values)
    assert "1 week before to 1 week after" in said
    assert "1 weeks" not in alt_text(speak(), "event_study", values | {"alt": "alt_after"})
