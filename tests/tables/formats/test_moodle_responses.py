"""Moodle quiz responses: answers join the marks of the grades report; what is not said is not made up."""

from __future__ import annotations

import datetime as dt
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tables.formats.moodle_cases import (
    ASKED,
    Desk,
    answered,
    answers_header,
    attempt,
    average,
    header,
    table,
    tongue,
)
from tests.tables.import_cases import write
from tne.tables.importers import ContractError, MappingError, import_known, recognise
from tne.tables.importers.touching import read_stored

LANGUAGES = ("old", "en", "de", "es", "fr")
AT = dt.datetime(2021, 2, 12, 13, 3)
LATER = dt.timedelta(minutes=25)
ADA, BEN, CEM = "ada@example.org", "ben@example.org", "cem@example.org"
RIGHT = {**ASKED, "score": "right"}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with a workspace and a roster, to be copied."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        Desk(folder, patch)
    return folder


@pytest.fixture
def desk(tmp_path, monkeypatch):
    return Desk(tmp_path, monkeypatch)


def grades(*rows, best=(1.0, 2.0), language="old"):
    return table([header(language, list(best)), *rows])


def report(*rows, questions=2, language="old", delimiter=",", **kw):
    return table([answers_header(language, questions, **kw), *rows], delimiter)


def test_recognised_in_every_language(tmp_path):
    for language in LANGUAGES:
        row = attempt(ADA, AT, AT + LATER, [], language, grade=3)
        for right in (True, False):
            text = report(answered(row, "a", "b;c", "d", "e"), language=language, right=right)
            found = recognise(write(tmp_path / "x.csv", text))
            assert found.format.name == "moodle-responses"
            assert str(found).endswith(f"Completed and {'Right answer' if right else 'Response'} 2")


def test_a_report_without_answers_is_not_claimed(tmp_path):
    text = table([answers_header("old", 0), attempt(ADA, AT, AT + LATER, [], grade=3)])
    assert recognise(write(tmp_path / "x.csv", text)).format.name == "moodle-grades"


@pytest.mark.parametrize("language", LANGUAGES)
def test_answers_join_the_marks_of_the_grades_report(desk, language):
    rows = [
        attempt(ADA, AT, AT + LATER, [1, 2], language, name=("א", "ب")),
        attempt(BEN, AT, AT + LATER, [0, None], language),
        attempt(CEM, AT, None, [None, None], language),
    ]
    desk.run(grades(*rows, average(language, [0.5, 2]), language=language))
    before = desk.stored()
    # The responses are exported by somebody else, in English.
    other = [
        answered(
            attempt(ADA.upper(), AT, AT + LATER, [], grade=3),
            "What?",
            "keep",
            "keep",
            "Why?",
            "so; and so",
            "so",
        ),
        answered(attempt(BEN, AT, AT + LATER, [], grade=0), "What?", "remove", "keep", "Why?", "-", "so"),
        answered(attempt(CEM, AT, None, []), "What?", "keep", "keep", "Why?", "-", "so"),
        answered(attempt("nobody@example.org", None, None, []), *["-"] * 6),
    ]
    text = report(*other, text=True, delimiter=";")
    got = desk.run(text, name="responses.csv")
    after = desk.stored()
    assert after.drop(columns="response").equals(before.drop(columns="response"))
    assert after.sort_values("score")["response"].tolist() == ["remove", "keep", "so; and so"]
    items = desk.stored("items").set_index("item_id")
    assert items["key"].tolist() == ["keep", "so"]
    assert items["max_score"].tolist() == [1, 2]
    counts = got.table("responses")
    assert (counts.rows_in, counts.replaced, counts.new, counts.non_data) == (8, 3, 0, 5)
    assert got.unknown_columns == ()
    assert not desk.run(text, name="responses.csv").changed
    # The grades again take nothing away.
    assert not desk.run(grades(*rows, average(language, [0.5, 2]), language=language)).changed


def test_answers_without_marks_wait_for_the_grades(desk):
    text = report(answered(attempt(ADA, AT, AT + LATER, [], grade=3), "a", "a", "b", "c"))
    with pytest.raises(ContractError, match="score: not in responses"):
        desk.run(text)
    assert desk.stored().empty


