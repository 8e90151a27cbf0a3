"""What stands in tables, file names and parameters is text: on terminals, in logs, messages, crontabs and paths."""

import argparse
import io
import json
import re
import sys
from pathlib import Path

import fake
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from papermill.translators import PythonTranslator
from rich.console import Console

from tne import commands
from tne.cli import main
from tne.commands.terminal import guarded, harmless
from tne.runs import cron, notify, parameters, schedule
from tne.runs.names import unfit
from tne.runs.outcome import UsageError
from tne.runs.progress import Progress, plain

# What a terminal would obey: colours, titles, the clipboard, cursor, C1 codes, right to left, no width, halves.
ESCAPES = [
    "\x1b[31mred",
    "\x1b]0;title\x07",
    "\x1b]52;c;cm0gLXJm\x07",
    "\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\",
    "\x1bP+q544e\x1b\\",
    "\x1b[2J\x1b[H",
    "\x9b31m",
    "\x9d0;t\x9c",
    "\x90q\x9c",
    "a\rtne: 5 published",
    "a\x08\x08b",
    "a\x00b",
    "a\x7fb",
    "a\x0bb\x0cc",
    "a\x85b",
    "a\u2028b\u2029c",
    "\u202efdp.exe",
    "\u2066x\u2069\u200f",
    "z\u200bero\ufeff",
    "\U000e0041\U000e007f",
    "half \ud800",
    "soft\xadhyphen",
]
LINES = ["a\ntne: 5 published", "a\r\n✓ published  DE", "a\n\n* * * * * root evil"]
MARKUP = ["[red]x[/red]", "[/]", "[bold", "[link=https://evil.example]x[/link]", ":bomb:", "\\[x]"]
WORDS = [
    "../../x",
    "$(id)",
    "`id`",
    "; rm x",
    "%s%n",
    "{0.__class__}",
    "=1+1",
    "Ünïcödé",
    "مرحبا",
    "👩‍👩‍👧",
    "می‌خواهم",
]
OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)


@pytest.mark.parametrize("payload", [*ESCAPES, *LINES, *MARKUP, *WORDS])
def test_printed_text_is_obeyed_by_no_terminal_and_json_stays_the_same(payload):
    assert not OBEYED.search(harmless(payload))
    assert not OBEYED.search(plain(payload))
    assert "\n" not in plain(payload)
    told = {"reason": payload, payload: [payload]}
    assert json.loads(harmless(json.dumps(told, ensure_ascii=False))) == told
    if payload in WORDS + MARKUP:
        assert harmless(payload) == payload


def test_whatever_a_command_prints_is_guarded(monkeypatch, capsys):
    def says(asked: argparse.Namespace) -> int:
        print(*ESCAPES)
        print(*ESCAPES, file=sys.stderr)
        sys.stdout.writelines(ESCAPES)
        return 0

    before = sys.stdout, sys.stderr
    monkeypatch.setattr(commands, "sample", says)
    assert main(["sample"]) == 0
    assert (sys.stdout, sys.stderr) == before
    out, err = capsys.readouterr()
    assert "\\u001b[31mred" in out
    assert not OBEYED.search(out + err)


