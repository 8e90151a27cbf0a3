"""Figures over calendar time: weekly accuracy, and when people were trained."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from tne.report.figures import canvas
from tne.report.figures.canvas import COMPARISON, GRID, INK, PAPER, TRAINED
from tne.report.figures.learning import group_name, label_ends
from tne.report.figures.marks import changes_in, mark_policy, mark_training, nothing, years
from tne.report.figures.spoken import told
from tne.report.voice import Voice

_LOOKS = ((TRAINED, "o"), (COMPARISON, "s"), ("#a8480a", "^"), ("#8a3f78", "D"))
_PERCENT = {"share": 100.0, "proportion": 100.0}


@canvas.styled
def weekly_accuracy(
    frame: pd.DataFrame,
    *,
    voice: Voice | None = None,
    training_weeks: Sequence[Any] = (),
    policy_changes: pd.DataFrame | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw weekly accuracy of trained and not yet trained moderators with interval ribbons.

    Parameters
    ----------
    frame : DataFrame
        Columns week (Monday), group (``"trained"``, ``"not_yet"``, or names; at most four), estimate, conf_low,
        conf_high; unit ``"share"`` where the numbers are 0 to 1, else they are per cent. A hidden week leaves a
        gap.
    training_weeks : sequence of dates
        Mondays of weeks in which people were trained: triangles along the bottom.
    policy_changes : DataFrame, optional
        Columns effective_at, title: the first three in the window are marked and named.
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
        For more than four groups.

    Examples
    --------
    >>> weeks = pd.to_datetime(["2026-04-27", "2026-05-04"])
    >>> frame = pd.DataFrame({"week": weeks, "group": "trained", "estimate": [88.0, 90.5]})
    >>> frame = frame.assign(conf_low=frame["estimate"] - 1, conf_high=frame["estimate"] + 1)
    >>> ax = weekly_accuracy(frame, training_weeks=frame["week"].tail(1))
    >>> ax.get_ylabel()
    'Decisions found right, % · 95% intervals'
    """
    data = _per_cent(canvas.rows_of(frame, "week", "group", "estimate", "conf_low", "conf_high"))
    groups = list(dict.fromkeys(data["group"]))
    if len(groups) > len(_LOOKS):
        raise ValueError(f"{len(groups)} groups are too many for one figure. Give at most {len(_LOOKS)}.")
    say, ax = canvas.speaker(voice), canvas.paper(ax)
    drawn = canvas.shown(data)
    if not len(drawn):
        return nothing(ax, say)
    weeks = pd.to_datetime(data["week"])
    first, last = weeks.min(), weeks.max()
    changes = changes_in(policy_changes, first, last)
    low, high = canvas.span(drawn, pad=0.05)
    size = high - low
    low, high = low - 0.1 * size, high + 0.11 * size * len(changes)
    ax.set_ylim(low, high)
    ends = []
    for (colour, marker), group in zip(_LOOKS, groups, strict=False):
        own = data[data["group"] == group].assign(week=lambda f: pd.to_datetime(f["week"])).set_index("week")
        own = own.reindex(pd.date_range(first, last, freq="7D")).apply(pd.to_numeric, errors="coerce")
        x = np.array([canvas.day_number(day) for day in own.index])
        known = own["estimate"].notna() & own["conf_low"].notna() & own["conf_high"].notna()
        ax.fill_between(
            x, own["conf_low"], own["conf_high"], where=known, color=colour, alpha=0.16, linewidth=0, zorder=1
        )
        ax.plot(
            x,
            own["estimate"],
            color=colour,
            linewidth=1.8,
            marker=marker,
            ms=4.5,
            mec=PAPER,
            mew=0.5,
            zorder=3,
        )
        there = np.flatnonzero(own["estimate"].notna())
        if len(there):
            ends.append((x[-1], float(own["estimate"].iloc[there[-1]]), group_name(say, group), colour))
    left, right = canvas.day_number(first), canvas.day_number(last)
    room = label_ends(ax, ends, low + 0.1 * (high - low), high, width=12) if len(groups) > 1 else 0.02
    ax.set_xlim(left - 0.02 * (right - left) - 3, right + 3 + room * (right - left) * 1.3)
    mark_training(ax, say, training_weeks, first, last, low + 0.045 * (high - low))
    for i, (at, title) in enumerate(changes):
        mark_policy(ax, at, title, high - (0.02 + 0.085 * i) * (high - low), left, right)
    canvas.number_ticks(ax.yaxis, say, *canvas.span(drawn, pad=0.0))
    canvas.date_ticks(ax, say, first, last)
    ax.grid(axis="y", color=GRID, linewidth=0.8)
    canvas.headline(ax, f"{say.text('draw.accuracy')} · {canvas.interval_name(say, drawn)}")
    canvas.foot(ax, years(say, first, last))
    return ax


