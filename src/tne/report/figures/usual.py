"""The usual range of periods, and the numbers of those that lie furthest from their centre."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from tne.report.figures import canvas
from tne.report.figures.canvas import PAPER, QUIET
from tne.report.voice import Voice

MOST_NAMED = 5


def usual_range(ax: Axes, data: pd.DataFrame, x: np.ndarray, half: float) -> np.ndarray:
    """Draw the usual range as steps as wide as a period, since it moves along; return where the steps begin and end.

    Parameters
    ----------
    data : DataFrame
        lower, upper; NaN leaves a gap.
    x : ndarray
        Places of the periods.
    half : float
        Half the width of a period.
    """
    edges = np.ravel(np.column_stack([x - half, x + half]))
    lower, upper = (np.repeat(data[c].to_numpy(dtype=float), 2) for c in ("lower", "upper"))
    ax.fill_between(edges, lower, upper, where=np.isfinite(lower), color="#e9eef0", linewidth=0, zorder=0)
    for edge in (lower, upper):
        ax.plot(edges, edge, color=QUIET, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    return edges


def distance(rows: pd.DataFrame) -> pd.Series:
    """Return how far each period lies from its centre, in widths of its usual range."""
    width = (rows["upper"] - rows["lower"]).where(lambda w: w > 0, 1.0)
    return (rows["estimate"] - rows["centre"]).abs() / width


def number_furthest(
    ax: Axes, say: Voice, data: pd.DataFrame, x: np.ndarray, *, decimals: int, colour: Callable[[str], str]
) -> None:
    """Write the numbers of the periods that signal and lie furthest off, where there is room.

    Parameters
    ----------
    data : DataFrame
        estimate, centre, lower, upper, signal ("" for none), indexed from 0; the limits of the axes are set.
    x : ndarray
        Places of the periods.
    colour : callable
        From the signal to the colour of its mark.
    """
    marked = data.loc[data["signal"].ne("") & data["estimate"].notna()]
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    near = 0.09 * (right - left)
    placed: list[tuple[float, float]] = []
    furthest = marked.assign(x=x[marked.index], distance=distance(marked))
    for row in furthest.sort_values("distance", ascending=False, kind="stable").to_dict("records"):
        y, up = row["estimate"], row["estimate"] >= row["centre"]
        taken = any(abs(row["x"] - a) < near and abs(y - b) < 0.12 * (high - low) for a, b in placed)
        # a number does not cover the marks that lie further out beside it
        beside = data.loc[(np.abs(x - row["x"]) < 0.5 * near) & (x != row["x"]), "estimate"]
        taken = taken or bool((beside > y).any() if up else (beside < y).any())
        if taken or len(placed) == MOST_NAMED:
            continue
        placed.append((row["x"], y))
        ax.annotate(
            say.number(y, decimals),
            (row["x"], y),
            xytext=(0, 8 if up else -8),
            textcoords="offset points",
            ha="center",
            va="bottom" if up else "top",
            color=colour(row["signal"]),
            fontsize=canvas.TEXT,
            fontweight="bold",
            bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.6, "alpha": 0.85},
            zorder=5,
        )
