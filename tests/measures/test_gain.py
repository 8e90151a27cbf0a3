"""Change from before to after: published values, invariances, edges, coverage."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tne.measures.gain import (
    comparable,
    hedges_factor,
    mastery_change,
    mean_change,
    normalized_gain,
    standardized_change,
)
from tne.measures.sessions import intraclass

REPLICATIONS = 200
SLEEP = pd.DataFrame(
    {
        "pre": [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0],
        "post": [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4],
    }
)
NAMES = {"pre": "pre", "post": "post"}
FUNCTIONS = [
    lambda d: mean_change(d, **NAMES),
    lambda d: standardized_change(d, **NAMES, standardizer="d_z"),
    lambda d: standardized_change(d, **NAMES, standardizer="d_av"),
    lambda d: standardized_change(d, **NAMES, standardizer="d_pre"),
    lambda d: normalized_gain(d, **NAMES, max_score=100),
    lambda d: mastery_change(d, **NAMES, cut=1),
]


def with_moments(
    m_pre: float, m_post: float, sd_pre: float, sd_post: float, n: int, r: float, rng: np.random.Generator
) -> pd.DataFrame:
    """People whose means, standard deviations and correlation are exactly these."""
    deviations = rng.normal(size=(n, 2))
    one, two = np.linalg.qr(deviations - deviations.mean(axis=0))[0].T * math.sqrt(n - 1)
    return pd.DataFrame(
        {"pre": m_pre + sd_pre * one, "post": m_post + sd_post * (r * one + math.sqrt(1 - r**2) * two)}
    )


def status(result, name: str) -> str:
    return next(c.status for c in result.checks if c.name == name)


def covered(count: int) -> bool:
    """The bar for coverage: .935 to .965, plus and minus 3 binomial standard errors of the count used."""
    slack = 3 * math.sqrt(0.95 * 0.05 / REPLICATIONS)
    return 0.935 - slack <= count / REPLICATIONS <= 0.965 + slack


@pytest.mark.published("L2-PAIRED-SLEEP")
def test_mean_change_matches_published_sleep():
    """Student (1908); R ?t.test: t = 4.0621, df = 9, p = 0.002833, 95 % CI 0.7001 to 2.4599."""
    result = mean_change(SLEEP, **NAMES)
    assert result.estimate == pytest.approx(1.58, abs=1e-12)
    assert result.statistic == pytest.approx(4.0621, abs=5e-5)
    assert result.df == 9
    assert result.p_value == pytest.approx(0.002833, abs=5e-7)
    assert (result.conf_low, result.conf_high) == pytest.approx((0.7001142, 2.4598858), abs=5e-8)
    assert (result.n, result.n_people, result.n_people_total) == (10, 10, 10)


@pytest.mark.published("L2-PAIRED-SLEEP")
def test_standardized_change_matches_published_sleep():
    """The same data: R effectsize hedges_g 1.17 [0.38, 1.94]; pingouin cohen_d 0.832181; d_z 1.284557563."""
    d_z = standardized_change(SLEEP, **NAMES, standardizer="d_z")
    assert (d_z.estimate, d_z.conf_low, d_z.conf_high) == pytest.approx((1.17, 0.38, 1.94), abs=0.005)
    plain = {s: standardized_change(SLEEP, **NAMES, standardizer=s, correction=None) for s in ("d_z", "d_av")}
    assert plain["d_z"].estimate == pytest.approx(1.284557563, abs=1e-9)
    assert plain["d_av"].estimate == pytest.approx(0.832181, abs=5e-7)
    d_av = standardized_change(SLEEP, **NAMES, standardizer="d_av")
    assert d_av.estimate == pytest.approx(0.832181 * hedges_factor(9), abs=5e-7)


def test_hedges_factor_by_hand():
    """Hedges (1981), J(m) = Γ(m/2) / (√(m/2) Γ((m−1)/2)): J(2) = 1/√π, J(3) = √π/(2√1.5)."""
    assert hedges_factor(2) == pytest.approx(1 / math.sqrt(math.pi), rel=1e-12)
    assert hedges_factor(3) == pytest.approx(math.sqrt(math.pi) / 2 / math.sqrt(1.5), rel=1e-12)
    assert hedges_factor(5000) == pytest.approx(1 - 3 / (4 * 5000 - 1), abs=1e-8)


@pytest.mark.parametrize(
    ("row", "change", "variance"),
    [
        ((30.6, 38.5, 15.0, 11.6, 20, 0.47), 0.5056, 0.0594),
        ((23.5, 26.8, 3.1, 4.1, 50, 0.64), 1.0481, 0.0254),
        ((0.5, 0.7, 0.1, 0.1, 9, 0.77), 1.8054, 0.2322),
        ((53.4, 75.9, 14.5, 4.4, 10, 0.89), 1.4181, 0.1225),
        ((35.6, 36.0, 4.7, 4.6, 14, 0.44), 0.0801, 0.0802),
    ],
)
def test_d_pre_matches_published_metafor_analysis(
    row: tuple, change: float, variance: float, rng: np.random.Generator
):
    """metafor-project.org, analyses:morris2008, and its test file: escalc(measure="SMCR") of five trained groups."""
    found = standardized_change(with_moments(*row, rng), pre="pre", post="post", standardizer="d_pre")
    assert found.estimate == pytest.approx(change, abs=5e-5)
    assert found.std_error**2 == pytest.approx(variance, abs=5.1e-5)


def test_d_pre_variance_by_hand():
    """Becker (1988): 2(1 − r)/n + g²/(2n)."""
    result = standardized_change(SLEEP, **NAMES, standardizer="d_pre")
    r = np.corrcoef(SLEEP.pre, SLEEP.post)[0, 1]
    g = 1.58 / SLEEP.pre.std() * hedges_factor(9)
    assert result.estimate == pytest.approx(g, rel=1e-12)
    assert result.std_error**2 == pytest.approx(2 * (1 - r) / 10 + g**2 / 20, rel=1e-12)


def test_d_av_interval_matches_published_example(rng: np.random.Generator):
    """Bonett's R package statpsych, help page of ci.stdmean.ps, unweighted standardizer (Bonett 2008)."""
    scores = with_moments(102.1, 110.4, 14.6, 15.3, 25, 0.75, rng)
    found = standardized_change(scores, **NAMES, standardizer="d_av", correction=None)
    assert found.estimate == pytest.approx(0.5550319, abs=5e-8)
    assert found.std_error == pytest.approx(0.1609934, abs=5e-8)
    assert (found.conf_low, found.conf_high) == pytest.approx((0.2394905, 0.8705732), abs=5e-8)


