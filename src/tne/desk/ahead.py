"""What the next look would need is made while the user reads: in one thread, at a session and a shelf of its own.

The thread makes nothing that a question does not make itself, by the same functions from the same files; whatever it
has not finished is simply made when it is asked for. Who asks breaks off its query, and it waits until they have their
answer. It draws nothing: what matplotlib is set to belongs to the user.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from tne.desk.choices import Choice
from tne.desk.likely import likely
from tne.desk.shelf import Shelf, is_current, twin
from tne.tables.workspace import Workspace

VARIABLE = "TNE_AHEAD"  # "0": nothing is made before it is asked for
KEY = ("ahead",)  # place on the shelf
QUIET = (
    0.4  # seconds after the last question before anything is begun: who clicks through waits for nothing else
)
_LEAVE = 10.0  # seconds that the end of the process waits for the piece in work


@dataclass
class _Turn:
    """Who may work: the user always, the thread when nobody else does. Not bound to what is made."""

    changed: threading.Condition = field(default_factory=threading.Condition)
    asking: int = 0
    asked: int = 0  # how often anybody did
    last: float = 0.0
    place: Choice | None = None
    ended: bool = False
    thread: threading.Thread | None = None
    own: Shelf | None = None


class Ahead:
    """Makes for one shelf what is likely to be asked next.

    Parameters
    ----------
    shelf : Shelf
        Where finished pieces are put, each in one step.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf, self._turn = weakref.ref(shelf), _Turn()
        weakref.finalize(self, _end, self._turn)  # also at the end of the process

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let the thread wait while something else is worked at."""
        self.wait()
        try:
            yield
        finally:
            self.go_on()

    def wait(self, *_: Any) -> None:
        """Let the thread wait until `go_on` was called as often; a query it is running is broken off."""
        with self._turn.changed:
            self._turn.asking += 1
            self._turn.asked += 1
            own = self._turn.own
        if own is not None:
            _interrupt(own)

    def go_on(self, *_: Any) -> None:
        """Let the thread go on, after a moment of quiet."""
        with self._turn.changed:
            self._turn.asking = max(0, self._turn.asking - 1)
            self._turn.last = time.monotonic()
            self._turn.changed.notify_all()

    def look(self, choice: Choice) -> None:
        """Say where the user stands; what is likely from there is made next."""
        turn, shelf = self._turn, self._shelf()
        with turn.changed:
            if turn.ended or shelf is None:
                return
            turn.place, turn.last = choice, time.monotonic()
            if turn.thread is None:
                turn.thread = threading.Thread(
                    target=_work, args=(shelf, turn), name="tne-ahead", daemon=True
                )
                turn.thread.start()

    def join(self, seconds: float) -> bool:
        """Wait until nothing more is likely; False if that takes longer."""
        thread = self._turn.thread
        if thread is not None:
            thread.join(seconds)
        return thread is None or not thread.is_alive()


def begin(shelf: Shelf) -> Ahead | None:
    """Let one work ahead for a shelf from now on: in a kernel that is somebody's, unless the variable says no."""
    shell: Any = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if os.environ.get(VARIABLE) == "0" or getattr(shell, "kernel", None) is None:
        return None

    def make() -> Ahead:
        one = Ahead(shelf)
        shell.events.register("pre_run_cell", one.wait)  # the user's own cells come first too
        shell.events.register("post_run_cell", one.go_on)
        one.wait()  # the cell that opens the desk is running
        return one

    return shelf.keep(KEY, make)


@contextmanager
def aside(shelf: Shelf, choice: Choice | None = None) -> Iterator[None]:
    """Let whoever works ahead for a shelf wait meanwhile; and go on from `choice`, if one is given."""
    one: Ahead | None = shelf.made.get(KEY)
    if one is None:
        yield
        return
    with one.aside():
        yield
    if choice is not None:
        one.look(choice)


def _work(shelf: Shelf, turn: _Turn) -> None:
    """Make what is likely, piece by piece, until nothing is left. Errors are for the question to tell, if it comes."""
    place: Choice | None = None
    todo: Iterator[tuple[Any, ...]] = iter(())
    while (asked := _may_go_on(turn)) is not None:
        try:
            own = turn.own = turn.own or twin(shelf)
            if own is None or not is_current(shelf):
                break  # there is none that is the same, or there will be none
            if turn.place != place:
                place = turn.place
                todo = likely(own, place, shelf.made) if place else iter(())
            keys = next(todo, None)
        except Exception:
            if turn.asked != asked:  # broken off: what is likely is made out anew, without what is finished
                place = None
                continue
            keys = None
        if keys is None:
            with turn.changed:
                if turn.place == place:
                    turn.thread = None
                    return
        elif own is not None and is_current(shelf):
            for key in keys:
                if key in own.made:
                    shelf.made.setdefault(key, own.made.pop(key))
    turn.ended, turn.own = True, None


def _may_go_on(turn: _Turn) -> int | None:
    """Wait until nobody asks and it has been quiet; return how often anybody has asked so far, None at the end."""
    with turn.changed:
        while not turn.ended:
            rest = turn.last + QUIET - time.monotonic()
            if not turn.asking and rest <= 0:
                return turn.asked
            turn.changed.wait(None if turn.asking else rest)
    return None


def _end(turn: _Turn) -> None:
    """Stop at the next piece, a running query at once, and wait for it: no thread outlives what it works with."""
    with turn.changed:
        turn.ended = True
        thread, own = turn.thread, turn.own
        turn.changed.notify_all()
    if thread is None or thread is threading.current_thread():
        return
    if own is not None:
        _interrupt(own)
    thread.join(_LEAVE)


def _interrupt(own: Shelf) -> None:
    """Break off the query that runs in a session of a shelf, if one does."""
    for ws in (own.ws, *(made for made in list(own.made.values()) if isinstance(made, Workspace))):
        with suppress(Exception):
            ws.engine.session.connection.interrupt()  # type: ignore[attr-defined]
