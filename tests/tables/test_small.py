"""Small tables kept in memory: the same rows in the same order, and only where they are small."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

import tne
from tne.tables.small import keep_small
from tne.tables.store import write_tables

SAMPLE = Path("data/sample")


def kept(ws: tne.Workspace) -> set[str]:
    return {name for name in ws.tables if f"small_{name}" in ws.engine.made}


@pytest.mark.parametrize("until", [None, "2025-11-12"])
def test_every_table_stays_the_same(until):
    ws, plain = tne.open(SAMPLE, until=until), tne.open(SAMPLE, until=until)
    keep_small(ws.engine)
    assert kept(ws) == {*ws.tables} - {"audits"}
    for name in ws.tables:
        pd.testing.assert_frame_equal(ws.table(name), plain.table(name), check_exact=True)
        assert len(ws.table(name))
    pd.testing.assert_frame_equal(ws.table("surveys", market="ES"), plain.table("surveys", market="ES"))
    pd.testing.assert_frame_equal(ws.panel("onboarding"), plain.panel("onboarding"), check_exact=True)
    assert ws.as_of == plain.as_of


def test_the_session_itself_reads_its_files_as_before(tmp_path):
    shutil.copytree(SAMPLE, tmp_path / "ws")
    ws = tne.open(tmp_path / "ws")
    keep_small(ws.engine)
    fewer = ws.table("costs").iloc[1:].reset_index(drop=True)
    write_tables({"costs": fewer}, ws.root)
    pd.testing.assert_frame_equal(ws.table("costs"), fewer)


def test_files_that_are_gone_are_not_copied(tmp_path):
    shutil.copytree(SAMPLE, tmp_path / "ws")
    ws = tne.open(tmp_path / "ws")
    shutil.rmtree(tmp_path / "ws" / "tables" / "costs")
    keep_small(ws.engine)
    assert kept(ws) == set()


def test_what_was_made_before_stays_the_same():
    ws = tne.open(SAMPLE)
    before = ws.panel("onboarding"), ws.table("production")
    keep_small(ws.engine)
    keep_small(ws.engine)
    pd.testing.assert_frame_equal(ws.panel("onboarding"), before[0], check_exact=True)
    pd.testing.assert_frame_equal(ws.table("production"), before[1], check_exact=True)


def test_neither_large_files_nor_one_market_nor_frames_are_kept(monkeypatch):
    alone, frames = tne.open(SAMPLE, market="ES"), tne.open(SAMPLE)
    memory = tne.Workspace.from_frames({name: frames.table(name) for name in frames.tables})
    for ws in (alone, memory):
        keep_small(ws.engine)
        assert kept(ws) == set()
    monkeypatch.setattr("tne.tables.small.SMALL", 1000)
    keep_small(frames.engine)
    assert kept(frames) == set()
