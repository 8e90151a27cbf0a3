"""Quizzes of Microsoft Forms: every language and quirk of the export, and the values that were in it."""

from __future__ import annotations

import csv
import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tables.formats.form_cases import AT, NBSP, WORDS, Desk, attempt, book, fresh, quiz_header, text
from tests.tables.import_cases import workbook, write
from tne.tables.importers import ContractError, MappingError, quarantined, recognise
from tne.tables.importers.formats import BY_NAME
from tne.tables.importers.formats.forms_sheet import question_id
from tne.tables.importers.recognising import mapping_text

ADA, BEN, CEM, NOBODY = "ada@example.org", "Ben@Example.org", "cem@example.org", "who@example.org"
ASKED = {"programme": "hate-2026", "wave": "post", "zone": "Europe/Berlin"}
Q1, Q2, Q3 = "When is hate speech removed?", "Which of these are threats?", "What is a slur?"
TWO = [("At once", 2), ("A;B;", 1)]


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


def quiz(desk, *rows, questions=(Q1, Q2), language="en", newer=False, name="Quiz(1-3).xlsx"):
    return book(desk.folder / name, [quiz_header(questions, language, newer=newer), *rows])


@pytest.mark.parametrize("newer", [False, True])
@pytest.mark.parametrize("language", WORDS)
def test_every_language_and_generation_brings_the_same_rows(desk, language, newer):
    path = quiz(
        desk,
        attempt(1, ADA, TWO, newer=newer),
        attempt(2, BEN, [("Later", 0), ("B;", 0)], newer=newer),
        language=language,
        newer=newer,
    )
    report = desk.known(path, **ASKED, answers="keep", points="2")
    assert "Microsoft Forms quizzes, known by the columns ID, Start time, Completion time" in report.summary()
    assert report.unknown_columns == ()
    items = desk.table("items")
    assert items["item_id"].tolist() == sorted([question_id(Q1), question_id(Q2)])
    assert set(items["max_score"]) == {2}
    assert items[["programme_id", "form", "scale"]].drop_duplicates().values.tolist() == [
        ["hate-2026", "A", "hate-2026 A"]
    ]
    rows = desk.table("responses").sort_values(["moderator_id", "item_id"])
    assert sorted(zip(rows["response"], rows["score"], strict=True)) == [
        ("A;B", 1),
        ("At once", 2),
        ("B", 0),
        ("Later", 0),
    ]
    assert rows["attempt_id"].nunique() == rows["moderator_id"].nunique() == 2
    assert set(rows["answered_at"]) == {pd.Timestamp("2026-03-02 08:09:05Z")}
    assert set(rows["market"]) == {"DE"}
    assert set(rows["wave"]) == {"post"}


def test_nothing_is_stored_of_names_feedback_and_answers_unless_asked_for(desk):
    desk.known(quiz(desk, attempt(1, ADA, [("I, Ada, think so", 1), ("x", 0)])), **ASKED)
    assert desk.table("responses")["response"].isna().all()
    stored = b"".join(p.read_bytes() for p in (desk.root / "tables").rglob("*") if p.is_file())
    assert not any(word in stored for word in (b"Ada", b"ada@", b"Lovelace"))


def test_twice_changes_nothing_and_a_renamed_file_neither(desk):
    rows = [attempt(1, ADA, TWO), attempt(2, BEN, TWO)]
    desk.known(quiz(desk, *rows), **ASKED)
    first = {p: p.read_bytes() for p in (desk.root / "tables").rglob("*.parquet")}
    again = desk.known(quiz(desk, *rows, name="Quiz (1).xlsx"), **ASKED).table("responses")
    assert (again.new, again.replaced, again.unchanged) == (0, 0, 4)
    assert {p: p.read_bytes() for p in (desk.root / "tables").rglob("*.parquet")} == first


def test_questions_keep_their_ids_when_they_move_or_are_typed_otherwise(desk):
    desk.known(quiz(desk, attempt(1, ADA, TWO)), **ASKED)
    moved = quiz(
        desk, attempt(1, ADA, TWO[::-1]), questions=(f"{Q2}{NBSP}", Q1.replace(" ", "  ")), name="b.xlsx"
    )
    report = desk.known(moved, **ASKED).table("responses")
    assert (report.new, report.unchanged) == (0, 2)


