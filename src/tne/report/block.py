"""One published piece of a report: safe HTML, the rows of estimates.csv behind it, and facts for the page."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from tne.report.estimates_columns import COLUMNS

MIME = "application/vnd.tne.block+json"
_NUMBERS = frozenset({"estimate", "conf_low", "conf_high", "conf_level", "n", "n_people"})


@dataclass(frozen=True, eq=False)
class Block:
    """A gated piece of a report. Everything that is published is a Block; other outputs stay on the desk.

    Parameters
    ----------
    html : str
        Escaped HTML, already suppressed and rounded.
    rows : tuple of dict
        Rows of ``estimates.csv``, already suppressed and rounded.
    kind : str
        ``"front"``, ``"section"``, ``"text"``, ``"figure"``, ``"table"``, ``"end"``, ...
    facts : dict
        What the page needs besides: anchor and title of a section, run facts of the end block.

    Examples
    --------
    >>> block = tne.say.Block(html="<p>Two waves were trained.</p>")
    >>> block.kind, block.rows
    ('text', ())
    """

    html: str
    rows: tuple[dict[str, Any], ...] = ()
    kind: str = "text"
    facts: dict[str, Any] = field(default_factory=dict)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {
            "text/html": self.html,
            MIME: {
                "kind": self.kind,
                "rows": [json_safe(row) for row in self.rows],
                "facts": json_safe(self.facts),
                "gated": True,
            },
        }


def block_from(bundle: Mapping[str, Any]) -> Block:
    """Rebuild the Block of one notebook output (its ``data`` bundle).

    Parameters
    ----------
    bundle : mapping
        MIME type to content, as a notebook keeps it: ``text/html`` and the block's own type.

    Returns
    -------
    Block
        The same html, rows (NaN is None), kind and facts.

    Raises
    ------
    ValueError
        If the bundle was not made by a Block.

    Examples
    --------
    >>> block = tne.say.Block(html="<p>Nobody was trained.</p>")
    >>> tne.say.block_from(block._repr_mimebundle_()).html
    '<p>Nobody was trained.</p>'
    """
    made = bundle.get(MIME)
    if not isinstance(made, Mapping) or not made.get("gated"):
        raise ValueError("This output did not pass the disclosure gate. Make it with a function of tne.say.")
    html = bundle.get("text/html", "")
    html = html if isinstance(html, str) else "".join(html)
    return Block(
        html=html,
        rows=tuple(made.get("rows", ())),
        kind=made.get("kind", "text"),
        facts=dict(made.get("facts", {})),
    )


def estimates_row(**values: Any) -> dict[str, Any]:
    """Return one row of ``estimates.csv`` in the fixed column order; absent numbers are NaN, absent text is ""."""
    unknown = sorted(set(values) - set(COLUMNS))
    if unknown:
        raise KeyError(f"estimates.csv has no column {', '.join(unknown)}. Choose from {', '.join(COLUMNS)}.")
    return {name: values.get(name, math.nan if name in _NUMBERS else "") for name in COLUMNS}


def json_safe(value: Any) -> Any:
    """Return `value` in plain JSON types; NaN becomes None, instants become ISO text."""
    if isinstance(value, Mapping):
        return {str(key): json_safe(item) for key, item in value.items()}
    if isinstance(value, str) or value is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, np.integer)) and not isinstance(value, np.bool_):
        return int(value)
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, (dt.date, dt.datetime)):
        return None if pd.isna(value) else value.isoformat()
    if isinstance(value, np.ndarray):
        return [json_safe(item) for item in value.tolist()]
    if isinstance(value, (set, frozenset)):
        return [json_safe(item) for item in sorted(value, key=str)]
    if isinstance(value, Iterable):
        return [json_safe(item) for item in value]
    return str(value)
