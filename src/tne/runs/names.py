"""May a word that somebody has typed into a table name a file, on every system that reports are copied to?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
# Windows keeps these for devices, whatever follows a full stop.
_DEVICES = {"con", "prn", "aux", "nul", *(f"{kind}{n}" for kind in ("com", "lpt") for n in range(10))}
WANTED = "letters, digits, - and _, at most 64, no two the same but for capitals, and none that systems keep"


def unfit(names: Iterable[str], kept: Iterable[str] = ()) -> list[int]:
    """Return the positions of the names that cannot be names of files beside each other.

    Parameters
    ----------
    names : iterable of str
    kept : iterable of str
        Further words that mean something else, in small letters.

    Examples
    --------
    >>> unfit(["DE", "../../x", "CON", "es", "ES", "D\\u0415"])
    [1, 2, 3, 4, 5]
    """
    names, kept = [str(name) for name in names], {*_DEVICES, *kept}
    often = Counter(name.casefold() for name in names)
    return [
        i
        for i, name in enumerate(names)
        if not _PLAIN.fullmatch(name) or name.casefold() in kept or often[name.casefold()] > 1
    ]
