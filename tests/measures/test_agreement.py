"""Agreement of raters: published values, independent programs; edges: test_agreement_edges.py."""

import math

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.inter_rater import cohens_kappa, fleiss_kappa
from statsmodels.stats.tests.test_inter_rater import anxiety, diagnoses

from tne.measures.agreement import agreement
from tne.measures.agreement_parts import agreement_parts
from tne.measures.agreement_rows import rated, scale_of
from tne.measures.agreement_tables import agreement_from_counts, agreement_from_table

# 1 to 5 by four raters, 12 units; "." is missing: Krippendorff (2011), example C, and irrCAC's cac.raw4raters
FOUR = ("11.1", "2232", "3333", "3333", "2222", "1234", "4444", "1121", "2222", ".555", "..11", "..3.")
BEN, GERRY = "aabbdcccedda", "babbbccce.dd"  # irrCAC's cac.ben.gerry
FLEISS15 = "00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031".split()  # noqa: SIM905
THREE = [[13, 0, 0], [0, 20, 7], [0, 4, 56]]
FOUR_BY_FOUR = [[40, 6, 4, 15], [4, 25, 1, 5], [4, 2, 21, 9], [17, 13, 12, 45]]
BEN_VALUES = {
    "gwet_ac1": (0.6614420063, 0.1839621515),
    "fleiss_kappa": (0.6493506494, 0.1912955428),
    "krippendorff_alpha": (0.6648936170, 0.1800714261),
    "cohen_kappa": (0.6571428571, 0.1794303541),
    "brennan_prediger": (0.6590909091, 0.1852719487),
}
ALL = (
    "percent",
    "cohen_kappa",
    "fleiss_kappa",
    "scott_pi",
    "krippendorff_alpha",
    "gwet_ac1",
    "brennan_prediger",
)


def long(rows, kind=float) -> pd.DataFrame:
    """Strings or lists, one a unit, one place a rater, as tidy ratings."""
    table = [
        {"case_id": i, "rater_id": f"r{j}", "label": kind(value)}
        for i, row in enumerate(rows)
        for j, value in enumerate(row)
        if value != "."
    ]
    return pd.DataFrame(table)


def counted(rows) -> pd.DataFrame:
    return pd.DataFrame([[int(value) for value in row] for row in rows])


@pytest.mark.published("AGR-KRIPP-4RATERS")
@pytest.mark.parametrize(
    ("coefficient", "plain", "error", "p", "quadratic", "quadratic_error"),
    [
        ("percent", 0.8181818, 0.12561, 4.345373e-05, 0.9753788, 0.09062),
        ("gwet_ac1", 0.77544, 0.14295, 0.000208721, 0.914, 0.10396),
        ("fleiss_kappa", 0.76117, 0.15302, 0.000419173, 0.86494, 0.14603),
        ("krippendorff_alpha", 0.74342, 0.14557, 0.0004594257, 0.84911, 0.12913),
        ("cohen_kappa", 0.76282, 0.14917, 0.0003367066, 0.85771, 0.14367),
        ("brennan_prediger", 0.77273, 0.14472, 0.0002375609, 0.90152, 0.11089),
    ],
)
def test_agreement_matches_published_four_raters_with_missing(
    coefficient, plain, error, p, quadratic, quadratic_error
):
    """irrCAC's vignettes "overview" and "weighting" (Gwet): cac.raw4raters, no rater rated all 12 units."""
    ratings = long(FOUR).sample(frac=1, random_state=1)
    found = agreement(ratings, coefficient=coefficient)
    assert (found.estimate, found.std_error) == pytest.approx((plain, error), abs=6e-6)
    assert found.p_value == pytest.approx(p, rel=2e-6)
    weighted = agreement(ratings, coefficient=coefficient, weights="quadratic")
    assert (weighted.estimate, weighted.std_error) == pytest.approx((quadratic, quadratic_error), abs=6e-6)
    assert found.conf_high == 1.0
    assert (found.n, found.n_people) == (11 if coefficient == "krippendorff_alpha" else 12, 4)


