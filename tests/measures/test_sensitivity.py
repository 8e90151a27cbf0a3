"""Relative magnitudes and smoothness: published sets, independent programs' numbers, by hand, both ways, edges."""

import json
import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from tne.measures.event_study import event_study, pretrend, sensitivity
from tne.measures.missed_trend import box
from tne.measures.relative_magnitude import least_favourable, moments_of
from tne.measures.smoothness import folded_quantile, frontier
from tne.measures.staggered import group_time_att

NAMES = {"outcome": "y", "unit": "unit", "period": "period", "cohort": "cohort"}
# He and Wang (2017), figure 2C, as stored with the Stata package pretrends (MIT): facts of a published regression.
HE_WANG = [0.0667031482, -0.0077017923, -0.0307690538, 0.084030658, 0.2424418181, 0.2198789865, 0.1910925359]
HE_WANG_COVARIANCE = [
    [0.0089065712, 0.0044883136, 0.0014587025, 0.0012157689, 0.0020327645, 0.0013225015, 0.0019617728],
    [0.0044883136, 0.0059369169, 0.0027500791, 0.0013505858, 0.0014315459, 0.0012067792, 0.0013847158],
    [0.0014587025, 0.0027500791, 0.0030386248, 0.0009056166, 0.0006791299, 0.0010167636, 0.0007090144],
    [0.0012157689, 0.0013505858, 0.0009056166, 0.0039247409, 0.002596118, 0.0017326149, 0.0022345525],
    [0.0020327645, 0.0014315459, 0.0006791299, 0.002596118, 0.008065897, 0.0058753751, 0.0037414359],
    [0.0013225015, 0.0012067792, 0.0010167636, 0.0017326149, 0.0058753751, 0.007881579, 0.0036507095],
    [0.0019617728, 0.0013847158, 0.0007090144, 0.0022345525, 0.0037414359, 0.0036507095, 0.0097884266],
]
# The worked example of HonestDiD.jl's README (MIT), which is checked there against R.
SE = np.array([0.060, 0.050, 0.055, 0.050, 0.052, 0.060, 0.065, 0.070])
EXAMPLE = event_study(
    [0.02, -0.01, 0.03, 0.15, 0.20, 0.25, 0.22, 0.18],
    np.outer(SE, SE) * 0.6 ** np.abs(np.subtract.outer(np.arange(8), np.arange(8))),
    event_time=[-4, -3, -2, 0, 1, 2, 3, 4],
)
GRID = 40 * 0.05 / 1000  # spacing of HonestDiD's grid there


def benzarti_carloni(truth):
    stored = json.loads((truth / "data" / "BCdata_EventStudy_HonestDiD.json").read_text())
    return event_study(stored["betahat"], stored["sigma"], event_time=np.array(stored["timeVec"]) - 2009)


def interval(result, m):
    row = result.robust.get(m=m)
    return np.array([row.conf_low, row.conf_high])


def random_study(rng, pre=4, post=3):
    a = rng.normal(size=(pre + post, pre + post + 4))
    times = [*range(-pre - 1, -1), *range(post)]
    return event_study(rng.normal(size=pre + post) * 0.3, a @ a.T / 100, event_time=times)


@pytest.mark.published("DID-HONEST-BC")
def test_sets_match_published_benzarti_carloni(truth):
    """HonestDiD for R and Stata on Benzarti and Carloni (2019), first post-period: C-LF, FLCI, breakdown."""
    published = next(
        case for case in json.loads((truth / "cases.json").read_text()) if case["id"] == "DID-HONEST-BC"
    )["published"]
    study = benzarti_carloni(truth)
    for method, name in (("relative_magnitude", "RM_C-LF"), ("smoothness", "FLCI")):
        result = sensitivity(study, method=method, m=[float(m) for m in published[name]])
        for m, bounds in published[name].items():
            np.testing.assert_allclose(interval(result, float(m)), bounds, atol=0.004)
        original = [result.original.conf_low, result.original.conf_high]
        np.testing.assert_allclose(original, published["original"], atol=0.0005)
        assert result.breakdown > 0
    assert 1.5556 < sensitivity(study, method="relative_magnitude", m=1).breakdown < 1.7778
    exact = sensitivity(study, method="smoothness", m=[0, 0.1, 0.2])  # diff-diff 3.13, exact optimum
    np.testing.assert_allclose(interval(exact, 0.1), [0.11939794, 0.41855428], atol=1e-7)
    np.testing.assert_allclose(interval(exact, 0.2), [0.01939794, 0.51855428], atol=1e-7)


