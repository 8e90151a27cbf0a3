"""The scan of finished files finds what must not leave, wherever it hides, and says no value."""

import io
import zipfile

import pytest
import xlsxwriter

from tne.runs.scan import DIGITS, FEW, HIDDEN, ID, MAIL, UNREAD, Known, ids_within, scan_files

KNOWN = Known(frozenset({"m_0123456789abcdef", "t-anna7"}), frozenset({"team@example.org"}))
CLEAN = (
    '<html lang="en"><head><meta charset="utf-8"><title>Week · DE</title><style>p{width:1234567px}</style></head><body>'
    '<svg aria-label="rises"><path d="M1234567 7654321"/></svg><p>Ask team@example.org. n = 12. As of 20260927, '
    "run 8f3a9c5512345678, 1234567.5 or 1,234,567 decisions.</p></body></html>"
)


def found(tmp_path, name, content):
    """Return the kinds found in one file."""
    place = tmp_path / "out"
    place.mkdir(exist_ok=True)
    (place / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    files, findings = scan_files(place, KNOWN)
    assert files >= 1
    told = " ".join(f"{one.file} {one.kind}" for one in findings if "name" not in one.kind)
    assert "0123456789abcdef" not in told.replace(name, "")
    return {one.kind for one in findings}


def workbook(cell="fine", *, author="", hidden=False, comment=False):
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content)
    book.set_properties({"author": author})
    sheet = book.add_worksheet("Numbers")
    sheet.write("A1", cell)
    if comment:
        sheet.write_comment("A1", "look here")
    if hidden:
        book.add_worksheet("Desk").hide()
    book.close()
    return content.getvalue()


def zipped(name, content):
    parcel = io.BytesIO()
    with zipfile.ZipFile(parcel, "w") as parts:
        parts.writestr(name, content)
    return parcel.getvalue()


def test_a_clean_page_passes(tmp_path):
    assert found(tmp_path, "week.html", CLEAN) == set()
    assert found(tmp_path, "book.xlsx", workbook()) == set()
    assert found(tmp_path, "figure.png", b"\x89PNG\0 a@b.example 12345678 ") == set()
    assert found(tmp_path, "a.json", '{"sha256": "1234567812345678", "rows": 12345678}') == set()


@pytest.mark.parametrize(
    ("planted", "kind"),
    [
        ("<p>m_0123456789abcdef</p>", ID),
        ("<p>M_0123456789ABCDEF</p>", ID),
        ("<p>case-m_0123456789abcdef-7</p>", ID),
        ("<p>xm_0123456789abcdefx</p>", ID),
        ("<p>m_01234567<b>89abcdef</b></p>", ID),
        ("<p>t&#45;anna7</p>", ID),
        ('<p title="by t-anna7">x</p>', ID),
        ("<!-- t-anna7 -->", ID),
        ("<script>let who = 't-anna7'</script>", ID),
        ("<p>anna.example@example.org</p>", MAIL),
        ('<a href="mailto:anna@example.org">x</a>', MAIL),
        ("<p>48213377</p>", DIGITS),
        ('<p title="48213377">x</p>', DIGITS),
        ("<!-- a note -->", HIDDEN),
        ('<p style="display: none">anybody</p>', HIDDEN),
        ('<div hidden><p>anybody</p></div>', HIDDEN),
        ('<meta name="author" content="Anna">', HIDDEN),
        ("<td>n = 3</td>", FEW),
    ],
)  # fmt: skip
def test_what_is_planted_in_a_page_is_found(tmp_path, planted, kind):
    assert kind in found(tmp_path, "week.html", CLEAN.replace("</body>", f"{planted}</body>"))


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("book.xlsx", workbook("about t-anna7"), ID),
        ("book.xlsx", workbook("anna@example.org"), MAIL),
        ("book.xlsx", workbook(author="Anna"), HIDDEN),
        ("book.xlsx", workbook(hidden=True), HIDDEN),
        ("book.xlsx", workbook(comment=True), HIDDEN),
        ("all.zip", zipped("in/book.xlsx", workbook("about t-anna7")), ID),
        ("all.zip", zipped("t-anna7.txt", "x"), f"{ID} in its name"),
        ("all.zip", b"PK\x03\x04 no zip", UNREAD),
        ("manifest.json", '{"t-anna7": 1}', ID),
        ("manifest.json", '{"reason": "of 48213377"}', DIGITS),
        ("manifest.json", '{"cut', UNREAD),
        ("estimates.csv", "measure,estimate,n_people\ngain,1.5,5\n", FEW),
        ("t-anna7.txt", "x", f"{ID} in its name"),
        (".hidden", "t-anna7", ID),
        ("figure.png", b"\x89PNG\0 tEXt t-anna7", ID),
        ("printer.bin", b"\0 t-anna7", ID),
        ("list.txt", "about t-anna7".encode("utf-16"), ID),
    ],
    # A workbook holds the second it was made in: no name for a test that several workers collect.
    ids=lambda value: "bytes" if isinstance(value, bytes) else None,
)
def test_what_is_planted_in_other_files_is_found(tmp_path, name, content, kind):
    assert kind in found(tmp_path, name, content)


def test_numbers_of_estimates_are_no_finding(tmp_path):
    rows = "measure,estimate,n_people,n\ngain,12345678,15,12345680\nagreement,0.5,5,20\n"
    assert found(tmp_path, "estimates.csv", rows) == set()


def test_a_pdf_is_read(tmp_path):
    pytest.importorskip("pypdf")
    text = b"BT /F1 12 Tf 20 100 Td (about t-anna7) Tj ET"
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body, at = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        at.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, part)
    table = b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in at)
    end = b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(body)
    assert ID in found(tmp_path, "page.pdf", body + table + end)


@pytest.mark.parametrize(
    ("part", "xml"),
    [
        ("ppt/slides/slide1.xml", "<a:t>n = 3</a:t>"),
        ("ppt/slides/slide1.xml", '<p:cNvPr id="2147483648" descr="rises, n = 3"/>'),
        ("ppt/notesSlides/notesSlide1.xml", "<a:t>n = 3</a:t>"),
        ("xl/drawings/drawing1.xml", '<xdr:cNvPr descr="rises, n = 3"/>'),
    ],
)
def test_few_people_are_found_in_slides_their_notes_and_alternatives(tmp_path, part, xml):
    name = "slides.pptx" if part.startswith("ppt") else "book.xlsx"
    assert found(tmp_path, name, zipped(part, xml)) == {FEW}
    assert found(tmp_path, name, zipped(part, xml.replace("= 3", "= 30"))) == set()


def test_ids_are_found_inside_words_by_hand():
    assert ids_within("a t-anna7 b", KNOWN.ids) == {"t-anna7"}
    assert ids_within("at-anna77", KNOWN.ids) == {"t-anna7"}
    assert ids_within("t-anna", KNOWN.ids) == set()
    assert ids_within("by Müller01, emp#1", frozenset({"müller01", "emp#12"})) == {"müller01"}
