"""What a test can tell: planted questions are found, the others left alone, and nothing is invented."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

import tne
from tne.measures.assessment_advice import _advice
from tne.measures.reach import measurement_reach

WRONG_KEY = {"advice": "review", "reason": "likely_wrong_key"}
MARKETS = {"AA": "de-DE", "BB": "fr-FR", "CC": "pt-BR"}


def long_of(right, market, language, wave="pre", first=0, form="A", maximum=1.0):
    """People × items of 0 and 1 as rows of answers."""
    n, k = right.shape
    frame = pd.DataFrame(
        {
            "moderator_id": np.repeat([f"{market}{first + i}" for i in range(n)], k),
            "market": market,
            "language": language,
            "wave": wave,
            "form": form,
            "item_id": np.tile([f"q{j + 1}" for j in range(k)], n),
            "policy_area": np.tile(["one" if j % 2 else "two" for j in range(k)], n),
            "score": right.astype(float).ravel(),
            "max_score": maximum,
        }
    )
    return frame


def sit(rng, n, k=12, slopes=None, shift=None, level=0.0):
    """Answers of `n` people to `k` questions of a two-parameter model."""
    theta = rng.normal(level, 1, n)
    a = np.full(k, 1.3) if slopes is None else np.asarray(slopes, dtype=float)
    b = np.linspace(-1.8, 1.2, k) + (0 if shift is None else np.asarray(shift))
    return rng.random((n, k)) < special.expit(a * (theta[:, None] - b))


def company(rng, sizes=(150, 150, 150), harder=("CC", 4, 1.6), reverse=9, k=12):
    """Three markets; one question turned round everywhere, one harder in one language."""
    slopes = np.full(k, 1.3)
    if reverse is not None:
        slopes[reverse] = -0.8
    parts = []
    for (market, language), n in zip(MARKETS.items(), sizes, strict=True):
        shift = np.zeros(k)
        if harder and market == harder[0]:
            shift[harder[1]] = harder[2]
        parts.append(long_of(sit(rng, n, k, slopes, shift), market, language))
    return pd.concat(parts, ignore_index=True)


def test_a_reversed_question_and_one_badly_translated_are_found_and_named(rng):
    found = tne.assessment_summary(company(rng), market="CC")
    rows = found.items.set_index("item")
    assert found.state == "analysed"
    assert (found.n_people, found.n_people_all, found.n_items) == (150, 450, 12)
    assert tuple(rows.loc["q10", ["advice", "reason", "basis"]]) == (
        "remove",
        "negative_discrimination",
        "all",
    )
    assert tuple(rows.loc["q5", ["advice", "reason", "basis"]]) == ("review", "harder_here", "language")
    assert found.advice()["remove"] == 1


def test_the_other_markets_are_not_told_of_another_language(rng):
    found = tne.assessment_summary(company(rng), market="AA")
    assert found.items.set_index("item").loc["q5", "advice"] == "keep"
    assert found.fairness.state == "tested"
    assert not found.fairness.table["flagged"].any()


@pytest.mark.slow
@pytest.mark.repeats("fairness")
def test_sound_questions_are_left_alone_in_95_of_100_markets(rng):
    """No planted fault: hardly a market is told that a question is unfair or should come out."""
    loud = 0
    for _ in range(20):
        found = tne.assessment_summary(company(rng, harder=None, reverse=None), market="AA")
        loud += bool(found.advice()["remove"]) or bool(found.fairness.table["flagged"].any())
    assert loud <= stats.binom.ppf(0.9995, 20, 0.05)


def test_few_people_get_the_judgement_of_all_markets_and_no_number_of_their_own(rng):
    found = tne.assessment_summary(company(rng, sizes=(12, 200, 200)), market="AA")
    assert found.state == "all_markets"
    assert found.own is None
    assert found.reliability is None
    assert found.items[["facility", "item_rest", "n"]].isna().all().all()
    assert found.items.set_index("item").loc["q10", "advice"] == "remove"
    assert found.fairness.state == "few_here"


def test_few_people_everywhere_are_not_judged(rng):
    found = tne.assessment_summary(company(rng, sizes=(12, 3, 3)), market="AA")
    assert found.state == "few_people"
    assert (found.items["advice"] == "").all()
    assert found.advice() == {"keep": 0, "open": 0, "review": 0, "remove": 0}


def test_one_market_alone_is_judged_by_itself_and_unclear_questions_are_called_so(rng):
    alone = company(rng, sizes=(40, 0, 0), harder=None, reverse=None)
    found = tne.assessment_summary(alone, market="AA")
    assert found.everywhere is None
    assert found.fairness is None
    unsure = found.items["reason"].isin(["uncertain_discrimination", "not_testable"])
    assert (found.items.loc[unsure, "advice"] == "open").all()
    assert set(found.items["basis"]) <= {"market"}


def test_a_single_unbounded_question_is_nothing_to_analyse():
    frame = long_of(np.ones((30, 1)), "AA", "de").assign(max_score=np.nan, score=np.arange(30) / 7)
    found = tne.assessment_summary(frame, market="AA")
    assert found.state == "one_question"
    assert math.isnan(found.max_score)
    assert found.waves.to_frame().empty


@pytest.mark.parametrize("right", [np.ones((30, 5)), np.zeros((30, 5))], ids=["all right", "all wrong"])
def test_answers_that_are_all_alike_give_advice_and_no_invented_number(right):
    found = tne.assessment_summary(long_of(right, "AA", "de"), market="AA")
    assert found.items["item_rest"].isna().all()
    assert set(found.items["reason"]) == {"too_easy" if right.any() else "too_hard"}
    assert math.isnan(found.reliability.estimate)
    assert found.reliability.note


def test_scores_above_the_maximum_make_the_maximum_unknown_and_say_so(rng):
    frame = long_of(sit(rng, 60, 5), "AA", "de")
    frame.loc[frame["item_id"].eq("q1"), "score"] *= 3
    found = tne.assessment_summary(frame, market="AA")
    status = {check.name: check.status for check in found.checks}
    assert status["above_maximum"] == "warn"
    assert math.isnan(found.items.set_index("item").loc["q1", "facility"])
    assert not math.isnan(found.items.set_index("item").loc["q2", "facility"])


def test_the_wave_with_most_people_of_the_market_is_analysed(rng):
    frame = pd.concat(
        [
            long_of(sit(rng, 30, 5), "AA", "de", "pre"),
            long_of(sit(rng, 45, 5), "AA", "de", "post"),
            long_of(sit(rng, 90, 5), "BB", "fr", "pre"),
        ]
    )
    assert tne.assessment_summary(frame, market="AA").wave == "post"
    assert tne.assessment_summary(frame, market="BB").wave == "pre"
    assert tne.assessment_summary(frame, market="AA", wave="pre").n_people == 30


def test_shares_by_wave_area_and_question_by_hand():
    """Four people before, three of them after; q1 and q3 are area two, q2 is area one."""
    before = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0], [1, 1, 1]])
    after = np.array([[1, 1, 0], [1, 1, 1], [1, 0, 0]])
    frame = pd.concat([long_of(before, "AA", "de", "pre"), long_of(after, "AA", "de", "post")])
    found = tne.assessment_summary(frame, market="AA")
    waves = found.waves.to_frame().set_index(["wave", "term"])["estimate"]
    assert waves[("pre", "mean_share")] == pytest.approx(6 / 12)
    assert waves[("post", "mean_share")] == pytest.approx(6 / 9)
    assert waves[("pre", "full_marks")] == pytest.approx(1 / 4)
    areas = found.areas.to_frame().set_index(["policy_area", "wave"])
    assert areas.loc[("two", "post"), "estimate"].item() == pytest.approx((1 / 2 + 1 + 1 / 2) / 3)
    assert areas.loc[("two", "pre"), "estimate"].item() == pytest.approx((1 / 2 + 1 / 2 + 0) / 3)
    assert areas.loc[("two", "pre"), "n_people"].item() == 3
    questions = found.questions.to_frame().set_index(["item", "wave"])["estimate"]
    assert questions[("q2", "pre")] == pytest.approx(1 / 3)
    assert questions[("q2", "post")] == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("mine", "everywhere", "direction", "expected"),
    [
        ({"advice": "keep"}, {}, "", ("keep", "", "market")),
        ({"advice": "review", "reason": "uncertain_discrimination"}, {"advice": "keep"}, "", ("keep", "", "all")),
        ({"advice": "keep"}, {"advice": "remove", "reason": "x"}, "harder", ("remove", "x", "all")),
        ({"advice": "remove", "reason": "x"}, {"advice": "keep"}, "", ("review", "reversed_here", "market")),
        (WRONG_KEY, {"advice": "keep"}, "", ("review", "likely_wrong_key", "market")),
        ({"advice": "keep"}, {"advice": "keep"}, "easier", ("review", "easier_here", "language")),
        ({}, {}, "", ("", "", "")),
    ],
)  # fmt: skip
def test_advice_by_hand(mine, everywhere, direction, expected):
    assert _advice(mine, everywhere, direction) == expected


def test_a_summary_is_refused_for_two_forms_and_for_a_wave_nobody_took(rng):
    one = long_of(sit(rng, 30, 4), "AA", "de")
    with pytest.raises(ValueError, match="2 forms"):
        tne.assessment_summary(pd.concat([one, one.assign(form="B")]), market="AA")
    with pytest.raises(ValueError, match="Nobody took wave 'post'"):
        tne.assessment_summary(one, market="AA", wave="post")
    with pytest.raises(KeyError, match="max_score"):
        tne.assessment_summary(one.drop(columns="max_score"), market="AA")


def test_fairness_equals_the_test_it_rests_on(rng):
    """The table is that of `differential_item_functioning`, this language against all the others."""
    frame = company(rng)
    found = tne.language_fairness(frame, market="CC")
    wide = frame.set_index(["moderator_id", "item_id"])["score"].unstack()[list(found.table["item"])]  # noqa: PD010
    wide = wide.rename_axis(columns=None)
    group = np.where(
        frame.groupby("moderator_id")["market"].first().loc[wide.index].eq("CC"), "here", "there"
    )
    direct = tne.differential_item_functioning(
        wide.assign(g=group), group="g", method="mantel_haenszel", reference="there", purify=True
    ).to_frame()
    assert found.table["estimate"].tolist() == direct["estimate"].tolist()
    assert (found.own, found.by, found.n_own, found.n_elsewhere) == ("pt", "language", 150, 300)
    share = found.table.set_index("item").loc["q5", "share"]
    log_odds = direct.set_index("item").loc["q5", "estimate"] / 2.35
    assert share == pytest.approx(special.expit(np.log(0.7 / 0.3) + log_odds))


@pytest.mark.slow
@pytest.mark.repeats("fairness")
def test_what_the_comparison_says_it_could_find_it_does_find(rng):
    """At the share it names, a planted question is flagged in about 80 % of the samples; well above half."""
    first = tne.language_fairness(company(rng, harder=None, reverse=None), market="CC")
    extra = special.logit(0.7) - special.logit(first.detectable)  # in log odds; slopes are 1.3 per SD
    hits = 0
    for _ in range(30):
        frame = company(rng, harder=("CC", 4, extra / 1.3), reverse=None)
        table = tne.language_fairness(frame, market="CC").table.set_index("item")
        hits += bool(table.loc["q5", "flagged"])
    assert hits >= stats.binom.ppf(0.001, 30, 0.7)


@pytest.mark.parametrize(
    ("sizes", "state"), [((150, 0, 0), "alone"), ((15, 90, 90), "few_here"), ((150, 9, 9), "few_elsewhere")]
)
def test_fairness_says_why_nothing_was_compared(rng, sizes, state):
    found = tne.language_fairness(company(rng, sizes=sizes), market="AA")
    assert found.state == state
    assert found.table.empty
    assert math.isnan(found.detectable)


def test_markets_of_one_language_are_compared_as_markets(rng):
    frame = company(rng).assign(language="en-GB")
    found = tne.language_fairness(frame, market="CC")
    assert (found.by, found.own) == ("market", "CC")
    assert found.table.set_index("item").loc["q5", "direction"] == "harder"


@pytest.mark.parametrize(("level", "finding"), [(1.6, "too_easy"), (-2.2, "too_hard"), (-0.3, "fits")])
def test_reach_says_whether_the_test_fits_its_people(rng, level, finding):
    frame = pd.DataFrame(sit(rng, 400, 20).astype(float), columns=[f"q{i}" for i in range(20)])
    frame.index = [f"m{i}" for i in range(400)]
    others = pd.DataFrame(sit(rng, 400, 20, level=level).astype(float), columns=frame.columns)
    others.index = [f"x{i}" for i in range(400)]
    found = measurement_reach(pd.concat([frame, others]), people=others.index)
    assert found.finding == finding
    assert found.n_people == 400
    assert found.low < found.high
    assert found.curve["error"].min() == pytest.approx(1)


def test_reach_needs_people_and_right_or_wrong_answers(rng):
    few = pd.DataFrame(sit(rng, 15, 6).astype(float))
    assert measurement_reach(few) is None
    partial = pd.DataFrame(sit(rng, 60, 6) * 0.5)
    assert measurement_reach(partial) is None


def test_reach_says_what_is_no_sheet_of_scores():
    with pytest.raises(TypeError, match="item_scores"):
        measurement_reach([[0, 1]])
    with pytest.raises(ValueError, match="holds what is no number"):
        measurement_reach(pd.DataFrame({"q1": ["right"] * 30, "q2": ["wrong"] * 30, "q3": ["right"] * 30}))


def test_waves_areas_and_questions_speak_of_those_trained_alone():
    """People who wait sit the same tests: by hand, four trained learn everything, four waiting nothing."""
    before, after = np.zeros((8, 2)), np.repeat([[1.0], [0.0]], 4, axis=0) * np.ones((8, 2))
    long = pd.concat([long_of(before, "AA", "de"), long_of(after, "AA", "de", wave="post")])
    people = pd.DataFrame(
        {"moderator_id": [f"AA{i}" for i in range(8)], "arm": ["trained"] * 4 + ["waitlist"] * 4}
    )
    people["cohort"] = [30.0] * 4 + [math.nan] * 4
    everyone, trained = (tne.assessment_summary(long, market="AA", scores=s) for s in (None, people))
    for found, n, share in ((everyone, 8, 0.5), (trained, 4, 1.0)):
        row = found.waves.get(wave="post", term="mean_share")
        assert (row.n_people, row.estimate) == (n, share)
        rows = pd.concat([found.areas.to_frame(), found.questions.to_frame()]).query("wave == 'post'")
        assert rows["estimate"].eq(share).all()
        assert rows["n_people"].eq(n).all()


def test_a_quiz_belongs_to_no_training():
    long = long_of(np.ones((6, 2)), "AA", "de", wave="quiz")
    people = pd.DataFrame({"moderator_id": ["AA0"], "arm": ["waitlist"], "cohort": [math.nan]})
    found = tne.assessment_summary(long, market="AA", scores=people)
    assert found.waves.get(wave="quiz", term="mean_share").n_people == 6


def test_a_market_with_few_people_is_judged_in_the_wave_of_all(rng):
    """Fourteen people who took only the second test do not choose it for everybody."""
    others = company(rng, sizes=(2, 150, 150))
    mine = long_of(sit(rng, 14), "AA", "de-DE", wave="post", first=100)
    found = tne.assessment_summary(pd.concat([others, mine]), market="AA")
    assert (found.wave, found.state) == ("pre", "all_markets")


def test_what_all_markets_say_stands_beside_what_this_one_says(rng):
    table = tne.assessment_summary(company(rng), market="CC").items.set_index("item")
    assert table.loc["q5", ["advice", "basis", "advice_all"]].tolist() == ["review", "language", "keep"]
    assert table.loc["q10", ["advice", "advice_all"]].tolist() == ["remove", "remove"]


def test_reach_is_nothing_where_points_do_not_rise_with_ability(rng):
    """As many strong questions turned round as not: more ability brings no more points."""
    right = sit(rng, 400, 8, np.tile([2.5, -2.5], 4)).astype(float)
    assert measurement_reach(pd.DataFrame(right, columns=[f"q{i}" for i in range(8)])) is None
