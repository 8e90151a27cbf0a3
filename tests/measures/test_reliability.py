"""Alpha and its error: published values, by hand, invariances, edges, coverage."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tne.measures.item_moments import item_moments
from tne.measures.reliability import cronbach_alpha

SMALL = pd.DataFrame({"q1": [1, 0, 1, 1, 0], "q2": [1, 0, 1, 0, 0], "q3": [1, 1, 1, 0, 0]})
PARTS = ("alpha", "standardized", "standard_error_of_measurement")


def status(result, name: str) -> str:
    return next(c.status for c in result.checks if c.name == name)


def detail(result, name: str) -> str:
    return next(c.detail for c in result.checks if c.name == name)


def parallel(rng: np.random.Generator, n: int, k: int = 6, r: float = 0.4) -> pd.DataFrame:
    scores = math.sqrt(r) * rng.normal(size=(n, 1)) + math.sqrt(1 - r) * rng.normal(size=(n, k))
    return pd.DataFrame(scores, columns=[f"q{i}" for i in range(k)])


@pytest.mark.published("L1-ALPHA-LSAT")
def test_alpha_matches_published_lsat(truth):
    """Rizopoulos (2006), JSS 17(5), descript(LSAT): .295; if dropped as R ltm 1.2-0 prints them."""
    found = cronbach_alpha(pd.read_csv(truth / "data" / "LSAT_ltm.csv"))
    assert found.estimate == pytest.approx(0.29499719, abs=5e-9)
    dropped = [0.27535621, 0.2375839, 0.21679946, 0.24593271, 0.26629441]
    assert found.items["alpha_if_deleted"].tolist() == pytest.approx(dropped, abs=5e-9)
    assert (found.n, found.n_people) == (1000, 1000)


@pytest.mark.published("L1-ALPHA-BFI")
def test_alpha_with_gaps_matches_published_bfi(truth):
    """R psych 2.2.9, ?alpha with the bfi scoring keys: A .7030184461 (std .7130285787), C .7267349729, n = 2800."""
    bfi = pd.read_csv(truth / "data" / "bfi_A1_C5_psych.csv")
    plain = cronbach_alpha(bfi[[f"A{i}" for i in range(1, 6)]])
    assert plain.estimate == pytest.approx(0.4314561, abs=5e-8)
    assert status(plain, "reversed_item") == "warn"
    assert "A1 (-0.31)" in detail(plain, "reversed_item")
    assert plain.items["reversed"].tolist() == [True, False, False, False, False]
    turned = bfi.assign(A1=7 - bfi["A1"], C4=7 - bfi["C4"], C5=7 - bfi["C5"])
    for letter, raw, standard in (("A", 0.7030184461, 0.7130285787), ("C", 0.7267349729, 0.7300725844)):
        found = cronbach_alpha(turned[[f"{letter}{i}" for i in range(1, 6)]])
        assert found.estimate == pytest.approx(raw, abs=5e-10)
        assert found.standardized.estimate == pytest.approx(standard, abs=5e-10)
        assert found.n == 2800
        assert status(found, "reversed_item") == "pass"


@pytest.mark.published("CTT-MOODLE00")
def test_negative_alpha_matches_published_moodle(truth):
    """Moodle's qstats00.csv and stats_from_steps_walkthrough_test.php: CIC −87.2230935542 %, SE 1.1106813066."""
    attempts = pd.read_csv(truth / "data" / "moodle_quiz00_results.csv")
    found = cronbach_alpha(attempts[[f"s{i}" for i in range(1, 8)]])
    assert 100 * found.estimate == pytest.approx(-87.2230935542, rel=2e-5)
    assert found.standard_error_of_measurement.estimate == pytest.approx(1.1106813066, rel=2e-5)
    assert "not clipped" in found.note
    assert found.conf_low < found.estimate < found.conf_high


