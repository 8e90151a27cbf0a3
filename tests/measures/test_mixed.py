"""Variance components: published fits, closed forms, an independent program, boundaries, edges."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import optimize, stats

from tne.measures.mixed import VarianceComponents, variance_components
from tne.measures.random_intercept import random_intercept

# Davies and Goldsmith (1972), Statistical methods in research and production, table 6.2: dyestuff, 6 batches × 5
DYESTUFF = {
    "A": [1545, 1440, 1440, 1520, 1580],
    "B": [1540, 1555, 1490, 1560, 1495],
    "C": [1595, 1550, 1605, 1510, 1560],
    "D": [1445, 1440, 1595, 1465, 1545],
    "E": [1595, 1630, 1515, 1635, 1625],
    "F": [1520, 1455, 1450, 1480, 1445],
}
# Box and Tiao (1973), Bayesian inference in statistical analysis, table 5.1.4: made so that the variance is 0
DYESTUFF2 = {
    "A": [7.298, 3.846, 2.434, 9.566, 7.990],
    "B": [5.220, 6.556, 0.608, 11.788, -0.892],
    "C": [0.110, 10.386, 13.434, 5.510, 8.166],
    "D": [2.212, 4.852, 7.092, 9.288, 4.980],
    "E": [0.282, 9.014, 4.458, 9.446, 7.198],
    "F": [1.722, 4.782, 8.106, 0.758, 3.758],
}

# Potthoff and Roy (1964), Biometrika 51:313-326: distances at the ages of 8, 10, 12 and 14, 11 girls and 16 boys
GROWTH = [
    *(
        [21, 20, 21.5, 23],
        [21, 21.5, 24, 25.5],
        [20.5, 24, 24.5, 26],
        [23.5, 24.5, 25, 26.5],
        [21.5, 23, 22.5, 23.5],
    ),
    *([20, 21, 21, 22.5], [21.5, 22.5, 23, 25], [23, 23, 23.5, 24], [20, 21, 22, 21.5], [16.5, 19, 19, 19.5]),
    *(
        [24.5, 25, 28, 28],
        [26, 25, 29, 31],
        [21.5, 22.5, 23, 26.5],
        [23, 22.5, 24, 27.5],
        [25.5, 27.5, 26.5, 27],
    ),
    *(
        [20, 23.5, 22.5, 26],
        [24.5, 25.5, 27, 28.5],
        [22, 22, 24.5, 26.5],
        [24, 21.5, 24.5, 25.5],
        [23, 20.5, 31, 26],
    ),
    *(
        [27.5, 28, 31, 31.5],
        [23, 23, 23.5, 25],
        [21.5, 23.5, 24, 28],
        [17, 24.5, 26, 29.5],
        [22.5, 25.5, 25.5, 26],
    ),
    *([23, 24.5, 26, 30], [22, 21.5, 23.5, 25]),
]


def long(table: dict[str, list[float]]) -> pd.DataFrame:
    return pd.DataFrame([(b, float(y)) for b, ys in table.items() for y in ys], columns=["batch", "amount"])


def value(result: VarianceComponents, group: str, term: str) -> float:
    return result.estimates.get(group=group, term=term).estimate


def status(result: VarianceComponents, name: str) -> str:
    return {check.name: check.status for check in result.checks}[name]


def crossed(
    rng: np.random.Generator, trainers: int = 6, sessions: int = 8, sd=(0.6, 0.4, 1.0), each: int = 3
):
    cells = pd.MultiIndex.from_product([range(trainers), range(sessions), range(each)])
    frame = pd.DataFrame(list(cells), columns=["trainer", "session", "row"])
    frame["x"] = rng.normal(size=len(frame))
    frame["y"] = (
        5
        + 0.5 * frame.x
        + rng.normal(0, sd[0], trainers)[frame.trainer]
        + rng.normal(0, sd[1], sessions)[frame.session]
        + rng.normal(0, sd[2], len(frame))
    )
    return frame


@pytest.mark.published("MIX-SLEEPSTUDY")
def test_slopes_match_published_sleepstudy(truth: Path):
    """Bates and others (2015), J. Stat. Softw. 67(1), section 5.1; lme4's further digits from cases.json."""
    data = pd.read_csv(truth / "data" / "sleepstudy_lme4.csv")
    keys = {"outcome": "Reaction", "fixed": "Days"}
    found = variance_components(data, random="Days | Subject", **keys)
    told = [found.estimates.get(group="fixed", term=t) for t in ("Intercept", "Days")]
    assert [t.estimate for t in told] == pytest.approx([251.40510485, 10.46728596], abs=1e-5)
    assert [t.std_error for t in told] == pytest.approx([6.824596695, 1.545789644], abs=1e-4)
    assert value(found, "Subject", "sd") == pytest.approx(24.740658, abs=1e-3)
    assert value(found, "Subject", "sd[Days]") == pytest.approx(5.9221377, abs=1e-4)
    assert value(found, "Subject", "correlation[Days]") == pytest.approx(0.06555124, abs=1e-4)
    assert value(found, "residual", "sd") == pytest.approx(25.5917957, abs=1e-4)
    assert found.criterion == pytest.approx(1743.628272, abs=1e-5)
    assert found.log_likelihood == -found.criterion / 2
    slopes = variance_components(data, random="Days | Subject", reml=False, **keys)
    intercepts = variance_components(data, random="Subject", reml=False, **keys)
    assert intercepts.criterion - slopes.criterion == pytest.approx(42.1392983, abs=1e-5)


