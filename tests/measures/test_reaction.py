"""Survey summaries: by hand, recovery, coverage, edges."""

import numpy as np
import pandas as pd
import pytest

from tne.measures.reaction import survey_summary


def survey(values, **columns):
    frame = pd.DataFrame({"response_id": range(len(values)), "value": values} | columns)
    return frame.assign(
        **{
            k: v
            for k, v in {"construct": "relevance", "scale_min": 1, "scale_max": 5}.items()
            if k not in frame
        }
    )


def test_survey_summary_by_hand():
    """Half of ten answered: the variance of the mean is (1 − 5 / 10) s² / 5 (Lohr 2022, equation 2.10)."""
    result = survey_summary(survey([5, 5, 4, 3, 1]), by=(), population=10)
    plain = survey_summary(survey([5, 5, 4, 3, 1]), by=()).get(term="mean")
    assert result.get(term="mean").estimate == pytest.approx(3.6)
    assert plain.std_error == pytest.approx(np.std([5, 5, 4, 3, 1], ddof=1) / np.sqrt(5))
    assert result.get(term="mean").std_error == pytest.approx(plain.std_error * np.sqrt(0.5))
    assert result.get(term="top_box").estimate == pytest.approx(2 / 5)
    assert result.get(term="net_score").estimate == pytest.approx(3 / 5 - 1 / 5)
    assert result.get(term="response_rate").estimate == 0.5
    assert result.get(term="mean").n_people == 5
    assert {c.name: c.status for c in result.checks}["nonresponse"] == "warn"


def test_net_promoter_score_by_hand():
    result = survey_summary(survey([10, 9, 8, 7, 6, 0], scale_min=0, scale_max=10), by=())
    assert result.get(term="net_score").estimate == pytest.approx(2 / 6 - 2 / 6)


def test_wilson_interval_by_hand():
    """For no success in n the upper limit is z² / (n + z²)."""
    from tne.measures.survey_intervals import wilson

    low, high = wilson(0.0, 10, 1.959964)
    assert low == pytest.approx(0.0, abs=1e-12)
    assert high == pytest.approx(1.959964**2 / (10 + 1.959964**2))


def test_questions_of_a_construct_are_averaged_per_person_first():
    answers = pd.DataFrame(
        {
            "response_id": [1, 1, 2],
            "question_id": ["a", "b", "a"],
            "construct": "relevance",
            "value": [5, 3, 1],
            "scale_min": 1,
            "scale_max": 5,
        }
    )
    row = survey_summary(answers, by=()).get(term="mean")
    assert row.estimate == pytest.approx((4 + 1) / 2)
    assert (row.n, row.n_people) == (3, 2)


def test_people_are_counted_once_over_several_responses():
    answers = survey([5, 4, 1], moderator_id=["a", "a", "b"])
    result = survey_summary(answers, by=(), population=4)
    assert result.get(term="mean").n_people == 2
    assert result.get(term="response_rate").estimate == 0.5


def test_poststratified_mean_by_hand():
    """Two sites, 60 and 40 invited: .6 × 4 + .4 × 2, variance with the finite population correction."""
    answers = survey([5, 4, 3, 1, 3], site=["a", "a", "a", "b", "b"])
    result = survey_summary(answers, by=(), strata="site", population={"a": 60, "b": 40})
    row = result.get(term="poststratified_mean")
    assert row.estimate == pytest.approx(0.6 * 4 + 0.4 * 2)
    variance = 0.36 * (1 - 3 / 60) * 1 / 3 + 0.16 * (1 - 2 / 40) * 2 / 2
    assert row.std_error == pytest.approx(np.sqrt(variance))
    frame = pd.DataFrame({"site": ["a", "b"], "invited": [60, 40]})
    same = survey_summary(answers, by=(), strata=["site"], population=frame).get(term="poststratified_mean")
    assert same.estimate == row.estimate


