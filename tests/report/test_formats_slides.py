"""A published page as slides: what is said where, alt texts, nothing too long, the same bytes."""

import base64
import io
import zipfile
from html import escape

import pytest
from PIL import Image

from tne.report.block import Block
from tne.report.formats import fit
from tne.report.formats.reading import read_page
from tne.report.page import page
from tne.report.voice import voice

pptx = pytest.importorskip("pptx", reason="python-pptx is not installed (extra `slides`)")

SECTIONS = ("coverage", "behaviour", "learning", "needs")


def image(colour):
    out = io.BytesIO()
    Image.new("RGB", (64, 30), colour).save(out, format="WEBP", lossless=True)
    return "data:image/webp;base64," + base64.b64encode(out.getvalue()).decode()


def figure(key, title, alt):
    table = (
        f'<div class="scroll"><table><caption>{escape(title)}</caption><thead><tr><th scope="col">Week</th>'
        '<th scope="col" data-kind="number">Estimate</th></tr></thead><tbody><tr><th scope="row">1</th>'
        '<td data-v="2.4">2.4</td></tr></tbody></table></div>'
    )
    return (
        f'<figure id="figure-{key}"><h3>{escape(title)}</h3><img src="{image(len(key))}" alt="{escape(alt)}" '
        f'width="64" height="30"><figcaption>How to read it.</figcaption></figure>'
        f"<details><summary>n</summary>{table}</details>"
    )


def row(name, state="effective", letter="B", action="Keep"):
    return (
        f'<tr class="s-{state}"><th scope="row" class="c-programme">{escape(name)}<small>45 trained</small></th>'
        '<td class="c-change"><span class="value"><b>+2.4</b> (1.3 to 3.5)</span><small>why</small></td>'
        f'<td class="c-evidence"><span class="grade" title="Evidence {letter}: fair">'
        f'<span aria-hidden="true">{letter}</span>'
        f'<span class="sr">Evidence {letter}: fair</span></span><small>precise enough</small></td>'
        f'<td class="c-action"><b>{escape(action)}</b><small>Training lead '
        '<span class="when">by 30 Oct 2026</span></small></td></tr>'
    )


def made(names=("Alpha", "Beta"), title="It worked", language="en", figures=True):
    heads = "".join(
        f'<th scope="col" class="c-{part}">{word}</th>'
        for part, word in (
            ("programme", "Programme"),
            ("change", "Change"),
            ("evidence", "Evidence"),
            ("action", "Do next"),
        )
    )
    rows = "".join(row(name, letter="AB"[i % 2]) for i, name in enumerate(names))
    front = (
        f'<header class="front"><p class="kicker">Effectiveness · Britain</p><h1>{escape(title)}</h1>'
        '<p class="standfirst"><strong>Alpha</strong> raised accuracy by 2.4 points (1.3 to 3.5).</p></header>'
        '<ul class="facts"><li><strong>165</strong> moderators</li>'
        "<li>Groups under <strong>10 people</strong> not shown</li></ul>"
        f'<section class="score"><h2>On the job</h2><table class="scorecard"><caption>Accuracy</caption>'
        f"<thead><tr>{heads}</tr>"
        f"</thead><tbody>{rows}</tbody></table></section>"
        '<section class="aside"><h2>Since the last report</h2><p>Nothing.</p>'
        '</section><section class="aside"><h2>What would change our mind</h2><ul><li>More people.</li></ul></section>'
    )
    body = "".join(
        f'<h2 id="{key}" class="part">{key}</h2><p class="caveat">Mind {key}.</p>'
        + "".join(
            figure(f"{key}-{name}", f"{name}: {key} rose", f"From 1.3 to 3.5 in {key}.") for name in names
        )
        for key in SECTIONS
        if figures
    )
    about = '<section class="about"><h2>About</h2><dl><dt>As of</dt><dd>1 Jun</dd></dl></section>'
    say = voice({"market": "GB", "name": "Britain", "language": language}, period="2026Q2")
    return page(
        [Block(front, kind="front"), Block(body), Block(about, kind="end")], say, run={"run_id": "abc"}
    )


def deck(html):
    from tne.report.formats.slides import slides

    return pptx.Presentation(io.BytesIO(slides(read_page(html))))


def said(slide):
    return " ".join(text for shape in slide.shapes for text in texts(shape))


def texts(shape):
    if shape.has_text_frame:
        yield shape.text_frame.text
    if shape.has_table:
        yield from (cell.text for line in shape.table.rows for cell in line.cells)


def titles(found):
    return [slide.shapes.title.text_frame.text for slide in found.slides]


def test_order_is_verdict_evidence_figures_next_steps_doubt():
    found = deck(made())
    assert titles(found) == [
        "It worked",
        "On the job",
        "Alpha: behaviour rose",
        "Alpha: learning rose",
        "Alpha: needs rose",
        "Next steps",
        "What would change our mind",
    ]
    assert (found.slide_width, found.slide_height) == (12192000, 6858000)