@pytest.mark.published("MIX-SLEEPSTUDY")
def test_profile_intervals_match_published_sleepstudy(truth: Path):
    """Bates and others (2015), section 5.1: confint(fm1) of the maximum likelihood profile, as printed."""
    data = pd.read_csv(truth / "data" / "sleepstudy_lme4.csv")
    found = variance_components(data, outcome="Reaction", fixed="Days", random="Days | Subject", reml=False)
    printed = {
        ("Subject", "sd"): (14.3815, 37.716),
        ("Subject", "correlation[Days]"): (-0.4815, 0.685),
        ("Subject", "sd[Days]"): (3.8012, 8.753),
        ("residual", "sd"): (22.8983, 28.858),
    }
    for (group, term), (low, high) in printed.items():
        row = found.estimates.get(group=group, term=term)
        assert (row.conf_low, row.conf_high) == pytest.approx((low, high), abs=1e-3)


def test_growth_of_children_equals_nlme_and_a_dense_profile():
    """R nlme, lme(distance ~ I(age - 11), random = ~ I(age - 11) | Subject); Pinheiro and Bates (2000), section 4.1."""
    y, x = np.array(GROWTH), np.column_stack([np.ones(4), [-3.0, -1, 1, 3]])
    data = pd.DataFrame({"y": y.ravel(), "x": np.tile(x[:, 1], 27), "child": np.repeat(np.arange(27), 4)})
    found = variance_components(data, outcome="y", fixed="x", random="x | child")
    assert found.log_likelihood == pytest.approx(-221.3183, abs=1e-4)
    sds = [value(found, "child", "sd"), value(found, "child", "sd[x]"), value(found, "residual", "sd")]
    assert sds == pytest.approx([2.1343289, 0.2264278, 1.3100397], rel=1e-4)
    told = [found.estimates.get(group="fixed", term=t) for t in ("Intercept", "x")]
    assert [t.estimate for t in told] == pytest.approx([24.023148, 0.660185], abs=1e-6)
    assert [t.std_error for t in told] == pytest.approx([0.4296605, 0.0712533], rel=1e-4)
    row = found.estimates.get(group="child", term="correlation[x]")
    assert row.estimate == pytest.approx(0.503, abs=5e-4)

    def criterion(logs: np.ndarray, correlation: float) -> float:
        s, t, e = np.exp(logs)
        between = np.array([[s * s, correlation * s * t], [correlation * s * t, t * t]])
        v = x @ between @ x.T + e * e * np.eye(4)
        inverse = np.linalg.inv(v)
        information = 27 * x.T @ inverse @ x
        left = y - x @ np.linalg.solve(information, x.T @ inverse @ y.sum(axis=0))
        square = float(np.einsum("ij,jk,ik", left, inverse, left))
        dets = 27 * np.linalg.slogdet(v)[1] + np.linalg.slogdet(information)[1]
        return dets + square + 106 * math.log(2 * math.pi)

    def profile(correlation: float) -> float:
        options = {"xatol": 1e-7, "fatol": 1e-9, "maxiter": 4000}
        starts = ([0.7, math.log(t), 0.3] for t in (0.01, 0.2))
        tried = (
            optimize.minimize(criterion, start, (correlation,), method="Nelder-Mead", options=options)
            for start in starts
        )
        return min(one.fun for one in tried) - found.criterion

    assert profile(row.estimate) == pytest.approx(0, abs=1e-6)
    assert profile(row.conf_low) == pytest.approx(stats.chi2.ppf(0.95, 1), abs=1e-3)
    assert profile(0.9999) < stats.chi2.ppf(0.95, 1)
    assert row.conf_high == 1


