"""`tne lint` goes through files and folders, says a line a fault, and its exit code says whether there was one."""

import json

import pytest

from tests.notebooks.test_lint import write
from tne.cli import main


def test_good_ones_are_counted(tmp_path, capsys):
    write(tmp_path / "reports" / "good.ipynb")
    write(tmp_path / "reports" / ".ipynb_checkpoints" / "good-checkpoint.ipynb", ("code", "class A: ..."))
    assert main(["lint", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "1 of 1 notebooks keep the rules.\n"


def test_each_fault_is_a_line_with_its_place(tmp_path, capsys):
    path = write(tmp_path / "reports" / "bad.ipynb", ("markdown", "## A step"), ("code", "class A: ..."))
    write(tmp_path / "reports" / "good.ipynb")
    assert main(["lint", str(path), str(tmp_path)]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith(f"{path}:5: definition · ")
    assert said[1:] == ["1 of 2 notebooks keep the rules."]
    assert main(["lint", "--json", str(path)]) == 1
    [fault] = json.loads(capsys.readouterr().out)["faults"]
    assert (fault["cell"], fault["rule"]) == (5, "definition")


@pytest.mark.parametrize(("name", "said"), [("absent", "nothing at"), ("", "No notebook in")])
def test_a_place_without_notebooks_is_a_wrong_call(tmp_path, capsys, name, said):
    assert main(["lint", str(tmp_path / name)]) == 2
    assert said in capsys.readouterr().err