def test_the_end_of_the_published_set_is_the_end_of_its_grid(truth):
    """HonestDiD's grid ends 20 standard errors from zero (.37946); the whole set at 1.7778 goes on to .400."""
    study = benzarti_carloni(truth)
    cut = sensitivity(study, method="relative_magnitude", m=1.7778).robust.get(m=1.7778)
    assert cut.conf_high == pytest.approx(20 * math.sqrt(study.covariance[4, 4]))
    assert "the set goes on to" in cut.note
    whole = sensitivity(study, method="relative_magnitude", m=1.7778, within=math.inf).robust.get(m=1.7778)
    assert whole.conf_high > 0.395
    assert whole.note == ""


def test_smoothness_matches_published_example_of_honest_did_jl():
    """README of HonestDiD.jl, walkthrough: FLCI at M = 0, .01, …, .06 to five digits."""
    published = [
        (0.03849, 0.23376), (0.027367, 0.2422), (0.0061132, 0.25851), (-0.01481, 0.27416),
        (-0.028729, 0.294), (-0.041775, 0.31396), (-0.054089, 0.33366),
    ]  # fmt: skip
    ms = [k / 100 for k in range(7)]
    result = sensitivity(EXAMPLE, method="smoothness", m=ms)
    for m, bounds in zip(ms, published, strict=True):
        np.testing.assert_allclose(interval(result, m), bounds, atol=6e-6)
    assert 0.02 < result.breakdown < 0.03


def test_relative_magnitudes_match_published_example_of_honest_did_jl():
    """README of HonestDiD.jl, walkthrough: C-LF at 0.5, 1, 1.5, 2; a grid of .002 and a simulated critical value."""
    published = {
        0.5: (0.031031, 0.28328),
        1.0: (-0.003003, 0.33734),
        1.5: (-0.053053, 0.39339),
        2.0: (-0.10511, 0.45345),
    }
    result = sensitivity(EXAMPLE, method="relative_magnitude", m=list(published))
    for m, bounds in published.items():
        np.testing.assert_allclose(interval(result, m), bounds, atol=1.2 * GRID)
    assert 0.5 < result.breakdown < 1


def test_missed_slope_matches_published_he_wang():
    """R pretrends, README: slope with power .5 .05205871 (its power .49998), means after pretesting."""
    found = pretrend(
        event_study(HE_WANG, HE_WANG_COVARIANCE, event_time=[-4, -3, -2, 0, 1, 2, 3])
    ).detectable()
    slope, bias, unseen = (
        found.get(test="any_period", power=0.5, term=term).estimate
        for term in ("slope", "bias", "bias_if_unseen")
    )
    assert slope == pytest.approx(0.05205871, rel=5e-4)
    assert bias == pytest.approx(2.5 * slope)
    assert unseen == pytest.approx(np.mean([0.06490184, 0.12084694, 0.16946498, 0.22453827]), rel=5e-4)


def test_power_against_a_quadratic_matches_published_he_wang():
    """R pretrends, README: .024 t² before training is found with power .6624282."""
    v = np.array(HE_WANG_COVARIANCE)[:3, :3]
    inside, _ = box(0.024 * np.array([9.0, 4.0, 1.0]), v, 1.96 * np.sqrt(np.diag(v)))
    assert 1 - inside == pytest.approx(0.6624282, abs=1e-4)


