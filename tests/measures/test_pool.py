"""Pooled estimates: published meta-analyses, statsmodels, closed forms, a dense likelihood, invariances, edges."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats
from statsmodels.stats.meta_analysis import combine_effects

from tne.measures.pool import pool
from tne.result import ESTIMATE_COLUMNS, Estimates

SCHOOLS = pd.DataFrame(
    {
        "school": list("ABCDEFGH"),
        "estimate": [28.0, 8, -3, 7, -1, 1, 18, 12],
        "std_error": [15.0, 10, 16, 11, 9, 11, 10, 18],
    }
)
# Colditz et al. (1994), BCG vaccine: cases and others among vaccinated and not, latitude, allocation, year
BCG = pd.DataFrame(
    [
        (4, 119, 11, 128, 44, "random", 1948),
        (6, 300, 29, 274, 55, "random", 1949),
        (3, 228, 11, 209, 42, "random", 1960),
        (62, 13536, 248, 12619, 52, "random", 1977),
        (33, 5036, 47, 5761, 13, "alternate", 1973),
        (180, 1361, 372, 1079, 44, "alternate", 1953),
        (8, 2537, 10, 619, 19, "random", 1973),
        (505, 87886, 499, 87892, 13, "random", 1980),
        (29, 7470, 45, 7232, 27, "random", 1968),
        (17, 1699, 65, 1600, 42, "systematic", 1961),
        (186, 50448, 141, 27197, 18, "systematic", 1974),
        (5, 2493, 3, 2338, 33, "systematic", 1969),
        (27, 16886, 29, 17825, 33, "systematic", 1976),
    ],
    columns=["tpos", "tneg", "cpos", "cneg", "ablat", "alloc", "year"],
)
# Konstantopoulos (2011), Research Synthesis Methods 2, table 1: district, effects, variances
DISTRICTS = {
    11: ([-0.18, -0.22, 0.23, -0.30], [0.118, 0.118, 0.144, 0.144]),
    12: ([0.13, -0.26, 0.19, 0.32], [0.014, 0.014, 0.015, 0.024]),
    18: ([0.45, 0.38, 0.29], [0.023, 0.043, 0.012]),
    27: ([0.16, 0.65, 0.36, 0.60], [0.020, 0.004, 0.004, 0.007]),
    56: ([0.08, 0.04, 0.19, -0.06], [0.019, 0.007, 0.005, 0.004]),
    58: (
        [-0.18, 0, 0, -0.28, -0.04, -0.30, 0.07, 0, 0.05, -0.08, -0.09],
        [0.020, 0.018, 0.019, 0.022, 0.020, 0.021, 0.006, 0.007, 0.007, 0.007, 0.007],
    ),
    71: ([0.30, 0.98, 1.19], [0.015, 0.011, 0.010]),
    86: ([-0.07, -0.05, -0.01, 0.02, -0.03, 0, 0.01, -0.10], [0.001] * 8),
    91: ([0.50, 0.66, 0.20, 0, 0.05, 0.07], [0.010, 0.011, 0.010, 0.009, 0.013, 0.013]),
    108: ([-0.52, 0.70, -0.03, 0.27, -0.34], [0.031, 0.031, 0.030, 0.030, 0.030]),
    644: ([0.12, 0.61, 0.04, -0.05], [0.087, 0.082, 0.067, 0.067]),
}
CALENDAR = pd.DataFrame(
    [(d, y, math.sqrt(v)) for d, (ys, vs) in DISTRICTS.items() for y, v in zip(ys, vs, strict=True)],
    columns=["district", "estimate", "std_error"],
).assign(school=range(1, 57))
PLAIN = {"knapp_hartung": False}
close = pytest.approx


def risk_ratios() -> pd.DataFrame:
    t, c = BCG["tpos"] + BCG["tneg"], BCG["cpos"] + BCG["cneg"]
    ratio = np.log(BCG["tpos"] / t) - np.log(BCG["cpos"] / c)
    variance = 1 / BCG["tpos"] - 1 / t + 1 / BCG["cpos"] - 1 / c
    return BCG.assign(estimate=ratio, std_error=np.sqrt(variance))


def odds_ratios(ai, bi, ci, di) -> pd.DataFrame:
    cells = np.array([ai, bi, ci, di], dtype=float)
    cells = cells + 0.5 * (cells == 0).any(axis=0)
    a, b, c, d = cells
    return pd.DataFrame({"estimate": np.log(a * d / (b * c)), "std_error": np.sqrt((1 / cells).sum(axis=0))})


def teachers(truth) -> pd.DataFrame:
    frame = pd.read_csv(truth / "data" / "dat_raudenbush1985.csv")
    frame["estimate"], frame["std_error"] = frame["yi"], np.sqrt(frame["vi"])
    return frame.assign(contact=frame["weeks"].clip(upper=3))


def spread(result, term: str) -> float:
    return result.get(part="heterogeneity", term=term).estimate


def status(result, name: str) -> str:
    return next(c.status for c in result.checks if c.name == name)


# --- published -------------------------------------------------------------------------------------------------------


@pytest.mark.published("META-BCG")
def test_pool_matches_published_bcg_trials():
    """Stata's metan, quoted in metafor's tests; R metafor for the rest."""
    data = risk_ratios()
    fixed = pool(data, method="fixed")
    assert fixed.mean.estimate == close(-0.4303, abs=1e-4)
    assert (fixed.mean.conf_low, fixed.mean.conf_high) == close((-0.5097, -0.3509), abs=1e-4)
    assert fixed.mean.std_error == close(0.04049875171, abs=1e-8)
    assert fixed.mean.statistic == close(-10.6247, abs=1e-4)
    assert fixed.q == close(152.233, abs=1e-3)
    dl = pool(data, method="DL", **PLAIN)
    assert dl.mean.estimate == close(-0.7141172221, abs=1e-8)
    assert dl.mean.std_error == close(0.1787420895, abs=1e-8)
    assert (dl.mean.conf_low, dl.mean.conf_high) == close((-1.0644, -0.3638), abs=1e-4)
    assert dl.mean.statistic == close(-3.9952, abs=1e-4)
    assert (dl.tau2, dl.i2) == close((0.3087602629, 92.1173), abs=1e-4)
    reml = pool(data, **PLAIN)
    assert reml.mean.estimate == close(-0.7145323484, abs=1e-6)
    assert reml.mean.std_error == close(0.1797815318, abs=1e-6)
    assert reml.tau2 == close(0.313243326, abs=1e-6)
    assert reml.i2 == close(92.22138607, abs=1e-4)
    assert np.exp(reml.prediction) == close((0.1546, 1.549), abs=1e-4)
    assert reml.egger.statistic == close(-0.8033, abs=1e-4)
    assert pool(data, method="PM", **PLAIN).tau2 == close(0.3180937119, abs=1e-4)
    assert pool(data, method="HE", **PLAIN).tau2 == close(0.328563858, abs=1e-8)
    both = pool(data)
    assert both.mean.std_error == close(0.1807917455, abs=1e-6)
    assert (both.mean.conf_low, both.mean.conf_high) == close((-1.108443723, -0.3206209737), abs=1e-5)
    assert both.mean.df == 12
    assert "z = -0.8033" in next(c.detail for c in both.checks if c.name == "funnel_asymmetry")


def test_moderators_match_published_bcg_meta_regressions():
    """metafor's documentation of `rma`: latitude and year; allocation. It stops its search at steps of 1e-5."""
    data = risk_ratios()
    both = pool(data, moderators=("ablat", "year"), **PLAIN)
    assert both.coefficients.table["estimate"].tolist() == close([-3.5455, -0.0280, 0.0019], abs=2e-4)
    assert both.coefficients.table["std_error"].tolist() == close([29.0959, 0.0102, 0.0147], abs=4e-4)
    assert (both.tau2, both.get(term="tau2").std_error) == close((0.1108, 0.0845), abs=1e-4)
    assert (both.i2, both.r2) == close((71.98, 64.63), abs=0.01)
    assert (both.q, both.get(term="q").p_value) == close((28.3251, 0.0016), abs=1e-4)
    assert both.moderator_test.estimate == close(12.2043, abs=5e-4)
    assert both.moderator_test.p_value == close(0.0022, abs=1e-4)
    how = pool(data, moderators="alloc", **PLAIN)
    assert how.coefficients.table["term"].tolist() == ["intercept", "alloc: random", "alloc: systematic"]
    assert how.coefficients.table["estimate"].tolist() == close([-0.5180, -0.4478, 0.0890], abs=1e-4)
    assert how.coefficients.table["std_error"].tolist() == close([0.4412, 0.5158, 0.5600], abs=1e-4)
    assert (how.tau2, how.r2) == close((0.3615, 0.0), abs=1e-4)
    assert how.moderator_test.estimate == close(1.7675, abs=1e-4)


