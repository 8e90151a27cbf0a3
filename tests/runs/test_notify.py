"""Who is told how a run ended: a command that writes down what it gets, and a mail server of our own."""

import json
import socketserver
import sys
import threading
from email import message_from_bytes, policy

import fake
import pytest

from tne.cli import main
from tne.runs import notify
from tne.runs.outcome import UsageError

ENTRIES = [
    {"report": "effectiveness", "market": "AA", "period": "2026Q2", "status": "published", "reason": ""},
    {
        "report": "effectiveness",
        "market": "BB",
        "period": "",
        "status": "failed",
        "reason": "Zellé 3 failed.",
    },
]
KEPT = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_bytes(sys.stdin.buffer.read())"


def told(tmp_path, code=1, entries=ENTRIES):
    secret = [{**entry, "detail": "Anna Example", "sha256": "x", "seconds": 3.0} for entry in entries]
    return notify.message(code, "failed" if code else "complete", tmp_path / "reports", secret)


def by_command(tmp_path, *command, on="failure", **further):
    call = list(command) or [sys.executable, "-c", KEPT, str(tmp_path / "got.json")]
    return notify.settings({"notify": {"on": on, "command": call, **further}})


class _Smtp(socketserver.StreamRequestHandler):
    """Enough of RFC 5321 for one message, and AUTH PLAIN."""

    def handle(self):
        self.wfile.write(b"220 fake\r\n")
        while line := self.rfile.readline():
            self.server.heard.append(line.strip())
            verb = line.split()[0].upper()
            if verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                while (part := self.rfile.readline()) != b".\r\n":
                    self.server.letter += part
            if verb == b"EHLO":
                self.wfile.write(b"250-fake\r\n250 AUTH PLAIN\r\n")
            elif verb == b"RCPT" and b"nobody" in line:
                self.wfile.write(b"550 no such mailbox\r\n")
            else:
                self.wfile.write(
                    {b"AUTH": b"235 welcome\r\n", b"QUIT": b"221 bye\r\n"}.get(verb, b"250 fine\r\n")
                )
            if verb == b"QUIT":
                return


@pytest.fixture
def server():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Smtp) as made:
        made.heard, made.letter, made.daemon_threads = [], b"", True
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def by_mail(server, *recipients, **further):
    smtp = {"host": "127.0.0.1", "port": server.server_address[1], "sender": "tne@example.org"}
    smtp["recipients"] = list(recipients) or ["team@example.org"]
    return notify.settings({"notify": {"on": "always", "smtp": {**smtp, **further}}})


def test_off_by_default(tmp_path):
    assert notify.settings({"name": "Demo"}) is None
    assert notify.send(None, told(tmp_path)) == []


@pytest.mark.parametrize(
    ("on", "code", "sent"), [("failure", 0, False), ("failure", 1, True), ("always", 0, True)]
)
def test_command_gets_the_summary_on_its_standard_input(tmp_path, on, code, sent):
    assert notify.send(by_command(tmp_path, on=on), told(tmp_path, code)) == []
    assert (tmp_path / "got.json").exists() is sent
    if sent:
        got = json.loads((tmp_path / "got.json").read_bytes())
        assert got["exit_code"] == code
        assert got["output"] == str(tmp_path / "reports")
        assert got["counts"] == {"published": 1, "failed": 1}
        assert got["reports"] == ENTRIES  # and none of what stands beside these keys in a manifest


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["/no/such/command"], "FileNotFoundError"),
        ([sys.executable, "-c", "raise SystemExit(3)"], "it ended with 3"),
        ([sys.executable, "-c", "import time; time.sleep(60)"], "longer than 0.5 s"),
    ],
)
def test_failing_command_is_said_and_raises_nothing(tmp_path, command, said):
    (fault,) = notify.send(by_command(tmp_path, *command, seconds=0.5), told(tmp_path))
    assert fault.startswith("The notification by command failed: ")
    assert said in fault


def test_command_is_no_shell(tmp_path):
    call = [sys.executable, "-c", KEPT, str(tmp_path / "got.json"), "; touch", str(tmp_path / "shell")]
    assert notify.send(by_command(tmp_path, *call), told(tmp_path)) == []
    assert not (tmp_path / "shell").exists()


