"""How long does one change at the desk take? Processor time, first and second look: ``desk.py WORKSPACE``.

Processor and not clock time, so that other work on the machine does not count; with two cores the clock shows less.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import tne
from tne.desk.answer import answer
from tne.desk.choices import Choice, first_choice
from tne.desk.cohorts import cohorts_of, compare
from tne.desk.shelf import shelf_of
from tne.desk.shown import answer_html


def timed(act: Callable[[], object]) -> float:
    """Return the processor seconds of one call."""
    start = time.process_time()
    act()
    return time.process_time() - start


def main(workspace: str) -> None:
    """Print a row per kind of change: first look and second look."""
    ws = tne.open(workspace)
    shelf = shelf_of(ws)
    first = first_choice(ws, shelf.offer)
    market = [code for code in shelf.offer.markets if code != first.market]
    programme = next((name for name in shelf.offer.compared if name != first.programme), first.programme)
    here, known = market[0], shelf.offer.periods[1]
    changes = {
        "opening the desk, imports included": first,
        "another market: effect": Choice("effect", here, first.programme),
        "another programme: effect": Choice("effect", here, programme),
        "the same programme in a third market": Choice("effect", market[1], programme),
        "another period: effect": Choice("effect", here, programme, period=known),
        "all markets: effect, pooled": Choice("effect", "", programme),
        "accuracy of a market, by programme": Choice("accuracy", here),
        "accuracy of a market in a period": Choice("accuracy", here, period=known),
        "accuracy of the trained, by cohort": Choice("accuracy", here, programme),
        "accuracy of all markets": Choice("accuracy"),
        "learning": Choice("learning", here, programme),
        "reaction": Choice("reaction", here, programme),
    }
    print("| change | first time | again |\n|---|---|---|")
    for name, choice in changes.items():
        once, again = (timed(lambda choice=choice: answer_html(answer(shelf, choice))) for _ in range(2))
        print(f"| {name} | {once:.2f} s | {again:.2f} s |", flush=True)
    down = answer(shelf, Choice("accuracy", here, programme)).parts.into[0]
    once, again = (timed(lambda: answer(shelf, down)) for _ in range(2))
    print(f"| a cohort, by policy area | {once:.2f} s | {again:.2f} s |")
    choice = Choice("accuracy", here, programme)
    one, two, *_ = cohorts_of(shelf, choice)
    print(f"| two cohorts | {timed(lambda: compare(shelf, choice, one, two)):.2f} s | 0.00 s |")


if __name__ == "__main__":
    main(sys.argv[1])
