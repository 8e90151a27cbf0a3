"""What does an alt text say: the phrase of the figure with the numbers as they are drawn?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from string import Formatter
from typing import Any

from tne.report import catalogue
from tne.report.rounding import as_float, decimals_for
from tne.report.voice import Voice
from tne.report.written import NO_NUMBER


class Shown(float):
    """A number that knows how it is written: the decimals of its interval, and money or a plain number.

    Parameters
    ----------
    value : float
    decimals : int
    kind : {"number", "money"}
    """

    decimals: int
    kind: str

    def __new__(cls, value: float, decimals: int = 1, kind: str = "number") -> Shown:
        made = super().__new__(cls, as_float(value))
        made.decimals, made.kind = max(0, min(4, decimals)), kind
        return made


class Code(str):
    """A code of the data that may have a word under ``draw.<family>_<code>``."""

    family: str

    def __new__(cls, code: Any, family: str) -> Code:
        made = super().__new__(cls, code)
        made.family = family
        return made


def told(row: Mapping[str, Any] | None, name: str = "estimate", kind: str = "number") -> Shown:
    """Return one number of an estimate row with the decimals that its interval gives it; NaN without a row."""
    if row is None:
        return Shown(math.nan)
    limits = (as_float(row.get(end)) for end in ("conf_low", "conf_high"))
    return Shown(row[name], decimals_for(row["estimate"], *limits), kind)


def alt_text(voice: Voice, key: str, values: Mapping[str, Any]) -> str:
    """Return the alt text of a figure with its numbers; the plain one where a number is missing.

    Parameters
    ----------
    voice : Voice
    key : str
        ``figure.<key>`` of the catalogues.
    values : mapping
        Values for the phrase, for example from `event_study_values`. ``"alt"`` names another phrase of the figure
        than ``figure.<key>.alt``, for example ``"alt_one"`` where there is one row; ``"told"`` another title than
        ``figure.<key>.told``, or ``""`` where the numbers that are shown allow no finding about all of them;
        ``"and"`` the parts of further sentences of the alt text.
    """
    shown = {name: _say(voice, value) for name, value in values.items() if name != "and"}
    known = _known(shown)
    for part in dict.fromkeys((str(values.get("alt", "alt")), "alt")):
        phrase = f"figure.{key}.{part}"
        if voice.has(phrase) and _places(voice, phrase) <= known:
            more = [voice.text(f"figure.{key}.{part}", **shown) for part in values.get("and", ())]
            return " ".join([voice.text(phrase, **shown), *more])
    return voice.text("figure.unknown.alt")


def _known(shown: Mapping[str, str]) -> set[str]:
    return {name for name, text in shown.items() if text not in (NO_NUMBER, "")}


def _places(voice: Voice, key: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(catalogue.phrase(voice.language, key)) if name}


def _say(voice: Voice, value: Any) -> str:
    if isinstance(value, Shown):
        return (voice.money if value.kind == "money" else voice.number)(value, value.decimals)
    if isinstance(value, Code):
        key = f"draw.{value.family}_{value}"
        return voice.text(key) if voice.has(key) else value.replace("_", " ")
    return value if isinstance(value, str) else voice.show(value)


def title_text(voice: Voice, key: str, values: Mapping[str, Any], finding: str | None = None) -> str:
    """Return the title of a figure: the finding that is named, else the one in its numbers, else its subject.

    Parameters
    ----------
    voice, key, values
        As in `alt_text`.
    finding : str, optional
        Variant of the title, for example ``"rose"``.
    """
    if finding:
        return voice.text(f"figure.{key}.{finding}")
    shown = {name: _say(voice, value) for name, value in values.items() if name != "and"}
    # of a single row nothing is the highest or the lowest
    part = str(values.get("told", "" if values.get("alt") == "alt_one" else "told"))
    phrase = f"figure.{key}.{part}"
    if part and voice.has(phrase) and _places(voice, phrase) <= _known(shown):
        return voice.text(phrase, **shown)
    return voice.text(f"figure.{key}.title")
