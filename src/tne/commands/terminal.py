"""What of a text may reach a terminal or a log? Everything but what a terminal would obey."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

# Control characters but tab and line feed, what turns the direction of writing or has no width, and half characters.
# What joins letters (U+200C, U+200D) stays: Persian and emoji need it.
_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def harmless(text: str) -> str:
    """Return `text` with what a terminal would obey written out, as JSON writes it.

    Parameters
    ----------
    text : str
        May hold what stood in an export: names of files, columns, programmes.

    Returns
    -------
    str
        The same for people; JSON stays JSON that says the same.

    Examples
    --------
    >>> print(harmless("\\x1b[31mred"))
    \\u001b[31mred
    """
    return _OBEYED.sub(_written, text)


def _written(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))


class Guarded:
    """A stream that writes harmless text; `unguarded` is the stream behind it, for a live table of our own."""

    def __init__(self, stream: IO[str]) -> None:
        self.unguarded = stream

    def write(self, text: str) -> int:
        """Write `text`, harmless."""
        self.unguarded.write(harmless(text))
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Write each of `lines`, harmless."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.unguarded, name)


@contextmanager
def guarded() -> Iterator[None]:
    """Let everything that is printed be harmless, whoever prints it."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = Guarded(sys.stdout), Guarded(sys.stderr)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
