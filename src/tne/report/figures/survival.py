"""How soon do people get there: the share that reached the target by week, by group."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from tne.report.disclosure import headcount
from tne.report.figures import canvas
from tne.report.figures.canvas import COLOURS, GRID, MARKERS, PAPER, QUIET
from tne.report.figures.learning import group_name, label_ends
from tne.report.figures.marks import nothing
from tne.report.figures.spoken import Shown
from tne.report.voice import Voice

# privacy: survival curves from 20 people, by the week, and no further than the threshold's number is still at risk
LEAST = 20
MOST_GROUPS = 4
SHAPES = dict(zip(MARKERS, "●■▲◆", strict=False))


@canvas.styled
def kaplan_meier(
    frame: pd.DataFrame, *, voice: Voice | None = None, title: str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the share of people who have reached the target by week, with bands and the numbers still on the way.

    Parameters
    ----------
    frame : DataFrame
        Columns group, time (weeks), estimate (Kaplan-Meier: the share that has not reached it, 0 to 1), conf_low,
        conf_high, n_at_risk (people just before that time). At most four groups.
    title : str, optional
        What the y axis measures, with its unit; "reached the target, %" without it.
    voice : Voice, optional
        Language and locale; English without it.
    ax : Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    Axes
        A group of fewer than 20 people has no curve. Curves join the values at full weeks by straight lines, so that
        no step shows a person, and end where fewer people than the threshold are on the way. Numbers below are
        rounded to 5.

    Raises
    ------
    KeyError, TypeError
        If `frame` lacks a column, or is no frame.
    ValueError
        For more than four groups.

    Examples
    --------
    >>> times = np.arange(1.0, 21.0)
    >>> frame = pd.DataFrame({"group": "Spring", "time": times, "estimate": 1 - times / 25, "n_at_risk": 41 - times})
    >>> frame = frame.assign(conf_low=frame["estimate"] - 0.1, conf_high=frame["estimate"] + 0.1)
    >>> ax = kaplan_meier(frame)
    >>> ax.get_ylabel()
    'Reached the target, % · 95% intervals'
    """
    say = canvas.speaker(voice)
    curves = weekly_curves(frame, say.min_n)
    if len(curves) > MOST_GROUPS:
        raise ValueError(f"{len(curves)} curves cannot be told apart. Give at most {MOST_GROUPS} groups.")
    ax = canvas.paper(ax, height=3.7 + 0.24 * len(curves))
    if not curves:
        return nothing(ax, say, LEAST)
    last = max(int(curve["week"].iloc[-1]) for curve in curves.values())
    ax.set_ylim(-2, 103)
    ends = []
    for (group, curve), colour, marker in zip(curves.items(), COLOURS, MARKERS, strict=False):
        x, y = curve["week"], 100 * curve["estimate"]
        ax.fill_between(
            x, 100 * curve["conf_low"], 100 * curve["conf_high"], color=colour, alpha=0.16, linewidth=0
        )
        ax.plot(
            x,
            y,
            color=colour,
            linewidth=2.0,
            marker=marker,
            ms=6.5,
            mec=PAPER,
            markevery=_step(last),
            zorder=3,
        )
        half = _half(curve)
        words = f"\n{say.text('draw.half_by', week=say.count(half))}" if math.isfinite(half) else ""
        ends.append((float(x.iloc[-1]), float(y.iloc[-1]), f"{group_name(say, group)}{words}", colour))
    # no further than the curves: names stand on the right of them
    ax.plot([0, last], [50, 50], color=QUIET, linewidth=1.0, linestyle=(0, (4, 3)), zorder=1)
    room = label_ends(ax, ends, 0, 100, width=18, lead=True)
    ax.set_xlim(-0.02 * last, last * (1 + 1.25 * room))
    ax.set_yticks([0, 25, 50, 75, 100], [say.number(t, 0) for t in (0, 25, 50, 75, 100)])
    weeks = list(range(0, last + 1, _step(last)))
    ax.set_xticks(weeks, [say.count(w) for w in weeks])
    ax.grid(axis="y", color=GRID, linewidth=0.8)
    _still(ax, say, curves, weeks)
    canvas.headline(ax, f"{title or say.text('draw.reached')} · {canvas.interval_name(say, frame)}")
    canvas.foot(ax, say.text("draw.weeks_from_start"))
    canvas.under(ax, say.text("draw.still", shapes=_shapes(curves)))
    ax.xaxis.labelpad = 8 + 18 * len(curves)
    return ax


