"""One gated estimate as words and as a row of ``estimates.csv``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from tne.report.block import estimates_row
from tne.report.disclosure import publishable
from tne.report.rounding import decimals_of, rounded
from tne.report.standing import english_note, estimate_row
from tne.report.voice import Voice


def share_words(voice: Voice, share: float) -> str:
    """Return a share as text; "under 5 %" and "over 95 %" at the edges, which would say "nobody" or "everybody"."""
    if not math.isfinite(share):
        return voice.show(None)
    if share < 0.05:
        return f"< {voice.percent(0.05)}"
    return f"> {voice.percent(0.95)}" if share > 0.95 else voice.percent(share)


def gated_row(voice: Voice, estimate: Any, share: bool | None = None) -> dict[str, Any] | None:
    """The publishable row, or None where there is none to show."""
    if estimate is None:
        return None
    row = publishable(estimate_row(estimate), min_n=voice.min_n, share=share)
    return row if math.isfinite(row["estimate"]) else None


def value_words(voice: Voice, row: Mapping[str, Any], *, signed: bool = True) -> dict[str, str]:
    """Return a row's number and interval as words, for a phrase with {value} and {interval}."""
    return {
        "value": voice.points(row["estimate"], signed=signed),
        "interval": voice.interval(row["conf_low"], row["conf_high"]),
    }


def score_words(voice: Voice, row: Mapping[str, Any]) -> dict[str, str]:
    """Return a gated row in units of a test, whatever their size, with the decimals that its interval allows."""
    half = (row["conf_high"] - row["conf_low"]) / 2
    decimals = min(max(decimals_of(half, 2), 0), 4) if half > 0 else 1
    return {
        "value": voice.number(row["estimate"], decimals, signed=True),
        "interval": voice.interval(row["conf_low"], row["conf_high"], decimals),
    }


def machine_data(row: Mapping[str, Any], decimals: int = 1) -> str:
    """Return a row's number and interval as attributes for programs, as `tne.report.tables.machine_values` has them.

    Parameters
    ----------
    row : mapping
        Gated; a number that is not shown is NaN and has no attribute.
    decimals : int
        That are shown.

    Examples
    --------
    >>> machine_data({"estimate": 2.41, "conf_low": 1.34, "conf_high": float("nan")})
    ' data-v="2.4" data-low="1.3"'
    """
    names = {"v": "estimate", "low": "conf_low", "high": "conf_high"}
    shown = {part: rounded(row[name], decimals) for part, name in names.items()}
    return "".join(f' data-{k}="{v:.{decimals}f}"' for k, v in shown.items() if math.isfinite(v))


def direction(row: Mapping[str, Any]) -> str:
    """Say where the interval lies: ``"rose"`` above zero, ``"fell"`` below it, ``"unclear"`` across it."""
    if row["conf_low"] > 0:
        return "rose"
    return "fell" if row["conf_high"] < 0 else "unclear"


def level_row(
    voice: Voice, key: Mapping[str, str], measure: str, term: str, row: Mapping[str, Any], note: str = ""
) -> dict[str, Any]:
    """Return the row of ``estimates.csv`` of a gated row; a `note` code stands for a number that is not shown."""
    names = ("estimate", "conf_low", "conf_high", "conf_level", "unit", "comparison", "n", "n_people")
    numbers = {name: row[name] for name in names if name in row} if not note else {}
    where = {"report": voice.report, "market": voice.market, "period": voice.period}
    return estimates_row(
        **where, **key, measure=measure, term=term, note=english_note(voice, note), **numbers
    )
