"""Power and sample size: published values, statsmodels, formulas by hand, requests that no study can meet."""

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import NormalIndPower, TTestIndPower, TTestPower

from tne.measures.design import minimum_detectable_effect, power, sample_size


@pytest.mark.published("POWER-1")
def test_matches_published_cohen_and_r():
    """Cohen (1988); R help of pwr.t.test and power.t.test."""
    assert sample_size(effect=0.5, kind="means").estimate == pytest.approx(63.76561, abs=1e-4)
    assert sample_size(effect=0.5, kind="paired").estimate == pytest.approx(33.36713, abs=1e-4)
    assert sample_size(effect=1, sd=1, kind="means", power=0.9).estimate == pytest.approx(22.02110, abs=1e-4)
    assert power(n=20, effect=1, sd=1, kind="means").estimate == pytest.approx(0.8689528, abs=1e-4)


@pytest.mark.parametrize(
    ("found", "published"),
    [
        # one sample and paired are the same test
        ({"n": 60, "effect": 0.2, "kind": "paired", "conf_level": 0.90}, 0.4555818),
        # Cohen, exercise 2.3 p. 437: 90 and 60 people
        ({"n": 90, "ratio": 60 / 90, "effect": 0.6, "kind": "means", "alternative": "greater"}, 0.9737262),
        # Cohen, exercise 6.1 p. 198
        ({"n": 80, "effect": 0.3, "kind": "proportions", "alternative": "greater"}, 0.5996777),
        # Cohen, exercise 6.3 p. 200: 80 and 245 people
        (
            {"n": 80, "ratio": 245 / 80, "effect": 0.3, "kind": "proportions", "alternative": "greater"},
            0.7532924,
        ),
    ],
)
def test_matches_published_examples_of_pwr(found, published):
    """R package pwr, help pages pwr.t.test, pwr.t2n.test, pwr.2p.test, pwr.2p2n.test."""
    assert power(**found).estimate == pytest.approx(published, abs=5e-7)


def test_matches_published_power_of_two_shares():
    """R help of power.prop.test: .740, n = 76.7, and p2 = .8026 with 50 people in each arm."""
    assert power(n=50, effect=(0.50, 0.75), kind="proportions").estimate == pytest.approx(0.740, abs=5e-4)
    assert sample_size(effect=(0.50, 0.75), kind="proportions", power=0.9).estimate == pytest.approx(
        76.7, abs=0.05
    )
    found = minimum_detectable_effect(n=50, baseline_share=0.5, kind="proportions", power=0.9)
    assert 0.5 + found.estimate == pytest.approx(0.8026, abs=5e-5)


def test_matches_published_cluster_trial():
    """R package clusterPower, help of cpa.normal: ICC .1, 10 a cluster, variance 5, difference 1: 16, .801766."""
    plan = {"effect": 1, "sd": math.sqrt(5), "kind": "means", "icc": 0.1, "cluster_size": 10}
    result = sample_size(**plan)
    assert 15 < result.clusters < 16
    assert result.clusters_per_arm == (16, 16)
    assert result.total == 320
    assert power(n=160, **plan).estimate == pytest.approx(0.801766, abs=5e-6)


def test_matches_published_cluster_trial_of_the_nih_calculator():
    """clusterPower's reference from the NIH calculator: d .4805, 150 a cluster, ICC .05: 5 clusters in each arm."""
    result = sample_size(effect=0.4804988, kind="means", icc=0.05, cluster_size=150)
    assert result.clusters_per_arm == (5, 5)


@pytest.mark.parametrize("alternative", ["two-sided", "greater"])
@pytest.mark.parametrize("d", [0.15, 0.8])
def test_equals_statsmodels(alternative, d):
    theirs = "two-sided" if alternative == "two-sided" else "larger"
    for ratio in (1, 0.4, 3):
        other = TTestIndPower().solve_power(d, power=0.85, alpha=0.01, ratio=ratio, alternative=theirs)
        mine = sample_size(
            effect=d, kind="means", power=0.85, conf_level=0.99, ratio=ratio, alternative=alternative
        )
        assert mine.estimate == pytest.approx(other, rel=1e-6)
        other = NormalIndPower().power(d, 40, 0.05, ratio=ratio, alternative=theirs)
        mine = power(n=40, effect=d, kind="proportions", ratio=ratio, alternative=alternative)
        assert mine.estimate == pytest.approx(other, rel=1e-9)
    mine = minimum_detectable_effect(n=25, kind="paired", alternative=alternative)
    other = TTestPower().power(mine.estimate, 25, 0.05, alternative=theirs)
    assert other == pytest.approx(0.8, rel=1e-9)


