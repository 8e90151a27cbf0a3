"""Agreement of raters: published tables beside irrCAC's, a count of pairs by hand, units with one rating."""

import math
from itertools import combinations, permutations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.inter_rater import cohens_kappa

from tests.measures.test_agreement import ALL, long
from tne.measures.agreement import agreement
from tne.measures.agreement_groups import agreement_by
from tne.measures.agreement_sessions import agreement_drift
from tne.measures.agreement_tables import agreement_from_counts, agreement_from_table
from tne.measures.agreement_weights import weight_matrix

pytestmark = pytest.mark.filterwarnings("error")

WINNIPEG = [[38, 5, 0, 1], [33, 11, 3, 0], [10, 14, 5, 6], [3, 7, 3, 10]]
NEW_ORLEANS = [[5, 3, 0, 0], [3, 11, 4, 0], [2, 13, 3, 4], [1, 2, 4, 14]]
CARCINOMA = [[22, 2, 2, 0], [5, 7, 14, 0], [0, 2, 36, 0], [0, 1, 17, 10]]
SKIN = [[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]]
DIAGNOSES = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]
COHEN = 1 - np.array([[0, 1, 3], [1, 0, 6], [3, 6, 0]]) / 6


@pytest.mark.parametrize(
    ("table", "weights", "kappa", "error"),
    [
        (WINNIPEG, None, 0.2079, 0.05046),
        (WINNIPEG, "linear", 0.3797, 0.05167),
        (NEW_ORLEANS, None, 0.2965, 0.07850),
        (NEW_ORLEANS, "linear", 0.4773, 0.07303),
    ],
)
def test_kappa_matches_published_sclerosis(table, weights, kappa, error):
    """Westlund and Kurland's patients with multiple sclerosis in two cities, as R vcd prints Kappa(MSPatients)."""
    found = agreement_from_table(pd.DataFrame(table), coefficient="cohen_kappa", weights=weights)
    assert found.estimate == pytest.approx(kappa, abs=5.1e-5)
    assert found.std_error == pytest.approx(error, abs=5.1e-6)


@pytest.mark.parametrize(("weights", "kappa"), [(None, 0.492), (COHEN, 0.348)])
def test_kappa_matches_published_cohen(weights, kappa):
    """Cohen (1968), Psychological Bulletin 70:213-220, in R psych's ?cohen.kappa: .492, and .348 with his weights."""
    found = agreement_from_table(pd.DataFrame(DIAGNOSES), coefficient="cohen_kappa", weights=weights)
    assert found.estimate == pytest.approx(kappa, abs=5.1e-4)


@pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
@pytest.mark.parametrize("table", [SKIN, CARCINOMA, DIAGNOSES])
def test_kappa_of_known_tables_equals_statsmodels(table, weights):
    """Two dermatologists (SAS PROC FREQ, Agreement Study), two pathologists with empty cells, and Cohen's diagnoses."""
    found = agreement_from_table(pd.DataFrame(table), coefficient="cohen_kappa", weights=weights)
    peer = cohens_kappa(np.array(table), wt=weights)
    assert (found.estimate, found.std_error) == pytest.approx((peer.kappa, peer.std_kappa), rel=1e-10)


@pytest.mark.parametrize(
    ("one", "two", "alpha"),
    [("0100000010", "1110010000", 0.095), ("aabbdcccedda", "babbbcccedddd"[:12], 0.692)],
)
def test_alpha_matches_published_krippendorff_of_two(one, two, alpha):
    """Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, examples A (two categories) and B."""
    found = agreement(long(list(zip(one, two, strict=True)), str), coefficient="krippendorff_alpha")
    assert found.estimate == pytest.approx(alpha, abs=5.1e-4)


def by_pairs(labels: np.ndarray, coefficient: str, weights: np.ndarray) -> float:
    """Return a coefficient of codes, shape (units, raters), −1 where missing, by going through all pairs."""
    units = [[(r, x) for r, x in enumerate(row) if x >= 0] for row in labels]
    alone = coefficient == "krippendorff_alpha"
    units = [u for u in units if len(u) > alone]
    q = len(weights)
    seen = [np.mean([weights[x, y] for (_, x), (_, y) in permutations(u, 2)]) for u in units if len(u) > 1]
    observed = np.mean(seen)
    pi = np.mean([np.bincount([x for _, x in u], minlength=q) / len(u) for u in units], axis=0)
    if alone:
        values = [x for u in units for _, x in u]
        n = len(values)
        sums = [sum(1 - weights[x, y] for (_, x), (_, y) in permutations(u, 2)) / (len(u) - 1) for u in units]
        by_chance = sum(1 - weights[x, y] for x, y in permutations(values, 2)) / (n - 1)
        return 1 - sum(sums) / by_chance
    if coefficient == "cohen_kappa":
        own = [column[column >= 0] for column in labels.T if (column >= 0).any()]
        shares = [np.bincount(column, minlength=q) / len(column) for column in own]
        chance = np.mean([one @ weights @ two for one, two in combinations(shares, 2)])
    else:
        chance = {
            "percent": 0.0,
            "gwet_ac1": weights.sum() / (q * (q - 1)) * (pi * (1 - pi)).sum(),
            "brennan_prediger": weights.mean(),
        }.get(coefficient, pi @ weights @ pi)
    return (observed - chance) / (1 - chance)


