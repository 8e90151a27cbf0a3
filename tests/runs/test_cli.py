"""The command line: pleasant help, one line for every wrong call, nothing started by it."""

import hashlib
import json

import fake
import pytest

from tne.cli import main, parser
from tne.made import make, to_toml
from tne.runs.shard import Shard

COMMANDS = (
    *("run", "status", "schedule", "demo", "sample", "plan", "import", "check", "key"),
    *("store", "publish", "ledger", "scan", "init", "new", "lint", "doctor"),
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0
    assert f"tne {command}" in capsys.readouterr().out


def test_main_help_lists_commands_and_exit_codes():
    shown = parser().format_help()
    assert all(command in shown for command in COMMANDS)
    assert "130, 143" in shown


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["run", "--market", "ZZ"], 2, "There is AA, BB"),
        (["run", "--report", "weekly"], 2, "There is effectiveness"),
        (["run", "--period", "1999Q1"], 2, "data from 2025-04-18"),
        (["run", "--param", "wekks=3"], 2, "no parameter `wekks`"),
        (["run", "--param", "weeks=soon"], 2, "must be a whole number"),
        (["run", "--param", "weeks"], 2, "no name=value"),
        (["run", "--param", "market=AA"], 2, "Write --market"),
        (["run", "--jobs", "-1"], 2, "must be positive"),
        (["run", "--workspace", "nowhere"], 2, "no workspace"),
        (["run", "--shard", "3/2"], 2, "no share"),
        (["run", "--memory", "0"], 2, "must be positive"),
        (["run", "--run-deadline", "nan"], 2, "must be positive"),
        (["run", "--dry-run", "--events"], 2, "Take --json"),
        (["status", "--max-age", "0"], 2, "positive number of hours"),
        (["status", "--workspace", "nowhere"], 2, "no workspace"),
        (["schedule", "--cron", "0 5 * *"], 2, "fields"),
        (["run", "--notebooks", "nowhere"], 2, "No report notebooks"),
        (["import", "--map", "no.toml", "no.csv"], 2, "There is no file no.toml"),
        (["check", "--workspace", "nowhere"], 2, "no workspace"),
    ],
)
def test_wrong_calls_are_one_line_and_start_nothing(tmp_path, monkeypatch, capsys, arguments, code, said):
    root = fake.project(tmp_path, "AA", "BB")
    monkeypatch.chdir(root / "data" / "demo" if arguments[0] == "import" else root)
    assert main(arguments) == code
    told = capsys.readouterr().err
    assert said in told
    assert told.startswith("tne: ")
    assert len(told.splitlines()) == 1
    assert not (root / "reports").exists()


def test_workspace_without_markets_breaks_its_contract(tmp_path, monkeypatch, capsys):
    root = fake.project(tmp_path, "AA")
    (root / "data" / "demo" / "tables" / "markets" / "part.parquet").write_bytes(b"no parquet")
    monkeypatch.chdir(root)
    assert main(["run"]) == 3
    assert "`markets` is no readable Parquet" in capsys.readouterr().err


def test_dry_run_prints_the_plan_and_makes_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(fake.project(tmp_path, "AA", "BB"))
    assert main(["run", "--dry-run"]) == 0
    assert "2 of 2 reports are due." in capsys.readouterr().out
    assert main(["run", "--dry-run", "--json", "--market", "BB"]) == 0
    assert [p["market"] for p in json.loads(capsys.readouterr().out)["reports"]] == ["BB"]
    assert not (tmp_path / "reports").exists()


def test_dry_run_of_a_share_shows_its_share(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(fake.project(tmp_path, "AA", "BB", "CC", "DD"))
    shown = []
    for share in ("1/2", "2/2"):
        assert main(["run", "--dry-run", "--json", "--shard", share]) == 0
        shown.append({p["market"] for p in json.loads(capsys.readouterr().out)["reports"]})
    assert shown[0] | shown[1] == {"AA", "BB", "CC", "DD"}
    assert not shown[0] & shown[1]


@pytest.mark.parametrize(
    ("arguments", "field", "value"),
    [
        ([], "engine", "tne"),
        (["--engine", "kernel"], "engine", "kernel"),
        (["--cell-timeout", "5"], "cell_timeout", 5),
        (["--run-timeout", "6"], "report_timeout", 6),
        (["--run-deadline", "7.5"], "run_deadline", 7.5),
        (["--memory", "1.5"], "memory", 1_500_000_000),
        (["--shard", "2/3"], "shard", Shard(2, 3)),
        (["--events"], "events", True),
        (["--events"], "quiet", True),
    ],
)
def test_options_reach_the_run(tmp_path, monkeypatch, capsys, arguments, field, value):
    monkeypatch.chdir(fake.project(tmp_path, "AA"))
    seen = []
    book = {"run_id": "1", "status": "complete", "exit_code": 0, "seconds": 1.0, "reports": []}
    monkeypatch.setattr("tne.runs.run.run", lambda *given: seen.append(given[3]) or book)
    assert main(["run", *arguments]) == 0
    assert getattr(seen[0], field) == value
    if "--events" in arguments:
        done = json.loads(capsys.readouterr().out)
        assert (done["event"], done["exit_code"]) == ("done", 0)


def test_json_and_events_exclude_each_other(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["run", "--json", "--events"])
    assert stop.value.code == 2


def test_made_workspace_is_the_same_twice_and_kept(tmp_path):
    small = {"markets": ("IE",), "weeks": 40}
    assert "tables" in make(tmp_path / "one", **small)
    assert "up to date" in make(tmp_path / "one", **small)
    make(tmp_path / "two", **small)

    def files(name):
        home = tmp_path / name
        return {
            p.relative_to(home): hashlib.sha256(p.read_bytes()).digest()
            for p in home.rglob("*")
            if p.is_file()
        }

    assert files("one") == files("two")
    assert main(["check", "--workspace", str(tmp_path / "one")]) == 0
    with pytest.raises(ValueError, match="was not made by this command"):
        make(fake.project(tmp_path / "mine", "AA") / "data", **small)


def test_toml_reads_back():
    import tomllib

    settings = {"name": 'A "B"', "min_n": 10, "value": {"minute": {"low": 0.5}, "on": True}}
    assert tomllib.loads(to_toml(settings)) == settings
