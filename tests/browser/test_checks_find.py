"""The checks of pages can fail: each finds what is planted in a page that is well, and nothing in that page."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.browser.visit import CHECKS, findings, visiting

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser_checks")]
DOT = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
PICTURE = (
    f'<img src="{DOT}" width="300" height="120" alt="Errors fell by 4.6 points, from 12 to 7.4 per cent">'
)
SCRIPT = """
document.querySelectorAll("thead th").forEach((head) => {
  const button = document.createElement("button");
  button.className = "sort";
  button.setAttribute("aria-label", "Sort by " + head.textContent);
  button.onclick = () => {
    const down = head.getAttribute("aria-sort") === "ascending", body = head.closest("table").tBodies[0];
    document.querySelectorAll("[aria-sort]").forEach((e) => e.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const value = (row) => row.cells[head.cellIndex].dataset.v ?? row.cells[head.cellIndex].textContent;
    const none = (v) => Number(v === "–");
    const rows = [...body.rows].sort((a, b) => {
      const [x, y] = [value(a), value(b)], apart = isNaN(x) || isNaN(y) ? x.localeCompare(y) : x - y;
      return none(x) - none(y) || (down ? -apart : apart);
    });
    body.append(...rows);
  };
  head.append(button);
});
const links = [...document.querySelectorAll(".toc a")];
addEventListener("scroll", () => {
  const last = links.filter((a) => document.querySelector(a.hash).getBoundingClientRect().top < 100).pop();
  links.forEach((a) => a === last ? a.setAttribute("aria-current", "true") : a.removeAttribute("aria-current"));
});
"""
WELL = f"""<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Report</title><style>
:root {{ color-scheme: light dark; --ink: #222; --paper: #fff }}
@media screen and (prefers-color-scheme: dark) {{ :root {{ --ink: #eee; --paper: #111 }} }}
body {{ background: var(--paper); color: var(--ink); font: 16px/1.5 sans-serif; margin: 1rem }}
a {{ color: inherit }} img {{ max-width: 100%; height: auto; display: block }}
td, th {{ text-align: start; padding: .3rem }}
:focus-visible {{ outline: 3px solid currentColor; outline-offset: 2px }}
.skip {{ position: absolute; inset-inline-start: -99rem }}
.skip:focus {{ inset-inline-start: 1rem; background: var(--paper) }}
button {{ min-width: 24px; min-height: 24px; color: inherit; background: var(--paper) }}
.sort::before {{ content: "↕" }}
summary {{ min-height: 24px }} .toc a {{ display: inline-block; min-height: 24px }}
[popover] {{ max-width: 80vw; background: var(--paper); color: var(--ink) }}
section {{ min-height: 60rem }}
@media print {{ section {{ min-height: 0 }} figure {{ break-inside: avoid }} .skip, button {{ display: none }} }}
</style></head><body><a class="skip" href="#report">Skip to the report</a><main id="report"><h1>Errors fell</h1>
<p>They fell by <button popovertarget="points">points</button>, as measured.</p>
<div id="points" popover>A percentage point: from 80 to 82 per cent are 2 points.</div>
<nav class="toc" aria-label="Contents"><a href="#one">One</a> <a href="#two">Two</a></nav>
<section><h2 id="one">One</h2><figure><h3>Fewer errors after the training</h3>{PICTURE}</figure>
<details><summary>The numbers</summary><table><caption>Errors</caption>
<thead><tr><th scope="col">Market</th><th scope="col">Points</th></tr></thead>
<tbody><tr><th scope="row">IE</th><td data-v="-12">−12</td></tr><tr><th scope="row">DE</th><td>–</td></tr>
<tr><th scope="row">FR</th><td data-v="-1.5">−1.5</td></tr></tbody></table></details></section>
<section><h2 id="two">Two</h2><p>What was done, and what is next.</p></section></main>
<script>{SCRIPT}</script></body></html>"""
POLICY = WELL[WELL.index("<meta http-equiv") : WELL.index("<meta name")]
TINY = '<button style="min-width:9px;min-height:9px;padding:0">'
END = "</main>"
MORE = (
    "<summary>More</summary><table><tbody><tr><td>Other numbers, printed by chance</td></tr></tbody></table>"
)

# check, what is replaced, by what, what the check must say
PLANTED = [
    ("small", END, f"<!--{'x' * 600_001}-->{END}", "bytes, more than"),
    ("language", 'lang="en"', 'lang="de"', "the page is ['de', 'ltr'], not ['en', 'ltr']"),
    ("language", 'lang="en"', 'lang="en" dir="rtl"', "the page is ['en', 'rtl']"),
    ("pictures", "Errors fell by 4.6 points, from 12 to 7.4 per cent", "", "a picture says “”"),
    ("pictures", DOT, "data:image/png;base64,AAAA", "does not load"),
    ("pictures", "<h3>Fewer errors after the training</h3>", "", "has no title"),
    ("pictures", "</figure>", "</figure><p>between</p>", "has no table of its numbers"),
    ("pictures", "<p>What", '<p title="hidden words">What', "says more by its title"),
    ("axe", "<p>What", '<p style="color:#999;background:#fff">What', "color-contrast"),
    ("axe", 'alt="Errors fell by 4.6 points, from 12 to 7.4 per cent"', "", "image-alt (critical)"),
    ("axe", "<p>What", '<h5>Far down</h5><p style="font-size:8px">What', "heading-order"),
    ("axe", "<p>What", f"{TINY}a</button>{TINY}b</button><p>What", "target-size"),
    ("contrast", "<p>What", '<p style="color:#999;background:#fff">What', "of text <p> “What was done"),
    ("contrast", "<p>What", '<p style="opacity:.4">What', "contrast of text <p>"),
    ("contrast", "--ink: #eee", "--ink: #555", "dark, 390 px: contrast of text"),
    ("contrast", "@media print {", "@media print { p { color: #999 }", "on paper: contrast of text <p>"),
    ("contrast", 'content: "↕"', 'content: "↕"; color: #777', "text (::before)"),
    ("contrast", "popover>A", 'popover style="color:#888">A', "contrast of text <div#points>"),
    ("contrast", "<p>What", '<svg aria-hidden="true"><rect width="9" height="9" fill="#aaa"/></svg><p>', "of shape"),
    ("fits", "<p>What", '<p style="width:380px">What', "360 px: the page scrolls sideways: 396 in 360 px"),
    ("fits", "<p>What", '<p style="width:380px">What', "sticks out of the window"),
    ("fits", "<p>What", '<p style="width:60px;white-space:nowrap">What', "text sticks out of <p>"),
    ("fits", "<p>What", '<p style="height:9px;overflow:hidden">What', "cuts its text"),
    ("fits", "<p>What", '<p>Before</p><p style="margin-top:-2.4rem">What', "lies on <p>"),
    ("spaced", "<p>What", '<p style="height:26px;overflow:hidden;width:260px">What', "widely spaced, 360 px: <p>"),
    ("keyboard", "<p>What", '<a href="#one" tabindex="3">First</a><p>What', "outside the order of the page"),
    ("keyboard", "<p>What", '<a href="#one" style="outline:0">Unseen</a><p>What', "cannot be seen"),
    ("keyboard", "<p>What", '<a href="#one" style="outline-color:#8888">Faint</a><p>What', "too faint"),
    ("keyboard", "<body>", '<body><div style="position:fixed;inset:0;background:#fff"></div>', "lies under something"),
    ("keyboard", "const links", "onkeydown = (e) => e.preventDefault(); const links", "does not reach"),
    ("keyboard, folds open", "<summary>", '<summary style="outline:0">', "the focus on <summary>"),
    ("skip link", '<a class="skip"', '<a hidden class="skip"', "no link to the report"),
    ("skip link", ":focus { inset-inline-start: 1rem", ":focus { inset-inline-start: -90rem", "outside the window"),
    ("tips", 'id="points" popover', 'id="points" popover="manual"', "Escape does not close points"),
    ("tips", 'id="points"', 'id="other"', "points is not in the page"),
    ("tips", "<div id", '<div style="width:80rem;max-width:none;margin:0" id', "opens outside the window"),
    ("folds", "const links", "document.querySelector('summary').onclick = () => false; const links", "does not turn"),
    ("sorting", "x - y", "String(x).localeCompare(y)", "not ascending"),
    ("sorting", "none(x) - none(y) ||", "", "a missing number does not stand last"),
    ("sorting", "body.append(...rows)", "body.replaceChildren(rows[0])", "rows were lost"),
    ("contents", 'href="#two"', 'href="#three"', "the contents lead to 'three', which is not there"),
    ("contents", "< 100", "< 2000", "at one the contents mark ['two']"),
    ("no motion", "<p>What", '<p style="transition:color 2s">What', "moves in a transition"),
    ("no script", "<p>What", "<script>document.body.append('Only by script')</script><p>What", "nobody reads"),
    ("no script", "<p>What", "<button>Sort</button><p>What", "does nothing"),
    ("paper", "figure { break-inside: avoid }", "figure img { break-before: page }", "its title does not"),
    ("paper", 'height="120"', 'height="1500" style="height:1500px"', "drawn as 2 pictures"),
    ("paper", "<p>What", '<p style="font-size:0">What', "are missing on paper"),
    ("paper", "<p>What", '<div style="overflow-x:auto"><p style="width:900px">Wide</p></div><p>What', "on paper"),
    ("paper", "<details>", f"<details open>{MORE}</details><details>", "1 of 2 folded tables are printed"),
    ("language", "<p>What", "<p><script>throw Error('broken')</script>What", "the console says broken"),
    ("language", "<p>What", "<p><script>console.warn('old')</script>What", "the console says old"),
    ("language", "<p>What", '<img src="https://example.org/a.png" alt=""><p>What', "violates the following Content"),
]  # fmt: skip


@pytest.fixture(scope="module")
def examined(browser, tmp_path_factory):
    """One page, open for all tests: each writes what it shows, and sees no finding of the one before."""
    path = tmp_path_factory.mktemp("planted") / "page.html"
    path.write_text(WELL, encoding="utf-8")
    with visiting(browser, path, "en") as visit:

        def examined(html, check, **how):
            for shown in (visit.tab, visit.bare):
                shown.page.goto("about:blank")  # whatever the page before still says, it says now
                shown.heard.requests.clear()
                shown.heard.complaints.clear()
            path.write_text(html, encoding="utf-8")
            return findings(replace(visit, **how), check)

        yield examined


@pytest.mark.parametrize("check", CHECKS)
def test_a_page_that_is_well_gives_no_finding(examined, check):
    assert examined(WELL, check) == []


def planted():
    """Every planted fault; the first of each check is the quick one."""
    seen = set()
    for fault in PLANTED:
        marks = pytest.mark.thorough if fault[0] in seen else ()
        seen.add(fault[0])
        yield pytest.param(*fault, marks=marks, id=f"{fault[0]}: {fault[3]}")


@pytest.mark.parametrize(("check", "old", "new", "says"), [*planted()])
def test_what_is_planted_is_found(examined, check, old, new, says):
    assert old in WELL
    found = examined(WELL.replace(old, new), check)
    assert any(says in finding for finding in found), found


@pytest.mark.parametrize("faint", [0, 8, "all"])
def test_faint_text_is_found_among_text_of_its_kind_of_which_three_are_measured(browser, tmp_path, faint):
    """A colour of its own makes a kind of its own."""
    colour = ["color:#999;background:#fff" if faint in (k, "all") else "" for k in range(9)]
    lines = "".join(f'<p style="{style}">Line</p>' for style in colour)
    path = tmp_path / "page.html"
    path.write_text(WELL.replace("<p>What", f"{lines}<p>What"), encoding="utf-8")
    with visiting(browser, path, "en", told=((1280, "light"),), alike=False) as visit:
        found = findings(visit, "axe")
        left = visit.tab.page.locator("[data-alike]").count()
    assert len([finding for finding in found if "color-contrast" in finding]) == (3 if faint == "all" else 1)
    assert left == 0


@pytest.mark.parametrize(
    "asking",
    [
        '<img src="https://example.org/a.png" alt="">',
        '<link rel="stylesheet" href="https://example.org/a.css">',
        '<img src="beside.png" alt="">',
        "<script>fetch('https://example.org/a').catch(() => 0)</script>",
        "<style>@font-face{font-family:f;src:url(//example.org/f)} p{font-family:f}</style>",
    ],
)
def test_whatever_is_asked_for_outside_the_file_is_heard(examined, asking):
    html = WELL.replace(POLICY, "").replace("<p>What", f"{asking}<p>What")
    found = examined(html, "language")
    assert any("the page asks for" in finding for finding in found), found


@pytest.mark.parametrize(("folder", "rest"), [("effectiveness", True), ("briefing", False)])
def test_english_in_an_arabic_page_is_found_where_it_must_be_marked(examined, folder, rest):
    arabic = {"path": Path(folder, "page.html"), "language": "ar"}
    html = WELL.replace('lang="en"', 'lang="ar" dir="rtl"')
    found = examined(html, "language", **arabic)
    marked = examined(html.replace("<main", '<main lang="en"'), "language", **arabic)
    assert not [finding for finding in marked if "<p>" in finding]
    assert any("Skip to the report" in finding or "They fell" in finding for finding in found), found
    assert any("What was done" in finding for finding in found) is rest
