"""Which further cells of a table must be hidden, so that no hidden one can be worked out?"""

from __future__ import annotations

from typing import Literal, cast

import numpy as np

from tne.report.intervals import Cells, slack, too_narrow

People = Literal["disjoint", "overlapping"]
Cost = Literal["cells", "people"]


def suppress(
    cells: Cells,
    primary: np.ndarray,
    *,
    min_n: int = 10,
    people: People = "overlapping",
    cost: Cost = "cells",
) -> np.ndarray:
    """Return all cells to hide: those that are hidden for their own sake, and what protects them.

    Parameters
    ----------
    cells : Cells
    primary : ndarray of bool, shape (k,)
        Cells that must not be shown.
    min_n : int
        Fewest people whom the hidden parts of one sum may hold together, where its total is known.
    people : {"overlapping", "disjoint"}
        Whether a person can stand in several parts of a sum. If so, hidden parts count as many people as the largest
        of them: the others may be the same people.
    cost : {"cells", "people"}
        What is kept low: the number of cells hidden, a total with its parts (of equally many, those of fewer people),
        or the people in them.

    Returns
    -------
    ndarray of bool, shape (k,)
        In every line none or several cells are hidden; where its total is known, the hidden parts, also those of a
        hidden total inside it, hold nobody or `min_n` people; every hidden cell has an interval of at least
        `Cells.width`. Where totals that are known from elsewhere say more by themselves, everything that is tied to the
        cell is hidden.

    Notes
    -----
    A cell that can be worked out is given a way to vary: of all changes of the table that keep its sums and move the
    cell over its width, the one through the cheapest shown cells (a linear programme), which are hidden. That is
    repeated until the audit finds nothing. Then each cell hidden on the way is shown again if the audit allows it, the
    dearest first.

    References
    ----------
    Cox (1980), Suppression methodology and statistical disclosure control, JASA 75:377-385.
    Kelly, Golden & Assad (1992), Cell suppression: disclosure protection for sensitive tabular data, Networks
    22:397-417 (protection by the cheapest change of the table).
    Fischetti & Salazar (2001), Management Science 47(7):1008-1027.
    """
    hidden = np.asarray(primary, dtype=bool).copy()
    price = _price(cells, cost)
    lost: set[int] = set()
    while True:
        narrow = [i for i in too_narrow(cells, hidden) if i not in lost]
        if narrow:
            cell = max(narrow, key=lambda i: cells.width[i])
            more = _way(cells, hidden, cell, price)
            if not more.any():  # no change of the table would do: everything that is tied to the cell
                more = _tied(cells, cell) & ~hidden
                lost |= set() if more.any() else {cell}
            hidden |= more
            continue
        short = _short_sum(cells, hidden, min_n, people)
        if short is None:
            break
        shown = np.flatnonzero(~hidden & short)
        hidden[shown[np.argmin(price[shown])]] = True
    return _shown_again(cells, primary, hidden, price, lost, min_n, people)


def _price(cells: Cells, cost: Cost) -> np.ndarray:
    heads = np.nan_to_num(cells.people, nan=0.0)
    if cost == "people":
        return cast(np.ndarray, 1e-3 + heads)
    # a total is worth its parts, and often stands elsewhere, too; of equally many cells those of fewer people go
    parts = np.max((cells.lines < 0) * (cells.lines > 0).sum(axis=1, keepdims=True), axis=0, initial=0)
    return cast(np.ndarray, 1 + parts + heads / (1 + heads.sum()))


