"""How does the process of one report begin and end? Forked from a warm server, or started afresh."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast

LOST = -9999  # how a child ended whose server was killed: through no fault of its own
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
COMMON = {
    **dict.fromkeys(_ONE_THREAD, "1"),
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "PYTHONHASHSEED": "0",
    "SOURCE_DATE_EPOCH": "0",
    "JUPYTER_PLATFORM_DIRS": "1",
}
_STARTS = 3
_ANSWER = 5.0  # seconds in which a server that is well says that a killed child has ended


def can_fork() -> bool:
    """Return whether this system can fork a warm process safely."""
    return hasattr(os, "fork") and hasattr(os, "waitid") and sys.platform != "darwin"


class Child:
    """A process of one report: `pid` once it runs, `status` once it has ended."""

    pid: int = 0
    status: int | None = None


class Forked:
    """Children forked by a server.

    It first imports `modules`, which pays once there are more reports than jobs; without any, each child imports what
    its notebook needs.
    """

    def __init__(self, work: Path, modules: Sequence[str] = ()) -> None:
        self._modules = modules
        self._log = work / "server.log"
        self._server: subprocess.Popen[bytes] | None = None
        self._children: dict[int, Child] = {}
        self._asked = self._starts = 0
        self._pending = b""
        self._start_server()

    def start(self, folder: Path, environment: Mapping[str, str]) -> Child:
        """Ask for a child that makes the report of `folder`."""
        if self._server is None:
            self._start_server()
        self._asked += 1
        child = self._children[self._asked] = Child()
        request = {"id": self._asked, "folder": str(folder), "environment": dict(environment)}
        try:
            self._server.stdin.write(json.dumps(request).encode() + b"\n")  # type: ignore[union-attr]
            self._server.stdin.flush()  # type: ignore[union-attr]
        except BrokenPipeError:
            self._lost()
        return child

    def wait(self, seconds: float) -> None:
        """Take in what the server says, for at most `seconds`."""
        if self._server is None:
            return
        out = cast(IO[bytes], self._server.stdout)
        if not select.select([out], [], [], seconds)[0]:
            return
        data = os.read(out.fileno(), 65536)
        if not data:
            self._lost()
            return
        *lines, self._pending = (self._pending + data).split(b"\n")
        for line in lines:
            said = json.loads(line)
            child = self._children.get(said.get("id"))
            if child is not None:
                child.pid = said["pid"]
                if "status" in said:
                    child.status = said["status"]
                    del self._children[said["id"]]

    def kill(self, child: Child) -> None:
        """Kill a child with its group and wait until the server has seen it end."""
        if child.status is None and not child.pid:
            self._lost()  # it has not been forked yet: a server that still imports, or stands still, is not waited for
        if child.status is None and child.pid:
            with suppress(OSError):
                os.killpg(child.pid, signal.SIGKILL)
            until = time.monotonic() + _ANSWER
            while child.status is None and self._server is not None:
                self.wait(0.05)
                if time.monotonic() > until:
                    self._lost()

    def close(self) -> None:
        """End the server, which stops what is left of its children."""
        if self._server is None:
            return
        with suppress(OSError):
            self._server.stdin.close()  # type: ignore[union-attr]
        try:
            self._server.wait(10)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        self._server.stdout.close()  # type: ignore[union-attr]
        self._server = None

    def _start_server(self) -> None:
        self._starts += 1
        if self._starts > _STARTS:
            raise RuntimeError(
                f"The process that starts reports has ended {_STARTS} times.{self._last_words()}"
            )
        self._pending = b""
        with self._log.open("wb") as log:
            self._server = subprocess.Popen(
                [sys.executable, "-m", "tne.runs.server", *self._modules],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, **COMMON},
                start_new_session=True,
            )

    def _lost(self) -> None:
        """The server is gone: its children die with it, and what they started is stopped here."""
        server, self._server = self._server, None
        if server is not None:
            server.kill()
            server.wait()
            for pipe in (server.stdin, server.stdout):
                with suppress(OSError):
                    pipe.close()  # type: ignore[union-attr]
        for child in self._children.values():
            if child.pid:
                with suppress(OSError):
                    os.killpg(child.pid, signal.SIGKILL)
            child.status = LOST
        self._children.clear()

    def _last_words(self) -> str:
        with suppress(OSError):
            lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            return " " + lines[-1] if lines else ""
        return ""


class Spawned:
    """Children that start as a new interpreter, each with a stock kernel."""

    def __init__(self, work: Path) -> None:
        self._processes: dict[Child, tuple[subprocess.Popen[bytes], Path]] = {}

    def start(self, folder: Path, environment: Mapping[str, str]) -> Child:
        """Start a process that makes the report of `folder`."""
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tne.runs.worker", str(folder)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=folder / "here",
                env=dict(environment),
                start_new_session=True,
            )
        child = Child()
        child.pid = process.pid
        self._processes[child] = process, folder
        return child

    def wait(self, seconds: float) -> None:
        """Wait for any child to end, for about `seconds`."""
        for child, (process, _) in list(self._processes.items()):
            with suppress(subprocess.TimeoutExpired):
                status = process.wait(seconds / max(1, len(self._processes)))
                self._ended(child, status)

    def kill(self, child: Child) -> None:
        """Kill a child with its group, then its kernel with its group."""
        if child.status is None:
            process, _ = self._processes[child]
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL) if os.name == "posix" else process.kill()
            self._ended(child, process.wait())

    def close(self) -> None:
        """Stop what is left."""
        for child in list(self._processes):
            self.kill(child)

    def _ended(self, child: Child, status: int) -> None:
        from tne.runs.notebook import stop_kernel

        process, folder = self._processes.pop(child)
        stop_kernel(folder)
        if process.stdin:
            process.stdin.close()
        child.status = status


def processes(engine: str, work: Path, modules: Sequence[str]) -> Any:
    """Return what starts and stops the processes of an engine."""
    return Forked(work, modules) if engine == "tne" else Spawned(work)
