"""Opening a workspace: where it is, what it refuses, and what was known by a day."""

import datetime as dt
import shutil

import pandas as pd
import pytest
import small_company as small

import tne
from tne.tables.contracts import contract
from tne.tables.latest import latest_by
from tne.tables.store import write_tables
from tne.tables.workspace import Workspace

SECRET = "anna.secret@example.org"


def frames():
    return {
        "markets": small.markets(),
        "moderators": small.moderators(
            [
                ("m1", "2026-01-05", "2026-03-15", "DE", "A", "2026-01-05", None),
                ("m1", "2026-03-16", None, "DE", "B", "2026-01-05", None),
                ("m2", "2026-01-05", "2026-04-02", "BR", "C", "2026-01-05", "2026-04-02"),
            ]
        ),
        "programmes": small.programmes(),
        "sessions": small.sessions([("s1", "DE", "2026-03-10 09:00"), ("s2", "BR", "2026-04-10 09:00")]),
        "enrolments": small.enrolments(
            [
                ("m1", "DE", "s1", "2026-03-02", "trained", "completed", "2026-03-11 12:00"),
                ("m2", "BR", "s2", "2026-03-02", "waitlist", "attended", None),
            ]
        ),
        "audits": small.audits(
            [
                ("DE", "m1", "2026-03-01 10:00", True, 1),
                ("DE", "m1", "2026-03-20 10:00", False, 1),
                ("BR", "m2", "2026-03-05 10:00", True, 1),
            ]
        ),
        "appeals": pd.DataFrame(
            {
                "case_id": ["c1"],
                "market": ["DE"],
                "moderator_id": ["m1"],
                "queue": ["video"],
                "policy_area": ["hate"],
                "decided_at": small.utc("2026-03-01 10:00"),
                "appealed_at": small.utc("2026-03-02 10:00"),
                "resolved_at": small.utc("2026-03-09 10:00"),
                "overturned": [True],
            }
        ),
    }


def test_folder_and_frames_show_the_same(tmp_path):
    write_tables(frames(), tmp_path)
    disk, memory = tne.open(tmp_path), Workspace.from_frames(frames())
    for name in memory.tables:
        key = list(contract(name).key)
        a, b = (ws.table(name).sort_values(key, ignore_index=True) for ws in (disk, memory))
        pd.testing.assert_frame_equal(a, b)
    pd.testing.assert_frame_equal(disk.panel("p"), memory.panel("p"))
    pd.testing.assert_frame_equal(disk.scores("p"), memory.scores("p"))
    assert disk.as_of == memory.as_of == pd.Timestamp("2026-03-23 10:00", tz="UTC")


def test_nearest_settings_file_upward_then_demo_then_an_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match="tne demo"):
        tne.open()
    write_tables(frames(), tmp_path / "data" / "demo")
    assert tne.open().root == tmp_path / "data" / "demo"
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    assert tne.open().root == tmp_path / "data" / "demo"
    (tmp_path / "tne.toml").write_text('name = "Team"\nmin_n = 12\n')
    write_tables(frames(), tmp_path)
    (tmp_path / "deep" / "er").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "deep" / "er")
    ws = tne.open()
    assert ws.root == tmp_path
    assert ws.config["min_n"] == 12
    with pytest.raises(FileNotFoundError, match="no workspace"):
        tne.open(tmp_path / "deep")


@pytest.mark.parametrize("meant", ["true", "'ten'", "10.5", "[10]"])
def test_a_threshold_that_is_no_whole_number_opens_nothing(tmp_path, meant):
    write_tables(frames(), tmp_path)
    (tmp_path / "tne.toml").write_text(f"min_n = {meant}\n")
    with pytest.raises(ValueError, match=r"`min_n` of tne.toml is .* whole number of people, 5 or more"):
        tne.open(tmp_path)


def test_filters_by_market_and_days():
    ws = Workspace.from_frames(frames())
    assert len(ws.table("audits", "DE")) == 2
    assert len(ws.table("audits", "DE", start="2026-03-20", end="2026-03-20")) == 1
    assert len(ws.table("audits", end="2026-03-04")) == 1
    assert len(ws.table("programmes", "DE")) == 1
    assert "root_cause" in ws.table("audits")
    with pytest.raises(ValueError, match="no time column"):
        ws.table("markets", start="2026-01-01")


