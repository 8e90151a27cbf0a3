"""How much of a test was right before, after and later: in all, by part of the policy, by question?"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from tne.measures.items_statistics import facility, wilson_share
from tne.measures.learning_people import TRAINED, roles
from tne.result import Estimates

WAVES = ("pre", "post", "delayed", "quiz")
_LIMITS = ("estimate", "conf_low", "conf_high")


@dataclass(frozen=True, eq=False)
class Marks:
    """Scores of one wave.

    Parameters
    ----------
    people, items : Index
    score, highest : ndarray, shape (people, items)
        NaN where there is none.
    """

    people: pd.Index
    items: pd.Index
    score: np.ndarray
    highest: np.ndarray

    def of(self, people: pd.Index, items: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Return the share of the possible points of `people` on `items`; NaN where a highest score is not known."""
        rows = self.people.get_indexer(people)
        score, highest = self.score[rows][:, items], self.highest[rows][:, items]
        have = ~np.isnan(score)
        possible = np.where(have, highest, 0.0).sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(have, score, 0.0).sum(axis=1) / np.where(possible > 0, possible, np.nan)
        return cast(np.ndarray, share)


def marks_by_wave(responses: pd.DataFrame) -> dict[str, Marks]:
    """Return the scores of each wave, waves in order."""
    items = [str(name) for name in responses["item_id"].drop_duplicates().sort_values()]
    out = {}
    for wave in WAVES:
        sheet = responses.loc[responses["wave"].eq(wave).to_numpy()]
        if sheet.empty:
            continue
        who, people = pd.factorize(sheet["moderator_id"])
        where = pd.Index(items).get_indexer(sheet["item_id"].astype(str))
        score, highest = (np.full((len(people), len(items)), np.nan) for _ in range(2))
        score[who, where] = sheet["score"].to_numpy(dtype=float)
        highest[who, where] = sheet["max_score"].to_numpy(dtype=float)
        out[wave] = Marks(pd.Index(people), pd.Index(items), score, highest)
    return out


def of_trained(here: pd.DataFrame, scores: pd.DataFrame | None) -> pd.DataFrame:
    """Leave out who was not trained between the tests; a quiz belongs to no training."""
    if scores is None or scores.empty:
        return here
    mine = scores.loc[roles(scores).eq(TRAINED), "moderator_id"]
    return here.loc[(here["wave"].eq("quiz") | here["moderator_id"].isin(mine)).to_numpy()]


def by_wave(marks: dict[str, Marks], conf_level: float) -> Estimates:
    """Return, by wave, the mean share of the full marks and the share of people who had full marks."""
    rows = []
    for wave, found in marks.items():
        share = found.of(found.people)
        share = share if not np.isnan(share).any() else np.empty(0)
        rows.append(_mean(wave, "mean_share", share, conf_level, "mean share of full marks"))
        full = int((share >= 1 - 1e-9).sum())
        ends = wilson_share(full, len(share), conf_level)
        row = _mean(wave, "full_marks", share, conf_level, "share of people with full marks")
        numbers = (full / len(share) if len(share) else math.nan, *ends)
        rows.append(row | dict(zip(_LIMITS, numbers, strict=True)))
    return Estimates(table=_frame(rows, "wave"), keys=("wave",))


def by_area(
    marks: dict[str, Marks], areas: dict[str, str], items: Collection[str], conf_level: float
) -> Estimates:
    """Return, by policy area and wave, the mean share right of the people who took both of the first two waves.

    Parameters
    ----------
    areas : dict
        Policy area of each question that has one.
    items : collection of str
        Questions that count.
    """
    both, rows = _both(marks), []
    for area in sorted({areas[item] for item in items if item in areas}) if len(both) else []:
        mine = np.array([name in items and areas.get(name) == area for name in marks["pre"].items])
        for wave in ("pre", "post"):
            share = marks[wave].of(both, mine)
            what = "mean share right, of those who took both waves"
            row = _mean(wave, "share_right", share[~np.isnan(share)], conf_level, what)
            rows.append({"policy_area": area, "n_items": int(mine.sum()), **row})
    keys = ("policy_area", "n_items", "wave")
    return Estimates(table=_frame(rows, *keys), keys=keys)


def by_question(marks: dict[str, Marks], conf_level: float) -> Estimates:
    """Return, by question and wave, the share right of the people who took both of the first two waves."""
    both, rows = _both(marks), []
    for j, item in enumerate(marks["pre"].items if len(both) else []):
        for wave in ("pre", "post"):
            share = marks[wave].of(both, np.array([j]))
            what = "share right, of those who took both waves"
            row = _mean(wave, "share_right", share[~np.isnan(share)], conf_level, what)
            rows.append({"item": item, **row})
    return Estimates(table=_frame(rows, "item", "wave"), keys=("item", "wave"))


def _both(marks: dict[str, Marks]) -> pd.Index:
    """The people who took the test before and after."""
    if not {"pre", "post"} <= set(marks):
        return pd.Index([])
    return marks["pre"].people.intersection(marks["post"].people)


def _mean(wave: str, term: str, share: np.ndarray, conf_level: float, what: str) -> dict[str, object]:
    """Return the mean share of a group of people with its interval, as one row."""
    n = len(share)
    numbers = (math.nan, math.nan, math.nan)
    if n:
        value, (low, high), _ = facility(share, conf_level)
        numbers = (value, low, high)
    return {
        "wave": wave, "term": term, **dict(zip(_LIMITS, numbers, strict=True)), "n": n, "n_people": n,
        "n_people_total": n, "conf_level": conf_level, "unit": "share", "estimand": what,
        "note": "" if n else "the highest score is not known",
    }  # fmt: skip


def _frame(rows: list[dict[str, object]], *keys: str) -> pd.DataFrame:
    return (
        pd.DataFrame(rows)
        if rows
        else pd.DataFrame({name: np.empty(0, dtype=object) for name in (*keys, "term")})
    )