def test_paule_mandel_matches_published_empirical_bayes():
    """Berkey et al. (1995), Statistics in Medicine 14, page 408: BCG with smoothed variances, with latitude too."""
    data = risk_ratios()
    smooth = (BCG["tneg"] / BCG["tpos"]).sum() / (13 * (BCG["tneg"] + BCG["tpos"]))
    smooth += (BCG["cneg"] / BCG["cpos"]).sum() / (13 * (BCG["cneg"] + BCG["cpos"]))
    data = data.assign(std_error=np.sqrt(smooth), latitude=data["ablat"] - 33.46)
    one = pool(data, method="PM", **PLAIN)
    assert (one.estimate, one.std_error) == close((-0.5429, 0.1842), abs=6e-5)
    assert one.tau2 == close(0.268, abs=6e-4)
    two = pool(data, method="PM", moderators="latitude", **PLAIN)
    assert two.coefficients.table["estimate"].tolist() == close([-0.6304, -0.0268], abs=2e-4)
    assert two.coefficients.table["std_error"].tolist() == close([0.1591, 0.0110], abs=6e-5)
    assert (two.tau2, two.r2) == (close(0.157, abs=6e-4), close(41, abs=0.6))
    fixed = pool(data, method="fixed", moderators="latitude")
    assert fixed.coefficients.table["estimate"].tolist() == close([-0.5950, -0.0282], abs=1.5e-4)
    assert fixed.coefficients.table["std_error"].tolist() == close([0.0696, 0.0040], abs=6e-5)