def test_what_is_absent_is_named_with_the_export_that_brings_it():
    ws = Workspace.from_frames(frames())
    assert not ws.has("surveys")
    assert ws.has("audits", "BR")
    with pytest.raises(KeyError, match="Qualtrics"):
        ws.table("surveys")
    with pytest.raises(KeyError, match="There is no table"):
        ws.table("salaries")
    with pytest.raises(KeyError, match="workspace has p"):
        ws.programme("q")
    with pytest.raises(ValueError, match="market"):
        ws.panel("p", "FR")


def test_a_market_without_time_zone_is_refused():
    broken = frames()
    broken["audits"].loc[0, "market"] = "FR"
    with pytest.raises(ValueError, match="`audits` has rows of FR"):
        Workspace.from_frames(broken)
    broken.pop("markets")
    with pytest.raises(KeyError, match="time zones"):
        Workspace.from_frames(broken).panel()


@pytest.mark.parametrize("kind", ["column", "key", "type", "null"])
def test_broken_frames_are_refused_without_showing_values(kind):
    broken = frames()
    audits = broken["audits"].assign(moderator_id=SECRET)
    if kind == "column":
        audits = audits.drop(columns="decided_at")
    elif kind == "key":
        audits["audit_id"] = SECRET
    elif kind == "type":
        audits["correct"] = SECRET
    else:
        audits["queue"] = None
    with pytest.raises(ValueError, match="`audits") as error:
        Workspace.from_frames(broken | {"audits": audits})
    assert SECRET not in str(error.value)


def test_a_stored_table_that_lacks_a_column_is_refused(tmp_path):
    write_tables(frames(), tmp_path)
    part = tmp_path / "tables/programmes/part.parquet"
    pd.read_parquet(part).drop(columns="title").to_parquet(part)
    with pytest.raises(ValueError, match=r"programmes\.title"):
        tne.open(tmp_path)
    part.write_bytes(b"no parquet")
    with pytest.raises(ValueError, match="no readable Parquet"):
        tne.open(tmp_path)


def test_until_shows_what_was_known_by_the_end_of_the_day():
    """By hand: audits are known 72 h after the decision; 2026-03-04 10:00, 2026-03-23 10:00, 2026-03-08 10:00."""
    ws = Workspace.from_frames(frames(), until="2026-03-08")
    assert ws.table("audits")["decided_at"].dt.day.tolist() == [1, 5]
    assert ws.table("sessions").empty
    status = ws.table("enrolments").set_index("moderator_id")
    assert status["status"].tolist() == ["assigned", "assigned"]
    assert status["completed_at"].isna().all()
    assert ws.table("appeals")[["resolved_at", "overturned"]].isna().all().all()
    assert len(ws.table("moderators")) == 2
    assert ws.table("moderators")["left_on"].isna().all()
    assert len(ws.programmes) == 1
    assert ws.as_of == pd.Timestamp("2026-03-08 10:00", tz="UTC")


def test_until_moves_with_the_day():
    ws = Workspace.from_frames(frames(), until="2026-03-11")
    status = ws.table("enrolments").set_index("moderator_id")["status"]
    assert status.to_dict() == {"m1": "completed", "m2": "assigned"}
    assert ws.table("appeals")["overturned"].tolist() == [True]
    late = Workspace.from_frames(frames(), until="2026-04-10")
    assert late.table("enrolments")["status"].tolist() == ["completed", "attended"]
    assert late.table("moderators")["left_on"].notna().sum() == 1
    with pytest.raises(ValueError, match="period"):
        Workspace.from_frames(frames(), until="soon")


@pytest.mark.parametrize("until", ["2026-02-01", "2026-03-08", "2026-03-11", "2026-04-10"])
def test_the_latest_instant_by_a_day_is_that_of_the_workspace_opened_until_then(until):
    known = latest_by(Workspace.from_frames(frames()).engine, dt.date.fromisoformat(until))
    then = Workspace.from_frames(frames(), until=until).as_of
    assert known == then or (pd.isna(known) and pd.isna(then))


