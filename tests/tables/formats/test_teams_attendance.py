"""Teams attendance reports: every language, old and new lists, merged joins, and who waits."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tables.formats.meeting_cases import WORDS, Desk, at, joined, length, tag, teams
from tests.tables.import_cases import write
from tne.tables.importers import ContractError, MappingError
from tne.tables.importers.formats.teams_attendance import FORMAT
from tne.tables.importers.mapping import Source
from tne.tables.importers.recognising import recognise
from tne.tables.importers.sniffing import sample

ADA = ("Ada A", at("09:00:00"), at("10:01:55"), "ada@example.org", "n17@example.org", 1)
BEN = ("Ben B", at("09:05:00"), at("10:00:00"), "ben@example.org", "ben@example.org", 2)
HOST = ("Cem C", at("08:55:00"), at("10:05:00"), "cem@example.org", "cem@example.org", 0)
GUEST = ("+49 170 1234567", at("09:10:00"), at("09:20:00"), "", "", 2)
ONE = {"session": "s1", "zone": "Europe/Berlin"}


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setenv("TNE_CONFIG_HOME", str(tmp_path / "config"))
    return Desk(tmp_path)


@pytest.mark.parametrize("language", list(WORDS))
def test_every_language(desk, language):
    path = desk.put(teams([ADA, BEN, HOST, GUEST], language), "report.csv", "utf-16")
    assert "numbered sections" in recognise(path).how
    report = desk.known(path, **ONE, **({"dates": "day first"} if language in ("es", "fr") else {}))
    table = report.table("attendance")
    # Four sums and one organiser are no data; the guest waits.
    assert (table.rows_in, table.stored, table.quarantined, table.non_data) == (8, 2, 1, 5)
    assert (table.unmatched, report.unknown_columns) == (1, ())
    rows = desk.table("attendance").sort_values("joined_at")
    assert rows["joined_at"].dt.strftime("%m-%d %H:%M:%S").tolist() == ["03-13 08:00:00", "03-13 08:05:00"]
    assert rows["minutes"].tolist() == pytest.approx([61 + 55 / 60, 55])
    assert set(rows["session_id"]) == {"s1"}


def test_importing_twice_changes_nothing(desk):
    path = desk.put(teams([ADA, BEN, GUEST]), "report.csv", "utf-16")
    desk.known(path, **ONE)
    before = desk.state()
    assert not desk.known(path, **ONE).changed
    assert desk.state() == before


def test_two_devices_and_a_reconnect_are_one_stay(desk):
    phone = (*ADA[:1], at("09:30:00"), at("10:10:00"), *ADA[3:])
    again = (*ADA[:1], at("10:10:40"), at("10:20:40"), *ADA[3:])
    later = (*ADA[:1], at("10:40:00"), at("10:50:00"), *ADA[3:])
    report = desk.known(desk.put(teams([ADA, phone, again, later, BEN]), "r.csv", "utf-16"), **ONE)
    rows = desk.table("attendance").sort_values("joined_at")
    assert rows["minutes"].tolist() == pytest.approx([80, 55, 10])
    assert report.table("attendance").non_data == 2 + 2
    assert "2 joins by people who were present already" in report.summary()


def test_two_people_of_one_name_stay_two(desk):
    other = ("Ada A", *ADA[1:3], "ben@example.org", "ben@example.org", 1)
    desk.known(desk.put(teams([ADA, other]), "r.csv", "utf-16"), **ONE)
    assert desk.table("attendance")["moderator_id"].nunique() == 2


def test_upn_or_mail_finds_the_person(desk):
    by_upn = ("Ada A", *ADA[1:3], "a.a@elsewhere.example", "ada@example.org", 1)
    report = desk.known(desk.put(teams([by_upn]), "r.csv", "utf-16"), **ONE)
    assert (report.table("attendance").stored, report.table("attendance").unmatched) == (1, 0)
    torn = ("X", *ADA[1:3], "ben@example.org", "ada@example.org", 1)
    report = desk.known(desk.put(teams([torn, BEN, HOST]), "torn.csv", "utf-16"), **ONE)
    assert report.table("attendance").ambiguous == 1


def test_without_single_joins_the_time_in_the_meeting_counts(desk):
    again = (*ADA[:1], at("11:00:00"), at("11:10:00"), *ADA[3:])
    desk.known(desk.put(teams([ADA, again], single=False), "r.csv", "utf-16"), **ONE)
    assert desk.table("attendance")["minutes"].tolist() == pytest.approx([71 + 55 / 60])


@pytest.mark.parametrize(("roles", "stored"), [("all", 3), ("no organisers", 2), ("attendees", 1)])
def test_roles(desk, roles, stored):
    desk.known(desk.put(teams([ADA, BEN, HOST]), "r.csv", "utf-16"), **ONE, roles=roles)
    assert len(desk.table("attendance")) == stored


def test_a_session_is_made_where_everything_is_known(desk):
    answers = {"zone": "Europe/Berlin", "programme": "p1", "market": "DE", "language": "de"}
    report = desk.known(desk.put(teams([ADA, BEN]), "r.csv", "utf-16"), **answers)
    session = desk.table("sessions").iloc[0]
    assert session["starts_at"] == pd.Timestamp("2026-03-13 08:00", tz="UTC")
    assert (session["modality"], session["duration_minutes"]) == (
        "instructor_led",
        pytest.approx(61 + 55 / 60),
    )
    assert set(desk.table("attendance")["session_id"]) == {session["session_id"]}
    assert report.table("sessions").stored == 1
    # A newer report of the meeting is of the same session.
    desk.known(desk.put(teams([ADA, BEN, HOST]).replace("8:55:00", "9:06:00"), "r2.csv", "utf-16"), **answers)


def test_what_is_not_said_is_asked(desk):
    path = desk.put(teams([ADA]), "r.csv", "utf-16")
    with pytest.raises(MappingError, match="zone"):
        desk.known(path, session="s1")
    with pytest.raises(MappingError, match="session"):
        desk.known(path, zone="UTC")
    with pytest.raises(MappingError, match="language"):
        desk.known(path, zone="UTC", session="s1", programme="p1", market="DE")


def test_ambiguous_dates_are_asked(desk):
    row = (*ADA[:1], at("09:00:00", "2026-03-02"), at("10:00:00", "2026-03-02"), *ADA[3:])
    path = desk.put(teams([row]), "r.csv", "utf-16")
    with pytest.raises(MappingError, match="day or the month"):
        desk.known(path, **ONE)
    desk.known(path, **ONE, dates="month first")
    assert desk.table("attendance")["joined_at"].iloc[0] == pd.Timestamp("2026-03-02 08:00", tz="UTC")


def test_headers_in_utc_need_no_zone(desk):
    text = teams([ADA]).replace("First Join", "First Join (UTC)").replace("Join Time", "Join Time (UTC)")
    path = desk.put(text, "r.csv", "utf-16")
    desk.known(path, session="s1")
    assert desk.table("attendance")["joined_at"].iloc[0] == pd.Timestamp("2026-03-13 09:00", tz="UTC")
    with pytest.raises(MappingError, match="UTC"):
        desk.known(path, **ONE)


def test_old_list_with_mail(desk):
    lines = [
        ["Meeting Summary"],
        ["Meeting Title", "Hate speech"],
        ["Meeting Start Time", "3/13/2021, 9:00:00 AM"],
        [],
        ["Full Name", "Join Time", "Leave Time", "Duration", "Email", "Role", "Participant ID (UPN)"],
        *([n, "3/13/2021, 9:58:41 AM", "3/13/2021, 10:58:41 AM", "1h 0m", m, "Attendee", m] for n, m in
          (("Ada", "ada@example.org"), ("X", "x@elsewhere.example"))),
    ]  # fmt: skip
    path = desk.put(joined(lines, "\t"), "r.csv", "utf-16")
    assert "Full Name" in recognise(path).how
    report = desk.known(path, **ONE).table("attendance")
    assert (report.rows_in, report.stored, report.unmatched) == (2, 1, 1)
    assert desk.table("attendance")["minutes"].tolist() == [60]


def test_the_list_of_names_alone_waits(desk):
    lines = [
        ["Full Name", "User Action", "Timestamp"],
        ["Ada A", "Joined before", "3/13/2021, 9:58:41 AM"],
        ["Ada A", "Left", "3/13/2021, 10:58:41 AM"],
    ]
    report = desk.known(desk.put(joined(lines, "\t"), "meetingAttendanceList.csv", "utf-16"), **ONE)
    table = report.table("attendance")
    assert (table.rows_in, table.quarantined, table.non_data, table.unmatched) == (2, 1, 1, 1)


def test_bad_rows_wait_with_their_line_and_without_values(desk):
    rows = [
        (f"P{i}", at("09:00:00"), at("09:30:00"), "ada@example.org", "ada@example.org", 2) for i in range(3)
    ]
    text = teams([BEN, *rows], single=False)
    lines = text.split("\r\n")
    at_ben = next(i for i, line in enumerate(lines) if line.startswith("Ben B"))
    lines[at_ben] = lines[at_ben].replace("10:00:00 AM", "8:00:00 AM").replace("0h 55m 0s", "?")
    report = desk.known(desk.put("\r\n".join(lines), "r.csv", "utf-16"), **ONE)
    assert report.table("attendance").rules == (("minutes: left before joined", 1),)
    waiting = next((desk.root / "quarantine" / "attendance").glob("*.csv")).read_text("utf-8-sig")
    assert f",{at_ben + 1}," in waiting
    assert "Ben B" not in waiting
    assert "ben@" not in report.summary()


def test_marks_of_direction_and_narrow_spaces(desk):
    text = teams([ADA]).replace("3/13/26, ", "\u200e3/13/26, ").replace(" AM", "\u202fa. m.")
    desk.known(desk.put(text, "r.csv", "utf-16"), **ONE)
    assert len(desk.table("attendance")) == 1


def test_later_sections_and_new_columns(desk):
    text = teams([ADA], extra=[[], ["4. Engagement"], ["Reactions", "3"], ["Raised hands", "1"]])
    report = desk.known(desk.put(text.replace("\tRole", "\tRole\tShoe size"), "r.csv", "utf-16"), **ONE)
    assert report.unknown_columns == ("Shoe size",)
    table = report.table("attendance")
    assert (table.rows_in, table.stored, table.non_data) == (4, 1, 3)


@pytest.mark.parametrize(
    "text",
    [
        "Name,Email,Join Time,Leave Time,Duration\nA,a@x.example,1,2,3\n",
        "1. Summary\nName\tPoints\nA\t3\n",
        "Full Name,Timestamp\nA,1\n",
        "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes)\n",
        "just text\n",
    ],
)
def test_near_misses_are_not_claimed(tmp_path, text):
    assert FORMAT.recognise(sample(write(tmp_path / "x.csv", text))) == ""


def test_damaged_reports_say_so(desk):
    with pytest.raises(ContractError, match="no list of participants"):
        FORMAT.read(desk.put("1. Summary\r\nMeeting title\tX\r\n", "a.csv"), Source(name="x"))
    with pytest.raises(ContractError, match="quotation marks"):
        FORMAT.read(desk.put(teams([ADA]) + '"open\t', "b.csv"), Source(name="x"))
    with pytest.raises(ContractError, match="two columns"):
        FORMAT.read(desk.put(teams([ADA]).replace("Email", "Role"), "c.csv"), Source(name="x"))


stay = st.tuples(
    st.sampled_from(["ada@example.org", "ben@example.org", "cem@example.org"]),
    st.integers(0, 7200),
    st.integers(0, 3600),
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("teams")
        patch.setenv("TNE_CONFIG_HOME", str(folder / "config"))
        yield Desk(folder)


@settings(max_examples=10, derandomize=True, deadline=None, database=None)
@given(stays=st.lists(stay, min_size=1, max_size=8), language=st.sampled_from(list(WORDS)))
def test_minutes_are_those_on_the_clock(shared, stays, language):
    """Rows, a report, the import: each person's minutes are the union of their joins, from the first one on."""
    base = at("09:00:00")
    joins = [
        (f"N{i}", base + pd.Timedelta(seconds=a), base + pd.Timedelta(seconds=a + d), mail, mail, 2)
        for i, (mail, a, d) in enumerate(stays)
    ]
    session = tag(stays, language)
    order = {"dates": "day first"} if language in ("es", "fr") else {}
    path = shared.put(teams(joins, language), "r.csv", "utf-16")
    report = shared.known(path, zone="UTC", session=session, **order).table("attendance")
    assert (report.quarantined, report.duplicates) == (0, 0)
    rows = shared.table("attendance")
    rows = rows[rows["session_id"] == session]
    found = []
    for mail in {s[0] for s in stays}:
        seconds = {t for m, a, d in stays if m == mail for t in range(a, a + d)}
        found.append((min(a for m, a, _ in stays if m == mail), pytest.approx(len(seconds) / 60)))
    made = rows.groupby("moderator_id").agg({"joined_at": "min", "minutes": "sum"})
    starts = (made["joined_at"] - base.tz_localize("UTC")).dt.total_seconds()
    assert sorted(zip(starts, made["minutes"], strict=True)) == sorted(
        found, key=lambda f: (f[0], f[1].expected)
    )


def test_lengths_are_written_as_teams_does():
    assert length(pd.Timedelta(minutes=61, seconds=55)) == "1h 1m 55s"


def test_a_long_session_makes_a_name_that_a_file_can_have(desk):
    path = desk.put(teams([ADA, GUEST]), "r.csv", "utf-16")
    desk.known(path, zone="UTC", session="s" * 400)
    assert len(desk.table("attendance")) == 1
    with pytest.raises(MappingError, match="at most 80"):
        desk.known(path, zone="UTC", session="s", name="n" * 81)
