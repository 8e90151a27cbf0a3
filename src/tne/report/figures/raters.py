"""Figures of agreement: by policy area and role, and from session to session."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from tne.report.areas import area_name
from tne.report.figures import canvas
from tne.report.figures.canvas import COMPARISON, GRID, PAPER, QUIET, TRAINED, TRAINING_WEEK
from tne.report.figures.learning import group_name
from tne.report.figures.marks import nothing
from tne.report.figures.spoken import told
from tne.report.locales import own_digits
from tne.report.voice import Voice

# group -> colour, marker, whether filled, the same as a sign in the words above
LOOKS = {"expert": (TRAINED, "o", True, "●"), "moderator": (COMPARISON, "s", False, "□")}
_OTHER = (COMPARISON, "D", False, "◇")
AGREED = "everybody_agreed"  # the note of a row that has no number since all gave the same labels


@canvas.styled
def agreement_ladder(
    frame: pd.DataFrame, *, voice: Voice | None = None, goal: float | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the agreement of experts (filled circles) and moderators (open squares), one row per policy area.

    Parameters
    ----------
    frame : DataFrame
        Columns policy_area, group (``"expert"``, ``"moderator"``), estimate, conf_low, conf_high. The order of the
        areas is kept; a number that is hidden is not drawn.
    goal : float, optional
        Agreement from which a group counts as agreeing well: a dashed line.
    voice : Voice, optional
        Language and locale; English without it.
    ax : Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    Axes
        One row per policy area, first on top.

    Raises
    ------
    KeyError, TypeError
        If `frame` lacks a column, or is no frame.

    Examples
    --------
    >>> frame = pd.DataFrame({"policy_area": ["spam", "hate"] * 2, "group": ["expert"] * 2 + ["moderator"] * 2})
    >>> frame["estimate"] = [0.8, 0.6, 0.7, 0.4]
    >>> frame["conf_low"], frame["conf_high"] = frame["estimate"] - 0.1, frame["estimate"] + 0.1
    >>> ax = agreement_ladder(frame, goal=0.6)
    >>> [name.get_text() for name in ax.get_yticklabels()]
    ['spam', 'hate']
    """
    data = canvas.rows_of(frame, "policy_area", "group", "estimate", "conf_low", "conf_high")
    areas = list(dict.fromkeys(data["policy_area"]))
    groups = list(dict.fromkeys(data["group"]))
    data, say = canvas.shown(data), canvas.speaker(voice)
    names = canvas.row_names([area_name(area) for area in areas], 20)
    ax = canvas.paper(ax, height=max(1.9, canvas.height_of_rows(names), 0.42 * len(names) + 1.1))
    low, high = canvas.span(data, include=[0.0, 1.0, *([] if goal is None else [goal])], pad=0.02)
    ax.set_xlim(low, high)
    ax.set_ylim(max(len(areas), 1) - 0.4, -0.6)
    canvas.number_ticks(ax.xaxis, say, low, high, n=5)
    ax.grid(axis="x", color=GRID, linewidth=0.8)
    _goal(ax, say, goal, upright=True)
    ax.set_yticks(range(len(areas)), names)
    apart = 0.32 / max(len(groups), 1)
    for row in data.to_dict("records"):
        y = areas.index(row["policy_area"]) + apart * (2 * groups.index(row["group"]) - len(groups) + 1)
        _across(ax, y, row)
    there = [group for group in groups if (data["group"] == group).any()]
    if there:
        signs = [f"{LOOKS.get(group, _OTHER)[3]} {group_name(say, group)}" for group in there]
        canvas.headline(ax, "   ".join(signs))
        if goal is not None:  # the names of the shapes go one line up, for they may reach as far
            ax.set_title(ax.get_title(loc="left"), loc="left", fontsize=canvas.TEXT, color=QUIET, pad=26)
    canvas.foot(ax, f"{say.text('draw.agreement')} · {canvas.interval_name(say, data)}", 46)
    return ax


