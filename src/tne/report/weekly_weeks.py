"""All weeks of the weekly report: those beyond chance with what coincides, and each measure week by week."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from tne.report.block import Block
from tne.report.disclosure import ABOVE_EDGE, BELOW_EDGE
from tne.report.exhibit import figure, table
from tne.report.figures.weekly import weekly_levels, weekly_levels_values
from tne.report.tables import cell_text
from tne.report.voice import Voice
from tne.report.weekly_state import Weekly, events_of
from tne.report.weekly_words import event_words, name_of

ALWAYS = ("error_rate", "cases_per_day")  # drawn whether they moved or not
LAST = 3  # policies named in a figure


def weekly_list(voice: Voice, items: Sequence[Weekly], events: pd.DataFrame) -> Block:
    """Return the table of all weeks beyond chance, the latest first, each with what coincides.

    Parameters
    ----------
    voice : Voice
    items : sequence of Weekly
        Of `weekly_items`.
    events : DataFrame
        Of `tne.weekly_events`.

    Returns
    -------
    Block
        Of kind ``"table"`` or ``"text"``.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> days = pd.date_range("2026-01-05", periods=16, freq="7D").repeat(12)
    >>> production = pd.DataFrame({"moderator_id": [*range(12)] * 16, "queue": "q", "date": days})
    >>> production["cases"] = np.repeat([100, 104, 98, 101] * 3 + [103, 99, 140, 0], 12)
    >>> weeks = tne.weekly_operations(production)
    >>> columns = {"value": "value", "period": "period", "provisional": "provisional"}
    >>> signals = tne.weekly_signals(weeks, **columns, fewest_people=10)
    >>> events = tne.weekly_events(weeks["week"])
    >>> items = tne.say.weekly_items(voice, {"cases_per_day": signals}, events)
    >>> tne.say.weekly_list(voice, items, events).kind
    'table'
    """
    rows = [
        row.to_dict()
        | {"measure": voice.text(f"weekly.title_{item.measure}"), "coincides": _beside(voice, events, row)}
        | {"decimals": item.decimals}
        for item in items
        for _, row in item.weeks.loc[item.weeks["signal"].ne("")].iterrows()
    ]
    if not rows:
        return Block(html=f"<p>{voice.html('weekly.no_signal')}</p>", kind="text")
    frame = pd.DataFrame(rows).sort_values("week", ascending=False, kind="stable", ignore_index=True)
    frame = frame.assign(
        usual_low=frame["lower"], usual_high=frame["upper"], conf_low=frame["lower"], conf_high=frame["upper"]
    )
    names = {
        "week": "column.week",
        "measure": "column.measure",
        "estimate": "weekly.value",
        "usual": "weekly.usual",
    }
    columns = {name: voice.text(key) for name, key in names.items()}
    columns["coincides"] = voice.text("weekly.beside")
    frame, columns = _edges_in_words(voice, frame, columns)
    return table(voice, "weekly_signals", frame, columns=columns, formats={"usual": "interval"})


def weekly_charts(
    voice: Voice, items: Sequence[Weekly], *, trained: Any = (), policies: Any = None
) -> list[Block]:
    """Return the figures: quality and production always, the other measures where a week lies beyond chance.

    Parameters
    ----------
    voice : Voice
    items : sequence of Weekly
        Of `weekly_items`.
    trained : sequence of dates
        Mondays of weeks with trainings.
    policies : DataFrame, optional
        effective_at, title: changes of policy.

    Returns
    -------
    list of Block
        Of kind ``"figure"``.

    Raises
    ------
    ValueError
        If a number may not be shown.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> days = pd.date_range("2026-01-05", periods=16, freq="7D").repeat(12)
    >>> production = pd.DataFrame({"moderator_id": [*range(12)] * 16, "queue": "q", "date": days})
    >>> production["cases"] = np.repeat([100, 104, 98, 101] * 3 + [103, 99, 140, 0], 12)
    >>> weeks = tne.weekly_operations(production)
    >>> columns = {"value": "value", "period": "period", "provisional": "provisional"}
    >>> signals = tne.weekly_signals(weeks, **columns, fewest_people=10)
    >>> events = tne.weekly_events(weeks["week"])
    >>> items = tne.say.weekly_items(voice, {"cases_per_day": signals}, events)
    >>> [block.kind for block in tne.say.weekly_charts(voice, items)]
    ['figure']
    """
    last = None if policies is None else policies.sort_values("effective_at").tail(LAST)
    drawn = [
        item
        for item in items
        if item.weeks["estimate"].count() > 1
        and (item.measure in ALWAYS or item.weeks["signal"].ne("").any())
    ]
    return [_chart(voice, item, trained, last) for item in drawn]


def weekly_caveat(voice: Voice, items: Sequence[Weekly]) -> Block:
    """Return the caveat on measures whose neighbouring weeks resemble each other; empty without one.

    Parameters
    ----------
    voice : Voice
    items : sequence of Weekly
        Of `weekly_items`.

    Returns
    -------
    Block
        Of kind ``"caveat"``.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> days = pd.date_range("2026-01-05", periods=16, freq="7D").repeat(12)
    >>> production = pd.DataFrame({"moderator_id": [*range(12)] * 16, "queue": "q", "date": days})
    >>> production["cases"] = np.repeat([100, 104, 98, 101] * 3 + [103, 99, 140, 0], 12)
    >>> weeks = tne.weekly_operations(production)
    >>> columns = {"value": "value", "period": "period", "provisional": "provisional"}
    >>> signals = tne.weekly_signals(weeks, **columns, fewest_people=10)
    >>> events = tne.weekly_events(weeks["week"])
    >>> items = tne.say.weekly_items(voice, {"cases_per_day": signals}, events)
    >>> tne.say.weekly_caveat(voice, items).html  # neighbouring weeks do not resemble each other
    ''
    """
    alike = [
        name_of(voice, item.measure) for item in items if item.alike and item.weeks["estimate"].notna().any()
    ]
    if not alike:
        return Block(html="", kind="caveat")
    text = voice.html("weekly.caveat_alike", measures=voice.listed(alike))
    return Block(html=f'<p class="caveat">{text}</p>', kind="caveat")


def _chart(voice: Voice, item: Weekly, trained: Any, policies: Any) -> Block:
    title = voice.text(f"weekly.title_{item.measure}")
    more = {"training_weeks": list(trained), "policy_changes": policies, "decimals": item.decimals}
    axes = weekly_levels(item.weeks, voice=voice, title=title, **more)
    shown = item.weeks.assign(usual_low=item.weeks["lower"], usual_high=item.weeks["upper"])
    names = {
        "week": "column.week",
        "estimate": "weekly.value",
        "usual": "weekly.usual",
        "n_people": "column.n_people",
    }
    columns = {name: voice.text(key) for name, key in names.items()}
    shown = shown.assign(conf_low=shown["lower"], conf_high=shown["upper"], decimals=item.decimals)
    shown, columns = _edges_in_words(voice, shown, columns)
    marked = bool(item.weeks["signal"].ne("").any())
    return figure(
        voice,
        "weekly_levels",
        axes,
        table=shown,
        values=weekly_levels_values(item.weeks, decimals=item.decimals),
        of=name_of(voice, item.measure),
        finding="rose" if marked else "flat" if item.weeks["upper"].notna().any() else "unclear",
        columns=columns,
        formats={"usual": "interval"},
    )


def _edges_in_words(
    voice: Voice, frame: pd.DataFrame, columns: dict[str, str]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Give shares of 0 and 100 per cent, which have no number, their words; nothing changes without one."""
    edge = frame["note"].isin((BELOW_EDGE, ABOVE_EDGE))
    if not edge.any():
        return frame, columns
    said = [
        voice.code("note", note) if at_edge else cell_text(voice, row, "estimate", "number")
        for row, note, at_edge in zip(frame.to_dict("records"), frame["note"], edge, strict=True)
    ]
    named = {"value" if name == "estimate" else name: head for name, head in columns.items()}
    return frame.assign(value=said), named


def _beside(voice: Voice, events: pd.DataFrame, row: pd.Series) -> str:
    said = event_words(voice, events_of(voice, events, row["week"]))
    return "; ".join(said) if said else voice.text("weekly.nothing_beside")