@pytest.mark.published("L2-MCNEMAR-AGRESTI")
def test_mastery_change_matches_published_approval_ratings():
    """Agresti, Categorical Data Analysis, approval of a prime minister: z² = 17.36, difference −.04 (−.06, −.02)."""
    table = {(1, 1): 794, (1, 0): 150, (0, 1): 86, (0, 0): 570}
    people = pd.DataFrame([k for k, n in table.items() for _ in range(n)], columns=["pre", "post"])
    result = mastery_change(people, **NAMES, cut=1)
    assert result.estimate == pytest.approx(-0.04, abs=1e-12)
    assert result.statistic == pytest.approx(17.355932, abs=5e-7)
    assert result.p_value == pytest.approx(3.71593614e-05, rel=1e-6)
    assert stats.chi2(result.df).sf(result.statistic) == pytest.approx(3.099293e-05, rel=1e-6)
    assert result.std_error == pytest.approx(0.0095, abs=5e-5)
    assert (result.conf_low, result.conf_high) == pytest.approx((-0.06, -0.02), abs=0.005)


@pytest.mark.parametrize(("gain", "band"), [(0.23, "low"), (0.48, "medium")])
@pytest.mark.published("L2-HAKE-AGG")
def test_normalized_gain_matches_published_course_averages(gain: float, band: str):
    """Hake (1998), AJP 66:64: 14 traditional courses ⟨g⟩ = 0.23, 48 interactive ones 0.48; bands .3 and .7.

    Courses are built to the published gain from a published kind of start (class means of 28 to 71 %).
    """
    pre = np.array([28.0, 45, 52, 71])
    courses = pd.DataFrame({"pre": pre, "post": pre + gain * (100 - pre)})
    result = normalized_gain(courses, **NAMES, max_score=100)
    assert result.estimate == pytest.approx(gain, abs=1e-12)
    assert result.band == band


