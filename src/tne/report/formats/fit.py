"""How large may a text be set so that it does not overflow? Measured with a wide font, so that others fit too."""

from __future__ import annotations

import math
import unicodedata
from functools import cache
from pathlib import Path

import matplotlib
from PIL import ImageFont

LINE = 1.22  # height of a line, in font sizes
_SLACK = 1.04  # Calibri and Georgia are narrower than DejaVu; other programs break lines elsewhere


def lines(said: str, size: float, width: float, *, bold: bool = False) -> int:
    """Return how many lines a text takes.

    Parameters
    ----------
    said : str
    size, width : float
        Points.
    bold : bool
    """
    count, used, space = 1, 0.0, _width(" ", bold) * size
    for word in said.split():
        long = _width(word, bold) * size * _SLACK
        if used and used + space + long > width:
            count, used = count + 1, 0.0
        if long > width:  # a word longer than a line is broken
            count += math.ceil(long / width) - 1
            long = math.fmod(long, width)
        used += (space if used else 0.0) + long
    return count


def height(said: str, size: float, width: float, *, bold: bool = False) -> float:
    """Return the points that a text is high."""
    return lines(said, size, width, bold=bold) * size * LINE


def largest(said: str, width: float, room: float, sizes: tuple[float, ...], *, bold: bool = False) -> float:
    """Return the largest of the sizes (falling) in which the text fits into width × room; the last if none does."""
    return next((size for size in sizes if height(said, size, width, bold=bold) <= room), sizes[-1])


def cut(said: str, width: float, room: float, size: float, *, bold: bool = False) -> str:
    """Return the text, or its beginning and an ellipsis if it would not fit in this size."""
    if height(said, size, width, bold=bold) <= room:
        return said
    low, high = 0, len(said)
    while low < high:
        middle = (low + high + 1) // 2
        fits = height(said[:middle] + "…", size, width, bold=bold) <= room
        low, high = (middle, high) if fits else (low, middle - 1)
    return said[:low].rstrip(" ,;:.-·") + "…"


@cache
def _font(bold: bool) -> ImageFont.FreeTypeFont:
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(Path(matplotlib.get_data_path(), "fonts", "ttf", name)), 100)


@cache
def _width(word: str, bold: bool) -> float:
    """Return the width of a word in font sizes; signs that the font lacks are taken as full squares."""
    wide = sum(unicodedata.east_asian_width(c) in ("W", "F") for c in word)
    rest = "".join(c for c in word if unicodedata.east_asian_width(c) not in ("W", "F"))
    return wide * 1.05 + _font(bold).getlength(rest) / 100
