"""Analysis of covariance: published values, clusters, checks both ways, edges."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from tne.measures.adjusted import ancova
from tne.measures.adjusted_row import adjusted_row
from tne.result import Estimate


def simulate(rng: np.random.Generator, n: int = 90, effect: float = 0.0, slope: float = 0.0) -> pd.DataFrame:
    arm = np.resize(["a", "b", "c"], n)
    pre = rng.normal(size=n)
    post = 0.6 * pre + (effect + slope * pre) * (arm == "b") + rng.normal(size=n)
    return pd.DataFrame({"arm": arm, "pre": pre, "post": post, "team": rng.integers(0, 15, n)})


KEYS = {"outcome": "post", "baseline": "pre", "group": "arm", "reference": "a"}


def status(result, name: str) -> str:
    return next(c.status for c in result.checks if c.name == name)


@pytest.mark.published("L2-ANCOVA-ANOREXIA")
def test_ancova_matches_published_anorexia(truth: Path):
    """Venables and Ripley (2002), p. 189; with the offset the slope is −0.5655388, hence 1 − 0.5655388 without."""
    data = pd.read_csv(truth / "data" / "anorexia_MASS.csv")
    keys = {"outcome": "Postwt", "baseline": "Prewt", "group": "Treat"}
    result = ancova(data, **keys, reference="CBT")
    terms = {t: result.coefficients.get(term=t).estimate for t in ("Intercept", "Prewt")}
    assert terms["Intercept"] == pytest.approx(49.771109, abs=1e-6)
    assert terms["Prewt"] - 1 == pytest.approx(-0.5655388, abs=1e-6)
    assert result.get(group="Cont").estimate == pytest.approx(-4.0970655, abs=1e-6)
    assert result.get(group="FT").estimate == pytest.approx(4.5630627, abs=1e-6)
    assert (result.omnibus.statistic, result.omnibus.df) == pytest.approx((7.86808, 68), abs=5e-6)
    assert result.omnibus.p_value == pytest.approx(0.00084384, abs=5e-9)
    f = result.omnibus.statistic
    assert 2 * f / (2 * f + 68) == pytest.approx(0.187925, abs=5e-7)  # partial eta squared
    x = np.column_stack([np.ones(72), data["Prewt"], data["Treat"] == "Cont", data["Treat"] == "FT"]).astype(
        float
    )
    own = np.linalg.inv(x.T @ x)[0, 0]
    deviance = 68 * result.coefficients.get(term="Intercept").std_error ** 2 / own
    assert deviance == pytest.approx(3311.26262, abs=5e-6)
    to_control = ancova(data, **keys, reference="Cont")
    assert to_control.get(group="CBT").estimate == pytest.approx(4.0970655281, abs=1e-9)
    against = to_control.get(group="FT")
    assert (against.estimate, against.conf_low, against.conf_high) == pytest.approx(
        (8.660128181, 4.28376667, 13.03648969), abs=1e-6
    )
    assert against.n_people == 17
    assert against.n_people_total == 72


def test_ancova_with_covariates_equals_statsmodels(rng: np.random.Generator):
    data = simulate(rng).assign(
        age=lambda d: rng.normal(size=len(d)), site=lambda d: np.resize(["x", "y"], len(d))
    )
    ours = ancova(data, **KEYS, covariates=["age", "site"])
    other = smf.ols("post ~ C(arm) + pre + age + C(site)", data).fit()
    for arm in ("b", "c"):
        assert ours.get(group=arm).estimate == pytest.approx(other.params[f"C(arm)[T.{arm}]"], rel=1e-9)
        assert ours.get(group=arm).std_error == pytest.approx(other.bse[f"C(arm)[T.{arm}]"], rel=1e-9)


def test_clusters_keep_the_estimate_and_cost_degrees_of_freedom(rng: np.random.Generator):
    data = simulate(rng)
    plain, clustered = ancova(data, **KEYS), ancova(data, **KEYS, cluster="team")
    assert clustered.get(group="b").estimate == pytest.approx(plain.get(group="b").estimate, rel=1e-12)
    assert clustered.get(group="b").df < 15
    assert "CR2" in clustered.get(group="b").method
    assert clustered.omnibus.df < 15


def test_invariance_to_shift_and_scale(rng: np.random.Generator):
    data = simulate(rng, effect=0.5)
    one = ancova(data, **KEYS).get(group="b")
    two = ancova(data.assign(pre=data.pre * 30 + 500, post=data.post * 20 + 7), **KEYS).get(group="b")
    assert two.estimate == pytest.approx(20 * one.estimate, rel=1e-9)
    assert two.statistic == pytest.approx(one.statistic, rel=1e-8)


def test_ancova_on_the_selection_score_removes_regression_to_the_mean(rng: np.random.Generator):
    """Scenario S1: effect .02; naive pre/post about .062, ANCOVA about .018, its bias at most .004."""
    found = []
    for _ in range(100):
        skill = 1 / (1 + np.exp(-rng.normal(1.9, 0.45, 600)))
        pre = rng.binomial(50, skill) / 50
        arm = np.where(pre < np.quantile(pre, 0.3), "trained", "others")
        post = rng.binomial(50, np.minimum(skill + 0.02 * (arm == "trained"), 1)) / 50
        data = pd.DataFrame({"pre": pre, "post": post, "arm": arm})
        found.append(ancova(data, **{**KEYS, "reference": "others"}).get(group="trained").estimate)
    assert abs(np.mean(found) - 0.02) < 0.004 + 3 * np.std(found) / math.sqrt(len(found))


def test_checks_are_silent_and_loud(rng: np.random.Generator):
    calm = ancova(simulate(rng, n=600), **KEYS)
    assert {status(calm, n) for n in ("missing", "few_people", "balance")} == {"pass"}
    assert status(ancova(simulate(rng, n=600, slope=0.8), **KEYS), "slopes") == "warn"
    apart = simulate(rng, n=600)
    assert status(ancova(apart.assign(pre=apart.pre + (apart.arm == "b")), **KEYS), "balance") == "warn"


def test_shared_sessions_that_errors_ignore_are_heard(rng: np.random.Generator):
    session = np.repeat(np.arange(12), 20)
    data = simulate(rng, n=240).assign(post=lambda d: d.post + rng.normal(0, 1, 12)[session])
    assert "clusters_ignored" not in {c.name for c in ancova(data, **KEYS).checks}
    shared = data.assign(session_id=session)
    assert status(ancova(shared, **KEYS), "clusters_ignored") == "warn"
    known = ancova(shared, **KEYS, cluster="session_id")
    assert "clusters_ignored" not in {c.name for c in known.checks}
    assert status(known, "clusters") == "pass"


def test_false_positives_keep_their_level(rng: np.random.Generator):
    """Omnibus F and slopes check at zero effect: at most .05 + 3 binomial standard errors."""
    false = np.zeros(2)
    for _ in range(200):
        result = ancova(simulate(rng, n=45), **KEYS)
        false += [result.omnibus.p_value < 0.05, status(result, "slopes") == "warn"]
    assert (false / 200 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 200)).all(), false


def test_an_arm_that_is_lost_is_undefined_with_a_note(rng: np.random.Generator):
    data = simulate(rng)
    result = ancova(data.assign(post=data.post.where(data.arm != "c")), **KEYS)
    assert math.isnan(result.get(group="c").estimate)
    assert result.get(group="c").note
    assert result.get(group="b").p_value > 0
    nobody = ancova(data.assign(post=np.nan), **KEYS)
    assert nobody.to_frame().estimate.isna().all()


def test_edges_do_not_stop_a_batch(rng: np.random.Generator):
    data = simulate(rng)
    assert len(ancova(data.head(0), **KEYS)) == 0
    assert len(ancova(data[data.arm == "a"], **KEYS)) == 0
    pair = ancova(data.head(2), **KEYS)
    assert math.isnan(pair.get(group="b").p_value)
    flat = ancova(data.assign(pre=1.0), **KEYS)
    assert flat.get(group="b").p_value > 0
    assert status(flat, "collinear") == "warn"
    still = ancova(data.assign(post=1.0), **KEYS).get(group="b")
    assert math.isnan(still.p_value)
    assert still.note


def test_bad_input_is_refused_in_words(rng: np.random.Generator):
    data = simulate(rng)
    with pytest.raises(ValueError, match="has no d"):
        ancova(data, **{**KEYS, "reference": "d"})
    with pytest.raises(ValueError, match="missing"):
        ancova(data.assign(arm=data.arm.where(data.arm != "c")), **KEYS)
    with pytest.raises(KeyError, match="lacks"):
        ancova(data, **KEYS, covariates=["age"])


def test_several_rows_of_a_person_are_said():
    people = simulate(np.random.default_rng(3)).assign(moderator_id=range(90))
    twice = pd.concat([people, people], ignore_index=True)
    assert status(ancova(twice, **KEYS), "repeated_people") == "warn"
    for silent in (ancova(people, **KEYS), ancova(twice, **KEYS, cluster="moderator_id")):
        assert "repeated_people" not in {c.name for c in silent.checks}


def test_a_baseline_named_again_as_covariate_changes_nothing():
    people = simulate(np.random.default_rng(4))
    once, again = (ancova(people, **KEYS, covariates=c).to_frame() for c in ((), ("pre", "pre")))
    pd.testing.assert_frame_equal(once, again)


def test_arms_named_by_numbers_and_text_together_are_compared():
    people = simulate(np.random.default_rng(5))
    mixed = people.assign(arm=people["arm"].map({"a": "a", "b": "b", "c": 1}).astype(object))
    found, plain = ancova(mixed, **KEYS), ancova(people, **KEYS)
    assert found.get(group=1).estimate == pytest.approx(plain.get(group="c").estimate)


@pytest.mark.parametrize("case", ["plain", "two", "constant", "apart"])
def test_the_number_alone_is_that_of_the_whole_analysis(rng: np.random.Generator, case):
    data = simulate(rng, effect=0.4).query("arm != 'c'").assign(other=lambda d: d["pre"] ** 2)
    side, adjusters = data["arm"].eq("b").to_numpy(), ["pre", "other"] if case == "two" else ["pre"]
    if case == "constant":
        data["pre"] = 2.0
    if case == "apart":
        data["pre"] = side.astype(float)
    covariates = adjusters[1:]
    whole = next(iter(ancova(data, **KEYS, covariates=covariates)))
    row = adjusted_row(data["post"].to_numpy(), side, data[adjusters].to_numpy(), 0.95)
    text = {name: whole.as_row()[name] for name in ("term", "unit", "estimand", "comparison")}
    assert Estimate(**row, **text).as_row() == pytest.approx(whole.as_row(), nan_ok=True, rel=1e-12)
