"""Random runs of a company, released one after the other, read together: differences, combinations, shifted dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from tests.attack.feasible import Reader, is_recovered
from tests.attack.readings import hits_of, wilson
from tne.report.disclosure import publishable
from tne.tables.groups import Group, number_of
from tne.tables.ledger_file import Release, pack
from tne.tables.ledger_rules import refused

MIN_N = 10
MONDAY = dt.date(2026, 1, 5)
Cell = tuple[int, int]  # person, week


@dataclass(frozen=True)
class Page:
    """One number of one run: accuracy of the people of a group in some weeks.

    Parameters
    ----------
    label : str
        Which part of the people.
    weeks : range
    cells : mapping of (person, week) to (n, hits)
        What stood in the tables when it was made.
    """

    label: str
    weeks: range
    cells: Mapping[Cell, tuple[int, int]] = field(repr=False)

    @property
    def people(self) -> set[int]:
        """Who stands in it."""
        return {person for person, _ in self.cells}

    @property
    def amount(self) -> tuple[int, int]:
        """Audits and hits."""
        return sum(n for n, _ in self.cells.values()), sum(hits for _, hits in self.cells.values())

    def row(self) -> dict[str, float | str]:
        """The number as a measure returns it."""
        n, hits = self.amount
        low, high = wilson(np.array([hits]), n)
        ends = {"conf_low": float(low[0]), "conf_high": float(high[0])}
        return {
            "estimate": hits / n,
            **ends,
            "n": n,
            "n_people": len(self.people),
            "unit": "share",
            "note": "",
        }

    def group(self) -> Group:
        """Whom it is about, as the ledger is told."""
        days: dict[bytes, list[int]] = {}
        for person, week in self.cells:
            days.setdefault(person.to_bytes(8, "big"), []).append(week)
        members = {
            who: (number_of(_day(min(weeks))), number_of(_day(max(weeks)) + dt.timedelta(6)))
            for who, weeks in days.items()
        }
        marks = {who: hash(tuple(sorted(self._of(who)))) % 2**32 for who in members}
        start, end = _day(self.weeks.start), _day(self.weeks.stop) - dt.timedelta(1)
        return Group("audits", "", self.label, start.isoformat(), end.isoformat(), members, marks)

    def _of(self, who: bytes) -> list[tuple[Cell, tuple[int, int]]]:
        return [(cell, value) for cell, value in self.cells.items() if cell[0] == int.from_bytes(who, "big")]


@dataclass(frozen=True)
class Target:
    """What a reader is after: weighted hits of few people, and how much they could be."""

    weights: Mapping[tuple[Cell, int], float]  # cell and which version of it
    people: int
    amount: float
    between: float


@dataclass(frozen=True)
class Case:
    """Runs in the order of their release, and what they must not tell."""

    pages: tuple[Page, ...]
    targets: tuple[Target, ...]


def _day(week: int) -> dt.date:
    return MONDAY + dt.timedelta(weeks=week)


def released(case: Case, *, cumulative: bool = True) -> list[Page]:
    """The pages that the ledger lets out, one after the other."""
    out: list[Page] = []
    known: list[Release] = []
    for page in case.pages:
        group = page.group()
        if len(group.members) >= MIN_N and refused(group, known, cumulative=cumulative, min_n=MIN_N) is None:
            out.append(page)
            told = ("weekly", "DE", "", "2026-06-01", "DE", group.name, group.start, group.end)
            known.append(Release(*told, pack(group)))
    return out


def recovered(case: Case, pages: Iterable[Page], *, exact: bool = False) -> list[Target]:
    """Return what a reader works out who knows who is in which page with how many audits, and the rules of rounding.

    Only by arithmetic: that a share lies between 0 and 1 is not used, because one number of enough people bounds by it
    alone what any few of them can be.
    """
    pages = list(pages)
    versions = _versions(case)
    asked = [tuple(sorted(target.weights.items())) for target in case.targets]
    # cells that stand in the same pages and targets can only be told together
    patterns: dict[tuple[object, ...], int] = {}
    place: dict[tuple[Cell, int], int] = {}
    inside = [{(cell, versions[cell].index(value)) for cell, value in page.cells.items()} for page in pages]
    for cell, values in versions.items():
        for at in range(len(values)):
            one = (cell, at)
            pattern = (*(one in page for page in inside), *(dict(target).get(one, 0.0) for target in asked))
            place[one] = patterns.setdefault(pattern, len(patterns))
    far = np.full(len(patterns), 1e5)
    reader = Reader(-far, far)
    for page, parts in zip(pages, inside, strict=True):
        n, hits = page.amount
        low, high = (hits, hits) if exact else hits_of(publishable(page.row(), min_n=MIN_N), n, whole=0)
        reader.learn({place[one] for one in parts}, low, high)
    out = []
    for target in case.targets:
        weights = {place[one]: weight for one, weight in target.weights.items()}
        ends = reader.interval(weights)
        assert ends[0] - 0.01 <= target.amount <= ends[1] + 0.01, "the reader was told something false"
        if is_recovered(ends, target.amount, target.people, target.between):
            out.append(target)
    return out


def _versions(case: Case) -> dict[Cell, list[tuple[int, int]]]:
    """What each cell was in the course of time: a correction makes a second version."""
    found: dict[Cell, list[tuple[int, int]]] = {}
    for page in case.pages:
        for cell, value in page.cells.items():
            if value not in found.setdefault(cell, []):
                found[cell].append(value)
    return found


def _audits(rng: np.random.Generator, cells: Iterable[Cell]) -> dict[Cell, tuple[int, int]]:
    skill = rng.beta(8, 2)
    out = {}
    for cell in cells:
        n = int(rng.integers(3, 25))
        out[cell] = n, int(rng.binomial(n, skill))
    return out


def _of(cells: Mapping[Cell, tuple[int, int]], versions: Mapping[Cell, int] | None = None) -> Target:
    """The hits of some cells."""
    weights = {(cell, (versions or {}).get(cell, 0)): 1.0 for cell in cells}
    n, hits = (sum(x) for x in zip(*cells.values(), strict=True))
    return Target(weights, len({person for person, _ in cells}), hits, n)


def differencing(rng: np.random.Generator) -> Case:
    """Two runs over one window: between them a few came, left, or were corrected."""
    size, few = int(rng.integers(12, 90)), int(rng.integers(1, MIN_N))
    audits = _audits(rng, [(person, 0) for person in range(size + few)])
    some = {cell: value for cell, value in audits.items() if cell[0] >= size}
    rest = {cell: value for cell, value in audits.items() if cell[0] < size}
    how = rng.choice(["came", "left", "corrected"])
    if how != "corrected":
        pages = [Page("", range(1), rest), Page("", range(1), audits)]
        return Case(tuple(pages if how == "came" else pages[::-1]), (_of(some),))
    after = {cell: (n, hits - 1 if hits else 1) for cell, (n, hits) in some.items()}
    changes = {(cell, 1): 1.0 for cell in some} | {(cell, 0): -1.0 for cell in some}
    change = sum(after[cell][1] - some[cell][1] for cell in some)
    target = Target(changes, few, change, sum(n for n, _ in some.values()))
    return Case((Page("", range(1), audits), Page("", range(1), rest | after)), (target,))


def overlapping(rng: np.random.Generator) -> Case:
    """Cohorts of one statistic and window that overlap: a sum and difference of several is of a few people."""
    big = int(rng.integers(1, 5))
    while True:
        sizes = [int(rng.integers(1, MIN_N)), *(int(rng.integers(MIN_N, 40)) for _ in range(big))]
        masks = rng.random((int(rng.integers(2, big + 4)), big + 1)) < 0.6
        masks = np.unique(masks[masks[:, 1:].any(axis=1)], axis=0)
        few = np.zeros(big + 1)
        few[0] = 1
        # in the space of the rows: the reader adds and subtracts whole groups and has the few left
        if len(masks) > 1 and np.linalg.matrix_rank(masks) == np.linalg.matrix_rank(np.vstack([masks, few])):
            break
    rng.shuffle(masks)
    ends = np.cumsum([0, *sizes])
    blocks = [range(ends[at], ends[at + 1]) for at in range(big + 1)]
    audits = _audits(rng, [(person, 0) for person in range(ends[-1])])
    pages = tuple(
        Page(
            f"cohort {at}", range(1), {(p, 0): audits[p, 0] for b in np.flatnonzero(mask) for p in blocks[b]}
        )
        for at, mask in enumerate(masks)
    )
    return Case(pages, (_of({(person, 0): audits[person, 0] for person in blocks[0]}),))


def shifted(rng: np.random.Generator) -> Case:
    """One window after the other over the same weeks, in one of which few were at work (a holiday)."""
    weeks, size, few = int(rng.integers(4, 14)), int(rng.integers(12, 60)), int(rng.integers(1, MIN_N))
    holiday = int(rng.integers(0, weeks))
    cells = [(p, w) for w in range(weeks) for p in range(size) if w != holiday or p < few]
    audits = _audits(rng, cells)
    if holiday in (0, weeks - 1) and rng.random() < 0.5:  # a window and one that begins or ends a week off
        windows = [range(0, weeks), range(0, weeks - 1) if holiday else range(1, weeks)]
        if rng.random() < 0.5:
            windows.reverse()
    elif rng.random() < 0.5:  # from one start up to each week: `until`
        windows = [range(0, end) for end in range(1, weeks + 1)]
    else:  # what is before, what is after, and all: month, month and quarter
        windows = [range(0, holiday), range(holiday + 1, weeks), range(0, weeks)]
        rng.shuffle(windows)
    pages = [Page("", window, _between(audits, window)) for window in windows if len(window)]
    return Case(tuple(pages), (_of({cell: value for cell, value in audits.items() if cell[1] == holiday}),))


def _between(audits: Mapping[Cell, tuple[int, int]], weeks: Iterable[int]) -> dict[Cell, tuple[int, int]]:
    inside = set(weeks)
    return {cell: value for cell, value in audits.items() if cell[1] in inside}


def weekly(rng: np.random.Generator, weeks: int = 12, turnover: float = 0.03) -> Case:
    """Weekly runs with ordinary turnover: all, trained and others from one start, and each week by itself.

    What they must not tell: everything that always stands together in them and is of few people.
    """
    size = int(rng.integers(30, 120))
    staff, fresh = list(range(size)), size
    audits: dict[Cell, tuple[int, int]] = {}
    trained: set[int] = set()
    pages = []
    for week in range(weeks):
        for at in np.flatnonzero(rng.random(size) < turnover):
            staff[at], fresh = fresh, fresh + 1
        trained |= {p for p in staff if rng.random() < 0.06}
        audits |= _audits(rng, [(person, week) for person in staff])
        until = range(week + 1)
        inside = {True: _some(audits, trained, True), False: _some(audits, trained, False)}
        pages += [
            Page("", until, dict(audits)),
            Page("week", range(week, week + 1), _between(audits, [week])),
        ]
        pages += [
            Page("trained" if arm else "others", until, cells)
            for arm, cells in inside.items()
            if len({person for person, _ in cells}) >= MIN_N
        ]
    together: dict[tuple[bool, ...], list[Cell]] = {}
    for cell in audits:
        together.setdefault(tuple(cell in page.cells for page in pages), []).append(cell)
    few = [cells for cells in together.values() if len({person for person, _ in cells}) < MIN_N]
    return Case(tuple(pages), tuple(_of({cell: audits[cell] for cell in cells}) for cells in few))


def _some(
    audits: Mapping[Cell, tuple[int, int]], people: set[int], inside: bool
) -> dict[Cell, tuple[int, int]]:
    return {cell: value for cell, value in audits.items() if (cell[0] in people) == inside}


TECHNIQUES: dict[str, Callable[[np.random.Generator], Case]] = {
    "differencing": differencing,
    "overlapping": overlapping,
    "shifted": shifted,
}