@pytest.mark.published("META-RAUDENBUSH")
def test_pool_matches_published_teacher_expectancy(truth):
    """Raudenbush and Bryk (1985), pages 83-92 and figure 2, quoted in metafor's tests."""
    one = pool(teachers(truth), **PLAIN)
    assert (one.estimate, one.std_error) == close((0.0837, 0.0516), abs=1e-4)
    assert (one.mean.statistic, one.tau2) == close((1.6208, 0.0188), abs=1e-4)
    assert one.q == close(35.8295, abs=1e-4)
    assert (one.conf_low, one.conf_high) == close((-0.0175, 0.1849), abs=1e-4)
    published = [
        0.0543,
        0.1006,
        -0.0064,
        0.2144,
        0.1051,
        -0.0082,
        0.0174,
        -0.0293,
        0.1604,
        0.2485,
        0.1618,
        0.1102,
    ]
    published += [0.0646, 0.1105, -0.0288, 0.0258, 0.1905, 0.0744, 0.0248]
    assert one.shrunken.table["estimate"].tolist() == close(published, abs=1e-4)
    low = [
        -0.1324,
        -0.1033,
        -0.2228,
        -0.0533,
        -0.1622,
        -0.1737,
        -0.1481,
        -0.2689,
        -0.0543,
        0,
        -0.097,
        -0.1303,
    ]
    low += [-0.192, -0.1463, -0.2405, -0.1906, -0.0076, -0.0808, -0.1954]
    assert one.shrunken.table["conf_low"].tolist() == close(low, abs=1.5e-4)
    # metafor stops at steps of 1e-5 in tau²: there I² is 41.86 and the upper limit .3711; at the maximum, as here:
    assert one.i2 == close(41.86, abs=0.015)
    assert one.prediction == close((-0.2036, 0.3711), abs=1.2e-4)
    two = pool(teachers(truth), moderators="contact", **PLAIN)
    assert two.coefficients.table["estimate"].tolist() == close([0.4072, -0.1572], abs=1e-4)
    assert two.coefficients.table["statistic"].tolist() == close([4.6782, -4.3884], abs=1e-3)
    assert two.tau2 == 0
    assert two.q == close(16.5708, abs=1e-4)
    assert two.shrunken.table["estimate"].head(4).tolist() == close(
        [0.0927, -0.0645, -0.0645, 0.4072], abs=1e-4
    )
    assert two.shrunken.table["conf_low"].head(4).tolist() == close(
        [0.0198, -0.1552, -0.1552, 0.2366], abs=1e-4
    )


@pytest.mark.published("META-8SCHOOLS")
def test_pool_matches_published_eight_schools():
    """Rubin (1981); Gelman et al., Bayesian Data Analysis, chapter 5; R metafor."""
    fixed = pool(SCHOOLS, method="fixed")
    assert fixed.estimate == close(7.685616725, abs=1e-8)
    assert fixed.std_error == close(4.0719191584, abs=1e-8)
    assert fixed.q == close(4.7070788644, abs=1e-8)
    assert fixed.get(term="q").p_value == close(0.6956591666, abs=1e-8)
    for method in ("DL", "REML", "PM", "HE"):
        one = pool(SCHOOLS, method=method)
        assert one.tau2 == 0
        assert one.estimate == close(7.685616725, abs=1e-8)
        assert one.shrunken.table["estimate"].tolist() == close([7.685616725] * 8, abs=1e-8)
        assert "0 as estimated" in one.note


@pytest.mark.published("META-BANGERT")
def test_pool_matches_published_writing_to_learn(truth):
    """Bangert-Drowns et al. (2004), as in metafor's documentation."""
    frame = pd.read_csv(truth / "data" / "dat_bangertdrowns2004.csv")
    one = pool(frame.assign(estimate=frame["yi"], std_error=np.sqrt(frame["vi"])), **PLAIN)
    assert (one.estimate, one.std_error) == close((0.2219, 0.046), abs=1e-4)
    assert (one.tau2, one.q) == close((0.0499, 107.1061), abs=1e-4)
    assert one.i2 == close(58.37, abs=0.005)


