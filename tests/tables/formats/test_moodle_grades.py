"""Moodle quiz grades: every language and quirk of the report, and the values that were in it."""

from __future__ import annotations

import csv
import datetime as dt
import io
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tables.formats.moodle_cases import (
    ASKED,
    ESSAY,
    NEVER,
    OVERDUE,
    UNGRADED,
    Desk,
    attempt,
    average,
    header,
    table,
    tongue,
)
from tests.tables.import_cases import workbook, write
from tne.tables.importers import ContractError, MappingError, import_known, quarantined, recognise
from tne.tables.importers.formats.moodle_grades import FORMAT
from tne.tables.importers.sniffing import sample
from tne.tables.importers.touching import read_stored

LANGUAGES = ("old", "en", "de", "es", "fr")
AT = dt.datetime(2021, 2, 12, 13, 3)
LATER = dt.timedelta(minutes=25)
ADA, BEN, CEM = "ada@example.org", "ben@example.org", "cem@example.org"


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


def report(*rows, language="old", best=(1.0, 2.0), **kw):
    return table([header(language, list(best)), *rows], **kw)


def test_recognised_in_every_language(tmp_path):
    for language in LANGUAGES:
        text = report(attempt(ADA, AT, AT + LATER, [1, 2], language), language=language)
        path = write(tmp_path / f"{language}.csv", text)
        found = recognise(path)
        assert found.format.name == "moodle-grades"
        assert str(found).endswith(
            "Moodle quiz grades, known by the columns Started, Completed and Q. 2 /2.00"
        )


@pytest.mark.parametrize(
    "text",
    [
        "Last name,First name,Email address,Grade/10.00,Q. 1 /1.00\nA,B,c@d.example,1,1\n",  # no times
        "First name,Started,Completed,State\nA,1,2,Finished\n",  # no marks
        "Name,Started,Completed,Grade/10.00\nA,1,2,3\n",  # another tool's names
        "Last name,First name,State,Started on,Completed,Grade/10.00,Response 1\nA,B,Finished,1,2,3,x\n",
        "a,b\n1,2\n",
    ],
)
def test_near_misses_are_refused(tmp_path, text):
    assert FORMAT.recognise(sample(write(tmp_path / "x.csv", text))) == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_of_any_language_stores_the_same(desk, language):
    own = tongue(language)
    text = report(
        attempt(ADA, AT, AT + LATER, [1, 1.5], language, name=("عبد الله", "آدا")),
        attempt(BEN, AT, AT + LATER, [1, ESSAY[own]], language, grade=UNGRADED[own]),
        attempt(CEM, AT, AT + LATER, [1, None], language),
        attempt(CEM, AT + 2 * LATER, None, [None, None], language),
        attempt(ADA, AT + 2 * LATER, None, [None, None], language, state=OVERDUE[own]),
        attempt(BEN, AT + 2 * LATER, None, [None, None], language, state=NEVER[own]),
        attempt("nobody@example.org", None, None, [None, None], language),
        average(language, [1.0, 0.5], label="Blue"),
        average(language, [1.0, 0.5]),
        language=language,
        delimiter="," if own == "en" else ";",
    )
    got = desk.run(text)
    rows = desk.stored().sort_values(["item_id", "score"])
    assert rows["item_id"].tolist() == ["hate-2026-A-q01"] * 3 + ["hate-2026-A-q02"]
    assert rows["score"].tolist() == [1, 1, 1, 1.5]
    assert set(rows["answered_at"].dt.strftime("%Y-%m-%d %H:%M")) == {"2021-02-12 12:28"}
    assert set(rows["wave"]) == {"post"}
    assert set(rows["form"]) == {"A"}
    assert set(rows["market"]) == {"DE"}
    assert rows["attempt_id"].nunique() == 3
    items = desk.stored("items")
    assert items["max_score"].tolist() == [1, 2]
    assert set(items["scale"]) == {"hate-2026 A"}
    counts = got.table("responses")
    # 9 rows × 2 questions: 6 rows are no result, 2 marks are missing.
    assert (counts.rows_in, counts.stored, counts.non_data, counts.quarantined) == (18, 4, 14, 0)
    assert got.unknown_columns == ()
    assert not desk.run(text).changed


