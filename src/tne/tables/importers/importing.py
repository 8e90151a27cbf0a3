"""Import an export by its mapping file: read, convert, resolve people, check, merge, store."""

from __future__ import annotations

import contextlib
import functools
import gc
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from tne.tables.contracts import TABLES, Table
from tne.tables.importers.building import Built, build, check_targets
from tne.tables.importers.cells import Cells
from tne.tables.importers.collecting import collect, recognise
from tne.tables.importers.commit import lock
from tne.tables.importers.errors import ContractError
from tne.tables.importers.keeping import keep
from tne.tables.importers.mapfile import parse_map, read_map
from tne.tables.importers.mapping import PEOPLE, Map, TableMap
from tne.tables.importers.merging import Merged, complete, contract_rules, merge, within
from tne.tables.importers.people import Register, shared
from tne.tables.importers.quarantine import Waiting, quarantine_path, write_quarantine
from tne.tables.importers.reading import Sheet
from tne.tables.importers.recognising import mapping_text
from tne.tables.importers.reporting import ImportReport, TableReport
from tne.tables.importers.spells import close, follow
from tne.tables.importers.summing import add_up, clashing, copies, hold
from tne.tables.importers.touching import read_stored, touched
from tne.tables.keyfile import open_key
from tne.tables.pseudonyms import erased_index, read_aliases

SHARE, ROWS = 0.02, 10


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
    cells, unknown, digest = collect(whole, paths, ready)
    with lock(root):
        stored = functools.cache(lambda name: read_stored(root, name))
        key = open_key(root, create=True)
        people = Register(key, read_aliases(root), stored("moderators"), stored, erased_index(root))
        steps = _convert(whole, cells, people)
        for step in steps:
            write_quarantine(
                quarantine_path(root, step.table.name, whole.source.name, digest), step.waiting(cells)
            )
        for step in steps:
            _stop(step, root)
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
        notes=(*cells.notes, *_notes(whole, steps), *_sums(steps, merged)),
    )


@dataclass(frozen=True, eq=False)
class _Step:
    """One table between conversion and storage."""

    table: Table
    built: Built
    rows_in: int
    rules: list[str]
    frame: pd.DataFrame
    duplicate: np.ndarray
    clash: np.ndarray
    snapshot: bool = False
    summed: bool = False

    @functools.cached_property
    def bad(self) -> np.ndarray:
        return np.array(list(map(bool, self.rules)), dtype=bool)

    @functools.cached_property
    def good(self) -> pd.DataFrame:
        out = self.bad | self.duplicate
        return self.frame.loc[~out].reset_index(drop=True) if out.any() else self.frame

    def waiting(self, cells: Cells) -> Waiting:
        """Return the bad rows with the source cells that the mapping reads."""
        if not (self.bad.any() or self.clash.any()):
            return Waiting(table=self.table.name, files=[], numbers=[], rules=[], cells={})
        key = " × ".join(self.table.key)
        rules = [
            r or (f"{key}: same key, other content" if c else "")
            for r, c in zip(self.rules, self.clash, strict=True)
        ]
        at = [i for i, rule in enumerate(rules) if rule]
        origin = [self.built.origin[i] for i in at]
        return Waiting(
            table=self.table.name,
            files=[cells.files[i] for i in origin],
            numbers=[cells.numbers[i] for i in origin],
            rules=[rules[i] for i in at],
            cells={name: [values[i] for i in origin] for name, values in cells.columns.items()},
        )

    def merge(self, stored: pd.DataFrame) -> Merged:
        """Bring the good rows together with the stored ones that they can change."""
        good = self.good
        if self.summed:
            total = add_up(self.table, good)
            fresh, held, shrunk = hold(self.table, stored, total.frame, self.built.mapped)
            merged = merge(self.table, stored, fresh, self.built.mapped)
            fates = np.repeat(merged.fates, total.weights)
            return replace(merged, fates=fates, held=int(held.sum()), shrunk=int(shrunk.sum()))
        if not self.snapshot:
            return merge(self.table, stored, good, self.built.mapped)
        merged = merge(self.table, stored, follow(stored, good, self.built.mapped), self.built.mapped)
        return replace(merged, frame=close(merged.frame, good["moderator_id"]))

    def report(self, merged: Merged) -> TableReport:
        """Count what happened to the rows."""
        return TableReport(
            table=self.table.name,
            rows_in=self.rows_in,
            stored=merged.new + merged.replaced + merged.unchanged,
            quarantined=int(self.bad.sum()),
            non_data=self.built.non_data,
            duplicates=int(self.duplicate.sum()),
            new=merged.new,
            replaced=merged.replaced,
            unchanged=merged.unchanged,
            unmatched=self.built.unmatched,
            ambiguous=self.built.ambiguous,
            erased=self.built.erased,
            rules=tuple(sorted(Counter(rule for rule in self.rules if rule).items())),
        )