def test_item_ids_are_short_and_say_something():
    assert question_id(Q1).startswith("when-is-hate-speech-removed-")
    long = question_id("Why " + "very " * 40 + "long?")
    assert len(long) <= 47
    assert long != question_id("Why " + "very " * 41 + "long?")
    assert question_id("ما هو خطاب الكراهية؟") == question_id(" ما هو خطاب الكراهية؟" + NBSP)
    assert len(question_id("ما هو خطاب الكراهية؟")) == 6


def test_questions_about_the_person_bring_no_points_and_are_no_items(desk):
    questions = ("Full name", Q1, "Name2")
    path = quiz(desk, attempt(1, ADA, [("Ada L", None), ("x", 1), ("Ada", "")]), questions=questions)
    report = desk.known(path, **ASKED)
    assert desk.table("items")["item_id"].tolist() == [question_id(Q1)]
    assert len(report.unknown_columns) == 2
    assert all(name.startswith("Answer - ") for name in report.unknown_columns)


def test_two_questions_of_one_text(desk):
    # Headers are unique in the workbook, those of points may carry the number or not.
    header = quiz_header(["When", "When2"])
    header[header.index("Points - When2")] = "Points - When2" + NBSP
    header[header.index("Feedback - When2")] = "Feedback - When"
    path = book(desk.folder / "q.xlsx", [header, attempt(1, ADA, [("a", 1), ("b", 0)])])
    desk.known(path, **ASKED, answers="keep")
    rows = desk.table("responses").set_index("item_id")
    assert rows.loc[question_id("When"), ["response", "score"]].tolist() == ["a", 1]
    assert rows.loc[question_id("When2"), ["response", "score"]].tolist() == ["b", 0]


def test_points_and_feedback_may_stand_in_either_order_and_feedback_may_lack(desk):
    header = ["ID", "Start time", "Completion time", "Email", "Name", "Total points", Q1, f"Feedback - {Q1}"]
    header += [f"Points - {Q1}", Q2, f"Points - {Q2}"]
    row = [1, AT, AT, ADA, "Ada", 3, "x", "well done", 1, "y", 2]
    assert desk.known(book(desk.folder / "q.xlsx", [header, row]), **ASKED).unknown_columns == ()
    assert sorted(desk.table("responses")["score"]) == [1, 2]


def test_questions_called_like_columns_of_forms(desk):
    questions = ("Email2", "Language", "Feedback: what is it?", "Points: what are they?")
    path = quiz(desk, attempt(1, ADA, [("a", 1), ("b", 2), ("c", 3), ("d", 4)]), questions=questions)
    desk.known(path, **ASKED)
    rows = desk.table("responses").set_index("item_id")["score"]
    assert rows.to_dict() == {question_id(q): i for i, q in enumerate(questions, start=1)}


def test_anonymous_answers_are_counted_and_stored_for_nobody(desk):
    path = quiz(desk, attempt(1, "anonymous", TWO), attempt(2, ADA, TWO), attempt(3, NOBODY, TWO))
    report = desk.known(path, **ASKED).table("responses")
    assert (report.rows_in, report.stored, report.quarantined, report.unmatched) == (6, 2, 4, 4)


def test_a_question_may_say_who_answered_an_anonymous_quiz(desk):
    questions = ("Your employee number?", Q1)
    path = quiz(desk, attempt(1, "anonymous", [(1001, ""), ("x", 1)]), questions=questions)
    desk.known(path, **ASKED, person="your employee number?")
    assert desk.table("responses")["moderator_id"].isin(desk.table("moderators")["moderator_id"]).all()
    with pytest.raises(MappingError, match="names never identify"):
        desk.known(
            quiz(desk, attempt(1, "anonymous", TWO), questions=("Full name", Q1)), **ASKED, person="Full name"
        )
    with pytest.raises(MappingError, match="No question has the text"):
        desk.known(path, **ASKED, person="Personnel number")


def test_several_attempts_of_one_person_are_all_kept(desk):
    later = AT + dt.timedelta(days=1)
    path = quiz(desk, attempt(1, ADA, TWO), attempt(7, ADA, [("x", 0), ("y", 0)], at=later))
    desk.known(path, **ASKED)
    rows = desk.table("responses")
    assert (rows["attempt_id"].nunique(), rows["moderator_id"].nunique(), len(rows)) == (2, 1, 4)


def test_everybody_right_and_unscored_rows(desk):
    path = quiz(desk, attempt(1, ADA, [("x", 1), ("y", None)]), attempt(2, BEN, [("x", 1), ("y", None)]))
    report = desk.known(path, **ASKED)
    assert len(desk.table("items")) == 1  # the second is not graded yet
    assert report.table("responses").stored == 2


