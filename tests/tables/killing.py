"""An import that is killed: at its n-th touch of a file in the workspace, or after some time."""

from __future__ import annotations

import functools
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

_TOUCHES = ("open", "os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "shutil.rmtree")


def _import(root: str, export: str, answers: dict[str, str], config: str, last: int, told: object) -> None:
    """Import in a process of its own, which kills itself at touch `last` (0: never)."""
    os.environ["TNE_CONFIG_HOME"] = config
    from tne.tables.importers import import_known

    touches = 0

    def touch(event: str, given: tuple[object, ...]) -> None:
        nonlocal touches
        if event in _TOUCHES and str(given[0]).startswith(root):
            touches += 1
            if touches == last:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(touch)
    told.send(0)
    import_known(export, root, answers)
    told.send(touches)


@functools.cache
def _processes() -> multiprocessing.context.BaseContext:
    # Children of a server that has the libraries loaded and no threads: cheap, and safe to fork.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tne.tables.importers", "pandera.pandas", "pyarrow.parquet"])
    return context


def killed(
    root: Path, export: Path, answers: dict[str, str], *, at: int = 0, after: float | None = None
) -> tuple[int | None, int]:
    """Import in another process and kill it.

    Returns
    -------
    exit code, touches : int
        -9 if the kill met it; how often it touched the workspace if it came to its end.
    """
    ours, theirs = _processes().Pipe(duplex=False)
    given = (str(root), str(export), answers, os.environ["TNE_CONFIG_HOME"], at, theirs)
    child = _processes().Process(target=_import, args=given)
    child.start()
    theirs.close()
    touches = 0
    try:
        ours.recv()
        if after is not None:
            time.sleep(after)
            child.kill()
        touches = ours.recv()
    except EOFError:
        pass
    child.join()
    return child.exitcode, touches


def chosen(count: int, among: Sequence[int], chance: object) -> list[int]:
    """Return some of the touches, the last ones (the moves) always among them."""
    return sorted({*chance.sample(list(among), min(count - 2, len(among))), *among[-2:]})