def test_a_finished_attempt_is_no_result_without_its_time(desk):
    good = [attempt(ADA, AT + i * LATER, AT + (i + 1) * LATER, [1, 2]) for i in range(3)]
    counts = desk.run(report(*good, attempt(BEN, AT, None, [1, 2], state="Finished"))).table("responses")
    assert counts.quarantined == 2
    assert "completion" in counts.rules[0][0]


def test_submitted_and_not_graded_yet_is_no_result(desk):
    rows = [
        attempt(ADA, AT, AT + LATER, [1, 2]),
        attempt(BEN, AT, AT + LATER, [None, None], state="Submitted", grade="-"),
    ]
    assert desk.run(report(*rows)).table("responses").non_data == 2


def test_all_attempts_are_stored(desk):
    rows = [attempt(ADA, AT + i * LATER, AT + (i + 1) * LATER, [i, 0]) for i in range(2)]
    desk.run(report(*rows, best=(3, 1)))
    assert desk.stored()["attempt_id"].nunique() == 2
    rows = desk.stored().sort_values("answered_at")
    assert rows["score"].groupby(rows["attempt_id"], sort=False).sum().tolist() == [0, 1]


def test_attempts_that_start_in_one_minute_stay_apart(desk):
    rows = [attempt(ADA, AT, AT, [0, 0]), attempt(ADA, AT, AT + LATER, [1, 2])]
    desk.run(report(*rows))
    first = desk.stored()
    assert first["attempt_id"].nunique() == 2
    # Another order of the rows, and a later attempt, change no attempt's id.
    got = desk.run(report(*rows[::-1], attempt(ADA, AT, AT + 2 * LATER, [1, 1])))
    assert got.table("responses").new == 2
    assert got.table("responses").unchanged == 4


def test_a_doubled_export_doubles_nothing(desk):
    row = attempt(ADA, AT, AT + LATER, [1, 2])
    counts = desk.run(report(row, row)).table("responses")
    assert (counts.stored, counts.duplicates) == (2, 2)


def test_a_regraded_attempt_is_a_correction(desk):
    desk.run(report(attempt(ADA, AT, AT + LATER, [0, 2])))
    counts = desk.run(report(attempt(ADA, AT, AT + LATER, [1, 2]))).table("responses")
    assert (counts.replaced, counts.unchanged, counts.new) == (1, 1, 0)


def test_the_spelling_or_kind_of_a_persons_identifier_changes_no_attempt(desk):
    text = report(attempt(ADA, AT, AT + LATER, [1, 2]))
    desk.run(text)
    other = text.replace("Email address", "Username").replace(ADA, "ADA")
    for again in (text.replace(ADA, "Ada@Example.org"), other):
        counts = desk.run(again).table("responses")
        assert (counts.unchanged, counts.new) == (2, 0)


def test_id_number_is_the_employee_number(desk):
    text = report(attempt("1001", AT, AT + LATER, [1, 2])).replace("Email address", "ID number")
    assert desk.run(text).table("responses").stored == 2


def test_without_any_identifier_the_message_says_what_to_do(desk):
    text = report(attempt(ADA, AT, AT + LATER, [1, 2])).replace("Email address", "City")
    with pytest.raises(ContractError, match="show user identity") as caught:
        desk.run(text)
    assert "ada" not in str(caught.value).lower()


def test_a_question_that_everybody_gets_right_and_one_without_marks(desk):
    rows = [attempt(m, AT, AT + LATER, [1, None, s]) for m, s in ((ADA, 0), (BEN, 1), (CEM, 1))]
    got = desk.run(report(*rows, best=(1, 0, 1)))
    assert desk.stored("items")["item_id"].tolist() == ["hate-2026-A-q01", "hate-2026-A-q03"]
    assert len(desk.stored()) == 6
    assert got.unknown_columns == ()


