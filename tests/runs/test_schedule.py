"""What is handed to cron, systemd and JupyterLab is what they read; checked by rules of their own or by themselves."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys

import fake
import nbformat
import pytest

from tne.cli import main, parser
from tne.runs import cron
from tne.runs.outcome import UsageError
from tne.runs.schedule import Task, command, cron_line, jupyter_files, safe_name, systemd_units

SYSTEMD = shutil.which("systemd-analyze")
LIMITS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))  # crontab(5)


def task(tmp_path, text="0 5 * * 1-5", folder="a b%c$d'e", **facts):
    call = command(tmp_path / folder, tmp_path / "notebooks", tmp_path / "out", ("--param", "weeks=8"))
    return Task("demo", call, text, tmp_path / folder / "run.log", **facts)


def check_cron_line(line):
    """Return the command of a crontab line as the shell gets it, by crontab(5): five fields, % is a line break."""
    assert line.endswith("\n")
    assert line.count("\n") == 1
    *given, rest = line.rstrip("\n").split(" ", 5)
    for text, (low, high) in zip(given, LIMITS, strict=True):
        for part in text.split(","):
            found = re.fullmatch(r"(?:\*|(\d+)(?:-(\d+))?)(?:/(\d+))?", part)
            assert found, part
            assert all(low <= int(n) <= high for n in found.groups()[:2] if n)
    assert not re.search(r"(?<!\\)%", rest)
    return rest.replace("\\%", "%")


@pytest.mark.parametrize("text", ["0 5 * * 1-5", "*/15 0-23/2 1,15 * *", "59 23 31 12 7"])
def test_cron_line_is_five_fields_and_the_command_survives_the_shell(tmp_path, text):
    asked = task(tmp_path, text)
    shell = check_cron_line(cron_line(asked))
    words = shlex.split(shell)
    assert tuple(words[: len(asked.command)]) == asked.command
    assert words[len(asked.command)] == f">>{asked.log}"


def test_shell_runs_the_cron_line_as_cron_would(tmp_path):
    """A failed command leaves its words in the log and one line for cron's mail, a good one nothing."""
    home = tmp_path / "a b%c$d'e"
    home.mkdir()
    for code in (0, 3):
        call = (sys.executable, "-c", f"print('100%'); raise SystemExit({code})")
        shell = check_cron_line(cron_line(Task("demo", call, "0 5 * * *", home / "run.log")))
        done = subprocess.run(["/bin/sh", "-c", shell], capture_output=True, text=True, check=True)
        assert done.stdout == ("" if code == 0 else f"tne: exit 3, see {home / 'run.log'}\n")
    assert (home / "run.log").read_text() == "100%\n100%\n"


@pytest.mark.parametrize("name", ["back\\slash", "line\nbreak"])
def test_what_no_crontab_can_hold_is_refused(tmp_path, name):
    with pytest.raises(UsageError, match="cannot stand in a crontab"):
        cron_line(task(tmp_path, folder=name))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0 5 * *", "4 fields, not 5"),
        ("0 5 * * 1 tne", "6 fields"),
        ("60 5 * * *", "minute '60' is not within 0 to 59"),
        ("0 24 * * *", "hour '24'"),
        ("0 5 0 * *", "day of month '0'"),
        ("0 5 * 13 *", "month '13'"),
        ("0 5 * * 8", "day of week '8'"),
        ("0 5 * * mo", "unknown name 'mo'"),
        ("5-1 5 * * *", "minute '5-1'"),
        ("*/0 5 * * *", "minute"),
        ("*-3 5 * * *", "no field of cron"),
        ("0 5 * * 1;reboot", "no field of cron"),
        ("0 5\n* * *", "fields"),
        ("@daily", "1 fields"),
    ],
)
def test_wrong_fields_are_named(text, said):
    with pytest.raises(UsageError, match=said):
        cron.fields(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*/20 6-8 * * *", [[0, 20, 40], [6, 7, 8], None, None, None]),
        ("5/20 0 1-31/10 jan,DEC sun", [[5, 25, 45], [0], [1, 11, 21, 31], [1, 12], [0]]),
        ("0 0 * * 5-7", [[0], [0], None, None, [0, 5, 6]]),
    ],
)
def test_fields_by_hand(text, expected):
    assert cron.fields(text) == expected


