"""The gain of groups of the trained: by month of training, by kind of session."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from tne.report.block import Block
from tne.report.disclosure import publishable_frame
from tne.report.exhibit import table
from tne.report.gain_parts import FEWEST, TOGETHER
from tne.report.published import level_row
from tne.report.voice import Voice


def gain_groups(
    voice: Voice,
    groups: Mapping[str, Mapping[str, Any]],
    titles: Mapping[str, str],
    missing: Collection[str] = (),
) -> Block:
    """Return the gains of the groups of each programme; empty where fewer than two groups may be shown.

    Parameters
    ----------
    voice : Voice
    groups : mapping of programme_id to mapping of ``"month"`` or ``"modality"`` to Estimates
        Of `tne.gain_by_group`, by the groups of `gain_parts`; months as ``"2026-04"``.
    titles : mapping of programme_id to str
    missing : collection of {"open", "few"}
        Why other groups have no row (`left_out`): a line below the table says it, and when they come.

    Returns
    -------
    Block
        Of kind ``"table"``, with the rows of ``estimates.csv``.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> people = pd.DataFrame({"pre": [4.0, 5, 6, 7] * 10, "post": [6.0, 6, 9, 8] * 10, "delayed": None})
    >>> people["month"] = ["2026-04"] * 20 + ["2026-05"] * 20
    >>> groups = {"P": {"month": tne.gain_by_group(people, by="month")}}
    >>> [(row["group"], row["estimate"]) for row in tne.say.gain_groups(voice, groups, {"P": "Refresher"}).rows]
    [('2026-04', 1.75), ('2026-05', 1.75)]
    """
    parts, rows = [], []
    for name, kinds in groups.items():
        for kind, found in kinds.items():
            frame = publishable_frame(
                found.to_frame(), min_n=voice.min_n, by=("group",), weight="n_people", people="disjoint"
            )
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
    block = table(voice, "gain_groups", shown, columns=columns, formats={"estimate": "change"}, rows=rows)
    return replace(block, html=block.html + _missing(voice, missing))


def _missing(voice: Voice, why: Collection[str]) -> str:
    told = [voice.html(f"gain_groups.{one}", min_n=voice.min_n) for one in ("open", "few") if one in why]
    return f'<p class="footnote">{" ".join(told)}</p>' if told else ""


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
