"""Which fixed words stand in the other formats? Those of the page's own language."""

from __future__ import annotations

import re
from typing import Any

from tne.report.catalogue import phrase, supported
from tne.report.formats.tree import Page

# XML allows no others; a title with one of them would make a file that no program opens
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def say(page: Page, key: str, **values: Any) -> str:
    """Return the phrase ``format.<key>`` in the language of `page`."""
    return phrase(supported(page.lang), f"format.{key}").format(**values)


def shortened(text: str, most: int) -> str:
    """Return `text` cut at a word to at most `most` UTF-16 units, as Office counts them.

    Examples
    --------
    >>> shortened("Ratings of the training", 12)
    'Ratings of…'
    """
    text = _FORBIDDEN.sub("", text)
    if units(text) <= most:
        return text
    kept = text[: most - 1]
    while units(kept) > most - 1:
        kept = kept[:-1]
    head, _, _ = kept.rpartition(" ")
    return (head if len(head) > most // 2 else kept).rstrip(" ,;:.-·") + "…"


def units(text: str) -> int:
    """Return the length of `text` in UTF-16 units: most emoji count twice."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
