"""``estimates.csv``: every published number of every report, with the same bytes for the same numbers."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from tne.report.characters import visible
from tne.report.estimates_columns import COLUMNS
from tne.runs.outcome import Refused

KEY = ("report", "market", "programme_id", "measure", "term", "group", "period")
_BREAK = re.compile(r"[\t\r\n]+")  # a row is one line, whatever reads it
# A spreadsheet takes text that starts so for a formula; where it parts cells by semicolons, it knows no quotes in the
# middle of a line.
_FORMULA = re.compile(r"(^|;[\s\"']*)(?=[=+\-@＝＋－＠])")


def key(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the key of a row; absent parts are ""."""
    return tuple("" if row.get(name) is None else str(row[name]) for name in KEY)


def check_unique(rows: Iterable[Mapping[str, Any]]) -> None:
    """Raise `Refused` if two rows of one report share their key."""
    seen: dict[tuple[str, ...], int] = {}
    for row in rows:
        seen[key(row)] = seen.get(key(row), 0) + 1
    twice = [k for k, count in seen.items() if count > 1]
    if twice:
        named = "/".join(twice[0][3:6])
        raise Refused(
            f"{len(twice)} keys of estimates.csv occur more than once, for example measure/term/group {named}. "
            "Give each row its own term or group."
        )


def to_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return the file's text: fixed columns, rows in the order of their key, of equal keys the first.

    Examples
    --------
    >>> print(to_csv([{"report": "r", "market": "DE", "term": "=1+1", "estimate": -0.5}]).splitlines()[1])
    r,DE,,,,'=1+1,,,-0.5,,,,,,,,,,,
    """
    unique: dict[tuple[str, ...], Mapping[str, Any]] = {}
    for row in rows:
        unique.setdefault(key(row), row)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(unique[k].get(name)) for name in COLUMNS] for k in sorted(unique))
    return out.getvalue()


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:.12g}"
    return _FORMULA.sub(r"\1'", _BREAK.sub(" ", visible(str(value))).strip())