def test_variances_match_published_viechtbauer_2005():
    """Viechtbauer (2005), J. Educational and Behavioral Statistics 30, pages 271-272: tau², I², H²."""
    first = {
        "estimate": [-0.581, 0.530, 0.771, 1.031, 0.553, 0.295, 0.078, 0.573, -0.176, -0.232],
        "variance": [0.023, 0.052, 0.060, 0.115, 0.095, 0.203, 0.200, 0.211, 0.051, 0.040],
        "HE": (0.148, 68.80, 3.21),
        "DL": (0.277, 80.44, 5.11),
        "REML": (0.223, 76.84, 4.32),
        "PM": (0.192, 74.05, 3.85),  # his empirical Bayes
    }
    second = {
        "estimate": [
            0.100,
            -0.162,
            -0.090,
            -0.049,
            -0.046,
            -0.010,
            -0.431,
            -0.261,
            0.134,
            0.019,
            0.175,
            0.056,
            0.045,
            0.103,
            0.121,
            -0.482,
            0.290,
            0.342,
        ],
        "variance": [
            0.016,
            0.015,
            0.050,
            0.050,
            0.032,
            0.052,
            0.036,
            0.024,
            0.034,
            0.033,
            0.031,
            0.034,
            0.039,
            0.167,
            0.134,
            0.096,
            0.016,
            0.035,
        ],
        "HE": (0.000, 0.00, 1.00),
        "DL": (0.013, 27.53, 1.38),
        "REML": (0.016, 32.02, 1.47),
        "PM": (0.010, 23.72, 1.31),
    }
    for example in (first, second):
        data = pd.DataFrame({"estimate": example["estimate"], "std_error": np.sqrt(example["variance"])})
        for method in ("HE", "DL", "REML", "PM"):
            one = pool(data, method=method)
            tau2, i2, h2 = example[method]
            assert (one.tau2, one.h2) == (close(tau2, abs=6e-4), close(h2, abs=6e-3)), method
            assert one.i2 == close(i2, abs=0.02), method


def test_tau_interval_matches_published_q_profile():
    """Viechtbauer (2007), Statistics in Medicine 26, table II: diuretics (Collins 1985), Q-profile .072 to 2.203."""
    n1 = np.array([131, 385, 57, 38, 1011, 1370, 506, 108, 153])
    n2 = np.array([136, 134, 48, 40, 760, 1336, 524, 103, 102])
    x1 = np.array([14, 21, 14, 6, 12, 138, 15, 6, 65])
    x2 = np.array([14, 17, 24, 18, 35, 175, 20, 2, 40])
    data = odds_ratios(x1, n1 - x1, x2, n2 - x2)
    dl, reml = pool(data, method="DL").get(term="tau2"), pool(data).get(term="tau2")
    assert dl.estimate == close(0.230, abs=6e-4)
    assert reml.estimate == close(0.301, abs=6e-4)
    assert (dl.conf_low, dl.conf_high) == close((0.072, 2.203), abs=6e-4)
    assert (reml.conf_low, reml.conf_high) == close((dl.conf_low, dl.conf_high), abs=1e-9)


def test_egger_matches_published_magnesium_trials():
    """Egger et al. (2001), magnesium after infarction; metafor's own test of `regtest`: z = −4.6686."""
    ai = np.array([1, 9, 2, 1, 10, 1, 1, 0, 6, 1, 2, 5, 4, 90, 4, 2216])
    n1 = np.array([40, 135, 200, 48, 150, 59, 25, 22, 76, 27, 89, 23, 130, 1159, 107, 29011])
    ci = np.array([2, 23, 7, 1, 8, 9, 3, 1, 11, 7, 12, 13, 8, 118, 17, 2103])
    n2 = np.array([36, 135, 200, 46, 148, 56, 23, 21, 75, 27, 80, 33, 122, 1157, 108, 29039])
    one = pool(odds_ratios(ai, n1 - ai, ci, n2 - ci), **PLAIN)
    assert one.egger.statistic == close(-4.6686, abs=1e-3)
    assert status(one, "funnel_asymmetry") == "warn"


def test_levels_match_published_school_calendars():
    """Konstantopoulos (2011), table 4 for two levels; three levels by REML as in metafor's documentation."""
    two = pool(CALENDAR, **PLAIN)
    assert (two.estimate, two.std_error) == close((0.1279, 0.0439), abs=6e-5)
    assert (two.tau2, two.get(term="tau2").std_error) == close((0.0884, 0.0202), abs=6e-5)
    three = pool(CALENDAR, levels=("district", "school"), **PLAIN)
    assert three.estimate == close(0.1847132, abs=1e-6)
    assert three.std_error == close(0.08455592, abs=1e-6)
    parts = three.components.table
    assert parts["level"].tolist() == ["district", "district/school"]
    assert parts["estimate"].tolist() == close([0.06506194, 0.03273652], abs=1e-6)
    assert parts["conf_low"].tolist() == close([0.0222, 0.0163], abs=6e-5)
    assert parts["conf_high"].tolist() == close([0.2072, 0.0628], abs=6e-5)
    effects = [
        -0.18998596,
        -0.08467077,
        0.1407273,
        0.24064814,
        -0.1072942,
        -0.23650899,
        0.5342778,
        -0.2004695,
    ]
    effects += [0.05711692, -0.14168396, -0.01215679]
    assert (three.groups.table["estimate"] - three.estimate).tolist() == close(effects, abs=1e-5)
    within = [-0.03794675, -0.04663383, 0.04357906, -0.05459167, 0.02098376, -0.25219111]
    district = np.repeat(effects[:2], [4, 2])
    assert (three.shrunken.table["estimate"].head(6) - three.estimate - district).tolist() == close(
        within, abs=1e-5
    )
    by_row = pool(CALENDAR, levels="district", **PLAIN)  # the rows are the last level of their own accord
    assert by_row.components.table["level"].tolist() == ["district", "estimate"]
    assert by_row.estimate == close(three.estimate, abs=1e-9)


