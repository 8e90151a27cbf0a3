"""Randomised trials: published values, independent fits, checks both ways, edges; simulated truth: prove/trial.py."""

import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats

from tne.measures.trial import trial

KEYS = {"outcome": "y", "arm": "arm", "control": "waitlist"}


def simulate(rng: np.random.Generator, n: int = 200, effect: float = 0.0, rho: float = 0.7) -> pd.DataFrame:
    arm = rng.permutation(np.resize(["trained", "waitlist"], n))
    pre = rng.normal(size=n)
    y = rho * pre + math.sqrt(1 - rho**2) * rng.normal(size=n) + effect * (arm == "trained")
    return pd.DataFrame({"arm": arm, "pre": pre, "y": y})


def in_sessions(rng: np.random.Generator, icc: float = 0.10) -> pd.DataFrame:
    """Scenario S4: 12 sessions of 20, half of the sessions trained, no effect."""
    session = np.repeat(np.arange(12), 20)
    trained = rng.permutation(np.resize(["trained", "waitlist"], 12))[session]
    y = math.sqrt(icc) * rng.normal(size=12)[session] + math.sqrt(1 - icc) * rng.normal(size=240)
    return pd.DataFrame({"arm": trained, "session_id": session, "y": y})


def status(result, name: str) -> str:
    return next(c.status for c in result.checks if c.name == name)


@pytest.mark.published("RCT-NSW-DW")
def test_trial_matches_published_job_training():
    """Dehejia and Wahba's (1999) experimental sample of LaLonde (1986): 1794.34, s.e. 632.85, robust 670.82."""
    causaldata = pytest.importorskip(
        "causaldata", reason="published data: the package causaldata is not installed"
    )
    data = causaldata.nsw_mixtape.load_pandas().data
    keys = {"outcome": "re78", "arm": "treat", "control": 0}
    classical, robust = trial(data, **keys, errors="classical"), trial(data, **keys, errors="HC1")
    assert classical.estimate == pytest.approx(1794.342, abs=5e-4)
    assert classical.std_error == pytest.approx(632.8534, abs=5e-5)
    assert (classical.conf_low, classical.conf_high) == pytest.approx((550.5745, 3038.11), abs=0.005)
    assert robust.std_error == pytest.approx(670.8245, abs=5e-5)
    assert (robust.conf_low, robust.conf_high) == pytest.approx((475.9486, 3112.736), abs=0.005)
    assert trial(data, **keys).std_error == pytest.approx(670.996544667, abs=1e-6)


@pytest.mark.published("RCT-NSW-DW")
def test_published_job_training_from_its_summary():
    """The same study from its printed arms: n 185, 260, mean re78 6349.14, 4554.80, SD 7867.40, 5483.84.

    The HC2 error of the plain difference is Welch's, sqrt(s1²/n1 + s0²/n0) = 671.0 (670.9965 from the rows).
    """
    rng = np.random.default_rng(0)

    def arm(n: int, mean: float, sd: float) -> np.ndarray:
        z = rng.normal(size=n)
        return mean + sd * (z - z.mean()) / z.std(ddof=1)

    data = pd.DataFrame({"arm": ["t"] * 185 + ["c"] * 260})
    data["y"] = np.r_[arm(185, 6349.1435, 7867.4022), arm(260, 4554.8011, 5483.8360)]
    result = trial(data, outcome="y", arm="arm", control="c", ratio={"t": 185, "c": 260})
    assert result.estimate == pytest.approx(1794.342, abs=0.005)
    assert result.std_error == pytest.approx(670.9965, abs=0.01)
    classical = trial(data, outcome="y", arm="arm", control="c", errors="classical")
    assert (classical.conf_low, classical.conf_high) == pytest.approx((550.57, 3038.11), abs=0.05)
    assert status(result, "sample_ratio") == "pass"
    assert status(classical, "sample_ratio") == "fail"


