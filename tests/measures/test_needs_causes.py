"""Root causes, and quiz beside queue: by hand, regression, readings, edges."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest

from tne.measures.needs import knowledge_gaps
from tne.measures.needs_causes import root_causes
from tne.measures.needs_quiz import quiz_and_queue
from tne.measures.ols import clustered_ols


def status(result, name: str) -> str:
    return next(c.status for c in result.checks if c.name == name)


def some(rng: np.random.Generator, n: int = 1200) -> pd.DataFrame:
    wrong = rng.random(n) < 0.3
    return pd.DataFrame(
        {
            "moderator_id": [f"m{i}" for i in rng.integers(0, 25, n)],
            "policy_area": rng.choice(["hate", "spam"], n),
            "correct": ~wrong,
            "root_cause": np.where(
                wrong, rng.choice(["knowledge", "tool", "attention"], n, p=[0.6, 0.3, 0.1]), None
            ),
            "severity": np.where(wrong, rng.choice([1.0, 2.0, 4.0], n), np.nan),
            "sampling_weight": rng.choice([1.0, 3.0], n),
        }
    )


def test_weighted_shares_by_hand():
    frame = pd.DataFrame(
        {
            "correct": [0, 0, 0, 0, 1],
            "root_cause": ["tool", "knowledge", "knowledge", None, None],
            "sampling_weight": [3.0, 1, 1, 2, 9],
            "severity": [1.0, 4, 4, 1, np.nan],
        }
    )
    found = root_causes(frame)
    assert found.get(root_cause="tool", term="share").estimate == pytest.approx(0.6)
    assert found.get(root_cause="knowledge", term="cumulative_share").estimate == 1
    assert found.to_frame()["root_cause"].tolist()[:2] == ["tool", "knowledge"]
    assert status(found, "missing_causes") == "warn"
    assert "1 of 4 errors (29 % weighted)" in next(
        c.detail for c in found.checks if c.name == "missing_causes"
    )
    heavy = root_causes(frame, weight_by="severity")
    assert heavy.to_frame()["root_cause"].tolist()[:2] == ["knowledge", "tool"]
    assert heavy.get(root_cause="knowledge", term="share").estimate == pytest.approx(8 / 11)


def test_share_and_error_equal_the_clustered_regression(rng):
    frame = some(rng)
    own = frame[~frame["correct"]]
    root = np.sqrt(own["sampling_weight"])
    data = pd.DataFrame({"y": root * (own["root_cause"] == "tool"), "one": root, "who": own["moderator_id"]})
    peer = clustered_ols(data, formula="y ~ 0 + one", cluster="who", errors="CR2").get(term="one")
    found = root_causes(frame).get(root_cause="tool", term="share")
    assert found.estimate == pytest.approx(peer.estimate)
    assert found.std_error == pytest.approx(peer.std_error)
    assert found.df == pytest.approx(peer.df)


def test_causes_by_group_and_edges(rng):
    frame = some(rng)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = root_causes(frame, by="policy_area").to_frame()
        sums = table[table["term"] == "share"].groupby("policy_area")["estimate"].sum()
        np.testing.assert_allclose(sums, 1)
        cumulative = table[table["term"] == "cumulative_share"]
        assert (cumulative.groupby("policy_area")["estimate"].diff().dropna() > 0).all()
        assert len(root_causes(frame.iloc[:0])) == 0
        none = root_causes(frame.assign(correct=True))
        assert len(none) == 0
        assert status(none, "missing_causes") == "not_run"
        single = root_causes(frame.assign(root_cause="tool"))
        assert single.get(root_cause="tool", term="share").estimate == 1
        assert (
            status(root_causes(frame.assign(severity=np.nan), weight_by="severity"), "missing_severity")
            == "warn"
        )
    with pytest.raises(ValueError, match="weight_by"):
        root_causes(frame, weight_by="cost")
    with pytest.raises(KeyError, match="root_cause"):
        root_causes(frame.drop(columns="root_cause"))


def company(
    rng: np.random.Generator, quiz: dict[str, float], queue: dict[str, float]
) -> tuple[pd.DataFrame, ...]:
    audits = [
        pd.DataFrame(
            {"policy_area": a, "moderator_id": np.arange(2000) % 40, "correct": rng.random(2000) > p}
        )
        for a, p in queue.items()
    ]
    answers, items = [], []
    for a, p in quiz.items():
        item = [f"{a}{i}" for i in range(10)]
        score = (rng.random(400) > p).astype(float)
        answers.append(
            pd.DataFrame(
                {
                    "item_id": item * 40,
                    "form": "A",
                    "moderator_id": np.repeat(np.arange(40), 10),
                    "score": score,
                }
            )
        )
        items.append(pd.DataFrame({"item_id": item, "form": "A", "policy_area": a, "max_score": 1.0}))
    return pd.concat(audits), pd.concat(answers), pd.concat(items)


def test_the_four_readings(rng):
    quiz = {"fine": 0.08, "gap": 0.45, "transfer": 0.08, "open": 0.2, "unasked": 0.1}
    queue = {"fine": 0.08, "gap": 0.25, "transfer": 0.25, "open": 0.25, "unaudited": 0.1}
    quiz.pop("unasked")
    audits, answers, items = company(rng, quiz, queue)
    found = quiz_and_queue(audits, answers, items, queue_standard=0.12)
    reading = found.readings.set_index("policy_area")["reading"].to_dict()
    assert reading == {
        "fine": "knows_and_does",
        "gap": "does_not_know",
        "transfer": "knows_but_does_not_do",
        "open": "cannot_tell",
        "unaudited": "cannot_tell",
    }
    assert found.estimates.get(policy_area="unaudited", term="quiz_error").note == "no quiz answers"
    gaps = knowledge_gaps(audits, by="policy_area")
    again = quiz_and_queue(gaps, answers, items, queue_standard=0.12)
    assert again.readings.set_index("policy_area")["reading"].to_dict() == reading


def test_a_quiz_harder_than_the_work_tells_nothing(rng):
    audits, answers, items = company(rng, {"a": 0.5}, {"a": 0.03})
    assert quiz_and_queue(audits, answers, items, queue_standard=0.1).readings["reading"].tolist() == [
        "cannot_tell"
    ]


def test_difference_knows_that_people_are_the_same():
    """Whoever fails the quiz fails in the queue as much: the difference has no error at all."""
    person = np.repeat(np.arange(10), 4)
    miss = np.tile([0, 0, 1, 1], 10) * (person < 5)
    audits = pd.DataFrame({"policy_area": "a", "moderator_id": person, "correct": 1 - miss})
    answers = pd.DataFrame(
        {"policy_area": "a", "moderator_id": person, "item_id": np.tile(range(4), 10), "score": 1.0 - miss}
    )
    found = quiz_and_queue(audits, answers).estimates
    difference = found.get(term="difference")
    assert difference.estimate == pytest.approx(0)
    assert difference.std_error == pytest.approx(0, abs=1e-12)
    assert found.get(term="quiz_error").std_error > 0.05


def test_latest_answer_counts():
    answers = pd.DataFrame(
        {
            "policy_area": "a",
            "moderator_id": [1, 1, 2],
            "item_id": "i",
            "score": [0.0, 2.0, 1.0],
            "max_score": 2.0,
            "answered_at": pd.to_datetime(["2026-01-01", "2026-02-01", "2026-01-01"], utc=True),
        }
    ).iloc[[1, 0, 2]]
    audits = pd.DataFrame({"policy_area": "a", "moderator_id": [1, 2], "correct": [1, 0]})
    found = quiz_and_queue(audits, answers).estimates.get(term="quiz_error")
    assert found.estimate == pytest.approx(1 / 4)
    assert found.n == 2


def test_quiz_edges_are_said(rng):
    audits, answers, items = company(rng, {"a": 0.1}, {"a": 0.1})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(quiz_and_queue(audits.iloc[:0], answers.iloc[:0], items).readings) == 0
        one = quiz_and_queue(audits[audits["moderator_id"] == 1], answers, items)
        assert math.isnan(one.estimates.get(term="difference").std_error)
        assert one.readings["reading"].tolist() == ["cannot_tell"]
        strangers = quiz_and_queue(audits.assign(moderator_id=audits["moderator_id"] + 100), answers, items)
        assert status(strangers, "same_people") == "warn"
        assert status(quiz_and_queue(audits, answers, items), "same_people") == "pass"
        assert (
            status(quiz_and_queue(audits, answers[answers["item_id"] == "a1"], items), "few_items") == "warn"
        )
        assert (
            status(
                quiz_and_queue(audits, answers.assign(score=answers["score"].mask(answers.index < 5)), items),
                "missing_answers",
            )
            == "warn"
        )
    with pytest.raises(ValueError, match="max_score"):
        quiz_and_queue(audits, answers.assign(score=3.0), items)
    with pytest.raises(ValueError, match="quiz_standard"):
        quiz_and_queue(audits, answers, items, quiz_standard=80)
    with pytest.raises(ValueError, match="two things"):
        quiz_and_queue(audits, answers, pd.concat([items, items.assign(policy_area="b")]))
    with pytest.raises(KeyError, match="policy_area"):
        quiz_and_queue(audits, answers)


def test_causes_of_nobody_known_are_about_an_unknown_number_of_people(rng):
    """Without `moderator_id` the number of people is not that of the errors: it is not known."""
    frame = some(rng)
    assert root_causes(frame).to_frame()["n_people"].between(20, 25).all()
    bare = root_causes(frame.drop(columns="moderator_id")).to_frame()
    assert bare["estimate"].notna().all()
    assert bare[["n_people", "n_people_total"]].isna().all(axis=None)


@pytest.mark.parametrize("bare", ["audits", "answers"])
def test_a_side_of_nobody_known_leaves_the_number_of_people_unknown(rng, bare):
    audits, answers, items = company(rng, {"a": 0.1}, {"a": 0.1})
    whole = quiz_and_queue(audits, answers, items)
    assert whole.to_frame()["n_people"].tolist() == [40, 40, 40]
    assert whole.readings["n_people"].tolist() == [40]
    given = {"audits": audits, "answers": answers}
    given[bare] = given[bare].drop(columns="moderator_id")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = quiz_and_queue(given["audits"], given["answers"], items)
    frame = found.to_frame().set_index("term")
    unknown = "queue_error" if bare == "audits" else "quiz_error"
    known = "quiz_error" if bare == "audits" else "queue_error"
    assert frame.loc[unknown, ["n_people", "n_people_total"]].isna().all()
    assert frame.loc[known, "n_people"] == 40
    assert math.isnan(frame.loc["difference", "n_people"])
    assert found.readings["n_people"].isna().all()
    assert frame["estimate"].notna().all()


def test_gaps_of_nobody_known_are_about_an_unknown_number_of_people(rng):
    audits, answers, items = company(rng, {"a": 0.1, "b": 0.1}, {"a": 0.1, "b": 0.2})
    bare = knowledge_gaps(audits.drop(columns="moderator_id"), by="policy_area")
    assert bare.to_frame()[["n_people", "n_people_total"]].isna().all(axis=None)
    assert bare.ranking["n_people"].isna().all()
    assert status(bare, "few_people") == "not_run"
    found = quiz_and_queue(bare, answers, items).to_frame().set_index("term")
    assert found.loc["queue_error", "n_people"].isna().all()


def test_errors_that_two_people_made_are_those_of_two():
    """Twelve people made errors, two of them 100 each: the shares of their causes are those of two people."""
    who = np.r_[np.repeat([0, 1], 100), np.arange(2, 12)]
    frame = pd.DataFrame({"correct": 0, "root_cause": ["tool", "knowledge"] * 105, "moderator_id": who})
    row = root_causes(frame).get(root_cause="tool", term="share")
    assert (row.n_people, row.n_people_total) == (2, 12)
    assert "two people" in row.note
