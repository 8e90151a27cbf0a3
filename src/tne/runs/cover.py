"""What stands over the pages that leave? The index, the numbers of all, and a list of what is in the parcel."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from tne.runs import estimates, inputs, parcel
from tne.runs.gate import check_page, ids_in
from tne.runs.outcome import Refused
from tne.runs.outgoing import Asked, Outgoing
from tne.runs.publish import Record
from tne.runs.source import markets, source
from tne.runs.together import INDEX, NUMBERS


def cover(
    asked: Asked,
    sent: Sequence[Outgoing],
    files: Path,
    root: Path | None,
    private: frozenset[str],
    made_with: str,
) -> None:
    """Write what stands over all pages: their numbers, the index, and the list of contents.

    Parameters
    ----------
    asked : Asked
    sent : sequence of Outgoing
        The pages that go out.
    files : Path
        Folder in which they stand.
    root : Path or None
        Workspace, for names in the index.
    private : frozenset of str
        Ids that must not leave.
    made_with : str
        Names what made the files.

    Raises
    ------
    Refused
        If an id stands in one of them.
    """
    files.mkdir(parents=True, exist_ok=True)
    if {"csv", "html"} & set(asked.formats):  # the index links to it
        ordered = sorted(sent, key=lambda page: (page.path.count("/"), page.path))
        numbers = estimates.to_csv(row for page in ordered for row in cast(Record, page.record).rows).encode()
        if ids_in(numbers.decode(), private):
            raise Refused("Ids of people stand in estimates.csv. Nothing was published.")
        (files / NUMBERS).write_bytes(numbers)
    if "html" in asked.formats:
        (files / INDEX).write_text(_index(asked, sent, root, private), encoding="utf-8", newline="\n")
    over = [name for name in (INDEX, NUMBERS) if (files / name).is_file()]
    told = {
        "schema_version": parcel.SCHEMA,
        "made_with": made_with,
        "files": {name: inputs.digest((files / name).read_bytes()) for name in over},
        "reports": [
            {
                **{key: page.entry[key] for key in ("report", "market", "period")},
                "status": "stale" if page.stale else "published",
                "page": cast(Record, page.record).sha256,
                "run_id": cast(Record, page.record).run_id,
                "files": page.files,
            }
            for page in sent
        ],
    }
    (files / parcel.NOTE).write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _index(asked: Asked, sent: Sequence[Outgoing], root: Path | None, private: frozenset[str]) -> str:
    """Return the index of what goes out: no link to what does not."""
    from tne.runs.render import render_index

    settings: Mapping[str, Any] = {}
    names: Mapping[str, str] = {}
    titles: Mapping[str, str] = {}
    if root is not None:
        settings, stands = inputs.config(root), source(root)
        names = {code: str(row.get("name") or code) for code, row in markets(stands).items()}
        titles = stands.titles()
        stands.close()
    entries = [
        {
            **{key: page.entry[key] for key in ("report", "market", "period", "path", "target", "reason")},
            "status": "stale" if page.stale else "published",
        }
        for page in sent
    ]
    shelf = {page.path: cast(Record, page.record) for page in sent}
    beside = {
        page.path: [kind for kind in asked.formats if kind != "html" and page.named(kind) in page.files]
        for page in sent
    }
    html = render_index(entries, shelf, titles, names, settings, None, beside)
    check_page(html, private)
    return html