def test_clusters_by_hand():
    """Donner and Klar (2000): k = (z + z)² 2 σ² [1 + (m − 1) ρ] / (m d²); else the noncentral t of 2 (k − 1)."""
    z = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    known = sample_size(effect=0.3, kind="means", icc=0.05, cluster_size=20, reference="z")
    assert known.clusters == pytest.approx(z**2 * 2 * 1.95 / (20 * 0.3**2), rel=1e-4)
    found = power(n=140, effect=0.5, kind="means", icc=0.05, cluster_size=20)
    centre, cut = 0.5 / math.sqrt(2 * 1.95 / 140), stats.t.ppf(0.975, 12)
    assert found.estimate == pytest.approx(
        stats.nct.sf(cut, 12, centre) + stats.nct.cdf(-cut, 12, centre), rel=1e-10
    )
    assert (found.df, found.design_effect) == (12, pytest.approx(1.95))
    uneven = power(n=140, effect=0.5, kind="means", icc=0.05, cluster_size=20, cluster_cv=0.6)
    assert uneven.design_effect == pytest.approx(1 + (20 * 1.36 - 1) * 0.05)  # Eldridge et al. (2006)


def test_shares_of_clusters_by_hand():
    """Hayes and Moulton's formula with t instead of normal quantiles and the pooled share in the critical value."""
    found = power(n=200, effect=(0.2, 0.3), kind="proportions", icc=0.02, cluster_size=20)
    deff = 1 + 19 * 0.02
    null, error = math.sqrt(2 * 0.25 * 0.75 * deff / 200), math.sqrt((0.16 + 0.21) * deff / 200)
    cut = stats.t.ppf(0.975, 18) * null / error
    far = stats.nct.cdf(-cut, 18, 0.1 / error)
    assert found.estimate == pytest.approx(stats.nct.sf(cut, 18, 0.1 / error) + far, rel=1e-9)


def test_baseline_dropout_and_arms_by_hand():
    plain = sample_size(effect=0.5, kind="means", reference="z")
    adjusted = sample_size(effect=0.5, kind="means", reference="z", correlation=0.7)
    assert adjusted.estimate == pytest.approx(0.51 * plain.estimate, rel=1e-6)
    lost = sample_size(effect=0.5, kind="means", dropout=0.2)
    assert lost.estimate == pytest.approx(63.76561, abs=1e-4)
    assert lost.per_arm == (80, 80)
    assert power(n=80, effect=0.5, kind="means", dropout=0.2).n == 64
    three = sample_size(effect=0.5, kind="means", arms=3)
    assert three.estimate == pytest.approx(sample_size(effect=0.5, kind="means", conf_level=0.975).estimate)
    assert len(three.per_arm) == 3
    twice = sample_size(effect=0.5, kind="paired", correlation=0.5)
    assert twice.estimate == pytest.approx(33.36713, abs=1e-4)


def test_non_inferiority_by_hand():
    """n = 2 (z.95 + z.80)² σ² / margin² where the arms are equal."""
    z = stats.norm.ppf(0.95) + stats.norm.ppf(0.8)
    found = sample_size(effect=0, margin=0.3, alternative="greater", kind="means", reference="z")
    assert found.estimate == pytest.approx(2 * z**2 / 0.09, rel=1e-9)
    less = sample_size(effect=0, margin=0.3, alternative="less", kind="means", reference="z")
    assert less.estimate == pytest.approx(found.estimate)


@pytest.mark.parametrize(
    "plan",
    [
        {"kind": "means", "sd": 12.0},
        {"kind": "means", "icc": 0.08, "cluster_size": 9, "ratio": 2, "correlation": 0.5},
        {"kind": "paired", "sd": 3.0, "correlation": 0.6},
        {"kind": "proportions", "baseline_share": 0.87, "alternative": "greater"},
        {"kind": "proportions", "baseline_share": 0.3, "icc": 0.03, "cluster_size": 12},
        {"kind": "means", "arms": 4, "dropout": 0.1},
    ],
)
def test_the_three_questions_answer_each_other(plan):
    detectable = minimum_detectable_effect(n=180, **plan)
    assert power(n=180, effect=detectable.estimate, **plan).estimate == pytest.approx(0.8, abs=1e-9)
    needed = sample_size(effect=detectable.estimate, **plan)
    assert needed.estimate / (1 - plan.get("dropout", 0)) == pytest.approx(180, rel=1e-7)
    assert needed.power == pytest.approx(0.8, abs=1e-9)


def test_unit_and_sign_do_not_matter():
    one = sample_size(effect=0.4, kind="means").estimate
    assert sample_size(effect=-4.8, sd=12, kind="means").estimate == pytest.approx(one)
    up = minimum_detectable_effect(n=50, sd=12, kind="means").estimate
    down = minimum_detectable_effect(n=50, sd=12, kind="means", alternative="less").estimate
    assert down < 0 < up
    rise = sample_size(effect=(0.2, 0.3), kind="proportions").estimate
    assert sample_size(effect=(0.8, 0.7), kind="proportions").estimate == pytest.approx(rise)