def test_box_equals_scipy(rng):
    a = rng.normal(size=(5, 9))
    v, mean = a @ a.T, rng.normal(size=5)
    half = 1.5 * np.sqrt(np.diag(v))
    known = stats.multivariate_normal.cdf(half, mean, v, lower_limit=-half, abseps=1e-7)
    p, centre = box(mean, v, half)
    assert p == pytest.approx(known, abs=3e-4)
    draws = rng.multivariate_normal(mean, v, 200_000)
    kept = draws[(np.abs(draws) < half).all(axis=1)]
    np.testing.assert_allclose(
        centre, kept.mean(axis=0), atol=4 * kept.std(axis=0).max() / math.sqrt(len(kept))
    )


def test_relative_magnitudes_by_hand():
    """m = 0: the effect ± 1.96 standard errors. No error before training: a truncated normal at the identified set."""
    study = event_study([0.3, 0.5], np.diag([0.0, 0.01]), event_time=[-2, 0])
    result = sensitivity(study, method="relative_magnitude", m=[0, 1], within=math.inf)
    np.testing.assert_allclose(interval(result, 0.0), 0.5 + np.array([-1, 1]) * 1.959964 * 0.1, atol=1e-6)
    # First stage: ±Z at .005. Second: Z between −.3/.1 (the other end) and the first stage's value, at .045 / .995.
    first, size = stats.norm.ppf(0.9975), 0.045 / 0.995
    upper, lower = stats.norm.cdf(first), stats.norm.cdf(-3)
    z = stats.norm.ppf(upper - size * (upper - lower))
    np.testing.assert_allclose(interval(result, 1.0), [0.2 - 0.1 * z, 0.8 + 0.1 * z], atol=1e-6)


def test_smoothness_by_hand():
    """One pre-period: effect + pre-period, worst bias M, half length the folded quantile."""
    study = event_study([0.1, 0.5], np.diag([0.01, 0.03]), event_time=[-2, 0])
    row = sensitivity(study, method="smoothness", m=[0, 0.4])
    assert row.robust.get(m=0.4).estimate == pytest.approx(0.6)
    half = 0.2 * float(folded_quantile(0.4 / 0.2, 0.95))
    np.testing.assert_allclose(interval(row, 0.4), [0.6 - half, 0.6 + half], atol=1e-9)
    # At the breakdown the worst bias and the folded quantile use up the estimate.
    assert 0.2 * float(folded_quantile(row.breakdown / 0.2, 0.95)) == pytest.approx(0.6, abs=1e-6)


@pytest.mark.parametrize("df", [math.inf, 7.0])
def test_folded_quantile_equals_scipy(df):
    for bias in (0.0, 0.3, 1.0, 4.0):
        x = float(folded_quantile(bias, 0.9, df))
        law = stats.norm(bias) if math.isinf(df) else stats.nct(df, bias) if bias else stats.t(df)
        assert law.cdf(x) - law.cdf(-x) == pytest.approx(0.9, abs=1e-7)


def test_worst_bias_equals_a_linear_program(rng):
    """scipy's HiGHS over all deviations with second differences of at most M, weights of either sign."""
    for pre, post in ((1, 3), (2, 2), (6, 3)):
        a = rng.normal(size=(pre + post, pre + post + 3))
        target = rng.normal(size=post)
        v, bias = frontier(a @ a.T / 50, pre, target).shortest(0.3, 0.95)
        bend = np.diff(np.insert(np.eye(pre + post), pre, 0.0, axis=0), n=2, axis=0)
        u = np.r_[v[::-1], target]
        worst = optimize.linprog(
            -u, A_ub=np.vstack([bend, -bend]), b_ub=np.full(2 * len(bend), 0.3), bounds=(None, None)
        )
        assert bias == pytest.approx(-worst.fun, rel=1e-8)


