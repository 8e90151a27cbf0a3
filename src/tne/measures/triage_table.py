"""All pieces of evidence of all cells: what was seen, and how likely it is where it is usual and where it is raised."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from tne.measures.triage_cells import Cells
from tne.measures.triage_rule import EVIDENCE, SPEAKS_FOR, cause_of

CLEAR = math.log(3)  # a likelihood ratio of 3 either way is called raised or usual


@dataclass(frozen=True, eq=False)
class Table:
    """All pieces of evidence of all cells.

    Parameters
    ----------
    rows : list of dict
        One per cell × piece that could be looked for, ready for `Estimates`.
    usual, raised : array of shape (cells, evidence)
        Log likelihoods, 0 and 0 where missing.
    """

    rows: list[dict[str, Any]]
    usual: np.ndarray
    raised: np.ndarray

    def put(
        self,
        cells: Cells,
        g: int,
        name: str,
        logs: tuple[float, float],
        row: dict[str, Any],
        column: str | None = None,
    ) -> None:
        """Write one piece down; `column` of `EVIDENCE` where it is not its name."""
        j = EVIDENCE.index(column or name)
        self.usual[g, j], self.raised[g, j] = logs
        ratio = logs[1] - logs[0]
        missing = logs == (0.0, 0.0)
        state = "raised" if ratio > CLEAR else "usual" if ratio < -CLEAR else "unclear"
        key = {column: cells.keys[column].iloc[g] for column in cells.by}
        speaks_for = SPEAKS_FOR.get(name) or cause_of(name.removeprefix("coded_"))
        self.rows.append(
            key
            | {"evidence": name, "state": "missing" if missing else state, "speaks_for": speaks_for}
            | {"likelihood_ratio": math.nan if missing else math.exp(min(ratio, 700.0)), "term": name}
            | row
        )
