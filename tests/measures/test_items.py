"""Item analysis: published values, independent computations, invariances, edges."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from tne.measures.items import item_analysis
from tne.measures.items_statistics import correlation, group_weights, upper_lower
from tne.measures.reliability import cronbach_alpha

NAMES = {"person": "person", "item": "item", "score": "score"}


def long(marks: np.ndarray, items: list[str] | None = None) -> pd.DataFrame:
    """One row per person × item, the items in their order."""
    people, count = marks.shape
    items = items or [f"q{j + 1}" for j in range(count)]
    return pd.DataFrame(
        {"person": np.repeat(np.arange(people), count), "item": items * people, "score": marks.ravel()}
    )


def right_or_wrong(rng: np.random.Generator, people: int, items: int = 10, slope: float = 1.2) -> np.ndarray:
    ability = rng.normal(size=(people, 1))
    return (
        rng.random((people, items)) < 1 / (1 + np.exp(-slope * (ability - np.linspace(-2, 1, items))))
    ) * 1.0


def analyse(marks: np.ndarray, max_score: float = 1, **more):
    return item_analysis(long(marks), **NAMES, max_score=max_score, **more)


def status(result, name: str) -> str:
    return next(c.status for c in result.checks if c.name == name)


@pytest.fixture
def quiz(truth: Path) -> pd.DataFrame:
    data = pd.read_csv(truth / "data" / "moodle_quiz00_results.csv")
    return data.melt("quizattempt", [f"s{j}" for j in range(1, 8)], "item", "score")


@pytest.mark.published("CTT-MOODLE00")
def test_item_analysis_matches_published_moodle_quiz(quiz: pd.DataFrame, truth: Path):
    """Moodle, mod/quiz/report/statistics/tests: fixture qstats00 and its walkthrough test; every number, 2e-5."""
    cases = json.loads((truth / "cases.json").read_text())
    told = next(case for case in cases if case["id"] == "CTT-MOODLE00")["published"]
    result = item_analysis(quiz, person="quizattempt", item="item", score="score", max_score=1)
    for ours, theirs in {
        "facility": "facility", "sd": "sd", "covariance_max": "covariancemax",
        "discrimination_index": "discriminationindex", "discriminative_efficiency": "discriminativeefficiency",
        "effective_weight": "effectiveweight",
    }.items():  # fmt: skip
        assert result.items[ours].tolist() == pytest.approx(told[theirs], rel=2e-5), ours
    for ours, theirs in {
        "mean": "mean", "median": "median", "sd": "sd_total", "skewness": "skewness", "kurtosis": "kurtosis",
        "cic": "cic", "error_ratio": "errorratio", "standard_error": "standarderror",
    }.items():  # fmt: skip
        assert result.test.get(term=ours).estimate == pytest.approx(told[theirs], rel=2e-5), ours
    assert result.test.get(term="cic").estimate < 0  # not clipped
    assert status(result, "few_people") == "warn"


@pytest.mark.published("CTT-MOODLE-DISTRACTOR")
def test_distractors_match_published_moodle_counts(truth: Path):
    """Moodle, responsecounts00.csv: answers to the questions drawn in slot 1 and to slot 6, where "One" is right."""
    data = pd.read_csv(truth / "data" / "moodle_quiz00_slot1_slot6_responses.csv")
    marks = pd.read_csv(truth / "data" / "moodle_quiz00_results.csv")
    joined = data.merge(marks, on="quizattempt", validate="1:1")
    first = joined[["quizattempt"]].assign(item=joined.randq1, response=joined.answer1, score=joined.s1)
    sixth = joined[["quizattempt"]].assign(item="slot6", response=joined.answer6, score=joined.s6)
    rows = pd.concat([first, sixth])
    result = item_analysis(
        rows, person="quizattempt", item="item", score="score", max_score=1, response="response",
        key={"slot6": "One"},
    )  # fmt: skip
    count = result.distractors.set_index(["item", "option"])["n"]
    for question, answers in {
        "numerical": {"3.142": 1, "3.14": 7, "3.1": 4}, "shortanswer": {"frog": 9, "butterfly": 2, "toad": 2},
        "slot6": {"One": 16, "Two": 6, "Three": 2, "Four": 1},
    }.items():  # fmt: skip
        assert count[question].to_dict() == answers
    drawn = result.items.set_index("item")
    assert drawn.loc["numerical", ["facility", "item_rest"]].isna().all()  # 12 people had it
    assert (drawn.loc["numerical", "n"], drawn.loc["numerical", "advice"]) == (12, "")
    assert drawn.loc["slot6", "facility"] == 0.64
    assert status(result, "incomplete_design") == "warn"
    assert status(result, "key_mismatch") == "pass"


@pytest.mark.published("IRT-HCI651")
def test_item_analysis_matches_published_concept_inventory(truth: Path):
    """ShinyItemAnalysis, HCI: facility of item 3 .8479, item-rest correlations .2884 and .0434, alpha .71545348."""
    data = pd.read_csv(truth / "data" / "HCI_ShinyItemAnalysis.csv").filter(like="Item")
    result = item_analysis(long(data.to_numpy(), list(data.columns)), **NAMES, max_score=1)
    items = result.items.set_index("item")
    assert items.facility["Item.3"] == pytest.approx(0.8479, abs=5e-5)
    assert items.item_rest["Item.1"] == pytest.approx(0.2884, abs=5e-5)
    assert items.item_rest["Item.17"] == pytest.approx(0.0434, abs=5e-5)
    assert result.test.get(term="cic").estimate == pytest.approx(71.545348, abs=5e-7)
    assert tuple(items.loc["Item.17", ["advice", "reason"]]) == ("review", "low_discrimination")


def test_rest_and_upper_lower_index_match_published_concept_inventory(truth: Path):
    """Martinková and Hladká (2023), Computational Aspects of Psychometric Methods, code of 4.2.2: RIR and ULI of HCI.

    Their ULI puts people who tie at a cut into a group by the order of the rows; here they count in part, so the two
    differ by the luck of the order.
    """
    told = {
        "item_rest": [
            0.2884, 0.2206, 0.3500, 0.1730, 0.2768, 0.3419, 0.1009, 0.3252, 0.2130, 0.2644,
            0.2851, 0.3156, 0.3612, 0.3386, 0.3006, 0.3822, 0.0434, 0.4171, 0.3665, 0.3396,
        ],
        "discrimination": [
            0.4194, 0.3041, 0.3272, 0.3088, 0.4562, 0.5069, 0.2350, 0.4470, 0.3548, 0.4608,
            0.3318, 0.4793, 0.5438, 0.4378, 0.4885, 0.5576, 0.1659, 0.4286, 0.4147, 0.4562,
        ],
    }  # fmt: skip
    marks = pd.read_csv(truth / "data" / "HCI_ShinyItemAnalysis.csv").filter(like="Item").to_numpy()
    items = analyse(marks).items
    assert items["item_rest"].tolist() == pytest.approx(told["item_rest"], abs=5e-5)
    assert items["discrimination"].tolist() == pytest.approx(told["discrimination"], abs=0.025)
    rng = np.random.default_rng(651)
    total, drawn = marks.sum(axis=1), []
    for _ in range(400):  # ties broken at random: on average the number given here
        order = np.lexsort((rng.random(len(total)), total))
        drawn.append(marks[order[-217:]].mean(axis=0) - marks[order[:217]].mean(axis=0))
    assert np.mean(drawn, axis=0) == pytest.approx(items["discrimination"].to_numpy(), abs=0.004)


def test_facility_interval_equals_statsmodels_wilson(rng: np.random.Generator):
    marks = right_or_wrong(rng, 80)
    items = analyse(marks).items
    for j, row in enumerate(items.itertuples()):
        low, high = proportion_confint(marks[:, j].sum(), 80, method="wilson")
        assert (row.facility_low, row.facility_high) == pytest.approx((low, high), abs=1e-12)


def test_item_rest_and_its_jackknife_by_hand(rng: np.random.Generator):
    """Correlation with the others' sum; standard error by leaving out one person after the other."""
    marks = right_or_wrong(rng, 40)
    row = analyse(marks, conf_level=0.9).items.iloc[3]
    x, y = marks[:, 3], np.delete(marks, 3, axis=1).sum(axis=1)
    r = np.corrcoef(x, y)[0, 1]
    without = np.array([np.arctanh(np.corrcoef(np.delete(x, i), np.delete(y, i))[0, 1]) for i in range(40)])
    error = math.sqrt(39 / 40 * ((without - without.mean()) ** 2).sum())
    zx, zy = stats.zscore(x), stats.zscore(y)
    squares = (zx * zy - r / 2 * (zx**2 + zy**2)) ** 2
    df = 2 * squares.sum() ** 2 / ((squares - squares.mean()) ** 2).sum()
    half = stats.t.ppf(0.95, df) * error
    assert row.item_rest == pytest.approx(r, abs=1e-12)
    assert (row.item_rest_low, row.item_rest_high) == pytest.approx(
        (math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half)), abs=1e-9
    )


