"""Simultaneous bands and randomisation inference of group-time effects."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tne.measures.att_bands import simultaneous_bands
from tne.measures.att_randomization import randomization_inference
from tne.measures.staggered import aggregate, group_time_att

CALL = {
    "outcome": "y",
    "unit": "unit",
    "period": "period",
    "cohort": "cohort",
    "comparison": "not_yet_treated",
}


def panel(rng, cohorts, periods=8, effect=0.0, noise=1.0):
    cohorts, t = np.asarray(cohorts, dtype=float), np.arange(periods)
    n = len(cohorts)
    y = rng.normal(size=(n, 1)) + rng.normal(0, noise, (n, periods)) + effect * (t >= cohorts[:, None])
    return pd.DataFrame(
        {
            "unit": np.repeat(np.arange(n), periods),
            "period": np.tile(t, n),
            "cohort": np.repeat(cohorts, periods),
            "y": y.ravel(),
        }
    )


def test_band_of_one_row_is_its_own_interval(rng):
    att = group_time_att(panel(rng, [1] * 40 + [np.nan] * 40, periods=2), **CALL, errors="welch")
    row = simultaneous_bands(att, by="group_time").to_frame().iloc[0]
    assert row["band_low"] == pytest.approx(row["conf_low"], abs=0.02 * row["std_error"])
    assert row["band_high"] >= row["conf_high"] - 1e-12


@pytest.mark.parametrize("multipliers", ["rademacher", "mammen"])
def test_critical_value_equals_the_largest_of_independent_normals(rng, multipliers):
    """Six cohorts against many others: six nearly independent rows, so P(max |z| ≤ c) = (2Φ(c) - 1)^6."""
    data = panel(rng, np.repeat([1, 2, 3, 4, 5, 6], 150).tolist() + [np.nan] * 20_000, periods=7)
    att = group_time_att(data, **{**CALL, "comparison": "never_treated"}, errors="analytic")
    found = simultaneous_bands(att, by="cohort", seed=1, draws=4999, multipliers=multipliers)
    expected = stats.norm.ppf((1 + 0.95 ** (1 / 6)) / 2)
    assert found.critical_value == pytest.approx(expected, rel=0.03)


def test_bands_hold_all_effects_at_once_and_intervals_do_not(rng):
    inside = {"band": 0, "interval": 0}
    for _ in range(60):
        att = group_time_att(panel(rng, [4] * 50 + [np.nan] * 50), **CALL)
        rows = simultaneous_bands(att, draws=499).to_frame().dropna(subset="band_low")
        for name, low, high in (("band", "band_low", "band_high"), ("interval", "conf_low", "conf_high")):
            inside[name] += bool(((rows[low] <= 0) & (rows[high] >= 0)).all())
    slack = 3 * np.sqrt(0.05 * 0.95 / 60)
    assert inside["band"] / 60 >= 0.935 - slack
    assert inside["interval"] / 60 < 0.9


def test_rows_without_a_standard_error_have_no_band(rng):
    data = panel(rng, [4] * 3 + [6] * 30 + [np.nan] * 30)
    rows = simultaneous_bands(group_time_att(data, **CALL, baseline=1), by="group_time").to_frame()
    assert (rows["band_low"].isna() == rows["std_error"].isna()).all()
    assert rows["band_low"].isna().any()
    assert rows["band_low"].notna().any()
    few = simultaneous_bands(group_time_att(panel(rng, [4] * 3 + [np.nan] * 30), **CALL))
    assert np.isnan(few.critical_value)
    assert few.to_frame()["note"].ne("").all()


def test_bands_keep_the_rows_and_repeat_with_their_seed(rng):
    att = group_time_att(panel(rng, [3] * 20 + [5] * 20 + [np.nan] * 20), **CALL)
    for by in ("event_time", "cohort", "period"):
        rows = aggregate(att, by=by).to_frame().query("term == 'att'")
        found = simultaneous_bands(att, by=by, seed=3).to_frame()
        np.testing.assert_allclose(found[["estimate", "std_error"]], rows[["estimate", "std_error"]])
        pd.testing.assert_frame_equal(found, simultaneous_bands(att, by=by, seed=3).to_frame())
        assert (found["band_low"] <= found["conf_low"] + 1e-12).all()
    assert simultaneous_bands(att).to_frame()["method"].str.contains("Rademacher draws").all()
    with pytest.raises(ValueError, match="`by`"):
        simultaneous_bands(att, by="overall")
    with pytest.raises(ValueError, match="99 or more"):
        simultaneous_bands(att, draws=10)
    with pytest.raises(ValueError, match="aggregated"):
        simultaneous_bands(att, by="group_time", balance=1)


def brute_force(data, cohorts, y):
    """The overall effect of every way to deal the cohorts, each fitted anew."""
    out = []
    for label in sorted(set(itertools.permutations(cohorts))):
        start = np.array([np.nan if c == np.inf else c for c in label])
        moved = data.assign(cohort=start[data["unit"]], y=y)
        out.append(aggregate(group_time_att(moved, **CALL), by="overall").get(term="overall").estimate)
    return np.array(out)


@pytest.mark.parametrize("gaps", [False, True], ids=["complete", "gaps"])
def test_p_value_equals_the_share_of_all_assignments_fitted_anew(rng, gaps):
    cohorts = [2, 4, np.inf, np.inf, np.inf]
    data = panel(rng, [2, 4, np.nan, np.nan, np.nan], periods=6, effect=1.0)
    if gaps:
        data.loc[[8, 20], "y"] = np.nan
    found = randomization_inference(group_time_att(data, **CALL))
    every = brute_force(data, cohorts, data["y"])
    real = aggregate(group_time_att(data, **CALL), by="overall").get(term="overall").estimate
    assert found.effect.estimate == pytest.approx(real, abs=1e-12)
    assert found.exact
    assert found.assignments == 20 == len(every)
    assert found.effect.p_value == pytest.approx((np.abs(every) >= abs(real) - 1e-9).mean())


def test_interval_ends_where_the_effect_taken_away_is_rejected(rng):
    """At a bound the p-value of outcomes less the bound crosses 10 %; all assignments fitted anew."""
    cohorts = [3, 3] + [np.inf] * 5
    data = panel(rng, [3, 3] + [np.nan] * 5, periods=5, effect=2.0, noise=0.5)
    effect = randomization_inference(group_time_att(data, **CALL, conf_level=0.9)).effect
    on = data["period"] >= data["cohort"]
    for bound, outward in ((effect.conf_low, -1), (effect.conf_high, 1)):
        for tau, kept in ((bound - outward * 0.02, True), (bound + outward * 0.02, False)):
            every = brute_force(data, cohorts, data["y"] - tau * on)
            p = (np.abs(every) >= abs(effect.estimate - tau) - 1e-9).mean()
            assert (p > 0.1) == kept


def test_false_positives_of_two_trained_clusters_stay_at_the_level(rng):
    """2 of 12 trained: 66 assignments. The t interval does not exist, the randomisation p-value is honest."""
    p, hits = [], []
    for _ in range(60):
        att = group_time_att(panel(rng, [4, 4] + [np.nan] * 10, effect=0.5), **CALL)
        assert np.isnan(aggregate(att, by="overall").get(term="overall").std_error)
        effect = randomization_inference(att).effect
        hits.append(effect.conf_low <= 0.5 <= effect.conf_high)
        none = group_time_att(panel(rng, [4, 4] + [np.nan] * 10), **CALL)
        p.append(randomization_inference(none).effect.p_value)
    slack = 3 * np.sqrt(0.05 * 0.95 / 60)
    assert np.mean(np.array(p) <= 0.05) <= 0.05 + slack
    assert np.mean(hits) >= 0.935 - slack


def test_one_trained_cluster_of_ten_has_a_p_value_but_no_interval(rng):
    found = randomization_inference(group_time_att(panel(rng, [4] + [np.nan] * 9, effect=9.0), **CALL))
    assert found.effect.p_value == pytest.approx(0.1)
    assert found.smallest_p == pytest.approx(0.1)
    assert np.isnan(found.effect.conf_low)
    assert "no interval: the smallest p-value of 10 assignments is 0.100" in found.effect.note
    assert "all 10 assignments" in found.effect.method
    assert {c.name: c.status for c in found.checks}["exchangeable_clusters"] == "not_run"


def test_many_clusters_are_dealt_at_random_and_repeat_with_their_seed(rng):
    att = group_time_att(panel(rng, [3] * 4 + [5] * 4 + [np.nan] * 12, effect=0.5), **CALL)
    one, two, other = (randomization_inference(att, seed=s) for s in (1, 1, 2))
    assert not one.exact
    assert one.to_frame().equals(two.to_frame())
    assert one.effect.p_value != other.effect.p_value or one.effect.conf_low != other.effect.conf_low
    assert one.effect.p_value == pytest.approx(other.effect.p_value, abs=0.05)
    early = randomization_inference(att, window=(0, 1), draws=199)
    expected = aggregate(att, by="overall", window=(0, 1)).get(term="overall").estimate
    assert early.effect.estimate == pytest.approx(expected, abs=1e-12)
    with pytest.raises(ValueError, match="99 or more"):
        randomization_inference(att, draws=5)


@pytest.mark.parametrize("base", [{"baseline": 1}, {"baseline": 3}, {"baseline": 3, "trend": "linear"}])
def test_randomisation_by_team_has_the_overall_effect(rng, base):
    data = panel(rng, np.repeat([4.0, 5.0, np.nan], 20)).sample(frac=0.9, random_state=2)
    data["team"], data["w"] = data["unit"] // 5, 1 + data["unit"] % 3
    att = group_time_att(data, **CALL, cluster="team", weights="w", **base)
    found = randomization_inference(att, draws=99).effect
    expected = aggregate(att, by="overall").get(term="overall")
    assert found.estimate == pytest.approx(expected.estimate, abs=1e-10)
    assert "12 clusters" in found.method


def test_what_cannot_be_dealt_says_why(rng):
    data = panel(rng, [4] * 6 + [np.nan] * 6)
    data["team"], data["x"] = data["unit"] % 4, data["unit"] % 3
    for att, why in (
        (group_time_att(data, **CALL, cluster="team"), "mix cohorts"),
        (group_time_att(data, **CALL, covariates=["x"], adjustment="regression"), "covariates"),
        (group_time_att(data, **{**CALL, "unit": None}), "repeated cross-sections"),
        (group_time_att(data.assign(cohort=np.nan), **CALL), "no identified effect"),
        (group_time_att(data.assign(cohort=4.0), **CALL), "no identified effect"),
    ):
        effect = randomization_inference(att).effect
        assert np.isnan(effect.estimate)
        assert why in effect.note
