"""What a run shows: a table on a terminal, plain lines elsewhere, events for programs."""

import io
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from rich.console import Console

from tne.runs.progress import Progress, plain

DE, ES = "effectiveness · DE", "effectiveness · ES"
DONE = {
    "report": "effectiveness",
    "market": "ES",
    "period": "",
    "status": "published",
    "seconds": 10.0,
    "reason": "",
}


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def shown(progress, width=80):
    console = Console(file=io.StringIO(), record=True, width=width)
    console.print(progress.table())
    return [line.rstrip() for line in console.export_text().splitlines()]


def terminal():
    return Console(file=io.StringIO(), force_terminal=True, width=80)


def test_table_shows_what_runs_where_and_how_long(clock):
    progress = Progress(console=terminal(), clock=clock)
    assert shown(progress) == ["looking what is due"]
    progress.begin(4)
    progress.started(DE)
    progress.started(ES)
    clock.now += 30  # until the server is warm
    progress.cell(DE, "Code cell 3 (under “[bold]A step”)")
    progress.cell(DE, "")  # read while it was being written
    clock.now += 10
    assert shown(progress) == [
        "0 of 4 reports",
        f"{DE}  10 s  Code cell 3 (under “[bold]A step”)",
        f"{ES}  40 s  starting",
    ]
    progress.finished(ES, DONE)
    assert shown(progress)[0] == "1 of 4 reports · about 20 s left"


def test_time_left_by_hand(clock):
    """One took 10 s, one runs since 4 s, two wait, one at a time: 6 + 2 × 10."""
    progress = Progress(console=terminal(), clock=clock)
    progress.begin(4)
    assert progress.left() is None
    progress.started(ES)
    clock.now += 10
    progress.finished(ES, DONE)
    progress.started(DE)
    clock.now += 4
    assert progress.left() == pytest.approx(26)
    clock.now += 60  # a slow one takes no time off the others
    assert progress.left() == pytest.approx(20)


def test_unchanged_reports_are_not_counted_as_made(clock):
    progress = Progress(console=terminal(), clock=clock)
    progress.finished(ES, {**DONE, "status": "unchanged", "seconds": 0.0})
    progress.begin(1)
    assert shown(progress) == ["0 of 1 reports"]


def test_narrow_terminal_keeps_a_line_a_report(clock):
    progress = Progress(console=terminal(), clock=clock)
    progress.begin(2)
    progress.started(DE)
    progress.cell(DE, "Code cell 3 (under “A very long heading that does not fit”)")
    assert len(shown(progress, width=40)) == 2


def test_terminal_is_clean_afterwards(clock):
    console = terminal()
    with Progress(console=console, clock=clock) as progress:
        progress.begin(1)
        progress.started(ES)
        progress.finished(ES, DONE)
    text = console.file.getvalue()
    assert f"\x1b[32m✓ published  {ES}  10.0 s\x1b[0m" in text
    assert "\x1b[1;32m" not in text  # the colour of a line does not run into the table
    assert text.rfind("\x1b[?25h") > text.rfind("\x1b[?25l") >= 0  # the cursor is back
    assert text.endswith("\x1b[2K")  # and the last line of the table is erased


def test_elsewhere_a_plain_line_a_report(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    with Progress() as progress:
        progress.begin(2)
        progress.started(ES)
        progress.cell(ES, "Code cell 1")
        progress.finished(ES, DONE)
        progress.finished(DE, {**DONE, "status": "failed"}, "ValueError: \x1b[31mred\x1b[0m\nand more\x07")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        f"✓ published  {ES}  10.0 s",
        f"✗ failed     {DE}  10.0 s  ValueError: red and more",
    ]


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("\x1b]0;title\x07x", "x"),
        ("\x1b[2J\x1b[1;1Hx", "x"),
        ("a\tb\r\nc", "a b c"),
        ("\x9b31mé\x00", "31mé"),
    ],
)
def test_no_code_reaches_a_terminal(text, bare):
    assert plain(text) == bare


def test_quiet_says_failures_only(capsys):
    with Progress(quiet=True) as progress:
        progress.finished(ES, DONE)
        progress.finished(DE, {**DONE, "status": "refused", "reason": "why"})
    assert capsys.readouterr().err.splitlines() == [f"✗ refused    {DE}  10.0 s  why"]


def test_events_are_json_lines_in_order(capsys):
    with Progress(quiet=True, events=True) as progress:
        progress.begin(1)
        progress.started(ES)
        progress.cell(ES, "Code cell 1")
        progress.cell(ES, "Code cell 1")
        progress.cell(ES, "Code cell 2 “é”\n")
        progress.finished(ES, {**DONE, "sha256": "x"})
    out = capsys.readouterr().out
    told = [json.loads(line) for line in out.splitlines()]
    assert [event["event"] for event in told] == ["planned", "started", "cell", "cell", "finished"]
    assert all(event.pop("at").endswith("Z") for event in told)
    assert told[0] == {"event": "planned", "reports": 1}
    assert told[3] == {"event": "cell", "label": ES, "cell": "Code cell 2 “é”"}
    assert told[4] == {"event": "finished", "label": ES, **DONE}


LEFT = """
from tne.runs.progress import Events
events = Events()
for i in range(3):
    events.tell("planned", reports=i)
"""


def test_reader_of_events_that_leaves_stops_nothing():
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([sys.executable, "-c", LEFT], stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


SCRIPT = """
import signal, sys, time
from tne.runs.execute import Interrupted, Signals
from tne.runs.progress import Progress
with Signals() as signals:
    try:
        with Progress() as progress:
            progress.begin(2)
            progress.started("effectiveness · DE")
            while True:
                signals.check()
                time.sleep(0.02)
    except Interrupted:
        sys.exit(130)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals of POSIX")
def test_ctrl_c_leaves_a_real_terminal_clean():
    import pty

    leader, follower = pty.openpty()
    env = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    process = subprocess.Popen([sys.executable, "-c", SCRIPT], stderr=follower, stdout=follower, env=env)
    os.close(follower)
    got, until = b"", time.monotonic() + 30
    try:
        while b"DE" not in got:
            assert time.monotonic() < until
            got += os.read(leader, 4096)
        process.send_signal(signal.SIGINT)
        while True:
            try:
                part = os.read(leader, 4096)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            got += part
        assert process.wait(timeout=30) == 130
    finally:
        process.kill()
        process.wait()
        os.close(leader)
    assert got.rfind(b"\x1b[?25h") > got.rfind(b"\x1b[?25l") >= 0
    assert b"Traceback" not in got