def test_upper_lower_index_by_hand():
    """Nine people, sums 0 to 8: the upper three have 3 of 3 right, the lower three 1 of 3."""
    total, answer = np.arange(9.0), np.array([0, 1, 0, 0, 1, 1, 1, 1, 1.0])
    for ties in ("split", "whole"):
        found, (low, high) = upper_lower(answer, group_weights(total, 1 / 3, ties), 0.95)
        assert found == pytest.approx(2 / 3, abs=1e-12)
        assert low < found < high <= 1


def test_people_tied_at_the_cut_count_in_part_by_hand():
    """Sums 1, 2, 2, 2, 2, 3: a third is two people, so one of each group and a quarter of each of the four tied."""
    total, answer = np.array([1.0, 2, 2, 2, 2, 3]), np.array([0, 0, 0, 1, 1, 1.0])
    groups = group_weights(total, 1 / 3, "split")
    assert groups[0][0].tolist() == [0, 0.25, 0.25, 0.25, 0.25, 1]
    assert upper_lower(answer, groups, 0.95)[0] == pytest.approx((1 + 0.5) / 2 - 0.5 / 2, abs=1e-12)


def test_whole_groups_equal_quantile_cuts(rng: np.random.Generator):
    """ShinyItemAnalysis cuts at quantiles of type 7: below the first, at or above the second."""
    marks = right_or_wrong(rng, 200)
    total = marks.sum(axis=1)
    low, high = np.quantile(total, [1 / 3, 2 / 3])
    expected = marks[total >= high].mean(axis=0) - marks[total < low].mean(axis=0)
    assert analyse(marks, ties="whole").items.discrimination.tolist() == pytest.approx(
        expected.tolist(), abs=1e-12
    )