@pytest.mark.parametrize(("post", "band"), [(29.9, "low"), (30, "medium"), (69.9, "medium"), (70, "high")])
def test_band_edges_by_hand(post: float, band: str):
    people = pd.DataFrame({"pre": [0.0, 0.0], "post": [post, post]})
    assert normalized_gain(people, **NAMES, max_score=100).band == band


@pytest.mark.parametrize(
    ("pre", "post", "band"), [(0.4, 0.58, "medium"), (0.4, 0.82, "high"), (0.4, 0.57, "low")]
)
def test_band_edges_in_shares_by_hand(pre: float, post: float, band: str):
    """.18 of .6 is .3 and .42 of .6 is .7, whatever binary fractions say."""
    people = pd.DataFrame({"pre": [pre] * 3, "post": [post] * 3})
    assert normalized_gain(people, **NAMES, max_score=1).band == band


@pytest.mark.parametrize(("score", "cut"), [(55, 0.55 * 100), (0.7 + 0.7 + 0.7, 2.1), (0.1 + 0.2, 0.3)])
def test_a_score_on_the_cut_passes_whatever_rounding_says(score: float, cut: float):
    people = pd.DataFrame({"pre": [0.0] * 5, "post": [score] * 5})
    assert mastery_change(people, **NAMES, cut=cut).estimate == 1
    assert mastery_change(people, **NAMES, cut=cut + 0.001).estimate == 0


def test_changes_match_published_film_ratings():
    """Lakens (2013), Front. Psychol. 4:863, tables 1 and 2: t(9) = 4.74, p = .001, interval .52 to 1.48, r = .73,
    d_z = 1.50; d_av = 1.13 (over the mean of both SDs there; their root mean square gives the same digits)."""
    films = pd.DataFrame(
        {"pre": [9, 6, 7, 8, 7, 9, 8, 8, 8, 7], "post": [9, 7, 8, 9, 8, 9, 9, 10, 9, 9]}, dtype="Int64"
    )
    change = mean_change(films, **NAMES)
    assert (change.estimate, change.df) == (1, 9)
    assert change.statistic == pytest.approx(4.74, abs=0.005)
    assert change.p_value == pytest.approx(0.001, abs=0.0005)
    assert (change.conf_low, change.conf_high) == pytest.approx((0.52, 1.48), abs=0.005)
    plain = {s: standardized_change(films, **NAMES, standardizer=s, correction=None) for s in ("d_z", "d_av")}
    assert plain["d_z"].estimate == pytest.approx(1.50, abs=0.005)
    assert plain["d_av"].estimate == pytest.approx(1.13, abs=0.005)


def test_normalized_gain_interval_equals_bootstrap(rng: np.random.Generator):
    pre = rng.uniform(30, 80, 150)
    people = pd.DataFrame(
        {"pre": pre, "post": np.clip(pre + 0.4 * (100 - pre) + rng.normal(0, 8, 150), 0, 100)}
    )
    result = normalized_gain(people, **NAMES, max_score=100)
    draw = rng.integers(0, 150, (4000, 150))
    a, b = people.pre.to_numpy()[draw].mean(1), people.post.to_numpy()[draw].mean(1)
    assert result.std_error == pytest.approx(np.std((b - a) / (100 - a)), rel=0.06)


