"""How do new people improve: accuracy by weeks since hire, as measured and as a fitted ramp."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from tne.report.figures import canvas
from tne.report.figures.canvas import COLOURS, GRID, INK, MARKERS, PAPER, QUIET
from tne.report.figures.learning import group_name, label_ends
from tne.report.figures.marks import nothing
from tne.report.figures.spoken import told
from tne.report.voice import Voice

MOST_GROUPS = 4


@canvas.styled
def learning_ramp(
    frame: pd.DataFrame,
    points: pd.DataFrame | None = None,
    *,
    voice: Voice | None = None,
    target: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw fitted ramps with ribbons, measured means with intervals, and the target as a dashed line.

    Parameters
    ----------
    frame : DataFrame
        Columns group, tenure (weeks), estimate, conf_low, conf_high (per cent); at most four groups. It may be empty.
    points : DataFrame, optional
        Columns tenure, estimate, conf_low, conf_high: means of all groups. Rows without a number are not drawn.
    target : float, optional
        Per cent that proficiency asks for.
    voice : Voice, optional
        Language and locale; English without it.
    ax : Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    Axes
        Weeks since hire on the x axis, per cent on the y axis.

    Raises
    ------
    KeyError, TypeError
        If `frame` lacks a column, or is no frame.
    ValueError
        For more than four groups.

    Examples
    --------
    >>> frame = pd.DataFrame({"group": "Spring", "tenure": [0, 6, 12], "estimate": [74.0, 84.0, 88.0]})
    >>> frame = frame.assign(conf_low=frame["estimate"] - 2, conf_high=frame["estimate"] + 2)
    >>> ax = learning_ramp(frame, target=85.0)
    >>> ax.get_ylabel()
    'Decisions found right, % · 95% intervals'
    """
    data = canvas.shown(canvas.rows_of(frame, "group", "tenure", "estimate", "conf_low", "conf_high"))
    columns = ("tenure", "estimate", "conf_low", "conf_high")
    dots = (
        pd.DataFrame(columns=list(columns))
        if points is None
        else canvas.shown(canvas.rows_of(points, *columns))
    )
    groups = list(dict.fromkeys(data["group"]))
    if len(groups) > MOST_GROUPS:
        raise ValueError(f"{len(groups)} ramps cannot be told apart. Give at most {MOST_GROUPS} groups.")
    say, ax = canvas.speaker(voice), canvas.paper(ax)
    drawn = (
        pd.concat([part[list(columns)] for part in (data, dots) if len(part)])
        if len(data) + len(dots)
        else dots
    )
    if not len(drawn):
        return nothing(ax, say)
    low, high = canvas.span(drawn, include=() if target is None else (target,))
    high = min(high, 102.0) if drawn["conf_high"].max() <= 100 else high
    ax.set_ylim(low, high)
    last, ends = float(drawn["tenure"].astype(float).max()), []
    for group, colour, marker in zip(groups, COLOURS, MARKERS, strict=False):
        own = data[data["group"] == group].sort_values("tenure")
        x = own["tenure"].astype(float)
        ax.fill_between(
            x,
            own["conf_low"].astype(float),
            own["conf_high"].astype(float),
            color=colour,
            alpha=0.16,
            linewidth=0,
        )
        every = max(1, len(own) // 6)
        ax.plot(
            x,
            own["estimate"],
            color=colour,
            lw=2.0,
            marker=marker,
            ms=6,
            mec=PAPER,
            markevery=every,
            zorder=3,
        )
        ends.append((float(x.iloc[-1]), float(own["estimate"].iloc[-1]), group_name(say, group), colour))
    for row in dots.to_dict("records"):
        lower, upper = canvas.limits(row)
        if math.isfinite(lower):
            ax.plot([row["tenure"]] * 2, [lower, upper], color=QUIET, linewidth=1.8, zorder=2)
        ax.plot(
            row["tenure"], row["estimate"], marker="o", ms=7, mfc=PAPER, mec=INK, mew=1.5, ls="", zorder=4
        )
    room = label_ends(ax, ends, low, high, width=18, lead=True) if len(groups) > 1 else 0.0
    ax.set_xlim(-0.02 * last - 0.2, last * (1.03 + 1.25 * room))
    if target is not None:
        _target(ax, say, target, last)
    weeks = list(range(0, int(last) + 1, next(s for s in (1, 2, 4, 8, 13, 26, 52, 10**6) if last / s <= 9)))
    ax.set_xticks(weeks, [say.count(w) for w in weeks])
    canvas.number_ticks(ax.yaxis, say, low, high)
    ax.grid(axis="y", color=GRID, linewidth=0.8)
    canvas.headline(ax, f"{say.text('draw.accuracy')} · {canvas.interval_name(say, drawn)}")
    canvas.foot(ax, say.text("draw.weeks_since_hire"))
    if len(dots) and len(data):
        canvas.under(ax, say.text("draw.measured_fitted"))
    return ax


def learning_ramp_values(
    frame: pd.DataFrame, points: pd.DataFrame | None = None, target: float = math.nan
) -> dict[str, Any]:
    """Return the numbers that an alt text of `learning_ramp` needs: first and last value, and how many ramps.

    Parameters
    ----------
    frame : DataFrame
        As in `learning_ramp`.
    points : DataFrame, optional
        As in `learning_ramp`.
    target : float
        Per cent that proficiency asks for; NaN without one.

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
    >>> frame = pd.DataFrame({"group": "Spring", "tenure": [0, 6, 12], "estimate": [74.0, 84.0, 88.0]})
    >>> frame = frame.assign(conf_low=frame["estimate"] - 2, conf_high=frame["estimate"] + 2)
    >>> values = learning_ramp_values(frame, target=85.0)
    >>> values["from"], values["first"], values["to"], values["last"]
    (0, 74.0, 12, 88.0)
    """
    data = canvas.shown(canvas.rows_of(frame, "group", "tenure", "estimate", "conf_low", "conf_high"))
    dots = data.iloc[:0] if points is None else canvas.shown(points)
    own = dots if len(dots) else data
    own = own.sort_values("tenure", kind="stable")
    first, last = (own.iloc[0], own.iloc[-1]) if len(own) else (None, None)
    week = {
        name: math.nan if row is None else int(row["tenure"]) for name, row in (("from", first), ("to", last))
    }
    out: dict[str, Any] = {"groups": int(data["group"].nunique()), "hidden": 0, **week}
    out |= {
        "first": told(first),
        "last": told(last),
        "low": told(last, "conf_low"),
        "high": told(last, "conf_high"),
    }
    out["target"] = float(target)
    out["alt"] = "alt" if out["groups"] <= 1 or len(dots) else "alt_waves"
    out["told"] = "told" if len(own) > 1 and out["alt"] == "alt" else ""
    return out


def _target(ax: Axes, say: Voice, target: float, last: float) -> None:
    ax.plot([0, last], [target, target], color=QUIET, linewidth=1.2, linestyle=(0, (4, 3)), zorder=1)
    ax.annotate(
        say.text("draw.target", value=say.number(target, 0 if float(target).is_integer() else 1)),
        (0.0, target),
        xycoords=("axes fraction", "data"),
        xytext=(4, 3),
        textcoords="offset points",
        va="bottom",
        color=QUIET,
        fontsize=canvas.TEXT,
        bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.8, "alpha": 0.8},
    )
