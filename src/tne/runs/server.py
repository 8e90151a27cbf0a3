"""A warm process that forks one child per report: what notebooks use is imported once per run.

Started as ``python -m tne.runs.server [MODULE …]`` by the run, which writes one JSON object per line to its
standard input (``{"id", "folder", "environment"}``) and reads ``{"id", "pid"}`` and ``{"id", "pid", "status"}`` from
its standard output. It has one thread, opens no DuckDB, Arrow or file of the workspace, and ends when its input does,
with every child.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import selectors
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from tne.runs.warm import basic, warm

_SUBREAPER, _PARENT_DEATH = 36, 1  # prctl


def main() -> None:
    """Import, then fork on request until the standard input closes."""
    replies = os.dup(1)
    os.dup2(2, 1)  # whatever an import prints goes to the log
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, signal.SIG_IGN)  # the run decides, and closes our input
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SUBREAPER, 1)  # what a cell leaves behind becomes ours to stop
        ctypes.CDLL(None).prctl(_PARENT_DEATH, signal.SIGKILL)  # while nobody reads our input
    warm(sys.argv[1:]) if sys.argv[1:] else basic()
    gc.collect()
    gc.freeze()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(
            _PARENT_DEATH, 0
        )  # from here on the end of our input says it, and all is stopped
    _serve(replies)


def _serve(replies: int) -> None:
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    children: dict[int, dict[str, Any]] = {}
    pending = b""
    with selectors.DefaultSelector() as ready:
        ready.register(0, selectors.EVENT_READ)
        ready.register(woken, selectors.EVENT_READ)
        _say(replies, {"ready": os.getpid()})
        while True:
            for key, _ in ready.select():
                if key.fd == woken:
                    with suppress(BlockingIOError):
                        os.read(woken, 4096)
                    continue
                data = os.read(0, 65536)
                if not data:
                    _stop_all(children)
                    return
                *lines, pending = (pending + data).split(b"\n")
                for line in filter(None, lines):
                    request = json.loads(line)
                    pid = _fork(request, (replies, woken, wake))
                    children[pid] = request
                    _say(replies, {"id": request["id"], "pid": pid})
            _reap(children, replies)


def _say(replies: int, message: dict[str, Any]) -> None:
    with suppress(BrokenPipeError):
        os.write(replies, json.dumps(message).encode() + b"\n")


def _fork(request: dict[str, Any], not_yours: tuple[int, ...]) -> int:
    server = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        _become(request, not_yours, server)
        from tne.runs.worker import main as make

        make(Path(request["folder"]))
        code = 0
    finally:
        with suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)
    raise AssertionError("unreachable")


def _become(request: dict[str, Any], not_yours: tuple[int, ...], server: int) -> None:
    """Turn the fork into a process of its own: group, signals, files, environment, random numbers."""
    signal.set_wakeup_fd(-1)
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(signum, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.setsid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DEATH, signal.SIGKILL)
    if os.getppid() != server:
        os._exit(1)
    for handle in not_yours:
        os.close(handle)
    folder = Path(request["folder"])
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    log = os.open(folder / "log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(folder / "here")
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()  # the fork would repeat the numbers of its siblings
    sys.modules["random"].seed()


def _reap(children: dict[int, dict[str, Any]], replies: int) -> None:
    """Say which children have ended, after whatever they started has been stopped."""
    while True:
        try:
            seen = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if seen is None:
            return
        # The process is not collected yet, so its number is still its own group's.
        request = children.pop(seen.si_pid, None)
        if request is not None:
            with suppress(OSError):
                os.killpg(seen.si_pid, signal.SIGKILL)
        _, status = os.waitpid(seen.si_pid, 0)
        if request is not None:
            _stop_orphans(request["folder"], children)
            code = os.waitstatus_to_exitcode(status)
            _say(replies, {"id": request["id"], "pid": seen.si_pid, "status": code})


def _stop_orphans(folder: str, children: dict[int, dict[str, Any]]) -> None:
    """Stop processes that left the group of the report in `folder` and have become children of this one."""
    with suppress(OSError):
        listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        for pid in map(int, listed):
            if pid in children:
                continue
            with suppress(OSError):
                # what was forked and has executed nothing still shows the environment of this process
                if not children or folder.encode() in Path(f"/proc/{pid}/environ").read_bytes():
                    os.kill(pid, signal.SIGKILL)


def _stop_all(children: dict[int, dict[str, Any]]) -> None:
    for pid in children:
        with suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
        with suppress(OSError):
            os.waitpid(pid, 0)
    _stop_orphans("", {})


if __name__ == "__main__":
    main()
