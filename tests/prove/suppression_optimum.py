"""How many cells must be hidden at least? The exact answer, by integer programming."""

from __future__ import annotations

import time

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from tne.report.intervals import Cells, too_narrow


def fewest_hidden(cells: Cells, primary: np.ndarray, *, min_n: int, seconds: float = 60.0) -> int | None:
    """Return the smallest number of hidden cells with which a table is protected; None where time runs out.

    Parameters
    ----------
    cells : Cells
        People stand in one part of a sum only; every total is a cell.
    primary : ndarray of bool, shape (k,)
    min_n : int
    seconds : float

    Notes
    -----
    Optimal is a set of hidden cells that holds `primary`, satisfies what `tne.report.suppression.suppress` promises
    (no cell alone in a line; the hidden parts of a line whose total is shown hold nobody or `min_n` people; every
    hidden cell has an interval of its width) and has the fewest cells, a total counting as one. That the parts of a
    hidden total inside a sum count, too, is not asked of it, which can only make it better.

    A binary y per cell says whether it is hidden. That cell i has its width is the same as: there are two tables, both
    equal to the true one where y = 0, within the bounds and with all sums kept, in which i differs by the width. So
    the protection problem, whose inner part is the attacker's two programmes, is one mixed integer programme with two
    blocks of continuous variables per protected cell. Blocks are added when they are needed: first for `primary`, then
    for each cell that a solution hides and leaves too narrow. A programme with fewer blocks asks less, so that the
    first solution without a narrow cell is optimal. In a flat table a change that moves one cell by its width need not
    move another by more (it is a sum of cycles), which bounds the variables.
    """
    asked = list(np.flatnonzero(primary))
    end = time.monotonic() + seconds
    while True:
        found = _solved(cells, primary, asked, min_n, max(0.01, end - time.monotonic()))
        if found.status != 0:
            return None
        hidden = found.x[: len(primary)] > 0.5
        more = [cell for cell in too_narrow(cells, hidden) if cell not in asked]
        if not more:
            return int(hidden.sum())
        asked += more


def _solved(cells: Cells, primary: np.ndarray, asked: list[int], min_n: int, seconds: float):
    size, blocks = len(primary), 2 * len(asked)
    width = cells.width[asked]
    room = np.minimum((cells.high - cells.value) / width[:, None], 1.0)
    depth = np.minimum((cells.value - cells.low) / width[:, None], 1.0)
    up, down = (np.repeat(ends, 2, axis=0).ravel() for ends in (room, depth))
    lines = sparse.csr_array(cells.lines)
    each = sparse.eye_array(blocks * size)
    hidden = sparse.vstack([sparse.eye_array(size)] * blocks)
    sums = sparse.kron(sparse.eye_array(blocks), lines)
    apart = sparse.lil_array((len(asked), size + blocks * size))
    for at, cell in enumerate(asked):
        apart[at, size + 2 * at * size + cell] = 1.0
        apart[at, size + (2 * at + 1) * size + cell] = -1.0
        apart[at, cell] = -1.0  # only where it is hidden
    rules = _rules(cells, min_n)
    constraints = [
        LinearConstraint(sparse.hstack([sparse.csr_array((sums.shape[0], size)), sums], format="csr"), 0, 0),
        LinearConstraint(sparse.hstack([-sparse.diags_array(up) @ hidden, each], format="csr"), -np.inf, 0),
        LinearConstraint(sparse.hstack([sparse.diags_array(down) @ hidden, each], format="csr"), 0, np.inf),
        LinearConstraint(apart.tocsr(), 0, np.inf),
        LinearConstraint(
            sparse.hstack([rules, sparse.csr_array((rules.shape[0], blocks * size))], format="csr"), 0, np.inf
        ),
    ]
    whole = np.r_[np.ones(size), np.zeros(blocks * size)]
    return milp(
        whole,
        constraints=constraints,
        integrality=whole,
        bounds=Bounds(np.r_[primary.astype(float), -down], np.r_[np.ones(size), up]),
        options={"time_limit": seconds},
    )


def _rules(cells: Cells, min_n: int) -> sparse.csr_array:
    """Rows that are at least 0: no cell alone in a line, no few people in the hidden parts of a shown total."""
    rows = []
    for line in cells.lines:
        inside, parts, total = np.flatnonzero(line), np.flatnonzero(line > 0), np.flatnonzero(line < 0)
        for cell in inside:
            row = np.zeros(len(line))
            row[inside] = 1.0
            row[cell] = -1.0
            rows.append(row)
        for cell in parts[cells.people[parts] < min_n]:
            row = np.zeros(len(line))
            row[parts] = cells.people[parts]
            row[total] = min_n
            row[cell] -= min_n
            rows.append(row)
    return sparse.csr_array(np.array(rows))