def test_satterthwaite_df_match_published_sleepstudy(truth: Path):
    """Kuznetsova and others (2017), J. Stat. Softw. 82(13): a balanced random-slope model has 17 df for 18 subjects."""
    data = pd.read_csv(truth / "data" / "sleepstudy_lme4.csv")
    found = variance_components(data, outcome="Reaction", fixed="Days", random="Days | Subject")
    row = found.estimates.get(group="fixed", term="Days")
    assert row.df == pytest.approx(17, abs=1e-3)
    assert row.statistic == pytest.approx(6.771, abs=1e-3)
    assert row.p_value == pytest.approx(2 * stats.t.sf(row.statistic, 17), rel=1e-3)


@pytest.mark.published("MIX-PENICILLIN")
def test_crossed_groupings_match_published_penicillin(truth: Path):
    """Bates (2010), lme4: Mixed-effects modelling with R, section 2.1; lme4's digits from cases.json."""
    data = pd.read_csv(truth / "data" / "penicillin_lme4.csv")
    found = variance_components(data, outcome="diameter", random=("plate", "sample"))
    mean = found.estimates.get(group="fixed", term="Intercept")
    assert (mean.estimate, mean.std_error) == pytest.approx((22.97222222, 0.8085953614), abs=5e-5)
    sds = [value(found, g, "sd") for g in ("plate", "sample", "residual")]
    assert sds == pytest.approx([0.8467025, 1.9316138, 0.5499227], abs=1e-4)
    assert found.criterion == pytest.approx(330.860589, abs=1e-5)
    assert "crosses" in {c.name: c.detail for c in found.checks}["structure"]


@pytest.mark.published("MIX-PASTES")
@pytest.mark.parametrize("random", ["batch/cask", ("batch", "sample"), ("batch", "batch:cask")])
def test_nested_groupings_match_published_pastes(truth: Path, random):
    """Bates (2010), section 2.2; casks named within batches, or by a label of their own."""
    data = pd.read_csv(truth / "data" / "pastes_lme4.csv")
    found = variance_components(data, outcome="strength", random=random)
    inner = "sample" if "sample" in random else "batch:cask"
    mean = found.estimates.get(group="fixed", term="Intercept")
    assert (mean.estimate, mean.std_error) == pytest.approx((60.05333333, 0.6768702151), abs=1e-5)
    sds = [value(found, g, "sd") for g in (inner, "batch", "residual")]
    assert sds == pytest.approx([2.9040774665, 1.2873658811, 0.8234075234], abs=1e-5)
    assert found.criterion == pytest.approx(246.9907459, abs=1e-6)
    assert f"{inner} lies within batch" in {c.name: c.detail for c in found.checks}["structure"]


@pytest.mark.published("MIX-EXAM")
def test_slopes_by_maximum_likelihood_match_published_exam(truth: Path):
    """Goldstein and others (1993), 4,059 pupils in 65 schools; MLwiN's and lme4's digits from cases.json."""
    data = pd.read_csv(truth / "data" / "exam_mlmRev.csv")
    found = variance_components(
        data, outcome="normexam", fixed="standLRT", random="standLRT | school", reml=False
    )
    told = [found.estimates.get(group="fixed", term=t) for t in ("Intercept", "standLRT")]
    assert [t.estimate for t in told] == pytest.approx([-0.01150515713, 0.55673007433], abs=1e-5)
    assert [t.std_error for t in told] == pytest.approx([0.03978272754, 0.01993753019], abs=1e-5)
    variances = [
        value(found, "school", t) for t in ("variance", "variance[standLRT]", "covariance[standLRT]")
    ]
    assert variances == pytest.approx([0.09044335486, 0.01453746202, 0.01804029468], abs=1e-5)
    assert value(found, "residual", "variance") == pytest.approx(0.55365710017, abs=1e-5)
    assert found.criterion == pytest.approx(9316.870965, abs=1e-5)


