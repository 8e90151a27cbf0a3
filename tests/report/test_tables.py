"""The one table: every text escaped, numbers in the locale, missing numbers with their reason."""

import math

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from tne.report.clean import clean
from tne.report.disclosure import publishable_frame
from tne.report.tables import cell_text, data_table, machine_values
from tne.report.voice import voice

ENGLISH = voice({"market": "GB", "name": "x", "language": "en"})
GERMAN = voice({"market": "DE", "name": "x", "language": "de"})
VECTORS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</caption></table><script>alert(1)</script>",
    "<svg/onload=alert(1)>",
    "' onmouseover='alert(1)",
    "&lt;script&gt;",
    "[a](javascript:alert(1))",
    "\u202e<b>x</b>",
]


def frame(**values):
    data = {
        "team": ["Berlin", "Porto"],
        "estimate": [2.4, -0.3],
        "conf_low": [1.3, -1.8],
        "conf_high": [3.5, 1.2],
    }
    return pd.DataFrame({**data, **values})


def soup(html):
    return BeautifulSoup(html, "html5lib")


def cells(html):
    return [
        [c.get_text() for c in tr.find_all(["th", "td"])] for tr in soup(html).find("tbody").find_all("tr")
    ]


@pytest.mark.parametrize("vector", VECTORS)
def test_every_text_is_escaped(vector):
    """The same text comes out that went in, wherever it stands, and no element but the table's own is made."""
    html = data_table(
        ENGLISH,
        frame(team=[vector, "b"], estimate=[math.nan, 1.0], note=[vector, ""]),
        caption=vector,
        columns={"team": vector, "estimate": "E"},
        note=vector,
    )
    page = soup(html)
    assert page.find("tbody").find("th").get_text() == vector
    assert page.find("caption").get_text() == vector
    assert page.find("thead").find("th").get_text() == vector
    assert page.find("p").get_text().endswith(vector)
    allowed = {
        "html",
        "head",
        "body",
        "div",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "p",
        "sup",
        "br",
    }
    assert {tag.name for tag in page.find_all()} <= allowed
    names = {name for tag in page.find_all() for name in tag.attrs}
    assert names <= {"class", "tabindex", "role", "aria-label", "scope", "data-kind", "data-v"}


def test_the_page_filter_changes_nothing():
    html = data_table(ENGLISH, frame(), caption="Teams", columns={"team": "Team", "estimate": "Points"})
    assert str(soup(clean(html))) == str(soup(html))


def test_structure_for_screen_readers():
    html = data_table(
        ENGLISH, frame(), caption="Teams, points", columns={"team": "Team", "estimate": "Change, points", "i": "95 %"},
        formats={"estimate": "points", "i": "interval"},
    )  # fmt: skip
    page = soup(html)
    assert page.find("caption").get_text() == "Teams, points"
    assert [th["scope"] for th in page.find("thead").find_all("th")] == ["col"] * 3
    assert [th["scope"] for th in page.find("tbody").find_all("th")] == ["row"] * 2
    assert [("num" in td.get("class", [])) for td in page.find("tbody").find_all("td")] == [True] * 4
    region = page.find("div")
    assert (region["tabindex"], region["role"], region["aria-label"]) == ("0", "region", "Teams, points")


def test_numbers_in_english_and_german_by_hand():
    columns = {c: c for c in ("team", "estimate", "i", "p", "share", "n", "day")}
    formats = {
        "estimate": "points",
        "i": "interval",
        "p": "p_value",
        "share": "percent",
        "n": "count",
        "day": "date",
    }
    data = frame(
        p=[0.00002, 0.0312],
        share=[0.1234, 0.5],
        n=[41295, 120],
        day=pd.to_datetime(["2026-09-30", "2026-01-05"]),
    )
    assert cells(data_table(ENGLISH, data, caption="c", columns=columns, formats=formats)) == [
        ["Berlin", "+2.4", "1.3 to 3.5", "< 0.001", "12.3%", "41,295", "30 Sep 2026"],
        ["Porto", "−0.3", "−1.8 to 1.2", "0.031", "50.0%", "120", "5 Jan 2026"],
    ]
    german = cells(data_table(GERMAN, data, caption="c", columns=columns, formats=formats))
    assert german[0][1] == "+2,4"
    assert german[0][3:6] == ["< 0,001", "12,3\xa0%", "41.295"]
    assert german[0][6] == "30.09.2026"


def test_one_row_has_one_precision():
    data = frame(estimate=[2.41, -0.302], conf_low=[2.38, -1.84], conf_high=[2.44, 1.2])
    html = data_table(
        ENGLISH, data, caption="c", columns={"team": "t", "estimate": "e", "i": "i"},
        formats={"estimate": "change", "i": "interval"},
    )  # fmt: skip
    assert cells(html) == [["Berlin", "+2.410", "2.380 to 2.440"], ["Porto", "−0.3", "−1.8 to 1.2"]]


