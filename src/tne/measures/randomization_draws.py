"""In which ways could the arms have been drawn, and what would each have shown?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, islice

import numpy as np

LIMIT = 3_000_000  # assignments tried one by one: 12 of 24 people, 21 pairs
_CHUNK = 200_000


@dataclass(frozen=True, eq=False)
class Stratum:
    """Units among which a fixed number was drawn: people, or clusters with their sizes.

    Parameters
    ----------
    size, mean : ndarray, shape (units,)
        People in a unit and their mean outcome, centred over all.
    treated : ndarray of bool, shape (units,)
    weight : float
        Share of all people.
    """

    size: np.ndarray
    mean: np.ndarray
    treated: np.ndarray
    weight: float

    @property
    def count(self) -> int:
        """Units."""
        return len(self.size)

    @property
    def chosen(self) -> int:
        """Units in the trained arm."""
        return int(self.treated.sum())

    @property
    def assignments(self) -> int:
        """Ways to choose that many."""
        return math.comb(self.count, self.chosen)


@dataclass(frozen=True, eq=False)
class Parts:
    """What every assignment shows: of the outcome, of the observed arms' indicator, and their variances.

    The effect of a constant shift t enters linearly: ``difference(y − t z) = y − t z`` elementwise, and the variance is
    ``yy − 2 t yz + t² zz``. The observed assignment is `first` (its values stand apart and are counted once).
    """

    y: np.ndarray
    z: np.ndarray
    spread: tuple[np.ndarray, np.ndarray, np.ndarray] | None
    observed: float
    observed_spread: tuple[float, float, float] | None
    tolerance: float
    added: int  # 1 where the observed assignment is not among the rows (draws)
    flat: bool = field(default=False)

    @property
    def total(self) -> int:
        """Assignments compared."""
        return len(self.y) + self.added

    @property
    def observed_statistic(self) -> float:
        """The statistic of the arms as they were."""
        if self.observed_spread is None:
            return self.observed
        return self.observed / math.sqrt(self.observed_spread[0]) if self.observed_spread[0] > 0 else math.nan


def number_of(strata: Sequence[Stratum]) -> float:
    """Return how many assignments are possible."""
    return math.prod(s.assignments for s in strata)


def all_assignments(strata: Sequence[Stratum], statistic: str) -> Parts:
    """Return what each possible assignment shows."""
    studentized = statistic == "studentized" and not _pairs(strata)
    totals: list[np.ndarray] | None = None
    for s in strata:
        pieces = [
            np.concatenate(piece)
            for piece in zip(*(_shown(s, chosen, studentized) for chosen in _subsets(s)), strict=True)
        ]
        totals = (
            pieces
            if totals is None
            else [np.add.outer(a, b).ravel() for a, b in zip(totals, pieces, strict=True)]
        )
    return _parts(strata, totals or [], studentized, added=0)


def drawn_assignments(
    strata: Sequence[Stratum], statistic: str, draws: int, rng: np.random.Generator
) -> Parts:
    """Return what `draws` assignments show, each drawn anew within the strata."""
    studentized = statistic == "studentized" and not _pairs(strata)
    units = max(s.count for s in strata)
    step, found = max(1, min(draws, 20_000_000 // units)), []
    for start in range(0, draws, step):
        count, totals = min(step, draws - start), None
        for s in strata:
            pieces = _shown(s, _random(s, count, rng), studentized)
            totals = pieces if totals is None else [a + b for a, b in zip(totals, pieces, strict=True)]
        found.append(totals)
    return _parts(strata, [np.concatenate(p) for p in zip(*found, strict=True)], studentized, added=1)


def _pairs(strata: Sequence[Stratum]) -> bool:
    """In pairs the studentised order is the order of the difference: the squares' sum never changes."""
    return len(strata) > 1 and all(s.count == 2 for s in strata)


def _subsets(s: Stratum) -> Iterator[np.ndarray]:
    """All choices as indicator matrices of at most a chunk of rows."""
    every = combinations(range(s.count), s.chosen)
    while some := list(islice(every, _CHUNK)):
        yield _indicator(some, s.count)


def _indicator(chosen: Sequence[Sequence[int]], count: int) -> np.ndarray:
    out = np.zeros((len(chosen), count))
    np.put_along_axis(out, np.asarray(chosen, dtype=np.int64).reshape(len(chosen), -1), 1.0, axis=1)
    return out


def _random(s: Stratum, draws: int, rng: np.random.Generator) -> np.ndarray:
    start = np.tile(s.treated.astype(float), (draws, 1))
    return rng.permuted(start, axis=1)


def _shown(s: Stratum, chosen: np.ndarray, studentized: bool) -> list[np.ndarray]:
    """Weighted difference in means of outcome and indicator, and their variances, of each row of `chosen`."""
    z = s.treated.astype(float)
    size_in = chosen @ s.size
    size_out = s.size.sum() - size_in
    out = []
    for values in (s.mean, z):
        sums = s.size * values
        inside = chosen @ sums
        out.append(s.weight * (inside / size_in - (sums.sum() - inside) / size_out))
    if studentized:
        out += [
            _variance(s, chosen, size_in, size_out, a, b) for a, b in ((s.mean, s.mean), (s.mean, z), (z, z))
        ]
    return out


def _variance(
    s: Stratum, chosen: np.ndarray, size_in: np.ndarray, size_out: np.ndarray, a: np.ndarray, b: np.ndarray
) -> np.ndarray:
    """Sum over both arms of the units' residual products, k / (k − 1) over the squared people (Welch's for people)."""
    total = np.zeros(len(chosen))
    for member, people in ((chosen, size_in), (1 - chosen, size_out)):
        k = member[0].sum()
        square, wa, wb = s.size**2, s.size * a, s.size * b
        mean_a, mean_b = (member @ wa) / people, (member @ wb) / people
        products = (
            member @ (square * a * b)
            - mean_a * (member @ (square * b))
            - mean_b * (member @ (square * a))
            + mean_a * mean_b * (member @ square)
        )
        total += k / (k - 1) * products / people**2
    return s.weight**2 * total


def _parts(strata: Sequence[Stratum], totals: list[np.ndarray], studentized: bool, added: int) -> Parts:
    seen = [
        sum(piece)
        for piece in zip(
            *(
                [float(v[0]) for v in _shown(s, s.treated[None, :].astype(float), studentized)]
                for s in strata
            ),
            strict=True,
        )
    ]
    largest = max(float(np.abs(s.mean).max()) for s in strata)
    spread = (totals[2], totals[3], totals[4]) if studentized else None
    flat = largest == 0 or float(np.ptp(np.concatenate([s.mean for s in strata]))) <= 1e-12 * largest
    return Parts(
        y=totals[0], z=totals[1], spread=spread, observed=seen[0],
        observed_spread=(seen[2], seen[3], seen[4]) if studentized else None,
        tolerance=1e-10 * largest, added=added, flat=flat,
    )  # fmt: skip
