"""Random companies, their breakdowns, and a reader who tries to work out what is hidden in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import linprog

MIN_N = 10
KINDS = ("count", "sum", "rate")
SHAPES = ("one", "tree", "two", "two_trees")
PLAIN_CODES = ("few_people", "people_unknown", "protects_another")


@dataclass(frozen=True, eq=False)
class World:
    """One breakdown with what its readers may know.

    Parameters
    ----------
    frame : DataFrame
        Key columns, ``estimate, n, n_people, unit``: a row per cell, totals included where they are shown.
    kind : str
        One of `KINDS`.
    keys : tuple of str
    trees : mapping
        For the gate.
    sums : list of (float or int, list of int)
        What adds up, written down while the table was made: the row of the total, or the number itself (as a float)
        where it is known from elsewhere, and the rows of the parts.
    amount, most : ndarray
        What adds up, exactly, and the largest amount that a reader thinks possible.
    contributions : list of ndarray or None
        What each person adds (sums).
    disjoint : bool
        Whether each person stands in one cell only.
    """

    frame: pd.DataFrame
    kind: str
    keys: tuple[str, ...]
    trees: dict[str, dict[str, str]]
    sums: list[tuple[float | int, list[int]]]
    amount: np.ndarray
    most: np.ndarray
    contributions: list[np.ndarray] | None
    disjoint: bool

    @property
    def gating(self) -> dict[str, Any]:
        """Arguments of `publishable_frame` besides the threshold."""
        return {
            "by": self.keys,
            "trees": self.trees,
            "adds": "rate" if self.kind == "rate" else "sum",
            "weight": "n" if self.kind == "rate" else None,
            "people": "disjoint" if self.disjoint else "overlapping",
            "contributions": self.contributions,
        }


def world(rng: np.random.Generator, *, kind: str, shape: str, known: bool, disjoint: bool = True) -> World:
    """Draw one: people in cells, what each of them did, and the sums over cells.

    Parameters
    ----------
    kind, shape : str
        Of `KINDS` and `SHAPES`.
    known : bool
        The totals of all are not rows, but known from elsewhere.
    disjoint : bool
        Otherwise each person stands in several cells, as moderators do in policy areas.
    """
    trees = {}
    axes = [_tree(rng) if "tree" in shape else (_flat(rng), {})]
    if shape.startswith("two"):
        axes.append((_flat(rng), {}))
    keys = ("place", "area")[: len(axes)]
    for key, (_, above) in zip(keys, axes, strict=True):
        if above:
            trees[key] = above
    leaves = [sorted(set(names) - set(above.values())) for names, above in axes]
    people = {}
    for at, cell in enumerate(product(*leaves)):
        size = max(1, int(rng.lognormal(3.3, 1.0)))
        # ids: another thousand for each cell, or drawn from few, so that the same people come again
        who = 1000 * at + np.arange(size) if disjoint else np.unique(rng.integers(0, 2 * size, size))
        people[cell] = _work(rng, who, kind)
    return _table(axes, keys, trees, people, kind, known, disjoint)


def _flat(rng: np.random.Generator) -> list[str]:
    return [f"x{i}" for i in range(int(rng.integers(2, 9)))]


def _tree(rng: np.random.Generator) -> tuple[list[str], dict[str, str]]:
    """Sites and their teams."""
    above = {
        f"s{site}t{team}": f"s{site}"
        for site in range(int(rng.integers(2, 5)))
        for team in range(int(rng.integers(1, 5)))
    }
    return [*sorted(set(above.values())), *above], above


def _work(rng: np.random.Generator, who: np.ndarray, kind: str) -> tuple[np.ndarray, ...]:
    """Who did how much, of how many: three arrays, an entry per person."""
    n = rng.poisson(20, len(who)) + 1
    if kind == "count":
        return who, np.ones(len(who)), n
    if kind == "sum":
        return who, rng.lognormal(3, 1.0, len(who)), n
    level = np.clip(rng.normal(0.85, 0.08), 0.4, 0.99)
    return who, rng.binomial(n, level).astype(float), n


def _table(axes, keys, trees, people, kind: str, known: bool, disjoint: bool) -> World:
    """All cells with their totals; the sums are written down by going over the leaves, not by the gate's code."""
    below = []
    for names, above in axes:
        own = {name: {name} for name in names if name not in above.values()}
        for child, parent in above.items():
            own.setdefault(parent, set()).add(child)
        own["all"] = {name for name in names if name not in above.values()}
        below.append(own)
    cells = [(a,) for a in below[0]] if len(below) == 1 else [(a, b) for a in below[0] for b in below[1]]
    kept = [cell for cell in cells if not (known and "all" in cell)]
    rows, amounts, most, gave = {}, {}, {}, {}
    for cell in cells:
        inside = [own[name] for own, name in zip(below, cell, strict=True)]
        works = [
            work for leaf, work in people.items() if all(p in s for p, s in zip(leaf, inside, strict=True))
        ]
        who, did, n = (np.concatenate(part) for part in zip(*works, strict=True))
        each = np.unique(who, return_inverse=True)[1]
        gave[cell] = np.bincount(each, did)
        amounts[cell], most[cell] = float(did.sum()), float(n.sum())
        value = amounts[cell] / most[cell] if kind == "rate" else amounts[cell]
        rows[cell] = {"estimate": value, "n": most[cell], "n_people": float(len(gave[cell]))}
        rows[cell]["unit"] = "share" if kind == "rate" else "points"
    place = {cell: at for at, cell in enumerate(kept)}
    frame = pd.DataFrame([dict(zip(keys, cell, strict=True)) | rows[cell] for cell in kept])
    sums: list[tuple[float | int, list[int]]] = []
    for axis, ((names, above), own) in enumerate(zip(axes, below, strict=True)):
        tops = [name for name in names if name not in above]
        for parent in own:
            parts = tops if parent == "all" else [c for c, p in above.items() if p == parent]
            for cell in cells:
                if cell[axis] != parent or not parts:
                    continue
                inside = [place.get((*cell[:axis], part, *cell[axis + 1 :])) for part in parts]
                if any(at is not None for at in inside):
                    sums.append((place.get(cell, amounts[cell]), [at for at in inside if at is not None]))
    return World(
        frame=frame,
        kind=kind,
        keys=keys,
        trees=trees,
        sums=sums,
        amount=np.array([amounts[cell] for cell in kept]),
        most=np.array([most[cell] if kind == "rate" else np.inf for cell in kept]),
        contributions=[gave[cell] for cell in kept] if kind == "sum" else None,
        disjoint=disjoint,
    )


