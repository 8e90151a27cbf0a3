"""Random breakdowns of a company, published and read: margins are subtracted, complements taken, rounding undone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tests.attack.feasible import Reader, is_recovered
from tests.attack.readings import amount_of, hits_of, wilson
from tne.report.disclosure import HIDDEN, publishable_frame

MIN_N = 10
ALL = "all"
KINDS = ("rate", "count", "sum")
SHAPES = ("flat", "tree", "two", "two with tree", "rest")
Key = tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A breakdown before publication: the smallest cells, and the rows that a report would print.

    Parameters
    ----------
    kind : {"rate", "count", "sum"}
    keys : tuple of str
        Key columns.
    above : mapping of str to str
        Of the first key: team → site.
    cells : mapping of key to (people, n, amount)
        Smallest cells: who stands in them, their denominator, their hits or sum.
    rows : list of key
        Rows of the report, totals included.
    """

    kind: str
    keys: tuple[str, ...]
    above: Mapping[str, str]
    cells: Mapping[Key, tuple[frozenset[int], int, float]]
    rows: list[Key]

    def below(self, key: Key) -> list[Key]:
        """The smallest cells of which a row is the sum."""
        return [
            cell
            for cell in self.cells
            if all(
                asked in (ALL, own) or (at == 0 and self.above.get(own) == asked)
                for at, (asked, own) in enumerate(zip(key, cell, strict=True))
            )
        ]

    def whole(self, parts: list[Key]) -> tuple[frozenset[int], int, float]:
        """People, denominator and amount of several cells together."""
        people, n, amount = zip(*(self.cells[part] for part in parts), strict=True)
        return frozenset().union(*people), sum(n), sum(amount)

    @property
    def frame(self) -> pd.DataFrame:
        """The rows as a measure returns them."""
        return pd.DataFrame([self._row(key) for key in self.rows])

    def _row(self, key: Key) -> dict[str, Any]:
        people, n, amount = self.whole(self.below(key))
        told = dict(zip(self.keys, key, strict=True)) | {"n": n, "n_people": len(people), "unit": ""}
        if self.kind != "rate":
            return told | {"estimate": amount, "conf_low": math.nan, "conf_high": math.nan}
        low, high = wilson(np.array([amount]), n)
        ends = {"conf_low": float(low[0]), "conf_high": float(high[0])}
        return told | {"estimate": amount / n, "unit": "share", **ends}


def draw(rng: np.random.Generator) -> Table:
    """Draw a breakdown: teams (in sites), perhaps by policy area; some small, some of few errors."""
    kind, shape = str(rng.choice(KINDS)), str(rng.choice(SHAPES))
    teams = [f"team {at}" for at in range(int(rng.integers(3, 7)))]
    sites = {team: f"site {at % 2}" for at, team in enumerate(teams)} if "tree" in shape else {}
    areas = [f"area {at}" for at in range(int(rng.integers(2, 5)))] if "two" in shape else [ALL]
    skill = rng.beta(8, 2)
    cells: dict[Key, tuple[frozenset[int], int, float]] = {}
    first = 0
    for team in teams:
        size = int(rng.integers(1, 10) if rng.random() < 0.35 else rng.integers(10, 45))
        for area in areas:
            there = [
                p for p in range(first, first + size) if area == ALL or rng.random() < rng.uniform(0.2, 1)
            ]
            if there:
                cells[(team, area) if "two" in shape else (team,)] = _cell(rng, kind, there, skill)
        first += size
    keys = ("team", "area") if "two" in shape else ("team",)
    firsts = [*teams, *sorted(set(sites.values())), ALL]
    table = Table(kind, keys, sites, cells, [])
    rows = [(f, s) for f in firsts for s in [*areas, ALL]] if "two" in shape else [(f,) for f in firsts]
    rows = [key for key in rows if table.below(key)]
    if shape == "rest":  # the smallest team is in the total and has no row of its own
        rows.remove(min(cells, key=lambda key: len(cells[key][0])))
    return Table(kind, keys, sites, cells, rows)


