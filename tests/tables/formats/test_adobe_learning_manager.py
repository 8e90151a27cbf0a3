"""Learner transcripts of Adobe Learning Manager: enrolments, quiz scores, zones in headers, several trainings."""

from __future__ import annotations

import csv
import io
import shutil

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tables.import_cases import ROSTER, ROSTER_MAP, write
from tne.tables.importers import ContractError, MappingError, import_export, import_known
from tne.tables.importers.formats import BY_NAME
from tne.tables.importers.recognising import mapping_text
from tne.tables.importers.sniffing import sample
from tne.tables.importers.touching import read_stored

ASKED = {"programme": "hate-2026", "wave": "post"}
MARKETS = "market,name,language,timezone,currency\nDE,Germany,de-DE,Europe/Berlin,EUR\n"
MARKETS_MAP = """
[source]
name = "markets"
[[table]]
into = "markets"
[table.columns]
market = "market"
name = "name"
language = "language"
timezone = "timezone"
currency = "currency"
"""
HEADERS = (
    *("Name", "Email", "Adobe ID", "User Unique ID", "Learning plan Name", "LP/Certification/Course", "Type"),
    *(
        "Embedded Path",
        "Course",
        "LO Unique ID",
        "Instance",
        "Selection Criteria",
        "Module",
        "Module ID",
        "Version",
    ),
    *(
        "Delivery Type",
        "Language",
        "Comment",
        "Enrollment Date (UTC TimeZone)",
        "Mark Completed Date (UTC TimeZone)",
    ),
    *("Started Date (UTC TimeZone)", "Completion Date (UTC TimeZone)", "Deadline (UTC TimeZone)", "Overdue"),
    *(
        "Status",
        "Progress %",
        "Time Spent(minutes)",
        "Grade",
        "Quiz_score",
        "Quiz_score_max",
        "Highest_Quiz_score",
    ),
    *(
        "Highest_Quiz_score_max",
        "Attempts Taken",
        "Maximum Allowed Attempts",
        "userState",
        "Site",
        "Manager Name",
    ),
    *("Training ID", "Training or Module Duration (mins)", "Unenrollment Date (UTC TimeZone)"),
)
GERMAN = {
    "Email": "E-Mail",
    "User Unique ID": "Eindeutige ID des Benutzers",
    "LP/Certification/Course": "LP/Zertifizierung/Kurs",
    "Course": "Kurs",
    "Module": "Modul",
    "Enrollment Date (UTC TimeZone)": "Registrierungsdatum (UTC-Zeitzone)",
    "Completion Date (UTC TimeZone)": "Abschlussdatum (UTC-Zeitzone)",
    "Progress %": "Fortschritt %",
    "Quiz_score": "Quizpunktzahl",
    "Attempts Taken": "Unternommene Versuche",
    "Training ID": "Schulungs-ID",
    "Completed": "Abgeschlossen",
}
SPANISH = {
    "Email": "Correo electrónico",
    "User Unique ID": "ID exclusivo de usuario",
    "LP/Certification/Course": "Programa de aprendizaje/Certificación/Curso",
    "Course": "Curso",
    "Module": "Módulo",
    "Enrollment Date (UTC TimeZone)": "Fecha de inscripción (zona horaria UTC)",
    "Completion Date (UTC TimeZone)": "Fecha de finalización (zona horaria UTC)",
    "Status": "Estado",
    "Progress %": "Progreso %",
    "Quiz_score": "Puntuación_de_prueba",
    "Quiz_score_max": "Puntuación_máx_de_prueba",
    "Attempts Taken": "Intentos realizados",
    "Training ID": "ID de formación",
    "Completed": "Completado",
}
FRENCH = {
    "Email": "Courrier électronique",
    "User Unique ID": "ID utilisateur unique",
    "LP/Certification/Course": "Programme d’apprentissage/certification/cours",
    "Course": "Cours",
    "Enrollment Date (UTC TimeZone)": "Date d’inscription (fuseau horaire UTC)",
    "Completion Date (UTC TimeZone)": "Date d’achèvement (fuseau horaire UTC)",
    "Status": "Statut",
    "Progress %": "% de progression",
    "Quiz_score": "Score_quiz",
    "Attempts Taken": "Tentatives effectuées",
    "Training ID": "ID de formation",
    "Completed": "Terminé",
}
TITLE = "Hate speech 2026"
MODULE = "Final quiz"


