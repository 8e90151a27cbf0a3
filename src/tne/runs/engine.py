"""The papermill engine ``tne``: cells run in an IPython shell inside the calling process, without a kernel or sockets.

papermill imports every installed engine at its start, so this module imports nothing heavy.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from papermill.engines import Engine

NAME = "tne"


class TneEngine(Engine):  # type: ignore[misc]  # papermill has no types
    """Execute a notebook of Python cells in this process; ``papermill --engine tne``.

    `tne run` calls it in a process forked for each report. Whoever calls it otherwise gives it a process of its own:
    what a notebook changes in its process stays changed.
    """

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        execution_timeout: float | None = None,
        on_cell_start: Callable[..., Any] | None = None,
        **_: Any,
    ) -> None:
        """Execute the cells in order until one fails.

        Parameters
        ----------
        nb_man : NotebookExecutionManager
            papermill's record of the execution.
        kernel_name : str
            Ignored: there is no kernel.
        execution_timeout : float, optional
            Seconds a cell may take; then `nbclient.exceptions.CellTimeoutError` is raised.
        on_cell_start : callable, optional
            Called with ``cell=…, cell_index=…`` before each cell.
        """
        from tne.runs.shell import new_shell, run_cell

        language = nb_man.nb.metadata.get("kernelspec", {}).get("language", "python")
        if language != "python":
            raise ValueError(
                f"The engine `tne` runs Python, this notebook is in {language}. Use `--engine kernel`."
            )
        shell, recorder = new_shell()
        for index, cell in enumerate(nb_man.nb.cells):
            tags = cell.metadata.get("tags", [])
            skipped = cell.cell_type != "code" or not cell.source.strip() or "skip-execution" in tags
            try:
                nb_man.cell_start(cell, index)
                if on_cell_start is not None:
                    on_cell_start(cell=cell, cell_index=index)
                if skipped:
                    continue
                count = shell.execution_count
                with _deadline(execution_timeout, index):
                    good, cell.outputs = run_cell(shell, recorder, cell.source)
                cell.execution_count = count
                if not good and "raises-exception" not in tags:
                    nb_man.cell_exception(cell, cell_index=index, exception=None)
                    break
            finally:
                nb_man.cell_complete(cell, cell_index=index)


@contextmanager
def _deadline(seconds: float | None, index: int) -> Iterator[None]:
    """Interrupt a cell that takes too long, and again every second if it swallows that."""
    usable = (
        seconds and hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    )
    if not usable:
        yield
        return
    from nbclient.exceptions import CellTimeoutError

    late = []

    def interrupt(*_: Any) -> None:
        late.append(True)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, cast(float, seconds), 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    if late:
        raise CellTimeoutError(f"Cell {index} took longer than {seconds:g} s.")
