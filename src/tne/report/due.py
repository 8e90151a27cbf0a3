"""By which day is something to be done: a working day in the market's own zone."""

from __future__ import annotations

import datetime as dt
from html import escape

from tne.report.voice import Voice

CLOSED = ((12, 24), (12, 25), (12, 26), (1, 1))  # month and day on which hardly anybody works
SATURDAY = 5


def due_day(voice: Voice, days: int) -> dt.date | None:
    """Return the working day that follows `days` after the last day of the data; None where that is not known."""
    if voice.as_of is None:
        return None
    last = voice.as_of.tz_convert(voice.timezone) if voice.as_of.tzinfo else voice.as_of
    return working_day(last.date() + dt.timedelta(days=days))


def task_html(voice: Voice, role: str, days: int | None) -> str:
    """Return whose task it is and by which day; `days` None: by none.

    Parameters
    ----------
    role : str
        Code of ``role.<code>`` in the catalogues.
    days : int or None
        After the last day of the data.
    """
    who = voice.code("role", role)
    day = None if days is None else due_day(voice, days)
    when = "" if day is None else f' <span class="when">{voice.html("scorecard.by", date=day)}</span>'
    return f"<small>{escape(who[:1].upper() + who[1:])}{when}</small>"


def working_day(day: dt.date) -> dt.date:
    """Return `day`, or the next one that is neither on a weekend nor 24 to 26 December nor 1 January.

    Examples
    --------
    >>> working_day(dt.date(2026, 12, 24))
    datetime.date(2026, 12, 28)
    """
    while day.weekday() >= SATURDAY or (day.month, day.day) in CLOSED:
        day += dt.timedelta(days=1)
    return day