def test_population_by_market_is_used_within_the_market():
    answers = survey([5, 3, 1, 2], market=["A", "A", "B", "B"], site=["x", "y", "x", "y"])
    invited = pd.DataFrame({"market": ["A", "A", "B", "B"], "site": ["x", "y"] * 2, "invited": [3, 1, 1, 3]})
    result = survey_summary(answers, by="market", strata="site", population=invited).to_frame()
    post = result[result["term"] == "poststratified_mean"].set_index("market")["estimate"]
    assert post["A"] == pytest.approx(0.75 * 5 + 0.25 * 3)
    assert post["B"] == pytest.approx(0.25 * 1 + 0.75 * 2)
    assert list(result.columns[:2]) == ["market", "construct"]


def test_clustered_mean_equals_statsmodels(rng):
    import statsmodels.api as sm

    session = np.repeat(np.arange(8), 6)
    value = np.clip(np.round(3 + rng.normal(size=8)[session] + rng.normal(size=48)), 1, 5)
    fit = sm.OLS(value, np.ones(48)).fit().get_robustcov_results("cluster", groups=session)
    row = survey_summary(survey(value, session=session), by=(), clusters="session").get(term="mean")
    assert row.std_error == pytest.approx(fit.bse[0])
    assert row.df == 7


# California's Academic Performance Index, samples of Lumley's R package survey (data "api"): schools by type.
SCHOOLS = {"E": 4421, "H": 755, "M": 1018}
# apistrat: sampled schools, mean and standard deviation of api00 by type
APISTRAT = {"E": (100, 674.43, 125.249407), "H": (50, 625.82, 109.302728), "M": (50, 636.60, 117.579165)}
# apiclus1: 15 districts, schools and sum of api00 by type
APICLUS1 = """
637 E 8 5418, 637 H 1 608, 637 M 2 1333, 437 E 2 963, 437 H 1 443, 437 M 1 482, 778 E 1 494, 778 M 1 411,
197 E 10 6714, 197 M 3 1879, 406 E 2 1116, 815 E 2 1166, 815 H 1 696, 815 M 1 631, 178 E 2 1001, 178 H 1 529,
178 M 1 547, 255 E 13 9185, 255 M 3 2184, 568 E 4 2859, 568 H 4 2848, 568 M 1 679, 135 E 34 22508,
510 E 16 10593, 510 H 2 1256, 510 M 3 1912, 716 E 30 16808, 716 H 3 1577, 716 M 4 2009, 61 E 10 7203,
61 M 3 2169, 413 E 1 551, 448 E 9 6858, 448 H 1 703, 448 M 2 1550
"""


def with_moments(n, mean, sd):
    values = np.arange(n, dtype=float)
    return mean + sd * (values - values.mean()) / values.std(ddof=1)


def schools(values, **columns):
    return survey(values, scale_min=200, scale_max=1000, **columns)


def apistrat():
    values = np.concatenate([with_moments(*moments) for moments in APISTRAT.values()])
    kind = np.repeat(list(APISTRAT), [n for n, _, _ in APISTRAT.values()])
    weight = np.array([SCHOOLS[k] / APISTRAT[k][0] for k in kind])
    return schools(values, stype=kind, pw=weight)


def apiclus1():
    cells = [cell.split() for cell in APICLUS1.replace("\n", " ").split(",")]
    size = [int(n) for _, _, n, _ in cells]
    mean = [float(total) / int(n) for _, _, n, total in cells]
    return schools(np.repeat(mean, size), dnum=np.repeat([c[0] for c in cells], size),
                   stype=np.repeat([c[1] for c in cells], size), pw=6194 / 183)  # fmt: skip


def test_stratified_mean_matches_published_api():
    """R survey, apistrat: svymean(~api00) = 662.2874, SE 9.536132; with fpc 9.408941 (Lumley 2010, page 23)."""
    plain = survey_summary(apistrat(), by=(), weights="pw", strata="stype").get(term="mean")
    assert plain.estimate == pytest.approx(662.287363, abs=1e-5)
    assert plain.std_error == pytest.approx(9.536132, abs=1e-5)
    assert plain.df == 197
    known = survey_summary(apistrat(), by=(), weights="pw", strata="stype", population=SCHOOLS)
    for term in ("mean", "poststratified_mean"):
        assert known.get(term=term).estimate == pytest.approx(662.287363, abs=1e-5)
        assert known.get(term=term).std_error == pytest.approx(9.408941, abs=1e-5)


