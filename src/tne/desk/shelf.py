"""The frames of one state of a workspace, each made once: what makes the second look quick."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import pandas as pd

from tne.desk.choices import Choice, Offer, days_of, offer
from tne.report.voice import Voice, voice
from tne.tables.arrow import to_frame
from tne.tables.earlier import can_look_back, earlier_panel, earlier_rows
from tne.tables.latest import latest_by
from tne.tables.periods import last_day
from tne.tables.plans import known_plans
from tne.tables.reading import find_root, rows
from tne.tables.threshold import min_n_of
from tne.tables.trainees import trainees
from tne.tables.workspace import Workspace
from tne.tables.workspace import open as open_workspace

Made = TypeVar("Made")
TRAINEES = ("trainees",)
# What the desk reads of a table with many rows and many columns: half the time of all of them
_READ = {
    "audits": ("market", "moderator_id", "policy_area", "decided_at", "correct", "sampling_weight", "seeded")
}
_PLACE = "_shelf"  # on its workspace, with which it goes: kept elsewhere, both would stay for good


@dataclass(frozen=True, eq=False)
class Shelf:
    """A workspace and what was made from it. Get one with `shelf_of`.

    Parameters
    ----------
    ws : Workspace
    state : tuple
        Name, size and instant of every file, as they were.
    """

    ws: Workspace
    state: tuple[Any, ...]
    made: dict[tuple[Any, ...], Any] = field(default_factory=dict, repr=False)

    def keep(self, asked: tuple[Any, ...], make: Callable[[], Made]) -> Made:
        """Return what `make` returns, made once."""
        if asked not in self.made:
            self.made[asked] = make()
        return cast(Made, self.made[asked])

    @property
    def offer(self) -> Offer:
        """What can be asked."""
        return self.keep(("offer",), lambda: offer(self.ws))

    @property
    def min_n(self) -> int:
        """Fewest people of a published number."""
        return min_n_of(self.ws.config)

    def known(self, period: str) -> Workspace:
        """Return the workspace as it was known at the end of a period.

        Raises
        ------
        ValueError
            For frames in memory, which are cut by ``Workspace.from_frames(until=…)``.
        """
        if not period or (self.ws.until is not None and self.ws.until <= last_day(period)):
            return self.ws  # nothing that was known later
        if self.ws.root is None:
            raise ValueError(
                "Frames in memory are not opened anew for a period. Make the workspace with `until`."
            )
        return self.keep(("known", period), lambda: open_workspace(self.ws.root, period, self.ws.market))

    def panel(self, programme: str, period: str) -> pd.DataFrame:
        """Return the panel of a programme over all markets."""

        def make() -> pd.DataFrame:
            if not period or ("known", period) in self.made or not can_look_back(self.ws.engine):
                return self.known(period).panel(programme)
            return earlier_panel(self.ws.engine, programme, None, last_day(period))

        return self.keep(("panel", programme, period), make)

    def is_alone(self, programme: str, period: str) -> bool:
        """Return whether a programme is looked at in one market alone, as it was known at the end of a period.

        Notes
        -----
        Of an earlier period that is half the work. Not where the panel of all is there already, or where the
        programme came to whole markets, which are compared.
        """
        there = ("panel", programme, period) in self.made or ("known", period) in self.made
        if there or self.ws.programme(programme).get("rollout_unit") == "market":
            return False
        return can_look_back(self.ws.engine) if period else self.ws.market is None

    def panel_in(self, programme: str, market: str, period: str) -> pd.DataFrame:
        """Return the panel of a programme with all rows of a market; of other markets those that are there anyway."""

        def make() -> pd.DataFrame:
            if not period:
                return self.ws.panel(programme, market=market)
            return earlier_panel(self.ws.engine, programme, market, last_day(period))

        if not self.is_alone(programme, period):
            return self.panel(programme, period)
        asked = ("panel in", market, programme, period)
        if asked not in self.made:
            for key in list(self.made):  # one is looked at; many fill the memory
                if key[0] == "panel in":
                    self.made.pop(key, None)
        return self.keep(asked, make)

    def plans(self, period: str) -> tuple[dict[str, Any], ...]:
        """Return the plans that were frozen by the end of a period."""
        if not period or ("known", period) in self.made or not can_look_back(self.ws.engine):
            return self.known(period).plans
        return known_plans(self.ws.plans, last_day(period))

    def surveys(self, market: str, period: str) -> pd.DataFrame:
        """Return the surveys of a market that were known at the end of a period."""
        if not period or ("known", period) in self.made or not can_look_back(self.ws.engine):
            return self.known(period).table("surveys", market=market)
        return earlier_rows(self.ws.engine, "surveys", market, last_day(period))

    def as_of(self, period: str) -> pd.Timestamp:
        """Return the latest instant observed in any market, of what was known at the end of a period."""
        if not period or ("known", period) in self.made or not can_look_back(self.ws.engine):
            return self.known(period).as_of
        return self.keep(("as_of", period), lambda: latest_by(self.ws.engine, last_day(period)))

    def scores(self, programme: str, period: str = "") -> pd.DataFrame:
        """Return the scores of a programme over all markets."""
        return self.keep(("scores", programme, period), lambda: self.known(period).scores(programme))

    @property
    def trainees(self) -> pd.DataFrame:
        """Who was trained in which programme, over all markets."""
        return self.keep(TRAINEES, lambda: trainees(self.ws.engine))

    def series(self, market: str) -> pd.DataFrame:
        """Return the weekly accuracy of a market."""
        asked = ("series", market)
        return self.keep(asked, lambda: self.ws.series("accuracy", "market", "W", market=market))

    def happened(self, table: str, choice: Choice) -> pd.DataFrame:
        """Return the rows of a table in the period, of the market or of all; of audits the columns that are needed."""

        def read() -> pd.DataFrame:
            start, end = days_of(choice.period) if choice.period else (None, None)
            market, engine = choice.market or None, self.ws.engine
            if table not in _READ or not engine.session.in_order:
                return self.ws.table(table, market=market, start=start, end=end)
            return to_frame(table, rows(engine, table, market, start, end, columns=", ".join(_READ[table])))

        return self.keep(("happened", table, choice.market, choice.period), read)

    def voice(self, choice: Choice) -> Voice:
        """Return a voice that speaks English about the market of a choice."""
        rows = self.ws.markets
        row = rows.loc[rows["market"].eq(choice.market)].to_dict("records")
        about = row[0] if row else {"market": "all", "name": "All markets"}
        return voice(about, language="en", min_n=self.min_n, report="desk", period=choice.period)


def shelf_of(ws: Workspace) -> Shelf:
    """Return the shelf of a workspace; a new one where its files changed since.

    Notes
    -----
    An imported workspace reads the files that it was opened with, so that its state does not change; only a folder
    whose files are written over does. Then the frames are made anew, from the workspace opened anew.
    """
    found: Shelf | None = vars(ws).get(_PLACE)
    state = _state(ws)
    if found is None or found.state != state:
        anew = found is not None and ws.root is not None
        found = Shelf(open_workspace(ws.root, ws.until, ws.market) if anew else ws, state)
        vars(ws)[_PLACE] = found
    return found


def twin(shelf: Shelf) -> Shelf | None:
    """Return a shelf of the same workspace with a session of its own, in which a second thread may work.

    Returns
    -------
    Shelf or None
        None where the second would not be the same: frames in memory, a warehouse, or files, settings or plans that
        changed since the first was opened.
    """
    ws = shelf.ws
    if ws.root is None or not ws.engine.files or not ws.engine.session.in_order:
        return None
    other = open_workspace(ws.root, ws.until, ws.market)
    state = _state(other)
    same = state == shelf.state == _state(ws) and str(other.as_of) == str(ws.as_of)
    return Shelf(other, state) if same and (other.config, other.plans) == (ws.config, ws.plans) else None


def is_current(shelf: Shelf) -> bool:
    """Return whether the files are still those of the shelf."""
    return _state(shelf.ws) == shelf.state


def opening(ws: Workspace, *, until: str = "") -> str:
    """Return the line of code that opens the workspace as it is open here."""
    cut = ws.until is not None and not (until and last_day(until) < ws.until)
    known = str(ws.until) if cut else until
    parts = [] if _is_nearest(ws) else [repr(str(ws.root))]
    parts += [f"until={known!r}"] if known else []
    parts += [f"market={ws.market!r}"] if ws.market else []
    if ws.root is None:
        return "# ws: the workspace of frames in memory"
    return f"ws = tne.open({', '.join(parts)})"


def _is_nearest(ws: Workspace) -> bool:
    try:
        return ws.root is not None and find_root(None).resolve() == ws.root.resolve()
    except FileNotFoundError:
        return False


def _state(ws: Workspace) -> tuple[Any, ...]:
    stored = []
    for file in ws.engine.files:
        if file.exists():
            found = file.stat()
            stored.append((str(file), found.st_size, found.st_mtime_ns))
    return tuple(stored)
