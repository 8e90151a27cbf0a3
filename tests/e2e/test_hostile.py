"""Whatever stands in the data is text in everything that is made of them; the proof tries every field and form."""

import io
import re

import pandas as pd
import pptx
import pypdf
import pytest
import xlsxwriter
from matplotlib.figure import Figure
from pypdf.annotations import Link
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from tests import hostile_checks as checks
from tests.browser.chromium import found as browser_found
from tests.browser.chromium import launched
from tests.hostile_company import FIELDS, NAMES, SHARES, code, mixed, pairs
from tests.hostile_runs import forms, found, made
from tests.hostile_words import WORDS
from tne.report.block import Block
from tne.report.figures import canvas
from tne.report.formats.reading import read_page
from tne.report.formats.slides import slides
from tne.report.formats.workbook import workbook
from tne.report.image import pixels
from tne.report.index_page import index_page
from tne.report.page import page
from tne.report.tables import data_table
from tne.report.voice import voice
from tne.runs import estimates, leaving

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("hostile")]
SAY = voice({"market": "QX1", "name": "Market", "language": "en"})
# every word alone, at the beginning, which is where spreadsheets look
ALONE = [f"{word.text} {code(0, k, 0)}" for k, word in enumerate(WORDS)]
HEAD = '<header class="front"><p class="kicker">K</p><h1>Verdict</h1></header>'


@pytest.fixture(scope="module")
def browser():
    if browser_found() is None:
        pytest.skip("no Chromium is on the path (apt install chromium)")
    with launched() as chromium:
        yield chromium


@pytest.fixture(scope="module")
def told(browser, tmp_path_factory):
    root = tmp_path_factory.mktemp("hostile") / "company"
    root.mkdir()
    return found(root, made(root, 7, ("assessment",)), browser)


@pytest.fixture(scope="module")
def well():
    """A page that holds each word alone, in a cell, a header and a list."""
    frame = pd.DataFrame({"name": ALONE, "estimate": 1.5})
    table = data_table(SAY, frame, caption=ALONE[0], columns={"name": ALONE[1], "estimate": "Change"})
    return page([Block(HEAD, kind="front"), Block(table)], SAY, run={"run_id": "abc"})


def test_the_companies_hold_every_word_in_every_field():
    assert len(WORDS) >= 60
    assert set().union(*map(pairs, range(SHARES))) == {
        (f, w) for f in range(len(FIELDS)) for w in range(len(WORDS))
    }
    for share in range(SHARES):
        for count in (1, 2, 5, 100):
            texts = mixed(3, share, count)
            assert len(set(texts)) == count
            assert {pair for pair in pairs(share) if pair[0] == 3} <= set(checks.seen(texts))


@pytest.mark.repeats("hostile")
def test_nothing_of_a_company_is_taken_for_anything_but_text(told):
    wrong = {name: one["found"][:5] for name, one in told.items() if one["found"]}
    assert not wrong


@pytest.mark.repeats("hostile")
def test_the_words_reach_every_form(told):
    names = {form: {NAMES[field] for field, _ in seen} for form, seen in forms(told).items()}
    assert names["html"] >= {"market", "title", "item", "answer", "area", "settings: contact"}
    assert names["xlsx"] >= {"market", "title", "item", "answer", "area", "settings: contact"}
    assert names["pptx"] >= {"market", "title", "item", "area"}
    assert names["csv"] >= {"programme", "item"}
    assert names["index"] >= {"market", "settings: name"}


