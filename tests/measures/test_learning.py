"""One test's summary: whose gain it is, what it is held against, and what it refuses."""

import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from tne.measures.gain import mean_change
from tne.measures.learning import learning_summary
from tne.measures.learning_groups import gain_by_group, took_both_tests
from tne.measures.learning_people import chosen_attempts, not_tested_again, roles, sheet
from tne.measures.reliability import cronbach_alpha

DAY = pd.Timestamp("2026-03-02", tz="UTC")


def status(result, name):
    return next((c.status for c in result.checks if c.name == name), None)


def company(rng, n=120, gain=1.5, waiting=0.4, leave=0.3):
    """People with a true gain; some wait by plan; the weaker come back less often."""
    pre = rng.normal(12, 3, n)
    wait = np.arange(n) < waiting * n
    post = pre + np.where(wait, 0.0, gain) + rng.normal(0, 1.5, n)
    back = rng.random(n) < 1 / (1 + np.exp(-(pre - 12) / 2 - math.log((1 - leave) / leave)))
    return pd.DataFrame(
        {
            "moderator_id": [f"m{i}" for i in range(n)],
            "arm": np.where(wait, "waitlist", "trained"),
            "cohort": 10.0,
            "trained_at": np.where(wait, DAY + pd.Timedelta(90, "D"), DAY),
            "answered_at_post": DAY + pd.Timedelta(3, "D"),
            "pre": pre,
            "post": np.where(back, post, np.nan),
            "delayed": np.nan,
        }
    ).astype({"trained_at": "datetime64[us, UTC]"})


def answers(table, wave="pre", form="A", at=DAY):
    """Rows of ``responses`` from a people × items array."""
    people, items = table.shape
    return pd.DataFrame(
        {
            "attempt_id": np.repeat([f"{wave}{i}" for i in range(people)], items),
            "item_id": np.tile([f"q{j}" for j in range(items)], people),
            "moderator_id": np.repeat([f"m{i}" for i in range(people)], items),
            "wave": wave,
            "form": form,
            "score": table.ravel().astype(float),
            "answered_at": at,
        }
    )


def test_roles_by_hand():
    people = pd.DataFrame(
        {
            "arm": ["trained", "trained", "waitlist", "waitlist", "trained", "trained", "control"],
            "cohort": [1, np.nan, 9, 1, 1, 9, np.nan],
            "trained_at": DAY + pd.to_timedelta([0, np.nan, 90, 0, 5, 60, np.nan], unit="D"),
            "answered_at_post": DAY + pd.Timedelta(2, "D"),
        }
    )
    assert roles(people).tolist() == ["trained", "", "not_yet", "", "", "not_yet", "not_yet"]


def test_without_a_record_of_who_came_everyone_counts():
    assert roles(pd.DataFrame({"pre": [1, 2]})).tolist() == ["trained", "trained"]
    assert roles(pd.DataFrame({"arm": ["", "waitlist"], "cohort": np.nan})).tolist() == ["trained", "not_yet"]


def test_the_gain_is_that_of_the_trained_and_those_who_wait_are_its_comparison(rng):
    people = company(rng)
    found = learning_summary(people)
    trained = people.loc[people["arm"].eq("trained")]
    assert found.gain.estimate == pytest.approx(mean_change(trained, pre="pre", post="post").estimate)
    assert found.gain.n == trained["post"].notna().sum()
    assert found.waiting.n == (people["post"].notna() & people["arm"].eq("waitlist")).sum()
    assert status(found, "untrained") == "pass"
    assert status(learning_summary(trained), "untrained") == "warn"
    assert learning_summary(trained).against is None


def test_difference_to_those_who_wait_equals_statsmodels(rng):
    people = company(rng)
    kept = people.dropna(subset=["post"]).assign(t=lambda d: d["arm"].eq("trained").astype(float))
    fit = smf.ols("post ~ pre + t", kept).fit()
    found = learning_summary(people).against
    assert found.estimate == pytest.approx(fit.params["t"], rel=1e-9)
    assert (found.conf_low, found.conf_high) == pytest.approx(tuple(fit.conf_int().loc["t"]), rel=1e-9)


def test_gains_of_everyone_are_those_of_mean_change(rng):
    people = company(rng, waiting=0)
    found = learning_summary(people)
    for way in ("weighted", "imputed"):
        direct = mean_change(people, pre="pre", post="post", missing=way)
        assert getattr(found, way).estimate == pytest.approx(direct.estimate, rel=1e-12)
        assert getattr(found, way).n_people_total == len(people)
    assert found.attrition.estimate == pytest.approx(people["post"].isna().mean())
    assert learning_summary(people.dropna(subset=["post"])).weighted is None


