"""On which assumption does the value hang: how far each one moves it between its low and its high."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any, cast

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from tne.report.figures import canvas
from tne.report.figures.canvas import COMPARISON, GRID, INK, PAPER, QUIET, TRAINED, TRAINING_WEEK
from tne.report.figures.spoken import Shown
from tne.report.rounding import as_float, decimals_of
from tne.report.voice import Voice

UNITS = ("money", "ratio", "points")


@canvas.styled
def tornado(
    frame: pd.DataFrame,
    *,
    mode: float,
    unit: str = "money",
    voice: Voice | None = None,
    title: str | None = None,
    reference: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw how far each assumption alone moves the result away from the most likely one.

    Parameters
    ----------
    frame : DataFrame
        Columns assumption (as the reader shall see it), low, high (the result with this assumption at its low and its
        high value), low_value, high_value (those values: numbers, or text as it shall stand there). Rows without
        results are not drawn.
    mode : float
        Result with every assumption at its most likely value.
    unit : {"money", "ratio", "points"}
        What the result is: an amount in the market's currency, a multiple, percentage points.
    title : str, optional
        What the x axis measures; "value" without it.
    reference : float, optional
        Where the programme breaks even (0 for a net value, 1 for a ratio): a dashed line.
    voice : Voice, optional
        Language and locale; English without it.
    ax : Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    Axes
        The assumption that moves the result most on top; open bars for its low value, filled ones for its high.

    Raises
    ------
    KeyError, TypeError
        If `frame` lacks a column, or is no frame.
    ValueError
        For an unknown `unit`.

    Examples
    --------
    >>> frame = pd.DataFrame({"assumption": ["Price", "Fading"], "low": [-10, 15], "high": [90, 35]})
    >>> frame = frame.assign(low_value=[2, 0.4], high_value=[9, 0.9])
    >>> ax = tornado(frame, mode=25.0, unit="points", reference=0.0)
    >>> [text.get_text() for text in ax.texts]
    ['2', '9', '0.4', '0.9', 'expected: 25']
    """
    data = _widest_first(frame, unit)
    say = canvas.speaker(voice)
    names = [canvas.wrap(name, 20) for name in data["assumption"]]
    ax = canvas.paper(ax, height=canvas.height_of_rows(names) + 0.3)
    values = np.array(
        [mode, *data["low"], *data["high"], *([] if reference is None else [reference])], dtype=float
    )
    values = values[np.isfinite(values)]
    left, right = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    wide = (right - left) or abs(right) or 1.0
    texts = [[_value(say, row[f"{end}_value"]) for end in ("low", "high")] for row in data.to_dict("records")]
    room = wide * 0.024 * max((len(text) for pair in texts for text in pair), default=0)
    low, high = left - room - 0.03 * wide, right + room + 0.03 * wide
    ax.set_xlim(low, high)
    ax.set_ylim(max(len(data), 1) - 0.4, -0.6)
    _ticks(ax, say, left, right, unit)
    ax.grid(axis="x", color=GRID, linewidth=0.8)
    ax.set_yticks(range(len(data)), names)
    for y, (row, pair) in enumerate(zip(data.to_dict("records"), texts, strict=True)):
        _bars(ax, y, row, mode, pair)
    if math.isfinite(as_float(mode)):
        ax.axvline(mode, color=INK, linewidth=1.4, zorder=3)
        words = say.text("draw.most_likely", value=written(say, mode, unit, wide))
        _over(ax, mode, words, INK, low, high)
    if reference is not None:
        ax.axvline(reference, color=TRAINING_WEEK, linewidth=1.4, linestyle=(0, (3, 3)), zorder=3)
    canvas.foot(ax, title or say.text("draw.value_axis"))
    canvas.under(ax, say.text("draw.low_high"))
    if reference is not None:
        canvas.under(ax, say.text("draw.breaks_even"))
    return ax


def tornado_values(frame: pd.DataFrame, *, mode: float, unit: str = "money") -> dict[str, Any]:
    """Return the numbers that an alt text of `tornado` needs: the most likely result, the widest assumption's ends.

    Parameters
    ----------
    frame : DataFrame
        As in `tornado`.
    mode : float
    unit : {"money", "ratio", "points"}

    Returns
    -------
    dict
        Numbers as they are drawn, and the phrase (``alt``) where there are several.

    Raises
    ------
    KeyError, TypeError
        If a frame lacks a column, or is none.
    ValueError
        For an unknown `unit`.

    Examples
    --------
    >>> frame = pd.DataFrame({"assumption": ["Price", "Fading"], "low": [-10, 15], "high": [90, 35]})
    >>> frame = frame.assign(low_value=[2, 0.4], high_value=[9, 0.9])
    >>> values = tornado_values(frame, mode=25.0, unit="points")
    >>> values["assumption"], values["low"], values["high"]
    ('Price', -10.0, 90.0)
    """
    data = _widest_first(frame, unit)
    row: dict[str, Any] = (
        data.iloc[0].to_dict() if len(data) else {"assumption": "", "low": math.nan, "high": math.nan}
    )
    kind = "money" if unit == "money" else "number"
    ends = {
        name: Shown(value, _digits(unit, abs(as_float(row["high"]) - as_float(row["low"]))), kind)
        for name, value in (("mode", mode), ("low", row["low"]), ("high", row["high"]))
    }
    given = {f"at_{end}": _plain(row.get(f"{end}_value")) for end in ("low", "high")}
    return {"rows": len(data), "assumption": str(row["assumption"]), **ends, **given}


