"""How long does an item response model of a large test take, on one core?

``python benchmarks/irt.py``. Prints the seconds beside the bar and fails above it.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

import tne

ROUNDS = 3
ONE_CORE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
PEOPLE, ITEMS, BAR = 20_000, 50, 15.0


def answers(people: int, items: int, missing: float = 0.0) -> pd.DataFrame:
    """Simulated answers; slopes log-normal, most items easy."""
    rng = np.random.default_rng(items)
    slopes, difficulties = rng.lognormal(0.1, 0.3, items), rng.uniform(-2.5, 0.5, items)
    right = rng.random((people, items)) < expit(slopes * (rng.normal(size=(people, 1)) - difficulties))
    frame = pd.DataFrame(right.astype(float))
    return frame.mask(rng.random(frame.shape) < missing) if missing else frame


def waves(people: int, items: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The same people before and after."""
    rng = np.random.default_rng(people)
    theta, difficulties = rng.normal(size=(people, 1)), np.linspace(-2, 1, items)
    before, after = (
        rng.random((people, items)) < expit(1.2 * (theta + gain - difficulties)) for gain in (0, 0.6)
    )
    return pd.DataFrame(before.astype(int)), pd.DataFrame(after.astype(int))


def seconds(work: Callable[[], Any]) -> float:
    """Median of some rounds after one that is not counted."""
    work()
    taken = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def main() -> int:
    whole, gaps, pair = answers(PEOPLE, ITEMS), answers(PEOPLE, ITEMS, 0.1), waves(400, 20)
    size = f"{ITEMS} items × {PEOPLE:,} people"
    cases = [
        (f"2PL, {size}", lambda: tne.irt(whole, model="2PL"), BAR),
        (f"1PL, {size}", lambda: tne.irt(whole, model="1PL"), BAR),
        (f"2PL, {size}, 10 % missing", lambda: tne.irt(gaps, model="2PL"), BAR),
        ("latent gain, 20 items × 400 people × 2 waves", lambda: tne.latent_gain(*pair), None),
    ]
    over = 0
    print(f"{'':<50}{'seconds':>9}{'bar':>9}")
    for label, work, bar in cases:
        taken = seconds(work)
        over += bar is not None and taken > bar
        print(f"{label:<50}{taken:>8.2f}s{'–' if bar is None else f'{bar:.0f}s':>9}")
    return int(over > 0)


if __name__ == "__main__":
    if not ONE_CORE.items() <= os.environ.items():  # read when numpy is loaded, so begin again
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | ONE_CORE)
    sys.exit(main())
