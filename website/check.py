"""What is wrong with the built site? Links that lead nowhere, requests to the net, pictures without words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from lxml import html

# What a page loads by itself, as opposed to what a reader may follow
LOADED = (
    ("img", "src"),
    ("script", "src"),
    ("iframe", "src"),
    ("source", "src"),
    ("video", "src"),
    ("object", "data"),
    ("embed", "src"),
    ("use", "href"),
)
LINKED = {
    "stylesheet",
    "preload",
    "modulepreload",
    "preconnect",
    "dns-prefetch",
    "icon",
    "prefetch",
    "manifest",
}
OUTSIDE = re.compile(r"^(?:[a-z]+:)?//|^[a-z]+:", re.I)


def pages(site: Path) -> list[Path]:
    """Return the pages that the builder made; reports of the gallery have checks of their own."""
    return [p for p in sorted(site.rglob("*.html")) if p.relative_to(site).parts[0] != "reports"]


def findings(site: Path) -> list[str]:
    """Return a sentence for everything that is wrong, sorted by page."""
    trees = {page: html.document_fromstring(page.read_bytes()) for page in pages(site)}
    anchors = {page.resolve(): set(tree.xpath("//@id | //a/@name")) for page, tree in trees.items()}
    found = []
    for page, tree in trees.items():
        where = page.relative_to(site).as_posix()
        if where == "404.html":  # its links are absolute, for a server's root
            continue
        said = [*_links(page, tree, anchors), *_requests(tree), *_wordless(tree), *_unbuilt(tree)]
        found += [f"{where}: {one}" for one in dict.fromkeys(said)]
    return [
        *found,
        *(f"{p.relative_to(site)}: loads {a}" for p in sorted(site.rglob("*.css")) for a in _in_css(p)),
    ]


def _links(page: Path, tree: html.HtmlElement, anchors: dict[Path, set[str]]) -> Iterator[str]:
    for target in tree.xpath("//a/@href"):
        if OUTSIDE.match(target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / unquote(path)).resolve() if path else page.resolve()
        there = there / "index.html" if there.is_dir() else there
        if not there.is_file():
            yield f"the link {target} leads nowhere"
        elif anchor and there in anchors and unquote(anchor) not in anchors[there]:
            yield f"the link {target} leads to no heading"


def _requests(tree: html.HtmlElement) -> Iterator[str]:
    asked = [value for tag, name in LOADED for value in tree.xpath(f"//{tag}/@{name}")]
    asked += [link.get("href", "") for link in tree.iter("link") if LINKED & set(link.get("rel", "").split())]
    yield from (f"loads {value}" for value in asked if re.match(r"(?:https?:)?//", value))


def _wordless(tree: html.HtmlElement) -> Iterator[str]:
    for image in tree.iter("img"):
        if not image.get("alt", "").strip():
            yield f"the picture {image.get('src', '')[:60]} has no alternative text"


def _unbuilt(tree: html.HtmlElement) -> Iterator[str]:
    """Markdown that was not understood: a list or table without its blank line, a mark that nothing filled."""
    for part in tree.xpath("//article//p"):
        text = part.text_content()
        if re.search(r"\n(?:- |\d{1,2}\. |\|)\S", text) or text.lstrip().startswith(("|", "- ")):
            yield f"a list or table is read as text: {text[:60]!r}"
    if tree.xpath("//article//comment()"):
        yield "a mark was not filled"


def _in_css(path: Path) -> list[str]:
    return re.findall(
        r"url\(['\"]?(https?://[^)'\"]+)|@import ['\"](https?://[^'\"]+)", path.read_text("utf-8")
    )