def test_best_scores(desk):
    path = quiz(desk, attempt(1, ADA, TWO))
    desk.known(path, **ASKED)
    assert desk.table("items")["max_score"].isna().all()
    desk.known(path, **ASKED, points=f"1, {question_id(Q1)}:2")
    best = desk.table("items").set_index("item_id")["max_score"]
    assert best.to_dict() == {question_id(Q1): 2, question_id(Q2): 1}
    for points, message in (
        ("1", "1 questions brought more"),
        ("zwei", "must be a number"),
        ("q9:1", "does not score"),
        ("-1", "above 0"),
    ):
        with pytest.raises(MappingError, match=message):
            desk.known(path, **ASKED, points=points)


def test_bad_points_wait_with_the_row_that_a_person_sees(desk):
    rows = [attempt(i, ADA, [("x", 1), ("y", 0)]) for i in range(1, 12)]
    rows[4] = attempt(5, ADA, [("x", "one"), ("y", 0)])
    report = desk.known(quiz(desk, *rows), **ASKED).table("responses")
    assert (report.stored, report.quarantined) == (21, 1)
    (path,) = (desk.root / "quarantine" / "responses").glob("*.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert [row["row"] for row in csv.DictReader(file)] == ["6"]


def test_a_time_without_a_format_is_what_excel_counts(desk):
    path = quiz(desk, attempt(1, ADA, TWO, at=46083.375))
    desk.known(path, **ASKED)
    assert set(desk.table("responses")["answered_at"]) == {pd.Timestamp("2026-03-02 08:00Z")}


@pytest.mark.parametrize(
    ("delimiter", "moment", "encoding", "decimal"),
    [
        (",", "%m/%d/%y %H:%M:%S", "cp1252", "."),
        (";", "%d.%m.%Y %H:%M:%S", "utf-8-sig", ","),
        (";", "%d/%m/%Y %H:%M:%S", "cp1252", ","),
        ("\t", "%Y-%m-%d %H:%M:%S", "utf-16", "."),
        (",", "%m/%d/%Y %I:%M:%S %p", "utf-8", "."),
    ],
)
def test_what_excel_saves_as_csv(desk, delimiter, moment, encoding, decimal):
    at = dt.datetime(2026, 3, 22, 13, 4, 5)
    many = "Ä, b; c; d; e; f; g; h; i; j; k; l; m; n; o; p; q; r; s; t;"  # more semicolons than columns
    rows = [quiz_header([Q1, Q2]), attempt(1, ADA, [(many, 1.5), ("\nx", 1)], at=at)]
    made = text(rows, delimiter, moment).replace("1.5", '"1,5"' if decimal == "," else "1.5")
    desk.known(write(desk.folder / "q.csv", made, encoding), **ASKED, answers="keep")
    got = desk.table("responses").sort_values("score")
    assert got["score"].tolist() == [1, 1.5]
    assert got["response"].tolist() == ["x", many.removesuffix(";")]
    assert set(got["answered_at"]) == {pd.Timestamp("2026-03-22 12:13:05Z")}


def test_a_csv_whose_dates_do_not_say_their_order_is_asked_about(desk):
    rows = [quiz_header([Q1, Q2]), attempt(1, ADA, TWO, at=dt.datetime(2026, 3, 4, 9))]
    path = write(desk.folder / "q.csv", text(rows))
    with pytest.raises(MappingError, match="dates=day first"):
        desk.known(path, **ASKED)
    desk.known(path, **ASKED, dates="month first")
    assert set(desk.table("responses")["answered_at"].dt.strftime("%m-%d")) == {"03-04"}


def test_the_zone_is_asked_for(desk):
    with pytest.raises(MappingError, match="zone=…"):
        desk.known(quiz(desk, attempt(1, ADA, TWO)), programme="p", wave="pre")


def test_a_header_and_no_rows(desk):
    report = desk.known(quiz(desk), **ASKED)
    assert "no rows" in report.summary()


def test_no_points_at_all_is_no_quiz_yet(desk):
    with pytest.raises(MappingError, match="format=microsoft-forms-survey"):
        desk.known(quiz(desk, attempt(1, ADA, [("x", None), ("y", "")])), **ASKED)


def test_the_mapping_is_a_mapping_file(desk):
    path = quiz(desk, attempt(1, ADA, TWO))
    made, _ = mapping_text([path], ASKED)
    mapping = write(
        desk.folder / "map.toml", made.replace('item_id = "when', 'policy_area = "hate"\nitem_id = "when')
    )
    from tne.tables.importers import import_export

    with pytest.raises(MappingError, match="no columns policy_area"):
        import_export(mapping, path, desk.root)  # responses have no area
    import_export(write(desk.folder / "map.toml", made), path, desk.root)
    assert desk.known(path, **ASKED).table("responses").unchanged == 2


@pytest.mark.parametrize(
    "header",
    [
        ["ID", "Start time", "Completion time", "Email", "Name", "Rating"],  # a survey
        ["ID", "Start time", "End time", "Email", "Name", "Q", "Points - Q"],
        ["Start time", "Completion time", "ID", "Q", "Points - Q"],
        ["ID", "Start time", "Completion time", "Email", "Name", "Q", "Points - other"],
        ["a", "b"],
    ],
)
def test_near_misses_are_not_claimed(desk, header):
    path = book(desk.folder / "x.xlsx", [header, ["1"] * len(header)])
    known = BY_NAME["microsoft-forms"]
    from tne.tables.importers.sniffing import sample

    assert known.recognise(sample(path)) == ""


def test_other_files_are_refused(desk):
    path = workbook(desk.folder / "x.xlsx", {"S": [["a", "b"], [1, 2]]})
    with pytest.raises(ContractError, match="none of the known formats"):
        recognise(path)
    with pytest.raises(ContractError, match="does not begin with the columns ID"):
        desk.known(path, **ASKED, format="microsoft-forms")


def test_a_lost_line_break_shows_nobody_in_a_message(desk):
    rows = text(
        [quiz_header([Q1, Q2]), attempt(1, ADA, TWO), attempt(2, BEN, TWO)], moment="%Y-%m-%d %H:%M:%S"
    )
    path = write(desk.folder / "q.csv", rows.replace("\r\n", ",", 1))
    with pytest.raises(ContractError, match="a line break is missing") as error:
        desk.known(path, **ASKED)
    assert "ada" not in str(error.value)


@pytest.mark.parametrize(
    "content", ["", ",,,\n", "\n\n", '"', "ID,Start time,Completion time\n", "ID\x00,a\n1,2\n"]
)
def test_damaged_files_end_in_one_sentence(desk, content):
    path = write(desk.folder / "q.csv", content)
    for answers in (ASKED, {**ASKED, "format": "microsoft-forms"}):
        with pytest.raises((ContractError, MappingError)):
            desk.known(path, **answers)


_MARK = st.one_of(st.none(), st.integers(0, 9), st.sampled_from([0.5, 1.25]))
_ROW = st.tuples(
    st.sampled_from([ADA, BEN, CEM]),
    st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2027, 1, 1)).map(lambda t: t.replace(microsecond=0)),
    st.lists(_MARK, min_size=3, max_size=3),
)


