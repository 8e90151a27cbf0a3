"""Omega and the factors behind it: published values, second libraries, known truth, edges."""

import math

import numpy as np
import pandas as pd
import pytest
from statsmodels.multivariate.factor import Factor
from statsmodels.multivariate.factor_rotation import rotate_factors

from tests.prove.reliability import GENERAL, three_parts
from tne.measures.factor import minres
from tne.measures.hierarchy import schmid_leiman
from tne.measures.omega_numbers import omega_numbers
from tne.measures.reliability import cronbach_alpha, mcdonald_omega
from tne.measures.rotation import quartimin, varimax

TERMS = ("omega_total", "omega_hierarchical", "omega_limit", "cronbach_alpha")
# Thurstone and Thurstone (1941), nine tests, 213 people, as in Bechtoldt (1961) and McDonald (1999): lower triangle
THURSTONE = """
.828
.776 .779
.439 .493 .460
.432 .464 .425 .674
.447 .489 .443 .590 .541
.447 .432 .401 .381 .402 .288
.541 .537 .534 .350 .367 .320 .555
.380 .358 .359 .424 .446 .325 .598 .452
"""
# Chatterjee and Price (1977), Regression Analysis by Example, p. 68: ratings of 30 departments on 7 questions
ATTITUDE = """
43 51 30 39 61 92 45 / 63 64 51 54 63 73 47 / 71 70 68 69 76 86 48 / 61 63 45 47 54 84 35 / 81 78 56 66 71 83 47
43 55 49 44 54 49 34 / 58 67 42 56 66 68 35 / 71 75 50 55 70 66 41 / 72 82 72 67 71 83 31 / 67 61 45 47 62 80 41
64 53 53 58 58 67 34 / 67 60 47 39 59 74 41 / 69 62 57 42 55 63 25 / 68 83 83 45 59 77 35 / 77 77 54 72 79 77 46
81 90 50 72 60 54 36 / 74 85 64 69 79 79 63 / 65 60 65 75 55 80 60 / 65 70 46 57 75 85 46 / 50 58 68 54 64 78 52
50 40 33 34 43 64 33 / 64 61 52 62 66 80 41 / 53 66 52 50 63 80 37 / 40 37 42 58 50 57 49 / 63 54 42 48 66 75 33
66 77 66 63 88 76 72 / 78 75 58 74 80 78 49 / 48 57 44 45 51 83 38 / 85 85 71 71 77 74 55 / 82 82 39 59 64 78 39
"""


def thurstone() -> np.ndarray:
    matrix = np.eye(9)
    for i, line in enumerate(THURSTONE.split("\n")[1:-1], start=1):
        matrix[i, :i] = matrix[:i, i] = [float(x) for x in line.split()]
    return matrix


def attitude() -> pd.DataFrame:
    rows = ATTITUDE.replace("\n", "/").split("/")
    return pd.DataFrame([[float(x) for x in row.split()] for row in rows if row.strip()])


def status(result, name: str) -> str:
    return next(c.status for c in result.checks if c.name == name)


@pytest.mark.published("L1-OMEGA-THURSTONE")
def test_omega_matches_published_thurstone():
    """R psych 2.2.9, ?omega, omega(Thurstone, nfactors = 3): .7360703183, .9308254149, .7907716168, .8914575356."""
    found = mcdonald_omega(corr=thurstone(), n=213, factors=3)
    assert found.omega_hierarchical.estimate == pytest.approx(0.7360703183, abs=5e-6)
    assert found.omega_total.estimate == pytest.approx(0.9308254149, abs=5e-6)
    assert found.omega_limit.estimate == pytest.approx(0.7907716168, abs=5e-6)
    assert found.cronbach_alpha.estimate == pytest.approx(0.8914575356, abs=5e-10)
    general = [0.71, 0.73, 0.68, 0.65, 0.62, 0.56, 0.59, 0.58, 0.54]  # as printed there
    assert found.loadings["general"].tolist() == pytest.approx(general, abs=0.005)
    assert (found.n, found.n_people) == (213, 213)


@pytest.mark.published("L1-OMEGA-THURSTONE")
def test_the_inline_correlations_are_those_of_the_file(truth):
    table = pd.read_csv(truth / "data" / "Thurstone_corr_psych.csv", index_col=0)
    assert np.array_equal(table.to_numpy(), thurstone())
    found = mcdonald_omega(corr=table, factors=3)
    assert found.loadings["item"].tolist() == list(table.columns)


@pytest.mark.published("L1-OMEGA-THURSTONE")
def test_one_factor_omega_matches_published_attitude():
    """R psych 2.2.9 on datasets::attitude: omega .8509924651 (minres), alpha .8431427696, standardised .839083803."""
    found = mcdonald_omega(attitude())
    assert found.estimate == pytest.approx(0.8509924651, abs=5e-7)
    assert found.cronbach_alpha.estimate == pytest.approx(0.839083803, abs=5e-10)
    assert cronbach_alpha(attitude()).estimate == pytest.approx(0.8431427696, abs=5e-11)