# --- libraries and closed forms --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "name"), [("DL", "chi2"), ("PM", "iterated")])
def test_pool_equals_statsmodels(method, name):
    data = risk_ratios()
    other = combine_effects(
        data["estimate"].to_numpy(), data["std_error"].to_numpy() ** 2, method_re=name, atol=1e-12
    )
    one = pool(data, method=method)
    assert one.tau2 == close(other.tau2, rel=1e-6)
    assert one.estimate == close(other.mean_effect_re, rel=1e-7)
    assert one.std_error == close(other.sd_eff_w_re_hksj, rel=1e-6)
    assert one.q == close(other.q, rel=1e-9)


def dense(data, groups, variances):
    """Restricted log-likelihood written out with whole matrices."""
    y, v = data["estimate"].to_numpy(), np.diag(data["std_error"].to_numpy() ** 2)
    for column, s in zip(groups, variances, strict=True):
        v = v + s * (column[:, None] == column[None, :])
    inverse, x = np.linalg.inv(v), np.ones((len(y), 1))
    information = x.T @ inverse @ x
    b = np.linalg.solve(information, x.T @ inverse @ y)
    r = y - x @ b
    height = -0.5 * (np.linalg.slogdet(v)[1] + np.linalg.slogdet(information)[1] + r @ inverse @ r)
    return height, float(b[0]), float(1 / math.sqrt(information[0, 0]))


def test_restricted_likelihood_is_highest_by_hand(rng):
    data = pd.DataFrame({"estimate": rng.normal(0, 1, 15), "std_error": rng.uniform(0.2, 1.5, 15)})
    found = optimize.minimize_scalar(
        lambda t: -dense(data, [np.arange(15)], [t])[0],
        bounds=(0, 20),
        method="bounded",
        options={"xatol": 1e-10},
    )
    one = pool(data)
    assert one.tau2 == close(found.x, abs=1e-6)
    assert one.estimate == close(dense(data, [np.arange(15)], [one.tau2])[1], rel=1e-9)


def test_three_nested_levels_are_highest_by_hand(rng):
    region, market = np.repeat(np.arange(6), 12), np.repeat(np.arange(24), 3)
    y = rng.normal(0, 0.5, 6)[region] + rng.normal(0, 0.4, 24)[market] + rng.normal(0, 0.5, 72)
    error = rng.uniform(0.1, 0.4, 72)
    data = pd.DataFrame({"region": region, "market": market, "estimate": y, "std_error": error})
    shuffled = data.sample(frac=1, random_state=1)
    one = pool(shuffled, levels=("region", "market"), **PLAIN)
    groups = [region, market, np.arange(72)]
    found = optimize.minimize(
        lambda u: -dense(data, groups, np.exp(u))[0], np.log([0.2, 0.2, 0.2]), method="Nelder-Mead",
        options={"xatol": 1e-7, "fatol": 1e-12, "maxiter": 4000},
    )  # fmt: skip
    assert one.components.table["estimate"].tolist() == close(np.exp(found.x).tolist(), rel=1e-4, abs=1e-7)
    height, mean, error = dense(data, groups, one.components.table["estimate"])
    assert height >= -found.fun - 1e-9
    assert (one.estimate, one.std_error) == close((mean, error), rel=1e-8)


def test_shrunken_effects_by_hand():
    """Two levels, all in one matrix: the conditional mean of the true effects and its error (Henderson)."""
    data = CALENDAR
    one = pool(data, levels="district", **PLAIN)
    s = one.components.table["estimate"].to_numpy()
    d = data["district"].to_numpy()
    shared = s[0] * (d[:, None] == d[None, :]) + s[1] * np.eye(56)
    x, r_inverse = np.ones((56, 1)), np.diag(1 / data["std_error"] ** 2)
    left = np.block(
        [[x.T @ r_inverse @ x, x.T @ r_inverse], [r_inverse @ x, r_inverse + np.linalg.inv(shared)]]
    )
    right = np.concatenate([x.T @ r_inverse @ data["estimate"], r_inverse @ data["estimate"]])
    inverse = np.linalg.inv(left)
    solution = inverse @ right
    picks = np.hstack([x, np.eye(56)])
    assert one.shrunken.table["estimate"].tolist() == close((picks @ solution).tolist(), rel=1e-6, abs=1e-9)
    errors = np.sqrt(np.diag(picks @ inverse @ picks.T))
    assert one.shrunken.table["std_error"].tolist() == close(errors.tolist(), rel=1e-6)


