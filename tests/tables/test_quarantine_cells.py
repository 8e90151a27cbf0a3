"""The file of rows that wait opens in a spreadsheet as text, whatever somebody called himself."""

import csv
import io
import re

import pytest

from tests.hostile_words import WORDS
from tne.tables.importers.quarantine import Waiting, as_csv

RISKY = re.compile(r"[=+\-@\t\r\n＝＋－＠]")


def opened(cells):
    rows = len(cells)
    waiting = Waiting(
        table="audits", files=["=a.csv"] * rows, numbers=range(rows), rules=["key"] * rows, cells={"=name": cells}
    )  # fmt: skip
    return as_csv(waiting).decode("utf-8-sig")


def test_no_cell_starts_a_formula_by_commas_or_by_semicolons():
    text = opened([word.text for word in WORDS])
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert [len(row) for row in rows] == [4] * (len(WORDS) + 1)
    assert not [cell for row in rows for cell in row if RISKY.match(cell)]
    for sign in (";", "\t"):
        parts = [part.lstrip(' "') for part in re.split(rf"{sign}|[\r\n]+", text)]
        assert not [part for part in parts if RISKY.match(part)]


@pytest.mark.parametrize("number", ["-1.5", "+3", "-1,50", -1.5, -2])
def test_numbers_stay_numbers(number):
    assert list(csv.reader(io.StringIO(opened([number]))))[1][3] == str(number)
