"""From blocks to the page of one report, and from the published records to the index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

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
        Document; ``period``, ``as_of`` (ISO text) and ``suppressed``.
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
    as_of = facts.get("as_of") or (speaking.as_of.isoformat() if speaking.as_of is not None else None)
    return html, {"period": speaking.period, "as_of": as_of, "suppressed": facts.get("suppressed")}


def _dated(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Turn days that have become text on their way out of the notebook into days again, to be shown in the locale."""
    import pandas as pd

    return {k: pd.Timestamp(v) if k in ("start", "end", "as_of") else v for k, v in facts.items()}


def render_index(
    entries: Sequence[Mapping[str, Any]],
    shelf: Mapping[str, Record],
    root: Path,
    names: Mapping[str, str],
    settings: Mapping[str, Any],
) -> str:
    """Return the HTML of the index over all reports.

    Parameters
    ----------
    entries : sequence of mapping
        ``report, market, period, path, status, reason`` of each report.
    shelf : mapping
        The published records by path.
    root : Path
        Workspace, for the titles of programmes.
    names : mapping
        Market names by code.
    settings : mapping
        ``tne.toml``; its `language` speaks the index, English by default.
    """
    from tne.report.index_page import index_page
    from tne.report.voice import voice

    # Older periods are reached from the report of their market's folder, the matrix shows the latest.
    latest = [e for e in entries if e["target"].count("/") == 1]
    codes = sorted({e["market"] for e in latest}, key=lambda code: (code != "all", code))
    cells = _cells(shelf)
    run_id = digest(sorted(record.run_id for record in shelf.values()))[:16]
    titles = _titles(root)
    programmes = [
        {"programme_id": p, "title": titles.get(p, p)} for p in sorted({programme for _, programme in cells})
    ]
    language = str(settings.get("language", "en"))
    return index_page(
        [_market(code, [e for e in latest if e["market"] == code], shelf, names) for code in codes],
        programmes,
        cells,
        [
            {"report": e["report"], "market": e["market"], "reason": e["reason"]}
            for e in entries
            if e["status"] in ("failed", "refused", "stale", "interrupted")
        ],
        {"run_id": run_id},
        voice=voice({"market": "all", "name": str(settings.get("name", "")), "language": language}),
    )


def _market(
    code: str, entries: Sequence[Mapping[str, Any]], shelf: Mapping[str, Record], names: Mapping[str, str]
) -> dict[str, Any]:
    import pandas as pd

    worst = min(entries, key=lambda e: _WORST.index(e["status"]))
    dated = [shelf[e["path"]].facts.get("as_of") for e in entries if e["path"] in shelf]
    instants = [pd.Timestamp(instant) for instant in dated if instant]
    return {
        "market": code,
        "name": names.get(code, code),
        "reports": [{"report": e["report"], "href": e["path"]} for e in entries if e["path"] in shelf],
        "as_of": max(instants) if instants else None,
        "status": worst["status"],
        "reason": worst["reason"],
    }


def _cells(shelf: Mapping[str, Record]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the latest verdict of each programme in each market."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for path, record in sorted(shelf.items()):
        if path.count("/") != 1:
            continue
        for row in record.rows:
            if row.get("measure") == "verdict":
                cell = {"decision": row.get("decision"), "grade": row.get("grade"), "href": path}
                found.setdefault((row["market"], row["programme_id"]), cell)
    return found


def _titles(root: Path) -> dict[str, str]:
    import pyarrow.parquet as pq

    titles: dict[str, str] = {}
    for part in sorted((root / "tables" / "programmes").rglob("*.parquet")):
        table = pq.read_table(part, columns=["programme_id", "title"], partitioning=None)
        titles.update({row["programme_id"]: row["title"] for row in table.to_pylist() if row["title"]})
    return titles
