"""Which instant or calendar day does a cell say?"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from tne.tables.importers.amounts import MOST
from tne.tables.importers.errors import ContractError, Unreadable
from tne.tables.importers.texts import text_of
from tne.tables.pseudonyms import UNSEEN

_FIRST, _LAST = 1700, 2260  # years that a time may have at all; the contract's own range is narrower
_ENGLISH = tuple(dt.date(2000, month, 1).strftime("%B") for month in range(1, 13))


def moment(cell: Any, formats: Sequence[str], months: Sequence[str]) -> dt.date | dt.datetime:
    """Return the day or time in a cell, by the first of the formats that reads it; ISO 8601 without any."""
    if isinstance(cell, (dt.datetime, dt.date)):
        return cell
    if isinstance(cell, (bool, int, float)):
        raise Unreadable("a number, not a date")
    text = " ".join(UNSEEN.sub("", text_of(cell)).split())
    if len(text) > MOST:
        raise Unreadable("too long for a date")
    for own, english in zip(months, _ENGLISH, strict=False):
        text = re.sub(rf"(?<!\w){re.escape(text_of(own))}(?!\w)", english, text, flags=re.IGNORECASE)
    if not formats:
        try:
            return (
                dt.datetime.fromisoformat(text) if ":" in text or "T" in text else dt.date.fromisoformat(text)
            )
        except ValueError:
            raise Unreadable("not an ISO date; declare `date_formats`") from None
    for form in formats:
        try:
            return dt.datetime.strptime(text, form)
        except ValueError:
            continue
    raise Unreadable("in none of the `date_formats`")


def instant(moment: dt.date | dt.datetime, zone: str, source: str, target: str) -> dt.datetime:
    """Return a time in UTC; one without an offset is of `zone`."""
    if not isinstance(moment, dt.datetime):
        raise Unreadable("a day without a time")
    _in_years(moment)
    if moment.tzinfo is None:
        if not zone:
            raise ContractError(
                f"The times for `{target}` in {source} have no offset, so their instant is unknown. "
                'Set `zone` in [source], for example zone = "Europe/Berlin"; without a mapping file: --set zone=…'
            )
        place = ZoneInfo(zone)
        # The hour that a clock change repeats is read as its first pass; the hour that it skips never existed.
        local = moment.replace(tzinfo=place)
        if local.astimezone(dt.UTC).astimezone(place).replace(tzinfo=None) != moment:
            raise Unreadable("a time that the zone's clock change skips")
        moment = local
    return moment.astimezone(dt.UTC)


def _in_years(moment: dt.date) -> None:
    """Times that no frame can hold wait; which years are plausible is the contract's to say."""
    if not _FIRST <= moment.year <= _LAST:
        raise Unreadable("date_range")


def day(moment: dt.date | dt.datetime, zone: str, source: str, target: str) -> dt.datetime:
    """Return the calendar day of a time, which in `zone` it is if it has an offset."""
    _in_years(moment)
    if isinstance(moment, dt.datetime) and moment.tzinfo is not None:
        if not zone:
            raise ContractError(
                f"The days for `{target}` in {source} are instants with an offset, so their calendar day is unknown. "
                "Set `zone` in [source] to the market's zone."
            )
        moment = moment.astimezone(ZoneInfo(zone))
    return dt.datetime(moment.year, moment.month, moment.day)