def sensitive(told: World) -> np.ndarray:
    """Cells about fewer than ten people, or of whose sum two people make up over 90 %: counted from the people."""
    few = told.frame["n_people"].to_numpy() < MIN_N
    if told.contributions is None:
        return few
    largest = np.array([np.sort(each)[-2:].sum() / each.sum() for each in told.contributions])
    return few | (largest > 0.9)


def ends(told: World, hidden: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least and largest amount of each hidden cell that is compatible with everything else, known exactly.

    A linear programme for each end, all solved as blocks of one, in the amounts themselves: ``0 <= x <= most``, and
    what is shown and known adds up.
    """
    free = np.flatnonzero(hidden)
    column = {at: k for k, at in enumerate(free)}
    rows, right = [], []
    for total, parts in told.sums:
        row, known = np.zeros(len(free)), 0.0
        for at, sign in [(at, 1.0) for at in parts] + ([(total, -1.0)] if isinstance(total, int) else []):
            if at in column:
                row[column[at]] += sign
            else:
                known += sign * told.amount[at]
        if row.any():
            rows.append(row)
            right.append((0.0 if isinstance(total, int) else total) - known)
    # far more than anybody has: what may reach it is without bounds
    scale = float(told.amount.sum())
    most = np.minimum(told.most[free] / scale, 10.0)
    size = len(free)
    blocks = 2 * size
    equal = sparse.csr_array(np.array(rows).reshape(len(rows), size))
    found = linprog(
        np.concatenate([np.eye(size), -np.eye(size)]).ravel(),
        A_eq=sparse.kron(sparse.eye_array(blocks), equal, format="csr"),
        b_eq=np.tile(np.array(right) / scale, blocks),
        bounds=np.column_stack([np.zeros(blocks * size), np.tile(most, blocks)]),
        method="highs",
    )
    if found.status != 0:
        raise RuntimeError(f"The attacker's programme ended with: {found.message}")
    x = found.x.reshape(2, size, size)
    low, high = (np.diagonal(side) * scale for side in x)
    return low, np.where(np.diagonal(x[1]) > 9.99, np.inf, high)


def recovered(told: World, hidden: np.ndarray) -> dict[str, int]:
    """Count what the attack works out among the hidden cells.

    ``few``: sensitive cells known to within ± max(10 %, 1 / people), for rates in points of 100, and never counted
    where the interval is all that is possible. ``others``: hidden cells of ten people and more known to within 10 %,
    for rates of the rarer outcome. ``groups``: hidden parts that together are fewer than ten people, in a sum whose
    total is known. ``by_totals``: cells that the totals known from elsewhere give away by themselves, so that hiding
    every cell would leave no wider interval; they are in neither of the first two.
    """
    counts = {"hidden": int(hidden.sum()), "few": 0, "others": 0, "groups": 0, "by_totals": 0}
    counts["sensitive"] = int((sensitive(told) & hidden).sum())
    if not hidden.any():
        return counts
    low, high = ends(told, hidden)
    own = sensitive(told)[hidden]
    people = told.frame["n_people"].to_numpy()[hidden]
    if told.contributions is not None:  # of a sum that two make up most of the number is theirs
        people = np.where(own & (people >= MIN_N), 2.0, people)
    amount, most = told.amount[hidden], told.most[hidden]
    rate = np.isfinite(most)
    rarer = np.minimum(amount, most - amount)
    scale = np.where(rate, np.where(own, most, rarer), amount)
    allowed = np.minimum(2 * np.maximum(0.1, 1 / people) * scale, most)
    narrow = (high - low) < allowed * (1 - 1e-5)
    if narrow.any():
        floor, roof = (side[hidden] for side in ends(told, np.ones(len(told.amount), dtype=bool)))
        told_before = (high - low) >= (roof - floor) * (1 - 1e-5)  # nothing that is shown adds to it
        counts["by_totals"] = int((narrow & told_before).sum())
        counts["few"] = int((narrow & own & ~told_before).sum())
        counts["others"] = int((narrow & ~own & ~told_before).sum())
    counts["groups"] = _groups(told, hidden)
    return counts


def _groups(told: World, hidden: np.ndarray, ways: int = 64) -> int:
    """Count known totals from which so many shown parts can be taken that fewer than ten people are left.

    A hidden part that is itself a total is taken apart in every way its own sums allow, up to `ways` ways.
    """
    heads = told.frame["n_people"].to_numpy()
    found = 0
    for total, parts in told.sums:
        if isinstance(total, int) and hidden[total]:
            continue
        for left in islice(_taken_apart(told, hidden, tuple(parts)), ways):
            gone = [at for at in left if hidden[at]]
            if not gone or set(gone) == set(parts):  # nothing is taken from the total: it is known as it is
                continue
            together = sum(heads[at] for at in gone) if told.disjoint else max(heads[at] for at in gone)
            if 0 < together < MIN_N:
                found += 1
                break
    return found


def _taken_apart(told: World, hidden: np.ndarray, parts: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    yield parts
    for at in parts:
        if hidden[at]:
            for total, own in told.sums:
                if isinstance(total, int) and total == at:
                    rest = tuple(part for part in parts if part != at)
                    yield from _taken_apart(told, hidden, (*rest, *own))


def hidden_in(published: pd.DataFrame) -> np.ndarray:
    """Rows of a published frame that have no number, and are not coded as below 5 % or above 95 %."""
    return published["estimate"].isna().to_numpy() & published["note"].isin(PLAIN_CODES).to_numpy()
