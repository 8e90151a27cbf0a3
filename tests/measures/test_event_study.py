"""Pre-trend, placebo and the linear trend carried forward: published values, size, both ways, edges."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tne.measures.event_study import event_study, placebo, pretrend, sensitivity
from tne.measures.staggered import group_time_att

REPLICATIONS = 200
NAMES = {"outcome": "y", "unit": "unit", "period": "period", "cohort": "cohort"}
# Benzarti and Carloni (2019), the example of HonestDiD (MIT): the estimates of its event study; covariance in the file.
YEARS = np.array([2004, 2005, 2006, 2007, 2009, 2010, 2011, 2012])


def teams(rng, divergence=0.0, starts=(28, 31, 34, 49), each=6, periods=43):
    """Teams with their own level and slow drift; each later cohort trends `divergence` a week less."""
    n = each * len(starts)
    drift = np.zeros((n, periods))
    for t in range(1, periods):
        drift[:, t] = 0.8 * drift[:, t - 1] + rng.normal(0, 0.2, n)
    size = rng.integers(4, 12, n)
    y = rng.normal(size=(n, 1)) + drift + rng.normal(size=(n, periods)) / np.sqrt(size)[:, None]
    order = np.repeat(np.arange(len(starts)), each)
    y = y - divergence * order[:, None] * np.arange(periods)
    return pd.DataFrame(
        {
            "unit": np.repeat(np.arange(n), periods),
            "period": np.tile(np.arange(periods), n),
            "cohort": np.repeat(np.array(starts, dtype=float)[order], periods),
            "y": y.ravel(),
            "n": np.repeat(size, periods),
        }
    )


def mpdta(truth):
    data = pd.read_csv(truth / "data" / "mpdta_did.csv")
    data["cohort"] = data["first.treat"].where(data["first.treat"] > 0)
    return data.rename(columns={"lemp": "y", "countyreal": "unit", "year": "period"})


def benzarti_carloni(truth):
    stored = json.loads((truth / "data" / "BCdata_EventStudy_HonestDiD.json").read_text())
    return event_study(stored["betahat"], stored["sigma"], event_time=YEARS - 2009)


@pytest.mark.published("DID-MPDTA")
def test_pretrend_matches_published_mpdta(truth):
    """R did 2.1.2, vignette did-basics: p-value of the pre-test of parallel trends 0.16812."""
    result = pretrend(group_time_att(mpdta(truth), **NAMES, comparison="never_treated"))
    assert result.p_value == pytest.approx(0.16812, abs=5e-6)
    assert result.restrictions == 5
    universal = pretrend(group_time_att(mpdta(truth), **NAMES, comparison="never_treated", baseline=1))
    assert universal.p_value == pytest.approx(result.p_value, abs=1e-9)


def test_sensitivity_matches_published_honest_did(truth):
    """HonestDiD, Benzarti and Carloni: first post-period, original and FLCI at M = 0 (recomputed by diff-diff 3.13)."""
    result = sensitivity(benzarti_carloni(truth), method="smoothness", m=0)
    assert (result.original.conf_low, result.original.conf_high) == (
        pytest.approx(0.158775, abs=1e-6),
        pytest.approx(0.233147, abs=1e-6),
    )
    robust = result.robust.get(m=0.0)
    assert robust.conf_low == pytest.approx(0.13145962, abs=1e-6)
    assert robust.conf_high == pytest.approx(0.21611969, abs=1e-6)


def test_sensitivity_on_group_time_effects_equals_the_event_study_route(truth):
    att = group_time_att(mpdta(truth), **NAMES, comparison="never_treated", baseline=1)
    from tne.measures.att_aggregate import aggregation_weights

    stack, extra, keys, _ = aggregation_weights(att, by="event_time")
    keep = ~np.isnan(keys) & (keys != -1)
    influence = att.cells.influence @ stack[:, keep] + extra[:, keep]
    study = event_study(att.cells.estimate @ stack[:, keep], influence.T @ influence, event_time=keys[keep])
    one = sensitivity(att, method="smoothness", m=0, weights="average").robust.get(m=0.0)
    two = sensitivity(study, method="smoothness", m=0, weights="average").robust.get(m=0.0)
    assert one.estimate == pytest.approx(two.estimate, abs=2e-4)
    assert one.std_error == pytest.approx(two.std_error, rel=0.01)


def test_linear_trend_carried_forward_by_hand():
    """One pre-period at −2 off by .2: the slope is −.2 a period, so event times 0 and 1 lose −.2 and −.4."""
    study = event_study([0.2, 0.0, 0.5, 0.3], np.diag([0.01, 0.0, 0.01, 0.01]), event_time=[-2, -1, 0, 1])
    first = sensitivity(study, method="smoothness", m=0).robust.get(m=0.0)
    assert first.estimate == pytest.approx(0.5 + 0.2)
    assert first.std_error == pytest.approx(np.sqrt(0.02))
    both = sensitivity(study, method="smoothness", m=0, weights=[0.5, 0.5]).robust.get(m=0.0)
    assert both.estimate == pytest.approx(0.4 + 0.3)
    assert both.std_error == pytest.approx(np.sqrt(0.005 + 1.5**2 * 0.01))


def test_reference_period_is_normalised_by_hand():
    plain = event_study([0.1, 0.4], np.eye(2) * 0.01, event_time=[-2, 0])
    shifted = event_study([1.1, 1.0, 1.4], np.diag([0.01, 0.0, 0.01]), event_time=[-2, -1, 0])
    np.testing.assert_allclose(plain.estimates, shifted.estimates)
    np.testing.assert_allclose(plain.covariance, shifted.covariance)


def test_missed_slope_by_hand():
    """One normal pre-period: the slope found with 80 % power at 5 % is (1.96 + .84) standard errors."""
    study = event_study([0.0, 0.5], np.eye(2) * 0.04, event_time=[-3, 0])
    result = pretrend(study)
    expected = (stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) * 0.2 / 2
    assert result.missed_slope == pytest.approx(expected, rel=1e-3)
    assert result.missed_bias == pytest.approx(
        expected, rel=1e-3
    )  # event time 0 is one period after the reference
    assert result.p_value == pytest.approx(1.0)


def test_linear_base_equals_the_line_through_the_pre_periods(rng):
    """Same comparison units before and after: each unit's own line and the pooled line agree."""
    data = teams(rng, starts=(28, 60))
    call = {**NAMES, "comparison": "not_yet_treated", "errors": "welch"}
    own = group_time_att(data, **call, baseline=20, trend="linear")
    pooled = group_time_att(data, **call, baseline=20)
    one = sensitivity(own, method="smoothness", m=0, weights="average").robust.get(m=0.0)
    two = sensitivity(pooled, method="smoothness", m=0, weights="average").robust.get(m=0.0)
    for name in ("estimate", "std_error", "df", "conf_low"):
        assert getattr(one, name) == pytest.approx(getattr(two, name), rel=1e-9)


