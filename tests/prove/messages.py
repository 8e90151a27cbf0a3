"""What an error tells people is no part of what is computed: leave it out of a source's tree."""

from __future__ import annotations

import ast
import builtins
from collections import Counter
from collections.abc import Iterator


def without_messages(tree: ast.Module) -> None:
    """Leave out, in place, what errors of Python's own kinds tell, and what nothing else of the source uses.

    That one is raised, where, and of which kind, stays. Errors of the package's own kinds, or with more than a message,
    may carry what computes something, and stay whole.

    Parameters
    ----------
    tree : ast.Module
        Of one source. Private functions and imports that only the left out words used go with them.
    """
    told: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and _tells_only(node.exc):
            told.update(_names(node.exc))
            node.exc = node.exc.func
    used = Counter(_names(tree))
    while told:
        name = told.pop()
        for part in [part for part in tree.body if not used[name] and _binds_alone(part, name)]:
            tree.body.remove(part)
            gone = list(_names(part))
            used.subtract(gone)
            told.update(gone)


def _tells_only(made: ast.Call) -> bool:
    """Is this an error of Python's own kinds with a message and nothing else?"""
    found = getattr(builtins, made.func.id, None) if isinstance(made.func, ast.Name) else None
    alone = len(made.args) == 1 and not made.keywords
    return alone and isinstance(found, type) and issubclass(found, Exception)


def _names(node: ast.AST) -> Iterator[str]:
    """Yield every name that is mentioned; strings count as well, as a list of public names holds them."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def _binds_alone(part: ast.stmt, name: str) -> bool:
    """Is this the private function, or the import of nothing else, of that name?"""
    if isinstance(part, ast.FunctionDef):
        return part.name == name and name.startswith("_")
    if isinstance(part, ast.Import | ast.ImportFrom) and len(part.names) == 1:
        return (part.names[0].asname or part.names[0].name) == name
    return False