def row(mail="ada@example.org", status="Completed", *, module="", score="", best="", attempts="", **more):
    """One row of a transcript; a module row where a module is named."""
    done = "2026-03-10 09:15:00" if status == "Completed" else ""
    return {
        "Name": "Somebody",
        "Email": mail,
        "LP/Certification/Course": TITLE,
        "Type": "Course",
        "Course": TITLE,
        "Instance": "Default",
        "Selection Criteria": "Direct",
        "Module": module,
        "Comment": "seen by my manager",
        "Enrollment Date (UTC TimeZone)": "2026-03-01 23:30:00",
        "Completion Date (UTC TimeZone)": done,
        "Status": status,
        "Progress %": "100" if done else "40",
        "Time Spent(minutes)": "31",
        "Quiz_score": score,
        "Quiz_score_max": best,
        "Attempts Taken": attempts,
        "Training ID": "course:101",
        **more,
    }


def quiz(mail="ada@example.org", score="8", best="10", attempts="1", **more):
    return row(mail, module=MODULE, score=score, best=best, attempts=attempts, **more)


def transcript(rows, headers=HEADERS, words=None):
    """The file as the tool writes it."""
    text, words = io.StringIO(), words or {}
    writer = csv.writer(text)
    writer.writerow([words.get(name, name) for name in headers])
    writer.writerows([[words.get(r.get(name, ""), r.get(name, "")) for name in headers] for r in rows])
    return text.getvalue()


class Desk:
    def __init__(self, folder):
        self.folder, self.root = folder, folder / "ws"

    def run(self, rows, *, headers=HEADERS, words=None, encoding="utf-8-sig", **answers):
        text = rows if isinstance(rows, str) else transcript(rows, headers, words)
        return import_known(write(self.folder / "t.csv", text, encoding), self.root, {**ASKED, **answers})

    def table(self, name="enrolments"):
        return read_stored(self.root, name)

    def waiting(self, table="enrolments"):
        found = []
        for path in (self.root / "quarantine" / table).glob("*.csv"):
            with path.open(encoding="utf-8-sig", newline="") as file:
                found += [each["row"] for each in csv.DictReader(file)]
        return found


def prepared(folder):
    made = Desk(folder)
    import_export(write(folder / "m.toml", MARKETS_MAP), write(folder / "m.csv", MARKETS), made.root)
    import_export(write(folder / "r.toml", ROSTER_MAP), write(folder / "r.csv", ROSTER), made.root)
    return made


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("alm")
        patch.setenv("TNE_CONFIG_HOME", str(folder / "config"))
        yield prepared(folder)


@pytest.fixture
def desk(ready, tmp_path):
    shutil.copytree(ready.root, tmp_path / "ws")
    return Desk(tmp_path)


# Recognition


@pytest.mark.parametrize("words", [None, GERMAN, SPANISH, FRENCH], ids=["en", "de", "es", "fr"])
def test_languages(desk, words):
    report = desk.run([row(), quiz()], words=words)
    assert "known by the columns" in report.notes[0]
    enrolments = desk.table()
    assert enrolments["status"].tolist() == ["completed"]
    assert enrolments["completed_at"].tolist() == [pd.Timestamp("2026-03-10 09:15Z")]
    assert desk.table("responses")["score"].tolist() == [8]
    assert desk.table("items")["max_score"].tolist() == [10]