def test_no_other_weights_give_a_shorter_interval(rng):
    a = rng.normal(size=(8, 12))
    f = frontier(a @ a.T / 50, 5, np.array([0.5, 0.2, 0.3]))
    full = a @ a.T / 50
    for m in (0.02, 0.3):

        def length(z, m=m):
            w = np.r_[f.weights(z), 0.5, 0.2, 0.3]
            sd = math.sqrt(w @ full @ w)
            return sd * float(folded_quantile(m * (f.fixed + np.abs(z).sum()) / sd, 0.95))

        v, bias = f.shortest(m, 0.95)
        w = np.r_[v, 0.5, 0.2, 0.3]
        ours = math.sqrt(w @ full @ w) * float(folded_quantile(bias / math.sqrt(w @ full @ w), 0.95))
        for start in f.z:
            found = optimize.minimize(length, start, method="Powell", options={"xtol": 1e-9, "ftol": 1e-12})
            assert ours <= found.fun + 1e-9


def test_largest_statistic_equals_the_linear_program(rng):
    """η of Andrews, Roth and Pakes by scipy's HiGHS: min η with y − Xδ ≤ η sd, against our closed-form vertices."""
    for _ in range(20):
        study, target, m = random_study(rng), rng.normal(size=3), float(rng.uniform(0.1, 2))
        b, v, step, sign, theta = (
            study.estimates,
            study.covariance,
            int(rng.integers(4)),
            1.0,
            float(rng.normal()),
        )
        moves = np.diff(np.insert(np.eye(7), 4, 0.0, axis=0), axis=0)
        rows = np.vstack([moves[4:] - m * sign * moves[step], -moves[4:] - m * sign * moves[step]])
        sd = np.sqrt(np.diag(rows @ v @ rows.T))
        # effects τ with l'τ = θ: y(τ) = rows (b − τ); unknowns η, τ
        lp = optimize.linprog(
            [1, 0, 0, 0], A_ub=-np.column_stack([sd, rows[:, 4:]]), b_ub=-rows @ b,
            A_eq=[[0, *target]], b_eq=[theta], bounds=(None, None),
        )  # fmt: skip
        ours = moments_of(b, v, 4, target, m, step, sign)
        assert (ours.level + ours.slope * theta).max() == pytest.approx(lp.fun, abs=1e-8)


def test_least_favourable_value_by_hand():
    """One pair ±Z: the .9975 quantile; two independent ones: 1 − sqrt(1 − size) in each tail."""
    assert least_favourable(np.array([[1.0, -1.0], [-1.0, 1.0]]), 0.005) == pytest.approx(
        stats.norm.ppf(0.9975)
    )
    alone = stats.norm.isf(1 - math.sqrt(1 - 0.005))
    assert least_favourable(np.eye(2), 0.005) == pytest.approx(alone, abs=1e-4)


def test_sets_are_equivariant(rng):
    """Sign, unit (m of smoothness has the outcome's unit) and order of the periods."""
    study = random_study(rng)
    turned = event_study(-10 * study.estimates, 100 * study.covariance, event_time=study.event_time)
    order = rng.permutation(7)
    mixed = event_study(
        study.estimates[order], study.covariance[np.ix_(order, order)], event_time=study.event_time[order]
    )
    for method, m, factor in (("relative_magnitude", 0.8, 1), ("smoothness", 0.05, 10)):
        one = sensitivity(study, method=method, m=m, weights="average")
        other = sensitivity(turned, method=method, m=m * factor, weights="average")
        np.testing.assert_allclose(interval(other, m * factor), -10 * interval(one, m)[::-1], rtol=1e-6)
        same = sensitivity(mixed, method=method, m=m, weights=[1 / 3] * 3)
        np.testing.assert_allclose(interval(same, m), interval(one, m), rtol=1e-9)
        if math.isfinite(one.breakdown) and one.breakdown > 0:
            assert other.breakdown == pytest.approx(factor * one.breakdown, rel=1e-5)