def kaplan_meier_values(frame: pd.DataFrame, *, min_n: int = 10) -> dict[str, Any]:
    """Return the numbers that an alt text of `kaplan_meier` needs: the week by which half of each group was there.

    Parameters
    ----------
    frame : DataFrame
        As in `kaplan_meier`.
    min_n : int
        Fewest people on the way for which a value is drawn.

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
    >>> times = np.arange(1.0, 21.0)
    >>> frame = pd.DataFrame({"group": "Spring", "time": times, "estimate": 1 - times / 25, "n_at_risk": 41 - times})
    >>> frame = frame.assign(conf_low=frame["estimate"] - 0.1, conf_high=frame["estimate"] + 0.1)
    >>> values = kaplan_meier_values(frame)
    >>> values["soonest"], values["soonest_week"], values["last_week"]
    ('Spring', 13, 20)
    """
    curves = weekly_curves(frame, min_n)
    halves = {str(group): _half(curve) for group, curve in curves.items()}
    known = {group: week for group, week in halves.items() if math.isfinite(week)}
    out: dict[str, Any] = {"groups": len(curves), "hidden": int(frame["group"].nunique()) - len(curves)}
    # of groups that are as late as each other the last one: not the one that is named first
    for end, pick, order in (("soonest", min, list(known)), ("latest", max, list(known)[::-1])):
        group = pick(order, key=known.__getitem__) if known else ""
        out[end], out[f"{end}_week"] = group, known.get(group, math.nan)
    shares = {str(group): 100 * float(curve["estimate"].iloc[-1]) for group, curve in curves.items()}
    most = max(shares, key=shares.__getitem__) if shares else ""
    share = shares.get(most, math.nan)
    # less than half does not read as half
    decimals = next((d for d in range(3) if share < 50 and round(share, d) < 50), 0)
    out |= {"most": most, "most_share": Shown(share, decimals), "reached": len(known)}
    out["last_week"] = int(curves[most]["week"].iloc[-1]) if most else math.nan
    if not known:
        out["alt"] = "alt_open"
    elif len(curves) == 1:
        out["alt"] = "alt_one"
    elif len(known) < len(curves):
        out |= {"alt": "alt_some", "told": "told_some"}
    elif out["soonest_week"] == out["latest_week"]:
        out["told"] = "told_same"
    return out


def weekly_curves(frame: pd.DataFrame, min_n: int) -> dict[Any, pd.DataFrame]:
    """Return what may be drawn of each group: week, share that reached it with its band, people still on the way.

    Parameters
    ----------
    frame : DataFrame
        As in `kaplan_meier`.
    min_n : int
        Fewest people on the way for which a value is drawn.
    """
    data = canvas.rows_of(frame, "group", "time", "estimate", "conf_low", "conf_high", "n_at_risk")
    columns = ["time", "estimate", "conf_low", "conf_high", "n_at_risk"]
    data[columns] = data[columns].apply(pd.to_numeric, errors="coerce")
    out = {}
    for group, rows in canvas.shown(data).groupby("group", sort=False):
        own = rows.sort_values("time", kind="stable")
        if not own["n_at_risk"].max() >= LEAST:
            continue
        times, at_risk = own["time"].to_numpy(), own["n_at_risk"].to_numpy()
        weeks = np.arange(math.floor(times[-1]) + 1)
        ahead = np.searchsorted(times, weeks, side="left")
        waiting = np.where(ahead < len(times), at_risk[np.minimum(ahead, len(times) - 1)], 0)
        kept = waiting >= min_n
        kept[0] = True
        before = np.searchsorted(times, weeks, side="right") - 1
        # nobody has reached it before the first time
        left = {c: np.where(before >= 0, own[c].to_numpy()[np.maximum(before, 0)], 1.0) for c in columns[1:4]}
        curve = pd.DataFrame(
            {"week": weeks, "estimate": 1 - left["estimate"], "conf_low": 1 - left["conf_high"],
             "conf_high": 1 - left["conf_low"], "waiting": [headcount(n) for n in waiting]}
        )  # fmt: skip
        curve = curve[kept].reset_index(drop=True)
        if len(curve) > 1:
            out[group] = curve
    return out


def _half(curve: pd.DataFrame) -> float:
    """Return the first full week by which half have reached it, as int; NaN where the curve ends before."""
    there = curve.loc[curve["estimate"] >= 0.5, "week"]
    return int(there.iloc[0]) if len(there) else math.nan


def _step(last: int) -> int:
    return next(step for step in (1, 2, 4, 8, 13, 26, 52, 104, 10**6) if last / step <= 9)


def _shapes(curves: dict[Any, pd.DataFrame]) -> str:
    return " ".join(list(SHAPES.values())[: len(curves)])


def _still(ax: Axes, say: Voice, curves: dict[Any, pd.DataFrame], weeks: list[int]) -> None:
    """Write the people still on the way below the axis, a row per group, headed by its shape."""
    for i, (curve, colour, shape) in enumerate(zip(curves.values(), COLOURS, SHAPES.values(), strict=False)):
        numbers = dict(zip(curve["week"], curve["waiting"], strict=True))
        below: dict[str, Any] = {
            "xycoords": ("data", "axes fraction"),
            "textcoords": "offset points",
            "va": "top",
            "color": colour,
        }
        down = -(24 + 18 * i)
        for week in weeks:
            if week in numbers:
                ax.annotate(say.count(numbers[week]), (week, 0), xytext=(0, down), ha="center", **below)
        ax.annotate(shape, (weeks[0], 0), xytext=(-26, down), ha="center", **below)
