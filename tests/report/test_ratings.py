"""Ratings: the short answer, who did not answer, other views; nothing about few people."""

import math
import re
from types import SimpleNamespace

import pandas as pd
import pytest

from tne import say
from tne.report.catalogue import LANGUAGES
from tne.result import Check, Estimates

TITLES = {"P1": "One", "P2": "Two"}
KEYS = ("programme_id", "respondent", "wave", "construct")


def rating(make_estimate, term="mean", value=4.21, low=4.02, high=4.4, people=80.0, **where):
    unit = "share" if term in ("top_box", "response_rate") else "points"
    at = {"programme_id": "P1", "respondent": "learner", "wave": "end", "construct": "satisfaction"} | where
    row = make_estimate(value, low, high, people, unit=unit, n=people, n_people_total=people).as_row()
    return at | row | {"term": term}


def reaction(*rows, status="pass", changes=(), adjusted=None):
    table = pd.DataFrame(rows)
    scales = table[["programme_id", "construct"]].drop_duplicates().assign(scale_min=1.0, scale_max=5.0)
    moved = (
        pd.DataFrame(changes)
        if changes
        else pd.DataFrame(columns=["programme_id", "construct", "term", "estimate", "note"])
    )
    return SimpleNamespace(
        ratings=Estimates(table=table, keys=KEYS),
        changes=Estimates(table=moved, keys=("programme_id", "construct")),
        adjusted=adjusted or {},
        scales=scales,
        nonresponse={"P1": Check("nonresponse", status)},
    )


def words(block):
    return re.sub(r"<[^>]+>", " ", block.html)


@pytest.mark.parametrize(
    ("value", "low", "high", "says"),
    [
        (4.2, 4.0, 4.4, "above the middle"),
        (2.2, 2.0, 2.4, "below the middle"),
        (3.1, 2.8, 3.4, "cannot be told from"),
    ],
)
def test_the_short_answer_follows_the_interval(speak, make_estimate, value, low, high, says):
    found = reaction(rating(make_estimate, value=value, low=low, high=high))
    assert says in say.reaction_lead(speak(), found, TITLES).html


def test_ratings_name_mean_people_and_the_rest_in_the_fold(speak, make_estimate):
    found = reaction(
        rating(make_estimate),
        rating(make_estimate, "top_box", 0.97, 0.93, 0.99),
        rating(make_estimate, "net_score", 0.40, 0.30, 0.50),
        rating(make_estimate, "response_rate", 0.72, 0.62, 0.80),
    )
    block = say.ratings(speak(), found, TITLES)
    assert "4.21 (4.02 to 4.40)" in block.html
    assert "97" not in block.html
    assert "&gt; 95%" in block.html
    assert "+40 (30 to 50)" in block.html
    assert [row["term"] for row in block.rows] == ["mean", "net_score", "response_rate"]
    assert {row["level"] for row in block.rows} == {"reaction"}


def test_everybody_invited_is_shown_where_answers_were_uneven(speak, make_estimate):
    rows = (
        rating(make_estimate),
        rating(make_estimate, "poststratified_mean", 3.9, 3.7, 4.1),
        rating(make_estimate, "response_rate", 0.42, 0.32, 0.52),
    )
    uneven, even = reaction(*rows, status="warn"), reaction(*rows)
    assert "3.90 (3.70 to 4.10)" in say.ratings(speak(), uneven, TITLES).html
    assert "3.90" not in say.ratings(speak(), even, TITLES).html
    assert "42% of those asked answered" in say.reaction_caveat(speak(), even, TITLES).html
    assert "Some sites answered more often" in say.reaction_caveat(speak(), uneven, TITLES).html
    assert "Some sites" not in say.reaction_caveat(speak(), even, TITLES).html


def test_few_answers_give_no_rating(speak, make_estimate):
    found = reaction(
        rating(make_estimate, people=7.0), rating(make_estimate, "top_box", 0.4, 0.2, 0.6, people=7.0)
    )
    block = say.ratings(speak(), found, TITLES)
    assert block.html == ""
    assert [row["note"] for row in block.rows] == ["fewer than 10 people"]
    assert "Fewer than 10 people" in say.reaction_lead(speak(), found, TITLES).html


def test_nearly_all_on_one_side_is_not_told(speak, make_estimate):
    found = reaction(rating(make_estimate), rating(make_estimate, "net_score", 1.0, 0.95, 1.0))
    block = say.ratings(speak(), found, TITLES)
    assert "+100" not in block.html
    assert [row["term"] for row in block.rows] == ["mean"]


