"""What stands over all reports of an output folder: their numbers in one table, and the index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from tne.runs import edition, estimates, gate, inputs, publish
from tne.runs.source import Source, markets

INDEX, NUMBERS = "index.html", "estimates.csv"
FORMATS = ("pdf", "xlsx", "pptx")


def write(
    stands: Source,
    output: Path,
    shelf: Mapping[str, publish.Record],
    reports: Sequence[Mapping[str, Any]],
    before: Mapping[str, Any],
    private: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """Write ``estimates.csv`` and then the index.

    Parameters
    ----------
    stands : Source
        Where the tables stand.
    output : Path
        Folder of the published files.
    shelf : mapping
        Record of each page that stands, by path.
    reports : sequence of mapping
        Entries of the manifest.
    before : mapping
        Manifest of the run before: an index that would be the same is left alone.
    private : frozenset of str
        Ids that must not stand in the index.

    Returns
    -------
    dict
        ``outputs`` (SHA-256 by file) and ``index_id`` for the manifest.
    """
    verdicts: dict[str, publish.Record] = {}

    def numbers() -> Iterator[dict[str, Any]]:
        for path in sorted(shelf, key=lambda path: (path.count("/"), path)):
            rows = publish.rows(output, shelf[path])
            told = [row for row in rows if row.get("measure") == "verdict" or edition.is_effect(row)]
            verdicts[path] = replace(shelf[path], rows=told)
            yield from rows

    publish.replace(output / NUMBERS, estimates.to_csv(numbers()).encode())
    identity = _index(stands, output, [_shown(entry) for entry in reports], verdicts, before, private)
    made = {name: inputs.digest((output / name).read_bytes()) for name in (INDEX, NUMBERS)}
    return {"outputs": made | {path: record.sha256 for path, record in shelf.items()}, "index_id": identity}


def _index(
    stands: Source,
    output: Path,
    shown: list[dict[str, Any]],
    shelf: Mapping[str, publish.Record],
    before: Mapping[str, Any],
    private: frozenset[str],
) -> str:
    settings = inputs.config(stands.root)
    now = edition.state(shown, shelf)
    news = edition.news(
        output, now, inputs.digest([now["as_of"], inputs.code(), inputs.settings(stands.root)])
    )
    formats = {path: _formats(output / path) for path in shelf}
    pages = sorted(r.sha256 for r in shelf.values())
    identity = inputs.digest([shown, pages, inputs.code(), settings, news, formats])
    with suppress(OSError):
        index = inputs.digest((output / INDEX).read_bytes())
        if (identity, index) == (before.get("index_id"), before.get("outputs", {}).get(INDEX)):
            return identity
    from tne.runs.render import render_index

    names = {code: str(row.get("name") or code) for code, row in markets(stands).items()}
    html = render_index(shown, shelf, stands.titles(), names, settings, news, formats)
    gate.check_page(html, private)
    publish.replace(output / INDEX, html.encode())
    return identity


def _formats(page: Path) -> list[str]:
    """Return the other formats of a page that stand beside it."""
    return [suffix for suffix in FORMATS if page.with_suffix(f".{suffix}").is_file()]


def _shown(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the index says about a report; nothing in it depends on the clock."""
    told = {k: entry[k] for k in ("report", "market", "period", "path", "target", "reason")}
    return {**told, "status": "published" if entry["status"] == "unchanged" else entry["status"]}
