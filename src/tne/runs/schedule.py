"""When does a run happen by itself? Text for cron, for systemd, and for JupyterLab's scheduler; installs nothing."""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tne.runs import cron
from tne.runs.outcome import UsageError


@dataclass(frozen=True)
class Task:
    """What is to be run, and when.

    Parameters
    ----------
    name : str
        Of the workspace; letters, digits, ``-`` and ``_`` (see `safe_name`).
    command : tuple of str
        Absolute, see `command`.
    cron : str
        Five fields.
    log : Path
        File that takes the lines of every run; private, like the workspace.
    timezone : str
        ``"Europe/Berlin"``, "" for the host's (for Jupyter: UTC).
    """

    name: str
    command: tuple[str, ...]
    cron: str
    log: Path
    timezone: str = ""


def safe_name(text: str) -> str:
    """Return `text` as a part of a file name.

    Examples
    --------
    >>> safe_name("Team A (EU)")
    'team-a-eu'
    """
    return re.sub(r"[^a-z0-9_]+", "-", text.lower()).strip("-") or "workspace"


def command(workspace: Path, notebooks: Path, output: Path, further: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the call of this very installation; every path is absolute, for a scheduler has no current folder."""
    # not resolved: the interpreter of a virtual environment is a link
    python = str(Path(sys.executable).absolute())
    places = [("--workspace", workspace), ("--notebooks", notebooks), ("--output", output)]
    given = [text for name, path in places for text in (name, str(path.absolute()))]
    return (python, "-m", "tne.cli", "run", *given, *further)


def cron_line(task: Task) -> str:
    """Return one line for ``crontab -e``; cron mails a line only if a run fails.

    Raises
    ------
    UsageError
        For what no crontab can hold.
    """
    cron.fields(task.cron)
    if task.timezone:
        raise UsageError(
            "cron runs in the zone of its host. Drop --timezone, or take --systemd or --jupyter."
        )
    call, log = shlex.join(task.command), shlex.quote(str(task.log))
    line = f'{call} >>{log} 2>&1 || echo "tne: exit $?, see" {log}'
    # cron reads % as the end of the line, within quotes too; and crons differ in what a backslash means
    if "\\" in line or not line.isprintable():
        raise UsageError("A path with a backslash or a line break cannot stand in a crontab. Take --systemd.")
    return f"{' '.join(task.cron.split())} {line.replace('%', chr(92) + '%')}\n"


def cron_files(task: Task) -> dict[str, str]:
    """Return the line of `cron_line`, by the name of a file for it."""
    return {f"tne-{task.name}.cron": cron_line(task)}


def zone(name: str) -> str:
    """Return `name` if it is a time zone (or ""), else raise `UsageError`."""
    from zoneinfo import available_timezones

    if name and name not in available_timezones():
        raise UsageError(f"{name!r} is no time zone. Write it as Europe/Berlin.")
    return name


def next_step(task: Task, folder: Path, names: Sequence[str]) -> str:
    """Return what a person does with the files."""
    if any(name.endswith(".timer") for name in names):
        timer = f"tne-{task.name}.timer"
        units = " ".join(shlex.quote(str(folder / name)) for name in names)
        return f"Now: systemctl --user link {units} && systemctl --user enable --now {timer}"
    if any(name.endswith(".ipynb") for name in names):
        return "Now: right-click on the notebook in JupyterLab, Create Notebook Job, Run on a schedule."
    return f"Now: (crontab -l; cat {shlex.quote(str(folder / names[0]))}) | crontab -"


def systemd_units(task: Task) -> dict[str, str]:
    """Return the text of a user's service and timer, by file name."""
    name = f"tne-{task.name}"
    if not all(text.isprintable() for text in (*task.command, str(task.log))):
        raise UsageError("A path with a line break cannot stand in a unit of systemd. Rename it.")
    call = " ".join(_unit_word(word) for word in task.command)
    log = str(task.log).replace("%", "%%")
    service = (
        f"[Unit]\nDescription=Reports of tne for {task.name}\n\n"
        f"[Service]\nType=oneshot\nExecStart={call}\nNice=10\n"
        f"StandardOutput=append:{log}\nStandardError=append:{log}\n"
    )
    when = "\n".join(f"OnCalendar={text}" for text in cron.calendars(task.cron, task.timezone))
    timer = (
        f"[Unit]\nDescription=When the reports of tne for {task.name} are made\n\n"
        # a run that was missed while the host was off happens when it is on again
        f"[Timer]\n{when}\nPersistent=true\n\n[Install]\nWantedBy=timers.target\n"
    )
    return {f"{name}.service": service, f"{name}.timer": timer}


def _unit_word(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def jupyter_files(task: Task) -> dict[str, str]:
    """Return a notebook that makes the run, and the job definition that JupyterLab's scheduler takes by REST."""
    cron.fields(task.cron)
    name = f"tne-{task.name}"
    words = json.dumps(list(task.command), indent=4, ensure_ascii=False)
    cells = [
        _cell("markdown", "q", "# Which reports are due?\n\nMakes them, and fails if one of them fails."),
        _cell("code", "imports", "import subprocess\nfrom pathlib import Path"),
        _cell("markdown", "c", "The call, and the file that takes its lines."),
        _cell(
            "code", "call", f"command = {words}\nlog = Path({json.dumps(str(task.log), ensure_ascii=False)})"
        ),
        _cell("markdown", "r", "A failed run ends this cell with its exit code, so that the job fails too."),
        _cell(
            "code",
            "run",
            'with log.open("ab") as lines:\n'
            "    subprocess.run(command, check=True, stdout=lines, stderr=subprocess.STDOUT)",
        ),
    ]
    # the scheduler refuses a notebook without the name of a kernel
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    job = {
        "name": name,
        "input_uri": f"{name}.ipynb",
        "runtime_environment_name": _environment(),
        "output_formats": ["ipynb"],
        "schedule": " ".join(task.cron.split()),
        "timezone": task.timezone or "UTC",
    }
    return {
        f"{name}.ipynb": json.dumps(notebook, indent=1, ensure_ascii=False) + "\n",
        f"{name}.job.json": json.dumps(job, indent=1, ensure_ascii=False) + "\n",
    }


def _environment() -> str:
    """Return what the scheduler calls this environment: conda's name for it, else the name of the interpreter."""
    home = Path(sys.prefix)
    return home.name if (home / "conda-meta").is_dir() else Path(sys.executable).name


def _cell(kind: str, name: str, text: str) -> dict[str, object]:
    made: dict[str, object] = {"cell_type": kind, "id": name, "metadata": {}, "source": text}
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {})
