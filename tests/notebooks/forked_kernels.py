"""Kernels that need not import anything: ``pytest -p tests.notebooks.forked_kernels`` forks them from one process.

Each notebook has a kernel of its own, which would import the same things for three seconds.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any

# As in `tne.runs.warm`: JSON schema's format checks would spend a second on a grammar of addresses.
sys.modules.setdefault("rfc3987_syntax", None)

from jupyter_client.provisioning import local_provisioner  # noqa: E402

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.notebooks.preloaded", __name__])


def kernel(connection: str, environment: dict[str, str], folder: str, begun: Connection) -> None:
    """Be a kernel in a session of its own, until it is told to end or its parent has gone."""
    from ipykernel.kernelapp import IPKernelApp

    os.setsid()
    os.environ.clear()
    os.environ.update(environment, JPY_PARENT_PID=str(os.getppid()))
    os.chdir(folder)
    begun.send(os.getpid())
    begun.close()
    IPKernelApp.launch_instance(["-f", connection])


class Forked:
    """A kernel as jupyter_client starts it, with what that uses of `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, command: list[str], *, env: Mapping[str, str], cwd: str | None = None, **_: Any):
        heard, begun = FORKS.Pipe(duplex=False)
        given = (command[-1], dict(env), str(cwd or os.getcwd()), begun)
        self._process = FORKS.Process(target=kernel, args=given)
        self._process.start()
        begun.close()
        heard.recv()  # from here on its process group is its own, and may be killed
        self.pid = self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self) -> int | None:
        self._process.join()
        return self._process.exitcode

    def send_signal(self, signum: int) -> None:
        os.kill(self.pid, signum)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


local_provisioner.launch_kernel = Forked
