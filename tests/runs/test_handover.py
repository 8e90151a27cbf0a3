"""What a run takes back from the processes of its reports, and how often it writes its manifest."""

import json
import os
import threading
from contextlib import suppress
from types import SimpleNamespace

import fake
import pytest

from tne.runs import handover, manifest, resources
from tne.runs.plan import find_notebooks, plan
from tne.runs.publish import publish


def test_the_ids_that_reports_share_are_read_once(tmp_path, monkeypatch):
    shared = tmp_path / "private.json"
    shared.write_text(json.dumps(["person-1"]))
    read = []
    true = handover.json.loads
    monkeypatch.setattr(handover.json, "loads", lambda text: (read.append(1), true(text))[1])
    private = handover.Private()
    for number in range(3):
        os.link(shared, tmp_path / f"{number}.json")
        assert private.ids(tmp_path / f"{number}.json") == {"person-1"}
    assert len(read) == 1


def test_another_file_of_ids_is_read(tmp_path):
    private = handover.Private()
    for name, ids in (("a", ["person-1"]), ("b", ["person-1", "person-2"])):
        (tmp_path / name).write_text(json.dumps(ids))
        assert private.ids(tmp_path / name) == set(ids)


def test_a_report_without_its_files_is_unfinished(tmp_path):
    executed = SimpleNamespace(planned=None, result={"reads": "own"}, folder=tmp_path)
    with pytest.raises(handover.Unfinished, match="no whole page"):
        handover.Desk(tmp_path, 10).taken(executed)


def test_a_growing_manifest_is_written_at_once_and_then_rarely(tmp_path, monkeypatch):
    book = manifest.Book({"status": "running"})
    written = []
    monkeypatch.setattr(manifest, "replace", lambda path, content: written.append(content))
    clock = iter([*range(100)])
    monkeypatch.setattr(
        manifest.time, "monotonic", lambda: next(clock)
    )  # each look at the clock takes a second
    book.refresh(tmp_path)
    assert len(written) == 1
    for _ in range(10):
        book.refresh(tmp_path)  # writing took a second, so twenty must pass
    assert len(written) == 1
    for _ in range(20):
        book.refresh(tmp_path)
    assert len(written) == 2


def test_what_a_killed_run_has_left_is_removed_while_its_processes_still_write(tmp_path):
    left = tmp_path / "tne-0a1b2c3d"
    (left / "deep").mkdir(parents=True)
    (tmp_path / "work").write_text(str(left))
    stop = threading.Event()

    def write() -> None:
        while not stop.wait(0.002):
            with suppress(OSError):
                (left / "deep").mkdir(parents=True, exist_ok=True)
                (left / "deep" / "log").write_text("still here")

    writer = threading.Thread(target=write)
    writer.start()
    threading.Timer(0.5, stop.set).start()
    resources.sweep(tmp_path)
    writer.join()
    resources.sweep(tmp_path)
    assert not left.exists()


@pytest.mark.parametrize("name", ["important", "tne-link"])
def test_nothing_else_is_removed(tmp_path, name):
    kept = tmp_path / "kept"
    kept.mkdir()
    target = tmp_path / name
    target.symlink_to(kept) if name == "tne-link" else target.mkdir()
    (tmp_path / "work").write_text(str(target))
    resources.sweep(tmp_path)
    assert target.exists()
    assert kept.exists()


def test_a_run_with_nothing_to_do_still_removes_what_a_killed_one_left(tmp_path):
    root = fake.project(tmp_path, "AA")
    home, output = root / "data" / "demo", root / "reports"
    for p in plan(home, find_notebooks(None, home, root)):
        facts = {"report": p.report, "market": p.market, "period": "", "facts": {}, "reads": "own"}
        publish(output, p.path, "<p></p>", [], run_id=p.own_id, **facts)
    left = tmp_path / "tne-0a1b2c3d"
    left.mkdir()
    (output / ".cache" / "work").write_text(str(left))
    done = fake.tne("run", "--json", cwd=root)
    assert {entry["status"] for entry in json.loads(done.stdout)["reports"]} == {"unchanged"}
    assert not left.exists()