def test_simple_random_sample_matches_published_api():
    """R survey, apisrs: svymean(~api00) = 656.585, SE 9.402772; with fpc 6194: 9.249722."""
    answers = schools(with_moments(200, 656.585, 9.40277217088064 * np.sqrt(200)))
    assert survey_summary(answers, by=()).get(term="mean").std_error == pytest.approx(9.402772, abs=1e-6)
    known = survey_summary(answers, by=(), population=6194).get(term="mean")
    assert known.std_error == pytest.approx(9.249722, abs=1e-6)


def test_cluster_mean_matches_published_api():
    """R survey, apiclus1: 644.1694, SE 23.77901; with fpc = 757 districts 23.54224 (Lumley 2010, page 25)."""
    drawn = {"by": (), "weights": "pw", "clusters": "dnum"}
    plain = survey_summary(apiclus1(), **drawn).get(term="mean")
    assert plain.estimate == pytest.approx(644.169399, abs=1e-6)
    assert plain.std_error == pytest.approx(23.77901, abs=1e-5)
    assert plain.df == 14
    for population in (
        757,
        pd.DataFrame({"clusters": [757]}),
        pd.DataFrame({"invited": [6194], "clusters": [757]}),
    ):
        known = survey_summary(apiclus1(), **drawn, population=population).get(term="mean")
        assert known.std_error == pytest.approx(23.54224, abs=1e-5)


def test_poststratified_clusters_match_published_api():
    """R survey, postStratify(apiclus1, ~stype): 642.3108, SE 24.16106; 757 districts take √(1 − 15 / 757)."""
    drawn = {"by": (), "weights": "pw", "clusters": "dnum", "strata": "stype"}
    plain = survey_summary(apiclus1(), **drawn, population=SCHOOLS).get(term="poststratified_mean")
    assert plain.estimate == pytest.approx(642.310788, abs=1e-6)
    assert plain.std_error == pytest.approx(24.161061, abs=1e-6)
    frame = pd.DataFrame({"stype": list(SCHOOLS), "invited": list(SCHOOLS.values()), "clusters": 757})
    known = survey_summary(apiclus1(), **drawn, population=frame).get(term="poststratified_mean")
    assert known.std_error == pytest.approx(24.161061 * np.sqrt(1 - 15 / 757), abs=1e-6)


def test_cluster_mean_matches_published_gpa():
    """Lohr (2022), example 5.2: grades of five suites of four students, drawn from 100: mean 2.826, SE .164."""
    grades = [3.08, 2.60, 3.44, 3.04, 2.36, 3.04, 3.28, 2.68, 2.00, 2.56,
              2.52, 1.88, 3.00, 2.88, 3.44, 3.64, 2.68, 1.92, 3.28, 3.20]  # fmt: skip
    answers = survey(grades, scale_min=0, scale_max=4, suite=np.repeat(range(5), 4), weight=20.0)
    row = survey_summary(answers, by=(), weights="weight", clusters="suite", population=100).get(term="mean")
    assert (row.estimate, row.std_error) == pytest.approx((2.826, 0.164), abs=5e-4)


def test_domain_means_of_clusters_match_published_api():
    """R survey, ?svyby: svyby(~api00, ~stype, dclus1, svymean). Districts without a type of school count with zeros."""
    drawn = {"by": "stype", "weights": "pw", "clusters": "dnum", "population": 757}
    result = survey_summary(apiclus1(), **drawn)
    published = {"E": (648.8681, 22.36241), "H": (618.5714, 38.02025), "M": (631.4400, 31.60947)}
    for kind, (mean, error) in published.items():
        row = result.get(term="mean", stype=kind)
        assert (row.estimate, row.std_error) == pytest.approx((mean, error), abs=6e-5)
        assert "domain" in row.method
    assert result.get(term="mean", stype="H").df == 7  # eight districts have high schools in the sample