def test_other_views_stand_beside_and_later_answers_are_counted(speak, make_estimate):
    change = {"programme_id": "P1", "construct": "satisfaction"} | make_estimate(
        -0.3, -0.5, -0.1, 50.0
    ).as_row()
    found = reaction(
        rating(make_estimate),
        rating(make_estimate, wave="follow_up", value=3.9, low=3.7, high=4.1),
        rating(
            make_estimate, respondent="manager", wave="follow_up", construct="applied_on_the_job", people=14.0
        ),
        rating(make_estimate, respondent="trainer", wave="end", construct="applied_on_the_job", people=3.0),
        changes=[change | {"term": "mean_change"}],
    )
    block = say.views(speak(), found, TITLES)
    text = words(block)
    assert "rated 1 of 1 questions clearly lower and 0 clearly higher" in text
    assert "Managers, later" in text
    assert "Used on the job" in text
    assert "Trainers, " not in text
    assert "−0.30 (−0.50 to −0.10)" in text
    keys = [(row["measure"], row["term"], row["group"]) for row in block.rows]
    assert len(set(keys)) == len(keys)
    hidden = [row for row in block.rows if row["group"] == "trainer end"]
    assert [math.isnan(row["estimate"]) for row in hidden] == [True]


def test_questions_that_do_not_hang_together_are_named(speak, make_estimate):
    for alpha, says in (
        (0.82, "hang together with a reliability of 0.82"),
        (0.41, "hardly measure one thing"),
    ):
        found = reaction(
            rating(make_estimate), rating(make_estimate, "reliability", alpha, alpha - 0.1, alpha + 0.1)
        )
        assert says in say.ratings(speak(), found, TITLES).html


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_all_of_it(speak, make_estimate, language):
    voice = speak(language)
    found = reaction(
        rating(make_estimate),
        rating(make_estimate, "poststratified_mean", 3.9, 3.7, 4.1),
        rating(make_estimate, "response_rate", 0.42, 0.32, 0.52),
        rating(make_estimate, programme_id="P2"),
        rating(make_estimate, "response_rate", 0.62, 0.52, 0.72, programme_id="P2"),
        rating(make_estimate, "reliability", 0.8, 0.7, 0.9),
        rating(make_estimate, respondent="manager", wave="follow_up", construct="new_question"),
        status="warn",
    )
    blocks = [say.reaction_lead(voice, found, TITLES), say.reaction_caveat(voice, found, TITLES)]
    html = "".join(
        b.html for b in [*blocks, say.ratings(voice, found, TITLES), say.views(voice, found, TITLES)]
    )
    assert "{" not in html
    assert "new question" in html


def test_response_rates_are_one_a_programme_and_know_their_edges(speak, make_estimate):
    rows = [rating(make_estimate, "response_rate", value, 0.5, 0.99, construct=construct)
            for construct, value in (("satisfaction", 0.6), ("relevance", 0.62))]  # fmt: skip
    one = say.reaction_caveat(speak(), reaction(rating(make_estimate), *rows), TITLES)
    assert "60% of those asked answered" in one.html
    full = rating(make_estimate, "response_rate", 0.97, 0.9, 0.99, programme_id="P2")
    two = say.reaction_caveat(speak(), reaction(rating(make_estimate), *rows, full), TITLES)
    assert "60% to &gt; 95% answered, depending on the programme" in two.html


def test_each_question_names_its_scale_where_they_differ(speak, make_estimate):
    found = reaction(
        rating(make_estimate), rating(make_estimate, programme_id="P2", value=8.2, low=8.0, high=8.4)
    )
    assert "Scale from 1 to 5." in words(say.ratings(speak(), found, TITLES))
    found.scales.loc[found.scales["programme_id"].eq("P2"), ["scale_min", "scale_max"]] = [0.0, 10.0]
    text = words(say.ratings(speak(), found, TITLES))
    assert "Scale from" not in text
    assert "Satisfaction (1 to 5)" in text
    assert "Satisfaction (0 to 10)" in text


def test_reliability_is_that_of_the_learners(speak, make_estimate):
    rows = [rating(make_estimate, "reliability", value, value - 0.05, value + 0.05, people, respondent=who)
            for who, value, people in (("learner", 0.81, 40.0), ("manager", 0.31, 90.0))]  # fmt: skip
    text = words(say.ratings(speak(), reaction(rating(make_estimate), *rows), TITLES))
    assert "0.81" in text
    assert "0.31" not in text


def test_a_change_counts_as_clear_after_adjusting_for_their_number(speak, make_estimate):
    change = {"programme_id": "P1", "construct": "satisfaction", "term": "mean_change"}
    change |= make_estimate(-0.3, -0.59, -0.01, 50.0).as_row() | {"term": "mean_change"}
    rows = (rating(make_estimate), rating(make_estimate, wave="follow_up"))
    for p_adjusted, lower in ((0.04, 1), (0.2, 0)):
        found = reaction(*rows, changes=[change], adjusted={("P1", "satisfaction"): p_adjusted})
        assert f"rated {lower} of 1 questions clearly lower" in words(say.views(speak(), found, TITLES))


def test_answers_on_several_scales_say_why_there_is_no_mean(speak, make_estimate):
    row = rating(make_estimate) | {"estimate": math.nan, "note": "mixed_scales"}
    block = say.ratings(speak(), reaction(row), TITLES)
    assert [row["note"] for row in block.rows] == ["the answers stand on different scales"]
