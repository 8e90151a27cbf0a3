"""Is a week unusual: shares by week within the limits of their usual variation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from tne.report.figures import canvas
from tne.report.figures.canvas import COLOURS, GRID, INK, PAPER, QUIET
from tne.report.figures.learning import label_ends
from tne.report.figures.marks import changes_in, mark_policy, mark_training, nothing, years
from tne.report.figures.spoken import Shown
from tne.report.figures.usual import distance, number_furthest, usual_range
from tne.report.voice import Voice

BEYOND, RUN = (COLOURS[1], "D"), (COLOURS[3], "s")


@canvas.styled
def control_chart(
    frame: pd.DataFrame,
    *,
    voice: Voice | None = None,
    title: str | None = None,
    training_weeks: Sequence[Any] = (),
    policy_changes: pd.DataFrame | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw shares by period with their centre and limits; unusual periods have a shape and their number.

    Parameters
    ----------
    frame : DataFrame
        ``tne.control_chart(...).to_frame()``, gated: columns period (Monday or number), estimate, centre, lower, upper
        (shares of 1), signal (rules that the period completes, "" for none). A hidden period leaves a gap.
    title : str, optional
        What the y axis measures, with its unit; "decisions found right, %" without it.
    training_weeks : sequence of dates
        Mondays of weeks in which people were trained, where periods are Mondays.
    policy_changes : DataFrame, optional
        As in `weekly_accuracy`, where periods are Mondays.
    voice : Voice, optional
        Language and locale; English without it.
    ax : Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    Axes
        Diamonds lie beyond the limits, squares complete a run on one side; the five furthest have their number. The
        limits are those of the frame, drawn within 0 and 100 %.

    Raises
    ------
    KeyError, TypeError
        If `frame` lacks a column, or is no frame.

    Examples
    --------
    >>> weeks = pd.date_range("2026-03-02", periods=4, freq="7D")
    >>> frame = pd.DataFrame({"period": weeks, "estimate": [0.88, 0.89, 0.80, 0.87], "centre": 0.88, "signal": ""})
    >>> frame = frame.assign(lower=0.83, upper=0.93)
    >>> frame.loc[2, "signal"] = "beyond_limits"
    >>> ax = control_chart(frame)
    >>> ax.get_ylabel()
    'Decisions found right, %'
    """
    data, dated = _per_cent(frame)
    say, ax = canvas.speaker(voice), canvas.paper(ax, height=3.8)
    drawn = canvas.shown(data)
    if not len(drawn):
        return nothing(ax, say)
    first, last = data["period"].iloc[0], data["period"].iloc[-1]
    x = data["period"].map(canvas.day_number).to_numpy() if dated else data["period"].to_numpy(dtype=float)
    changes = changes_in(policy_changes, first, last) if dated else []
    known = data[["estimate", "lower", "upper"]].to_numpy(dtype=float)
    low, high = float(np.nanmin(known)), float(np.nanmax(known))
    size = (high - low) or 1.0
    low, high = low - (0.3 if len(training_weeks) else 0.16) * size, high + (0.1 + 0.12 * len(changes)) * size
    ax.set_ylim(low, high)
    half = 0.5 * float(np.median(np.diff(x))) if len(x) > 1 else 0.5
    edges = usual_range(ax, data, x, half)
    ax.plot(edges, np.repeat(data["centre"].to_numpy(dtype=float), 2), color=INK, linewidth=1.2, zorder=1)
    ax.plot(x, data["estimate"], color=QUIET, linewidth=1.2, marker="o", ms=4.5, mec=PAPER, mew=0.5, zorder=3)
    known = data[data["centre"].notna()]
    ends = []
    if len(known):
        at = float(x[-1]) + half
        ends = [(at, float(known["centre"].iloc[-1]), say.text("draw.centre"), INK)]
        if known["upper"].notna().any():
            ends.append((at, float(known["upper"].dropna().iloc[-1]), say.text("draw.usual_range"), QUIET))
    room = label_ends(ax, ends, low, high, width=12)
    wide = (x[-1] - x[0]) or 1.0
    ax.set_xlim(x[0] - half - 0.02 * wide, x[-1] + half + wide * 1.3 * room)
    for i, row in data.loc[data["signal"].ne("") & data["estimate"].notna()].iterrows():
        colour, shape = _look(row["signal"])
        ax.plot(x[i], row["estimate"], marker=shape, ms=8.5, mfc=colour, mec=PAPER, ls="", zorder=4)
    number_furthest(ax, say, data, x, decimals=_digits(data), colour=lambda signal: _look(signal)[0])
    mark_training(ax, say, training_weeks if dated else (), first, last, low + 0.045 * (high - low))
    for i, (at, text) in enumerate(changes):
        mark_policy(ax, at, text, high - (0.02 + 0.085 * i) * (high - low), x[0], x[-1])
    canvas.number_ticks(ax.yaxis, say, max(low, 0.0), min(high, 100.0))
    if dated:
        canvas.date_ticks(ax, say, first, last)
    else:
        canvas.number_ticks(ax.xaxis, say, float(x[0]), float(x[-1]))
    ax.grid(axis="y", color=GRID, linewidth=0.8)
    canvas.headline(ax, title or say.text("draw.accuracy"))
    canvas.foot(ax, years(say, first, last) if dated else say.text("draw.period_axis"))
    if (data["signal"] != "").any():
        canvas.under(ax, say.text("draw.signals"))
    return ax


