"""What HTML a report may hold: an allow-list, enforced on every fragment before it enters a page."""

from __future__ import annotations

import re

import nh3

_TEXT = {
    "a", "abbr", "b", "bdi", "blockquote", "br", "button", "caption", "code", "dd", "details", "div", "dl", "dt", "em",
    "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "header", "hr", "i", "img", "li", "nav", "ol", "p",
    "section", "small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th",
    "thead", "time", "tr", "ul",
}  # fmt: skip
_DRAWING = {"svg", "g", "line", "circle", "rect", "path", "polyline", "polygon", "text", "title", "desc"}
_ANYWHERE = {"class", "id", "lang", "dir", "title", "role", "aria-hidden", "aria-label", "aria-labelledby"}
_SHAPE = {
    "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "ry", "width", "height", "d", "points", "transform",
    "text-anchor",
}  # fmt: skip
_DATA = {"data-v", "data-low", "data-high"}  # what a cell says for programs
_ATTRIBUTES = {
    "*": _ANYWHERE,
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "headers", *_DATA},
    "th": {"scope", "colspan", "rowspan", "abbr", "data-kind", *_DATA},
    # a button that can do nothing but open an explanation on this page
    "button": {"type", "popovertarget"},
    "details": {"open"},
    "div": {"tabindex"},
    "time": {"datetime"},
    "svg": {"viewBox", "focusable", "width", "height"},
    **dict.fromkeys(("g", "line", "circle", "rect", "path", "polyline", "polygon", "text"), _SHAPE),
}
_IMAGES = ("data:image/png;base64,", "data:image/svg+xml;base64,", "data:image/webp;base64,")


def clean(fragment: str) -> str:
    """Return `fragment` with everything outside the allow-list removed.

    Notes
    -----
    No script, style, form, frame, event handler or inline style survives; links lead only to places on the same
    page or to other reports beside it; pictures are only embedded ones (an SVG in an ``img`` cannot run scripts).
    """
    return nh3.clean(
        fragment,
        tags=_TEXT | _DRAWING,
        clean_content_tags={"script", "style", "template", "iframe", "object", "embed", "noscript", "math"},
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes={"data"},
        link_rel=None,
        strip_comments=True,
    )


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "src":
        return value if value.startswith(_IMAGES) else None
    if name == "href":
        return value if _local(value) else None
    if name == "tabindex":
        return value if value == "0" else None
    if name == "type":
        return value if value == "button" else None
    if name == "popovertarget":
        return value if value.startswith("tip-") else None
    return value


def _local(address: str) -> bool:
    """A place on this page, or a file in this folder or the one above: no scheme, no host, no climbing further."""
    if address.startswith("#"):
        return True
    path = address.split("#")[0]
    steps = re.sub("%2e", ".", path, flags=re.IGNORECASE).split("/")
    plain = (
        all(c.isalnum() or c in "._-/%" for c in path) and ".." not in steps[1:] and "%2f" not in path.lower()
    )
    return plain and path.endswith(".html") and not path.startswith("/") and "//" not in path
