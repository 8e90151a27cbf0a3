"""Zoom attendance reports: with and without the meeting's block, old and new headers, the waiting room."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tables.formats.meeting_cases import Desk, joined, tag
from tests.tables.import_cases import write
from tne.tables.importers import ContractError, MappingError
from tne.tables.importers.formats.zoom_attendance import FORMAT
from tne.tables.importers.recognising import recognise
from tne.tables.importers.sniffing import sample

BLOCK = ["Meeting ID", "Topic", "Start Time", "End Time", "User Email", "Duration (Minutes)", "Participants"]
FACTS = [
    *("812 3456 7890", "Hate speech, part 1", "03/13/2026 08:55:00 AM", "03/13/2026 10:05:00 AM"),
    *("host@example.org", "70", "4"),
]
OLD = ["Name (Original Name)", "User Email", "Join Time", "Leave Time", "Duration (Minutes)", "Guest"]
HEADERS = {
    "en": [*OLD, "Recording Consent", "In Waiting Room"],
    "new": [
        *("Name (original name)", "Email", "Join time", "Leave time", "Duration (minutes)", "Guest"),
        *("Recording disclaimer response", "In waiting room"),
    ],
    "de": [
        *(
            "Name (Originalname)",
            "Benutzer-E-Mail",
            "Beitrittszeit",
            "Verlassenszeit",
            "Dauer (Minuten)",
            "Gast",
        ),
        *("Einwilligung zur Aufzeichnung", "Im Warteraum"),
    ],
    "es": [
        *("Nombre (nombre original)", "Correo electrónico", "Hora de entrada", "Hora de salida"),
        *("Duración (minutos)", "Invitado", "Consentimiento de grabación", "En la sala de espera"),
    ],
    "fr": [
        *("Nom (nom d’origine)", "E-mail de l’utilisateur", "Heure d’arrivée", "Heure de départ"),
        *("Durée (minutes)", "Invité", "Consentement à l’enregistrement", "En salle d’attente"),
    ],
}
YES = {"en": "Yes", "new": "Yes", "de": "Ja", "es": "Sí", "fr": "Oui"}


def row(mail, start, end, minutes="10", guest="No", waiting="No", name="Ada A"):
    """A join on 13 March 2026."""
    return [name, mail, f"03/13/2026 {start}", f"03/13/2026 {end}", minutes, guest, "", waiting]


def report(rows, language="en", block=False):
    """The rows as a file of Zoom's."""
    head = [BLOCK, FACTS, []] if block else []
    return joined([*head, HEADERS[language], *rows])


ROWS = [
    row("ada@example.org", "09:00:00 AM", "10:01:55 AM", "62"),
    row("ada@example.org", "08:58:00 AM", "09:00:00 AM", "2", waiting="Yes"),
    row("ada@example.org", "09:30:00 AM", "09:40:00 AM"),
    row("BEN@example.org", "09:05:00 AM", "10:00:00 AM", "55"),
    row("", "09:10:00 AM", "09:20:00 AM", guest="Yes", name="+49 170 1234567"),
    row("kim@elsewhere.example", "09:10:00 AM", "09:20:00 AM", guest="Yes", name="Ada A"),
]
ONE = {"session": "s1", "zone": "Europe/Berlin"}


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setenv("TNE_CONFIG_HOME", str(tmp_path / "config"))
    return Desk(tmp_path)


@pytest.mark.parametrize("language", list(HEADERS))
def test_every_language(desk, language):
    rows = [[*r[:-1], YES[language] if r[-1] == "Yes" else r[-1]] for r in ROWS]
    path = desk.put(report(rows, language), "participants.csv", "utf-8-sig")
    assert "Zoom" in str(recognise(path))
    done = desk.known(path, **ONE)
    table = done.table("attendance")
    assert (table.rows_in, table.stored, table.quarantined, table.non_data) == (6, 2, 2, 2)
    assert (table.unmatched, done.unknown_columns) == (2, ())
    rows = desk.table("attendance").sort_values("joined_at")
    assert rows["minutes"].tolist() == pytest.approx([61 + 55 / 60, 55])
    assert rows["joined_at"].iloc[0] == pd.Timestamp("2026-03-13 08:00", tz="UTC")
    before = desk.state()
    assert not desk.known(path, **ONE).changed
    assert desk.state() == before


def test_telephone_numbers_are_nowhere(desk):
    desk.known(desk.put(report(ROWS, block=True), "p.csv"), **ONE)
    assert not any(b"1234567" in content for content in desk.state().values())


def test_the_meeting_makes_a_session(desk):
    answers = {
        "zone": "Europe/Berlin",
        "programme": "p1",
        "market": "DE",
        "language": "de",
        "modality": "blended",
    }
    done = desk.known(desk.put(report(ROWS, block=True), "p.csv"), **answers)
    session = desk.table("sessions").iloc[0]
    assert session["starts_at"] == pd.Timestamp("2026-03-13 07:55", tz="UTC")
    assert (session["duration_minutes"], session["modality"]) == (70, "blended")
    assert set(desk.table("attendance")["session_id"]) == {session["session_id"]}
    assert done.unknown_columns == ()
    # The row numbers are those of the file: three lines stand above the header.
    waiting = next((desk.root / "quarantine" / "attendance").glob("*.csv")).read_text("utf-8-sig")
    assert [line.split(",")[2] for line in waiting.splitlines()[1:]] == ["9", "10"]


