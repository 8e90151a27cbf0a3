"""What is a policy area of the data called: small within a sentence, with a capital where a line begins."""

from __future__ import annotations

from typing import Any


def area_name(code: str) -> str:
    """Return the area as a sentence names it.

    >>> area_name("hate_speech")
    'hate speech'
    """
    return str(code).replace("_", " ")


def area_title(code: str) -> str:
    """Return the area as it begins a sentence, a row or a heading.

    >>> area_title("hate_speech")
    'Hate speech'
    """
    name = area_name(code)
    return name[:1].upper() + name[1:]


def name_of(item: Any) -> str:
    """The area of `item` within a sentence: what is found about an area has it as its property ``name``."""
    return area_name(item.area)


def title_of(item: Any) -> str:
    """The area of `item` as it begins a line: what is found about an area has it as its property ``title``."""
    return area_title(item.area)
