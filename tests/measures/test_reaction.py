"""Survey summaries: by hand, recovery, coverage, edges."""

import numpy as np
import pandas as pd
import pytest

from tne.measures.reaction import survey_summary

REPLICATIONS = 200


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
    result = survey_summary(survey([5, 5, 4, 3, 1]), by=(), population=10)
    assert result.get(term="mean").estimate == pytest.approx(3.6)
    assert result.get(term="mean").std_error == pytest.approx(np.std([5, 5, 4, 3, 1], ddof=1) / np.sqrt(5))
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
    from tne.measures.survey_design import wilson

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


def nonresponse(rng):
    """S6: four sites, response .80/.60/.60/.25, satisfaction 3.2 + .3/0/0/−.4 (the mean of everybody: 3.175)."""
    site = np.repeat(list("abcd"), 60)
    shift = np.repeat([0.3, 0.0, 0.0, -0.4], 60)
    value = np.clip(3.2 + shift + rng.normal(0, 0.7, 240), 0, 7)
    answered = rng.uniform(size=240) < np.repeat([0.80, 0.60, 0.60, 0.25], 60)
    return survey(value[answered], site=site[answered], scale_min=0, scale_max=7), value.mean()


def test_poststratified_mean_recovers_the_mean_of_everybody(rng):
    """S6: the mean of those who answered is too high by .09; the post-stratified mean is not, and a check warns."""
    naive, post, hits = [], [], []
    for _ in range(REPLICATIONS):
        answers, truth = nonresponse(rng)
        result = survey_summary(answers, by=(), strata="site", population=dict.fromkeys("abcd", 60))
        row = result.get(term="poststratified_mean")
        naive.append(result.get(term="mean").estimate - truth)
        post.append(row.estimate - truth)
        hits.append(row.conf_low <= truth <= row.conf_high)
        assert {c.name: c.status for c in result.checks}["nonresponse"] == "warn"
    error = np.std(post) / np.sqrt(REPLICATIONS)
    assert abs(np.mean(post)) < 3 * error + 0.003
    assert np.mean(naive) > 0.06
    slack = 3 * np.sqrt(0.05 * 0.95 / REPLICATIONS)
    assert 0.935 - slack <= np.mean(hits) <= 0.965 + slack


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
    with pytest.raises(ValueError, match="`strata` names no column"):
        survey_summary(survey([5, 4]), by=(), population={"a": 9})
    with pytest.raises(KeyError, match="lacks the columns"):
        survey_summary(survey([5]).drop(columns="scale_max"), by=())
    with pytest.raises(KeyError, match="market"):
        survey_summary(survey([5]), by="market")
