"""What would be looked at next? The frames and effects behind it, the likeliest first, made piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from tne.desk.accuracy import audits_of
from tne.desk.choices import Choice
from tne.desk.effect import effect_of, markets_of
from tne.desk.shelf import TRAINEES, Shelf

Key = tuple[Any, ...]


def likely(own: Shelf, choice: Choice, made: Mapping[Key, Any]) -> Iterator[tuple[Key, ...]]:
    """Make on a shelf what the next looks from a choice would make, and pause after each piece.

    Parameters
    ----------
    own : Shelf
        Nobody else's: it is worked at while the one that is asked stands elsewhere.
    choice : Choice
        Where the user stands.
    made : mapping
        What the user's shelf holds; read only.

    Yields
    ------
    tuple of tuple
        Keys of what is finished and not needed here any more.

    Notes
    -----
    Only what takes long: the effects of the programme in all markets, the other programmes, the decisions of the
    market, other periods, and then the others' effects in all markets. From all markets the periods beside come
    first; no others, as a panel of all markets takes memory. Figures are drawn when they are asked for.
    """
    offer, period, market = own.offer, choice.period, choice.market or next(iter(own.offer.markets))
    mine = [choice.programme] if choice.programme in offer.compared else []
    others = [name for name in offer.compared if name not in mine]
    known = ["", *offer.periods]
    everywhere = [market, *(one for one in offer.markets if one != market)]
    here = [(name, period, everywhere) for name in mine]
    there = [(name, period, everywhere) for name in others]
    if choice.market:
        beside = [(name, period, [market]) for name in others]
        then = [(name, then, [market]) for then in known if then != period for name in mine]
    else:
        at = known.index(period) if period in known else 0
        beside = [
            (name, then, everywhere)
            for then in known[max(0, at - 1) : at + 2]
            if then != period
            for name in mine
        ]
        then = []
    soon, later = [*here, *beside], [*then, *there]
    if choice.question != "effect":
        soon, later = [], [*soon, *later]
    for name, then, markets in soon:
        yield from _effects(own, name, then, markets, made)
    yield from _decisions(own, market, period, made)
    for name, then, markets in later:
        yield from _effects(own, name, then, markets, made)


def _effects(
    own: Shelf, programme: str, period: str, markets: list[str], made: Mapping[Key, Any]
) -> Iterator[tuple[Key, ...]]:
    """Make the effects of one programme in some markets; an earlier period of one market from that market alone."""
    panel = ("panel", programme, period)
    left = [market for market in markets if ("effect", programme, market, period) not in made]
    alone = period != "" and len(markets) == 1
    if "effect" not in own.offer.questions or (not left and (alone or panel in made)):
        return
    if panel in made:
        # another copy, names of the columns included: two threads share nothing that one of them might still build up
        copy = own.made[panel] = made[panel].copy()
        copy.columns = copy.columns.copy(deep=True)
    asked = Choice("effect", "", programme, period=period)
    there = left
    if not alone:
        there = markets_of(own, asked)
        yield ()
    for market in left:
        if market in there:
            with suppress(ValueError):  # no audits by then: the question says so itself
                effect_of(own, asked, market)
            yield (
                ("as_of", period),
                ("panel in", market, programme, period),
                ("effect", programme, market, period),
            )
    yield (panel,)
    own.made.pop(("known", period), None)  # a session takes a hundred megabytes


def _decisions(own: Shelf, market: str, period: str, made: Mapping[Key, Any]) -> Iterator[tuple[Key, ...]]:
    """Make what the accuracy of a market rests on."""
    if "accuracy" not in own.offer.questions:
        return
    read = ("happened", "audits", market, period)
    if read not in made:
        audits_of(own, Choice("accuracy", market, period=period))
        yield read, ("audits", market, "", None, "", period)
    if ("series", market) not in made:
        own.series(market)
        yield (("series", market),)
    if TRAINEES not in made and own.trainees is not None:
        yield (TRAINEES,)
    for name in own.offer.begun:
        if ("scores", name, "") not in made:
            own.scores(name)
            yield (("scores", name, ""),)
