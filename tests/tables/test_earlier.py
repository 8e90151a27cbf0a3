"""What was known by a day, out of an open session, is what opening until then gives."""

import threading
import time
from pathlib import Path

import duckdb
import pandas as pd
import pytest

import tne
from tests.tables.awkward_company import awkward
from tne.tables.earlier import can_look_back, earlier_panel, earlier_rows
from tne.tables.store import write_tables
from tne.tables.views import day_of

SAMPLE = Path("data/sample")
DAYS = ["2025-11-12", "2025Q4", "2024-01-01"]


def stored(root: Path, lacking: tuple[str, ...] = ()) -> Path:
    """Write the awkward company as a workspace."""
    write_tables({name: frame for name, frame in awkward().items() if name not in lacking}, root)
    return root


def same(ws: tne.Workspace, market: str | None, until: str) -> int:
    """Hold panels and surveys of a market, or of all, against those opened until then; return the rows seen."""
    then, rows = tne.open(ws.root, until=until, market=market), 0
    for programme in ws.programmes["programme_id"][::2]:
        ours = earlier_panel(ws.engine, programme, market, day_of(until))
        theirs = then.panel(programme)
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
    rows = [same(ws, market, until) for market in (None, *ws.markets["market"])]
    assert any(rows) == (until != "2024-01-01")
    again = tne.open(SAMPLE)
    pd.testing.assert_frame_equal(now, again.panel("appeals-workshop"), check_exact=True)
    pd.testing.assert_frame_equal(ws.panel("onboarding"), again.panel("onboarding"), check_exact=True)


@pytest.mark.parametrize(
    "lacking", [(), ("attendance", "policies"), ("production", "surveys", "sessions", "attendance")]
)
def test_awkward_rows_and_missing_tables_make_no_difference(tmp_path, lacking):
    ws = tne.open(stored(tmp_path, lacking))
    assert can_look_back(ws.engine)
    rows = [
        same(ws, one, until) for one in (None, *ws.markets["market"]) for until in ("2026-03-20", "2026-06")
    ]
    assert sum(rows) > 40


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
    assert "earlier" not in str(ws.engine.values("SELECT schema_name FROM information_schema.schemata"))
    pd.testing.assert_frame_equal(now, ws.panel("onboarding"))
    assert len(ws.series("accuracy"))


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
    assert same(ws, "DE", "2026Q2") > 100
    pd.testing.assert_frame_equal(now, ws.panel("onboarding"))