def test_first_slide_says_the_verdict_and_what_it_rests_on():
    first = deck(made()).slides[0]
    for part in (
        "It worked",
        "raised accuracy by 2.4 points (1.3 to 3.5)",
        "165 moderators",
        "10 people not shown",
    ):
        assert part in said(first)
    assert "As of: 1 Jun" in first.notes_slide.notes_text_frame.text


def test_every_slide_names_the_privacy_threshold_and_its_source():
    for slide in deck(made()).slides:
        assert "Groups under 10 people not shown" in said(slide)
        assert "Effectiveness · Britain" in said(slide)


def test_scorecard_is_a_native_table_with_grade_action_role_and_date():
    second = deck(made()).slides[1]
    (table,) = [shape.table for shape in second.shapes if shape.has_table]
    cells = [[cell.text for cell in line.cells] for line in table.rows]
    assert cells[0] == ["Programme", "Change", "Evidence", "Do next"]
    assert cells[1][1] == "+2.4 (1.3 to 3.5)\nwhy"
    assert cells[1][2] == "A\nEvidence A: fair · precise enough"
    assert cells[1][3] == "Keep\nTraining lead by 30 Oct 2026"


def test_figure_keeps_its_words_caveat_and_numbers():
    third = deck(made()).slides[2]
    (picture,) = [
        shape for shape in third.shapes if shape.shape_type == pptx.enum.shapes.MSO_SHAPE_TYPE.PICTURE
    ]
    assert picture._element.xpath(".//p:cNvPr")[0].get("descr") == "From 1.3 to 3.5 in behaviour."
    assert picture.image.content_type == "image/png"
    assert abs(picture.width / picture.height - 64 / 30) < 0.01
    assert "How to read it. Mind behaviour." in " ".join(said(third).split())
    assert "1 | 2.4" in third.notes_slide.notes_text_frame.text


def test_without_figures_and_rows_the_verdict_still_stands():
    found = deck(made(names=(), figures=False))
    assert titles(found) == ["It worked", "What would change our mind"]


@pytest.mark.parametrize(
    "text", ["=1+1", "<script>alert(1)</script>", "word " * 60, "x" * 300, "🙂 تدريب\x0b", "a\nb"]
)
def test_nothing_overflows_its_slide_whatever_it_is_called(text):
    found = deck(made(names=(text, "Beta"), title=text))
    assert len(found.slides) >= 7
    for slide in found.slides:
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.left + shape.width <= found.slide_width + 1
            assert shape.top + shape.height <= found.slide_height
            if shape.has_table:
                inside_table(shape.table)
            elif shape.has_text_frame and shape.text_frame.text:
                need = sum(high(p, shape.width.pt) for p in shape.text_frame.paragraphs)
                assert need <= shape.height.pt + 1, shape.text_frame.text[:60]


def high(paragraph, width):
    font = paragraph.runs[0].font if paragraph.runs else None
    return fit.height(paragraph.text, font.size.pt, width, bold=bool(font.bold)) if font else 0


def inside_table(table):
    for line in table.rows:
        for cell, column in zip(line.cells, table.columns, strict=True):
            need = sum(high(p, column.width.pt - 8) for p in cell.text_frame.paragraphs)
            assert need <= line.height.pt + 1


def test_a_long_scorecard_goes_on_over_several_slides():
    found = deck(made(names=[f"Programme {i} with quite a long title" for i in range(18)], figures=False))
    parts = [title for title in titles(found) if title.startswith("On the job (")]
    assert len(parts) >= 3
    rows = [shape.table for slide in found.slides for shape in slide.shapes if shape.has_table]
    names = [
        line.cells[0].text.split("\n")[0] for table in rows[: len(parts)] for line in list(table.rows)[1:]
    ]
    assert names == [f"Programme {i} with quite a long title" for i in range(18)]


def test_same_page_same_bytes_no_clock_no_author():
    from tne.report.formats.slides import slides

    first, second = slides(read_page(made())), slides(read_page(made()))
    assert first == second
    facts = pptx.Presentation(io.BytesIO(first)).core_properties
    assert (facts.author, facts.last_modified_by, facts.created.year, facts.modified.year) == (
        "",
        "",
        2000,
        2000,
    )
    with zipfile.ZipFile(io.BytesIO(first)) as parts:
        assert {info.date_time[0] for info in parts.infolist()} == {1980}
        assert not any("thumbnail" in name for name in parts.namelist())
        assert not any(b'TargetMode="External"' in parts.read(name) for name in parts.namelist())


def test_slides_read_from_right_to_left():
    html = made().replace('dir="ltr"', 'dir="rtl"').replace('lang="en"', 'lang="ar"')
    found = deck(html)
    paragraphs = list(found.slides[0].shapes.title.text_frame.paragraphs)
    assert paragraphs[0]._p.pPr.get("rtl") == "1"
    assert paragraphs[0].runs[0]._r.rPr.get("lang") == "ar"


@pytest.mark.parametrize("said", ["one two three four", "x" * 80, "漢字" * 20, ""])
def test_cut_text_fits(said):
    kept = fit.cut(said, 100, 30, 12)
    assert fit.height(kept, 12, 100) <= 30
    assert kept == said or kept.endswith("…")