def test_each_word_alone_is_text_in_every_form(well, browser, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(well, encoding="utf-8")
    read = read_page(well)
    rows = [{"report": "r", "market": "QX1", "term": word, "note": word, "estimate": -0.5} for word in ALONE]
    told = {
        "html": checks.page(browser, path),
        "xlsx": checks.workbook(workbook(read)),
        "pptx": checks.slides(slides(read)),
        "csv": checks.numbers(estimates.to_csv(rows).encode()),
    }
    leaving.check_file(workbook(read), "xlsx", well)
    assert {form: one["found"] for form, one in told.items() if one["found"]} == {}
    everywhere = {(0, k) for k in range(len(WORDS))}
    for form in ("html", "xlsx", "csv"):
        assert set(told[form]["seen"]) == everywhere, form


def test_each_word_is_text_in_the_index(browser, tmp_path):
    markets = [
        {"market": f"QX{k}", "name": name, "reports": [], "as_of": None, "status": "failed", "reason": name}
        for k, name in enumerate(ALONE)
    ]
    failures = [{"report": "r", "market": f"QX{k}", "reason": name} for k, name in enumerate(ALONE)]
    # five stand side by side without a frame that scrolls
    programmes = [{"programme_id": ALONE[k], "title": ALONE[k]} for k in (28, 47, 57, 62, 66)]
    path = tmp_path / "index.html"
    path.write_text(index_page(markets, programmes, {}, failures, voice=SAY), encoding="utf-8")
    told = checks.page(browser, path)
    assert told["found"] == []
    assert len(told["seen"]) == len(WORDS)


@pytest.mark.filterwarnings("ignore:Glyph")  # a box stands for what the font lacks
def test_each_word_is_drawn_as_it_is():
    with canvas.house_style():
        figure = Figure(figsize=(6, 40))
        axes = figure.add_subplot()
        axes.set_yticks(range(len(ALONE)), canvas.row_names(ALONE, 30))
        axes.set_title(canvas.wrap("$x$", 30))
    assert not any(label.get_parse_math() for label in (axes.title, *axes.get_yticklabels()))
    assert pixels(figure, 0.5).min() < 255


# -- the checks find what is planted


ALERT = DictionaryObject(
    {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("x")}
)
DOT = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
PLAIN = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
PLANTED = [
    ("<script>window.__pwned=1</script>", True, "Content Security Policy"),
    ("<script>window.__pwned=1</script>", False, "a script has run"),
    ("<script>alert(1)</script>", False, "a dialog"),
    ("<img src=x onerror=window.__pwned=1 alt=x>", False, "<img> has onerror"),
    ('<img src="https://evil.invalid/a.png" alt="x">', False, "the page asks for https://evil.invalid"),
    ('<a href="javascript:window.__pwned=1">x</a>', True, "leads to javascript:"),
    ('<a href="https://evil.invalid/">x</a>', True, "leads to https:"),
    ("<script>location.href='about:blank'</script>", False, "leads to about:blank"),
    ("<script>document.title='x'; open('about:blank')</script>", False, "a window opens"),
    (f'<p style="position:fixed"><img alt="a" src="{DOT}"></p>', True, "<p> has style"),
    ("<h1>Verdict: scale</h1>", True, "2 elements <h1>"),
    ("<!-- hidden -->", True, "holds a comment"),
    ("<u>x</u>", True, "<u> stands in it"),
    ("<pre>" + "W" * 300 + "</pre>", True, "sticks out"),
    ("<p>\u202elater</p>", True, "U+202E"),
    ("<p>\u2067later</p>", True, "isolates do not end"),
    ("<p>Z" + "\u0300" * 30 + "</p>", True, "a stack of accents"),
    ("<p>" + code(0, 4, 0) + "</p>", True, "stands behind"),
    ("<h5>far down</h5>", True, "heading-order"),
    ("<p id=report>x</p>", True, "stand twice"),
]  # fmt: skip


@pytest.mark.parametrize(("part", "guarded", "says"), PLANTED, ids=[f"{p[2]}, {p[1]}" for p in PLANTED])
def test_what_is_planted_in_a_page_is_found(browser, tmp_path, part, guarded, says):
    html = page([Block(HEAD, kind="front")], SAY)
    html = html.replace("</main>", f"{part}</main>")
    path = tmp_path / "page.html"
    path.write_text(html if guarded else PLAIN.sub("", html), encoding="utf-8")
    told = checks.page(browser, path)["found"]
    assert any(says in one for one in told), told


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("r,=1+1,1,1,1,1,1", "“=1+1” becomes a formula"),
        ("r,'a;=1+1,1,1,1,1,1", "parted by ';', “=1+1"),
        ('r,"a\n=1+1",1,1,1,1,1', "parted by"),
        ("r,＝1,1,1,1,1,1", "becomes a formula"),
        ("r,a,b,1,1,1,1", "no number"),
        ("r,a,1,1,1,1", "same number of cells"),
        ("r,\u202ea,1,1,1,1,1", "U+202E"),
        (f"r,img {code(0, 4, 0)},1,1,1,1,1", "stands behind"),
    ],
)
def test_what_is_planted_in_a_table_of_numbers_is_found(line, says):
    head = "report,term,estimate,conf_low,conf_high,n,n_people\n"
    assert checks.numbers(f"{head}r,a,-1.5,-2,-1,20,20\n".encode())["found"] == []
    told = checks.numbers(f"{head}{line}\n".encode())["found"]
    assert any(says in one for one in told), told


@pytest.mark.parametrize(
    ("write", "says"),
    [
        (lambda sheet: sheet.write_formula(0, 0, "=1+1"), "is a formula"),
        (lambda sheet: sheet.write_url(0, 0, "https://evil.invalid/"), "leads outside"),
        (lambda sheet: sheet.write_string(0, 0, "=1+1"), "becomes a formula when it is edited"),
        (lambda sheet: sheet.write_string(0, 0, f"img {code(0, 4, 0)}"), "stands behind"),
    ],
)
def test_what_is_planted_in_a_workbook_is_found(write, says):
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    write(book.add_worksheet())
    book.close()
    told = checks.workbook(out.getvalue())["found"]
    assert any(says in one for one in told), told


def test_what_is_planted_in_slides_is_found():
    deck, out = pptx.Presentation(), io.BytesIO()
    frame = deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text_frame
    frame.text = f"img {code(0, 4, 0)}"
    frame.paragraphs[0].runs[0].hyperlink.address = "https://evil.invalid/"
    deck.save(out)
    told = " ".join(checks.slides(out.getvalue())["found"])
    assert "leads outside" in told
    assert "an action" in told
    assert "stands behind" in told


@pytest.mark.parametrize(
    ("plant", "says"),
    [
        (lambda book: book.root_object.update({NameObject("/OpenAction"): ALERT}), "/JavaScript"),
        (lambda book: book.add_attachment("a.txt", b"a"), "/EmbeddedFiles"),
        (
            lambda book: book.add_annotation(0, Link(rect=(0, 0, 9, 9), url="https://e.invalid")),
            "leads to https://e.invalid",
        ),
    ],
)  # fmt: skip
def test_what_is_planted_in_a_pdf_is_found(plant, says):
    def content(change):
        book, out = pypdf.PdfWriter(), io.BytesIO()
        book.add_blank_page(99, 99)
        change(book)
        book.write(out)
        return out.getvalue()

    assert checks.pdf(content(lambda book: None)) == []
    told = checks.pdf(content(plant))
    assert any(says in one for one in told), told


def test_what_is_planted_elsewhere_is_found(tmp_path):
    (tmp_path / "a b.html").touch()
    (tmp_path / "m.json").write_text('{"a": NaN}')
    assert len(checks.names(tmp_path)) == 1
    assert checks.record(tmp_path / "m.json") == ["m.json: ValueError"]
    assert checks.told("fine\nso\x1b[2J") == ["U+001B is printed"]
