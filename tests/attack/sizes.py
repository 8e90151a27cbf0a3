"""How many passed among a few? Sizes read from widths, decimals, degrees of freedom and rounded counts, subtracted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tests.attack.feasible import Reader, is_recovered
from tests.attack.readings import ABOVE, BELOW, Z, decimals, heads_of, wilson
from tne.report.disclosure import publishable_frame

MIN_N = 10
LARGEST = 200
EDGES = {BELOW: (0.0, 0.05), ABOVE: (0.95, 1.0)}
SUMS = {"few_people": (1, MIN_N - 1), "protects_another": (MIN_N, LARGEST)}


@dataclass(frozen=True)
class Parts:
    """Who passed a test, by part of a market: some parts are of few people; the last row is the whole."""

    sizes: tuple[int, ...]
    passed: tuple[int, ...]

    @property
    def frame(self) -> pd.DataFrame:
        """The rows as a measure returns them, one row of data a person."""
        n = np.array([*self.sizes, sum(self.sizes)])
        hits = np.array([*self.passed, sum(self.passed)])
        low, high = np.array([wilson(np.array([h]), m) for h, m in zip(hits, n, strict=True)])[:, :, 0].T
        names = [*(f"part {at}" for at in range(len(self.sizes))), "all"]
        told = {"part": names, "estimate": hits / n, "conf_low": low, "conf_high": high, "unit": "share"}
        return pd.DataFrame({**told, "n": n, "n_people": n, "df": n - 1.0, "std_error": (high - low) / 2 / Z})


def draw(rng: np.random.Generator) -> Parts:
    """Draw the parts: at least one of few people, one of enough."""
    count = int(rng.integers(1, 4))
    sizes = [int(rng.integers(2, MIN_N)), *(int(rng.integers(MIN_N, 45)) for _ in range(count))]
    passed = [int(rng.binomial(n, 0.7)) for n in sizes]
    return Parts(tuple(sizes), tuple(passed))


def published(parts: Parts) -> pd.DataFrame:
    """The rows as a report publishes them."""
    return publishable_frame(parts.frame, min_n=MIN_N, by=("part",), people="disjoint")


def ungated(parts: Parts) -> pd.DataFrame:
    """Without counts, but unrounded, and only the parts of few people are hidden."""
    frame = parts.frame.drop(columns=["n", "n_people", "df"]).assign(note="")
    few = parts.frame["n_people"] < MIN_N
    frame.loc[few, "note"] = "few_people"
    frame.loc[few, ["estimate", "conf_low", "conf_high", "std_error"]] = math.nan
    return frame


def read(row: Mapping[str, Any], *, exact: bool) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the ends of the size, and of the number who passed, that agree with everything that a row prints."""
    if math.isnan(row["estimate"]) and row["note"] not in EDGES:
        size = SUMS[row["note"]]
        return size, (0, size[1])
    fits = []
    for n in range(MIN_N, LARGEST):
        for name, size in (("n", n), ("n_people", n), ("df", n - 1)):
            if name in row and not math.isnan(row[name]):
                low, high = heads_of(row[name], MIN_N if name != "df" else 0)
                if not low <= size <= high:
                    break
        else:
            hits = np.arange(n + 1)
            fits += [(n, int(hit)) for hit in hits[_agrees(row, hits, n, exact)]]
    sizes, passed = zip(*fits, strict=True)
    return (min(sizes), max(sizes)), (min(passed), max(passed))


def _agrees(row: Mapping[str, Any], hits: np.ndarray, n: int, exact: bool) -> np.ndarray:
    if row["note"] in EDGES:
        low, high = EDGES[row["note"]]
        return (hits / n >= low) & (hits / n <= high)
    low, high = wilson(hits, n)
    half = np.maximum((high - low) / 2, 1e-300)
    unit = 1e-12 if exact else 0.5 * 10.0 ** -decimals(half, 2) + 1e-9
    error = 1e-12 if exact else 0.5 * 10.0 ** -decimals(half / Z, 2) + 1e-9
    ok = (abs(hits / n - row["estimate"]) <= unit) & (abs(low - row["conf_low"]) <= unit)
    return ok & (abs(high - row["conf_high"]) <= unit) & (abs(half / Z - row["std_error"]) <= error)


def recovered(parts: Parts, told: pd.DataFrame, *, exact: bool = False) -> bool:
    """Say whether the number who passed in the first part, of few people, is worked out.

    How many stand in it is no secret: colleagues count heads. Here it is read from the page.
    """
    count = len(parts.sizes)
    rows = [read(row, exact=exact) for row in told.to_dict("records")]
    sizes, passed = (np.array(ends, dtype=float) for ends in zip(*rows, strict=True))
    low, high = np.vstack([sizes[:count], passed[:count]]).T
    reader = Reader(low, high)
    reader.learn(range(count), *sizes[count])
    reader.learn(range(count, 2 * count), *passed[count])
    for part in range(count):  # nobody passes who is not there
        reader.learn({part: -1.0, count + part: 1.0}, -math.inf, 0.0)
    found = reader.interval([count])
    size, hits = parts.sizes[0], parts.passed[0]
    assert found[0] - 1e-3 <= hits <= found[1] + 1e-3, "the reader was told something false"
    return is_recovered((math.ceil(found[0] - 1e-3), math.floor(found[1] + 1e-3)), hits, size, size)