def agreement_ladder_values(frame: pd.DataFrame, goal: float | None = None) -> dict[str, Any]:
    """Return the numbers that an alt text of `agreement_ladder` needs: the lowest and highest area of each group.

    A column ``note`` names the areas in which everybody agreed: they are not drawn, and said.

    Parameters
    ----------
    frame : DataFrame
        As in `agreement_ladder`.
    goal : float, optional
        Taken for a common call; the text does not need it.

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
    >>> frame = pd.DataFrame({"policy_area": ["spam", "hate"] * 2, "group": ["expert"] * 2 + ["moderator"] * 2})
    >>> frame["estimate"] = [0.8, 0.6, 0.7, 0.4]
    >>> frame["conf_low"], frame["conf_high"] = frame["estimate"] - 0.1, frame["estimate"] + 0.1
    >>> values = agreement_ladder_values(frame)
    >>> values["moderator_lowest"], values["moderator_lowest_value"]
    ('hate', 0.4)
    """
    data = canvas.shown(canvas.rows_of(frame, "policy_area", "group", "estimate", "conf_low", "conf_high"))
    out: dict[str, Any] = {"rows": data["policy_area"].nunique()}
    alike = frame.loc[frame["note"].eq(AGREED)] if "note" in frame.columns else frame.iloc[:0]
    for group in LOOKS:
        areas = alike.loc[alike["group"].eq(group), "policy_area"]
        out[f"{group}_agreed"] = ", ".join(area_name(area) for area in areas)
        own = data[data["group"] == group]
        for end, pick in (("lowest", "idxmin"), ("highest", "idxmax")):
            row = data.loc[getattr(own["estimate"].astype(float), pick)()] if len(own) else None
            out[f"{group}_{end}"] = "" if row is None else area_name(row["policy_area"])
            out[f"{group}_{end}_value"] = told(row)
    known = [group for group in LOOKS if (data["group"] == group).any()]
    out["alt"] = "alt" if len(known) == 2 else f"alt_{known[0]}" if known else "alt"
    out["and"] = tuple(f"alt_agreed_{group}" for group in LOOKS if out[f"{group}_agreed"])
    return out