def test_small_sample_f_equals_hotelling_by_hand(rng):
    """Two groups with one stratum's covariance known: the joint test is Hotelling's one-sample T² in shape."""
    from tne.measures.joint_test import wald

    x = rng.normal(size=(9, 3))
    mean, cov = x.mean(axis=0), np.cov(x.T) / 9
    t2 = mean @ np.linalg.solve(cov, mean)
    test = wald(mean, [(cov, 8.0)], small=True)
    assert test.statistic == pytest.approx((9 - 3) / (3 * 8) * t2)
    assert test.p_value == pytest.approx(stats.f.sf((9 - 3) / (3 * 8) * t2, 3, 6))


def test_pretrend_and_placebo_are_silent_at_zero_and_loud_at_a_divergence(rng):
    """24 teams in 4 groups of 6, 26 baseline weeks: false alarms at most 5 % and 1 % (+ 3 standard errors)."""
    p = {"pretrend": [], "placebo": []}
    for _ in range(REPLICATIONS):
        for name, result in both(teams(rng)).items():
            p[name].append(result.p_value)
    for values in p.values():
        for level in (0.05, 0.01):
            assert np.mean(np.array(values) < level) <= level + 3 * np.sqrt(
                level * (1 - level) / REPLICATIONS
            )
    planted = both(teams(rng, divergence=0.15))
    for result in planted.values():
        assert result.checks[0].status == "fail"
    slope = planted["pretrend"].slope
    assert slope.conf_low > 0  # earlier cohorts rise against later ones


