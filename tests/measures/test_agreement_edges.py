"""Agreement of raters where something is missing, undefined or wrong; no stray warning anywhere."""

import math

import numpy as np
import pandas as pd
import pytest

from tests.measures.test_agreement import ALL, FOUR, long
from tne.measures.agreement import agreement
from tne.measures.agreement_tables import agreement_from_counts, agreement_from_table

KAPPAS = ("cohen_kappa", "fleiss_kappa", "scott_pi", "krippendorff_alpha")

pytestmark = pytest.mark.filterwarnings("error")


def status(result, name: str) -> str:
    return next(c.status for c in result.checks if c.name == name)


@pytest.mark.parametrize("coefficient", ALL)
def test_one_category_ever_used(coefficient):
    """Kappa is 0 over 0; AC1 counts all agreement."""
    found = agreement(long(["xx", "xx", "xx"], str), coefficient=coefficient)
    assert found.note
    if coefficient in ("percent", "gwet_ac1"):
        assert found.estimate == 1
    else:
        assert math.isnan(found.estimate)
    assert math.isnan(found.std_error)
    assert math.isnan(found.conf_low)


def test_a_category_that_nobody_used_still_counts():
    ratings = long(["xx", "xx", "xx"], str)
    known = {"categories": ["x", "y"]}
    assert agreement(ratings, coefficient="brennan_prediger", **known).estimate == 1
    assert agreement(ratings, coefficient="gwet_ac1", **known).estimate == 1
    assert math.isnan(agreement(ratings, coefficient="cohen_kappa", **known).estimate)
    some = long(["xx", "xy"], str)
    wider = agreement(some, coefficient="brennan_prediger", categories=["x", "y", "z"]).estimate
    assert wider == pytest.approx((0.5 - 1 / 3) / (1 - 1 / 3))


@pytest.mark.parametrize("coefficient", ALL)
def test_everybody_agrees_on_several_categories(coefficient):
    found = agreement(long(["xx", "yy", "xx"], str), coefficient=coefficient)
    assert found.estimate == pytest.approx(1)
    assert math.isnan(found.conf_low)
    assert "agreed" in found.note


@pytest.mark.parametrize("coefficient", ALL)
@pytest.mark.parametrize("rows", [["x", "y", "x"], ["x.", ".y"]])
def test_nobody_shares_a_unit(coefficient, rows):
    found = agreement(long(rows, str), coefficient=coefficient)
    assert math.isnan(found.estimate)
    assert "two raters" in found.note


@pytest.mark.parametrize("coefficient", ALL)
def test_no_ratings_at_all(coefficient):
    empty = pd.DataFrame({"case_id": [], "rater_id": [], "label": []})
    assert math.isnan(agreement(empty, coefficient=coefficient).estimate)
    gone = long(["xy"], str).assign(label=None)
    found = agreement(gone, coefficient=coefficient)
    assert math.isnan(found.estimate)
    assert status(found, "missing") == "warn"


@pytest.mark.parametrize("coefficient", ALL)
def test_one_unit_has_no_interval(coefficient):
    found = agreement(long(["xxy"], str), coefficient=coefficient)
    assert math.isfinite(found.estimate)
    assert math.isnan(found.std_error)
    assert found.note


def test_units_with_one_rating_are_said_and_widen_gwets_error():
    ratings = long(FOUR)
    found = agreement(ratings)
    assert status(found, "single_ratings") == "warn"
    assert agreement(ratings, errors="linearised").std_error < found.std_error
    whole = long([row for row in FOUR if "." not in row])
    assert status(agreement(whole), "single_ratings") == "pass"
    assert agreement(whole, errors="linearised").std_error == pytest.approx(
        agreement(whole).std_error, rel=1e-12
    )


def test_a_rater_labels_a_unit_twice():
    ratings = pd.concat(
        [long(["xy", "xx"], str), pd.DataFrame([{"case_id": 0, "rater_id": "r0", "label": "y"}])]
    )
    with pytest.raises(ValueError, match=r"one row per case_id × rater_id.*2 rows") as caught:
        agreement(ratings)
    assert "r0" not in str(caught.value)
    sessions = ratings.assign(calibration_id=[1, 1, 1, 1, 2])
    assert agreement(sessions, unit=("calibration_id", "case_id")).n == 3