@canvas.styled
def agreement_sessions(
    frame: pd.DataFrame, *, voice: Voice | None = None, goal: float | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the agreement of all raters from session to session, each with its interval.

    Parameters
    ----------
    frame : DataFrame
        Columns date (day of the session), estimate, conf_low, conf_high. A session without a number leaves a gap.
    goal : float, optional
        Agreement from which a group counts as agreeing well: a dashed line.
    voice : Voice, optional
        Language and locale; English without it.
    ax : Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    Axes
        Days on the x axis, the coefficient on the y axis.

    Raises
    ------
    KeyError, TypeError
        If `frame` lacks a column, or is no frame.

    Examples
    --------
    >>> frame = pd.DataFrame({"date": ["2026-01-14", "2026-02-11"], "estimate": [0.55, 0.68]})
    >>> frame = frame.assign(conf_low=frame["estimate"] - 0.1, conf_high=frame["estimate"] + 0.1)
    >>> ax = agreement_sessions(frame, goal=0.6)
    >>> ax.get_ylabel()
    'Agreement beyond chance (AC1) · 95% intervals'
    """
    data = canvas.rows_of(frame, "date", "estimate", "conf_low", "conf_high")
    say, ax, drawn = canvas.speaker(voice), canvas.paper(ax), canvas.shown(data)
    if not len(drawn):
        return nothing(ax, say)
    drawn = drawn.assign(date=pd.to_datetime(drawn["date"])).sort_values("date", kind="stable")
    low, high = canvas.span(drawn, include=[0.0, 1.0], pad=0.03)
    ax.set_ylim(low, high)
    canvas.number_ticks(ax.yaxis, say, low, high)
    ax.grid(axis="y", color=GRID, linewidth=0.8)
    x = np.array([canvas.day_number(day) for day in drawn["date"]])
    room = 0.06 * (x.max() - x.min()) if len(x) > 1 else 7.0
    ax.set_xlim(x.min() - room, x.max() + room)
    _goal(ax, say, goal, upright=False)
    every = data.assign(date=pd.to_datetime(data["date"])).sort_values("date", kind="stable")
    path = pd.to_numeric(every["estimate"], errors="coerce").to_numpy(dtype=float)
    ax.plot([canvas.day_number(day) for day in every["date"]], path, color="#aab2bb", linewidth=1.2, zorder=2)
    for at, row in zip(x, drawn.to_dict("records"), strict=True):
        bottom, top = canvas.limits(row)
        if math.isfinite(bottom):
            ax.plot([at, at], [bottom, top], color=TRAINED, linewidth=2.0, solid_capstyle="butt", zorder=3)
        ax.plot(at, row["estimate"], marker="o", ms=7, mfc=TRAINED, mec=TRAINED, ls="", zorder=4)
    shown = drawn["date"].iloc[
        np.unique(np.linspace(0, len(drawn) - 1, min(4, len(drawn))).round().astype(int))
    ]
    ax.set_xticks([canvas.day_number(day) for day in shown], [canvas.short_day(say, day) for day in shown])
    canvas.headline(ax, f"{say.text('draw.agreement')} · {canvas.interval_name(say, drawn)}")
    years = drawn["date"].dt.year
    first, last = (own_digits(say.locale, str(year)) for year in (years.min(), years.max()))
    key = "draw.session_day" if first == last else "draw.session_days"
    canvas.foot(ax, say.text(key, first=first, last=last))
    return ax


def agreement_sessions_values(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the numbers that an alt text of `agreement_sessions` needs: first, last, lowest and highest session.

    Parameters
    ----------
    frame : DataFrame
        As in `agreement_sessions`.

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
    >>> frame = pd.DataFrame({"date": ["2026-01-14", "2026-02-11"], "estimate": [0.55, 0.68]})
    >>> frame = frame.assign(conf_low=frame["estimate"] - 0.1, conf_high=frame["estimate"] + 0.1)
    >>> values = agreement_sessions_values(frame)
    >>> values["sessions"], values["first"], values["last"]
    (2, 0.55, 0.68)
    """
    data = canvas.shown(canvas.rows_of(frame, "date", "estimate", "conf_low", "conf_high"))
    data = data.assign(date=pd.to_datetime(data["date"])).sort_values("date", kind="stable")
    out: dict[str, Any] = {"sessions": len(data), "alt": "alt_one" if len(data) == 1 else "alt"}
    ends = {"first": 0, "last": -1}
    rows = {name: data.iloc[at] if len(data) else None for name, at in ends.items()}
    for name, pick in (("lowest", "idxmin"), ("highest", "idxmax")):
        rows[name] = data.loc[getattr(data["estimate"].astype(float), pick)()] if len(data) else None
    for name, row in rows.items():
        out |= {name: told(row), f"{name}_at": "" if row is None else row["date"]}
    out |= {"low": told(rows["first"], "conf_low"), "high": told(rows["first"], "conf_high")}
    return out


def _across(ax: Axes, y: float, row: dict[str, Any]) -> None:
    colour, marker, filled, _ = LOOKS.get(row["group"], _OTHER)
    low, high = canvas.limits(row)
    if math.isfinite(low):
        ax.plot([low, high], [y, y], color=colour, linewidth=2.0, solid_capstyle="butt", zorder=2)
    face = colour if filled else PAPER
    ax.plot(row["estimate"], y, marker=marker, ms=7, mfc=face, mec=colour, mew=1.5, ls="", zorder=3)


def _goal(ax: Axes, say: Voice, goal: float | None, *, upright: bool) -> None:
    """A dashed line at the agreement that counts as good, with its name."""
    if goal is None:
        return
    line: dict[str, Any] = {"color": TRAINING_WEEK, "linewidth": 1.4, "linestyle": (0, (3, 3)), "zorder": 1}
    words: dict[str, Any] = {"textcoords": "offset points", "color": TRAINING_WEEK, "fontsize": canvas.TEXT}
    if upright:
        ax.axvline(goal, **line)
        place: dict[str, Any] = {"xy": (goal, 1.0), "xycoords": ("data", "axes fraction"), "xytext": (0, 3)}
        ax.annotate(say.text("draw.agreement_goal"), **place, ha="center", va="bottom", **words)
    else:
        ax.axhline(goal, **line)
        place = {"xy": (1.0, goal), "xycoords": ("axes fraction", "data"), "xytext": (6, 0)}
        ax.annotate(say.text("draw.agreement_goal"), **place, ha="left", va="center", **words)
