"""The page: complete, closed to the outside, readable by ear, and proof against hostile data."""

import datetime as dt
import itertools
import re
from importlib.resources import files

import html5lib
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from tne import figures, say
from tne.report.block import MIME, Block
from tne.report.catalogue import LANGUAGES
from tne.report.clean import clean
from tne.report.disclosure import publishable_frame
from tne.report.page import policy

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<img src="https://evil.example/x.png">',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="https://evil.example/">x</a>',
    '<a href="//evil.example/a.html">x</a>',
    '<a href="java\tscript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    "<svg onload=alert(1)><circle r=5 /></svg>",
    "<svg><script>alert(1)</script></svg>",
    '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
    "<svg><animate onbegin=alert(1) attributeName=x></svg>",
    '<svg><use href="https://evil.example/x.svg#a"></use></svg>',
    "<svg><foreignObject><iframe src=javascript:alert(1)></iframe></foreignObject></svg>",
    '<div style="width:expression(alert(1))">x</div>',
    '<p style="background:url(https://evil.example/)">x</p>',
    "<style>@import url(https://evil.example/x.css)</style>",
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '<object data="https://evil.example/"></object>',
    '<embed src="https://evil.example/">',
    '<form action="https://evil.example/"><input name=a><button>x</button></form>',
    '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
    '<base href="https://evil.example/">',
    '<link rel=stylesheet href="https://evil.example/x.css">',
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    '<img src="data:text/html;base64,PHNjcmlwdD4=">',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    '<table background="https://evil.example/x.png"><tr><td onclick=alert(1)>x</td></tr></table>',
    "[x](javascript:alert(1)) ![x](https://evil.example/x.png)",
    "<video src=https://evil.example/x.mp4 onerror=alert(1)></video>",
    "<body onload=alert(1)>",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    '"><script>alert(1)</script>',
    "<template><script>alert(1)</script></template>",
]


@pytest.fixture
def blocks(make_effect, make_learning):
    def make(voice):
        weeks = np.arange(-4, 5)
        frame = pd.DataFrame(
            {
                "event_time": weeks, "estimate": 0.4 * weeks, "conf_low": 0.4 * weeks - 1.1,
                "conf_high": 0.4 * weeks + 1.1, "conf_level": 0.95, "n_people": 44, "unit": "points",
            }
        )  # fmt: skip
        frame = publishable_frame(frame)
        drawing = figures.event_study(frame, voice=voice)
        return [
            say.front(
                voice, [make_effect("P1"), make_effect("P2", action="keep")], facts={"status": "final"}
            ),
            say.section(voice, "behaviour", finding="rose"),
            say.caveat(voice, "policy_change", date=dt.date(2026, 7, 20)),
            say.figure(
                voice,
                "event_study",
                drawing,
                table=frame,
                values=figures.event_study_values(frame),
                finding="rose",
            ),
            say.section(voice, "learning"),
            say.learning(voice, make_learning(), programme_id="P1", title="T"),
            say.table(voice, "behaviour", frame, columns=["event_time", "estimate", "interval", "n_people"]),
            say.section(voice, "glossary"),
            say.glossary(voice),
            say.provenance(voice, {"run_id": "r1"}),
        ]

    return make


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_is_valid_closed_and_readable_by_ear(speak, blocks, language):
    voice = speak(language)
    html = say.page(blocks(voice), voice, run={"run_id": "r1", "index": "../index.html"})
    html5lib.HTMLParser(strict=True).parse(html)
    soup = BeautifulSoup(html, "html5lib")
    assert soup.html["lang"] == voice.lang
    assert voice.market_name in soup.title.text
    first = next(child for child in soup.head.children if child.name)
    assert first.name == "meta"
    assert first["content"].startswith("default-src 'none'")
    (script,) = soup.find_all("script")
    assert policy(script.string) == first["content"]
    assert html.lower().count("script") == 3  # its two tags and the policy
    assert len(soup.find_all("h1")) == 1
    levels = [int(h.name[1]) for h in soup.find_all(re.compile(r"^h[1-6]$"))]
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
    assert soup.find_all("img")
    assert all(len(img["alt"]) > 20 for img in soup.find_all("img"))
    assert all(t.caption and t.caption.text.strip() for t in soup.find_all("table"))
    assert all(th.get("scope") for th in soup.find_all("th"))
    assert soup.main["id"] == soup.select_one("a.skip")["href"].removeprefix("#")
    ids = [tag["id"] for tag in soup.find_all(id=True)]
    assert len(ids) == len(set(ids))
    anchors = {a["href"].removeprefix("#") for a in soup.select("nav a")}
    assert anchors <= set(ids)
    assert len(anchors) == 3
    assert not re.search(r"https?:|//[a-z]", re.sub(r'src="data:[^"]+"', "", html))
    assert len(html) < 1_000_000


