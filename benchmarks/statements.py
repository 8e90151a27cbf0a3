"""The limit: the statements of a notebook in one warm process, without export.

``python benchmarks/statements.py NOTEBOOK WORKSPACE MARKET ...`` prints the seconds for all markets together. The
first market is executed once more before, uncounted.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from pathlib import Path
from types import CodeType


def compiled(notebook: Path) -> list[tuple[CodeType, bool]]:
    """Return the code cells, and which of them holds the parameters."""
    cells = [cell for cell in json.loads(notebook.read_text())["cells"] if cell["cell_type"] == "code"]
    return [
        (compile("".join(cell["source"]), "cell", "exec"), "parameters" in cell["metadata"].get("tags", []))
        for cell in cells
    ]


def execute(cells: list[tuple[CodeType, bool]], workspace: str, market: str) -> float:
    """Return the seconds of the statements for one market."""
    names = {"__name__": "__main__", "display": lambda *shown: None}
    start = time.perf_counter()
    for code, holds_parameters in cells:
        exec(code, names)
        if holds_parameters:
            names |= {"workspace": workspace, "market": market}
    return time.perf_counter() - start


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    made = compiled(Path(sys.argv[1]))
    execute(made, sys.argv[2], sys.argv[3])
    print(sum(execute(made, sys.argv[2], market) for market in sys.argv[3:]))
