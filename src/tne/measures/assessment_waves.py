"""How much of a test was right before, after and later: in all, by part of the policy, by question?"""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np
import pandas as pd

from tne.measures.items_statistics import facility, wilson_share
from tne.result import Estimates

WAVES = ("pre", "post", "delayed", "quiz")
_LIMITS = ("estimate", "conf_low", "conf_high")


def by_wave(responses: pd.DataFrame, conf_level: float) -> Estimates:
    """Return, by wave, the mean share of the full marks and the share of people who had full marks."""
    rows = []
    for wave in _waves(responses):
        total = _totals(responses.loc[responses["wave"].eq(wave).to_numpy()])
        share = total.to_numpy(dtype=float) if total.notna().all() else np.empty(0)
        rows.append(_mean(wave, "mean_share", share, conf_level, "mean share of full marks"))
        full = int((share >= 1 - 1e-9).sum())
        ends = wilson_share(full, len(share), conf_level)
        row = _mean(wave, "full_marks", share, conf_level, "share of people with full marks")
        rows.append(
            row | dict(zip(_LIMITS, (full / len(share) if len(share) else math.nan, *ends), strict=True))
        )
    return Estimates(table=_frame(rows, "wave"), keys=("wave",))


def by_area(responses: pd.DataFrame, items: Collection[str], conf_level: float) -> Estimates:
    """Return, by policy area and wave, the mean share right of the people who took both of the first two waves.

    Parameters
    ----------
    items : collection of str
        Questions that count.
    """
    both = _both(responses)
    if both.empty or "policy_area" not in both or both["policy_area"].isna().all():
        return Estimates(
            table=_frame([], "policy_area", "n_items", "wave"), keys=("policy_area", "n_items", "wave")
        )
    both = both.loc[both["item_id"].astype(str).isin(list(items)) & both["policy_area"].notna()]
    rows = []
    for area, part in both.groupby("policy_area", observed=True):
        n_items = part["item_id"].astype(str).nunique()
        for wave, sheet in part.groupby("wave", observed=True):
            share = _totals(sheet).dropna().to_numpy(dtype=float)
            what = "mean share right, of those who took both waves"
            row = _mean(str(wave), "share_right", share, conf_level, what)
            rows.append({"policy_area": str(area), "n_items": n_items, **row})
    return Estimates(
        table=_frame(rows, "policy_area", "n_items", "wave"), keys=("policy_area", "n_items", "wave")
    )


def by_question(responses: pd.DataFrame, conf_level: float) -> Estimates:
    """Return, by question and wave, the share right of the people who took both of the first two waves."""
    both, rows = _both(responses), []
    for (item, wave), part in both.groupby(["item_id", "wave"], observed=True, sort=True):
        share = (part["score"] / part["max_score"]).dropna().to_numpy(dtype=float)
        row = _mean(str(wave), "share_right", share, conf_level, "share right, of those who took both waves")
        rows.append({"item": str(item), **row})
    return Estimates(table=_frame(rows, "item", "wave"), keys=("item", "wave"))


def _waves(responses: pd.DataFrame) -> list[str]:
    here = set(responses["wave"])
    return [wave for wave in WAVES if wave in here]


def _both(responses: pd.DataFrame) -> pd.DataFrame:
    """The answers before and after of the people who took both."""
    two = responses.loc[responses["wave"].isin(["pre", "post"])]
    taken = two.groupby("moderator_id")["wave"].nunique()
    return two.loc[two["moderator_id"].isin(taken.index[taken == 2])]


def _totals(sheet: pd.DataFrame) -> pd.Series:
    """Share of the highest possible sum of the answers that each person has; NaN where it is not known."""
    use = sheet.loc[sheet["score"].notna()]
    sums = use.groupby("moderator_id")[["score", "max_score"]].sum(min_count=1)
    unknown = use.loc[use["max_score"].isna(), "moderator_id"].unique()
    share = sums["score"] / sums["max_score"].where(sums["max_score"] > 0)
    return share.mask(share.index.isin(unknown))


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
