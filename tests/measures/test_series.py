"""Interrupted series: published values, independent programs, checks both ways, edges."""

import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import optimize, stats
from statsmodels.stats.diagnostic import acorr_breusch_godfrey, acorr_ljungbox

from tne.measures.evidence import grade
from tne.measures.series import interrupted_series
from tne.measures.series_ar1 import ar1_reml
from tne.measures.series_errors import automatic_hac, breusch_godfrey, durbin_watson, ljung_box, newey_west

# packs of cigarettes per head in California, 1970-2000 (Orzechowski and Walker, Tax Burden on Tobacco)
CALIFORNIA = [
    123.0,
    121.0,
    123.5,
    124.4,
    126.7,
    127.1,
    128.0,
    126.4,
    126.1,
    121.9,
    120.2,
    118.6,
    115.4,
    110.8,
]
CALIFORNIA += [
    104.8,
    102.8,
    99.7,
    97.5,
    90.1,
    82.4,
    77.8,
    68.7,
    67.5,
    63.4,
    58.6,
    56.4,
    54.5,
    53.8,
    52.3,
    47.2,
    41.6,
]
PACKS = {"outcome": "PacksPerCapita", "period": "Year", "start": 1989}
CALL = {"outcome": "y", "period": "t", "start": 24}
# Greene, Econometric Analysis, 2nd ed., table 15.1: nominal GNP, investment, price index, interest rate, 1963-1982
GREENE = """596.7 90.9 .7167 3.23; 637.7 97.4 .7277 3.55; 691.1 113.5 .7436 4.04; 756.0 125.7 .7676 4.50;
799.6 122.8 .7906 4.19; 873.4 133.3 .8254 5.16; 944.0 149.3 .8679 5.87; 992.7 144.2 .9145 5.95;
1077.6 166.4 .9601 4.88; 1185.9 195.0 1.0 4.50; 1326.4 229.8 1.0575 6.44; 1434.2 228.7 1.1508 7.83;
1549.2 206.1 1.2579 6.25; 1718.0 257.9 1.3234 5.50; 1918.3 324.1 1.4005 5.46; 2163.9 386.6 1.5042 7.46;
2417.8 423.0 1.6342 10.28; 2631.7 401.9 1.7842 11.77; 2954.1 474.9 1.9514 13.42; 3073.0 414.5 2.0688 11.02"""


@pytest.fixture
def cigarettes(truth) -> pd.DataFrame:
    return pd.read_csv(truth / "data" / "california_prop99.csv", sep=";")


def investment() -> tuple[np.ndarray, np.ndarray]:
    """Real investment on a constant, real GNP and the real interest rate, 1964-1982."""
    raw = np.array([row.split() for row in GREENE.split(";")], dtype=float)
    gnp, invested, price, interest = raw.T
    real = interest[1:] - 100 * np.diff(price) / price[:-1]
    return np.column_stack([np.ones(19), (gnp / price)[1:], real]), (invested / price)[1:]


def ar1(rng: np.random.Generator, n: int = 48, phi: float = 0.6) -> np.ndarray:
    e = rng.normal(0, 0.5, n)
    e[0] /= math.sqrt(1 - phi**2)
    for i in range(1, n):
        e[i] += phi * e[i - 1]
    return e


def frame(y: np.ndarray, **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"t": np.arange(len(y)), "y": y, **columns})


def season(n: int = 48) -> np.ndarray:
    return np.sin(2 * np.pi * np.arange(n) / 12)


def status(result, name: str) -> str:
    return next(c.status for c in result.checks if c.name == name)