def test_moodle_numbers_by_hand(rng: np.random.Generator):
    marks = right_or_wrong(rng, 60) * rng.choice([0.5, 1.0], (60, 10))
    items = analyse(marks).items
    total = marks.sum(axis=1)
    weight = np.array([np.cov(marks[:, j], total)[0, 1] for j in range(10)])
    root = np.where(weight >= 0, np.sqrt(np.abs(weight)), np.nan)
    assert items.effective_weight.tolist() == pytest.approx(
        (100 * root / np.nansum(root)).tolist(), nan_ok=True
    )
    rest = total - marks[:, 2]
    largest = np.cov(np.sort(marks[:, 2]), np.sort(rest))[0, 1]
    assert items.covariance_max[2] == pytest.approx(largest, rel=1e-12)
    efficiency = 100 * np.cov(marks[:, 2], rest)[0, 1] / largest
    assert items.discriminative_efficiency[2] == pytest.approx(efficiency, rel=1e-9)


def test_negative_covariance_has_no_effective_weight(rng: np.random.Generator):
    """Moodle gives such an item no weight and leaves it out of the sum of the others."""
    marks = right_or_wrong(rng, 200)
    marks[:, 9] = 1 - marks[:, :5].mean(axis=1).round()
    result = analyse(marks)
    assert math.isnan(result.items.effective_weight[9])
    assert result.items.effective_weight.sum() == pytest.approx(100)
    assert "negative" in result.estimates.get(item="q10", term="effective_weight").note