def test_d_av_variance_equals_bootstrap_with_unequal_spread(rng: np.random.Generator):
    pre = rng.normal(0, 1, 300)
    people = pd.DataFrame({"pre": pre, "post": 0.8 + 0.4 * pre + rng.normal(0, 0.4, 300)})
    result = standardized_change(people, **NAMES, standardizer="d_av", correction=None)
    draw = rng.integers(0, 300, (4000, 300))
    a, b = people.pre.to_numpy()[draw], people.post.to_numpy()[draw]
    d = (b - a).mean(1) / np.sqrt((a.var(1, ddof=1) + b.var(1, ddof=1)) / 2)
    assert result.std_error == pytest.approx(d.std(), rel=0.08)


def test_individual_gains_are_warned_about_and_counted():
    people = pd.DataFrame({"pre": [10, 10, 5, 8], "post": [10, 9, 8, 9]})
    result = normalized_gain(people, **NAMES, max_score=10, of="individuals")
    assert result.estimate == pytest.approx(np.mean([3 / 5, 1 / 2]))
    assert (result.n, result.n_undefined) == (2, 2)
    check = next(c for c in result.checks if c.name == "individual_gains")
    assert check.status == "warn"
    assert "2 of 4" in check.detail


def test_normalized_gain_takes_the_maximum_from_a_column():
    people = pd.DataFrame({"pre": [4, 10, 5], "post": [8, 14, 8], "top": [10, 20, 10]})
    assert normalized_gain(people, **NAMES, max_score="top").estimate == pytest.approx((30 - 19) / (40 - 19))
    with pytest.raises(ValueError, match="exceed"):
        normalized_gain(people, **NAMES, max_score=12)
    with pytest.raises(ValueError, match="missing"):
        normalized_gain(people.assign(top=[10, np.nan, 10]), **NAMES, max_score="top")


def test_gain_at_the_ceiling_is_undefined_and_says_so():
    people = pd.DataFrame({"pre": [10, 10, 10], "post": [9, 10, 10]})
    for of in ("means", "individuals"):
        result = normalized_gain(people, **NAMES, max_score=10, of=of)
        assert math.isnan(result.estimate)
        assert result.note
        assert result.band == ""


def test_invariance_to_shift_and_scale():
    moved = SLEEP * 7 + 1000
    one, two = mean_change(SLEEP, **NAMES), mean_change(moved, **NAMES)
    assert two.estimate == pytest.approx(7 * one.estimate, rel=1e-9)
    assert two.statistic == pytest.approx(one.statistic, rel=1e-8)
    for standardizer in ("d_av", "d_z", "d_pre"):
        a = standardized_change(SLEEP, **NAMES, standardizer=standardizer)
        b = standardized_change(moved, **NAMES, standardizer=standardizer)
        assert b.to_frame().iloc[0, 1:8].astype(float).tolist() == pytest.approx(
            a.to_frame().iloc[0, 1:8].astype(float).tolist(), rel=1e-8, nan_ok=True
        )
    a = normalized_gain(SLEEP, **NAMES, max_score=10)
    b = normalized_gain(moved, **NAMES, max_score=1070)
    assert (b.estimate, b.std_error) == pytest.approx((a.estimate, a.std_error), rel=1e-9)


def test_swapping_the_waves_flips_the_sign():
    for of in ("d_av", "d_z"):
        a = standardized_change(SLEEP, **NAMES, standardizer=of)
        b = standardized_change(SLEEP, pre="post", post="pre", standardizer=of)
        assert (b.estimate, b.conf_low, b.conf_high) == pytest.approx(
            (-a.estimate, -a.conf_high, -a.conf_low), rel=1e-7
        )


def test_cluster_of_one_person_each_equals_the_paired_t():
    a, b = mean_change(SLEEP, **NAMES), mean_change(SLEEP.assign(s=range(10)), **NAMES, cluster="s")
    for field in ("estimate", "std_error", "df", "conf_low", "p_value"):
        assert getattr(b, field) == pytest.approx(getattr(a, field), rel=1e-9)