def test_larger_deviations_give_larger_sets_and_the_breakdown_holds_zero():
    study = event_study(
        [0.05, -0.02, 0.03, 0.5, 0.6],
        np.diag([0.004, 0.003, 0.003, 0.004, 0.006]),
        event_time=[-4, -3, -2, 0, 1],
    )
    for method in ("relative_magnitude", "smoothness"):
        first = sensitivity(study, method=method, m=0)
        k = first.breakdown
        assert 0 < k < math.inf
        near = sensitivity(study, method=method, m=[0.9 * k, k * (1 - 1e-4), k * (1 + 1e-4), 1.2 * k])
        low = near.robust.to_frame()["conf_low"].to_numpy()
        assert low[1] > 0 >= low[2]
        assert (np.diff(low) < 0).all()
        assert near.breakdown == pytest.approx(k, rel=1e-5)


def test_checks_are_silent_at_zero_and_loud_at_a_planted_divergence(rng):
    v = np.diag([0.001] * 4 + [0.002] * 2)
    times = [-5, -4, -3, -2, 0, 1]
    noise = rng.normal(size=6) * np.sqrt(np.diag(v)) * 0.3
    clean = event_study(noise + np.array([0, 0, 0, 0, 0.6, 0.6]), v, event_time=times)
    line = 0.12 * (np.array(times) + 1)
    planted = event_study(noise + line, v, event_time=times)
    nothing = event_study(noise, v, event_time=times)
    for method, name in (("relative_magnitude", "relative_magnitude"), ("smoothness", "linear_trend")):
        status = [
            sensitivity(study, method=method, weights="average").checks[0].status
            for study in (clean, planted, nothing)
        ]
        assert status == ["pass", "fail", "pass"]
        assert sensitivity(clean, method=method).checks[0].name == name


def panel(rng, each=30, effect=1.0, slope=0.0, cohorts=(6.0, 8.0, np.nan), periods=12):
    cohort = np.repeat(cohorts, each)
    n, t = len(cohort), np.arange(periods)
    y = rng.normal(size=(n, 1)) + rng.normal(size=(n, periods))
    y = y + effect * (t >= cohort[:, None]) + slope * t * ~np.isnan(cohort)[:, None]
    return pd.DataFrame({
        "unit": np.repeat(np.arange(n), periods), "period": np.tile(t, n),
        "cohort": np.repeat(cohort, periods), "y": y.ravel(),
    })  # fmt: skip


def test_group_time_effects_equal_the_event_study_route(rng):
    """Universal base, analytic errors: the same sets as from the aggregated estimates and their covariance."""
    from tne.measures.att_aggregate import aggregation_weights

    att = group_time_att(panel(rng), **NAMES, comparison="never_treated", baseline=1)
    stack, extra, keys, _ = aggregation_weights(att, by="event_time")
    keep = ~np.isnan(keys) & (keys != -1)
    influence = att.cells.influence @ stack[:, keep] + extra[:, keep]
    study = event_study(att.cells.estimate @ stack[:, keep], influence.T @ influence, event_time=keys[keep])
    for method, m in (("relative_magnitude", 0.5), ("smoothness", 0.1)):
        one = sensitivity(att, method=method, m=m, weights="average")
        two = sensitivity(study, method=method, m=m, weights="average")
        np.testing.assert_allclose(interval(one, m), interval(two, m), rtol=1e-7)
        assert one.breakdown == pytest.approx(two.breakdown, rel=1e-3, abs=1e-9)
        assert one.robust.get(m=m).n > 0


def test_a_longer_base_gives_the_same_sets_as_one_period(rng):
    """Any base is taken back to the last period before training; the panel is balanced, so nothing else changes."""
    data = panel(rng, cohorts=(6.0, np.nan))
    for method, m in (("relative_magnitude", 0.5), ("smoothness", 0.1)):
        one, six = (
            interval(
                sensitivity(
                    group_time_att(data, **NAMES, comparison="never_treated", baseline=k), method=method, m=m
                ),
                m,
            )
            for k in (1, 6)
        )
        np.testing.assert_allclose(one, six, rtol=1e-6)


