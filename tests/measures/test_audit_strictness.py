"""Auditors' strictness: optimisation by another road, published correlations, planted strictness, privacy, edges."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special
from statsmodels.stats.meta_analysis import combine_effects

from tne.measures.audit_accuracy import audit_accuracy
from tne.measures.audit_crossed import crossed_effects
from tne.measures.audit_spread import between_sd
from tne.measures.audit_strictness import auditor_strictness
from tne.measures.audit_twice import audited_twice, one_way_icc
from tne.measures.mixed_logit import mixed_logit

# Shrout and Fleiss (1979), Intraclass correlations, Psychological Bulletin 86:420-428, table 2: six targets of four
JUDGES = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float
)


def status(result, name: str) -> str:
    return next(c.status for c in result.checks if c.name == name)


def some(rng: np.random.Generator, n: int = 3000, strict=(0.0, 0.0, 0.0, 0.0, 0.0, 1.2)) -> pd.DataFrame:
    person, auditor = rng.integers(0, 40, n), rng.integers(0, len(strict), n)
    able = rng.normal(2, 0.4, 40)
    right = rng.random(n) < special.expit(able[person] - np.array(strict)[auditor])
    return pd.DataFrame(
        {
            "moderator_id": [f"m{i}" for i in person],
            "auditor_id": [f"a{i}" for i in auditor],
            "case_id": np.arange(n),
            "queue": rng.choice(["video", "live"], n),
            "team": np.where(person % 2, "odd", "even"),
            "correct": right,
            "seeded": False,
        }
    )


@pytest.mark.published("AGR-ICC-SF")
def test_one_way_correlation_matches_published_icc():
    """Shrout and Fleiss (1979), table 4: ICC(1,1) = .17; R psych: .1657422862 (fitted), −.13 to .72."""
    found = one_way_icc(JUDGES.ravel(), np.repeat(np.arange(6), 4))
    assert found["estimate"] == pytest.approx(0.17, abs=0.005)
    assert found["estimate"] == pytest.approx(0.1657422862, abs=1e-6)
    assert found["conf_low"] == pytest.approx(-0.13, abs=0.005)
    assert found["conf_high"] == pytest.approx(0.72, abs=0.005)


def test_crossed_effects_equal_scipy_minimize(rng):
    n = rng.integers(0, 12, (7, 3)).astype(float)
    right = rng.binomial(n.astype(int), 0.8).astype(float)

    def loss(x: np.ndarray) -> float:
        person, auditor = x[1:8], x[8:]
        at = x[0] + person[:, None] + auditor[None, :]
        like = right * -np.logaddexp(0, -at) + (n - right) * -np.logaddexp(0, at)
        return -like.sum() + (person**2).sum() / (2 * 0.5**2) + (auditor**2).sum() / (2 * 0.3**2)

    best = optimize.minimize(loss, np.zeros(11), method="BFGS", options={"gtol": 1e-9})
    found = crossed_effects(n, right, 0.5, 0.3)
    np.testing.assert_allclose(np.r_[found.level, found.person, found.auditor], best.x, atol=1e-5)
    curvature = np.zeros((11, 11))
    step = 1e-4
    for i in range(11):
        for j in range(11):
            e, f = np.eye(11)[i] * step, np.eye(11)[j] * step
            four = loss(best.x + e + f) - loss(best.x + e - f) - loss(best.x - e + f) + loss(best.x - e - f)
            curvature[i, j] = four / (4 * step**2)
    np.testing.assert_allclose(found.covariance, np.linalg.inv(curvature)[8:, 8:], rtol=2e-3, atol=1e-5)


def test_spread_equals_statsmodels_paule_mandel(rng):
    v = rng.uniform(0.05, 0.5, 9)
    effects = rng.normal(0, 0.8, 9) + rng.normal(0, np.sqrt(v))
    peer = combine_effects(effects, v, method_re="iterated")
    found = between_sd(effects, np.diag(v), np.zeros(9))
    assert found[0] ** 2 == pytest.approx(peer.tau2, rel=1e-4)
    shifted = between_sd(effects, np.diag(v) + 5.0, np.zeros(9))
    np.testing.assert_allclose(shifted, found, rtol=1e-6)


def test_spread_matches_published_q_profile(truth):
    """R metafor, ?confint.rma.uni: BCG vaccine, tau² .12 to 1.11 by Q profile."""
    frame = pd.read_csv(truth / "data" / "dat_bcg_metadat.csv")
    a, b, c, d = (frame[k].to_numpy(dtype=float) for k in ("tpos", "tneg", "cpos", "cneg"))
    y, v = np.log(a / (a + b) / (c / (c + d))), 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)
    _, low, high = between_sd(y, np.diag(v), np.zeros(len(y)))
    assert low**2 == pytest.approx(0.1197, abs=5e-5)
    assert high**2 == pytest.approx(1.1115, abs=5e-5)


def test_moderators_spread_equals_the_mixed_model_on_counts(rng):
    frame = some(rng)
    counts = frame.groupby(["moderator_id", "auditor_id"])["correct"].agg(["sum", "size"]).reset_index()
    model = mixed_logit(
        counts, successes="sum", trials="size", fixed="1", random=("moderator_id", "auditor_id")
    )
    found = auditor_strictness(frame).estimates
    assert found.get(term="moderator_sd").estimate == pytest.approx(model.sd["moderator_id"], rel=1e-4)
    # the likelihood divides by the auditors, not by one less: six auditors, up to 10 per cent
    assert 1 < found.get(term="strictness_sd").estimate / model.sd["auditor_id"] < 1.2
    spread, m = found.get(term="strictness_sd"), model.sd["moderator_id"] ** 2
    share = found.get(term="strictness_share")
    for name in ("estimate", "conf_low", "conf_high"):
        a = getattr(spread, name) ** 2
        assert getattr(share, name) == pytest.approx(a / (a + m + math.pi**2 / 3), rel=1e-3)


def test_a_strict_auditor_of_one_team_is_taken_out(rng):
    """Equal teams; the strict auditor sees the odd one only half of the time, the even one hardly."""
    frame = some(rng, 12000)
    strict, odd = frame["auditor_id"] == "a5", frame["team"] == "odd"
    frame = frame[~strict | odd | (rng.random(len(frame)) < 0.1)]
    found = auditor_strictness(frame, by="team").estimates
    crude, fair = (
        found.get(team="even", term=t).estimate - found.get(team="odd", term=t).estimate
        for t in ("accuracy", "adjusted_accuracy")
    )
    assert crude > 0.015
    assert abs(fair - crude) > 0.01
    assert fair < crude


def test_agreement_of_cases_audited_twice_by_hand():
    """Four cases by two auditors, three agree; one by one auditor does not count; the same auditor twice neither."""
    frame = pd.DataFrame(
        {
            "case_id": [1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 6],
            "auditor_id": ["a", "b"] * 4 + ["a", "a", "a"],
        }
    )
    right = np.array([1, 1, 0, 0, 1, 1, 1, 0, 1, 1, 0], dtype=float)
    agreement, reliability = audited_twice(frame, right, 0.95)
    assert agreement["estimate"] == pytest.approx(3 / 4)
    assert agreement["n"] == 8
    values = np.array([1, 1, 0, 0, 1, 1, 1, 0], dtype=float)
    # MSB = (Σ 2 (m − 5/8)²) / 3 = (2 · .421875 + 2 · .015625 + ...) / 3, MSW = .5 / 4
    means = np.array([1, 0, 1, 0.5])
    msb, msw = 2 * ((means - values.mean()) ** 2).sum() / 3, 0.5 / 4
    assert reliability["estimate"] == pytest.approx((msb - msw) / (msb + msw))


def test_no_number_of_an_auditor_is_in_the_frame(rng):
    frame = auditor_strictness(some(rng), by="team").to_frame()
    text = frame.to_string()
    assert not any(f"a{i}" in text.split() for i in range(6))
    assert "auditor_id" not in frame.columns
    assert len(frame) == 6 + 2 * 2


def test_checks_are_loud_and_silent(rng):
    frame = some(rng)
    good = auditor_strictness(frame)
    for name in ("few_auditors", "overlap", "case_mix"):
        assert status(good, name) == "pass", name
    assert status(good, "audited_twice") == "not_run"
    few = auditor_strictness(frame[frame["auditor_id"].isin(["a0", "a5"])])
    assert status(few, "few_auditors") == "warn"
    sorted_out = frame.assign(queue=np.where(frame["auditor_id"].isin(["a0", "a1"]), "video", "live"))
    assert status(auditor_strictness(sorted_out), "case_mix") == "warn"
    two = pd.concat(
        [frame, frame.assign(moderator_id="x" + frame["moderator_id"], auditor_id="x" + frame["auditor_id"])]
    )
    assert status(auditor_strictness(two), "overlap") == "warn"
    again = frame.assign(auditor_id="a" + ((frame["auditor_id"].str[1].astype(int) + 1) % 6).astype(str))
    assert status(auditor_strictness(pd.concat([frame, again])), "audited_twice") == "pass"


def test_edges_are_said(rng):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frame = some(rng)
        for part, why in (
            (frame[frame["auditor_id"] == "a0"], "one auditor"),
            (frame[frame["moderator_id"] == "m0"], "one moderator"),
            (frame.assign(correct=True), "alike"),
            (frame.iloc[:0], "no audits"),
        ):
            found = auditor_strictness(part, by="team").estimates
            row = found.get(term="strictness_sd")
            assert math.isnan(row.estimate)
            assert why in row.note
        two = auditor_strictness(frame[frame["auditor_id"].isin(["a0", "a5"])]).estimates
        assert two.get(term="strictness_sd").estimate > 0
        apart = frame.assign(auditor_id="of " + frame["moderator_id"])
        assert "people in common" in auditor_strictness(apart).estimates.get(term="strictness_sd").note
    with pytest.raises(KeyError, match="auditor_id"):
        auditor_strictness(frame.drop(columns="auditor_id"))


def test_accuracy_is_that_of_audit_accuracy(rng):
    """Two functions that print the same share print the same interval."""
    frame = some(rng).assign(sampling_weight=rng.choice([1.0, 3.0], 3000))
    one = auditor_strictness(frame, by="team").estimates
    two = audit_accuracy(frame, by="team", standardize=())
    for team in ("odd", "even"):
        for name in ("estimate", "std_error", "df", "conf_low", "conf_high", "n", "n_people"):
            assert getattr(one.get(team=team, term="accuracy"), name) == pytest.approx(
                getattr(two.get(team=team, term="accuracy"), name), rel=1e-12
            )


def test_a_group_that_was_always_right_is_not_certain(rng):
    """Its share does not vary: neither a limit of width 0, nor more than 1 after a strict auditor is taken out."""
    frame = some(rng)
    best = frame["moderator_id"].isin(["m1", "m3"])
    frame = frame.assign(team=np.where(best, "best", "rest"), correct=frame["correct"] | best)
    frame.loc[best, "auditor_id"] = "a5"
    found = auditor_strictness(frame, by="team").estimates
    for term in ("accuracy", "adjusted_accuracy"):
        row = found.get(team="best", term=term)
        assert row.conf_low < row.estimate <= row.conf_high == 1
        assert row.estimate == pytest.approx(1)
        assert 0.9 < row.conf_low < 0.99
        assert "all alike" in row.note


def test_limits_in_points_are_points(rng):
    """A spread of any size moves accuracy by less than 100 points; two auditors may set no upper limit at all."""
    frame = some(rng, 300, strict=(0.0, 1.5, 3.0))
    found = auditor_strictness(frame).estimates
    sd, points = found.get(term="strictness_sd"), found.get(term="strictness_points")
    assert sd.conf_high > 4
    assert 0 < points.conf_low < points.estimate < points.conf_high < 100
    wide = between_sd(np.array([-1.0, 1.0]), 0.01 * np.eye(2), np.zeros(2))
    assert wide[0] == pytest.approx(math.sqrt(2 - 0.01))  # the variance of the two minus that of their errors
    assert math.isnan(wide[2])
    two = auditor_strictness(some(rng, 2000, strict=(0.0, 2.5))).estimates.get(term="strictness_points")
    assert math.isnan(two.conf_high)
    assert "no upper limit" in two.note
