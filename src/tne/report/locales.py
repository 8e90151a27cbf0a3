"""Which locale writes a market's numbers and dates, in which digits and in which direction."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from functools import cache
from typing import cast

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date
from babel.languages import get_official_languages, get_territory_language_info

# CLDR's names of numbering systems, by the code point of their zero
_ZERO = {"arab": 0x660, "arabext": 0x6F0, "beng": 0x9E6, "deva": 0x966, "mymr": 0x1040}
_LEFT_TO_RIGHT_MARK, _ARABIC_LETTER_MARK = "\u200e", "\u061c"
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
_LEFT_TO_RIGHT_ISOLATE, _RIGHT_TO_LEFT_ISOLATE = "\u2066", "\u2067"
_LATIN = re.compile("([A-Za-z][A-Za-z0-9]*)")  # split keeps the words, as it is in a group
_ISOLATED = re.compile("[\u2066-\u2068][^\u2066-\u2069]*\u2069")


def direction(locale: str) -> str:
    """Return "rtl" or "ltr".

    >>> direction("ar_EG"), direction("pt")
    ('rtl', 'ltr')
    """
    return parsed(locale).text_direction


def decimal_sign(locale: str) -> str:
    """Return what stands between a number's whole part and its fraction."""
    known = parsed(locale)
    signs = known.number_symbols
    return cast(str, signs.get(known.default_numbering_system, signs["latn"])["decimal"])


def own_digits(locale: str, text: str) -> str:
    """Return `text` in the digits that the locale writes by default; Babel writes European ones.

    A name in Latin letters keeps its own.

    >>> own_digits("ar_EG", "2026"), own_digits("ar_AE", "2026"), own_digits("ar_EG", "AC1")
    ('٢٠٢٦', '2026', 'AC1')
    """
    zero = _ZERO.get(parsed(locale).default_numbering_system)
    if zero is None:
        return text
    table = {ord("0") + k: zero + k for k in range(10)}
    if zero in (_ZERO["arab"], _ZERO["arabext"]):
        table[ord("%")] = ord("٪")
    return "".join(part if _LATIN.fullmatch(part) else part.translate(table) for part in _LATIN.split(text))


def signed_in(locale: str, sign: str, number: str) -> str:
    """Return a number with its sign; the sign stays on the side where the locale's readers expect it.

    Notes
    -----
    As in CLDR: between words that run from right to left, a sign stands to the left of European digits and to the
    right of Arabic ones. Without a mark it would move with the words around it.
    """
    shown = own_digits(locale, number)
    if not sign or direction(locale) == "ltr":
        return sign + shown
    arabic = any(unicodedata.bidirectional(c) == "AN" for c in shown if c.isdigit())
    return (_ARABIC_LETTER_MARK if arabic else _LEFT_TO_RIGHT_MARK) + sign + shown


def isolate(text: str, *, always: bool = False, left: bool = False) -> str:
    """Return `text` so that it keeps its own direction inside a sentence that runs from right to left.

    Parameters
    ----------
    always : bool
        Also where it runs from right to left itself, for a sentence that does not.
    left : bool
        It runs from left to right, whatever its values are.
    """
    if left:
        return f"{_LEFT_TO_RIGHT_ISOLATE}{text}{_POP_ISOLATE}"
    outer = text
    while outer != (shorter := _ISOLATED.sub("", outer)):
        outer = shorter
    if not outer:  # nothing stands outside of what is isolated already
        return text
    strong = {unicodedata.bidirectional(c) for c in outer}
    nested = outer != text
    if strong & {"R", "AL"} or (nested and "L" not in strong):
        apart = always or nested or "L" in strong
        return f"{_RIGHT_TO_LEFT_ISOLATE}{text}{_POP_ISOLATE}" if apart else text
    return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_ISOLATE}" if "L" in strong else text


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