def test_equal_errors_by_hand():
    """With equal errors the mean is the plain one, Knapp-Hartung is the t-test, tau² is s² − se²."""
    y = np.array([1.0, 2, 4, 7, 9])
    one = pool(pd.DataFrame({"estimate": y, "std_error": 0.5}))
    test = stats.ttest_1samp(y, 0)
    assert one.tau2 == close(y.var(ddof=1) - 0.25)
    assert (one.estimate, one.std_error) == close((y.mean(), y.std(ddof=1) / math.sqrt(5)))
    assert (one.mean.statistic, one.mean.p_value, one.mean.df) == close((test.statistic, test.pvalue, 4))
    half = stats.t.ppf(0.975, 4) * math.sqrt(one.tau2 + y.var(ddof=1) / 5)
    assert one.prediction == close((y.mean() - half, y.mean() + half))
    weight = one.tau2 / (one.tau2 + 0.25)
    assert one.shrunken.table["estimate"].tolist() == close((y.mean() + weight * (y - y.mean())).tolist())


def test_moderators_with_equal_errors_equal_least_squares(rng):
    """Knapp-Hartung's regression with equal errors is ordinary least squares (statsmodels)."""
    import statsmodels.formula.api as smf

    data = pd.DataFrame({"estimate": rng.normal(0, 1, 20), "hours": rng.uniform(1, 9, 20), "std_error": 0.1})
    data["modality"] = rng.choice(["blended", "e_learning", "instructor_led"], 20)
    ols = smf.ols("estimate ~ hours + modality", data).fit()
    one = pool(data, moderators=("hours", "modality"))
    names = ["Intercept", "hours", "modality[T.e_learning]", "modality[T.instructor_led]"]
    assert one.coefficients.table["estimate"].tolist() == close(ols.params[names].tolist())
    assert one.coefficients.get(term="hours").std_error == close(ols.bse["hours"])
    assert one.coefficients.get(term="hours").p_value == close(ols.pvalues["hours"])
    assert one.moderator_test.estimate == close(ols.fvalue)
    assert one.moderator_test.p_value == close(ols.f_pvalue)
    assert one.estimate == close(data["estimate"].mean())  # at average moderators


def test_confidence_prediction_with_no_sampling_error_equals_that_of_a_normal_sample(rng):
    """Where the errors vanish the next of k normal values is held by ``mean ± t · s · √(1 + 1/k)``, exactly."""
    y = rng.normal(2, 1, 8)
    one = pool(pd.DataFrame({"estimate": y, "std_error": 1e-4}), prediction="confidence")
    half = stats.t.ppf(0.975, 7) * y.std(ddof=1) * math.sqrt(1 + 1 / 8)
    assert one.prediction == close((y.mean() - half, y.mean() + half), abs=0.03)
    plug = pool(pd.DataFrame({"estimate": y, "std_error": 1e-4}))
    assert plug.prediction == close((y.mean() - half, y.mean() + half), rel=1e-6)


def test_confidence_prediction_equals_draws(rng):
    """Nagashima's construction by draws: tau² from its confidence distribution, then the mean, then the effect."""
    data = risk_ratios()
    y, v = data["estimate"].to_numpy(), data["std_error"].to_numpy() ** 2

    def q(tau2):
        w = 1 / (v + tau2)
        return float(w @ (y - w @ y / w.sum()) ** 2), w

    drawn = []
    for target in rng.chisquare(12, 1500):
        tau2 = optimize.brentq(lambda t, c: q(t)[0] - c, 0, 1e4, args=(target,)) if q(0)[0] > target else 0.0
        left, w = q(tau2)
        drawn.append(
            w @ y / w.sum()
            + math.sqrt(left / 12 / w.sum()) * rng.standard_t(12)
            + math.sqrt(tau2) * rng.normal()
        )
    one = pool(data, prediction="confidence")
    assert one.prediction == close(np.quantile(drawn, [0.025, 0.975]).tolist(), abs=0.2)
    assert one.prediction.low < pool(data).prediction.low
    other = data.assign(estimate=100 * data["estimate"], std_error=100 * data["std_error"])
    assert pool(other, prediction="confidence").prediction == close(
        [100 * p for p in one.prediction], rel=1e-4
    )
    assert math.isnan(pool(data.head(1), prediction="confidence").prediction.low)
    assert pool(data.assign(estimate=0.3), prediction="confidence").prediction.low < 0.3
    with pytest.raises(ValueError, match="plug_in"):
        pool(CALENDAR, levels="district", prediction="confidence")


# --- invariances -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["fixed", "DL", "PM", "HE", "REML"])
def test_pool_scales_with_the_unit(method):
    data = risk_ratios()[["estimate", "std_error", "ablat"]]
    other = data.assign(
        estimate=-1e-4 * data["estimate"], std_error=1e-4 * data["std_error"], ablat=data["ablat"] * 1e3
    )
    one, two = pool(data, method=method, moderators="ablat"), pool(other, method=method, moderators="ablat")
    assert two.estimate == close(-1e-4 * one.estimate, rel=1e-7)
    assert two.std_error == close(1e-4 * one.std_error, rel=1e-7)
    assert (two.q, two.i2) == close((one.q, one.i2), rel=1e-6)
    if method != "fixed":
        assert two.tau2 == close(1e-8 * one.tau2, rel=1e-6)
    assert two.coefficients.get(term="ablat").statistic == close(
        -one.coefficients.get(term="ablat").statistic, rel=1e-6
    )