def test_domain_means_of_strata_by_hand(rng):
    """The error is that of the ratio Σ w d y / Σ w d over the whole sample, d = 1 in the domain, 0 elsewhere."""
    answers = survey(rng.integers(1, 6, 60), site=np.repeat(list("abc"), 20), view=rng.choice(["l", "m"], 60),
                     w=np.repeat([2.0, 3, 5], 20))  # fmt: skip
    invited = {"a": 40, "b": 60, "c": 100}
    plain = survey_summary(answers, by="view", weights="w", strata="site")
    known = survey_summary(answers, by="view", weights="w", strata="site", population=invited)
    for view in ("l", "m"):
        d = (answers["view"] == view) * answers["w"]
        mean = (d * answers["value"]).sum() / d.sum()
        z = d * (answers["value"] - mean) / d.sum()
        variance = 20 * z.groupby(answers["site"]).var()
        assert plain.get(term="mean", view=view).estimate == pytest.approx(mean)
        assert plain.get(term="mean", view=view).std_error == pytest.approx(np.sqrt(variance.sum()))
        left = pd.Series({site: 1 - 20 / n for site, n in invited.items()})
        assert known.get(term="mean", view=view).std_error == pytest.approx(np.sqrt((left * variance).sum()))


def test_groups_with_strata_or_clusters_of_their_own_are_surveys_of_their_own(rng):
    answers = survey(rng.integers(1, 6, 60), market=np.repeat(["A", "B"], 30), team=np.repeat(range(10), 6))
    both = survey_summary(answers, by="market", clusters="team")
    for market, part in answers.groupby("market"):
        alone = survey_summary(part, by=(), clusters="team").get(term="mean")
        found = both.get(term="mean", market=market)
        assert (found.std_error, found.df) == pytest.approx((alone.std_error, alone.df))
        assert "domain" not in found.method


def test_counts_that_do_not_tell_groups_apart_give_no_rate_of_a_group():
    answers = survey([5, 3, 1, 2, 4], market=list("AABBB"), wave="end")
    result = survey_summary(answers, by=["market", "wave"], population=10)
    for market, n in (("A", 2), ("B", 3)):
        rate = result.get(term="response_rate", market=market)
        assert np.isnan(rate.estimate)
        assert "does not tell the groups apart" in rate.note
        variance = answers.loc[answers["market"] == market, "value"].var() / n
        mean = result.get(term="mean", market=market)
        assert mean.std_error == pytest.approx(np.sqrt(variance * (1 - 5 / 10)))  # five of all ten answered
    checks = {c.name: c for c in result.checks}
    assert "50 % answered" in checks["nonresponse"].detail
    post = survey_summary(answers.assign(site="x"), by="market", strata="site", population={"x": 10})
    assert "does not tell" in post.get(term="poststratified_mean", market="A").note
    silent = answers.assign(value=answers["value"].where(answers["market"] == "A"))
    for market in ("A", "B"):  # the counts are of B too, though nobody of B answered
        rate = survey_summary(silent, by="market", population=10).get(term="response_rate", market=market)
        assert "does not tell" in rate.note
    frame = pd.DataFrame({"market": ["A", "B"], "invited": [4, 6]})
    for counts in (frame, {"A": 4, "B": 6}, frame.set_index("market")["invited"]):
        told = survey_summary(answers, by="market", population=counts)
        assert told.get(term="response_rate", market="A").estimate == 0.5
    both = survey_summary(answers, by="market", strata="market", population={"A": 4, "B": 6})
    assert both.get(term="response_rate", market="A").estimate == 0.5
    pairs = survey_summary(answers, by=["market", "wave"], population={("A", "end"): 4, ("B", "end"): 6})
    assert pairs.get(term="response_rate", market="B").estimate == 0.5
    waves = pd.concat([answers, answers.assign(wave="follow_up", response_id=range(5, 10))])
    each = survey_summary(waves, by="wave", population=10)  # the same ten people were asked twice
    assert each.get(term="response_rate", wave="end").estimate == 0.5
    with pytest.raises(ValueError, match="columns of `by`"):
        survey_summary(answers, by="market", population=4)


