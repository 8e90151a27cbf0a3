"""Surveys of Microsoft Forms: recognition beside the quizzes, scales, anonymous answers, and round trips."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tables.formats.form_cases import (
    AT,
    WORDS,
    Desk,
    attempt,
    book,
    fresh,
    quiz_header,
    response,
    survey_header,
    text,
)
from tests.tables.import_cases import write
from tne.tables.importers import ContractError, MappingError, recognise
from tne.tables.importers.formats import BY_NAME
from tne.tables.importers.formats.forms_sheet import question_id
from tne.tables.importers.sniffing import sample

ADA, BEN = "ada@example.org", "ben@example.org"
ASKED = {"programme": "hate-2026", "wave": "end", "zone": "Europe/Berlin", "market": "DE"}
USEFUL, PACE, WHY = "The course was useful: yes?", "How was the pace, overall?", "Why?"
AGREE = {
    "en": ["Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree"],
    "de": [
        "Stimme überhaupt nicht zu",
        "Stimme nicht zu",
        "Weder noch",
        "Stimme zu",
        "Stimme voll und ganz zu",
    ],
    "es": ["Totalmente en desacuerdo", "En desacuerdo", "Neutral", "De acuerdo", "Totalmente de acuerdo"],
    "fr": ["Pas du tout d’accord", "Pas d’accord", "Neutre", "D’accord", "Tout à fait d’accord"],
    "pt": ["Discordo totalmente", "Discordo", "Neutro", "Concordo", "Concordo totalmente"],
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        Desk(folder, patch)
    return folder


@pytest.fixture
def desk(tmp_path, monkeypatch, home):
    fresh(home, tmp_path)
    return Desk(tmp_path, monkeypatch)


def survey(desk, *rows, questions=(USEFUL, PACE, WHY), language="en", name="Survey(1-5).xlsx"):
    return book(desk.folder / name, [survey_header(questions, language), *rows])


@pytest.mark.parametrize("language", WORDS)
def test_every_language(desk, language):
    rows = [response(i, ADA, (word, i, "since")) for i, word in enumerate(AGREE[language], start=1)]
    report = desk.known(survey(desk, *rows, language=language), **ASKED, scale=f"{question_id(PACE)}:1-5")
    assert (
        "Microsoft Forms surveys, known by the columns ID, Start time, Completion time, Email"
        in report.summary()
    )
    assert report.unknown_columns == (WHY,)
    got = desk.table("surveys").sort_values("value")
    assert got.groupby("question_id")["value"].apply(list).to_dict() == {
        question_id(USEFUL): [1, 2, 3, 4, 5],
        question_id(PACE): [1, 2, 3, 4, 5],
    }
    assert got["response_id"].nunique() == 5
    assert set(got["submitted_at"]) == {pd.Timestamp("2026-03-02 08:03:05Z")}
    again = desk.known(survey(desk, *rows, language=language), **ASKED, scale=f"{question_id(PACE)}:1-5")
    assert again.table("surveys").unchanged == 10


def test_anonymous_answers_have_no_person_and_are_stored(desk):
    rows = [response(1, "anonymous", (5, 4, "")), response(2, ADA, (3, 2, "x"))]
    report = desk.known(survey(desk, *rows), **ASKED, scale="1-5").table("surveys")
    assert (report.stored, report.quarantined) == (4, 0)
    assert desk.table("surveys").groupby("response_id")["moderator_id"].nunique().tolist() in ([0, 1], [1, 0])
    with pytest.raises(MappingError, match="1 of 2 responses do not say whose they are"):
        desk.known(survey(desk, *rows), **{k: v for k, v in ASKED.items() if k != "market"}, scale="1-5")


def test_free_text_goes_with_the_answer_it_is_said_to_belong_to(desk):
    path = survey(desk, response(1, ADA, (5, 4, "since I say so")))
    pair = f"keep, {question_id(WHY)}:{question_id(USEFUL)}"
    desk.known(path, **ASKED, scale="1-5", comments=pair)
    got = desk.table("surveys").set_index("question_id")["comment"].dropna()
    assert got.to_dict() == {question_id(USEFUL): "since I say so"}
    with pytest.raises(MappingError, match="`comments` names"):
        desk.known(path, **ASKED, scale="1-5", comments="keep, Whyy:x")


def test_a_survey_made_as_a_quiz(desk):
    questions = (USEFUL, PACE)
    path = book(
        desk.folder / "q.xlsx",
        [quiz_header(questions, "es"), attempt(1, ADA, [("Muy satisfecho", None), ("Satisfecho", None)])],
    )
    assert recognise(path).format.name == "microsoft-forms"
    desk.known(path, **ASKED, format="microsoft-forms-survey")
    assert sorted(desk.table("surveys")["value"]) == [4, 5]
    assert set(desk.table("surveys")["question_id"]) == {question_id(USEFUL), question_id(PACE)}


def test_csv_as_excel_saves_it(desk):
    rows = [survey_header((USEFUL, PACE, WHY), "de"), response(1, ADA, (5, 4, "a; b, c"))]
    path = write(desk.folder / "s.csv", text(rows, ";", "%d.%m.%Y %H:%M:%S"), "cp1252")
    desk.known(path, **ASKED, scale="1-5")
    assert set(desk.table("surveys")["submitted_at"]) == {pd.Timestamp("2026-03-02 08:03:05Z")}


def test_unknown_words_and_strangers_wait(desk):
    rows = [response(i, ADA, ("Very likely", "", "")) for i in range(1, 12)]
    rows += [response(12, ADA, ("Perhaps", "", "")), response(13, "who@example.org", ("Likely", "", ""))]
    report = desk.known(survey(desk, *rows), **ASKED).table("surveys")
    assert dict(report.rules) == {"value: not in the value map": 1, "moderator_id: person: unmatched": 1}
    assert (report.stored, report.non_data) == (11, 0)


@pytest.mark.parametrize(
    "header",
    [
        ["ID", "Start time", "Completion time", "Place"],  # a log, nobody's form
        ["ID", "Start time", "Completion time", "Email", "Name", "Q", "Points - Q"],  # a quiz
        ["ID", "Name", "Email"],
    ],
)
def test_near_misses_are_not_claimed(desk, header):
    path = book(desk.folder / "x.xlsx", [header, ["1"] * len(header)])
    assert BY_NAME["microsoft-forms-survey"].recognise(sample(path)) == ""


def test_no_questions(desk):
    with pytest.raises((ContractError, MappingError)):
        desk.known(survey(desk, response(1, ADA, ()), questions=()), **ASKED)


_ROW = st.tuples(
    st.sampled_from([ADA, BEN, "anonymous"]), st.lists(st.integers(0, 5), min_size=3, max_size=3)
)


@settings(derandomize=True, deadline=None, max_examples=10, database=None)
@given(rows=st.lists(_ROW, min_size=1, max_size=4), language=st.sampled_from(list(WORDS)))
def test_what_was_in_the_survey_is_what_is_stored(home, tmp_path_factory, rows, language):
    questions = (USEFUL, PACE, WHY)
    at = [AT + dt.timedelta(hours=i) for i in range(len(rows))]
    words = [[AGREE[language][v - 1] if v else None for v in given] for _, given in rows]
    made = [response(i, rows[i][0], words[i], at[i]) for i in range(len(rows))]
    want = sorted(
        (question_id(q), value, mail != "anonymous")
        for mail, given in rows
        for q, value in zip(questions, given, strict=True)
        if value
    )
    folder = tmp_path_factory.getbasetemp() / "forms-survey"
    with pytest.MonkeyPatch.context() as patch:
        fresh(home, folder)
        desk = Desk(folder, patch)
        path = survey(desk, *made, language=language)
        if not want:
            with pytest.raises(MappingError):
                desk.known(path, **ASKED, scale="*-*:agree-5")
            return
        desk.known(path, **ASKED, scale="*-*:agree-5")
        got = desk.table("surveys")
    assert sorted(zip(got["question_id"], got["value"], got["moderator_id"].notna(), strict=True)) == want
