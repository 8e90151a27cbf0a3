"""What the command doctor does: look at the machine and the workspace, and say what to do."""

from __future__ import annotations

import argparse
import json
from argparse import Namespace
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from tne.commands.health.finding import Finding, gathered
from tne.runs import inputs
from tne.runs.outcome import OK, SOME_FAILED, UsageError


def arguments(step: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    step.add_argument(
        "--output",
        type=Path,
        default=Path("reports"),
        metavar="DIR",
        help="what `tne run` wrote; default: reports",
    )
    step.add_argument("--json", action="store_true", help="print the findings as JSON")


def doctor(asked: Namespace) -> int:
    """Print a line for each thing that was looked at; 1 if one of them keeps `tne` from working."""
    found: list[Finding] = []
    for finding in gathered(_checks(asked)):
        found.append(finding)
        if not asked.json:
            print(finding, flush=True)
    failed, warned = (sum(one.status == status for one in found) for status in ("fail", "warn"))
    if asked.json:
        print(
            json.dumps(
                {"findings": [vars(one) for one in found], "failed": failed}, indent=1, ensure_ascii=False
            )
        )
    else:
        print(f"{len(found)} things looked at: {failed} to mend (✗), {warned} to look at (!).")
    return SOME_FAILED if failed else OK


def _checks(asked: Namespace) -> Iterable[tuple[str, Callable[[], Iterable[Finding]]]]:
    from tne.commands.health import machine, place
    from tne.tables.keyfile import config_home

    root = _root(asked.workspace)
    folders = [("the reports", asked.output.absolute()), ("the configuration", config_home())]
    yield "Python", machine.python
    yield "packages", machine.packages
    yield "PDF", machine.browser
    yield "text", machine.encoding
    yield "disk", partial(machine.room, root or Path.cwd())
    if root is None:
        yield "writing", partial(machine.writing, folders)
        yield "workspace", _none_here
        return
    yield "writing", partial(machine.writing, [("the workspace", root), *folders])
    yield "tne.toml", partial(place.settings, root)
    yield "tables", partial(place.tables, root)
    yield "fonts", partial(_fonts, root)
    yield "key", partial(place.keys, root)
    yield "modes", partial(place.modes, root)
    yield "ledger", partial(place.ledger, root)
    yield "exports", partial(place.imports, root)
    yield "last run", partial(place.last_run, asked.output)


def _root(given: Path | None) -> Path | None:
    """Return the workspace, also one that has settings and no tables yet; None where none is here."""
    if given is not None and (given / "tne.toml").is_file():
        return given.resolve()
    if given is not None:
        return inputs.workspace_root(given)
    try:
        return inputs.workspace_root(None)
    except UsageError:
        return None


def _none_here() -> Iterable[Finding]:
    yield Finding("warn", "workspace", "none here.", "Begin one: tne init DIR, or make the demo: tne demo.")


def _fonts(root: Path) -> Iterable[Finding]:
    from tne.commands.health import machine
    from tne.runs.source import markets, source

    try:
        languages = [str(row.get("language") or "") for row in markets(source(root)).values()]
    except ValueError:  # no markets yet
        languages = []
    return machine.fonts(languages)