def test_levels_scale_with_the_unit_and_heed_no_order():
    one = pool(CALENDAR, levels="district")
    other = CALENDAR.assign(estimate=CALENDAR["estimate"] * 100, std_error=CALENDAR["std_error"] * 100)
    two = pool(other.sample(frac=1, random_state=3).set_axis(range(500, 556)), levels="district")
    assert two.estimate == close(100 * one.estimate, rel=1e-6)
    assert two.components.table["estimate"].tolist() == close(
        (1e4 * one.components.table["estimate"]).tolist(), rel=1e-5
    )
    assert two.mean.df == one.mean.df == 10


def test_shrunken_effects_stand_in_the_order_of_the_input():
    data = risk_ratios().assign(trial=range(13)).sample(frac=1, random_state=2)
    one = pool(data[["trial", "estimate", "std_error"]])
    assert one.shrunken.table["trial"].tolist() == data["trial"].tolist()
    again = pool(data.sort_values("trial")[["trial", "estimate", "std_error"]]).shrunken.table
    by_trial = one.shrunken.table.set_index("trial")["estimate"].sort_index()
    assert by_trial.tolist() == close(again["estimate"].tolist(), rel=1e-9)


def test_estimates_pool_as_their_frame():
    table = SCHOOLS.assign(
        unit="points", n_people=[12.0] * 8, n_people_total=[30.0] * 8, comparison="waitlist"
    )
    one = pool(Estimates(table=table, keys=("school",)))
    assert (one.estimate, one.tau2) == (pool(SCHOOLS).estimate, pool(SCHOOLS).tau2)
    assert (one.n_people, one.n_people_total, one.mean.unit) == (96, 240, "points")
    assert one.shrunken.keys == ("school",)
    assert one.shrunken.table["n_people"].tolist() == [12] * 8
    assert list(one.to_frame().columns) == ["part", *ESTIMATE_COLUMNS]
    markets = table.assign(market=list("AABBCCDD"))  # rows of a market may share their people
    assert pool(markets, levels="market").n_people == 48


# --- edges -----------------------------------------------------------------------------------------------------------


def test_one_estimate_is_returned_as_it_is():
    one = pool(SCHOOLS.head(1))
    assert (one.estimate, one.std_error) == (28, 15)
    assert "one estimate only" in one.note
    assert math.isnan(one.tau2)
    assert math.isnan(one.prediction.low)
    assert one.shrunken.table["estimate"].isna().all()
    assert all(row["note"] for row in one.to_frame().to_dict("records") if math.isnan(row["estimate"]))


def test_two_estimates_have_one_degree_of_freedom():
    one = pool(pd.DataFrame({"estimate": [1.0, 3.0], "std_error": [0.5, 0.5]}))
    assert one.mean.df == 1
    assert one.conf_high - one.estimate == close(stats.t.ppf(0.975, 1) * 1.0)  # |1 − 3| / 2
    assert status(one, "few_estimates") == "warn"
    assert status(one, "funnel_asymmetry") == "not_run"


@pytest.mark.parametrize("method", ["fixed", "DL", "PM", "HE", "REML"])
def test_equal_estimates_keep_their_error(method):
    one = pool(pd.DataFrame({"estimate": [0.3] * 4, "std_error": [0.1, 0.2, 0.3, 0.4]}), method=method)
    assert one.estimate == close(0.3)
    assert one.std_error == close(1 / math.sqrt(100 + 25 + 100 / 9 + 6.25))
    if method != "fixed":
        assert "all equal" in one.note
        assert one.tau2 == 0
        assert "interval is empty" in one.get(term="tau2").note


def test_a_narrower_knapp_hartung_interval_is_said():
    one = pool(SCHOOLS)
    assert one.std_error < pool(SCHOOLS, **PLAIN).std_error
    assert "narrower than the plain one by a factor of 0.82" in one.note
    assert "narrower" not in pool(risk_ratios()).note


def test_rows_that_cannot_enter_are_said():
    data = SCHOOLS.astype({"estimate": "Float64"})
    data.loc[1, "estimate"] = pd.NA
    data.loc[2, "std_error"] = np.nan
    data.loc[3, "std_error"] = 0.0
    one = pool(data)
    assert one.n == 5
    assert "2 left out: it has no estimate" in one.note
    assert "1 left out: its standard error is 0" in one.note
    assert (status(one, "missing"), status(one, "zero_error")) == ("warn", "warn")
    shrunken = one.shrunken.table
    assert shrunken["school"].tolist() == list("ABCDEFGH")
    assert shrunken["estimate"].isna().tolist() == [False, True, True, True, False, False, False, False]
    assert shrunken.loc[[1, 2, 3], "note"].str.startswith("left out").all()


@pytest.mark.parametrize(
    "frame",
    [SCHOOLS.head(0), SCHOOLS.assign(estimate=np.nan), pd.DataFrame(columns=["estimate", "std_error"])],
)
def test_nothing_to_pool_is_said(frame):
    one = pool(frame, moderators=("estimate",) if len(frame) == 0 else ())
    assert math.isnan(one.estimate)
    assert "no estimate" in one.note
    assert len(one.shrunken) == len(frame)
    assert str(one)


