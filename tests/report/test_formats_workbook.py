"""A published page as a workbook, held against the page: every number, no formula, the same bytes."""

import io
import re
import zipfile

import openpyxl
import pandas as pd
import pytest

from tne.report.block import Block
from tne.report.disclosure import BELOW_EDGE
from tne.report.formats.reading import read_page
from tne.report.formats.sheets import unique_names
from tne.report.formats.workbook import workbook
from tne.report.page import page
from tne.report.tables import data_table
from tne.report.voice import voice

HOSTILE = [
    "=1+1",
    "<script>alert(1)</script>",
    "x" * 190,
    "line\nbreak\ttab",
    "🙂 تدريب",
    "@SUM(A1)",
    "+49",
    "-2",
]
FRAME = pd.DataFrame(
    {
        "name": ["Alpha", "Beta", "Gamma", "Delta"],
        "estimate": [2.4137, -0.512, float("nan"), 0.0],
        "conf_low": [1.34, -1.9, float("nan"), -0.4],
        "conf_high": [3.49, 0.88, float("nan"), 0.4],
        "share": [0.3937, 0.071, float("nan"), float("nan")],
        "people": [1240, 45, float("nan"), 10],
        "week": pd.to_datetime(["2026-01-05", "2026-02-16", "2026-03-02", "2026-03-09"]),
        "p": [0.0001, 0.213, float("nan"), 0.5],
        "both": ["3.27 (3.16 to 3.38)", "4.10 (3.90 to 4.30)", "–", "1.05 (1.01 to 1.09)"],
        "part": ["15%", "8%", "–", "< 5%"],
        "note": ["", "", "few_people", BELOW_EDGE],
    }
)
COLUMNS = {
    "name": "Programme", "estimate": "Change, points", "interval": "Interval", "share": "Share", "people": "People",
    "week": "Week", "p": "p", "both": "Mean", "part": "Part",
}  # fmt: skip
FORMATS = {
    "estimate": "change", "interval": "interval", "share": "percent", "people": "count", "week": "week", "p": "p_value",
}  # fmt: skip


def speaking(language="en"):
    return voice(
        {"market": "GB", "name": "Britain", "language": language, "timezone": "UTC"}, period="2026Q2"
    )


def made(frame=FRAME, language="en", caption="What changed", title="It worked"):
    say = speaking(language)
    head = f'<header class="front"><p class="kicker">K</p><h1>{title}</h1><p class="standfirst">Lead.</p></header>'
    table = data_table(say, frame, caption=caption, columns=COLUMNS, formats=FORMATS, note="One more.")
    about = '<section class="about"><h2>About</h2><dl><dt>As of</dt><dd>1 Jun</dd></dl></section>'
    blocks = [Block(head, kind="front"), Block(table, kind="table"), Block(about, kind="end")]
    return page(blocks, say, run={"run_id": "abc123"})


def opened(content):
    return openpyxl.load_workbook(io.BytesIO(content))


def rows_of(sheet):
    """Return header to list of cells, of the one table of a sheet."""
    heads = {cell.value: cell.column for cell in sheet[4] if cell.value}
    return {head: [sheet.cell(5 + i, at) for i in range(len(FRAME))] for head, at in heads.items()}


def test_numbers_are_numbers_as_the_page_shows_them():
    found = rows_of(opened(workbook(read_page(made()))).worksheets[1])
    values = {head: [cell.value for cell in cells] for head, cells in found.items()}
    assert values["Change, points"] == [2.4, -0.5, "– a", 0.0]
    assert values["Interval, from"] == [1.3, -1.9, "– a", -0.4]
    assert values["Interval, to"] == [3.5, 0.9, "– a", 0.4]
    assert values["Share"] == [0.394, 0.071, "– a", "< 5%"]
    assert values["People"] == [1240, 45, "– a", 10]
    assert values["p"] == ["< 0.001", 0.213, "– a", 0.5]
    assert [v.date().isoformat() for v in values["Week"]] == [
        "2026-01-05",
        "2026-02-16",
        "2026-03-02",
        "2026-03-09",
    ]
    assert values["Mean"] == [3.27, 4.1, "–", 1.05]
    assert values["Mean, from"] == [3.16, 3.9, None, 1.01]
    assert values["Part"] == [0.15, 0.08, "–", "< 5%"]
    assert [found[head][0].number_format for head in ("Change, points", "Share", "People", "Week")] == [
        '+0.0;"−"0.0;0.0',
        "0.0%",
        "#,##0",
        "d mmm yyyy",
    ]


