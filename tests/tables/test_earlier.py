"""What was known by a day, out of an open session, is what opening until then gives."""

import threading
import time
from collections.abc import Iterable
from pathlib import Path

import duckdb
import pandas as pd
import pytest

import tne
from tests.tables.awkward_company import awkward
from tne.tables.declared import TABLES
from tne.tables.earlier import can_look_back, earlier_panel, earlier_rows
from tne.tables.latest import latest_by
from tne.tables.small import keep_small
from tne.tables.store import write_tables
from tne.tables.views import day_of

SAMPLE = Path("data/sample")
DAYS = ["2025-11-12", "2024-01-01"]


def stored(root: Path, lacking: tuple[str, ...] = ()) -> Path:
    """Write the awkward company as a workspace."""
    write_tables({name: frame for name, frame in awkward().items() if name not in lacking}, root)
    return root


def same(ws: tne.Workspace, markets: Iterable[str | None], until: str, *, every: int = 1) -> int:
    """Hold panels and surveys of markets, None being all, against those opened until then; return the rows seen."""
    then, rows = tne.open(ws.root, until=until), 0
    assert str(latest_by(ws.engine, day_of(until))) == str(then.as_of)
    for market in markets:
        for programme in ws.programmes["programme_id"][::every]:
            ours = earlier_panel(ws.engine, programme, market, day_of(until))
            theirs = then.panel(programme, market)
            pd.testing.assert_frame_equal(ours, theirs, check_exact=True)
            assert ours.attrs == theirs.attrs
            rows += len(ours)
        if "surveys" in ws.tables and market:
            ours = earlier_rows(ws.engine, "surveys", market, day_of(until))
            pd.testing.assert_frame_equal(ours, then.table("surveys", market=market), check_exact=True)
    return rows


@pytest.mark.parametrize("until", DAYS)
def test_the_panel_of_a_market_is_that_of_the_market_opened_until_then(until):
    ws = tne.open(SAMPLE)
    now = ws.panel("appeals-workshop")
    rows = same(ws, (None, *ws.markets["market"]), until, every=3)
    assert (rows > 0) == (until != "2024-01-01")
    again = tne.open(SAMPLE)
    pd.testing.assert_frame_equal(now, again.panel("appeals-workshop"), check_exact=True)
    pd.testing.assert_frame_equal(ws.panel("onboarding"), again.panel("onboarding"), check_exact=True)


@pytest.mark.parametrize("lacking", [(), ("production", "policies", "surveys", "sessions", "attendance")])
@pytest.mark.parametrize("copied", [False, True])
def test_awkward_rows_and_missing_tables_make_no_difference(tmp_path, lacking, copied):
    ws = tne.open(stored(tmp_path, lacking))
    assert can_look_back(ws.engine)
    if copied:
        keep_small(ws.engine)
    assert same(ws, (None, *ws.markets["market"]), "2026-04-10") > 20


@pytest.mark.parametrize("late", ["appeals", "audits"])
def test_a_policy_from_before_the_calendar_of_then_does_not_count(tmp_path, late):
    """A moment that was not known yet makes no weeks, however early it is: the policy of its time has none."""
    frames = awkward()
    frames["programmes"]["starts_on"] = pd.Timestamp("2025-06-02")
    policy = (
        frames["policies"].head(1).assign(market="B", effective_at=pd.Timestamp("2025-07-01 10:00", tz="UTC"))
    )
    frames["policies"] = pd.concat([frames["policies"], policy.assign(policy_version="early")])
    known = {"appeals": "appealed_at", "audits": "audited_at"}[late]
    moments = {
        "decided_at": pd.Timestamp("2025-06-10 10:00", tz="UTC"),
        known: pd.Timestamp("2026-06-20", tz="UTC"),
    }
    row = frames[late].loc[frames[late]["market"].eq("B")].head(1).assign(**moments)
    first = TABLES[late].key[0]
    frames[late] = pd.concat([frames[late], row.assign(**{first: "late"})])
    write_tables(frames, tmp_path)
    ws = tne.open(tmp_path)
    assert same(ws, (None, "B"), "2026-04-10", every=2) > 20


def test_only_an_open_session_of_all_markets_and_days_can_look_back():
    assert can_look_back(tne.open(SAMPLE).engine)
    assert not can_look_back(tne.open(SAMPLE, market="ES").engine)
    assert not can_look_back(tne.open(SAMPLE, until="2025-11").engine)
    ws = tne.open(SAMPLE)
    assert not can_look_back(tne.Workspace.from_frames({name: ws.table(name) for name in ws.tables}).engine)


def test_audits_that_are_too_many_to_keep_are_not_looked_back_at(monkeypatch):
    monkeypatch.setattr("tne.tables.panel.KEPT_AUDITS", 10)
    assert not can_look_back(tne.open(SAMPLE).engine)


def test_a_table_that_was_not_shown_is_an_error_and_nothing_is_left_behind(monkeypatch):
    ws = tne.open(SAMPLE)
    now = ws.panel("onboarding")
    monkeypatch.setattr(
        "tne.tables.earlier._READ", ("moderators", "sessions", "attendance", "enrolments", "production")
    )
    with pytest.raises(duckdb.Error, match="does not have a column"):  # not today's policies
        earlier_panel(ws.engine, "onboarding", "IE", day_of("2025Q4"))
    assert "earlier_seen" not in str(ws.engine.values("SELECT schema_name FROM information_schema.schemata"))
    pd.testing.assert_frame_equal(now, ws.panel("onboarding"))
    assert len(ws.series("accuracy"))


@pytest.mark.parametrize("stopped", [KeyboardInterrupt(), RuntimeError("Query interrupted")])
def test_who_stops_the_kernel_leaves_the_session_as_it_was(stopped):
    class Stopped:
        """A connection at which somebody presses the key while it puts things back."""

        def __init__(self, real):
            self.real, self.pressed = real, False

        def execute(self, sql):
            if sql.startswith("RESET") and not self.pressed:
                self.pressed = True
                raise stopped
            return self.real.execute(sql)

        def __getattr__(self, name):
            return getattr(self.real, name)

    ws = tne.open(SAMPLE)
    now = ws.panel("onboarding")
    real = ws.engine.session.connection
    object.__setattr__(ws.engine.session, "connection", Stopped(real))
    with pytest.raises(type(stopped)):
        earlier_panel(ws.engine, "onboarding", "IE", day_of("2025Q4"))
    assert "earlier" not in str(ws.engine.values("SELECT current_setting('search_path')"))
    pd.testing.assert_frame_equal(now, ws.panel("onboarding"))


@pytest.mark.xdist_group("company")
def test_the_session_can_be_used_after_whatever_was_broken_off(company):
    ws = tne.open(company.workspace)
    now, stop = ws.panel("onboarding"), threading.Event()

    def disturb() -> None:
        while not stop.is_set():
            ws.engine.session.connection.interrupt()
            time.sleep(0.003)

    one = threading.Thread(target=disturb)
    one.start()
    broken = 0
    try:
        for _ in range(20):
            try:
                earlier_panel(ws.engine, "minor-safety-refresher", "DE", day_of("2026Q2"))
            except (duckdb.InterruptException, RuntimeError):
                broken += 1
    finally:
        stop.set()
        one.join()
    assert broken
    assert same(ws, ["DE"], "2026Q2", every=3) > 100
    pd.testing.assert_frame_equal(now, ws.panel("onboarding"))