def weekly_accuracy_values(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the numbers that an alt text of `weekly_accuracy` needs: first and last per cent of each group.

    Parameters
    ----------
    frame : DataFrame
        As in `weekly_accuracy`.

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
    >>> weeks = pd.to_datetime(["2026-04-27", "2026-05-04"])
    >>> frame = pd.DataFrame({"week": weeks, "group": "trained", "estimate": [88.0, 90.5]})
    >>> frame = frame.assign(conf_low=frame["estimate"] - 1, conf_high=frame["estimate"] + 1)
    >>> values = weekly_accuracy_values(frame)
    >>> values["weeks"], values["first"], values["last"]
    (2, 88.0, 90.5)
    """
    data = _per_cent(canvas.rows_of(frame, "week", "group", "estimate", "conf_low", "conf_high"))
    drawn = canvas.shown(data).sort_values("week")
    # the first and the last week are those that are shown
    out: dict[str, Any] = {"weeks": int(drawn["week"].nunique()), "hidden": len(data) - len(drawn)}
    for group, own in drawn.groupby("group", sort=False):
        ends = {"first": own.iloc[0], "last": own.iloc[-1]}
        out |= {f"{group}_{end}": told(row) for end, row in ends.items()}
        if "first" not in out:
            out |= {end: told(row) for end, row in ends.items()}
            out |= {"low": told(ends["last"], "conf_low"), "high": told(ends["last"], "conf_high")}
    out["alt"] = "alt_two" if {"trained_last", "not_yet_last"} <= set(out) else "alt"
    one = len(set(drawn["group"])) == 1 and out["weeks"] > 1
    out["told"] = "told" if one else ""  # the numbers of one group are not those of all decisions
    out["from"] = pd.Timestamp(drawn["week"].min()) if len(drawn) else pd.NaT
    out["to"] = pd.Timestamp(drawn["week"].max()) if len(drawn) else pd.NaT
    return out


@canvas.styled
def cohort_timeline(
    frame: pd.DataFrame,
    *,
    voice: Voice | None = None,
    policy_changes: pd.DataFrame | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw how many people were trained for the first time in each week.

    Parameters
    ----------
    frame : DataFrame
        Columns week (Monday), n_people (rounded to 5). Weeks that are not in it had nobody.
    policy_changes : DataFrame, optional
        As in `weekly_accuracy`.
    voice : Voice, optional
        Language and locale; English without it.
    ax : Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    Axes
        One bar per week.

    Raises
    ------
    KeyError, TypeError
        If `frame` lacks a column, or is no frame.

    Examples
    --------
    >>> frame = pd.DataFrame({"week": pd.to_datetime(["2026-04-27", "2026-05-04"]), "n_people": [25, 40]})
    >>> ax = cohort_timeline(frame)
    >>> ax.get_ylabel()
    'People who finished a training, rounded to 5'
    """
    data = canvas.rows_of(frame, "week", "n_people").assign(week=lambda f: pd.to_datetime(f["week"]))
    say, ax = canvas.speaker(voice), canvas.paper(ax, height=2.9)
    known = data[np.isfinite(pd.to_numeric(data["n_people"], errors="coerce"))].sort_values("week")
    if not len(known):
        return nothing(ax, say)
    first, last = data["week"].min(), data["week"].max()
    changes = changes_in(policy_changes, first, last)
    top = max(float(known["n_people"].max()), 5.0)
    high = top * (1.16 + 0.14 * len(changes))
    x = np.array([canvas.day_number(day) for day in known["week"]])
    ax.bar(x, known["n_people"], width=5.2, color=TRAINED, zorder=2)
    if (last - first).days <= 7 * 14:
        for at, n in zip(x, known["n_people"], strict=True):
            ax.annotate(
                say.count(n),
                (at, n),
                xytext=(0, 3),
                textcoords="offset points",
                ha="center",
                va="bottom",
                color=INK,
                bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1.0},
            )
    left, right = canvas.day_number(first), canvas.day_number(last)
    side = max(7.0, 0.04 * (right - left))
    ax.set_xlim(left - side, right + side)
    ax.set_ylim(0, high)
    for i, (at, title) in enumerate(changes):
        mark_policy(ax, at, title, high * (0.985 - 0.11 * i), left - side, right + side)
    canvas.number_ticks(ax.yaxis, say, 0, top, n=4)
    canvas.date_ticks(ax, say, first, last)
    ax.grid(axis="y", color=GRID, linewidth=0.8)
    canvas.headline(ax, say.text("draw.newly_trained"))
    canvas.foot(ax, years(say, first, last))
    return ax


def cohort_timeline_values(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the numbers that an alt text of `cohort_timeline` needs.

    Parameters
    ----------
    frame : DataFrame
        As in `cohort_timeline`.

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
    >>> frame = pd.DataFrame({"week": pd.to_datetime(["2026-04-27", "2026-05-04"]), "n_people": [25, 40]})
    >>> values = cohort_timeline_values(frame)
    >>> values["people"], values["most"], values["most_at"].date().isoformat()
    (65, 40, '2026-05-04')
    """
    data = canvas.rows_of(frame, "week", "n_people").sort_values("week")
    data = data[np.isfinite(pd.to_numeric(data["n_people"], errors="coerce"))]
    most = data.loc[data["n_people"].idxmax()] if len(data) else None
    return {
        "weeks": len(data),
        "people": canvas.whole(data["n_people"].sum()) if len(data) else math.nan,
        "from": pd.Timestamp(data["week"].min()) if len(data) else pd.NaT,
        "to": pd.Timestamp(data["week"].max()) if len(data) else pd.NaT,
        "most": math.nan if most is None else canvas.whole(most["n_people"]),
        "most_at": pd.NaT if most is None else pd.Timestamp(most["week"]),
    }


def _per_cent(data: pd.DataFrame) -> pd.DataFrame:
    factor = data["unit"].map(lambda u: _PERCENT.get(str(u).lower(), 1.0)) if "unit" in data.columns else 1.0
    columns = ("estimate", "conf_low", "conf_high")
    return data.assign(**{c: pd.to_numeric(data[c], errors="coerce") * factor for c in columns})
