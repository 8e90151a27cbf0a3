"""Start the stock IPython kernel so that it never outlives the process that asked for it."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from pathlib import Path


def die_with_parent(parent: int) -> None:
    """End this process when `parent` ends: at once on Linux; elsewhere the kernel polls for it."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:  # it ended before the line above took effect
        os._exit(1)


def main() -> None:
    """Note the process id for whoever has to stop it, then become a kernel."""
    if "JPY_PARENT_PID" in os.environ and os.name == "posix":
        die_with_parent(int(os.environ["JPY_PARENT_PID"]))
    Path(os.environ["TNE_KERNEL_PID"]).write_text(str(os.getpid()), encoding="ascii")
    from ipykernel.kernelapp import launch_new_instance

    launch_new_instance()


if __name__ == "__main__":
    main()
