"""Can this be asked of these periods?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tne.checks import require_choice
from tne.measures.series_fit import BANDWIDTHS, ERRORS
from tne.measures.series_rows import Rows


def start_position(data: Rows, start: Any) -> int:
    """Return the position of the first period after the training."""
    first = data.time.at(start, "start")
    if len(data.time.positions) and not 0 < first <= data.time.positions[-1]:
        where = "before or in the first" if first <= 0 else "after the last"
        raise ValueError(
            f"`start` lies {where} period of `{data.time.name}`. Give the first period after the training, with "
            "periods before it."
        )
    return first


def require_shocks(known: list[tuple[str, int, int | None]], at: np.ndarray, start: int) -> None:
    """Raise where a shock covers nothing, everything, or exactly what the start does."""
    seen: set[bytes] = set()
    for _, first, last in known:
        inside = (at >= first) & (at <= (math.inf if last is None else last))
        if not inside.any() or inside.all():
            raise ValueError(
                "A shock in `shocks` covers none or all of the periods. Give one inside the data."
            )
        if inside.tobytes() in seen:
            raise ValueError("Two shocks in `shocks` cover the same periods. Give each once.")
        seen.add(inside.tobytes())
        if np.array_equal(inside, at >= start):
            raise ValueError(
                "A shock in `shocks` falls on the start: the two cannot be told apart. Use a control series."
            )


def require_options(
    errors: str | None, lags: int | None, bandwidth: str, prewhite: int, season: float | None, harmonics: int
) -> None:
    """Raise on unknown or contradictory options."""
    require_choice(errors, ERRORS, "errors")
    require_choice(bandwidth, BANDWIDTHS, "bandwidth")
    for value, name, low in ((lags, "lags", 0), (prewhite, "prewhite", 0), (harmonics, "harmonics", 1)):
        if value is None:
            continue
        if not isinstance(value, (int, np.integer)) or value < low:
            raise ValueError(f"`{name}` is {value!r}. Give a whole number of {low} or more.")
    if lags is not None and errors not in (None, "newey_west"):
        raise ValueError(f"`lags` goes with 'newey_west', not with {errors!r}. Leave it out.")
    if season is not None and not (season >= 2 and 2 * harmonics <= season):
        raise ValueError(
            f"`season` is {season!r} with {harmonics} harmonics. Give at least 2 periods per harmonic."
        )
