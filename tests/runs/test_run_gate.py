"""The gate refuses what must not leave the team, and passes what may."""

import base64
import hashlib

import pytest

from tne.report.estimates_columns import COLUMNS
from tne.runs.estimates import check_unique, to_csv
from tne.runs.gate import check_page, check_rows
from tne.runs.outcome import Refused

POLICY = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:{more}">'
ROW = {
    "report": "r",
    "market": "AA",
    "measure": "gain",
    "term": "d",
    "estimate": 0.5,
    "n": 40,
    "n_people": 20,
}


def page(body: str = "", head: str = "", more: str = "") -> str:
    first = POLICY.replace("{more}", more)
    return (
        f'<!doctype html><html lang="en"><head>{first}<title>T</title>{head}</head>'
        f"<body><main><h1>H</h1>{body}</main></body></html>"
    )


def test_plain_page_passes():
    check_page(
        page(
            '<figure><img src="data:image/png;base64,AA" alt="rises"></figure><a href="#x">x</a>'
            '<table><caption>c</caption><tr><th scope="col">n</th></tr><tr><td>1</td></tr></table>'
            '<p>Text may name https://example.org</p><a href="../index.html">i</a><br>',
            head="<style>p{background:url(data:image/png;base64,AA)}</style>",
        )
    )


@pytest.mark.parametrize(
    "body",
    [
        '<img src="https://example.org/x.png" alt="x">',
        '<img src="//example.org/x.png" alt="x">',
        '<img src="x.png" alt="x">',
        '<a href="https://example.org">x</a>',
        '<a href="javascript:alert(1)">x</a>',
        '<p style="background:url(https://example.org/x)">x</p>',
        "<style>@import 'x.css';</style>",
        "<style>p{background:url('http://example.org/x')}</style>",
        "<script>alert(1)</script>",
        '<p onclick="x()">x</p>',
        "<iframe></iframe>",
        '<svg aria-label="x"><a xlink:href="http://example.org">x</a></svg>',
        '<img src="data:image/png;base64,AA">',
        "<figure><p>no words for it</p></figure>",
        "<table><tr><td>no caption</td></tr></table>",
        "<table><caption>c</caption><tr><th>no scope</th></tr></table>",
        "<p>open",
        "<h1>second</h1>",
        '<meta http-equiv="refresh" content="0">',
    ],
)
def test_faults_are_refused(body):
    with pytest.raises(Refused):
        check_page(page(body))


def test_script_of_the_template_passes_by_its_hash_only():
    script = "document.title"
    known = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    check_page(page(head=f"<script>{script}</script>", more=f"; script-src 'sha256-{known}'"))
    with pytest.raises(Refused, match="script"):
        check_page(page(head=f"<script>{script} </script>", more=f"; script-src 'sha256-{known}'"))


def test_half_page_and_large_page_are_refused():
    whole = page("<p>x</p>")
    for cut in (len(whole) // 2, len(whole) - 3):
        with pytest.raises(Refused):
            check_page(whole[:cut])
    with pytest.raises(Refused, match=r"2\.\d MB"):
        check_page(page("x" * 2_100_000))
    with pytest.raises(Refused, match="policy"):
        check_page(whole.replace("Content-Security-Policy", "x"))


def test_ids_of_people_are_found_in_text_and_attributes():
    ids = frozenset({"m-abc123"})
    for body in (
        "<p>by m-abc123.</p>",
        '<p title="m-abc123">x</p>',
        '<img src="data:image/png;base64,A" alt="m-abc123">',
    ):
        with pytest.raises(Refused, match="1 ids of people"):
            check_page(page(body), ids)
    check_page(page("<p>m-abc1234</p>"), ids)


@pytest.mark.parametrize(
    ("one", "said"),
    [
        ("m" + 39 * "7", "<p>m" + "<wbr>".join([14 * "7", 15 * "7", 10 * "7"]) + "</p>"),
        ("müller01", "<p>by müller01.</p>"),
        ("emp#1&2", '<p title="emp#1&amp;2">x</p>'),
    ],
)
def test_long_and_unusual_ids_are_found(one, said):
    """A long word gets places to break before the gate sees the page; an id need not be of plain letters."""
    with pytest.raises(Refused, match="1 ids of people"):
        check_page(page(said), frozenset({one}))
    check_page(page(said.replace(one[-1], "0")), frozenset({one}))


@pytest.mark.parametrize(
    "change",
    [
        {"market": "BB"},
        {"report": "other"},
        {"n_people": None},
        {"n_people": 4},
        {"n": 41},
        {"n_people": 21},
        {"decision": "scale"},
        {"estimate": None},
        {"secret": 1},
    ],
)
def test_rows_that_were_not_gated_are_refused(change):
    check_rows([ROW], COLUMNS, "r", "AA")
    with pytest.raises(Refused, match="position 1"):
        check_rows([ROW, ROW | change], COLUMNS, "r", "AA")


def test_suppressed_row_and_verdict_pass():
    check_rows(
        [ROW | {"estimate": None, "n_people": None, "note": "fewer than 10 people"}], COLUMNS, "r", "AA"
    )
    check_rows(
        [{"report": "r", "market": "AA", "measure": "verdict", "decision": "keep"}], COLUMNS, "r", "AA"
    )
    check_rows([ROW], COLUMNS, "r", "all")


def test_key_occurs_once():
    check_unique([ROW, ROW | {"term": "g"}])
    with pytest.raises(Refused, match="1 keys"):
        check_unique([ROW, ROW | {"estimate": 0.7}])


def test_csv_is_ordered_harmless_and_exact():
    rows = [
        ROW | {"market": "BB", "note": "@cmd", "estimate": -0.1 - 0.2},
        ROW | {"term": "+x", "note": "-", "comparison": "\tx", "unit": "a,b"},
    ]
    text = to_csv(rows)
    assert text == to_csv(rows[::-1])
    first, second = text.splitlines()[1:]
    assert first == "r,AA,,,gain,'+x,,,0.5,,,,\"a,b\",x,40,20,,,,'-"
    assert second.startswith("r,BB,,,gain,d,,,-0.3,")
    assert second.endswith(",'@cmd")