def test_alpha_matches_published_hci(truth):
    """R ShinyItemAnalysis, Homeostasis Concept Inventory, 20 items, 651 students: .7155 (Martinková et al. 2017)."""
    frame = pd.read_csv(truth / "data" / "HCI_ShinyItemAnalysis.csv").filter(like="Item")
    assert cronbach_alpha(frame).estimate == pytest.approx(0.71545348, abs=5e-9)


def test_alpha_interval_and_deleted_match_published_hci(truth):
    """Martinková and Hladká (2023), Computational Aspects of Psychometric Methods, code of chapters 4 and 5.

    ``psychometric::alpha.CI`` .6828 to .7462 (as its analysis of variance gives), ``psych::alpha(...)$alpha.drop``.
    """
    frame = pd.read_csv(truth / "data" / "HCI_ShinyItemAnalysis.csv").filter(like="Item")
    found = cronbach_alpha(frame)
    assert (found.conf_low, found.conf_high) == pytest.approx((0.6828, 0.7462), abs=5e-5)
    dropped = [
        0.7042, 0.7099, 0.7007, 0.7151, 0.7054, 0.6991, 0.7220, 0.7009, 0.7114, 0.7064,
        0.7047, 0.7016, 0.6972, 0.7001, 0.7030, 0.6952, 0.7253, 0.6943, 0.6981, 0.6997,
    ]  # fmt: skip
    assert found.items["alpha_if_deleted"].tolist() == pytest.approx(dropped, abs=5e-5)
    assert (status(found, "feldt_interval"), found.note) == ("pass", "")


def test_alpha_and_interval_by_hand():
    """Variances .3, .3, .3 of 1.8: 3/2 · (1 − .9/1.8) = .75; Feldt on 4 and 8 df."""
    found = cronbach_alpha(SMALL)
    assert found.estimate == pytest.approx(0.75, rel=1e-12)
    upper, lower = stats.f.ppf(0.975, 4, 8), stats.f.ppf(0.025, 4, 8)
    assert found.conf_low == pytest.approx(1 - 0.25 * upper, rel=1e-12)
    assert found.conf_high == pytest.approx(1 - 0.25 * lower, rel=1e-12)
    assert found.standard_error_of_measurement.estimate == pytest.approx(math.sqrt(1.8 * 0.25), rel=1e-12)


def test_alpha_is_one_minus_residual_over_people_mean_square(rng: np.random.Generator):
    """Hoyt (1941): the analysis of variance of people × items gives the same number and Feldt's ratio."""
    scores = parallel(rng, 40).to_numpy()
    n, k = scores.shape
    people, items = scores.mean(axis=1, keepdims=True), scores.mean(axis=0)
    between = k * np.sum((people - scores.mean()) ** 2) / (n - 1)
    within = np.sum((scores - people - items + scores.mean()) ** 2) / ((n - 1) * (k - 1))
    found = cronbach_alpha(pd.DataFrame(scores))
    assert found.estimate == pytest.approx(1 - within / between, rel=1e-12)
    assert found.standard_error_of_measurement.estimate == pytest.approx(math.sqrt(k * within), rel=1e-12)


def test_kr20_by_hand(rng: np.random.Generator):
    """Kuder and Richardson (1937): alpha of items scored 0 and 1 with p(1 − p) and the total over n."""
    marks = (parallel(rng, 80) > -0.5).astype(int)
    p, total = marks.mean(), marks.sum(axis=1)
    expected = 6 / 5 * (1 - (p * (1 - p)).sum() / total.var(ddof=0))
    assert cronbach_alpha(marks).estimate == pytest.approx(expected, rel=1e-12)