def test_an_empty_workspace_gives_empty_frames():
    empty = {name: frame.iloc[:0] if name != "markets" else frame for name, frame in frames().items()}
    ws = Workspace.from_frames(empty)
    assert pd.isna(ws.as_of)
    assert ws.panel().empty
    assert ws.people().empty
    assert ws.audits_by("policy_area").empty
    assert ws.series("accuracy").empty
    assert not ws.has("audits")


def opened(root, **how):
    write_tables(frames(), root)
    return tne.open(root, **how)


@pytest.mark.parametrize("market", ["DE", "BR"])
@pytest.mark.parametrize("until", [None, "2026-03-11"])
def test_one_market_shows_what_that_market_has_among_all(tmp_path, market, until):
    everyone, own = opened(tmp_path, until=until), tne.open(tmp_path, until=until, market=market)
    assert own.tables == everyone.tables
    for name in everyone.tables:
        expected = everyone.table(name, None if name == "markets" else market)
        pd.testing.assert_frame_equal(own.table(name), expected)
        assert own.has(name) == (len(expected) > 0)
    for frame in (
        lambda ws: ws.panel("p", provisional=True),
        lambda ws: ws.scores("p"),
        lambda ws: ws.panel(),
    ):
        among = frame(everyone)
        pd.testing.assert_frame_equal(frame(own), among.loc[among["market"] == market].reset_index(drop=True))


def test_one_market_is_as_of_its_own_latest_row(tmp_path):
    """By hand: audits are known 72 h after the decision; DE's last one is of 2026-03-20, BR's of 2026-03-05."""
    everyone, own = opened(tmp_path), tne.open(tmp_path, market="BR")
    assert everyone.as_of == pd.Timestamp("2026-03-23 10:00", tz="UTC")
    assert own.as_of == pd.Timestamp("2026-03-08 10:00", tz="UTC")
    assert (own.market, everyone.market) == ("BR", None)


def test_one_market_is_opened_although_another_one_is_broken_or_gone(tmp_path):
    before = opened(tmp_path, market="DE").panel("p")
    (tmp_path / "tables/audits/market=BR/part.parquet").write_bytes(b"no parquet")
    pd.testing.assert_frame_equal(tne.open(tmp_path, market="DE").panel("p"), before)
    with pytest.raises(ValueError, match="no readable Parquet"):
        tne.open(tmp_path)
    shutil.rmtree(tmp_path / "tables/audits/market=BR")
    assert tne.open(tmp_path, market="BR").table("audits").empty


def test_one_market_that_is_unknown_or_another_is_refused(tmp_path):
    with pytest.raises(ValueError, match="`market` is 'FR'"):
        opened(tmp_path, market="FR")
    with pytest.raises(ValueError, match="opened for DE alone"):
        tne.open(tmp_path, market="DE").panel("p", "BR")


def test_a_programme_compares_markets_if_it_is_rolled_out_by_market(tmp_path):
    assert not opened(tmp_path).compares_markets("p")
    rolled = frames() | {"programmes": small.programmes().assign(rollout_unit="market")}
    assert Workspace.from_frames(rolled).compares_markets("p")
    with pytest.raises(KeyError, match="no programme"):
        Workspace.from_frames(rolled).compares_markets("q")


def test_every_opening_is_noted_for_the_run(tmp_path, monkeypatch):
    note = tmp_path / "reads"
    monkeypatch.setenv("TNE_READS", str(note))
    opened(tmp_path, market="DE")
    tne.open(tmp_path, until="2026-03-11", market="DE")
    tne.open(tmp_path)
    assert note.read_text() == "DE\nDE\nall\n"
    monkeypatch.setenv("TNE_READS", str(tmp_path / "absent" / "reads"))
    with pytest.raises(OSError, match="absent"):  # unnoted, it would count as its own market's alone
        tne.open(tmp_path)
