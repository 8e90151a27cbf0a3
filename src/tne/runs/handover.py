"""What is handed to the process of a report, and what is taken back from it?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tne.report.estimates_columns import COLUMNS
from tne.runs import estimates, gate, inputs, manifest, release
from tne.runs.execute import Executed
from tne.runs.outcome import Refused
from tne.runs.plan import ALL, Planned


class Unfinished(Exception):
    """The process said that all went well, but left no whole page."""


@dataclass(frozen=True)
class Made:
    """A page that passed the gates: its rows of ``estimates.csv``, whose tables it was made from, and its period."""

    html: str
    rows: list[dict[str, Any]]
    reads: str
    period: str


class Private:
    """Every person's id in the workspace: the reports of a run share one file of them, which is read once."""

    def __init__(self) -> None:
        self._file: tuple[int, ...] = ()
        self.known: frozenset[str] = frozenset()

    def ids(self, path: Path) -> frozenset[str]:
        """Return the ids in the file that a report has left at `path`."""
        found = path.stat()
        file = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
        if file != self._file:
            self.known = frozenset(json.loads(path.read_text(encoding="utf-8")))
            self._file = file
        return self.known


def job(
    planned: Planned, root: Path, rows: Mapping[str, Any], settings: Mapping[str, Any], quarantined: int
) -> dict[str, Any]:
    """Return the content of ``job.json``: all that the process of a report is told.

    Parameters
    ----------
    planned : Planned
    root : Path
        Workspace.
    rows : mapping
        Row of the table of markets, by market.
    settings : mapping
        Content of ``tne.toml``.
    quarantined : int
        Rows of the workspace's exports that were put aside.
    """
    row = rows.get(planned.market) or {"market": ALL, "name": "", "language": planned.language or "en"}
    return {
        "report": planned.report,
        "period": planned.period,
        "path": planned.path,
        "language": planned.language,
        "market": planned.market,
        "market_row": {k: v for k, v in row.items() if v is None or isinstance(v, str | int | float)},
        "min_n": manifest.min_n(settings),
        "parameters": planned.parameters,
        "workspace": str(root),
        "run_ids": planned.run_ids,
        "provenance": {
            "run_id": planned.run_id,  # until it is known what the report has read
            "parameters": {
                k: v for k, v in planned.parameters.items() if k != "workspace" and v not in ("", None)
            },
            "inputs": {table: read["sha256"] for table, read in planned.inputs.items()},
            "versions": {**inputs.versions(), "code": inputs.code()[:12]},
            "contact": str(settings.get("contact", "")),
            "quarantined": quarantined,
        },
    }


class Desk:
    """Where the pages of a run are looked at before they are put: nothing that was not looked at whole gets past.

    Parameters
    ----------
    root : Path
        Workspace.
    min_n : int
        Its threshold: fewest people behind a number.
    """

    def __init__(self, root: Path, min_n: int) -> None:
        self._min_n = min_n
        self._private, self._releases = Private(), release.Releases(root, min_n)

    @property
    def ids(self) -> frozenset[str]:
        """Every person's id, as far as a page of this run has been looked at."""
        return self._private.known

    def taken(self, executed: Executed) -> Made:
        """Return the page of a process that said it went well.

        Raises
        ------
        Unfinished
            If a file is missing or cut short.
        Refused
            If a gate refuses the page, its rows or its groups of people, or a gate itself fails.
        """
        planned, result, folder = executed.planned, executed.result, executed.folder
        try:
            html = (folder / "page.html").read_text(encoding="utf-8")
            rows = json.loads((folder / "rows.json").read_text(encoding="utf-8"))
            ids = self._private.ids(folder / "private.json")
            groups = release.read(folder)
        except (OSError, ValueError, TypeError):
            raise Unfinished("The process of the report left no whole page.") from None
        period = planned.period or str(result["facts"].get("period") or "")
        try:
            gate.check_page(html, ids)
            gate.check_rows(rows, COLUMNS, planned.report, planned.market, self._min_n)
            estimates.check_unique(rows)
            if leaked := gate.ids_in(estimates.to_csv(rows), ids):
                raise Refused(f"{leaked} ids of people stand in its rows for estimates.csv.")
            self._releases.admit(groups, (planned.report, planned.market, period or "latest"))
        except Refused:
            raise
        except Exception as error:  # whatever was not looked at whole stays here
            refused = Refused(
                f"A check of the page failed itself ({type(error).__name__}), so it was refused."
            )
            refused.detail = f"{type(error).__name__}: {error}"
            raise refused from None
        # What was read decides which inputs make it due; in doubt, all of them.
        reads = "own" if result.get("reads") == "own" and planned.market != ALL else "all"
        return Made(html, rows, reads, period)
