"""The days of the last full week: production and quality, to be read, not judged."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from tne.report.block import Block
from tne.report.disclosure import ABOVE_EDGE, BELOW_EDGE, publishable_frame
from tne.report.exhibit import table
from tne.report.needs_evidence import number_words
from tne.report.voice import Voice
from tne.report.weekly_state import why_hidden

SHOWN = ("cases_per_day", "handle_seconds", "exposure_minutes", "error_rate")
SHARES = ("error_rate",)
EDGES = (BELOW_EDGE, ABOVE_EDGE)
Z = 1.96


def weekly_days(voice: Voice, days: pd.DataFrame, week: pd.Timestamp) -> Block:
    """Return the table of the days of one week; days with too few people have no numbers.

    Parameters
    ----------
    voice : Voice
    days : DataFrame
        `tne.weekly_operations` with ``freq="D"``. Shares get an interval: few audits fall on a day.
    week : Timestamp
        Monday.

    Returns
    -------
    Block
        Of kind ``"table"`` or ``"text"``.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> days = pd.date_range("2026-01-05", periods=7)
    >>> production = pd.DataFrame({"moderator_id": [*range(12)] * 7, "queue": "q", "date": days.repeat(12)})
    >>> daily = tne.weekly_operations(production.assign(cases=100), freq="D")
    >>> tne.say.weekly_days(voice, daily, days[0]).html.count("<tr")
    8
    """
    if not len(days) or pd.isna(week):
        return Block(html=f"<p>{voice.html('weekly.no_days')}</p>", kind="text")
    last = week + pd.Timedelta(6, "D")
    inside = days.loc[days["day"].between(week, last) & days["measure"].isin(SHOWN)]
    there = [name for name in SHOWN if inside["measure"].eq(name).any()]
    parts = {name: _shown(voice, inside.loc[inside["measure"].eq(name)], name) for name in there}
    parts = {name: part for name, part in parts.items() if part["shown"].notna().any()}
    if not parts:
        return Block(html=f"<p>{voice.html('weekly.days_few', min_n=voice.min_n)}</p>", kind="text")
    days_of = pd.date_range(week, last, freq="D")
    frame = pd.DataFrame({name: part["shown"].reindex(days_of) for name, part in parts.items()})
    notes = pd.DataFrame({name: part["note"].reindex(days_of) for name, part in parts.items()}).fillna("")
    for name in set(parts) & set(SHARES):  # text has no footnote
        hidden = frame[name].isna() & notes[name].ne("")
        said = [voice.code("note", why, min_n=voice.min_n) for why in notes.loc[hidden, name]]
        frame.loc[hidden, name] = said
    frame["note"] = [next((why for why in row if why), "") for row in notes.to_numpy()]
    frame = frame.loc[frame.index.isin(inside["day"])].rename_axis("date").reset_index()
    columns = {"date": voice.text("column.date")}
    columns |= {name: voice.text(f"weekly.title_{name}") for name in parts}
    return table(voice, "weekly_days", frame, of=voice.text("weekly.week_of", week=week), columns=columns)


def _shown(voice: Voice, part: pd.DataFrame, name: str) -> pd.DataFrame:
    """What is shown of each day, and why not; the week's number is shown too and gives no hidden day away."""
    share = name in SHARES
    rows = part[["day", "value", "n", "n_people"]].rename(columns={"value": "estimate"})
    if share:
        rows = rows.assign(unit="share", **_wilson(part["value"], part["total"]))
    gated = publishable_frame(
        rows.reset_index(drop=True),
        min_n=voice.min_n,
        by=("day",),
        total=None,
        adds="rate" if share else "sum",
        share=None if share else False,
    )
    told = _percent_words if share else _three_digits
    shown = [told(voice, row) for row in gated.to_dict("records")]
    return pd.DataFrame(
        {
            "shown": shown,
            "note": gated["note"].mask(gated["note"].isin(EDGES), "").map(why_hidden).to_numpy(),
        },
        index=pd.DatetimeIndex(part["day"]),
    )


def _wilson(share: pd.Series, total: pd.Series) -> dict[str, pd.Series]:
    """The limits of a share at 95 %; `total` is the number of audits of equal weight that would be as exact."""
    z2 = Z**2
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = Z * ((share * (1 - share) + z2 / (4 * total)) / total) ** 0.5 / (1 + z2 / total)
    return {"conf_low": (middle - half).clip(0, 1), "conf_high": (middle + half).clip(0, 1)}


def _percent_words(voice: Voice, row: dict[str, Any]) -> str | float:
    if str(row["note"]) in EDGES:
        return voice.code("note", str(row["note"]))
    if math.isnan(row["estimate"]):
        return math.nan
    scaled = {end: 100 * float(row[end]) for end in ("estimate", "conf_low", "conf_high")}
    return voice.text("interval.full", **number_words(voice, scaled))


def _three_digits(voice: Voice, row: dict[str, Any]) -> float:
    value = float(row["estimate"])
    return value if math.isnan(value) else float(f"{value:.3g}")
