"""How a report speaks: its language, its numbers, its dates, its market and its privacy threshold."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from html import escape
from typing import Any, cast

import numpy as np
import pandas as pd

from tne.report import catalogue as words
from tne.report import written
from tne.report.agree import fill
from tne.report.locales import (
    best_locale,
    decimal_sign,
    direction,
    isolate,
    month_name,
    own_digits,
    parsed,
)
from tne.report.written import NO_NUMBER


@dataclass(frozen=True)
class Voice:
    """The first argument of everything in `tne.say`. Make one with `voice`.

    Parameters
    ----------
    language : str
        Catalogue in use: ``"en" "de" "es" "fr" "pt"``.
    locale : str
        Babel locale for numbers and dates, for example ``"de_DE"``.
    market, market_name : str
        Code as in the tables, and the name shown.
    currency, timezone : str
        ISO 4217 and IANA names.
    min_n : int
        Fewest people in the smallest group of a published number.
    report, period : str
        Name of the report and its period (``"2026Q3"``, ``"2026-06"``, ``"2026W35"``, ``"2026"`` or "").
    as_of : Timestamp or None
        Latest data instant.
    strict : bool
        Raise on a code that no catalogue knows instead of using a general phrase.

    Examples
    --------
    >>> voice = tne.say.Voice(language="de", locale="de_DE", market="DE", market_name="Deutschland")
    >>> voice.number(1234.5), voice.points(2.4)
    ('1.234,5', '+2,4')
    """

    language: str
    locale: str
    market: str
    market_name: str
    currency: str = "EUR"
    timezone: str = "UTC"
    min_n: int = 10
    report: str = "effectiveness"
    period: str = ""
    as_of: pd.Timestamp | None = None
    strict: bool = False

    @property
    def catalogue(self) -> Mapping[str, words.Phrase]:
        """Phrases of the voice's language by key.

        Examples
        --------
        >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
        >>> len(voice.catalogue) > 100
        True
        """
        return words.catalogue(self.language)

    @property
    def lang(self) -> str:
        """BCP 47 tag for the page.

        Examples
        --------
        >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
        >>> voice.lang
        'en'
        """
        return "pt-BR" if self.language == "pt" else self.language

    @property
    def dir(self) -> str:
        """Direction of the page: "rtl" for Arabic, Hebrew, Persian and Urdu, else "ltr".

        Examples
        --------
        >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
        >>> voice.dir
        'ltr'
        """
        return direction(self.language)

    def as_facts(self) -> dict[str, Any]:
        """Return the voice as plain JSON values; `voice_from` rebuilds it.

        Returns
        -------
        dict
            `as_of` as ISO text.

        Examples
        --------
        >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
        >>> voice.as_facts()["market"]
        'IE'
        """
        facts = {field.name: getattr(self, field.name) for field in fields(self)}
        return facts | {"as_of": None if self.as_of is None else self.as_of.isoformat()}

    # -- words -------------------------------------------------------------------------------------

    def has(self, key: str) -> bool:
        """Say whether a phrase exists.

        Parameters
        ----------
        key : str

        Returns
        -------
        bool

        Examples
        --------
        >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
        >>> voice.has("section.quality.title"), voice.has("section.nonsense.title")
        (True, False)
        """
        return words.knows(self.language, key)

    def text(self, key: str, **values: Any) -> str:
        """Return a phrase as plain text; numbers and dates among `values` are shown in the locale.

        Parameters
        ----------
        key : str
            Of the catalogue.
        **values
            What the phrase has places for; text is shown as it is.

        Returns
        -------
        str

        Raises
        ------
        KeyError
            If no catalogue has the key.

        Examples
        --------
        >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
        >>> voice.text("interval.between", low=1.3, high=3.5)
        '1.3 to 3.5'
        """
        borrowed = self._borrowed(key)
        said = self._filled(words.plain(self._template(key, values)), self._shown(values, borrowed), borrowed)
        return isolate(said, left=True) if borrowed and self.dir == "rtl" else said

    def html(self, key: str, **values: Any) -> str:
        """Return a phrase as escaped HTML, with the marks of `catalogue.markup`.

        A phrase that the language lacks is marked as English, so that it is read aloud and set as such.

        Parameters
        ----------
        key : str
            Of the catalogue.
        **values
            What the phrase has places for; text is shown as it is, escaped.

        Returns
        -------
        str

        Raises
        ------
        KeyError
            If no catalogue has the key.

        Examples
        --------
        >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
        >>> voice.html("interval.between", low="<1", high=3.5)
        '&lt;1 to 3.5'
        """
        borrowed = self._borrowed(key)
        shown = {name: escape(value) for name, value in self._shown(values, borrowed).items()}
        said = self._filled(words.markup(self._template(key, values)), shown, borrowed)
        if not borrowed:
            return said
        side = ' dir="ltr"' if self.dir == "rtl" else ""
        return f'<span lang="{words.SOURCE}"{side}>{said}</span>'

    def code(self, family: str, code: str, part: str = "", **values: Any) -> str:
        """Return the phrase for a code, for example a reason; a general phrase for an unknown one.

        Parameters
        ----------
        family, code, part : str
            Key of the phrase: ``family.code`` or ``family.code.part``.
        **values
            What the phrase has places for.

        Returns
        -------
        str

        Raises
        ------
        KeyError
            For an unknown code if the voice is strict.

        Examples
        --------
        >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
        >>> voice.code("report", "queue_times")
        'queue times'
        """
        key = f"{family}.{code}" + (f".{part}" if part else "")
        if not self.has(key) and not self.strict:
            if family == "report" and code:  # one of the workspace's own goes by its name
                return re.sub(r"[-_]+", " ", code)
            key = f"{family}.unknown" + (f".{part}" if part else "")
        return self.text(key, **values)

    def listed(self, names: Sequence[str]) -> str:
        """Join names as a reader would: "A, B and C".

        Parameters
        ----------
        names : sequence of str

        Returns
        -------
        str

        Examples
        --------
        >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
        >>> voice.listed(["spam", "hate", "violence"])
        'spam, hate and violence'
        """
        if self.dir == "rtl":
            names = [isolate(name) for name in names]
        if len(names) < 2:
            return "".join(names)
        comma = "، " if self.dir == "rtl" else ", "
        return self.text("standfirst.and", a=comma.join(names[:-1]), b=names[-1])

    def word(self, n: int) -> str:
        """Spell a small count ("four"); larger ones are figures.

        Parameters
        ----------
        n : int

        Returns
        -------
        str

        Examples
        --------
        >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
        >>> voice.word(2), voice.word(41)
        ('two', '41')
        """
        spelled = words.phrase(self.language, "count.words").split("|")
        return spelled[n] if 0 <= n < len(spelled) else self.count(n)

    def _template(self, key: str, values: Mapping[str, Any]) -> str:
        n = values.get("n")
        return words.phrase(self.language, key, cast(int, n) if isinstance(n, (int, np.integer)) else None)

    def _filled(self, template: str, shown: Mapping[str, str], borrowed: bool) -> str:
        language = words.SOURCE if borrowed else self.language
        if not borrowed:
            template = own_digits(self.locale, template)
        return fill(template, shown, language=language, decimal=decimal_sign(self.locale))

    def _borrowed(self, key: str) -> bool:
        return key not in self.catalogue

    def _shown(self, values: Mapping[str, Any], borrowed: bool = False) -> dict[str, str]:
        shown = {name: v if isinstance(v, str) else self.show(v) for name, v in values.items()}
        if self.dir == "ltr":
            return shown
        # names and numbers keep their own direction, wherever they stand in the sentence
        return {name: isolate(v, always=borrowed) for name, v in shown.items()}

    # -- numbers and dates -------------------------------------------------------------------------

    def show(self, value: Any) -> str:
        """Show a number or date as a reader of the market writes it.

        Parameters
        ----------
        value : number, date, str or None

        Returns
        -------
        str

        Examples
        --------
        >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
        >>> voice.show(1234), voice.show(None)
        ('1,234', '–')
        """
        if value is None or (not isinstance(value, str) and pd.isna(value)):
            return NO_NUMBER
        if isinstance(value, (dt.date, dt.datetime)):
            return self.date(value)
        if isinstance(value, (int, np.integer)):
            return self.count(cast(int, value))
        return self.number(cast(float, value)) if isinstance(value, (float, np.floating)) else str(value)

    def number(self, value: float, decimals: int = 1, *, signed: bool = False) -> str:
        """Show a number with a real minus sign; NaN is a dash.

        Parameters
        ----------
        value : float
        decimals : int
        signed : bool
            Whether a plus stands before positive numbers.

        Returns
        -------
        str

        Examples
        --------
        >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
        >>> voice.number(-1234.56)
        '−1,234.6'
        """
        return written.number(self.locale, value, decimals, signed=signed)

    def count(self, value: float) -> str:
        """Show a whole number with the locale's grouping.

        Parameters
        ----------
        value : float

        Returns
        -------
        str

        Examples
        --------
        >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
        >>> voice.count(1234)
        '1,234'
        """
        return self.number(value, 0)

    def points(self, value: float, *, signed: bool = True) -> str:
        """Show percentage points: one decimal, sign, no unit.

        Parameters
        ----------
        value : float
            In percentage points.
        signed : bool
            Whether a plus stands before positive numbers.

        Returns
        -------
        str

        Examples
        --------
        >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
        >>> voice.points(2.41)
        '+2.4'
        """
        return self.number(value, 1, signed=signed)

    def percent(self, share: float, decimals: int = 0) -> str:
        """Show a share as per cent.

        Parameters
        ----------
        share : float
            Of 1.
        decimals : int

        Returns
        -------
        str

        Examples
        --------
        >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
        >>> voice.percent(0.125)
        '12%'
        """
        return written.percent(self.locale, share, decimals)

    def money(self, amount: float, decimals: int = 0) -> str:
        """Show an amount in the market's currency.

        Parameters
        ----------
        amount : float
        decimals : int

        Returns
        -------
        str

        Examples
        --------
        >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
        >>> voice.money(1200)
        '€1,200'
        """
        return written.money(self.locale, amount, self.currency, decimals)

    def date(self, value: Any) -> str:
        """Show a day; instants with a zone are shown in the market's zone.

        Parameters
        ----------
        value : date-like

        Returns
        -------
        str

        Examples
        --------
        >>> voice = tne.say.voice({"market": "IE", "language": "en-IE", "timezone": "Europe/Dublin"})
        >>> voice.date(pd.Timestamp("2026-09-30 23:30", tz="UTC"))
        '1 Oct 2026'
        """
        return written.day(self.locale, value, self.timezone)

    def interval(self, low: float, high: float, decimals: int = 1) -> str:
        """Show an interval in words: "1.3 to 3.5".

        Parameters
        ----------
        low, high : float
            One that is not finite is left open.
        decimals : int

        Returns
        -------
        str

        Examples
        --------
        >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
        >>> voice.interval(1.3, 3.5)
        '1.3 to 3.5'
        """
        if not math.isfinite(low) and not math.isfinite(high):
            return NO_NUMBER
        if not math.isfinite(low):
            return self.text("interval.below", high=self.number(high, decimals))
        if not math.isfinite(high):
            return self.text("interval.above", low=self.number(low, decimals))
        return self.text("interval.between", low=self.number(low, decimals), high=self.number(high, decimals))

    def period_text(self, period: str | None = None) -> str:
        """Show a period: "July to September 2026"; "" for the unnamed latest one.

        Parameters
        ----------
        period : str, optional
            The voice's own by default.

        Returns
        -------
        str

        Examples
        --------
        >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
        >>> voice.period_text("2026Q3")
        'July to September 2026'
        """
        period = self.period if period is None else period
        return own_digits(self.locale, self._period(period))

    def _period(self, period: str) -> str:
        if quarter := re.fullmatch(r"(\d{4})-?Q([1-4])", period):
            year, first = int(quarter[1]), 3 * int(quarter[2]) - 2
            names = [month_name(year, month, self.locale) for month in (first, first + 2)]
            return self.text("period.months", first=names[0], last=names[1], year=str(year))
        if month := re.fullmatch(r"(\d{4})-(\d{2})", period):
            name = month_name(int(month[1]), int(month[2]), self.locale)
            return self.text("period.month", month=name, year=month[1])
        if week := re.fullmatch(r"(\d{4})-?W(\d{2})", period):
            return self.text("period.week", week=str(int(week[2])), year=week[1])
        return period


def interval_text(voice: Voice, low: float, high: float, decimals: int = 1) -> str:
    """Return an interval in the voice's words; the same as ``voice.interval``."""
    return voice.interval(low, high, decimals)


