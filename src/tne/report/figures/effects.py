"""Figures of effects: by week around the training, and by programme or group."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from tne.report.figures import canvas
from tne.report.figures.canvas import COMPARISON, GRID, PAPER, QUIET, TRAINED, TRAINING_WEEK
from tne.report.figures.spoken import told
from tne.report.voice import Voice


@canvas.styled
def event_study(
    frame: pd.DataFrame, *, voice: Voice | None = None, band: str = "pointwise", ax: Axes | None = None
) -> Axes:
    """Draw the difference between trained and not yet trained by week around the training.

    Parameters
    ----------
    frame : DataFrame
        Columns event_time (weeks), estimate, conf_low, conf_high (percentage points); conf_level if there. The
        reference week has no interval. Rows without a number are not drawn.
    band : {"pointwise", "simultaneous"}
        What the intervals are; the figure says it.
    voice : Voice, optional
        Language and locale; English without it.
    ax : Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    Axes
        Open circles before the training, filled ones from its week on.

    Raises
    ------
    KeyError, TypeError
        If `frame` lacks a column, or is no frame.

    Examples
    --------
    >>> frame = pd.DataFrame({"event_time": [-2, -1, 0, 1], "estimate": [0.2, 0.0, 1.5, 2.4]})
    >>> frame = frame.assign(conf_low=frame["estimate"] - 1, conf_high=frame["estimate"] + 1)
    >>> ax = event_study(frame)
    >>> ax.get_ylabel()
    'Difference in accuracy, points · 95% intervals'
    """
    data = canvas.shown(canvas.rows_of(frame, "event_time", "estimate", "conf_low", "conf_high"))
    say, ax = canvas.speaker(voice), canvas.paper(ax)
    data = data.sort_values("event_time").reset_index(drop=True)
    low, high = canvas.span(data, include=(0.0,), pad=0.1)
    high += 0.1 * (high - low)  # room for the words beside the line
    ax.set_ylim(low, high)
    canvas.number_ticks(ax.yaxis, say, low, high, signed=True)
    ax.grid(axis="y", color=GRID, linewidth=0.8)
    ax.axhline(0.0, color=QUIET, linewidth=1.0, zorder=1)
    times = data["event_time"].to_numpy(dtype=float) if len(data) else np.array([-1.0, 1.0])
    ax.axvline(0.0, color=TRAINING_WEEK, linewidth=1.4, linestyle=(0, (3, 3)), zorder=1)
    for row in data.to_dict("records"):
        after = row["event_time"] >= 0
        _point(ax, row["event_time"], row, TRAINED if after else COMPARISON, filled=after)
    left, right = min(times.min(), -1.0) - 0.8, max(times.max(), 1.0) + 0.8
    ax.set_xlim(left, right)
    step = max(1, math.ceil((right - left) / 8))
    ticks = [t for t in range(-100 * step, 101 * step, step) if left <= t <= right]
    ax.set_xticks(ticks, [say.number(t, 0, signed=True) for t in ticks])
    # on the emptier side of the line
    beside = 0.0 - left < 0.62 * (right - left)
    ax.annotate(
        say.text("draw.training_week"),
        (0.0, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(6 if beside else -6, -2),
        textcoords="offset points",
        ha="left" if beside else "right",
        va="top",
        color=TRAINING_WEEK,
        fontsize=canvas.TEXT,
    )
    canvas.headline(ax, f"{say.text('draw.difference_points')} · {canvas.interval_name(say, data, band)}")
    canvas.foot(ax, say.text("draw.weeks_since"))
    return ax


def event_study_values(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the numbers that an alt text of `event_study` needs: means, first, last and extreme weeks.

    Parameters
    ----------
    frame : DataFrame
        As in `event_study`.

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
    >>> frame = pd.DataFrame({"event_time": [-2, -1, 0, 1], "estimate": [0.2, 0.0, 1.5, 2.4]})
    >>> frame = frame.assign(conf_low=frame["estimate"] - 1, conf_high=frame["estimate"] + 1)
    >>> values = event_study_values(frame)
    >>> values["weeks_before"], values["furthest_before"], values["last"]
    (2, 0.2, 2.4)
    """
    data = canvas.shown(canvas.rows_of(frame, "event_time", "estimate", "conf_low", "conf_high"))
    data = data.sort_values("event_time")
    before, after = data[data["event_time"] < 0], data[data["event_time"] >= 0]
    # the reference week is zero by definition and tests nothing
    before = before[before["conf_low"].notna() | before["conf_high"].notna()]
    out: dict[str, Any] = {
        "weeks_before": -int(before["event_time"].min()) if len(before) else 0,
        "weeks_after": int(after["event_time"].max()) if len(after) else 0,
        "hidden": len(frame) - len(data),
        "alt": "alt" if len(before) else "alt_after",
        "furthest_before": math.nan,
    }
    if len(before):
        out["furthest_before"] = told(before.loc[before["estimate"].abs().idxmax()])
    return {**out, **_ends(after, "event_time")}