def test_every_number_of_the_page_stands_in_the_workbook_and_no_other():
    published = made()
    told = {float(v) for v in re.findall(r'data-(?:v|low|high)="(-?[\d.]+)"', published)}
    shown = {
        float(cell.value)
        for sheet in opened(workbook(read_page(published))).worksheets
        for line in sheet.iter_rows()
        for cell in line
        if isinstance(cell.value, int | float)
    }
    composed = {3.27, 3.16, 3.38, 4.1, 3.9, 4.3, 1.05, 1.01, 1.09, 0.15, 0.08}
    assert shown - composed == told - {0.001}  # "< 0.001" stays text


def test_a_german_page_gives_the_same_numbers():
    frame = FRAME.assign(both=[text.replace(".", ",").replace(" to ", " bis ") for text in FRAME["both"]])
    frame = frame.assign(part=["15\u00a0%", "8\u00a0%", "–", "< 5\u00a0%"])
    found = rows_of(opened(workbook(read_page(made(frame, "de")))).worksheets[1])
    assert [cell.value for cell in found["Mean, von"]] == [3.16, 3.9, None, 1.01]
    assert [cell.value for cell in found["Part"]] == [0.15, 0.08, "–", "< 5 %"]
    assert [cell.value for cell in found["Interval, bis"]] == [3.5, 0.9, "– a", 0.4]


@pytest.mark.parametrize("locale", ["en", "de-CH", "fr", "es-MX", "pt-PT", "ar-EG"])
def test_numbers_are_those_of_the_page_in_every_locale(locale):
    say = speaking(locale)
    shown = [(12345.6, 11000.1, 13000.2), (-2.4, -3.5, -1.3), (0.0, -0.4, 0.4), (1234.0, 999.0, 1999.0)]
    both = [f"{say.points(v)} ({say.interval(low, high)})" for v, low, high in shown]
    part = [say.percent(0.15), say.percent(0.08), "–", f"< {say.percent(0.05)}"]
    sheet = opened(workbook(read_page(made(FRAME.assign(both=both, part=part), locale)))).worksheets[1]
    columns = [[sheet.cell(5 + i, j).value for i in range(4)] for j in range(1, sheet.max_column + 1)]
    assert columns[1] == [2.4, -0.5, "– a", 0.0]
    assert columns[2:4] == [[1.3, -1.9, "– a", -0.4], [3.5, 0.9, "– a", 0.4]]
    assert columns[4][:2] == [0.394, 0.071]
    assert columns[5] == [1240, 45, "– a", 10]
    assert [type(value) for value in columns[7]] == [str, float, str, float]  # "< 0.001" is no number
    assert list(zip(*columns[8:11], strict=True)) == shown
    assert columns[11][:3] == [0.15, 0.08, "–"]
    assert columns[11][3].startswith("<")


def test_a_bound_stays_a_bound_behind_a_mark_of_direction():
    published = made().replace(">&lt; 0.001<", ">\u2068&lt; 0.001\u2069<")
    assert "\u2068" in published
    assert isinstance(rows_of(opened(workbook(read_page(published))).worksheets[1])["p"][0].value, str)


def test_notes_and_source_stand_under_the_table():
    sheet = opened(workbook(read_page(made()))).worksheets[1]
    said = [cell.value for cell in sheet["A"] if cell.value]
    assert "a fewer than 10 people" in said
    assert "One more." in said
    assert any("abc123" in line and "Source" in line for line in said)


