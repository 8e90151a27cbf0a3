"""How is a slide drawn: title, text, table, picture, footer, notes? Everything as an editor would set it by hand."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from typing import Any

from PIL import Image
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Pt

from tne.report.formats import fit
from tne.report.formats.words import shortened

WIDTH, HEIGHT, EDGE = 960.0, 540.0, 44.0  # points; 16:9
INNER = WIDTH - 2 * EDGE
TOP, BOTTOM = 112.0, 500.0  # of what stands between title and footer
INK, SOFT, RULE = "1B1E23", "545B66", "D5D9DF"
TONES = {"effective": "0B6B4A", "not_effective": "A3242B", "harmful": "A3242B", "cannot_tell": "6B5600"}
_TITLE_SIZES = (28.0, 26.0, 24.0, 22.0, 20.0, 18.0, 16.0)
_FIXED = dt.datetime(2000, 1, 1)
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


class Deck:
    """Slides in one language and direction, with the same footer.

    Parameters
    ----------
    title, lang : str
        Of the document; BCP 47 tag.
    rtl : bool
    footer : str
        Stands on every slide.
    """

    def __init__(self, title: str, lang: str, *, rtl: bool, footer: str) -> None:
        self._deck = Presentation()
        self._lang, self._rtl, self._footer = lang, rtl, footer
        scale = Pt(WIDTH) / self._deck.slide_width
        self._deck.slide_width, self._deck.slide_height = Pt(WIDTH), Pt(HEIGHT)
        self._widen(scale)
        facts = self._deck.core_properties
        facts.title, facts.author, facts.last_modified_by, facts.revision = shortened(title, 250), "", "", 1
        facts.created = facts.modified = _FIXED
        facts.language = lang

    def _widen(self, scale: float) -> None:
        """The template is 4:3; slides that a reader adds shall fit, too."""
        layouts = self._deck.slide_layouts
        for holder in (self._deck.slide_master, *layouts):
            for shape in holder.placeholders:
                left, width = shape.left, shape.width
                if left is not None and width is not None:
                    shape.left, shape.width = int(left * scale), int(width * scale)
        package = self._deck.part.package
        for key, relation in list(package._rels.items()):
            if relation.reltype.endswith("/thumbnail"):  # of the template
                package._rels.pop(key)

    def slide(self, title: str, *, over: str = "", notes: Sequence[str] = ()) -> Any:
        """Add a slide with its title, a line over it, the footer, and the speaker's notes."""
        slide = self._deck.slides.add_slide(self._deck.slide_layouts[5])
        head = slide.shapes.title
        head.left, head.top, head.width, head.height = Pt(EDGE), Pt(40), Pt(INNER), Pt(68)
        size = fit.largest(title, INNER, 66, _TITLE_SIZES, bold=True)
        kept = fit.cut(title, INNER, 66, size, bold=True)
        self._write(head.text_frame, [kept], size=size, bold=True, font="Georgia", anchor=MSO_ANCHOR.TOP)
        if over:
            self.text(slide, [fit.cut(over, INNER, 18, 11)], top=22, height=18, size=11, colour=SOFT)
        number = len(self._deck.slides)
        foot = fit.cut(self._footer, INNER - 50, 26, 9)
        self.text(slide, [foot], top=506, height=26, size=9, colour=SOFT, width=INNER - 50)
        self._number(slide, number)
        said = [line for line in ([title] if kept != title else []) + list(notes) if line]
        if said:
            frame = slide.notes_slide.notes_text_frame
            self._write(frame, said, size=12, plain=True)
        return slide

    def text(
        self,
        slide: Any,
        said: Sequence[str],
        *,
        top: float,
        height: float,
        size: float,
        colour: str = INK,
        bold: bool = False,
        width: float = INNER,
        left: float = EDGE,
        space: float = 0.0,
        bullets: bool = False,
    ) -> None:
        """Add a box of paragraphs."""
        at = WIDTH - left - width if self._rtl else left
        box = slide.shapes.add_textbox(Pt(at), Pt(top), Pt(width), Pt(height))
        lines = [f"• {line}" for line in said] if bullets else said
        self._write(box.text_frame, lines, size=size, colour=colour, bold=bold, space=space)

    def picture(self, slide: Any, image: bytes, alt: str, *, top: float, height: float) -> float:
        """Add a picture, as large as fits, in the middle; return the points that it is high."""
        with Image.open(io.BytesIO(image)) as drawn:
            png = io.BytesIO()
            drawn.convert("RGB").save(png, format="PNG", optimize=True)
            ratio = drawn.width / drawn.height
        width = min(INNER, height * ratio)
        at = EDGE + (INNER - width) / 2
        shape = slide.shapes.add_picture(
            io.BytesIO(png.getvalue()), Pt(at), Pt(top), Pt(width), Pt(width / ratio)
        )
        _describe(shape, alt)
        return width / ratio

    def table(
        self,
        slide: Any,
        heads: Sequence[str],
        rows: Sequence[Sequence[tuple[str, str, str]]],
        shares: Sequence[float],
        heights: Sequence[float],
        *,
        size: float,
        alt: str,
        top: float = TOP,
    ) -> None:
        """Add a native table; each cell is (words, small print, colour)."""
        shape = slide.shapes.add_table(
            len(rows) + 1, len(heads), Pt(EDGE), Pt(top), Pt(INNER), Pt(sum(heights))
        )
        _describe(shape, alt)
        table = shape.table
        if self._rtl:
            table._tbl.tblPr.set("rtl", "1")
        # without bands and fill: rules only, as on the page
        table._tbl.tblPr.find(qn("a:tableStyleId")).text = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
        table.horz_banding = False
        for j, share in enumerate(shares):
            table.columns[j].width = Pt(INNER * share)
        for i, height in enumerate(heights):
            table.rows[i].height = Pt(height)
        for j, head in enumerate(heads):
            self._cell(table.cell(0, j), [(head, size - 2, SOFT, True)], rule=INK)
        for i, row in enumerate(rows, start=1):
            for j, (said, small, colour) in enumerate(row):
                lines = [(said, size, colour or INK, j in (0, len(row) - 1) or bool(colour))]
                lines += [(small, size - 2, SOFT, False)] if small else []
                self._cell(table.cell(i, j), lines, rule=RULE)

    def _cell(self, cell: Any, lines: Sequence[tuple[str, float, str, bool]], rule: str) -> None:
        cell.margin_left = cell.margin_right = Pt(4)
        cell.margin_top = cell.margin_bottom = Pt(3)
        frame = cell.text_frame
        frame.word_wrap = True
        for i, (said, size, colour, bold) in enumerate(lines):
            paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
            self._run(paragraph, said, size, colour, bold, "Calibri")
        _rule(cell, rule)

    def _number(self, slide: Any, number: int) -> None:
        box = slide.shapes.add_textbox(Pt(EDGE if self._rtl else WIDTH - EDGE - 40), Pt(506), Pt(40), Pt(18))
        paragraph = box.text_frame.paragraphs[0]
        paragraph.alignment = PP_ALIGN.LEFT if self._rtl else PP_ALIGN.RIGHT
        field = paragraph._p.makeelement(
            qn("a:fld"), {"id": "{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}", "type": "slidenum"}
        )
        looks = field.makeelement(qn("a:rPr"), {"lang": self._lang, "sz": "900"})
        shown = field.makeelement(qn("a:t"), {})
        shown.text = str(number)
        field.append(looks)
        field.append(shown)
        paragraph._p.insert(0 if paragraph._p.pPr is None else 1, field)

    def _write(
        self,
        frame: Any,
        said: Sequence[str],
        *,
        size: float,
        colour: str = INK,
        bold: bool = False,
        font: str = "Calibri",
        anchor: Any = None,
        space: float = 0.0,
        plain: bool = False,
    ) -> None:
        frame.word_wrap = True
        if anchor is not None:
            frame.vertical_anchor = anchor
        if not plain:
            frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
        for i, line in enumerate(said):
            paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
            paragraph.space_after = Pt(space)
            self._run(paragraph, line, size, colour, bold, font)

    def _run(self, paragraph: Any, said: str, size: float, colour: str, bold: bool, font: str) -> None:
        paragraph.alignment = PP_ALIGN.RIGHT if self._rtl else PP_ALIGN.LEFT
        if self._rtl:
            paragraph._p.get_or_add_pPr().set("rtl", "1")
        run = paragraph.add_run()
        run.text = shortened(said, 20_000)
        run.font.size, run.font.bold, run.font.name = Pt(size), bold, font
        run.font.color.rgb = RGBColor.from_string(colour)  # type: ignore[no-untyped-call]  # of its library
        run._r.get_or_add_rPr().set("lang", self._lang)

    def content(self) -> bytes:
        """Return the file: the same for the same slides, without a clock."""
        made, out = io.BytesIO(), io.BytesIO()
        self._deck.save(made)
        with zipfile.ZipFile(made) as parts, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as fixed:
            for name in parts.namelist():
                info = zipfile.ZipInfo(name, _LONG_AGO)
                info.create_system, info.external_attr = 3, 0o644 << 16
                info.compress_type = zipfile.ZIP_DEFLATED
                fixed.writestr(info, parts.read(name))
        return out.getvalue()


def _describe(shape: Any, alt: str) -> None:
    """Set the words for those who cannot see a picture or a table."""
    shape._element.xpath(".//p:cNvPr")[0].set("descr", shortened(alt, 2_000))


def _rule(cell: Any, colour: str) -> None:
    """Draw a line under a cell."""
    looks = cell._tc.get_or_add_tcPr()
    line = looks.makeelement(qn("a:lnB"), {"w": "9525"})
    fill = line.makeelement(qn("a:solidFill"), {})
    fill.append(fill.makeelement(qn("a:srgbClr"), {"val": colour}))
    line.append(fill)
    looks.insert(0, line)
