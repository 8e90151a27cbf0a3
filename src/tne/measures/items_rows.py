"""What does each item of a test come to?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from tne.measures.items_moodle import covariances, effective_weights
from tne.measures.items_sheet import Sheet
from tne.measures.items_statistics import (
    UNKNOWN,
    correlation,
    facility,
    group_weights,
    upper_lower,
    wilson_share,
)
from tne.result import Estimates

REFUSED = 20  # people; below that no number is given
_OWN_NOTE = ("item_rest", "discrimination_index")  # they may have a value and yet no interval
TERMS = {
    "facility": ("share of the highest score", "mean score / highest; Wilson with the scores' own variance"),
    "item_rest": ("correlation", "item against the sum of the others; jackknife on Fisher's scale"),
    "discrimination": ("share difference", "upper against lower group; MOVER"),
    "sd": ("score points", "n − 1"),
    "discrimination_index": ("%", "100 × item-rest correlation, as in Moodle"),
    "covariance_max": ("squared score points", "covariance of the sorted item and rest scores, as in Moodle"),
    "discriminative_efficiency": ("%", "100 × covariance with the rest / its maximum, as in Moodle"),
    "effective_weight": ("%", "√ covariance with the sum, normalised, as in Moodle"),
    "share_missing": ("share", "given and not answered; Wilson"),
    "share_not_reached": ("share", "given, not answered, nor any later item; Wilson"),
}


def refusals(data: Sheet) -> list[str]:
    """Say for each item why it gets no numbers, "" where it does."""
    counts = (~np.isnan(data.score)).sum(axis=0)
    return [
        "" if n >= REFUSED else "nobody has a score on it" if n == 0 else f"{n} people; {REFUSED} are needed"
        for n in counts
    ]


def upper_and_lower(data: Sheet, fraction: float, ties: str) -> list[Any]:
    """Upper and lower group of each item among those who have it, as weights over everybody; None if all tie."""
    scored, total = ~np.isnan(data.score), data.total
    known: dict[bytes, Any] = {}  # items with the same people share their groups
    out = []
    for j in range(len(data.items)):
        have = scored[:, j]
        mark = have.tobytes()
        if mark not in known:
            found = group_weights(total[have], fraction, ties) if have.sum() > 1 else None
            known[mark] = (
                None
                if found is None
                else tuple(tuple(_wide(part, have) for part in group) for group in found)
            )
        out.append(known[mark])
    return out


def item_rows(
    data: Sheet, groups: list[Any], conf_level: float
) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """Return for each item its numbers, and a note for each of them that is undefined."""
    rows, notes = [], []
    rest, weights, refused = data.rest, effective_weights(data), refusals(data)
    for j in range(len(data.items)):
        row, note = _item(data, j, rest[:, j], groups[j], conf_level)
        row["effective_weight"] = weights[j]
        if math.isnan(weights[j]):
            note["effective_weight"] = "its covariance with the sum is negative, or nobody differs"
        if refused[j]:
            kept = {"item", "n", "given", "max_score"}
            if row["given"] >= REFUSED:
                kept |= {name for name in row if name.startswith("share_")}
            row = {name: value if name in kept else math.nan for name, value in row.items()}
            note |= dict.fromkeys(TERMS, refused[j])
        rows.append(row)
        notes.append(note)
    return rows, notes


def long_frame(
    rows: list[dict[str, Any]], notes: list[dict[str, str]], people: int, fraction: float, conf_level: float
) -> Estimates:
    out = []
    for row, note in zip(rows, notes, strict=True):
        for term, (unit, method) in TERMS.items():
            value = row[term]
            n = row["given"] if term.startswith("share") else row["n"]
            detail = f"{method}, groups of {fraction:.0%}" if term == "discrimination" else method
            out.append(
                {
                    "item": row["item"], "term": term, "estimate": value, "n": n, "n_people": n,
                    "n_people_total": people, "conf_level": conf_level, "unit": unit, "method": detail,
                    "conf_low": row.get(f"{term}_low", math.nan), "conf_high": row.get(f"{term}_high", math.nan),
                    "std_error": row["facility_error"] if term == "facility" else math.nan,
                    "estimand": "people like those who took the item",
                    "note": note.get(term, "") if math.isnan(value) or term in _OWN_NOTE else "",
                }
            )  # fmt: skip
    return Estimates(table=pd.DataFrame(out), keys=("item",))


def _item(
    data: Sheet, j: int, rest: np.ndarray, groups: Any, conf_level: float
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the numbers of one item and a note for each that is undefined."""
    score, highest, given = data.score[:, j], data.highest[:, j], data.given[:, j]
    have, both = ~np.isnan(score), ~np.isnan(rest)
    n, asked = int(have.sum()), int(given.sum())
    gone, unreached = int((given & ~data.answered[:, j]).sum()), int(data.not_reached[:, j].sum())
    top = highest[given]
    row: dict[str, Any] = {"item": data.items[j], "n": n, "given": asked, "max_score": float(np.mean(top))}
    note: dict[str, str] = {}
    row["share_missing"], row["share_not_reached"] = gone / asked, unreached / asked
    row["share_missing_low"], row["share_missing_high"] = wilson_share(gone, asked, conf_level)
    row["share_not_reached_low"], row["share_not_reached_high"] = wilson_share(unreached, asked, conf_level)
    easy, limits, error = math.nan, UNKNOWN, math.nan
    sharp, reach = math.nan, UNKNOWN
    if n == 0 or not (top[have[given]] > 0).all():
        note["facility"] = note["discrimination"] = (
            "nobody has a score on it" if n == 0 else "no highest score above 0"
        )
    else:
        share = score[have] / highest[have]
        easy, limits, error = facility(share, conf_level)
        if groups is None:
            note["discrimination"] = "the sums do not separate an upper from a lower group"
        else:
            narrow: Any = tuple(tuple(part[have] for part in group) for group in groups)
            sharp, reach = upper_lower(share, narrow, conf_level)
    row |= {"facility": easy, "facility_low": limits[0], "facility_high": limits[1], "facility_error": error}
    row |= {"discrimination": sharp, "discrimination_low": reach[0], "discrimination_high": reach[1]}
    row["sd"] = float(score[have].std(ddof=1)) if n > 1 else math.nan
    if n < 2:
        note["sd"] = "fewer than two people"
    x, y = score[both], rest[both]
    if len(data.items) == 1:
        r, limits, why = math.nan, UNKNOWN, "a test of one item has no rest"
    else:
        r, limits, why = correlation(x, y, conf_level)
    row |= {"item_rest": r, "item_rest_low": limits[0], "item_rest_high": limits[1]}
    row |= {"discrimination_index": 100 * r, "discrimination_index_low": 100 * limits[0]}
    row["discrimination_index_high"] = 100 * limits[1]
    _, row["covariance_max"], row["discriminative_efficiency"] = covariances(x, y)
    note |= {"item_rest": why, "discrimination_index": why}
    note["covariance_max"] = why or "fewer than two people"
    note["discriminative_efficiency"] = why or "no covariance is possible"
    return row, note


def _wide(values: np.ndarray, have: np.ndarray) -> np.ndarray:
    out = np.zeros(len(have), dtype=values.dtype)
    out[have] = values
    return out
