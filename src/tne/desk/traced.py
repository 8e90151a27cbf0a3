"""How the trace of a number looks in a notebook. Every value is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from tne.desk.shown import STYLE, checks_html, code_html
from tne.result import number

if TYPE_CHECKING:
    from tne.desk.trace import Trace

_AGREES = {
    True: '<p class="fine">The desk gives the same number today; the report shows it rounded.</p>',
    False: '<p class="mark"><strong>{why}</strong></p>',
    None: "<p>{why}</p>",
}


def trace_html(trace: Trace) -> str:
    """Return what a number is made of as one escaped piece of HTML."""
    parts = (_lead(trace), _numbers(trace), _making(trace), checks_html(trace.checks))
    code = code_html(trace.code) if trace.code else ""
    return f'{STYLE}<div class="tne-desk">{"".join(parts)}{code}{_cells(trace)}</div>'


def _lead(trace: Trace) -> str:
    row = trace.row
    what = trace.made.text if trace.made else "A number of a report of your own"
    named = " · ".join(
        str(row[key])
        for key in ("report", "market", "programme_id", "measure", "term", "group")
        if row.get(key)
    )
    page = (
        f"Page {trace.page['path']}, {trace.page['status']}, run {trace.page['run_id']}."
        if trace.page.get("path")
        else ""
    )
    return f'<p class="say">{escape(what)}</p><p>{escape(named)}</p><p>{escape(page)}</p>'


def _numbers(trace: Trace) -> str:
    shown = _line("Published", trace.row) + (
        "" if trace.exact is None else _line("Exact, for the desk", trace.exact)
    )
    heads = ("", "Estimate", "Interval", "Unit", "Rows", "People")
    head = "".join(f'<th scope="col">{name}</th>' if name else "<td></td>" for name in heads)
    told = _AGREES[trace.agrees].format(why=escape(trace.why or _hidden(trace)))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{shown}</tbody></table>{told}"


def _hidden(trace: Trace) -> str:
    note = trace.row.get("note")
    return f"The report shows no number: {note}." if note else ""


def _line(name: str, row: Mapping[str, Any]) -> str:
    ends = [row.get(end) for end in ("conf_low", "conf_high")]
    spoken = (
        "–" if any(end is None or pd.isna(end) for end in ends) else f"{number(ends[0])} to {number(ends[1])}"
    )
    cells = (
        number(row.get("estimate")),
        spoken,
        str(row.get("unit") or ""),
        _count(row.get("n")),
        _count(row.get("n_people")),
    )
    return (
        f'<tr><th scope="row">{name}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
    )


def _count(n: Any) -> str:
    return "–" if n is None or pd.isna(n) else f"{int(n):,}"


def _making(trace: Trace) -> str:
    if trace.made is None:
        return ""
    names = ", ".join(f"<code>tne.{name}</code>" for name in trace.made.functions)
    rows = "".join(
        f'<tr><th scope="row">{escape(row["table"])}</th><td class="n">{_count(row["rows"])}</td>'
        f"<td><code>{escape(row['sha256'])}</code></td></tr>"
        for row in trace.tables.to_dict("records")
    )
    head = '<th scope="col">Table</th><th scope="col" class="n">Rows read</th><th scope="col">SHA-256</th>'
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>" if rows else ""
    return f"<h3>Made by {names}</h3>{table}"


def _cells(trace: Trace) -> str:
    """The notebook's own cells behind a fold: they are long and use what earlier cells made."""
    if not trace.cells:
        return ""
    cells = "".join(
        f'<pre tabindex="0" role="region" aria-label="Cell {i} of the notebook">{escape(cell)}</pre>'
        for i, cell in enumerate(trace.cells, 1)
    )
    return f"<details><summary>Cells of the report’s notebook</summary>{cells}</details>"
