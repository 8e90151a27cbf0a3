"""The one table of the reports: escaped, captioned, readable by ear and on a phone.

By hand, because great_tables 1.1 gave each table 12 kB and 11 ms (this: 2 kB, 1.5 ms), ids that repeat and change from
run to run, and a title that is no caption; a page has twenty.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from html import escape
from typing import Any, cast

import pandas as pd

from tne.report.characters import visible
from tne.report.disclosure import ABOVE_EDGE, BELOW_EDGE, EDGE
from tne.report.rounding import as_float, decimals_for, rounded
from tne.report.tips import tip
from tne.report.voice import Voice
from tne.report.written import NO_NUMBER

KINDS: tuple[str, ...] = (
    "text",
    "number",
    "change",
    "points",
    "percent",
    "count",
    "date",
    "week",
    "interval",
    "p_value",
)
LONG = 40  # characters from which a text needs room on a phone, where the table's frame scrolls
# Columns whose header explains itself: the term of the glossary
TERMS = {
    "interval": "interval",
    "cohort": "cohort",
    "grade": "grade",
    "comparison": "comparison",
    "facility": "test.facility",
    "rest": "test.rest",
}
_MARKS = "abcdefghijklmnopqrstuvwxyz"
# Kinds of a statistic: their precision is that of the row's interval, and a missing one needs a reason
_STATISTIC = frozenset({"number", "change", "points", "percent", "interval", "p_value", "count"})


def data_table(
    voice: Voice,
    frame: pd.DataFrame,
    *,
    caption: str,
    columns: Mapping[str, str],
    formats: Mapping[str, str] | None = None,
    row_header: str | None = None,
    note: str | None = None,
) -> str:
    """Return a gated frame as an HTML table; every cell, header and caption is escaped here.

    Parameters
    ----------
    voice : Voice
        Language, locale and privacy threshold.
    frame : DataFrame
        Already publishable (`tne.report.disclosure`). A column ``note`` with codes or text says why a number
        is missing; it is listed below the table once per reason. A column ``decimals`` says to how many the numbers of
        a row were rounded before: they are shown with no more.
    caption : str
        What the table shows, with the unit if all columns share one.
    columns : mapping
        Column to header text with its unit, in the order shown. Other columns are left out.
    formats : mapping, optional
        Column to kind: ``"text"``, ``"number"``, ``"change"`` (signed), ``"points"`` (signed, 0 to 100),
        ``"percent"`` (a share of 0 to 1, or 0 to 100 where the row's ``unit`` is ``"percent"``), ``"count"``,
        ``"date"``, ``"week"`` (Monday), ``"p_value"``, ``"interval"`` (any column name: its limits are
        ``conf_low`` and ``conf_high``, or ``<column>_low`` and ``<column>_high``, in the unit of ``estimate``).
        Without a kind numbers are ``"number"``, all else text.
    row_header : str, optional
        Column that names the rows; the first one without it.
    note : str, optional
        One more sentence below the table.

    Raises
    ------
    KeyError
        For a column that is not in the frame, or a kind that does not exist.

    Examples
    --------
    >>> from tne.report.voice import voice
    >>> html = data_table(
    ...     voice({"market": "GB"}), pd.DataFrame({"a": ["<b>"]}), caption="C", columns={"a": "A"}
    ... )
    >>> "&lt;b&gt;" in html
    True
    """
    kinds = _kinds(frame, columns, formats or {})
    head = row_header if row_header is not None else next(iter(columns))
    reasons: dict[str, str] = {}
    css = {name: _class(kinds[name]) or _long(frame, name) for name in columns}
    tips = {
        name: tip(voice, term, escape(str(columns[name]))) for name, term in TERMS.items() if name in columns
    }
    body = "".join(
        "<tr>"
        + "".join(_cell(voice, row, name, kinds[name], name == head, reasons, css[name]) for name in columns)
        + "</tr>"
        for row in frame.to_dict("records")
    )
    heads = "".join(
        f'<th scope="col"{_class(kinds[name])} data-kind="{kinds[name]}">{tips.get(name) or escape(str(label))}</th>'
        for name, label in columns.items()
    )
    below = [f"<sup>{mark}</sup> {escape(_reason(voice, why))}" for why, mark in reasons.items()]
    if note:
        below.append(escape(note))
    foot = f'<p class="footnote">{"<br>".join(below)}</p>' if below else ""
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption>"
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>{foot}"
    )


def cell_text(voice: Voice, row: Mapping[str, Any], name: str, kind: str) -> str:
    """Return what one cell says, unescaped; a dash where there is no number."""
    value = row.get(name)
    if kind == "interval":
        return _interval(voice, row, name)
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        edge = {BELOW_EDGE: f"< {voice.percent(EDGE)}", ABOVE_EDGE: f"> {voice.percent(1 - EDGE)}"}
        return edge.get(str(row.get("note")), NO_NUMBER) if kind == "percent" else NO_NUMBER
    if kind == "text":
        return voice.show(value)
    if kind in ("date", "week"):
        return voice.date(value)
    number = as_float(value)
    if not math.isfinite(number):
        return NO_NUMBER
    if kind == "count":
        return voice.count(number)
    if kind == "p_value":
        return f"< {voice.number(0.001, 3)}" if number < 0.001 else voice.number(number, 3)
    decimals = _decimals(row, number, name)
    if kind == "percent":
        factor = _to_share(row)
        return voice.percent(number * factor, max(0, decimals - (2 if factor == 1 else 0)))
    return voice.number(number, max(0, decimals), signed=kind in ("points", "change"))


def machine_values(row: Mapping[str, Any], name: str, kind: str) -> dict[str, str]:
    """Return what a cell says for programs: ``v`` as rounded as it is shown, or ``low`` and ``high`` of an interval.

    Nothing for text and for what is not shown as a number. Percentages are shares of 1.
    """
    if kind == "interval":
        low, high, decimals = _limits(row, name)
        shown = {"low": rounded(low, decimals), "high": rounded(high, decimals)}
        return {
            part: f"{value:.{max(0, decimals)}f}" for part, value in shown.items() if math.isfinite(value)
        }
    value = row.get(name)
    if kind == "text" or value is None or (not isinstance(value, str) and pd.isna(value)):
        return {}
    if kind in ("date", "week"):
        return {"v": pd.Timestamp(value).date().isoformat()}
    number = as_float(value)
    if not math.isfinite(number):
        return {}
    if kind == "count":
        return {"v": f"{number:.0f}"}
    if kind == "p_value":
        return {"v": f"{max(number, 0.001):.3f}"}
    decimals = max(0, _decimals(row, number, name))
    if kind == "percent":
        factor = _to_share(row)
        number, decimals = number * factor, max(2, decimals + (0 if factor == 1 else 2))
        # as the page shows it: from its decimal digits, halves to the even one
        digits = Decimal(str(number)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)
        return {"v": format(abs(digits) if digits.is_zero() else digits, "f")}
    return {"v": f"{rounded(number, decimals):.{decimals}f}"}


def _interval(voice: Voice, row: Mapping[str, Any], name: str) -> str:
    return voice.interval(*_limits(row, name))


def _limits(row: Mapping[str, Any], name: str) -> tuple[float, float, int]:
    """Return the limits as they are shown, shares in per cent, and their decimals."""
    low, high = (as_float(row.get(f"{name}_{end}", row.get(f"conf_{end}"))) for end in ("low", "high"))
    if str(row.get("unit")) == "share":
        low, high = 100 * low, 100 * high
        return low, high, max(0, min(_most(row), decimals_for(math.nan, low, high)))
    return low, high, max(0, min(_most(row), decimals_for(cast(float, row.get("estimate")), low, high)))


def _decimals(row: Mapping[str, Any], number: float, name: str) -> int:
    """An estimate has the decimals of its own interval; other numbers at most three significant digits."""
    if name == "estimate":
        limits = (as_float(row.get("conf_low")), as_float(row.get("conf_high")))
        return min(_most(row), decimals_for(number, *limits))
    return min(_most(row), decimals_for(number, math.nan, math.nan))


def _most(row: Mapping[str, Any]) -> int:
    """The decimals that a row's numbers were rounded to, at most four."""
    return min(4, int(row.get("decimals", 4)))


def _to_share(row: Mapping[str, Any]) -> float:
    return 0.01 if str(row.get("unit")).strip().lower() in ("percent", "%") else 1.0


def _kinds(frame: pd.DataFrame, columns: Mapping[str, str], formats: Mapping[str, str]) -> dict[str, str]:
    kinds = {}
    for name in columns:
        kind = formats.get(name)
        if kind is None:
            plain = name in frame.columns and pd.api.types.is_numeric_dtype(frame[name])
            kind = "number" if plain and not pd.api.types.is_bool_dtype(frame[name]) else "text"
        if kind not in KINDS:
            raise KeyError(f"There is no format {kind!r}. Use one of {', '.join(KINDS)}.")
        if kind != "interval" and name not in frame.columns:
            raise KeyError(
                f"The table's frame lacks {name}. It has {', '.join(map(str, frame.columns[:12]))}."
            )
        kinds[name] = kind
    return kinds


def _cell(
    voice: Voice,
    row: Mapping[str, Any],
    name: str,
    kind: str,
    header: bool,
    reasons: dict[str, str],
    css: str,
) -> str:
    text = escape(cell_text(voice, row, name, kind))
    if header and not visible(text).strip():  # a row must be called something
        text = NO_NUMBER
    why = str(row.get("note") or "") if not pd.isna(row.get("note")) else ""
    if text == NO_NUMBER and kind in _STATISTIC and why and why not in (BELOW_EDGE, ABOVE_EDGE):
        mark = reasons.setdefault(why, _MARKS[len(reasons) % len(_MARKS)])
        text += f"<sup>{mark}</sup>"
    data = "".join(f' data-{part}="{escape(said)}"' for part, said in machine_values(row, name, kind).items())
    return f'<th scope="row"{data}>{text}</th>' if header else f"<td{css}{data}>{text}</td>"


def _reason(voice: Voice, why: str) -> str:
    """Return the phrase of a code. What is no code is text of the desk: it gets the general phrase."""
    code = why if re.fullmatch(r"[a-z][a-z0-9_]*", why) else "unknown"
    return voice.code("note", code, min_n=voice.min_n)


def _class(kind: str) -> str:
    return ' class="num"' if kind not in ("text", "date", "week") else ""


def _long(frame: pd.DataFrame, name: str) -> str:
    texts = frame[name].map(lambda value: len(value) if isinstance(value, str) else 0)
    return ' class="long"' if len(texts) and texts.max() >= LONG else ""