@pytest.mark.parametrize(
    "header",
    [
        "User Name,User Email,LP/Certification/Course,Type,Enrollment Date (UTC TimeZone),Status,Progress %",
        "Name,Email,Adobe ID,User Unique ID,Skill,Skill Level,Date Assigned (UTC TimeZone),Credits Required",
        "Email,Course,Enrollment Date,Status",
        "Name,Email,Enrollment Date (UTC TimeZone),Status",
        "ID,Start time,Completion time,Email,Name",
    ],
)
def test_other_reports_are_not_claimed(tmp_path, header):
    path = write(tmp_path / "x.csv", header + "\n" + "," * header.count(",") + "\n")
    assert BY_NAME["adobe-learning-manager"].recognise(sample(path)) == ""


# Enrolments


def test_statuses_and_the_day_in_the_market(desk):
    rows = [row(), row("ben@example.org", "In Progress"), row("cem@example.org", "Not Started")]
    report = desk.run(rows)
    table = report.table("enrolments")
    assert (table.rows_in, table.stored, table.quarantined) == (3, 3, 0)
    assert sorted(desk.table()["status"]) == ["assigned", "attended", "completed"]
    # 23:30 in UTC is the next day in Berlin.
    assert set(desk.table()["assigned_on"]) == {pd.Timestamp("2026-03-02")}
    assert set(desk.table()["market"]) == {"DE"}
    assert report.unknown_columns == ("Site",)


def test_unenrolled_and_unknown_status(desk):
    many = [row(), row("ben@example.org", "Unenrolled"), row("cem@example.org", "Paused")]
    table = desk.run(many).table("enrolments")
    assert (table.stored, table.quarantined) == (2, 1)
    assert table.rules == (("status: not in the value map", 1),)
    assert desk.waiting() == ["4"]
    assert sorted(desk.table()["status"]) == ["completed", "withdrawn"]


@pytest.mark.parametrize("blank", ["", "-", "NA", "N/A"])
def test_empty_dates(desk, blank):
    rows = [row("ben@example.org", "In Progress", **{"Completion Date (UTC TimeZone)": blank})]
    assert desk.run(rows).table("enrolments").stored == 1
    assert desk.table()["completed_at"].isna().all()


def test_the_zone_stands_in_the_header(desk):
    names = {name: name.replace("UTC TimeZone", "Asia/Calcutta TimeZone") for name in HEADERS}
    desk.run([row()], words=names)
    assert desk.table()["completed_at"].tolist() == [pd.Timestamp("2026-03-10 03:45Z")]


def test_both_zones_beside_each_other(desk):
    more = "Completion Date (America/New_York TimeZone)"
    desk.run([row(**{more: "2026-03-10 05:15:00"})], headers=(*HEADERS, more))
    assert desk.table()["completed_at"].tolist() == [pd.Timestamp("2026-03-10 09:15Z")]


def test_a_zone_that_nobody_knows_waits(desk):
    names = {name: name.replace("UTC TimeZone", "Moon/Crater TimeZone") for name in HEADERS}
    with pytest.raises(ContractError, match="names a zone that is not known"):
        desk.run([row()], words=names)


@pytest.mark.parametrize(
    ("day", "answers"), [("03/13/2026 09:15 AM", {}), ("03/04/2026 09:15 AM", {"dates": "month first"})]
)
def test_american_dates(desk, day, answers):
    desk.run(
        [
            row(
                **{
                    "Completion Date (UTC TimeZone)": day,
                    "Enrollment Date (UTC TimeZone)": "03/01/2026 08:00 AM",
                }
            )
        ],
        **answers,
    )
    assert desk.table()["completed_at"].iloc[0].month == 3
    assert desk.table()["assigned_on"].tolist() == [pd.Timestamp("2026-03-01")]


def test_dates_that_do_not_say_their_order_are_asked_for(desk):
    day = {
        "Completion Date (UTC TimeZone)": "03/04/2026 09:15",
        "Enrollment Date (UTC TimeZone)": "03/01/2026 08:00",
    }
    with pytest.raises(MappingError, match="day or the month stands first"):
        desk.run([row(**day)])