def test_without_block_the_session_is_asked(desk):
    with pytest.raises(MappingError, match="session"):
        desk.known(desk.put(report(ROWS), "p.csv"), zone="UTC", programme="p", market="DE", language="de")


def test_names_of_months_and_times_without_seconds(desk):
    rows = [
        ["A", "ada@example.org", "Aug 12, 2026 10:00 AM", "Aug 12, 2026 11:00 AM", "60", "No", "", ""],
        ["B", "ben@example.org", "2026-08-12 10:02:34", "", "30", "No", "", ""],
    ]
    desk.known(desk.put(report(rows), "p.csv"), session="s1", zone="UTC")
    rows = desk.table("attendance").sort_values("joined_at")
    assert rows["joined_at"].dt.strftime("%H:%M:%S").tolist() == ["10:00:00", "10:02:34"]
    assert rows["minutes"].tolist() == [60, 30]


def test_day_first_is_asked(desk):
    rows = [["A", "ada@example.org", "09/08/2026 19:02", "09/08/2026 20:31", "89", "No", "", ""]]
    path = desk.put(report(rows), "p.csv")
    with pytest.raises(MappingError, match="day or the month"):
        desk.known(path, **ONE)
    desk.known(path, **ONE, dates="day first")
    assert desk.table("attendance")["joined_at"].iloc[0] == pd.Timestamp("2026-08-09 17:02", tz="UTC")


def test_unique_users_have_no_joins(desk):
    text = joined(
        [["Name (Original Name)", "User Email", "Total Duration (Minutes)", "Guest"], ["A", "a@x", "5", "No"]]
    )
    with pytest.raises(ContractError, match="unique users"):
        desk.known(desk.put(text, "p.csv"), **ONE)


def test_meeting_named_in_every_row(desk):
    rows = [["T", "987", "Ada", "ada@example.org", "2026-03-20 09:00:00", "2026-03-20 09:58:00", "58"]]
    head = ["Topic", "Meeting ID", *OLD[:5]]
    done = desk.known(desk.put(joined([head, *rows]), "p.csv"), **ONE)
    assert (done.table("attendance").stored, done.unknown_columns) == (1, ())
    with pytest.raises(ContractError, match="several meetings"):
        desk.known(desk.put(joined([head, *rows, ["T", "988", *rows[0][2:]]]), "p2.csv"), **ONE)


def test_bad_times_wait(desk):
    rows = [
        *ROWS,
        row("ben@example.org", "11:00:00 AM", "10:00:00 AM"),
        row("cem@example.org", "25:00 AM", "10:00:00 AM"),
    ]
    table = desk.known(desk.put(report(rows), "p.csv"), **ONE).table("attendance")
    assert (table.stored, table.quarantined, table.unmatched) == (2, 4, 2)
    assert ("minutes: left before joined", 1) in table.rules


@pytest.mark.parametrize(
    "text",
    [
        "Name,Email,Join Time,Leave Time,Duration\nA,a@x.example,1,2,3\n",
        "Name,Email,Duration (Minutes)\nA,a@x.example,3\n",
        "Full Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole\nA\t1\t2\t3\ta@x\tAttendee\n",
        "just text\n",
    ],
)
def test_near_misses_are_not_claimed(tmp_path, text):
    assert FORMAT.recognise(sample(write(tmp_path / "x.csv", text))) == ""


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("zoom")
        patch.setenv("TNE_CONFIG_HOME", str(folder / "config"))
        yield Desk(folder)


@settings(max_examples=10, derandomize=True, deadline=None, database=None)
@given(
    stays=st.lists(
        st.tuples(
            st.sampled_from(["ada@example.org", "BEN@example.org", ""]),
            st.integers(0, 5000),
            st.integers(0, 4000),
            st.booleans(),
        ),
        min_size=1,
        max_size=10,
    ),
    language=st.sampled_from(list(HEADERS)),
    block=st.booleans(),
)
def test_minutes_are_those_on_the_clock(shared, stays, language, block):
    """Rows, a report, the import: each person's minutes are the union of their joins; guests wait, one by one."""
    base = pd.Timestamp("2026-03-13 09:00:00")
    moment = lambda s: (base + pd.Timedelta(seconds=s)).strftime("%m/%d/%Y %I:%M:%S %p")  # noqa: E731
    rows = [
        ["N", m, moment(a), moment(a + d), str(-(-d // 60)), "No", "", YES[language] if w else ""]
        for m, a, d, w in stays
    ]
    session = tag(stays, language, block)
    path = shared.put(report(rows, language, block), "p.csv")
    table = shared.known(path, zone="UTC", session=session).table("attendance")
    inside = [stay[:3] for stay in stays if not stay[3]]
    assert table.rows_in == len(stays)
    assert table.unmatched == table.quarantined == sum(not mail for mail, _, _ in inside)
    made = shared.table("attendance")
    made = made[made["session_id"] == session].groupby("moderator_id")["minutes"].sum()
    seconds = {m: {t for n, a, d in inside if n == m for t in range(a, a + d)} for m, _, _ in inside if m}
    assert sorted(made) == pytest.approx(sorted(len(own) / 60 for own in seconds.values()))
