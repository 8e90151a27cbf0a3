"""Which reports are due: notebook × market × period, and what has not changed since the last run."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from tne.runs import inputs, names, parameters
from tne.runs.hashes import Hashes
from tne.runs.outcome import UsageError
from tne.runs.source import Source, source
from tne.runs.source import markets as known_markets
from tne.tables.quality_before import history

SCHEMA = 2
CACHE = ".cache"
ALL = "all"
_PERIOD = re.compile(r"(\d{4})(?:Q([1-4])|-(0[1-9]|1[0-2]))")


@dataclass(frozen=True)
class Planned:
    """One report of a run.

    Parameters
    ----------
    report, market, period, language : str
        What is asked for; market ``"all"`` where the report spans markets, period "" for the latest.
    notebook : Path
        Its notebook.
    parameters : dict
        Full, typed parameters of the execution.
    path : str
        Where it is published, relative to the output folder.
    run_id : str
        Hash of everything that decides its content if it reads the tables of all markets.
    inputs : dict
        SHA-256 and rows of each table of its market, and of those without markets.
    problem : str
        Why its tables cannot be read; such a report fails without being started.
    own_id : str
        The same hash if it reads the tables of its own market alone; "" where there is no such thing.
    stands : Source, optional
        Where the tables stand, and what the plan knows of them: a run goes on with it.
    """

    report: str
    market: str
    period: str
    language: str
    notebook: Path
    parameters: dict[str, Any]
    path: str
    run_id: str
    inputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    problem: str = ""
    own_id: str = ""
    stands: Source | None = field(default=None, compare=False, repr=False)

    @property
    def run_ids(self) -> dict[str, str]:
        """Its hash by what it may turn out to read: ``"own"`` market alone, or ``"all"``."""
        return {"own": self.own_id or self.run_id, "all": self.run_id}

    @property
    def label(self) -> str:
        """How progress lines call it."""
        return " · ".join(part for part in (self.report, self.market, self.period) if part)


def find_notebooks(given: Path | None, root: Path, start: Path | None = None) -> dict[str, Path]:
    """Return report notebooks by name: those of the house, and the workspace's own, which come first.

    Parameters
    ----------
    given : Path or None
        Folder to take in place of the house's; see `house_notebooks`.
    root : Path
        Workspace. Notebooks in its ``notebooks/reports`` are its own; one of the same name replaces the house's.
    start : Path, optional
        Folder to look from, else the current one.

    Raises
    ------
    UsageError
        If there is none, or one has a name that no folder of reports can have.
    """
    house = house_notebooks(given, root, start)
    own = _in_folder(root / "notebooks" / "reports")
    mine = {name.casefold() for name in own}
    return {name: path for name, path in house.items() if name.casefold() not in mine} | own


def house_notebooks(given: Path | None, root: Path, start: Path | None = None) -> dict[str, Path]:
    """Return the report notebooks that are not the workspace's own, all of one folder.

    Looked for in `given`, else in the nearest ``notebooks/reports`` above the workspace, above the current
    folder, beside a source checkout of the package, and inside an installed package.
    """
    if given is not None:
        folders = [given]
    else:
        here = (start or Path.cwd()).resolve()
        package = Path(__file__).resolve().parents[1]
        places = [*root.parents, here, *here.parents, package, package.parents[1]]
        folders = [place / "notebooks" / "reports" for place in places if place != root]
    for folder in folders:
        if found := _in_folder(folder):
            return found
    raise UsageError(f"No report notebooks in {folders[0]}. Name their folder by --notebooks.")


def _in_folder(folder: Path) -> dict[str, Path]:
    found = {p.stem: p for p in sorted(folder.glob("*.ipynb"))} if folder.is_dir() else {}
    if bad := names.unfit(found):
        raise UsageError(
            f"{len(bad)} of {len(found)} notebooks in {folder} have names that no folder of reports can have. "
            f"Rename them: {names.WANTED}."
        )
    return found


def read_notebook(path: Path) -> dict[str, Any]:
    """Return the notebook as JSON."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(notebook.get("cells"), list):
            raise ValueError
    except (OSError, ValueError, AttributeError):
        raise UsageError(f"{path.name} is no readable notebook. Save it again from Jupyter.") from None
    return cast(dict[str, Any], notebook)


def notebook_hash(notebook: Mapping[str, Any]) -> str:
    """Return a hash over what is executed: type, source and tags of each cell, not what an editor adds."""
    cells = [
        [c.get("cell_type"), parameters.source(c), c.get("metadata", {}).get("tags", [])]
        for c in notebook["cells"]
    ]
    return inputs.digest(cells)


