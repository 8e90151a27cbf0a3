"""Figures of who was reached and what remains: the coverage funnel and the errors by policy area."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from tne.report.disclosure import ABOVE_EDGE, BELOW_EDGE, EDGE
from tne.report.figures import canvas
from tne.report.figures.canvas import INK, PAPER, QUIET, TRAINED
from tne.report.figures.marks import nothing
from tne.report.figures.spoken import Code, Shown
from tne.report.voice import Voice

STAGES: tuple[str, ...] = ("assigned", "attended", "completed")


@canvas.styled
def coverage_funnel(frame: pd.DataFrame, *, voice: Voice | None = None, ax: Axes | None = None) -> Axes:
    """Draw how many people were assigned, attended and finished.

    Parameters
    ----------
    frame : DataFrame
        Columns stage (``"assigned"``, ``"attended"``, ``"completed"``, or words), n_people (rounded to 5). A stage
        without a number keeps its name and gets a dash.
    voice : Voice, optional
        Language and locale; English without it.
    ax : Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    Axes
        One bar per stage, first on top.

    Raises
    ------
    KeyError, TypeError
        If `frame` lacks a column, or is no frame.

    Examples
    --------
    >>> frame = pd.DataFrame({"stage": ["assigned", "attended", "completed"], "n_people": [170, 150, 140]})
    >>> ax = coverage_funnel(frame)
    >>> [name.get_text() for name in ax.get_yticklabels()]
    ['assigned', 'attended', 'finished']
    """
    data = canvas.rows_of(frame, "stage", "n_people")
    say = canvas.speaker(voice)
    ax = canvas.paper(ax, height=max(1.6, 0.46 * len(data) + 0.75))
    counts = pd.to_numeric(data["n_people"], errors="coerce").to_numpy(dtype=float)
    top = float(np.nanmax(counts)) if np.isfinite(counts).any() else 1.0
    top = top or 1.0
    ax.set_xlim(0, top)
    ax.set_ylim(len(data) - 0.4, -0.6)
    names = [say.text(f"draw.stage_{s}") if say.has(f"draw.stage_{s}") else str(s) for s in data["stage"]]
    ax.set_yticks(range(len(data)), [canvas.wrap(name, 20) for name in names])
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    for y, n in enumerate(counts):
        text = "–"
        if math.isfinite(n):
            ax.barh(y, n, height=0.62, color=TRAINED, alpha=1.0 - 0.22 * min(y, 3), zorder=2)
            text = say.count(n) + (_share(say, n / counts[0]) if y and counts[0] > 0 else "")
        ax.annotate(
            text,
            (n if math.isfinite(n) else 0.0, y),
            xytext=(7, 0),
            textcoords="offset points",
            va="center",
            color=INK,
            fontsize=canvas.TEXT,
            annotation_clip=False,
        )
    canvas.foot(ax, say.text("draw.people_axis"))
    return ax


def coverage_funnel_values(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the numbers that an alt text of `coverage_funnel` needs: people by stage, share that finished.

    Parameters
    ----------
    frame : DataFrame
        As in `coverage_funnel`.

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
    >>> frame = pd.DataFrame({"stage": ["assigned", "attended", "completed"], "n_people": [170, 150, 140]})
    >>> values = coverage_funnel_values(frame)
    >>> values["completed"], round(values["share"], 2)
    (140, 0.82)
    """
    data = canvas.rows_of(frame, "stage", "n_people")
    counts = {str(s): canvas.whole(n) for s, n in zip(data["stage"], data["n_people"], strict=True)}
    first, last = (next(iter(counts.values())), list(counts.values())[-1]) if counts else (math.nan, math.nan)
    return {**counts, "share": last / first if first else math.nan}