@pytest.mark.published("ITS-PROP99")
def test_segmented_regression_matches_published_proposition_99():
    """Linden (2015), Stata Journal 15:480-500, itsa with lag(1): b1 −1.7795, b2 −20.0581, b3 −1.4947; DW .5352."""
    california = pd.DataFrame({"Year": range(1970, 2001), "PacksPerCapita": CALIFORNIA})
    found = interrupted_series(california, **PACKS, errors="newey_west", lags=1)
    published = {
        "trend": (-1.7795, 0.3834188),
        "level_change": (-20.0581, 4.724395),
        "slope_change": (-1.4947, 0.4368183),
    }
    for term, (estimate, error) in published.items():
        assert found.get(term=term).estimate == pytest.approx(estimate, abs=5e-5)
        assert found.get(term=term).std_error == pytest.approx(error, abs=5e-6)
    assert found.get(term="intercept").estimate == pytest.approx(132.2258, abs=5e-5)
    assert found.durbin_watson == pytest.approx(0.5352, abs=5e-5)
    # the help of `power itsa` repeats the trend since the start
    assert found.get(term="post_trend").estimate == pytest.approx(-3.274126, abs=5e-6)


@pytest.mark.published("ITS-PROP99")
def test_pooled_control_states_match_published_itsa(cigarettes):
    """Linden's help of `power itsa`, first multiple-group example of `itsa`: _z_x1989 −2.806417, P = 0.631."""
    data = cigarettes.assign(control=cigarettes["State"] != "California")
    found = interrupted_series(data, **PACKS, errors="newey_west", lags=1, control="control", unit="State")
    level = found.get(term="level_change")
    assert level.estimate == pytest.approx(-2.806417, abs=5e-7)
    assert level.p_value == pytest.approx(0.631, abs=5e-4)
    assert found.get(term="trend").estimate == pytest.approx(-1.779474 + 0.5477701, abs=1e-6)
    assert found.get(term="post_trend").estimate == pytest.approx(-3.274126 + 1.051279, abs=1e-6)
    difference = interrupted_series(data, **PACKS, errors="newey_west", lags=1, control="control")
    for term in ("level_change", "slope_change", "intercept"):
        assert difference.get(term=term).estimate == pytest.approx(found.get(term=term).estimate, abs=1e-9)


def test_automatic_hac_matches_published_investment_equation():
    """R sandwich, tests/Examples and vignette: NeweyWest(fm) and kernHAC(fm), bandwidth 1.744749, on Greene's data."""
    x, y = investment()
    b = np.linalg.lstsq(x, y, rcond=None)[0]
    e = y - x @ b
    assert b == pytest.approx([-12.533601, 0.169136, -1.001438], abs=5e-7)
    nw, _ = automatic_hac(x, e, bandwidth="newey_west", prewhite=1, small_sample=False)
    assert np.sqrt(np.diag(nw)) == pytest.approx([24.374177, 0.023586, 3.639935], abs=5e-7)
    assert nw[0] == pytest.approx([594.1004817, -0.5617817294, 36.04992496], rel=1e-8)
    qs, width = automatic_hac(x, e, bandwidth="andrews", prewhite=1, small_sample=True)
    assert width == pytest.approx(1.744749, abs=5e-7)
    assert qs[0] == pytest.approx([788.6120652, -0.7502080996, 49.78912814], rel=1e-8)


def test_newey_west_and_breusch_godfrey_match_published_investment_equation():
    """Greene, examples 15.3 and 15.6, as R prints them: errors 18.958298, .016751, 3.342375; LM 12.07, p .01684."""
    x, y = investment()
    e = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    plain = newey_west(x, e, [np.arange(19)], 4) * 16 / 19
    assert np.sqrt(np.diag(plain)) == pytest.approx([18.958298, 0.016751, 3.342375], abs=5e-7)
    assert breusch_godfrey(x, e, 4) == (pytest.approx(12.07, abs=5e-3), pytest.approx(0.01684, abs=5e-6))
    assert durbin_watson(e) == pytest.approx(1.3215, abs=5e-4)


