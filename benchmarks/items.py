"""How long do the analyses of a large test take? ``python benchmarks/items.py``."""

from __future__ import annotations

import gc
import os
import statistics
from collections.abc import Callable

import numpy as np
import pandas as pd
from ways import stopwatch, tell

import tne

ITEMS, PEOPLE, ROUNDS = 50, 20_000, 3


def answers(people: int, items: int) -> pd.DataFrame:
    """One row per person × item: 2PL scores and, where wrong, one of three distractors."""
    rng = np.random.default_rng(people)
    slope, difficulty = rng.lognormal(0.1, 0.3, items), rng.uniform(-2.5, 0.5, items)
    right = rng.random((people, items)) < 1 / (
        1 + np.exp(-slope * (rng.normal(size=(people, 1)) - difficulty))
    )
    response = np.where(right, "A", rng.choice(list("BCD"), right.shape))
    who, what = (np.array([f"{k}{i:06d}" for i in range(n)]) for k, n in (("m", people), ("q", items)))
    return pd.DataFrame(
        {
            "person": np.repeat(who, items),
            "item": np.tile(what, people),
            "response": response.ravel(),
            "score": right.ravel().astype(float),
        }
    )


def seconds(work: Callable[[], object]) -> float:
    """Median of some rounds after one that is not counted."""
    work()
    taken = []
    for _ in range(ROUNDS):
        gc.collect()
        taken.append(stopwatch(work))
    return statistics.median(taken)


def main() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # one core
    rows = answers(PEOPLE, ITEMS)
    names = {"person": "person", "item": "item", "score": "score", "max_score": 1}
    size = f"{ITEMS} items × {PEOPLE:,} people"
    plain = seconds(lambda: tne.item_analysis(rows, **names))
    tell(f"item_analysis with intervals, {size}", plain, "s", most=3)
    whole = seconds(lambda: tne.item_analysis(rows, **names, response="response"))
    tell(f"item_analysis with intervals and distractors, {size}", whole, "s", most=3)
    marks = answers(1000, 20)["score"].to_numpy().reshape(1000, 20)
    few = pd.DataFrame(marks, columns=[f"q{j}" for j in range(20)]).assign(group=np.arange(1000) % 2)
    for method in ("logistic", "mantel_haenszel"):
        taken = seconds(lambda m=method: tne.differential_item_functioning(few, group="group", method=m))
        tell(f"differential_item_functioning, {method}, 20 items × 1,000 people", taken, "s", most=1)


if __name__ == "__main__":
    main()