def test_stratified_clusters_match_published_fpc():
    """Stata manual, [SVY] svyset (data fpc; also R survey's): mean 5.448148, SE .7412683, with fpc .6160407."""
    answers = survey([2.8, 4.1, 6.8, 6.8, 9.2, 3.7, 6.6, 4.2], scale_min=0, scale_max=10, stratid=[1] * 5 + [2] * 3,
                     psuid=[1, 2, 3, 4, 5, 1, 2, 3], weight=[3] * 5 + [4] * 3)  # fmt: skip
    drawn = {"by": (), "weights": "weight", "strata": "stratid"}
    for clusters in (None, "psuid"):
        plain = survey_summary(answers, **drawn, clusters=clusters)
        known = survey_summary(answers, **drawn, clusters=clusters, population={1: 15, 2: 12})
        for result, error in ((plain, 0.7412683), (known, 0.6160407)):
            row = result.get(term="mean")
            assert (row.estimate, row.std_error) == pytest.approx((5.448148, error), abs=6e-7)
            assert row.df == 6


def test_clusters_numbered_anew_match_published_ambulances():
    """Levy and Lemeshow's ambulances (R survey, data scd), 2 in each of 3 areas: mean 46.33333, SE 3.582364 (BRR)."""
    answers = survey(
        [25, 24, 30, 49, 80, 70], scale_min=0, scale_max=100, area=[1, 1, 2, 2, 3, 3], ambulance=[1, 2] * 3
    )
    result = survey_summary(answers, by=(), strata="area", clusters="ambulance")
    row = result.get(term="mean")
    assert (row.estimate, row.std_error) == pytest.approx((46.333333, 3.582364), abs=1e-6)
    assert row.df == 3
    check = next(c for c in result.checks if c.name == "clusters_across_strata")
    assert check.status == "warn"
    assert "different clusters" in check.detail
    twice = pd.concat([answers, answers.assign(response_id=range(6, 12))])
    crossed = survey_summary(twice, by=(), strata="area", clusters="ambulance", population={1: 9, 2: 9, 3: 9})
    assert "reach over strata" in next(c for c in crossed.checks if c.name == "clusters_across_strata").detail


def test_a_stratum_with_one_cluster_by_hand():
    """R's lonely.psu = "adjust": its distance from the overall mean counts as its spread, and no df."""
    answers = survey([5, 3, 1], site=["a", "a", "b"])
    row = survey_summary(answers, by=(), strata="site").get(term="mean")
    z = (np.array([5, 3, 1]) - 3) / 3
    assert row.std_error == pytest.approx(np.sqrt(2 * ((z[:2] - z[:2].mean()) ** 2).sum() + z[2] ** 2))
    assert row.df == 1
    assert "one respondent or cluster" in row.note
    post = survey_summary(answers, by=(), strata="site", population={"a": 4, "b": 4})
    assert post.get(term="poststratified_mean").estimate == pytest.approx(2.5)
    assert np.isnan(post.get(term="poststratified_mean").std_error)
    assert {c.name: c.status for c in post.checks}["small_strata"] == "warn"


def test_top_box_interval_equals_statsmodels():
    """Unweighted people: Wilson's interval, exactly."""
    from statsmodels.stats.proportion import proportion_confint

    for hits, n in ((0, 7), (3, 12), (30, 40)):
        row = survey_summary(survey([5] * hits + [2] * (n - hits)), by=()).get(term="top_box")
        low, high = proportion_confint(hits, n, method="wilson")
        assert (row.conf_low, row.conf_high) == pytest.approx((low, high), abs=1e-12)


@pytest.mark.parametrize(("above", "below", "n"), [(9, 1, 64), (12, 7, 40), (3, 5, 12)])
def test_net_score_interval_by_brute_force(above, below, n):
    """The limits are where the score test, its shares fitted numerically, is just at the quantile."""
    from tne.measures.survey_intervals import net_score_interval

    low, high = net_score_interval(above / n, below / n, n, 1.959964)
    for limit, quantile in ((low, 1.959964), (high, -1.959964)):
        assert score_statistic(above, below, n, limit) == pytest.approx(quantile, abs=1e-5)


