"""What the command publish does: reports out of the house, in the formats that people use."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from tne.runs import inputs
from tne.runs.outcome import UsageError


def publish(asked: Namespace) -> int:
    """Put published reports into a folder or a zip."""
    from tne.runs.execute import Interrupted, Signals
    from tne.runs.outgoing import Asked
    from tne.runs.pack import pack
    from tne.runs.progress import Progress

    formats = _formats(asked.formats)
    what = Asked(asked.reports, asked.to, formats, tuple(asked.report), tuple(asked.market), asked.older)
    progress = Progress(quiet=asked.json)
    try:
        with Signals() as signals, progress:
            told = pack(what, _root(asked.workspace, asked.reports), signals, progress)
    except Interrupted as stop:
        print("tne: Stopped by a signal. Nothing was published; what stood there stays.", file=sys.stderr)
        return 128 + stop.signum
    print(json.dumps(told, indent=1, ensure_ascii=False) if asked.json else _summary(told, asked.to))
    return int(told["exit_code"])


def _formats(given: str) -> tuple[str, ...]:
    from tne.runs.outgoing import FORMATS
    from tne.runs.pack import missing

    if not given:
        lacking = missing()
        for why in lacking.values():
            print(f"tne: Left out: {why}.", file=sys.stderr)
        return tuple(kind for kind in FORMATS if kind not in lacking)
    named = [name.strip().lower() for name in given.split(",") if name.strip()]
    unknown = sorted(set(named) - set(FORMATS))
    if unknown or not named:
        raise UsageError(
            f"--formats {given} names no format: {', '.join(unknown)}. Choose from {', '.join(FORMATS)}, with commas."
        )
    return tuple(kind for kind in FORMATS if kind in named)


def _root(given: Path | None, reports: Path) -> Path | None:
    """Return the workspace that the reports were made from; None if it is not at hand and none was named."""
    from tne.runs import manifest

    try:
        root = inputs.workspace_root(given)
    except UsageError:
        if given is not None:
            raise
        return None
    made_from, name = (
        manifest.read(reports).get("workspace"),
        str(inputs.config(root).get("name") or root.name),
    )
    if made_from in (None, name):
        return root
    if given is not None:  # the ids of other people would be looked for
        raise UsageError(
            f"{reports} was made from the workspace {made_from}, not from {name}. Name that one."
        )
    return None


def _summary(told: dict[str, Any], place: Path) -> str:
    from tne.runs.parcel import is_zip

    reports = told["reports"]
    # of the table of numbers alone no report has a file of its own
    out = sum(bool(entry["files"]) or entry["status"] in ("published", "stale") for entry in reports)
    files = sum(len(entry["files"]) for entry in reports) or 1
    if told["exit_code"] and not out:
        return f"None of {len(reports)} reports could go out. {place} is as it was."
    left = f", {len(reports) - out} left out" if out < len(reports) else ""
    news = "" if told["changed"] else " Nothing has changed since it was last published."
    first = (
        f" Open {place / 'index.html'}"
        if "html" in told["formats"] and not is_zip(place)
        else f" See {place}"
    )
    return f"{out} reports in {files} files{left}.{news}{first}"
