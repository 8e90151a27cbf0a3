"""Gains when people leave before the second test: identities, independent programs, tipping points, edges."""

import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.imputation.bayes_mi import MI, BayesGaussMI

from tne.measures.gain import mean_change
from tne.measures.imputation import impute_changes, rubin
from tne.measures.leavers import gain_under_attrition

WAVES = {"pre": "pre", "post": "post"}


def simulate(rng: np.random.Generator, n: int = 400, gain: float = 0.3) -> pd.DataFrame:
    """Scenario S5: gain .3, P(stay) = expit(1 + 1.2 z_pre)."""
    skill = rng.normal(size=n)
    pre, post = skill + rng.normal(0, 0.5, n), skill + gain + rng.normal(0, 0.5, n)
    z = (pre - pre.mean()) / pre.std()
    return pd.DataFrame(
        {"pre": pre, "post": np.where(rng.random(n) < 1 / (1 + np.exp(-1 - 1.2 * z)), post, np.nan)}
    )


def status(result, name: str) -> str:
    return next(c.status for c in result.checks if c.name == name)


def test_rubins_rules_by_hand():
    """Rubin (1987): T = U + (1 + 1/m) B. Barnard and Rubin (1999), eq. 3 with 20 complete-data df.

    By hand: U = 4, B = 1, m = 5: T = 5.2, λ = 1.2/5.2; ν_m = 4/λ² = 75.111; ν_obs = 21/23 · 20 · (1 − λ) = 14.047.
    """
    estimates = np.array([-1.0, 1.0, 0.0, 1.0, -1.0])
    assert estimates.var(ddof=1) == 1
    estimate, std_error, df = rubin(estimates, np.full(5, 4.0), 20)
    assert (estimate, std_error**2) == pytest.approx((0, 5.2), rel=1e-12)
    assert df == pytest.approx(1 / (1 / 75.1111 + 1 / 14.0468), rel=1e-5)


def test_imputation_equals_the_regression_it_draws_from(rng: np.random.Generator):
    """The mean is a + b · mean(pre) − mean(pre), a and b least squares of those who stayed; the error hardly moves."""
    people = simulate(rng)
    stayed = people.dropna()
    line = np.polynomial.polynomial.polyfit(stayed.pre, stayed.post, 1)
    by_regression = line[0] + (line[1] - 1) * people.pre.mean()
    found = [mean_change(people, **WAVES, missing="imputed", seed=s) for s in range(20)]
    assert [f.estimate for f in found] == pytest.approx([by_regression] * 20, rel=1e-9)
    errors = np.array([f.std_error for f in found])
    assert errors.std() < 0.03 * errors.mean()


def test_imputation_equals_statsmodels(rng: np.random.Generator):
    """statsmodels' BayesGaussMI: data augmentation under a bivariate normal, then Rubin's rules."""
    people = simulate(rng, 300)
    np.random.seed(int(rng.integers(2**31)))  # noqa: NPY002 - the library draws from the global state
    engine = BayesGaussMI(people.to_numpy(), cov_prior_df=1)

    def model(imputed):
        x = np.asarray(imputed)
        return x[:, 1] - x[:, 0], np.ones((len(x), 1))

    other = MI(engine, sm.OLS, model_args_fn=model, nrep=200, skip=5, burn=100).fit()
    ours = mean_change(people, **WAVES, missing="imputed")
    assert ours.estimate == pytest.approx(other.params[0], abs=0.2 * ours.std_error)
    assert ours.std_error == pytest.approx(other.bse[0], rel=0.1)


def test_imputed_error_equals_bootstrap(rng: np.random.Generator):
    people = simulate(rng, 300)
    found = []
    for _ in range(300):
        draw = people.iloc[rng.integers(0, 300, 300)]
        stayed = draw.dropna()
        line = np.polynomial.polynomial.polyfit(stayed.pre, stayed.post, 1)
        found.append(line[0] + (line[1] - 1) * draw.pre.mean())
    assert mean_change(people, **WAVES, missing="imputed").std_error == pytest.approx(np.std(found), rel=0.15)


def test_three_answers_stand_side_by_side(rng: np.random.Generator):
    people = simulate(rng, 4000)
    result = gain_under_attrition(people, **WAVES)
    assert result.to_frame()["missing"].tolist() == ["complete", "weighted", "imputed"]
    for way in ("complete", "weighted", "imputed"):
        alone = mean_change(people, **WAVES, missing=way)
        assert result.get(missing=way).estimate == alone.estimate
    assert result.get(missing="complete").estimate < 0.25  # those who began high, and stayed, fall back
    assert result.get(missing="weighted").estimate == pytest.approx(0.3, abs=0.06)
    assert result.get(missing="imputed").estimate == pytest.approx(0.3, abs=0.06)
    assert result.n_left == people.post.isna().sum()
    complete, imputed = result.get(missing="complete"), result.get(missing="imputed")
    assert (complete.n, complete.n_people_total) == (4000 - result.n_left,) * 2
    assert (imputed.n, imputed.n_people, imputed.n_people_total) == (4000, 4000 - result.n_left, 4000)
    assert status(result, "attrition") == "fail"
    assert "tipping_point" in str(result)