def test_few_clusters_are_wider_than_normal(rng):
    """Welch errors: t quantiles, fixed weights; a small m is close to the linear pre-trend carried forward."""
    data = panel(rng, each=6, cohorts=(6.0, np.nan))
    for baseline in (1, 6):
        one, att = (
            group_time_att(data, **NAMES, comparison="never_treated", baseline=k, errors="welch")
            for k in (1, baseline)
        )
        smooth = sensitivity(att, method="smoothness", m=[0, 1e-9, 0.2], weights="average")
        rows = smooth.robust.to_frame()
        assert (np.diff(rows["conf_high"] - rows["conf_low"]) > -1e-6).all()
        np.testing.assert_allclose(rows["estimate"][0], rows["estimate"][1], atol=1e-6)
        plain = sensitivity(one, method="smoothness", m=0, weights="average").original
        relative = sensitivity(att, method="relative_magnitude", m=0, weights="average").robust.get(m=0)
        assert relative.conf_low == pytest.approx(plain.conf_low, rel=1e-6)
        assert relative.conf_high == pytest.approx(plain.conf_high, rel=1e-6)


def test_results_of_other_estimators_are_accepted():
    other = SimpleNamespace(
        estimates=np.array([0.02, 0.0, 0.5]),
        covariance=np.diag([0.01, 0, 0.01]),
        event_time=np.array([-2, -1, 0]),
    )
    result = sensitivity(other, method="relative_magnitude", m=1)
    known = event_study([0.02, 0.5], np.diag([0.01, 0.01]), event_time=[-2, 0])
    np.testing.assert_allclose(
        interval(result, 1.0), interval(sensitivity(known, method="relative_magnitude", m=1), 1.0)
    )
    assert pretrend(other).p_value == pytest.approx(pretrend(known).p_value)


def test_level_of_confidence_and_frame():
    wide, narrow = (
        sensitivity(EXAMPLE, method="relative_magnitude", m=0.5, conf_level=c) for c in (0.99, 0.9)
    )
    assert wide.robust.get(m=0.5).conf_low < narrow.robust.get(m=0.5).conf_low
    frame = narrow.to_frame()
    assert list(frame.columns[:3]) == ["m", "term", "estimate"]
    assert frame["conf_level"].eq(0.9).all()
    assert frame["estimate"].notna().all()


def test_gaps_and_anticipation_are_handled():
    """No weight on a missing pre-period; relative magnitudes use what follows it; biennial data count in steps."""
    b, se = [0.1, 0.05, -0.02, 0.5, 0.6], np.array([0.1, 0.1, 0.1, 0.1, 0.12])
    gap = event_study(b, np.diag(se**2), event_time=[-6, -3, -2, 0, 2])
    smooth = sensitivity(gap, method="smoothness", m=0.05)
    assert np.isfinite(interval(smooth, 0.05)).all()
    row = sensitivity(gap, method="relative_magnitude", m=1).robust.get(m=1)
    assert "only the 2 periods after a gap" in row.note
    two = event_study(b[1:], np.diag(se[1:] ** 2), event_time=[-6, -4, 0, 2], reference=-2)
    one = event_study(b[1:], np.diag(se[1:] ** 2), event_time=[-3, -2, 0, 1])
    for method in ("relative_magnitude", "smoothness"):
        np.testing.assert_allclose(
            interval(sensitivity(two, method=method, m=0.3), 0.3),
            interval(sensitivity(one, method=method, m=0.3), 0.3),
        )
    early = event_study(b, np.diag(se**2), event_time=[-4, -3, -1, 0, 1], reference=-2)  # −1 may anticipate
    assert sensitivity(early, method="smoothness", m=0).robust.get(m=0).estimate == pytest.approx(
        sensitivity(early, method="smoothness", m=1e-7).robust.get(m=1e-7).estimate, abs=1e-3
    )