def score_statistic(above, below, n, d):
    """The score test of Tango (1998) with the shares fitted by brute force instead of his formula."""
    from scipy.optimize import minimize_scalar

    def loss(down):
        up = down + d
        return -(above * np.log(up) + below * np.log(down) + (n - above - below) * np.log(1 - up - down))

    edge = 1e-12
    down = minimize_scalar(loss, bounds=(max(0, -d) + edge, (1 - d) / 2 - edge), method="bounded",
                           options={"xatol": 1e-14}).x  # fmt: skip
    return (above - below - n * d) / np.sqrt(n * (2 * down + d * (1 - d)))


@pytest.mark.parametrize(
    ("above", "below", "n"), [(0, 0, 5), (3, 2, 5), (5, 0, 5), (0, 5, 5), (0, 2, 40), (5, 2, 40), (40, 0, 40)]
)
def test_net_score_interval_holds_the_score_and_turns_with_the_scale(above, below, n):
    from tne.measures.survey_intervals import net_score_interval

    low, high = net_score_interval(above / n, below / n, n, 1.96)
    assert -1 <= low <= (above - below) / n <= high <= 1
    assert high > low
    turned = net_score_interval(below / n, above / n, n, 1.96)
    assert turned == pytest.approx((-high, -low), abs=1e-8)


def test_poststratified_shares_weight_each_answer_by_invited_over_answered():
    answers = survey([5, 5, 3, 1, 5, 2], site=list("aaaabb"))
    found = survey_summary(answers, by=(), strata="site", population={"a": 10, "b": 30})
    assert found.get(term="poststratified_top_box").estimate == pytest.approx(0.25 * 2 / 4 + 0.75 * 1 / 2)
    assert found.get(term="poststratified_net_score").estimate == pytest.approx(0.25 * 1 / 4 + 0.75 * 0)
    cell = answers["site"].map({"a": 10 / 4, "b": 30 / 2})
    weighted = survey_summary(answers.assign(w=cell), by=(), weights="w")
    for term in ("mean", "top_box", "net_score"):
        assert found.get(term=f"poststratified_{term}").estimate == pytest.approx(
            weighted.get(term=term).estimate
        )


def test_everybody_answered_leaves_no_error():
    row = survey_summary(survey([5, 4, 2]), by=(), population=3).get(term="mean")
    assert (row.std_error, row.conf_low, row.conf_high) == (0, row.estimate, row.estimate)
    assert "everybody" in row.note


def questions(matrix, **columns):
    people, count = matrix.shape
    return pd.DataFrame(
        {
            "response_id": np.repeat(np.arange(people), count),
            "question_id": np.tile([f"q{i}" for i in range(count)], people),
            "construct": "relevance",
            "value": matrix.ravel(),
            "scale_min": 0,
            "scale_max": 10,
        }
        | columns
    )


def test_reliability_by_hand():
    """Two questions: alpha = 4 cov / (var + var + 2 cov)."""
    matrix = np.array([[9.0, 8], [7, 7], [3, 5], [10, 9], [6, 4]])
    row = survey_summary(questions(matrix), by=()).get(term="reliability")
    c = np.cov(matrix.T)
    assert row.estimate == pytest.approx(4 * c[0, 1] / c.sum())
    assert row.conf_low < row.estimate < row.conf_high
    assert (row.n, row.n_people) == (10, 5)


def test_a_reversed_question_is_named_and_reliability_not_clipped():
    matrix = np.array([[9.0, 8, 1], [7, 7, 3], [3, 5, 8], [10, 9, 1], [6, 4, 6]])
    result = survey_summary(questions(matrix), by=())
    checks = {c.name: c for c in result.checks}
    assert result.get(term="reliability").estimate < 0
    assert checks["reliability"].status == "warn"
    assert "q2" in checks["reversed_item"].detail
    matrix[:, 2] = 10 - matrix[:, 2]
    good = {c.name: c.status for c in survey_summary(questions(matrix), by=()).checks}
    assert good["reliability"] == "pass"
    assert "reversed_item" not in good


