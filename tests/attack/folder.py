"""All that a reader finds in a folder of reports: each number of each format, as precisely as it stands there."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from bs4 import BeautifulSoup
from openpyxl import load_workbook

NUMBER = re.compile(r"(?<![\w.#-])[+\u2212-]?\d+(?:[.,]\d+)?(?![\w.])")
ATTRIBUTES = ("alt", "title", "aria-label", "aria-description", "content", "datetime")


def numbers(folder: Path, report: str, market: str) -> set[str]:
    """Return all numbers about a report of a market as they are written: page, tables, workbook, slides, JSON."""
    found: set[str] = set()
    for path in sorted((folder / report).rglob("*")):
        about = path.relative_to(folder / report).parts[0].partition(".")[0]
        if about.partition("-")[0] == market and path.suffix in _READERS and path.is_file():
            found.update(_READERS[path.suffix](path))
    return found


def narrowest(value: str, written: set[str], true: float) -> tuple[float, float]:
    """Return the ends of a published value after all that was written about it, the most precise form included.

    What rounds to the value and has more decimals is taken for the same number, unless it is none: a reader is at most
    as good at telling as somebody who knows the `true` one.
    """
    low, high = ends(value)
    for other in written:
        below, above = ends(other)
        if above - below < high - low and below <= true <= above:
            low, high = below, above
    return low, high


def ends(written: str) -> tuple[float, float]:
    """Return the least and the largest number that is written so."""
    text = written.replace("\u2212", "-").replace(",", ".")
    half = 0.5 * 10.0 ** -len(text.partition(".")[2])
    return float(text) - half, float(text) + half


def digits(written: str) -> int:
    """Return the significant digits of a written number.

    >>> digits("0.0310"), digits("1200"), digits("-87.5")
    (3, 2, 3)
    """
    bare = re.sub(r"[+\u2212-]", "", written).replace(",", ".")
    kept = bare.replace(".", "").lstrip("0")
    return len(kept if "." in bare else kept.rstrip("0"))


def _page(path: Path) -> Iterator[str]:
    page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    for hidden in page(["style"]):
        hidden.extract()
    yield from NUMBER.findall(page.get_text(" "))  # scripts and data blocks too
    for tag in page.find_all(True):
        for name, value in tag.attrs.items():
            if name in ATTRIBUTES or name.startswith("data-"):
                yield from NUMBER.findall(str(value))


def _workbook(path: Path) -> Iterator[str]:
    for sheet in load_workbook(path, data_only=False).worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                yield from _value(cell.value)
                yield from _value(cell.comment.text if cell.comment else None)


def _slides(path: Path) -> Iterator[str]:
    with zipfile.ZipFile(path) as parts:
        for name in parts.namelist():
            if re.match(r"ppt/(slides|notesSlides|charts)/[^/]+\.xml$", name):
                written = parts.read(name).decode()
                for text in re.findall(r">([^<]+)<|descr=\"([^\"]*)\"", written):
                    yield from NUMBER.findall(" ".join(text))
            elif name.endswith(".xlsx"):
                yield from _workbook(io.BytesIO(parts.read(name)))  # type: ignore[arg-type]


def _json(path: Path) -> Iterator[str]:
    yield from _walk(json.loads(path.read_text(encoding="utf-8")))


def _walk(told: Any) -> Iterator[str]:
    if isinstance(told, dict):
        told = list(told.values())
    if isinstance(told, list):
        for one in told:
            yield from _walk(one)
    else:
        yield from _value(told)


def _csv(path: Path) -> Iterator[str]:
    for column in pd.read_csv(path, dtype=str, keep_default_na=False, sep=None, engine="python").to_numpy():
        for cell in column:
            yield from NUMBER.findall(cell)


def _value(value: Any) -> Iterator[str]:
    if isinstance(value, float):
        yield np.format_float_positional(value, trim="-")
    elif value is not None and not isinstance(value, bool):
        yield from NUMBER.findall(str(value))


_READERS = {".html": _page, ".xlsx": _workbook, ".pptx": _slides, ".json": _json, ".csv": _csv}
