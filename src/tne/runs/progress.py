"""What a person or a program sees while a run goes on: a live table, plain lines, or events."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any

MARKS = {"published": "✓", "unchanged": "=", "stale": "!", "failed": "✗", "refused": "✗", "interrupted": "…"}
_STYLES = {"published": "green", "unchanged": "dim", "stale": "yellow", "failed": "red", "refused": "red"}
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])?")
_TOLD = ("report", "market", "period", "status", "seconds", "reason", "path")


@dataclass
class _Making:
    started: float
    cell: str = ""


class Progress:
    """A live table on a terminal, else a plain line a report, both on standard error.

    Parameters
    ----------
    quiet : bool
        Show nothing but failures.
    events : bool
        Print one JSON object a line on standard output as things happen.
    console : rich.console.Console, optional
        Where the table goes; by default standard error if that is a terminal.
    clock : callable
        Seconds that only grow.
    """

    def __init__(
        self,
        *,
        quiet: bool = False,
        events: bool = False,
        console: Any = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.quiet, self._clock = quiet, clock
        self._events = Events() if events else None
        self._total = 0
        self._making: dict[str, _Making] = {}
        self._took: list[float] = []
        self._live: Any = None
        self._console = console if console is not None or quiet or events else _terminal(sys.stderr)
        if self._console is not None:
            from rich.live import Live

            # transient: when the run ends or is interrupted, the table leaves and the cursor comes back
            self._live = Live(
                console=self._console,
                get_renderable=self.table,
                refresh_per_second=4,
                transient=True,
                redirect_stdout=False,  # which may go to a file
            )

    def __enter__(self) -> Progress:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def begin(self, total: int) -> None:
        """Say how many reports will be made."""
        self._total = total
        self._tell("planned", reports=total)

    def say(self, text: str) -> None:
        """Say something about the whole run."""
        self._tell("note", text=text)
        if not self.quiet:
            print(plain(text), file=sys.stderr, flush=True)

    def started(self, label: str) -> None:
        """Say that a report is being made."""
        self._making[label] = _Making(self._clock())
        self._tell("started", label=label)

    def cell(self, label: str, text: str) -> None:
        """Say which cell of a report runs."""
        making, text = self._making.get(label), plain(text)
        if making is not None and text and making.cell != text:
            if not making.cell:
                making.started = self._clock()  # the first ones have waited until the server was warm
            making.cell = text
            self._tell("cell", label=label, cell=text)

    def finished(self, label: str, entry: Mapping[str, Any], detail: str = "") -> None:
        """Say how a report ended."""
        making = self._making.pop(label, None)
        if making is not None:
            self._took.append(entry["seconds"] or self._clock() - making.started)
        self._tell("finished", label=label, **{key: entry[key] for key in _TOLD if key in entry})
        status, said = entry["status"], plain(detail or entry["reason"])
        if self.quiet and status in ("published", "unchanged"):
            return
        seconds = f"  {entry['seconds']:.1f} s" if entry["seconds"] else ""
        text = f"{MARKS[status]} {status:<11}{label}{seconds}" + (f"  {said}" if said else "")
        if self._console is None:
            print(text, file=sys.stderr, flush=True)
        else:
            from rich.text import Text

            # a style given to print() would colour the table below, too
            self._console.print(Text(text, style=_STYLES.get(status, "")))

    def left(self) -> float | None:
        """Return the seconds that the run will still take, judged by the reports that are finished."""
        if not self._took or not self._total:
            return None
        mean, now = sum(self._took) / len(self._took), self._clock()
        running = sum(max(mean - (now - making.started), 0.0) for making in list(self._making.values()))
        waiting = max(self._total - len(self._took) - len(self._making), 0)
        return (running + waiting * mean) / max(len(self._making), 1)

    def table(self) -> Any:
        """Return what stands on the terminal now; the thread that refreshes it calls this."""
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        left = self.left()
        head = f"{len(self._took)} of {self._total} reports" if self._total else "looking what is due"
        rows = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
        rows.add_column(no_wrap=True)
        rows.add_column(justify="right", no_wrap=True)
        rows.add_column(no_wrap=True, overflow="ellipsis", style="dim")
        now = self._clock()
        for label, making in list(self._making.items()):
            rows.add_row(Text(label), f"{now - making.started:.0f} s", Text(making.cell or "starting"))
        if self._total and len(self._took) >= self._total:
            head += " · writing the index"
        elif left is not None:
            head += f" · about {_span(left)} left"
        return Group(Text(head, style="bold"), rows)

    def _tell(self, event: str, **facts: Any) -> None:
        if self._events:
            self._events.tell(event, **facts)


class Events:
    """One JSON object a line, each with its `event` and the instant `at`; a reader that has gone stops nothing."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        self._stream: IO[str] | None = stream or sys.stdout

    def tell(self, event: str, **facts: Any) -> None:
        """Print one event."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = json.dumps({"event": event, "at": at, **facts}, ensure_ascii=False, allow_nan=False)
        if self._stream is None:
            return
        try:
            print(line, file=self._stream, flush=True)
        except (BrokenPipeError, ValueError):
            if self._stream is sys.stdout:  # or Python would complain of it at its end
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            self._stream = None


def plain(text: str) -> str:
    """Return `text` in one line without codes that a terminal would obey.

    Examples
    --------
    >>> plain("\\x1b[31mred\\x1b[0m\\nand\\x07 more")
    'red and more'
    """
    bare = _ESCAPES.sub("", text)
    return " ".join("".join(c if c.isprintable() or c.isspace() else "" for c in bare).split())


def _terminal(stream: IO[str]) -> Any:
    """Return a console if `stream` is a terminal that can move its cursor, else None."""
    if not stream.isatty() or os.environ.get("TERM", "") in ("", "dumb", "unknown"):
        return None
    from rich.console import Console

    return Console(file=getattr(stream, "unguarded", stream), highlight=False)  # its table moves the cursor


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