def test_equal_clusters_equal_the_t_test_of_their_means():
    """Balanced clusters: CR2 with Satterthwaite df is exactly the one-sample t of the cluster means."""
    rng = np.random.default_rng(5)
    people = pd.DataFrame({"pre": 0.0, "post": rng.normal(1, 1, 40), "session": np.repeat(range(8), 5)})
    result = mean_change(people, **NAMES, cluster="session")
    other = stats.ttest_1samp(people.groupby("session")["post"].mean(), 0)
    assert (result.statistic, result.df, result.p_value) == pytest.approx(
        (other.statistic, 7, other.pvalue), rel=1e-9
    )


@pytest.mark.parametrize("analyse", FUNCTIONS)
@pytest.mark.parametrize(
    "scores",
    [
        pd.DataFrame({"pre": [], "post": []}, dtype=float),
        pd.DataFrame({"pre": [1.0], "post": [2.0]}),
        pd.DataFrame({"pre": [1.0, 2, 3], "post": [np.nan] * 3}),
        pd.DataFrame({"pre": [1.0, np.nan, 3], "post": [np.nan, 2, 4]}),
    ],
    ids=["nobody", "one", "all missing", "one pair"],
)
def test_too_few_pairs_are_undefined_with_a_note(analyse, scores: pd.DataFrame):
    result = analyse(scores)
    assert math.isnan(result.estimate)
    assert math.isnan(result.p_value)
    assert result.note
    assert len(result.to_frame()) == 1


def test_a_constant_second_score_has_no_correlation_and_no_error():
    """Becker's variance needs the correlation of the waves: 0 would be invented."""
    scores = pd.DataFrame({"pre": [1.0, 2, 3, 4, 5, 7], "post": [9.0] * 6})
    found = standardized_change(scores, pre="pre", post="post", standardizer="d_pre", correction=None)
    assert found.estimate == pytest.approx((9 - 22 / 6) / scores["pre"].std())
    assert math.isnan(found.std_error)
    assert math.isnan(found.conf_low)
    assert "no correlation" in found.note


@pytest.mark.parametrize("analyse", FUNCTIONS)
def test_two_people_or_no_variance_never_raise_and_never_invent(analyse):
    for scores in (
        pd.DataFrame({"pre": [1.0, 2], "post": [3.0, 5]}),
        pd.DataFrame({"pre": [2.0] * 30, "post": [2.0] * 30}),
        pd.DataFrame({"pre": [2.0] * 30, "post": [3.0] * 30}),
    ):
        result = analyse(scores)
        assert result.note or not math.isnan(result.p_value)
        assert not np.isinf(result.to_frame().select_dtypes(float)).to_numpy().any()


@pytest.mark.parametrize("analyse", FUNCTIONS)
def test_unequal_scales_give_no_gain(analyse):
    scales = SLEEP.assign(scale_pre="policy quiz A", scale_post="policy quiz B")
    tops = SLEEP.assign(max_score_pre=20, max_score_post=[20] * 9 + [30])
    for scores in (scales, tops):
        result = analyse(scores)
        assert math.isnan(result.estimate)
        assert "scale" in result.note
        assert status(result, "comparable") == "fail"


def test_comparable_says_pass_fail_or_not_run():
    assert comparable(SLEEP).status == "not_run"
    assert comparable(SLEEP.assign(scale_pre="a", scale_post="a")).status == "pass"
    unbounded = SLEEP.assign(scale_pre="a", scale_post="a", max_score_pre=np.nan, max_score_post=np.nan)
    assert comparable(unbounded).status == "pass"
    assert comparable(unbounded.assign(max_score_post=10)).status == "fail"
    later = SLEEP.rename(columns={"post": "delayed"}).assign(scale_pre="a", scale_delayed="b")
    assert comparable(later, post="delayed").status == "fail"
    nobody = SLEEP.assign(scale_pre="a", scale_post=["b", *["a"] * 9], post=[np.nan, *SLEEP.post[1:]])
    assert comparable(nobody).status == "pass"


