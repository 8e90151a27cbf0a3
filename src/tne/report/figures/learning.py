"""Figures of learning and reaction: means before and after, ratings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, cast

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from tne.report.figures import canvas
from tne.report.figures.canvas import COLOURS, GRID, MARKERS, PAPER, TRAINED
from tne.report.figures.spoken import Shown, told
from tne.report.rounding import decimals_for
from tne.report.voice import Voice

WAVES: tuple[str, ...] = ("pre", "post", "delayed")
MOST_GROUPS = len(COLOURS)


@canvas.styled
def pre_post_slope(
    frame: pd.DataFrame,
    *,
    voice: Voice | None = None,
    title: str | None = None,
    scale: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw group means before, after and later, with their intervals.

    Parameters
    ----------
    frame : DataFrame
        Columns group, wave (``"pre"``, ``"post"``, ``"delayed"``), estimate, conf_low, conf_high. At most six
        groups; a mean without a number is left out, and so is the line to it.
    title : str, optional
        What the y axis measures, with its unit, for example "Mean score, points of 20".
    scale : tuple of float, optional
        Lowest and highest possible score: the axis stays inside.
    voice : Voice, optional
        Language and locale; English without it.
    ax : Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    Axes
        One line per group, named at its right end.

    Raises
    ------
    KeyError, TypeError
        If `frame` lacks a column, or is no frame.
    ValueError
        For more than six groups: use `forest`.

    Examples
    --------
    >>> frame = pd.DataFrame({"group": ["A", "A", "B", "B"], "wave": ["pre", "post"] * 2, "estimate": [10, 13, 11, 15]})
    >>> frame = frame.assign(conf_low=frame["estimate"] - 1, conf_high=frame["estimate"] + 1)
    >>> ax = pre_post_slope(frame, title="Mean score, points of 20", scale=(0, 20))
    >>> [name.get_text() for name in ax.get_xticklabels()]
    ['before', 'after']
    """
    data = canvas.rows_of(frame, "group", "wave", "estimate", "conf_low", "conf_high")
    groups = list(dict.fromkeys(data["group"]))
    if len(groups) > MOST_GROUPS:
        raise ValueError(
            f"{len(groups)} groups cannot be told apart in one figure. Use `forest` for more than six."
        )
    say, ax = canvas.speaker(voice), canvas.paper(ax)
    data = canvas.shown(data)
    waves = [wave for wave in WAVES if (data["wave"] == wave).any()] or ["pre", "post"]
    low, high = canvas.span(data, pad=0.1)
    if scale is not None:
        low, high = (
            max(low, scale[0] - 0.02 * (scale[1] - scale[0])),
            min(high, scale[1] + 0.02 * (scale[1] - scale[0])),
        )
    ax.set_ylim(low, high)
    canvas.number_ticks(ax.yaxis, say, low, high)
    ax.grid(axis="y", color=GRID, linewidth=0.8)
    ends: list[tuple[float, float, str, str]] = []
    for i, group in enumerate(groups):
        own = data[data["group"] == group].set_index("wave")
        at = [
            (waves.index(w) + 0.05 * (i - (len(groups) - 1) / 2), own.loc[w]) for w in waves if w in own.index
        ]
        for (x0, a), (x1, b) in pairwise(at):
            ax.plot([x0, x1], [a["estimate"], b["estimate"]], color=COLOURS[i], linewidth=1.8, zorder=2)
        for x, row in at:
            lower, upper = canvas.limits(row)
            if math.isfinite(lower):
                ax.plot(
                    [x, x], [lower, upper], color=COLOURS[i], linewidth=1.8, solid_capstyle="butt", zorder=2
                )
            ax.plot(x, row["estimate"], marker=MARKERS[i], ms=8, mfc=COLOURS[i], mec=PAPER, ls="", zorder=3)
        if at:
            ends.append((at[-1][0], float(at[-1][1]["estimate"]), group_name(say, group), COLOURS[i]))
    right = label_ends(ax, ends, low, high) if len(groups) > 1 else 0.0
    ax.set_xlim(-0.3, len(waves) - 1 + 0.3 + right * len(waves))
    ax.set_xticks(range(len(waves)), [say.text(f"draw.wave_{wave}") for wave in waves])
    canvas.headline(ax, f"{title or say.text('draw.score')} · {canvas.interval_name(say, data)}")
    return ax