def test_mail_says_what_failed_first(tmp_path, server):
    assert notify.send(by_mail(server, "a@example.org", "b@example.org"), told(tmp_path)) == []
    letter = message_from_bytes(server.letter, policy=policy.default)
    assert letter["Subject"] == "tne: exit 1, 1 published, 1 failed"
    assert letter["To"] == "a@example.org, b@example.org"
    lines = letter.get_content().splitlines()
    assert lines[0] == f"Exit code 1 (failed). Output: {tmp_path / 'reports'}"
    assert lines[2:] == [
        "failed      effectiveness · BB  Zellé 3 failed.",
        "published   effectiveness · AA · 2026Q2",
    ]
    assert not any(line.startswith(b"AUTH") for line in server.heard)


def test_password_comes_from_the_environment_only(tmp_path, server, monkeypatch):
    asked = by_mail(server, user="robot", password_env="TNE_TEST_PASSWORD")
    (fault,) = notify.send(asked, told(tmp_path))
    assert "variable TNE_TEST_PASSWORD is empty" in fault
    assert server.heard == []
    monkeypatch.setenv("TNE_TEST_PASSWORD", "hush")
    assert notify.send(asked, told(tmp_path)) == []
    assert b"AUTH PLAIN AHJvYm90AGh1c2g=" in server.heard  # RFC 4616: NUL robot NUL hush


def test_refused_recipient_and_absent_server_are_said(tmp_path, server):
    (fault,) = notify.send(by_mail(server, "a@example.org", "nobody@example.org"), told(tmp_path))
    assert "1 of 2 recipients were refused" in fault
    gone = by_mail(server)
    server.socket.close()
    (fault,) = notify.send(gone, told(tmp_path))
    assert fault.startswith("The notification by mail failed: ")


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("yes", "is no table"),
        ({}, "neither a command nor smtp"),
        ({"on": "never", "command": ["x"]}, 'on = "always"'),
        ({"command": "mail team"}, "list of words"),
        ({"comand": ["x"]}, "unknown comand"),
        ({"command": ["x"], "seconds": 0}, "between 0 and 600"),
        ({"smtp": {"host": "h", "sender": "s"}}, "list of recipients"),
        ({"smtp": {"host": "h", "sender": "s", "recipients": ["r"], "password": "p"}}, "unknown password"),
        ({"smtp": {"host": "h", "sender": "s", "recipients": ["r"], "user": "u"}}, "password_env together"),
        ({"smtp": {"host": "h", "sender": "s", "recipients": ["r"], "port": 0}}, "port between"),
        (
            {"smtp": {"host": "h", "sender": "s", "recipients": ["r"], "user": "u", "password_env": "P"}},
            "starttls = true",
        ),
    ],
)
def test_wrong_settings_are_named(section, said):
    with pytest.raises(UsageError, match=said):
        notify.settings({"notify": section})


@pytest.fixture
def root(tmp_path, monkeypatch):
    made = fake.project(tmp_path, "AA")
    monkeypatch.chdir(made)
    return made


def configure(root, text):
    (root / "data" / "demo" / "tne.toml").write_text(f"min_n = 10\n[notify]\n{text}\n")


def test_wrong_settings_stop_a_run_before_it_starts(root, capsys):
    configure(root, "comand = ['x']")
    assert main(["run"]) == 2
    assert "tne.toml: notify has the unknown comand" in capsys.readouterr().err
    assert not (root / "reports").exists()


def test_run_that_cannot_plan_is_told_too(root, capsys):
    configure(root, f"command = [{json.dumps(sys.executable)}, '-c', {json.dumps(KEPT)}, 'got.json']")
    (root / "data" / "demo" / "tables" / "markets" / "part.parquet").write_bytes(b"no parquet")
    assert main(["run"]) == 3
    got = json.loads((root / "got.json").read_bytes())
    assert (got["exit_code"], got["reports"]) == (3, [])
    assert "`markets` is no readable Parquet" in got["problem"]
    (root / "got.json").unlink()
    assert main(["run", "--dry-run"]) == 3
    assert main(["run", "--jobs", "-1"]) == 2  # whoever made the wrong call reads it
    assert not (root / "got.json").exists()


@pytest.mark.parametrize("code", [0, 5, 130])
def test_failing_notification_leaves_the_exit_code_of_the_run(root, capsys, monkeypatch, code):
    configure(root, "on = 'always'\ncommand = ['/no/such/command']")
    book = {"run_id": "1", "status": "s", "exit_code": code, "seconds": 1.0, "reports": []}
    monkeypatch.setattr("tne.runs.run.run", lambda *given: book)
    assert main(["run", "--json"]) == code
    out, err = capsys.readouterr()
    assert json.loads(out)["exit_code"] == code
    assert "tne: The notification by command failed: FileNotFoundError" in err
