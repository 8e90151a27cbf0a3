"""Servers of runs that need not import anything: forked from one process of each worker that has imported everything.

`tne run` starts its server as a new interpreter, which imports for one to three seconds before it does the same for
every report. Commands that the tests start as processes of their own, all faults and all proofs have a server as users
have it; only runs inside the tests' own process have one of these.
"""

from __future__ import annotations

import functools
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from tne.runs.processes import COMMON

ROOT = Path(__file__).resolve().parents[1]
SERVER = ["-m", "tne.runs.server"]


class Server:
    """A server of a run, with what `tne.runs.processes` uses of `subprocess.Popen`."""

    def __init__(self, modules: Sequence[str], stderr: IO[bytes], env: dict[str, str]) -> None:
        (asked, ask), (answers, answer), (ended, end) = os.pipe(), os.pipe(), os.pipe()
        given = {"modules": modules, "environment": env, "folder": os.getcwd()}
        theirs = [asked, answer, stderr.fileno(), end]
        socket.send_fds(_forks(), [json.dumps(given).encode()], theirs)
        for handle in (asked, answer, end):
            os.close(handle)
        self.stdin, self.stdout, self._ended = (
            os.fdopen(ask, "wb"),
            os.fdopen(answers, "rb"),
            os.fdopen(ended),
        )
        self.pid = int(self._ended.readline())
        self._status: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        if self._status is None:
            if not select.select([self._ended], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(SERVER, timeout or 0.0)
            self._status = int(self._ended.readline())
            self._ended.close()
        return self._status

    def kill(self) -> None:
        if self._status is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


def started(line: Sequence[str], **options: Any) -> Any:
    """Start a process as `subprocess.Popen` does; a server of a run is forked."""
    if list(line[1:3]) == SERVER:
        return Server(list(line[3:]), options["stderr"], dict(options["env"]))
    return subprocess.Popen(line, **options)


@functools.cache
def _forks() -> socket.socket:
    """Start the process from which servers are forked; it ends when this one does."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        subprocess.Popen(
            [sys.executable, "-m", "tests.warm_servers", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env={**os.environ, **COMMON},
            cwd=ROOT,
        )
    return ours


def main(handle: int) -> None:
    """Import what reports need, then fork a server whenever one is asked for."""
    from tne.runs.warm import warm

    warm(["pandas", "tne"])
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # those who watch a server are nobody's to wait for
    with socket.socket(fileno=handle) as asked:
        while True:
            said, handles, *_ = socket.recv_fds(asked, 1 << 20, 4)
            if not said:
                return
            if os.fork() == 0:
                asked.close()
                _watch(json.loads(said), handles)
            for given in handles:
                os.close(given)


def _watch(asked: dict[str, Any], handles: list[int]) -> None:
    """Fork the server, say which process it is, and at its end how it ended."""
    *used, end = handles
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid == 0:
        os.close(end)
        _serve(asked, used)
    for given in used:
        os.close(given)
    os.write(end, f"{pid}\n".encode())
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with suppress(BrokenPipeError):
        os.write(end, f"{status}\n".encode())
    os._exit(0)


def _serve(asked: dict[str, Any], handles: list[int]) -> None:
    """Be the server of a run in a session, folder and environment of its own."""
    from tne.runs import server

    code = 1
    try:
        os.setsid()
        for place, given in enumerate(handles):
            os.dup2(given, place)
            os.close(given)
        os.environ.clear()
        os.environ.update(asked["environment"])
        os.chdir(asked["folder"])
        time.tzset()
        tempfile.tempdir = None  # whatever was found in another environment
        sys.argv = ["server", *asked["modules"]]
        server.main()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main(int(sys.argv[1]))
