"""From blocks to the page of one report, and from the published records to the index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tne.runs import edition
from tne.runs.inputs import digest
from tne.runs.publish import Record

# The worst status of a market's reports is the one that its row in the index shows.
_WORST = ("failed", "refused", "interrupted", "stale", "published", "unchanged")


def render(blocks: Sequence[Any], job: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the HTML document of a report, and the facts that its record keeps.

    Parameters
    ----------
    blocks : sequence of Block
        In order; the last one is the end marker. Its facts carry the voice of the notebook and what the notebook
        knows of its rows; what only the run knows (hashes, versions, run id) is added here.
    job : mapping
        ``market_row, language, report, period, path, min_n, provenance``.

    Returns
    -------
    (str, dict)
        Document; ``period``, ``as_of`` (ISO text, in the market's zone) and ``suppressed``.
    """
    from tne.report.ending import provenance
    from tne.report.hiding import HIDDEN
    from tne.report.page import page
    from tne.report.standing import english_note
    from tne.report.voice import voice, voice_from

    facts = dict(blocks[-1].facts)
    pieces = list(blocks)
    if "voice" in facts:
        speaking = voice_from(facts.pop("voice"))
        told = {k: v for k, v in facts.items() if v not in (None, "", [], {})}
        hidden = {english_note(speaking, code) for code in HIDDEN}
        facts["suppressed"] = sum(row.get("note") in hidden for block in blocks for row in block.rows)
        more = {**job["provenance"], "suppressed": facts["suppressed"]}
        pieces[-1] = provenance(speaking, {**more, **_dated(told)})
    else:
        period, as_of = job["period"] or facts.get("period") or "", facts.get("as_of")
        more = {"min_n": job["min_n"], "report": job["report"], "period": period, "as_of": as_of}
        speaking = voice(job["market_row"], language=job["language"] or None, **more)
    index = "../" * job["path"].count("/") + "index.html"
    html = page(pieces, speaking, run={"run_id": job["provenance"]["run_id"], "index": index})
    known = _local(facts.get("as_of") or speaking.as_of, speaking.timezone)
    return html, {"period": speaking.period, "as_of": known, "suppressed": facts.get("suppressed")}


def _local(instant: Any, timezone: str) -> str | None:
    """Return an instant as text in a market's zone, whose day it is on the market's pages and in the index."""
    import pandas as pd

    if instant is None or pd.isna(instant):
        return None
    stamp = pd.Timestamp(instant)
    return str((stamp if stamp.tzinfo is None else stamp.tz_convert(timezone)).isoformat())


def _dated(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Turn days that have become text on their way out of the notebook into days again, to be shown in the locale."""
    import pandas as pd

    return {k: pd.Timestamp(v) if k in ("start", "end", "as_of") else v for k, v in facts.items()}


def render_index(
    entries: Sequence[Mapping[str, Any]],
    shelf: Mapping[str, Record],
    titles: Mapping[str, str],
    names: Mapping[str, str],
    settings: Mapping[str, Any],
    news: Mapping[str, Any] | None = None,
    formats: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """Return the HTML of the index over all reports.

    Parameters
    ----------
    entries : sequence of mapping
        ``report, market, period, path, status, reason`` of each report.
    shelf : mapping
        The published records by path.
    titles : mapping
        Titles of programmes by id; without one the id stands there.
    names : mapping
        Market names by code.
    settings : mapping
        ``tne.toml``; its `language` speaks the index, English by default.
    news : mapping, optional
        Of `tne.runs.edition.news`.
    formats : mapping, optional
        Endings of the other formats that stand beside a page, by its path.
    """
    from tne.report.index_page import index_page
    from tne.report.voice import voice

    latest = [e for e in entries if e["target"].count("/") == 1]
    codes = sorted({e["market"] for e in latest}, key=lambda code: (code != "all", code))
    cells = edition.cells(shelf)
    run_id = digest(sorted(record.run_id for record in shelf.values()))[:16]
    programmes = [
        {"programme_id": p, "title": titles.get(p, p)} for p in sorted({programme for _, programme in cells})
    ]
    language = str(settings.get("language", "en"))
    return index_page(
        [_market(code, entries, shelf, names, formats or {}) for code in codes],
        programmes,
        cells,
        [
            {"report": e["report"], "market": e["market"], "reason": e["reason"]}
            for e in entries
            if e["status"] in ("failed", "refused", "stale", "interrupted")
        ],
        {"run_id": run_id, "numbers": "estimates.csv"},
        news=news,
        titles=titles,
        voice=voice({"market": "all", "name": str(settings.get("name", "")), "language": language}),
    )


def _market(
    code: str,
    entries: Sequence[Mapping[str, Any]],
    shelf: Mapping[str, Record],
    names: Mapping[str, str],
    formats: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    import pandas as pd

    mine = [e for e in entries if e["market"] == code]
    latest = [e for e in mine if e["target"].count("/") == 1]
    worst = min(latest, key=lambda e: _WORST.index(e["status"]))
    shown = [e for e in latest if e["path"] in shelf]
    instants = [pd.Timestamp(at) for e in shown if (at := shelf[e["path"]].facts.get("as_of"))]
    return {
        "market": code,
        "name": names.get(code, code),
        "reports": [
            {
                "report": e["report"],
                "href": e["path"],
                "formats": [[kind, _beside(e["path"], kind)] for kind in formats.get(e["path"], ())],
                "older": [
                    {"period": old["period"], "href": old["path"]}
                    for old in sorted(mine, key=lambda old: old["target"], reverse=True)
                    if old["report"] == e["report"] and old["path"] in shelf and old not in latest
                ],
            }
            for e in shown
        ],
        # a market is as fresh as the oldest of its reports
        "as_of": min(instants) if instants else None,
        "status": worst["status"],
        "reason": worst["reason"],
    }


def _beside(path: str, kind: str) -> str:
    return f"{path.removesuffix('.html')}.{kind}"
