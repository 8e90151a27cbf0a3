"""Who is who without saying who: keyed pseudonyms, and the alias table that resolves exports to them."""

from __future__ import annotations

import hmac
import json
import os
import re
import secrets
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

ALIAS_KINDS = ("mail", "upn", "username", "employee_number", "record")
ALIAS_COLUMNS = ("kind", "alias", "moderator_id")
_SPACE = re.compile(r"\s+")
# A name is neither unique nor stable, so a column that looks like one is refused as an alias.
# fmt: off
_NAMES = frozenset((
    "name", "names", "full name", "first name", "last name", "surname", "given name", "family name",
    "forename", "display name", "user full name", "name (original name)", "nachname", "vorname",
    "vollständiger name", "anzeigename", "nombre", "nombre completo", "apellido", "apellidos",
    "apellido(s)", "nom", "prénom", "nom complet", "nom de famille", "nome", "nome completo",
    "sobrenome", "apelido",
))
# fmt: on


@dataclass(frozen=True)
class Key:
    """The secret of one workspace. Its text form shows the fingerprint only."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) < 32:
            raise ValueError(
                f"The workspace key has {len(self.secret)} bytes. Use at least 32 random bytes; "
                "a short key or a plain hash lets anyone try all addresses."
            )

    def digest(self, purpose: str, *parts: str) -> str:
        """Return HMAC-SHA-256 of `parts` in hex; lengths enter too, so that parts never run together."""
        message = b"".join(
            len(raw).to_bytes(4, "big") + raw for raw in (part.encode() for part in (purpose, *parts))
        )
        return hmac.digest(self.secret, message, "sha256").hex()

    @property
    def fingerprint(self) -> str:
        """What the workspace may store: recognises the key, reveals nothing of it."""
        return self.digest("fingerprint")[:16]


def normalise(alias: object) -> str:
    """Return an alias as it is compared: NFKC, casefolded, trimmed, inner whitespace collapsed.

    Examples
    --------
    >>> normalise("  Ａda@Example.ORG ")
    'ada@example.org'
    """
    text = unicodedata.normalize("NFKC", str(alias)).casefold()
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", text)).strip()


def moderator_id(key: Key, kind: str, alias: object) -> str:
    """Return the pseudonym of the person first known by `alias`."""
    return "m_" + key.digest("person", kind, normalise(alias))[:16]


def alias_hash(key: Key, kind: str, alias: object) -> str:
    """Return the keyed hash under which the alias table knows `alias`."""
    return key.digest("alias", kind, normalise(alias))[:32]


def refuse_name(column: str) -> None:
    """Raise `ValueError` if `column` is a name column: names alone never match people."""
    if normalise(column) in _NAMES:
        raise ValueError(
            f"The column `{column}` holds names, and names never identify people: two people share one, "
            "one person writes it in two ways. Use mail, UPN, username or employee number."
        )


def config_home() -> Path:
    """Return the folder of the user's configuration: ``TNE_CONFIG_HOME``, else ``~/.config/tne``."""
    return Path(os.environ.get("TNE_CONFIG_HOME") or Path.home() / ".config" / "tne")


