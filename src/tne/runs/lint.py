"""Does a notebook keep the rules of the house? ``tne lint [PATHS]`` says each fault in a line."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tne.runs.lint_code import Fault, code_faults, tree_of
from tne.runs.outcome import UsageError
from tne.runs.parameters import inspect, source
from tne.runs.plan import read_notebook

FEWEST = 4  # question, imports, parameters, provenance
NEEDED = ("workspace", "period", "language")
_H1 = re.compile(r"^# +(.*)$", re.MULTILINE)
_CODE = re.compile(r"^ *(```|~~~).*?^ *\1", re.MULTILINE | re.DOTALL)
_KEPT = {"keep_output", "nbval-check-output"}
_LITERAL = "Write `name: type = literal  # what it is`"


def lint(path: Path) -> list[Fault]:
    """Return what a notebook breaks, in the order of its cells.

    Parameters
    ----------
    path : Path
        Notebook. In a folder `methods` it is a method, in `reports` or elsewhere with a call of ``tne.say.voice`` a
        report; both have rules of their own. In a folder `notebooks` it is one to explore in.

    Returns
    -------
    list of Fault
        Empty if it keeps all rules.

    Examples
    --------
    >>> for fault in lint(Path("notebooks/methods/absent.ipynb")):
    ...     print(fault)
    0: notebook · absent.ipynb is no readable notebook · Save it again from Jupyter
    """
    try:
        notebook = read_notebook(path)
    except UsageError as error:
        what, _, do = str(error).rstrip(".").partition(". ")
        return [Fault(0, "notebook", what, do)]
    cells = notebook["cells"]
    if len(cells) < FEWEST:
        return [
            Fault(
                0,
                "notebook",
                f"it has {len(cells)} cells",
                "Give it question, imports, parameters and provenance at least",
            )
        ]
    kind = _kind(path, cells)
    found = [
        *_opening(notebook, kind),
        *(fault for i, cell in enumerate(cells) for fault in _cell(i, cell, cells)),
        *_closing(cells, kind),
        *(fault for i, cell in enumerate(cells) for fault in _outputs(i, cell, kind)),
    ]
    return sorted(found, key=lambda fault: fault.cell)


def _kind(path: Path, cells: Sequence[Mapping[str, Any]]) -> str:
    folder = path.resolve().parent.name
    speaks = any("tne.say.voice(" in source(cell) for cell in cells if cell.get("cell_type") == "code")
    return "reports" if speaks and folder not in ("methods", "notebooks") else folder


def _opening(notebook: Mapping[str, Any], kind: str) -> Iterator[Fault]:
    first, second, third = notebook["cells"][:3]
    heads = _heads(first)
    if len(heads) != 1 or not heads[0].rstrip().endswith("?"):
        yield Fault(
            1, "question", "it is not one H1 that is a question", "Begin with `# What is asked?` in markdown"
        )
    tree = tree_of(second)
    if (
        tree is None
        or not tree.body
        or not all(isinstance(s, ast.Import | ast.ImportFrom) for s in tree.body)
    ):
        yield Fault(2, "imports", "it is not imports alone", "Put all imports here and nothing else")
    if "parameters" not in third.get("metadata", {}).get("tags", []):
        yield Fault(3, "parameters", "it is not tagged `parameters`", "Tag the third cell so")
        return
    try:
        found = inspect(notebook, "it")
    except UsageError as error:
        what, _, do = str(error).rstrip(".").partition(". ")
        yield Fault(3, "parameters", what, do)
        return
    annotated = {
        s.target.id
        for s in (tree_of(third) or ast.Module([], [])).body
        if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)
    }
    for parameter in found:
        if parameter.name not in annotated or parameter.required or not parameter.help:
            yield Fault(3, "parameters", f"`{parameter.name}` lacks type, literal or comment", _LITERAL)
    absent = [name for name in NEEDED if name not in {p.name for p in found}] if kind == "reports" else []
    if absent:
        yield Fault(
            3,
            "parameters",
            f"a report lacks the parameters {', '.join(absent)}",
            "Add them, as the other reports have them",
        )


def _heads(cell: Mapping[str, Any]) -> list[str]:
    """Return the H1 of a markdown cell; a comment in a block of code is none."""
    return _H1.findall(_CODE.sub("", source(cell))) if cell["cell_type"] == "markdown" else []


def _cell(i: int, cell: Mapping[str, Any], cells: Sequence[Mapping[str, Any]]) -> Iterator[Fault]:
    if i and _heads(cell):
        yield Fault(i + 1, "question", "it has a second H1", "Take ## or a deeper heading")
    if cell["cell_type"] != "code":
        return
    if i > 2 and cells[i - 1]["cell_type"] != "markdown":
        yield Fault(i + 1, "markdown", "it has no markdown before it", "Say in a sentence what the cell does")
    yield from code_faults(i + 1, cell, first=i <= 2)


def _closing(cells: Sequence[Mapping[str, Any]], kind: str) -> Iterator[Fault]:
    last, at = cells[-1], len(cells)
    if last["cell_type"] != "code":
        yield Fault(at, "provenance", "the last cell is no code", "End with the code of the provenance")
    elif kind == "reports" and not re.search(r"\bprovenance\(", source(last)):
        yield Fault(at, "provenance", "the last cell is no end mark", "End with tne.say.provenance(...)")
    elif kind == "methods" and "provenance" not in source(cells[-2]).lower():
        yield Fault(
            at - 1, "provenance", "nothing says that the last cell is provenance", "Say it in this markdown"
        )


def _outputs(i: int, cell: Mapping[str, Any], kind: str) -> Iterator[Fault]:
    if cell["cell_type"] != "code":
        return
    at, tags, kept = i + 1, set(cell.get("metadata", {}).get("tags", [])), bool(cell.get("outputs"))
    if kind != "methods":
        if kept:
            yield Fault(at, "outputs", "it keeps an output", "Strip it with nbstripout")
        return
    if kept and not tags >= _KEPT:
        tagged = " and ".join(sorted(_KEPT))
        yield Fault(at, "outputs", f"it keeps an output without the tags {tagged}", "Tag it, or strip it")
    if tags & _KEPT and not kept:
        yield Fault(at, "outputs", "it is tagged as kept but has no output", "Run the notebook")
    if cell.get("execution_count") is None:
        yield Fault(
            at,
            "counts",
            "it has no execution count, so that its output would not be compared",
            "Run the notebook; strip with `nbstripout --keep-count`",
        )
