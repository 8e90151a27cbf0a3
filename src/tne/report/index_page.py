"""The index of all reports: which programme works where, what is fresh, and where its report stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tne.report.page import POLICY, asset, templates
from tne.report.voice import Voice


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
        templates()
        .get_template("index.html.jinja")
        .render(
            policy=POLICY,
            style=asset("style.css"),
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
