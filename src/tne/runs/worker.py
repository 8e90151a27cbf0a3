"""One report in a process of its own: execute the notebook and turn it into a page.

Forked by `tne.runs.server`, or started as ``python -m tne.runs.worker FOLDER``. The folder holds ``job.json`` and
``notebook.ipynb``; the worker adds ``page.html``, ``rows.json`` and ``groups.json``, and at last ``result.json``.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any


def main(folder: Path) -> None:
    """Make the page of the job in `folder` and say in ``result.json`` how it went."""
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    started = time.monotonic()
    limit_memory(job["memory"])
    result = _run(folder, job)
    result["seconds"] = round(time.monotonic() - started, 3)
    scratch = folder / "result.tmp"
    scratch.write_text(json.dumps(result), encoding="utf-8")
    scratch.replace(folder / "result.json")


def limit_memory(allowed: int) -> None:
    """Let this process take `allowed` bytes more than it has now (0: no limit); beyond, an allocation fails."""
    if not allowed or sys.platform != "linux":
        return
    import resource

    own = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (own + allowed, own + allowed))


def _run(folder: Path, job: dict[str, Any]) -> dict[str, Any]:
    from tne.runs.notebook import execute, tell
    from tne.runs.outcome import ContractError, Refused

    mine = os.getpid()
    try:
        cells, failure = execute(folder, job)
        if os.getpid() != mine:  # a cell forked, and this is the copy
            os._exit(0)
        if failure:
            return failure
        tell(folder, "The page")
        reads = read_scope(folder, job["market"])
        run_id = job["run_ids"][reads]
        job["provenance"]["run_id"] = run_id
        from tne.runs.convert import blocks
        from tne.runs.release import tell as tell_groups
        from tne.runs.render import render

        found = blocks(cells)
        _threshold(found[-1].facts, job["min_n"])
        rows = [dict(row) for block in found for row in block.rows]
        job["provenance"]["held"] = tell_groups(folder, job, rows)
        page, facts = render(found, job)
        (folder / "page.html").write_text(page, encoding="utf-8", newline="\n")
        (folder / "rows.json").write_text(json.dumps(rows, allow_nan=False), encoding="utf-8")
        os.link(_private(Path(job["workspace"]), folder.parent / "shared"), folder / "private.json")
        return {"ok": True, "facts": facts, "reads": reads, "run_id": run_id}
    except Refused as error:
        return {"ok": False, "cause": "gate", "reason": str(error)}
    except ContractError as error:
        return {"ok": False, "cause": "contract", "reason": str(error)}
    except MemoryError:
        return {"ok": False, "cause": "memory", "reason": "The memory was not enough to make the page."}
    except Exception as error:
        detail = f"{type(error).__name__}: {error}"
        return {
            "ok": False,
            "cause": "cell",
            "reason": f"The page could not be made ({type(error).__name__}).",
            "detail": detail,
        }


def _threshold(facts: Mapping[str, Any], least: int) -> None:
    """Refuse a report whose notebook spoke with a lower threshold than the workspace has."""
    from tne.runs.outcome import Refused

    asked = (facts.get("voice") or {}).get("min_n")
    if asked is not None and asked < least:
        raise Refused(
            f"The notebook lets numbers out from {asked} people; the workspace asks for {least}. Leave `min_n` to "
            'tne.toml: voice(..., min_n=ws.config.get("min_n", 10)).'
        )


def read_scope(folder: Path, market: str) -> str:
    """Return ``"own"`` if the notebook opened the tables of its own market only, else ``"all"``."""
    try:
        opened = set((folder / "reads").read_text(encoding="utf-8").split())
    except OSError:
        return "all"
    return "own" if opened == {market} and market != "all" else "all"


def _private(root: Path, shared: Path) -> Path:
    """Return the file with every person's id; the first report of a run that gets here writes it."""
    noted = shared / "private.json"
    if not noted.is_file():
        scratch = shared / f"private.{os.getpid()}.tmp"
        scratch.write_text(json.dumps(sorted(private_ids(root))), encoding="utf-8")
        scratch.replace(noted)
    return noted


def private_ids(root: Path) -> set[str]:
    """Return every person's id in the workspace that a reader could recognise: five characters with a letter."""
    from tne.runs.source import source

    return {value for value in source(root).people() if len(value) >= 5 and not value.isdigit()}


def _leave_with_parent(folder: Path) -> None:
    """End with the process that planned the run: its end of our standard input closes, whatever killed it."""
    from tne.runs.notebook import stop_kernel

    sys.stdin.buffer.read()
    stop_kernel(folder)
    os._exit(1)


if __name__ == "__main__":
    # JSON schema's format checks would spend a second on a grammar of addresses; notebooks have no formats.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    threading.Thread(target=_leave_with_parent, args=(Path(sys.argv[1]),), daemon=True).start()
    main(Path(sys.argv[1]))
