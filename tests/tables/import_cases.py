"""Small synthetic exports and mappings for the tests of importing."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl

ROSTER_MAP = """
[source]
name = "roster"
[[table]]
into = "moderators"
[table.columns]
valid_from = "Since"
team = "Team"
hired_on = "Since"
[table.columns.moderator_id.person]
column = "No"
kind = "employee_number"
create = true
aliases = { mail = "Mail", username = "Login" }
[table.constants]
market = "DE"
"""

ROSTER = """No,Mail,Login,Team,Since
1001,ada@example.org,ada,Blue,2024-01-08
1002,Ben@Example.org,ben,Blue,2024-02-05
1003,cem@example.org,cem,Red,2024-03-04
1004,shared@example.org,dora,Red,2024-03-04
1005,shared@example.org,ed,Red,2024-03-04
"""

QUIZ_MAP = """
[source]
name = "quiz"
{source}
[[table]]
into = "responses"
[table.columns]
attempt_id = {{ id = ["Mail", "Completed"], prefix = "a_" }}
moderator_id = {{ person = {{ column = "Mail", kind = "mail" }} }}
score = "Score"
answered_at = "Completed"
[table.constants]
item_id = "q1"
form = "A"
wave = "post"
market = "DE"
"""


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    """Write a text file and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))
    return path


def workbook(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    """Write an .xlsx with one sheet per entry and return its path."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def audit_rows(n: int) -> list[list[object]]:
    """Return `n` plausible rows of a QA sheet: id, case, login, reviewer, decision, QA decision, result, times."""
    start = dt.datetime(2026, 3, 2, 9, 0)
    logins = ("ada", "ben", "cem")
    return [
        [
            *(f"A{i}", f"C{i}", logins[i % 3], "qa1", "remove"),
            *(("remove", "OK") if i % 4 else ("keep", "Fehler")),
            start + dt.timedelta(minutes=7 * i),
            start + dt.timedelta(hours=5, minutes=7 * i),
            1.5,
        ]
        for i in range(n)
    ]


AUDIT_HEADER = [
    "ID",
    "Fall",
    "Agent",
    "QA",
    "Urteil",
    "QA-Urteil",
    "Ergebnis",
    "Entschieden",
    "Geprüft",
    "Minuten",
]

AUDIT_MAP = """
[source]
name = "qa"
kind = "xlsx"
sheet = "QA"
header_row = 3
zone = "Europe/Berlin"
ignore = ["Minuten"]
[[table]]
into = "audits"
[table.columns]
audit_id = "ID"
case_id = "Fall"
moderator_id = { person = { column = "Agent", kind = "username" } }
auditor_id = { id = ["QA"], prefix = "q_" }
decision = "Urteil"
audited_decision = "QA-Urteil"
correct = { column = "Ergebnis", values = { OK = true, Fehler = false } }
error_type = { column = "Ergebnis", values = { OK = "none", Fehler = "false_positive" } }
decided_at = "Entschieden"
audited_at = "Geprüft"
[table.constants]
market = "DE"
queue = "video"
policy_area = "hate"
policy_version = "v1"
sampling_weight = 1
seeded = false
"""
