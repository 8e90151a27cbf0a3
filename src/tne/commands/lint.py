"""What the command lint does: say which rules of the house a notebook breaks, a line each."""

from __future__ import annotations

import argparse
import json
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from tne.runs.outcome import OK, SOME_FAILED, UsageError


def arguments(step: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    step.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="notebooks, or folders with some; default: the folder notebooks",
    )
    step.add_argument("--json", action="store_true", help="print the faults as JSON")


def lint(asked: Namespace) -> int:
    """Print the faults of each notebook; 1 if there are any."""
    from tne.runs.lint import lint as faults_of

    notebooks = _notebooks(asked.paths or [Path("notebooks")])
    found = [(path, fault) for path in notebooks for fault in faults_of(path)]
    if asked.json:
        told = [{"path": str(path), **vars(fault)} for path, fault in found]
        print(json.dumps({"notebooks": len(notebooks), "faults": told}, indent=1, ensure_ascii=False))
        return SOME_FAILED if found else OK
    for path, fault in found:
        print(f"{path}:{fault}")
    whole = len(notebooks) - len({path for path, _ in found})
    print(f"{whole} of {len(notebooks)} notebooks keep the rules.")
    return SOME_FAILED if found else OK


def _notebooks(places: Sequence[Path]) -> list[Path]:
    """Return the notebooks at some places, each once; what an editor keeps beside them is none."""
    found: dict[Path, None] = {}
    for place in places:
        if not place.exists():
            raise UsageError(f"There is nothing at {place}. Name notebooks or folders.")
        inside = sorted(place.rglob("*.ipynb")) if place.is_dir() else [place]
        found |= dict.fromkeys(path for path in inside if ".ipynb_checkpoints" not in path.parts)
    if not found:
        raise UsageError(f"No notebook in {', '.join(map(str, places))}. Name notebooks or folders.")
    return list(found)
