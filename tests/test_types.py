"""Do the public names say their types, to people and to a type checker that reads the installed package?

The strict check itself, a minute of processor time, is part of `make lint`.
"""

import inspect
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hatchling.builders.wheel import WheelBuilder

import tne
from tests.public_stub import STUB, named, stub

ROOT = Path(__file__).resolve().parents[1]


def untyped(function: Callable[..., Any]) -> list[str]:
    """Return what a signature leaves without a type: its parameters but `self` and `cls`, and "return"."""
    signature = inspect.signature(function)
    found = [
        name
        for position, (name, parameter) in enumerate(signature.parameters.items())
        if parameter.annotation is parameter.empty and not (position == 0 and name in ("self", "cls"))
    ]
    return found + ["return"] * (signature.return_annotation is signature.empty)


def returned_class(function: Callable[..., Any]) -> type | None:
    """Return the class that a function of the package says it returns, if it is one of the package's own."""
    said = str(inspect.signature(function).return_annotation)
    found = getattr(inspect.unwrap(function), "__globals__", {}).get(said)
    return found if inspect.isclass(found) and found.__module__.startswith("tne.") else None


def methods(cls: type) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield the methods and properties that the package's own classes behind `cls` define, dunders included.

    Made ones, as a dataclass's `__eq__`, and properties of one lambda, which can say no type, are left out.
    """
    for base in cls.__mro__:
        if not base.__module__.startswith("tne."):
            continue
        for name, member in vars(base).items():
            member = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
            written = inspect.isfunction(member) and member.__code__.co_filename == inspect.getfile(base)
            if (
                written
                and member.__name__ != "<lambda>"
                and (not name.startswith("_") or name.startswith("__"))
            ):
                yield f"{base.__name__}.{name}", member


def public() -> Iterator[tuple[str, Any]]:
    """Yield every public function and class, also those of the rooms for figures and words."""
    for name in tne.__all__:
        thing = getattr(tne, name)
        if inspect.ismodule(thing):
            yield from ((f"{name}.{inner}", getattr(thing, inner)) for inner in thing.__all__)
        else:
            yield name, thing


def test_every_public_function_and_method_is_fully_annotated():
    functions = {name: thing for name, thing in public() if inspect.isfunction(thing)}
    classes = {thing for _, thing in public() if inspect.isclass(thing)}
    classes |= {cls for thing in functions.values() if (cls := returned_class(thing)) is not None}
    for cls in classes:
        functions |= dict(methods(cls))
    assert len(functions) > 300
    assert {"Workspace.panel", "Estimate.as_row", "GroupTimeATT.to_frame"} <= set(functions)
    assert {name: lack for name, thing in functions.items() if (lack := untyped(thing))} == {}


@pytest.mark.parametrize(
    ("source", "lack"),
    [
        ("def f(self, a: int, *, b: str = '') -> None: ...", []),
        ("def f(a, b: int) -> None: ...", ["a"]),
        ("def f(a: int, *rest, **more): ...", ["rest", "more", "return"]),
    ],
)
def test_what_a_signature_leaves_untyped_is_found(source, lack):
    made: dict[str, Any] = {}
    exec(source, made)
    assert untyped(made["f"]) == lack


def test_a_type_checker_reads_every_public_name():
    said = named(STUB.read_text(encoding="utf-8"))
    assert said == named(stub()), "The list of public names changed: `make lint` writes the stub anew."


def test_the_package_says_that_it_has_types():
    packed = {file.distribution_path for file in WheelBuilder(str(ROOT)).recurse_included_files()}
    assert {"tne/py.typed", "tne/__init__.pyi", "tne/result.py", "tne/tables/sql/panel.sql"} <= packed


def test_importing_the_package_loads_no_heavy_library():
    heavy = {"pandas", "numpy", "matplotlib", "scipy", "duckdb", "pyarrow", "seaborn"}
    code = f"import json, sys, tne; print(json.dumps(sorted({heavy} & set(sys.modules))))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(run.stdout) == []