def _cell(
    rng: np.random.Generator, kind: str, there: list[int], skill: float
) -> tuple[frozenset[int], int, float]:
    n = int(rng.integers(1, 30, len(there)).sum())
    right = float(rng.binomial(n, min(0.999, max(0.001, skill + rng.normal(0, 0.08)))))
    if kind == "sum":
        right = float(np.round(rng.lognormal(5, 1, len(there)).sum(), 2))
    return frozenset(there), n, right


def published(table: Table) -> pd.DataFrame:
    """The rows as a report publishes them."""
    disjoint = len(table.keys) == 1
    trees = {table.keys[0]: dict(table.above)} if table.above else None
    adds = {"rate": "rate", "count": "sum", "sum": "sum"}[table.kind]
    return publishable_frame(
        table.frame,
        min_n=MIN_N,
        by=table.keys,
        trees=trees,
        adds=adds,
        weight="n" if table.kind == "rate" else None,
        people="disjoint" if disjoint else "overlapping",
    )


def ungated(table: Table, parts: list[Key]) -> pd.DataFrame:
    """The rows as a tool without a gate prints them: unrounded, without what was to be protected and nothing else."""
    frame = table.frame.assign(note="")
    inside = [set(table.below(key)) <= set(parts) for key in table.rows]
    frame.loc[inside, ["estimate", "conf_low", "conf_high"]] = math.nan
    return frame


def targets(table: Table) -> list[list[Key]]:
    """What is of fewer than MIN_N people: rows, and what is left of a total without its parts of enough people."""
    found: list[list[Key]] = []
    small = {cell for cell, (people, _, _) in table.cells.items() if len(people) < MIN_N}
    for key in [*(cell for cell in table.cells if cell not in table.rows), *table.rows]:
        below = table.below(key)
        for parts in (below, [cell for cell in below if cell in small]):
            if parts and len(table.whole(parts)[0]) < MIN_N and parts not in found:
                found.append(parts)
    return found


def recovered(
    table: Table, told: pd.DataFrame, of: list[list[Key]], *, exact: bool = False
) -> list[list[Key]]:
    """Return which targets a reader works out who knows all denominators, headcounts and the rules of rounding.

    That a rate lies between 0 and 1 and a sum above 0 is used against the rows of the report. Of people who have no row
    it is no recovery: "96 % of 26 people" alone bounds what any few of them can be, and may be published.
    """
    cells = list(table.cells)
    place = {cell: at for at, cell in enumerate(cells)}
    high = [float(table.cells[cell][1]) if table.kind == "rate" else math.inf for cell in cells]
    bounded = Reader(np.zeros(len(cells)), np.array(high))
    far = np.full(len(cells), 100.0 * sum(amount for _, _, amount in table.cells.values()))
    blind = Reader(-far, far)
    for key, row in zip(table.rows, told.to_dict("records"), strict=True):
        below = table.below(key)
        if row["note"] in HIDDEN or (exact and math.isnan(row["estimate"])):
            continue
        ends = _ends(table, below, row, exact)
        for reader in (bounded, blind):
            reader.learn([place[cell] for cell in below], *ends)
    own_rows = [table.below(key) for key in table.rows]
    out = []
    for parts in of:
        people, n, amount = table.whole(parts)
        reader = bounded if parts in own_rows else blind
        found = reader.interval([place[cell] for cell in parts])
        assert found[0] - 1e-4 <= amount <= found[1] + 1e-4, "the reader was told something false"
        if is_recovered(found, amount, len(people), n if table.kind == "rate" else math.inf):
            out.append(parts)
    return out


def _ends(table: Table, below: list[Key], row: Mapping[str, Any], exact: bool) -> tuple[float, float]:
    _, n, amount = table.whole(below)
    if exact:
        return amount, amount
    if table.kind == "rate":
        return hits_of(row, n, whole=0)
    return amount_of(row)
