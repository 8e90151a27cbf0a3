"""A page on paper, printed by a real Chromium: whole figures, repeated headers, numbered pages, readable by ear."""

import base64
import io

import pytest
from PIL import Image, ImageDraw

from tne.report.block import Block
from tne.report.page import page
from tne.report.voice import voice
from tne.runs import pdf

pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed (extra `test`)")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(pdf.browser() is None, reason="no Chromium on the path and none in TNE_CHROMIUM"),
]
FIGURES, ROWS = 7, 70
A4 = (595, 842)
EDGE = 30  # points; the margins are wider


def drawing(i):
    image = Image.new("RGB", (1280, 580 + 120 * (i % 3)), "white")
    ImageDraw.Draw(image).line([(0, 0), image.size], fill=(0, 90 + i, 60), width=9)
    out = io.BytesIO()
    image.save(out, format="WEBP", lossless=True)
    return image.size, "data:image/webp;base64," + base64.b64encode(out.getvalue()).decode()


def figure(i):
    (width, height), source = drawing(i)
    return (
        f'<figure id="figure-{i}"><h3>Finding {i}</h3><img src="{source}" alt="From 1 to {i}." width="{width // 2}" '
        f'height="{height // 2}"><figcaption>Caption {i}.</figcaption></figure>'
        f"<details><summary>Numbers</summary><p>hidden{i}</p></details>"
    )


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    rows = "".join(f'<tr><th scope="row">row {i}</th><td class="num">{i}.5</td></tr>' for i in range(ROWS))
    table = (
        '<div class="scroll"><table><caption>Long</caption><thead><tr><th scope="col">Weekname</th>'
        f'<th scope="col">Value</th></tr></thead><tbody>{rows}</tbody></table></div>'
    )
    front = '<header class="front"><p class="kicker">K</p><h1>It worked</h1><p class="standfirst">Lead.</p></header>'
    text = "<p>" + "Words that fill the line. " * 40 + "</p>"
    body = f'<h2 id="a" class="part">First part</h2>{table}' + "".join(
        text + figure(i) for i in range(FIGURES)
    )
    html = page(
        [Block(front, kind="front"), Block(body)],
        voice({"market": "GB", "language": "en"}, period="2026Q2"),
        title="Britain · Effectiveness",
    )
    file = tmp_path_factory.mktemp("pdf") / "GB.html"
    file.write_text(html, encoding="utf-8")
    content = pdf.print_page(pdf.browser(), file)
    return file, content, pypdf.PdfReader(io.BytesIO(content))


def pictures(sheet):
    """Return (left, bottom, width, height) of each picture drawn on a sheet, in points."""
    found, images = [], sheet["/Resources"].get("/XObject", {})

    def seen(operator, operands, matrix, _):
        if operator == b"Do" and images[operands[0]]["/Subtype"] == "/Image":
            a, b, c, d, e, f = matrix
            found.append((min(e, e + a), min(f, f + d), abs(a), abs(d)) if not (b or c) else None)

    sheet.extract_text(visitor_operand_before=seen)
    return found


def test_no_figure_is_cut_or_torn(printed):
    _, _, book = printed
    shown = [box for sheet in book.pages for box in pictures(sheet)]
    # a picture over a page break would be drawn on both pages
    assert len(shown) == FIGURES
    for i, (left, bottom, width, height) in enumerate(shown):
        (w, h), _ = drawing(i)
        assert left >= EDGE
        assert bottom >= EDGE
        assert left + width <= A4[0] - EDGE
        assert bottom + height <= A4[1] - EDGE
        assert width / height == pytest.approx(w / h, rel=0.02)


def test_paper_is_a4_and_pages_are_numbered(printed):
    _, _, book = printed
    for i, sheet in enumerate(book.pages, start=1):
        assert [round(float(v)) for v in sheet.mediabox[2:]] == list(A4)
        assert f"{i} / {len(book.pages)}" in sheet.extract_text()


def test_head_of_a_long_table_is_repeated(printed):
    _, _, book = printed
    said = [sheet.extract_text() for sheet in book.pages]
    with_rows = [text for text in said if "row " in text]
    assert len(with_rows) >= 2
    assert all("Weekname" in text for text in with_rows)
    assert sum(text.count("row ") for text in said) == ROWS


def test_closed_details_and_screen_parts_stay_out(printed):
    _, _, book = printed
    said = " ".join(sheet.extract_text() for sheet in book.pages)
    assert "hidden" not in said
    assert "Skip" not in said


def test_pdf_is_tagged_with_language_title_and_outline(printed):
    _, _, book = printed
    root = book.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].startswith("en")
    assert book.metadata.title == "Britain · Effectiveness"

    def titles(entries):
        for entry in entries:
            yield from titles(entry) if isinstance(entry, list) else [entry.title]

    assert {"It worked", "First part"} <= set(titles(book.outline))


def test_cells_are_numbered_in_their_order_and_nothing_else_is_touched():
    # as two runs of one browser name them: in another order of asking, but sorted alike
    once = (
        b"/ID (node00000028) /Headers [(node00000028)] /ID (node00000035) /Title (node00000099) (node0000003)"
    )
    again = once.replace(b"00000028", b"00000003")
    said = pdf._renumbered(once)
    assert said == pdf._renumbered(again)
    assert said == once.replace(b"00000028", b"00000001").replace(b"00000035", b"00000002")


def test_same_page_same_bytes(printed):
    file, content, _ = printed
    assert pdf.print_page(pdf.browser(), file) == content