def test_test_statistics_equal_scipy(rng: np.random.Generator):
    marks = right_or_wrong(rng, 120)
    total, test = marks.sum(axis=1), analyse(marks).test
    assert test.get(term="skewness").estimate == pytest.approx(stats.skew(total, bias=False), rel=1e-12)
    assert test.get(term="kurtosis").estimate == pytest.approx(stats.kurtosis(total, bias=False), rel=1e-12)
    mean = test.get(term="mean")
    interval = stats.ttest_1samp(total, 0).confidence_interval(0.95)
    assert (mean.conf_low, mean.conf_high) == pytest.approx((interval.low, interval.high), rel=1e-12)
    median = stats.quantile_test(total, q=0, p=0.5).confidence_interval(0.95)
    assert (test.get(term="median").conf_low, test.get(term="median").conf_high) == (median.low, median.high)


def test_order_of_rows_and_unit_of_scores_do_not_matter(rng: np.random.Generator):
    marks = right_or_wrong(rng, 100)
    plain = analyse(marks).items.set_index("item").drop(columns=["advice", "reason"])
    frame = long(marks).astype({"item": pd.CategoricalDtype([f"q{j + 1}" for j in range(10)], ordered=True)})
    mixed = item_analysis(frame.sample(frac=1, random_state=1), **NAMES, max_score=1).items
    assert mixed["item"].tolist() == plain.index.tolist()
    pd.testing.assert_frame_equal(mixed.set_index("item")[plain.columns], plain, check_index_type=False)
    tenfold = analyse(10 * marks, max_score=10).items.set_index("item")
    free = [c for c in plain if c.startswith(("facility", "item_rest", "discrimination", "effective"))]
    pd.testing.assert_frame_equal(tenfold[free], plain[free])


def test_highest_score_may_differ_by_person_and_item(rng: np.random.Generator):
    """Facility is the mean share of what each person could earn."""
    marks, highest = right_or_wrong(rng, 60), rng.choice([1.0, 2.0, 5.0], (60, 10))
    frame = long(marks * highest).assign(top=highest.ravel())
    result = item_analysis(frame, **NAMES, max_score="top")
    assert result.items.facility.tolist() == pytest.approx(marks.mean(axis=0).tolist(), abs=1e-12)


def test_items_seen_by_some_people_are_judged_on_them(rng: np.random.Generator):
    marks = right_or_wrong(rng, 300)
    frame = long(marks)
    frame = frame[~((frame.item == "q4") & (frame.person >= 100))]
    result = item_analysis(frame, **NAMES, max_score=1)
    row = result.items.set_index("item").loc["q4"]
    rest = np.delete(marks[:100], 3, axis=1).sum(axis=1)
    assert (row.n, row.facility) == (100, marks[:100, 3].mean())
    assert row.item_rest == pytest.approx(np.corrcoef(marks[:100, 3], rest)[0, 1], abs=1e-12)
    assert (row.share_missing, row.share_not_reached) == (0, 0)
    assert status(result, "incomplete_design") == "warn"
    assert status(analyse(marks), "incomplete_design") == "pass"
    cic = result.test.get(term="cic")
    assert cic.n == 100
    assert "have" in result.test.get(term="mean").note


