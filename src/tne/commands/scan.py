"""What the command scan does: look through finished files for what must not leave the team."""

from __future__ import annotations

import argparse
import json
from argparse import Namespace
from pathlib import Path

from tne.runs import inputs
from tne.runs.outcome import GATE, OK, UsageError


def arguments(step: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    step.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=Path("reports"),
        metavar="FOLDER",
        help="folder, zip or file to look through; default: reports",
    )
    step.add_argument("--json", action="store_true", help="print the findings as JSON")


def scan(asked: Namespace) -> int:
    """Say in which files what kind of thing was found, never the thing."""
    from tne.runs.manifest import min_n
    from tne.runs.scan import known_of, scan_files

    if not asked.folder.exists():
        raise UsageError(f"There is nothing at {asked.folder}. Name a folder, a zip or a file.")
    root = inputs.workspace_root(asked.workspace)
    known = known_of(root)
    files, found = scan_files(asked.folder, known)
    if asked.json:
        print(
            json.dumps(
                {"files": files, "findings": [vars(one) for one in found]}, indent=1, ensure_ascii=False
            )
        )
    else:
        for one in found:
            print(f"{one.file}: {one.kind}" + (f" ({one.count})" if one.count > 1 else ""))
        ids = f"{len(known.ids)} ids of people looked for, threshold {min_n(inputs.config(root))}"
        print(f"{files} files, {len(found)} findings; {ids}.")
        if found:
            print(
                "Do not share these files. Make them again with `tne run`, or find out who wrote into them."
            )
    return GATE if found else OK