def test_tipping_points_are_where_the_gain_and_its_interval_vanish(rng: np.random.Generator):
    """Moving every drawn score by the tipping point, and combining by hand, gives 0."""
    people = simulate(rng, 500)
    result = gain_under_attrition(people, **WAVES)
    vanish, uncertain = (
        result.tipping.get(term=t).estimate for t in ("tipping_point", "tipping_point_of_interval")
    )
    share = people.post.isna().mean()
    assert vanish == pytest.approx(-result.get(missing="imputed").estimate / share, rel=1e-12)
    assert vanish < uncertain < 0
    drawn = impute_changes(people.pre.to_numpy(), people.post.to_numpy())
    for shift, end in ((vanish, "estimate"), (uncertain, "low")):
        full = np.column_stack([np.tile(drawn.seen, (100, 1)), drawn.drawn + shift])
        q, se, df = rubin(full.mean(axis=1), full.var(axis=1, ddof=1) / 500, 499)
        reached = q if end == "estimate" else q - stats.t(df).ppf(0.975) * se
        assert reached == pytest.approx(0, abs=1e-9)


def test_tipping_point_of_a_fall_is_upwards(rng: np.random.Generator):
    people = simulate(rng, 500, gain=-0.4)
    tipping = gain_under_attrition(people, **WAVES).tipping
    assert (
        tipping.get(term="tipping_point").estimate
        > tipping.get(term="tipping_point_of_interval").estimate
        > 0
    )


def test_an_interval_that_holds_zero_has_no_tipping_point(rng: np.random.Generator):
    people = simulate(rng, 40, gain=0.0)
    people["post"] = people.post - mean_change(people, **WAVES, missing="imputed").estimate
    point = gain_under_attrition(people, **WAVES).tipping.get(term="tipping_point_of_interval")
    assert math.isnan(point.estimate)
    assert "already" in point.note


def test_nobody_left_gives_the_paired_t_three_times():
    people = pd.DataFrame({"pre": [1.0, 4, 2, 5, 3, 6], "post": [2.0, 4, 5, 7, 4, 9]})
    result = gain_under_attrition(people, **WAVES)
    columns = ["estimate", "std_error", "df", "p_value", "conf_low", "conf_high"]
    numbers = result.to_frame()[columns].to_numpy(dtype=float)
    assert numbers[1] == pytest.approx(numbers[0], rel=1e-9)
    assert numbers[2] == pytest.approx(numbers[0], rel=1e-9)
    assert result.tipping.table["estimate"].isna().all()
    assert "nobody left" in result.tipping.table["note"][0]
    assert status(result, "overlap") == "pass"


def test_the_same_people_give_the_same_numbers_in_any_order_and_unit(rng: np.random.Generator):
    people = simulate(rng, 200)
    one = mean_change(people, **WAVES, missing="imputed")
    again = mean_change(people, **WAVES, missing="imputed")
    assert one.to_frame().equals(again.to_frame())
    other = mean_change(people.sample(frac=1, random_state=2), **WAVES, missing="imputed")
    assert (other.estimate, other.std_error) == pytest.approx((one.estimate, one.std_error), rel=1e-9)
    scaled = mean_change(people * 10 + 300, **WAVES, missing="imputed")
    assert (scaled.estimate, scaled.std_error) == pytest.approx(
        (10 * one.estimate, 10 * one.std_error), rel=1e-7
    )
    assert mean_change(people, **WAVES, missing="imputed", seed=7).std_error != one.std_error


def test_a_covariate_repairs_what_the_first_score_cannot(rng: np.random.Generator):
    """Who leaves, and changes less, is a matter of site: only with it are both ways near the truth of .5."""
    n = 4000
    site = rng.random(n) < 0.5
    pre = rng.normal(size=n)
    post = 0.5 * pre + 0.5 + np.where(site, 0.5, -0.5) + rng.normal(0, 0.5, n)
    post[rng.random(n) < np.where(site, 0.1, 0.6)] = np.nan
    people = pd.DataFrame({"pre": pre, "post": post, "site": np.where(site, "a", "b")})
    without, told = (
        gain_under_attrition(people, **WAVES),
        gain_under_attrition(people, **WAVES, covariates=["site"]),
    )
    for way in ("weighted", "imputed"):
        assert without.get(missing=way).estimate > 0.65
        assert told.get(missing=way).estimate == pytest.approx(0.5 - pre.mean() * 0.5, abs=0.06)
        assert "site" in told.get(missing=way).method
    assert told.get(missing="complete").estimate == without.get(missing="complete").estimate


