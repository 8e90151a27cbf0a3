"""The truth of the simulation is what its formulas say, by hand."""

import numpy as np
import pandas as pd
import pytest

from tne.simulate.audits import RISK_AUDITED, RISK_EASE, RISK_SHARE, Accuracy
from tne.simulate.markets import SHARES
from tne.simulate.markets import choose as choose_markets
from tne.simulate.programmes import choose, profile
from tne.simulate.truth import cells, gain
from tne.simulate.world import world

SEED = 11
UPDATE = "hateful-conduct-update"


@pytest.fixture(scope="module")
def w():
    return world(SEED, choose_markets({"DE": 100})[0], choose(None), 52)


def expit(x):
    return 1 / (1 + np.exp(-x))


def test_profile_by_hand():
    """(1 - e^(-k/3)) 2^(-k/20) in the middle of the week, and half of the plateau is gone after a half-life."""
    assert profile(np.array([-5, -1]), 20.0).tolist() == [0, 0]
    assert profile(np.array([0]), 20.0)[0] == pytest.approx((0.5 / 3) * 2 ** (-0.5 / 20))
    assert profile(np.array([3]), 20.0)[0] == pytest.approx(2 ** (-3.5 / 20))
    late = profile(np.array([100, 120]), 20.0)
    assert late[1] / late[0] == pytest.approx(0.5)


def test_share_right_by_hand():
    """Two auditors, no area effects: the mean of six logistic terms."""
    how = Accuracy(np.zeros(len(SHARES)), np.array([0.3, -0.3]), np.zeros((len(SHARES), 1)))
    terms = [
        s * (expit(1.5 + e - 0.3) + expit(1.5 + e + 0.3)) / 2
        for s, e in zip(RISK_SHARE, RISK_EASE, strict=True)
    ]
    assert how.share_right(np.array([1.5]), np.array([0]))[0] == pytest.approx(sum(terms), abs=1e-6)


def test_share_right_counts_areas_and_shocks_by_hand():
    """A shock of one area in the second week enters with that area's share."""
    shock = np.zeros((len(SHARES), 2))
    shock[0, 1] = -1.0
    how = Accuracy(np.zeros(len(SHARES)), np.zeros(1), shock)
    calm, shaken = how.share_right(np.array([2.0, 2.0]), np.array([0, 1]))
    lost = sum(s * (expit(2 + e) - expit(1 + e)) for s, e in zip(RISK_SHARE, RISK_EASE, strict=True))
    assert calm - shaken == pytest.approx(SHARES[0] * lost, abs=1e-6)


def test_cells_equal_the_formula_for_one_person_by_hand(w):
    """p1 and p0 of one treated person-week, recomputed from every part of the model."""
    rollout, everyone = w.rollout(UPDATE), w.everyone
    person = int(np.flatnonzero(rollout.trained & (rollout.trained_week == 28))[0])
    week = int(np.flatnonzero(everyone.present[person] & (np.arange(52) > 30))[0])
    own = (
        everyone.ability[person]
        - 0.8 * np.exp(-(week - everyone.hire_week[person]) / 8)
        + everyone.trend[week]
    )
    for other in w.rollouts:
        programme, start = other.programme, other.trained_week[person]
        if programme.code != UPDATE and programme.effect and 0 <= start <= week:
            k = week - start + 0.5
            own += (
                (programme.effect + other.luck[person])
                * np.minimum(k / 3, 1)
                * 0.5 ** (k / programme.half_life)
            )
    k = week - 28 + 0.5
    added = (0.5 + rollout.luck[person]) * np.minimum(k / 3, 1) * 0.5 ** (k / 20)
    auditors = w.how.strictness

    def accuracy(logit):
        return sum(
            SHARES[a] * s * expit(logit + w.how.ease[a] + w.how.shock[a, week] + e - auditors).mean()
            for a in range(len(SHARES))
            for s, e in zip(RISK_SHARE, RISK_EASE, strict=True)
        )

    table = cells(rollout, everyone, w.how, w.logit, w.audits)
    cell = table[(table["person"] == person) & (table["event_time"] == week - 28)].iloc[0]
    assert cell["p1"] == pytest.approx(accuracy(own + added), abs=1e-5)
    assert cell["p0"] == pytest.approx(accuracy(own), abs=1e-5)


def test_trainer_and_session_add_once_to_everybody_in_the_room(w):
    rollout = w.rollout(UPDATE)
    frame = pd.DataFrame({"session": rollout.session, "luck": rollout.luck})[rollout.trained]
    spread = frame.groupby("session")["luck"].agg(["min", "max"])
    assert (spread["min"] == spread["max"]).all()
    assert frame.groupby("session")["luck"].first().nunique() == len(rollout.session_week)


def test_gain_is_zero_before_the_training_and_for_the_untrained(w):
    rollout = w.rollout(UPDATE)
    added = gain(rollout, 52)
    assert not added[~rollout.trained].any()
    assert not added[:, :28].any()  # nobody before the first wave
    assert added[rollout.trained].any()


def test_programmes_without_effect_change_no_decision():
    """A true null for every person: no logit, no luck, the same p1 and p0, the same outcomes."""
    market = choose_markets(["IE"])[0]
    usual = world(SEED, market, choose(None), 52)
    for code in ("livestream-elearning", "low-score-coaching"):
        rollout = usual.rollout(code)
        assert rollout.trained.any()
        assert not rollout.luck.any()
        assert not gain(rollout, 52).any()
    nothing = world(SEED, market, choose({UPDATE: 0.0}), 52)
    before = usual.cases.week < 28
    assert (usual.right[before] == nothing.right[before]).all()
    assert not nothing.rollout(UPDATE).luck.any()
    assert (usual.right != nothing.right).any()


def test_coaching_takes_the_lowest_thirty_per_cent(w):
    chosen, rest = w.selection[w.selection["chosen"]], w.selection[~w.selection["chosen"]]
    assert chosen["accuracy"].max() <= rest["accuracy"].min()
    assert len(chosen) == round(0.3 * len(w.selection))
    assigned = np.flatnonzero(w.rollout("low-score-coaching").status >= 0)
    assert set(assigned) == set(chosen.index)


def test_selection_score_equals_the_weighted_audits_of_four_weeks_by_hand(w):
    cases = w.cases
    person = int(w.selection.index[3])
    here = (cases.person == person) & (cases.week >= 26) & (cases.week <= 29) & ~cases.seeded
    weight = (RISK_SHARE / RISK_AUDITED).round(4)[cases.risk[here]]
    by_hand = (weight * w.right[here]).sum() / weight.sum()
    assert w.selection.loc[person, "accuracy"] == pytest.approx(by_hand)


def test_unknown_programme_is_refused():
    with pytest.raises(ValueError, match="effects"):
        choose({"no-such-programme": 1.0})