def test_plain_difference_equals_welch_and_its_df_equals_bell_mccaffrey(rng: np.random.Generator):
    data = simulate(rng, 61, effect=0.5).iloc[5:]
    a, b = data.y[data.arm == "trained"], data.y[data.arm == "waitlist"]
    result = trial(data, **KEYS)
    welch = stats.ttest_ind(a, b, equal_var=False)
    assert result.statistic == pytest.approx(welch.statistic, rel=1e-10)
    m, k = len(a), len(b)
    df = (1 / m + 1 / k) ** 2 / (1 / (m**2 * (m - 1)) + 1 / (k**2 * (k - 1)))
    assert result.df == pytest.approx(df, rel=1e-9)


def test_adjusted_difference_equals_interacted_regression(rng: np.random.Generator):
    data = simulate(rng, 80, effect=0.5)
    data["centred"] = data.pre - data.pre.mean()
    other = smf.ols("y ~ C(arm, Treatment('waitlist')) * centred", data).fit(cov_type="HC2", use_t=True)
    result = trial(data, **KEYS, baseline="pre", errors="HC2").get(term="adjusted_difference")
    name = "C(arm, Treatment('waitlist'))[T.trained]"
    assert result.estimate == pytest.approx(other.params[name], rel=1e-9)
    assert result.std_error == pytest.approx(other.bse[name], rel=1e-9)
    assert [result.conf_low, result.conf_high] == pytest.approx(other.conf_int().loc[name].tolist(), rel=1e-8)


def test_a_baseline_adjusts_the_one_row_and_keeps_the_plain_difference_beside_it(rng: np.random.Generator):
    data = simulate(rng)
    result = trial(data, **KEYS, baseline="pre")
    assert result.to_frame()["term"].tolist() == ["adjusted_difference"]
    assert result.estimate == result.to_frame()["estimate"].iloc[0]
    assert result.headline.checks == result.checks
    plain = trial(data, **KEYS)
    assert plain.to_frame()["term"].tolist() == ["difference"]
    pd.testing.assert_frame_equal(result.unadjusted.to_frame(), plain.to_frame())
    assert result.get(term="difference").estimate == plain.estimate


def test_three_arms_have_a_row_each_and_no_single_headline(rng: np.random.Generator):
    data = simulate(rng, 150).assign(arm=np.resize(["trained", "waitlist", "video"], 150))
    result = trial(data, **KEYS, baseline="pre")
    assert result.to_frame()["arm"].tolist() == ["trained", "video"]
    assert result.get(arm="video", term="difference").n == 100
    with pytest.raises(ValueError, match=r"Choose one with \.get"):
        _ = result.estimate


def test_singleton_clusters_reduce_to_hc2(rng: np.random.Generator):
    data = simulate(rng, 40)
    one, two = trial(data, **KEYS), trial(data.assign(s=np.arange(40)), **KEYS, cluster="s")
    for field in ("estimate", "std_error", "df", "p_value"):
        assert getattr(two, field) == pytest.approx(getattr(one, field), rel=1e-9)


def test_equal_clusters_equal_the_t_test_of_their_means(rng: np.random.Generator):
    """Balanced clusters, same number in both arms: exactly the two-sample t of the cluster means."""
    data = in_sessions(rng)
    means = data.groupby(["arm", "session_id"])["y"].mean()
    other = stats.ttest_ind(means["trained"], means["waitlist"])
    result = trial(data, **KEYS, cluster="session_id")
    assert (result.statistic, result.df, result.p_value) == pytest.approx(
        (other.statistic, 10, other.pvalue), rel=1e-9
    )


def test_invariance_to_shift_scale_and_order(rng: np.random.Generator):
    data = simulate(rng, 60, effect=0.3)
    one = trial(data, **KEYS, baseline="pre")
    moved = data.assign(y=data.y * 50 + 1000, pre=data.pre * 9 - 4).sample(frac=1, random_state=3)
    two = trial(moved, **KEYS, baseline="pre")
    assert two.estimate == pytest.approx(50 * one.estimate, rel=1e-9)
    assert (two.statistic, two.df) == pytest.approx((one.statistic, one.df), rel=1e-8)


def test_sample_ratio_is_silent_and_loud(rng: np.random.Generator):
    data = simulate(rng, 400)
    assert status(trial(data, **KEYS), "sample_ratio") == "pass"
    uneven = data.drop(data.index[data.arm == "waitlist"][:110])
    assert status(trial(uneven, **KEYS), "sample_ratio") == "fail"
    assert status(trial(uneven, **KEYS, ratio={"trained": 200, "waitlist": 90}), "sample_ratio") == "pass"


