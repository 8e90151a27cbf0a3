"""Tests that were taken and the answers to their questions, by hand."""

import numpy as np
import pandas as pd
import pytest
import small_company as small

from tne.tables.sheets import natural
from tne.tables.workspace import Workspace


@pytest.fixture
def tested():
    """m1 sits form F three times before, form G after; m2 sits F after. i10 comes after i2."""
    answers = [
        ("t1", "i2", "m1", "pre", "F", "A", 1, "2026-03-01 10:00", "DE"),
        ("t1", "i10", "m1", "pre", "F", "B", 0, "2026-03-01 10:05", "DE"),
        ("t2", "i2", "m1", "pre", "F", "A", 1, "2026-03-02 10:00", "DE"),
        ("t2", "i10", "m1", "pre", "F", "C", 2, "2026-03-02 10:05", "DE"),
        ("t3", "i2", "m1", "pre", "F", "B", 0, "2026-03-03 10:00", "DE"),
        ("t4", "i2", "m1", "post", "G", "A", 1, "2026-03-12 10:00", "DE"),
        ("t5", "i2", "m2", "post", "F", None, 0, None, "BR"),
    ]
    columns = [
        "attempt_id",
        "item_id",
        "moderator_id",
        "wave",
        "form",
        "response",
        "score",
        "answered_at",
        "market",
    ]
    frame = pd.DataFrame(answers, columns=columns).assign(programme_id="p")
    frame.loc[6, "programme_id"] = None  # the table of items says whose question it is
    frame["answered_at"] = pd.to_datetime(frame["answered_at"], utc=True)
    items = pd.DataFrame(
        {
            "item_id": ["i2", "i10", "i2"],
            "form": ["F", "F", "G"],
            "programme_id": "p",
            "policy_area": ["hate", "minor", None],
            "key": ["A", "C", "A"],
            "max_score": [1.0, 2.0, None],
            "scale": "points",
        }
    )
    people = [(f"m{i}", "2026-01-05", None, m, "A", "2026-01-05", None) for i, m in ((1, "DE"), (2, "BR"))]
    return Workspace.from_frames(
        {
            "markets": small.markets(),
            "moderators": small.moderators(people),
            "programmes": small.programmes(),
            "items": items,
            "responses": frame,
        }
    )


def test_tests_list_what_was_taken_with_people_and_questions(tested):
    rows = [tuple(row) for row in tested.tests().to_numpy()]
    assert rows == [("p", "F", "pre", 1, 2), ("p", "F", "post", 1, 1), ("p", "G", "post", 1, 1)]
    assert tested.tests("BR")["wave"].tolist() == ["post"]


@pytest.mark.parametrize(("attempt", "scores"), [("first", [1, 0]), ("last", [0]), ("best", [1, 2])])
def test_item_responses_take_the_attempt_asked_for(tested, attempt, scores):
    found = tested.item_responses("p", "pre", "F", attempt=attempt)
    assert found["score"].tolist() == scores
    assert found.attrs["attempt"] == attempt


def test_item_responses_carry_what_an_item_analysis_needs(tested):
    found = tested.item_responses("p").set_index(["wave", "form", "item_id"])
    assert len(found) == 4
    row = found.loc[("pre", "F", "i10")]
    assert (row["response"], row["key"], row["max_score"], row["policy_area"]) == ("B", "C", 2.0, "minor")
    assert (row["market"], row["language"]) == ("DE", "de")
    assert np.isnan(found.loc[("post", "G", "i2"), "max_score"])
    assert pd.isna(found.loc[("post", "F", "i2"), "response"])


def test_questions_stand_in_the_order_in_which_people_count(tested):
    found = tested.item_responses("p", "pre")["item_id"]
    assert found.cat.ordered
    assert found.cat.categories.tolist() == ["i2", "i10"]
    assert sorted(["q10", "q2", "a", "q1b"], key=natural) == ["a", "q1b", "q2", "q10"]


def test_item_responses_of_one_market_are_those_rows_of_all(tested):
    everyone = tested.item_responses("p")
    mine = tested.item_responses("p", market="BR")
    assert mine["moderator_id"].tolist() == everyone.loc[everyone["market"].eq("BR"), "moderator_id"].tolist()
    assert tested.item_responses("p", "delayed").empty


def test_item_responses_refuse_unknown_programmes_waves_and_attempts(tested):
    with pytest.raises(KeyError, match="There is no programme"):
        tested.item_responses("x")
    with pytest.raises(ValueError, match="wave"):
        tested.item_responses("p", "before")
    with pytest.raises(ValueError, match="attempt"):
        tested.item_responses("p", attempt="second")
