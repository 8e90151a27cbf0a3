"""Wrong parameters are refused before anything is started."""

import datetime as dt
from decimal import Decimal
from pathlib import PurePosixPath

import fake
import numpy as np
import pytest

from tne.runs.outcome import UsageError
from tne.runs.parameters import Parameter, Text, decode, encode, inspect, resolve


def read(text: str):
    return inspect({"cells": [fake.cell("code", text, "parameters")]}, "demo")


def one(kind: str, optional: bool = False) -> Parameter:
    return Parameter("x", kind, optional, False, None, "")


def test_types_defaults_and_help_are_read():
    found = read(
        'a: int = 3  # how many\nb = "x # no help"\nc: list[str] = []  # names\nd: float | None = None\ne: int'
    )
    assert [(p.name, p.kind, p.optional, p.required) for p in found] == [
        ("a", "int", False, False),
        ("b", "str", False, False),
        ("c", "list", False, False),
        ("d", "float", True, False),
        ("e", "int", False, True),
    ]
    assert found[0].help == "how many"
    assert found[1].help == ""


@pytest.mark.parametrize("text", ["import os", "a = 1 + x", "a = b = 1\nprint(a)", "a: date = None", "a = ("])
def test_parameters_cell_holds_literals_only(text):
    with pytest.raises(UsageError):
        read(text)


def test_notebook_needs_one_parameters_cell():
    with pytest.raises(UsageError, match="0 cells tagged"):
        inspect({"cells": []}, "demo")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("str", "007", "007"),
        ("str", "true", "true"),
        ("int", "7", 7),
        ("float", "1e3", 1000.0),
        ("bool", "True", True),
        ("list", '["a", 1]', ["a", 1]),
    ],
)
def test_text_becomes_the_declared_type(kind, text, value):
    decoded = decode(Text(text), one(kind))
    assert decoded == value
    assert type(decoded) is type(value)


@pytest.mark.parametrize(
    ("kind", "text"), [("int", "1.5"), ("int", "x"), ("bool", "1"), ("float", "1,5"), ("list", "a")]
)
def test_text_of_another_type_is_refused(kind, text):
    with pytest.raises(UsageError, match="`x` must be"):
        decode(text, one(kind))


@pytest.mark.parametrize(
    ("kind", "value", "plain"),
    [
        ("str", dt.date(2026, 6, 1), "2026-06-01"),
        ("str", PurePosixPath("a/b"), "a/b"),
        ("float", Decimal("1.5"), 1.5),
        ("float", 2, 2.0),
        ("int", np.int64(3), 3),
        ("float", np.float64(0.5), 0.5),
        ("list", (1, 2), [1, 2]),
    ],
)
def test_values_become_json_safe(kind, value, plain):
    encoded = encode(value, one(kind))
    assert encoded == plain
    assert type(encoded) is type(plain)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("float", float("nan")),
        ("float", np.nan),
        ("list", [1.0, float("inf")]),
        ("int", True),
        ("int", 1.0),
        ("str", 7),
        ("str", None),
        ("dict", object()),
    ],
)
def test_nan_and_wrong_types_are_refused(kind, value):
    with pytest.raises(UsageError):
        encode(value, one(kind))


def test_none_needs_an_optional_parameter():
    assert encode(None, one("int", optional=True)) is None


def test_unknown_missing_and_secret_parameters_are_refused():
    known = read("weeks: int = 12\nlevel: float")
    with pytest.raises(UsageError, match=r"no parameter `wekks`\. It has weeks, level"):
        resolve(known, {"wekks": 1, "level": 0.9}, "demo")
    with pytest.raises(UsageError, match="needs the parameter `level`"):
        resolve(known, {}, "demo")
    with pytest.raises(UsageError, match="looks like a secret"):
        resolve(read('api_key: str = ""'), {}, "demo")
    assert resolve(known, {"level": Text("0.9")}, "demo") == {"weeks": 12, "level": 0.9}