def test_skipped_is_not_the_same_as_not_reached(rng: np.random.Generator):
    marks = right_or_wrong(rng, 200)
    marks[:30, 2] = np.nan  # skipped
    marks[:50, 8:] = np.nan  # ran out of time
    result = analyse(marks)
    items = result.items.set_index("item")
    assert (items.share_missing["q3"], items.share_not_reached["q3"]) == (0.15, 0)
    assert (items.share_missing["q9"], items.share_not_reached["q9"]) == (0.25, 0.25)
    assert (items.n["q9"], items.facility["q9"]) == (150, marks[50:, 8].mean())
    assert items.reason["q9"] in ("many_not_reached", "uncertain_discrimination", "low_discrimination")
    assert (status(result, "not_reached"), status(result, "speeded")) == ("warn", "warn")
    complete = analyse(right_or_wrong(rng, 200))
    assert (status(complete, "not_reached"), status(complete, "speeded")) == ("pass", "pass")


def test_unanswered_counts_zero_only_if_asked(rng: np.random.Generator):
    marks = right_or_wrong(rng, 100)
    marks[:20, 5] = np.nan
    marks[:, 7] = np.nan
    zero = analyse(marks, missing="zero").items
    assert zero.facility[5] == np.nansum(marks[:, 5]) / 100
    assert analyse(marks).items.facility[5] == marks[20:, 5].mean()
    assert math.isnan(zero.facility[7])  # nobody answered: not an invented 0


def test_answers_without_a_score_are_ungraded_not_missing(rng: np.random.Generator):
    frame = long(right_or_wrong(rng, 60)).assign(response="text")
    frame.loc[frame.item.eq("q2") & frame.person.lt(10), "score"] = np.nan
    result = item_analysis(frame, **NAMES, max_score=1, response="response", missing="zero")
    row = result.items.set_index("item").loc["q2"]
    assert (row.n, row.share_missing) == (50, 0)
    assert status(result, "ungraded") == "warn"


def choices(rng: np.random.Generator, people: int = 400) -> tuple[pd.DataFrame, dict]:
    """Ten items with options A to D; B is right everywhere."""
    marks = right_or_wrong(rng, people)
    wrong = rng.choice(["A", "C", "D"], marks.shape, p=[0.4, 0.35, 0.25])
    frame = long(marks).assign(response=np.where(marks == 1, "B", wrong).ravel())
    return frame, {f"q{j + 1}": "B" for j in range(10)}


def test_a_wrong_key_is_found_and_a_right_one_is_left_alone(rng: np.random.Generator):
    frame, key = choices(rng)
    sound = item_analysis(frame, **NAMES, max_score=1, response="response", key=key)
    assert not (sound.distractors.flag == "likely_wrong_key").any()
    mine = frame.item.eq("q5")
    frame.loc[mine, "score"] = frame.loc[mine, "response"].eq("C") * 1.0
    for named in (key | {"q5": "C"}, None):
        result = item_analysis(frame, **NAMES, max_score=1, response="response", key=named)
        flagged = result.distractors.query("flag == 'likely_wrong_key'")
        assert list(zip(flagged["item"], flagged["option"], strict=True)) == [("q5", "B")]
        row = result.items.set_index("item").loc["q5"]
        assert (row.advice, row.reason) == ("review", "likely_wrong_key")
    contradicted = item_analysis(frame, **NAMES, max_score=1, response="response", key=key)
    assert status(contradicted, "key_mismatch") == "warn"


def test_distractor_table_by_hand(rng: np.random.Generator):
    frame, key = choices(rng)
    result = item_analysis(frame, **NAMES, max_score=1, response="response", key=key, options=list("ABCDE"))
    table = result.distractors[result.distractors["item"].eq("q6")].set_index("option")
    mine = frame[frame.item.eq("q6")]
    total = frame.groupby("person")["score"].sum()
    rest = mine.set_index("person")["score"].rsub(total)
    for option in "ABCD":
        chosen = mine[mine.response.eq(option)]
        assert (table.n[option], table.share[option]) == (len(chosen), len(chosen) / 400)
        assert table.mean_rest[option] == pytest.approx(rest[chosen.person].mean())
    assert table.is_key.to_dict() == {o: o == "B" for o in table.index}
    assert (table.n["E"], table.flag["E"]) == (0, "dead_distractor")
    assert table.share_upper.sum() == pytest.approx(1)
    assert table.share_upper["B"] - table.share_lower["B"] == pytest.approx(
        result.items.set_index("item").discrimination["q6"]
    )