@settings(derandomize=True, deadline=None, max_examples=10, database=None)
@given(
    rows=st.lists(_ROW, min_size=1, max_size=5), language=st.sampled_from(list(WORDS)), as_csv=st.booleans()
)
def test_what_was_in_the_quiz_is_what_is_stored(home, tmp_path_factory, rows, language, as_csv):
    questions = (Q1, Q2, Q3)
    sheet = [quiz_header(questions, language)]
    sheet += [
        attempt(i, mail, [("x", p) for p in points], at=at) for i, (mail, at, points) in enumerate(rows)
    ]
    want = sorted(
        (question_id(q), float(p), (at + dt.timedelta(minutes=9)).isoformat())
        for _, at, points in rows
        for q, p in zip(questions, points, strict=True)
        if p is not None
    )
    folder = tmp_path_factory.getbasetemp() / "forms"
    with pytest.MonkeyPatch.context() as patch:
        fresh(home, folder)
        desk = Desk(folder, patch)
        if as_csv:
            path = write(folder / "q.csv", text(sheet, ";", "%Y-%m-%d %H:%M:%S"), "utf-8-sig")
        else:
            path = book(folder / "q.xlsx", sheet)
        if not want:
            with pytest.raises(MappingError):
                desk.known(path, **{**ASKED, "zone": "UTC"})
            return
        report = desk.known(path, **{**ASKED, "zone": "UTC"}).table("responses")
        got = desk.table("responses")
    assert report.stored == len(want)
    assert not quarantined(desk.root)
    times = got["answered_at"].dt.tz_localize(None).map(lambda t: t.isoformat())
    assert sorted(zip(got["item_id"], got["score"], times, strict=True)) == want
