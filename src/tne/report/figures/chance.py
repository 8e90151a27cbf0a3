"""Which effects differ by more than chance: each against its standard error, around the mean of all."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from tne.report.figures import canvas
from tne.report.figures.canvas import COLOURS, GRID, PAPER, QUIET, TRAINED
from tne.report.figures.spoken import Shown, told
from tne.report.rounding import as_float, decimals_for
from tne.report.voice import Voice

MOST_NAMES, NAME = 8, 18  # names, characters of each


@canvas.styled
def funnel(
    frame: pd.DataFrame,
    label: str,
    *,
    mean: float,
    voice: Voice | None = None,
    title: str | None = None,
    conf_level: float = 0.95,
    ax: Axes | None = None,
) -> Axes:
    """Draw effects by their precision; those outside the funnel of chance have their name.

    Parameters
    ----------
    frame : DataFrame
        Columns `label`, estimate, std_error, conf_low, conf_high; shrunken if there (the estimate drawn towards the
        mean: a ring). Rows without a number are not drawn.
    label : str
        Column of the names.
    mean : float
        Pooled mean around which the funnel stands, from the same analysis as the shrunken estimates.
    title : str, optional
        What the x axis measures, with its unit; points of accuracy without it.
    conf_level : float
        Share of effects that the funnel holds if all were the mean.
    voice : Voice, optional
        Language and locale; English without it.
    ax : Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    Axes
        Precise effects on top. At most eight names; the note says how many more lie outside.

    Raises
    ------
    KeyError, TypeError
        If `frame` lacks a column, or is no frame.

    Examples
    --------
    >>> frame = pd.DataFrame({"market": ["DE", "ES", "IE"], "estimate": [1.5, 3.0, 0.9], "std_error": [0.3, 0.4, 0.9]})
    >>> frame["conf_low"], frame["conf_high"] = frame["estimate"] - 1, frame["estimate"] + 1
    >>> ax = funnel(frame, "market", mean=1.6)
    >>> [text.get_text() for text in ax.texts]
    ['ES']
    """
    data = _placed(frame, label, mean, conf_level)
    say, ax = canvas.speaker(voice), canvas.paper(ax, height=4.2)
    z = NormalDist().inv_cdf(0.5 + conf_level / 2)
    deep = 1.08 * float(data["std_error"].max()) if len(data) else 1.0
    known = [mean] if math.isfinite(mean) else []
    edges = [mean - z * deep, mean + z * deep] if known else []
    low, high = canvas.span(data, include=[*known, *edges], pad=0.02)
    out = data[data["outside"]]
    # room for names beside their marks
    longest = max((len(canvas.wrap(name, NAME, 1)) for name in out[label]), default=0)
    room = 0.028 * longest * (high - low)
    left = out[out["estimate"] < mean].apply(lambda row: min(row["conf_low"], row["estimate"]), axis=1)
    right = out[out["estimate"] > mean].apply(lambda row: max(row["conf_high"], row["estimate"]), axis=1)
    low = min([low, *(left - room)])
    high = max([high, *(right + room)])
    ax.set_xlim(low, high)
    ax.set_ylim(deep, -0.04 * deep)
    canvas.number_ticks(ax.xaxis, say, low, high, signed=True)
    canvas.number_ticks(ax.yaxis, say, 0, deep, n=4)
    ax.grid(axis="y", color=GRID, linewidth=0.8)
    if known:
        ax.fill(
            [mean - z * deep, mean, mean + z * deep], [deep, 0, deep], color="#e9eef0", linewidth=0, zorder=0
        )
        ax.plot([mean, mean], [0, deep], color=QUIET, linewidth=1.4, zorder=1)
        for side in (-1, 1):
            ax.plot(
                [mean, mean + side * z * deep],
                [0, deep],
                color=QUIET,
                linewidth=1.0,
                ls=(0, (4, 3)),
                zorder=1,
            )
    for row in data.to_dict("records"):
        _mark(ax, row)
    unnamed = _name_outside(ax, say, out, label, mean, deep)
    canvas.headline(ax, say.text("draw.standard_error_axis"))
    words = [title or say.text("draw.change_points"), canvas.interval_name(say, data)]
    canvas.foot(ax, " · ".join(words), 56)
    below = [say.text("draw.outside_funnel", level=say.percent(conf_level))] if len(data) else []
    if "shrunken" in data and data["shrunken"].notna().any():
        below.append(f"○ {say.text('draw.kind_shrunken')}")
    if unnamed:
        below.append(say.text("draw.more_outside", n=unnamed))
    if below:
        canvas.under(ax, "   ".join(below))
    return ax


def funnel_values(
    frame: pd.DataFrame, label: str, *, mean: float, conf_level: float = 0.95
) -> dict[str, Any]:
    """Return the numbers that an alt text of `funnel` needs: the mean, how many lie outside, the furthest of them.

    Parameters
    ----------
    frame : DataFrame
        As in `funnel`.
    label : str
        Column of the names.
    mean : float
    conf_level : float

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
    >>> frame = pd.DataFrame({"market": ["DE", "ES", "IE"], "estimate": [1.5, 3.0, 0.9], "std_error": [0.3, 0.4, 0.9]})
    >>> frame["conf_low"], frame["conf_high"] = frame["estimate"] - 1, frame["estimate"] + 1
    >>> values = funnel_values(frame, "market", mean=1.6)
    >>> values["outside"], values["furthest"], values["value"]
    (1, 'ES', 3.0)
    """
    data = _placed(frame, label, mean, conf_level)
    outside = data[data["outside"]]
    furthest = (outside if len(outside) else data).sort_values("distance", ascending=False, kind="stable")
    row = furthest.iloc[0].to_dict() if len(furthest) else None
    decimals = 1 if row is None else decimals_for(row["estimate"], row["conf_low"], row["conf_high"])
    return {
        "alt": "alt" if len(outside) else "alt_inside",
        "rows": len(data),
        "hidden": len(frame) - len(data),
        "outside": len(outside) if len(data) and math.isfinite(as_float(mean)) else math.nan,
        "mean": Shown(mean, decimals),
        "furthest": "" if row is None else str(row[label]),
        "value": told(row),
        "low": told(row, "conf_low"),
        "high": told(row, "conf_high"),
    }


def _placed(frame: pd.DataFrame, label: str, mean: float, conf_level: float) -> pd.DataFrame:
    """Return the drawn rows with their distance from the mean in standard errors."""
    data = canvas.shown(canvas.rows_of(frame, label, "estimate", "std_error", "conf_low", "conf_high"))
    errors = pd.to_numeric(data["std_error"], errors="coerce")
    data = data[errors > 0].assign(std_error=errors).reset_index(drop=True)
    distance = (data["estimate"].astype(float) - as_float(mean)).abs() / data["std_error"]
    return data.assign(distance=distance, outside=distance > NormalDist().inv_cdf(0.5 + conf_level / 2))


def _mark(ax: Axes, row: dict[str, Any]) -> None:
    """Draw an effect: a circle within the funnel, a diamond outside; its interval and its shrunken value."""
    outside = bool(row["outside"])
    colour = COLOURS[1] if outside else TRAINED
    low, high = canvas.limits(row)
    y = row["std_error"]
    look: dict[str, Any] = {"mfc": colour, "mec": PAPER, "ls": ""}
    if math.isfinite(low):
        ax.plot(
            [low, high], [y, y], color=colour, linewidth=1.6 if outside else 0.8, alpha=1 if outside else 0.45
        )
    if math.isfinite(as_float(row.get("shrunken"))):
        ax.plot(row["shrunken"], y, marker="o", ms=6, mfc=PAPER, mec=colour, mew=1.2, ls="", zorder=3)
    ax.plot(row["estimate"], y, marker="D" if outside else "o", ms=8.5 if outside else 6.5, zorder=4, **look)


def _name_outside(ax: Axes, say: Voice, out: pd.DataFrame, label: str, mean: float, deep: float) -> int:
    """Write the names of the furthest, outwards and apart from each other; return how many have none."""
    named = out.sort_values("distance", ascending=False, kind="stable").head(MOST_NAMES)
    for side, own in ((-1, named[named["estimate"] < mean]), (1, named[named["estimate"] >= mean])):
        if not len(own):
            continue
        heights = canvas.spread(own["std_error"].to_list(), 0.075 * deep, 0.0, deep)
        for row, height in zip(own.to_dict("records"), heights, strict=True):
            tips = [v for v in (*canvas.limits(row), row["estimate"]) if math.isfinite(v)]
            ax.annotate(
                canvas.wrap(row[label], NAME, 1),
                (max(tips) if side > 0 else min(tips), height),
                xytext=(side * 8, 0),
                textcoords="offset points",
                ha="left" if side > 0 else "right",
                va="center",
                color=COLOURS[1],
                fontsize=canvas.TEXT,
                fontweight="bold",
            )
    return len(out) - len(named)
