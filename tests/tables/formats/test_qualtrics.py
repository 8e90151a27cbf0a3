"""Qualtrics surveys: every quirk of the export, and the values that were in it."""

from __future__ import annotations

import csv
import datetime as dt
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tables.formats.form_cases import Desk, fresh
from tests.tables.formats.qualtrics_cases import AT, OWN, asked, header, response, text
from tests.tables.import_cases import workbook, write
from tne.tables.importers import ContractError, MappingError, quarantined, recognise
from tne.tables.importers.formats import BY_NAME
from tne.tables.importers.recognising import mapping_text
from tne.tables.importers.sniffing import sample

ADA, BEN, CEM = "ada@example.org", "ben@example.org", "cem@example.org"
ASKED = {"programme": "hate-2026", "wave": "end", "market": "DE"}
COLUMNS = (
    asked("Q1"),
    asked("Q3_1", "How far do you agree? - It was relevant"),
    asked("Q3_2", "How far? - Clear"),
)
WORDS = [
    ("Very satisfied", "Agree", "Strongly disagree"),
    ("Satisfied", "Disagree", "Neither agree nor disagree"),
]
WORDS += [("Dissatisfied", "Strongly agree", "Agree")]


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


def survey(
    desk, *rows, columns=COLUMNS, zone="America/Denver", name="s.csv", encoding="utf-8-sig", delimiter=","
):
    return write(desk.folder / name, text([*header(columns, zone), *rows], delimiter), encoding)


def three(**kw):
    return [
        response(i, words, mail=mail, **kw)
        for i, (words, mail) in enumerate(zip(WORDS, (ADA, BEN, ""), strict=True))
    ]


def values(desk):
    rows = desk.table("surveys").sort_values(["question_id", "value"])
    return {name: group["value"].tolist() for name, group in rows.groupby("question_id")}


def test_words_become_numbers_on_their_scale(desk):
    report = desk.known(survey(desk, *three()), **ASKED)
    assert "known by the columns StartDate and ResponseId and the row of ImportIds" in report.summary()
    assert report.unknown_columns == ()
    assert values(desk) == {"Q1": [2, 4, 5], "Q3_1": [2, 4, 5], "Q3_2": [1, 3, 4]}
    rows = desk.table("surveys")
    assert set(zip(rows["scale_min"], rows["scale_max"], strict=True)) == {(1, 5)}
    assert rows["construct"].tolist() == rows["question_id"].tolist()
    assert set(rows["respondent"]) == {"learner"}
    # The answers of nobody in particular are stored, without a person.
    assert rows.groupby("response_id")["moderator_id"].first().isna().sum() == 1
    assert rows["moderator_id"].nunique() == 2
    assert set(rows["submitted_at"]) == {pd.Timestamp("2026-03-02 16:05Z")}  # 9:05 in Denver


def test_every_way_of_exporting_brings_the_same_rows(desk):
    desk.known(survey(desk, *three()), **ASKED)
    tabs = survey(desk, *three(), name="s.tsv", encoding="utf-16", delimiter="\t")
    book = workbook(desk.folder / "s.xlsx", {"Sheet0": [*header(COLUMNS), *three()]})
    for path in (tabs, book):
        report = desk.known(path, **ASKED).table("surveys")
        assert (report.new, report.replaced, report.unchanged) == (0, 0, 9)


def test_nothing_is_stored_of_names_addresses_places_and_texts(desk):
    columns = (*COLUMNS, asked("Q9_TEXT"), ("Q10", "Say more", {"ImportId": "QID10_TEXT"}))
    rows = [response(1, (*WORDS[0], "Ada thinks so", "and Berlin"), mail=ADA)]
    report = desk.known(survey(desk, *rows, columns=columns), **ASKED, scale="agree-5")
    assert report.unknown_columns == ("Q10",)
    stored = b"".join(p.read_bytes() for p in (desk.root / "tables").rglob("*") if p.is_file())
    assert not any(word in stored for word in (b"Ada", b"ada@", b"Lovelace", b"192.0.2", b"Berlin", b"R_0"))


def test_twice_changes_nothing(desk):
    path = survey(desk, *three())
    desk.known(path, **ASKED)
    first = {p: p.read_bytes() for p in (desk.root / "tables").rglob("*.parquet")}
    desk.known(path, **ASKED)
    assert {p: p.read_bytes() for p in (desk.root / "tables").rglob("*.parquet")} == first