def test_dyestuff_matches_published_fits():
    """Bates (2010), section 1.3: REML 1764.05 and 2451.25, criterion 319.654; ML 37.260 and 49.510, deviance 327.327;
    section 1.5: ML profile interval of sigma 38.230 to 67.658, of the batches' 12.197 to 84.063."""
    found = variance_components(long(DYESTUFF), outcome="amount", random="batch")
    assert value(found, "batch", "variance") == pytest.approx(1764.05, abs=0.01)
    assert value(found, "residual", "variance") == pytest.approx(2451.25, abs=0.01)
    assert found.criterion == pytest.approx(319.6543, abs=1e-4)
    mean = found.estimates.get(group="fixed", term="Intercept")
    assert (mean.estimate, mean.std_error, mean.df) == pytest.approx((1527.5, 19.38, 5), abs=5e-3)
    ml = variance_components(long(DYESTUFF), outcome="amount", random="batch", reml=False)
    assert value(ml, "batch", "sd") == pytest.approx(37.260, abs=1e-3)
    assert value(ml, "residual", "sd") == pytest.approx(49.510, abs=1e-3)
    assert ml.criterion == pytest.approx(327.327, abs=1e-3)
    sigma = ml.estimates.get(group="residual", term="sd")
    assert (sigma.conf_low, sigma.conf_high) == pytest.approx((38.230, 67.658), abs=1e-3)
    batch = ml.estimates.get(group="batch", term="sd")
    assert (batch.conf_low, batch.conf_high) == pytest.approx((12.197, 84.063), abs=2e-3)


def test_variance_at_zero_matches_published_dyestuff2():
    """Bates (2010), section 1.3.2: REML criterion 161.828, variance of the batches exactly 0, residual 13.806."""
    found = variance_components(long(DYESTUFF2), outcome="amount", random="batch")
    assert found.criterion == pytest.approx(161.828, abs=1e-3)
    assert value(found, "residual", "variance") == pytest.approx(13.806, abs=1e-3)
    for term in ("sd", "variance", "icc"):
        row = found.estimates.get(group="batch", term=term)
        assert row.estimate == 0
        assert row.conf_low == 0
        assert row.conf_high > 0
        assert math.isnan(row.std_error)
        assert "estimated as 0" in row.note
    mean = found.estimates.get(group="fixed", term="Intercept")
    assert (mean.estimate, mean.std_error, mean.df) == pytest.approx((5.6656, 0.67841, 29), abs=1e-3)
    assert "estimated as 0" in {c.name: c.detail for c in found.checks}["singular"]
    assert (found.effects.estimate == 0).all()


def test_rails_match_published_fit():
    """Pinheiro and Bates (2000), Mixed-effects models in S and S-PLUS, section 1.1: six rails, three travel times."""
    times = [[55, 53, 54], [26, 37, 32], [78, 91, 85], [92, 100, 96], [49, 51, 50], [80, 85, 83]]
    rails = long(dict(zip("123456", times, strict=True)))
    found = variance_components(rails, outcome="amount", random="batch")
    assert value(found, "batch", "sd") == pytest.approx(24.805, abs=5e-4)
    assert value(found, "residual", "sd") == pytest.approx(4.0208, abs=5e-5)
    mean = found.estimates.get(group="fixed", term="Intercept")
    assert (mean.estimate, mean.std_error, mean.df) == pytest.approx((66.5, 10.171, 5), abs=5e-4)
    assert found.log_likelihood == pytest.approx(-61.0885, abs=5e-5)


@pytest.mark.parametrize("kind", [object, "str", "string", "category"])
def test_stools_match_published_fit(kind):
    """Pinheiro and Bates (2000), section 1.2: nine people rise from four types of stool. Any type of text will do."""
    effort = [
        *([12, 15, 12, 10], [10, 14, 13, 12], [7, 14, 13, 9], [7, 11, 10, 9], [8, 11, 8, 7]),
        *([9, 11, 11, 10], [8, 12, 12, 11], [7, 11, 8, 7], [9, 13, 10, 8]),
    ]
    stools = pd.DataFrame(
        {"effort": np.ravel(effort), "type": ["T1", "T2", "T3", "T4"] * 9, "person": np.repeat(range(9), 4)}
    ).astype({"type": kind})
    found = variance_components(stools, outcome="effort", fixed="type", random="person")
    told = [
        found.estimates.get(group="fixed", term=t) for t in ("Intercept", *(f"type[T.T{i}]" for i in "234"))
    ]
    assert [t.estimate for t in told] == pytest.approx([8.5556, 3.8889, 2.2222, 0.6667], abs=5e-5)
    assert [t.std_error for t in told] == pytest.approx([0.57601, *[0.51868] * 3], abs=5e-6)
    assert [t.df for t in told[1:]] == pytest.approx([24] * 3, rel=1e-4)
    assert value(found, "person", "sd") == pytest.approx(1.3325, abs=5e-5)
    assert value(found, "residual", "sd") == pytest.approx(1.1003, abs=5e-5)
    assert found.log_likelihood == pytest.approx(-60.565, abs=5e-4)


