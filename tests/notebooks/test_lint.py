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
        ("double = lambda x: 2 * x", "defines a function"),
        ("!ls", "uses ! or %"),
        ("%timeit 1", "uses ! or %"),
        ("\n".join(["x = 1"] * 13), "13 lines"),
        ("a.merge(b).merge(c)\nassert len(a), 'one row a person'", "joins 2 times"),
        ("a.merge(b)", "without an assert"),
        ("a.merge(b)\nassert len(a)", "without an assert"),
        ("assert len(a), 'one row a person'\na.merge(b)", "without an assert"),
        ("import os", "imports"),
        ("from threading import Thread", "whose failures nobody sees"),
        ("os.system('ls')", "whose failures nobody sees"),
        ("get_ipython()", "whose failures nobody sees"),
        ("from tne.tables import store", "public names"),
        ("tne.store", "no public name"),
        ("tne.say._private", "private name"),
        ("x = (", "no Python"),
    ],
)
def test_broken_rules_are_heard(tmp_path, code, heard):
    faults = lint(write(tmp_path / "reports" / "bad.ipynb", ("markdown", "## A step"), ("code", code)))
    assert any(heard in str(fault) for fault in faults)


def test_a_fault_is_one_line_that_says_where_what_and_what_to_do(tmp_path):
    [fault] = lint(
        write(tmp_path / "reports" / "bad.ipynb", ("markdown", "## A step"), ("code", "class A: ..."))
    )
    assert str(fault) == (
        "5: definition · it defines a function or class · Put it into the package, where it is tested"
    )


def test_an_argument_without_a_name_and_a_comment_in_code_are_no_fault(tmp_path):
    step = (("markdown", "## A step\n\n```sh\n# no head\n```"), ("code", "frame.assign(x=lambda f: f.y)"))
    assert lint(write(tmp_path / "reports" / "good.ipynb", *step)) == []


def test_a_report_is_known_by_what_it_says_wherever_it_stands(tmp_path):
    speaks = (("markdown", "## A step"), ("code", "voice = tne.say.voice(row)"))
    path = write(tmp_path / "mine" / "own.ipynb", *speaks)
    assert lint(path) == []
    path.write_text(path.read_text().replace("tne.say.provenance(voice)", "1"))
    assert "no end mark" in str(lint(path)[0])


def test_text_join_is_no_join_of_tables(tmp_path):
    step = (("markdown", "## A step"), ("code", '", ".join(names)'))
    assert lint(write(tmp_path / "reports" / "good.ipynb", *step)) == []


def test_code_without_markdown_second_h1_and_kept_output_are_heard(tmp_path):
    out = {"output_type": "stream", "name": "stdout", "text": "1"}
    steps = (("markdown", "# Again?"), ("code", "x = 1"), ("code", "x"))
    faults = " ".join(map(str, lint(write(tmp_path / "reports" / "bad.ipynb", *steps, outputs=(out,)))))
    assert "second H1" in faults
    assert "no markdown before" in faults
    assert "keeps an output" in faults


def test_methods_need_execution_counts_and_tagged_outputs(tmp_path):
    out = {"output_type": "stream", "name": "stdout", "text": "1"}
    assert "no execution count" in " ".join(map(str, lint(write(tmp_path / "methods" / "bad.ipynb"))))
    faults = " ".join(map(str, lint(write(tmp_path / "methods" / "bad.ipynb", outputs=(out,), count=1))))
    assert "without the tags" in faults


def test_parameters_need_type_literal_and_comment(tmp_path):
    path = write(tmp_path / "reports" / "bad.ipynb")
    notebook = json.loads(path.read_text())
    notebook["cells"][2]["source"] = 'workspace = ""\nperiod: str = ""  # latest\nmarket: str = ""  # code'
    path.write_text(json.dumps(notebook))
    faults = " ".join(map(str, lint(path)))
    assert "`workspace` lacks type, literal or comment" in faults
    assert "lacks the parameters language" in faults
