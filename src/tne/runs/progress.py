"""What a person sees while a run goes on: live on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

MARKS = {"published": "✓", "unchanged": "=", "stale": "!", "failed": "✗", "refused": "✗", "interrupted": "…"}
_STYLES = {"published": "green", "unchanged": "dim", "stale": "yellow", "failed": "red", "refused": "red"}


class Progress:
    """Lines on standard error; with `quiet` nothing but failures."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self.running: list[str] = []
        self._status: Any = None
        self._console: Any = None
        if sys.stderr.isatty() and not quiet:
            from rich.console import Console

            self._console = Console(stderr=True, highlight=False)
            self._status = self._console.status("")

    def __enter__(self) -> Progress:
        if self._status:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status:
            self._status.stop()

    def started(self, label: str) -> None:
        """Say that a report is being made."""
        self.running.append(label)
        self._show()
        if self._console is None and not self.quiet:
            print(f"  running    {label}", file=sys.stderr, flush=True)

    def finished(self, label: str, entry: Mapping[str, Any], detail: str = "") -> None:
        """Say how a report ended."""
        if label in self.running:
            self.running.remove(label)
        self._show()
        status, said = entry["status"], detail or entry["reason"]
        if self.quiet and status in ("published", "unchanged"):
            return
        seconds = f"  {entry['seconds']:.1f} s" if entry["seconds"] else ""
        text = f"{MARKS[status]} {status:<11}{label}{seconds}" + (f"  {said}" if said else "")
        if self._console is None:
            print(text, file=sys.stderr, flush=True)
        else:
            self._console.print(text, style=_STYLES.get(status, ""), markup=False)

    def _show(self) -> None:
        if self._status:
            self._status.update("running " + ", ".join(self.running) if self.running else "writing the index")
