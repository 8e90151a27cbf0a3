"""Which cohort gained when: the effect of every cohort in every period, a number in each cell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle

from tne.report.figures import canvas
from tne.report.figures.canvas import PAPER, QUIET, TRAINED, TRAINING_WEEK
from tne.report.figures.spoken import told
from tne.report.hiding import HIDDEN
from tne.report.rounding import as_float
from tne.report.voice import Voice

# brown below zero, green above: told apart with any colour vision, and the sign stands in the cell
SIDES = LinearSegmentedColormap.from_list("sides", ["#a8480a", "#f3f4f5", TRAINED])
# most columns in which 12 points have room on 640 pixels: with the interval, with a decimal, with whole points
WITH_INTERVAL, WITH_DECIMAL, WITH_NUMBER = 4, 11, 16


@canvas.styled
def cohort_heatmap(
    frame: pd.DataFrame,
    *,
    voice: Voice | None = None,
    cohort: str = "cohort",
    time: str = "event_time",
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the effect of each cohort in each period: a cell with its number.

    Parameters
    ----------
    frame : DataFrame
        Columns `cohort` (Monday, number or name), `time` (weeks since the training, or the period's Monday),
        estimate, conf_low, conf_high; note if there. One row per cell; a combination without a row stays blank, a row
        without a number is hatched.
    cohort, time : str
        Columns of the rows and of the columns.
    title : str, optional
        What a cell measures, with its unit; points of accuracy without it.
    voice : Voice, optional
        Language and locale; English without it.
    ax : Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    Axes
        Bold numbers have an interval without zero; up to four columns show the interval too. Many periods of few
        cohorts are turned, so that cohorts are the columns. Cells of more than 16 columns have no numbers.

    Raises
    ------
    KeyError, TypeError
        If `frame` lacks a column, or is no frame.
    ValueError
        If a cell occurs twice.

    Examples
    --------
    >>> frame = pd.DataFrame({"cohort": ["March", "March", "May", "May"], "event_time": [0, 1, 0, 1]})
    >>> frame["estimate"] = [1.0, 2.0, 0.5, 1.5]
    >>> frame["conf_low"], frame["conf_high"] = frame["estimate"] - 1.2, frame["estimate"] + 1.2
    >>> ax = cohort_heatmap(frame)
    >>> [name.get_text() for name in ax.get_yticklabels()]
    ['March', 'May']
    """
    data, cohorts, times = _cells(frame, cohort, time)
    say = canvas.speaker(voice)
    turned = len(times) > WITH_DECIMAL and len(cohorts) < len(times)
    down, across, keys = (times, cohorts, (time, cohort)) if turned else (cohorts, times, (cohort, time))
    cells = {(row[keys[0]], row[keys[1]]): row for row in data.to_dict("records")}
    tall = len(across) <= WITH_INTERVAL
    ax = canvas.paper(ax, height=max(1.9, (0.52 if tall else 0.36) * len(down) + 1.3))
    ax.set_xlim(0, max(len(across), 1))
    ax.set_ylim(max(len(down), 1), 0)
    top = float(data["estimate"].abs().max())
    top = top if top > 0 else 1.0
    digits = 0 if len(across) > WITH_DECIMAL or top >= 20 else 1
    for (y, x), row in (
        (at, cells.get((down[at[0]], across[at[1]]))) for at in np.ndindex(len(down), len(across))
    ):
        if row is None:
            continue
        if not math.isfinite(row["estimate"]):
            ax.add_patch(Rectangle((x, y), 1, 1, fill=False, hatch="////", edgecolor="#c4cad1", linewidth=0))
            _write(ax, x, y, "–", QUIET, boxed=True)
            continue
        fill = SIDES(0.5 + row["estimate"] / (2 * top))
        ax.add_patch(Rectangle((x, y), 1, 1, facecolor=fill, edgecolor=PAPER, linewidth=2))
        if len(across) <= WITH_NUMBER:
            text = _text(say, row, digits, tall)
            _write(ax, x, y, text, canvas.written_on(fill[:3]), bold=_clear(row))
    _name_axes(ax, say, down, across, keys, turned)
    zero = [name for name in times if _is_number(name) and name >= 0]
    if zero and time == "event_time" and times.index(zero[0]) > 0:
        line = ax.axhline if turned else ax.axvline
        line(times.index(zero[0]), color=TRAINING_WEEK, linewidth=2.2)
    canvas.foot(ax, title or say.text("draw.difference_points"))
    for words in _key(say, data):
        canvas.under(ax, words)
    return ax