def test_what_cannot_be_bounded_is_undefined_with_a_note():
    late = event_study([0.1, 0.2], np.eye(2), event_time=[0, 1])
    lone = event_study([0.1, 0.2], np.eye(2), event_time=[-4, 0])  # nothing next to the reference
    for study, method in ((late, "relative_magnitude"), (late, "smoothness"), (lone, "relative_magnitude")):
        result = sensitivity(study, method=method, m=[0.5, 1])
        assert result.robust.to_frame()["note"].ne("").all()
        assert math.isnan(result.breakdown)
        assert result.checks[0].status == "not_run"
        assert "–" in str(result)


def test_estimates_without_error_give_the_identified_set():
    study = event_study([0.1, 0.5], np.zeros((2, 2)), event_time=[-2, 0])
    np.testing.assert_allclose(interval(sensitivity(study, method="smoothness", m=0.2), 0.2), [0.4, 0.8])
    assert (
        sensitivity(study, method="relative_magnitude", m=1).robust.get(m=1).note
        == "the effect has no standard error"
    )


def test_a_flat_past_without_error_never_breaks_down():
    study = event_study([0.0, 0.5], np.diag([0.0, 0.01]), event_time=[-2, 0])
    result = sensitivity(study, method="relative_magnitude", m=3)
    assert result.breakdown == math.inf
    np.testing.assert_allclose(interval(result, 3.0), 0.5 + np.array([-1, 1]) * 0.196, atol=0.001)


def test_bad_input_is_refused(rng):
    for m in (-1, math.nan, math.inf, [], [1, 1]):
        with pytest.raises(ValueError, match="`m` is"):
            sensitivity(EXAMPLE, method="smoothness", m=m)
    for m in (True, "1", None):
        with pytest.raises(TypeError, match="`m` is"):
            sensitivity(EXAMPLE, method="smoothness", m=m)
    with pytest.raises(ValueError, match="relative_magnitude"):
        sensitivity(EXAMPLE, method="smooth", m=1)
    with pytest.raises(ValueError, match="all zero"):
        sensitivity(EXAMPLE, method="smoothness", m=1, weights=[0] * 5)
    with pytest.raises(ValueError, match="within"):
        sensitivity(EXAMPLE, method="smoothness", m=1, within=0)
    with pytest.raises(ValueError, match="conf_level"):
        sensitivity(EXAMPLE, method="smoothness", m=1, conf_level=95)
    half = event_study([0.1, 0.2], np.eye(2), event_time=[-1.5, 0])
    with pytest.raises(ValueError, match="whole periods"):
        sensitivity(half, method="smoothness", m=1)
    trend = group_time_att(panel(rng), **NAMES, comparison="never_treated", baseline=5, trend="linear")
    with pytest.raises(ValueError, match="without `trend`"):
        sensitivity(trend, method="relative_magnitude", m=1)
    with pytest.raises(TypeError, match="cannot be read as numbers"):
        event_study(["a", "b"], np.eye(2), event_time=[-2, 0])
    with pytest.raises(ValueError, match="another order"):
        event_study(
            pd.Series([0.1, 0.2], index=["b", "a"]),
            pd.DataFrame(np.eye(2), index=["a", "b"], columns=["a", "b"]), event_time=[-2, 0],
        )  # fmt: skip
    with pytest.raises(ValueError, match="missing numbers"):
        event_study(pd.Series([0.1, None], dtype="Float64"), np.eye(2), event_time=[-2, 0])
    with pytest.raises(ValueError, match="reference period only"):
        event_study([0.1], [[1.0]], event_time=[-1])


def test_nearly_equal_statistics_do_not_upset_the_test():
    """Ties on every side: equal errors, no correlation, equal moves."""
    study = event_study([0.2, 0.1, 0.3, 0.3], np.eye(4) * 0.01, event_time=[-3, -2, 0, 1])
    for m in (0.0, 1e-9, 1.0, 50.0):
        low, high = interval(
            sensitivity(study, method="relative_magnitude", m=m, weights="average", within=math.inf), m
        )
        assert low < high