def test_a_made_up_lesson_matches_published_lm():
    """Jiang, R for quasi-experiments, section 8.2 (after Green): lm with the first month counted as 1."""
    y = [50, 60, 45, 47, 50, 55, 53, 51, 48, 50, 47, 48, 55, 60, 63, 67, 65, 69, 72, 68, 74, 71, 76, 70]
    data = pd.DataFrame({"month": range(1, 25), "outcome": y})
    found = interrupted_series(data, outcome="outcome", period="month", start=13, errors="newey_west", lags=0)
    slope = found.get(term="slope_change").estimate
    assert slope == pytest.approx(1.7832, abs=5e-5)
    assert found.get(term="trend").estimate == pytest.approx(-0.3427, abs=5e-5)
    assert found.get(term="level_change").estimate - slope == pytest.approx(9.6876, abs=5e-5)
    # months count from 0 here: the intercept is the level of the first month
    assert found.get(term="intercept").estimate == pytest.approx(52.5606 - 0.3427, abs=1e-4)


def test_newey_west_equals_statsmodels(rng):
    y = ar1(rng, 60) + 0.05 * np.arange(60)
    t = np.arange(60)
    post = (t >= 24) * 1.0
    x = np.column_stack([np.ones(60), t, post, post * (t - 24)])
    for lags in (0, 1, 5):
        theirs = sm.OLS(y, x).fit(
            cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True}, use_t=True
        )
        ours = interrupted_series(frame(y), **CALL, errors="newey_west", lags=lags)
        for term, i in (("intercept", 0), ("trend", 1), ("level_change", 2), ("slope_change", 3)):
            row = ours.get(term=term)
            assert (row.estimate, row.std_error, row.p_value) == pytest.approx(
                (theirs.params[i], theirs.bse[i], theirs.pvalues[i]), rel=1e-8
            )
        low, high = theirs.t_test([0, 0, 1, 23 - 5.5]).conf_int()[
            0
        ]  # 36 periods: mean distance 17.5, last 35
        mean = ours.get(term="effect_mean")
        assert (mean.conf_low, mean.conf_high) == pytest.approx((low, high), rel=1e-8)
        assert ours.get(term="effect_at_end").estimate == pytest.approx(theirs.params @ [0, 0, 1, 35])


def test_serial_tests_equal_statsmodels(rng):
    x = sm.add_constant(rng.normal(size=(40, 2)))
    fit = sm.OLS(ar1(rng, 40), x).fit()
    theirs = acorr_breusch_godfrey(fit, nlags=3, result_object=False)
    assert breusch_godfrey(x, fit.resid, 3) == pytest.approx(theirs[:2], rel=1e-9)
    box = acorr_ljungbox(fit.resid - fit.resid.mean(), lags=[5], model_df=1)
    assert ljung_box(fit.resid, 5, 1) == pytest.approx(tuple(box.iloc[0]), rel=1e-9)