def test_everyones_first_score_is_never_held_against_the_others_second(rng: np.random.Generator):
    """The naive .589 of scenario S5 cannot be had: more first scores, or lone second ones, leave the paired change."""
    people = simulate(rng, 800)
    naive = people.post.mean() - people.pre.mean()
    paired = mean_change(people.dropna(), **WAVES)
    assert naive > paired.estimate + 0.2
    found = mean_change(people, **WAVES)
    assert (found.estimate, found.std_error) == (paired.estimate, paired.std_error)
    assert status(found, "attrition") == "fail"
    late = pd.concat([people, pd.DataFrame({"pre": [np.nan] * 50, "post": [9.0] * 50})])
    assert mean_change(late, **WAVES).estimate == paired.estimate
    for way in ("weighted", "imputed"):
        ours, before = (mean_change(f, **WAVES, missing=way).estimate for f in (late, people))
        assert ours == pytest.approx(before, rel=1e-12)


def test_overlap_says_whether_those_who_stayed_can_stand_in(rng: np.random.Generator):
    people = simulate(rng, 800)
    assert status(mean_change(people, **WAVES, missing="imputed"), "overlap") == "pass"
    cut = people.assign(post=(people.pre + 1).where(people.pre > 0.3))
    assert status(mean_change(cut, **WAVES, missing="imputed"), "overlap") == "warn"
    assert math.isnan(mean_change(cut, **WAVES, missing="weighted").estimate)


@pytest.mark.parametrize(
    "people",
    [
        pd.DataFrame({"pre": [], "post": []}, dtype=float),
        pd.DataFrame({"pre": [1.0, 2, 3], "post": [np.nan] * 3}),
        pd.DataFrame({"pre": [1.0, 2, 3, 4], "post": [2.0, np.nan, np.nan, np.nan]}),
        pd.DataFrame({"pre": [1.0, 2, 3, 4], "post": [2.0, 4, 3, np.nan]}),
    ],
    ids=["nobody", "all left", "one stayed", "three stayed"],
)
def test_too_few_who_stayed_are_undefined_with_a_note(people: pd.DataFrame):
    result = gain_under_attrition(people, **WAVES)
    imputed = result.get(missing="imputed")
    assert math.isnan(imputed.estimate)
    assert imputed.note
    assert result.tipping.table["estimate"].isna().all()
    assert result.tipping.table["note"].ne("").all()
    assert len(result) == 3


def test_what_nobody_who_stayed_shows_is_not_imputed(rng: np.random.Generator):
    """All of one site left, or all who stayed began alike: the data do not say what the others would have had."""
    people = pd.DataFrame({"pre": rng.normal(10, 2, 25), "site": ["a"] * 10 + ["b"] * 10 + ["c"] * 5})
    people["post"] = people["pre"] + 3 + rng.normal(size=25)
    people.loc[20:, "post"] = np.nan
    alike = people.assign(pre=[10.0] * 20 + [2.0] * 5)
    for found in (
        mean_change(people, **WAVES, missing="imputed", covariates="site"),
        mean_change(alike, **WAVES, missing="imputed"),
    ):
        assert math.isnan(found.estimate)
        assert "too alike" in found.note
    assert not math.isnan(mean_change(people, **WAVES, missing="imputed").estimate)


def test_scores_without_variation_invent_no_test():
    people = pd.DataFrame({"pre": [2.0] * 10, "post": [3.0] * 8 + [np.nan] * 2})
    for way in ("weighted", "imputed"):
        found = mean_change(people, **WAVES, missing=way)
        assert found.estimate == 1
        assert found.std_error == 0
        assert math.isnan(found.p_value)
        assert found.note


def test_bad_input_is_refused_in_words(rng: np.random.Generator):
    people = simulate(rng, 30).assign(site=["a", None] * 15, session="s")
    with pytest.raises(ValueError, match="takes no `cluster`"):
        mean_change(people, **WAVES, missing="imputed", cluster="session")
    with pytest.raises(ValueError, match="serve `missing`"):
        mean_change(people, **WAVES, covariates=["site"])
    with pytest.raises(ValueError, match="missing in 15 rows"):
        gain_under_attrition(people, **WAVES, covariates=["site"])
    with pytest.raises(KeyError, match="lacks"):
        gain_under_attrition(people, **WAVES, covariates="age")