@canvas.styled
def forest(
    frame: pd.DataFrame,
    label: str,
    *,
    voice: Voice | None = None,
    title: str | None = None,
    reference: float | None = 0.0,
    minimum: float | None = None,
    signed: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw one row per programme, market or group: estimate, interval, and both in words.

    Parameters
    ----------
    frame : DataFrame
        Columns `label`, estimate, conf_low, conf_high; n_people if there. Order is kept, first row on top. Rows
        without a number keep their label and get a dash.
    label : str
        Column of the names.
    title : str, optional
        What the x axis measures, with its unit, in the reader's language; points of accuracy without it.
    reference : float, optional
        Where "no effect" lies; None draws no line.
    minimum : float, optional
        The smallest effect worth having: a dashed line.
    signed : bool
        Write plus signs: the numbers are changes.
    voice : Voice, optional
        Language and locale; English without it.
    ax : Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    Axes
        One row per name, with estimate and interval written at the right.

    Raises
    ------
    KeyError, TypeError
        If `frame` lacks a column, or is no frame.

    Examples
    --------
    >>> frame = pd.DataFrame({"market": ["DE", "IE"], "estimate": [2.4, 0.6]})
    >>> frame = frame.assign(conf_low=[1.3, -0.9], conf_high=[3.5, 2.1])
    >>> ax = forest(frame, "market", minimum=1.5)
    >>> [name.get_text() for name in ax.get_yticklabels()]
    ['DE', 'IE']
    """
    data = canvas.rows_of(frame, label, "estimate", "conf_low", "conf_high")
    say = canvas.speaker(voice)
    names = canvas.names_with_people(say, data, label)
    ax = canvas.paper(ax, height=canvas.height_of_rows(names) + (0.25 if minimum is not None else 0))
    lines_at = [value for value in (reference, minimum) if value is not None]
    low, high = canvas.span(canvas.shown(data), include=lines_at)
    ax.set_xlim(low, high)
    ax.set_ylim(len(data) - 0.4, -0.6)
    canvas.number_ticks(ax.xaxis, say, low, high, signed=signed, n=4, room=18)
    ax.grid(axis="x", color=GRID, linewidth=0.8)
    if reference is not None:
        ax.axvline(reference, color=QUIET, linewidth=1.0, zorder=1)
    if minimum is not None:
        ax.axvline(minimum, color=TRAINING_WEEK, linewidth=1.4, linestyle=(0, (3, 3)), zorder=1)
        ax.annotate(
            say.text("draw.worth_having"),
            (minimum, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            va="bottom",
            color=TRAINING_WEEK,
            fontsize=canvas.TEXT,
        )
    ax.set_yticks(range(len(data)), names)
    for y, row in enumerate(data.to_dict("records")):
        text = "–"
        if math.isfinite(row["estimate"]):
            draw_row(ax, y, row, TRAINED)
            text = canvas.estimate_text(say, row, signed=signed)
        canvas.beside(ax, y, text)
    canvas.foot(ax, f"{title or say.text('draw.change_points')} · {canvas.interval_name(say, data)}", 46)
    return ax


def forest_values(frame: pd.DataFrame, label: str) -> dict[str, Any]:
    """Return the numbers that an alt text of `forest` needs: how many rows, the highest and the lowest.

    Parameters
    ----------
    frame : DataFrame
        As in `forest`.
    label : str
        Column of the names.

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
    >>> frame = pd.DataFrame({"market": ["DE", "IE"], "estimate": [2.4, 0.6]})
    >>> frame = frame.assign(conf_low=[1.3, -0.9], conf_high=[3.5, 2.1])
    >>> values = forest_values(frame, "market")
    >>> values["highest"], values["highest_value"], values["above_zero"]
    ('DE', 2.4, 1)
    """
    data = canvas.shown(canvas.rows_of(frame, label, "estimate", "conf_low", "conf_high"))
    out: dict[str, Any] = {"rows": len(data), "hidden": len(frame) - len(data)}
    for end, pick in (("highest", "idxmax"), ("lowest", "idxmin")):
        row = data.loc[getattr(data["estimate"].astype(float), pick)()] if len(data) else None
        out[end] = "" if row is None else str(row[label])
        out[f"{end}_value"] = told(row)
    out["alt"] = "alt_one" if len(data) == 1 else "alt"
    above = (data["conf_low"] > 0).sum() if len(data) else 0
    below = (data["conf_high"] < 0).sum() if len(data) else 0
    return {**out, "above_zero": int(above), "below_zero": int(below), **only_value(data)}


def gain_by_group(
    frame: pd.DataFrame,
    *,
    voice: Voice | None = None,
    label: str = "group",
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the gain of each group with its interval; columns as in `forest`.

    Parameters
    ----------
    frame : DataFrame
        Columns `label`, estimate, conf_low, conf_high; n_people if there.
    label : str
        Column of the groups.
    title : str, optional
        What the x axis measures, with its unit; the gain without it.
    voice : Voice, optional
        Language and locale; English without it.
    ax : Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    Axes
        As `forest`.

    Raises
    ------
    KeyError, TypeError
        If `frame` lacks a column, or is no frame.

    Examples
    --------
    >>> frame = pd.DataFrame({"group": ["A", "B"], "estimate": [2.4, 0.6]})
    >>> frame = frame.assign(conf_low=[1.3, -0.9], conf_high=[3.5, 2.1])
    >>> ax = gain_by_group(frame)
    >>> ax.get_xlabel()
    'Change in test score · 95% intervals'
    """
    say = canvas.speaker(voice)
    return forest(frame, label, voice=say, title=title or say.text("draw.gain"), ax=ax)


def gain_by_group_values(frame: pd.DataFrame, label: str = "group") -> dict[str, Any]:
    """Return the numbers that an alt text of `gain_by_group` needs.

    Parameters
    ----------
    frame : DataFrame
        As in `gain_by_group`.
    label : str
        Column of the groups.

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
    >>> frame = pd.DataFrame({"group": ["A", "B"], "estimate": [2.4, 0.6]})
    >>> frame = frame.assign(conf_low=[1.3, -0.9], conf_high=[3.5, 2.1])
    >>> values = gain_by_group_values(frame)
    >>> values["lowest"], values["lowest_value"]
    ('B', 0.6)
    """
    return forest_values(frame, label)


def _point(ax: Axes, x: float, row: dict[str, Any], colour: str, *, filled: bool) -> None:
    low, high = canvas.limits(row)
    if math.isfinite(low):
        ax.plot([x, x], [low, high], color=colour, linewidth=2.0, solid_capstyle="butt", zorder=2)
    face = colour if filled else PAPER
    ax.plot(x, row["estimate"], marker="o", ms=7.5, mfc=face, mec=colour, mew=1.6, ls="", zorder=3)


def draw_row(ax: Axes, y: float, row: dict[str, Any], colour: str, size: float = 8) -> None:
    """Draw an estimate row as a horizontal interval and a dot."""
    low, high = canvas.limits(row)
    if math.isfinite(low):
        ax.plot([low, high], [y, y], color=colour, linewidth=2.2, solid_capstyle="butt", zorder=2)
    ax.plot(row["estimate"], y, marker="o", ms=size, mfc=colour, mec=colour, ls="", zorder=4)


def only_value(data: pd.DataFrame) -> dict[str, float]:
    """Return value, low and high of a frame of one row; NaN for any other."""
    row = data.iloc[0] if len(data) == 1 else None
    names = (("value", "estimate"), ("low", "conf_low"), ("high", "conf_high"))
    return {name: told(row, column) for name, column in names}


def _ends(data: pd.DataFrame, at: str) -> dict[str, Any]:
    """Return first, last and furthest value of a drawn series; these are estimates of groups, never people."""
    if not len(data):
        return dict.fromkeys(("first", "last", "last_low", "last_high", "furthest", "furthest_at"), math.nan)
    far = data.loc[data["estimate"].abs().idxmax()]
    return {
        "first": told(data.iloc[0]),
        "last": told(data.iloc[-1]),
        "last_low": told(data.iloc[-1], "conf_low"),
        "last_high": told(data.iloc[-1], "conf_high"),
        "furthest": told(far),
        "furthest_at": far[at],
    }
