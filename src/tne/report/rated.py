"""One rating: as a cell, as a row of ``estimates.csv``, in the words of the reader."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, cast

import pandas as pd

from tne.report.disclosure import publishable
from tne.report.exhibit import table
from tne.report.learning import edge_words
from tne.report.published import level_row
from tne.report.rounding import decimals_for
from tne.report.voice import Voice
from tne.report.written import NO_NUMBER

ALL_ONE_WAY = 0.95
TERMS = ("mean", "poststratified_mean", "top_box", "net_score", "response_rate")


def construct_name(voice: Voice, code: str) -> str:
    """Return the reader's word for a construct; an unknown code stands as it is, without underscores."""
    key = f"construct.{code}"
    return voice.text(key) if voice.has(key) else str(code).replace("_", " ")


def _scales(found: Any, titles: Mapping[str, str]) -> pd.DataFrame:
    """The different scales of the programmes named."""
    mine = found.scales.loc[found.scales["programme_id"].isin(list(titles))]
    return mine[["scale_min", "scale_max"]].drop_duplicates()


def scale_words(voice: Voice, found: Any, titles: Mapping[str, str]) -> str:
    """ "Scale from 1 to 5. " where all questions have that one; else each question names its own."""
    scales = _scales(found, titles)
    if len(scales) != 1:
        return ""
    low, high = scales.iloc[0]
    return voice.html("reaction.scale", low=voice.number(low, 0), high=voice.number(high, 0)) + " "


def asked(voice: Voice, found: Any, titles: Mapping[str, str], row: Mapping[str, Any]) -> str:
    """The reader's word for a question, with its scale where not all questions have the same."""
    name = construct_name(voice, row["construct"])
    if len(_scales(found, titles)) == 1:
        return name
    here = found.scales["programme_id"].eq(row["programme_id"]) & found.scales["construct"].eq(
        row["construct"]
    )
    own = found.scales.loc[here, ["scale_min", "scale_max"]].drop_duplicates()
    if len(own) != 1:
        return name
    low, high = own.iloc[0]
    return voice.text(
        "reaction.on_scale", construct=name, low=voice.number(low, 0), high=voice.number(high, 0)
    )


def number_words(voice: Voice, row: Mapping[str, Any], *, signed: bool = False) -> str:
    """Show a gated number with its interval, with the decimals that the interval allows; a dash without one."""
    value = row.get("estimate", math.nan)
    if not math.isfinite(value):
        return NO_NUMBER
    low, high = row["conf_low"], row["conf_high"]
    decimals = max(0, min(2, decimals_for(value, low, high)))
    shown = voice.number(value, decimals, signed=signed)
    if not (math.isfinite(low) and math.isfinite(high)):
        return shown
    return voice.text("interval.full", value=shown, interval=voice.interval(low, high, decimals))


def gated_rows(voice: Voice, frame: pd.DataFrame, titles: Mapping[str, str]) -> list[dict[str, Any]]:
    """Rows of the programmes named, after the gate."""
    mine = frame.loc[frame["programme_id"].isin(list(titles))]
    return [publishable(row, min_n=voice.min_n) for row in mine.to_dict("records")]


def rating_rows(
    voice: Voice, told: Mapping[str, Mapping[str, Any]], name: str, construct: str, group: str
) -> list[dict[str, Any]]:
    """Rows of ``estimates.csv``: the mean in any case, the other terms where they have a number."""
    key = {"programme_id": name, "group": group, "level": "reaction"}
    out = []
    for term in TERMS:
        row = told.get(term)
        if row is None:
            continue
        if math.isfinite(row["estimate"]) and not (term == "net_score" and _one_way(row)):
            out.append(level_row(voice, key, construct, term, row))
        elif term == "mean":
            note = row["note"] if voice.has(f"note.{row['note']}") else "no_estimate"
            out.append(level_row(voice, key, construct, term, {}, note=note))
    return out


def share_cell(voice: Voice, row: Mapping[str, Any]) -> str:
    """Show a share with its interval; a dash where it is hidden."""
    return (edge_words(voice, row) or NO_NUMBER) if row else NO_NUMBER


def _one_way(row: Mapping[str, Any]) -> bool:
    """Whether nearly everybody answered on one side: such a number speaks of each of them."""
    return cast(bool, abs(row["estimate"]) > ALL_ONE_WAY)


def net_cell(voice: Voice, row: Mapping[str, Any]) -> str:
    """Show a net score in per cent with its interval; a dash where nearly all answered on one side."""
    if not math.isfinite(row.get("estimate", math.nan)) or _one_way(row):
        return NO_NUMBER
    percent = {name: 100 * row[name] for name in ("estimate", "conf_low", "conf_high")}
    return number_words(voice, percent, signed=True)


def view_name(voice: Voice, respondent: str, wave: str) -> str:
    """Say who answered and when: "Managers, later"."""
    names = (f"reaction.respondent_{respondent}", f"reaction.wave_{wave}")
    who, when = (voice.text(n) if voice.has(n) else n.rpartition("_")[2] for n in names)
    return voice.text("reaction.view", who=who, wave=when)


def rating_table(voice: Voice, key: str, frame: pd.DataFrame, columns: list[str]) -> str:
    """The columns that say anything, with the words of the reader as headers."""
    shared = {"programme": "column.programme", "construct": "column.construct", "n_people": "column.n_people"}
    kept = [name for name in columns if frame[name].ne(NO_NUMBER).any()]
    headers = {name: voice.text(shared.get(name, f"reaction.{name}")) for name in kept}
    return table(voice, key, frame, columns=headers).html


def folded(voice: Voice, key: str, html: str) -> str:
    """Fold HTML under its caption."""
    title = voice.html(f"table.{key}", level=voice.percent(0.95))
    return f"<details><summary>{title}</summary>{html}</details>"