def test_views_stand_side_by_side():
    views = ["learner"] * 3 + ["manager"] * 2
    answers = survey([5, 4, 3, 2, 2], respondent=views, moderator_id=["a", "b", "c", None, None])
    result = survey_summary(answers, by="respondent", population=pd.DataFrame(
        {"respondent": ["learner", "manager", "trainer"], "invited": [4, 2, 1]}))  # fmt: skip
    assert result.get(term="mean", respondent="learner").estimate == 4
    assert result.get(term="mean", respondent="manager").n_people == 2
    assert result.get(term="mean", respondent="manager").estimand == "managers who answered"
    assert result.get(term="response_rate", respondent="learner").estimate == 0.75
    checks = {c.name: c for c in result.checks}
    assert checks["missing_views"].status == "warn"
    assert "trainer" in checks["missing_views"].detail
    everyone = pd.concat([answers, survey([4], respondent="trainer").assign(response_id=9)])
    assert {c.name: c.status for c in survey_summary(everyone, by="respondent").checks}[
        "missing_views"
    ] == "pass"


def test_mixed_views_and_waves_warn():
    mixed = survey([5, 4], respondent=["learner", "manager"], wave=["end", "follow_up"])
    found = {c.name: c.status for c in survey_summary(mixed, by=()).checks}
    assert (found["mixed_views"], found["mixed_waves"]) == ("warn", "warn")
    one = survey([5, 4], respondent="learner", wave="end")
    found = {c.name: c.status for c in survey_summary(one, by=()).checks}
    assert (found["mixed_views"], found["mixed_waves"]) == ("pass", "pass")


def test_shared_sessions_warn_unless_they_are_the_clusters():
    answers = survey([5, 5, 5, 2, 2, 1, 4, 4, 4], session_id=np.repeat(list("abc"), 3))
    loose = {c.name: c for c in survey_summary(answers, by=()).checks}
    assert loose["clusters_ignored"].status == "warn"
    assert "clusters='session_id'" in loose["clusters_ignored"].detail
    held = {c.name for c in survey_summary(answers, by=(), clusters="session_id").checks}
    assert "clusters_ignored" not in held


def test_clusters_across_strata_warn_where_the_strata_do_nothing():
    answers = survey([5, 4, 1, 2, 3, 3, 4, 1], site=np.repeat(["x", "y"], 4), team=[1, 1, 2, 2] * 2)
    odd = answers.assign(team=answers["team"].replace({1: 7}))  # these labels do not start anew
    again = survey_summary(odd, by=(), strata="site", clusters="team")
    assert {c.name: c.status for c in again.checks}["clusters_across_strata"] == "warn"
    own = answers.assign(team=answers["site"] + answers["team"].astype(str))
    nested = survey_summary(own, by=(), strata="site", clusters="team")
    assert "clusters_across_strata" not in {c.name for c in nested.checks}
    sums = np.array([[3.25, -2.75], [0.25, -0.75]])  # of answers minus 2.875, by site and team
    error = np.sqrt(2 * ((sums - sums.mean(axis=1, keepdims=True)) ** 2).sum()) / 8
    assert nested.get(term="mean").std_error == pytest.approx(error)
    known = survey_summary(odd, by=(), strata="site", clusters="team", population={"x": 9, "y": 9})
    assert {c.name: c.status for c in known.checks}["clusters_across_strata"] == "pass"


def test_few_people_and_clusters_warn():
    few = survey([1, 2, 3, 4], session=[1, 1, 2, 2])
    checks = {c.name: c.status for c in survey_summary(few, by=(), clusters="session").checks}
    assert (checks["few_people"], checks["few_clusters"]) == ("warn", "warn")
    many = survey([1, 2, 3, 4] * 10, session=np.repeat(range(20), 2))
    checks = {c.name: c.status for c in survey_summary(many, by=(), clusters="session").checks}
    assert (checks["few_people"], checks["few_clusters"]) == ("pass", "pass")


def test_nobody_answered_is_said():
    asked = survey([np.nan, np.nan, 4], construct=["a", "a", "b"])
    result = survey_summary(asked, by=(), population=10)
    assert "nobody answered" in result.get(term="mean", construct="a").note
    assert result.get(term="response_rate", construct="a").estimate == 0
    assert result.get(term="mean", construct="b").estimate == 4