def test_forms_are_compared_where_they_are_known():
    """Two forms without a scale warn; on one scale they pass and are named, and so is the same form taken twice."""
    two = SLEEP.assign(form_pre="A", form_post=["B"] * 6 + ["A"] * 4)
    assert comparable(two).status == "warn"
    assert "6 of 10" in comparable(two).detail
    assert comparable(two.assign(max_score_pre=10, max_score_post=10)).status == "warn"
    scaled = comparable(two.assign(scale_pre="policy", scale_post="policy"))
    assert scaled.status == "pass"
    assert "6 of 10 people took two forms" in scaled.detail
    assert "4 of 10 people took the same form twice" in scaled.detail
    assert comparable(SLEEP.assign(form_pre="A", form_post="A")).status == "not_run"
    assert mean_change(two, **NAMES).estimate == mean_change(SLEEP, **NAMES).estimate


@pytest.mark.parametrize("analyse", FUNCTIONS)
def test_shared_sessions_that_errors_ignore_are_heard(analyse, rng: np.random.Generator):
    """Silent where everyone came alone or no session is known, loud where several share one (ICC about .3)."""
    session = np.repeat(np.arange(12), 20)
    pre = rng.normal(50, 5, 240)
    people = pd.DataFrame({"pre": pre, "post": pre + rng.normal(0, 1, 12)[session] + rng.normal(0, 1.5, 240)})
    for silent in (people, people.assign(session_id=np.arange(240)), people.assign(session_id=np.nan)):
        assert "clusters_ignored" not in {c.name for c in analyse(silent).checks}
    loud = analyse(people.assign(session_id=session))
    assert status(loud, "clusters_ignored") == "warn"
    assert "12 sessions" in next(c.detail for c in loud.checks if c.name == "clusters_ignored")
    assert status(analyse(people.assign(session_id="only")), "clusters_ignored") == "not_run"


def test_a_named_session_is_not_ignored(rng: np.random.Generator):
    people = SLEEP.assign(session_id=np.repeat(range(5), 2))
    for missing in ("complete", "weighted"):
        result = mean_change(people, **NAMES, cluster="session_id", missing=missing)
        assert "clusters_ignored" not in {c.name for c in result.checks}
        assert status(result, "clusters") == "warn"


def test_intraclass_correlation_by_hand():
    """One-way analysis of variance, three a group: (MSB − MSW) / (MSB + 2 MSW) (Searle 1992, section 4.4)."""
    values = np.array([10.0, 12, 14, 16, 14, 15, 11, 12, 10]) - 12
    groups = np.repeat([0, 1, 2], 3)
    means = values.reshape(3, 3).mean(1)
    msb = 3 * ((means - values.mean()) ** 2).sum() / 2
    msw = ((values - means[groups]) ** 2).sum() / 6
    assert intraclass(values, groups) == pytest.approx((msb - msw) / (msb + 2 * msw), rel=1e-12)
    assert math.isnan(intraclass(values, np.arange(9)))
    assert math.isnan(intraclass(values, np.zeros(9, dtype=int)))


def test_bad_input_is_refused_in_words():
    with pytest.raises(KeyError, match="lacks the columns"):
        mean_change(SLEEP, pre="before", post="post")
    with pytest.raises(TypeError, match="not numeric"):
        mean_change(SLEEP.astype(str), **NAMES)
    with pytest.raises(ValueError, match="infinite"):
        mean_change(SLEEP.replace(2.0, np.inf), **NAMES)
    with pytest.raises(ValueError, match="standardizer"):
        standardized_change(SLEEP, **NAMES, standardizer="d")
    with pytest.raises(ValueError, match="cut"):
        mastery_change(SLEEP, **NAMES, cut=math.nan)
    with pytest.raises(ValueError, match=r"`cut` is '55'\. Give the lowest passing score"):
        mastery_change(SLEEP, **NAMES, cut="55")
    with pytest.raises(ValueError, match="conf_level"):
        mean_change(SLEEP, **NAMES, conf_level=95)


