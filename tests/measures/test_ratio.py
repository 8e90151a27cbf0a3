"""Benefits against costs: published Fieller intervals, scipy's bootstrap, by hand, invariances, edges."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tne.measures.ratio import fieller, quantile_of
from tne.measures.value import benefit_cost
from tne.result import Estimate

# Efron and Tibshirani (1993), An Introduction to the Bootstrap, table 10.1: old patch − placebo, new − old patch
PATCH_Z = [8406, 2342, 8187, 8459, 4795, 3516, 4796, 10238]
PATCH_Y = [-1200, 2601, -2705, 1982, -1290, 351, -638, -2719]
# Cochran (1977), table 6.1, ten of its 49 cities (Davison and Hinkley 1997, example 1.2): 1930 and 1920, thousands
CITY_X = [143, 104, 69, 260, 75, 63, 50, 48, 111, 50]
CITY_U = [138, 93, 61, 179, 48, 37, 29, 23, 30, 2]


def known(value: float, error: float, df: float = math.nan) -> Estimate:
    return Estimate(term="x", estimate=value, std_error=error, df=df)


def status(result, name: str) -> str:
    return next(c.status for c in result.checks if c.name == name)


@pytest.mark.published("ROI-FORMULA")
def test_return_matches_published_identity():
    """Phillips: benefits 240,000 and costs 80,000 give a ratio of 3 and a return of 200 %; ROI % = 100 (BCR − 1)."""
    found = benefit_cost(benefits=240000, costs=80000)
    assert (found.bcr.estimate, found.roi.estimate, found.npv.estimate) == (3.0, 200.0, 160000.0)
    assert math.isnan(found.bcr.conf_low)
    assert "no standard error" in found.bcr.note


def test_fieller_interval_of_patches_matches_published():
    """Efron and Tibshirani (1993), patch data: ratio −.0713, error .105, Fieller's 90 % −.249 to .170."""
    found = benefit_cost(benefits=PATCH_Y, costs=PATCH_Z, draws=20000, seed=1, conf_level=0.9)
    exact = found.get(term="bcr", interval="fieller")
    assert found.bcr.estimate == pytest.approx(-0.0713, abs=5e-5)
    assert (exact.conf_low, exact.conf_high) == pytest.approx((-0.249, 0.170), abs=5e-4)
    assert found.bcr.std_error == pytest.approx(0.105, rel=0.12)
    drawn = found.replicates["benefits"] / found.replicates["costs"]
    assert drawn.mean() - found.bcr.estimate == pytest.approx(0.0043, abs=0.005)  # bias, of 400 draws there


def test_fieller_interval_matches_published_documentation_of_dcstats():
    """DCSTATS, README: 14 ± 3 over 7 ± 2, 10 degrees of freedom, t = 1.812461: 1.051413 to 4.414296."""
    found = benefit_cost(benefits=(14, 3), costs=(7, 2), df=10, conf_level=0.9).bcr
    assert (found.conf_low, found.conf_high) == pytest.approx((1.051413, 4.414296), abs=1e-6)
    assert found.std_error == pytest.approx(0.714286, abs=1e-6)


@pytest.mark.parametrize(
    ("level", "low", "high"), [(0.90, 1.54, 2.64), (0.95, 1.46, 2.83), (0.99, 1.27, 3.36)]
)
def test_fieller_interval_matches_published_calculator(level, low, high):
    """GraphPad QuickCalcs: means 14 and 7, SD 3 and 2, six rows each (printed in the README of DCSTATS)."""
    sides = known(14, 3 / math.sqrt(6)), known(7, 2 / math.sqrt(6))
    found = benefit_cost(benefits=sides[0], costs=sides[1], df=10, conf_level=level).bcr
    assert (found.conf_low, found.conf_high) == pytest.approx((low, high), abs=0.0051)


