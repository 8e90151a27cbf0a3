"""What all figures share: paper, colours, shapes, words in the reader's language, and text that fits."""

from __future__ import annotations

import functools
import math
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import matplotlib as mpl
import numpy as np
import pandas as pd
from babel.dates import format_skeleton
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from tne.report.characters import visible
from tne.report.locales import own_digits
from tne.report.rounding import as_float, decimals_for
from tne.report.voice import Voice
from tne.report.voice import voice as make_voice

WIDTH, HEIGHT, DPI = 6.4, 3.6, 100
# 12 pt on 640 px are still 9 px where a phone shows the figure 350 px wide
TEXT = 12
INK, QUIET, GRID, PAPER = "#1b1f24", "#59636e", "#dfe3e8", "#ffffff"
TRAINED, COMPARISON, TRAINING_WEEK = "#00684a", "#59636e", "#2f6690"
# Okabe and Ito's hues, darkened to 4.5 : 1 on white; each has a marker of its own
COLOURS: tuple[str, ...] = ("#00684a", "#a8480a", "#0b5fa5", "#8a3f78", "#6b5b00", "#59636e")
MARKERS: tuple[str, ...] = ("o", "s", "^", "D", "v", "P")

_KEEP = ("backend", "interactive", "webagg", "toolbar", "tk.", "macosx", "savefig.directory", "datapath")
_STYLE = {
    "font.family": ["DejaVu Sans"],
    "font.size": TEXT,
    "axes.unicode_minus": True,
    "text.parse_math": False,  # a dollar sign in a name is a dollar sign
    "axes.formatter.use_locale": False,
    "hatch.linewidth": 0.8,
    "figure.constrained_layout.h_pad": 0.05,
    "figure.constrained_layout.w_pad": 0.05,
    "svg.hashsalt": "tne",
}


@contextmanager
def house_style() -> Iterator[None]:
    """Draw with the house's settings, whatever the session has set, and leave the session's as they were."""
    plain = {
        name: value
        for name, value in mpl.rcParamsDefault.items()
        if not name.startswith(_KEEP) and name in mpl.rcParams
    }
    settings: dict[Any, Any] = {**plain, **_STYLE}
    with mpl.rc_context(settings):
        yield


def speaker(voice: Voice | None) -> Voice:
    """Return the voice, or plain English without a market."""
    return voice if voice is not None else make_voice({"market": "", "name": "", "language": "en"})


def paper(ax: Axes | None, height: float = HEIGHT) -> Axes:
    """Return `ax`, or the axes of a new figure that pyplot does not know, stripped to what carries data."""
    if ax is None:
        figure = Figure(figsize=(WIDTH, height), dpi=DPI, layout="constrained", facecolor=PAPER)
        ax = figure.add_subplot()
    ax.set_facecolor(PAPER)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set(color=QUIET, linewidth=0.8)
    ax.tick_params(axis="both", labelsize=TEXT, labelcolor=INK, length=0, pad=5)
    ax.set_axisbelow(True)
    return ax


