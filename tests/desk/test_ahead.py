"""What is made ahead is what would be made when asked; it waits for whoever asks, and ends with the process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
import threading

import pandas as pd
import pytest

import tne
from tests.desk.conftest import SAMPLE
from tne.desk import ahead, likely
from tne.desk.accuracy import audits_of
from tne.desk.answer import answer
from tne.desk.choices import Choice
from tne.desk.effect import effect_of
from tne.desk.shelf import Shelf, shelf_of, twin

LONG = 120  # seconds that no test waits unless something hangs


@pytest.fixture(autouse=True)
def _no_moment_of_quiet(monkeypatch):
    monkeypatch.setattr(ahead, "QUIET", 0.0)


def worked_ahead(ws: tne.Workspace, *places: Choice) -> Shelf:
    """Return a shelf on which everything that is likely from some places was made, and nothing else."""
    shelf = Shelf(ws, shelf_of(ws).state)
    one = ahead.Ahead(shelf)
    for place in places:
        one.look(place)
        assert one.join(LONG)
    return shelf


def same(one: object, other: object) -> None:
    assert type(one) is type(other)
    if isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, other, check_exact=True)
        assert one.attrs == other.attrs
    else:
        assert str(one) == str(other)
        pd.testing.assert_frame_equal(one.to_frame(), other.to_frame(), check_exact=True)
        assert [str(check) for check in one.checks] == [str(check) for check in other.checks]


def test_decisions_made_ahead_are_those_of_the_workspace(sample):
    shelf = worked_ahead(sample.ws, Choice("accuracy", "ES"))
    assert {key[0] for key in shelf.made} == {"happened", "audits", "series", "trainees", "scores"}
    same(shelf.made["series", "ES"], sample.ws.series("accuracy", "market", "W", market="ES"))
    same(shelf.made["scores", "onboarding", ""], sample.ws.scores("onboarding"))
    read = shelf.made["happened", "audits", "ES", ""]
    same(read, sample.ws.table("audits", "ES")[list(read.columns)])
    choice = Choice("accuracy", "ES", "onboarding")
    same(answer(shelf, choice).parts.frame, answer(sample, choice).parts.frame)


@pytest.mark.xdist_group("company")
def test_effects_made_ahead_are_those_that_are_made_when_asked(company):
    ws = tne.open(company.workspace)
    place = Choice("effect", "IE", "hateful-conduct-update")
    plain = shelf_of(ws)
    own, shelf = twin(plain), Shelf(ws, plain.state)
    shelf.panel(place.programme, "")  # the thread gets a copy
    for keys in likely.likely(own, place, shelf.made):
        shelf.made.update({key: own.made.pop(key) for key in keys if key in own.made})
        if any(key[0] == "panel" and key[2] for key in keys):
            break  # one earlier period is enough here
    made = {key for key in shelf.made if key[0] == "effect"}
    assert {("effect", place.programme, market, "") for market in ("DE", "IE")} < made
    assert {key[3] for key in made} > {""}
    for _, programme, market, period in sorted(made):
        direct = effect_of(plain, Choice("effect", market, programme, period=period), market)
        same(shelf.made["effect", programme, market, period], direct)
    other = next(key for key in shelf.made if key[0] == "panel" and key[1] != place.programme)
    same(shelf.made[other], ws.panel(other[1]))
    pooled = Choice("effect", "", place.programme)
    same(answer(shelf, pooled).result, answer(plain, pooled).result)


def test_audits_are_read_with_the_columns_that_are_needed_and_no_other_rows(sample):
    choice = Choice("accuracy", "ES", period="2025Q4")
    read = audits_of(Shelf(sample.ws, sample.state), choice)
    whole = sample.ws.table("audits", "ES", start="2025-10-01", end="2025-12-31")
    assert len(read.columns) < len(whole.columns)
    same(read, whole[list(read.columns)])
    same(tne.audit_accuracy(read, standardize=()), tne.audit_accuracy(whole, standardize=()))


def test_nothing_is_made_while_somebody_asks(sample):
    shelf = Shelf(sample.ws, sample.state)
    one = shelf.keep(ahead.KEY, lambda: ahead.Ahead(shelf))
    with ahead.aside(shelf, Choice("accuracy", "ES")):
        one.look(Choice("accuracy", "IE"))
        assert not one.join(0.2)
        assert set(shelf.made) == {ahead.KEY}
    assert one.join(LONG)
    assert ("series", "ES") in shelf.made


def test_who_asks_breaks_off_a_query_and_the_work_goes_on_afterwards(sample, monkeypatch):
    """The first three pieces are broken off where a query runs; what is finished in the end is what it should be."""
    shelf = Shelf(sample.ws, sample.state)
    one = ahead.Ahead(shelf)
    broken, make = [], likely.audits_of

    def slow(own, choice):
        if len(broken) < 3:
            try:  # more than any data base does in a test
                own.ws.engine.values("SELECT COUNT(*) FROM RANGE(10000000) AS a, RANGE(10000000) AS b")
            except Exception as error:
                broken.append(type(error).__name__)
                raise
        return make(own, choice)

    monkeypatch.setattr(likely, "audits_of", slow)
    one.look(Choice("accuracy", "ES"))
    for _ in range(10 * LONG):
        if one.join(0.1):
            break
        with one.aside():
            pass
    assert broken == ["InterruptException"] * 3
    same(shelf.made["series", "ES"], sample.ws.series("accuracy", "market", "W", market="ES"))


def test_what_was_made_meanwhile_by_the_user_stays(sample):
    shelf = Shelf(sample.ws, sample.state)
    one = ahead.Ahead(shelf)
    one.wait()
    one.look(Choice("accuracy", "ES"))
    mine = shelf.made["scores", "onboarding", ""] = object()
    one.go_on()
    assert one.join(LONG)
    assert shelf.made["scores", "onboarding", ""] is mine


def test_other_files_settings_or_frames_in_memory_have_no_twin(sample, tmp_path):
    root = tmp_path / "ws"
    shutil.copytree(SAMPLE, root)
    shelf = shelf_of(tne.open(root))
    assert twin(shelf) is not None
    (root / "tne.toml").write_text('name = "Other"\nmin_n = 5\n', encoding="utf-8")
    assert twin(shelf) is None
    frames = {name: sample.ws.table(name) for name in ("markets", "audits", "moderators")}
    assert twin(shelf_of(tne.Workspace.from_frames(frames))) is None


def test_a_workspace_of_one_market_stays_one_when_its_files_were_written_over(tmp_path):
    root = tmp_path / "ws"
    shutil.copytree(SAMPLE, root)
    ws = tne.open(root, market="ES")
    first = shelf_of(ws)
    assert first.ws is ws
    file = next((root / "tables" / "audits").glob("market=ES/*.parquet"))
    os.utime(file, (1, 1))
    other = shelf_of(ws)
    assert other is not first
    assert other.ws is not ws
    assert other.ws.market == "ES"
    assert shelf_of(ws) is other


def test_files_written_over_end_it(tmp_path, monkeypatch):
    root = tmp_path / "ws"
    shutil.copytree(SAMPLE, root)
    shelf = shelf_of(tne.open(root))
    one = ahead.Ahead(shelf)
    monkeypatch.setattr(ahead, "is_current", lambda _: False)
    one.look(Choice("accuracy", "ES"))
    assert one.join(LONG)
    assert not [key for key in shelf.made if key[0] in ("series", "scores", "happened")]


def test_an_error_stays_with_the_question_and_the_thread_ends(sample, monkeypatch):
    def broken(*_):
        raise ValueError("no")

    monkeypatch.setattr(likely, "audits_of", broken)
    shelf = worked_ahead(sample.ws, Choice("accuracy", "ES"))
    assert ("happened", "audits", "ES", "") not in shelf.made
    assert answer(shelf, Choice("accuracy", "ES")).estimate > 0


def test_outside_a_kernel_nobody_works_ahead(sample):
    assert ahead.begin(sample) is None
    before = threading.active_count()
    tne.explore(sample.ws)
    assert threading.active_count() == before


def test_the_process_ends_while_a_piece_is_made(tmp_path):
    code = f"""
        import tne
        from tne.desk import ahead, likely
        from tne.desk.choices import Choice
        from tne.desk.shelf import shelf_of
        import threading, time
        begun = threading.Event()
        ahead.QUIET = 0.0
        likely.audits_of = lambda own, _: (
            begun.set(), own.ws.engine.values("SELECT COUNT(*) FROM range(4000000) a, range(4000000) b"))
        shelf = shelf_of(tne.open({str(SAMPLE)!r}))
        one = ahead.Ahead(shelf)
        one.look(Choice("accuracy", "ES"))
        assert begun.wait(60)
        time.sleep(0.2)
        print("leaves")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=LONG,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "leaves\n", "")
