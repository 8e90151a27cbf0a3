"""Import an export by its mapping file: read, convert, resolve people, check, merge, store."""

from __future__ import annotations

import contextlib
import functools
import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from tne.tables.importers.building import Built, build, check_targets
from tne.tables.importers.cells import Cells
from tne.tables.importers.collecting import collect, recognise
from tne.tables.importers.commit import lock
from tne.tables.importers.faults import unsaid
from tne.tables.importers.keeping import keep
from tne.tables.importers.mapfile import parse_map, read_map
from tne.tables.importers.mapping import PEOPLE, Map
from tne.tables.importers.people import Register, shared
from tne.tables.importers.quarantine import quarantine_path, write_quarantine
from tne.tables.importers.reading import Sheet
from tne.tables.importers.recognising import mapping_text
from tne.tables.importers.reporting import ImportReport
from tne.tables.importers.rosters import Roster
from tne.tables.importers.steps import Step, notes, step_of, stop, sums
from tne.tables.importers.touching import read_stored, touched
from tne.tables.keyfile import open_key
from tne.tables.pseudonyms import erased_index, read_aliases


def import_export(
    map_path: str | Path, export_paths: str | Path | Iterable[str | Path], workspace: str | Path
) -> ImportReport:
    """Import one export into a workspace.

    Parameters
    ----------
    map_path : str or Path
        Mapping file (TOML; docs/importing.md).
    export_paths : str, Path or iterable of them
        The export's file or files; several are one export.
    workspace : str or Path
        Folder of the workspace; made if absent.

    Returns
    -------
    ImportReport
        Rows in = stored + quarantined + recognised non-data + exact duplicates, for every table.

    Raises
    ------
    MappingError
        If the mapping file needs a change; nothing was stored.
    ContractError
        If the export breaks a contract: a column is missing, too many rows are bad, a key is violated.
        Nothing was stored; the bad rows lie in ``quarantine/``.

    Notes
    -----
    A row whose key and content are stored already changes nothing; one whose key is stored with other content is a
    correction and replaces it (only the columns that the mapping fills). Rows that a newer export no longer holds
    stay. All tables of one import are stored, or none.
    """
    paths = [Path(p) for p in ([export_paths] if isinstance(export_paths, (str, Path)) else export_paths)]
    return import_mapped(read_map(map_path), paths, workspace)


def import_known(
    export_paths: str | Path | Iterable[str | Path],
    workspace: str | Path,
    answers: Mapping[str, str] | None = None,
) -> ImportReport:
    """Import exports of one known format, which need no mapping file.

    Parameters
    ----------
    export_paths : str, Path or iterable of them
        The export's file or files.
    workspace : str or Path
        Folder of the workspace; made if absent.
    answers : mapping of str to str, optional
        What the export does not say, such as programme, wave or zone; docs/importing.md lists the questions.

    Returns
    -------
    ImportReport
        As `import_export`; its notes say how each file was recognised.

    Raises
    ------
    MappingError
        If an answer is missing or wrong; nothing was stored.
    ContractError
        If a file is of no known format, or breaks a contract.
    """
    paths = [Path(p) for p in ([export_paths] if isinstance(export_paths, (str, Path)) else export_paths)]
    with _uncollected():
        text, found = mapping_text(paths, answers)
        ready = {each.path: each.sheet for each in found if each.sheet}
        report = import_mapped(parse_map(text), paths, workspace, ready)
    return replace(report, notes=(*map(str, found), *report.notes))


def import_mapped(
    whole: Map, paths: Sequence[Path], workspace: str | Path, ready: Mapping[Path, Sheet] | None = None
) -> ImportReport:
    """Import one export by a mapping that has been read; see `import_export`. `ready` are files read before."""
    with _uncollected():
        return _import(whole, paths, Path(workspace), ready or {})


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Millions of cells hold no cycles: looking for some again and again costs a tenth of an import."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def _import(whole: Map, paths: Sequence[Path], root: Path, ready: Mapping[Path, Sheet]) -> ImportReport:
    check_targets(whole)
    if root.exists() and not root.is_dir():
        raise NotADirectoryError(f"{root.name} is a file. Name the folder of the workspace.")
    cells, unknown, digest = collect(whole, paths, ready)
    with lock(root):
        stored = functools.cache(lambda name: read_stored(root, name))
        key = open_key(root, create=True)
        people = Register(key, read_aliases(root), Roster(stored("moderators")), stored, erased_index(root))
        steps = _convert(whole, cells, people)
        for step in steps:
            write_quarantine(
                quarantine_path(root, step.table.name, whole.source.name, digest), step.waiting(cells)
            )
        for step in steps:
            stop(step)
        parts = {s.table.name: touched(root, s.table, s.good, whole=s.snapshot) for s in steps}
        merged = {s.table.name: s.merge(parts[s.table.name].frame) for s in steps}
        ids = {i for s in steps for name in PEOPLE & set(s.good) for i in s.good[name].dropna().unique()}
        aliases = people.aliases(ids)
        reports = tuple(s.report(merged[s.table.name]) for s in steps)
        keep(
            root,
            whole,
            {n: (parts[n], m.frame) for n, m in merged.items() if m.new or m.replaced},
            aliases,
            reports,
            digest,
            people.erased,
        )
    return ImportReport(
        source=whole.source.name,
        files=len(paths),
        tables=reports,
        unknown_columns=unknown,
        shared_aliases=shared(aliases),
        notes=(*cells.notes, *notes(whole, steps), *sums(steps, merged)),
    )


@unsaid()
def _convert(whole: Map, cells: Cells, people: Register) -> list[Step]:
    no_data = recognise(whole, cells)
    made: dict[str, list[Built]] = {}
    steps = []
    for i, entry in enumerate(whole.tables):
        made.setdefault(entry.into, []).append(build(entry, cells, no_data, whole, people))
        if all(later.into != entry.into for later in whole.tables[i + 1 :]):
            steps.append(step_of(made[entry.into], entry, cells))
            if entry.into == "moderators":
                spells = pd.concat([people.roster.spells, steps[-1].good], ignore_index=True)
                people.roster = Roster(spells)
    return steps
