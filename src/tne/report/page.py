"""The complete, self-contained HTML document of a report, and the index of all reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

import jinja2

from tne.report.block import Block
from tne.report.clean import clean
from tne.report.front import when
from tne.report.voice import Voice

POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; "
    "base-uri 'none'; form-action 'none'"
)


def page(
    blocks: Iterable[Block],
    voice: Voice,
    *,
    title: str | None = None,
    toc: bool = True,
    run: Mapping[str, Any] | None = None,
) -> str:
    """Return a report as one HTML document without any outside address.

    Parameters
    ----------
    blocks : iterable of Block
        In reading order; sections become the table of contents. The first one holds the h1.
    voice : Voice
    title : str, optional
        Of the document; default market · report · period.
    toc : bool
        Whether to show the table of contents.
    run : mapping, optional
        ``run_id`` (the plan's hash) for the footer; ``index`` (relative address of the index).

    Notes
    -----
    The document needs no script, so that its content policy allows none. The policy is the first element of the
    head. Every fragment passes the allow-list of `tne.report.clean`. Same blocks, same bytes.
    """
    items = list(blocks)
    facts = dict(run or {})
    parts = [voice.market_name, voice.code("report", voice.report), when(voice)]
    sections = [block.facts for block in items if block.kind == "section"] if toc else []
    shown = [block for block in items if block.html]
    first = next((k for k, block in enumerate(shown) if block.kind == "front"), -1)
    opening = "\n".join(clean(block.html) for block in shown[: first + 1])
    if "<h1" not in opening:
        opening = f"<h1>{escape(' · '.join(part for part in parts if part))}</h1>{opening}"
    return (
        _templates()
        .get_template("page.html.jinja")
        .render(
            policy=POLICY,
            style=_style(),
            lang=voice.lang,
            title=title or " · ".join(part for part in parts if part),
            skip=voice.text("page.skip"),
            contents=voice.text("page.contents"),
            sections=sections,
            opening=opening,
            body="\n".join(clean(block.html) for block in shown[first + 1 :]),
            index=facts.get("index", ""),
            all_reports=voice.text("page.all_reports"),
            run_label=voice.text("end.run"),
            run_id=str(facts.get("run_id", "")),
        )
    )


def index_page(
    markets: Sequence[Mapping[str, Any]],
    programmes: Sequence[Mapping[str, Any]],
    cells: Mapping[tuple[str, str], Mapping[str, Any]],
    failures: Sequence[Mapping[str, Any]] = (),
    run: Mapping[str, Any] | None = None,
    *,
    voice: Voice,
) -> str:
    """Return the index: markets × programmes with verdict words and evidence, freshness, links, failures.

    Parameters
    ----------
    markets : sequence of mapping
        ``market``, ``name``, ``reports`` (list of mapping: ``report``, ``href``), ``as_of``, ``status`` of the manifest
        (``published unchanged stale failed interrupted refused``), ``reason``.
    programmes : sequence of mapping
        ``programme_id``, ``title``.
    cells : mapping
        (market, programme_id) to ``state`` or ``verdict``, ``grade``, ``decision``, ``href``; absent: not run there.
    failures : sequence of mapping
        ``report``, ``market``, ``reason``.
    run : mapping, optional
        ``run_id``, ``as_of``.
    voice : Voice
        Speaks the index; its market is not used.
    """
    lines = [_index_row(voice, market, programmes, cells) for market in markets]
    return (
        _templates()
        .get_template("index.html.jinja")
        .render(
            policy=POLICY,
            style=_style(),
            lang=voice.lang,
            say=voice.text,
            programmes=[str(p.get("title") or p["programme_id"]) for p in programmes],
            rows=lines,
            failures=[
                {
                    "market": str(f.get("market", "")),
                    "report": voice.code("report", str(f.get("report", ""))),
                    "reason": str(f.get("reason", "")),
                }
                for f in failures
            ],
            run_id=str((run or {}).get("run_id", "")),
        )
    )


def _index_row(
    voice: Voice,
    market: Mapping[str, Any],
    programmes: Sequence[Mapping[str, Any]],
    cells: Mapping[tuple[str, str], Mapping[str, Any]],
) -> dict[str, Any]:
    status, reason = str(market.get("status", "published")), str(market.get("reason", ""))
    fresh = voice.text("page.fresh", date=market["as_of"]) if market.get("as_of") is not None else ""
    if status in ("failed", "interrupted", "refused"):
        fresh += (" · " if fresh else "") + voice.text("page.failed", reason=reason or status)
    elif status == "stale":
        fresh += (" · " if fresh else "") + voice.text("page.stale", reason=reason)
    return {
        "name": str(market.get("name") or market["market"]),
        "links": [
            {"title": voice.code("report", str(link["report"])), "href": str(link["href"])}
            for link in market.get("reports", ())
            if link.get("href")
        ],
        "fresh": fresh,
        "bad": status not in ("published", "unchanged"),
        "cells": [_index_cell(voice, cells.get((market["market"], p["programme_id"]))) for p in programmes],
    }


def _index_cell(voice: Voice, cell: Mapping[str, Any] | None) -> dict[str, str]:
    if cell is None:
        return {"word": voice.text("page.not_run_here"), "state": "absent"}
    state = str(cell.get("state") or cell.get("verdict") or _STATE_OF.get(str(cell.get("decision")), ""))
    letter = str(cell.get("grade") or "")
    if not voice.has(f"verdict.{state}"):
        return {"word": voice.text("page.not_measured"), "state": "absent"}
    return {
        "word": voice.text(f"verdict.{state}"),
        "state": state,
        "grade": letter,
        "meaning": voice.text(f"grade.{letter}.meaning") if letter else "",
        "label": voice.text("grade.label", letter=letter) if letter else "",
        "action": voice.code("action", str(cell["decision"])) if cell.get("decision") else "",
        "href": str(cell.get("href") or ""),
    }


_STATE_OF = {
    "scale": "effective",
    "keep": "effective",
    "revise": "not_effective",
    "stop": "not_effective",
    "measure_better": "cannot_tell",
}


@cache
def _style() -> str:
    return files("tne.report").joinpath("template/style.css").read_text(encoding="utf-8")


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FunctionLoader(
            lambda name: files("tne.report").joinpath(f"template/{name}").read_text(encoding="utf-8")
        ),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