def both(data):
    call = {**NAMES, "comparison": "not_yet_treated", "weights": "n", "errors": "welch", "baseline": 26}
    return {"pretrend": pretrend(group_time_att(data, **call)), "placebo": placebo(data, horizon=12, **call)}


@pytest.mark.thorough
def test_missed_slope_is_found_four_times_in_five(rng):
    def tested(divergence):
        data = teams(rng, starts=(30, 60), each=12, divergence=divergence)
        return pretrend(
            group_time_att(data, **NAMES, comparison="not_yet_treated", errors="welch", baseline=26)
        )

    # Each panel estimates the slope with its own noisy covariance; their mean is close to the true one.
    slope = np.mean([tested(0.0).missed_slope for _ in range(40)])
    found = [tested(slope).p_value < 0.05 for _ in range(REPLICATIONS)]
    assert 0.7 < np.mean(found) < 0.9


def test_pretrend_limits_restrictions_to_a_quarter_of_the_clusters(rng):
    result = both(teams(rng))["pretrend"]
    assert result.restrictions <= 24 / 4
    assert "blocks" in result.note
    many = teams(rng, starts=tuple(range(28, 40)), each=2)
    pooled = pretrend(
        group_time_att(many, **NAMES, comparison="not_yet_treated", errors="welch", baseline=26)
    )
    assert pooled.restrictions <= 24 / 4
    assert "averaged over cohorts" in pooled.note


def test_placebo_ignores_everything_after_training(rng):
    data = teams(rng)
    trained = data.assign(y=data["y"] + 50.0 * (data["period"] >= data["cohort"]))
    call = {**NAMES, "comparison": "not_yet_treated", "horizon": 8}
    assert placebo(data, **call).p_value == placebo(trained, **call).p_value
    assert placebo(data, **call).contrasts["estimate"].notna().sum() == 3  # the last cohort has no comparison


def test_placebo_contrast_by_hand():
    rows = [
        (u, p, 4.0 if u < 6 else np.nan, float(p >= 2 and u < 6) + u) for u in range(12) for p in range(6)
    ]
    data = pd.DataFrame(rows, columns=["unit", "period", "cohort", "y"])
    result = placebo(data, **NAMES, comparison="never_treated", horizon=2)
    assert result.contrasts["estimate"].item() == pytest.approx(1.0)


def test_what_cannot_be_tested_is_not_run(rng):
    data = teams(rng, each=2, starts=(20, 60))
    few = both(data)
    for result in few.values():
        assert np.isnan(result.p_value)
        assert result.note
        assert result.checks[0].status == "not_run"
        assert result.to_frame()["note"].ne("").all()
        assert "not tested" in str(result)
    linear = group_time_att(teams(rng), **NAMES, comparison="not_yet_treated", baseline=26, trend="linear")
    assert np.isnan(pretrend(linear).p_value)
    late = event_study([0.1, 0.2], np.eye(2), event_time=[0, 1])
    assert np.isnan(pretrend(late).p_value)
    assert sensitivity(late, method="smoothness", m=0).robust.get(m=0.0).note


def test_bad_event_studies_are_refused(rng):
    with pytest.raises(ValueError, match="have shapes"):
        event_study([0.1, 0.2], np.eye(3), event_time=[-2, 0])
    with pytest.raises(ValueError, match="repeats"):
        event_study([0.1, 0.2], np.eye(2), event_time=[0, 0])
    with pytest.raises(ValueError, match="not symmetric"):
        event_study([0.1, 0.2], [[1, 0.5], [0, 1]], event_time=[-2, 0])
    with pytest.raises(ValueError, match="negative eigenvalue"):
        event_study([0.1, 0.2], [[1, 2], [2, 1]], event_time=[-2, 0])
    with pytest.raises(ValueError, match="missing numbers"):
        event_study([0.1, np.nan], np.eye(2), event_time=[-2, 0])
    study = event_study([0.1, 0.2], np.eye(2), event_time=[-2, 0])
    with pytest.raises(ValueError, match="2 numbers for 1"):
        sensitivity(study, method="smoothness", m=0, weights=[1, 2])
    varying = group_time_att(teams(rng), **NAMES, comparison="not_yet_treated")
    with pytest.raises(ValueError, match="varying base"):
        sensitivity(varying, method="smoothness", m=0)
    with pytest.raises(TypeError, match="group_time_att"):
        pretrend(0.5)