def test_previews_tests_spam_and_unfinished_are_no_data(desk):
    rows = three()
    for i, status in enumerate(("Survey Preview", "Survey Test", "Spam", "1", 2, "8", "9"), start=10):
        rows.append(response(i, WORDS[0], mail=ADA, status=status))
    rows += [response(20, WORDS[0], mail=ADA, finished=no) for no in ("False", "0", "FALSE")]
    rows += [
        response(30, WORDS[0], mail=ADA, status=yes, finished="1") for yes in ("Imported", "0", "4", "EX")
    ][:1]
    report = desk.known(survey(desk, *rows), **ASKED).table("surveys")
    assert (report.rows_in, report.stored, report.non_data) == (42, 12, 30)
    kept = desk.known(
        survey(desk, *three(), response(21, WORDS[0], finished="False")), **ASKED, unfinished="keep"
    )
    assert kept.table("surveys").new == 3


@pytest.mark.parametrize(
    "how", ["label row", "names again", "title row", "no ids", "no texts", "second file"]
)
def test_header_rows(desk, how):
    names, texts, ids = header(COLUMNS)
    rows = {
        "label row": [names, texts, ids, ["Startdatum", *texts[1:]]],
        "names again": [names, texts, ids, names],
        "title row": [["Feedback on the training"], names, texts, ids],
        "no ids": [names, texts],
        "no texts": [names],
        "second file": [names, texts, ids],
    }[how]
    data = [*three(), names, texts, ids, response(9, WORDS[0])] if how == "second file" else three()
    path = write(desk.folder / "s.csv", text([*rows, *data]))
    zone = {} if any(row is ids for row in rows) else {"zone": "America/Denver"}
    report = desk.known(path, **ASKED, **zone).table("surveys")
    assert report.stored == (12 if how == "second file" else 9)
    assert report.non_data == (9 if how == "second file" else 0)
    assert desk.table("surveys")["submitted_at"].iloc[0] == pd.Timestamp("2026-03-02 16:05Z")


def test_exports_before_2017(desk):
    names = "ResponseID,ResponseSet,IPAddress,StartDate,EndDate,RecipientLastName,RecipientFirstName,RecipientEmail,"
    names += "ExternalDataReference,Finished,Status,Q1"
    texts = "ResponseID,ResponseSet,IPAddress,StartDate,EndDate,RecipientLastName,RecipientFirstName,RecipientEmail,"
    texts += "ExternalDataReference,Finished,Status,How was it?"
    row = f"R_1,Default Response Set,192.0.2.1,2016-04-08 12:04:00,2016-04-08 12:09:00,L,A,{ADA},,1,0,Very satisfied"
    path = write(desk.folder / "old.csv", "\n".join([names, texts, row]) + "\n")
    with pytest.raises(MappingError, match="does not say its time zone"):
        desk.known(path, **ASKED)
    assert desk.known(path, **ASKED, zone="UTC").table("surveys").stored == 1


@pytest.mark.parametrize(
    ("zone", "instant"), [("Z", "09:05"), ("Europe/Berlin", "08:05"), ("+02:00", "10:05")]
)
def test_zones(desk, zone, instant):
    answers = (
        {**ASKED, "zone": "Etc/GMT+1"} if zone == "+02:00" else ASKED
    )  # an offset is no zone, so it is asked
    path = survey(desk, *three(), zone=zone)
    if zone == "+02:00":
        with pytest.raises(MappingError, match="zone"):
            desk.known(path, **ASKED)
    desk.known(path, **answers)
    assert set(desk.table("surveys")["submitted_at"]) == {pd.Timestamp(f"2026-03-02 {instant}Z")}


def test_a_skipped_hour_waits(desk):
    rows = [response(i, ("Very satisfied", "", ""), at=dt.datetime(2026, 3, 8 + i, 2, 30)) for i in range(12)]
    report = desk.known(survey(desk, *rows), **ASKED).table("surveys")
    assert report.rules == (("submitted_at: a time that the zone's clock change skips", 1),)