def plan(
    root: Path,
    notebooks: Mapping[str, Path],
    *,
    reports: Sequence[str] = (),
    markets: Sequence[str] = (),
    period: str = "",
    language: str = "",
    given: Mapping[str, Any] | None = None,
    output: Path | None = None,
) -> list[Planned]:
    """Return every report that the call asks for, in the order of report and market.

    Parameters
    ----------
    root : Path
        Workspace.
    notebooks : mapping
        Notebooks by report name.
    reports, markets : sequence of str
        What to make; empty means all. Reports that span markets are left out when markets are named,
        unless the report is named too.
    period, language : str
        "" means the latest period, and the market's language.
    given : mapping
        Further parameters by name.
    output : Path, optional
        Folder of the published files; what the last run there kept of unchanged files is not read again.

    Raises
    ------
    UsageError
        For unknown reports, markets, periods and parameters, before anything is started.
    """
    unknown = [name for name in reports if name not in notebooks]
    if unknown:
        raise UsageError(f"There is no report {unknown[0]}. There is {', '.join(notebooks)}.")
    hashes = Hashes(output / CACHE if output else None)
    stands = source(root, hashes)
    rows = known_markets(stands)
    unknown = [code for code in markets if code not in rows]
    if unknown:
        raise UsageError(f"There is no market {unknown[0]} in the workspace. There is {', '.join(rows)}.")
    codes = [code for code in rows if not markets or code in markets]
    latest = _check_period(stands, period)
    common = {
        "schema": SCHEMA,
        "settings": inputs.settings(root),
        "quarantined": sum(inputs.quarantined(root, hashes).values()),  # every page shows it
        "code": inputs.code(),
        "versions": dict(inputs.versions()),
    }
    earlier = {code: history(root, code) for code in rows}  # what the last imports are compared with
    everything = {table: facts["sha256"] for table, facts in stands.tables(None).items()}
    chosen: list[Planned] = []
    for name, path in notebooks.items():
        if reports and name not in reports:
            continue
        notebook = read_notebook(path)
        known = parameters.inspect(notebook, name)
        takes = {p.name for p in known}
        if "workspace" not in takes:
            raise UsageError(f"Notebook {name} has no parameter `workspace`. Add it to its parameters cell.")
        if "market" not in takes and markets and not reports:
            continue
        hashed = notebook_hash(notebook)
        for code in codes if "market" in takes else [ALL]:
            own = {"workspace": str(root), **({"market": code} if code != ALL else {})}
            own |= {k: v for k, v in (("period", period), ("language", language)) if v or k in takes}
            values = parameters.resolve(known, {**(given or {}), **own}, name)
            file = f"{name}/{code}.html" if latest else f"{name}/{code}/{period}.html"
            read = stands.tables(None if code == ALL else code)
            identity = common | {
                "report": name,
                "market": code,
                "notebook": hashed,
                # The folder's place on a disk is no part of the content.
                "parameters": {k: v for k, v in values.items() if k != "workspace"},
                "earlier": earlier if code == ALL else earlier[code],
            }
            ids = [
                inputs.digest({**identity, "read": scope, "tables": hashes_of})[:16]
                for scope, hashes_of in (
                    ("all", everything),
                    ("own", {table: facts["sha256"] for table, facts in read.items()}),
                )
            ]
            own_id = "" if code == ALL else ids[1]
            asked = (name, code, period, language, path, values, file, ids[0])
            chosen.append(Planned(*asked, read, inputs.problem(read), own_id, stands))
    if not chosen:
        raise UsageError(
            "No report is left to make: those found span markets, and markets were named. Drop --market."
        )
    return chosen


def _check_period(stands: Source, period: str) -> bool:
    """Say whether `period` reaches to the end of the data, as an open one does."""
    if not period:
        return True
    form = _PERIOD.fullmatch(period)
    first, last = stands.days()
    if form is None or not last:
        have = f"data from {first} to {last}" if last else "no table with dates"
        raise UsageError(f"{period!r} is no period here. Write 2026Q2 or 2026-06; there is {have}.")
    year, quarter, month = form.groups()
    ends = f"{year}-{month or f'{3 * int(quarter):02d}'}"
    starts = ends if month else f"{year}-{3 * int(quarter) - 2:02d}"
    if ends < first[:7] or starts > last[:7]:
        raise UsageError(f"There are no data in {period}. There are data from {first} to {last}.")
    return ends >= last[:7]