def test_without_marks_for_each_question_the_total_is_the_item(desk):
    rows = [[*attempt(m, AT, AT + LATER, [s])[:10]] for m, s in ((ADA, 7.25), (BEN, 9))]
    text = table([header("de", [9])[:10], *rows, average("de", [8.1])[:10]], delimiter=";").replace(
        "7.25", "7,25"
    )
    desk.run(text)
    assert desk.stored("items")[["item_id", "max_score"]].to_numpy().tolist() == [["hate-2026-A-total", 9]]
    assert sorted(desk.stored()["score"]) == [7.25, 9]


def test_custom_question_numbers_and_whole_marks(desk):
    text = (
        report(attempt(ADA, AT, AT + LATER, [1, 2]))
        .replace("Q. 1 /1.00", "Q. 1a /1")
        .replace("Q. 2 /2.00", "Q. 10 /2")
    )
    desk.run(text.replace("1.00", "1").replace("2.00", "2"))
    assert desk.stored("items")["item_id"].tolist() == ["hate-2026-A-q10", "hate-2026-A-q1a"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings(desk, encoding):
    text = report(attempt(ADA, AT, AT + LATER, [1, 2], "fr"), language="fr", delimiter="\t")
    assert desk.run(text, encoding=encoding).table("responses").stored == 2


def test_a_workbook(desk):
    rows = [attempt(ADA, AT, AT + LATER, [1, 2], "de"), average("de", [1, 2])]
    cells = [header("de", [1, 2]), *[[*r[:9], *(float(c.replace(",", ".")) for c in r[9:])] for r in rows]]
    counts = desk.run(workbook(desk.folder / "x.xlsx", {"Grades": cells})).table("responses")
    assert (counts.stored, counts.non_data) == (2, 2)


def test_what_was_left_unanswered_is_missing_or_zero(desk):
    rows = [attempt(ADA, AT, AT + LATER, [None, None]), attempt(BEN, AT, AT + LATER, [1, "Requires grading"])]
    rows.append(attempt(CEM, AT, None, [None, None]))
    got = desk.run(report(*rows))
    assert desk.stored()["score"].tolist() == [1]
    assert any("2 questions of finished attempts were left unanswered" in note for note in got.notes)
    counts = desk.run(report(*rows), {**ASKED, "unanswered": "zero"}).table("responses")
    # What is not graded yet, or not finished, is no zero.
    assert (counts.new, counts.unchanged, counts.non_data) == (2, 1, 3)
    assert sorted(desk.stored()["score"]) == [0, 0, 1]


def test_a_workbook_that_was_saved_again_has_the_same_attempts(desk):
    row = attempt(ADA, AT, AT + LATER, [1, 2])
    desk.run(report(row))
    cells = [header("old", [1, 2]), [*row[:6], AT, AT + LATER, "25 mins", 3, 1, 2]]
    counts = desk.run(workbook(desk.folder / "x.xlsx", {"Grades": cells})).table("responses")
    assert (counts.unchanged, counts.new) == (2, 0)


@pytest.mark.parametrize("name", ["moodle-grades", "moodle-responses", "moodle-attendance"])
@pytest.mark.parametrize(
    "text", ["a,b\n1,2\n", "State\nFinished\n", "Email address,State\nada@example.org,\n"]
)
def test_another_file_under_the_formats_name_is_refused(desk, name, text):
    extra = {"language": "de", "market": "DE"} if name == "moodle-attendance" else {"wave": "post"}
    with pytest.raises((ContractError, MappingError)):
        desk.run(text, {"format": name, "programme": "x", "zone": "UTC", **extra})


def test_marks_that_nobody_can_have_are_no_test(desk):
    with pytest.raises(MappingError, match="best mark above 0"):
        desk.run(report(attempt(ADA, AT, AT + LATER, [None]), best=[0]))


def test_american_dates_and_weekdays(desk):
    rows = [attempt(ADA, AT, AT + LATER, [1, 2]), attempt(BEN, AT, AT + LATER, [1, 2])]
    rows[0][7] = "February 12 2021  1:28 PM"
    rows[1][7] = "Friday, 12 February 2021, 1:28 PM"
    desk.run(report(*rows))
    assert desk.stored()["answered_at"].dt.hour.tolist() == [12] * 4


def test_bad_rows_wait_with_the_number_a_person_sees(desk):
    rows = [
        attempt(ADA, AT + i * LATER, AT + (i + 1) * LATER, [1, 2], name=("Two\nlines", "A")) for i in range(6)
    ]
    rows[2][9:] = ["3.00", "oops", "2.00"]
    rows[3][7] = "02/12/21 13:03"
    rows.append(attempt("stranger@example.org", AT, AT + LATER, [1, 2]))
    rows.append(attempt("shared@example.org", AT, AT + LATER, [1, 2]))
    got = desk.run(report(*rows, average("old", [1, 2])))
    counts = got.table("responses")
    assert (counts.stored, counts.quarantined, counts.non_data) == (9, 7, 2)
    assert (counts.unmatched, counts.ambiguous) == (2, 2)
    waiting = next((desk.root / "quarantine" / "responses").glob("*.csv")).read_text("utf-8-sig")
    # Every row before them takes two lines.
    assert sorted({int(row["row"]) for row in csv.DictReader(io.StringIO(waiting))}) == [6, 8, 14, 15]
    assert sum(quarantined(desk.root).values()) == 7
    assert "stranger" not in got.summary()
    assert "oops" not in got.summary()


def test_unknown_columns_are_reported_and_not_stored(desk):
    text = report(attempt(ADA, AT, AT + LATER, [1, 2])).replace("Institution", "Shoe size")
    assert desk.run(text).unknown_columns == ("Shoe size",)


def test_answers_are_asked_for(desk):
    text = report(attempt(ADA, AT, AT + LATER, [1, 2]))
    with pytest.raises(MappingError, match="--set zone="):
        desk.run(text, {"programme": "x", "wave": "post"})
    with pytest.raises(MappingError, match="pre, post, delayed, quiz"):
        desk.run(text, {**ASKED, "wave": "later"})
    got = desk.run(text, {**ASKED, "market": "IE", "form": "B", "scale": "hate", "programme": 'Ä "q"'})
    assert set(desk.stored()["market"]) == {"IE"}
    assert set(desk.stored("items")["scale"]) == {"hate"}
    assert got.source.startswith("moodle-grades-")


_MARKS = st.sampled_from([None, 0.0, 0.25, 0.33, 1.0, 2.0, -0.5])
_START = st.datetimes(dt.datetime(2021, 1, 1), dt.datetime(2030, 1, 1))
_PEOPLE = st.lists(
    st.tuples(
        st.sampled_from([ADA, BEN, CEM]),
        st.datetimes(dt.datetime(2021, 1, 1), dt.datetime(2030, 1, 1)).map(
            lambda d: d.replace(second=0, microsecond=0)
        ),
        st.integers(1, 3000),
        st.lists(_MARKS, min_size=3, max_size=3),
        st.text("אבגد ر.'\",;é–", max_size=6),
    ),
    max_size=8,
    unique_by=lambda row: row[:2],
)


@settings(derandomize=True, deadline=None, max_examples=10, database=None)
@given(people=_PEOPLE, language=st.sampled_from(LANGUAGES), delimiter=st.sampled_from([",", ";", "\t"]))
def test_what_was_in_the_report_is_what_is_stored(home, people, language, delimiter):
    rows = [
        attempt(mail, start, start + dt.timedelta(minutes=took), marks, language, name=(name, name))
        for mail, start, took, marks, name in people
    ]
    text = report(*rows, average(language, [1, 1, 1]), language=language, best=(2, 2, 2), delimiter=delimiter)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TNE_CONFIG_HOME", str(home / "config"))
        shutil.rmtree(home / "copy", ignore_errors=True)
        shutil.copytree(home / "ws", home / "copy")
        import_known(write(home / "x.csv", text), home / "copy", {**ASKED, "zone": "UTC"})
        got = read_stored(home / "copy", "responses")
    wanted = sorted(
        (f"hate-2026-A-q{i:02}", float(m), str(start + dt.timedelta(minutes=took)))
        for _, start, took, marks, _ in people
        for i, m in enumerate(marks, start=1)
        if m is not None
    )
    found = zip(
        got["item_id"], got["score"], got["answered_at"].dt.tz_localize(None).astype(str), strict=True
    )
    assert sorted(found) == wanted
    assert got["attempt_id"].nunique() == sum(any(m is not None for m in row[3]) for row in people)