def test_machines_match_published_fit():
    """Pinheiro and Bates (2000), section 1.3: six workers on three machines; worker, and machine within worker."""
    scores = {
        "A": "52 52.8 53.1 51.8 52.8 53.1 60 60.2 58.4 51.1 52.3 50.3 50.9 51.8 51.4 46.4 44.8 49.2",
        "B": "62.1 62.6 64 59.7 60 59 68.6 65.8 69.7 63.2 62.8 62.2 64.8 65 65.4 43.7 44.2 43",
        "C": "67.5 67.2 66.9 61.5 61.7 62.3 70.8 70.6 71 64.1 66.2 64 72.1 72 71.1 62 61.4 60.5",
    }
    data = long({machine: told.split() for machine, told in scores.items()})
    data["worker"] = np.tile(np.repeat(range(6), 3), 3)
    found = variance_components(data, outcome="amount", fixed="batch", random="worker/batch")
    told = found.to_frame().query("group == 'fixed'")
    assert told["estimate"].tolist() == pytest.approx([52.356, 7.967, 13.917], abs=5e-4)
    assert told["std_error"].tolist() == pytest.approx([2.4858, 2.1770, 2.1770], abs=5e-5)
    assert value(found, "worker", "sd") == pytest.approx(4.781, abs=5e-4)
    assert value(found, "worker:batch", "sd") == pytest.approx(3.7295, abs=5e-5)
    assert value(found, "residual", "sd") == pytest.approx(0.96158, abs=5e-6)
    assert found.log_likelihood == pytest.approx(-107.84, abs=5e-3)


def test_balanced_design_by_hand(rng: np.random.Generator):
    """Analysis of variance, two crossed factors with replicates (Searle 1992, section 4.5): REML equals it inside."""
    data = crossed(rng, 7, 9, sd=(1.0, 0.8, 0.5), each=4).assign(x=0)
    found = variance_components(data, outcome="y", random=("trainer", "session"))
    y = data.y.to_numpy().reshape(7, 9, 4)
    mean, a, b = y.mean(), y.mean((1, 2)), y.mean((0, 2))
    ms_a, ms_b = 36 * a.var(ddof=1), 28 * b.var(ddof=1)
    left = ((y - a[:, None, None] - b[None, :, None] + mean) ** 2).sum() / (7 * 9 * 4 - 7 - 9 + 1)
    assert value(found, "residual", "variance") == pytest.approx(left, rel=1e-5)
    assert value(found, "trainer", "variance") == pytest.approx((ms_a - left) / 36, rel=1e-5)
    assert value(found, "session", "variance") == pytest.approx((ms_b - left) / 28, rel=1e-5)


def test_icc_and_its_interval_equal_the_exact_f_test_in_large_balanced_designs(rng: np.random.Generator):
    """One-way layout: the exact interval of the ICC follows from F (Searle 1992, section 3.6); profile limits are
    close to it with 60 groups."""
    groups, m = 60, 8
    y = np.repeat(rng.normal(0, 0.7, groups), m) + rng.normal(0, 1, groups * m)
    data = pd.DataFrame({"g": np.repeat(np.arange(groups), m), "y": y})
    row = variance_components(data, outcome="y", random="g").estimates.get(group="g", term="icc")
    by_group = y.reshape(groups, m)
    within = by_group.var(axis=1, ddof=1).mean()
    f = m * by_group.mean(1).var(ddof=1) / within
    exact = [
        (f / stats.f.ppf(q, groups - 1, groups * (m - 1)) - 1)
        / (f / stats.f.ppf(q, groups - 1, groups * (m - 1)) + m - 1)
        for q in (0.975, 0.025)
    ]
    assert row.estimate == pytest.approx((f - 1) / (f + m - 1), rel=1e-5)
    assert (row.conf_low, row.conf_high) == pytest.approx(exact, abs=0.01)


