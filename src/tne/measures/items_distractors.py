"""Which answers were chosen, by whom, and is one of them the better key?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import pandas as pd
from scipy import special

from tne.measures.items_sheet import Sheet
from tne.measures.items_statistics import wilson_share

COLUMNS = (
    "item", "option", "n", "share", "share_low", "share_high", "share_upper", "share_lower", "is_key",
    "mean_rest", "flag",
)  # fmt: skip
OPEN = 10  # more distinct answers than this are typed, not chosen: rare ones are no dead distractors
DEAD = 0.05  # share of wrong answers below which a distractor distracts nobody (Tarrant and others 2009)


def distractor_table(
    sheet: Sheet,
    keys: dict[Any, tuple[Any, ...]] | None,
    options: Sequence[Any] | Mapping[Any, Sequence[Any]] | None,
    groups: list[tuple[np.ndarray, np.ndarray] | None],
    refused: list[str],
    conf_level: float,
) -> pd.DataFrame:
    """Return one row per item × option, most chosen first; `groups` holds each item's group weights over people.

    Counts stand even where an item has too few people for shares.
    """
    if sheet.option is None:
        return pd.DataFrame(columns=list(COLUMNS))
    rest, out = sheet.rest, []
    for j, name in enumerate(sheet.items):
        chosen = sheet.option[:, j]
        here = chosen >= 0
        codes, count = np.unique(chosen[here], return_counts=True)
        labels = list(sheet.options[codes])
        listed = options.get(name, ()) if isinstance(options, Mapping) else (options or ())
        absent = [label for label in listed if label not in labels]
        n = int(here.sum())
        right = _right(sheet, j, codes, labels, absent, keys, name)
        place = np.searchsorted(codes, chosen[here])
        upper, lower = _shares(groups[j], here, place, len(codes))
        means = _means(rest[here, j], place, len(codes))
        rows = []
        for i, label in enumerate(labels + absent):
            seen = i < len(labels)
            row = {
                "item": name,
                "option": label,
                "n": int(count[i]) if seen else 0,
                "is_key": right[i],
                "flag": "",
            }
            if refused[j] or n == 0:
                row |= dict.fromkeys(
                    ("share", "share_low", "share_high", "share_upper", "share_lower", "mean_rest"), math.nan
                )
            else:
                low, high = wilson_share(row["n"], n, conf_level)
                row |= {"share": row["n"] / n, "share_low": low, "share_high": high}
                empty = math.nan if groups[j] is None else 0.0
                row["share_upper"] = float(upper[i]) if seen else empty
                row["share_lower"] = float(lower[i]) if seen else empty
                row["mean_rest"] = float(means[i]) if seen else math.nan
            rows.append(row)
        if not refused[j] and any(right) and len(rows) <= OPEN:
            _flag(rows, groups[j], here, chosen, codes, rest[:, j], conf_level)
        out += sorted(rows, key=lambda row: -row["n"])
    table = pd.DataFrame(out, columns=list(COLUMNS))
    return table.astype({"is_key": bool})


def _right(
    sheet: Sheet,
    j: int,
    codes: np.ndarray,
    labels: list[Any],
    absent: list[Any],
    keys: dict[str, Any] | None,
    name: Any,
) -> list[bool]:
    """Mark the key: as named, else every option that always earned the full score."""
    if keys is not None:
        return [label in keys.get(name, ()) for label in labels + absent]
    with np.errstate(invalid="ignore"):
        full = sheet.score[:, j] >= sheet.highest[:, j] - 1e-9
    return [bool(full[cast(np.ndarray, sheet.option)[:, j] == code].all()) for code in codes] + [False] * len(
        absent
    )


def _shares(
    groups: tuple[np.ndarray, np.ndarray] | None, here: np.ndarray, place: np.ndarray, size: int
) -> tuple[np.ndarray, np.ndarray]:
    if groups is None:
        return np.full(size, np.nan), np.full(size, np.nan)
    out = []
    for weight in groups:
        mass = np.bincount(place, weights=weight[here], minlength=size)
        out.append(mass / mass.sum() if mass.sum() > 0 else np.full(size, np.nan))
    return out[0], out[1]


def _means(rest: np.ndarray, place: np.ndarray, size: int) -> np.ndarray:
    known = ~np.isnan(rest)
    count = np.bincount(place[known], minlength=size)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.bincount(place[known], weights=rest[known], minlength=size) / count


def _flag(
    rows: list[dict[str, Any]],
    groups: tuple[np.ndarray, np.ndarray] | None,
    here: np.ndarray,
    chosen: np.ndarray,
    codes: np.ndarray,
    rest: np.ndarray,
    conf_level: float,
) -> None:
    """Mark a distractor that good people prefer to the key, and one that nobody takes."""
    wrong = sum(row["n"] for row in rows if not row["is_key"])
    keyed = np.isin(chosen, [code for code, row in zip(codes, rows, strict=False) if row["is_key"]]) & here
    for i, row in enumerate(rows):
        if row["is_key"]:
            continue
        if wrong and wilson_share(row["n"], wrong, conf_level)[1] < DEAD:
            row["flag"] = "dead_distractor"
        if groups is None or i >= len(codes):
            continue
        mine, upper = here & (chosen == codes[i]), groups[0]
        a, b = float(upper[mine].sum()), float(upper[keyed].sum())
        prefer = wilson_share(a, a + b, conf_level)[0] > 0.5
        if prefer and _better(rest[mine], rest[keyed], conf_level):
            row["flag"] = "likely_wrong_key"


def _better(first: np.ndarray, second: np.ndarray, conf_level: float) -> bool:
    """Whether those who chose the first option did better on the rest; also true if nobody chose the second."""
    first, second = first[~np.isnan(first)], second[~np.isnan(second)]
    if len(second) < 2 or len(first) < 2:
        return len(second) == 0
    a, b = (float(v.var(ddof=1)) / len(v) for v in (first, second))
    distance = float(first.mean() - second.mean())
    if a + b <= 1e-12 * max(1.0, distance**2):
        return distance > 1e-9
    # Welch's t
    df = (a + b) ** 2 / (a**2 / (len(first) - 1) + b**2 / (len(second) - 1))
    return cast(bool, distance / math.sqrt(a + b) > special.stdtrit(df, (1 + conf_level) / 2))
