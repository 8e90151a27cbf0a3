"""Which locale writes a market's numbers and dates."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date
from babel.languages import get_official_languages, get_territory_language_info


def month_name(year: int, month: int, locale: str) -> str:
    """Return the month as it stands alone, for example "juillet"."""
    return format_date(dt.date(year, month, 1), "LLLL", locale=parsed(locale))


def best_locale(spoken: str, asked: str, market: str) -> str:
    """The tag's own region, else the market's if the language is at home there, else the language's first home."""
    home = "GB" if spoken == "en" else get_global("likely_subtags").get(spoken, "").rpartition("_")[2]
    tag = re.split(r"[-_]", asked)
    region = tag[-1].upper() if len(tag) > 1 and len(tag[-1]) == 2 and tag[0].lower() == spoken else ""
    for territory in (region, market if _at_home(spoken, market) else "", home):
        if not territory:
            continue
        try:
            return str(Locale.parse(f"{spoken}_{territory}"))
        except (UnknownLocaleError, ValueError):
            continue
    return spoken


def _at_home(language: str, territory: str) -> bool:
    """English numbers are not written the German way because the market is Germany."""
    if not re.fullmatch(r"[A-Z]{2}", territory):
        return False
    official = get_official_languages(territory)
    if official:
        return language in official
    known = get_territory_language_info(territory).get(language, {})
    return float(known.get("population_percent") or 0) >= 50


@cache
def parsed(name: str) -> Locale:
    """Return the locale by name; parsing once is enough."""
    return Locale.parse(name)
