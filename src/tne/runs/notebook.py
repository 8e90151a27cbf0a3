"""Execute one notebook through papermill: its cells, or how it failed in words that may be shared."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
from pathlib import Path
from typing import Any

STARTS = 3
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_FRAME = re.compile(r"^\s*(?:File |Cell )(\S+?)(?::\d+|, line \d+)", re.MULTILINE)
_MARKED = re.compile(r"^-*> *\d+ +(.*)$", re.MULTILINE)
_CONTRACT = frozenset({"ContractError", "SchemaError", "SchemaErrors"})
_GATE = frozenset({"DisclosureError", "Refused"})
_MEMORY = frozenset(
    {"MemoryError", "_ArrayMemoryError", "ArrowMemoryError", "OutOfMemoryException", "OutOfMemoryError"}
)


def execute(folder: Path, job: dict[str, Any]) -> tuple[list[Any], dict[str, Any] | None]:
    """Execute the notebook; return its cells, or how it failed.

    A kernel that does not start is tried again, but never once a cell has run.
    """
    import nbformat
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    source = folder / "notebook.ipynb"
    starts = STARTS if job["engine"] == "kernel" else 1
    titles = cell_titles(nbformat.read(source, as_version=4).cells)  # type: ignore[no-untyped-call]
    for attempt in range(starts):
        at = {"cell": -1}

        def begin(cell: Any, cell_index: int, at: dict[str, int] = at) -> None:
            # papermill has put one cell with the parameters behind those of the notebook
            at["cell"] += "injected-parameters" not in cell.metadata.get("tags", [])
            tell(folder, titles[max(at["cell"], 0)])

        try:
            how = _in_this_process() if job["engine"] == "tne" else _in_a_kernel(folder, job, attempt)
            cells = _papermill(source, folder, job, {**how, "on_cell_start": begin}).cells
            if stopped := _stopped(cells):  # papermill takes `sys.exit(0)` for success
                reason = f"{titles[max(at['cell'], 0)]}: {stopped}"
                return [], {"ok": False, "cause": "cell", "reason": reason}
            return cells, None
        except PapermillExecutionError as error:
            return [], _cell_failed(error, titles[max(at["cell"], 0)])
        except CellTimeoutError:
            reason = f"{titles[max(at['cell'], 0)]} took longer than {job['cell_timeout']:g} s."
            return [], {"ok": False, "cause": "timeout", "reason": reason}
        except DeadKernelError:
            reason = f"The kernel died in {_lower(titles[max(at['cell'], 0)])}."
            return [], {"ok": False, "cause": "kernel", "reason": reason}
        except Exception as error:
            if at["cell"] < 0 and attempt < starts - 1:
                time.sleep(0.2 * (attempt + 1))
                continue
            where = f"stopped in {_lower(titles[at['cell']])}" if at["cell"] >= 0 else "did not start"
            detail = f"{type(error).__name__}: {error}"
            return [], {"ok": False, "cause": "kernel", "reason": f"The kernel {where}.", "detail": detail}
        finally:
            # what a cell has left running in its group, now, while the group's number is surely still its own
            stop_kernel(folder)
    raise AssertionError("unreachable: the last attempt returns")


def _papermill(source: Path, folder: Path, job: dict[str, Any], how: dict[str, Any]) -> Any:
    from papermill import execute_notebook

    return execute_notebook(
        str(source),
        None,
        parameters=job["parameters"],
        kernel_name="tne",
        language="python",
        progress_bar=False,
        request_save_on_cell_execute=False,
        cwd=str(folder / "here"),
        **how,
    )


def _in_this_process() -> dict[str, Any]:
    """The run that started this process watches the clock: it can stop even a cell that swallows interrupts."""
    from papermill.engines import papermill_engines

    from tne.runs.engine import NAME, TneEngine

    papermill_engines.register(NAME, TneEngine)  # also where the package lies beside its metadata
    return {"engine_name": NAME}


def _in_a_kernel(folder: Path, job: dict[str, Any], attempt: int) -> dict[str, Any]:
    from traitlets.config import Config

    # An own kernel description: one found by name may belong to another Python.
    kernel = folder / "jupyter" / "kernels" / "tne"
    kernel.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tne.runs.kernel", "-f", "{connection_file}"]
    description = {"argv": command, "display_name": "tne", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(description), encoding="utf-8")
    config = Config()
    config.KernelManager.connection_file = str(folder / f"k{attempt}.json")
    if os.name == "posix":
        # One private socket path per start: shared default paths and free ports collide in parallel starts.
        config.KernelManager.transport = "ipc"
        config.KernelManager.ip = str(folder / f"k{attempt}")
    return {
        "config": config,
        "start_timeout": job["start_timeout"],
        "execution_timeout": job["cell_timeout"],
        "force_raise_errors": True,
        "shutdown_kernel": "immediate",
        "record_timing": False,
    }


def cell_titles(cells: list[Any]) -> list[str]:
    """Name each cell for messages: its place among the code cells and the heading above it."""
    titles, heading, code = [], "", 0
    for cell in cells:
        if cell.cell_type == "markdown":
            heads = [line.lstrip("# ").strip() for line in cell.source.splitlines() if line.startswith("#")]
            heading = heads[-1] if heads else heading
        code += cell.cell_type == "code"
        titles.append(f"Code cell {max(code, 1)}" + (f" (under “{heading}”)" if heading else ""))
    return [*titles, titles[-1]]


def _stopped(cells: list[Any]) -> str:
    """Return the name of the error that stands in the outputs, "" if there is none."""
    outputs = (output for cell in cells if cell.cell_type == "code" for output in cell.outputs)
    return next((output.ename for output in outputs if output.output_type == "error"), "")


def _lower(title: str) -> str:
    return title[0].lower() + title[1:]


def _cell_failed(error: Any, title: str) -> dict[str, Any]:
    """Say what failed. The manifest and the index are shared, so a message may enter them only if a `raise` or
    `assert` of the project made it: those never hold data. Others may quote a value and go to the terminal."""
    detail = f"{error.ename}: {error.evalue}"
    trace = _ANSI.sub("", "\n".join(error.traceback))
    frames, marked = _FRAME.findall(trace), _MARKED.findall(trace)
    last = os.path.expanduser(frames[-1]) if frames else "In["
    home = Path(__file__).resolve().parents[1]
    written = bool(marked) and marked[-1].startswith(("raise ", "assert "))
    own = written and last.startswith(("In[", str(home)))
    if error.ename in _MEMORY:
        return {
            "ok": False,
            "cause": "memory",
            "reason": f"{title}: the memory was not enough.",
            "detail": detail,
        }
    contract = error.ename in _CONTRACT or (
        error.ename == "ValueError" and last.startswith(str(home / "tables"))
    )
    cause = "contract" if contract else "gate" if error.ename in _GATE else "cell"
    said = detail if own else error.ename
    return {"ok": False, "cause": cause, "reason": f"{title}: {said}", "detail": detail}


def tell(folder: Path, where: str) -> None:
    """Note which cell runs, for the run that watches the clock; it never reads half a line."""
    scratch = folder / "cell.tmp"
    scratch.write_text(where, encoding="utf-8")
    scratch.replace(folder / "cell")


def stop_kernel(folder: Path) -> None:
    """Kill the kernel of `folder` and whatever its cells have started, if there is one."""
    noted = folder / "kernel.pid"
    try:
        group = int(noted.read_text(encoding="ascii"))
        noted.unlink()
        os.killpg(group, signal.SIGKILL)
    except (OSError, ValueError):
        return
