"""How a locale writes a number, a share, an amount of money, a day."""

from __future__ import annotations

import math
import re
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent

from tne.report.locales import direction, own_digits, parsed, signed_in

NO_NUMBER = "–"
MINUS = "−"


def number(locale: str, value: float, decimals: int = 1, *, signed: bool = False) -> str:
    """Return a number with a real minus sign; NaN is a dash."""
    if value is None or not math.isfinite(value):
        return NO_NUMBER
    size = round(abs(float(value)), decimals)
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    shown = format_decimal(size, format=pattern, locale=parsed(locale), numbering_system="default")
    sign = "" if size == 0 else MINUS if value < 0 else "+" if signed else ""
    return signed_in(locale, sign, shown)


def percent(locale: str, share: float, decimals: int = 0) -> str:
    """Return a share as per cent."""
    if share is None or not math.isfinite(share):
        return NO_NUMBER
    places = "." + "0" * decimals if decimals else ""
    pattern = parsed(locale).percent_formats[None].pattern
    pattern = re.sub(r"#,##0(\.[0#]+)?", f"#,##0{places}", pattern)
    size = abs(float(share))
    shown = format_percent(size, format=pattern, locale=parsed(locale), numbering_system="default")
    return signed_in(locale, MINUS if share < 0 and _counts(shown) else "", shown)


def money(locale: str, amount: float, currency: str, decimals: int = 0) -> str:
    """Return an amount with its currency."""
    if amount is None or not math.isfinite(amount):
        return NO_NUMBER
    pattern = parsed(locale).currency_formats["standard"].pattern.split(";")[0]
    pattern = pattern.replace(".00", "." + "0" * decimals if decimals else "")
    shown = format_currency(
        abs(amount),
        currency,
        format=pattern,
        locale=parsed(locale),
        currency_digits=False,
        numbering_system="default",
    )
    return signed_in(locale, MINUS if amount < 0 and _counts(shown) else "", shown)


def _counts(shown: str) -> bool:
    """Say whether a number is more than zero as it is written: zero has no sign."""
    return any(int(c) for c in shown if c.isdecimal())


def day(locale: str, value: Any, timezone: str) -> str:
    """Return a day; an instant with a zone is the day that it is in `timezone`."""
    if value is None or pd.isna(value):
        return NO_NUMBER
    stamp = pd.Timestamp(value)
    if stamp.tzinfo is not None:
        stamp = stamp.tz_convert(ZoneInfo(timezone))
    # months by name where the usual short form has figures only, or one of several spellings
    named = parsed(locale).language == "en" or direction(locale) == "rtl"
    shown = format_date(stamp.date(), "d MMM y" if named else "medium", locale=parsed(locale))
    # CLDR's abbreviation "Sept" appears in British English only; one spelling for all English readers
    return own_digits(locale, shown.replace("Sept ", "Sep "))