@pytest.mark.parametrize("reml", [True, False])
def test_crossed_groupings_equal_statsmodels(rng: np.random.Generator, reml: bool):
    data = crossed(rng)
    found = variance_components(data, outcome="y", fixed="x", random=("trainer", "session"), reml=reml)
    parts = {"t": "0 + C(trainer)", "s": "0 + C(session)"}
    other = smf.mixedlm("y ~ x", data.assign(all=1), groups="all", vc_formula=parts).fit(reml=reml)
    assert found.log_likelihood == pytest.approx(other.llf, abs=1e-4)
    by_name = dict(zip(other.model.exog_vc.names, other.vcomp, strict=True))
    assert value(found, "trainer", "variance") == pytest.approx(by_name["t"], rel=5e-3)
    assert value(found, "session", "variance") == pytest.approx(by_name["s"], rel=5e-3)
    row = found.estimates.get(group="fixed", term="x")
    assert row.estimate == pytest.approx(other.params["x"], rel=1e-4)
    assert row.std_error == pytest.approx(
        other.bse["x"], rel=5e-3
    )  # theirs: curvature over the variances too


def test_one_grouping_equals_the_engine_of_group_effects(rng: np.random.Generator):
    data = crossed(rng)
    found = variance_components(data, outcome="y", fixed="x", random="trainer")
    x = np.column_stack([np.ones(len(data)), data.x])
    other = random_intercept(x, data.y.to_numpy(), data.trainer.to_numpy())
    assert value(found, "trainer", "variance") == pytest.approx(other.variance_group, rel=1e-4)
    assert found.effects.estimate.to_numpy() == pytest.approx(other.blup, rel=1e-4)


def test_effects_by_hand(rng: np.random.Generator):
    """Henderson's equations (Robinson 1991), three groupings, one with slopes: predictions and conditional SDs."""
    data = crossed(rng, 5, 4, sd=(1.0, 0.9, 0.5), each=6)
    data["site"] = rng.integers(0, 3, len(data))
    data["y"] += np.array([-2.0, 0, 2])[data.site] + np.array([0, 1.0, -1, 2, 0])[data.trainer] * data.x
    found = variance_components(data, outcome="y", fixed="x", random=("x | trainer", "session", "site"))
    sigma2 = value(found, "residual", "variance")
    inner = value(found, "trainer", "covariance[x]")
    covariance = np.array(
        [[value(found, "trainer", "variance"), inner], [inner, value(found, "trainer", "variance[x]")]]
    )
    t = np.eye(5)[data.trainer]
    z = np.column_stack(
        [
            np.stack([t, t * data.x.to_numpy()[:, None]], 2).reshape(-1, 10),
            np.eye(4)[data.session],
            np.eye(3)[data.site],
        ]
    )
    prior = np.zeros((17, 17))
    prior[:10, :10] = np.kron(np.eye(5), covariance)
    prior[range(10, 14), range(10, 14)] = value(found, "session", "variance")
    prior[range(14, 17), range(14, 17)] = value(found, "site", "variance")
    inverse = np.linalg.inv(z.T @ z / sigma2 + np.linalg.inv(prior))
    b = [found.estimates.get(group="fixed", term=name).estimate for name in ("Intercept", "x")]
    predicted = inverse @ z.T @ (data.y - b[0] - b[1] * data.x).to_numpy() / sigma2
    assert found.effects.estimate.to_numpy() == pytest.approx(predicted, rel=1e-5, abs=1e-7)
    assert found.effects.conditional_sd.to_numpy() == pytest.approx(np.sqrt(np.diag(inverse)), rel=1e-6)
    assert found.effects.effect.iloc[:4].tolist() == ["(Intercept)", "x", "(Intercept)", "x"]