def test_the_same_blocks_give_the_same_bytes(speak, blocks):
    voice = speak()
    assert say.page(blocks(voice), voice) == say.page(blocks(voice), voice)


@pytest.mark.parametrize("vector", HOSTILE)
def test_hostile_markup_does_not_survive(vector, speak):
    page = say.page([Block(html=f"<div>{vector}</div>")], speak())
    soup = BeautifulSoup(page, "html5lib")
    body = soup.find("main")
    assert not body.find_all(
        ["script", "style", "iframe", "object", "embed", "form", "input", "base", "link", "meta", "video", "template",
         "use", "animate", "foreignobject", "math", "noscript"]
    )  # fmt: skip
    for tag in body.find_all(True):
        for name, value in tag.attrs.items():
            assert not name.startswith("on")
            assert name not in ("style", "background", "srcdoc", "xlink:href", "action")
            if name in ("href", "src"):
                assert value.startswith(("#", "data:image/"))


@pytest.mark.parametrize("vector", HOSTILE)
def test_hostile_data_is_shown_as_text(vector, speak, make_effect, make_estimate, make_learning):
    voice = speak()
    found = [
        say.front(voice, [make_effect("P1", title=vector)], facts={}),
        say.learning(voice, make_learning(), programme_id="P1", title=vector),
        say.group_result(voice, make_estimate(), make_estimate(), group=vector),
        say.provenance(voice, {"contact": vector, "parameters": {"market": vector}}),
    ]
    raw = BeautifulSoup("".join(block.html for block in found), "html5lib")
    assert not raw.find_all(["script", "img", "iframe", "object", "form", "style", "embed", "video"])
    assert not any(name.startswith("on") for tag in raw.find_all(True) for name in tag.attrs)


def test_what_reports_need_survives_cleaning():
    kept = (
        '<figure id="f"><h3>T</h3><img src="data:image/png;base64,AA" alt="a" width="1" height="2">'
        "<figcaption>c</figcaption></figure><details><summary>s</summary><table><caption>c</caption><tbody><tr>"
        '<th scope="row">a</th><td class="num">1</td></tr></tbody></table></details>'
        '<svg class="iv" viewBox="0 0 2 2" aria-hidden="true" focusable="false">'
        '<line x1="0" y1="1" x2="2" y2="1" class="iv-bar"></line></svg>'
    )
    assert clean(kept) == kept


def test_a_page_without_a_front_still_has_one_heading(speak):
    soup = BeautifulSoup(say.page([say.paragraph(speak(), "guardrails")], speak()), "html5lib")
    assert [h.text for h in soup.find_all("h1")] == [
        "Germany · Training effectiveness · July to September 2026"
    ]


def test_a_figure_drawn_from_an_ungated_frame_is_refused(speak):
    frame = pd.DataFrame(
        {"event_time": [0], "estimate": [7.7], "conf_low": [1.0], "conf_high": [9.0], "n_people": [6]}
    )
    drawing = figures.event_study(frame, voice=speak())
    with pytest.raises(ValueError, match="1 rows that may not be shown"):
        say.figure(speak(), "event_study", drawing, table=frame, values={})


def test_a_bundle_round_trip_keeps_the_block_and_refuses_other_outputs(speak, make_effect):
    import json

    block = say.front(speak(), [make_effect("P1")], facts={})
    bundle = json.loads(json.dumps(block._repr_mimebundle_(), allow_nan=False))
    again = say.block_from(bundle)
    assert (again.html, again.kind, len(again.rows)) == (block.html, "front", 2)
    assert bundle[MIME]["gated"] is True
    with pytest.raises(ValueError, match="gate"):
        say.block_from({"text/html": "<b>x</b>"})


def luminance(colour):
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_text_colour_has_contrast_in_light_and_dark():
    """WCAG 2.2, success criterion 1.4.3: at least 4.5 to 1 for text."""
    style = files("tne.report").joinpath("template/style.css").read_text(encoding="utf-8")
    assert len(style.encode()) <= 30_000
    assert "url(" not in style
    schemes = re.findall(r":root{([^}]*--paper[^}]*)}", style)
    assert len(schemes) == 3  # light, dark, print
    for scheme in schemes:
        # paper keeps what it does not change of the light scheme
        colours = {
            **dict(re.findall(r"--(\w+):(#[0-9a-f]{3,6})\b", schemes[0])),
            **dict(re.findall(r"--(\w+):(#[0-9a-f]{3,6})\b", scheme)),
        }
        colours = {k: v if len(v) == 7 else "#" + "".join(2 * c for c in v[1:]) for k, v in colours.items()}
        for name in ("ink", "soft", "link", "good", "bad", "open"):
            for ground in ("paper", "faint"):
                if ground in colours:
                    a, b = sorted((luminance(colours[name]), luminance(colours[ground])))
                    assert (b + 0.05) / (a + 0.05) >= 4.5, (name, ground)