def written(say: Voice, value: float, unit: str, wide: float) -> str:
    """Write a result of a tornado: an amount, or a number with the decimals that a span of `wide` needs."""
    decimals = _digits(unit, wide)
    return say.money(value, decimals) if unit == "money" else say.number(value, decimals)


def _digits(unit: str, wide: float) -> int:
    most = 2 if unit == "money" else 3
    return max(0, min(most, decimals_of(wide, 2))) if math.isfinite(wide) and wide > 0 else most


def _widest_first(frame: pd.DataFrame, unit: str) -> pd.DataFrame:
    if unit not in UNITS:
        raise ValueError(f"unit is {unit!r}. Use one of {', '.join(UNITS)}.")
    data = canvas.rows_of(frame, "assumption", "low", "high", "low_value", "high_value")
    data[["low", "high"]] = data[["low", "high"]].apply(pd.to_numeric, errors="coerce")
    width = (data["high"] - data["low"]).abs()
    data = data.assign(width=width)[np.isfinite(width)]
    return data.sort_values("width", ascending=False, kind="stable").reset_index(drop=True)


def _plain(value: Any) -> Any:
    number = as_float(value)
    if isinstance(value, str) or not math.isfinite(number):
        return value
    # three significant digits, without the zeros at their end
    return Shown(number, max(0, -cast(int, Decimal(f"{number:.3g}").normalize().as_tuple().exponent)))


def _value(say: Voice, value: Any) -> str:
    value = _plain(value)
    return say.number(value, value.decimals) if isinstance(value, Shown) else say.show(value)


def _ticks(ax: Axes, say: Voice, left: float, right: float, unit: str) -> None:
    locator = MaxNLocator(nbins=4 if unit != "money" else 3, steps=[1, 2, 2.5, 5, 10])
    ticks = cast(np.ndarray, locator.tick_values(left, right))
    ticks = ticks[(ticks >= left - 1e-9) & (ticks <= right + 1e-9)]
    step = float(np.diff(ticks).min()) if len(ticks) > 1 else 1.0
    decimals = next((d for d in range(4) if abs(round(step, d) - step) < 1e-9), 3)
    write = say.money if unit == "money" else say.number
    words = [write(t + 0.0, decimals) for t in ticks]
    while len(words) > 2 and sum(map(len, words)) >= 26:
        start = int(np.abs(ticks).argmin()) % 2
        ticks, words = ticks[start::2], words[start::2]
    ax.set_xticks(ticks, words)


def _bars(ax: Axes, y: int, row: dict[str, Any], mode: float, texts: list[str]) -> None:
    """Draw both halves of a row, the longer one first, and the assumption's values at its ends."""
    looks: dict[str, dict[str, Any]] = {
        "low": {"facecolor": PAPER, "edgecolor": COMPARISON},
        "high": {"facecolor": TRAINED, "edgecolor": TRAINED},
    }
    for end in sorted(looks, key=lambda end: -abs(row[end] - mode)):
        if row[end] != mode:
            ax.barh(y, row[end] - mode, left=mode, height=0.56, linewidth=1.6, zorder=2, **looks[end])
    # where both ends lie on one side of the most likely result, the nearer one's value stands on the other side
    swap = row["low"] > row["high"]
    for end, text, side in (("low", texts[0], 1 if swap else -1), ("high", texts[1], -1 if swap else 1)):
        at = max(row["low"], row["high"], mode) if side > 0 else min(row["low"], row["high"], mode)
        ax.annotate(
            text,
            (at, y),
            xytext=(6 * side, 0),
            textcoords="offset points",
            va="center",
            ha="left" if side > 0 else "right",
            color=TRAINED if end == "high" else QUIET,
            fontsize=canvas.TEXT,
            bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.8},
            zorder=5,
        )


def _over(ax: Axes, x: float, text: str, colour: str, low: float, high: float) -> None:
    """Write a line's name above it, aligned so that it stays on the paper."""
    place = (x - low) / ((high - low) or 1.0)
    ax.annotate(
        text,
        (x, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(0, 3),
        textcoords="offset points",
        ha="left" if place < 0.25 else "right" if place > 0.75 else "center",
        va="bottom",
        color=colour,
        fontsize=canvas.TEXT,
    )