def test_unknown_categories_and_words_without_order():
    ratings = long(["xy", "xx", "yz"], str)
    with pytest.raises(ValueError, match="`categories` lacks the label of 1 row"):
        agreement(ratings, categories=["x", "y"])
    with pytest.raises(ValueError, match="no order of their own"):
        agreement(ratings, weights="linear")
    given = agreement(ratings, weights="linear", categories=["x", "y", "z"]).estimate
    ordered = ratings.assign(label=pd.Categorical(ratings["label"], ["x", "y", "z"], ordered=True))
    assert agreement(ordered, weights="linear").estimate == given
    other = agreement(ratings, weights="linear", categories=["y", "x", "z"]).estimate
    assert other != given
    with pytest.raises(ValueError, match="twice"):
        agreement(ratings, categories=["x", "y", "z", "x"])


@pytest.mark.parametrize("coefficient", ALL)
def test_order_names_index_and_dtypes_do_not_matter(coefficient):
    """Shuffled rows, an odd index, Int64, category, string, boolean: the same number."""
    ratings = long(FOUR)
    found = agreement(ratings, coefficient=coefficient)
    shuffled = ratings.sample(frac=1, random_state=3).set_index(np.full(len(ratings), 7))
    for labels in ("Int64", "int8", "float32"):
        same = agreement(shuffled.assign(label=shuffled["label"].astype(labels)), coefficient=coefficient)
        assert (same.estimate, same.std_error) == pytest.approx((found.estimate, found.std_error), abs=1e-12)
    words = shuffled.assign(
        label=shuffled["label"].astype(int).astype("string").astype("category"),
        rater_id=shuffled["rater_id"].astype("category"),
        case_id=shuffled["case_id"].astype("string"),
    )
    same = agreement(words, coefficient=coefficient)
    assert (same.estimate, same.std_error) == pytest.approx((found.estimate, found.std_error), abs=1e-12)
    with_holes = pd.concat([shuffled, pd.DataFrame({"case_id": [0], "rater_id": ["r2"], "label": [np.nan]})])
    assert agreement(with_holes, coefficient=coefficient).estimate == pytest.approx(found.estimate, abs=1e-12)


def test_booleans_are_two_categories():
    ratings = long(["xy", "xx", "yy", "yx"], str)
    flags = ratings.assign(label=ratings["label"].eq("x"))
    assert agreement(flags).estimate == agreement(ratings).estimate
    assert (
        agreement(flags.assign(label=flags["label"].astype("boolean"))).estimate
        == agreement(ratings).estimate
    )
    assert agreement(flags, weights="quadratic").estimate == pytest.approx(agreement(ratings).estimate)


def test_quadratic_weights_depend_on_distances_alone():
    ratings = long(FOUR)
    for coefficient in ALL:
        one = agreement(ratings, coefficient=coefficient, weights="quadratic")
        two = agreement(
            ratings.assign(label=10 * ratings["label"] - 7), coefficient=coefficient, weights="quadratic"
        )
        assert (one.estimate, one.std_error) == pytest.approx((two.estimate, two.std_error), abs=1e-12)


def test_own_weights():
    ratings = long(FOUR)
    plain = agreement(ratings, weights=np.eye(5))
    assert plain.estimate == pytest.approx(agreement(ratings).estimate)
    with pytest.raises(ValueError, match="there are 5 categories"):
        agreement(ratings, weights=np.eye(4))
    with pytest.raises(ValueError, match="diagonal"):
        agreement(ratings, weights=np.full((5, 5), 0.5))
    with pytest.raises(ValueError, match="symmetric"):
        agreement(ratings, weights=np.triu(np.ones((5, 5))))
    with pytest.raises(ValueError, match="`weights` is 'cubic'"):
        agreement(ratings, weights="cubic")


def test_ratio_needs_labels_of_zero_and_above():
    ratings = long(FOUR)
    zero = ratings.assign(label=ratings["label"] - 1)
    assert math.isfinite(
        agreement(zero, coefficient="krippendorff_alpha", level_of_measurement="ratio").estimate
    )
    with pytest.raises(ValueError, match="negative"):
        agreement(ratings.assign(label=-ratings["label"]), level_of_measurement="ratio")


def test_fine_scores_are_sent_elsewhere(rng):
    ratings = pd.DataFrame({"case_id": np.repeat(range(600), 2), "rater_id": ["a", "b"] * 600})
    with pytest.raises(ValueError, match="intraclass_correlation"):
        agreement(ratings.assign(label=rng.normal(size=1200)))


def test_bad_input_says_what_to_do():
    ratings = long(["xy", "xx"], str)
    with pytest.raises(TypeError, match="DataFrame"):
        agreement([1, 2])
    with pytest.raises(KeyError, match="lacks the columns label"):
        agreement(ratings.drop(columns="label"))
    with pytest.raises(ValueError, match="`coefficient` is 'kappa'"):
        agreement(ratings, coefficient="kappa")
    with pytest.raises(ValueError, match="level_of_measurement"):
        agreement(ratings, level_of_measurement="metric")
    with pytest.raises(ValueError, match="conf_level"):
        agreement(ratings, conf_level=95)
    with pytest.raises(ValueError, match="`errors`"):
        agreement(ratings, errors="none")
    with pytest.raises(ValueError, match="`draws`"):
        agreement(long(FOUR), errors="bootstrap", draws=10)
    with pytest.raises(ValueError, match="missing in 1 row"):
        agreement(ratings.assign(rater_id=[None, "b", "c", "d"]))