def test_dates_that_excel_wrote_anew(desk):
    rows = three(at=dt.datetime(2026, 3, 22, 9, 0))
    for row in rows:
        for at in (0, 1, 7):
            row[at] = dt.datetime.fromisoformat(row[at]).strftime("%m/%d/%Y %H:%M")
    desk.known(survey(desk, *rows), **ASKED)
    assert set(desk.table("surveys")["submitted_at"]) == {pd.Timestamp("2026-03-22 15:05Z")}


def test_numbers_need_their_scale_and_passed_over_is_no_answer(desk):
    columns = (asked("Q1"), asked("Q2"))
    rows = [response(1, ("5", "-99")), response(2, ("1", "3")), response(3, ("", "4"))]
    path = survey(desk, *rows, columns=columns)
    with pytest.raises(MappingError, match="Add --set scale=1-5"):
        desk.known(path, **ASKED)
    report = desk.known(path, **ASKED, scale="1-5").table("surveys")
    assert (report.stored, report.non_data) == (4, 2)
    assert values(desk) == {"Q1": [1, 5], "Q2": [3, 4]}


def test_recommendation_is_known_by_its_groups(desk):
    columns = (asked("Q5_NPS_GROUP", "Group"), asked("Q5"))
    rows = [response(1, ("Promoter", "10")), response(2, ("Detractor", 0)), response(3, ("Detractor", "11"))]
    report = desk.known(survey(desk, *rows, columns=columns), **ASKED)
    assert report.unknown_columns == ()
    assert report.table("surveys").quarantined == 1  # 11 of 10
    rows = desk.table("surveys")[["value", "scale_min", "scale_max"]].values.tolist()
    assert sorted(rows) == [[0, 0, 10], [10, 0, 10]]


def test_choices_out_of_several_are_no_scale(desk):
    columns = (
        asked("Q1"),
        ("Q6_1", "Which? - A", {"ImportId": "QID6", "choiceId": "1"}),
        ("Q6_2", "Which? - Selected Choice - B", {"ImportId": "QID6_2"}),
        ("Q7_1", "Which? - A", {"ImportId": "QID7_1"}),
        ("Q7_2", "Which? - B", {"ImportId": "QID7_2"}),
    )
    rows = [response(1, ("5", "1", "", "1", "1")), response(2, ("4", "", "1", "", "1"))]
    report = desk.known(survey(desk, *rows, columns=columns), **ASKED, scale="1-5")
    assert values(desk) == {"Q1": [4, 5]}
    assert report.unknown_columns == ("Q6_1", "Q6_2", "Q7_1", "Q7_2")


def test_embedded_data_are_reported_or_used(desk):
    columns = (
        *COLUMNS,
        ("tenure", "tenure", {"ImportId": "tenure"}),
        ("Country", "c", {"ImportId": "Country"}),
    )
    columns += (("session", "s", {"ImportId": "session"}),)
    rows = [response(1, (*WORDS[0], "3", "IE", "s-1")), response(2, (*WORDS[1], "2", "FR", "s-2"))]
    path = survey(desk, *rows, columns=columns)
    report = desk.known(path, **ASKED, scale="agree-5")
    assert report.unknown_columns == ("tenure", "Country", "session")
    other = {**ASKED, "market": "Country", "session": "session"}
    desk.known(path, **other, scale="agree-5")
    assert set(desk.table("surveys")["market"]) == {"IE", "FR"}
    assert set(desk.table("surveys")["session_id"]) == {"s-1", "s-2"}


def test_orders_and_timings_are_known_and_unread(desk):
    names = ("Q1_DO_1", "Q4_First Click", "Q4_Page Submit", "Q8_Browser")
    columns = (*COLUMNS, *((n, n, {"ImportId": "QID4_FIRST_CLICK"}) for n in names))
    report = desk.known(survey(desk, *(row + ["1"] * 4 for row in three()), columns=columns), **ASKED)
    assert report.unknown_columns == ()


def test_loops_ask_one_thing_several_times(desk):
    columns = tuple((f"{i}_Q5", "About this trainer", {"ImportId": f"{i}_QID5"}) for i in (1, 2))
    desk.known(survey(desk, response(1, ("Very satisfied", "Satisfied")), columns=columns), **ASKED)
    rows = desk.table("surveys")
    assert rows["question_id"].tolist() == ["1_Q5", "2_Q5"]
    assert set(rows["construct"]) == {"Q5"}


