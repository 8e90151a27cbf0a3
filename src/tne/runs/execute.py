"""Run reports side by side, each in a process of its own that leaves nothing behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tne.runs import release
from tne.runs.plan import Planned
from tne.runs.processes import COMMON, LOST, Child, processes
from tne.runs.warm import imported

ENGINES = ("tne", "kernel")
_POLL = 0.05
_GRACE = 30.0  # a stock kernel is interrupted at its own deadline first
# Variables with paths that lead to a warehouse: reports run in folders of their own.
_PATHS = (
    *("PGPASSFILE", "PGSERVICEFILE", "PGSYSCONFDIR", "PGSSLCERT", "PGSSLKEY", "PGSSLROOTCERT", "PGSSLCRL"),
    *("JAVA_HOME", "SPARK_HOME", "SPARK_CONF_DIR", "HADOOP_CONF_DIR"),
)


@dataclass(frozen=True)
class Limits:
    """How long and how large a run may get: seconds for a cell, a report and the run, bytes for the run; 0 = none."""

    cell: float = 600.0
    report: float = 3600.0
    run: float = 0.0
    memory: int = 0
    start: float = 60.0


class Interrupted(Exception):
    """SIGINT or SIGTERM has arrived; `signum` says which."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum


class Signals:
    """Hold SIGINT and SIGTERM back while a file is being replaced; `check` raises once one has come."""

    def __init__(self) -> None:
        self.signum = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Signals:
        for signum in (signal.SIGINT, signal.SIGTERM):
            self._before[signum] = signal.signal(signum, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for signum, handler in self._before.items():
            signal.signal(signum, handler)

    def _note(self, signum: int, frame: object) -> None:
        self.signum = self.signum or signum

    def check(self) -> None:
        """Raise `Interrupted` if a signal has come."""
        if self.signum:
            raise Interrupted(self.signum)


@dataclass(frozen=True)
class Executed:
    """How one execution went: `result` as the worker wrote it, its page and rows in `folder`."""

    planned: Planned
    folder: Path
    result: dict[str, Any]


@dataclass(frozen=True)
class _Task:
    """One attempt at a report; `alone` after it failed for want of memory or was killed from outside."""

    planned: Planned
    job: dict[str, Any]
    alone: bool = False


@dataclass
class _Running:
    task: _Task
    folder: Path
    child: Child
    memory: int
    asked: float = field(default_factory=time.monotonic)
    started: float = 0.0
    cell: str = ""
    cell_since: float = 0.0


def execute(
    due: Sequence[tuple[Planned, dict[str, Any]]],
    work: Path,
    *,
    jobs: int,
    done: Callable[[Executed], None],
    signals: Signals,
    started: Callable[[Planned], None] = lambda planned: None,
    cell: Callable[[Planned, str], None] = lambda planned, text: None,
    limits: Limits | None = None,
    engine: str = "tne",
    environment: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Execute reports, `jobs` at a time, and hand each to `done` as soon as it is finished.

    Parameters
    ----------
    due : sequence of (Planned, dict)
        What to execute, each with the content of its ``job.json``.
    work : Path
        Private folder; must be short, because socket paths are limited to about 100 characters.
    jobs : int
        How many at a time.
    done, started, cell : callable
        Called in this process; `done` publishes, `cell` is told which cell of a report runs.
    signals : Signals
        Checked all the time.
    limits : Limits, optional
        The memory of the run is shared equally by its jobs. A report that needs more, or whose process was killed from
        outside, is tried once more alone with all of it.
    engine : {"tne", "kernel"}
    environment : mapping
        Variables that every report gets beside those of this process.

    Raises
    ------
    Interrupted
        After every child has been stopped.
    """
    limits = limits or Limits()
    (work / "shared").mkdir(exist_ok=True)
    waiting = [_Task(planned, job) for planned, job in due]
    alone: list[_Task] = []
    running: list[_Running] = []
    begun, count = time.monotonic(), 0
    modules = imported({planned.notebook for planned, _ in due}) if len(due) > jobs else ()
    ways = processes(engine, work, modules)
    try:
        while waiting or alone or running:
            signals.check()
            if limits.run and time.monotonic() - begun > limits.run:
                for run in running:
                    ways.kill(run.child)
                _too_late([run.task for run in running] + waiting + alone, limits.run, work, done)
                running = []
                return
            if not waiting and not running and alone:
                waiting, alone, jobs = alone, [], 1
            while waiting and len(running) < jobs:
                task, count = waiting.pop(0), count + 1
                running.append(_start(ways, task, work / str(count), limits, jobs, engine, environment))
                started(task.planned)
            ways.wait(_POLL)
            for run in [r for r in running if _over(r, limits, engine, cell)]:
                running.remove(run)
                late = run.child.status is None
                ways.kill(run.child)
                result = _result(run, limits, late)
                if not run.task.alone and _worth_another(run, result, late):
                    alone.append(_Task(run.task.planned, run.task.job, alone=True))
                else:
                    done(Executed(run.task.planned, run.folder, result))
                shutil.rmtree(run.folder, ignore_errors=True)
                signals.check()
    finally:
        for run in running:
            ways.kill(run.child)
        ways.close()


def _start(
    ways: Any,
    task: _Task,
    folder: Path,
    limits: Limits,
    jobs: int,
    engine: str,
    environment: Mapping[str, str],
) -> _Running:
    memory = limits.memory // (1 if task.alone else jobs)
    (folder / "here").mkdir(parents=True)
    job = {
        **task.job,
        "engine": engine,
        "memory": memory,
        "cell_timeout": limits.cell,
        "start_timeout": limits.start,
    }
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    shutil.copyfile(task.planned.notebook, folder / "notebook.ipynb")
    variables = {**_environment(folder), **environment, **release.ask(folder, task.planned)}
    return _Running(task, folder, ways.start(folder, variables), memory)


def _environment(folder: Path) -> dict[str, str]:
    given = {name: os.environ.get(name, "") for name in _PATHS}
    return {
        **os.environ,
        **{name: os.path.abspath(path) for name, path in given.items() if path and os.path.exists(path)},
        **COMMON,
        "JUPYTER_PATH": str(folder / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(folder / "rt"),
        "IPYTHONDIR": str(folder / "ipython"),
        "TNE_KERNEL_PID": str(folder / "kernel.pid"),
        "TNE_READS": str(folder / "reads"),
        "TNE_RUN_CACHE": str(folder.parent / "shared"),
    }


def _over(run: _Running, limits: Limits, engine: str, cell: Callable[[Planned, str], None]) -> bool:
    """Say whether a report has ended or must be ended; time counts from the moment it has a process."""
    if run.child.status is not None:
        return True
    now = time.monotonic()
    if not run.child.pid:
        return now - run.asked > limits.start
    run.started = run.started or now
    with suppress(OSError):
        text = (run.folder / "cell").read_text(encoding="utf-8")
        if text != run.cell:
            run.cell, run.cell_since = text, now
            cell(run.task.planned, text)
    allowed = limits.cell + (_GRACE if engine == "kernel" else 0.0)
    return now - run.started > limits.report or bool(run.cell and now - run.cell_since > allowed)


def _result(run: _Running, limits: Limits, late: bool) -> dict[str, Any]:
    seconds = round(time.monotonic() - (run.started or time.monotonic()), 3)
    if not late:
        with suppress(OSError, ValueError):
            return {
                "seconds": seconds,
                **json.loads((run.folder / "result.json").read_text(encoding="utf-8")),
            }
    where = run.cell or "The start"
    with suppress(OSError):
        where = (run.folder / "cell").read_text(encoding="utf-8")
    failed = {"ok": False, "seconds": seconds}
    if late and seconds > limits.report:
        return failed | {
            "cause": "timeout",
            "reason": f"The report took longer than {limits.report:g} s. {where} was the last.",
        }
    if late and not run.child.pid:
        reason = f"The process that starts reports did not answer for {limits.start:g} s."
        return failed | {"cause": "kernel", "reason": reason}
    if late:
        return failed | {"cause": "timeout", "reason": f"{where} took longer than {limits.cell:g} s."}
    log: list[str] = []
    with suppress(OSError):
        log = (run.folder / "log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
    reason = f"The process of the report ended with {_told(run.child.status)}. {where} was the last."
    return failed | {"cause": "kernel", "reason": reason, "detail": " ".join(log[-1:])}


def _told(status: int | None) -> str:
    if status is None or status >= 0:
        return f"exit code {status}"
    with suppress(ValueError):
        return f"signal {signal.Signals(-status).name}"
    return "its server"


def _worth_another(run: _Running, result: dict[str, Any], late: bool) -> bool:
    if result["ok"] or late:
        return False
    return result["cause"] == "memory" or run.child.status in (LOST, -signal.SIGKILL)


def _too_late(tasks: list[_Task], seconds: float, work: Path, done: Callable[[Executed], None]) -> None:
    reason = f"The run took longer than {seconds:g} s."
    for task in tasks:
        done(
            Executed(task.planned, work, {"ok": False, "cause": "timeout", "reason": reason, "seconds": 0.0})
        )
