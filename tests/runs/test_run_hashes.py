"""Facts of unchanged files are kept from plan to plan, and never believed in doubt."""

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import fake
import pytest

import tne
from tne.runs import inputs
from tne.runs.hashes import NAME, Hashes, file_sha256

LONG_AGO = 1_700_000_000_000_000_000


@pytest.fixture
def settled(tmp_path, monkeypatch):
    """A file, and a clock that stands an hour after its last change."""
    file = tmp_path / "part.parquet"
    file.write_bytes(b"one")
    now = time.time_ns() + 3_600_000_000_000
    monkeypatch.setattr("tne.runs.hashes.time.time_ns", lambda: now)
    return file


def asked(folder, file):
    """Return the fact and how often the file was read for it."""
    reads = []
    hashes = Hashes(folder)
    for _ in range(3):
        found = hashes.fact(file, "sha256", lambda path: (reads.append(1), file_sha256(path))[1])
    hashes.save()
    return found, len(reads)


def test_unchanged_file_is_read_once_and_then_never_again(settled, tmp_path):
    first, read = asked(tmp_path, settled)
    assert read == 1
    assert asked(tmp_path, settled) == (first, 0)


def test_changed_file_of_the_same_size_and_time_is_read_again(settled, tmp_path):
    os.utime(settled, ns=(LONG_AGO, LONG_AGO))
    first, _ = asked(tmp_path, settled)
    settled.write_bytes(b"two")
    os.utime(settled, ns=(LONG_AGO, LONG_AGO))  # what a copying tool does
    second, read = asked(tmp_path, settled)
    assert (second != first, read) == (True, 1)


def test_replaced_file_is_read_again(settled, tmp_path):
    first, _ = asked(tmp_path, settled)
    other = settled.with_name("new")
    other.write_bytes(b"two")
    shutil.copystat(settled, other)
    other.replace(settled)
    assert asked(tmp_path, settled)[0] != first


@pytest.mark.parametrize("seconds", [1, -3600])
def test_file_changed_just_now_or_in_the_future_is_not_believed(tmp_path, monkeypatch, seconds):
    """A clock that was set back makes every change lie in the future."""
    file = tmp_path / "part.parquet"
    file.write_bytes(b"one")
    now = max(file.stat().st_mtime_ns, file.stat().st_ctime_ns) + seconds * 1_000_000_000
    monkeypatch.setattr("tne.runs.hashes.time.time_ns", lambda: now)
    assert [asked(tmp_path, file)[1] for _ in range(2)] == [1, 1]


def test_file_that_changes_while_it_is_read_is_not_believed(settled, tmp_path):
    hashes = Hashes(tmp_path)
    hashes.fact(settled, "sha256", lambda path: (path.write_bytes(b"later"), "half")[1])
    hashes.save()
    assert asked(tmp_path, settled) == (file_sha256(settled), 1)


@pytest.mark.parametrize("content", ["", "[]", '{"schema": 1}', '{"schema": 1, "files": [1]}', "\x00"])
def test_broken_file_of_hashes_counts_as_none(settled, tmp_path, content):
    (tmp_path / NAME).write_text(content)
    assert asked(tmp_path, settled) == (file_sha256(settled), 1)


def test_no_room_for_hashes_is_no_error(settled, tmp_path, monkeypatch):
    monkeypatch.setattr("tne.runs.hashes.os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
    assert asked(tmp_path, settled)[1] == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["part.parquet"]


AGAIN = """
import builtins, io, json, pathlib, sys, time
opened = []
true = pathlib.Path.open
pathlib.Path.open = lambda self, *a, **k: (opened.append(str(self)), true(self, *a, **k))[1]
from tne.cli import main
code = main(["run", "--output", sys.argv[1], "--json"])
heavy = {"pandas", "pyarrow", "numpy", "papermill", "nbformat", "nbconvert", "duckdb", "matplotlib", "IPython"}
read = [path for path in opened if path.endswith((".parquet", ".html")) and "index.html" not in path]
print(json.dumps({"code": code, "heavy": sorted(heavy & set(sys.modules)), "read": read}), file=sys.stderr)
"""


def test_unchanged_run_reads_no_table_and_no_page_and_imports_nothing_heavy(tmp_path):
    """65 reports; the pages are put there without notebooks. Nothing but the manifest is written."""
    from tne.runs.plan import find_notebooks, plan
    from tne.runs.publish import publish

    root = fake.project(tmp_path, *[f"M{i:02d}" for i in range(65)])
    home, output = root / "data" / "demo", root / "reports"
    for p in plan(home, find_notebooks(None, home, root)):
        row = {"report": p.report, "market": p.market, "measure": "gain"}
        facts = {"report": p.report, "market": p.market, "period": "", "facts": {}, "reads": "own"}
        publish(output, p.path, f"<p>{p.market}</p>", [row], run_id=p.own_id, **facts)
    for file in root.rglob("*"):
        if file.is_file():
            os.utime(file, ns=(LONG_AGO, LONG_AGO))
    time.sleep(2.1)  # two seconds must have passed since the files were last changed
    assert fake.tne("run", cwd=root).returncode == 0
    stands = {p: p.stat().st_mtime_ns for p in output.rglob("*") if p.is_file() and p.name != "manifest.json"}

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    again = subprocess.run(
        [sys.executable, "-c", AGAIN, str(output)], cwd=root, capture_output=True, text=True
    )
    told = json.loads(again.stderr.splitlines()[-1])
    assert told == {"code": 0, "heavy": [], "read": []}
    assert {e["status"] for e in json.loads(again.stdout)["reports"]} == {"unchanged"}
    assert stands == {
        p: p.stat().st_mtime_ns for p in output.rglob("*") if p.is_file() and p.name != "manifest.json"
    }
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 2  # start of Python included


def test_every_file_of_the_package_counts_as_code():
    """A page is made again when its words, its style or its script change, not only its program."""
    home = Path(tne.__file__).parent
    found = {p.suffix for p in home.rglob("*") if p.is_file() and "__pycache__" not in p.parts}
    # what only a type checker reads changes no page
    assert found - {".typed", ".pyi"} <= inputs._CODE
