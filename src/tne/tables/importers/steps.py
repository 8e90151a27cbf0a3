"""One table of an import: which of its rows are good, which wait, and may it be stored at all?"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from tne.tables.contracts import TABLES, Table
from tne.tables.importers.building import Built
from tne.tables.importers.cells import Cells
from tne.tables.importers.errors import ContractError
from tne.tables.importers.faults import unsaid
from tne.tables.importers.mapping import Map, TableMap
from tne.tables.importers.merging import Merged, complete, contract_rules, merge, within
from tne.tables.importers.quarantine import Waiting
from tne.tables.importers.reporting import TableReport
from tne.tables.importers.spells import close, follow
from tne.tables.importers.summing import add_up, clashing, copies, hold, untold

SHARE, ROWS = 0.02, 10  # bad rows that may wait: the larger of both, and never more than half


@dataclass(frozen=True, eq=False)
class Step:
    """One table between conversion and storage."""

    table: Table
    built: Built
    rows_in: int
    rules: list[str]
    duplicate: np.ndarray
    clash: np.ndarray
    snapshot: bool = False
    summed: bool = False

    @functools.cached_property
    def bad(self) -> np.ndarray:
        return _flags(self.rules)

    @functools.cached_property
    def good(self) -> pd.DataFrame:
        out = self.bad | self.duplicate
        return self.built.frame.loc[~out].reset_index(drop=True) if out.any() else self.built.frame

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

    @unsaid()
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


def step_of(parts: Sequence[Built], entry: TableMap, cells: Cells) -> Step:
    """Return the step of one table, of which `parts` are the rows and `entry` the last that the mapping says."""
    table = TABLES[entry.into]
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
    rules, broken = built.rules, contract_rules(table, built.frame)
    if any(broken):
        rules = [a or b for a, b in zip(rules, broken, strict=True)]
    if entry.sum:
        rules = [a or b for a, b in zip(rules, untold(cells, built.origin, entry.sum), strict=True)]
    bad = _flags(rules)
    if entry.sum:
        duplicate, other = copies(table, built.frame, bad, cells, built.origin, entry.sum)
        for i in np.flatnonzero(other):
            rules[i] = f"{' × '.join(entry.sum)}: like an earlier row, with other content"
        clash = clashing(table, built.frame, bad | other)
    else:
        duplicate, clash = within(table, built.frame, bad)
    rows_in = len(built.frame) + built.non_data
    return Step(table, built, rows_in, rules, duplicate, clash, entry.snapshot, bool(entry.sum))


def _flags(rules: Sequence[str]) -> np.ndarray:
    return np.fromiter(map(bool, rules), dtype=bool, count=len(rules))


def stop(step: Step) -> None:
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


def sums(steps: Sequence[Step], merged: Mapping[str, Merged]) -> Iterable[str]:
    """Say what of the rows that were added up did not replace what is stored, or made it smaller."""
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


def notes(whole: Map, steps: Sequence[Step]) -> Iterable[str]:
    """Say what else there is to know about the rows of an import."""
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