@pytest.mark.parametrize(
    "payload", ["e\x1b[31mv.csv", "e\ntne: done.csv", "\u202evsc.exe", "[red]e.csv", "e\udcff.csv"]
)
@pytest.mark.parametrize("known", [True, False], ids=["there", "absent"])
def test_name_of_a_file_forges_no_line(tmp_path, monkeypatch, capsys, payload, known):
    monkeypatch.setenv("TNE_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    if known:
        (tmp_path / payload).write_text("a,b\n1,2\n")
    assert main(["import", "--workspace", "team", payload]) == (3 if known else 2)
    out, err = capsys.readouterr()
    assert not OBEYED.search(out + err)
    assert err.startswith("tne: ")
    assert all(line.startswith("     ") for line in err.splitlines()[1:])


def test_live_table_and_lines_show_payloads_as_text(capsys):
    payloads = [*ESCAPES, *LINES, *MARKUP, *WORDS]
    console = Console(file=io.StringIO(), force_terminal=True, width=200)
    entry = {"report": "r", "market": "DE", "period": "", "status": "failed", "seconds": 0.0, "path": None}
    for progress in (Progress(console=console), Progress()):
        progress.begin(len(payloads))
        for i, payload in enumerate(payloads):
            progress.started(f"r · {i}")
            progress.cell(f"r · {i}", payload)
            progress.finished(f"r · {i}", {**entry, "reason": payload})
            progress.say(payload)
    lines = capsys.readouterr().err.splitlines()
    shown = console.file.getvalue()
    assert len(lines) == 3 * len(payloads)  # one line a report, and what is said, by two of them
    for text in (re.sub(r"\x1b\[(31|0)m", "", shown), "".join(lines)):  # its own red for what failed
        assert not OBEYED.search(text)
    for payload in MARKUP:
        assert payload in shown
        assert any(payload in line for line in lines)


def test_events_are_a_line_of_json_each(capsys):
    with guarded():
        monitor = Progress(events=True)
        for payload in [*ESCAPES, *LINES]:
            monitor.say(payload)
    out = capsys.readouterr().out
    assert not OBEYED.search(out)
    told = [json.loads(line)["text"] for line in out.split("\n") if line]
    assert told == [*ESCAPES, *LINES]


def test_notification_has_a_line_a_report_and_one_subject(tmp_path):
    payloads = [*ESCAPES, *LINES]
    entries = [
        {"report": "r", "market": "DE", "period": "", "status": "failed", "reason": payload}
        for payload in payloads
    ]
    told = notify.message(1, "failed", tmp_path, entries, "problem\nBcc: evil@example.org\r\n\r\nbody")
    body = notify.body(told)
    assert len(body.splitlines()) == 4 + len(payloads)
    assert not OBEYED.search(body)
    assert "\n" not in notify.subject(told)
    kept = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_bytes(sys.stdin.buffer.read())"
    asked = notify.settings({"notify": {"command": [sys.executable, "-c", kept, str(tmp_path / "got.json")]}})
    assert notify.send(asked, told) == []
    raw = (tmp_path / "got.json").read_text("ascii")  # a command such as logger may print it
    assert json.loads(raw) == told


@pytest.mark.parametrize("key", ["sender", "recipients"])
def test_settings_put_no_second_header_into_a_mail(key):
    evil = "a@example.org\r\nBcc: evil@example.org"
    mail = {"host": "127.0.0.1", "port": 9, "sender": "a@example.org", "recipients": ["b@example.org"]}
    asked = notify.settings({"notify": {"smtp": {**mail, key: [evil] if key == "recipients" else evil}}})
    (fault,) = notify.send(asked, notify.message(1, "failed", Path("reports"), []))
    assert fault == "The notification by mail failed: ValueError: look at [notify] in tne.toml."


# Codes that name no file, name one elsewhere, or the same one as another on some system.
BAD = [
    *("../../x", "..", ".", "", " DE", "DE ", "a/b", "a\\b", "C:x", "/etc/x", "~", "x.html", "-rf", "=1+1", "D" * 65),
    *("CON", "nul", "Com1", "LPT9", "all", "ALL", "DЕ", "ＤＥ", "D\u0301E", "DE\n", "D\x00E", "D\x1b[31mE", "\u202eED"),
    *("[red]", "<b>", "D'E", 'D"E', "D%E", "{x}", "$(id)", "é"),
]  # fmt: skip


@pytest.mark.parametrize("code", BAD)
def test_code_of_a_market_names_no_other_file(code):
    assert unfit([code], kept={"all"}) == [0]


def test_codes_that_are_the_same_to_some_systems_are_refused():
    assert unfit(["DE", "ES", "de"]) == [0, 2]
    assert unfit(["DE", "pt-BR", "team_1", "0"]) == []


def test_run_with_a_hostile_market_writes_nothing(tmp_path, monkeypatch, capsys):
    root = fake.project(tmp_path, "AA")
    monkeypatch.chdir(root)
    table = root / "data" / "demo" / "tables" / "markets" / "part.parquet"
    before = sorted(root.rglob("*"))
    for code in ("../../x", "all", "D\x1b[31mE"):
        columns = {"market": ["AA", code], "name": ["A", "B"], "language": ["en"] * 2}
        columns |= {"timezone": ["UTC"] * 2, "currency": ["EUR"] * 2}
        pq.write_table(pa.table(columns), table)
        assert main(["run"]) == 3
        err = capsys.readouterr().err
        assert "2 rows, 1 of them with a code that cannot name a file" in err
        assert code not in err or code == "all"
    assert sorted(root.rglob("*")) == before


@pytest.mark.parametrize("name", ["..", "a b", "CON", "x\x1b[31m", "$(id)"])
def test_notebook_whose_name_is_no_folder_is_refused(tmp_path, monkeypatch, capsys, name):
    root = fake.project(tmp_path, "AA")
    monkeypatch.chdir(root)
    (root / "notebooks" / "reports" / f"{name}.ipynb").write_text("{}")
    assert main(["run"]) == 2
    assert "1 of 2 notebooks" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--report", "--market", "--period", "--param"])
@pytest.mark.parametrize(
    "payload", ["../../etc", "\x1b[31m2026Q2", "2026Q2\n", "２０２６Q2", "[red]", "2026Q2; id"]
)
def test_hostile_options_are_refused_before_anything_starts(tmp_path, monkeypatch, capsys, option, payload):
    root = fake.project(tmp_path, "AA")
    monkeypatch.chdir(root)
    assert main(["run", option, payload]) == 2
    assert not OBEYED.search(capsys.readouterr().err)
    assert not (root / "reports").exists()


@pytest.mark.parametrize(
    "options", [("--param", "mode=\udcff"), ("--language", "\udcff"), ("--market", "\udcff")]
)
def test_options_that_are_no_text_are_a_wrong_call(tmp_path, monkeypatch, capsys, options):
    root = fake.project(tmp_path, "AA")
    monkeypatch.chdir(root)
    assert main(["run", *options]) == 2
    assert "codec" not in capsys.readouterr().err
    assert not (root / "reports").exists()


PYTHON = [
    *ESCAPES,
    *LINES,
    *(
        '"',
        "'",
        '"""',
        "'''",
        "\\",
        'a\\"; import os #',
        "\\N{BULLET}",
        "\\x22",
        '"\n__import__("os").abort()\n"',
    ),
    *("{__import__('os')}", "%run x", "!id", "# parameters", "\t", "\U0001f600"),
]


@pytest.mark.parametrize("payload", PYTHON)
def test_parameter_reaches_the_notebook_as_the_same_text(payload):
    known = parameters.inspect({"cells": [fake.cell("code", fake.PARAMETERS, "parameters")]}, "r")
    values = parameters.resolve(known, {"mode": parameters.Text(payload)}, "r")
    assert values["mode"] == payload
    assert json.loads(json.dumps(values)) == values
    written = PythonTranslator.codify(values)
    seen: dict[str, object] = {"__builtins__": {}}
    exec(compile(written, "cell", "exec"), seen)
    assert {key: value for key, value in seen.items() if key != "__builtins__"} == values


@pytest.mark.parametrize(
    "name", ["__builtins__", "__name__", "os", "mode.x", "mode[0]", "mode;x", "mode\n", "ｍｏｄｅ"]
)
def test_names_that_the_notebook_does_not_declare_are_refused(tmp_path, monkeypatch, name):
    monkeypatch.chdir(fake.project(tmp_path, "AA"))
    assert main(["run", "--param", f"{name}=1"]) == 2


@pytest.mark.parametrize(
    "value",
    [
        "postgresql://me:hush@db.example/x",
        "see http://u:p%40@proxy.example:3128",
        "redis://:hush@cache.example/0",
    ],
)
def test_address_with_a_password_is_no_parameter(value):
    known = parameters.inspect({"cells": [fake.cell("code", fake.PARAMETERS, "parameters")]}, "r")
    with pytest.raises(UsageError, match="holds an address with a password") as caught:
        parameters.resolve(known, {"mode": parameters.Text(value)}, "r")
    assert value not in str(caught.value)
    assert parameters.resolve(known, {"mode": parameters.Text("https://team.example/a:b@c")}, "r")


@pytest.mark.parametrize(
    "payload", [*LINES, "a%b", "a'b", "a b", "$(id)", "\u202ex", "a\x1b[31m", "a\\b", 'a"b']
)
def test_crontab_unit_and_job_hold_one_command(payload):
    task = schedule.Task(
        "team", ("/bin/tne", "run", "--param", f"mode={payload}"), "0 5 * * *", Path("/w/x.log")
    )
    allowed = payload.isprintable()
    try:
        line = schedule.cron_line(task)
    except UsageError:
        assert not allowed or "\\" in payload
    else:
        assert allowed
        assert line.count("\n") == 1
        assert not re.search(r"(?<!\\)%", line)  # which would end the command
    if allowed:
        service = schedule.systemd_units(task)["tne-team.service"]
        (start,) = [line for line in service.splitlines() if line.startswith("ExecStart=")]
        assert re.fullmatch(r'ExecStart=("(?:[^"\\]|\\.)*" ?)+', start)
    else:
        with pytest.raises(UsageError):
            schedule.systemd_units(task)
    notebook = json.loads(schedule.jupyter_files(task)["tne-team.ipynb"])
    (call,) = [cell["source"] for cell in notebook["cells"] if cell["id"] == "call"]
    seen: dict[str, object] = {"Path": Path, "__builtins__": {}}
    exec(compile(call, "cell", "exec"), seen)
    assert seen["command"] == list(task.command)


@pytest.mark.parametrize(
    "fields", ["0 5 * * *\n* * * * * evil", "0 5 * * * evil", "@reboot", "0 5 * * $(id)"]
)
def test_fields_of_cron_hold_no_command(fields):
    with pytest.raises(UsageError):
        cron.fields(fields)