def rows_of(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Return a copy with a clean index after checking that the columns are there."""
    if not isinstance(frame, pd.DataFrame):
        raise TypeError(f"A figure needs a pandas DataFrame, not {type(frame).__name__}. Convert it first.")
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        have = ", ".join(map(str, frame.columns[:12]))
        raise KeyError(f"The figure's frame lacks {', '.join(missing)}. It has {have}. Name the columns so.")
    return frame.reset_index(drop=True).copy()


def shown(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that have a number; hidden and undefined ones are never drawn."""
    finite = np.isfinite(pd.to_numeric(frame["estimate"], errors="coerce").to_numpy(dtype=float))
    return frame.loc[finite].reset_index(drop=True)


def whole(n: Any) -> float:
    """Return a headcount as int, so that it is written without decimals; NaN stays NaN."""
    n = as_float(n)
    return cast(float, round(n) if math.isfinite(n) else n)


def limits(row: Any) -> tuple[float, float]:
    """Return an estimate row's interval, NaN where a limit is missing or infinite."""
    low, high = as_float(row["conf_low"]), as_float(row["conf_high"])
    return (low, high) if math.isfinite(low) and math.isfinite(high) else (math.nan, math.nan)


def span(frame: pd.DataFrame, *, include: Sequence[float] = (), pad: float = 0.06) -> tuple[float, float]:
    """Return axis limits around all drawn estimates and intervals."""
    values = pd.to_numeric(
        pd.concat([frame[c] for c in ("estimate", "conf_low", "conf_high")]), errors="coerce"
    ).to_numpy(dtype=float)
    values = np.concatenate([values[np.isfinite(values)], np.asarray(include, dtype=float)])
    if not len(values):
        return -1.0, 1.0
    low, high = float(values.min()), float(values.max())
    room = pad * (high - low) if high > low else 0.1 * abs(high) or 1.0
    return low - room, high + room


def number_ticks(
    axis: Axis, voice: Voice, low: float, high: float, *, signed: bool = False, n: int = 5, room: int = 20
) -> None:
    """Put a few round ticks on an axis, written in the reader's locale; fewer where `room` characters are passed."""
    ticks = cast(np.ndarray, MaxNLocator(nbins=n, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high))
    ticks = ticks[(ticks >= low - 1e-9) & (ticks <= high + 1e-9)]
    step = float(np.diff(ticks).min()) if len(ticks) > 1 else 1.0
    decimals = next((d for d in range(4) if abs(round(step, d) - step) < 1e-9), 4)
    words = [voice.number(t + 0.0, decimals, signed=signed) for t in ticks]
    while cast(Any, axis).axis_name == "x" and len(words) > 2 and sum(map(len, words)) >= room:
        # every other one, zero among them
        start = int(np.abs(ticks).argmin()) % 2
        ticks, words = ticks[start::2], words[start::2]
    view = axis.get_view_interval()
    axis.set_ticks(ticks, words)
    axis.set_view_interval(*view, ignore=True)


def date_ticks(ax: Axes, voice: Voice, first: pd.Timestamp, last: pd.Timestamp, n: int = 4) -> None:
    """Put a few Mondays on the x axis, written in the reader's locale without the year; the year is the label."""
    weeks = round((last - first).days / 7)
    step = max(1, math.ceil(weeks / n))
    days = [first + pd.Timedelta(weeks=w) for w in range(0, weeks + 1, step)]
    ax.set_xticks([day_number(d) for d in days], [short_day(voice, d) for d in days])


def short_day(voice: Voice, day: pd.Timestamp) -> str:
    """Write a day without its year ("6 Jul")."""
    return own_digits(voice.locale, format_skeleton("MMMd", day.date(), locale=voice.locale))


def day_number(day: Any) -> float:
    """Place a day on an axis: days since 1970-01-05, the Monday from which weeks count."""
    return cast(
        float, (pd.Timestamp(day).tz_localize(None) - pd.Timestamp("1970-01-05")) / pd.Timedelta(days=1)
    )


def headline(ax: Axes, text: str, width: int = 58) -> None:
    """Write what the y axis measures, upright and above it, where a phone can read it."""
    ax.set_title(wrap(text, width), loc="left", fontsize=TEXT, color=QUIET, pad=8)
    # the axis knows its name too, for programs that read figures
    ax.set_ylabel(text)
    ax.yaxis.label.set_visible(False)


def foot(ax: Axes, text: str, width: int = 58) -> None:
    """Write what the x axis measures."""
    ax.set_xlabel(wrap(text, width), fontsize=TEXT, color=QUIET, labelpad=6)


def under(ax: Axes, text: str, width: int = 60) -> None:
    """Write one more line below what the x axis measures: what shapes and dashes mean."""
    ax.set_xlabel(f"{ax.get_xlabel()}\n{wrap(text, width)}")


def beside(ax: Axes, y: float, text: str) -> None:
    """Write the numbers of a row to its right, outside the axes."""
    ax.annotate(
        text,
        (1.0, y),
        xycoords=("axes fraction", "data"),
        xytext=(10, 0),
        textcoords="offset points",
        va="center",
        color=INK,
        fontsize=TEXT,
    )


def wrap(text: str, width: int, most: int = 2) -> str:
    """Break a text into at most `most` lines, the rest an ellipsis."""
    return "\n".join(
        textwrap.wrap(visible(str(text)), width, max_lines=most, placeholder=" …", break_on_hyphens=True)
    )


def row_names(names: Sequence[str], width: int) -> list[str]:
    """Break row names into two lines; those that would read the same keep their end instead of their middle."""
    broken = [wrap(name, width) for name in names]
    return [
        _with_end(name, text, width) if "…" in text and broken.count(text) > 1 else text
        for name, text in zip(names, broken, strict=True)
    ]


def _with_end(name: str, broken: str, width: int) -> str:
    last = textwrap.wrap(str(name)[::-1], width - 2)[0][::-1]
    return f"{broken.splitlines()[0]}\n… {last}"


def names_with_people(voice: Voice, frame: pd.DataFrame, column: str) -> list[str]:
    """Return the names of a frame's rows for its axis, each with its people below where the frame counts them."""
    counts = frame["n_people"] if "n_people" in frame.columns else [math.nan] * len(frame)
    return [
        name + (f"\n{voice.text('draw.people', n=int(n))}" if math.isfinite(n) else "")
        for name, n in zip(row_names([str(name) for name in frame[column]], 22), counts, strict=True)
    ]


def height_of_rows(names: Sequence[str]) -> float:
    """Return the figure height in inches that keeps the row names apart."""
    most = max((name.count("\n") + 1 for name in names), default=1)
    return max(1.7, len(names) * (0.2 * most + 0.14) + 0.95)


def interval_name(voice: Voice, frame: pd.DataFrame, band: str = "pointwise") -> str:
    """Name the drawn intervals: "95 % interval"."""
    levels = frame["conf_level"].dropna().unique() if "conf_level" in frame.columns else []
    level = float(levels[0]) if len(levels) == 1 else 0.95
    return voice.text(f"draw.interval_{band}", level=voice.percent(level))


def estimate_text(voice: Voice, row: Any, *, signed: bool) -> str:
    """Write an estimate and its interval: "+2.4 (1.3 to 3.5)"."""
    low, high = limits(row)
    decimals = max(0, min(4, decimals_for(row["estimate"], low, high)))
    text = voice.number(row["estimate"], decimals, signed=signed)
    return text + (f" ({voice.interval(low, high, decimals)})" if math.isfinite(low) else "")


def spread(positions: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move label positions apart by at least `gap` within `low` to `high`, keeping their order."""
    order = np.argsort(np.asarray(positions, dtype=float), kind="stable")
    placed = np.asarray(positions, dtype=float)[order]
    for _ in range(50):
        close = np.flatnonzero(np.diff(placed) < gap - 1e-9)
        if not len(close):
            break
        for i in close:
            middle = (placed[i] + placed[i + 1]) / 2
            placed[i], placed[i + 1] = middle - gap / 2, middle + gap / 2
        placed = np.clip(
            placed, low + gap * np.arange(len(placed)), high - gap * np.arange(len(placed))[::-1]
        )
    out = np.empty(len(placed))
    out[order] = placed
    return out.tolist()


def written_on(colour: Any) -> str:
    """Return the ink, dark or light, that has the higher contrast on a colour (WCAG 2)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    luminance = float(np.dot(linear, (0.2126, 0.7152, 0.0722)))
    return INK if (luminance + 0.05) / 0.0625 > 1.05 / (luminance + 0.05) else PAPER


def styled(draw: Callable[..., Axes]) -> Callable[..., Axes]:
    """Run a drawing function in the house style."""

    @functools.wraps(draw)
    def drawn(*args: Any, **kwargs: Any) -> Axes:
        with house_style():
            return draw(*args, **kwargs)

    return drawn
