"""What happened when: trainings and policy changes along a time axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from tne.report.figures import canvas
from tne.report.figures.canvas import INK, PAPER, QUIET, TRAINING_WEEK
from tne.report.locales import own_digits
from tne.report.voice import Voice

MOST_POLICIES = 3


def changes_in(
    changes: pd.DataFrame | None, first: pd.Timestamp, last: pd.Timestamp
) -> list[tuple[float, str]]:
    """Return place and title of the first policy changes within a window.

    Parameters
    ----------
    changes : DataFrame or None
        Columns effective_at, title.
    first, last : Timestamp
        Mondays of the first and the last week.
    """
    if changes is None or not len(changes):
        return []
    data = canvas.rows_of(changes, "effective_at", "title")
    at = pd.to_datetime(data["effective_at"], utc=True).dt.tz_localize(None)
    inside = data.assign(at=at)[(at >= first) & (at <= last + pd.Timedelta(days=6))].sort_values("at")
    return [
        (canvas.day_number(row["at"]), str(row["title"]))
        for row in inside.head(MOST_POLICIES).to_dict("records")
    ]


def mark_policy(ax: Axes, at: float, title: str, y: float, left: float, right: float) -> None:
    """Draw a dotted line up to `y` and write the change's title beside its top, on the side with more room."""
    ax.plot([at, at], [ax.get_ylim()[0], y], color=INK, linewidth=1.0, linestyle=":", zorder=1)
    flip = at > left + 0.5 * (right - left)
    ax.annotate(
        canvas.wrap(title, 30, 1),
        (at, y),
        xytext=(-4 if flip else 4, 0),
        textcoords="offset points",
        ha="right" if flip else "left",
        va="top",
        color=INK,
        fontsize=canvas.TEXT,
        bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.8},
    )


def mark_training(
    ax: Axes, say: Voice, weeks: Sequence[Any], first: pd.Timestamp, last: pd.Timestamp, y: float
) -> None:
    """Draw a triangle for each training week at height `y`, and say once what they are."""
    inside = sorted({pd.Timestamp(w) for w in weeks if first <= pd.Timestamp(w) <= last})
    if not inside:
        return
    x = [canvas.day_number(w) for w in inside]
    ax.plot(x, [y] * len(x), marker="^", ms=7, color=TRAINING_WEEK, ls="", zorder=3)
    left, right = ax.get_xlim()
    key = "draw.training_weeks" if len(x) > 1 else "draw.training_week"
    after = right - x[-1] > 0.3 * (right - left)
    ax.annotate(
        say.text(key),
        (x[-1] if after else x[0], y),
        xytext=(9 if after else -9, 0),
        textcoords="offset points",
        ha="left" if after else "right",
        va="center",
        color=TRAINING_WEEK,
        fontsize=canvas.TEXT,
    )


def years(say: Voice, first: pd.Timestamp, last: pd.Timestamp) -> str:
    """Return what an axis of weeks measures, with its year or years."""
    begin, end = (own_digits(say.locale, str(day.year)) for day in (first, last))
    return (
        say.text("draw.week", year=begin) if begin == end else say.text("draw.years", first=begin, last=end)
    )


def nothing(ax: Axes, say: Voice, min_n: int | None = None) -> Axes:
    """Say that nothing may be drawn, rather than drawing an empty frame."""
    ax.set_xticks([])
    ax.set_yticks([])
    ax.text(
        0.5,
        0.5,
        canvas.wrap(say.text("draw.hidden", min_n=min_n or say.min_n), 46),
        transform=ax.transAxes,
        ha="center",
        va="center",
        color=QUIET,
    )
    return ax
