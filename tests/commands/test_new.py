"""What `tne new` writes keeps the rules and runs at once, and overwrites nothing."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tne
from tests.website.test_site_pages import lacking
from tne.cli import main
from tne.commands.scaffold.analysis import analysis_files, in_overview, registered
from tne.commands.scaffold.report import QUESTION, report_notebook
from tne.runs.lint import lint
from website.reference import methods

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "data" / "sample"


@pytest.fixture
def workspace(tmp_path):
    """A workspace of one's own: the sample's tables and settings, in a folder far from the checkout."""
    shutil.copytree(SAMPLE, tmp_path / "team", ignore=shutil.ignore_patterns("identity", "ledger"))
    return tmp_path / "team"


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """As much of a checkout as a new measure touches."""
    (tmp_path / "src" / "tne").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("")
    shutil.copy(ROOT / "src" / "tne" / "__init__.py", tmp_path / "src" / "tne" / "__init__.py")
    (tmp_path / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "methods.md", tmp_path / "docs" / "methods.md")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_new_report_keeps_the_rules(tmp_path):
    path = tmp_path / "reports" / "queue-accuracy.ipynb"
    path.parent.mkdir()
    path.write_text(report_notebook("queue-accuracy", QUESTION, "IE"), encoding="utf-8")
    assert lint(path) == []


@pytest.mark.slow
def test_a_new_report_of_an_own_workspace_runs_at_once_and_passes_the_gates(workspace, monkeypatch, capsys):
    monkeypatch.chdir(workspace)
    assert main(["new", "report", "queue-accuracy", "--question", 'Is "hate" the hardest?']) == 0
    assert "tne run --report queue-accuracy" in capsys.readouterr().out
    assert (workspace / "notebooks" / "reports" / "queue-accuracy.ipynb").is_file()
    line = [sys.executable, "-m", "tne.cli", "run", "--report", "queue-accuracy", "--market", "IE"]
    done = subprocess.run(
        [*line, "--output", "../out"], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    page = (workspace.parent / "out" / "queue-accuracy" / "IE.html").read_text(encoding="utf-8")
    assert "<h1>Is &quot;hate&quot; the hardest?</h1>" in page or '<h1>Is "hate" the hardest?</h1>' in page
    assert "Right decisions by policy area" in page
    assert "queue accuracy" in (workspace.parent / "out" / "index.html").read_text(encoding="utf-8")
    assert "queue_accuracy,accuracy,harassment" in (workspace.parent / "out" / "estimates.csv").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["report", "weekly"], "There is a report weekly"),
        (["report", "../x"], "No report can be called so"),
        (["report", "mine", "--question", "Which is hardest"], "ends with ?"),
        (["report", "mine", "--question", "Which of 3?"], "holds no digit"),
        (["analysis", "queue_gap"], "needs a checkout"),
        (["analysis", "Queue Gap"], "as functions are"),
    ],
)
def test_wrong_calls_write_nothing(workspace, monkeypatch, capsys, arguments, said):
    before = sorted(workspace.rglob("*"))
    monkeypatch.chdir(workspace)
    assert main(["new", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert sorted(workspace.rglob("*")) == before


def test_nothing_is_overwritten(workspace, monkeypatch, capsys):
    monkeypatch.chdir(workspace)
    assert main(["new", "report", "mine"]) == 0
    path = workspace / "notebooks" / "reports" / "mine.ipynb"
    path.write_text("mine")
    assert main(["new", "report", "Mine"]) == 2
    assert path.read_text() == "mine"


def test_a_new_measure_has_its_test_its_page_and_its_public_name(checkout, capsys):
    assert main(["new", "analysis", "queue_gap"]) == 0
    assert '    "queue_gap": "tne.measures.queue_gap",\n}' in (checkout / "src/tne/__init__.py").read_text()
    page = (checkout / "docs/methods/queue_gap.md").read_text()
    assert page.startswith("# Queue gap\n")
    assert lacking(page) == []
    rows = list(methods((checkout / "docs/methods.md").read_text()))
    assert ("queue gap", "methods/queue_gap.md", ("queue_gap",)) in [row[:3] for row in rows]
    assert main(["new", "analysis", "queue_gap"]) == 2
    assert main(["new", "analysis", "mean_change"]) == 2
    assert "There is a measure or a file mean_change" in capsys.readouterr().err


def test_a_new_measure_passes_its_own_tests(checkout, monkeypatch, rng):
    """In this process: its functions are run as pytest would run them."""
    files = analysis_files(checkout, "queue_gap")
    source, test = list(files.values())[:2]
    names = {"__name__": "queue_gap", "tne": tne}
    exec(compile(source, "queue_gap.py", "exec"), names)
    monkeypatch.setitem(tne.__dict__, "queue_gap", names["queue_gap"])
    tests = {"__name__": "test_queue_gap"}
    exec(compile(test, "test_queue_gap.py", "exec"), tests)
    for name in ("by_hand", "equals_scipy"):
        given = (rng,) if name == "equals_scipy" else ()
        tests[f"test_queue_gap_{name}"](*given)
    tests["test_interval_covers_the_true_mean"](rng)
    tests["test_rows_of_one_person_count_once_and_their_order_does_not_matter"]()
    tests["test_what_is_left_out_is_said"]()
    tests["test_bad_input_says_what_and_what_to_do"]()
    for values in ([], [5.0]):
        tests["test_undefined_is_nan_with_a_note"](values)


def test_what_is_written_holds_the_strict_types(checkout):
    """The strict check itself needs a minute: what would fail it is a table of arguments without a type."""
    text = next(iter(analysis_files(checkout, "queue_gap").values()))
    assert "    common: dict[str, Any] = {\n" in text


def test_what_is_written_needs_no_formatting(checkout):
    ruff = Path(sys.executable).parent / "ruff"
    if not ruff.exists():
        pytest.skip("ruff is not installed beside this Python")
    for path, text in analysis_files(checkout, "queue_gap").items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (checkout / "mine.ipynb").write_text(report_notebook("mine", QUESTION, "DE"), encoding="utf-8")
    settings = ["--config", str(ROOT / "pyproject.toml"), "--config", 'lint.isort.known-first-party=["tne"]']
    for order in (["format", "--check", *settings[:2]], ["check", *settings]):
        done = subprocess.run(
            [ruff, *order, "."], capture_output=True, text=True, env=os.environ, check=False
        )
        assert done.returncode == 0, done.stdout


def test_a_package_without_a_list_of_names_is_said():
    with pytest.raises(ValueError, match="no list"):
        registered("_HOME = dict()", "queue_gap")
    with pytest.raises(ValueError, match="no table"):
        in_overview("# Methods\n", "queue_gap")


def test_the_notebook_is_what_jupyter_reads(tmp_path):
    import nbformat

    nbformat.validate(json.loads(report_notebook("mine", QUESTION, "DE")))