def test_sample_ratio_counts_clusters_where_clusters_were_assigned():
    """Six teams of 30 against six of 12: people 180 to 72, but teams 6 to 6."""
    rng = np.random.default_rng(4)
    team = np.repeat(np.arange(12), [30] * 6 + [12] * 6)
    data = pd.DataFrame(
        {"team": team, "arm": np.where(team < 6, "trained", "waitlist"), "y": rng.normal(size=252)}
    )
    check = next(c for c in trial(data, **KEYS, cluster="team").checks if c.name == "sample_ratio")
    assert check.status == "pass"
    assert "clusters" in check.detail


def test_differential_attrition_passes_at_five_points_and_fails_above():
    data = pd.DataFrame({"arm": ["trained"] * 100 + ["waitlist"] * 100, "y": np.resize([1.0, 2, 4], 200)})
    for lost, expected in ((0, "pass"), (5, "pass"), (6, "fail")):
        gone = data.assign(y=data.y.where(np.arange(200) >= lost))
        result = trial(gone, **KEYS)
        assert status(result, "differential_attrition") == expected
        assert result.n == 200 - lost
    both = data.assign(y=data.y.where(np.arange(200) % 10 > 0))
    assert status(trial(both, **KEYS), "differential_attrition") == "pass"


def test_balance_is_silent_and_loud(rng: np.random.Generator):
    alike = simulate(rng, 200)
    alike["pre"] -= alike.groupby("arm")["pre"].transform("mean")
    assert status(trial(alike, **KEYS, baseline="pre"), "balance") == "pass"
    apart = simulate(rng, 200)
    apart["pre"] += 0.8 * (apart.arm == "trained")
    assert status(trial(apart, **KEYS, baseline="pre"), "balance") == "fail"
    assert status(trial(apart, **KEYS), "balance") == "not_run"


def test_balance_hears_many_small_gaps_together(rng: np.random.Generator):
    """Ten baselines, each .25 SD apart: no gap is striking, all of them together are; equals statsmodels' F."""
    data = simulate(rng, 300)
    names = [f"x{i}" for i in range(10)]
    x = rng.normal(size=(300, 10))
    for a in ("trained", "waitlist"):
        here = (data.arm == a).to_numpy()
        x[here] = (x[here] - x[here].mean(axis=0)) / x[here].std(axis=0)
    alike = data.assign(**dict(zip(names, x.T, strict=True)))
    assert status(trial(alike, **KEYS, baseline=names), "balance") == "pass"
    shift = 0.25 * (data.arm == "trained").to_numpy()[:, None]
    apart = data.assign(**dict(zip(names, (x + shift).T, strict=True)))
    check = next(c for c in trial(apart, **KEYS, baseline=names).checks if c.name == "balance")
    assert check.status == "fail"
    other = smf.ols("t ~ " + " + ".join(names), apart.assign(t=(apart.arm == "trained") * 1.0)).fit()
    alone = stats.ttest_ind(apart.x0[apart.arm == "trained"], apart.x0[apart.arm == "waitlist"]).pvalue
    assert other.f_pvalue < alone
    assert f"p = {2 * other.f_pvalue:.3f}" in check.detail


def test_pairs_equal_the_paired_t_test(rng: np.random.Generator):
    one = rng.normal(1, 1, 12)
    two = 0.5 * one + rng.normal(size=12)
    data = pd.DataFrame(
        {"y": [*one, *two], "arm": ["trained"] * 12 + ["waitlist"] * 12, "pair": [*range(12)] * 2}
    )
    result = trial(data.sample(frac=1, random_state=1), **KEYS, strata="pair")
    other = stats.ttest_rel(one, two)
    assert (result.statistic, result.df, result.p_value) == pytest.approx((other.statistic, 11, other.pvalue))
    assert result.term == "adjusted_difference"


