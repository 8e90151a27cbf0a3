"""A number that rests on two people is one of two people, and the gate hides it."""

import numpy as np
import pandas as pd
import pytest

from tne.measures.agreement_accuracy import rater_accuracy
from tne.measures.audit_accuracy import audit_accuracy
from tne.measures.dominance import people_behind
from tne.measures.needs import knowledge_gaps
from tne.report.disclosure import publishable_frame


def audits(share_of_two: float, people: int = 12) -> pd.DataFrame:
    """Thirty audits each; the first two people's weigh so much that they hold `share_of_two` of all."""
    who = np.repeat(np.arange(people), 30)
    heavy = share_of_two / (1 - share_of_two) * (people - 2) / 2
    return pd.DataFrame(
        {
            "moderator_id": who,
            "policy_area": np.tile(["hate", "spam", "nudity"], len(who) // 3),
            "correct": np.tile([True] * 7 + [False] * 3, len(who) // 10),
            "sampling_weight": np.where(who < 2, heavy, 1.0),
        }
    )


def status(result, name: str) -> str:
    return next(c.status for c in result.checks if c.name == name)


def test_people_behind_equals_a_loop(rng):
    group = np.sort(rng.integers(0, 40, 300))
    held = rng.exponential(1.0, 300) ** 4
    found = people_behind(held, group, 41)
    for g in range(41):
        own = np.sort(held[group == g])[::-1]
        dominated = len(own) > 2 and own[:2].sum() > 0.9 * own.sum()
        assert found[g] == (2 if dominated else len(own))
    assert 0 < (found == 2).sum() < 40


@pytest.mark.parametrize("by", [(), "policy_area"])
def test_accuracy_that_two_people_make_is_not_published(by):
    alike, held = (
        audit_accuracy(audits(share), by=by, standardize=() if by else "policy_area")
        for share in (0.85, 0.95)
    )
    assert publishable_frame(alike.to_frame())["estimate"].notna().all()
    shut = publishable_frame(held.to_frame())
    assert shut["estimate"].isna().all()
    assert set(shut["note"]) == {"few_people"}
    frame = held.to_frame()
    assert frame["n_people"].tolist() == [2] * len(frame)
    assert frame["n_people_total"].tolist() == [12] * len(frame)
    assert frame["note"].str.contains("two people have more than 90 %").all()
    assert (status(alike, "few_people"), status(held, "few_people")) == ("pass", "warn")


def test_gaps_that_two_people_make_are_not_published():
    alike, held = (knowledge_gaps(audits(share), by="policy_area") for share in (0.85, 0.95))
    assert alike.to_frame()["n_people"].eq(12).all()
    assert held.to_frame()["n_people"].eq(2).all()
    assert held.ranking["n_people"].eq(2).all()
    assert (status(alike, "few_people"), status(held, "few_people")) == ("pass", "warn")
    assert publishable_frame(held.to_frame())["estimate"].isna().all()


def test_one_or_two_people_stay_as_many_as_they_are():
    for people in (1, 2):
        few = audits(0.5, 12).query(f"moderator_id < {people}")
        row = audit_accuracy(few, standardize=()).get(term="accuracy")
        assert (row.n_people, row.n_people_total) == (people, people)
        assert "two people have" not in row.note


def test_accuracy_of_two_busy_raters_is_theirs():
    who = np.r_[np.repeat([0, 1], 100), np.arange(2, 12)]
    case = np.r_[np.arange(100), np.arange(100), np.arange(10)]
    ratings = pd.DataFrame({"rater_id": who, "case_id": case, "label": "x", "reference_label": "x"})
    ratings.loc[::5, "label"] = "y"
    row = next(iter(rater_accuracy(ratings)))
    assert (row.n_people, row.n_people_total) == (2, 12)
    assert "two raters" in row.note
    assert status(rater_accuracy(ratings), "few_raters") == "pass"