def test_all_or_nothing_questions_are_scored_if_the_importer_says_so(desk):
    rows = [
        answered(attempt(ADA, AT, AT + LATER, [], grade=3), "keep", "keep", "x; y", "x"),
        answered(attempt(BEN, AT, AT + LATER, [], grade=3), " keep ", "keep", "-", "x"),
    ]
    desk.run(report(*rows), RIGHT)
    got = desk.stored().sort_values(["item_id", "response"])
    assert got["score"].tolist() == [1, 1, 0]
    assert desk.stored("items")["max_score"].tolist() == [1, 1]


def test_free_text_is_not_stored_unless_asked_for(desk):
    desk.run(grades(attempt(ADA, AT, AT + LATER, [1, 2])))
    text = report(
        answered(attempt(ADA, AT, AT + LATER, [], grade=3), "keep", "keep", "My manager says …", "-")
    )
    desk.run(text)
    assert set(desk.stored()["response"].dropna()) == {"keep"}
    desk.run(text, {**ASKED, "answers": "all"})
    assert set(desk.stored()["response"]) == {"keep", "My manager says …"}


def test_without_right_answers_nothing_tells_free_text_apart(desk):
    desk.run(grades(attempt(ADA, AT, AT + LATER, [1, 2])))
    text = report(answered(attempt(ADA, AT, AT + LATER, [], grade=3), "a", "b"), right=False)
    with pytest.raises(MappingError, match="answers=all"):
        desk.run(text)
    assert desk.run(text, {**ASKED, "answers": "all"}).table("responses").replaced == 2


def test_random_questions_have_no_key_and_are_told(desk):
    rows = [attempt(m, AT, AT + LATER, [1, 2]) for m in (ADA, BEN)]
    desk.run(grades(*rows))
    got = desk.run(report(answered(rows[0], "a", "a", "b", "b"), answered(rows[1], "a", "a", "7", "8")))
    assert desk.stored("items")["key"].fillna("").tolist() == ["a", ""]
    assert any(note.startswith("Question 2:") for note in got.notes)


def test_several_tries_are_refused_with_a_remedy(desk):
    row = attempt(ADA, AT, AT + LATER, [], grade=3)
    first, last = answered(row, "a", "a", "b", "b"), answered(row, "c", "a", "b", "b")
    first[5], first[9], last[4] = "", "", ""
    with pytest.raises(ContractError, match="last try"):
        desk.run(report(first, last))


_TEXT = (
    st.text("ab,;\"\n'{}ñد0-", min_size=1, max_size=5)
    .map(str.strip)
    .filter(lambda text: text not in ("", "-"))
)
_ROWS = st.lists(
    st.tuples(
        st.sampled_from([ADA, BEN, CEM]),
        st.integers(0, 3),
        st.lists(st.none() | _TEXT, min_size=2, max_size=2),
    ),
    max_size=6,
    unique_by=lambda row: row[:2],
)


@settings(derandomize=True, deadline=None, max_examples=10, database=None)
@given(rows=_ROWS, right=st.lists(_TEXT, min_size=2, max_size=2), language=st.sampled_from(LANGUAGES))
def test_what_was_answered_is_what_is_stored(home, rows, right, language):
    cells = [
        answered(
            attempt(mail, AT + n * LATER, AT + (n + 1) * LATER, [], language, grade=1),
            *(cell for given, key in zip(given_all, right, strict=True) for cell in (given or "-", key)),
        )
        for mail, n, given_all in rows
    ]
    text = report(*cells, language=language, delimiter="," if tongue(language) == "en" else ";")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TNE_CONFIG_HOME", str(home / "config"))
        shutil.rmtree(home / "copy", ignore_errors=True)
        shutil.copytree(home / "ws", home / "copy")
        path = write(home / "x.csv", text)
        if not rows:
            with pytest.raises(MappingError):
                import_known(path, home / "copy", RIGHT)
            return
        import_known(path, home / "copy", RIGHT)
        got = read_stored(home / "copy", "responses")
        items = read_stored(home / "copy", "items")
    wanted = [
        (f"hate-2026-A-q0{i + 1}", given, float(" ".join(given.split()) == " ".join(right[i].split())))
        for _, _, given_all in rows
        for i, given in enumerate(given_all)
        if given
    ]
    assert sorted(zip(got["item_id"], got["response"], got["score"], strict=True)) == sorted(wanted)
    assert items["key"].tolist() == right
