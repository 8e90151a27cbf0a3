"""The same people weeks later: by hand, scipy, linkage, edges."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tne.measures.follow_up import survey_change


def waves(end, follow_up, **columns):
    """One answer a person and wave; None = did not answer."""
    rows = [
        {"response_id": f"{wave}{i}", "moderator_id": f"m{i}", "wave": wave, "value": value}
        for wave, values in (("end", end), ("follow_up", follow_up))
        for i, value in enumerate(values)
        if value is not None
    ]
    fixed = {"construct": "relevance", "scale_min": 1, "scale_max": 5}
    return pd.DataFrame(rows).assign(**(fixed | columns))


def checks(result):
    return {c.name: c.status for c in result.checks}


END = [5, 4, 4, 3, 2, 5, 1]
LATER = [4, 4, 2, 3, 1, None, None]


def test_paired_change_equals_scipy():
    result = survey_change(waves(END, LATER))
    row = result.get(term="mean_change")
    test = stats.ttest_rel(LATER[:5], END[:5])
    assert row.estimate == pytest.approx(np.mean(np.subtract(LATER[:5], END[:5])))
    assert (row.statistic, row.p_value, row.df) == pytest.approx((test.statistic, test.pvalue, 4))
    interval = test.confidence_interval()
    assert (row.conf_low, row.conf_high) == pytest.approx((interval.low, interval.high))
    assert row.n_people == 5


def test_shares_and_net_score_by_hand():
    result = survey_change(waves(END, LATER))
    assert result.get(term="top_box_change").estimate == pytest.approx(-1 / 5)
    assert result.get(term="net_score_change").estimate == pytest.approx((2 - 2) / 5 - (3 - 1) / 5)
    assert result.get(term="answered_both").estimate == pytest.approx(5 / 7)


def test_people_who_came_back_are_held_against_those_who_did_not():
    assert checks(survey_change(waves(END, LATER)))["attrition"] == "warn"
    assert checks(survey_change(waves(END, [4] * 7)))["attrition"] == "pass"
    happy = survey_change(waves([5] * 9 + [1], [5, 4] * 4 + [5, None]))
    assert checks(happy)["attrition"] == "warn"


def test_answers_without_a_person_are_counted_not_linked():
    answers = waves(END, LATER)
    managers = answers.assign(moderator_id=None, response_id=lambda f: f["response_id"] + "x")
    both = survey_change(pd.concat([answers, managers]))
    assert both.get(term="mean_change").estimate == survey_change(answers).get(term="mean_change").estimate
    assert checks(both)["unlinked"] == "warn"
    assert checks(survey_change(answers))["unlinked"] == "pass"


def test_clustered_change_equals_statsmodels(rng):
    import statsmodels.api as sm

    session = np.repeat(range(8), 5)
    end = rng.integers(2, 6, 40)
    later = np.clip(end + rng.integers(-1, 2, 8)[session] + rng.integers(-1, 2, 40), 1, 5)
    answers = waves(end, later)
    answers["session_id"] = answers["moderator_id"].str[1:].astype(int).map(dict(enumerate(session)))
    fit = sm.OLS(later - end, np.ones(40)).fit().get_robustcov_results("cluster", groups=session)
    row = survey_change(answers, clusters="session_id").get(term="mean_change")
    assert (row.std_error, row.df) == pytest.approx((fit.bse[0], 7))


def test_groups_and_constructs_are_kept_apart():
    one = waves(END, LATER, programme_id="p")
    two = waves(LATER[:5], END[:5], programme_id="q").assign(response_id=lambda f: f["response_id"] + "q")
    result = survey_change(pd.concat([one, two]), by="programme_id")
    assert result.get(term="mean_change", programme_id="p").estimate == pytest.approx(
        -result.get(term="mean_change", programme_id="q").estimate
    )


def test_what_cannot_be_known_is_nan_with_a_note():
    apart = survey_change(waves([5, None], [None, 4]))
    assert "nobody answered both" in apart.get(term="mean_change").note
    assert apart.get(term="answered_both").estimate == 0
    assert "one respondent" in survey_change(waves([5], [4])).get(term="mean_change").note
    shifted = survey_change(waves([5, 4, 3], [4, 3, 2])).get(term="mean_change")
    assert shifted.estimate == -1
    assert np.isnan(shifted.conf_low)
    assert "same" in shifted.note


def test_a_construct_without_linked_answers_keeps_its_rows():
    anonymous = survey_change(waves(END, LATER).assign(moderator_id=None))
    assert "nobody answered both" in anonymous.get(term="mean_change").note
    assert "nobody answered before" in anonymous.get(term="answered_both").note
    assert checks(anonymous)["unlinked"] == "warn"
    empty = waves(END, LATER, construct="usefulness").assign(value=np.nan, response_id=range(12))
    both = survey_change(pd.concat([waves(END, LATER), empty]))
    assert np.isnan(both.get(term="mean_change", construct="usefulness").estimate)
    assert both.get(term="mean_change", construct="relevance").n_people == 5


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="no follow_up"):
        survey_change(waves([5, 4], [None, None]))
    with pytest.raises(ValueError, match="same wave"):
        survey_change(waves(END, LATER), before="end", after="end")
    with pytest.raises(KeyError, match="moderator_id"):
        survey_change(waves(END, LATER).drop(columns="moderator_id"))
    scales = waves(END, LATER)
    scales["scale_max"] = np.where(scales["wave"] == "end", 5, 7)
    with pytest.raises(ValueError, match="mixes 2 scales"):
        survey_change(scales)
