"""What is every first screen made of? Kicker, finding, lead, the line of facts, and a table of verdicts."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from html import escape
from typing import Any

from tne.report.block import Block
from tne.report.disclosure import headcount
from tne.report.voice import Voice
from tne.report.when import when

KINDS = ("programme", "change", "evidence", "action")  # of the columns of a table of verdicts


def first_screen(
    voice: Voice,
    title: str,
    lead: str | None,
    below: str,
    *,
    facts: Mapping[str, Any],
    rows: Iterable[Mapping[str, Any]] = (),
    bar: str | None = None,
) -> Block:
    """Return the first screen of a report.

    Parameters
    ----------
    voice : Voice
    title : str
        The headline, as plain text.
    lead : str
        HTML of the sentences under it; None: there is no such paragraph.
    below : str
        HTML of what follows the line of facts.
    facts : mapping
        As in `tne.say.front`.
    rows : iterable of mapping
        Rows of ``estimates.csv``, gated.
    bar : str, optional
        HTML of the line of facts; by default `facts_bar`.

    Returns
    -------
    Block
        Of kind ``"front"``.
    """
    standfirst = f'<p class="standfirst">{lead}</p>' if lead is not None else ""
    html = (
        f'<header class="front"><p class="kicker">{escape(kicker(voice, facts.get("data_to")))}</p>'
        f"<h1>{escape(title)}</h1>{standfirst}</header>{facts_bar(voice, facts) if bar is None else bar}{below}"
    )
    return Block(html=html, rows=tuple(dict(row) for row in rows), kind="front", facts={"headline": title})


def kicker(voice: Voice, data_to: Any = None) -> str:
    """Return the line over the headline: report · market · period, or the last day of the data."""
    parts = [voice.code("report", voice.report), voice.market_name, when(voice, data_to)]
    return " · ".join(part for part in parts if part)


def facts_bar(voice: Voice, facts: Mapping[str, Any]) -> str:
    """Return the line of facts under the standfirst; counts of people are rounded to 5."""
    shown = []
    for name in ("moderators", "tested", "audits"):
        n = facts.get(name)
        if n is None or not math.isfinite(n):
            continue
        if name != "audits" and n < voice.min_n:
            continue
        count = int(headcount(n))
        shown.append(voice.html(f"facts.{name}", n=count, n_text=voice.count(count)))
    data_to = facts.get("data_to", voice.as_of)
    if data_to is not None:
        shown.append(voice.html("facts.data_to", date=data_to))
    shown.append(voice.html("facts.not_shown", min_n=voice.min_n))
    if facts.get("status"):
        shown.append(voice.html("facts.status", status=voice.text(f"status.{facts['status']}")))
    return fact_list(voice, shown)


def fact_list(voice: Voice, shown: Iterable[str]) -> str:
    """Return facts, each as HTML, as the list that stands under the standfirst."""
    items = "".join(f"<li>{text}</li>" for text in shown)
    return f'<ul class="facts" aria-label="{escape(voice.text("facts.label"))}">{items}</ul>'


def score_table(
    title: str,
    caption: str,
    heads: Sequence[str],
    body: str,
    *,
    below: str = "",
    css: str = "scorecard",
    numbers: Collection[str] = (),
) -> str:
    """Return the table of a first screen: a row for each programme, area, wave or test, and what to do.

    Parameters
    ----------
    title, caption : str
        HTML.
    heads : sequence of str
        HTML of the header of each column, in the order of `KINDS`.
    body : str
        HTML of the rows.
    below : str
        HTML of what stands under the table.
    css : str
        Classes of the table.
    numbers : collection of str
        Kinds of columns that are sorted as numbers, where their header alone does not tell.

    Returns
    -------
    str
        HTML of a section.
    """
    sorts = [' data-kind="number"' if kind in numbers else "" for kind in KINDS]
    head = "".join(
        f'<th scope="col" class="c-{kind}"{sort}>{html}</th>'
        for kind, sort, html in zip(KINDS, sorts, heads, strict=True)
    )
    return (
        f'<section class="score" aria-labelledby="score"><h2 id="score">{title}</h2>'
        f'<table class="{css}"><caption>{caption}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{below}</section>"
    )