@pytest.mark.published("AGR-KRIPP-4RATERS")
def test_limits_match_published_four_raters():
    """The same vignette's intervals, rounded there to three decimals: lower limits; the upper ones are cut at 1."""
    lows = {
        "gwet_ac1": 0.461,
        "fleiss_kappa": 0.424,
        "krippendorff_alpha": 0.419,
        "cohen_kappa": 0.435,
        "percent": 0.542,
    }
    for coefficient, low in lows.items():
        assert agreement(long(FOUR), coefficient=coefficient).conf_low == pytest.approx(low, abs=5.1e-4)


@pytest.mark.published("AGR-KRIPP-4RATERS")
@pytest.mark.parametrize(
    ("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_alpha_matches_published_krippendorff_by_level(level, alpha):
    """Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, example C and section on other metrics."""
    found = agreement(long(FOUR), coefficient="krippendorff_alpha", level_of_measurement=level)
    assert found.estimate == pytest.approx(alpha, abs=5.1e-4)
    exact = {"nominal": 0.743421052631579, "ordinal": 0.8153875037548814, "interval": 0.8491071428571428}
    exact["ratio"] = 0.7974027747116121
    assert found.estimate == pytest.approx(exact[level], abs=1e-12)


@pytest.mark.published("AGR-KRIPP-4RATERS")
def test_ordinal_weights_are_not_krippendorffs_ordinal_difference():
    """irrCAC's ordinal weights give .83364 where Krippendorff's difference gives .81539."""
    found = agreement(long(FOUR), coefficient="krippendorff_alpha", weights="ordinal")
    assert found.estimate == pytest.approx(0.83364, abs=5e-6)
    assert "ordinal weights" in found.method


@pytest.mark.published("AGR-FLEISS15")
@pytest.mark.parametrize(
    ("coefficient", "plain", "p", "quadratic"),
    [
        ("fleiss_kappa", (0.4139265, 0.08119291), 0.0001622724, (0.2511909, 0.1457381)),
        ("gwet_ac1", (0.4448007, 0.08418757), 0.0001155927, (0.4837438, 0.1058227)),
        ("krippendorff_alpha", (0.4204384, 0.08243228), 0.0001615721, (0.259511, 0.133958)),
        ("brennan_prediger", (0.4388889, 0.08312142), 0.0001163, (0.4177778, 0.1067493)),
    ],
)
def test_counts_match_published_six_raters(coefficient, plain, p, quadratic):
    """irrCAC's vignettes "overview" and "weighting": distrib.6raters, 15 of Fleiss' (1971) psychiatric patients."""
    counts = counted(FLEISS15)
    found = agreement_from_counts(counts, coefficient=coefficient)
    assert (found.estimate, found.std_error) == pytest.approx(plain, abs=6e-8)
    assert found.p_value == pytest.approx(p, rel=1e-5)
    weighted = agreement_from_counts(counts, coefficient=coefficient, weights="quadratic")
    assert (weighted.estimate, weighted.std_error) == pytest.approx(quadratic, abs=6e-8)
    assert agreement_from_counts(counts, coefficient="percent").estimate == pytest.approx(0.5511111, abs=5e-8)


def test_counts_match_published_ac1_of_four_raters():
    """irrCAC's README: gwet.ac1.dist(cac.dist4cat[,2:4]) is 0.3518903."""
    counts = counted(
        [
            "301",
            "211",
            "211",
            "202",
            "310",
            "310",
            "040",
            "031",
            "004",
            "310",
            "040",
            "031",
            "022",
            "004",
            "310",
        ]
    )
    assert agreement_from_counts(counts, coefficient="gwet_ac1").estimate == pytest.approx(
        0.3518903, abs=5e-8
    )


@pytest.mark.published("AGR-3X3")
@pytest.mark.parametrize(
    ("coefficient", "plain", "limits", "quadratic"),
    [
        ("cohen_kappa", (0.7964094, 0.05891072), (0.68, 0.913), (0.8921569, 0.03535151)),
        ("scott_pi", (0.7962397, 0.05905473), (0.679, 0.913), (0.8921093, 0.03539506)),
        ("gwet_ac1", (0.8493305, 0.04321747), (0.764, 0.935), (0.9402369, 0.01792019)),
        ("brennan_prediger", (0.835, 0.04693346), (0.742, 0.928), (0.9175, 0.02346673)),
        ("krippendorff_alpha", (0.7972585, 0.05905473), (0.68, 0.914), (0.8926487, 0.03539506)),
        ("percent", (0.89, 0.03128898), (0.828, 0.952), (0.9725, 0.007822244)),
    ],
)
def test_table_matches_published_abstractors(coefficient, plain, limits, quadratic):
    """irrCAC's vignettes "overview" and "weighting": cont3x3abstractors, 100 pregnancies."""
    table = pd.DataFrame(THREE)
    found = agreement_from_table(table, coefficient=coefficient)
    assert (found.estimate, found.std_error) == pytest.approx(plain, abs=6e-8)
    assert (found.conf_low, found.conf_high) == pytest.approx(limits, abs=5.1e-4)
    weighted = agreement_from_table(table, coefficient=coefficient, weights="quadratic")
    assert (weighted.estimate, weighted.std_error) == pytest.approx(quadratic, abs=6e-8)


@pytest.mark.published("AGR-4X4")
@pytest.mark.parametrize(
    ("coefficient", "value", "error"),
    [
        ("cohen_kappa", 0.43150078, 0.045969182),
        ("gwet_ac1", 0.45615764, 0.043449874),
        ("krippendorff_alpha", 0.43161782, 0.046231544),
    ],
)
def test_table_matches_published_diagnoses(coefficient, value, error):
    """Gwet (2014): 223 patients, 4 diagnoses, two raters; values of R irrCAC."""
    found = agreement_from_table(pd.DataFrame(FOUR_BY_FOUR), coefficient=coefficient)
    assert (found.estimate, found.std_error) == pytest.approx((value, error), abs=1e-8)
    assert (found.n, found.df) == (223, 222)


@pytest.mark.published("AGR-4X4")
def test_tables_are_those_of_the_published_files(truth):
    """The tables that stand in this file are the published ones."""
    for name, cells in (("gwet_cont3x3", THREE), ("gwet_cont4x4", FOUR_BY_FOUR)):
        assert pd.read_csv(truth / "data" / f"{name}.csv", index_col=0).to_numpy().tolist() == cells
    counts = pd.read_csv(truth / "data" / "fleiss_distrib6raters.csv")
    assert counts.to_numpy().tolist() == counted(FLEISS15).to_numpy().tolist()
    raw = pd.read_csv(truth / "data" / "krippendorff_raw4raters.csv")
    wide = long(FOUR).pivot_table(index="case_id", columns="rater_id", values="label").to_numpy()
    np.testing.assert_array_equal(raw.to_numpy(dtype=float), wide)


def test_counts_match_published_fleiss_1971():
    """Fleiss (1971), Psychological Bulletin 76:378: 30 patients, 6 psychiatrists, kappa .430."""
    counts = pd.DataFrame([np.bincount(row, minlength=6)[1:] for row in diagnoses])
    found = agreement_from_counts(counts, coefficient="fleiss_kappa")
    assert found.estimate == pytest.approx(0.430, abs=5e-4)
    assert found.estimate == pytest.approx(fleiss_kappa(counts.to_numpy()), abs=1e-12)


def test_table_matches_published_sas_kappa():
    """SAS PROC FREQ, 19 units: kappa .4842, ASE .1380; linear weights .4701, ASE .1457 (in statsmodels' tests)."""
    table = pd.DataFrame([[0, 4, 1], [0, 8, 0], [0, 1, 5]])
    plain = agreement_from_table(table, coefficient="cohen_kappa")
    linear = agreement_from_table(table, coefficient="cohen_kappa", weights="linear")
    assert (plain.estimate, plain.std_error) == pytest.approx((0.4842, 0.1380), abs=5.1e-5)
    assert (linear.estimate, linear.std_error) == pytest.approx((0.4701, 0.1457), abs=5.1e-5)


def test_kappa_of_words_by_hand():
    """Four of five agree; chance is (2 · 3 + 2 · 1 + 1 · 1) / 25 = .36, so kappa is .44 / .64."""
    one = ["negative", "positive", "negative", "neutral", "positive"]
    two = ["negative", "positive", "negative", "neutral", "negative"]
    found = agreement(long(list(zip(one, two, strict=True)), str), coefficient="cohen_kappa")
    assert found.estimate == pytest.approx(0.6875, abs=1e-12)


def test_alpha_matches_published_wikipedia_example():
    """Wikipedia, Krippendorff's alpha, and krippendorff's (the package) documentation: .691358, .810845."""
    data = [
        [None, None, None, None, None, 3, 4, 1, 2, 1, 1, 3, 3, None, 3],
        [1, None, 2, 1, 3, 3, 4, 3, None, None, None, None, None, None, None],
        [None, None, 2, 1, 3, 4, 4, None, 2, 1, 1, 3, 3, None, 4],
    ]
    ratings = pd.DataFrame(data).T.rename_axis("case_id").reset_index()
    ratings = ratings.melt("case_id", var_name="rater_id", value_name="label")
    nominal = agreement(ratings, coefficient="krippendorff_alpha")
    interval = agreement(ratings, coefficient="krippendorff_alpha", level_of_measurement="interval")
    assert nominal.estimate == pytest.approx(0.691358, abs=5e-7)
    assert interval.estimate == pytest.approx(0.810845, abs=5e-7)


def test_agreement_equals_irrcac_on_words_with_missing():
    """Python irrCAC 0.4.4 on pandas 2.3 (it is wrong with missing ratings on pandas 3): cac.ben.gerry."""
    ratings = long(list(zip(BEN, GERRY, strict=True)), str)
    for coefficient, (estimate, error) in BEN_VALUES.items():
        found = agreement(ratings, coefficient=coefficient)
        assert (found.estimate, found.std_error) == pytest.approx((estimate, error), abs=1e-9)


@pytest.mark.parametrize("weights", ["identity", "linear", "quadratic"])
def test_two_raters_equal_statsmodels(weights, rng):
    """statsmodels' weighted kappa and its variance, on random tables."""
    for _ in range(10):
        table = rng.integers(0, 9, (4, 4)) + 3 * np.eye(4, dtype=int)
        found = agreement_from_table(pd.DataFrame(table), coefficient="cohen_kappa", weights=weights)
        other = cohens_kappa(table, wt=None if weights == "identity" else weights)
        assert (found.estimate, found.std_error) == pytest.approx(
            (other.kappa, math.sqrt(other.var_kappa)), abs=1e-12
        )


def test_two_raters_equal_r_irr_by_statsmodels():
    """R irr's kappa2 on its data `anxiety`: −0.006289308 for raters 2 and 3 (in statsmodels' tests)."""
    found = agreement(long(anxiety[:, 1:3].tolist()), coefficient="cohen_kappa")
    assert found.estimate == pytest.approx(-0.006289308, abs=5e-10)


def test_table_and_ratings_are_one_method(rng):
    """The same two raters as a table (variance over n) and as ratings (over n − 1)."""
    table = rng.integers(1, 9, (3, 3))
    rows = [(k, j) for k in range(3) for j in range(3) for _ in range(table[k, j])]
    for coefficient in ALL:
        whole = agreement_from_table(pd.DataFrame(table), coefficient=coefficient)
        tidy = agreement(long(rows), coefficient=coefficient)
        n = len(rows)
        assert tidy.estimate == pytest.approx(whole.estimate, abs=1e-12)
        assert tidy.std_error == pytest.approx(whole.std_error * math.sqrt(n / (n - 1)), rel=1e-10)


def test_counts_and_ratings_are_one_method():
    counts = pd.DataFrame([[row.count(k) for k in "12345"] for row in FOUR], columns=[1, 2, 3, 4, 5])
    for coefficient in set(ALL) - {"cohen_kappa"}:
        for weights in (None, "quadratic", "ordinal", "ratio"):
            one = agreement(long(FOUR), coefficient=coefficient, weights=weights, errors="linearised")
            two = agreement_from_counts(counts, coefficient=coefficient, weights=weights, errors="linearised")
            assert (one.estimate, one.std_error) == pytest.approx((two.estimate, two.std_error), abs=1e-12)


@pytest.mark.parametrize("coefficient", ALL)
@pytest.mark.parametrize("level", ["nominal", "ordinal", "ratio"])
def test_linearised_error_equals_the_jackknife(coefficient, level, rng):
    """Leaving each unit out in turn: an error that knows no formula; 60 units, 4 raters, a quarter missing."""
    true = rng.integers(1, 5, 60)
    labels = np.where(rng.random((60, 4)) < 0.7, true[:, None], rng.integers(1, 5, (60, 4)))
    ratings = long([["." if rng.random() < 0.25 else v for v in row] for row in labels])
    keys = {"coefficient": coefficient, "level_of_measurement": level, "categories": [1, 2, 3, 4]}
    keys["errors"] = "linearised"
    found = agreement(ratings, **keys)
    scale = scale_of(
        ratings["label"], categories=[1, 2, 3, 4], level=level, weights=None, coefficient=coefficient
    )
    known, _ = rated(ratings, ["case_id"], "rater_id", "label", scale.categories)
    n, counts = known.n_units, known.counts()
    options = {"rated": known, "ordinal": scale.ordinal}
    ones = np.eye(n)
    left = np.array(
        [
            agreement_parts(counts, scale.weights, coefficient, times=1 - one, **options).estimate
            for one in ones
        ]
    )
    jackknife = math.sqrt((n - 1) / n * ((left - left.mean()) ** 2).sum())
    assert found.std_error == pytest.approx(jackknife, rel=0.04)


def test_bootstrap_agrees_with_the_linearised_error(rng):
    true = rng.integers(1, 4, 150)
    labels = np.where(rng.random((150, 3)) < 0.75, true[:, None], rng.integers(1, 4, (150, 3)))
    ratings = long(labels.tolist())
    for coefficient in ("cohen_kappa", "krippendorff_alpha", "gwet_ac1"):
        plain = agreement(ratings, coefficient=coefficient)
        boot = agreement(ratings, coefficient=coefficient, errors="bootstrap", draws=1000, seed=1)
        assert boot.estimate == plain.estimate
        assert boot.std_error == pytest.approx(plain.std_error, rel=0.12)
        assert (boot.conf_low, boot.conf_high) == pytest.approx((plain.conf_low, plain.conf_high), abs=0.03)
        assert (
            boot.conf_low
            == agreement(ratings, coefficient=coefficient, errors="bootstrap", draws=1000, seed=1).conf_low
        )


def test_conger_by_hand():
    """Three raters, two units: raters give x in 1, 1/2, 0 of their units."""
    ratings = long(["xxy", "xyy"], str)
    found = agreement(ratings, coefficient="cohen_kappa")
    chance = np.mean([1 * 0.5, 0, 0.5 * 1])  # pairs of raters: both x or both y
    assert found.estimate == pytest.approx((1 / 3 - chance) / (1 - chance), abs=1e-12)