def test_free_text_is_kept_where_asked_for(desk):
    columns = (asked("Q1"), asked("Q1_TEXT"), asked("Q2"), ("Q9", "More", {"ImportId": "QID9_TEXT"}))
    rows = [response(1, ("Satisfied", "because", "Very satisfied", "more"))]
    path = survey(desk, *rows, columns=columns)
    desk.known(path, **ASKED)
    assert desk.table("surveys")["comment"].isna().all()
    desk.known(path, **ASKED, comments="keep")
    assert desk.table("surveys").set_index("question_id")["comment"].dropna().to_dict() == {"Q1": "because"}
    desk.known(path, **ASKED, comments="keep, Q9:Q2")
    assert desk.table("surveys").set_index("question_id")["comment"].to_dict() == {
        "Q1": "because",
        "Q2": "more",
    }


def test_constructs(desk):
    desk.known(survey(desk, *three()), **ASKED, construct="Q3_1:relevance, Q3_*:trainer")
    rows = desk.table("surveys").drop_duplicates("question_id").set_index("question_id")["construct"]
    assert rows.to_dict() == {"Q1": "Q1", "Q3_1": "relevance", "Q3_2": "trainer"}


def test_words_that_fit_several_scales_are_asked_about(desk):
    path = survey(desk, response(1, ("Agree", "", "")), columns=COLUMNS)
    with pytest.raises(MappingError, match="Q1 fit several scales"):
        desk.known(path, **ASKED)
    desk.known(path, **ASKED, scale="agree-7")
    assert desk.table("surveys")[["value", "scale_max"]].values.tolist() == [[6, 7]]


def test_unknown_words_wait_with_the_row_that_a_person_sees(desk):
    columns = (asked("Q1", "Two\nlines of text"),)
    rows = [response(i, ("Very satisfied",)) for i in range(12)]
    rows[3] = response(3, ("Overjoyed",))
    report = desk.known(survey(desk, *rows, columns=columns), **ASKED).table("surveys")
    assert report.rules == (("value: not in the value map", 1),)
    (path,) = (desk.root / "quarantine" / "surveys").glob("*.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert [row["row"] for row in csv.DictReader(file)] == ["8"]  # the text takes two lines of the file
    assert "Overjoyed" not in report.__str__()


def test_people_are_known_by_mail_or_reference_and_strangers_wait(desk):
    rows = [response(1, WORDS[0], mail=ADA), response(2, WORDS[1], reference="1002"), response(3, WORDS[2])]
    rows.append(response(4, WORDS[0], mail="who@example.org"))
    report = desk.known(survey(desk, *rows), **ASKED).table("surveys")
    assert (report.stored, report.quarantined, report.unmatched) == (9, 3, 3)
    assert desk.table("surveys")["moderator_id"].dropna().nunique() == 2
    assert "person: unmatched" in report.rules[0][0]


def test_mail_and_reference_of_two_people_are_ambiguous(desk):
    rows = [
        response(1, WORDS[0], mail=ADA, reference="1002"),
        response(2, WORDS[1], mail=BEN, reference="1002"),
    ]
    rows += [response(3, WORDS[2], mail=CEM)]
    report = desk.known(survey(desk, *rows), **ASKED).table("surveys")
    assert (report.stored, report.ambiguous) == (6, 3)


def test_the_roster_knows_no_market_of_nobody(desk):
    roster = {k: v for k, v in ASKED.items() if k != "market"}
    with pytest.raises(MappingError, match="1 of 3 responses do not say whose they are"):
        desk.known(survey(desk, *three()), **roster)
    desk.known(survey(desk, *three()[:2], *[]), **roster, scale="agree-5")
    assert set(desk.table("surveys")["market"]) == {"DE"}


def test_managers_are_not_looked_up_among_the_learners(desk):
    desk.known(survey(desk, *three()), **ASKED, respondent="manager")
    rows = desk.table("surveys")
    assert rows["moderator_id"].isna().all()
    columns = (*COLUMNS, ("about", "a", {"ImportId": "about"}))
    rows = [[*row, number] for row, number in zip(three(), ("1001", "1002", "1003"), strict=True)]
    desk.known(survey(desk, *rows, columns=columns), **ASKED, respondent="manager", person="about")
    assert desk.table("surveys")["moderator_id"].nunique() == 3
    with pytest.raises(MappingError, match="no column of the name"):
        desk.known(survey(desk, *three()), **ASKED, person="nobody")


def test_a_header_and_no_answers(desk):
    with pytest.raises(MappingError, match="no answers yet"):
        desk.known(survey(desk), **ASKED)


def test_the_mapping_is_a_mapping_file_for_newer_exports(desk):
    path = survey(desk, *three())
    made, _ = mapping_text([path], ASKED)
    from tne.tables.importers import import_export

    newer = survey(
        desk, *three(), response(9, ("Neutral", "Disagree", "Agree")), zone="Europe/Berlin", name="n.csv"
    )
    report = import_export(write(desk.folder / "m.toml", made), newer, desk.root).table("surveys")
    assert report.stored == 12
    # The zone of the file counts, not that of the mapping.
    assert set(desk.table("surveys")["submitted_at"]) == {pd.Timestamp("2026-03-02 08:05Z")}


@pytest.mark.parametrize(
    "content",
    [
        "StartDate,EndDate,Status,Q1\n2026-01-01,2026-01-02,0,5\n",
        "ResponseId,Q1\nR_1,5\n",
        "Surname,Email address,Started,Completed,Grade/10.00\n",
        'a,b\n"{""ImportId"":""QID1""}",x\n',
        "",
    ],
)
def test_near_misses_are_not_claimed(desk, content):
    path = write(desk.folder / "x.csv", content or "\n")
    assert BY_NAME["qualtrics"].recognise(sample(path)) == ""
    with pytest.raises(ContractError):
        desk.known(path, **ASKED, format="qualtrics")


def test_recognised_as_nothing_else(desk):
    assert recognise(survey(desk, *three())).format.name == "qualtrics"
    assert OWN[0] == "StartDate"


_ANSWER = st.sampled_from(["", *map(str, range(1, 6))])
_ROW = st.tuples(
    st.sampled_from(["", ADA, BEN, CEM]),
    st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2027, 1, 1)).map(lambda t: t.replace(microsecond=0)),
    st.tuples(_ANSWER, _ANSWER, _ANSWER),
)
_ZONES = ("UTC", "Asia/Kolkata", "America/Phoenix")


