"""How is the mapping file of a known format written?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from tne.tables.importers.formats.delimited import slug
from tne.tables.importers.mapping import LONGEST


def toml(value: str | Iterable[str]) -> str:
    """Return a text, or texts, as TOML writes them.

    Examples
    --------
    >>> toml(["a", 'say "b"'])
    '["a", "say \\\\"b\\\\""]'
    """
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return "[" + ", ".join(toml(text) for text in value) + "]"


def source_name(*parts: str) -> str:
    """Return a source's name made of several texts; what a-z and 0-9 cannot write, or is long, is told apart by a hash.

    Examples
    --------
    >>> source_name("moodle-grades", "Hate 2026", "pre")
    'moodle-grades-hate-2026-pre'
    """
    name = "-".join(filter(None, map(slug, parts)))
    if all(part.isascii() for part in parts) and len(name) <= LONGEST:
        return name
    return f"{name[: LONGEST - 9]}-{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:8]}"
