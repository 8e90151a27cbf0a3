"""When is it time? The five fields of cron, and what systemd calls the same moments."""

from __future__ import annotations

import re

from tne.runs.outcome import UsageError

DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FIELDS = (
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day of month", 1, 31),
    ("month", 1, 12),
    ("day of week", 0, 7),
)
_NAMES = {
    "month": {name.lower(): i for i, name in enumerate(_MONTHS, start=1)},
    "day of week": {name.lower(): i for i, name in enumerate(DAYS)},
}
_PART = re.compile(r"(\*|[0-9a-z]+)(?:-([0-9a-z]+))?(?:/([0-9]+))?", re.IGNORECASE)
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


def daily(text: str) -> str:
    """Return five fields for ``HH:MM``.

    Examples
    --------
    >>> daily("05:30")
    '30 5 * * *'
    """
    found = _TIME.fullmatch(text)
    if found is None:
        raise UsageError(f"{text!r} is no time of day. Write it as 05:30.")
    return f"{int(found[2])} {int(found[1])} * * *"


def weekly(day: str, text: str) -> str:
    """Return five fields for a day of the week (``"Mon"`` or ``"monday"``) and ``HH:MM``."""
    short = {name.lower(): i for i, name in enumerate(DAYS)}
    full = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
    number = short.get(day.lower(), full.index(day.lower()) if day.lower() in full else None)
    if number is None:
        raise UsageError(f"{day!r} is no day of the week. Write one of {', '.join(DAYS)}.")
    return daily(text)[:-1] + str(number)


def fields(cron: str) -> list[list[int] | None]:
    """Return the values of each of the five fields, None where a field starts with ``*`` and has no step.

    Raises
    ------
    UsageError
        Naming the field that is wrong.
    """
    parts = cron.split()
    if len(parts) != len(_FIELDS) or not cron.isprintable():
        raise UsageError(
            f"{cron!r} has {len(parts)} fields, not 5: minute, hour, day of month, month, day of week. "
            'Write for example --cron "0 5 * * 1-5".'
        )
    return [_values(part, *field) for part, field in zip(parts, _FIELDS, strict=True)]


def _values(text: str, name: str, low: int, high: int) -> list[int] | None:
    if text == "*":
        return None
    found: set[int] = set()
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None or (match[1] == "*" and match[2]):
            raise UsageError(f"The {name} {text!r} is no field of cron. Write numbers, *, 1-5, 1,3 or */15.")
        first = low if match[1] == "*" else _number(match[1], name, text)
        # the one value of a range that is none reaches to the end if it has a step, as in 10/20
        last = _number(match[2], name, text) if match[2] else high if match[1] == "*" or match[3] else first
        step = int(match[3] or 1)
        if not low <= first <= last <= high or step < 1:
            raise UsageError(f"The {name} {text!r} is not within {low} to {high}. Correct --cron.")
        found |= set(range(first, last + 1, step))
    if name == "day of week":
        found = {value % 7 for value in found}
    return sorted(found)


def _number(text: str, name: str, whole: str) -> int:
    if text.isdigit():
        return int(text)
    try:
        return _NAMES.get(name, {})[text.lower()]
    except KeyError:
        raise UsageError(f"The {name} {whole!r} has the unknown name {text!r}. Correct --cron.") from None


def calendars(cron: str, timezone: str = "") -> list[str]:
    """Return systemd's calendar expressions for five fields of cron.

    Examples
    --------
    >>> calendars("0 5 * * 1-5")
    ['Mon,Tue,Wed,Thu,Fri *-*-* 05:00:00']
    >>> calendars("30 6 1 * 1")
    ['*-*-01 06:30:00', 'Mon *-*-* 06:30:00']
    """
    minutes, hours, days, months, weekdays = fields(cron)
    zone = f" {timezone}" if timezone else ""

    def text(values: list[int] | None) -> str:
        return "*" if values is None else ",".join(f"{value:02d}" for value in values)

    def expression(day: list[int] | None, weekday: list[int] | None) -> str:
        names = (
            "" if weekday is None else ",".join(DAYS[i] for i in sorted(weekday, key=lambda i: i or 7)) + " "
        )
        return f"{names}*-{text(months)}-{text(day)} {text(hours)}:{text(minutes)}:00{zone}"

    if days is not None and weekdays is not None:  # cron runs if either fits, systemd only if both do
        return [expression(days, None), expression(None, weekdays)]
    return [expression(days, weekdays)]
