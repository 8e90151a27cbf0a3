"""Which name, language, time zone and currency does a market probably have, by the code of its country?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from zoneinfo import available_timezones

from tne.runs.outcome import UsageError
from tne.tables.contracts import TABLES

# ISO 3166 code: name, language (BCP 47), time zone (IANA), currency (ISO 4217). No zone where a country has several.
_KNOWN = {
    "AE": ("United Arab Emirates", "ar-AE", "Asia/Dubai", "AED"),
    "AR": ("Argentina", "es-AR", "America/Argentina/Buenos_Aires", "ARS"),
    "AT": ("Austria", "de-AT", "Europe/Vienna", "EUR"),
    "AU": ("Australia", "en-AU", "", "AUD"),
    "BE": ("Belgium", "fr-BE", "Europe/Brussels", "EUR"),
    "BG": ("Bulgaria", "bg-BG", "Europe/Sofia", "EUR"),
    "BR": ("Brazil", "pt-BR", "", "BRL"),
    "CA": ("Canada", "en-CA", "", "CAD"),
    "CH": ("Switzerland", "de-CH", "Europe/Zurich", "CHF"),
    "CL": ("Chile", "es-CL", "America/Santiago", "CLP"),
    "CO": ("Colombia", "es-CO", "America/Bogota", "COP"),
    "CZ": ("Czechia", "cs-CZ", "Europe/Prague", "CZK"),
    "DE": ("Germany", "de-DE", "Europe/Berlin", "EUR"),
    "DK": ("Denmark", "da-DK", "Europe/Copenhagen", "DKK"),
    "EE": ("Estonia", "et-EE", "Europe/Tallinn", "EUR"),
    "EG": ("Egypt", "ar-EG", "Africa/Cairo", "EGP"),
    "ES": ("Spain", "es-ES", "Europe/Madrid", "EUR"),
    "FI": ("Finland", "fi-FI", "Europe/Helsinki", "EUR"),
    "FR": ("France", "fr-FR", "Europe/Paris", "EUR"),
    "GB": ("United Kingdom", "en-GB", "Europe/London", "GBP"),
    "GR": ("Greece", "el-GR", "Europe/Athens", "EUR"),
    "HU": ("Hungary", "hu-HU", "Europe/Budapest", "HUF"),
    "ID": ("Indonesia", "id-ID", "", "IDR"),
    "IE": ("Ireland", "en-IE", "Europe/Dublin", "EUR"),
    "IL": ("Israel", "he-IL", "Asia/Jerusalem", "ILS"),
    "IN": ("India", "en-IN", "Asia/Kolkata", "INR"),
    "IT": ("Italy", "it-IT", "Europe/Rome", "EUR"),
    "JP": ("Japan", "ja-JP", "Asia/Tokyo", "JPY"),
    "KE": ("Kenya", "en-KE", "Africa/Nairobi", "KES"),
    "KR": ("South Korea", "ko-KR", "Asia/Seoul", "KRW"),
    "LT": ("Lithuania", "lt-LT", "Europe/Vilnius", "EUR"),
    "LV": ("Latvia", "lv-LV", "Europe/Riga", "EUR"),
    "MA": ("Morocco", "fr-MA", "Africa/Casablanca", "MAD"),
    "MX": ("Mexico", "es-MX", "", "MXN"),
    "MY": ("Malaysia", "ms-MY", "Asia/Kuala_Lumpur", "MYR"),
    "NL": ("Netherlands", "nl-NL", "Europe/Amsterdam", "EUR"),
    "NO": ("Norway", "nb-NO", "Europe/Oslo", "NOK"),
    "NZ": ("New Zealand", "en-NZ", "Pacific/Auckland", "NZD"),
    "PE": ("Peru", "es-PE", "America/Lima", "PEN"),
    "PH": ("Philippines", "en-PH", "Asia/Manila", "PHP"),
    "PK": ("Pakistan", "en-PK", "Asia/Karachi", "PKR"),
    "PL": ("Poland", "pl-PL", "Europe/Warsaw", "PLN"),
    "PT": ("Portugal", "pt-PT", "Europe/Lisbon", "EUR"),
    "RO": ("Romania", "ro-RO", "Europe/Bucharest", "RON"),
    "RS": ("Serbia", "sr-RS", "Europe/Belgrade", "RSD"),
    "SA": ("Saudi Arabia", "ar-SA", "Asia/Riyadh", "SAR"),
    "SE": ("Sweden", "sv-SE", "Europe/Stockholm", "SEK"),
    "SG": ("Singapore", "en-SG", "Asia/Singapore", "SGD"),
    "TH": ("Thailand", "th-TH", "Asia/Bangkok", "THB"),
    "TN": ("Tunisia", "fr-TN", "Africa/Tunis", "TND"),
    "TR": ("Turkey", "tr-TR", "Europe/Istanbul", "TRY"),
    "TW": ("Taiwan", "zh-TW", "Asia/Taipei", "TWD"),
    "UA": ("Ukraine", "uk-UA", "Europe/Kyiv", "UAH"),
    "US": ("United States", "en-US", "", "USD"),
    "VN": ("Vietnam", "vi-VN", "Asia/Ho_Chi_Minh", "VND"),
    "ZA": ("South Africa", "en-ZA", "Africa/Johannesburg", "ZAR"),
}
TODO = "TODO"


@dataclass(frozen=True)
class Market:
    """A row of the table `markets`; what nobody said and no country tells is ``TODO``."""

    code: str
    name: str
    language: str
    timezone: str
    currency: str


def market(code: str, zone: str = "") -> Market:
    """Return a market by its code, filled in as far as a country of that code tells.

    Parameters
    ----------
    code : str
        Letters, digits, ``-`` and ``_``; a country's ISO code, or a name of one's own.
    zone : str
        IANA time zone, if it was said.

    Raises
    ------
    UsageError
        If no market can be called so, or the zone is none.

    Examples
    --------
    >>> market("IE").timezone, market("US", "America/Chicago").timezone, market("LATAM").currency
    ('Europe/Dublin', 'America/Chicago', 'TODO')
    """
    pattern = next(column.pattern for column in TABLES["markets"].columns if column.name == "market")
    if not re.fullmatch(pattern, code):
        raise UsageError("A market's code is made of letters, digits, - and _: DE, US-CA, LATAM.")
    if zone and zone not in available_timezones():
        raise UsageError(f"{zone!r} is no time zone. Write it as Europe/Berlin.")
    name, language, known, currency = _KNOWN.get(code.upper(), (code, TODO, TODO, TODO))
    return Market(code, name, language, zone or known or TODO, currency)