def control_chart_values(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the numbers that an alt text of `control_chart` needs: the centre, the signals, the furthest of them.

    Parameters
    ----------
    frame : DataFrame
        As in `control_chart`.

    Returns
    -------
    dict
        Numbers as they are drawn, and the phrase (``alt``) where there are several.

    Raises
    ------
    KeyError, TypeError
        If a frame lacks a column, or is none.

    Examples
    --------
    >>> weeks = pd.date_range("2026-03-02", periods=4, freq="7D")
    >>> frame = pd.DataFrame({"period": weeks, "estimate": [0.88, 0.89, 0.80, 0.87], "centre": 0.88, "signal": ""})
    >>> frame = frame.assign(lower=0.83, upper=0.93)
    >>> frame.loc[2, "signal"] = "beyond_limits"
    >>> values = control_chart_values(frame)
    >>> values["signals"], values["at"].date().isoformat(), round(values["value"], 1)
    (1, '2026-03-16', 80.0)
    """
    data, _ = _per_cent(frame)
    drawn = canvas.shown(data)
    marked = drawn[drawn["signal"] != ""]
    out: dict[str, Any] = {
        "alt": "alt" if len(marked) else "alt_none",
        "weeks": len(drawn),
        "hidden": len(data) - len(drawn),
        "signals": len(marked),
        "from": _plain(drawn["period"].iloc[0]) if len(drawn) else math.nan,
        "to": _plain(drawn["period"].iloc[-1]) if len(drawn) else math.nan,
    }
    row = drawn.iloc[-1].to_dict() if len(drawn) else None
    beyond = marked[marked["signal"].str.contains("beyond_limits")]
    if len(beyond):
        row = beyond.loc[distance(beyond).fillna(-1.0).idxmax()].to_dict()
    elif len(marked):  # within the limits: the last one ends the run that is going on
        out["alt"], row = "alt_run", marked.iloc[-1].to_dict()
    decimals = _digits(drawn)
    for name, column in (("centre", "centre"), ("value", "estimate"), ("low", "lower"), ("high", "upper")):
        out[name] = Shown(math.nan if row is None else row[column], decimals)
    return {**out, "at": math.nan if row is None else _plain(row["period"])}


def _per_cent(frame: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """Return the periods in order, numbers in per cent, limits within 0 and 100; and whether periods are days."""
    data = canvas.rows_of(frame, "period", "estimate", "centre", "lower", "upper", "signal")
    dated = not pd.api.types.is_numeric_dtype(data["period"])
    numbers = {
        c: 100 * pd.to_numeric(data[c], errors="coerce") for c in ("estimate", "centre", "lower", "upper")
    }
    data = data.assign(**numbers, signal=data["signal"].fillna("").astype(str))
    data = data.assign(lower=data["lower"].clip(lower=0.0), upper=data["upper"].clip(upper=100.0))
    if dated:
        data["period"] = pd.to_datetime(data["period"])
    return data.sort_values("period", kind="stable").reset_index(drop=True), dated


def _look(signal: str) -> tuple[str, str]:
    """Colour and shape of a signal."""
    return BEYOND if "beyond_limits" in signal else RUN


def _digits(data: pd.DataFrame) -> int:
    return 1 if float((data["upper"] - data["lower"]).median()) < 20 else 0


def _plain(period: Any) -> Any:
    return period if isinstance(period, pd.Timestamp) else str(int(period))