def dense_reml(
    phi: float, x: np.ndarray, y: np.ndarray, at: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """Restricted log-likelihood, coefficients and errors from whole matrices, as the textbook writes them."""
    inverse = np.linalg.inv(phi ** np.abs(at[:, None] - at[None, :]))
    info = x.T @ inverse @ x
    b = np.linalg.solve(info, x.T @ inverse @ y)
    left = y - x @ b
    df = len(y) - x.shape[1]
    variance = left @ inverse @ left / df
    log_dets = -np.linalg.slogdet(inverse)[1] + np.linalg.slogdet(info)[1]
    return -0.5 * (df * np.log(variance) + log_dets), b, np.sqrt(variance * np.diag(np.linalg.inv(info)))


@pytest.mark.parametrize("gaps", [False, True])
def test_ar1_reml_equals_whole_matrices(rng, gaps):
    """The likelihood that R's gls(..., correlation=corAR1(form=~t), method="REML") maximises, written out."""
    at = np.delete(np.arange(45), [5, 6, 20, 33]) if gaps else np.arange(45)
    y = ar1(rng, 45)[at] + 3 + 0.1 * at
    post = (at >= 24) * 1.0
    x = np.column_stack([np.ones(len(at)), at, post, post * (at - 24)])
    best = optimize.minimize_scalar(
        lambda p: -dense_reml(p, x, y, at)[0],
        bounds=(0.001, 0.995),
        method="bounded",
        options={"xatol": 1e-9},
    )
    _, b, errors = dense_reml(best.x, x, y, at)
    found = ar1_reml(x, y, at)
    assert found.phi == pytest.approx(best.x, abs=1e-5)
    assert found.coefficients == pytest.approx(b, abs=1e-5)
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx(errors, rel=1e-4)


def test_ar1_interval_equals_numerical_integration(rng):
    """The posterior of a coefficient under the prior (1 − phi²)^-1/2, by brute force over 1,500 autocorrelations."""
    at = np.arange(40)
    post = (at >= 20) * 1.0
    x = np.column_stack([np.ones(40), at, post, post * (at - 20)])
    y = ar1(rng, 40)
    found = ar1_reml(x, y, at).contrast(np.eye(4)[2], 0.95)
    angles = (np.arange(1500) + 0.5) * np.pi / 1500
    parts = [dense_reml(p, x, y, at) for p in np.cos(angles) if abs(p) < 0.9999]
    likelihood = np.array([p[0] for p in parts])
    weights = np.exp(likelihood - likelihood.max())
    weights /= weights.sum()
    for end, share in ((found["conf_low"], 0.025), (found["conf_high"], 0.975)):
        below = sum(
            w * stats.t.cdf((end - p[1][2]) / p[2][2], 36) for w, p in zip(weights, parts, strict=True)
        )
        assert below == pytest.approx(share, abs=5e-4)


def test_ar1_with_phi_known_to_be_zero_is_least_squares(rng):
    """A long white series: autocorrelation near 0, coefficients and errors near those of least squares."""
    y = rng.normal(size=400)
    found = interrupted_series(frame(y), **CALL | {"start": 200}, errors="ar1_reml")
    plain = interrupted_series(frame(y), **CALL | {"start": 200}, errors="newey_west", lags=0)
    assert abs(found.autocorrelation) < 0.15
    assert found.get(term="level_change").estimate == pytest.approx(
        plain.get(term="level_change").estimate, abs=0.05
    )


def test_hac_keywords_reach_both_of_rs_defaults(rng):
    y = ar1(rng)
    x = np.column_stack(
        [np.ones(48), np.arange(48), (np.arange(48) >= 24) * 1.0, np.maximum(np.arange(48) - 24, 0)]
    )
    e = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    for options, lower in (
        ({}, {"bandwidth": "newey_west", "prewhite": 1, "small_sample": False}),
        ({"prewhite": 0}, {"bandwidth": "newey_west", "prewhite": 0, "small_sample": False}),
        ({"small_sample": True}, {"bandwidth": "newey_west", "prewhite": 1, "small_sample": True}),
        ({"bandwidth": "andrews"}, {"bandwidth": "andrews", "prewhite": 1, "small_sample": True}),
    ):
        found = interrupted_series(frame(y), **CALL, errors="hac_auto", **options)
        matrix, _ = automatic_hac(x, e, **lower)
        assert found.get(term="level_change").std_error == pytest.approx(math.sqrt(matrix[2, 2]), rel=1e-9)
        method = found.get(term="level_change").method
        assert f"prewhitening {lower['prewhite']}" in method
        assert ("no small-sample factor" in method) != lower["small_sample"]


def test_the_choice_of_errors_is_stated(rng):
    short = interrupted_series(frame(ar1(rng)), **CALL)
    long = interrupted_series(frame(ar1(rng, 150)), **CALL | {"start": 75})
    draws = [interrupted_series(frame(rng.normal(size=48)), **CALL) for _ in range(8)]
    white = next(found for found in draws if found.autocorrelation < 0 and found.errors != "ar1_reml")
    assert (short.errors, long.errors, white.errors) == ("ar1_reml", "newey_west", "newey_west")
    assert "chosen: 48 periods" in short.get(term="trend").method
    assert "chosen: at least 100 periods" in long.get(term="trend").method
    assert "chosen: not autocorrelated" in white.get(term="trend").method
    given = interrupted_series(frame(ar1(rng)), **CALL, lags=2)
    assert given.errors == "newey_west"
    assert "lag 2" in given.get(term="trend").method


def test_naive_errors_are_warned_about_and_white_noise_is_not(rng):
    loud = [
        status(interrupted_series(frame(ar1(rng) + season()), **CALL, errors="newey_west"), "autocorrelation")
        for _ in range(6)
    ]
    silent = [
        status(interrupted_series(frame(rng.normal(size=48)), **CALL, errors="newey_west"), "autocorrelation")
        for _ in range(12)
    ]
    assert loud.count("warn") >= 5
    assert silent.count("warn") <= 3  # 5 % of 12, and three standard errors


def test_an_ar1_model_passes_on_ar1_and_warns_on_more(rng):
    e = rng.normal(size=120)
    for i in range(2, 120):
        e[i] += 0.75 * e[i - 2]
    assert (
        status(interrupted_series(frame(e), **CALL | {"start": 60}, errors="ar1_reml"), "autocorrelation")
        == "warn"
    )
    good = [status(interrupted_series(frame(ar1(rng)), **CALL), "autocorrelation") for _ in range(8)]
    assert good.count("pass") >= 5


def test_a_season_is_seen_and_modelled(rng):
    noise = ar1(rng)
    seen = interrupted_series(frame(noise + 2 * season()), **CALL)
    assert status(seen, "season") == "warn"
    assert "season=12" in str([c.detail for c in seen.checks])
    assert status(interrupted_series(frame(noise), **CALL), "season") == "pass"
    modelled = interrupted_series(frame(noise + 2 * season()), **CALL, season=12)
    plain = interrupted_series(frame(noise), **CALL, season=12)
    assert status(modelled, "season") == "pass"
    assert modelled.get(term="level_change").estimate == pytest.approx(
        plain.get(term="level_change").estimate
    )
    assert modelled.get(term="level_change").std_error == pytest.approx(
        plain.get(term="level_change").std_error
    )


def test_a_shock_before_the_start_is_seen_and_modelled(rng):
    noise = rng.normal(0, 0.3, 48)
    jumped = noise - 3 * (np.arange(48) >= 14)
    assert status(interrupted_series(frame(jumped), **CALL), "earlier_change") == "warn"
    quiet = [status(interrupted_series(frame(ar1(rng)), **CALL), "earlier_change") for _ in range(8)]
    assert quiet.count("warn") <= 2  # 5 % of 8, and three standard errors
    modelled = interrupted_series(frame(jumped), **CALL, shocks=[14])
    assert status(modelled, "earlier_change") == "pass"
    plain = interrupted_series(frame(noise), **CALL, shocks=[14], errors=modelled.errors)
    assert modelled.get(term="level_change").estimate == pytest.approx(
        plain.get(term="level_change").estimate
    )
    assert modelled.get(term="shock_14").estimate == pytest.approx(plain.get(term="shock_14").estimate - 3)


def test_a_shock_of_some_periods_takes_them_out_of_the_line(rng):
    noise = rng.normal(0, 0.3, 48)
    away = noise + 5 * ((np.arange(48) >= 30) & (np.arange(48) <= 32))
    found = interrupted_series(frame(away), **CALL, shocks=[(30, 32)], errors="newey_west", lags=0)
    plain = interrupted_series(frame(noise), **CALL, shocks=[(30, 32)], errors="newey_west", lags=0)
    assert found.get(term="shock_30_32").estimate == pytest.approx(plain.get(term="shock_30_32").estimate + 5)
    assert found.get(term="slope_change").estimate == pytest.approx(plain.get(term="slope_change").estimate)


def test_a_shock_close_to_the_start_is_said(rng):
    y = rng.normal(size=48)
    assert status(interrupted_series(frame(y), **CALL, shocks=[21]), "policy_change") == "warn"
    assert status(interrupted_series(frame(y), **CALL, shocks=[12]), "policy_change") == "pass"
    assert status(interrupted_series(frame(y), **CALL), "policy_change") == "not_run"
    with pytest.raises(ValueError, match="falls on the start"):
        interrupted_series(frame(y), **CALL, shocks=[24])


def test_what_both_series_share_cancels(rng):
    y, c = ar1(rng), ar1(rng)
    shared = 3 * season() - 4 * (np.arange(48) >= 21) + 0.2 * np.arange(48)
    plain = interrupted_series(frame(y, c=c), **CALL, control="c")
    moved = interrupted_series(frame(y + shared, c=c + shared), **CALL, control="c")
    columns = ["estimate", "std_error", "p_value", "conf_low", "conf_high"]
    pd.testing.assert_frame_equal(plain.to_frame()[columns], moved.to_frame()[columns], rtol=1e-6, atol=1e-8)
    assert moved.design == "controlled_series"
    alone = interrupted_series(frame(y - c), **CALL)
    pd.testing.assert_frame_equal(plain.to_frame()[columns], alone.to_frame()[columns])


def test_long_and_wide_controls_agree(rng):
    wide = frame(ar1(rng), c=ar1(rng))
    long = pd.concat(
        [
            wide[["t", "y"]].assign(is_control=False),
            wide[["t", "c"]].rename(columns={"c": "y"}).assign(is_control=True),
        ]
    ).sample(frac=1, random_state=1)
    one = interrupted_series(wide, **CALL, control="c").to_frame()
    for marks in (bool, int, "Int64", float):
        two = interrupted_series(long.astype({"is_control": marks}), **CALL, control="is_control").to_frame()
        pd.testing.assert_frame_equal(one, two)


def test_series_that_drift_apart_are_said(rng):
    y, c = rng.normal(size=48), rng.normal(size=48)
    apart = interrupted_series(frame(y + 0.3 * np.arange(48), c=c), **CALL, control="c")
    assert status(apart, "comparable") == "warn"
    assert status(interrupted_series(frame(y, c=c - y.mean()), **CALL, control="c"), "comparable") == "pass"


def test_the_grade_is_of_the_design(rng):
    y = rng.normal(0, 0.1, 48) + 5 * (np.arange(48) >= 24)
    single = interrupted_series(frame(y), **CALL)
    paired = interrupted_series(frame(y, c=rng.normal(0, 0.1, 48)), **CALL, control="c")
    assert grade(single.design, single.checks, estimate=single.get(term="level_change")).letter == "D"
    assert grade(paired.design, paired.checks, estimate=paired.get(term="level_change")).letter in "CD"
    assert grade(paired.design, [c for c in paired.checks if c.status == "pass"]).letter == "C"


def test_fitted_and_counterfactual_are_the_lines():
    t = np.arange(12)
    wiggle = np.resize([0.1, -0.1, -0.1, 0.1], 12)
    y = 1 + 0.5 * t + (2 + 0.25 * (t - 8)) * (t >= 8) + wiggle
    found = interrupted_series(frame(y), **CALL | {"start": 8}, errors="newey_west", lags=0)
    lines = found.fitted
    gap = (lines["fitted"] - lines["counterfactual"]).to_numpy()
    assert list(lines.columns) == ["period", "observed", "fitted", "counterfactual"]
    assert gap[:8] == pytest.approx(np.zeros(8))
    assert gap[11] == pytest.approx(found.get(term="effect_at_end").estimate)
    assert gap[8:].mean() == pytest.approx(found.get(term="effect_mean").estimate)


def test_dates_months_periods_and_numbers_agree(rng):
    y = ar1(rng)
    numbers = interrupted_series(frame(y), **CALL).to_frame()
    weeks = pd.date_range("2024-01-01", periods=48, freq="W-MON", name="t")
    months = pd.date_range("2020-01-31", periods=48, freq="ME")
    aware = weeks.tz_localize("Europe/Berlin")  # summer time inside
    for dates, start in (
        (weeks, weeks[24]),
        (weeks, weeks[24].date()),
        (weeks, str(weeks[24].date())),
        (weeks, weeks[24] - pd.Timedelta(days=3)),  # in mid-week: the first period not before it
        (aware, aware[24]),
        (months, months[24]),
        (months.to_period("M"), months.to_period("M")[24]),
        (pd.date_range("2020-01-01", periods=48, freq="QS"), "2026-01-01"),
    ):
        data = pd.DataFrame({"t": dates, "y": y}).sample(frac=1, random_state=3)
        found = interrupted_series(data, outcome="y", period="t", start=start).to_frame()
        pd.testing.assert_frame_equal(found, numbers)


def test_units_and_origins_change_nothing_but_the_slope(rng):
    y = ar1(rng)
    plain = interrupted_series(frame(y), **CALL)
    years = frame(y).assign(t=1900 + 2 * np.arange(48))
    other = interrupted_series(years, **CALL | {"start": 1948})
    assert other.get(term="level_change").estimate == pytest.approx(
        plain.get(term="level_change").estimate, rel=1e-6
    )
    assert other.get(term="level_change").p_value == pytest.approx(
        plain.get(term="level_change").p_value, rel=1e-5
    )
    assert other.get(term="slope_change").estimate == pytest.approx(
        plain.get(term="slope_change").estimate / 2, rel=1e-6
    )
    thousand = interrupted_series(frame(1000 * y + 1e6), **CALL)
    assert thousand.get(term="level_change").conf_low == pytest.approx(
        1000 * plain.get(term="level_change").conf_low, rel=1e-5
    )


def test_gaps_are_said_and_keep_their_place(rng):
    y = ar1(rng)
    holes = frame(y)
    holes.loc[[5, 30], "y"] = np.nan
    dropped = frame(y).drop(index=[5, 30])
    one, two = interrupted_series(holes, **CALL), interrupted_series(dropped, **CALL)
    pd.testing.assert_frame_equal(one.to_frame(), two.to_frame())
    assert status(one, "gaps") == status(two, "gaps") == "warn"
    assert one.get(term="trend").n == 46


@pytest.mark.parametrize(
    ("before", "after", "expected"), [(20, 20, "pass"), (7, 20, "warn"), (20, 2, "fail")]
)
def test_short_series_are_said(rng, before, after, expected):
    data = frame(rng.normal(size=before + after))
    assert status(interrupted_series(data, **CALL | {"start": before}), "short_series") == expected


def test_what_the_periods_do_not_determine_is_missing_with_a_note(rng):
    one_after = interrupted_series(frame(rng.normal(size=20)), **CALL | {"start": 19})
    rows = one_after.to_frame().set_index("term")
    assert np.isnan(rows.loc["slope_change", "estimate"])
    assert "do not determine" in rows.loc["slope_change", "note"]
    assert np.isfinite(rows.loc[["trend", "level_change", "effect_mean", "effect_at_end"], "estimate"]).all()
    one_before = (
        interrupted_series(frame(rng.normal(size=20)), **CALL | {"start": 1}).to_frame().set_index("term")
    )
    assert np.isnan(one_before.loc[["trend", "slope_change", "level_change"], "estimate"]).all()
    assert np.isfinite(one_before.loc["post_trend", "estimate"])
    tiny = interrupted_series(frame(rng.normal(size=4)), **CALL | {"start": 2}).to_frame()
    assert tiny["estimate"].isna().all()
    assert tiny["note"].str.contains("4 periods cannot carry").all()
    for y in (np.full(30, 0.1), 0.1 * np.arange(30)):
        flat = interrupted_series(frame(y), **CALL).to_frame()
        assert flat["note"].str.contains("no variation is left").all()
    long = interrupted_series(frame(rng.normal(size=20)), **CALL | {"start": 9}, lags=20).to_frame()
    assert long["note"].str.contains("a lag of 20 needs more").all()
    nothing = interrupted_series(frame(np.full(10, np.nan)), **CALL | {"start": 5}).to_frame()
    assert nothing["note"].str.contains("no period has an outcome").all()


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"start": 0}, ValueError, "before or in the first"),
        ({"start": 48}, ValueError, "after the last"),
        ({"start": "2024-01-01"}, TypeError, "is no number"),
        ({"outcome": "z"}, KeyError, "lacks the columns z"),
        ({"errors": "hac"}, ValueError, "`errors` is 'hac'"),
        ({"lags": -1}, ValueError, "`lags` is -1"),
        ({"lags": 2, "errors": "ar1_reml"}, ValueError, "`lags` goes with"),
        ({"control": "y"}, ValueError, "must be different columns"),
        ({"unit": "g"}, ValueError, "`unit` goes with"),
        ({"start": math.nan}, ValueError, "`start` is missing"),
        ({"shocks": [9, 9]}, ValueError, "cover the same periods"),
        ({"shocks": [99]}, ValueError, "none or all of the periods"),
        ({"shocks": [(12, 8)]}, ValueError, "ends before it begins"),
        ({"shocks": "2024"}, TypeError, "`shocks` must be a sequence"),
        ({"season": 1}, ValueError, "`season` is 1"),
        ({"conf_level": 1}, ValueError, "`conf_level` is 1"),
    ],
)
def test_bad_input_is_said(rng, change, kind, message):
    data = frame(rng.normal(size=48), g="a")
    with pytest.raises(kind, match=message):
        interrupted_series(data, **CALL | change)