def _short_sum(cells: Cells, hidden: np.ndarray, min_n: int, people: People) -> np.ndarray | None:
    """The cells of a sum whose hidden ones are too few: one alone, or parts of too few people; None: there is none.

    Only sums that still show a cell: else there is nothing to hide.
    """
    heads = np.nan_to_num(cells.people, nan=0.0)
    for at, line in enumerate(cells.lines):
        inside: np.ndarray = line != 0
        if np.count_nonzero(inside & hidden) == 1 and (inside & ~hidden).any():
            return inside
        total = line < 0
        if (total & hidden).any():
            continue  # then the rest of the line is not known
        for order in (1, -1):
            part, inside = _parts(cells, hidden, at, order)
            gone = part & hidden
            rest = heads[gone].max(initial=0.0)
            if people == "disjoint":
                # people of the total who are in no shown part: some may have no cell of their own
                others = heads[total].sum() - heads[part & ~hidden].sum() if total.any() else 0.0
                rest = max(heads[gone].sum(), others)
            few = rest < min_n and (rest > 0 or np.isnan(cells.people[gone]).any())
            if few and (inside & ~hidden).any():
                return inside
    return None


def _parts(cells: Cells, hidden: np.ndarray, line: int, order: int) -> tuple[np.ndarray, np.ndarray]:
    """The parts of a sum, hidden totals among them replaced by their own parts; and all cells that take part.

    A cell may be the total of two sums: the first (`order` 1) or the last (-1) is taken, that is of the first or the
    second key.
    """
    part = cells.lines[line] > 0
    inside = cells.lines[line] != 0
    while True:
        for cell in np.flatnonzero(part & hidden):
            below = np.flatnonzero(cells.lines[:, cell] < 0)[::order]
            if len(below):
                part[cell] = False
                part |= cells.lines[below[0]] > 0
                inside |= cells.lines[below[0]] != 0
                break
        else:
            return part, inside


def _way(cells: Cells, hidden: np.ndarray, cell: int, price: np.ndarray) -> np.ndarray:
    """The shown cells of the cheapest change that moves one cell over its width; none where there is no such change.

    Two tables that agree with the sums: the cell is larger in the first by its width. What each departs from the
    true table is paid for, as a share of what a cell can depart, so that the price is about one per cell.
    """
    from scipy.optimize import linprog
    from scipy.sparse import block_diag, csr_array, hstack

    unit = float(cells.width[cell])
    down, up = slack(cells, unit)
    size = len(down)
    lines = csr_array(cells.lines)
    sums = block_diag([hstack([lines, -lines])] * 2, format="csr")
    apart = np.zeros((1, 4 * size))
    apart[0, [cell, size + cell, 2 * size + cell, 3 * size + cell]] = -1.0, 1.0, 1.0, -1.0
    bounds = np.concatenate([up, down, up, down])
    each = np.where(hidden, 0.0, price / np.clip(np.maximum(up, down), 1e-9, 1.0))
    found = linprog(
        np.tile(each, 4),
        A_ub=csr_array(apart),
        b_ub=[-1.0],
        A_eq=sums,
        b_eq=np.zeros(sums.shape[0]),
        bounds=np.column_stack([np.zeros(4 * size), bounds]),
        method="highs",
    )
    if found.status != 0:
        return np.zeros(size, dtype=bool)
    return cast(np.ndarray, (found.x.reshape(4, size).max(axis=0) > 1e-7) & ~hidden)


def _tied(cells: Cells, cell: int) -> np.ndarray:
    """All cells that share a line with the cell, or with one that does."""
    reached = np.zeros(len(cells.value), dtype=bool)
    reached[cell] = True
    while True:
        lines = np.any(cells.lines[:, reached] != 0, axis=1)
        wider = reached | np.any(cells.lines[lines] != 0, axis=0)
        if wider.sum() == reached.sum():
            return cast(np.ndarray, wider)
        reached = wider


def _shown_again(
    cells: Cells,
    primary: np.ndarray,
    hidden: np.ndarray,
    price: np.ndarray,
    lost: set[int],
    min_n: int,
    people: People,
) -> np.ndarray:
    added = np.flatnonzero(hidden & ~primary)
    for cell in added[np.argsort(-price[added], kind="stable")]:
        if lost and _tied(cells, cell)[list(lost)].any():
            continue
        fewer = hidden.copy()
        fewer[cell] = False
        if _short_sum(cells, fewer, min_n, people) is None and not set(too_narrow(cells, fewer)) - lost:
            hidden = fewer
    return hidden
