"""`tne doctor` is silent about what is well, says what to do about what is not, and nothing about people."""

import importlib.metadata
import json
import os
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tne.cli import main
from tne.commands.health import machine, place
from tne.commands.health.finding import Finding, gathered
from tne.tables.keyfile import open_key

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"
LEFT_OUT = shutil.ignore_patterns("identity", "ledger")


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """The sample, as if it were somebody's own."""
    monkeypatch.setenv("TNE_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "team"
    root.mkdir(mode=0o700)
    shutil.copy(SAMPLE / "tne.toml", root)
    for name in ("markets", "moderators", "programmes"):
        shutil.copytree(SAMPLE / "tables" / name, root / "tables" / name)
    return root


def seen(findings):
    return {(one.status, one.what) for one in findings}


def test_a_sound_workspace_ends_with_0_and_names_nobody(workspace, capsys):
    open_key(workspace, create=True)
    assert main(["doctor", "--workspace", str(workspace)]) == 0
    said = capsys.readouterr().out
    assert "0 to mend" in said
    assert "3 keep their contract" in said
    assert "fingerprint" in said
    assert "m_" not in said
    assert main(["doctor", "--workspace", str(workspace), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["failed"] == 0
    assert {one["what"] for one in told["findings"]} >= {
        "Python",
        "packages",
        "disk",
        "memory",
        "tables",
        "key",
    }


def test_without_a_workspace_only_the_machine_is_looked_at(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["doctor"]) == 0
    assert "Begin one: tne init DIR" in capsys.readouterr().out


def test_a_broken_workspace_ends_with_1_and_each_fault_says_what_to_do(workspace, capsys):
    open_key(workspace, create=True)
    key = next((workspace.parent / "config" / "keys").iterdir())
    key.chmod(0o644)
    (workspace / "tables" / "moderators" / "market=ES" / "part.parquet").write_bytes(b"PAR1")
    os.chmod(workspace, 0o755)
    with (workspace / "tne.toml").open("a") as file:
        file.write('\n[notice]\non = "failure"\n')
    assert main(["doctor", "--workspace", str(workspace)]) == 1
    said = capsys.readouterr().out
    assert "✗  key: Others can read the workspace key" in said
    assert "✗  tables: moderators break their contract. See tne check." in said
    assert "!  modes: everybody on this machine can enter the workspace. chmod o-rwx" in said
    assert "!  tne.toml: has the unknown notice." in said


def test_a_lost_key_is_found(workspace):
    open_key(workspace, create=True)
    shutil.rmtree(workspace.parent / "config")
    [finding] = place.keys(workspace)
    assert finding.status == "fail"
    assert "TNE_CONFIG_HOME" in finding.said


@pytest.mark.parametrize(
    ("text", "status", "what"),
    [
        ("min_n = 3", "warn", "min_n"),
        ("min_n = 7", "warn", "min_n"),
        ("min_n = 'ten'", "fail", "min_n"),
        ("[quality]\njoin = { warn = 2 }", "fail", "tne.toml"),
        ("[value]\nminute = 1", "fail", "tne.toml"),
        ("[source]\nengine = 'oracle'", "fail", "tne.toml"),
        ("not toml", "fail", "tne.toml"),
        ("min_n = 10", "warn", "tne.toml"),  # no contact
    ],
)
def test_settings_that_do_not_hold_are_said(tmp_path, text, status, what):
    (tmp_path / "tne.toml").write_text(text)
    assert (status, what) in seen(place.settings(tmp_path))


def test_what_the_last_run_left_is_said(tmp_path):
    entries = [
        {"report": "weekly", "market": "IE", "status": "stale", "reason": "Its tables broke.", "target": "x"}
    ]
    book = {"schema_version": 1, "status": "running", "reports": entries}
    assert seen(place.last_run(tmp_path)) == {("none", "last run")}
    (tmp_path / "manifest.json").write_text(json.dumps(book))
    said = " ".join(map(str, place.last_run(tmp_path)))
    assert "was killed" in said
    assert "weekly · IE is stale. Its tables broke." in said
    (tmp_path / "manifest.json").write_text(
        json.dumps({"schema_version": 1, "status": "complete", "reports": []})
    )
    assert seen(place.last_run(tmp_path)) == {("pass", "last run")}


def test_open_questions_missing_exports_and_rows_that_wait_are_said(tmp_path):
    (tmp_path / "tne.toml").write_text("[[imports]]\nfiles = 'a.csv'\nset = { wave = 'TODO' }\n")
    assert ("warn", "exports") in seen(place.imports(tmp_path))
    (tmp_path / "tne.toml").write_text("[[imports]]\nfiles = 'a.csv'\nset = { wave = 'pre' }\n")
    assert "not there" in str(next(place.imports(tmp_path)))
    aside = tmp_path / "quarantine" / "audits" / "a.csv"
    aside.parent.mkdir(parents=True)
    aside.write_text("rule,row\nkey,1\n")
    assert "1 rows wait" in str(list(place.imports(tmp_path))[-1])


def test_packages_outside_their_bounds_and_missing_ones_are_told_apart(monkeypatch):
    needs = [
        "pandas>=3.0",
        "absent-one>=1",
        "numpy>=900",
        'absent-two>=1; extra == "slides"',
        'x>=1; extra == "test"',
    ]
    monkeypatch.setattr(importlib.metadata, "requires", lambda _: needs)
    first, second = machine.packages()
    assert first.status == "fail"
    assert "2 do not fit: absent-one, numpy" in first.said
    assert (second.status, second.what) == ("none", "extra slides")


def test_a_full_disk_little_memory_and_closed_folders_are_said(tmp_path, monkeypatch):
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: SimpleNamespace(free=2e8))
    monkeypatch.setattr("tne.runs.resources.memory", lambda: 10**9)
    assert seen(machine.room(tmp_path)) == {("warn", "disk"), ("warn", "memory")}
    (tmp_path / "file").write_text("")
    [finding] = machine.writing([("the reports", tmp_path / "file" / "reports")])
    assert (finding.status, finding.said) == ("fail", "not allowed in the reports.")
    assert seen(machine.writing([("the reports", tmp_path / "new" / "reports")])) == {("pass", "writing")}


def test_an_old_python_another_encoding_and_missing_letters_are_said(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "OLDEST", (4, 0))
    assert seen(machine.python()) == {("fail", "Python")}
    monkeypatch.setattr(machine.sys, "getfilesystemencoding", lambda: "latin-1")
    assert seen(machine.encoding()) == {("warn", "text")}
    tool = tmp_path / "fc-list"
    tool.write_text('#!/bin/sh\n[ "$1" = ":lang=ar" ] || echo DejaVu\n')
    tool.chmod(0o755)
    monkeypatch.setattr(machine.shutil, "which", lambda _: str(tool))
    assert "none for ar" in str(next(machine.fonts(["ar-EG", "de-DE"])))
    assert seen(machine.fonts(["de-DE"])) == {("pass", "fonts")}


def test_a_check_that_fails_itself_says_its_kind_only():
    def broken():
        raise KeyError("ada@example.org")

    fine = [Finding("pass", "b", "is well.")]
    found = list(gathered([("a", broken), ("b", lambda: fine)]))
    assert seen(found) == {("fail", "a"), ("pass", "b")}
    assert "ada" not in str(found[0])


def test_versions_are_compared_as_numbers():
    assert machine.within("2.10.0", ">=2.9,<3")
    assert not machine.within("3.0.0", "<3")
    assert machine.within(f"{sys.version_info.major}.0", ">=3")