def test_one_place_a_person(desk):
    again = {"Training ID": "course:101", "Instance": "Spring"}
    rows = [
        row(status="Unenrolled", **{"Enrollment Date (UTC TimeZone)": "2026-01-01 08:00:00"}),
        row(status="Completed", **again),
        row("ben@example.org"),
        row("ben@example.org"),
    ]
    report = desk.run(rows)
    table = report.table("enrolments")
    assert (table.rows_in, table.stored, table.non_data, table.duplicates) == (4, 2, 1, 1)
    assert desk.table()["status"].tolist() == ["completed", "completed"]
    assert any("1 rows are further enrolments" in note for note in report.notes)


def test_several_trainings_are_asked_for(desk):
    other = {"LP/Certification/Course": "Fire safety", "Course": "Fire safety", "Training ID": "course:7"}
    rows = [row(), row(status="Not Started", **other)]
    with pytest.raises(MappingError, match=r"2 trainings.*Fire safety"):
        desk.run(rows)
    table = desk.run(rows, training="Fire safety").table("enrolments")
    assert (table.stored, table.non_data) == (1, 1)
    assert desk.table()["status"].tolist() == ["assigned"]
    assert desk.run(rows, training="course:101", programme="other").table("enrolments").stored == 1


def test_courses_inside_a_path_are_no_enrolments_of_their_own(desk):
    path = {"LP/Certification/Course": "Path", "Type": "Learning Path", "Training ID": "lp:1"}
    rows = [
        row(**{**path, "Course": ""}),
        row(**{**path, "Course": "Part one"}),
        row(**{**path, "Course": "Part two"}),
    ]
    table = desk.run(rows).table("enrolments")
    assert (table.stored, table.non_data) == (1, 2)


# Scores


def test_scores_of_modules_and_not_of_the_course_above(desk):
    report = desk.run(
        [row(score="8", best="10"), quiz(), row("ben@example.org"), quiz("ben@example.org", "10")]
    )
    assert report.table("enrolments").stored == 2
    assert report.table("responses").stored == 2
    assert sorted(desk.table("responses")["score"]) == [8, 10]
    assert set(desk.table("responses")["item_id"]) == {MODULE}
    assert set(desk.table("responses")["form"]) == {"final-quiz"}


def test_scores_of_courses_where_there_are_no_modules(desk):
    desk.run([row(score="8", best="10")])
    assert desk.table("responses")["item_id"].tolist() == [TITLE]


def test_without_scores_there_are_enrolments_only(desk):
    report = desk.run([row()])
    assert [table.table for table in report.tables] == ["enrolments"]


def test_several_modules_with_scores_are_asked_for(desk):
    rows = [row(), quiz(), quiz(Module="Warm-up")]
    with pytest.raises(MappingError, match="2 modules"):
        desk.run(rows)
    assert desk.run(rows, module="Warm-up").table("responses").stored == 1


def test_the_old_column_of_both_numbers(desk):
    headers = [h for h in HEADERS if not h.startswith(("Quiz_score", "Highest"))] + ["Quiz Score"]
    desk.run([row(), row(module=MODULE, attempts="1", **{"Quiz Score": "25/100"})], headers=headers)
    assert desk.table("responses")["score"].tolist() == [25]
    assert desk.table("items")["max_score"].tolist() == [100]


def test_later_attempts_are_told_and_kept_beside_the_first(desk):
    desk.run([row(), quiz(score="4")])
    report = desk.run([row(), quiz(score="9", attempts="3")])
    assert report.table("responses").new == 1
    assert sorted(desk.table("responses")["score"]) == [4, 9]
    assert any("1 scores are of a later attempt" in note for note in report.notes)


def test_impossible_scores_and_other_best_scores_wait(desk):
    rows = [
        quiz(),
        quiz("ben@example.org", "12"),
        quiz("cem@example.org", "8", "20"),
        quiz("ada@example.org", "x", attempts="2"),
    ]
    more = [quiz(f"{name}@example.org", attempts="4") for name in ("ada", "ben", "cem")]
    table = desk.run([row(), *rows, *more]).table("responses")
    assert (table.stored, table.quarantined) == (4, 3)
    assert desk.waiting("responses") == ["4", "5", "6"]


# People, accounting, privacy