def test_contents_list_every_sheet_with_a_link_inside():
    book = opened(workbook(read_page(made())))
    first = book.worksheets[0]
    links = [cell.hyperlink.location for cell in first["A"] if cell.hyperlink]
    assert [link.rsplit("!")[0].strip("'") for link in links] == book.sheetnames[1:]
    assert all(cell.hyperlink.target is None for cell in first["A"] if cell.hyperlink)
    said = " ".join(str(cell.value) for cell in first["A"])
    assert "It worked" in said
    assert "Lead." in said
    assert book.worksheets[-1].title == "About"


@pytest.mark.parametrize("text", HOSTILE)
def test_text_from_data_is_never_a_formula_or_a_link(text):
    from html import escape

    frame = FRAME.assign(name=[text, "B", "C", "D"])
    content = workbook(read_page(made(frame, caption=text, title=escape(text))))
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        sheets = [parts.read(name).decode() for name in parts.namelist() if "/worksheets/" in name]
        assert not any(re.search(r"<f[ >/]", xml) for xml in sheets)
        assert not any(b"External" in parts.read(name) for name in parts.namelist())
    book = opened(content)
    assert book.worksheets[1]["A5"].value == " ".join(text.split())
    assert book.worksheets[1]["A5"].data_type == "s"
    assert book.worksheets[1]["A5"].quotePrefix
    assert " ".join(text.split()) in [cell.value for cell in book.worksheets[0]["A"]]


def test_same_page_same_bytes_and_no_person():
    first, second = workbook(read_page(made())), workbook(read_page(made()))
    assert first == second
    facts = opened(first).properties
    assert (facts.creator or "", facts.lastModifiedBy or "") == ("", "")
    assert facts.created.year == 2000


def test_sheet_reads_from_right_to_left():
    published = made().replace('dir="ltr"', 'dir="rtl"').replace('lang="en"', 'lang="ar"')
    assert read_page(published).direction == "rtl"
    assert all(sheet.sheet_view.rightToLeft for sheet in opened(workbook(read_page(published))).worksheets)


def test_names_of_sheets_fit_a_workbook():
    names = unique_names(
        ["Contents", "a/b:c*?[d]\\e'", "🙂" * 40, "same " * 20, "same " * 20, "History", "", "contents"]
    )
    assert len({name.casefold() for name in names}) == len(names)
    assert all(0 < len(name.encode("utf-16-le")) // 2 <= 31 for name in names)
    assert not any(set("[]:*?/\\'") & set(name) for name in names)


def test_what_is_no_report_is_refused():
    with pytest.raises(ValueError, match="no published report"):
        read_page("<html><body><p>hello</p></body></html>")


def test_numbers_in_other_digits_are_the_same_numbers():
    from tne.report.catalogue import phrase, supported
    from tne.report.formats.composed import split_composed
    from tne.report.formats.tree import Cell, Column, Page, Table

    between = phrase(supported("ar"), "interval.between").format(low="٣٫١٦", high="٣٫٣٨")
    table = Table(
        "c",
        (Column("a", "number"), Column("b")),
        ((Cell("\u061c−٢٫٤", "-2.4"), Cell(f"٣٫٢٧ ({between})")), (Cell("٠٫٥", "0.5"), Cell("–"))),
    )
    arabic = Page("ar", "rtl", "t", "k", "h", "s", (), None, (), (table,), (), (), "")
    split = split_composed(arabic, table, lambda label: (f"{label} from", f"{label} to"))
    assert [column.label for column in split.columns] == ["a", "b", "b from", "b to"]
    assert [cell.value for cell in split.rows[0]] == ["-2.4", "3.27", "3.16", "3.38"]
    assert [cell.value for cell in split.rows[1]] == ["0.5", "", "", ""]


def test_names_and_parts_of_words_do_not_become_numbers():
    frame = FRAME.assign(both=["12", "7", "–", "3"], part=["19 of 20", "v2", "15% more", "–"])
    found = rows_of(opened(workbook(read_page(made(frame)))).worksheets[1])
    assert [cell.value for cell in found["Mean"]] == ["12", "7", "–", "3"]
    assert [cell.value for cell in found["Part"]] == ["19 of 20", "v2", "15% more", "–"]