def test_day_and_time_in_words():
    assert cron.daily("05:30") == "30 5 * * *"
    assert cron.weekly("monday", "23:00") == cron.weekly("Mon", "23:00") == "0 23 * * 1"
    assert cron.weekly("Sun", "00:00") == "0 0 * * 0"
    for wrong in ("5:30", "24:00", "05:60", "noon"):
        with pytest.raises(UsageError, match="no time of day"):
            cron.daily(wrong)
    with pytest.raises(UsageError, match="no day of the week"):
        cron.weekly("Mo", "05:30")


@pytest.mark.skipif(SYSTEMD is None, reason="there is no systemd-analyze here")
@pytest.mark.parametrize(
    "text",
    ["0 5 * * 1-5", "*/15 8-18 * * *", "30 6 1,15 1-12/3 *", "59 23 31 12 *", "0 0 13 * fri", "0 0 * * 6-7"],
)
def test_systemd_reads_every_calendar(text):
    for expression in cron.calendars(text, "Europe/Berlin"):
        subprocess.run([SYSTEMD, "calendar", expression], capture_output=True, check=True)


@pytest.mark.skipif(SYSTEMD is None, reason="there is no systemd-analyze here")
def test_systemd_s_next_moment_is_the_one_cron_means():
    """Weekdays at 5:00 in UTC, judged by systemd itself: after Friday noon comes Monday."""
    (expression,) = cron.calendars("0 5 * * 1-5", "UTC")
    line = [SYSTEMD, "calendar", "--base-time=2026-06-26 12:00:00 UTC", expression]
    done = subprocess.run(line, capture_output=True, text=True, check=True, env={**os.environ, "TZ": "UTC"})
    assert "Mon 2026-06-29 05:00:00 UTC" in done.stdout


