"""What is imported once, before reports are forked? What their notebooks import, and what makes pages of them."""

from __future__ import annotations

import ast
import builtins
import importlib
import json
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

# Known to start no thread when they are imported: a fork would lose it, and may then wait for it for ever.
SAFE = frozenset({"numpy", "pandas", "scipy", "statsmodels", "matplotlib", "seaborn", "tne"})

# A notebook that imports one of these may draw.
_DRAW = frozenset({"tne", "seaborn", "matplotlib", "matplotlib.pyplot"})


def imported(notebooks: Iterable[Path]) -> list[str]:
    """Return the modules that notebooks import, as far as they may be imported before a fork."""
    found = set()
    for path in notebooks:
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                found |= _of("".join(cell["source"]))
    return sorted(name for name in found if name.partition(".")[0] in SAFE)


def _of(source: str) -> set[str]:
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a magic, or a cell that will fail
        return set()
    named = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return named | {
        node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
    }


def basic() -> None:
    """Import what every child needs, whatever its notebook does."""
    # JSON schema's format checks would spend a second on a grammar of addresses; notebooks have no formats.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    import nbclient.exceptions  # noqa: F401
    import nbformat
    import papermill  # noqa: F401
    from papermill.parameterize import parameterize_notebook

    from tne.runs import notebook, shell, worker  # noqa: F401

    cell = nbformat.v4.new_code_cell("x: int = 1", metadata={"tags": ["parameters"]})  # type: ignore[no-untyped-call]
    book = nbformat.v4.new_notebook(cells=[cell], metadata={"papermill": {}})  # type: ignore[no-untyped-call]
    nbformat.validate(book)
    parameterize_notebook(book, {"x": 2}, kernel_name="tne", language="python", engine_name=None)


def steps(modules: Iterable[str]) -> list[Callable[[], Any]]:
    """Return what `warm` does, step by step."""
    draw = [_figures] if _DRAW & set(modules) else []
    return [*(partial(_load, name) for name in modules), basic, _pages, *draw]


def warm(modules: Iterable[str]) -> None:
    """Import `modules` and the rest, without a thread and without leaving a trace in any setting."""
    # pandas decides how wide it prints by looking for a kernel when it is imported.
    kernel = type("ZMQShell", (), {"config": {"IPKernelApp": {}}, "kernel": None})
    builtins.get_ipython = kernel  # type: ignore[attr-defined]
    try:
        importlib.import_module("pandas")
    finally:
        del builtins.get_ipython  # type: ignore[attr-defined]
    for step in steps(modules):
        try:
            step()
        except Exception as error:  # a report that needs what is broken here says so itself
            print(f"{step}: {type(error).__name__}: {error}", file=sys.stderr)


def _load(name: str) -> None:
    module = importlib.import_module(name)
    if name == "tne":  # its public names are loaded on first use
        for public in module.__all__:
            getattr(module, public)


def _pages() -> None:
    from tne.report import warm as report
    from tne.runs import convert, render  # noqa: F401

    report.page()


def _figures() -> None:
    from tne.report import warm as report

    report.figure()