def test_a_maximum_in_text_is_refused_and_one_in_objects_taken():
    tops = SLEEP.assign(max_score_pre="ten", max_score_post="ten")
    with pytest.raises(TypeError, match=r"max_score_post.*not numeric"):
        mean_change(tops, **NAMES)
    for top in (pd.Series([10] * 10, dtype=object), pd.Series([10] * 10, dtype="category")):
        people = SLEEP.assign(max_score_pre=top, max_score_post=top)
        assert status(mean_change(people, **NAMES), "ceiling") == "pass"


def test_people_are_counted_once():
    twice = pd.concat([SLEEP, SLEEP]).assign(moderator_id=[*range(10), *range(10)])
    result = mean_change(twice, **NAMES)
    assert (result.n, result.n_people) == (20, 10)
    assert status(result, "repeated_people") == "warn"
    for silent in (
        mean_change(SLEEP.assign(moderator_id=range(10)), **NAMES),
        mean_change(twice, **NAMES, cluster="moderator_id"),
    ):
        assert "repeated_people" not in {c.name for c in silent.checks}


def test_ceiling_and_attrition_checks_are_silent_and_loud(rng: np.random.Generator):
    pre = rng.normal(50, 10, 200)
    calm = pd.DataFrame({"pre": pre, "post": pre + rng.normal(5, 5, 200)})
    assert {status(mean_change(calm, **NAMES), n) for n in ("ceiling", "floor", "attrition")} == {"pass"}
    high = pd.DataFrame({"pre": pre, "post": np.minimum(pre + 5, 58)})
    assert status(mean_change(high, **NAMES), "ceiling") == "warn"
    lost = calm.assign(post=calm.post.where(calm.pre > 45))
    assert status(mean_change(lost, **NAMES), "attrition") == "fail"


def test_scores_above_the_maximum_are_heard_of():
    over = SLEEP.assign(max_score_pre=5.0, max_score_post=5.0)
    result = mean_change(over, **NAMES)
    assert result.estimate == pytest.approx(1.58)
    assert status(result, "ceiling") == "warn"
    assert "1 of 10 people have more than the maximum" in next(
        c.detail for c in result.checks if c.name == "ceiling"
    )
    with pytest.raises(ValueError, match="exceed"):
        normalized_gain(over, **NAMES, max_score="max_score_post")


def test_regression_to_the_mean_is_seen_in_people_chosen_for_low_scores(rng: np.random.Generator):
    """Scenario S1: the lowest 30 % of 600 people by 50 audits; no warning for everybody, one for the chosen."""
    skill = 1 / (1 + np.exp(-rng.normal(1.9, 0.45, 600)))
    everyone = pd.DataFrame({"pre": rng.binomial(50, skill) / 50, "post": rng.binomial(50, skill) / 50})
    chosen = everyone[everyone.pre < everyone.pre.quantile(0.3)]
    assert status(mean_change(everyone, **NAMES), "regression_to_mean") != "pass"
    assert status(mean_change(chosen, **NAMES), "regression_to_mean") == "warn"
    assert mean_change(chosen, **NAMES).estimate > 0.02