def pre_post_slope_values(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the numbers that an alt text of `pre_post_slope` needs: means of all groups by wave.

    Parameters
    ----------
    frame : DataFrame
        As in `pre_post_slope`.

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
    >>> frame = pd.DataFrame({"group": ["A", "A", "B", "B"], "wave": ["pre", "post"] * 2, "estimate": [10, 13, 11, 15]})
    >>> frame = frame.assign(conf_low=frame["estimate"] - 1, conf_high=frame["estimate"] + 1)
    >>> values = pre_post_slope_values(frame)
    >>> values["pre_lowest"], values["post_highest"]
    (10.0, 15.0)
    """
    data = canvas.shown(canvas.rows_of(frame, "group", "wave", "estimate", "conf_low", "conf_high"))
    out: dict[str, Any] = {"groups": int(data["group"].nunique()), "hidden": len(frame) - len(data)}
    out["alt"] = "alt_one" if out["groups"] == 1 else "alt"
    for wave in WAVES:
        own = data[data["wave"] == wave].astype({"estimate": float})
        for end, pick in (("lowest", "idxmin"), ("highest", "idxmax")):
            row = own.loc[getattr(own["estimate"], pick)()] if len(own) else None
            out[f"{wave}_{end}"] = told(row)
    means = {name: value for name, value in out.items() if isinstance(value, Shown)}
    # side by side they are as exact as the least exact of them
    least = min((mean.decimals for mean in means.values() if math.isfinite(mean)), default=1)
    out |= {name: Shown(mean, least) for name, mean in means.items()}
    return out


@canvas.styled
def survey_bars(
    frame: pd.DataFrame,
    *,
    voice: Voice | None = None,
    scale: tuple[float, float] = (1.0, 5.0),
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the mean rating of each question with its interval.

    Parameters
    ----------
    frame : DataFrame
        Columns construct (as the reader shall see it), estimate, conf_low, conf_high; n_people if there.
    scale : tuple of float
        Lowest and highest answer: the whole scale is drawn, so that small differences look small.
    title : str, optional
        What the x axis measures, with its unit.
    voice : Voice, optional
        Language and locale; English without it.
    ax : Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    Axes
        One row per question, on the whole scale.

    Raises
    ------
    KeyError, TypeError
        If `frame` lacks a column, or is no frame.

    Examples
    --------
    >>> frame = pd.DataFrame({"construct": ["relevance", "pace"], "estimate": [4.3, 3.6]})
    >>> frame = frame.assign(conf_low=frame["estimate"] - 0.2, conf_high=frame["estimate"] + 0.2)
    >>> ax = survey_bars(frame)
    >>> [name.get_text() for name in ax.get_yticklabels()]
    ['relevance', 'pace']
    """
    data = canvas.rows_of(frame, "construct", "estimate", "conf_low", "conf_high")
    say = canvas.speaker(voice)
    names = canvas.names_with_people(say, data, "construct")
    ax = canvas.paper(ax, height=canvas.height_of_rows(names))
    low, high = scale
    ax.set_xlim(low, high)
    ax.set_ylim(len(data) - 0.4, -0.6)
    ticks = np.arange(math.ceil(low), math.floor(high) + 1, max(1, round((high - low) / 5)))
    ax.set_xticks(ticks, [say.number(cast(float, t), 0) for t in ticks])
    ax.grid(axis="x", color=GRID, linewidth=0.8)
    ax.set_yticks(range(len(data)), names)
    for y, row in enumerate(data.to_dict("records")):
        text = "–"
        if math.isfinite(row["estimate"]):
            ax.barh(y, row["estimate"] - low, left=low, height=0.5, color="#bcd8cd", zorder=1)
            lower, upper = canvas.limits(row)
            if math.isfinite(lower):
                ax.plot([lower, upper], [y, y], color=TRAINED, linewidth=2.2, solid_capstyle="butt", zorder=2)
            ax.plot(row["estimate"], y, marker="o", ms=7.5, mfc=TRAINED, mec=TRAINED, ls="", zorder=3)
            text = _rating(say, row)
        canvas.beside(ax, y, text)
    words = title or say.text("draw.rating", low=say.number(low, 0), high=say.number(high, 0))
    canvas.foot(ax, f"{words} · {canvas.interval_name(say, canvas.shown(data))}", 46)
    return ax


def survey_bars_values(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the numbers that an alt text of `survey_bars` needs: best and worst rated question.

    Parameters
    ----------
    frame : DataFrame
        As in `survey_bars`.

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
    >>> frame = pd.DataFrame({"construct": ["relevance", "pace"], "estimate": [4.3, 3.6]})
    >>> frame = frame.assign(conf_low=frame["estimate"] - 0.2, conf_high=frame["estimate"] + 0.2)
    >>> values = survey_bars_values(frame)
    >>> values["highest"], values["highest_value"]
    ('relevance', 4.3)
    """
    data = canvas.shown(canvas.rows_of(frame, "construct", "estimate", "conf_low", "conf_high"))
    out: dict[str, Any] = {"rows": len(data), "hidden": len(frame) - len(data)}
    out["alt"] = "alt_one" if len(data) == 1 else "alt"
    # where others may lie is not known
    out["told"] = "told" if len(data) > 1 and not out["hidden"] else ""
    for end, pick in (("highest", "idxmax"), ("lowest", "idxmin")):
        row = data.loc[getattr(data["estimate"].astype(float), pick)()] if len(data) else None
        out[end] = "" if row is None else str(row["construct"])
        value = told(row)
        # as drawn: more than two decimals say nothing on a scale of a few points
        out[f"{end}_value"] = Shown(value, min(2, value.decimals))
    return out


def group_name(say: Voice, group: Any) -> str:
    """Return the reader's word for a group code such as "not_yet"; other names stand as they are."""
    key = f"draw.group_{group}"
    return say.text(key) if say.has(key) else str(group)


def label_ends(
    ax: Axes,
    ends: Sequence[tuple[float, float, str, str]],
    low: float,
    high: float,
    width: int = 16,
    lead: bool = False,
) -> float:
    """Write each line's name at its right end, apart from each other; return the room it takes (axes share).

    With `lead` a thin line joins a curve that ends earlier to its name.
    """
    if not ends:
        return 0.0
    # a name may bring a line of its own below it
    parts = [name.partition("\n") for _, _, name, _ in ends]
    broken = canvas.row_names([name for name, _, _ in parts], width)
    names = [name + line + own for name, (_, line, own) in zip(broken, parts, strict=True)]
    each = 0.09 if any(own for _, _, own in parts) else 0.07
    gap = (high - low) * (0.02 + each * max(name.count("\n") + 1 for name in names))
    heights = canvas.spread([y for _, y, _, _ in ends], gap, low + gap / 2, high - gap / 2)
    x = max(x for x, _, _, _ in ends)
    for (end, y, _, colour), name, height in zip(ends, names, heights, strict=True):
        if lead and end < x:
            ax.plot([end, x], [y, height], color="#aab2bb", linewidth=1.0, zorder=1)
        ax.annotate(
            name,
            (x, height),
            xytext=(9, 0),
            textcoords="offset points",
            va="center",
            ha="left",
            color=colour,
            fontsize=canvas.TEXT,
        )
    return 0.019 * max(len(line) for name in names for line in name.split("\n"))


def _rating(say: Voice, row: dict[str, Any]) -> str:
    """A rating and its interval in words; more than two decimals say nothing on a scale of a few points."""
    low, high = canvas.limits(row)
    decimals = max(0, min(2, decimals_for(row["estimate"], low, high)))
    value = say.number(row["estimate"], decimals)
    if not math.isfinite(low):
        return value
    return say.text("interval.full", value=value, interval=say.interval(low, high, decimals))