def test_share_not_tested_again_by_hand_leaves_out_those_whose_turn_has_not_come():
    people = pd.DataFrame(
        {
            "pre": [1.0, 2, 3, 4, 5],
            "delayed": [1.0, np.nan, np.nan, np.nan, np.nan],
            "trained_at": DAY + pd.to_timedelta([0, 0, 3, 60, 60], unit="D"),
        }
    )
    found = not_tested_again(people, first="pre", wave="delayed")
    assert (found.estimate, found.n) == (pytest.approx(2 / 3), 3)


def test_answers_give_reliability_and_who_took_the_same_form_twice(rng):
    ability = rng.normal(size=(40, 1))
    table = rng.random((40, 12)) < 1 / (1 + np.exp(-ability))
    people = pd.DataFrame(
        {"moderator_id": [f"m{i}" for i in range(40)], "pre": table.sum(axis=1).astype(float)}
    )
    people = people.assign(post=people["pre"] + rng.integers(-1, 4, 40), delayed=np.nan, max_score_post=15.0)
    both = pd.concat([answers(table), answers(table, "post")])
    found = learning_summary(people, responses=both)
    alpha = cronbach_alpha(pd.DataFrame(table.astype(float)))
    assert found.reliability.estimate == pytest.approx(alpha.estimate, rel=1e-12)
    assert found.reliable.reliability == pytest.approx(alpha.estimate, rel=1e-12)
    assert status(found, "same_form") == "warn"
    other = pd.concat([answers(table), answers(table, "post", form="B")])
    assert status(learning_summary(people, responses=other), "same_form") == "pass"
    assert status(learning_summary(people, responses=other), "comparable") == "warn", "no scale is named"
    assert learning_summary(people).reliable is None


def test_the_first_attempt_counts(rng):
    first, second = rng.integers(0, 2, (3, 4)), rng.integers(0, 2, (3, 4))
    again = answers(second, at=DAY + pd.Timedelta(1, "D")).assign(attempt_id=lambda d: "x" + d["attempt_id"])
    both = pd.concat([again, answers(first)], ignore_index=True)
    assert (sheet(both, chosen_attempts(both), "pre").to_numpy() == first).all()


def test_unequal_scales_give_no_change_at_all(rng):
    people = company(rng).assign(max_score_pre=20.0, max_score_post=40.0)
    found = learning_summary(people)
    assert not found.same_scale
    assert math.isnan(found.gain.estimate)
    assert found.gain.note
    assert found.to_frame()["estimate"].isna().all()


@pytest.mark.parametrize(
    "people",
    [
        pd.DataFrame({"pre": [np.nan] * 3, "post": [np.nan] * 3, "delayed": [np.nan] * 3}),
        pd.DataFrame({"pre": [5.0, 6, 7], "post": [np.nan] * 3, "delayed": [np.nan] * 3}),
        pd.DataFrame(
            {"pre": [20.0] * 12, "post": [20.0] * 12, "delayed": [20.0] * 12, "max_score_post": 20.0}
        ),
        pd.DataFrame({"pre": [5.0, 6, 7], "post": [6.0, 8, 7], "delayed": [6.0, 7, np.nan]}),
        pd.DataFrame({"pre": [5.0], "post": [6.0], "delayed": [np.nan]}),
        pd.DataFrame({"pre": [], "post": [], "delayed": []}, dtype=float),
    ],
    ids=["nobody", "nobody after", "all at the top", "three people", "one", "empty"],
)
def test_odd_markets_give_notes_and_no_crash(people):
    frame = learning_summary(people).to_frame()
    undefined = frame["estimate"].isna()
    assert frame.loc[undefined, "note"].ne("").all()


def test_a_share_that_is_no_share_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        learning_summary(pd.DataFrame({"pre": [1.0], "post": [1.0], "delayed": [1.0]}), pass_share=80)
    with pytest.raises(KeyError, match="delayed"):
        learning_summary(pd.DataFrame({"pre": [1.0], "post": [1.0]}))


def test_gain_by_group_by_hand():
    people = pd.DataFrame(
        {
            "pre": [1.0, 2, 3, 4, 9],
            "post": [2.0, 4, 3, 5, 0],
            "arm": ["trained"] * 4 + ["waitlist"],
            "site": ["b", "b", "a", "a", "a"],
        }
    )
    assert took_both_tests(people).tolist() == [True] * 4 + [False]
    found = gain_by_group(people, by="site")
    assert found.to_frame()["group"].tolist() == ["a", "b"]
    assert [e.estimate for e in found] == [0.5, 1.5]
    assert len(gain_by_group(people.assign(site="a"), by="site")) == 0
    apart = people.assign(max_score_pre=10.0, max_score_post=20.0)
    assert len(gain_by_group(apart, by="site")) == 0
    with pytest.raises(ValueError, match="infinite"):
        gain_by_group(people.assign(post=[np.inf, 4, 3, 5, 0]), by="site")
