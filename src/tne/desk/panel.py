"""The desk behind a few controls. The only module that needs ipywidgets; without it the plain functions remain."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from tne.desk.answer import Answer, answer
from tne.desk.choices import Choice, first_choice
from tne.desk.shelf import shelf_of
from tne.tables.small import keep_small
from tne.tables.workspace import Workspace
from tne.tables.workspace import open as open_workspace

if TYPE_CHECKING:
    from tne.desk.controls import Panel

PLAIN = (
    "The controls need ipywidgets, which is not installed here (`make lab` sets it up). Everything works without: "
    'tne.ask(ws, "accuracy", market="…"), tne.compare_cohorts(…), tne.trace(…). Here is the first answer.'
)


def explore(
    ws: Workspace | None = None, *, reports: str | Path = "reports", ahead: bool = True
) -> Panel | Answer:
    """Open the desk: choose question, market, programme and period; see the number and take its code along.

    Parameters
    ----------
    ws : Workspace, optional
        Default: `tne.open()`.
    reports : path
        Folder of finished reports, whose numbers can be taken apart.
    ahead : bool
        In a notebook, make what the next look would need while nothing else is running, so that it comes at once.

    Returns
    -------
    Panel or Answer
        A widget as the last line of a cell. Where ipywidgets is not installed: the first answer, which shows the same
        without controls.

    Raises
    ------
    FileNotFoundError
        If there is no workspace.

    Notes
    -----
    Every number is exact and stays at the desk; what a report would hide is marked. What was made once is kept for as
    long as the tables are the same.

    Examples
    --------
    >>> import tne
    >>> type(tne.explore(tne.open("data/sample"))).__name__
    'Panel'
    """
    shelf = shelf_of(open_workspace() if ws is None else ws)
    keep_small(shelf.ws.engine)
    choice = first_choice(shelf.ws, shelf.offer)
    if find_spec("ipywidgets") is None:
        print(PLAIN)
        return answer(shelf, _askable(choice))
    from tne.desk.ahead import begin
    from tne.desk.controls import Panel

    if ahead:
        begin(shelf)
    return Panel(shelf, choice, Path(reports))


def _askable(choice: Choice) -> Choice:
    return choice if choice.question == "effect" else replace(choice, programme="")
