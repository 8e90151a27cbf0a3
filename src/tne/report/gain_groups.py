"""The gain of groups of the trained: by month of training, by kind of session."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from tne.report.block import Block
from tne.report.disclosure import publishable_frame
from tne.report.exhibit import table
from tne.report.merging import merged
from tne.report.published import level_row
from tne.report.voice import Voice

FEWEST = 2  # groups with a number: one alone says no more than the whole
TOGETHER = " + "  # between the groups that stand in one row


def gain_groups(voice: Voice, groups: Mapping[str, Mapping[str, Any]], titles: Mapping[str, str]) -> Block:
    """Return the gains of the groups of each programme; empty where fewer than two groups may be shown.

    A group of few people stands with its neighbours (months) or the smallest others (kinds of session) in one row,
    if more people are shown so than by hiding it.

    Parameters
    ----------
    voice : Voice
    groups : mapping of programme_id to mapping of ``"month"`` or ``"modality"`` to Estimates
        Of `tne.gain_by_group`; months as ``"2026-04"``.
    titles : mapping of programme_id to str
    """
    parts, rows = [], []
    for name, kinds in groups.items():
        for kind, found in kinds.items():
            frame = _gated(voice, found.to_frame(), ordered=kind == "month")
            if frame["estimate"].notna().sum() < FEWEST:
                continue
            words = [_group(voice, kind, group) for group in frame["group"]]
            parts.append(frame.assign(programme=titles[name], when=words))
            rows += [_row(voice, name, row) for row in frame.to_dict("records")]
    if not parts:
        return Block(html="", kind="table")
    columns = {
        "programme": voice.text("column.programme"),
        "when": voice.text("column.when"),
        "estimate": voice.text("column.gain"),
        "interval": voice.text("column.interval"),
        "n_people": voice.text("column.n_people"),
    }
    shown = pd.concat(parts, ignore_index=True)
    return table(voice, "gain_groups", shown, columns=columns, formats={"estimate": "change"}, rows=rows)


def _gated(voice: Voice, raw: pd.DataFrame, *, ordered: bool) -> pd.DataFrame:
    """The gated groups, small ones with their neighbours where that shows more people than hiding them.

    Together those hidden hold nobody or the threshold, because the total is published.
    """
    if len(raw) and raw[["estimate", "std_error"]].notna().all(axis=None):
        groups = merged(raw["n_people"], ordered=ordered, min_n=voice.min_n)
        rows = raw.to_dict("records")
        if groups is not None:
            raw = pd.DataFrame([_together([rows[at] for at in group]) for group in groups])
    return publishable_frame(raw, min_n=voice.min_n, by=("group",), weight="n_people", people="disjoint")


def _together(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The mean change of several groups of different people: as if it were computed from all of them at once.

    Squares within the groups come from their errors, n (n − 1) error², those between from their means.
    """
    if len(rows) == 1:
        return rows[0]
    n, mean, error = (np.array([float(row[k]) for row in rows]) for k in ("n", "estimate", "std_error"))
    whole, level = n.sum(), float(rows[0]["conf_level"])
    centre = float(n @ mean / whole)
    squares = float((n * (n - 1) * error**2).sum() + (n * (mean - centre) ** 2).sum())
    spread = math.sqrt(squares / (whole - 1) / whole)
    half = float(stdtrit(whole - 1, (1 + level) / 2)) * spread
    counts = {name: sum(row[name] for row in rows) for name in ("n", "n_people", "n_people_total")}
    numbers = {"estimate": centre, "std_error": spread, "conf_low": centre - half, "conf_high": centre + half}
    test = {"df": whole - 1, "statistic": math.nan, "p_value": math.nan, "note": ""}
    return rows[0] | counts | numbers | test | {"group": TOGETHER.join(str(row["group"]) for row in rows)}


def _group(voice: Voice, kind: str, group: Any) -> str:
    if TOGETHER in str(group):
        return voice.listed([_group(voice, kind, one) for one in str(group).split(TOGETHER)])
    if kind == "month":
        return voice.period_text(str(group))
    key = f"modality.{group}"
    return voice.text(key) if voice.has(key) else str(group).replace("_", " ")


def _row(voice: Voice, name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    key = {"programme_id": name, "group": str(row["group"]), "level": "learning"}
    return level_row(voice, key, "gain", "mean_change", row, note=str(row["note"] or ""))
