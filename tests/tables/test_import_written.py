"""How cells and headers are written in an office: signs beside numbers, blanks and marks that nobody sees, sheets."""

from __future__ import annotations

import unicodedata

import openpyxl
import pytest

from tests.tables.import_cases import QUIZ_MAP, write
from tne.tables.importers import ContractError, import_export
from tne.tables.importers.faults import Fault, unsaid
from tne.tables.importers.mapping import Column, Source
from tne.tables.importers.texts import is_blank, text_of
from tne.tables.importers.values import convert

GERMAN = Source(
    name="x",
    decimal=",",
    thousands=" ",
    date_formats=("%d. %B %Y",),
    months=("Januar", "Februar", "März", *"abcdefghi"),
)
HEAD = "Mail,Score,Completed"
LINE = "ada@example.org,{},2026-03-02T09:{:02}Z\n"


def one(cell, kind="number", **more):
    values, rules = convert([cell], Column(target="t", **more), kind, GERMAN)
    return rules[0] or values[0]


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u202f", "\u2009"])
def test_blanks_between_thousands_are_one_sign(blank):
    assert one(f"1{blank}234{blank}567,5") == 1234567.5


def test_percent_needs_its_sign_because_a_spreadsheet_holds_85_percent_as_a_share():
    assert one("85,5 %", unit="percent") == 0.855
    assert one("85,5 %", unit="percent", scale=100) == pytest.approx(85.5)
    assert "without %" in one(0.855, unit="percent")
    assert "without %" in one("85,5", unit="percent")
    assert "not a number" in one("85,5 %")


def test_declared_signs_beside_a_number_are_left_out():
    assert one("1 234,50 €", strip=("€",)) == 1234.5
    assert one("€−3", strip=("€", "EUR")) == -3
    assert "not a number" in one("3 $", strip=("€",))


def test_letters_have_one_form_and_marks_that_nobody_sees_are_gone():
    apart = unicodedata.normalize("NFD", "Köln März não")
    assert text_of(f"\u200f {apart} \ufeff") == "Köln März não"
    assert is_blank("\u200b", ())
    assert is_blank(unicodedata.normalize("NFD", "não"), ("não",))
    assert one(unicodedata.normalize("NFD", "3. März 2021"), "day").day == 3
    assert one("\u200e3. \u200eMärz\u200e 2021", "day").month == 3
    assert one("\u200e12") == 12


@pytest.mark.parametrize("day", ["2026-03-02", "20260302", "2026-W10-1"])
def test_a_day_is_no_instant_however_it_is_written(day):
    source = Source(name="x", zone="UTC")
    assert convert([day], Column(target="t"), "instant", source)[1] == ["a day without a time"]
    assert convert([day], Column(target="t"), "day", source)[0][0].day == 2


def quiz(root, export, source=""):
    mapping = write(root.parent / "m.toml", QUIZ_MAP.format(source=source))
    paths = export if isinstance(export, list) else [export]
    files = [
        write(root.parent / str(i) / "e.csv", t) if isinstance(t, str) else t for i, t in enumerate(paths)
    ]
    return import_export(mapping, files, root).table("responses")


def test_a_row_of_too_many_cells_waits_even_where_its_last_column_is_not_read(rostered):
    """A comma in a comment moves what stands behind it: no cell of the row is where its header is."""
    rows = [
        "ada@example.org,well,1,2026-03-02T09:01Z,Blue",
        "ada@example.org,well, 9,1,2026-03-02T09:02Z,Blue",
    ]
    export = "\n".join(["Mail,Comment,Score,Completed,Group", *rows])
    report = quiz(rostered, export, 'ignore = ["Comment", "Group"]')
    assert (report.stored, report.quarantined) == (1, 1)
    assert report.rules == (("attempt_id: more cells than headers", 1),)


def test_every_file_has_its_footer_whatever_it_is_called(rostered):
    report = quiz(rostered, [f"{HEAD}\n{LINE.format(1, i)}Total,1,\n" for i in (1, 2)], "skip_footer = 1")
    assert (report.stored, report.non_data) == (2, 2)


def test_headers_are_compared_without_what_nobody_sees(rostered):
    assert quiz(rostered, f"\u200fMail\u200f,Sco\u00adre,Completed\n{LINE.format(1, 1)}").stored == 1


def test_headers_that_differ_in_case_are_two_of_one_name(rostered):
    with pytest.raises(ContractError, match="two columns Mail"):
        quiz(rostered, f"Mail,MAIL,Score,Completed\na,{LINE.format(1, 1)}")


def test_a_hidden_sheet_is_not_the_first(rostered):
    book = openpyxl.Workbook()
    book.active.append(["Lists"])
    book.active.sheet_state = "hidden"
    sheet = book.create_sheet("Answers")
    sheet.append(HEAD.split(","))
    sheet.append(["ada@example.org", 0.85, "2026-03-02T09:00Z"])
    book.save(rostered.parent / "q.xlsx")
    assert quiz(rostered, [rostered.parent / "q.xlsx"], 'kind = "xlsx"').stored == 1


def test_what_nobody_foresaw_quotes_no_cell():
    with pytest.raises(Fault) as error, unsaid():
        int("kassiopeia")
    assert "kassiopeia" not in str(error.value)
    assert "ValueError in test_import_written.py" in str(error.value)
    assert error.value.__suppress_context__


def test_a_workspace_is_a_folder(rostered):
    file = write(rostered.parent / "file", "x")
    mapping = write(rostered.parent / "m.toml", QUIZ_MAP.format(source=""))
    with pytest.raises(NotADirectoryError, match="file is a file"):
        import_export(mapping, write(rostered.parent / "e.csv", f"{HEAD}\n"), file)