def test_items_equal_pandas(rng: np.random.Generator):
    scores = parallel(rng, 60)
    table = cronbach_alpha(scores).items.set_index("item")
    for item in scores:
        rest = scores.drop(columns=item)
        assert table.loc[item, "item_rest"] == pytest.approx(scores[item].corr(rest.sum(axis=1)), rel=1e-10)
        assert table.loc[item, "alpha_if_deleted"] == pytest.approx(cronbach_alpha(rest).estimate, rel=1e-10)
        assert (table.loc[item, "mean"], table.loc[item, "sd"]) == pytest.approx(
            (scores[item].mean(), scores[item].std())
        )


def test_moments_with_gaps_equal_pandas(rng: np.random.Generator):
    scores = parallel(rng, 60)
    scores = scores.where(rng.random(scores.shape) > 0.2) + 50
    found = item_moments(scores)
    assert np.allclose(found.covariance, scores.cov(), rtol=1e-10)
    assert np.allclose(found.correlation, scores.corr(), rtol=1e-10)
    total = scores.cov().to_numpy()
    expected = 6 / 5 * (1 - np.trace(total) / total.sum())
    assert cronbach_alpha(scores).estimate == pytest.approx(expected, rel=1e-10)
    whole = cronbach_alpha(scores, missing="listwise")
    assert whole.estimate == pytest.approx(cronbach_alpha(scores.dropna()).estimate, rel=1e-12)
    assert whole.n == len(scores.dropna())
    assert status(whole, "missing") == "warn"
    assert status(cronbach_alpha(scores), "missing_answers") == "warn"


def leaving_out(scores: pd.DataFrame, number) -> float:
    values = np.array([number(scores.drop(index=i)) for i in scores.index])
    n = len(values)
    return math.sqrt((n - 1) / n * np.sum((values - values.mean()) ** 2))


def test_jackknife_equals_leaving_out_each_person(rng: np.random.Generator):
    scores = parallel(rng, 30)
    found = cronbach_alpha(scores, interval="jackknife")
    log = leaving_out(scores, lambda d: math.log(1 - cronbach_alpha(d).estimate))
    assert found.std_error == pytest.approx((1 - found.estimate) * log, rel=1e-9)
    reach = stats.t.ppf(0.975, 29) * log
    assert found.conf_low == pytest.approx(1 - (1 - found.estimate) * math.exp(reach), rel=1e-9)
    sem = found.standard_error_of_measurement
    log = leaving_out(scores, lambda d: math.log(cronbach_alpha(d).standard_error_of_measurement.estimate))
    assert sem.std_error == pytest.approx(sem.estimate * log, rel=1e-9)


def test_jackknife_with_gaps_equals_leaving_out_each_person(rng: np.random.Generator):
    """First order only where answers are missing: the two agree within some per cent."""
    scores = parallel(rng, 200)
    scores = scores.where(rng.random(scores.shape) > 0.15)
    found = cronbach_alpha(scores, interval="jackknife")
    without = [cronbach_alpha(scores.drop(index=i)) for i in scores.index]
    for part in PARTS:
        values = np.array([getattr(one, part).estimate for one in without])
        brute = math.sqrt(199 / 200 * np.sum((values - values.mean()) ** 2))
        assert getattr(found, part).std_error == pytest.approx(brute, rel=0.05)


def test_alpha_does_not_depend_on_unit_level_or_order(rng: np.random.Generator):
    scores = parallel(rng, 50)
    base = cronbach_alpha(scores, interval="jackknife")
    moved = cronbach_alpha(3 * scores + 1000, interval="jackknife")
    mixed = cronbach_alpha(scores.iloc[::-1, ::-1], interval="jackknife")
    for field in ("estimate", "std_error", "conf_low", "conf_high"):
        assert getattr(moved, field) == pytest.approx(getattr(base, field), rel=1e-9)
        assert getattr(mixed, field) == pytest.approx(getattr(base, field), rel=1e-9)
    sems = (r.standard_error_of_measurement.estimate for r in (moved, base))
    assert next(sems) == pytest.approx(3 * next(sems), rel=1e-9)


