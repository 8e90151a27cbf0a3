"""Two cohorts side by side."""

import pandas as pd
import pytest

import tne
from tne.desk.choices import Choice
from tne.desk.cohorts import cohorts_of, compare
from tne.desk.shelf import shelf_of


def weeks(rows):
    columns = ["moderator_id", "cohort", "event_time", "weight_sum", "weighted_correct"]
    return pd.DataFrame(rows, columns=columns).assign(market="DE", n=2)


def test_before_and_after_by_hand():
    panel = weeks(
        [
            ("a", 10.0, -2.0, 4.0, 2.0),
            ("a", 10.0, -1.0, 4.0, 4.0),
            ("a", 10.0, 0.0, 2.0, 1.0),
            ("a", 10.0, 3.0, 8.0, 8.0),  # outside two weeks
            ("b", 11.0, -1.0, 1.0, 1.0),  # nothing after
            ("c", float("nan"), float("nan"), 9.0, 9.0),  # not trained
        ]
    )
    found = tne.before_after(panel, weeks=2)
    assert found.to_dict("records") == [
        {"moderator_id": "a", "market": "DE", "cohort": 10.0, "before": 75.0, "after": 50.0,
         "audits_before": 4, "audits_after": 2}
    ]  # fmt: skip


def test_before_and_after_refuse_what_is_no_window():
    with pytest.raises(ValueError, match="at least 1"):
        tne.before_after(weeks([]), weeks=0)
    with pytest.raises(KeyError, match="event_time"):
        tne.before_after(weeks([]).drop(columns="event_time"))


def test_the_same_cohort_twice_is_refused(sample):
    with pytest.raises(ValueError, match="Choose two"):
        compare(sample, Choice("accuracy", "ES", "onboarding"), 2882, 2882)


@pytest.mark.xdist_group("company")
@pytest.mark.parametrize("question", ["accuracy", "learning"])
def test_the_code_gives_the_same_comparison(company, question):
    ws = tne.open(company.workspace)
    shelf, choice = shelf_of(ws), Choice(question, "DE", "hateful-conduct-update")
    first, second, *_ = cohorts_of(shelf, choice)
    found = compare(shelf, choice, first, second)
    names: dict = {}
    exec(compile(found.code, "copied", "exec"), names)
    pd.testing.assert_frame_equal(names["result"].to_frame(), found.to_frame())
    assert found.levels["people"].sum() == found.difference.n_people_total
    assert "not why" in found._repr_html_()
