"""What can be asked, where one stands, and the ways from there."""

import datetime as dt
from types import SimpleNamespace

import pandas as pd
import pytest

from tne.desk.choices import Choice, checked, days_of, first_choice, monday, offer, week_of
from tne.desk.walk import Walk

WHOLE = Choice("accuracy", "ES", "onboarding", 2882, "spam_fraud")


def test_steps_lead_down_from_the_portfolio_to_a_policy_area_by_hand():
    steps = [choice.step for choice in WHOLE.trail]
    assert steps == ["market", "programme", "cohort", "area", ""]
    assert WHOLE.trail[-1] == WHOLE
    assert WHOLE.trail[0] == Choice("accuracy")
    assert Choice("accuracy").into("ES").into("onboarding").into(2882).into("spam_fraud") == WHOLE


def test_a_way_without_a_market_skips_it():
    assert [choice.programme for choice in Choice("effect", "", "P").trail] == ["", "P"]
    assert Choice("effect", "", "P").step == "market"


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2026Q1", dt.date(2026, 1, 1), dt.date(2026, 3, 31)),
        ("2025-Q4", dt.date(2025, 10, 1), dt.date(2025, 12, 31)),
        ("2024-02", dt.date(2024, 2, 1), dt.date(2024, 2, 29)),
        ("2026-06-30", dt.date(2026, 6, 30), dt.date(2026, 6, 30)),
    ],
)
def test_days_of_a_period_by_hand(period, first, last):
    assert days_of(period) == (first, last)


def test_weeks_are_counted_from_the_first_monday_by_hand():
    assert monday(0) == dt.date(1970, 1, 5)
    assert monday(1).weekday() == 0
    assert week_of(0) == "trained in the week of 5 January 1970"


def test_the_sample_offers_what_it_has(sample):
    found = offer(sample.ws)
    assert set(found.questions) == {"effect", "accuracy", "reaction"}  # it has no tests
    assert found.markets == {"ES": "Spain", "IE": "Ireland"}
    assert found.begun == ("onboarding", "appeals-workshop")
    assert found.compared == ()
    assert found.periods == ("2025Q4", "2025Q3", "2025Q2")
    first = first_choice(sample.ws, found)
    assert first.question == "accuracy"  # no programme came to teams or people, so that no effect can be told
    assert checked(sample.ws, first, found) == first


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (Choice("sales"), "question"),
        (Choice("accuracy", "XX"), "market"),
        (Choice("accuracy", "ES", "absent"), "programme"),
        (Choice("accuracy", "ES", period="soon"), "period"),
        (Choice("effect", "ES"), "Choose `programme`"),
        (Choice("accuracy", "ES", cohort=2882), "programme"),
    ],
)
def test_what_cannot_be_asked_says_what_to_do(sample, choice, said):
    with pytest.raises(ValueError, match=said):
        checked(sample.ws, choice, sample.offer)


def test_an_absent_table_names_its_export(sample):
    with pytest.raises(KeyError, match="Moodle"):
        checked(sample.ws, Choice("learning", "ES", "onboarding"), sample.offer)


def test_another_market_leaves_the_cohort_behind(sample):
    walk = Walk(sample, WHOLE)
    assert walk.chosen("market", "IE") == Choice("accuracy", "IE", "onboarding")
    assert walk.told.endswith("trained in the week of 31 March 2025 › spam fraud")


def test_a_question_of_one_programme_takes_one_and_all_programmes_take_another_question(sample):
    walk = Walk(sample, Choice("accuracy", "ES"))
    assert walk.chosen("question", "effect") == Choice("effect", "ES", "appeals-workshop")
    asked = Walk(sample, Choice("effect", "ES", "onboarding"))
    assert asked.chosen("programme", "") == Choice("accuracy", "ES")
    assert asked.up() == Choice("accuracy", "ES")
    assert Walk(sample, Choice("accuracy")).up() == Choice("accuracy")


def test_a_question_about_learning_takes_the_latest_programme_that_tested_people_twice():
    def scores(programme, period):
        post = [1.0 if programme == "tested" else None]
        return pd.DataFrame({"pre": [1.0], "post": post, "cohort": [2882], "status": ["completed"]})

    begun = ("early", "tested", "late")
    shelf = SimpleNamespace(offer=SimpleNamespace(begun=begun, questions={"accuracy": "?"}), scores=scores)
    assert Walk(shelf, Choice("accuracy", "ES")).chosen("question", "learning").programme == "tested"
    assert Walk(shelf, Choice("accuracy", "ES")).chosen("question", "effect").programme == "late"
    shelf.offer.begun = ("early", "late")
    assert Walk(shelf, Choice("accuracy", "ES")).chosen("question", "learning").programme == "late"