def test_minres_equals_statsmodels_principal_axes():
    """Iterated principal axes end where the residuals' squares are least."""
    for m in (1, 3):
        ours = minres(thurstone(), m)
        theirs = Factor(corr=thurstone(), n_factor=m, smc=True).fit(maxiter=20000, tol=1e-13)
        assert np.allclose(ours.unique, theirs.uniqueness, atol=1e-6)
        assert np.allclose(ours.loadings @ ours.loadings.T, theirs.loadings @ theirs.loadings.T, atol=1e-6)


def test_quartimin_equals_statsmodels():
    start = varimax(minres(thurstone(), 3).loadings)
    axes = quartimin(start)
    theirs, turn = rotate_factors(start, "quartimin", max_tries=500, tol=1e-7)
    ours = start @ np.linalg.inv(axes).T
    order = [int(np.argmax(np.abs(theirs[:, i] @ ours))) for i in range(3)]
    assert np.allclose(np.abs(ours[:, order]), np.abs(theirs), atol=1e-5)
    between = np.abs(axes.T @ axes)[np.ix_(order, order)]
    assert np.allclose(between, np.abs(turn.T @ turn), atol=1e-5)


def test_varimax_equals_statsmodels():
    loadings = minres(thurstone(), 3).loadings
    size = np.sqrt((loadings**2).sum(axis=1, keepdims=True))
    theirs = size * rotate_factors(loadings / size, "varimax", max_tries=500, tol=1e-7)[0]
    ours = varimax(loadings)
    order = [int(np.argmax(np.abs(theirs[:, i] @ ours))) for i in range(3)]
    assert np.allclose(np.abs(ours[:, order]), np.abs(theirs), atol=1e-5)


def test_known_factors_are_recovered_exactly():
    """Correlations made of one general and three group factors give back every omega and loading."""
    matrix, truths = three_parts()
    found = mcdonald_omega(corr=matrix, n=200, factors=3)
    for term, value in truths.items():
        assert getattr(found, term).estimate == pytest.approx(value, abs=1e-8)
    loaded = np.tile([0.8, 0.7, 0.6, 0.7], 3) * np.repeat(GENERAL, 4)
    assert found.loadings["general"].tolist() == pytest.approx(list(loaded), abs=1e-7)
    assert np.allclose(found.loadings["communality"] + found.loadings["unique"], 1)
    groups = found.loadings.filter(like="group").to_numpy()
    assert np.allclose((groups**2).sum(axis=1) + loaded**2, found.loadings["communality"], atol=1e-7)


def test_two_factors_share_the_general_one_by_hand():
    """Two parts that correlate .5: each loads √.5 on the general factor."""
    loadings = np.zeros((6, 2))
    loadings[:3, 0], loadings[3:, 1] = [0.8, 0.7, 0.6], [0.7, 0.7, 0.5]
    matrix = loadings @ np.array([[1, 0.5], [0.5, 1]]) @ loadings.T
    np.fill_diagonal(matrix, 1)
    found = mcdonald_omega(corr=matrix, n=100, factors=2)
    expected = loadings.sum() ** 2 * 0.5 / matrix.sum()
    assert found.omega_hierarchical.estimate == pytest.approx(expected, abs=1e-7)
    assert "equal loadings assumed" in found.omega_hierarchical.note


def test_equal_correlations_by_hand():
    """Parallel items: omega is alpha, k r / (1 + (k − 1) r)."""
    found = mcdonald_omega(corr=np.full((5, 5), 0.3) + 0.7 * np.eye(5), n=100)
    for term in ("omega_total", "omega_hierarchical", "cronbach_alpha"):
        assert getattr(found, term).estimate == pytest.approx(1.5 / 2.2, abs=1e-9)
    assert math.isnan(found.omega_limit.estimate)


@pytest.mark.parametrize("factors", [1, 2, 3])
def test_gradient_equals_finite_differences(factors: int, rng: np.random.Generator):
    def numbers(matrix: np.ndarray) -> dict:
        found = minres(matrix, factors)
        return omega_numbers(matrix, found, schmid_leiman(found))

    base = thurstone()
    direction = rng.normal(size=base.shape)
    direction = direction + direction.T
    np.fill_diagonal(direction, 0)
    up, down = (numbers(base + step * direction) for step in (1e-5, -1e-5))
    for term, (value, gradient, _) in numbers(base).items():
        if not math.isnan(value):
            slope = (up[term][0] - down[term][0]) / 2e-5
            assert np.sum(gradient * direction) == pytest.approx(slope, rel=1e-4, abs=1e-6)


def test_distribution_free_errors_equal_those_of_normal_items(rng: np.random.Generator):
    """Two formulas: from each person's influence, and from the correlations of normal items."""
    matrix, _ = three_parts()
    scores = mcdonald_omega(pd.DataFrame(rng.multivariate_normal(np.zeros(12), matrix, 4000)), factors=3)
    theory = mcdonald_omega(corr=matrix, n=4000, factors=3)
    for term in TERMS:
        assert getattr(scores, term).std_error == pytest.approx(getattr(theory, term).std_error, rel=0.1)