@pytest.mark.skipif(SYSTEMD is None, reason="there is no systemd-analyze here")
@pytest.mark.parametrize("broken", [False, True])
def test_systemd_verifies_the_units(tmp_path, broken):
    units = systemd_units(task(tmp_path, "0 5 1 * 1", timezone="Europe/Berlin"))
    for name, text in units.items():
        (tmp_path / name).write_text(text.replace("05:00", "35:00") if broken else text)
    line = [SYSTEMD, "verify", "--user", "--man=no", *(str(tmp_path / name) for name in units)]
    # the manager of a user wants a folder for its sockets, which a container may not have
    place = {"XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run(line, capture_output=True, text=True, check=False, env={**os.environ, **place})
    if "Failed to initialize manager" in done.stderr:
        pytest.skip("systemd-analyze finds no manager here")
    assert (done.returncode != 0) is broken, done.stderr
    if not broken:
        assert done.stderr == ""


def test_unit_calls_the_words_it_was_given(tmp_path):
    """systemd.service(5): quoted words, with %% and $$ for % and $."""
    asked = task(tmp_path, folder='a "b" %h $HOME \\n')
    line = next(
        x for x in systemd_units(asked)["tne-demo.service"].splitlines() if x.startswith("ExecStart=")
    )
    words = [
        re.sub(r"\\(.)", r"\1", word).replace("%%", "%").replace("$$", "$")
        for word in re.findall(r'"((?:[^"\\]|\\.)*)"', line)
    ]
    assert tuple(words) == asked.command


def test_day_of_month_or_week_is_two_calendars():
    """crontab(5): if both are restricted, the command runs when either matches; systemd.time(7): both must."""
    assert cron.calendars("0 0 13 * 5") == ["*-*-13 00:00:00", "Fri *-*-* 00:00:00"]


def test_notebook_is_valid_and_names_every_failure(tmp_path):
    asked = task(tmp_path, "0 5 * * 1-5", timezone="Europe/Berlin")
    files = jupyter_files(asked)
    notebook = nbformat.reads(files["tne-demo.ipynb"], as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name  # without it the scheduler refuses the notebook
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(line.lstrip().startswith(("!", "%")) for text in code for line in text.splitlines())
    assert sum("check=True" in text for text in code) == 1
    space = {}
    exec("\n".join(code[:2]), space)
    assert tuple(space["command"]) == asked.command
    assert space["log"] == asked.log


def test_notebook_fails_with_its_command(tmp_path):
    call = (sys.executable, "-c", "print('said'); raise SystemExit(4)")
    files = jupyter_files(Task("demo", call, "0 5 * * *", tmp_path / "run.log"))
    cells = nbformat.reads(files["tne-demo.ipynb"], as_version=4).cells
    with pytest.raises(subprocess.CalledProcessError, match="exit status 4"):
        exec("\n".join(cell.source for cell in cells if cell.cell_type == "code"), {})
    assert (tmp_path / "run.log").read_text() == "said\n"


def test_job_has_what_the_scheduler_s_rest_call_takes(tmp_path):
    """Fields of CreateJobDefinition in jupyter-scheduler 2.12; the first three are required."""
    job = json.loads(jupyter_files(task(tmp_path, timezone="Europe/Berlin"))["tne-demo.job.json"])
    assert set(job) == {
        "input_uri",
        "runtime_environment_name",
        "name",
        "output_formats",
        "schedule",
        "timezone",
    }
    assert job["input_uri"] == "tne-demo.ipynb"
    assert (job["schedule"], job["timezone"]) == ("0 5 * * 1-5", "Europe/Berlin")


def test_names_of_workspaces_become_names_of_files():
    assert [safe_name(text) for text in ("demo", "Team A (EU)", "../x", "…")] == [
        "demo",
        "team-a-eu",
        "x",
        "workspace",
    ]


@pytest.mark.parametrize("form", [(), ("--systemd",), ("--jupyter",)])
def test_command_writes_files_and_says_what_is_next(tmp_path, monkeypatch, capsys, form):
    root = fake.project(tmp_path, "AA", "BB")
    monkeypatch.chdir(root)
    assert main(["schedule", "--daily", "05:30", "--market", "AA", "--write", "jobs", *form]) == 0
    shown = capsys.readouterr()
    assert {f"jobs/{p.name}" for p in (root / "jobs").iterdir()} == set(shown.out.split())
    assert "1 reports. Now:" in shown.err


def test_scheduled_command_is_one_that_tne_takes(tmp_path, monkeypatch, capsys):
    root = fake.project(tmp_path, "AA", "BB")
    monkeypatch.chdir(root)
    what = ["--market", "AA", "BB", "--report", "effectiveness", "--param", "weeks=8", "--language", "de"]
    assert main(["schedule", "--cron", "0 5 * * *", *what]) == 0
    words = shlex.split(check_cron_line(capsys.readouterr().out))
    assert words[:3] == [sys.executable, "-m", "tne.cli"]
    asked = parser().parse_args(words[3 : next(i for i, word in enumerate(words) if word.startswith(">>"))])
    assert (asked.market, asked.param, asked.language) == (["AA", "BB"], ["weeks=8"], "de")
    assert asked.workspace.is_absolute()
    assert asked.output.is_absolute()
    assert asked.notebooks == root / "notebooks" / "reports"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--cron", "0 5 * *"], "4 fields"),
        (["--daily", "5"], "no time of day"),
        (["--daily", "05:30", "--market", "ZZ"], "There is AA"),
        (["--daily", "05:30", "--timezone", "Berlin"], "no time zone"),
        (["--daily", "05:30", "--timezone", "Europe/Berlin"], "zone of its host"),
    ],
)
def test_wrong_schedules_are_said_now(tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(fake.project(tmp_path, "AA"))
    assert main(["schedule", *arguments]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("umask", [0o022, 0o000])
def test_log_is_made_for_its_owner_alone(tmp_path, monkeypatch, umask):
    """The words of a cell that failed may quote what it read."""
    root = fake.project(tmp_path, "AA")
    monkeypatch.chdir(root)
    before = os.umask(umask)
    try:
        for _ in range(2):
            assert main(["schedule", "--daily", "05:30"]) == 0
            assert (root / "data" / "demo" / "tne-run.log").stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(before)