def test_advice_uses_the_interval_not_the_point(rng: np.random.Generator):
    marks = right_or_wrong(rng, 400, slope=1.6)
    marks[:, 4] = 1 - marks[:, 4]  # scored the wrong way round
    marks[:, 5] = rng.random(400) < 0.5  # noise
    marks[:, 6] = 1
    marks[:, 7] = 0
    told = analyse(marks).items.set_index("item")[["advice", "reason"]].apply(tuple, axis=1)
    assert told["q5"] == ("remove", "negative_discrimination")
    assert told["q6"][0] == "review"
    assert told["q7"] == ("review", "too_easy")
    assert told["q8"] == ("review", "too_hard")
    assert told["q3"] == ("keep", "")
    few = right_or_wrong(rng, 25)
    few[:, 0] = np.where(few[:, 1:].sum(axis=1) > 4, rng.random(25) < 0.4, rng.random(25) < 0.6)
    row = analyse(few).items.iloc[0]
    assert row.advice != "remove" or row.item_rest_high < 0


@pytest.mark.parametrize("people", [1, 3, 19])
def test_too_few_people_are_refused(rng: np.random.Generator, people: int):
    result = analyse(right_or_wrong(rng, people))
    assert result.to_frame().estimate.isna().all()
    assert result.to_frame().note.ne("").all()
    assert result.test.to_frame().estimate.isna().all()
    assert result.items.advice.eq("").all()
    assert status(result, "few_people") == "fail"
    assert "too few people" in str(result)


@pytest.mark.parametrize(("people", "expected"), [(20, "warn"), (99, "warn"), (100, "pass")])
def test_few_people_warns_below_a_hundred(rng: np.random.Generator, people: int, expected: str):
    assert status(analyse(right_or_wrong(rng, people)), "few_people") == expected


def test_everybody_right_is_no_crash_and_no_invented_number():
    result = analyse(np.ones((50, 4)))
    assert result.items.facility.tolist() == [1] * 4
    assert result.items.facility_high.tolist() == [1] * 4
    assert result.items[["item_rest", "discrimination", "discriminative_efficiency"]].isna().all().all()
    assert result.items.reason.eq("too_easy").all()
    assert math.isnan(result.test.get(term="cic").estimate)
    assert status(result, "ceiling") == "warn"
    assert status(analyse(np.zeros((50, 4))), "floor") == "warn"
    frame = result.to_frame()
    assert frame.loc[frame.estimate.isna(), "note"].ne("").all()


def test_consistency_of_an_easy_test_says_that_its_interval_is_doubtful(rng: np.random.Generator):
    marks = rng.random((400, 20)) < 1 / (
        1 + np.exp(-1.2 * (rng.normal(2, 1, (400, 1)) - np.linspace(-2.5, 0, 20)))
    )
    free = cronbach_alpha(pd.DataFrame(marks), interval="jackknife")
    note = analyse(marks * 1.0).test.get(term="cic").note
    assert note.endswith(f"from {100 * free.conf_low:.1f} to {100 * free.conf_high:.1f}")
    assert analyse(right_or_wrong(rng, 400)).test.get(term="cic").note == ""


def test_ceiling_and_floor_are_silent_without_a_pile_up(rng: np.random.Generator):
    result = analyse(right_or_wrong(rng, 300, slope=0.8))
    assert (status(result, "ceiling"), status(result, "floor")) == ("pass", "pass")


def test_one_item_has_no_rest(rng: np.random.Generator):
    result = analyse(right_or_wrong(rng, 60, items=1))
    assert math.isnan(result.items.item_rest[0])
    assert (result.items.advice[0], result.items.reason[0]) == ("review", "not_testable")
    assert math.isnan(result.test.get(term="cic").estimate)
    assert status(result, "one_item") == "warn"
    assert status(analyse(right_or_wrong(rng, 60)), "one_item") == "pass"


