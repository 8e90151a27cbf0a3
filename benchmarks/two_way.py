"""How fast are two-way fixed effects on a million rows, against pyfixest? Ratio of medians, alternated in one process.

``python benchmarks/two_way.py [rows]`` in an environment that also has pyfixest, which is no part of the package.
Both cluster by unit, from the same frame; pyfixest is compiled before the clock starts. Results are compared first.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import pyfixest

import tne

ROUNDS = 7
PERIODS = 20


def panel(rows: int, holes: bool) -> pd.DataFrame:
    """Units × periods in four groups, three of them trained one after another; a tenth missing with `holes`."""
    rng = np.random.default_rng(rows)
    unit, period = np.divmod(np.arange(rows), PERIODS)
    start = np.array([10.0, 12.0, 14.0, np.inf])[unit % 4]
    trained = (period >= start).astype(float)
    x = rng.normal(size=rows)
    y = rng.normal(size=unit.max() + 1)[unit] + 0.05 * period + trained + 0.3 * x + rng.normal(size=rows)
    frame = pd.DataFrame({"unit": unit, "period": period, "trained": trained, "x": x, "y": y})
    return frame[rng.random(rows) < 0.9].reset_index(drop=True) if holes else frame


def ours(frame: pd.DataFrame) -> np.ndarray:
    found = tne.two_way_fixed_effects(
        frame, outcome="y", unit="unit", period="period", treated="trained", covariates=["x"]
    )
    return found.to_frame()[["estimate", "std_error"]].to_numpy().ravel()


def peer(frame: pd.DataFrame) -> np.ndarray:
    fit = pyfixest.feols("y ~ trained + x | unit + period", frame, vcov={"CRV1": "unit"})
    return np.column_stack([fit.coef(), fit.se()]).ravel()


def ratio(frame: pd.DataFrame, ways: tuple[Callable[[pd.DataFrame], np.ndarray], ...]) -> list[float]:
    """Return the median seconds of each way, taken in turns."""
    seconds: list[list[float]] = [[] for _ in ways]
    for _ in range(ROUNDS):
        for spent, way in zip(seconds, ways, strict=True):
            gc.collect()
            begin = time.perf_counter()
            way(frame)
            spent.append(time.perf_counter() - begin)
    return [statistics.median(spent) for spent in seconds]


def main(rows: int) -> None:
    for name, holes in (("balanced", False), ("a tenth missing", True)):
        frame = panel(rows, holes)
        one, two = ours(frame), peer(frame)
        # coefficients agree to rounding; errors to the few effects that the two count differently
        np.testing.assert_allclose(one[::2], two[::2], rtol=1e-5)
        np.testing.assert_allclose(one[1::2], two[1::2], rtol=1e-3)
        mine, theirs = ratio(frame, (ours, peer))
        print(
            f"{name}, {len(frame):,} rows: tne {mine:.2f} s, pyfixest {theirs:.2f} s, ratio {mine / theirs:.2f}"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