def test_equal_answers_have_no_interval_of_the_mean():
    same = survey_summary(survey([4, 4, 4]), by=()).get(term="mean")
    assert same.estimate == 4
    assert np.isnan(same.conf_low)
    assert "equal" in same.note


def test_scaling_the_weights_changes_nothing(rng):
    answers = survey(rng.integers(1, 6, 30), w=rng.uniform(1, 3, 30))
    one = survey_summary(answers, by=(), weights="w").to_frame()
    two = survey_summary(answers.assign(w=answers["w"] * 7), by=(), weights="w").to_frame()
    numbers = ["estimate", "std_error", "conf_low", "conf_high"]
    pd.testing.assert_frame_equal(one[numbers], two[numbers])


def test_even_response_raises_no_warning():
    answers = survey([5, 4, 3, 2], site=["a", "a", "b", "b"])
    result = survey_summary(answers, by=(), strata="site", population={"a": 3, "b": 3})
    assert {c.name: c.status for c in result.checks}["nonresponse"] == "pass"


def test_what_cannot_be_known_is_nan_with_a_note():
    plain = survey_summary(survey([5, 4]), by=())
    for term in ("response_rate", "poststratified_mean"):
        assert np.isnan(plain.get(term=term).estimate)
        assert plain.get(term=term).note
    silent = survey_summary(survey([5, 4], site="a"), by=(), strata="site", population={"a": 4, "b": 4})
    assert "nobody answered in 1 of 2" in silent.get(term="poststratified_mean").note
    single = survey_summary(survey([5]), by=()).get(term="mean")
    assert np.isnan(single.std_error)
    assert single.note
    same = survey_summary(survey([5, 5, 5]), by=()).get(term="top_box")
    assert same.conf_low < 1
    assert same.conf_high == pytest.approx(1)
    assert survey_summary(survey([5]).head(0), by=()).to_frame().empty


def test_empty_answers_are_counted():
    result = survey_summary(survey([5, 4, np.nan]), by=())
    assert result.get(term="mean").n == 2
    assert {c.name for c in result.checks} >= {"missing_answers"}


def test_bad_surveys_are_refused():
    mixed = survey([5, 4], scale_max=[5, 7])
    with pytest.raises(ValueError, match="mixes 2 scales"):
        survey_summary(mixed, by=())
    with pytest.raises(ValueError, match="outside its scale"):
        survey_summary(survey([6]), by=())
    with pytest.raises(ValueError, match="More people answered"):
        survey_summary(survey([5, 4]), by=(), population=1)
    with pytest.raises(ValueError, match="strata that `population` lacks"):
        survey_summary(survey([5, 4], site=["a", "z"]), by=(), strata="site", population={"a": 9})
    with pytest.raises(ValueError, match="names no such columns"):
        survey_summary(survey([5, 4]), by=(), population={"a": 9})
    with pytest.raises(KeyError, match="lacks the columns"):
        survey_summary(survey([5]).drop(columns="scale_max"), by=())
    with pytest.raises(KeyError, match="market"):
        survey_summary(survey([5]), by="market")
    with pytest.raises(ValueError, match="one row per response_id × question_id"):
        survey_summary(survey([5, 4], question_id="q", response_id=1), by=())
    with pytest.raises(ValueError, match="missing in 1 row"):
        survey_summary(survey([5, 4], site=["a", None]), by=(), strata="site")
    with pytest.raises(TypeError, match="holds a list"):
        survey_summary(survey([5, 4]), by=(), population=[9])
    with pytest.raises(TypeError, match="holds a str"):
        survey_summary(survey([5, 4], site="a"), by=(), strata="site", population={"a": "many"})
    with pytest.raises(ValueError, match="called cluster"):
        survey_summary(survey([5, 4], cluster="a"), by="cluster")
    with pytest.raises(ValueError, match="More clusters answered"):
        survey_summary(
            survey([5, 4], s=[1, 2]), by=(), clusters="s", population=pd.DataFrame({"clusters": [1]})
        )