def test_everyone_missing_gives_notes(rng: np.random.Generator):
    marks = right_or_wrong(rng, 60)
    marks[:, 3] = np.nan
    result = analyse(marks)
    assert math.isnan(result.items.facility[3])
    assert result.items.share_missing[3] == 1
    nothing = analyse(np.full((60, 4), np.nan))
    assert nothing.to_frame().query("term == 'facility'").estimate.isna().all()
    empty = long(np.ones((30, 3))).assign(score=None)
    assert item_analysis(empty, **NAMES, max_score=1).test.get(term="mean").note


def test_one_person_who_differs_makes_no_interval():
    marks = np.tile([1.0, 0, 1], (30, 1))
    marks[::2, 1], marks[1::3, 2] = 1, 0
    marks[0, 0] = 0
    result = analyse(marks)
    assert np.isnan(result.items.item_rest_low[0])
    assert "one person" in result.estimates.get(item="q1", term="item_rest").note
    assert correlation(marks[:, 0], marks[:, 1], 0.95)[1] != correlation(marks[:, 1], marks[:, 2], 0.95)[1]


def test_no_highest_score_means_no_facility(rng: np.random.Generator):
    frame = long(rng.poisson(3, (50, 4)) * 1.0).assign(top=np.nan)
    result = item_analysis(frame, **NAMES, max_score="top")
    assert result.items.facility.isna().all()
    assert result.items.item_rest.notna().all()
    assert status(result, "ceiling") == "not_run"


def test_marks_below_zero_are_no_crash(rng: np.random.Generator):
    marks = right_or_wrong(rng, 50)
    marks[marks == 0] = -0.25
    result = analyse(marks)
    low, high = stats.ttest_1samp(marks[:, 0], 0).confidence_interval(0.95)
    assert (result.items.facility_low[0], result.items.facility_high[0]) == pytest.approx((low, high))
    assert (result.items.discrimination_low < result.items.discrimination).all()


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"max_score": 0.5}, ValueError, "exceeds"),
        ({"max_score": 0}, ValueError, "above 0"),
        ({"max_score": None}, TypeError, "column or a number"),
        ({"max_score": "absent"}, KeyError, "lacks"),
        ({"item": "absent"}, KeyError, "lacks"),
        ({"fraction": 0.6}, ValueError, "0.5"),
        ({"fraction": "third"}, ValueError, "0.5"),
        ({"ties": "some"}, ValueError, "split"),
        ({"missing": "guess"}, ValueError, "zero"),
        ({"conf_level": 95}, ValueError, "share"),
        ({"response": "item", "key": {"other": "A"}}, ValueError, "none of the items"),
        ({"response": "item", "key": 3}, TypeError, "mapping"),
        ({"key": {"q1": "A"}}, ValueError, "response"),
    ],
)
def test_bad_input_says_what_to_do(rng: np.random.Generator, change: dict, error: type, words: str):
    call = NAMES | {"max_score": 1} | change
    with pytest.raises(error, match=words):
        item_analysis(long(right_or_wrong(rng, 30)), **call)


def test_bad_frames_are_refused(rng: np.random.Generator):
    frame = long(right_or_wrong(rng, 30))
    with pytest.raises(ValueError, match="one row per person × item"):
        item_analysis(pd.concat([frame, frame.head(1)]), **NAMES, max_score=1)
    with pytest.raises(ValueError, match="no rows"):
        item_analysis(frame.head(0), **NAMES, max_score=1)
    with pytest.raises(TypeError, match="not numeric"):
        item_analysis(frame.astype({"score": str}), **NAMES, max_score=1)
    with pytest.raises(ValueError, match="missing"):
        item_analysis(frame.assign(person=np.nan), **NAMES, max_score=1)
    double = frame.assign(response="A", key=np.where(frame.person % 2, "A", "B"))
    with pytest.raises(ValueError, match="several keys"):
        item_analysis(double, **NAMES, max_score=1, response="response", key="key")
