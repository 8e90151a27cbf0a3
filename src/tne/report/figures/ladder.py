"""One group among all the others, which have no name."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from tne.report.figures import canvas
from tne.report.figures.canvas import GRID, PAPER, QUIET, TRAINED
from tne.report.figures.effects import draw_row, only_value
from tne.report.figures.spoken import Shown
from tne.report.voice import Voice


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
    label : str
        Column of the groups.
    name : str, optional
        How it is called; `own` without it.
    title : str, optional
        What the x axis measures, with its unit.
    voice : Voice, optional
        Language and locale; English without it.
    ax : Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    Axes
        The groups in order; one of them with its interval and name.

    Raises
    ------
    KeyError, TypeError
        If `raw` or `shrunken` lacks a column, or is no frame.

    Examples
    --------
    >>> raw = pd.DataFrame({"group": list("ABCD"), "estimate": [-2.0, -0.5, 0.4, 2.1]})
    >>> shrunken = raw.assign(estimate=raw["estimate"] / 2)
    >>> shrunken = shrunken.assign(conf_low=shrunken["estimate"] - 0.8, conf_high=shrunken["estimate"] + 0.8)
    >>> ax = group_ladder(raw, shrunken, own="D")
    >>> any("D" in text.get_text() for text in ax.texts)
    True
    """
    raw = canvas.shown(canvas.rows_of(raw, label, "estimate"))
    data = canvas.shown(canvas.rows_of(shrunken, label, "estimate", "conf_low", "conf_high"))
    data = data.sort_values("estimate", kind="stable").reset_index(drop=True)
    say, ax = canvas.speaker(voice), canvas.paper(ax, height=2.9)
    mine = data[data[label] == own]
    others = data[data[label] != own]
    before = raw.loc[raw[label] == own, "estimate"].to_numpy(dtype=float)
    extra = [0.0, *before, *others["estimate"].to_list()]
    low, high = canvas.span(mine, include=extra)
    ax.set_xlim(low, high)
    ax.set_ylim(-2.4, 1.9)
    ax.set_yticks([])
    canvas.number_ticks(ax.xaxis, say, low, high, signed=True, n=5)
    ax.grid(axis="x", color=GRID, linewidth=0.8)
    ax.axvline(0.0, color=QUIET, linewidth=1.0, zorder=1)
    heights = _swarm(others["estimate"].to_numpy(dtype=float), (high - low) * 0.022)
    ax.scatter(others["estimate"], heights, s=46, color="#aab2bb", edgecolors=PAPER, linewidths=0.6, zorder=2)
    for row in mine.to_dict("records"):
        draw_row(ax, 0.9, row, TRAINED, size=9)
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
    ax.annotate(words, (0.0, -2.35), xycoords=("axes fraction", "data"), va="bottom", color=QUIET)
    canvas.foot(ax, f"{title or say.text('draw.from_average')} · {canvas.interval_name(say, data)}")
    if len(mine) and len(before):
        ax.set_xlabel(f"{ax.get_xlabel()}\n{say.text('draw.ring')}")
    return ax


def group_ladder_values(
    raw: pd.DataFrame, shrunken: pd.DataFrame, *, own: str, label: str = "group"
) -> dict[str, Any]:
    """Return the numbers that an alt text of `group_ladder` needs; nothing about a single other group.

    Parameters
    ----------
    raw, shrunken : DataFrame
        As in `group_ladder`.
    own : str
        The group that is told.
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
    >>> raw = pd.DataFrame({"group": list("ABCD"), "estimate": [-2.0, -0.5, 0.4, 2.1]})
    >>> shrunken = raw.assign(estimate=raw["estimate"] / 2)
    >>> shrunken = shrunken.assign(conf_low=shrunken["estimate"] - 0.8, conf_high=shrunken["estimate"] + 0.8)
    >>> values = group_ladder_values(raw, shrunken, own="D")
    >>> values["groups"], values["raw"], values["value"]
    (4, 2.1, 1.05)
    """
    data = canvas.shown(canvas.rows_of(shrunken, label, "estimate", "conf_low", "conf_high"))
    before = canvas.shown(canvas.rows_of(raw, label, "estimate"))
    before = before.loc[before[label] == own, "estimate"]
    mine = data[data[label] == own]
    out = {"group": own, "groups": len(data), "raw": Shown(before.iloc[0] if len(before) else math.nan)}
    return {**out, **only_value(mine)}


def _swarm(values: np.ndarray, width: float) -> list[float]:
    """Stack dots that would cover each other, up and down around the line."""
    heights: list[float] = []
    for i, value in enumerate(values):
        taken = {heights[j] for j in range(i) if abs(values[j] - value) < width}
        steps = (k * sign * 0.26 for k in range(6) for sign in (1, -1))
        heights.append(next((h for h in (step - 0.45 for step in steps) if h not in taken), -0.45))
    return heights
