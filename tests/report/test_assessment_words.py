"""The report on tests: its words in five languages, its figures, and that nothing gets past the gate."""

import itertools
import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.text import Text
from scipy import special

from tne import say
from tne.measures import assessment, assessment_advice, fairness, items_advice
from tne.measures.assessment import assessment_summary
from tne.report import figures
from tne.report.catalogue import LANGUAGES, catalogue
from tne.report.figures.tests import LOOKS
from tne.report.image import figure_of, png

COMPLETE = [
    language for language in LANGUAGES if language != "ar"
]  # the others speak English where they lack words

K = 12
MARKETS = {"DE": "de-DE", "FR": "fr-FR", "BR": "pt-BR"}


def answers(sizes, reverse=9, harder=None, waves=("pre", "post"), seed=7):
    """Answers of up to three markets; question 10 is turned round, and `harder` = (market, question) is harder."""
    rng, parts = np.random.default_rng(seed), []
    a, b = np.full(K, 1.4), np.linspace(-1.6, 0.5, K)
    if reverse is not None:
        a[reverse] = -0.9
    for (market, language), n in zip(MARKETS.items(), sizes, strict=False):
        shift = np.zeros(K)
        if harder and harder[0] == market:
            shift[harder[1]] = 1.8
        theta = rng.normal(size=n)
        for wave, gain in zip(waves, (0.0, 0.7), strict=False):
            right = rng.random((n, K)) < special.expit(a * (theta[:, None] + gain - b - shift))
            names = [f"q-{j + 1}" for j in range(K)]
            frame = pd.DataFrame({"moderator_id": np.repeat([f"secret-{market}-{i}" for i in range(n)], K)})
            frame["item_id"] = pd.Categorical(np.tile(names, n), names, ordered=True)
            frame["policy_area"] = np.tile(["hateful_conduct", "minor_safety"] * (K // 2), n)
            frame["response"] = np.where(right, "A", "B").ravel()
            frame["score"] = right.astype(float).ravel()
            known = {
                "market": market,
                "language": language,
                "wave": wave,
                "form": "A",
                "key": "A",
                "max_score": 1.0,
            }
            parts.append(frame.assign(**known))
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def large():
    return assessment_summary(answers((130, 120, 110), harder=("DE", 4)), market="DE")


@pytest.fixture(scope="module")
def small():
    return assessment_summary(answers((14, 150, 150)), market="DE")


def told(voice, found, title="Update", form="A"):
    return say.tested(voice, {("p1", form): found}, {"p1": title})


def text_of(html):
    return re.sub(r"<[^>]+>", " ", html)


@pytest.mark.parametrize("language", COMPLETE)
def test_every_code_of_the_measures_has_words(language):
    have = set(catalogue(language))
    needed = {f"advice.{a}" for a in assessment.ADVICE} | {f"draw.advice_{a}" for a in LOOKS}
    source = "".join(Path(m.__file__).read_text(encoding="utf-8") for m in (items_advice, assessment_advice))
    codes = {"likely_wrong_key", "negative_discrimination", "too_easy", "too_hard", "not_testable"}
    codes |= {"low_discrimination", "uncertain_discrimination", "many_not_reached", "dead_distractor"}
    assert all(f'"{code}"' in source for code in codes)
    codes |= {"harder_here", "easier_here", "reversed_here"}
    needed |= {f"item_{part}.{code}" for part in ("reason", "action") for code in codes}
    needed |= {f"assessment.fair_{state}" for state in fairness.STATES if state != "tested"}
    needed |= {f"assessment.wave_{wave}" for wave in assessment.WAVES}
    assert needed - have == set()


@pytest.mark.parametrize("language", COMPLETE)
def test_the_first_screen_says_how_many_can_stay_why_not_and_who_acts(speak, language, large):
    voice = speak(language, report="assessment")
    (test,) = told(voice, large)
    block = say.tests_front(voice, (test,), facts={"tested": 130})
    text = text_of(block.html)
    counts = test.advice
    assert counts["remove"] == 1
    assert voice.text("opening.assessment.some_stay", keep=str(counts["keep"]), total="12",
                      rest=voice.text("standfirst.and", a=voice.text("assessment.remove", n=1, n_text="1"),
                                      b=voice.text("assessment.review", n=1, n_text="1"))) in text  # fmt: skip
    assert "q-10" in text
    assert voice.text("item_reason.negative_discrimination") in text
    assert voice.text("assessment.do_remove", items="q-10") in text
    assert voice.text("assessment.do_translation", items="q-5") in text
    assert block.html.count("<h1>") == 1
    assert "{" not in text


def test_nothing_of_this_market_is_shown_below_twenty_people(speak, small):
    voice = speak(report="assessment")
    (test,) = told(voice, small)
    assert test.state == "all_markets"
    assert math.isnan(test.people)
    blocks = [
        say.tests_front(voice, (test,), facts={"tested": 14}),
        say.question_intro(voice, test),
        say.question_table(voice, test),
        say.distractors(voice, test),
        say.question_checks(voice, test),
        say.fairness(voice, test),
        say.wave_table(voice, test),
        say.part_table(voice, test),
        say.missed_table(voice, test),
    ]
    for row in itertools.chain.from_iterable(block.rows for block in blocks):
        assert math.isnan(row["estimate"])
        assert row["note"]
    assert "All markets together" in blocks[0].html
    assert say.map_frame(voice, test).empty
    assert say.reach_frame(voice, test).empty
    assert not blocks[6].html
    assert "q-10" in blocks[2].html
    assert "%" not in text_of(blocks[2].html)


def test_a_higher_threshold_hides_what_the_measure_would_show(speak, large):
    voice = speak(report="assessment", min_n=140)
    (test,) = told(voice, large)
    assert test.state == "all_markets"
    assert all(math.isnan(row["estimate"]) for row in say.tests_front(voice, (test,), facts={}).rows)


def test_without_other_markets_and_with_few_people_nothing_is_judged(speak):
    voice = speak(report="assessment")
    tests = told(voice, assessment_summary(answers((14,)), market="DE"))
    text = text_of(say.tests_front(voice, tests, facts={"tested": 14}).html)
    assert "Too few people" in text
    assert "from 20 people on; 100 or more" in text
    assert "can stay" not in text.split("Test ")[0]


def test_without_answers_the_first_screen_names_the_export(speak):
    voice = speak(report="assessment")
    block = say.tests_front(voice, (), facts={"tested": None})
    assert "responses" in block.html
    assert block.rows == ()


def test_rows_of_estimates_have_unique_keys_rounded_counts_and_a_level(speak, large):
    voice = speak(report="assessment")
    (test,) = told(voice, large)
    blocks = [say.tests_front(voice, (test,), facts={}), say.question_table(voice, test), say.fairness(voice, test),
              say.wave_table(voice, test), say.part_table(voice, test)]  # fmt: skip
    rows = pd.DataFrame([row for block in blocks for row in block.rows])
    assert not rows.duplicated(["programme_id", "measure", "term", "group"]).any()
    assert set(rows["level"]) == {"learning"}
    assert set(rows["report"]) == {"assessment"}
    shown = rows.dropna(subset=["estimate"])
    assert (shown["n_people"] % 5 == 0).all()
    assert {
        "facility",
        "item_rest",
        "reliability",
        "measurement_error",
        "dif",
        "mean_share",
        "share_right",
    } <= set(shown["measure"])
    facility = shown.loc[shown["measure"].eq("facility"), "estimate"]
    assert facility.between(0.05, 0.95).all()


def test_two_forms_of_a_programme_are_told_apart(speak, large):
    voice = speak(report="assessment")
    tests = say.tested(voice, {("p1", "A"): large, ("p1", "B"): large}, {"p1": "Update"})
    assert {test.title for test in tests} == {"Update · A", "Update · B"}
    assert {test.group for test in tests} == {"A", "B"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_part_speaks_each_language_without_gaps(speak, language, large):
    voice = speak(language, report="assessment")
    (test,) = told(voice, large)
    for part in (say.question_intro, say.question_table, say.distractors, say.question_checks, say.exactness,
                 say.fairness, say.wave_table, say.part_table, say.missed_table):  # fmt: skip
        html = part(voice, test).html
        assert html, part.__name__
        assert not re.search(r"\{\w+\}", html), part.__name__
        assert "secret" not in html
    html = say.item_actions(voice, (test,)).html
    assert voice.text("item_action.negative_discrimination") in html
    assert voice.text("item_action.harder_here") in html


def test_distractors_need_the_threshold_of_people_in_each_third(speak):
    voice = speak(report="assessment")
    for n, hidden in ((60, False), (25, True)):
        found = assessment_summary(answers((n, 150, 150)), market="DE")
        (test,) = told(voice, found)
        cells = re.findall(r"<td>([^<]*)</td>", say.distractors(voice, test).html)
        thirds = [cell for i, cell in enumerate(cells) if i % 4 in (2, 3)]
        assert thirds
        assert all((cell == "–") == hidden for cell in thirds)


def test_what_could_be_found_stands_before_what_was_found(speak, large):
    voice = speak(report="assessment")
    (test,) = told(voice, large)
    html = say.fairness(voice, test).html
    assert html.index('class="caveat"') < html.index("q-5")
    assert "harder here (German)" in html


def drawn(speak, found, language="en"):
    voice = speak(language, report="assessment")
    (test,) = told(voice, found)
    frame = say.map_frame(voice, test)
    return frame, figures.item_map(frame, voice=voice)


def test_the_map_names_only_questions_with_something_to_do(speak, large):
    _, axes = drawn(speak, large)
    names = {text.get_text() for text in axes.texts}
    assert names == {"q-10", "q-5"}


def test_the_map_tells_advice_by_shape_and_by_colour(speak, large):
    _, axes = drawn(speak, large)
    marks = {
        (line.get_marker(), line.get_markerfacecolor())
        for line in axes.lines
        if line.get_marker() not in ("", "None")
    }
    assert len({shape for shape, _ in marks}) == len(marks) == 3
    assert len({to_rgb(colour) for _, colour in marks}) == 3
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert legend == ["keep", "review", "remove"]


def test_the_map_leaves_out_what_the_gate_hides(speak, large):
    frame, _ = drawn(speak, large)
    frame.loc[0, ["estimate", "conf_low", "conf_high", "rest"]] = np.nan
    axes = figures.item_map(frame)
    points = sum(len(line.get_xdata()) for line in axes.lines if line.get_marker() not in ("", "None"))
    assert points == frame["estimate"].notna().sum()
    assert figures.item_map_values(frame)["items"] == points


@pytest.mark.parametrize("language", LANGUAGES)
def test_figures_have_an_alt_text_with_their_numbers(speak, language, large):
    voice = speak(language, report="assessment")
    (test,) = told(voice, large)
    frame = say.map_frame(voice, test)
    more = {"columns": say.map_columns(voice), "of": "Update", "finding": say.map_finding(test)}
    block = say.figure(voice, "item_map", figures.item_map(frame, voice=voice), table=frame,
                       values=figures.item_map_values(frame), **more)  # fmt: skip
    alt = re.search(r'alt="([^"]*)"', block.html)[1]
    assert "q-10" in alt
    assert alt != voice.text("figure.unknown.alt")
    curve = say.reach_frame(voice, test)
    axes, values = figures.reach_curve(curve, voice=voice), figures.reach_curve_values(curve)
    block = say.figure(voice, "reach_curve", axes, table=say.reach_table(voice, curve), values=values)
    assert re.search(r'alt="[^"]*\d', block.html)


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_of_the_figures_stay_on_the_paper_and_the_same_bytes_come_out(speak, language, large):
    voice = speak(language, report="assessment")
    (test,) = told(voice, large)
    for draw in (lambda: figures.item_map(say.map_frame(voice, test), voice=voice),
                 lambda: figures.reach_curve(say.reach_frame(voice, test), voice=voice)):  # fmt: skip
        axes = draw()
        figure = figure_of(axes)
        figure.canvas.draw()
        box = figure.bbox
        for text in figure.findobj(Text):
            if text.get_visible() and text.get_text():
                extent = text.get_window_extent()
                assert extent.x0 >= box.x0 - 1
                assert extent.x1 <= box.x1 + 1
        assert png(draw()) == png(draw())


def pooled(n=60, shown=3):
    """Each person has about three of 36 questions, so that no question has twenty answers."""
    whole = answers((n,), reverse=None, waves=("pre",))
    parts = [whole.assign(item_id=whole["item_id"].astype(str) + f"-{i}") for i in range(3)]
    every = pd.concat(parts, ignore_index=True)
    rng = np.random.default_rng(3)
    return every.loc[rng.random(len(every)) < shown / every["item_id"].nunique()]


@pytest.mark.parametrize("language", COMPLETE)
def test_questions_that_few_answered_are_not_judged_and_not_counted_as_bad(speak, language):
    voice = speak(language, report="assessment")
    tests = told(voice, assessment_summary(pooled(), market="DE"))
    assert tests[0].found.state == "analysed"
    assert not tests[0].judged
    text = text_of(say.tests_front(voice, tests, facts={"tested": 60}).html)
    assert voice.text("opening.assessment.too_few", market=voice.market_name) in text
    assert text_of(voice.html("assessment.test_few", title="Update", needed="20")) in text


def test_questions_without_advice_are_counted_beside_those_with(speak):
    voice = speak(report="assessment")
    long = answers((130,), reverse=None, waves=("pre",))
    few = long["item_id"].eq("q-12") & ~long["moderator_id"].isin([f"secret-DE-{i}" for i in range(15)])
    (test,) = told(voice, assessment_summary(long.loc[~few], market="DE"))
    html = say.tests_front(voice, (test,), facts={}).html
    assert test.advice["unjudged"] == 1
    assert "1 could not be judged" in text_of(html)


def test_a_threshold_above_this_market_s_people_leaves_only_what_all_markets_say(speak, large):
    (test,) = told(speak(report="assessment", min_n=140), large)
    assert set(test.items["basis"]) <= {"all", ""}
    assert "q-5" not in test.named("review")
    text = text_of(say.fairness(speak(report="assessment", min_n=140), test).html)
    assert "Fewer than 140 people here (German)" in text
    assert "harder" not in text


def test_rows_of_a_wave_name_that_wave(speak, large):
    voice = speak(report="assessment")
    (test,) = told(voice, large)
    rows = [*say.wave_table(voice, test).rows, *say.part_table(voice, test).rows]
    waves = {(row["term"] if row["measure"] in ("mean_share", "full_marks") else row["group"], row["comparison"])
             for row in rows if not math.isnan(row["estimate"])}  # fmt: skip
    assert waves == {("pre", "first attempts, pre"), ("post", "first attempts, post")}


def test_markets_of_one_language_are_not_said_to_differ_in_language(speak):
    long = answers((14, 150, 150)).assign(language="en")
    voice = speak(report="assessment")
    (test,) = told(voice, assessment_summary(long, market="DE"))
    text = text_of(say.fairness(voice, test).html)
    assert "Fewer than 20 people here (Germany)" in text
    assert "language" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_comparison_that_could_see_nothing_says_so(speak, language, large):
    voice = speak(language, report="assessment")
    (test,) = told(voice, large)
    blind = replace(test, found=replace(large, fairness=replace(large.fairness, detectable=0.01)))
    html = say.fairness(voice, blind).html
    assert voice.html("assessment.fair_power_none", elsewhere=voice.percent(0.7)) in html
    sound = replace(blind, items=test.items.iloc[:0])
    assert say.fairness_finding([test]) == "differs"
    assert say.fairness_finding([sound]) is None
    assert say.fairness_finding([replace(sound, found=large)]) == "same"


def test_long_texts_have_room_on_a_phone(speak, large):
    voice = speak(report="assessment")
    (test,) = told(voice, large)
    assert '<td class="long">people who know more' in say.question_table(voice, test).html
