"""Where is the key of a workspace, and what does it make of a text?"""

from __future__ import annotations

import functools
import hmac
import json
import os
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from tne.tables.placing import sync


@dataclass(frozen=True)
class Key:
    """The secrets of one workspace: the first, and those of each rotation. Its text form shows the fingerprint only.

    Notes
    -----
    A rotation hashes what the key made before once more under a new secret. So stored pseudonyms can be renewed without
    the exports, an alias still leads to its person, and whoever has the older secrets cannot follow.
    """

    secret: bytes = field(repr=False)
    renewed: tuple[bytes, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        short = min(map(len, (self.secret, *self.renewed)))
        if short < 32:
            raise ValueError(
                f"The workspace key has {short} bytes. Use at least 32 random bytes; "
                "a short key or a plain hash lets anyone try all addresses."
            )

    def __repr__(self) -> str:
        return f"Key(fingerprint={self.fingerprint})"

    @functools.cached_property
    def _started(self) -> hmac.HMAC:
        """The hash that has taken in the secret: to copy it is quicker than to start anew for each of many texts."""
        return hmac.new(self.secret, digestmod="sha256")

    def digest(self, length: int, purpose: str, *parts: str) -> str:
        """Return HMAC-SHA-256 of `parts` as `length` hex digits; lengths enter, so that parts never run together."""
        message = b""
        for part in (purpose, *parts):
            raw = part.encode()
            message += len(raw).to_bytes(4, "big") + raw
        started = self._started.copy()
        started.update(message)
        made = started.hexdigest()[:length]
        for secret in self.renewed:
            made = _again(secret, made)
        return made

    def rotated(self) -> Key:
        """Return the key with a new secret."""
        return Key(self.secret, (*self.renewed, secrets.token_bytes(32)))

    def renew(self, made: str) -> str:
        """Return what a digest of the key before the last rotation has become by it."""
        return _again(self.renewed[-1], made)

    @property
    def fingerprint(self) -> str:
        """What the workspace may store: recognises the key, reveals nothing of it."""
        return self.digest(16, "fingerprint")


def _again(secret: bytes, made: str) -> str:
    return hmac.digest(secret, b"renewed" + made.encode(), "sha256").hex()[: len(made)]


def config_home() -> Path:
    """Return the folder of the user's configuration: ``TNE_CONFIG_HOME``, else ``~/.config/tne``."""
    return Path(os.environ.get("TNE_CONFIG_HOME") or Path.home() / ".config" / "tne")


def key_path(root: Path) -> Path:
    """Return where the key of the workspace at `root` belongs.

    Raises
    ------
    FileNotFoundError
        If the workspace never had a key.
    ValueError
        If its record of the key is damaged, or the configuration folder lies inside the workspace.
    """
    return _place(_record(root)["workspace"], root)


def open_key(root: Path, *, create: bool = False) -> Key:
    """Return the key of the workspace at `root`.

    Parameters
    ----------
    root : Path
        Folder of the workspace; its ``identity/key.json`` holds the key's id and its fingerprint.
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
    _home(root)
    if create and not (root / "identity" / "key.json").is_file():
        return _first(root)
    facts = _record(root)
    path = _place(facts["workspace"], root)
    if not path.is_file():
        raise FileNotFoundError(
            f"The key of this workspace (fingerprint {facts['fingerprint']}) is not in the configuration "
            f"folder. Copy `keys/{facts['workspace']}` from the computer of the first import, or set "
            "TNE_CONFIG_HOME. "
            "A new key would make a new person of everyone, so none was made."
        )
    if path.stat().st_mode & 0o077:
        raise PermissionError(
            f"Others can read the workspace key, `keys/{facts['workspace']}` in the configuration folder. Run "
            "`chmod 600` on it, and again what you ran."
        )
    try:
        first, *more = map(bytes.fromhex, path.read_text(encoding="ascii").split())
    except ValueError:  # the message would quote the secret
        raise ValueError("The key file is damaged. Restore it from a backup.") from None
    key = Key(first, tuple(more))
    if key.fingerprint != facts["fingerprint"]:
        raise ValueError(
            f"The key found (fingerprint {key.fingerprint}) is not the key of this workspace "
            f"({facts['fingerprint']}). Restore the right one; this one would make a new person of everyone."
        )
    return key


def save_key(root: Path, key: Key) -> tuple[Path, str]:
    """Write a key to the configuration folder, synced; return its file, and the record that makes it the workspace's.

    The key is on disk before the workspace names it: a crash between leaves an unused key, never a lost one.
    """
    name = secrets.token_hex(8)
    path = _place(name, root)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(path, "".join(f"{secret.hex()}\n" for secret in (key.secret, *key.renewed)))
    sync(path.parent)
    return path, json.dumps({"workspace": name, "fingerprint": key.fingerprint}) + "\n"


def _first(root: Path) -> Key:
    if (root / "identity" / "aliases.parquet").exists():
        raise FileNotFoundError(
            "This workspace knows people but its `identity/key.json` is gone. Restore that file from a backup; "
            "a new key would make a new person of everyone, so none was made."
        )
    key = Key(secrets.token_bytes(32))
    _, record = save_key(root, key)
    stored = root / "identity" / "key.json"
    stored.parent.mkdir(0o700, parents=True, exist_ok=True)
    draft = stored.with_suffix(".tmp")
    draft.unlink(missing_ok=True)
    _write(draft, record, 0o666)  # no secret: whoever may read the workspace may read it
    os.replace(draft, stored)
    sync(stored.parent)
    return key


def _write(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a new file, by default for its owner alone, and see it on the disk."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _record(root: Path) -> dict[str, str]:
    stored = root / "identity" / "key.json"
    if not stored.is_file():
        raise FileNotFoundError("This workspace has no key yet. Import a roster, or run `tne key create`.")
    try:
        facts = json.loads(stored.read_text(encoding="utf-8"))
        whole = re.fullmatch(r"[0-9a-f]{16}", str(facts["workspace"])) and isinstance(
            facts["fingerprint"], str
        )
    except (ValueError, KeyError, TypeError):
        whole = None
    if not whole:
        raise ValueError("`identity/key.json` is damaged. Restore it from a backup.")
    return cast(dict[str, str], facts)


def _home(root: Path) -> Path:
    home = config_home()
    if root.resolve() in (home.resolve(), *home.resolve().parents):
        raise ValueError(
            "The configuration folder lies inside the workspace; whoever gets the one would get the key. "
            "Point TNE_CONFIG_HOME elsewhere."
        )
    return home


def _place(name: str, root: Path) -> Path:
    return _home(root) / "keys" / name
