"""Where did each group start, end, and stand later: a row per group, a mark per test, the gain in words."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from tne.report.figures import canvas
from tne.report.figures.canvas import COLOURS, COMPARISON, GRID, PAPER, TRAINED
from tne.report.figures.effects import forest_values
from tne.report.figures.learning import WAVES, group_name, pre_post_slope_values
from tne.report.voice import Voice

# wave -> colour, marker, whether filled, the same as a sign in the words above, place within the row
LOOKS = {
    "pre": (COMPARISON, "o", False, "○", -0.2),
    "post": (TRAINED, "o", True, "●", 0.0),
    "delayed": (COLOURS[2], "D", True, "◆", 0.2),
}


@canvas.styled
def gain_ladder(
    frame: pd.DataFrame,
    gains: pd.DataFrame | None = None,
    *,
    voice: Voice | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw each group's mean before (open), after (filled) and later (diamond) in one row, its gain beside it.

    Parameters
    ----------
    frame : DataFrame
        Columns group, wave (``"pre"``, ``"post"``, ``"delayed"``), estimate, conf_low, conf_high. Any number of
        groups, their order is kept; a mean without a number is left out.
    gains : DataFrame, optional
        Columns group, estimate, conf_low, conf_high: the gain of each group, written at the right. A group without a
        number gets a dash.
    title : str, optional
        What the x axis measures, with its unit, for example "Mean score, points of 20".
    voice : Voice, optional
        Language and locale; English without it.
    ax : Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    Axes
        One row per group, first on top.

    Raises
    ------
    KeyError, TypeError
        If `frame` lacks a column, or is no frame.

    Examples
    --------
    >>> frame = pd.DataFrame({"group": ["A", "A", "B", "B"], "wave": ["pre", "post"] * 2, "estimate": [10, 13, 11, 15]})
    >>> frame["conf_low"], frame["conf_high"] = frame["estimate"] - 1, frame["estimate"] + 1
    >>> ax = gain_ladder(frame, title="Mean score, points of 20")
    >>> ax.get_xlabel()
    'Mean score, points of 20 · 95% intervals'
    """
    data = canvas.rows_of(frame, "group", "wave", "estimate", "conf_low", "conf_high")
    groups = list(dict.fromkeys(data["group"]))
    data = canvas.shown(data)
    say = canvas.speaker(voice)
    names = canvas.row_names([group_name(say, group) for group in groups], 20)
    ax = canvas.paper(ax, height=max(1.9, canvas.height_of_rows(names), 0.5 * len(names) + 1.1))
    low, high = canvas.span(data)
    ax.set_xlim(low, high)
    ax.set_ylim(max(len(groups), 1) - 0.4, -0.6)
    canvas.number_ticks(ax.xaxis, say, low, high, n=4)
    ax.grid(axis="x", color=GRID, linewidth=0.8)
    ax.set_yticks(range(len(groups)), names)
    words = _gains(say, gains)
    for y, group in enumerate(groups):
        own = {row["wave"]: row for row in data[data["group"] == group].to_dict("records")}
        _row(ax, y, own)
        if words is not None:
            canvas.beside(ax, y, words.get(group, "–"))
    there = [wave for wave in WAVES if (data["wave"] == wave).any()]
    canvas.headline(ax, "   ".join(f"{LOOKS[wave][3]} {say.text(f'draw.wave_{wave}')}" for wave in there))
    canvas.foot(ax, f"{title or say.text('draw.score')} · {canvas.interval_name(say, data)}", 46)
    if words is not None and len(groups):
        # above the numbers; the shapes' names go one line up, for they may reach as far
        ax.set_title(ax.get_title(loc="left"), loc="left", fontsize=canvas.TEXT, color=canvas.QUIET, pad=26)
        ax.annotate(
            say.text("draw.gain_head"),
            (1.0, 1.0),
            xycoords="axes fraction",
            xytext=(10, 8),
            textcoords="offset points",
            color=canvas.QUIET,
            fontsize=canvas.TEXT,
        )
    return ax


def gain_ladder_values(frame: pd.DataFrame, gains: pd.DataFrame | None = None) -> dict[str, Any]:
    """Return the numbers that an alt text of `gain_ladder` needs: lowest and highest mean by wave, and gain.

    Parameters
    ----------
    frame : DataFrame
        As in `gain_ladder`.
    gains : DataFrame, optional
        As in `gain_ladder`.

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
    >>> frame["conf_low"], frame["conf_high"] = frame["estimate"] - 1, frame["estimate"] + 1
    >>> values = gain_ladder_values(frame)
    >>> values["pre_lowest"], values["post_highest"]
    (10.0, 15.0)
    """
    out = pre_post_slope_values(frame)
    out.pop("alt", None)
    if gains is None:
        return {**out, "alt": "alt_means"}
    of_gains = forest_values(gains, "group")
    # where gains that are not shown may lie is not known
    out["told"] = "told" if of_gains["rows"] > 1 and not of_gains.pop("hidden") else ""
    if of_gains["rows"] == 1:  # the means beside the one gain are those of its group
        own = frame[frame["group"].astype(str) == of_gains["highest"]]
        out |= {k: v for k, v in pre_post_slope_values(own).items() if k.startswith(WAVES)}
    return {**out, **{k: v for k, v in of_gains.items() if k != "hidden"}}


def _gains(say: Voice, gains: pd.DataFrame | None) -> dict[Any, str] | None:
    if gains is None:
        return None
    drawn = canvas.shown(canvas.rows_of(gains, "group", "estimate", "conf_low", "conf_high"))
    return {row["group"]: canvas.estimate_text(say, row, signed=True) for row in drawn.to_dict("records")}


def _row(ax: Axes, y: int, own: dict[str, dict[str, Any]]) -> None:
    known = [wave for wave in WAVES if wave in own]
    path = [(own[wave]["estimate"], y + LOOKS[wave][4]) for wave in known]
    ax.plot([x for x, _ in path], [height for _, height in path], color="#aab2bb", linewidth=1.4, zorder=1)
    for wave in known:
        colour, marker, filled, _, off = LOOKS[wave]
        low, high = canvas.limits(own[wave])
        if math.isfinite(low):
            ax.plot(
                [low, high], [y + off, y + off], color=colour, linewidth=1.8, solid_capstyle="butt", zorder=2
            )
        face = colour if filled else PAPER
        ax.plot(
            own[wave]["estimate"],
            y + off,
            marker=marker,
            ms=7,
            mfc=face,
            mec=colour,
            mew=1.5,
            ls="",
            zorder=3,
        )
