"""Figures of effects: around the training, by programme or group, and one group among all."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from tne.report.figures import canvas
from tne.report.figures.canvas import COMPARISON, GRID, INK, PAPER, QUIET, TRAINED, TRAINING_WEEK
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
        Where to draw.

    Returns
    -------
    Axes
        Open circles before the training, filled ones from its week on.
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
    """Return the numbers that an alt text of `event_study` needs: means, first, last and extreme weeks."""
    data = canvas.shown(canvas.rows_of(frame, "event_time", "estimate", "conf_low", "conf_high"))
    data = data.sort_values("event_time")
    before, after = data[data["event_time"] < 0], data[data["event_time"] >= 0]
    out: dict[str, Any] = {
        "weeks_before": -int(before["event_time"].min()) if len(before) else 0,
        "weeks_after": int(after["event_time"].max()) if len(after) else 0,
        "hidden": len(frame) - len(data),
        "furthest_before": math.nan,
    }
    if len(before):
        out["furthest_before"] = float(before.loc[before["estimate"].abs().idxmax(), "estimate"])
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
    voice, ax
        As in `event_study`.
    """
    data = canvas.rows_of(frame, label, "estimate", "conf_low", "conf_high")
    say = canvas.speaker(voice)
    names = [_name(say, row, label) for row in data.to_dict("records")]
    ax = canvas.paper(ax, height=canvas.height_of_rows(names) + (0.25 if minimum is not None else 0))
    lines_at = [value for value in (reference, minimum) if value is not None]
    low, high = canvas.span(canvas.shown(data), include=lines_at)
    ax.set_xlim(low, high)
    ax.set_ylim(len(data) - 0.4, -0.6)
    canvas.number_ticks(ax.xaxis, say, low, high, signed=signed, n=4)
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
            _bar(ax, y, row, TRAINED)
            text = canvas.estimate_text(say, row, signed=signed)
        ax.annotate(
            text,
            (1.0, y),
            xycoords=("axes fraction", "data"),
            xytext=(10, 0),
            textcoords="offset points",
            va="center",
            color=INK,
            fontsize=canvas.TEXT,
        )
    canvas.foot(ax, f"{title or say.text('draw.change_points')} · {canvas.interval_name(say, data)}", 46)
    return ax


def forest_values(frame: pd.DataFrame, label: str) -> dict[str, Any]:
    """Return the numbers that an alt text of `forest` needs: how many rows, the highest and the lowest."""
    data = canvas.shown(canvas.rows_of(frame, label, "estimate", "conf_low", "conf_high"))
    out: dict[str, Any] = {"rows": len(data), "hidden": len(frame) - len(data)}
    for end, pick in (("highest", "idxmax"), ("lowest", "idxmin")):
        row = data.loc[getattr(data["estimate"], pick)()] if len(data) else None
        out[end] = "" if row is None else str(row[label])
        out[f"{end}_value"] = math.nan if row is None else float(row["estimate"])
    above = (data["conf_low"] > 0).sum() if len(data) else 0
    below = (data["conf_high"] < 0).sum() if len(data) else 0
    return {**out, "above_zero": int(above), "below_zero": int(below), **_one(data)}


