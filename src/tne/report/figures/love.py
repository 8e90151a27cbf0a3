"""Figure of balance: how far apart two groups were in what was known before, and are after weighting."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from tne.report.figures import canvas
from tne.report.figures.canvas import COMPARISON, GRID, PAPER, QUIET, TRAINED
from tne.report.figures.spoken import Shown
from tne.report.voice import Voice

ALIKE = 0.1  # standard deviations: the usual limit after weighting


@canvas.styled
def love_plot(frame: pd.DataFrame, *, voice: Voice | None = None, ax: Axes | None = None) -> Axes:
    """Draw one row per confounder: the standardised difference before (open) and after weighting (filled).

    Parameters
    ----------
    frame : DataFrame
        Columns term, smd_before, smd_after, as `adjusted_difference(...).balance` has them; NaN is not drawn.
    voice : Voice, optional
        Language and locale; English without it.
    ax : Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    Axes
        The most different confounder on top, dotted lines at .1 standard deviations.

    Raises
    ------
    KeyError, TypeError
        If `frame` lacks a column, or is no frame.

    Examples
    --------
    >>> frame = pd.DataFrame({"term": ["tenure", "queue"], "smd_before": [0.52, 0.08], "smd_after": [0.03, 0.01]})
    >>> ax = love_plot(frame)
    >>> [name.get_text() for name in ax.get_yticklabels()]
    ['tenure', 'queue']
    """
    data = _ordered(frame)
    say = canvas.speaker(voice)
    names = canvas.row_names([str(name) for name in data["term"]], 22)
    ax = canvas.paper(ax, height=canvas.height_of_rows(names))
    values = data[["smd_before", "smd_after"]].to_numpy(dtype=float)
    known = values[np.isfinite(values)]
    low, high = float(known.min(initial=-0.15)), float(known.max(initial=0.15))
    room = 0.06 * (high - low)
    ax.set_xlim(low - room, high + room)
    ax.set_ylim(max(len(data), 1) - 0.4, -0.6)
    canvas.number_ticks(ax.xaxis, say, low - room, high + room, signed=True, n=4)
    ax.grid(axis="x", color=GRID, linewidth=0.8)
    ax.axvline(0.0, color=QUIET, linewidth=1.0, zorder=1)
    for limit in (-ALIKE, ALIKE):
        ax.axvline(limit, color=QUIET, linewidth=1.0, linestyle=(0, (1, 2)), zorder=1)
    ax.set_yticks(range(len(data)), names)
    for y, (before, after) in enumerate(values):
        if math.isfinite(before) and math.isfinite(after):
            ax.plot([before, after], [y, y], color=GRID, linewidth=2.0, solid_capstyle="butt", zorder=2)
        for x, colour, face in ((before, COMPARISON, PAPER), (after, TRAINED, TRAINED)):
            if math.isfinite(x):
                ax.plot(x, y, marker="o", ms=7.5, mfc=face, mec=colour, mew=1.6, ls="", zorder=3)
    canvas.headline(ax, say.text("draw.before_and_after_weighting"))
    canvas.foot(ax, say.text("draw.standard_deviations_apart"), 46)
    return ax


def love_plot_values(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the numbers that an alt text of `love_plot` needs: how many confounders, the largest differences.

    Parameters
    ----------
    frame : DataFrame
        As in `love_plot`.

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
    >>> frame = pd.DataFrame({"term": ["tenure", "queue"], "smd_before": [0.52, 0.08], "smd_after": [0.03, 0.01]})
    >>> values = love_plot_values(frame)
    >>> values["largest_before_term"], values["apart_before"], values["apart_after"]
    ('tenure', 1, 0)
    """
    data = _ordered(frame)
    out: dict[str, Any] = {"rows": len(data)}
    for when in ("before", "after"):
        sizes = data[f"smd_{when}"].abs()
        known = sizes.notna().any()
        out[f"largest_{when}"] = Shown(sizes.max() if known else math.nan, 2)
        out[f"largest_{when}_term"] = str(data.loc[sizes.idxmax(), "term"]) if known else ""
        out[f"apart_{when}"] = int((sizes > ALIKE).sum())
    out["alt"] = "alt" if data["smd_after"].notna().any() else "alt_before"
    return out


def _ordered(frame: pd.DataFrame) -> pd.DataFrame:
    data = canvas.rows_of(frame, "term", "smd_before", "smd_after")
    size = data["smd_before"].astype(float).abs()
    return data.assign(size=size).sort_values("size", ascending=False, kind="stable").reset_index(drop=True)
