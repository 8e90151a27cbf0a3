"""Who is who without saying who: keyed pseudonyms, and the alias table that resolves exports to them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from tne.tables.keyfile import Key

ALIAS_KINDS = ("mail", "upn", "username", "employee_number", "record")
ALIAS_COLUMNS = ("kind", "alias", "moderator_id")
ERASED_COLUMNS = ("kind", "alias", "until")
_SPACE = re.compile(r"\s+")
# A name is neither unique nor stable, so a column that looks like one is refused as an alias.
_NAME = "name|nombre|nom|nome"
_OF = (
    "full|first|last|given|family|middle|display|preferred|user full|recipient|recipient first|recipient last|agent|"
    "moderator|reviewer|rater|annotator|auditor|employee|worker|learner|student|participant|person|people|manager|"
    "trainer|member|colleague|complete|legal"
)
_NAMES = re.compile(
    rf"({_OF})? ?names?|({_NAME}) ?(completo|complet|y apellidos|et prénom|de famille|del? (agente|moderador|empleado)|"
    r"do (agente|moderador|funcionário)|de l'(agent|employé)|du modérateur)?|name original name|surname|forename|"
    r"(voll|vor|nach|familien|anzeige|mitarbeiter|moderatoren|prüfer|teilnehmer)name|vollständiger name|"
    r"name des (mitarbeiters|moderators|agenten)|apellidos?( s)?|prénoms?|sobrenome|apelido"
)
_WORDS = re.compile(r"[\W_]+|(?<=[a-z])(?=[A-Z])")


# What nobody sees (Unicode's Default_Ignorable_Code_Point): zero-width characters, marks of direction, soft hyphens.
UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_DOTS = re.compile("i\u0307+")


def normalise(alias: object) -> str:
    """Return an alias as it is compared: NFKC, casefolded, trimmed, inner whitespace one space, nothing invisible.

    Notes
    -----
    Unicode's NFKC_Casefold, and the dotted and dotless i of Turkish are one: a system that writes in capitals by
    Turkish rules turns `i` into `İ`, one that does not turns `ı` into `I`.

    Examples
    --------
    >>> normalise("  Ａda@Example.ORG ")
    'ada@example.org'
    >>> normalise("İLKER") == normalise("ilker")
    True
    """
    text = str(alias)
    if text.isascii():  # the same, sooner: none of its characters has another form
        return _SPACE.sub(" ", text.lower()).strip()
    text = unicodedata.normalize("NFKC", UNSEEN.sub("", text)).casefold()
    text = UNSEEN.sub("", unicodedata.normalize("NFKC", text)).replace("ı", "i")
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", _DOTS.sub("i", text))).strip()


def moderator_id(key: Key, kind: str, alias: object) -> str:
    """Return the pseudonym of the person first known by `alias`."""
    return "m_" + key.digest(16, "person", kind, normalise(alias))


def alias_hash(key: Key, kind: str, alias: object) -> str:
    """Return the keyed hash under which the alias table knows `alias`."""
    return key.digest(32, "alias", kind, normalise(alias))


def refuse_name(column: str) -> None:
    """Raise `ValueError` if `column` is a name column: names alone never match people."""
    words = normalise(_WORDS.sub(" ", unicodedata.normalize("NFC", re.sub(r" \(\d+\)$", "", column))))
    if _NAMES.fullmatch(words):
        raise ValueError(
            f"The column `{column}` holds names, and names never identify people: two people share one, "
            "one person writes it in two ways. Use mail, UPN, username or employee number."
        )


def read_aliases(root: Path) -> pd.DataFrame:
    """Return the alias table of a workspace: kind, alias (keyed hash), moderator_id."""
    return _read(root / "identity" / "aliases.parquet", ALIAS_COLUMNS)


def read_erased(root: Path) -> pd.DataFrame:
    """Return what keeps erased people out: kind, alias (keyed hash; for `id` a keyed id), until which day."""
    return _read(root / "identity" / "erased.parquet", ERASED_COLUMNS)


def erased_index(root: Path) -> dict[tuple[str, str], str]:
    """Return the list of the erased as a lookup: (kind, alias hash) to the day until which it was theirs."""
    rows = read_erased(root).itertuples(index=False)
    return {(kind, alias): until for kind, alias, until in rows}


def _read(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    if not path.is_file():
        return pd.DataFrame({name: pd.Series(dtype="str") for name in columns})
    return pd.read_parquet(path)[list(columns)]


def merge_aliases(known: pd.DataFrame, new: Iterable[tuple[str, str, str]]) -> pd.DataFrame:
    """Return the alias table with the rows `new` (kind, alias hash, moderator_id), sorted, each once."""
    both = pd.concat([known, pd.DataFrame(list(new), columns=list(ALIAS_COLUMNS), dtype="str")])
    return both.drop_duplicates().sort_values(list(ALIAS_COLUMNS)).reset_index(drop=True)


def alias_index(aliases: pd.DataFrame) -> dict[tuple[str, str], frozenset[str]]:
    """Return the alias table as a lookup: (kind, alias hash) to the people it may mean."""
    found: dict[tuple[str, str], set[str]] = {}
    for kind, alias, person in zip(*(aliases[name].tolist() for name in ALIAS_COLUMNS), strict=True):
        found.setdefault((kind, alias), set()).add(person)
    return {name: frozenset(people) for name, people in found.items()}