def test_strata_by_hand(rng: np.random.Generator):
    """Strata of unequal shares: the differences weighted by people, and Neyman's variance of each."""
    data = pd.DataFrame({"s": np.repeat(["a", "b", "c"], [20, 30, 14])})
    data["arm"] = np.concatenate(
        [np.repeat(["trained", "waitlist"], k) for k in ((5, 15), (15, 15), (10, 4))]
    )
    data["y"] = rng.normal(size=64) + 3 * (data.s == "c")
    effect = variance = 0.0
    for _, part in data.groupby("s"):
        t, c = part.y[part.arm == "trained"], part.y[part.arm == "waitlist"]
        effect += len(part) / 64 * (t.mean() - c.mean())
        variance += (len(part) / 64) ** 2 * (t.var() / len(t) + c.var() / len(c))
    result = trial(data, **KEYS, strata="s")
    assert (result.estimate, result.std_error) == pytest.approx((effect, math.sqrt(variance)))
    assert abs(result.get(term="difference").estimate - effect) > 0.3
    # a baseline that only tells the strata apart is no imbalance within them
    assert status(trial(data.assign(x=data.y.groupby(data.s).transform("mean") + rng.normal(size=64) / 9),
        **KEYS, baseline="x", strata="s"), "balance") == "pass"  # fmt: skip


def test_few_clusters_adjust_with_one_slope(rng: np.random.Generator):
    """Three teams an arm cannot have a slope each for a baseline of the team."""
    data = in_sessions(rng)
    data = data[data.session_id.isin([*data.session_id[data.arm == "trained"].unique()[:3],
        *data.session_id[data.arm == "waitlist"].unique()[:3]])].assign(pre=lambda d: np.sin(d.session_id))  # fmt: skip
    result = trial(data, **KEYS, cluster="session_id", baseline="pre")
    other = smf.ols("y ~ C(arm, Treatment('waitlist')) + pre", data).fit()
    assert result.estimate == pytest.approx(other.params.iloc[1])
    assert "one slope" in result.note


@pytest.mark.parametrize("dtype", ["string", "category", object])
def test_any_column_types(rng: np.random.Generator, dtype):
    data = simulate(rng, 60).assign(y=lambda d: d.y > 0)
    one = trial(data, **KEYS, baseline="pre")
    other = data.astype({"arm": dtype, "y": "boolean", "pre": "Float64"})
    other.index = [0] * 60
    assert trial(other, **KEYS, baseline="pre").estimate == pytest.approx(one.estimate)
    mixed = data.assign(arm=data.arm.map({"trained": 1, "waitlist": "waitlist"}).astype(object))
    assert trial(mixed, **KEYS).to_frame()["arm"].tolist() == [1]


def test_few_clusters_do_not_pass(rng: np.random.Generator):
    data = in_sessions(rng)
    assert status(trial(data, **KEYS, cluster="session_id"), "clusters") == "pass"
    few = data[data.session_id % 12 < 9]
    assert status(trial(few, **KEYS, cluster="session_id"), "clusters") == "fail"
    nested = data.assign(s=np.where(data.arm == "trained", data.session_id % 2, np.arange(240) + 100))
    assert status(trial(nested, **KEYS, cluster="s"), "clusters") == "warn"
    alone = data.assign(s=np.where(data.arm == "trained", 0, np.arange(240) + 100))
    result = trial(alone, **KEYS, cluster="s")
    assert math.isnan(result.std_error)
    assert "cluster alone" in result.note


def test_missing_baselines_cost_no_people(rng: np.random.Generator):
    data = simulate(rng, 200, effect=0.5)
    result = trial(data.assign(pre=data.pre.where(rng.random(200) > 0.2)), **KEYS, baseline="pre")
    assert result.n == 200
    assert "missing baselines" in result.note
    assert result.std_error < trial(data, **KEYS).std_error


@pytest.mark.parametrize("baseline", [None, "pre"])
@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 5])
def test_tiny_trials_never_stop_a_batch(rng: np.random.Generator, baseline, size: int):
    data = simulate(rng, 20).sort_values("arm").iloc[[10, 9, 11, 8, 12, 7]].head(size)
    result = trial(data, **KEYS, baseline=baseline)
    headline = result.headline
    assert headline.note or headline.p_value > 0
    if size < 4:
        assert math.isnan(headline.estimate)


