"""A measure by week within the range that the weeks before each make usual."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from tne.report.figures import canvas
from tne.report.figures.canvas import COLOURS, GRID, PAPER, QUIET, TRAINED
from tne.report.figures.learning import label_ends
from tne.report.figures.marks import changes_in, mark_policy, mark_training, nothing, years
from tne.report.figures.spoken import Shown
from tne.report.figures.usual import distance, number_furthest, usual_range
from tne.report.voice import Voice

BEYOND = COLOURS[1]


@canvas.styled
def weekly_levels(
    frame: pd.DataFrame,
    *,
    voice: Voice | None = None,
    title: str = "",
    decimals: int = 1,
    training_weeks: Sequence[Any] = (),
    policy_changes: pd.DataFrame | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a measure by week; weeks beyond their usual range are diamonds, provisional ones are hollow.

    Parameters
    ----------
    frame : DataFrame
        Gated: week (Monday), estimate, centre, lower, upper, signal, provisional, in the unit of `title`.
    title : str
        What the y axis measures, with its unit.
    decimals : int
        Of the numbers beside the diamonds.
    training_weeks, policy_changes, voice, ax
        As in `weekly_accuracy`.
    """
    columns = ("week", "estimate", "centre", "lower", "upper", "signal", "provisional")
    data = canvas.rows_of(frame, *columns).assign(week=lambda f: pd.to_datetime(f["week"]))
    say, ax = canvas.speaker(voice), canvas.paper(ax, height=3.6)
    if not len(canvas.shown(data)):
        return nothing(ax, say)
    first, last = data["week"].iloc[0], data["week"].iloc[-1]
    x = data["week"].map(canvas.day_number).to_numpy(dtype=float)
    changes = changes_in(policy_changes, first, last)
    low, high = _span(data)
    size = (high - low) or 1.0
    # room for the triangles and the titles, and beside them for the numbers of weeks that lie outside
    low -= (0.24 if len(training_weeks) else 0.1) * size + 0.12 * size * data["signal"].eq("below").any()
    high += (0.1 + 0.12 * len(changes)) * size + 0.22 * size * data["signal"].eq("above").any()
    ax.set_ylim(low, high)
    usual_range(ax, data, x, 3.5)
    known = data["estimate"].notna() & ~data["provisional"].astype(bool)
    solid = data["estimate"].where(known)
    ax.plot(x, data["estimate"], color=QUIET, linewidth=1.2, zorder=2)
    ax.plot(x, solid, color=TRAINED, marker="o", ms=4.5, mec=PAPER, mew=0.5, ls="", zorder=3)
    late = data["estimate"].where(data["provisional"].astype(bool))
    ax.plot(x, late, marker="o", ms=6, mfc=PAPER, mec=QUIET, mew=1.3, ls="", zorder=3)
    ends = data.loc[data["upper"].notna(), "upper"]
    label = [(x[-1] + 3.5, float(ends.iloc[-1]), say.text("draw.usual_range"), QUIET)] if len(ends) else []
    room = label_ends(ax, label, low, high, width=12) if label else 0.02
    wide = (x[-1] - x[0]) or 7.0
    ax.set_xlim(x[0] - 3.5 - 0.02 * wide, x[-1] + 3.5 + wide * 1.3 * room)
    marked = data.loc[data["signal"].ne("") & data["estimate"].notna()]
    ax.plot(x[marked.index], marked["estimate"], marker="D", ms=8, mfc=BEYOND, mec=PAPER, ls="", zorder=4)
    number_furthest(ax, say, data, x, decimals=decimals, colour=lambda _: BEYOND)
    mark_training(ax, say, training_weeks, first, last, low + 0.045 * (high - low))
    for i, (at, text) in enumerate(changes):
        mark_policy(ax, at, text, high - (0.02 + 0.085 * i) * (high - low), x[0], x[-1])
    canvas.number_ticks(ax.yaxis, say, max(low, 0.0), high)
    canvas.date_ticks(ax, say, first, last)
    ax.grid(axis="y", color=GRID, linewidth=0.8)
    canvas.headline(ax, title)
    canvas.foot(ax, years(say, first, last))
    if late.notna().any():
        canvas.under(ax, say.text("draw.provisional"))
    return ax


def weekly_levels_values(frame: pd.DataFrame, *, decimals: int = 1) -> dict[str, Any]:
    """Return the numbers that an alt text of `weekly_levels` needs: the last settled week, or the furthest signal."""
    data = canvas.rows_of(frame, "week", "estimate", "centre", "lower", "upper", "signal", "provisional")
    drawn = canvas.shown(data).sort_values("week", ignore_index=True)
    settled = drawn.loc[~drawn["provisional"].astype(bool)]
    marked = settled.loc[settled["signal"].ne("")]
    # a week at 0 or 100 per cent may lie outside its range and has no number
    signals = int((data["signal"].ne("") & ~data["provisional"].astype(bool)).sum())
    row = settled.iloc[-1] if len(settled) else None
    if len(marked):
        row = marked.loc[distance(marked).idxmax()]
    out: dict[str, Any] = {
        "alt": "alt" if len(marked) else "alt_edge" if signals else "alt_none",
        "weeks": len(drawn),
        "signals": signals,
        "from": pd.Timestamp(drawn["week"].min()) if len(drawn) else pd.NaT,
        "to": pd.Timestamp(drawn["week"].max()) if len(drawn) else pd.NaT,
        "at": pd.NaT if row is None else pd.Timestamp(row["week"]),
    }
    for name, column in (("value", "estimate"), ("low", "lower"), ("high", "upper")):
        out[name] = Shown(math.nan if row is None else row[column], decimals)
    return out


def _span(data: pd.DataFrame) -> tuple[float, float]:
    known = data[["estimate", "lower", "upper"]].to_numpy(dtype=float)
    return float(np.nanmin(known)), float(np.nanmax(known))
