"""A published number is taken apart: to the right function, the right cells, and the same number."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

import tne
from tne.desk.made import MADE, made
from tne.desk.trace import published_numbers

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks" / "reports"


def calls(report: str) -> set[str]:
    cells = json.loads((NOTEBOOKS / f"{report}.ipynb").read_text(encoding="utf-8"))["cells"]
    return set(re.findall(r"tne\.(\w+)\(", "".join("".join(cell["source"]) for cell in cells)))


@pytest.mark.parametrize("report", sorted({report for report, _ in MADE}))
def test_each_report_calls_the_functions_that_are_said_to_make_its_numbers(report):
    named = {name for (of, _), how in MADE.items() if of == report for name in how.functions}
    assert named <= calls(report)


def test_every_report_of_the_house_is_known():
    assert {path.stem for path in NOTEBOOKS.glob("*.ipynb")} == {report for report, _ in MADE}


def test_a_report_of_ones_own_is_no_report_of_the_house():
    assert made("mine", "accuracy") is None
    found = tne.trace({"report": "mine", "market": "ES", "measure": "x", "term": "y", "estimate": 1.0},
                      ws=tne.open("data/sample"))  # fmt: skip
    assert found.exact is None
    assert "x" in found._repr_html_()


def test_a_row_without_its_key_is_refused():
    with pytest.raises(KeyError, match="measure, term"):
        tne.trace({"report": "weekly", "market": "ES"})


def test_an_absent_folder_says_how_reports_are_made(tmp_path):
    with pytest.raises(FileNotFoundError, match="tne run"):
        published_numbers(tmp_path)


@pytest.mark.xdist_group("company")
def test_published_numbers_are_those_of_the_desk(company):
    ws, rows = tne.open(company.workspace), published_numbers(company.output)
    mine = rows.loc[rows["report"].eq("effectiveness") & rows["market"].eq("DE")]
    found = [tne.trace(row, company.output, ws) for row in mine.to_dict("records")]
    told = Counter(one.agrees for one in found)
    assert told[False] == 0, [str(one) for one in found if one.agrees is False]
    assert told[True] >= 50
    by_question = {one.row["measure"] for one in found if one.agrees}
    assert {"accuracy", "gain", "mastery", "satisfaction"} <= by_question
    assert all(one.page["path"] == "effectiveness/DE.html" for one in found)
    one = next(one for one in found if one.row["measure"] == "accuracy" and one.agrees)
    assert one.tables.set_index("table").loc["audits", "rows"] > 0
    assert any("tne.primary_effect(" in cell for cell in one.cells)
    assert one.checks


@pytest.mark.xdist_group("company")
def test_a_number_that_has_changed_since_is_not_called_the_same(company):
    ws, rows = tne.open(company.workspace), published_numbers(company.output)
    row = rows.loc[rows["measure"].eq("accuracy") & rows["estimate"].notna()].iloc[0].to_dict()
    found = tne.trace(row | {"estimate": row["estimate"] + 0.1}, company.output, ws)
    assert found.agrees is False
    assert "due" in str(found)


def test_what_is_no_row_says_where_rows_are():
    with pytest.raises(TypeError, match="published_numbers"):
        tne.trace(3)
