"""Figures of a test: its questions by ease and by link with the rest; where it is exact and where people stand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from tne.report.figures import canvas
from tne.report.figures.canvas import COLOURS, GRID, PAPER, QUIET, TRAINED
from tne.report.figures.spoken import Shown
from tne.report.voice import Voice

# advice -> colour and marker: those to look at differ in shape too
LOOKS = {
    "keep": (QUIET, "o"),
    "open": (COLOURS[4], "v"),
    "review": (COLOURS[1], "s"),
    "remove": (COLOURS[3], "D"),
}


@canvas.styled
def item_map(frame: pd.DataFrame, *, voice: Voice | None = None, ax: Axes | None = None) -> Axes:
    """Draw the questions of a test: how many got each right, and how it goes with the rest of the test.

    Parameters
    ----------
    frame : DataFrame
        Columns item, advice, estimate, conf_low, conf_high (right, %), rest, rest_low, rest_high (correlation). A
        question without a number is left out. Only those whose advice is not to keep them have their name.
    voice : Voice, optional
        Language and locale; English without it.
    ax : Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    Axes
        Right answers in per cent on the x axis, item-rest correlation on the y axis.

    Raises
    ------
    KeyError, TypeError
        If `frame` lacks a column, or is no frame.

    Examples
    --------
    >>> frame = pd.DataFrame({"item": ["q1", "q2"], "estimate": [60.0, 35.0], "rest": [0.4, -0.2]})
    >>> frame = frame.assign(advice=["keep", "remove"], conf_low=frame["estimate"] - 6, conf_high=frame["estimate"] + 6)
    >>> frame = frame.assign(rest_low=frame["rest"] - 0.1, rest_high=frame["rest"] + 0.1)
    >>> ax = item_map(frame)
    >>> [text.get_text() for text in ax.texts]
    ['q2']
    """
    data = canvas.shown(canvas.rows_of(frame, "item", "advice", "estimate", "conf_low", "conf_high", "rest"))
    data = data.loc[np.isfinite(data["rest"].astype(float))].reset_index(drop=True)
    say, ax = canvas.speaker(voice), canvas.paper(ax, height=4.2)
    low, high = _rest_span(data)
    ax.set_xlim(0, 103)
    ax.set_ylim(low, high)
    canvas.number_ticks(ax.xaxis, say, 0, 100)
    canvas.number_ticks(ax.yaxis, say, low, high)
    ax.grid(color=GRID, linewidth=0.8)
    ax.axhline(0.0, color=QUIET, linewidth=1.2, linestyle=(0, (4, 3)), zorder=1)
    named = []
    for advice, (colour, marker) in LOOKS.items():
        some = data.loc[data["advice"].eq(advice)]
        if some.empty:
            continue
        quiet = advice == "keep"
        for row in some.to_dict("records"):
            _cross(ax, row, colour, quiet)
        look: dict[str, Any] = {
            "ms": 6.5 if quiet else 9,
            "mfc": colour,
            "mec": PAPER,
            "ls": "",
            "zorder": 3 if quiet else 4,
        }
        ax.plot(
            some["estimate"], some["rest"], marker=marker, label=say.text(f"draw.advice_{advice}"), **look
        )
        if not quiet:
            named += [
                (row["estimate"], row["rest"], str(row["item"]), colour) for row in some.to_dict("records")
            ]
    _name(ax, named)
    if len(data):
        # left of the questions, which crowd where many are right
        ax.legend(loc="upper left", frameon=False, fontsize=canvas.TEXT, handletextpad=0.2, borderaxespad=0.2)
    canvas.headline(ax, say.text("draw.rest_axis"))
    canvas.foot(ax, f"{say.text('draw.facility_axis')} · {canvas.interval_name(say, data)}")
    return ax


def item_map_values(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the numbers that an alt text of `item_map` needs: the ends of both axes, and how many are marked.

    Parameters
    ----------
    frame : DataFrame
        As in `item_map`.

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
    >>> frame = pd.DataFrame({"item": ["q1", "q2"], "estimate": [60.0, 35.0], "rest": [0.4, -0.2]})
    >>> frame = frame.assign(advice=["keep", "remove"], conf_low=frame["estimate"] - 6, conf_high=frame["estimate"] + 6)
    >>> frame = frame.assign(rest_low=frame["rest"] - 0.1, rest_high=frame["rest"] + 0.1)
    >>> values = item_map_values(frame)
    >>> values["items"], values["marked"], values["weakest"], values["weakest_value"]
    (2, 1, 'q2', -0.2)
    """
    data = canvas.shown(canvas.rows_of(frame, "item", "advice", "estimate", "rest"))
    data = data.loc[np.isfinite(data["rest"].astype(float))].reset_index(drop=True)
    out: dict[str, Any] = {"items": len(data), "marked": int(data["advice"].isin(["review", "remove"]).sum())}
    for names, column in ((("lowest", "highest"), "estimate"), (("weakest", "strongest"), "rest")):
        for name, pick in zip(names, ("idxmin", "idxmax"), strict=True):
            row = data.loc[getattr(data[column].astype(float), pick)()] if len(data) else None
            out[name] = "" if row is None else str(row["item"])
            value = math.nan if row is None else float(row[column])
            out[f"{name}_value"] = Shown(value, 0 if column == "estimate" else 2)
    return out