@settings(derandomize=True, deadline=None, max_examples=10, database=None)
@given(
    rows=st.lists(_ROW, min_size=1, max_size=5),
    zone=st.sampled_from(_ZONES),
    way=st.sampled_from([(",", "utf-8-sig"), ("\t", "utf-16"), (";", "utf-8")]),
)
def test_what_was_in_the_survey_is_what_is_stored(home, tmp_path_factory, rows, zone, way):
    names = [name for name, _, _ in COLUMNS]
    made = [response(i, given, mail=mail, at=at) for i, (mail, at, given) in enumerate(rows)]
    want = sorted(
        (
            name,
            float(answer),
            bool(mail),
            (at + dt.timedelta(minutes=5)).replace(tzinfo=ZoneInfo(zone)).timestamp(),
        )
        for mail, at, given in rows
        for name, answer in zip(names, given, strict=True)
        if answer
    )
    folder = tmp_path_factory.getbasetemp() / "qualtrics"
    with pytest.MonkeyPatch.context() as patch:
        fresh(home, folder)
        desk = Desk(folder, patch)
        path = write(folder / "s.csv", text([*header(COLUMNS, zone), *made], way[0]), way[1])
        if not want:
            with pytest.raises(MappingError):
                desk.known(path, **ASKED, scale="Q*:1-5")
            return
        report = desk.known(path, **ASKED, scale="Q*:1-5").table("surveys")
        got = desk.table("surveys")
    assert report.stored == len(want)
    assert not quarantined(desk.root)
    times = got["submitted_at"].map(lambda t: t.timestamp())
    assert (
        sorted(zip(got["question_id"], got["value"], got["moderator_id"].notna(), times, strict=True)) == want
    )


def test_only_the_first_attempt_counts_later(desk):
    rows = [response(1, WORDS[0], mail=ADA), response(2, WORDS[1], mail=ADA, at=AT + dt.timedelta(days=1))]
    desk.known(survey(desk, *rows), **ASKED, scale="agree-5")
    assert desk.table("surveys")["response_id"].nunique() == 2  # both are kept