def test_by_unique_id_where_there_is_no_mail(desk):
    rows = [
        row("", **{"User Unique ID": "1001"}),
        row("-", **{"User Unique ID": "9999"}),
        row("ben@example.org"),
    ]
    table = desk.run(rows).table("enrolments")
    assert (table.stored, table.unmatched) == (2, 1)


def test_again_changes_nothing_and_nothing_private_is_kept(desk):
    rows = [row(), quiz(), row("stranger@example.org")]
    first = desk.run(rows)
    assert first.table("enrolments").unmatched == 1
    assert not desk.run(rows).changed
    for path in desk.root.rglob("*"):
        if path.is_file():
            raw = path.read_bytes()
            assert b"Somebody" not in raw
            assert b"my manager" not in raw
    assert "stranger" not in first.summary()
    assert "example.org" not in mapping_text([desk.folder / "t.csv"], ASKED)[0]


def test_a_short_row_waits_in_every_table(desk):
    text = transcript([row(), quiz(), row("ben@example.org")])
    lines = text.splitlines()
    lines.append("Cem,cem@example.org,,")
    report = desk.run("\n".join(lines) + "\n")
    assert report.table("enrolments").quarantined == 1
    assert desk.waiting() == ["5"]


@pytest.mark.parametrize(("encoding", "delimiter"), [("utf-16", "\t"), ("cp1252", ";"), ("utf-8", ",")])
def test_encodings_and_delimiters(desk, encoding, delimiter):
    words = {**GERMAN, "Name": "Name"}
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow([words.get(name, name) for name in HEADERS])
    writer.writerow([words.get(row().get(name, ""), row().get(name, "")) for name in HEADERS])
    assert desk.run(text.getvalue(), encoding=encoding).table("enrolments").stored == 1


PEOPLE = ("ada@example.org", "Ben@Example.org", "cem@example.org")
PLACES = st.lists(
    st.tuples(
        st.sampled_from(PEOPLE),
        st.sampled_from(["Completed", "In Progress", "Not Started", "Unenrolled"]),
        st.datetimes(pd.Timestamp("2026-01-01"), pd.Timestamp("2026-03-01")),
        st.integers(0, 100),
        st.integers(0, 20),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda place: place[0],
)


@settings(max_examples=10, deadline=None, derandomize=True, database=None)
@given(places=PLACES, words=st.sampled_from([None, GERMAN, SPANISH, FRENCH]))
def test_what_is_written_comes_back(ready, places, words):
    made = Desk(ready.folder / "again")
    shutil.rmtree(made.folder, ignore_errors=True)
    shutil.copytree(ready.root, made.root)
    words = {k: v for k, v in (words or {}).items() if k != "Completed"}
    rows = []
    for mail, status, start, days, score in places:
        done = start + pd.Timedelta(days=days)
        times = {
            "Enrollment Date (UTC TimeZone)": f"{start:%Y-%m-%d %H:%M:%S}",
            "Completion Date (UTC TimeZone)": f"{done:%Y-%m-%d %H:%M:%S}" if status == "Completed" else "-",
        }
        rows += [row(mail, status, **times), quiz(mail, str(score), "20", **times)]
    report = made.run(rows, words=words)
    assert report.table("enrolments").stored == len(places)
    found = made.table()
    wanted = {
        "Completed": "completed",
        "In Progress": "attended",
        "Not Started": "assigned",
        "Unenrolled": "withdrawn",
    }
    assert sorted(found["status"]) == sorted(wanted[place[1]] for place in places)
    days = [
        pd.Timestamp(place[2], tz="UTC").tz_convert("Europe/Berlin").tz_localize(None).floor("D")
        for place in places
    ]
    assert sorted(found["assigned_on"]) == sorted(days)
    ends = [pd.Timestamp(p[2]).floor("s") + pd.Timedelta(days=p[3]) for p in places if p[1] == "Completed"]
    assert sorted(found["completed_at"].dropna().dt.tz_localize(None)) == sorted(ends)
    assert sorted(made.table("responses")["score"]) == sorted(float(place[4]) for place in places)
