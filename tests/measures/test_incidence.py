"""Cumulative incidence: scikit-survival, by hand, a brute-force jackknife, invariances, edges."""

import math

import numpy as np
import pandas as pd
import pytest

from tne.measures.incidence import cumulative_incidence
from tne.measures.survival import time_to_proficiency

# Scrucca, Santucci and Aversa (2007), Bone Marrow Transplantation 40: time, status (1 relapse, 2 other death), disease
BMT = pd.DataFrame(
    [
        *(
            (13, 2, 0),
            (1, 1, 0),
            (72, 0, 0),
            (7, 2, 0),
            (8, 2, 0),
            (67, 0, 1),
            (9, 2, 0),
            (5, 2, 0),
            (70, 0, 1),
        ),
        *(
            (4, 0, 1),
            (7, 0, 1),
            (68, 0, 1),
            (1, 2, 0),
            (10, 2, 1),
            (7, 2, 1),
            (3, 1, 1),
            (4, 1, 1),
            (4, 1, 1),
        ),
        *(
            (3, 1, 1),
            (3, 1, 1),
            (22, 2, 0),
            (8, 1, 1),
            (2, 2, 1),
            (0, 2, 0),
            (0, 1, 0),
            (35, 0, 0),
            (35, 0, 1),
        ),
        *((4, 2, 0), (14, 2, 0), (26, 2, 0), (3, 2, 0), (2, 0, 1), (8, 0, 1), (32, 0, 1), (12, 1, 0)),
    ],
    columns=["time", "status", "disease"],
)
CALL = {"duration": "time", "event": "status"}


def rough(rng: np.random.Generator, people: int = 60) -> pd.DataFrame:
    kind = rng.choice(["proficient", "left", "censored"], people, p=[0.5, 0.3, 0.2])
    return pd.DataFrame({"time": rng.geometric(0.15, people).astype(float), "status": kind})


def test_transplants_equal_scikit_survival():
    """scikit-survival 0.25, cumulative_incidence_competing_risks on the published 35 transplants, at 72 months."""
    found = cumulative_incidence(BMT, **CALL)
    assert found.get(cause=1).estimate == pytest.approx(0.27283899, abs=5e-9)
    assert found.get(cause=2).estimate == pytest.approx(0.48126955, abs=5e-9)


def test_four_people_by_hand():
    """Left at 1 (of 4), proficient at 2 (of 3), watched until 3, proficient at 4 (alone)."""
    frame = pd.DataFrame({"time": [1, 2, 3, 4], "status": ["left", "proficient", "censored", "proficient"]})
    at = cumulative_incidence(frame, **CALL, times=[1, 2, 3, 4])
    assert [at.get(cause="left", time=float(t)).estimate for t in (1, 4)] == [0.25, 0.25]
    seen = [at.get(cause="proficient", time=float(t)).estimate for t in (1, 2, 3, 4)]
    assert seen == pytest.approx([0, 0.25, 0.25, 0.75])


def test_errors_by_brute_force_jackknife(rng):
    """The error is the root of the summed squares of the curve's derivatives by each person's weight."""
    frame, step = rough(rng, 9).assign(status=["left", "proficient", "censored"] * 3), 1e-5
    found = cumulative_incidence(frame, **CALL).curve
    for cause in ("left", "proficient"):
        pulls = []
        for i in range(len(frame)):
            ends = []
            for sign in (1, -1):
                weight = np.ones(len(frame))
                weight[i] += sign * step
                moved = cumulative_incidence(frame.assign(w=weight), **CALL, weights="w").curve
                ends.append(moved.loc[moved["cause"] == cause, "estimate"].to_numpy())
            pulls.append((ends[0] - ends[1]) / (2 * step))
        error = np.sqrt(np.sum(np.square(pulls), axis=0))
        assert found.loc[found["cause"] == cause, "std_error"].to_numpy() == pytest.approx(error, abs=1e-7)


def test_nobody_censored_is_a_share_by_hand(rng):
    frame = rough(rng).query("status != 'censored'")
    for row in cumulative_incidence(frame, **CALL, times=5).estimates:
        kind = row.estimand.split(" by ")[1].split()[0]
        share = ((frame["status"] == kind) & (frame["time"] <= 5)).mean()
        assert row.estimate == pytest.approx(share)
        assert row.std_error == pytest.approx(math.sqrt(share * (1 - share) / len(frame)))
        reach = 1.959963984540054 * row.std_error / share
        assert (row.conf_low, row.conf_high) == pytest.approx(
            (share * math.exp(-reach), share * math.exp(reach))
        )


