"""The mapping files shown in docs/importing.md are the files in docs/examples, and they work."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from tests.tables.import_cases import workbook, write
from tne.tables.importers import import_export, read_map
from tne.tables.importers.building import check_targets
from tne.tables.importers.touching import read_stored

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES = sorted((DOCS / "examples").glob("*.toml"))

ROSTER = """Employee no,E-mail,Login,First name,Last name,Country,Team,Team since,Team until,Hired,Left,Contract
17,ada@example.org,ada,Ada,A,DE,Blue,2025-01-06,,2025-01-06,,Staff
18,ben@example.org,ben,Ben,B,ES,Red,2025-02-03,,2025-02-03,,BPO
"""
QUIZ = """Last name,First name,Email address,Status,Started,Completed,Duration,Grade/3.00,Q. 1 /1.00,Q. 2 /2.00
A,Ada,ada@example.org,Finished,2 March 2026  9:00 AM,2 March 2026  9:20 AM,20 mins,3.00,1.00,2.00
B,Ben,BEN@example.org,Finished,2 March 2026  9:00 AM,2 March 2026  1:03 PM,4 hours,1.00,1.00,-
C,Cem,cem@elsewhere.example,Finished,2 March 2026  9:00 AM,2 March 2026  1:05 PM,4 hours,1.00,1.00,0.00
,Overall average,,,,,,1.67,1.00,1.00
"""
QA_HEADER = [
    *(
        "Nr",
        "Typ",
        "Fall",
        "Agent-Login",
        "Prüfer",
        "Queue",
        "Thema",
        "Regelstand",
        "Entscheidung",
        "Entscheidung QA",
    ),
    *("Ergebnis", "Fehlerart", "Gewicht", "Entschieden am", "Geprüft am", "Kommentar"),
]


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("TNE_CONFIG_HOME", str(tmp_path / "config"))
    import_export(DOCS / "examples" / "roster.toml", write(tmp_path / "roster.csv", ROSTER), tmp_path / "ws")
    return tmp_path / "ws"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_examples_fit_the_contracts(path):
    check_targets(read_map(path))


@pytest.mark.parametrize("name", ["lms-quiz", "qa-sheet", "roster"])
def test_the_page_shows_the_files(name):
    page = (DOCS / "importing.md").read_text(encoding="utf-8")
    assert (DOCS / "examples" / f"{name}.toml").read_text(encoding="utf-8").strip() in page


def test_lms_quiz_by_hand(root):
    """Three people, one of them not in the roster, one answer missing, one row of averages."""
    report = import_export(DOCS / "examples" / "lms-quiz.toml", write(root.parent / "quiz.csv", QUIZ), root)
    responses = report.table("responses")
    assert (responses.rows_in, responses.stored, responses.non_data, responses.quarantined) == (8, 3, 3, 2)
    assert responses.unmatched == 2
    assert report.unknown_columns == ()
    assert report.table("items").stored == 2
    rows = read_stored(root, "responses")
    assert sorted(rows["market"]) == ["DE", "DE", "ES"]
    assert rows["score"].sum() == 4.0


def test_qa_sheet_by_hand(root):
    when = dt.datetime(2026, 3, 2, 9)
    right = ("v", "Hass", "3", "löschen", "löschen", "richtig", "keiner", 1, when, when)
    wrong = (
        "v",
        "Gewalt",
        "3",
        "a",
        "b",
        "falsch",
        "zu mild",
        "12,5",
        "02.03.2026 09:00",
        "03.03.2026 10:00",
    )
    rows = [
        [1, "Audit", 77, "ada", "P", *right, "x"],
        [2, "Testfall", 78, "BEN", "P", *wrong, None],
        [3, "Kalibrierung", 79, "ben", "P", *wrong, None],
        [None, None, "Summe 3"],
    ]
    path = workbook(root.parent / "qa.xlsx", {"Audits": [["QA"], [], QA_HEADER, *rows]})
    report = import_export(DOCS / "examples" / "qa-sheet.toml", path, root).table("audits")
    assert (report.rows_in, report.stored, report.non_data) == (4, 2, 2)
    audits = read_stored(root, "audits").sort_values("audit_id")
    assert audits["audit_id"].tolist() == ["qa-de-1", "qa-de-2"]
    assert audits["sampling_weight"].tolist() == [1.0, 12.5]
    assert audits["seeded"].tolist() == [False, True]
    assert audits["case_id"].tolist() == ["77", "78"]