def open_key(root: Path, *, create: bool = False) -> Key:
    """Return the key of the workspace at `root`.

    Parameters
    ----------
    root : Path
        Folder of the workspace; its ``identity/key.json`` holds the workspace's id and the key's fingerprint.
    create : bool
        Make a key if the workspace never had one (its first import).

    Returns
    -------
    Key

    Raises
    ------
    FileNotFoundError
        If the workspace has a key but this user's configuration folder does not hold it.
    PermissionError
        If others can read the key file.
    ValueError
        If the key is not the one of this workspace, is too short, or would lie inside the workspace.
    """
    home = config_home()
    if root.resolve() in (home.resolve(), *home.resolve().parents):
        raise ValueError(
            "The configuration folder lies inside the workspace; whoever gets the one would get the key. "
            "Point TNE_CONFIG_HOME elsewhere."
        )
    stored = root / "identity" / "key.json"
    if not stored.is_file():
        if not create:
            raise FileNotFoundError("This workspace has no key yet. Import a roster first.")
        if (root / "identity" / "aliases.parquet").exists():
            raise FileNotFoundError(
                "This workspace knows people but its `identity/key.json` is gone. Restore that file from a backup; "
                "a new key would make a new person of everyone, so none was made."
            )
        return _create_key(home, stored)
    facts = json.loads(stored.read_text(encoding="utf-8"))
    if not re.fullmatch(r"[0-9a-f]{16}", str(facts.get("workspace"))):
        raise ValueError("`identity/key.json` is damaged. Restore it from a backup.")
    path = home / "keys" / facts["workspace"]
    if not path.is_file():
        raise FileNotFoundError(
            f"The key of this workspace (fingerprint {facts['fingerprint']}) is not in the configuration "
            f"folder. Copy `keys/{facts['workspace']}` from the computer of the first import, or set "
            "TNE_CONFIG_HOME. "
            "A new key would make a new person of everyone, so none was made."
        )
    if path.stat().st_mode & 0o077:
        raise PermissionError("Others can read the workspace key. Run `chmod 600` on it and import again.")
    key = Key(bytes.fromhex(path.read_text(encoding="ascii").strip()))
    if key.fingerprint != facts["fingerprint"]:
        raise ValueError(
            f"The key found (fingerprint {key.fingerprint}) is not the key of this workspace "
            f"({facts['fingerprint']}). Restore the right one; this one would make a new person of everyone."
        )
    return key


def _create_key(home: Path, stored: Path) -> Key:
    workspace = secrets.token_hex(8)
    key = Key(secrets.token_bytes(32))
    folder = home / "keys"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(folder / workspace, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(key.secret.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    stored.parent.mkdir(parents=True, exist_ok=True)
    # The key is on disk before the workspace names it: a crash between leaves an unused key, never a lost one.
    draft = stored.with_suffix(".tmp")
    facts = {"workspace": workspace, "fingerprint": key.fingerprint}
    draft.write_text(json.dumps(facts) + "\n", encoding="utf-8")
    os.replace(draft, stored)
    return key


def read_aliases(root: Path) -> pd.DataFrame:
    """Return the alias table of a workspace: kind, alias (keyed hash), moderator_id."""
    path = root / "identity" / "aliases.parquet"
    if not path.is_file():
        return pd.DataFrame({name: pd.Series(dtype="str") for name in ALIAS_COLUMNS})
    return pd.read_parquet(path)[list(ALIAS_COLUMNS)]


def merge_aliases(known: pd.DataFrame, new: Iterable[tuple[str, str, str]]) -> pd.DataFrame:
    """Return the alias table with the rows `new` (kind, alias hash, moderator_id), sorted, each once."""
    both = pd.concat([known, pd.DataFrame(list(new), columns=list(ALIAS_COLUMNS), dtype="str")])
    return both.drop_duplicates().sort_values(list(ALIAS_COLUMNS)).reset_index(drop=True)


def alias_index(aliases: pd.DataFrame) -> dict[tuple[str, str], frozenset[str]]:
    """Return the alias table as a lookup: (kind, alias hash) to the people it may mean."""
    found: dict[tuple[str, str], set[str]] = {}
    for kind, alias, person in aliases.itertuples(index=False):
        found.setdefault((kind, alias), set()).add(person)
    return {name: frozenset(people) for name, people in found.items()}


def resolve(
    key: Key, index: Mapping[tuple[str, str], frozenset[str]], value: object, kinds: Sequence[str]
) -> tuple[str | None, str]:
    """Return the person whom `value` means, and ``"matched"``, ``"unmatched"`` or ``"ambiguous"``."""
    people: set[str] = set()
    for kind in kinds:
        people |= index.get((kind, alias_hash(key, kind, value)), frozenset())
    if len(people) == 1:
        return next(iter(people)), "matched"
    return None, "ambiguous" if people else "unmatched"
