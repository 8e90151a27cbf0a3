"""The benchmark's frozen notebook is what its figures claim: 22 cells, 8 figures, and every output passes the gates."""

import json
import sys
from pathlib import Path

import pytest

from tne.runs.convert import blocks
from tne.runs.gate import check_page
from tne.runs.lint import lint
from tne.runs.render import render

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
NOTEBOOK = BENCHMARKS / "reference.ipynb"


@pytest.fixture
def made(monkeypatch):
    """The benchmark's own modules, as its scripts import them."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import reference_data
    import statements

    yield reference_data, statements
    for name in ("reference_data", "statements"):
        sys.modules.pop(name)


def test_the_notebook_keeps_the_rules_and_its_size():
    code = [c for c in json.loads(NOTEBOOK.read_text())["cells"] if c["cell_type"] == "code"]
    text = "\n".join("".join(c["source"]) for c in code)
    assert lint(NOTEBOOK) == []
    assert len(code) == 22
    assert text.count("tne.say.figure(") == 8
    assert not any(c["outputs"] for c in code)


def test_same_seed_same_data_of_the_size_that_is_claimed(made, tmp_path):
    data, _ = made
    one, two = (data.write(tmp_path / name, markets=2, rows=500) for name in "ab")
    files = sorted(p.relative_to(one) for p in one.rglob("*.parquet"))
    assert len(files) == 3
    assert all((one / f).read_bytes() == (two / f).read_bytes() for f in files)
    first, second = ((one / f).read_bytes() for f in files[:2])
    assert first != second
    assert (data.ROWS, data.MARKETS) == (250_000, 8)


@pytest.mark.filterwarnings("ignore")
def test_every_output_passes_the_gates(made, tmp_path):
    """The cells' last values, as a notebook would show them, make a page that may be published."""
    data, _ = made
    root = data.write(tmp_path, markets=1, rows=20_000)
    shown = []
    names = {"__name__": "__main__"}
    for cell in json.loads(NOTEBOOK.read_text())["cells"]:
        if cell["cell_type"] != "code":
            continue
        *body, last = "".join(cell["source"]).replace('"data/demo"', repr(str(root))).rstrip().split("\n")
        block = last.startswith("tne.say.")
        exec("\n".join([*body, f"_ = {last}" if block else last]), names)
        if block:
            bundle = names["_"]._repr_mimebundle_()
            shown.append(
                {"cell_type": "code", "outputs": [{"output_type": "execute_result", "data": bundle}]}
            )
    found = blocks(shown)
    assert sum(block.kind == "figure" for block in found) == 8
    job = {
        "market_row": {"market": "M0001"},
        "language": "",
        "report": "reference",
        "period": "",
        "path": "reference/M0001.html",
        "min_n": 10,
        "provenance": {"run_id": "x", "parameters": {}, "inputs": {}, "versions": {}},
    }
    page, _ = render(found, job)
    check_page(page, frozenset({f"m-m0001{i:05d}" for i in range(data.PEOPLE)}))
    assert page.count("data:image/webp;base64,") == 8


def test_the_limit_executes_every_cell_for_the_market_that_is_asked_for(made, tmp_path):
    _, statements = made
    sources = [("market: str = 'M0001'", ["parameters"]), ("open(workspace, 'a').write(market)", [])]
    cells = [{"cell_type": "code", "source": s, "metadata": {"tags": t}} for s, t in sources]
    (tmp_path / "n.ipynb").write_text(json.dumps({"cells": cells}))
    for market in ("M0002", "M0003"):
        assert (
            statements.execute(statements.compiled(tmp_path / "n.ipynb"), str(tmp_path / "said"), market) >= 0
        )
    assert (tmp_path / "said").read_text() == "M0002M0003"