def test_frame_has_the_fixed_columns_and_three_rows():
    frame = cronbach_alpha(SMALL).to_frame()
    assert frame["term"].tolist() == ["cronbach_alpha", "standardized_alpha", "standard_error_of_measurement"]
    assert frame["unit"].tolist() == ["reliability", "reliability", "points of the sum score"]


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (SMALL[["q1"]], "one item"),
        (SMALL * 0 + 1, "does not vary"),
        (SMALL.astype(float) * np.nan, "0 people"),
        (SMALL.head(1), "1 people"),
        (
            pd.DataFrame({"a": [1.0, np.nan, 2, np.nan], "b": [np.nan, 1.0, np.nan, 2]}),
            "both items of 1 pairs",
        ),
        (pd.DataFrame({"a": [0, 1, 2], "b": [2, 1, 0]}), "does not vary"),
    ],
)
def test_undefined_alpha_is_nan_with_a_note(frame, words):
    found = cronbach_alpha(frame)
    for part in PARTS:
        assert math.isnan(getattr(found, part).estimate)
        assert words in getattr(found, part).note
    assert len(found.items) == frame.shape[1]
    assert str(found)


def test_constant_item_counts_and_is_named(rng: np.random.Generator):
    scores = parallel(rng, 40)
    found = cronbach_alpha(scores.assign(easy=1.0))
    total = scores.cov().to_numpy()
    assert found.estimate == pytest.approx(7 / 6 * (1 - np.trace(total) / total.sum()), rel=1e-10)
    assert "easy" in detail(found, "constant_item")
    assert f"{cronbach_alpha(scores).estimate:.3f}" in detail(found, "constant_item")
    assert math.isnan(found.standardized.estimate)
    assert found.items.set_index("item").loc["easy", "note"] != ""
    assert status(cronbach_alpha(scores), "constant_item") == "pass"


def test_identical_items_agree_exactly_without_an_invented_interval(rng: np.random.Generator):
    column = rng.normal(size=20)
    found = cronbach_alpha(pd.DataFrame({"a": column, "b": column, "c": column}))
    assert found.estimate == pytest.approx(1, abs=1e-12)
    assert math.isnan(found.conf_low)
    assert "agree exactly" in found.note


def test_three_people_and_two_items_give_numbers_or_notes():
    for interval in ("feldt", "jackknife"):
        found = cronbach_alpha(pd.DataFrame({"a": [1, 2, 4], "b": [1, 3, 3]}), interval=interval)
        assert found.conf_low < found.estimate < found.conf_high
        assert found.items["alpha_if_deleted"].isna().all()
        assert (found.items["note"] != "").all()
        assert status(found, "few_people") == "warn"


def test_people_are_counted_by_id_and_ids_are_no_item():
    frame = SMALL.assign(moderator_id=["a", "a", "b", "c", "d"])
    found = cronbach_alpha(frame)
    assert found.estimate == pytest.approx(0.75, rel=1e-12)
    assert (found.n, found.n_people) == (5, 4)


def test_nullable_and_boolean_columns_count():
    assert cronbach_alpha(SMALL.astype("Int64")).estimate == pytest.approx(0.75, rel=1e-12)
    assert cronbach_alpha(SMALL.astype(bool)).estimate == pytest.approx(0.75, rel=1e-12)


@pytest.mark.parametrize(
    ("frame", "options", "error"),
    [
        ([[1, 2]], {}, TypeError),
        (pd.DataFrame({"a": ["x", "y"], "b": [1, 2]}), {}, TypeError),
        (pd.DataFrame({"a": [1, np.inf], "b": [1, 2]}), {}, ValueError),
        (pd.DataFrame(index=range(3)), {}, ValueError),
        (SMALL, {"missing": "drop"}, ValueError),
        (SMALL, {"interval": "bootstrap"}, ValueError),
        (SMALL, {"conf_level": 95}, ValueError),
    ],
)
def test_bad_input_raises(frame, options, error):
    with pytest.raises(error):
        cronbach_alpha(frame, **options)