def test_fieller_limits_are_where_the_test_just_rejects_by_hand(rng):
    """At each limit R the paired t test of benefits − R · costs has exactly p = 1 − conf_level."""
    costs = rng.gamma(9, 2, 40)
    benefits = 1.3 * costs + rng.normal(0, 6, 40)
    found = benefit_cost(benefits=benefits, costs=costs).bcr
    for limit in (found.conf_low, found.conf_high):
        assert stats.ttest_1samp(benefits - limit * costs, 0).pvalue == pytest.approx(0.05, abs=1e-9)
    net = benefit_cost(benefits=benefits, costs=costs).npv
    same = stats.ttest_rel(benefits, costs)
    assert (net.statistic, net.p_value) == pytest.approx((same.statistic, same.pvalue))
    assert (net.conf_low, net.conf_high) == pytest.approx(tuple(same.confidence_interval()))


def test_separate_samples_equal_welch(rng):
    b, c = rng.normal(12, 5, 25), rng.normal(10, 2, 15)
    found = benefit_cost(benefits=b, costs=c, paired=False).npv
    same = stats.ttest_ind(b, c, equal_var=False)
    assert (found.statistic, found.df, found.p_value) == pytest.approx((same.statistic, same.df, same.pvalue))


@pytest.mark.parametrize(("method", "interval"), [("percentile", "percentile"), ("BCa", "bca")])
@pytest.mark.parametrize("paired", [True, False])
def test_bootstrap_intervals_equal_scipy(method, interval, paired):
    x, u = np.array(CITY_X, dtype=float), np.array(CITY_U, dtype=float)
    if not paired:
        x, u = np.array(PATCH_Z, dtype=float), u + 50
    found = benefit_cost(benefits=x, costs=u, paired=paired, draws=40000, seed=5).get(
        term="bcr", interval=interval
    )
    same = stats.bootstrap(
        (x, u),
        lambda a, b, axis=-1: a.mean(axis=axis) / b.mean(axis=axis),
        paired=paired,
        vectorized=True,
        n_resamples=40000,
        method=method,
        rng=7,
    )
    wide = found.conf_high - found.conf_low
    assert (found.conf_low, found.conf_high) == pytest.approx(
        tuple(same.confidence_interval), abs=0.03 * wide
    )
    assert found.std_error == pytest.approx(float(same.standard_error), rel=0.05)


def test_city_ratio_matches_published():
    """Davison and Hinkley (1997), example 1.2: the ratio of means of the ten cities is 1.520."""
    assert benefit_cost(benefits=CITY_X, costs=CITY_U).bcr.estimate == pytest.approx(1.520, abs=5e-4)


def test_mean_of_uncertain_ratios_is_never_taken(rng):
    """Benefit N(120, 30), cost N(100, 20): the mean of ratios is .05 too high, and a check says so."""
    b, c = rng.normal(120, 30, 2000), rng.normal(100, 20, 2000)
    found = benefit_cost(benefits=b, costs=c)
    assert found.bcr.estimate == b.mean() / c.mean()
    assert np.mean(b / c) - found.bcr.estimate > 0.03
    assert status(found, "mean_of_ratios") == "warn"
    summary = benefit_cost(benefits=(120, 30), costs=(100, 20), draws=2000)
    assert summary.roi.estimate == pytest.approx(20.0)
    assert status(summary, "mean_of_ratios") == "warn"
    fixed = benefit_cost(benefits=b, costs=np.full(2000, 100.0))
    assert status(fixed, "mean_of_ratios") == "pass"
    assert status(benefit_cost(benefits=(120, 30), costs=(100, 0)), "mean_of_ratios") == "pass"


def test_sets_that_are_no_interval_are_said_and_have_no_limits():
    outside = benefit_cost(benefits=(1, 0.7), costs=(1, 0.7), draws=4000, seed=2)
    line = benefit_cost(benefits=(1, 0.75), costs=(1, 0.75))
    assert (outside.fieller.shape, line.fieller.shape) == ("outside", "line")
    for found in (outside, line):
        row = found.get(term="bcr", interval="fieller")
        assert math.isnan(row.conf_low)
        assert math.isnan(row.conf_high)
        assert "no interval" in row.note
        assert status(found, "costs_near_zero") == "fail"
    assert math.isnan(outside.bcr.conf_low)
    assert "of the draws" in outside.bcr.note
    q = stats.norm.ppf(0.975)
    for limit in (
        outside.fieller.low,
        outside.fieller.high,
    ):  # by hand: the test just rejects at the gap's ends
        assert abs(1 - limit) == pytest.approx(q * math.hypot(0.7, 0.7 * limit))
    assert fieller(1, q, (0.1, 1.0, 0.0), q).shape == "half_line"


