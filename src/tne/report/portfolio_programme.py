"""Where does a programme stand over all its markets? Verdicts as each market has them, one pooled effect."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tne.report.block import estimates_row
from tne.report.disclosure import headcount, publishable
from tne.report.index_rows import folded
from tne.report.index_rows import name as market_name
from tne.report.standing import HARMFUL, HIDDEN, Standing, english_note, estimate_row, standing
from tne.report.voice import Voice

MIXED = "mixed"
COMPARED = ("A", "B", "C")  # grades of a comparison: only these are pooled
ORDER = ("stop", "revise", "scale", "keep", "measure_better")
_RANK = {"effective": 0, MIXED: 1, HARMFUL: 2, "not_effective": 3, "cannot_tell": 4, HIDDEN: 5}


@dataclass(frozen=True, eq=False)
class Overall:
    """One programme over its markets, after the disclosure gate.

    `state` follows from the verdicts of the markets and from no test of its own: ``effective`` (in some market, in
    none without use), ``mixed`` (in some of use, in others not), ``harmful``, ``not_effective``, ``cannot_tell``,
    ``hidden``. `effect` is the gated row of the pooled effect or, where one market alone is compared, of that one;
    `low` and `high` are the range for a further market.
    """

    programme_id: str
    title: str
    state: str
    parts: tuple[tuple[str, Standing], ...]
    effect: Mapping[str, Any]
    pooled: int
    low: float = math.nan
    high: float = math.nan

    @property
    def shown(self) -> bool:
        """Whether an effect over markets is shown."""
        return math.isfinite(self.effect["estimate"])

    @property
    def minimum(self) -> float:
        """Smallest effect worth having; NaN if the markets differ or none was set."""
        found = {item.minimum for _, item in self.parts if math.isfinite(item.minimum)}
        return found.pop() if len(found) == 1 else math.nan

    @property
    def n_trained(self) -> float:
        """People trained in the markets that are shown, rounded to 5; NaN where there are none."""
        known = [item.n_trained for _, item in self.parts if math.isfinite(item.n_trained)]
        return headcount(sum(known)) if known else math.nan

    def markets(self, state: str) -> list[str]:
        """Return the names of the markets with a verdict."""
        return [name for name, item in self.parts if item.state == state]

    def actions(self) -> list[tuple[str, str, dt.date | None, list[str]]]:
        """Return action, role, day and markets, what needs a decision first."""
        told: dict[tuple[str, str], tuple[dt.date | None, list[str]]] = {}
        for name, item in self.parts:
            if item.state != HIDDEN:
                told.setdefault((item.action, item.owner_role), (item.due, []))[1].append(name)
        order = {action: k for k, action in enumerate(ORDER)}
        ranked = sorted(told.items(), key=lambda one: order.get(one[0][0], len(ORDER)))
        return [(action, role, due, names) for (action, role), (due, names) in ranked]


def market_names(voice: Voice, markets: pd.DataFrame) -> dict[str, str]:
    """Return the name of each market in the language of the report, in the order of names.

    Parameters
    ----------
    voice : Voice
    markets : DataFrame
        The table `markets`: market, name, language.

    Returns
    -------
    dict of str to str

    Examples
    --------
    >>> voice = tne.say.voice({"market": "all", "language": "de"})
    >>> markets = pd.DataFrame({"market": ["ES", "IE"], "name": ["Spain", "Ireland"], "language": ["es-ES", "en-IE"]})
    >>> tne.say.market_names(voice, markets)
    {'IE': 'Irland', 'ES': 'Spanien'}
    """
    named = {str(row["market"]): market_name(voice, row) for row in markets.to_dict("records")}
    return dict(sorted(named.items(), key=lambda one: (folded(one[1]), one[0])))


def poolable(voice: Voice, effects: Mapping[tuple[str, str], Any], names: Mapping[str, str]) -> pd.DataFrame:
    """Return the effects that may be pooled: columns of an estimate after programme_id, market, grade.

    Parameters
    ----------
    voice : Voice
    effects : mapping
        (programme_id, market) to `ProgrammeEffect`.
    names : mapping
        Market names by code, in the order of rows.

    Returns
    -------
    DataFrame

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Notes
    -----
    A market is pooled if its effect rests on a comparison (evidence A to C) and is shown in its own report. With a
    market that is hidden the pooled number would give it away.

    Examples
    --------
    >>> voice, ws = tne.say.voice({"market": "all", "language": "en"}), tne.open("data/sample")
    >>> programme = ws.programme("appeals-workshop")
    >>> effect = tne.primary_effect(ws.panel("appeals-workshop"), market="IE", programme=programme)
    >>> effects = {("appeals-workshop", "IE"): effect}
    >>> tne.say.poolable(voice, effects, {"IE": "Ireland"}).empty  # grade D rests on no comparison
    True
    """
    rows = []
    for programme in dict.fromkeys(name for name, _ in effects):
        for market in names:
            effect = effects.get((programme, market))
            if effect is None:
                continue
            item, row = standing(voice, effect), estimate_row(effect.effect)
            if item.shown and item.letter in COMPARED and row["std_error"] > 0:
                key = {"programme_id": programme, "market": market, "grade": item.letter}
                rows.append(key | {"planned": bool(effect.planned)} | row)
    columns = ["programme_id", "market", "grade", "planned", *estimate_row({})]
    return pd.DataFrame(rows, columns=columns)


def overall(
    voice: Voice,
    effects: Mapping[tuple[str, str], Any],
    pooled: Mapping[str, Any],
    names: Mapping[str, str],
) -> tuple[Overall, ...]:
    """Reduce the programmes to what may be published, those that worked first.

    Parameters
    ----------
    voice : Voice
    effects, names : mapping
        As in `poolable`.
    pooled : mapping
        programme_id to the `tne.pool` of its markets, where at least two are compared.

    Returns
    -------
    tuple of Overall

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice, ws = tne.say.voice({"market": "all", "language": "en"}), tne.open("data/sample")
    >>> programme = ws.programme("appeals-workshop")
    >>> effect = tne.primary_effect(ws.panel("appeals-workshop"), market="IE", programme=programme)
    >>> items = tne.say.overall(voice, {("appeals-workshop", "IE"): effect}, {}, {"IE": "Ireland"})
    >>> [(item.title, item.state) for item in items]
    [('Appeals: handling workshop', 'cannot_tell')]
    """
    found = poolable(voice, effects, names)
    items = []
    for programme in dict.fromkeys(name for name, _ in effects):
        parts = tuple(
            (names[market], standing(voice, effects[programme, market]))
            for market in names
            if (programme, market) in effects
        )
        if parts:
            items.append(
                _one(voice, parts, found.loc[found["programme_id"].eq(programme)], pooled.get(programme))
            )
    return tuple(sorted(items, key=lambda item: (_RANK[item.state], folded(item.title))))


def overall_rows(voice: Voice, items: Sequence[Overall]) -> tuple[dict[str, Any], ...]:
    """Return the rows of ``estimates.csv``: the pooled effect of each programme and the range for a further market."""
    out = []
    for item in items:
        row = item.effect
        key = {
            "report": voice.report,
            "market": voice.market,
            "programme_id": item.programme_id,
            "group": "all",
        }
        key |= {"period": voice.period, "level": "behaviour", "measure": "accuracy"}
        told = {name: row[name] for name in ("conf_level", "n", "n_people")} | {"unit": "points"}
        note = "" if item.shown else english_note(voice, str(row["note"]))
        numbers = {name: row[name] for name in ("estimate", "conf_low", "conf_high")}
        out.append(estimates_row(**key, term="pooled", note=note, **(told | numbers if item.shown else {})))
        if item.shown and math.isfinite(item.low):
            limits = {"estimate": row["estimate"], "conf_low": item.low, "conf_high": item.high}
            out.append(estimates_row(**key, term="further_market", **told, **limits))
    return tuple(out)


def _one(voice: Voice, parts: tuple[tuple[str, Standing], ...], found: pd.DataFrame, pool: Any) -> Overall:
    first = parts[0][1]
    low = high = math.nan
    if len(found) > 1 and pool is not None:
        people = {name: float(found[name].sum()) for name in ("n", "n_people", "n_people_total")}
        row = estimate_row(pool.mean) | people
        low, high = (float(limit) for limit in pool.prediction)
    elif len(found) == 1:
        row = estimate_row(found.iloc[0].to_dict())
    else:
        row = estimate_row({"note": "no_estimate"})
    gated = publishable(row, min_n=voice.min_n)
    if not len(found):
        gated = row | {"note": "no_comparison"}
    ends = publishable(
        {"estimate": row["estimate"], "conf_low": low, "conf_high": high, "n_people": row["n_people"]},
        min_n=voice.min_n,
        share=False,
    )
    return Overall(
        programme_id=first.programme_id,
        title=first.title,
        state=_state([item.state for _, item in parts]),
        parts=parts,
        effect=gated,
        pooled=len(found),
        low=float(ends["conf_low"]),
        high=float(ends["conf_high"]),
    )


def _state(states: Sequence[str]) -> str:
    """The verdict over markets: no test of its own, so that chance is not given another try."""
    good = "effective" in states
    bad = HARMFUL in states or "not_effective" in states
    if good and bad:
        return MIXED
    if good or bad:
        return "effective" if good else HARMFUL if HARMFUL in states else "not_effective"
    return HIDDEN if set(states) == {HIDDEN} else "cannot_tell"
