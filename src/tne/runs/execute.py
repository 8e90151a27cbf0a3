"""Run reports side by side, each in processes of its own that leave nothing behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tne.runs.plan import Planned

CELL_TIMEOUT, REPORT_TIMEOUT, START_TIMEOUT = 600.0, 3600.0, 60.0
_POLL = 0.03
_WORK = "tne-"
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


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


@dataclass
class _Running:
    planned: Planned
    folder: Path
    process: subprocess.Popen[bytes]
    started: float


def execute(
    due: Sequence[tuple[Planned, dict[str, Any]]],
    work: Path,
    *,
    jobs: int,
    done: Callable[[Executed], None],
    signals: Signals,
    started: Callable[[Planned], None] = lambda planned: None,
    report_timeout: float = REPORT_TIMEOUT,
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
    done, started : callable
        Called in this process; `done` publishes.
    signals : Signals
        Checked all the time.
    report_timeout : float
        Seconds after which a whole report is stopped.

    Raises
    ------
    Interrupted
        After every child has been stopped.
    """
    waiting, running = list(due), []
    try:
        while waiting or running:
            signals.check()
            while waiting and len(running) < jobs:
                planned, job = waiting.pop(0)
                started(planned)
                running.append(_start(planned, job, work / str(len(due) - len(waiting))))
            for run in [r for r in running if _finished(r, report_timeout)]:
                running.remove(run)
                done(Executed(run.planned, run.folder, _result(run, report_timeout)))
                shutil.rmtree(run.folder, ignore_errors=True)
                signals.check()
            time.sleep(_POLL if running else 0)
    finally:
        for run in running:
            _stop(run)


def _start(planned: Planned, job: dict[str, Any], folder: Path) -> _Running:
    (folder / "here").mkdir(parents=True)
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    shutil.copyfile(planned.notebook, folder / "notebook.ipynb")
    kernel = folder / "jupyter" / "kernels" / "tne"
    kernel.mkdir(parents=True)
    # An own kernel description: one found by name may belong to another Python.
    command = [sys.executable, "-m", "tne.runs.kernel", "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(
        json.dumps({"argv": command, "display_name": "tne", "language": "python"}), encoding="utf-8"
    )
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "tne.runs.worker", str(folder)],
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        cwd=folder / "here",
        env=_environment(folder, planned),
        start_new_session=True,
    )
    log.close()
    return _Running(planned, folder, process, time.monotonic())


def _environment(folder: Path, planned: Planned) -> dict[str, str]:
    return {
        **os.environ,
        **dict.fromkeys(_ONE_THREAD, "1"),
        "JUPYTER_PATH": str(folder / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(folder / "rt"),
        "JUPYTER_PLATFORM_DIRS": "1",
        "IPYTHONDIR": str(folder / "ipython"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONHASHSEED": "0",
        "SOURCE_DATE_EPOCH": "0",
        "TNE_KERNEL_PID": str(folder / "kernel.pid"),
        "TNE_RUN_ID": planned.run_id,
    }


def _finished(run: _Running, report_timeout: float) -> bool:
    return run.process.poll() is not None or time.monotonic() - run.started > report_timeout


def _result(run: _Running, report_timeout: float) -> dict[str, Any]:
    late = run.process.poll() is None
    _stop(run)
    seconds = round(time.monotonic() - run.started, 3)
    try:
        if not late:
            return {
                "seconds": seconds,
                **json.loads((run.folder / "result.json").read_text(encoding="utf-8")),
            }
    except (OSError, ValueError):
        pass
    cell = run.folder / "cell"
    where = cell.read_text(encoding="utf-8") if cell.is_file() else "The start of the kernel"
    if late:
        reason = f"The report took longer than {report_timeout:g} s. {where} was the last."
        return {"ok": False, "cause": "timeout", "reason": reason, "seconds": seconds}
    log = (run.folder / "log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
    reason = f"The worker process ended with {run.process.returncode}. {where} was the last."
    return {
        "ok": False,
        "cause": "kernel",
        "reason": reason,
        "detail": " ".join(log[-1:]),
        "seconds": seconds,
    }


def _stop(run: _Running) -> None:
    """Kill the worker with its group, then its kernel with its group, and wait until both are gone."""
    from tne.runs.worker import stop_kernel

    if run.process.poll() is None:
        try:
            os.killpg(run.process.pid, signal.SIGKILL)
        except OSError:
            run.process.kill()
        run.process.wait()
    stop_kernel(run.folder)
    if run.process.stdin:
        run.process.stdin.close()


def work_folder(cache: Path) -> Path:
    """Return a new private folder, noted in `cache`, and remove the one that a killed run has left."""
    noted = cache / "work"
    with suppress(OSError):
        left = Path(noted.read_text(encoding="utf-8"))
        if left.name.startswith(_WORK) and not left.is_symlink():
            shutil.rmtree(left, ignore_errors=True)
    place = tempfile.gettempdir()
    # The paths of sockets in it are limited to about 100 characters.
    if len(place) > 60 and os.path.isdir("/tmp"):
        place = "/tmp"
    work = Path(tempfile.mkdtemp(prefix=_WORK, dir=place))
    noted.write_text(str(work), encoding="utf-8")
    return work


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
