"""One report in a process of its own: execute the notebook through papermill and turn it into a page.

Started as ``python -m tne.runs.worker FOLDER``. The folder holds ``job.json`` and ``notebook.ipynb``; the
worker adds ``page.html`` and ``rows.json``, and at last ``result.json``.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

STARTS = 3
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_FRAME = re.compile(r"^\s*(?:File |Cell )(\S+?)(?::\d+|, line \d+)", re.MULTILINE)
_MARKED = re.compile(r"^-*> *\d+ +(.*)$", re.MULTILINE)
_PEOPLE = frozenset({"moderator_id", "auditor_id", "rater_id", "trainer_id"})
_CONTRACT = frozenset({"ContractError", "SchemaError", "SchemaErrors"})
_GATE = frozenset({"DisclosureError", "Refused"})


def main(folder: Path) -> None:
    """Make the page of the job in `folder` and say in ``result.json`` how it went."""
    # JSON schema's format checks would spend a second on a grammar of addresses; the notebook schema has no formats.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    threading.Thread(target=_leave_with_parent, args=(folder,), daemon=True).start()
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    started = time.monotonic()
    result = _run(folder, job)
    result["seconds"] = round(time.monotonic() - started, 3)
    scratch = folder / "result.tmp"
    scratch.write_text(json.dumps(result), encoding="utf-8")
    scratch.replace(folder / "result.json")


def _leave_with_parent(folder: Path) -> None:
    """End with the process that planned the run: its end of our standard input closes, whatever killed it."""
    sys.stdin.buffer.read()
    stop_kernel(folder)
    os._exit(1)


def stop_kernel(folder: Path) -> None:
    """Kill the kernel of `folder` and whatever its cells have started, if there is one."""
    noted = folder / "kernel.pid"
    try:
        group = int(noted.read_text(encoding="ascii"))
        noted.unlink()
        os.killpg(group, signal.SIGKILL)
    except (OSError, ValueError):
        return


def _run(folder: Path, job: dict[str, Any]) -> dict[str, Any]:
    from tne.runs.outcome import Refused

    try:
        cells, failure = execute(folder, job)
        if failure:
            return failure
        from tne.runs.convert import blocks
        from tne.runs.render import render

        found = blocks(cells)
        page, facts = render(found, job)
        (folder / "page.html").write_text(page, encoding="utf-8", newline="\n")
        rows = [dict(row) for block in found for row in block.rows]
        (folder / "rows.json").write_text(json.dumps(rows, allow_nan=False), encoding="utf-8")
        (folder / "private.json").write_text(
            json.dumps(sorted(private_ids(Path(job["workspace"])))), encoding="utf-8"
        )
        return {"ok": True, "facts": facts}
    except Refused as error:
        return {"ok": False, "cause": "gate", "reason": str(error)}
    except Exception as error:
        detail = f"{type(error).__name__}: {error}"
        return {
            "ok": False,
            "cause": "cell",
            "reason": f"The page could not be made ({type(error).__name__}).",
            "detail": detail,
        }


def private_ids(root: Path) -> set[str]:
    """Return every person's id in the workspace that a reader could recognise: five characters with a letter."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    found: set[str] = set()
    for part in sorted((root / "tables").rglob("*.parquet")):
        names = [name for name in pq.read_schema(part).names if name in _PEOPLE]
        for column in pq.read_table(part, columns=names, partitioning=None).columns if names else []:
            found.update(str(value) for value in pc.unique(column).to_pylist() if value is not None)
    return {value for value in found if len(value) >= 5 and not value.isdigit()}


def execute(folder: Path, job: dict[str, Any]) -> tuple[list[Any], dict[str, Any] | None]:
    """Execute the notebook; return its cells, or how it failed.

    A kernel that does not start is tried again, but never once a cell has run.
    """
    import nbformat
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    source = folder / "notebook.ipynb"
    titles = cell_titles(nbformat.read(source, as_version=4).cells)
    for attempt in range(STARTS):
        at = {"cell": -1}

        def begin(cell: Any, cell_index: int, at: dict[str, int] = at) -> None:
            # papermill has put one cell with the parameters behind those of the notebook
            at["cell"] += "injected-parameters" not in cell.metadata.get("tags", [])
            (folder / "cell").write_text(titles[max(at["cell"], 0)], encoding="utf-8")

        try:
            return _papermill(source, folder, job, attempt, begin).cells, None
        except PapermillExecutionError as error:
            return [], _cell_failed(error, titles[max(at["cell"], 0)])
        except CellTimeoutError:
            reason = f"{titles[max(at['cell'], 0)]} took longer than {job['cell_timeout']:g} s."
            return [], {"ok": False, "cause": "timeout", "reason": reason}
        except DeadKernelError:
            reason = f"The kernel died in {_lower(titles[max(at['cell'], 0)])}."
            return [], {"ok": False, "cause": "kernel", "reason": reason}
        except Exception as error:
            if at["cell"] < 0 and attempt < STARTS - 1:
                time.sleep(0.2 * (attempt + 1))
                continue
            where = f"stopped in {_lower(titles[at['cell']])}" if at["cell"] >= 0 else "did not start"
            detail = f"{type(error).__name__}: {error}"
            return [], {"ok": False, "cause": "kernel", "reason": f"The kernel {where}.", "detail": detail}
        finally:
            # what a cell has left running in its group, now, while the group's number is surely still its own
            stop_kernel(folder)
    raise AssertionError("unreachable: the last attempt returns")


def _papermill(source: Path, folder: Path, job: dict[str, Any], attempt: int, begin: Any) -> Any:
    from papermill import execute_notebook
    from traitlets.config import Config

    config = Config()
    config.KernelManager.connection_file = str(folder / f"k{attempt}.json")
    if os.name == "posix":
        # One private socket path per start: shared default paths and free ports collide in parallel starts.
        config.KernelManager.transport = "ipc"
        config.KernelManager.ip = str(folder / f"k{attempt}")
    return execute_notebook(
        str(source),
        None,
        parameters=job["parameters"],
        kernel_name="tne",
        language="python",
        progress_bar=False,
        request_save_on_cell_execute=False,
        cwd=str(folder / "here"),
        start_timeout=job["start_timeout"],
        execution_timeout=job["cell_timeout"],
        config=config,
        on_cell_start=begin,
        force_raise_errors=True,
        shutdown_kernel="immediate",
        record_timing=False,
    )


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
    contract = error.ename in _CONTRACT or (
        error.ename == "ValueError" and last.startswith(str(home / "tables"))
    )
    cause = "contract" if contract else "gate" if error.ename in _GATE else "cell"
    said = detail if own else error.ename
    return {"ok": False, "cause": cause, "reason": f"{title}: {said}", "detail": detail}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