@canvas.styled
def policy_error_heatmap(
    frame: pd.DataFrame,
    *,
    voice: Voice | None = None,
    area: str = "policy_area",
    kind: str = "error_type",
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the share of wrong decisions by policy area and kind of error.

    Parameters
    ----------
    frame : DataFrame
        Columns `area`, `kind`, estimate; unit ``"share"`` where the numbers are 0 to 1, else they are per cent;
        note. One row per cell, order kept; hidden cells are hatched with a dash.
    area, kind : str
        Columns of the rows and of the columns.
    title : str, optional
        What a cell measures, with its unit.
    voice : Voice, optional
        Language and locale; English without it.
    ax : Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    Axes
        Rows are areas, columns kinds of error.

    Raises
    ------
    KeyError, TypeError
        If `frame` lacks a column, or is no frame.
    ValueError
        If a cell occurs twice.

    Examples
    --------
    >>> kinds = ["technical"] * 2 + ["wrong_policy"] * 2
    >>> frame = pd.DataFrame({"policy_area": ["spam", "hate"] * 2, "error_type": kinds})
    >>> frame["estimate"] = [1.0, 2.0, 4.0, 8.0]
    >>> ax = policy_error_heatmap(frame)
    >>> [name.get_text() for name in ax.get_yticklabels()]
    ['spam', 'hate']
    """
    data = canvas.rows_of(frame, area, kind, "estimate")
    if data.duplicated([area, kind]).any():
        raise ValueError(f"The heatmap has a cell of {area} × {kind} twice. Give one row per cell.")
    say = canvas.speaker(voice)
    if not len(data):
        return nothing(canvas.paper(ax, height=2.0), say)
    rows, columns = list(dict.fromkeys(data[area])), list(dict.fromkeys(data[kind]))
    factor = 100.0 if (data.get("unit", pd.Series(dtype=object)).astype(str) == "share").any() else 1.0
    cells = data.assign(note=data.get("note", "")).set_index([area, kind])
    grid = pd.MultiIndex.from_product([rows, columns])
    shape = (len(rows), len(columns))
    values = cells["estimate"].astype(float).mul(factor).reindex(grid).to_numpy().reshape(shape)
    notes = cells["note"].reindex(grid).fillna("").to_numpy().reshape(shape)
    ax = canvas.paper(ax, height=max(2.0, 0.46 * len(rows) + 1.05))
    top = float(np.nanmax(values)) if np.isfinite(values).any() else 1.0
    cmap = sns.light_palette(TRAINED, as_cmap=True)
    decimals = 0 if top >= 20 else 1
    sns.heatmap(
        values,
        ax=ax,
        cmap=cmap,
        vmin=0,
        vmax=top or 1.0,
        mask=np.isnan(values),
        cbar=False,
        linewidths=2,
        linecolor=PAPER,
        xticklabels=[canvas.wrap(_kind_name(say, k), 12) for k in columns],
        yticklabels=[canvas.wrap(str(r).replace("_", " "), 20) for r in rows],
    )
    for y in range(len(rows)):
        for x in range(len(columns)):
            _cell(ax, say, x, y, values[y, x], notes[y, x], decimals, cmap(values[y, x] / (top or 1.0)))
    ax.tick_params(axis="y", rotation=0)
    ax.tick_params(axis="x", rotation=0, top=True, labeltop=True, bottom=False, labelbottom=False, length=0)
    ax.set_ylabel("")
    ax.spines["bottom"].set_visible(False)
    hidden = np.isnan(values) & ~np.isin(notes, [BELOW_EDGE, ABOVE_EDGE])
    canvas.foot(ax, title or say.text("draw.errors"))
    if hidden.any():
        canvas.under(ax, say.text("draw.hidden", min_n=say.min_n))
    return ax


def policy_error_heatmap_values(
    frame: pd.DataFrame, *, area: str = "policy_area", kind: str = "error_type"
) -> dict[str, Any]:
    """Return the numbers that an alt text of `policy_error_heatmap` needs: the largest cell, hidden cells.

    Parameters
    ----------
    frame : DataFrame
        As in `policy_error_heatmap`.
    area, kind : str
        Columns of the rows and of the columns.

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
    >>> kinds = ["technical"] * 2 + ["wrong_policy"] * 2
    >>> frame = pd.DataFrame({"policy_area": ["spam", "hate"] * 2, "error_type": kinds})
    >>> frame["estimate"] = [1.0, 2.0, 4.0, 8.0]
    >>> values = policy_error_heatmap_values(frame)
    >>> values["highest_area"], values["highest_kind"], values["highest"]
    ('hate', 'wrong_policy', 8.0)
    """
    data = canvas.rows_of(frame, area, kind, "estimate")
    drawn = canvas.shown(data)
    worst = drawn.loc[drawn["estimate"].idxmax()] if len(drawn) else None
    notes = data["note"] if "note" in data.columns else pd.Series("", index=data.index)
    edge, out_of_sight = notes.eq(ABOVE_EDGE), data.loc[notes.isin([BELOW_EDGE, ABOVE_EDGE])]
    if edge.any():  # more than any number that is drawn
        worst = data.loc[edge.idxmax()]
    return {
        "areas": int(data[area].nunique()),
        "kinds": int(data[kind].nunique()),
        "hidden": len(data) - len(drawn) - int(out_of_sight["estimate"].isna().sum()),
        "highest": f">{100 - round(100 * EDGE)}" if edge.any() else _highest(worst),
        "highest_area": "" if worst is None else str(worst[area]).replace("_", " "),
        "highest_kind": Code("" if worst is None else worst[kind], "error"),
    }


def _share(say: Voice, share: float) -> str:
    """Write a share of people; of nearly all and nearly none only that (they are parts of rounded headcounts)."""
    if share > 1 - EDGE:
        return f" · > {say.percent(1 - EDGE)}"
    return f" · < {say.percent(EDGE)}" if share < EDGE else f" · {say.percent(share)}"


def _highest(row: pd.Series | None) -> Shown:
    if row is None:
        return Shown(math.nan)
    factor = 100.0 if str(row.get("unit")) == "share" else 1.0
    value = factor * float(row["estimate"])
    return Shown(value, 0 if value >= 20 else 1)


def _cell(ax: Axes, say: Voice, x: int, y: int, value: float, note: str, decimals: int, fill: Any) -> None:
    colour = INK
    if math.isfinite(value):
        text = say.number(value, decimals)
        colour = canvas.written_on(fill[:3])
    elif note in (BELOW_EDGE, ABOVE_EDGE):
        text = ("<" if note == BELOW_EDGE else ">") + say.number(5 if note == BELOW_EDGE else 95, 0)
    else:
        text, colour = "–", QUIET
        ax.add_patch(Rectangle((x, y), 1, 1, fill=False, hatch="////", edgecolor="#c4cad1", linewidth=0))
    box = {"facecolor": PAPER, "edgecolor": "none", "pad": 1.5} if text == "–" else None
    ax.text(x + 0.5, y + 0.5, text, ha="center", va="center", color=colour, fontsize=canvas.TEXT, bbox=box)


def _kind_name(say: Voice, kind: Any) -> str:
    key = f"draw.error_{kind}"
    return say.text(key) if say.has(key) else str(kind).replace("_", " ")
