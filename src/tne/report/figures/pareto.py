"""Which few causes make up most of the errors: bars in order, and what they come to together."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from tne.report.figures import canvas
from tne.report.figures.canvas import GRID, INK, PAPER, TRAINED
from tne.report.figures.marks import nothing
from tne.report.figures.spoken import Code, Shown, told
from tne.report.rounding import decimals_for
from tne.report.voice import Voice

MOST = 80.0  # per cent: the causes that come to it are counted


@canvas.styled
def root_cause_pareto(
    frame: pd.DataFrame,
    *,
    voice: Voice | None = None,
    cause: str = "root_cause",
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the share of errors by cause, the largest on top, and the line of what they come to together.

    Parameters
    ----------
    frame : DataFrame
        Columns `cause` (a code or a name), estimate, conf_low, conf_high; unit ``"share"`` where the numbers are 0
        to 1, else they are per cent. One row per cause. A cause without a number keeps its name and gets a dash at
        the bottom.
    cause : str
        Column of the causes.
    title : str, optional
        What a bar measures, with its unit.
    voice : Voice, optional
        Language and locale; English without it.
    ax : Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    Axes
        The line adds up the causes that are drawn; it ends below 100 where some are hidden or not listed.

    Raises
    ------
    KeyError, TypeError
        If `frame` lacks a column, or is no frame.
    ValueError
        If a cause occurs twice.

    Examples
    --------
    >>> frame = pd.DataFrame({"root_cause": ["tool", "knowledge"], "estimate": [0.2, 0.6], "unit": "share"})
    >>> frame = frame.assign(conf_low=frame["estimate"] - 0.1, conf_high=frame["estimate"] + 0.1)
    >>> ax = root_cause_pareto(frame)
    >>> [name.get_text() for name in ax.get_yticklabels()]
    ['policy not known', 'tool']
    """
    data = _ordered(frame, cause)
    say = canvas.speaker(voice)
    if not len(data):
        return nothing(canvas.paper(ax, height=2.0), say)
    names = canvas.row_names([_name(say, code) for code in data[cause]], 20)
    ax = canvas.paper(ax, height=canvas.height_of_rows([*names, ""]))
    ax.set_xlim(0, 103)
    ax.set_ylim(len(data) - 0.4, -0.6)
    ax.set_yticks(range(len(data)), names)
    ticks = (0, 25, 50, 75, 100)
    ax.set_xticks(ticks, [say.number(t, 0) for t in ticks])
    ax.grid(axis="x", color=GRID, linewidth=0.8)
    for y, row in enumerate(data.to_dict("records")):
        if not math.isfinite(row["estimate"]):
            canvas.beside(ax, y, "–")
            continue
        ax.barh(y, row["estimate"], height=0.56, color="#bcd8cd", zorder=1)
        low, high = canvas.limits(row)
        if math.isfinite(low):
            ax.plot([low, high], [y, y], color=TRAINED, linewidth=2.2, solid_capstyle="butt", zorder=3)
        ax.plot(row["estimate"], y, marker="o", ms=7.5, mfc=TRAINED, mec=TRAINED, ls="", zorder=4)
        canvas.beside(ax, y, _beside(say, row))
    drawn = canvas.shown(data)
    if len(drawn) > 1:
        together = drawn["together"].clip(upper=100)
        ax.plot(together, range(len(drawn)), color=INK, lw=1.2, ls=(0, (3, 2)), marker="D", ms=5.5, mfc=PAPER, mec=INK,
                zorder=2)  # fmt: skip
    canvas.foot(ax, f"{title or say.text('draw.cause_share')} · {canvas.interval_name(say, drawn)}", 46)
    if len(drawn) > 1:
        canvas.under(ax, say.text("draw.cause_together"), 46)
    if len(drawn) < len(data):
        canvas.under(ax, say.text("draw.hidden", min_n=say.min_n), 46)
    return ax


def root_cause_pareto_values(frame: pd.DataFrame, *, cause: str = "root_cause") -> dict[str, Any]:
    """Return the numbers that an alt text of `root_cause_pareto` needs: the largest causes, how many make up most.

    Parameters
    ----------
    frame : DataFrame
        As in `root_cause_pareto`.
    cause : str
        Column of the causes.

    Returns
    -------
    dict
        Numbers as they are drawn, and the phrase (``alt``) where there are several.

    Raises
    ------
    KeyError, TypeError
        If a frame lacks a column, or is none.
    ValueError
        If a cause occurs twice.

    Examples
    --------
    >>> frame = pd.DataFrame({"root_cause": ["tool", "knowledge"], "estimate": [0.2, 0.6], "unit": "share"})
    >>> frame = frame.assign(conf_low=frame["estimate"] - 0.1, conf_high=frame["estimate"] + 0.1)
    >>> values = root_cause_pareto_values(frame)
    >>> values["highest_cause"], values["highest"], values["few"]
    ('knowledge', 60.0, 2)
    """
    data = _ordered(frame, cause)
    drawn = canvas.shown(data)
    hidden = len(data) - len(drawn)
    first, second = ((drawn.iloc[i] if len(drawn) > i else None) for i in (0, 1))
    reach = drawn["together"] >= MOST - 1e-9
    few = int(reach.to_numpy().argmax()) + 1 if reach.any() else math.nan
    return {
        "rows": len(drawn),
        "hidden": hidden,
        "alt": "alt_one" if len(drawn) == 1 else "alt",
        # the largest of those that are shown is the largest of all only where all are shown
        "told": "told" if len(drawn) > 1 and not hidden else "",
        "highest_cause": Code("" if first is None else first[cause], "cause"),
        "highest": _short(first),
        "highest_low": _short(first, "conf_low"),
        "highest_high": _short(first, "conf_high"),
        "second_cause": Code("" if second is None else second[cause], "cause"),
        "second": _short(second),
        "few": few,
        "together": Shown(drawn["together"].iloc[few - 1], 0) if math.isfinite(few) else Shown(math.nan),
    }


def _short(row: pd.Series | None, name: str = "estimate") -> Shown:
    """As it is drawn."""
    value = told(row, name)
    return Shown(value, min(1, value.decimals))


def _ordered(frame: pd.DataFrame, cause: str) -> pd.DataFrame:
    """Per cent, the largest first, hidden ones last, with the running total of those that are shown."""
    data = canvas.rows_of(frame, cause, "estimate", "conf_low", "conf_high")
    if data.duplicated(cause).any():
        raise ValueError(f"The chart has a {cause} twice. Give one row per cause.")
    factor = 100.0 if (data.get("unit", pd.Series(dtype=object)).astype(str) == "share").any() else 1.0
    numbers = {
        name: factor * pd.to_numeric(data[name], errors="coerce")
        for name in ("estimate", "conf_low", "conf_high")
    }
    data = data.assign(**numbers).sort_values("estimate", ascending=False, kind="stable", na_position="last")
    return data.assign(together=data["estimate"].cumsum()).reset_index(drop=True)


def _beside(say: Voice, row: dict[str, Any]) -> str:
    """A share and its interval; more than one decimal says nothing on a scale of 100."""
    low, high = canvas.limits(row)
    decimals = max(0, min(1, decimals_for(row["estimate"], low, high)))
    value = say.number(row["estimate"], decimals)
    return (
        say.text("interval.full", value=value, interval=say.interval(low, high, decimals))
        if math.isfinite(low)
        else value
    )


def _name(say: Voice, code: Any) -> str:
    key = f"draw.cause_{code}"
    return say.text(key) if say.has(key) else str(code).replace("_", " ")
