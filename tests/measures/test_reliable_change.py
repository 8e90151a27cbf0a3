"""Reliable change: Jacobson and Truax's example, shares by hand, edges."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tne.measures.reliability import cronbach_alpha
from tne.measures.reliable_change import reliable_change

NAMES = {"pre": "pre", "post": "post"}
# SD of pre 2.0; reliability .75 gives a standard error of difference of √2 · 2 · .5 = 1.414
TEN = pd.DataFrame({"pre": [2.0, 6, 4, 4, 4], "post": [5.0, 3, 4, 6.5, 8]}, index=list("vwxyz"))


def status(result, name: str) -> str:
    return next(c.status for c in result.checks if c.name == name)


@pytest.mark.published("L2-RCI-JT")
def test_index_matches_published_example():
    """Jacobson and Truax (1991), p. 14: pre 47.5, post 32.5, SD 7.5, reliability .80: S_diff 4.74, RCI −3.16."""
    couple = pd.DataFrame({"pre": [47.5], "post": [32.5]})
    found = reliable_change(couple, **NAMES, reliability=0.80, sd=7.5)
    assert found.std_error_difference == pytest.approx(4.74, abs=0.005)
    assert found.people["rci"].iloc[0] == pytest.approx(-3.16, abs=0.005)
    assert found.std_error_difference == pytest.approx(math.sqrt(2) * 3.35410197, abs=1e-7)
    assert found.people["class"].iloc[0] == "declined"
    assert found.get(term="declined").estimate == 1
    better = reliable_change(couple, **NAMES, reliability=0.80, sd=7.5, better="lower")
    assert better.people["class"].iloc[0] == "improved"
    assert better.people["rci"].iloc[0] == pytest.approx(-3.16, abs=0.005)


def test_shares_and_intervals_by_hand():
    found = reliable_change(TEN, **NAMES, reliability=0.75, sd=2.0)
    assert found.std_error_difference == pytest.approx(math.sqrt(2), rel=1e-12)
    assert found.smallest_reliable_change == pytest.approx(1.959964 * math.sqrt(2), rel=1e-6)
    assert found.people["class"].to_dict() == {
        "v": "improved", "w": "declined", "x": "no_reliable_change", "y": "no_reliable_change", "z": "improved",
    }  # fmt: skip
    shares = found.to_frame().set_index("term")["estimate"]
    assert shares.to_dict() == pytest.approx({"improved": 0.4, "no_reliable_change": 0.4, "declined": 0.2})
    z, p, n = stats.norm.ppf(0.975), 0.4, 5
    centre, half = p + z**2 / (2 * n), z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    improved = found.get(term="improved")
    assert improved.conf_low == pytest.approx((centre - half) / (1 + z**2 / n), rel=1e-12)
    assert improved.conf_high == pytest.approx((centre + half) / (1 + z**2 / n), rel=1e-12)
    assert "2.5%" in improved.note
    assert "95.0%" in found.get(term="no_reliable_change").note


def test_cut_follows_the_confidence_level():
    wide = reliable_change(TEN, **NAMES, reliability=0.75, sd=2.0, conf_level=0.90)
    assert wide.smallest_reliable_change == pytest.approx(stats.norm.ppf(0.95) * math.sqrt(2), rel=1e-12)
    assert wide.people["class"]["y"] == "improved"
    assert "5.0%" in wide.get(term="improved").note


def test_standard_deviation_is_that_of_everyone_before():
    scores = pd.DataFrame({"pre": [1.0, 2, 3, 10], "post": [2.0, 2, 9, np.nan]})
    found = reliable_change(scores, **NAMES, reliability=0.8)
    assert found.sd == pytest.approx(scores["pre"].std(), rel=1e-12)
    assert (found.get(term="improved").n, len(found.people)) == (3, 3)
    assert "of pre" in found.get(term="improved").method


def test_reliability_may_be_the_result_of_alpha(rng: np.random.Generator):
    people = rng.normal(size=(60, 1))
    items = pd.DataFrame(people + rng.normal(size=(60, 5)))
    alpha = cronbach_alpha(items)
    scores = pd.DataFrame({"pre": items.sum(axis=1), "post": items.sum(axis=1) + 3})
    found = reliable_change(scores, **NAMES, reliability=alpha)
    sem = alpha.standard_error_of_measurement.estimate
    assert found.std_error_difference == pytest.approx(math.sqrt(2) * sem, rel=1e-10)
    assert found.reliability == alpha.estimate


def test_reliability_outside_zero_and_one_is_noted_if_estimated_and_raises_if_given():
    clash = pd.DataFrame({"a": [0, 1, 2, 1], "b": [2, 1, 0, 2]})
    found = reliable_change(TEN, **NAMES, reliability=cronbach_alpha(clash))
    assert found.to_frame()["estimate"].isna().all()
    assert "gives no error" in found.get(term="improved").note
    undefined = reliable_change(TEN, **NAMES, reliability=cronbach_alpha(clash[["a"]]))
    assert "one item" in undefined.get(term="improved").note
    for bad in (0, 1, -0.3, 1.2, float("nan")):
        with pytest.raises(ValueError, match="reliability"):
            reliable_change(TEN, **NAMES, reliability=bad)
    for bad in ("high", True, None):
        with pytest.raises(TypeError, match="reliability"):
            reliable_change(TEN, **NAMES, reliability=bad)


@pytest.mark.parametrize("bad", [{"sd": 0}, {"sd": float("nan")}, {"better": "up"}, {"conf_level": 95}])
def test_bad_options_raise(bad):
    with pytest.raises(ValueError):
        reliable_change(TEN, **NAMES, reliability=0.8, **bad)


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (TEN.iloc[:0], "nobody"),
        (TEN.assign(post=np.nan), "nobody"),
        (TEN.assign(pre=4.0), "does not vary"),
        (TEN.assign(scale_pre="A", scale_post="B"), "different scales"),
        (TEN.head(1), "does not vary"),
    ],
)
def test_undefined_shares_are_nan_with_a_note(frame, words):
    found = reliable_change(frame, **NAMES, reliability=0.8)
    assert found.to_frame()["estimate"].isna().all()
    assert all(words in note for note in found.to_frame()["note"])
    assert (found.people["class"] == "").all()
    assert str(found)


def test_people_do_not_show_in_what_is_shared():
    named = TEN.set_axis([f"person_{i}" for i in TEN.index])
    found = reliable_change(named, **NAMES, reliability=0.75, sd=2.0)
    for text in (str(found), repr(found), found._repr_html_(), found.to_frame().to_string()):
        assert "person_" not in text
    assert list(found.people.index) == list(named.index)


def test_a_change_exactly_on_the_cut_is_no_reliable_change():
    cut = float(stats.norm.ppf(0.975)) * math.sqrt(2)
    scores = pd.DataFrame({"pre": [0.0, 0.0], "post": [cut, cut + 1e-6]})
    found = reliable_change(scores, **NAMES, reliability=0.75, sd=2.0)
    assert found.people["class"].tolist() == ["no_reliable_change", "improved"]


def test_room_check_is_silent_with_room_and_loud_without(rng: np.random.Generator):
    low = pd.DataFrame(
        {"pre": rng.uniform(20, 40, 40), "post": rng.uniform(30, 60, 40), "max_score_post": 100}
    )
    assert status(reliable_change(low, **NAMES, reliability=0.8), "room_to_improve") == "pass"
    high = low.assign(pre=low["pre"] + 58, post=low["post"] + 40)
    assert status(reliable_change(high, **NAMES, reliability=0.8), "room_to_improve") == "warn"
    unknown = low.drop(columns="max_score_post")
    assert status(reliable_change(unknown, **NAMES, reliability=0.8), "room_to_improve") == "not_run"


def test_people_chosen_by_their_score_are_warned_of():
    rng = np.random.default_rng(3)
    true = rng.normal(size=4000)
    before, after = true + rng.normal(0, 0.5, 4000), true + rng.normal(0, 0.5, 4000)
    everyone = pd.DataFrame({"pre": before, "post": after})
    chosen = everyone.loc[everyone["pre"] < everyone["pre"].quantile(0.3)]
    found = reliable_change(chosen, **NAMES, reliability=0.8, sd=float(everyone["pre"].std()))
    assert status(found, "regression_to_mean") == "warn"
    assert found.get(term="improved").estimate > 0.05
