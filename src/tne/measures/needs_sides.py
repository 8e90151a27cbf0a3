"""What share of quiz points was missed, and what share of decisions was wrong, and what does each person add?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import require_columns, require_frame, require_numeric, rows
from tne.measures.audit_rates import Rate, additions, rate
from tne.measures.audit_rows import cells_of, live
from tne.result import Check, Result

FEW_ITEMS = 5


@dataclass(frozen=True, eq=False)
class Side:
    """One of the two shares of a cell.

    `adds`: what each person adds to its error, by identity; `people`: how many it is about, NaN where not known.
    """

    rate: Rate
    adds: pd.Series | None
    people: float
    interval: tuple[float, float] | None = None
    weight: float = 0.0


def _side(y: np.ndarray, weight: np.ndarray, people: np.ndarray | None) -> Side:
    code, who = pd.factorize(people) if people is not None else (np.arange(len(y)), None)
    found = rate(y, weight, code, np.zeros(len(y), dtype=int), np.ones(1))
    adds = pd.Series(additions(y, weight, code), index=who) if who is not None else None
    return Side(found, adds, math.nan if who is None else found.behind, weight=float(weight.sum()))


def quiz_sides(
    responses: pd.DataFrame, items: pd.DataFrame | None, keys: Sequence[str]
) -> tuple[dict[tuple[Any, ...], Side], list[Check]]:
    """Return the quiz side of each cell: everybody's latest answer to each item."""
    require_columns(responses, ["item_id", "score"], "responses")
    frame = responses.reset_index(drop=True)
    if items is not None:
        require_columns(items, ["item_id"], "items")
        on = [c for c in ("item_id", "form") if c in items and c in frame]
        extra = [c for c in (*keys, "max_score") if c in items and c not in frame]
        known = items[[*on, *extra]].drop_duplicates()
        twice = known.duplicated(on, keep=False).to_numpy()
        if twice.any():
            raise ValueError(
                f"`items` says two things of one item in {rows(twice)}. Keep one row per item and form."
            )
        frame = frame.merge(known, on=on, how="left", validate="m:1")
    require_columns(frame, keys, "responses")
    if len(frame):
        require_numeric(frame, ["score"], "responses")
    score = frame["score"].to_numpy(dtype=float, na_value=np.nan)
    best = np.ones(len(frame))
    if "max_score" in frame:
        best = pd.to_numeric(frame["max_score"]).to_numpy(dtype=float, na_value=np.nan)
    beyond = (score < 0) | (score > best + 1e-9)
    if beyond.any():
        raise ValueError(
            f"Scores are below 0 or above max_score in {rows(beyond)}. Give the right max_score."
        )
    kept = frame[list(keys)].notna().all(axis=1).to_numpy() & ~np.isnan(score) & ~np.isnan(best)
    if "moderator_id" in frame:
        kept &= frame["moderator_id"].notna().to_numpy()
    used = frame.assign(_score=score, _best=best)[kept]
    if "answered_at" in used:
        used = used.sort_values("answered_at", kind="stable", na_position="first")
    if "moderator_id" in used:
        used = used.drop_duplicates([*keys, "moderator_id", "item_id"], keep="last")
    out, least = {}, math.inf
    for key, own in used.groupby(list(keys), observed=True):
        top = own["_best"].to_numpy(dtype=float)
        people = own["moderator_id"].to_numpy() if "moderator_id" in own else None
        out[key] = _side(1 - own["_score"].to_numpy(dtype=float) / top, top, people)
        least = min(least, own["item_id"].nunique())
    lost = int((~kept).sum())
    checks = [
        Check(
            "missing_answers",
            "warn" if lost else "pass",
            f"{lost} of {len(frame)} answers lack a score, a maximum, a person or the cell and are left out.",
        )
    ]
    detail = (
        f"The cell with the fewest was asked {least:.0f} items; which were chosen is no part of the interval."
    )
    if not out:
        checks.append(Check("few_items", "not_run", "There are no quiz answers."))
    else:
        checks.append(Check("few_items", "warn" if least < FEW_ITEMS else "pass", detail))
    return out, checks


def queue_sides(
    given: pd.DataFrame | Result, keys: Sequence[str]
) -> tuple[dict[tuple[Any, ...], Side], tuple[Check, ...]]:
    """Return the queue side of each cell, from audits or from gaps."""
    checks: tuple[Check, ...] = ()
    frame: Any = given
    if isinstance(given, Result):
        frame, checks = given.to_frame(), given.checks
    require_frame(frame, "gaps_or_audits")
    if "term" in frame and "correct" not in frame:
        return _from_gaps(frame, keys), checks
    counted = live(frame, keys)
    cell, table = cells_of(counted.frame, keys)
    out = {}
    people = counted.frame["moderator_id"].to_numpy() if "moderator_id" in counted.frame else None
    for c, key in enumerate(table.itertuples(index=False, name=None)):
        at = cell == c
        out[key] = _side(
            1 - counted.right[at], counted.weight[at], people[at] if people is not None else None
        )
    return out, counted.checks


def _from_gaps(frame: pd.DataFrame, keys: Sequence[str]) -> dict[tuple[Any, ...], Side]:
    require_columns(
        frame,
        [*keys, "term", "estimate", "std_error", "conf_low", "conf_high", "n", "n_people"],
        "gaps_or_audits",
    )
    own = frame[frame["term"] == "error_rate"]
    twice = own.duplicated(list(keys), keep=False).to_numpy()
    if twice.any():
        raise ValueError(
            f"The gaps have several error rates for one cell of {' × '.join(keys)} in {rows(twice)}. "
            "Make them with the same `by`."
        )
    volume = frame[frame["term"] == "volume"].set_index(list(keys))["estimate"]
    out = {}
    for row in own.to_dict("records"):
        key = tuple(row[c] for c in keys)
        n = int(row["n"]) if row["n"] == row["n"] else 0
        one = Rate(row["estimate"], row["std_error"], math.nan, n, 0, math.nan)
        size = volume.get(key if len(key) > 1 else key[0], 1.0)
        out[key] = Side(one, None, row["n_people"], (row["conf_low"], row["conf_high"]), float(size))
    return out


def level_of(queue: Mapping[tuple[Any, ...], Side]) -> float:
    """Return the share of wrong decisions of all cells together."""
    weight = np.array([side.weight for side in queue.values()])
    value = np.array([side.rate.estimate for side in queue.values()])
    return float(weight @ value / weight.sum()) if weight.sum() > 0 else math.nan