def test_error_equals_leaving_out_each_person(rng: np.random.Generator):
    scores = pd.DataFrame(rng.normal(size=(120, 1)) + rng.normal(size=(120, 5)))
    scores = scores.where(rng.random(scores.shape) > 0.1)
    found = mcdonald_omega(scores)
    values = np.array([mcdonald_omega(scores.drop(index=i)).estimate for i in scores.index])
    brute = math.sqrt(119 / 120 * np.sum((values - values.mean()) ** 2))
    assert found.std_error == pytest.approx(brute, rel=0.1)


def test_omega_does_not_depend_on_units_order_or_the_signs_of_factors(rng: np.random.Generator):
    scores = attitude()
    base = mcdonald_omega(scores, factors=2)
    moved = mcdonald_omega(scores.iloc[::-1, ::-1] * 7 + 100, factors=2)
    for term in TERMS:
        for field in ("estimate", "std_error", "conf_low", "conf_high"):
            a, b = (getattr(getattr(r, term), field) for r in (base, moved))
            assert a == pytest.approx(b, abs=1e-6)


@pytest.mark.parametrize(
    ("matrix", "factors", "words"),
    [
        (np.eye(2) * 0.5 + 0.5, 1, "too many"),
        (np.eye(5) * 0.5 + 0.5, 3, "too many"),
        (np.array([[1, 0.8, 0.8], [0.8, 1, 0.5], [0.8, 0.5, 1]]), 1, "Heywood"),
        (np.array([[1, 0.9, 0.9], [0.9, 1, 0.5], [0.9, 0.5, 1]]), 1, "positive definite"),
        (np.ones((4, 4)), 1, "positive definite"),
        (np.eye(5), 1, "too little in common"),
    ],
)
def test_undefined_omega_is_nan_with_a_note(matrix, factors, words):
    found = mcdonald_omega(corr=matrix, n=100, factors=factors)
    assert math.isnan(found.omega_total.estimate)
    assert words in found.omega_total.note
    assert math.isnan(found.omega_hierarchical.estimate)
    assert str(found)


def test_without_n_there_is_no_interval():
    found = mcdonald_omega(corr=thurstone(), factors=3)
    for term in TERMS:
        assert math.isnan(getattr(found, term).conf_low)
        assert "`n`" in getattr(found, term).note


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (attitude().assign(flat=1.0), "no spread in flat"),
        (attitude() * np.nan, "0 people"),
        (attitude().head(2), "2 people"),
        (attitude().head(5), "positive definite"),
        (attitude()[[0, 1]], "too many"),
    ],
)
def test_undefined_scores_are_nan_with_a_note(frame, words):
    found = mcdonald_omega(frame)
    assert math.isnan(found.estimate)
    assert words in found.note


def test_reversed_item_is_named_and_not_turned(rng: np.random.Generator):
    scores = pd.DataFrame(rng.normal(size=(300, 1)) + rng.normal(size=(300, 5)), columns=list("abcde"))
    good, bad = mcdonald_omega(scores), mcdonald_omega(scores.assign(c=-scores["c"]))
    assert status(good, "reversed_item") == "pass"
    assert status(bad, "reversed_item") == "warn"
    assert "c (-" in next(c.detail for c in bad.checks if c.name == "reversed_item")
    assert bad.omega_hierarchical.estimate < good.omega_hierarchical.estimate - 0.1


def test_few_people_are_warned_of_with_several_factors(rng: np.random.Generator):
    matrix, _ = three_parts()
    assert status(mcdonald_omega(corr=matrix, n=150, factors=3), "few_people") == "warn"
    scores = pd.DataFrame(rng.multivariate_normal(np.zeros(12), matrix, 300))
    assert status(mcdonald_omega(scores, factors=3), "few_people") == "pass"


@pytest.mark.parametrize(
    "call",
    [
        {},
        {"item_scores": attitude(), "corr": thurstone()},
        {"item_scores": attitude(), "n": 30},
        {"corr": thurstone(), "n": 1},
        {"corr": thurstone(), "n": "213"},
        {"item_scores": pd.DataFrame(thurstone())},
        {"corr": thurstone()[:, :8]},
        {"corr": thurstone() * 4},
        {"corr": np.triu(thurstone())},
        {"corr": np.where(np.eye(9) > 0, 1, 1.5)},
        {"corr": np.where(thurstone() == 0.288, np.nan, thurstone())},
        {"corr": thurstone(), "factors": 0},
        {"corr": thurstone(), "factors": 1.5},
        {"corr": thurstone(), "factors": True},
    ],
)
def test_bad_input_raises(call):
    with pytest.raises(ValueError):
        mcdonald_omega(**call)


def test_names_left_in_a_column_are_said():
    table = pd.DataFrame(thurstone()).assign(name=list("abcdefghi"))
    with pytest.raises(ValueError, match="index"):
        mcdonald_omega(corr=table)
