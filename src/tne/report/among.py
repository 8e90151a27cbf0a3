"""The opening of a report whose finding is one group among others: no programme has an effect on decisions to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import pandas as pd

from tne.report.disclosure import publishable_frame
from tne.report.published import direction, gated_row, score_words
from tne.report.standing import estimate_row
from tne.report.voice import Voice

_PLACE = {"rose": "above", "fell": "below", "unclear": "inside"}


def opening_words(voice: Voice, compared: Mapping[str, Sequence[Any]]) -> tuple[str, list[str]]:
    """Return the headline (plain text) and the sentences under it (HTML) for this market among all.

    Parameters
    ----------
    voice : Voice
        Its market is the group.
    compared : mapping of str to (Estimate, Estimate)
        Title of the programme → the two rows of `group_effects` for this market: raw, shrunken.

    Returns
    -------
    (str, list of str)

    Notes
    -----
    The shrunken estimate speaks: raw differences of small groups are mostly chance. With fewer people than the
    threshold nothing is said but that.
    """
    group = voice.market_name
    found = {title: place(voice, raw, shrunken) for title, (raw, shrunken) in compared.items()}
    first = next(iter(found))
    headline = voice.text(f"headline.group_{found[first]}", group=group, title=first)
    if set(found.values()) == {"tiny"}:
        return headline, [voice.html("standfirst.group_tiny", group=group, min_n=voice.min_n)]
    lead = [
        _result(voice, title, compared[title][1])
        for title, where in found.items()
        if where in _PLACE.values()
    ]
    return headline, [*lead, voice.html("standfirst.group_scales")]


def place(voice: Voice, raw: Any, shrunken: Any) -> str:
    """Return where a group stands: ``"above" "below" "inside" "undefined" "tiny"``."""
    heads = min(float(estimate_row(item)["n_people"]) for item in (raw, shrunken))
    if not heads >= voice.min_n:
        return "tiny"
    row = gated_row(voice, shrunken)
    return "undefined" if row is None else _PLACE[direction(row)]


def group_table(voice: Voice, effects: pd.DataFrame) -> pd.DataFrame:
    """Return this market's rows of `group_effects`, gated and named; empty with too few people.

    Parameters
    ----------
    voice : Voice
        Its market is the group.
    effects : DataFrame
        Columns ``group, kind`` and those of an estimate.

    Returns
    -------
    DataFrame
        The two rows ``raw`` and ``shrunken`` under the market's name, the kinds in words.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "name": "Ireland", "language": "en-IE"})
    >>> scores = pd.DataFrame({"market": ["IE", "ES"] * 20, "pre": [4.0, 5, 6, 7] * 10, "post": [5.0, 7, 6, 9] * 10})
    >>> effects = tne.group_effects(scores, outcome="post", baseline="pre", group="market")
    >>> tne.say.group_table(voice, effects.to_frame())[["group", "kind", "n_people"]]
         group                 kind  n_people
    2  Ireland          as measured        20
    3  Ireland  allowing for chance        20
    """
    mine = effects.loc[effects["group"].eq(voice.market)]
    shown = publishable_frame(mine, min_n=voice.min_n)
    if shown["estimate"].isna().any():
        return shown.iloc[:0]
    kinds = [voice.text(f"draw.kind_{kind}") for kind in shown["kind"]]
    return shown.assign(group=voice.market_name, kind=kinds)


def _result(voice: Voice, title: str, shrunken: Any) -> str:
    row = cast(dict[str, Any], gated_row(voice, shrunken))
    return voice.html("standfirst.group", title=title, group=voice.market_name, **score_words(voice, row))
