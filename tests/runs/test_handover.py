"""What a run takes back from the processes of its reports, and how often it writes its manifest."""

import json
import os
from types import SimpleNamespace

import pytest

from tne.runs import handover, manifest


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
        handover.taken(executed, handover.Private())


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