@pytest.mark.parametrize("coefficient", ALL)
@pytest.mark.parametrize("weights", ["identity", "linear", "ratio", "bipolar"])
@pytest.mark.parametrize(("raters", "missing"), [(2, 0.0), (2, 0.4), (5, 0.4)])
def test_every_coefficient_equals_a_count_of_pairs(coefficient, weights, raters, missing, rng):
    values = np.array([1, 3, 4, 9])
    true = rng.integers(0, 4, 30)
    codes = np.where(rng.random((30, raters)) < 0.6, true[:, None], rng.integers(0, 4, (30, raters)))
    codes[rng.random(codes.shape) < missing] = -1
    rows = [["." if code < 0 else values[code] for code in row] for row in codes]
    found = agreement(long(rows), coefficient=coefficient, weights=weights, categories=values.tolist())
    expected = by_pairs(codes, coefficient, weight_matrix(weights, values)[0])
    assert found.estimate == pytest.approx(expected, abs=1e-12)


def sparse(rng, n: int = 60, twice: int = 10) -> pd.DataFrame:
    """Units of which the first `twice` have two ratings, the others one of either rater."""
    true = rng.integers(0, 3, n)
    labels = np.where(rng.random((n, 2)) < 0.6, true[:, None], rng.integers(0, 3, (n, 2)))
    rows = [[a, b] if i < twice else [a, "."] if i % 2 else [".", b] for i, (a, b) in enumerate(labels)]
    return long(rows)


def test_percent_of_few_double_ratings_by_hand(rng):
    """Units with one rating say nothing of percent agreement: the interval is that of the ten others, on 9 df."""
    ratings = sparse(rng)
    found = agreement(ratings, coefficient="percent", errors="linearised")
    same = ratings[ratings["case_id"] < 10].groupby("case_id")["label"].nunique().eq(1).to_numpy(dtype=float)
    error = same.std(ddof=1) / math.sqrt(10)
    assert found.estimate == pytest.approx(same.mean())
    assert (found.std_error, found.df) == pytest.approx((error, 9))
    assert found.conf_low == pytest.approx(same.mean() - stats.t.ppf(0.975, 9) * error)
    assert "two ratings − 1" in found.method


def test_drift_takes_the_degrees_of_freedom_of_double_ratings(rng):
    one, two = sparse(rng, twice=10).assign(calibration_id=1), sparse(rng, twice=20).assign(calibration_id=2)
    found = agreement_drift(pd.concat([one, two.assign(case_id=two["case_id"] + 100)]), time=None)
    assert (found.get(term="first").df, found.get(term="last").df) == pytest.approx((9, 19))
    first = agreement(one, categories=[0, 1, 2], errors="linearised")
    assert found.get(term="first").std_error == pytest.approx(first.std_error)
    few = agreement_drift(pd.concat([one, sparse(rng, twice=1).assign(calibration_id=2)]), time=None)
    assert math.isnan(few.get(term="last").conf_low)
    assert "one unit" in few.get(term="last").note


def test_one_double_rating_among_many_has_no_interval(rng):
    """Chance agreement alone varies then, which made an interval of a few hundredths around −.5."""
    ratings = sparse(rng, twice=1)
    ratings.loc[ratings["case_id"] == 0, "label"] = [0.0, 1.0]
    found = agreement_by(ratings.assign(area="a"), by="area").get(area="a")
    assert math.isfinite(found.estimate)
    assert math.isnan(found.std_error)
    assert "rated by two" in found.note


def test_raters_who_share_no_unit_do_not_count():
    """Three raters, of whom two ever met: their number tells of two people."""
    found = agreement(long(["xx.", "xy.", "..x", "..y"], str))
    assert (found.n_people, found.n_people_total) == (2, 3)


def test_no_change_is_not_called_agreement():
    """The same labels twice: nothing changes, though nobody agreed everywhere."""
    one = long(["xx", "xy", "yy"], str).assign(calibration_id=1)
    same = agreement_drift(pd.concat([one, one.assign(calibration_id=2)]), time=None).get(term="change")
    assert same.estimate == 0
    assert math.isnan(same.std_error)
    assert "agreed" not in same.note
    every = long(["xx", "yy"], str).assign(calibration_id=1)
    agreed = agreement_drift(pd.concat([every, every.assign(calibration_id=2)]), time=None)
    assert "everybody agreed" in agreed.get(term="change").note


def test_units_nobody_rated_do_not_enter_the_bootstrap(rng):
    counts = pd.DataFrame(rng.multinomial(3, [0.7, 0.2, 0.1], 25))
    wider = pd.concat([counts, pd.DataFrame(np.zeros((25, 3), dtype=int))], ignore_index=True)
    options = {"coefficient": "gwet_ac1", "errors": "bootstrap", "draws": 400, "seed": 1}
    one, two = (agreement_from_counts(table, **options) for table in (counts, wider))
    assert one.n == two.n == 25
    assert two.std_error == pytest.approx(one.std_error, rel=0.15)