def test_likelihood_by_hand(rng: np.random.Generator):
    """The criterion equals −2 log density of the multivariate normal, and the restricted one its correction."""
    data = crossed(rng, 4, 5, each=2)
    for reml in (False, True):
        found = variance_components(data, outcome="y", fixed="x", random=("trainer", "session"), reml=reml)
        v = value(found, "residual", "variance") * np.eye(len(data))
        for group in ("trainer", "session"):
            z = pd.get_dummies(data[group]).to_numpy(dtype=float)
            v += value(found, group, "variance") * z @ z.T
        x = np.column_stack([np.ones(len(data)), data.x])
        inverse = np.linalg.inv(v)
        information = x.T @ inverse @ x
        b = np.linalg.solve(information, x.T @ inverse @ data.y)
        expected = -2 * stats.multivariate_normal(x @ b, v).logpdf(data.y)
        if reml:
            expected += np.linalg.slogdet(information)[1] - 2 * math.log(2 * math.pi)
        assert found.criterion == pytest.approx(expected, abs=1e-7)


def test_large_sparse_crossing_equals_the_dense_way(rng: np.random.Generator, monkeypatch):
    """The block between groupings may be a full or a sparse array: the numbers are the same."""
    data = crossed(rng, 12, 15, each=1)
    keys = {"outcome": "y", "fixed": "x", "random": ("x | session", "trainer")}
    full = variance_components(data, **keys)
    monkeypatch.setattr("tne.measures.mixed_system.DENSE", 0)
    thin = variance_components(data, **keys)
    pd.testing.assert_frame_equal(full.to_frame(), thin.to_frame(), rtol=1e-4)
    pd.testing.assert_frame_equal(full.effects, thin.effects, rtol=1e-4)


def test_invariance_to_shift_scale_order_and_labels(rng: np.random.Generator):
    data = crossed(rng)
    keys = {"outcome": "y", "fixed": "x", "random": ("trainer", "session")}
    one = variance_components(data, **keys).to_frame()
    moved = data.assign(y=data.y * 1000 + 1e6, trainer="T" + data.trainer.astype(str))
    two = variance_components(moved.sample(frac=1, random_state=3), **keys).to_frame()
    factor = np.select([one.term.eq("variance"), one.term.eq("icc")], [1e6, 1.0], 1e3)
    kept = one.term != "Intercept"
    for column in ("estimate", "conf_low", "conf_high"):
        assert two[column][kept].to_numpy() == pytest.approx(
            (factor * one[column])[kept].to_numpy(), rel=1e-4
        )
    assert two.df.dropna().to_numpy() == pytest.approx(one.df.dropna().to_numpy(), rel=1e-4)


def test_categories_that_nobody_has_are_dropped(rng: np.random.Generator):
    data = crossed(rng, 8, 5)
    kind = np.where(data.trainer % 2 == 0, "a", "b")
    asked = {"outcome": "y", "fixed": "kind", "random": "trainer"}
    plain = variance_components(data.assign(kind=kind), **asked)
    more = variance_components(data.assign(kind=pd.Categorical(kind, ["a", "b", "c"])), **asked)
    pd.testing.assert_frame_equal(more.to_frame(), plain.to_frame())


def test_uncorrelated_slopes_and_a_slope_alone(rng: np.random.Generator):
    data = crossed(rng, 20, 6, each=2)
    data["y"] += rng.normal(0, 0.7, 20)[data.trainer] * data.x
    apart = variance_components(data, outcome="y", fixed="x", random="x || trainer")
    terms = apart.to_frame().query("group == 'trainer'").term.tolist()
    assert "sd" in terms
    assert "sd[x]" in terms
    assert not any(t.startswith("correlation") for t in terms)
    alone = variance_components(data, outcome="y", fixed="x", random="0 + x | trainer", reml=False)
    both = variance_components(data, outcome="y", fixed="x", random="x | trainer", reml=False)
    assert both.criterion <= alone.criterion
    assert both.estimates.get(group="trainer", term="sd[x]").conf_low > 0


def test_perfect_correlation_is_said(rng: np.random.Generator):
    data = crossed(rng, 10, 5, sd=(0.0, 0.0, 1.0))
    level = np.linspace(-2, 2, 10)
    data["y"] += (level + level * data.x.to_numpy().reshape(10, -1).T).T.ravel()
    found = variance_components(data, outcome="y", fixed="x", random="x | trainer")
    row = found.estimates.get(group="trainer", term="correlation[x]")
    if row.estimate > 1 - 1e-9:
        assert "at its bound" in row.note
    assert row.conf_high > 0.95