@canvas.styled
def reach_curve(frame: pd.DataFrame, *, voice: Voice | None = None, ax: Axes | None = None) -> Axes:
    """Draw the error of measurement by true points, and where two thirds of the people stand.

    Parameters
    ----------
    frame : DataFrame
        Columns points, error (a multiple of the smallest), and low, high, max_score, the same in each row.
    voice : Voice, optional
        Language and locale; English without it.
    ax : Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    Axes
        True points on the x axis, the multiple of the smallest error on the y axis.

    Raises
    ------
    KeyError, TypeError
        If `frame` lacks a column, or is no frame.

    Examples
    --------
    >>> points = np.linspace(2, 20, 10)
    >>> frame = pd.DataFrame({"points": points, "error": 1 + abs(points - 10) / 7, "low": 11.0, "high": 17.0})
    >>> ax = reach_curve(frame.assign(max_score=20.0))
    >>> ax.get_xlabel()
    'True number of points, of 20'
    """
    data = canvas.rows_of(frame, "points", "error", "low", "high", "max_score")
    say, ax = canvas.speaker(voice), canvas.paper(ax, height=3.2)
    most, top = float(data["max_score"].iloc[0]), 4.0
    low, high = float(data["low"].iloc[0]), float(data["high"].iloc[0])
    drawn = data.loc[data["error"].le(top)].sort_values("points", kind="stable")
    ax.set_xlim(0, most)
    ax.set_ylim(0.8, top)
    canvas.number_ticks(ax.xaxis, say, 0, most)
    ax.set_yticks([1, 2, 3, 4], [say.number(tick, 0) for tick in (1, 2, 3, 4)])
    ax.grid(axis="y", color=GRID, linewidth=0.8)
    ax.axvspan(low, high, color="#dcebe5", zorder=0)
    ax.plot(drawn["points"], drawn["error"], color=TRAINED, linewidth=2.2, zorder=2)
    words = canvas.wrap(say.text("draw.people_here"), 22)
    ax.annotate(
        words, ((low + high) / 2, top - 0.1), va="top", ha="center", color=TRAINED, fontsize=canvas.TEXT
    )
    canvas.headline(ax, say.text("draw.error_axis"))
    canvas.foot(ax, say.text("draw.score_axis", max_score=say.number(most, 0)))
    return ax


def reach_curve_values(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the numbers that an alt text of `reach_curve` needs.

    Parameters
    ----------
    frame : DataFrame
        As in `reach_curve`.

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
    >>> points = np.linspace(2, 20, 10)
    >>> frame = pd.DataFrame({"points": points, "error": 1 + abs(points - 10) / 7, "low": 11.0, "high": 17.0})
    >>> values = reach_curve_values(frame)
    >>> values["best"], values["error_low"], values["error_high"]
    (10, 1.1, 2.0)
    """
    data = canvas.rows_of(frame, "points", "error", "low", "high")
    low, high = float(data["low"].iloc[0]), float(data["high"].iloc[0])
    points, error = data["points"].to_numpy(dtype=float), data["error"].to_numpy(dtype=float)
    order = np.argsort(points, kind="stable")
    at = [round(float(np.interp(place, points[order], error[order])), 1) for place in (low, high)]
    best = float(points[int(np.argmin(error))])
    return {
        "best": round(best),
        "low": round(low),
        "high": round(high),
        "error_low": at[0],
        "error_high": at[1],
    }


def _rest_span(data: pd.DataFrame) -> tuple[float, float]:
    values = [
        data[name].astype(float).to_numpy() for name in ("rest", "rest_low", "rest_high") if name in data
    ]
    known = np.concatenate([v[np.isfinite(v)] for v in values]) if values else np.array([])
    return (
        (min(-0.1, float(known.min()) - 0.05), max(0.6, float(known.max()) + 0.05))
        if len(known)
        else (-0.1, 0.6)
    )


def _cross(ax: Axes, row: dict[str, Any], colour: str, quiet: bool) -> None:
    look: dict[str, Any] = {
        "color": colour,
        "linewidth": 0.9 if quiet else 1.6,
        "alpha": 0.45 if quiet else 1.0,
        "zorder": 2,
    }
    low, high = canvas.limits(row)
    if math.isfinite(low):
        ax.plot([low, high], [row["rest"], row["rest"]], **look)
    if math.isfinite(row.get("rest_low", math.nan)) and math.isfinite(row.get("rest_high", math.nan)):
        ax.plot([row["estimate"], row["estimate"]], [row["rest_low"], row["rest_high"]], **look)


def _name(ax: Axes, named: list[tuple[float, float, str, str]]) -> None:
    """Write the names beside their marks, apart from each other."""
    low, high = ax.get_ylim()
    heights = canvas.spread([y for _, y, _, _ in named], 0.075 * (high - low), low, high) if named else []
    for (x, _, name, colour), height in zip(named, heights, strict=True):
        right = x < 75
        ax.annotate(
            name, (x, height), xytext=(9 if right else -9, 7), textcoords="offset points", va="center",
            ha="left" if right else "right", color=colour, fontsize=canvas.TEXT, fontweight="bold",
        )  # fmt: skip
