"""Does a notebook keep the rules of the house? ``python -m tne.runs.lint notebooks/**/*.ipynb``."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tne.runs.outcome import UsageError
from tne.runs.parameters import inspect, source
from tne.runs.plan import read_notebook

MAX_LINES = 12
NEEDED = ("workspace", "period", "language")
_H1 = re.compile(r"^# +(.*)$", re.MULTILINE)
_JOINS = frozenset({"merge", "merge_asof", "join"})
_KEPT = {"keep_output", "nbval-check-output"}


def lint(path: Path) -> list[str]:
    """Return what a notebook breaks, one sentence a fault; the folder says whether it is a report or a method.

    Examples
    --------
    >>> lint(Path("notebooks/methods/absent.ipynb"))
    ['absent.ipynb is no readable notebook. Save it again from Jupyter.']
    """
    try:
        notebook = read_notebook(path)
    except UsageError as error:
        return [str(error)]
    kind = path.resolve().parent.name
    cells = notebook["cells"]
    if len(cells) < 4:
        return [f"{len(cells)} cells are too few: question, imports, parameters, provenance."]
    return [
        *_opening(notebook, kind),
        *(fault for i, cell in enumerate(cells) for fault in _cell(i, cell, cells)),
        *_closing(cells, kind),
        *(fault for i, cell in enumerate(cells) for fault in _outputs(i, cell, kind)),
    ]


def _opening(notebook: Mapping[str, Any], kind: str) -> Iterator[str]:
    first, second, third = notebook["cells"][:3]
    heads = _H1.findall(source(first)) if first["cell_type"] == "markdown" else []
    if len(heads) != 1 or not heads[0].rstrip().endswith("?"):
        yield "Cell 1 must be markdown with one H1 that is a question."
    tree = _tree(second)
    if (
        tree is None
        or not tree.body
        or not all(isinstance(s, ast.Import | ast.ImportFrom) for s in tree.body)
    ):
        yield "Cell 2 must hold the imports and nothing else."
    if "parameters" not in third.get("metadata", {}).get("tags", []):
        yield "Cell 3 must be tagged `parameters`."
        return
    try:
        found = inspect(notebook, "it")
    except UsageError as error:
        yield f"Cell 3: {error}"
        return
    annotated = {
        s.target.id for s in (_tree(third) or ast.Module([], [])).body if isinstance(s, ast.AnnAssign)
    }
    for parameter in found:
        if parameter.name not in annotated or parameter.required or not parameter.help:
            yield f"Cell 3: write `{parameter.name}: type = literal  # what it is`."
    absent = [name for name in NEEDED if name not in {p.name for p in found}] if kind == "reports" else []
    if absent:
        yield f"Cell 3 lacks the parameters {', '.join(absent)}."


def _cell(i: int, cell: Mapping[str, Any], cells: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    at, text = f"Cell {i + 1}", source(cell)
    if i and cell["cell_type"] == "markdown" and _H1.search(text):
        yield f"{at} has a second H1."
    if cell["cell_type"] != "code":
        return
    if i > 2 and cells[i - 1]["cell_type"] != "markdown":
        yield f"{at} has no markdown before it."
    lines = [line for line in text.splitlines() if line.strip()]
    if i > 2 and len(lines) > MAX_LINES:
        yield f"{at} has {len(lines)} lines, more than {MAX_LINES}. Give each idea its own cell."
    if any(line.lstrip().startswith(("!", "%")) for line in lines):
        yield f"{at} uses ! or %, whose failures nobody sees."
        return
    tree = _tree(cell)
    if tree is None:
        yield f"{at} is no Python."
        return
    nodes = list(ast.walk(tree))
    if any(isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) for n in nodes):
        yield f"{at} defines a function or class. Put it into the package, where it is tested."
    if i > 2 and any(isinstance(n, ast.Import | ast.ImportFrom) for n in nodes):
        yield f"{at} imports. Imports stand in cell 2."
    yield from _names(at, nodes)
    joins = [n for n in nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and _joins(n)]
    if len(joins) > 1:
        yield f"{at} joins {len(joins)} times. Take a frame of the workspace instead."
    worded = any(isinstance(n, ast.Assert) and n.msg is not None for n in nodes)
    if joins and not worded:
        yield f"{at} joins without an assert in words."


def _names(at: str, nodes: Sequence[ast.AST]) -> Iterator[str]:
    """Notebooks use public names only: `tne` and what hangs on it, no room of the house and nothing private."""
    for node in nodes:
        modules = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for module in modules:
            if module.startswith("tne."):
                yield f"{at} imports {module}. Use the public names of tne."
        if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__"):
            yield f"{at} uses the private name {node.attr}."


def _joins(call: ast.Call) -> bool:
    function = call.func
    assert isinstance(function, ast.Attribute)
    return function.attr in _JOINS and not isinstance(function.value, ast.Constant)  # ", ".join is no join


def _closing(cells: Sequence[Mapping[str, Any]], kind: str) -> Iterator[str]:
    last = cells[-1]
    if last["cell_type"] != "code":
        yield "The last cell must be code: provenance."
    elif kind == "reports" and not re.search(r"\bprovenance\(", source(last)):
        yield "The last cell must be the end marker, say.provenance(...)."
    elif kind == "methods" and "provenance" not in source(cells[-2]).lower():
        yield "The last cell must be provenance, and its markdown must say so."


def _outputs(i: int, cell: Mapping[str, Any], kind: str) -> Iterator[str]:
    if cell["cell_type"] != "code":
        return
    tags = set(cell.get("metadata", {}).get("tags", []))
    if kind != "methods":
        if cell.get("outputs"):
            yield f"Cell {i + 1} keeps an output. Strip it with nbstripout."
        return
    if cell.get("outputs") and not tags >= _KEPT:
        yield f"Cell {i + 1} keeps an output without the tags {' and '.join(sorted(_KEPT))}."
    if tags & _KEPT and not cell.get("outputs"):
        yield f"Cell {i + 1} is tagged as kept but has no output. Run the notebook."
    if cell.get("execution_count") is None:
        yield f"Cell {i + 1} has no execution count, so that its output would not be compared. Run the notebook."


def _tree(cell: Mapping[str, Any]) -> ast.Module | None:
    if cell["cell_type"] != "code":
        return None
    try:
        return ast.parse(source(cell))
    except SyntaxError:
        return None


def main(paths: Sequence[str]) -> int:
    """Print the faults of each notebook; 1 if there are any."""
    faults = [f"{path}: {fault}" for path in paths for fault in lint(Path(path))]
    print("\n".join(faults) or f"{len(paths)} notebooks keep the rules.")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