def test_undefined_trials_are_noted(rng: np.random.Generator):
    data = simulate(rng, 40)
    for broken in (data.assign(y=np.nan), data[data.arm == "waitlist"], data.assign(y=1.0)):
        headline = trial(broken, **KEYS, baseline="pre").headline
        assert math.isnan(headline.p_value)
        assert headline.note
    flat = trial(data.assign(pre=1.0), **KEYS, baseline="pre")
    assert math.isnan(flat.estimate)
    assert flat.get(term="difference").p_value > 0


def test_bad_input_is_refused_in_words(rng: np.random.Generator):
    data = simulate(rng, 20)
    with pytest.raises(ValueError, match="has no control"):
        trial(data, outcome="y", arm="arm", control="control")
    with pytest.raises(ValueError, match="missing"):
        trial(data.assign(arm=data.arm.where(data.index > 2)), **KEYS)
    with pytest.raises(ValueError, match="`ratio` lacks"):
        trial(data, **KEYS, ratio={"trained": 1})
    with pytest.raises(ValueError, match="above 0"):
        trial(data, **KEYS, ratio={"trained": 1, "waitlist": 0})
    with pytest.raises(KeyError, match="lacks"):
        trial(data, **KEYS, strata="site")
    with pytest.raises(ValueError, match="needs `cluster`"):
        trial(data, **KEYS, errors="CR2")
    with pytest.raises(ValueError, match="missing"):
        trial(data.assign(s=np.nan), **KEYS, cluster="s")


@pytest.mark.parametrize("size", range(9))
@pytest.mark.parametrize("keys", [{}, {"baseline": "pre"}, {"baseline": "pre", "cluster": "team"}])
def test_tiny_trials_in_strata_never_stop_a_batch(rng: np.random.Generator, size: int, keys: dict):
    data = simulate(rng, 40).assign(s=np.repeat(range(4), 10), team=np.repeat(range(20), 2))
    data["arm"] = np.resize(["waitlist", "trained"], 40)
    headline = trial(data.head(size), **KEYS, strata="s", **keys).headline
    assert headline.note or headline.p_value >= 0


def test_strata_with_one_arm_are_noted(rng: np.random.Generator):
    data = simulate(rng, 40).assign(s=np.repeat(range(4), 10), arm=np.resize(["waitlist", "trained"], 40))
    data.loc[data.s == 2, "arm"] = "trained"
    result = trial(data, **KEYS, strata="s")
    assert "1 strata with one arm only" in result.note
    told = trial(data.assign(s=data.arm), **KEYS, strata="s")
    assert math.isnan(told.estimate)
    assert "cannot be told apart" in told.note


def test_several_rows_of_a_person_are_said():
    rng = np.random.default_rng(5)
    people = pd.DataFrame({"moderator_id": range(40), "arm": [0, 1] * 20, "y": rng.normal(size=40)})
    twice = pd.concat([people, people], ignore_index=True)
    keys = {"outcome": "y", "arm": "arm", "control": 0}
    assert "repeated_people" in {c.name for c in trial(twice, **keys).checks if c.status == "warn"}
    for silent in (trial(people, **keys), trial(twice, **keys, cluster="moderator_id")):
        assert "repeated_people" not in {c.name for c in silent.checks}


@pytest.mark.parametrize("useless", [3.0, np.nan, "twice"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_baseline_that_says_nothing_leaves_the_joint_test_of_the_others(rng, useless, place):
    people = pd.DataFrame({"arm": np.resize(["trained", "waitlist"], 40), "y": rng.normal(size=40)})
    people["a"], people["b"] = rng.normal(size=40), rng.normal(size=40)
    people["c"] = 2 * people["a"] if useless == "twice" else useless
    named = ["a", "b"]
    named.insert(place, "c")
    keys = {"outcome": "y", "arm": "arm", "control": "waitlist"}
    with_it, without = (trial(people, baseline=columns, **keys) for columns in (named, ["a", "b"]))
    assert with_it.estimate == pytest.approx(without.estimate, rel=1e-9)
    found = next(check for check in with_it.checks if check.name == "balance")
    assert found.status in ("pass", "warn")
    assert "(p = " in found.detail
