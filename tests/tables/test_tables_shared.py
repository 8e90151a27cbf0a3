"""Frames over all markets: computed once for all reports of a run, and the same frames."""

import multiprocessing
import os

import pandas as pd
import pytest
from test_workspace import frames

import tne
from tne.tables import shared
from tne.tables.store import write_tables


@pytest.fixture
def run(tmp_path, monkeypatch):
    write_tables(frames(), tmp_path / "ws")
    (tmp_path / "cache").mkdir()
    monkeypatch.setenv("TNE_RUN_CACHE", str(tmp_path / "cache"))
    return tmp_path


def made(folder):
    return sorted(folder.glob("cache/*.arrow"))


FRAMES = (
    lambda ws: ws.panel("p"),
    lambda ws: ws.panel(None, provisional=True),
    lambda ws: ws.scores("p"),
    lambda ws: ws.scores("p", attempt="last"),
)


@pytest.mark.parametrize("frame", FRAMES)
def test_shared_frame_equals_the_computed_one(run, monkeypatch, frame):
    first, second = (frame(tne.open(run / "ws")) for _ in range(2))
    assert len(made(run)) == 1
    monkeypatch.setattr(shared, "_write", lambda *_: pytest.fail("it is computed again"))
    third = frame(tne.open(run / "ws"))
    monkeypatch.delenv("TNE_RUN_CACHE")
    computed = frame(tne.open(run / "ws"))
    assert len(computed) > 0
    for found in (first, second, third):
        pd.testing.assert_frame_equal(found, computed, check_exact=True, check_freq=True)
        assert found.attrs == computed.attrs
        assert list(map(str, found.dtypes)) == list(map(str, computed.dtypes))


def test_own_market_and_other_arguments_share_nothing_with_it(run):
    tne.open(run / "ws", market="DE").panel("p")
    tne.open(run / "ws").panel("p", "DE")
    assert made(run) == []
    for until in (None, "2026-03-11"):
        for frame in FRAMES:
            frame(tne.open(run / "ws", until=until))
    assert len(made(run)) == 2 * len(FRAMES)


def test_changed_file_is_another_frame(run):
    before = tne.open(run / "ws").panel("p")
    more = frames()
    more["audits"] = more["audits"].iloc[1:]
    write_tables(more, run / "ws")
    assert tne.open(run / "ws").panel("p")["n"].sum() == before["n"].sum() - 1


def test_half_a_file_is_computed_again(run):
    before = tne.open(run / "ws").panel("p")
    whole = made(run)[0].read_bytes()
    for length in (0, 7, len(whole) // 2, len(whole) - 1):
        made(run)[0].write_bytes(whole[:length])
        pd.testing.assert_frame_equal(tne.open(run / "ws").panel("p"), before)
    assert made(run)[0].read_bytes() == whole


def test_folder_that_is_gone_costs_time_only(run, monkeypatch):
    monkeypatch.setenv("TNE_RUN_CACHE", str(run / "nowhere"))
    assert len(tne.open(run / "ws").panel("p")) > 0


def _reads(cache, file, counted, start):
    os.environ["TNE_RUN_CACHE"] = cache

    def make():
        with open(counted, "a") as note:
            note.write("made\n")
        return pd.DataFrame({"a": range(200_000)})

    start.wait()
    assert len(shared.shared_frame([file], None, ("x",), make)) == 200_000


def test_processes_at_the_same_time_compute_once(run):
    context = multiprocessing.get_context("fork")
    start = context.Event()
    file = next((run / "ws").rglob("*.parquet"))
    arguments = (str(run / "cache"), file, str(run / "counted"), start)
    processes = [context.Process(target=_reads, args=arguments) for _ in range(4)]
    for process in processes:
        process.start()
    start.set()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 4
    assert (run / "counted").read_text() == "made\n"