def test_feldt_check_is_silent_for_equal_items_and_loud_at_the_ceiling(rng: np.random.Generator):
    assert status(cronbach_alpha(parallel(rng, 400)), "feldt_interval") == "pass"
    difficulty = np.linspace(-3.5, -1, 20)
    marks = rng.random((400, 20)) < 1 / (1 + np.exp(-1.2 * (rng.normal(0.8, 1, (400, 1)) - difficulty)))
    easy = pd.DataFrame(marks.astype(float))
    assert status(cronbach_alpha(easy), "feldt_interval") == "warn"
    assert status(cronbach_alpha(easy, interval="jackknife"), "feldt_interval") == "pass"


def easy_test(rng: np.random.Generator, n: int, level: float = 1.5) -> pd.DataFrame:
    """20 right-or-wrong items that about nine in ten get right."""
    a, b = rng.lognormal(0.1, 0.3, 20), rng.uniform(-2.5, 0.5, 20)
    return pd.DataFrame(rng.random((n, 20)) < 1 / (1 + np.exp(-a * (rng.normal(level, 1, (n, 1)) - b))))


def test_feldt_check_hears_most_easy_tests_and_few_parallel_ones(rng: np.random.Generator):
    """Its interval holds the truth in about 85 % of these easy tests, and in 95 % of the parallel ones."""
    easy = [status(cronbach_alpha(easy_test(rng, 100)), "feldt_interval") == "warn" for _ in range(100)]
    equal = [status(cronbach_alpha(parallel(rng, 50)), "feldt_interval") == "warn" for _ in range(100)]
    assert np.mean(easy) >= 0.7
    assert np.mean(equal) <= 0.15


def test_doubtful_interval_says_so_where_the_number_stands(rng: np.random.Generator):
    easy = easy_test(rng, 400, 2.0)
    feldt, free = cronbach_alpha(easy), cronbach_alpha(easy, interval="jackknife")
    assert feldt.note.endswith(
        f"a distribution-free one reaches from {free.conf_low:.2f} to {free.conf_high:.2f}"
    )
    assert feldt.to_frame().loc[0, "note"] == feldt.note
    assert f"({free.conf_low:.3f} to {free.conf_high:.3f})" in detail(feldt, "feldt_interval")
    assert free.note == ""
    assert cronbach_alpha(parallel(rng, 400)).note == ""


def test_skewed_sums_are_doubtful_though_the_sample_hides_the_width():
    """One trait, exponential: the sums' skewness is that of the data whatever the ratio of the widths."""
    trait = stats.expon.ppf((np.arange(60) + 0.5) / 60)
    noise = np.random.default_rng(60).normal(size=(60, 8))
    found = cronbach_alpha(pd.DataFrame(trait[:, None] + 1.5 * noise))
    skewness = stats.skew((trait[:, None] + 1.5 * noise).sum(axis=1), bias=False)
    assert skewness > 1
    assert f"skewness of the sums {skewness:.1f}" in detail(found, "feldt_interval")
    assert status(found, "feldt_interval") == "warn"
    assert "too narrow" in found.note


def test_an_item_that_nobody_answered_is_named(rng: np.random.Generator):
    found = cronbach_alpha(parallel(rng, 30).assign(q1=np.nan))
    assert math.isnan(found.estimate)
    assert found.note == "fewer than two people answered q1: compute without"


def test_correlations_given_as_scores_are_refused(rng: np.random.Generator):
    """Six correlations are not six people; whole numbers with the same names are scores all the same."""
    with pytest.raises(ValueError, match="looks like the correlations of 6 items"):
        cronbach_alpha(parallel(rng, 50).corr())
    assert cronbach_alpha(pd.DataFrame([[1, 0, 1], [0, 1, 1], [1, 1, 1]])).n == 3
