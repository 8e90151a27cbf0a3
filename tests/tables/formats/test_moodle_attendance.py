"""Moodle attendance: sessions and who was there, from the text and the workbook, in every language."""

from __future__ import annotations

import datetime as dt
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tables.formats.moodle_cases import Desk
from tests.tables.import_cases import workbook, write
from tne.tables.importers import ContractError, MappingError, import_known, recognise
from tne.tables.importers.touching import read_stored

ASKED = {"programme": "hate-2026", "market": "DE", "language": "de", "zone": "Europe/Berlin"}
ONE, TWO = dt.datetime(2021, 2, 12, 13, 3), dt.datetime(2021, 7, 1, 9, 0)
# language: course, group, last name, first name, groups, login, everybody, taken, points, percentage; statuses; date
WORDS = {
    "en": (
        "Course|Group|Last name|First name|Groups|Username|All students|Taken sessions|Points|Percentage",
        "PLEA",
        lambda d: f"{d:%d %b %Y %I.%M%p}",
    ),
    "old": (
        "Course|Group|Surname|First name|Groups|Username|Common|Taken sessions|Points|Percentage",
        "PLEA",
        lambda d: f"{d:%d.%m.%Y %H.%M}",
    ),
    "us": (
        "Course|Group|Last name|First name|Groups|Username|Common|Taken sessions|Points|Percentage",
        "PLEA",
        lambda d: f"{d:%m/%d/%Y} {d.hour % 12 or 12:2}:{d:%M}{'pm' if d.hour > 11 else 'am'}",
    ),
    "de": (
        "Kurs|Gruppe|Nachname|Vorname|Gruppen|Anmeldename|Gemeinsame|Erfasste Lerneinheiten|Punkte|Prozentsatz",
        "AVEU",
        lambda d: f"{d:%d.%m.%Y %H:%M}",
    ),
    "es": (
        "Curso|Grupo|Apellido(s)|Nombre|Grupos|Nombre de usuario|Común|Sesiones tomadas|Puntos|Porcentaje",
        "PRJI",
        lambda d: f"{d:%d.%m.%Y %H.%M}",
    ),
    "fr": (
        "Cours|Groupe|Nom|Prénom|Groupes|Nom d’utilisateur|Tous les étudiants|Sessions prises|Points|Pourcentage",
        "PREA",
        lambda d: f"{d:%d.%m.%Y %H.%M}",
    ),
}


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


def rows_of(people, language="en", starts=(ONE, TWO), *, counts=True, remarks=False, groups=None):
    """Return the rows of an export: course, group, a blank one, the header, and one a person (login, statuses)."""
    words, statuses, when = WORDS[language]
    course, group, last, first, cohorts, login, everybody, taken, points, percentage = words.split("|")
    heads = [f"{when(start)} {(groups or {}).get(i, everybody)}" for i, start in enumerate(starts)]
    head = [last, first, cohorts, login, *(h for head in heads for h in ([head, ""] if remarks else [head]))]
    rows = [
        [course, "Trust & Safety"],
        [group, "All"],
        [],
        [*head, *(statuses if counts else ""), taken, points, percentage],
    ]
    for name, own in people:
        cells = [c for cell in own for c in ([cell, "came by bike"] if remarks else [cell])]
        sums = [sum(cell.startswith(s) for cell in own) for s in statuses] if counts else []
        rows.append(["O'Neil", "", "Blue, Red", name, *cells, *sums, 2, "3 / 4", "75,0"])
    return rows


def text_of(rows):
    """Return the text export: tabs, no quotation marks."""
    return "\n".join("\t".join(map(str, row)) for row in rows) + "\n"


def run(desk, rows, answers=None, name="TS_Attendances_20210801-0900.txt", **kw):
    return desk.run(text_of(rows), ASKED if answers is None else answers, name=name, **kw)


@pytest.mark.parametrize("language", list(WORDS))
def test_every_language_stores_the_same(desk, language):
    there, late, excused, absent = WORDS[language][1]
    people = [
        ("ada", [f"{there} (2/2)", f"{late} (1/2)"]),
        ("BEN", [f"{excused} (1/2)", f"{absent} (0/2)"]),
        ("cem", [f"-{there}", "?"]),
    ]
    rows = rows_of(people, language)
    path = write(desk.folder / "x.txt", text_of(rows))
    assert str(recognise(path)).endswith(
        "Moodle attendance, known by the column First name and 2 columns of sessions"
    )
    got = run(desk, rows)
    sessions = desk.stored("sessions")
    assert sessions["session_id"].tolist() == [
        "hate-2026-DE-2021-02-12T13:03-all",
        "hate-2026-DE-2021-07-01T09:00-all",
    ]
    # One hour ahead of UTC in winter, two in summer.
    assert sessions["starts_at"].dt.strftime("%H:%M").tolist() == ["12:03", "07:00"]
    came = desk.stored("attendance")
    assert came.groupby("session_id")["moderator_id"].nunique().tolist() == [2, 1]
    assert came["joined_at"].dt.strftime("%H:%M").tolist() == ["12:03", "12:03", "07:00"]
    counts = got.table("attendance")
    assert (counts.rows_in, counts.stored, counts.non_data) == (6, 3, 3)
    assert got.table("sessions").duplicates == 4
    assert got.unknown_columns == ()
    assert not run(desk, rows).changed


def test_a_workbook_with_remarks(desk):
    rows = rows_of([("ada", ["P (2/2)", "A (0/2)"])], remarks=True)
    got = desk.run(workbook(desk.folder / "x.xlsx", {"Attendances": rows}), ASKED)
    assert len(desk.stored("attendance")) == 1
    assert got.unknown_columns == ()
    assert "bike" not in desk.stored("attendance").to_csv()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_encodings(desk, encoding):
    run(desk, rows_of([("ada", ["A (2/2)", "U"])], "de"), encoding=encoding)
    assert len(desk.stored("attendance")) == 1