def cohort_heatmap_values(
    frame: pd.DataFrame, *, cohort: str = "cohort", time: str = "event_time"
) -> dict[str, Any]:
    """Return the numbers that an alt text of `cohort_heatmap` needs: the highest and the lowest cell.

    Parameters
    ----------
    frame : DataFrame
        As in `cohort_heatmap`.
    cohort, time : str
        Columns of the rows and of the columns.

    Returns
    -------
    dict
        Numbers as they are drawn, and the phrase (``alt``) where there are several.

    Raises
    ------
    KeyError, TypeError
        If a frame lacks a column, or is none.
    ValueError
        If a cell occurs twice.

    Examples
    --------
    >>> frame = pd.DataFrame({"cohort": ["March", "March", "May", "May"], "event_time": [0, 1, 0, 1]})
    >>> frame["estimate"] = [1.0, 2.0, 0.5, 1.5]
    >>> frame["conf_low"], frame["conf_high"] = frame["estimate"] - 1.2, frame["estimate"] + 1.2
    >>> values = cohort_heatmap_values(frame)
    >>> values["cells"], values["highest_cohort"], values["highest_value"]
    (4, 'March', 2.0)
    """
    data, cohorts, _ = _cells(frame, cohort, time)
    drawn = canvas.shown(data)
    above = drawn["conf_low"] > 0
    # cells before the training are no effects
    days = all(pd.api.types.is_datetime64_any_dtype(drawn[name]) for name in (time, cohort))
    since = drawn[time] >= (drawn[cohort] if days else 0) if days or time == "event_time" else above | True
    out: dict[str, Any] = {
        "rows": len(cohorts),
        "cells": len(drawn),
        "hidden": len(data) - len(drawn),
        "above_zero": int(above.sum()),
        "effects": int(since.sum()),
        "effects_above": int((above & since).sum()),
        "told": "told" if since.any() else "",
    }
    for end, pick in (("highest", "idxmax"), ("lowest", "idxmin")):
        row = drawn.loc[getattr(drawn["estimate"], pick)()].to_dict() if len(drawn) else None
        out[f"{end}_value"] = told(row)
        for name, column in (("cohort", cohort), ("time", time)):
            value = math.nan if row is None else row[column]
            out[f"{end}_{name}"] = canvas.whole(value) if _is_number(value) else value
    return out


def _cells(frame: pd.DataFrame, cohort: str, time: str) -> tuple[pd.DataFrame, list[Any], list[Any]]:
    data = canvas.rows_of(frame, cohort, time, "estimate", "conf_low", "conf_high")
    if data.duplicated([cohort, time]).any():
        raise ValueError(f"The heatmap has a cell of {cohort} × {time} twice. Give one row per cell.")
    numbers = {
        name: pd.to_numeric(data[name], errors="coerce") for name in ("estimate", "conf_low", "conf_high")
    }
    data = data.assign(**numbers, note=data.get("note", ""))
    names = data[cohort].drop_duplicates()
    named = any(isinstance(name, str) for name in names)
    in_order = names if named else names.sort_values()
    return data, in_order.tolist(), data[time].drop_duplicates().sort_values().tolist()


def _text(say: Voice, row: dict[str, Any], digits: int, tall: bool) -> str:
    text = say.number(row["estimate"], digits, signed=True)
    low, high = canvas.limits(row)
    return f"{text}\n{say.interval(low, high, digits)}" if tall and math.isfinite(low) else text


def _clear(row: dict[str, Any]) -> bool:
    low, high = canvas.limits(row)
    return math.isfinite(low) and (low > 0 or high < 0)


def _write(ax: Axes, x: int, y: int, text: str, ink: str, *, bold: bool = False, boxed: bool = False) -> None:
    box = {"facecolor": PAPER, "edgecolor": "none", "pad": 1.5} if boxed else None
    weight = "bold" if bold else "normal"
    ax.text(x + 0.5, y + 0.5, text, ha="center", va="center", color=ink, fontweight=weight, bbox=box)


def _name_axes(
    ax: Axes, say: Voice, down: Sequence[Any], across: Sequence[Any], keys: tuple[str, str], turned: bool
) -> None:
    """Name rows on the left and columns on top; only as many columns as have room."""
    signed = "event_time" in keys
    heads = [canvas.wrap(_name(say, name, signed and not turned), 9) for name in across]
    widest = max((len(line) for head in heads for line in head.split("\n")), default=1)
    step = max(1, math.ceil(len(across) * widest * 0.021))
    at = range(0, len(across), step)
    ax.set_xticks([x + 0.5 for x in at], [heads[x] for x in at])
    ax.set_yticks(
        [y + 0.5 for y in range(len(down))],
        [canvas.wrap(_name(say, name, signed and turned), 18) for name in down],
    )
    ax.tick_params(axis="x", top=True, labeltop=True, bottom=False, labelbottom=False, length=0)
    ax.spines["bottom"].set_visible(False)
    words = {"event_time": "draw.weeks_since", "cohort": "draw.cohort_axis"}
    named = [say.text(words[key]) if key in words else "" for key in keys]
    if any(named):
        ax.set_title(
            canvas.wrap(" · ".join(filter(None, named)), 58),
            loc="left",
            fontsize=canvas.TEXT,
            color=QUIET,
            pad=8,
        )


def _name(say: Voice, name: Any, signed: bool) -> str:
    if isinstance(name, pd.Timestamp):
        return canvas.short_day(say, name)
    return say.number(name, 0, signed=signed) if _is_number(name) else str(name)


def _is_number(value: Any) -> bool:
    return math.isfinite(as_float(value))


def _key(say: Voice, data: pd.DataFrame) -> list[str]:
    """Say what bold numbers and dashes mean, where there are any."""
    drawn, empty = canvas.shown(data), data[data["estimate"].isna()]
    out = [say.text("draw.bold_clear")] if any(_clear(row) for row in drawn.to_dict("records")) else []
    hidden = empty["note"].isin(HIDDEN)
    if hidden.any():
        out.append(say.text("draw.hidden", min_n=say.min_n))
    elif len(empty):
        out.append(say.text("draw.no_number"))
    return out
