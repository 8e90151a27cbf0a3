"""The built site: whole, without a network, and readable for everyone."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from PIL import Image

from tests.browser.chromium import PHONE, WIDE, Tab, found, launched, tab
from website import check
from website.build import build
from website.stage import unlisted

pytestmark = pytest.mark.xdist_group("site")


def dot() -> str:
    """Return a picture of one pixel, in letters."""
    kept = io.BytesIO()
    Image.new("L", (1, 1)).save(kept, "PNG")
    return base64.b64encode(kept.getvalue()).decode()


REPORT = (
    "<!doctype html><html lang=en><title>r</title><figure><h3>A finding</h3>"
    f'<img src="data:image/png;base64,{dot()}" alt="Seen in words"></figure></html>'
)
LOOKED_AT = ("index.html", "methods/gain.html", "house.html", "gallery.html")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, with the page of one report that stands for those of a run."""
    pytest.importorskip("zensical", reason="the site's builder is not installed: make .venv/.docs")
    root = tmp_path_factory.mktemp("site")
    (root / "made" / "needs").mkdir(parents=True)
    (root / "made" / "needs" / "DE.html").write_text(REPORT, encoding="utf-8")
    rows = [{"report": "needs", "market": "DE", "status": "published", "path": "needs/DE.html"}]
    (root / "made" / "manifest.json").write_text(json.dumps({"reports": rows}), encoding="utf-8")
    build(root / "work", root / "made", root / "site")
    return root / "site"


def test_nothing_is_wrong_with_the_site(site):
    assert check.findings(site) == []
    assert len(check.pages(site)) > 100


def test_the_contents_list_every_page(site, tmp_path):
    staged = site.parent / "work"
    assert unlisted(staged) == []
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "new.md").touch()
    (tmp_path / "mkdocs.yml").write_text("nav:\n  - renew.md\n", encoding="utf-8")
    assert unlisted(tmp_path) == ["new.md"]


def test_the_gallery_shows_the_report_and_its_figure(site):
    text = (site / "gallery.html").read_text(encoding="utf-8")
    assert 'alt="Seen in words"' in text
    assert "A finding" in text
    assert (site / "reports" / "needs" / "DE.html").read_text(encoding="utf-8") == REPORT


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        ('<a href="gone.html">x</a>', "the link gone.html leads nowhere"),
        ('<a href="#gone">x</a>', "the link #gone leads to no heading"),
        ('<a href="b.html#gone">x</a>', "the link b.html#gone leads to no heading"),
        ('<script src="https://cdn.example/x.js"></script>', "loads https://cdn.example/x.js"),
        ('<link rel="stylesheet" href="//fonts.example/x.css">', "loads //fonts.example/x.css"),
        ('<img src="a.png">', "the picture a.png has no alternative text"),
        ("<article><p>Why:\n- one</p></article>", "a list or table is read as text: 'Why:\\n- one'"),
        ("<article><!-- reports --></article>", "a mark was not filled"),
    ],
)
def test_what_is_wrong_with_a_page_is_found(tmp_path, planted, said):
    (tmp_path / "b.html").write_text("<p id='there'>b</p>", encoding="utf-8")
    (tmp_path / "a.html").write_text(f"<body>{planted}</body>", encoding="utf-8")
    assert check.findings(tmp_path) == [f"a.html: {said}"]


def test_links_that_lead_somewhere_pass(tmp_path):
    (tmp_path / "b.html").write_text("<p id='there'>b</p>", encoding="utf-8")
    (tmp_path / "a.html").write_text(
        '<a href="b.html#there">x</a><a href="https://elsewhere.example">y</a>', encoding="utf-8"
    )
    assert check.findings(tmp_path) == []


@pytest.fixture(scope="module")
def browser():
    if found() is None:
        pytest.skip(
            "no Chromium is on the path; the pages are opened by the system's own (apt install chromium)"
        )
    with launched() as chromium:
        yield chromium


def violations(opened: Tab) -> list[str]:
    """Return what axe is sure of; what it cannot tell is mostly the theme's: sheets of another origin, menus."""
    opened.page.evaluate(AXE_SCRIPT)
    rules = opened.page.evaluate("axe.run({resultTypes: ['violations']}).then((answer) => answer.violations)")
    return [f"{rule['id']}: {node['html'][:120]}" for rule in rules for node in rule["nodes"]]


@pytest.mark.browser
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.thorough if name == "gallery.html" else ()) for name in LOOKED_AT],
)
def test_everyone_can_read_the_page(browser, site, name):
    with tab(browser, site / name) as opened:
        said = [f for f in opened.heard.findings if not f.startswith("the page asks for file:")]
        for width, scheme in ((WIDE, "light"), (PHONE, "dark")):
            opened.fresh(width=width, scheme=scheme)
            said += [f"{width} px: {one}" for one in violations(opened)]
            wide = opened.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            said += [f"{width} px: the page is {wide} px too wide"] if wide > 0 else []
    assert said == []


@pytest.mark.browser
def test_the_search_works_from_a_file(browser, site):
    with tab(browser, site / "index.html") as opened:
        opened.page.keyboard.press("Control+k")
        opened.page.locator("input:focus").wait_for()
        opened.page.keyboard.type("regression to the mean", delay=20)
        opened.page.locator("a", has_text="Selected people, and").first.wait_for()
        assert [f for f in opened.heard.findings if not f.startswith("the page asks for file:")] == []