def gain_by_group(
    frame: pd.DataFrame,
    *,
    voice: Voice | None = None,
    label: str = "group",
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the gain of each group with its interval; columns as in `forest`."""
    say = canvas.speaker(voice)
    return forest(frame, label, voice=say, title=title or say.text("draw.gain"), ax=ax)


def gain_by_group_values(frame: pd.DataFrame, label: str = "group") -> dict[str, Any]:
    """Return the numbers that an alt text of `gain_by_group` needs."""
    return forest_values(frame, label)


@canvas.styled
def group_ladder(
    raw: pd.DataFrame,
    shrunken: pd.DataFrame,
    *,
    own: str,
    voice: Voice | None = None,
    label: str = "group",
    name: str | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw one group among all: the others are grey dots without a name.

    Parameters
    ----------
    raw : DataFrame
        Columns `label`, estimate: each group against the rest.
    shrunken : DataFrame
        Columns `label`, estimate, conf_low, conf_high: each group drawn towards the average. Only these are
        drawn for the others.
    own : str
        The group that is shown with its interval; the only one with a name.
    name : str, optional
        How it is called; `own` without it.
    title : str, optional
        What the x axis measures, with its unit.
    voice, ax
        As in `event_study`.
    """
    raw = canvas.shown(canvas.rows_of(raw, label, "estimate"))
    data = canvas.shown(canvas.rows_of(shrunken, label, "estimate", "conf_low", "conf_high"))
    data = data.sort_values("estimate", kind="stable").reset_index(drop=True)
    say, ax = canvas.speaker(voice), canvas.paper(ax, height=2.6)
    mine = data[data[label] == own]
    others = data[data[label] != own]
    before = raw.loc[raw[label] == own, "estimate"].to_numpy(dtype=float)
    extra = [0.0, *before, *others["estimate"].to_list()]
    low, high = canvas.span(mine, include=extra)
    ax.set_xlim(low, high)
    ax.set_ylim(-1.6, 1.9)
    ax.set_yticks([])
    canvas.number_ticks(ax.xaxis, say, low, high, signed=True, n=5)
    ax.grid(axis="x", color=GRID, linewidth=0.8)
    ax.axvline(0.0, color=QUIET, linewidth=1.0, zorder=1)
    heights = _swarm(others["estimate"].to_numpy(dtype=float), (high - low) * 0.022)
    ax.scatter(others["estimate"], heights, s=46, color="#aab2bb", edgecolors=PAPER, linewidths=0.6, zorder=2)
    for row in mine.to_dict("records"):
        _bar(ax, 0.9, row, TRAINED, size=9)
        text = f"{canvas.wrap(name or own, 30, 1)}: {canvas.estimate_text(say, row, signed=True)}"
        right = row["estimate"] > (low + high) / 2
        ax.annotate(
            text,
            (1.0 if right else 0.0, 1.2),
            xycoords=("axes fraction", "data"),
            va="bottom",
            ha="right" if right else "left",
            color=TRAINED,
            fontsize=canvas.TEXT,
            fontweight="bold",
        )
        if len(before):
            ax.plot(before[0], 0.9, marker="o", ms=8, mfc=PAPER, mec=TRAINED, mew=1.4, ls="", zorder=3)
    words = say.text("draw.other_groups", n=len(others))
    ax.annotate(words, (0.0, -1.5), xycoords=("axes fraction", "data"), va="bottom", color=QUIET)
    canvas.foot(ax, f"{title or say.text('draw.from_average')} · {canvas.interval_name(say, data)}")
    if len(mine) and len(before):
        ax.set_xlabel(f"{ax.get_xlabel()}\n{say.text('draw.ring')}")
    return ax


def group_ladder_values(
    raw: pd.DataFrame, shrunken: pd.DataFrame, *, own: str, label: str = "group"
) -> dict[str, Any]:
    """Return the numbers that an alt text of `group_ladder` needs; nothing about a single other group."""
    data = canvas.shown(canvas.rows_of(shrunken, label, "estimate", "conf_low", "conf_high"))
    before = canvas.shown(canvas.rows_of(raw, label, "estimate"))
    before = before.loc[before[label] == own, "estimate"]
    mine = data[data[label] == own]
    out = {"group": own, "groups": len(data), "raw": float(before.iloc[0]) if len(before) else math.nan}
    return {**out, **_one(mine)}


def _point(ax: Axes, x: float, row: dict, colour: str, *, filled: bool) -> None:
    low, high = canvas.limits(row)
    if math.isfinite(low):
        ax.plot([x, x], [low, high], color=colour, linewidth=2.0, solid_capstyle="butt", zorder=2)
    face = colour if filled else PAPER
    ax.plot(x, row["estimate"], marker="o", ms=7.5, mfc=face, mec=colour, mew=1.6, ls="", zorder=3)


def _bar(ax: Axes, y: float, row: dict, colour: str, size: float = 8) -> None:
    low, high = canvas.limits(row)
    if math.isfinite(low):
        ax.plot([low, high], [y, y], color=colour, linewidth=2.2, solid_capstyle="butt", zorder=2)
    ax.plot(row["estimate"], y, marker="o", ms=size, mfc=colour, mec=colour, ls="", zorder=4)


def _name(say: Voice, row: dict, label: str) -> str:
    name = canvas.wrap(row[label], 22)
    n = row.get("n_people", math.nan)
    return name + (f"\n{say.text('draw.people', n=int(n))}" if math.isfinite(n) else "")


def _swarm(values: np.ndarray, width: float) -> list[float]:
    """Stack dots that would cover each other, up and down around the line."""
    heights: list[float] = []
    for i, value in enumerate(values):
        taken = {heights[j] for j in range(i) if abs(values[j] - value) < width}
        steps = (k * sign * 0.26 for k in range(6) for sign in (1, -1))
        heights.append(next((h for h in (step - 0.45 for step in steps) if h not in taken), -0.45))
    return heights


def _one(data: pd.DataFrame) -> dict[str, float]:
    row = data.iloc[0] if len(data) == 1 else None
    names = (("value", "estimate"), ("low", "conf_low"), ("high", "conf_high"))
    return {name: math.nan if row is None else float(row[column]) for name, column in names}


def _ends(data: pd.DataFrame, at: str) -> dict[str, Any]:
    """Return first, last and furthest value of a drawn series; these are estimates of groups, never people."""
    if not len(data):
        return dict.fromkeys(("first", "last", "last_low", "last_high", "furthest", "furthest_at"), math.nan)
    far = data.loc[data["estimate"].abs().idxmax()]
    return {
        "first": float(data["estimate"].iloc[0]),
        "last": float(data["estimate"].iloc[-1]),
        "last_low": float(data["conf_low"].iloc[-1]),
        "last_high": float(data["conf_high"].iloc[-1]),
        "furthest": float(far["estimate"]),
        "furthest_at": far[at],
    }