def test_causes_and_those_still_running_add_up(rng):
    frame = rough(rng)
    curve = cumulative_incidence(frame, **CALL).curve
    both = curve.groupby("time")["estimate"].sum()
    any_end = frame.assign(done=(frame["status"] != "censored").astype(int))
    still = time_to_proficiency(any_end, duration="time", event="done").curve.set_index("time")["estimate"]
    assert (1 - both).to_numpy() == pytest.approx(still.to_numpy(), abs=1e-12)
    alone = time_to_proficiency(frame, **CALL).curve
    good = curve.loc[curve["cause"] == "proficient", "estimate"].to_numpy()
    assert (good <= 1 - alone["estimate"].to_numpy() + 1e-12).all()  # one minus Kaplan-Meier is never lower


def test_one_cause_equals_kaplan_meier(rng):
    frame = rough(rng).replace({"status": {"left": "censored"}})
    found = cumulative_incidence(frame, **CALL)
    peer = time_to_proficiency(frame, **CALL)
    assert (1 - found.curve["estimate"]).to_numpy() == pytest.approx(peer.curve["estimate"].to_numpy())
    assert next(iter(found.medians)).estimate == peer.get(term="median").estimate


def test_weights_and_clusters_equal_repeated_rows(rng):
    frame = rough(rng).assign(w=rng.integers(1, 4, 60), who=range(60))
    many = frame.loc[frame.index.repeat(frame["w"])]
    a = cumulative_incidence(frame, **CALL, weights="w").curve
    b = cumulative_incidence(many, **CALL, cluster="who").curve
    pd.testing.assert_frame_equal(a, b)


def test_groups_are_compared_by_hand(rng):
    frame = rough(rng).assign(g=lambda f: np.where(f.index < 30, "a", "b"))
    found = cumulative_incidence(frame, **CALL, by="g", times=6)
    gap = found.differences.get(cause="proficient")
    a, b = (found.get(cause="proficient", group=g) for g in "ab")
    assert gap.estimate == pytest.approx(b.estimate - a.estimate)
    assert gap.std_error == pytest.approx(math.hypot(a.std_error, b.std_error))
    assert (gap.comparison, gap.n_people) == ("a", 30)


def test_numbers_text_and_categories_say_the_same(rng):
    frame = rough(rng)
    plain = cumulative_incidence(frame, **CALL).curve["estimate"].to_numpy()
    number = frame.assign(
        status=frame["status"].map({"censored": 0, "left": 1, "proficient": 2}).astype("Int64")
    )
    level = frame.assign(status=pd.Categorical(frame["status"], ["censored", "left", "proficient"]))
    named = frame.replace({"status": {"censored": "alive"}})
    for other, more in ((number, {}), (level, {}), (named, {"censored": "alive"})):
        found = cumulative_incidence(other.sample(frac=1, random_state=1), **CALL, **more)
        assert found.curve["estimate"].to_numpy() == pytest.approx(plain)


def test_medians_and_times_beyond_are_said(rng):
    frame = pd.DataFrame({"time": [1, 2, 3, 4, 5], "status": [1, 1, 1, 2, 0]})
    found = cumulative_incidence(frame, **CALL, times=[3, 9])
    assert found.medians.get(cause=1).estimate == 3
    assert math.isnan(found.medians.get(cause=2).estimate)
    assert found.get(cause=1, time=9.0).note == "nobody is watched that long"
    assert found.at(0.5).get(cause=1).estimate == 0
    assert math.isnan(found.at(3).get(cause=2).conf_low)  # nobody has left by then


def test_nothing_happened_and_nobody_there(recwarn):
    frame = pd.DataFrame({"time": [1.0, 2], "status": "censored"})
    found = cumulative_incidence(frame, **CALL)
    assert len(found.to_frame()) == 0
    assert next(c.status for c in found.checks if c.name == "follow_up") == "fail"
    assert len(cumulative_incidence(frame.head(0), **CALL).to_frame()) == 0
    assert not recwarn.list


def test_bad_input_is_refused():
    frame = pd.DataFrame({"time": [1.0, 2], "status": [1, 0]})
    with pytest.raises(ValueError, match="interval"):
        cumulative_incidence(frame, **CALL, interval="exact")
    with pytest.raises(ValueError, match="never is"):
        cumulative_incidence(frame, **CALL, censored="alive")