def test_percentiles_beyond_a_change_of_sign_stand_at_infinity(rng):
    """Costs 2.2 errors from 0: a few draws cross. Ordered by angle the limits are close to Fieller's."""
    found = benefit_cost(benefits=(10, 1), costs=(2.2, 1), draws=400_000, seed=3)
    exact = found.get(term="bcr", interval="fieller")
    assert exact.conf_high > 20
    assert found.bcr.conf_high > 20
    assert found.bcr.conf_low == pytest.approx(exact.conf_low, rel=0.02)
    assert "of the other sign" in found.bcr.note
    assert math.isnan(found.bcr.std_error)
    naive = np.quantile(found.replicates["benefits"] / found.replicates["costs"], 0.025)
    assert naive < 0.95 * exact.conf_low  # what ordering by size alone would have said


def test_covariance_narrows_and_scales_with_currency():
    alone = benefit_cost(benefits=(120, 30), costs=(100, 20))
    joint = benefit_cost(benefits=(120, 30), costs=(100, 20), covariance=450)
    assert joint.bcr.conf_high - joint.bcr.conf_low < alone.bcr.conf_high - alone.bcr.conf_low
    other = benefit_cost(benefits=(120e9, 30e9), costs=(100e9, 20e9), covariance=450e18)
    assert other.bcr.conf_high == pytest.approx(joint.bcr.conf_high)
    assert other.npv.conf_high == pytest.approx(1e9 * joint.npv.conf_high)
    flipped = benefit_cost(benefits=(-120, 30), costs=(-100, 20), covariance=450)
    assert flipped.bcr.conf_low == pytest.approx(joint.bcr.conf_low)
    down = benefit_cost(benefits=(-120, 30), costs=(100, 20), covariance=-450).bcr
    assert (down.conf_low, down.conf_high) == pytest.approx((-joint.bcr.conf_high, -joint.bcr.conf_low))


def test_order_index_and_type_of_rows_do_not_matter(rng):
    b, c = rng.integers(50, 90, 30), rng.integers(30, 60, 30)
    plain = benefit_cost(benefits=b, costs=c).to_frame()
    order = rng.permutation(30)
    series = [pd.Series(side[order], index=order, dtype="Int64") for side in (b, c)]
    odd = benefit_cost(benefits=series[0], costs=series[1]).to_frame()
    pd.testing.assert_frame_equal(plain, odd)
    pd.testing.assert_frame_equal(
        plain, benefit_cost(benefits=list(b), costs=pd.array(c, dtype="Float64")).to_frame()
    )


def test_rows_pair_by_place_and_an_index_in_another_order_is_refused():
    frame = pd.DataFrame({"b": [5.0, 6, 9], "c": [1.0, 2, 2.5], "arm": list("tcc")})
    away = frame["c"].iloc[::-1]
    with pytest.raises(ValueError, match="another order"):
        benefit_cost(benefits=frame["b"], costs=away)
    with pytest.raises(ValueError, match="another order"):
        benefit_cost(benefits=frame["b"], costs=frame["c"], arm=frame["arm"].iloc[::-1], control="c")
    other = frame["c"].set_axis([7, 8, 9])
    assert benefit_cost(benefits=frame["b"], costs=other).bcr.estimate == pytest.approx(20 / 5.5)
    assert benefit_cost(benefits=frame["b"], costs=away, paired=False).bcr.n == 6


def test_missing_rows_leave_in_pairs_and_are_counted():
    found = benefit_cost(benefits=[1.0, 2, None, 4, 5], costs=pd.Series([1, 1, 1, pd.NA, 2], dtype="Int64"))
    assert found.bcr.n == 3
    assert found.bcr.estimate == pytest.approx(2.0)
    assert status(found, "missing") == "warn"
    assert status(benefit_cost(benefits=[1, 2], costs=[1, 2]), "missing") == "pass"