def test_bad_input_raises():
    with pytest.raises(ValueError, match="below 0 in 1 row"):
        pool(SCHOOLS.assign(std_error=[-1.0] + [1.0] * 7))
    with pytest.raises(ValueError, match="infinite"):
        pool(SCHOOLS.assign(estimate=[np.inf] + [1.0] * 7))
    with pytest.raises(KeyError, match="std_error"):
        pool(SCHOOLS.drop(columns="std_error"))
    with pytest.raises(TypeError, match="not numeric"):
        pool(SCHOOLS.assign(estimate="a"))
    with pytest.raises(ValueError, match="2 units"):
        pool(SCHOOLS.assign(unit=["points", "hours"] * 4))
    with pytest.raises(ValueError, match="method"):
        pool(SCHOOLS, method="ML")
    with pytest.raises(ValueError, match="REML"):
        pool(SCHOOLS, method="DL", levels="school")
    with pytest.raises(ValueError, match="missing"):
        pool(SCHOOLS.assign(market=[None, *"BCDEFGH"]), levels="market")
    with pytest.raises(TypeError, match="datetime"):
        pool(SCHOOLS.assign(day=pd.Timestamp("2026-01-01")), moderators="day")


@pytest.mark.parametrize(
    "values",
    [
        pd.array([1, 2, 3, 4, 5, 6, 7, 8], dtype="Int64"),
        pd.array([True, False] * 4, dtype="boolean"),
        pd.Categorical(["b", "a"] * 4, categories=["b", "a", "unused"]),
        pd.array(["x", "y", "x", "z"] * 2, dtype="string"),
        [1.5, np.nan, 2, 3, 4, 5, 6, 7],
    ],
)
def test_moderators_of_any_kind(values):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        one = pool(SCHOOLS.assign(moderator=values), moderators="moderator")
    assert one.coefficients.table["estimate"].notna().all()
    assert status(one, "exploratory") == "warn"
    assert one.get(term="moderators").p_value <= 1


def test_moderators_that_say_nothing_are_left_out():
    data = SCHOOLS.assign(same="e_learning", hours=range(8), minutes=[60 * h for h in range(8)])
    one = pool(data, moderators=("same", "hours", "minutes"))
    assert one.coefficients.get(term="same").note == "same has one value only"
    assert "told by the other" in one.coefficients.get(term="minutes").note
    assert one.coefficients.get(term="hours").estimate == close(
        pool(data, moderators="hours").coefficients.get(term="hours").estimate
    )
    few = pool(SCHOOLS.head(3), moderators="school")
    assert few.coefficients.table["estimate"].isna().tolist() == [False, True, True]
    assert few.estimate == close(pool(SCHOOLS.head(3)).estimate)


def test_levels_that_cannot_be_told_are_left_out():
    alone = pool(SCHOOLS, levels="school")  # each school has one estimate
    assert alone.estimate == close(pool(SCHOOLS).estimate)
    assert len(alone.groups) == 0
    same = pool(CALENDAR.assign(region="all"), levels=("region", "district"))
    assert same.components.table["level"].tolist() == ["region/district", "estimate"]
    assert "there is one region" in same.note
    assert same.groups.keys == ("region", "district")
    assert len(pool(SCHOOLS.assign(market="DE"), levels="market").components) == 1
    by_term = pool(CALENDAR.rename(columns={"district": "term"}), levels="term")
    assert by_term.groups.table["term_pooled"].tolist() == list(DISTRICTS)


def test_checks_are_silent_at_zero_and_loud_when_planted(rng):
    error = rng.uniform(0.05, 0.5, 40)
    data = pd.DataFrame({"market": [f"m{i}" for i in range(40)], "std_error": error})
    fair = pool(
        data.assign(estimate=1 + stats.norm.ppf((np.arange(40) + 0.5) / 40)[rng.permutation(40)] * error)
    )
    for name in (
        "missing",
        "repeated_rows",
        "independent_estimates",
        "few_estimates",
        "heterogeneity",
        "funnel_asymmetry",
    ):
        assert status(fair, name) == "pass", name
    small = pool(data.assign(estimate=3 * error + rng.normal(0, 1, 40) * error))
    assert status(small, "funnel_asymmetry") == "warn"
    wide = pool(data.assign(estimate=0.5 + rng.normal(0, 1, 40)))
    assert status(wide, "heterogeneity") == "warn"
    twice = pool(pd.concat([data.assign(estimate=1.0 + error)] * 2))
    assert (status(twice, "repeated_rows"), status(twice, "independent_estimates")) == ("warn", "warn")
    mixed = pool(data.assign(estimate=1.0 + error, comparison=["waitlist", "never"] * 20))
    assert status(mixed, "comparable") == "warn"


def test_a_level_of_confidence_is_kept():
    one, two = pool(risk_ratios(), conf_level=0.8), pool(risk_ratios())
    assert one.conf_low > two.conf_low
    assert one.prediction.low > two.prediction.low
    assert one.get(term="tau2").conf_low > two.get(term="tau2").conf_low
    assert set(one.to_frame()["conf_level"]) == {0.8}
