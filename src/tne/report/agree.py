"""Words that agree with the number beside them: "1,5 point" but "2,5 points" in French."""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Formatter
from typing import Any, cast

from tne.report import catalogue as words

_NUMBER = re.compile(r"\d[\d\s.,'’٬]*")


def fill(template: str, shown: Mapping[str, str], *, language: str, decimal: str) -> str:
    """Return a phrase with its values.

    ``{value:point|points}`` is the word that agrees with a value; ``{n_word:f}`` a spelled count of a feminine noun.

    Parameters
    ----------
    template : str
    shown : mapping of str to str
        Values as a reader sees them.
    language : str
        Whose plural rule orders the forms.
    decimal : str
        The decimal sign of the numbers in `shown`.

    Notes
    -----
    The whole part of the number decides, as in French and Portuguese. In languages where every decimal fraction takes
    the plural (English, German, Spanish) the mark is for whole numbers.

    Examples
    --------
    >>> fill("{n} {n:point|points}", {"n": "1,5"}, language="fr", decimal=",")
    '1,5 point'
    """
    return _Agreeing(language, decimal).vformat(template, (), shown)


class _Agreeing(Formatter):
    def __init__(self, language: str, decimal: str) -> None:
        self.language, self.rule, self.decimal = language, words.plural_rule(language), decimal

    def format_field(self, value: Any, spec: str) -> str:
        if spec == "f":
            plain, feminine = (
                words.phrase(self.language, key).split("|") for key in ("count.words", "count.words_f")
            )
            return feminine[plain.index(value)] if value in plain else str(value)
        if "|" not in spec:
            return cast(str, super().format_field(value, spec))
        forms = spec.split("|")
        found = _NUMBER.search(str(value))
        if found is None:
            return forms[-1]
        whole = re.sub(r"\D", "", found[0].split(self.decimal)[0])
        return forms[min(self.rule(int(whole)), len(forms) - 1)]