def _convert(whole: Map, cells: Cells, people: Register) -> list[_Step]:
    no_data = recognise(whole, cells)
    made: dict[str, list[Built]] = {}
    steps = []
    for i, entry in enumerate(whole.tables):
        made.setdefault(entry.into, []).append(build(entry, cells, no_data, whole, people))
        if all(later.into != entry.into for later in whole.tables[i + 1 :]):
            step = replace(_step(TABLES[entry.into], made[entry.into], entry, cells), snapshot=entry.snapshot)
            steps.append(step)
            if entry.into == "moderators":
                people.spells = pd.concat([people.spells, step.good], ignore_index=True)
    return steps


def _step(table: Table, parts: Sequence[Built], entry: TableMap, cells: Cells) -> _Step:
    built = Built(
        frame=pd.concat([complete(table, p.frame) for p in parts], ignore_index=True),
        rules=[rule for p in parts for rule in p.rules],
        origin=[i for p in parts for i in p.origin],
        non_data=sum(p.non_data for p in parts),
        unmatched=sum(p.unmatched for p in parts),
        ambiguous=sum(p.ambiguous for p in parts),
        outside=sum(p.outside for p in parts),
        erased=sum(p.erased for p in parts),
        mapped=tuple(dict.fromkeys(name for p in parts for name in p.mapped)),
    )
    rules = [a or b for a, b in zip(built.rules, contract_rules(table, built.frame), strict=True)]
    bad = np.array([bool(rule) for rule in rules], dtype=bool)
    if entry.sum:
        duplicate = copies(table, built.frame, bad, cells, built.origin, entry.sum)
        clash = clashing(table, built.frame, bad)
    else:
        duplicate, clash = within(table, built.frame, bad)
    rows_in = len(built.frame) + built.non_data
    return _Step(table, built, rows_in, rules, built.frame, duplicate, clash, summed=bool(entry.sum))


def _stop(step: _Step, root: Path) -> None:
    """Raise `ContractError` where the table must not be stored."""
    name, bad, rows = step.table.name, int(step.bad.sum()) - step.built.outside, len(step.rules)
    where = f"The bad rows lie in quarantine/{name}/, nothing was stored."
    if step.clash.any():
        raise ContractError(
            f"`{name}`: {int(step.clash.sum())} rows share their key {' × '.join(step.table.key)} but differ. "
            f"Correct the export or the mapping: one row per key. {where}"
        )
    if bad > max(SHARE * rows, ROWS) or bad > rows / 2:
        counts = Counter(rule for rule in step.rules if rule).most_common(5)
        raise ContractError(
            f"`{name}`: {bad} of {rows} rows are bad, more than the {SHARE:.0%} (or {ROWS} rows, or half) that may "
            f"wait: {'; '.join(f'{rule} ({count})' for rule, count in counts)}. {where}"
        )


def _sums(steps: Sequence[_Step], merged: Mapping[str, Merged]) -> Iterable[str]:
    for step in steps:
        name = step.table.name
        if not step.summed:
            continue
        if held := merged[name].held:
            yield (
                f"`{name}`: {held} rows of the first or last day add up to less than is stored, which stays: the "
                "export seems to be cut inside that day. Import it together with the one before or after."
            )
        if shrunk := merged[name].shrunk:
            yield f"`{name}`: {shrunk} rows are smaller than before; is the export filtered?"


def _notes(whole: Map, steps: Sequence[_Step]) -> Iterable[str]:
    if not any(step.rows_in for step in steps):
        yield "The export holds a header and no rows."
    for step in steps:
        single = [e for e in whole.tables if e.into == step.table.name and not e.distinct]
        if single and step.duplicate.any():
            yield f"`{step.table.name}`: {int(step.duplicate.sum())} exact copies of rows; is the export joined twice?"
    if whole.source.day_boundary == "utc":
        yield (
            "The export's days end at midnight UTC: daily charts of markets 3 hours or more away from it leave "
            "these rows out."
        )