def test_extremes_stay_defined():
    assert sample_size(effect=40, kind="means").estimate == 2
    assert sample_size(effect=40, kind="means").power > 0.99
    assert sample_size(effect=0.001, kind="means").estimate == pytest.approx(15_697_722, rel=1e-6)
    assert power(n=1e6, effect=2, kind="means").estimate == 1
    assert power(n=30, effect=0, kind="means").estimate == pytest.approx(0.05)
    lost = minimum_detectable_effect(n=5, baseline_share=0.98, kind="proportions")
    assert math.isnan(lost.estimate)
    assert lost.note
    assert lost.to_frame()["note"].all()


def test_the_sentence_and_the_frame():
    plan = sample_size(effect=2.0, sd=4.0, kind="means", icc=0.05, cluster_size=20, dropout=0.1)
    k = plan.clusters_per_arm[0]
    assert f"{k} clusters ({20 * k} people) in each of 2 arms" in str(plan)
    assert "80 % power (two-sided test at 5 %)" in str(plan)
    frame = plan.to_frame()
    assert frame["term"].iloc[0] == "n_per_arm"
    assert frame["estimate"].iloc[0] == plan.estimate
    assert frame["term"].is_unique
    found = minimum_detectable_effect(n=100, baseline_share=0.87, kind="proportions")
    assert "(from 87.0% to" in str(found)
    assert found.to_frame()["term"].iloc[0] == "minimum_detectable_effect"
    few = power(n=40, effect=0.5, kind="means", icc=0.05, cluster_size=20)
    assert few.checks[0].status == "warn"
    assert plan.checks[0].status == "pass"


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ({"effect": 0, "kind": "means"}, "`effect` is 0"),
        ({"effect": (0.5, 0.5), "kind": "proportions"}, "`effect` is 0"),
        ({"effect": float("nan"), "kind": "means"}, "finite"),
        ({"effect": (0.5, 1.2), "kind": "proportions"}, "between 0 and 1"),
        ({"effect": 5, "baseline_share": 0.8, "kind": "proportions"}, "cannot change by 5"),
        ({"effect": 0.1, "baseline_share": 1.0, "kind": "proportions"}, "`baseline_share`"),
        ({"effect": 4, "kind": "proportions"}, "Cohen's h"),
        ({"effect": 0.5, "kind": "means", "icc": 1.2, "cluster_size": 5}, "`icc` is 1.2"),
        ({"effect": 0.5, "kind": "means", "icc": -0.1, "cluster_size": 5}, "`icc` is -0.1"),
        ({"effect": 0.5, "kind": "means", "icc": 0.1}, "without `cluster_size`"),
        ({"effect": 0.5, "kind": "means", "cluster_size": 0.5}, "`cluster_size`"),
        ({"effect": 0.5, "kind": "means", "power": 0.04}, "`power` is 0.04"),
        ({"effect": 0.5, "kind": "means", "power": 1}, "`power` is 1"),
        ({"effect": 0.5, "kind": "means", "conf_level": 95}, "`conf_level`"),
        ({"effect": -0.5, "kind": "means", "alternative": "greater"}, "side of `alternative`"),
        ({"effect": 0.5, "kind": "means", "margin": 0.1}, "`margin` needs"),
        ({"effect": 0.5, "kind": "means", "sd": -1}, "`sd` is -1"),
        ({"effect": 0.5, "kind": "paired", "ratio": 2}, "do not apply"),
        ({"effect": 0.5, "kind": "means", "dropout": 1}, "`dropout`"),
        ({"effect": 0.5, "kind": "means", "arms": 1}, "`arms`"),
        ({"effect": 0.5, "kind": "anova"}, "`kind`"),
    ],
)
def test_impossible_requests_are_refused_in_words(plan, said):
    with pytest.raises(ValueError, match=said):
        sample_size(**plan)


@pytest.mark.parametrize("n", [0, -3, 1, float("nan"), np.inf])
def test_too_few_people_are_refused(n):
    with pytest.raises(ValueError, match="too few people"):
        power(n=n, effect=0.5, kind="means")
    with pytest.raises(ValueError, match="too few"):
        minimum_detectable_effect(n=20, kind="means", cluster_size=20, icc=0.1)


def test_clusters_that_drop_out_to_less_than_a_person_are_people():
    plan = {"effect": 0.5, "kind": "means", "dropout": 0.6}
    shrunk = sample_size(**plan, icc=0.1, cluster_size=2)
    assert (shrunk.estimate, shrunk.df) == (sample_size(**plan).estimate, sample_size(**plan).df)