def test_seed_repeats_and_another_one_differs():
    call = {"benefits": CITY_X, "costs": CITY_U, "draws": 500}
    one, same, other = (benefit_cost(**call, seed=s).bcr.conf_high for s in (1, 1, 2))
    assert one == same != other
    assert benefit_cost(**call).bcr.conf_high == benefit_cost(**call).bcr.conf_high


@pytest.mark.parametrize(
    ("benefits", "costs", "said"),
    [
        (float("nan"), 5, "unknown"),
        ((math.nan, 1), (5, 1), "unknown"),
        (5, 0, "costs are 0"),
        ((5, 1), (0, 0), "costs are 0"),
        ([], [], "unknown"),
        ([3.0], [2.0], "fewer than two rows"),
        ((5, math.nan), (4, 1), "no standard error"),
    ],
)
@pytest.mark.parametrize("draws", [None, 200])
def test_undefined_has_no_limits_and_a_note(benefits, costs, said, draws):
    found = benefit_cost(benefits=benefits, costs=costs, draws=draws)
    assert math.isnan(found.bcr.conf_low)
    assert said in found.bcr.note
    assert str(found)
    assert found._repr_html_()


def test_no_benefit_is_a_return_of_minus_one_hundred():
    found = benefit_cost(benefits=0, costs=(5, 1))
    assert (found.bcr.estimate, found.roi.estimate, found.roi.conf_low) == (0, -100, -100)
    assert found.probability_pays == pytest.approx(stats.norm.cdf(-5))


def test_a_price_beside_an_estimate_is_known():
    found = benefit_cost(benefits=(120, 30), costs=100)
    half = stats.norm.ppf(0.975) * 30
    assert (found.bcr.conf_low, found.bcr.conf_high) == pytest.approx((1.2 - half / 100, 1.2 + half / 100))
    assert found.probability_pays == pytest.approx(stats.norm.cdf(20 / 30))


def test_people_stand_in_every_row():
    b = Estimate(term="b", estimate=5, std_error=1, n_people=12, n_people_total=40)
    table = benefit_cost(benefits=b, costs=(4, 1), draws=200).to_frame()
    assert set(table["n_people"]) == {12}
    assert set(table["n_people_total"]) == {40}
    assert table[["interval", "term"]].duplicated().sum() == 0


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        ({"benefits": [1, 2, 3], "costs": [1, 2]}, ValueError, "paired=False"),
        ({"benefits": (1, -1), "costs": (1, 1)}, ValueError, "standard error"),
        ({"benefits": (1, 1, 1), "costs": (1, 1)}, ValueError, "tuple of 3"),
        (
            {"benefits": (1, 1), "costs": (1, 1), "covariance": 2},
            ValueError,
            "product of the standard errors",
        ),
        ({"benefits": [1, 2], "costs": [1, 2], "covariance": 0.1}, ValueError, "paired rows have their own"),
        ({"benefits": "12", "costs": 1}, TypeError, "benefits"),
        ({"benefits": ["a", "b"], "costs": [1, 2]}, TypeError, "no numbers"),
        ({"benefits": [1, math.inf], "costs": [1, 2]}, ValueError, "infinite"),
        ({"benefits": pd.DataFrame({"a": [1]}), "costs": [1]}, TypeError, "one column"),
        ({"benefits": 1, "costs": 1, "draws": 10}, ValueError, "draws"),
        ({"benefits": (5, 1), "costs": (4, 1), "df": 0}, ValueError, "df"),
        ({"benefits": 1, "costs": 1, "conf_level": 95}, ValueError, "conf_level"),
    ],
)
def test_bad_input_says_what_to_do(call, error, said):
    with pytest.raises(error, match=said):
        benefit_cost(**call)


def test_quantiles_are_those_of_scipy():
    assert quantile_of(0.95, math.nan) == pytest.approx(stats.norm.ppf(0.975))
    assert quantile_of(0.9, 7) == pytest.approx(stats.t.ppf(0.95, 7))


def in_arms(rng: np.random.Generator, n: int = 60) -> pd.DataFrame:
    """People of two arms: the trained cost 40 more and gain 60 more; gains go with costs."""
    frame = pd.DataFrame({"arm": np.repeat(["control", "trained"], [n, n + 20])})
    trained = (frame["arm"] == "trained").to_numpy()
    frame["cost"] = 100 + 40 * trained + rng.normal(0, 20, len(frame))
    frame["benefit"] = (
        200 + 60 * trained + 0.5 * (frame["cost"] - 100) - 20 * trained + rng.normal(0, 30, len(frame))
    )
    return frame