def test_tables_refuse_what_is_no_count():
    with pytest.raises(ValueError, match="2 cells"):
        agreement_from_counts(pd.DataFrame([[1, -1], [0.5, 2]]), coefficient="fleiss_kappa")
    with pytest.raises(TypeError, match="text"):
        agreement_from_counts(pd.DataFrame({"case": ["a"], "x": [1]}), coefficient="fleiss_kappa")
    with pytest.raises(ValueError, match="`coefficient`"):
        agreement_from_counts(pd.DataFrame([[1, 1]]), coefficient="cohen_kappa")
    with pytest.raises(ValueError, match="square"):
        agreement_from_table(pd.DataFrame([[1, 1, 0], [0, 1, 1]]), coefficient="cohen_kappa")
    turned = pd.DataFrame([[1, 2], [3, 4]], index=["x", "y"], columns=["y", "x"])
    with pytest.raises(ValueError, match="orders"):
        agreement_from_table(turned, coefficient="cohen_kappa")
    with pytest.raises(ValueError, match="different categories"):
        agreement_from_table(turned.set_axis(["x", "z"], axis=1), coefficient="cohen_kappa")


def test_empty_and_single_tables():
    assert math.isnan(agreement_from_counts(pd.DataFrame([[1, 0], [0, 1]]), coefficient="gwet_ac1").estimate)
    assert math.isnan(
        agreement_from_table(pd.DataFrame([[0, 0], [0, 0]]), coefficient="cohen_kappa").estimate
    )
    assert math.isnan(agreement_from_table(pd.DataFrame([[9]]), coefficient="cohen_kappa").estimate)
    zeros = pd.DataFrame([[3, 1], [0, 0], [1, 3], [4, 0]])
    for coefficient in set(ALL) - {"cohen_kappa"}:
        one = agreement_from_counts(zeros, coefficient=coefficient)
        two = agreement_from_counts(zeros.drop(index=1), coefficient=coefficient)
        assert (one.estimate, one.std_error, one.n) == pytest.approx((two.estimate, two.std_error, two.n))


def test_prevalence_is_said():
    """Feinstein and Cicchetti's (1990) paradox: 85 % of pairs agree, yet kappa is low."""
    skewed = pd.DataFrame([[80, 10], [5, 5]])
    even = pd.DataFrame([[40, 9], [6, 45]])
    low, high = (agreement_from_table(t, coefficient="cohen_kappa") for t in (skewed, even))
    assert low.estimate == pytest.approx(0.32, abs=0.005)
    assert high.estimate == pytest.approx(0.70, abs=0.005)
    assert status(low, "prevalence") == "warn"
    assert status(high, "prevalence") == "pass"
    assert agreement_from_table(skewed, coefficient="gwet_ac1").estimate == pytest.approx(0.81, abs=0.005)


def test_columns_and_sentence():
    found = agreement(long(FOUR))
    assert found.to_frame().loc[0, "term"] == "gwet_ac1"
    assert "95 % CI" in str(found)
    assert (found.n_people, found.n_people_total, found.df) == (4, 4, 11)
    assert "AC2" in agreement(long(FOUR), weights="linear").method
    assert "Conger" in agreement(long(FOUR), coefficient="cohen_kappa").method


def test_a_hundred_thousand_ratings_are_quick(rng):
    """As a ratio against a plain count of the same labels by pandas, alternated in one process."""
    import time

    n = 20_000
    true = rng.integers(0, 6, n)
    labels = np.where(rng.random((n, 5)) < 0.7, true[:, None], rng.integers(0, 6, (n, 5))).ravel()
    raters = (rng.integers(0, 300, (n, 1)) + np.arange(5)).ravel()
    ratings = pd.DataFrame({"case_id": np.repeat(np.arange(n), 5), "rater_id": raters, "label": labels})
    ours, plain = [], []
    for _ in range(3):
        start = time.perf_counter()
        found = agreement(ratings, coefficient="cohen_kappa")
        ours.append(time.perf_counter() - start)
        start = time.perf_counter()
        pd.crosstab(ratings["case_id"], ratings["label"])
        plain.append(time.perf_counter() - start)
    assert found.n == n
    assert min(ours) < 10 * min(plain)