def test_old_exports_have_no_columns_of_statuses(desk):
    run(desk, rows_of([("ada", ["P", "A"]), ("ben", ["L", "E"])], "old", counts=False))
    assert len(desk.stored("attendance")) == 2


def test_sessions_that_were_not_taken_yet_are_sessions(desk):
    got = run(desk, rows_of([("ada", ["?", "?"])], counts=False))
    assert [table.table for table in got.tables] == ["sessions"]
    assert len(desk.stored("sessions")) == 2


def test_a_csv_without_the_lines_above(desk):
    rows = rows_of([("ada", ["P (2/2)", "A (0/2)"])])[3:]
    desk.run("\n".join(",".join(f'"{cell}"' for cell in row) for row in rows), ASKED, name="x.csv")
    assert len(desk.stored("attendance")) == 1


def test_sessions_of_groups_at_the_same_time_stay_apart(desk):
    people = [("ada", ["P (2/2)", ""]), ("ben", ["", "P (2/2)"])]
    run(desk, rows_of(people, starts=(ONE, ONE), groups={0: "Ämter", 1: "Omter"}))
    assert len(desk.stored("sessions")) == 2
    assert desk.stored("attendance")["session_id"].nunique() == 2


def test_who_was_not_enrolled_then_was_not_there(desk):
    rows = rows_of(
        [("ada", ["User enrolment starts 01.03.2021", "P (2/2)"]), ("ben", ["User enrolment ends 1", "←"])]
    )
    run(desk, rows)
    assert len(desk.stored("attendance")) == 1


def test_own_statuses_are_asked_for(desk):
    rows = [[{"P": "ON", "L": "OF"}.get(c, c) if isinstance(c, str) else c for c in r] for r in rows_of([])]
    rows.append(["x", "y", "", "ada", "ON (1/1)", "OF (0/1)", 1, 1, 0, 0, 2, "1 / 2", "50"])
    with pytest.raises(MappingError, match="statuses are ON, OF, E, A"):
        run(desk, rows)
    with pytest.raises(MappingError, match="must be among"):
        run(desk, rows, {**ASKED, "present": "XX"})
    run(desk, rows, {**ASKED, "present": "ON"})
    assert len(desk.stored("attendance")) == 1


def test_an_a_that_could_mean_two_things_is_asked_for(desk):
    # In German A is there, in English and French absent, in Portuguese late.
    rows = [[c for c in r if c not in ("P", "L", "E")] for r in rows_of([])]
    rows.append(["x", "y", "", "ada", "A (0/1)", "?", 1, 2, "1 / 2", "50"])
    with pytest.raises(MappingError, match="--set present="):
        run(desk, rows)


def test_people_must_be_named_by_something_that_identifies(desk):
    rows = [["City" if c == "Username" else c for c in r] for r in rows_of([("ada", ["P (2/2)", "?"])])]
    with pytest.raises(ContractError, match="identify student by"):
        run(desk, rows)


def test_strangers_wait_with_their_row(desk):
    got = run(desk, rows_of([("ada", ["P (2/2)", "P (2/2)"]), ("stranger", ["P (2/2)", "?"])]))
    counts = got.table("attendance")
    assert (counts.stored, counts.quarantined, counts.unmatched, counts.non_data) == (2, 1, 1, 1)
    waiting = next((desk.root / "quarantine" / "attendance").glob("*.csv")).read_text("utf-8-sig")
    assert waiting.splitlines()[1].startswith(
        "moderator_id: person: unmatched,TS_Attendances_20210801-0900.txt,6,"
    )
    assert "stranger" not in got.summary()


def test_an_absence_that_was_corrected_stays_as_it_was(desk):
    run(desk, rows_of([("ada", ["P (2/2)", "P (2/2)"])]))
    got = run(desk, rows_of([("ada", ["P (2/2)", "A (0/2)"])]))
    # Rows that a newer export no longer holds stay, here as everywhere.
    assert not got.changed


_STARTS = st.lists(
    st.datetimes(dt.datetime(2021, 1, 1), dt.datetime(2030, 1, 1)).map(
        lambda d: d.replace(second=0, microsecond=0)
    ),
    min_size=1,
    max_size=3,
    unique=True,
)


@settings(derandomize=True, deadline=None, max_examples=10, database=None)
@given(data=st.data(), starts=_STARTS, language=st.sampled_from(list(WORDS)))
def test_who_was_there_is_who_is_stored(home, data, starts, language):
    statuses = WORDS[language][1]
    cell = st.sampled_from([*statuses, *(f"{s} (1,5/2)" for s in statuses), "?", ""])
    cells = st.lists(cell, min_size=len(starts), max_size=len(starts))
    people = data.draw(
        st.lists(st.tuples(st.sampled_from(["ada", "ben", "cem"]), cells), unique_by=lambda p: p[0])
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TNE_CONFIG_HOME", str(home / "config"))
        shutil.rmtree(home / "copy", ignore_errors=True)
        shutil.copytree(home / "ws", home / "copy")
        path = write(home / "x.txt", text_of(rows_of(people, language, starts)))
        import_known(path, home / "copy", {**ASKED, "zone": "UTC"})
        came = read_stored(home / "copy", "attendance")
        held = read_stored(home / "copy", "sessions")
    came_to = [s for _, own in people for s, c in zip(starts, own, strict=True) if c and c[0] in statuses[:2]]
    assert sorted(came["joined_at"].dt.tz_localize(None)) == sorted(came_to)
    assert sorted(held["starts_at"].dt.tz_localize(None)) == (sorted(starts) if people else [])
