"""On which assumption does the value of a programme hang: the frame of a tornado, gated and in the reader's words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from tne.report.block import Block
from tne.report.exhibit import figure
from tne.report.figures import tornado, tornado_values
from tne.report.rounding import decimals_for, rounded
from tne.report.value import money
from tne.report.voice import Voice
from tne.report.worth import OPEN, Worth

MOST = 1  # figure in a report


def drawn_first(items: Sequence[Worth]) -> list[Worth]:
    """Return the programmes whose assumptions are drawn: those that cannot be told first, then the order given.

    Parameters
    ----------
    items : sequence of Worth
        Of `worths`.

    Returns
    -------
    list of Worth

    Examples
    --------
    >>> from tne.report.worth import Worth
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> item = Worth("P", "Refresher", "no_volume", costs={"estimate": 6000.0, "n_people": 40}, kinds=("delivery",))
    >>> tne.say.drawn_first([item])  # no benefits are known that assumptions could move
    []
    """
    valued = [item for item in items if item.valued and len(item.tornado) > 1]
    return sorted(valued, key=lambda item: item.state != OPEN)[:MOST]


def tornado_frame(voice: Voice, item: Worth) -> pd.DataFrame:
    """Return what `tne.figures.tornado` draws: the net value at both ends of each assumption, rounded.

    Notes
    -----
    The net value has three significant digits of its widest swing at most: no more is known of it.
    """
    rows = []
    wide = float(item.tornado["swing"].max())
    decimals = decimals_for(wide, math.nan, math.nan)
    for row in item.tornado.to_dict("records"):
        name = str(row["assumption"])
        rows.append(
            {
                "assumption": voice.text(f"value.part_{name}"),
                "low": rounded(row["npv_low"], decimals),
                "high": rounded(row["npv_high"], decimals),
                "low_value": _end(voice, item, name, row, "low"),
                "high_value": _end(voice, item, name, row, "high"),
            }
        )
    return pd.DataFrame(rows)


def value_figure(voice: Voice, item: Worth) -> Block:
    """Return the tornado of one programme with its details.

    Parameters
    ----------
    voice : Voice
    item : Worth
        Of `drawn_first`: its benefits are known.

    Returns
    -------
    Block
        Of kind ``"figure"``.

    Raises
    ------
    ValueError
        If a number may not be shown.

    Examples
    --------
    >>> from tne.report.worth import Worth
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> ends = {"low": [1.5, 5e3], "high": [9.0, 7e3], "npv_low": [-2e3, 1e3], "npv_high": [8e3, -1e3]}
    >>> tornado = pd.DataFrame({"assumption": ["avoided_error", "costs"], "swing": [1e4, 2e3]} | ends)
    >>> item = Worth("P", "Refresher", "cannot_tell", npv={"estimate": 1500.0}, tornado=tornado)
    >>> tne.say.value_figure(voice, item).kind
    'figure'
    """
    frame = tornado_frame(voice, item)
    wide = float(item.tornado["swing"].max())
    mode = rounded(item.npv["estimate"], decimals_for(wide, math.nan, math.nan))
    axes = tornado(frame, mode=mode, voice=voice, title=voice.text("value.axis"), reference=0.0)
    ends = pd.concat([frame["low"], frame["high"]])
    finding = "rose" if (ends > 0).all() else "flat" if (ends < 0).all() else "unclear"
    shown = frame.assign(**{end: [money(voice, v, wide) for v in frame[end]] for end in ("low", "high")})
    columns = {
        "assumption": voice.text("value.column_assumption"),
        "low_value": voice.text("value.column_low_value"),
        "low": voice.text("value.column_low"),
        "high_value": voice.text("value.column_high_value"),
        "high": voice.text("value.column_high"),
    }
    values = tornado_values(frame, mode=mode)
    more: dict[str, Any] = {"of": item.title, "finding": finding, "columns": columns}
    return figure(voice, "tornado", axes, table=shown, values=values, **more)


def _end(voice: Voice, item: Worth, name: str, row: dict[str, Any], end: str) -> str:
    """Return an end of an assumption in its own unit."""
    if name == "effect":  # the published limits, not finer ones
        limit = item.effect[f"conf_{end}"]
        places = decimals_for(item.effect["estimate"], item.effect["conf_low"], item.effect["conf_high"])
        return voice.number(limit, max(0, min(2, places)), signed=True)
    value = float(row[end])
    if name in ("avoided_error", "minute"):
        return voice.money(value, 2)
    if name == "saved_minutes":
        return voice.text("value.seconds", value=voice.number(60 * value, 1, signed=True))
    if name == "attribution":
        return voice.percent(value)
    if name == "costs":
        return money(voice, value, value)
    return voice.number(value, max(0, decimals_for(value, math.nan, math.nan)))