def test_hidden_numbers_say_why_once():
    raw = pd.DataFrame(
        {
            "team": list("abcd"),
            "estimate": [1.0, 2, 3, 4],
            "conf_low": 0.5,
            "conf_high": 4.5,
            "n_people": [30, 4, 5, 50],
        }
    )
    html = data_table(
        ENGLISH,
        publishable_frame(raw),
        caption="c",
        columns={"team": "Team", "estimate": "e", "n_people": "People"},
        formats={"n_people": "count"},
    )
    assert cells(html)[1] == ["b", "–a", "–a"]
    assert soup(html).find("p").get_text() == "a fewer than 10 people"
    assert "4.0" in html
    assert "2.0" not in html


def test_two_reasons_two_marks_and_desk_text_is_not_shown():
    data = frame(estimate=[math.nan] * 2, note=["few_people", "all 3 people had full marks; see row 17"])
    html = data_table(ENGLISH, data, caption="c", columns={"team": "Team", "estimate": "e"})
    assert cells(html) == [["Berlin", "–a"], ["Porto", "–b"]]
    assert "full marks" not in html
    assert soup(html).find("p").get_text() == "a fewer than 10 peopleb no number can be given"


def test_nobody_and_everybody_are_shown_as_bounds():
    raw = pd.DataFrame(
        {"team": list("abc"), "estimate": [0.0, 1.0, 0.4], "conf_low": math.nan, "conf_high": math.nan,
         "unit": "share", "n": 40, "n_people": 40}
    )  # fmt: skip
    html = data_table(
        ENGLISH,
        publishable_frame(raw),
        caption="c",
        columns={"team": "t", "estimate": "%"},
        formats={"estimate": "percent"},
    )
    assert [row[1] for row in cells(html)] == ["< 5%", "> 95%", "40.0%"]
    assert soup(html).find("p") is None


def test_per_cent_reads_its_unit():
    data = frame(estimate=[88.1, 12.0], conf_low=[85.0, 10.0], conf_high=[91.0, 14.0], unit="percent")
    html = data_table(
        ENGLISH, data, caption="c", columns={"team": "t", "estimate": "%", "i": "i"},
        formats={"estimate": "percent", "i": "interval"},
    )  # fmt: skip
    assert cells(html)[0] == ["Berlin", "88.1%", "85.0 to 91.0"]


def test_unknown_column_or_format_is_named():
    with pytest.raises(KeyError, match="gone"):
        data_table(ENGLISH, frame(), caption="c", columns={"gone": "Gone"})
    with pytest.raises(KeyError, match="currency"):
        data_table(ENGLISH, frame(), caption="c", columns={"estimate": "e"}, formats={"estimate": "currency"})


def test_an_empty_frame_is_an_empty_table():
    html = data_table(ENGLISH, frame().iloc[:0], caption="c", columns={"team": "Team"})
    assert cells(html) == []


def test_cells_say_for_programs_what_they_show():
    """Sorting and workbooks read these: as rounded as the text, shares of 1, nothing where nothing is shown."""
    rows = pd.DataFrame(
        {
            "name": ["a", "b"],
            "estimate": [2.41372, math.nan],
            "conf_low": [1.3402, math.nan],
            "conf_high": [3.4871, math.nan],
            "share": [0.39, 0.5],
            "n": [70.0, math.nan],
            "p_value": [0.0000123, 0.04321],
            "week": pd.to_datetime(["2026-07-13", None]),
            "note": ["", "few_people"],
        }
    )
    columns = ["name", "estimate", "interval", "share", "n", "p_value", "week"]
    kinds = {"share": "percent", "n": "count", "p_value": "p_value", "week": "week", "interval": "interval"}
    html = data_table(GERMAN, rows, caption="C", columns={c: c for c in columns}, formats=kinds)
    soup = BeautifulSoup(html, "html.parser")
    kind_of = [th["data-kind"] for th in soup.thead.find_all("th")]
    assert kind_of == ["text", "number", "interval", "percent", "count", "p_value", "week"]
    first, second = ([dict(c.attrs) for c in tr.find_all(["th", "td"])] for tr in soup.tbody.find_all("tr"))
    shown = [{k: v for k, v in cell.items() if k.startswith("data-")} for cell in first]
    assert shown == [
        {},
        {"data-v": "2.4"},
        {"data-low": "1.3", "data-high": "3.5"},
        {"data-v": "0.390"},
        {"data-v": "70"},
        {"data-v": "0.001"},
        {"data-v": "2026-07-13"},
    ]
    assert not any(k.startswith("data-") for cell in second[1:3] for k in cell)


@pytest.mark.parametrize("unit", ["share", "percent"])
def test_halves_of_a_share_are_rounded_as_the_page_rounds_them(unit):
    say = voice({"market": "GB", "language": "en"})
    for k in range(1, 2000):
        row = {"x": k / 2000 * (1 if unit == "share" else 100), "unit": unit}
        shown = cell_text(say, row, "x", "percent").rstrip("%")
        assert float(shown) / 100 == pytest.approx(float(machine_values(row, "x", "percent")["v"]), abs=1e-9)
