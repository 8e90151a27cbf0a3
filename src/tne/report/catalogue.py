"""The fixed words of the reports: one catalogue per language, the same keys in all of them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib.resources import files

LANGUAGES: tuple[str, ...] = ("en", "de", "es", "fr", "pt")
PLURAL_FORMS = frozenset({"zero", "one", "two", "few", "many", "other"})
_STRONG = re.compile(r"\*\*(.+?)\*\*")
Phrase = str | tuple[str, ...] | Mapping[str, str]


@cache
def catalogue(language: str) -> Mapping[str, Phrase]:
    """Return the phrases of one language by dotted key, for example ``"grade.B.meaning"``.

    Parameters
    ----------
    language : str
        One of `LANGUAGES`.

    Returns
    -------
    mapping
        Key to phrase. A phrase that depends on a number is a mapping of plural form to text;
        a list of words (the spelled-out numbers) is a tuple.
    """
    if language not in LANGUAGES:
        raise KeyError(f"There is no catalogue for {language!r}. Use one of {', '.join(LANGUAGES)}.")
    text = files("tne.report.wording").joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return dict(_flat(tomllib.loads(text), ""))


def supported(language: str) -> str:
    """Return the catalogue for a BCP 47 tag: its primary language, or English where there is none.

    >>> supported("pt-BR"), supported("ja")
    ('pt', 'en')
    """
    primary = re.split(r"[-_]", language.strip().lower())[0]
    return primary if primary in LANGUAGES else "en"


def phrase(language: str, key: str, form: str = "other") -> str:
    """Return one phrase, from English where `language` lacks it.

    Raises
    ------
    KeyError
        If English lacks it too.
    """
    for source in (language, "en"):
        found = catalogue(source).get(key)
        if isinstance(found, Mapping):
            return found.get(form, found["other"])
        if isinstance(found, str):
            return found
    raise KeyError(f"No catalogue has the phrase {key!r}. Add it to every file in report/wording.")


def knows(language: str, key: str) -> bool:
    """Say whether `key` is in the catalogue of `language` or in English."""
    return key in catalogue(language) or key in catalogue("en")


def markup(template: str) -> str:
    """Escape a phrase and turn ``**words**`` into ``<strong>``. Values are filled in afterwards, escaped too."""
    return _STRONG.sub(r"<strong>\1</strong>", escape(template, quote=False))


def _flat(tree: Mapping, prefix: str):
    for name, value in tree.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict) and not ("other" in value and set(value) <= PLURAL_FORMS):
            yield from _flat(value, f"{key}.")
        else:
            yield key, tuple(value) if isinstance(value, list) else value