def test_bad_periods_are_said(rng):
    data = frame(rng.normal(size=48))
    with pytest.raises(ValueError, match="2 rows"):
        interrupted_series(pd.concat([data, data.tail(1)]), **CALL)
    with pytest.raises(ValueError, match="not evenly spaced"):
        interrupted_series(data.assign(t=np.r_[np.arange(47), 47.3]), **CALL)
    with pytest.raises(TypeError, match="neither numbers nor dates"):
        interrupted_series(data.astype({"t": str}), **CALL)
    with pytest.raises(ValueError, match="is missing in 1 row"):
        interrupted_series(data.assign(t=data["t"].where(data["t"] != 3)), **CALL)
    with pytest.raises(TypeError, match="Give a date"):
        interrupted_series(data.assign(t=pd.date_range("2024-01-01", periods=48, freq="W")), **CALL)
    with pytest.raises(ValueError, match="must mark the control rows"):
        interrupted_series(pd.concat([data, data]).assign(arm="a"), **CALL, control="arm")
    with pytest.raises(ValueError, match="marks no rows as control"):
        interrupted_series(pd.concat([data, data]).assign(arm=False), **CALL, control="arm")


@pytest.mark.filterwarnings("error")
def test_dtypes_order_and_index_change_nothing(rng):
    data = frame(ar1(rng).round(2))
    plain = interrupted_series(data, **CALL).to_frame()
    odd = data.sample(frac=1, random_state=2).set_index(pd.Index(list("ab") * 24))
    for kind in ({"y": "Float64"}, {"t": "Int64"}, {"t": "int8"}, {"y": "float32", "t": "uint16"}):
        pd.testing.assert_frame_equal(interrupted_series(odd.astype(kind), **CALL).to_frame(), plain)


def test_people_come_from_their_column(rng):
    data = frame(rng.normal(size=48), c=rng.normal(size=48), n_people=np.r_[np.full(24, 30), np.full(24, 25)])
    row = interrupted_series(data, **CALL).get(term="level_change")
    assert (row.n_people, row.n_people_total) == (25, 30)
    assert math.isnan(interrupted_series(data.drop(columns="n_people"), **CALL).get(term="trend").n_people)


def test_prewhitening_that_leaves_no_error_gives_no_error():
    """Three lags of four scores fit nine rows exactly: an error of rounding would be significance from nothing."""
    frame = pd.DataFrame({"t": range(12), "y": np.random.default_rng(1).normal(size=12)})
    call = {"outcome": "y", "period": "t", "start": 6, "errors": "hac_auto"}
    found = interrupted_series(frame, **call, prewhite=3).get(term="level_change")
    assert np.isnan(found.std_error)
    assert "prewhitening" in found.note
    assert interrupted_series(frame, **call, prewhite=2).get(term="level_change").std_error > 1e-3
