"""Empirical Bayes: Efron and Morris, quadrature by hand, mixed models, DerSimonian and Laird; limits."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats
from statsmodels.stats.meta_analysis import combine_effects

from tne.measures.mixed_logit import mixed_logit
from tne.measures.needs_pooling import NODES, pool_means, pool_shares

# Efron and Morris (1975), Data analysis using Stein's estimator, JASA 70:311-319, as R pscl's `EfronMorris`: hits in
# the first 45 at bats of 18 players, and their averages over the rest of the season
HITS = np.array([18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7])
REST = (
    np.array([346, 298, 276, 222, 273, 270, 263, 210, 269, 230, 264, 256, 303, 264, 226, 285, 316, 200])
    / 1000
)
# Rubin (1981): coaching effects of eight schools
EFFECT = np.array([28.0, 8, -3, 7, -1, 1, 18, 12])
ERROR = np.array([15.0, 10, 16, 11, 9, 11, 10, 18])


def test_batting_averages_match_published_shrinkage():
    """Efron and Morris (1977), Stein's paradox in statistics, Scientific American 236:119-127: c = .212 about .265.

    Theirs is a normal model with an estimated shrinkage, ours a binomial one that averages over it. They give .077 for
    the squared error of the raw averages and .022 for theirs; to the three digits of the data .0753 and .0213.
    """
    found = pool_shares(HITS, np.full(18, 45))
    stein = 0.265 + 0.212 * (HITS / 45 - 0.265)
    assert np.abs(found.mean - stein).max() < 0.003
    assert found.shrinkage == pytest.approx(np.full(18, 1 - 0.212), abs=0.02)
    raw, theirs, pooled = ((x - REST) @ (x - REST) for x in (HITS / 45, stein, found.mean))
    assert (raw, theirs) == pytest.approx((0.077, 0.022), abs=0.002)
    assert pooled == pytest.approx(theirs, abs=0.0005)


def test_posterior_by_hand():
    """Two nested sums over level and spread, Gauss-Hermite within: no grid of shares at all."""
    x, n = np.array([2.0, 9.0, 30.0]), np.array([40.0, 50.0, 90.0])
    z, w = np.polynomial.hermite_e.hermegauss(80)
    w = w / w.sum()
    mean, total = np.zeros(3), 0.0
    for spread in (np.arange(300) + 0.5) / 100:
        for level in np.linspace(-6, 3, 181):
            p = special.expit(level + spread * z)
            like = np.exp(special.xlogy(x[:, None], p) + special.xlog1py(n[:, None] - x[:, None], -p))
            each = like @ w
            prior = math.exp(-0.5 * spread**2) * math.sqrt(special.expit(level) * special.expit(-level))
            weight = prior * each.prod()
            total += weight
            mean += weight * ((like * p) @ w) / each
    found = pool_shares(x, n)
    np.testing.assert_allclose(found.mean, mean / total, rtol=0.005)


def test_level_and_spread_equal_the_mixed_model(rng):
    """With many cells the prior is forgotten: binomial mixed model, adaptive quadrature."""
    n = rng.integers(20, 400, 300)
    x = rng.binomial(n, special.expit(-2 + 0.5 * rng.standard_normal(300)))
    model = mixed_logit(
        pd.DataFrame({"x": x, "n": n, "cell": np.arange(300)}),
        successes="x",
        trials="n",
        fixed="1",
        random="cell",
        quadrature_points=9,
    )
    found = pool_shares(x, n)
    assert found.spread == pytest.approx(model.sd.iloc[0], rel=0.02)
    assert found.level == pytest.approx(model.estimates.get(group="fixed").estimate, abs=0.01)


def test_one_large_cell_among_equal_ones_keeps_its_own_share():
    found = pool_shares(np.array([3000.0, 3, 2, 4]), np.array([10000.0, 30, 30, 30]))
    assert found.mean[0] == pytest.approx(0.3, abs=0.002)
    assert found.shrinkage[0] < 0.05
    assert found.shrinkage[1] > 0.3


def test_quantiles_of_a_large_cell_are_those_of_a_beta_distribution():
    found = pool_shares(np.array([1500.0, 300, 4000, 800]), np.full(4, 12000.0))
    exact = stats.beta.ppf([0.025, 0.975], 1500, 10500)
    got = np.array([found.quantile(q)[0] for q in (0.025, 0.975)])
    np.testing.assert_allclose(got, exact, rtol=0.001)


def test_no_errors_at_all_gives_a_small_share_and_no_zero():
    found = pool_shares(np.zeros(6), np.full(6, 100.0))
    assert (found.mean > 0).all()
    assert found.mean.max() < 0.01
    assert found.quantile(0.975).max() < 0.03
    assert np.isfinite(found.posterior).all()
    assert found.posterior.shape == (6, len(NODES))


def test_one_cell_is_close_to_jeffreys():
    """Nothing to pool with: Jeffreys's posterior of one binomial, a little wider by the unknown spread."""
    found = pool_shares(np.array([20.0]), np.array([200.0]))
    assert found.mean[0] == pytest.approx(20.5 / 201, abs=0.003)


@pytest.mark.published("META-8SCHOOLS")
def test_eight_schools_match_published_complete_pooling():
    """Rubin (1981); R metafor: the schools differ less than chance, tau² = 0, mean 7.6856, SE 4.0719."""
    means, errors, common, tau2 = pool_means(EFFECT, ERROR**2)
    assert tau2 == 0
    assert common == pytest.approx(7.685616725, abs=1e-8)
    np.testing.assert_allclose(means, common)
    np.testing.assert_allclose(errors, 4.0719191584, rtol=1e-9)


def test_shrunken_means_equal_statsmodels_and_the_formula(rng):
    v = rng.uniform(0.5, 4, 12)
    m = rng.normal(3, 2, 12) + rng.normal(0, np.sqrt(v))
    means, _, common, tau2 = pool_means(m, v)
    peer = combine_effects(m, v, method_re="dl")
    assert tau2 == pytest.approx(peer.tau2, rel=1e-10)
    assert common == pytest.approx(peer.mean_effect_re, rel=1e-10)
    kept = tau2 / (tau2 + v)
    np.testing.assert_allclose(means, kept * m + (1 - kept) * common)


def test_a_mean_without_data_is_the_common_one_with_the_spread_as_its_error():
    means, errors, common, tau2 = pool_means(np.array([1.0, 3, 5, np.nan]), np.array([0.1, 0.1, 0.1, np.inf]))
    assert means[3] == pytest.approx(common) == pytest.approx(3)
    assert errors[3] ** 2 == pytest.approx(tau2 + (tau2 + 0.1) / 3)
    assert np.isnan(pool_means(np.array([np.nan]), np.array([np.inf]))[0]).all()
