"""How long does one change at the desk take? ``desk.py WORKSPACE [SECONDS]``.

Clock time of each change as a user feels it in the notebook, until sentence, checks and parts stand and until the
figure follows: at once after the change before, with nothing made ahead; after `SECONDS` of reading what stood before
(10), in which the likely next looks are made; and seen again. Over a second is marked.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import tne
from tne.desk.ahead import KEY, Ahead, aside
from tne.desk.answer import answer
from tne.desk.choices import Choice, first_choice
from tne.desk.cohorts import cohorts_of, compare
from tne.desk.shelf import Shelf, shelf_of
from tne.desk.shown import body_html, code_html, lead_html, parts_html
from tne.tables.small import keep_small

AIM = 1.0
READING = 10.0
OPENING = "opening the desk, imports included"


def timed(act: Callable[[], float], since: float | None = None) -> tuple[float, float]:
    """Return the seconds until the number stood and until the figure did, from now or from an earlier instant."""
    began = time.perf_counter() if since is None else since
    stood = act()
    return stood - began, time.perf_counter() - began


def changes_of(shelf: Shelf) -> dict[str, Callable[[Shelf], float]]:
    """Return what is done at the desk, in the order of a walk: mostly one control after the other."""
    offer, first = shelf.offer, first_choice(shelf.ws, shelf.offer)
    market = [code for code in offer.markets if code != first.market]
    programme = next((name for name in offer.compared if name != first.programme), first.programme)
    here, known, before = market[0], *offer.periods[1:3]
    choices = {
        OPENING: first,
        "another market: effect": Choice("effect", here, first.programme),
        "another programme: effect": Choice("effect", here, programme),
        "the same programme in a third market": Choice("effect", market[1], programme),
        "another period: effect": Choice("effect", market[1], programme, period=known),
        "all markets in that period: effect, pooled": Choice("effect", "", programme, period=known),
        "all markets in the period before: effect, pooled": Choice("effect", "", programme, period=before),
        "all markets now: effect, pooled": Choice("effect", "", programme),
        "the first programme in all markets: effect, pooled": Choice("effect", "", first.programme),
        "accuracy of a market, by programme": Choice("accuracy", here),
        "accuracy of a market in a period": Choice("accuracy", here, period=known),
        "accuracy of the trained, by cohort": Choice("accuracy", here, programme),
        "accuracy of all markets": Choice("accuracy"),
        "learning": Choice("learning", here, programme),
        "reaction": Choice("reaction", here, programme),
    }
    trained = Choice("accuracy", here, programme)

    def shown(choice: Choice) -> Callable[[Shelf], float]:
        def look(shelf: Shelf) -> float:
            with aside(shelf, choice):
                found = answer(shelf, choice)
                body = body_html(found, at_once=True)
                assert lead_html(found) + body + parts_html(found.parts) + code_html(found.code)
                stood = time.perf_counter()
                body_html(found)
                return stood

        return look

    def side_by_side(shelf: Shelf) -> float:
        with aside(shelf):
            one, two, *_ = cohorts_of(shelf, trained)
            compare(shelf, trained, one, two)._repr_html_()
            return time.perf_counter()

    return {
        **{name: shown(choice) for name, choice in choices.items()},
        "a cohort, by policy area": lambda shelf: shown(answer(shelf, trained).parts.into[0])(shelf),
        "two cohorts": side_by_side,
    }


def seconds(found: float) -> str:
    """Return a time, marked where it is over the aim."""
    return f"{found:.2f} s" if found <= AIM else f"**{found:.2f} s**"


def main(workspace: str, reading: float = READING) -> None:
    """Print a row per kind of change."""
    opened = {}

    def begin() -> float:
        opened["cold"] = shelf_of(tne.open(workspace))
        keep_small(opened["cold"].ws.engine)
        return changes_of(opened["cold"])[OPENING](opened["cold"])

    cold = {OPENING: timed(begin, START)}
    shelf = opened["cold"]
    again = {}
    for name, act in changes_of(shelf).items():
        if name != OPENING:
            cold[name] = timed(lambda act=act: act(shelf))
        again[name] = timed(lambda act=act: act(shelf))[1]
    shelf = shelf_of(tne.open(workspace))
    keep_small(shelf.ws.engine)
    shelf.keep(KEY, lambda: Ahead(shelf))
    read = {}
    for name, act in changes_of(shelf).items():
        read[name] = timed(lambda act=act: act(shelf))
        time.sleep(reading)
    print(
        f"| change | at once | with its figure | after {reading:g} s of reading | with its figure | again |\n"
        "|---|---|---|---|---|---|"
    )
    for name, clock in cold.items():
        later = ("", "") if name == OPENING else map(seconds, read[name])
        print(f"| {' | '.join((name, *map(seconds, clock), *later))} | {again[name]:.2f} s |")


START = time.perf_counter() - time.process_time()  # the imports above count as the opening

if __name__ == "__main__":
    main(sys.argv[1], *(float(word) for word in sys.argv[2:3]))