def test_gain_of_means_is_unbiased_where_individual_gains_are_not(rng: np.random.Generator):
    """Scenario S3z: 20 items, no gain; individual gains average about −.10, the gain of means about 0."""
    means, singles = [], []
    difficulty = np.linspace(-2.5, 0.5, 20)
    for _ in range(REPLICATIONS // 2):
        chance = 1 / (1 + np.exp(-1.2 * (rng.normal(0.8, 1, (400, 1)) - difficulty)))
        people = pd.DataFrame({w: (rng.random((400, 20)) < chance).sum(1) for w in ("pre", "post")})
        means.append(normalized_gain(people, **NAMES, max_score=20).estimate)
        singles.append(normalized_gain(people, **NAMES, max_score=20, of="individuals").estimate)
    assert abs(np.mean(means)) < 3 * np.std(means) / math.sqrt(len(means)) + 0.003
    assert np.mean(singles) < -0.05


def test_interval_covers_the_true_change(rng: np.random.Generator):
    hits = dict.fromkeys(["mean", "d_z", "d_av", "d_pre"], 0)
    truth = {"mean": 0.6, "d_z": 0.6 / math.sqrt(2 * 0.4), "d_av": 0.6, "d_pre": 0.6}
    for _ in range(REPLICATIONS):
        both = rng.multivariate_normal([0, 0.6], [[1, 0.6], [0.6, 1]], 40)
        people = pd.DataFrame(both, columns=["pre", "post"])
        for name, value in truth.items():
            r = (
                mean_change(people, **NAMES)
                if name == "mean"
                else standardized_change(people, **NAMES, standardizer=name)
            )
            hits[name] += r.conf_low <= value <= r.conf_high
    assert all(covered(h) for h in hits.values()), hits


def test_interval_covers_the_true_change_in_passes(rng: np.random.Generator):
    hits = 0
    for _ in range(REPLICATIONS):
        before = rng.random(30) < 0.5
        after = np.where(before, rng.random(30) < 0.9, rng.random(30) < 0.4)
        r = mastery_change(pd.DataFrame({"pre": before, "post": after}).astype(float), **NAMES, cut=1)
        hits += r.conf_low <= 0.15 <= r.conf_high
    assert covered(hits), hits


def test_weighting_undoes_attrition(rng: np.random.Generator):
    """Scenario S5: gain .3, P(stay) = expit(1 + 1.2 z_pre); against everybody's pre .589, weighted .296."""
    found, naive, hits = [], [], 0
    for _ in range(REPLICATIONS):
        skill = rng.normal(size=800)
        pre, post = skill + rng.normal(0, 0.5, 800), skill + 0.3 + rng.normal(0, 0.5, 800)
        z = (pre - pre.mean()) / pre.std()
        post[rng.random(800) > 1 / (1 + np.exp(-1 - 1.2 * z))] = np.nan
        people = pd.DataFrame({"pre": pre, "post": post})
        r = mean_change(people, **NAMES, missing="weighted")
        found.append(r.estimate)
        naive.append(np.nanmean(post) - pre.mean())
        hits += r.conf_low <= 0.3 <= r.conf_high
        assert status(r, "attrition") == "fail"
    assert abs(np.mean(found) - 0.3) < 3 * np.std(found) / math.sqrt(REPLICATIONS) + 0.003
    assert np.mean(naive) > 0.5
    assert covered(hits), hits


def test_weighting_without_attrition_equals_the_complete_pairs(rng: np.random.Generator):
    complete, weighted = mean_change(SLEEP, **NAMES), mean_change(SLEEP, **NAMES, missing="weighted")
    for field in ("estimate", "std_error", "df", "p_value"):
        assert getattr(weighted, field) == pytest.approx(getattr(complete, field), rel=1e-9)
    sorted_out = SLEEP.assign(post=SLEEP.post.where(SLEEP.pre > 0.3))
    separated = mean_change(sorted_out, **NAMES, missing="weighted")
    assert math.isnan(separated.estimate)
    assert "overlap" in separated.note


def test_weighted_error_equals_bootstrap(rng: np.random.Generator):
    pre = rng.normal(size=300)
    post = np.where(
        rng.random(300) < 1 / (1 + np.exp(-1 - pre)), 0.3 + 0.5 * pre + rng.normal(size=300), np.nan
    )
    people = pd.DataFrame({"pre": pre, "post": post})
    draws = [people.iloc[rng.integers(0, 300, 300)] for _ in range(400)]
    spread = np.std([mean_change(d, **NAMES, missing="weighted").estimate for d in draws])
    assert mean_change(people, **NAMES, missing="weighted").std_error == pytest.approx(spread, rel=0.12)
