"""What a type checker reads of `tne`: `src/tne/__init__.pyi`, written from the list of public names.

The package loads its names when they are first used, which no type checker can follow. `make lint` writes the stub
anew; a test holds it against the list.
"""

import ast
from pathlib import Path

import tne

STUB = Path(__file__).resolve().parents[1] / "src" / "tne" / "__init__.pyi"


def stub() -> str:
    """Return the stub: every public name from its home, every room as a module.

    Examples
    --------
    >>> "from tne.measures.groups import group_effects" in stub()
    True
    """
    rooms = {name: home.rpartition(".")[0] for name, home in tne._ROOMS.items()}
    homes: dict[str, list[str]] = {}
    for name, home in (tne._HOME | rooms).items():
        homes.setdefault(home, []).append(name)
    lines = [f"from {home} import {', '.join(sorted(names))}" for home, names in sorted(homes.items())]
    return "\n".join([*lines, "", "__version__: str", f"__all__ = {tne.__all__}", ""])


def named(text: str) -> tuple[set[tuple[str | None, str]], set[str]]:
    """Return what a stub imports, as (home, name), and what it hands on."""
    tree = ast.parse(text)
    imported = [
        (node.module, alias.name)
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    return set(imported), set(ast.literal_eval(tree.body[-1].value))


def main() -> None:
    """Write the stub, unless the one there names the same."""
    if not STUB.exists() or named(STUB.read_text(encoding="utf-8")) != named(stub()):
        STUB.write_text(stub(), encoding="utf-8")
        print(f"{STUB.name}: written from the public names.")


if __name__ == "__main__":
    main()