def test_three_effects_have_correlations_without_interval(rng: np.random.Generator):
    data = crossed(rng, 25, 6, each=3)
    data["w"] = rng.normal(size=len(data))
    data["y"] += rng.normal(size=25)[data.trainer] * data.w + rng.normal(size=25)[data.trainer] * data.x
    found = variance_components(data, outcome="y", fixed="x + w", random="x + w | trainer")
    rows = found.to_frame().query("group == 'trainer'").set_index("term")
    assert {"correlation[x]", "correlation[w]", "correlation[x,w]"} <= set(rows.index)
    assert rows.loc["correlation[x,w]", "note"] != ""
    assert rows.loc["sd[w]", "conf_low"] > 0


def test_checks_speak_and_stay_silent(rng: np.random.Generator):
    many = crossed(rng, 8, 8).assign(moderator_id=lambda d: d.index % 40)
    found = variance_components(many, outcome="y", random=("trainer", "session"))
    for name in ("few_groups", "few_people", "missing", "convergence"):
        assert status(found, name) == "pass"
    row = found.to_frame().iloc[0]
    assert (row.n, row.n_people, row.n_people_total) == (len(many), 40, 40)
    few = crossed(rng, 3, 8).assign(moderator_id=lambda d: d.index % 9)
    few.loc[:20, "y"] = np.nan
    found = variance_components(few, outcome="y", random=("trainer", "session"))
    for name in ("few_groups", "few_people", "missing"):
        assert status(found, name) == "warn"
    assert (
        status(
            variance_components(few.drop(columns="moderator_id"), outcome="y", random="session"), "few_people"
        )
        == "not_run"
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.assign(y=3.0), "does not vary"),
        (lambda d: d.assign(y=2 * d.x), "leave no variation"),
        (lambda d: d.assign(trainer=range(len(d))), "no residual is left"),
        (lambda d: d.assign(y=1.0 * d.trainer), "no residual is left"),
        (lambda d: d.assign(trainer=1), "one level"),
        (lambda d: d.head(2), "too few rows"),
        (lambda d: d.head(0), "too few rows"),
        (lambda d: d.assign(y=np.nan), "too few rows"),
    ],
)
def test_what_cannot_be_told_is_nan_with_a_note(rng: np.random.Generator, change, said: str):
    found = variance_components(change(crossed(rng)), outcome="y", fixed="x", random="trainer")
    table = found.to_frame()
    assert table.estimate.isna().all()
    assert table.note.str.contains(said).all()
    assert math.isnan(found.criterion)
    assert status(found, "convergence") == "not_run"
    assert str(found)


def test_three_people_get_an_answer_or_a_note():
    data = pd.DataFrame({"g": ["a", "a", "b"], "y": [1.0, 2, 4]})
    table = variance_components(data, outcome="y", random="g").to_frame()
    assert (table.estimate.notna() | (table.note != "")).all()
    assert np.isfinite(table.conf_high[table.group == "residual"]).all()


def test_bad_input_is_refused_in_words(rng: np.random.Generator):
    data = crossed(rng)
    keys = {"outcome": "y", "random": "trainer"}
    with pytest.raises(KeyError, match="lacks the columns team"):
        variance_components(data, outcome="y", random="team")
    with pytest.raises(KeyError, match="lacks the columns age"):
        variance_components(data, fixed="age", **keys)
    with pytest.raises(TypeError, match="not numeric"):
        variance_components(data.assign(y="a"), **keys)
    with pytest.raises(TypeError, match="not numeric"):
        variance_components(data.assign(x="a"), outcome="y", random="x | trainer")
    with pytest.raises(ValueError, match="same effect"):
        variance_components(data, outcome="y", random=("trainer", "x | trainer"))
    with pytest.raises(ValueError, match="names no grouping"):
        variance_components(data, outcome="y", random=())
    with pytest.raises(ValueError, match="right of it"):
        variance_components(data, fixed="y ~ x", **keys)
    with pytest.raises(ValueError, match="repeat others"):
        variance_components(data.assign(twice=2 * data.x), fixed="x + twice", **keys)
    with pytest.raises(ValueError, match="is 0 in all rows"):
        variance_components(data.assign(z=0), outcome="y", random="z | trainer")
    with pytest.raises(ValueError, match="as the intercept is"):
        variance_components(data.assign(z=3), outcome="y", random="z | trainer")
    with pytest.raises(ValueError, match="no formula"):
        variance_components(data, fixed="x +* ", **keys)
    with pytest.raises(ValueError, match="conf_level"):
        variance_components(data, conf_level=95, **keys)
