"""Do people know the policy when they are asked?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tne.checks import require_columns, require_numeric
from tne.measures.triage_cells import Cells

ITEM_SD, PEOPLE_SD = 0.8, 0.8  # logits by which items, and people, differ


@dataclass(frozen=True, eq=False)
class Quiz:
    """Wrong answers of each cell, arrays of shape (cells,).

    Parameters
    ----------
    wrong, answers : array
        Effective numbers: few items, or few people, are worth less than their answers.
    people : array
    note : str
        Why there is nothing.
    """

    wrong: np.ndarray
    answers: np.ndarray
    people: np.ndarray
    note: str = ""


def quiz_of(cells: Cells, responses: pd.DataFrame | None, items: pd.DataFrame | None) -> Quiz:
    """Return the share of points missed in each cell, everybody's latest answer to each item."""
    zero = np.zeros(len(cells))
    if responses is None or responses.empty:
        return Quiz(zero, zero, zero, "no quiz answers")
    require_columns(responses, ["item_id", "score"], "responses")
    require_numeric(responses, ["score"], "responses")
    frame = responses
    wanted = [name for name in (*cells.by, "max_score") if name not in frame]
    if items is not None and len(items):
        require_columns(items, ["item_id"], "items")
        shared = [name for name in ("item_id", "form") if name in items and name in frame]
        extra = [name for name in wanted if name in items]
        unique = items.drop_duplicates(shared)[[*shared, *extra]]
        frame = frame.merge(unique, on=shared, how="left", validate="m:1")
    cell = cells.codes_in(frame)
    if cell is None:
        return Quiz(zero, zero, zero, "it is not known to which cell a quiz item belongs: give `items`")
    if "answered_at" in frame:
        order = np.argsort(pd.to_datetime(frame["answered_at"], utc=True).to_numpy(), kind="stable")
        frame, cell = frame.iloc[order], cell[order]
    score = frame["score"].to_numpy(dtype=float, na_value=np.nan)
    best = np.ones(len(frame))
    if "max_score" in frame:
        given = pd.to_numeric(frame["max_score"]).to_numpy(dtype=float, na_value=np.nan)
        best = np.where(given > 0, given, 1.0)
    share = score / best
    kept = (cell >= 0) & (share >= 0) & (share <= 1)
    if not kept.any():
        return Quiz(zero, zero, zero, "no quiz answers to items of these cells")
    who = frame["moderator_id"] if "moderator_id" in frame else pd.Series(np.arange(len(frame)))
    table = pd.DataFrame(
        {
            "cell": cell,
            "item": pd.factorize(frame["item_id"])[0],
            "person": pd.factorize(who)[0],
            "wrong": 1 - share,
        }
    )[kept].drop_duplicates(["cell", "item", "person"], keep="last")
    grouped = table.groupby("cell")
    every = range(len(cells))
    mean, n, k, people = (
        part.reindex(every).to_numpy(dtype=float)
        for part in (
            grouped["wrong"].mean(),
            grouped.size(),
            grouped["item"].nunique(),
            grouped["person"].nunique(),
        )
    )
    p = np.clip(mean, 0.02, 0.98)
    pq = p * (1 - p)
    effective = 1 / (pq * (ITEM_SD**2 / k + PEOPLE_SD**2 / people) + 1 / n)
    known = ~np.isnan(mean)
    return Quiz(
        wrong=np.where(known, mean * effective, 0.0),
        answers=np.where(known, effective, 0.0),
        people=np.where(known, people, 0.0),
    )
