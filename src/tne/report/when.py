"""For which time does a page speak?"""

from __future__ import annotations

from typing import Any

from tne.report.voice import Voice


def when(voice: Voice, data_to: Any = None) -> str:
    """Return the period in words, or the day to which the data go."""
    if voice.period:
        return voice.period_text()
    last = voice.as_of if data_to is None else data_to
    return "" if last is None else voice.text("period.latest", date=last)
