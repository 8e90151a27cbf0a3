"""Answers in words and numbers: which scale they are on, and when that is not certain. Orders of dates."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tne.tables.importers import MappingError
from tne.tables.importers.formats import dates
from tne.tables.importers.formats.answer_scales import Question, pairs, scales
from tne.tables.importers.formats.word_scales import SCALES, certain, fitting, numbers, plain

Q1, Q2 = Question(header="Q1", name="Q1"), Question(header="Q2", name="Q2")


@pytest.mark.parametrize("scale", SCALES.values(), ids=SCALES)
def test_no_word_has_two_ranks_on_one_scale(scale):
    words = [word for rank in scale.ranks for word in set(rank)]
    assert len(words) == len(set(words))
    assert scale.size == int(scale.name[-1])


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Very satisfied|Satisfied", "satisfied-5"),
        ("Extremely satisfied|Moderately satisfied", "satisfied-7"),
        ("Disagree|Somewhat disagree|Agree", "agree-7"),
        ("Strongly disagree|Disagree|Neutral|Agree|Strongly agree", "agree-5"),
        ("Stimme voll und ganz zu|Stimme zu|Weder noch|Stimme nicht zu|Stimme überhaupt nicht zu", "agree-5"),
        ("Trifft voll zu|trifft eher zu|Teils, teils|trifft eher nicht zu|trifft gar nicht zu", "agree-5"),
        ("Totalmente de acuerdo|De acuerdo|Neutral|En desacuerdo|Totalmente en desacuerdo", "agree-5"),
        ("Tout à fait d’accord|D'accord|Neutre|Pas d’accord|Pas du tout d´accord", "agree-5"),
        ("Concordo totalmente|Concordo|Neutro|Discordo|Discordo totalmente", "agree-5"),
        ("Sehr zufrieden|zufrieden", "satisfied-5"),
        ("Muy satisfecho|Insatisfecho", "satisfied-5"),
        ("Très satisfait|Plutôt insatisfait", "satisfied-5"),
        ("Muito satisfeito", "satisfied-5"),
        ("OFTEN.", "frequency-5"),
        ("Selten|oft", "frequency-5"),
        ("Rara vez|siempre", "frequency-5"),
        ("Rarement|Souvent", "frequency-5"),
        ("Raramente|Sempre", "frequency-5"),
        ("Never|About half the time", "time-5"),
        ("Very likely|Likely", "likely-5"),
        ("Wahrscheinlich", "likely-5"),
        ("Fair|Excellent|Good|Very good", "quality-5"),
        ("Not at all|A great deal", "extent-5"),
    ],
)
def test_words_that_leave_no_doubt(words, name):
    assert certain(words.split("|")).name == name


@pytest.mark.parametrize(
    "words",
    [
        "Agree|Strongly agree",  # 4 and 5 of 5, or 6 and 7 of 7
        "Neutral",
        "Never|Sometimes|Always",
        "Good|Very good",
        "Strongly disagree|Disagree|Agree|Strongly agree",  # with a middle that nobody took, or without one
    ],
)
def test_words_that_fit_several_scales(words):
    assert len(fitting(words.split("|"))) > 1
    assert certain(words.split("|")) is None


def test_words_of_no_scale():
    assert fitting(["Team A", "Team B"]) == []
    assert certain(["Team A"]) is None


def test_numbers_keep_the_spelling_that_was_found():
    found = numbers(SCALES["agree-5"], ["strongly Agree", "AGREE", "other"])
    assert found["strongly Agree"] == 5
    assert found["AGREE"] == 4
    assert found["Strongly disagree"] == 1
    assert "other" not in found


def found(given, **words):
    return scales({Question(header=n, name=n): Counter(w) for n, w in words.items()}, pairs(given))


def test_numbers_need_to_be_told_their_scale():
    with pytest.raises(MappingError, match="scale=1-5"):
        found("", Q1=["1", "2"])
    made = found("1-5", Q1=["1", "2"], Q2=["9"], Q3=["text"])
    assert {q.name: (s.low, s.high) for q, s in made.items()} == {"Q1": (1, 5)}
    made = found("1-5, Q2:0-10, Q4*:none", Q1=["1", "2"], Q2=["9"], Q4_1=["3"])
    assert {q.name: (s.low, s.high) for q, s in made.items()} == {"Q1": (1, 5), "Q2": (0, 10)}


def test_a_scale_of_words_settles_doubts_and_nothing_else():
    with pytest.raises(MappingError, match=r"Q1 fit several scales \(agree-4, agree-5, agree-7\)"):
        found("", Q1=["Agree", "Strongly agree"], Q2=["Very likely"])
    made = found("agree-5", Q1=["Agree", "Strongly agree"], Q2=["Very likely"])
    assert {q.name: s.values for q, s in made.items()}.keys() == {"Q1", "Q2"}
    assert made[Q1].values["Agree"] == 4
    assert made[Q2].values["Very likely"] == 5
    made = found("Q1:none", Q1=["Agree", "Strongly agree"], Q2=["Very likely"])
    assert [q.name for q in made] == ["Q2"]


def test_statements_of_one_matrix_share_their_scale():
    words = {
        Question(header=f"Q3_{i}", name=f"Q3_{i}", stem="Q3"): Counter(w)
        for i, w in enumerate((["Agree"], ["Somewhat agree", "Agree"]))
    }
    assert {s.high for s in scales(words, []).values()} == {7}


def test_ticks_are_no_answers_on_a_scale():
    ticks = {Question(header=f"Q3_{i}", name=f"Q3_{i}", stem="Q3"): Counter("1" * 3) for i in (1, 2)}
    made = scales({**ticks, Q1: Counter("123")}, pairs("1-5"))
    assert [q.name for q in made] == ["Q1"]


def test_numbers_with_labels():
    made = found("Q1:0-10", Q1=["10 - Extremely likely", "0: not at all", "7", "5 or more"])[Q1]
    assert made.values == {"0: not at all": 0, "7": 7, "10 - Extremely likely": 10}


def test_what_only_some_say_is_not_guessed():
    assert found("", Q1=["Very likely"], Q2=["Red", "Blue", "Likely"]).keys() == {Q1}


def test_free_text_that_uses_a_word_of_a_scale_is_no_answer_on_it():
    texts = ["Nada"] * 6 + ["Más ejemplos", "Todo bien, gracias", "Excelente curso"]
    assert found("", Q1=["Very likely"], Q2=texts).keys() == {Q1}
    with pytest.raises(MappingError, match="No question has a scale"):
        found("", Q2=texts)


@pytest.mark.parametrize("given", ["5", "5-1", "agree", "1-x"])
def test_a_scale_that_is_none(given):
    with pytest.raises(MappingError, match="must be like 1-5"):
        found(f"Q1:{given}", Q1=["1"])


def test_no_answers_at_all():
    with pytest.raises(MappingError, match="no answers yet"):
        found("", Q1=[])


@settings(derandomize=True, deadline=None, max_examples=50, database=None)
@given(st.sampled_from(list(SCALES.values())), st.data())
def test_a_word_has_its_rank_however_it_is_typed(scale, data):
    rank = data.draw(st.integers(1, scale.size))
    word = data.draw(st.sampled_from(scale.ranks[rank - 1]))
    typed = data.draw(st.sampled_from([word, word.upper(), f" {word}", word.replace("'", "’"), word + "."]))
    assert scale.rank(plain(typed)) == rank
    assert numbers(scale, [typed])[typed] == rank


@pytest.mark.parametrize(
    ("cells", "order", "day"),
    [
        (["13/2/2026 9:00"], dates.FOUND, True),
        (["2/13/26 09:00:00", "1/1/26 09:00:00"], dates.FOUND, False),
        (["02.03.2026 09:00"], dates.FOUND, True),
        (["2/3/2026 9:00 AM"], "month first", False),
        (["2/3/2026 9:00"], "day first", True),
    ],
)
def test_orders_of_dates(cells, order, day):
    made = dates.formats(cells, order)
    assert made[0].startswith("%d") == day
    read = [dt.datetime.strptime(cells[0], form) for form in made if _reads(cells[0], form)]
    assert len(set(read)) == 1


def _reads(cell, form):
    try:
        dt.datetime.strptime(cell, form)
    except ValueError:
        return False
    return True


def test_dates_that_do_not_say_their_order():
    for cells in (["2/3/2026 9:00"], ["13/2/2026 9:00", "2/13/2026 9:00"]):
        with pytest.raises(MappingError, match="day or the month"):
            dates.formats(cells, dates.FOUND)
    assert dates.formats(["2026-03-02 09:00", dt.datetime(2026, 3, 2), None], dates.FOUND) == ()
    assert _reads("2026/03/02 09:00", dates.formats(["2026/03/02 09:00"], dates.FOUND)[1])