def test_incremental_limits_are_where_welchs_test_just_rejects(rng):
    people = in_arms(rng)
    found = benefit_cost(
        benefits=people["benefit"], costs=people["cost"], arm=people["arm"], control="control"
    )
    trained, control = (people.loc[people["arm"] == a] for a in ("trained", "control"))
    df = found.bcr.df
    assert found.bcr.estimate == pytest.approx(
        (trained["benefit"].mean() - control["benefit"].mean())
        / (trained["cost"].mean() - control["cost"].mean())
    )
    for limit in (found.bcr.conf_low, found.bcr.conf_high):
        rest = [frame["benefit"] - limit * frame["cost"] for frame in (trained, control)]
        statistic = stats.ttest_ind(*rest, equal_var=False).statistic
        assert 2 * stats.t.sf(abs(statistic), df) == pytest.approx(0.05, abs=1e-9)
    same = stats.ttest_ind(
        trained["benefit"] - trained["cost"], control["benefit"] - control["cost"], equal_var=False
    )
    assert (found.npv.statistic, found.npv.df) == pytest.approx((same.statistic, same.df))
    assert found.bcr.n == len(people)


def test_incremental_bootstrap_equals_scipy(rng):
    people = in_arms(rng)
    parts = [people.loc[people["arm"] == a, ["benefit", "cost"]].to_numpy() for a in ("trained", "control")]
    found = benefit_cost(
        benefits=people["benefit"],
        costs=people["cost"],
        arm=people["arm"],
        control="control",
        draws=40000,
        seed=1,
    )
    for method, name in (("percentile", "percentile"), ("BCa", "bca")):
        same = stats.bootstrap(
            [np.arange(len(part)) for part in parts],
            lambda i, j: float(np.divide(*(parts[0][i].mean(axis=0) - parts[1][j].mean(axis=0)))),
            vectorized=False,
            n_resamples=8000,
            method=method,
            rng=3,
        ).confidence_interval
        one = found.get(term="bcr", interval=name)
        wide = one.conf_high - one.conf_low
        assert (one.conf_low, one.conf_high) == pytest.approx(tuple(same), abs=0.05 * wide)


def test_incremental_edges(rng):
    people = in_arms(rng)
    call = {"benefits": people["benefit"], "costs": people["cost"]}
    order = rng.permutation(len(people))
    mixed = people.iloc[order].astype({"arm": "category"})
    one, other = (
        benefit_cost(benefits=f["benefit"], costs=f["cost"], arm=f["arm"], control="control").bcr.conf_high
        for f in (people, mixed)
    )
    assert one == pytest.approx(other)
    gap = people["benefit"].where(people.index != 3)
    found = benefit_cost(benefits=gap, costs=people["cost"], arm=people["arm"], control="control")
    assert found.bcr.n == len(people) - 1
    assert status(found, "missing") == "warn"
    assert status(found, "mean_of_ratios") == "not_run"
    alone = benefit_cost(benefits=[1, 2, 5], costs=[1, 2, 3], arm=["c", "c", "t"], control="c", draws=200)
    assert math.isnan(alone.bcr.conf_low)
    assert "fewer than two rows" in alone.bcr.note
    with pytest.raises(ValueError, match="rows of arms"):
        benefit_cost(**call, arm=people["arm"], control="control", covariance=1.0)
    with pytest.raises(ValueError, match="two arms"):
        benefit_cost(**call, arm=["x"] * len(people), control="x")
    with pytest.raises(ValueError, match="two arms"):
        benefit_cost(**call, arm=people["arm"], control="waitlist")
    with pytest.raises(ValueError, match="missing in 1 rows"):
        benefit_cost(**call, arm=people["arm"].where(people.index != 3), control="control")
    with pytest.raises(ValueError, match="have 140, 140 and 2 rows"):
        benefit_cost(**call, arm=["a", "b"], control="a")
