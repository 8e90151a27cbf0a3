"""Every notebook keeps the rules of the house; and each rule is heard when it is broken."""

import json
from pathlib import Path

import pytest

from tne.runs.lint import lint

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted(p for p in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)
OPENING = (
    ("markdown", "# Did it work?"),
    ("code", "import pandas as pd\n\nimport tne"),
    (
        "code",
        'workspace: str = ""  # folder\nmarket: str = ""  # code\nperiod: str = ""  # latest\n'
        'language: str = ""  # of the market',
    ),
)
CLOSING = (("markdown", "## Provenance"), ("code", "tne.say.provenance(voice)"))


def write(path: Path, *cells: tuple[str, str], outputs: tuple = (), count: int | None = None) -> Path:
    made = []
    for i, (kind, text) in enumerate((*OPENING, *cells, *CLOSING)):
        tags = ["parameters"] if i == 2 else []
        cell = {"cell_type": kind, "metadata": {"tags": tags}, "source": text}
        made.append(cell | ({"outputs": [], "execution_count": count} if kind == "code" else {}))
    if outputs:
        made[-1]["outputs"] = list(outputs)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return path


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_notebook_keeps_the_rules(path):
    assert lint(path) == []


def test_a_good_notebook_is_silent(tmp_path):
    step = (("markdown", "## A step"), ("code", "people = 1\npeople"))
    assert lint(write(tmp_path / "reports" / "good.ipynb", *step)) == []


@pytest.mark.parametrize(
    ("code", "heard"),
    [
        ("def f():\n    return 1", "defines a function"),
        ("class A: ...", "defines a function or class"),
        ("!ls", "uses ! or %"),
        ("%timeit 1", "uses ! or %"),
        ("\n".join(["x = 1"] * 13), "13 lines"),
        ("a.merge(b).merge(c)\nassert len(a), 'one row a person'", "joins 2 times"),
        ("a.merge(b)", "without an assert"),
        ("a.merge(b)\nassert len(a)", "without an assert"),
        ("import os", "imports"),
        ("tne.say._private", "private name"),
        ("x = (", "no Python"),
    ],
)
def test_broken_rules_are_heard(tmp_path, code, heard):
    faults = lint(write(tmp_path / "reports" / "bad.ipynb", ("markdown", "## A step"), ("code", code)))
    assert any(heard in fault for fault in faults)


def test_text_join_is_no_join_of_tables(tmp_path):
    step = (("markdown", "## A step"), ("code", '", ".join(names)'))
    assert lint(write(tmp_path / "reports" / "good.ipynb", *step)) == []


def test_code_without_markdown_second_h1_and_kept_output_are_heard(tmp_path):
    out = {"output_type": "stream", "name": "stdout", "text": "1"}
    steps = (("markdown", "# Again?"), ("code", "x = 1"), ("code", "x"))
    faults = " ".join(lint(write(tmp_path / "reports" / "bad.ipynb", *steps, outputs=(out,))))
    assert "second H1" in faults
    assert "no markdown before" in faults
    assert "keeps an output" in faults


def test_methods_need_execution_counts_and_tagged_outputs(tmp_path):
    out = {"output_type": "stream", "name": "stdout", "text": "1"}
    assert "no execution count" in " ".join(lint(write(tmp_path / "methods" / "bad.ipynb")))
    faults = " ".join(lint(write(tmp_path / "methods" / "bad.ipynb", outputs=(out,), count=1)))
    assert "without the tags" in faults


def test_parameters_need_type_literal_and_comment(tmp_path):
    path = write(tmp_path / "reports" / "bad.ipynb")
    notebook = json.loads(path.read_text())
    notebook["cells"][2]["source"] = 'workspace = ""\nperiod: str = ""  # latest\nmarket: str = ""  # code'
    path.write_text(json.dumps(notebook))
    faults = " ".join(lint(path))
    assert "workspace: type = literal" in faults
    assert "lacks the parameters language" in faults
