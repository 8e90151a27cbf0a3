"""What is wrong with one code cell of a notebook: its length, what it defines, joins, hides or may not touch?"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tne import __all__ as PUBLIC
from tne.runs.parameters import source

MAX_LINES = 12
_JOINS = frozenset({"merge", "merge_asof", "merge_ordered", "join"})
# What fails where no cell sees it: another thread, another process
_UNSEEN = frozenset({"threading", "_thread", "concurrent", "multiprocessing", "subprocess", "asyncio"})
_SHELLS = frozenset({"system", "popen", "get_ipython", "run_line_magic", "run_cell_magic"})


@dataclass(frozen=True)
class Fault:
    """What a notebook does against a rule.

    Parameters
    ----------
    cell : int
        Counted from 1; 0 is the notebook as a whole.
    rule : str
        Its name, one word.
    what : str
        What is wrong.
    do : str
        What to do.
    """

    cell: int
    rule: str
    what: str
    do: str

    def __str__(self) -> str:
        return f"{self.cell}: {self.rule} · {self.what} · {self.do}"


def code_faults(at: int, cell: Mapping[str, Any], *, first: bool) -> Iterator[Fault]:
    """Return what is wrong with a code cell; `first` is one of the first three, which may import and be long."""
    text = source(cell)
    lines = [line for line in text.splitlines() if line.strip()]
    if not first and len(lines) > MAX_LINES:
        yield Fault(
            at, "length", f"it has {len(lines)} lines, more than {MAX_LINES}", "Give each idea its own cell"
        )
    if any(line.lstrip().startswith(("!", "%")) for line in lines):
        yield Fault(at, "shell", "it uses ! or %, whose failures nobody sees", "Do it in Python, or outside")
        return
    tree = tree_of(cell)
    if tree is None:
        yield Fault(at, "python", "it is no Python", "Correct or remove it")
        return
    nodes = list(ast.walk(tree))
    if any(
        isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda)
        and _is_named(n, nodes)
        for n in nodes
    ):
        yield Fault(
            at, "definition", "it defines a function or class", "Put it into the package, where it is tested"
        )
    if not first and any(isinstance(n, ast.Import | ast.ImportFrom) for n in nodes):
        yield Fault(at, "imports", "it imports", "Imports stand in cell 2")
    yield from _names(at, nodes)
    yield from _joined(at, nodes)


def tree_of(cell: Mapping[str, Any]) -> ast.Module | None:
    """Return the syntax of a code cell, None where it has none."""
    if cell["cell_type"] != "code":
        return None
    try:
        return ast.parse(source(cell))
    except SyntaxError:
        return None


def _is_named(node: ast.AST, nodes: Sequence[ast.AST]) -> bool:
    """A lambda is an argument, unless it is given a name: then it is a function."""
    if not isinstance(node, ast.Lambda):
        return True
    return any(isinstance(n, ast.Assign | ast.AnnAssign) and n.value is node for n in nodes)


def _names(at: int, nodes: Sequence[ast.AST]) -> Iterator[Fault]:
    """Notebooks use public names only, and nothing whose failure nobody sees."""
    for node in nodes:
        for module, name in _imported(node):
            top = module.split(".")[0]
            if top == "tne" and (module != "tne" or (name and name not in PUBLIC)):
                what = f"imports {module}.{name}".rstrip(".")
                yield Fault(at, "public", f"it {what}", "Use the public names of tne")
            elif top in _UNSEEN:
                yield Fault(
                    at, "unseen", f"it imports {top}, whose failures nobody sees", "Do it in the cell itself"
                )
        if isinstance(node, ast.Attribute):
            if node.attr.startswith("_") and not node.attr.startswith("__"):
                yield Fault(at, "public", f"it uses the private name {node.attr}", "Use a public one")
            elif isinstance(node.value, ast.Name) and node.value.id == "tne" and node.attr not in PUBLIC:
                yield Fault(at, "public", f"tne has no public name {node.attr}", "Choose one of `dir(tne)`")
        if isinstance(node, ast.Call) and _called(node) in _SHELLS:
            yield Fault(
                at, "shell", f"it calls {_called(node)}, whose failures nobody sees", "Do it in Python"
            )


def _imported(node: ast.AST) -> list[tuple[str, str]]:
    if isinstance(node, ast.Import):
        return [(alias.name, "") for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [(node.module or "", alias.name) for alias in node.names]
    return []


def _called(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _joined(at: int, nodes: Sequence[ast.AST]) -> Iterator[Fault]:
    joins = [n for n in nodes if isinstance(n, ast.Call) and _joins(n)]
    if len(joins) > 1:
        yield Fault(
            at, "joins", f"it joins {len(joins)} times", "Take a frame of the workspace, or a cell for each"
        )
    worded = [n.lineno for n in nodes if isinstance(n, ast.Assert) and n.msg is not None]
    if joins and not any(line > max(n.lineno for n in joins) for line in worded):
        yield Fault(
            at,
            "joins",
            "it joins without an assert in words after it",
            'Write `assert len(both) == len(left), "one row a person"`',
        )


def _joins(call: ast.Call) -> bool:
    function = call.func
    if not isinstance(function, ast.Attribute) or function.attr not in _JOINS:
        return False
    return not isinstance(function.value, ast.Constant)  # ", ".join is no join