def voice(
    market_row: Mapping[str, Any],
    *,
    language: str | None = None,
    min_n: int = 10,
    report: str = "effectiveness",
    period: str | None = None,
    as_of: Any = None,
    strict: bool = False,
) -> Voice:
    """Return the voice of one market's report.

    Parameters
    ----------
    market_row : mapping
        One row of the table `markets`: market, name, language, timezone, currency.
    language : str, optional
        BCP 47 tag that overrides the market's; a language without a catalogue speaks English.
    min_n : int
        Privacy threshold in people, at least 5.
    report, period : str
        Name of the report; its period, None or "" for the latest.
    as_of : datetime-like, optional
        Latest data instant.
    strict : bool
        Raise on unknown codes (tests do).

    Returns
    -------
    Voice

    Raises
    ------
    ValueError
        If `min_n` is below 5.

    Examples
    --------
    >>> say = voice({"market": "DE", "name": "Germany", "language": "de"}, period="2026Q3")
    >>> say.market_name, say.points(2.4), say.period_text()
    ('Deutschland', '+2,4', 'Juli bis September 2026')
    """
    if min_n < 5:
        raise ValueError(f"min_n is {min_n}. The floor is 5 people; raise it.")
    row = {name: value for name, value in dict(market_row).items() if not _absent(value)}
    market = str(row.get("market", ""))
    asked = str(language or row.get("language", "en"))
    spoken = words.supported(asked)
    locale = best_locale(spoken, asked, market)
    name = str(row.get("name", market))
    if re.fullmatch(r"[A-Z]{2}", market):
        name = parsed(locale).territories.get(market, name)
    return Voice(
        language=spoken,
        locale=locale,
        market=market,
        market_name=name,
        currency=str(row.get("currency", "EUR")),
        timezone=str(row.get("timezone", "UTC")),
        min_n=int(min_n),
        report=report,
        period=period or "",
        as_of=None if _absent(as_of) else pd.Timestamp(as_of),
        strict=strict,
    )


def voice_from(facts: Mapping[str, Any]) -> Voice:
    """Rebuild the voice that an end block carries in ``facts["voice"]``.

    Parameters
    ----------
    facts : mapping
        Of `Voice.as_facts`: plain JSON values; keys that no voice has are left out.

    Returns
    -------
    Voice

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"}, period="2026Q3")
    >>> tne.say.voice_from(voice.as_facts()) == voice
    True
    """
    known = {field.name for field in fields(Voice)}
    kept = {name: value for name, value in facts.items() if name in known}
    as_of = kept.get("as_of")
    return Voice(**{**kept, "as_of": None if as_of is None else pd.Timestamp(as_of)})


def _absent(value: Any) -> bool:
    return value is None or (not isinstance(value, str) and bool(pd.isna(value))) or value == ""
