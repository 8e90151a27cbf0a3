"""The fixed words of the reports: one gettext catalogue per language, the same keys in all of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from gettext import c2py
from html import escape
from importlib.resources import files
from io import BytesIO
from typing import cast

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

SOURCE = "en"  # its words are the msgids of messages.pot
FOLDER = files("tne.report.wording")
LANGUAGES: tuple[str, ...] = (
    SOURCE,
    *sorted(file.name.removesuffix(".po") for file in FOLDER.iterdir() if file.name.endswith(".po")),
)
_STRONG = re.compile(r"\*\*(.+?)\*\*")
_TERM = re.compile(r"\[\[(.+?)\|([a-zA-Z0-9_.]+)\]\]")
Phrase = str | tuple[str, ...]


@cache
def catalogue(language: str) -> Mapping[str, Phrase]:
    """Return the phrases of one language by dotted key, for example ``"grade.B.meaning"``.

    Parameters
    ----------
    language : str
        One of `LANGUAGES`: those with a file in ``report/wording``.

    Returns
    -------
    mapping
        Key (``msgctxt``) to phrase; a phrase that depends on a number is a tuple of its plural forms in the order of
        the catalogue's rule. Phrases not yet translated are left out, and those whose English has changed since.
    """
    words = {}
    for message in _read(language):
        if not message.id or message.fuzzy:  # fuzzy: the English has changed since it was translated
            continue
        said = message.id if language == SOURCE else message.string
        if all(said) if isinstance(said, (tuple, list)) else said:
            words[str(message.context)] = said if isinstance(said, str) else tuple(cast(Sequence[str], said))
    return words


@cache
def plural_rule(language: str) -> Callable[[int], int]:
    """Return the function from a number to the place of its plural form."""
    return c2py(_read(language).plural_expr)


def supported(language: str) -> str:
    """Return the catalogue for a BCP 47 tag: its primary language, or English where there is none.

    >>> supported("pt-BR"), supported("ja")
    ('pt', 'en')
    """
    primary = re.split(r"[-_]", language.strip().lower())[0]
    return primary if primary in LANGUAGES else SOURCE


def phrase(language: str, key: str, n: int | None = None) -> str:
    """Return one phrase, from English where `language` lacks it.

    Parameters
    ----------
    n : int, optional
        The number on which a plural depends; the last form without it.

    Raises
    ------
    KeyError
        If English lacks it too.
    """
    for source in (language, SOURCE):
        found = catalogue(source).get(key)
        if isinstance(found, tuple):
            return found[-1 if n is None else plural_rule(source)(abs(int(n)))]
        if found is not None:
            return found
    raise KeyError(
        f"No catalogue has the phrase {key!r}. Add it to messages.pot and every .po in report/wording."
    )


def knows(language: str, key: str) -> bool:
    """Say whether `key` is in the catalogue of `language` or in English."""
    return key in catalogue(language) or key in catalogue(SOURCE)


def markup(template: str) -> str:
    """Escape a phrase; ``**words**`` become bold, ``[[words|term]]`` a button that opens the term (`tne.report.tips`).

    Values are filled in afterwards, escaped too.
    """
    bold = _STRONG.sub(r"<strong>\1</strong>", escape(template, quote=False))
    return _TERM.sub(r'<button type="button" class="term" popovertarget="tip-\2">\1</button>', bold)


def plain(template: str) -> str:
    """Return a phrase without its marks."""
    return _TERM.sub(r"\1", template).replace("**", "")


@cache
def _read(language: str) -> Catalog:
    if language not in LANGUAGES:
        raise KeyError(f"There is no catalogue for {language!r}. Use one of {', '.join(LANGUAGES)}.")
    name = "messages.pot" if language == SOURCE else f"{language}.po"
    return read_po(BytesIO(FOLDER.joinpath(name).read_bytes()), abort_invalid=True)
