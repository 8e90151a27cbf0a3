"""How does the ledger of released groups stand in its files? Sealed lines, each member a keyed hash and two days."""

from __future__ import annotations

import base64
import hmac
import json
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from tne.tables.groups import Group
from tne.tables.keyfile import Key

FOLDER = "ledger"
_MEMBER = struct.Struct(">8sHHI")  # keyed hash, first day, last day, keyed mark of the numbers
_LAST_DAY = 65535  # in 2149
_FORMAT = 1


class LedgerError(ValueError):
    """The ledger cannot be read or written: nothing is released until it can."""


@dataclass(frozen=True)
class Release:
    """One group that a page has shown.

    Parameters
    ----------
    report, market, period : str
        The page.
    at : str
        When it was released, ISO, to the microsecond: what one release has shown carries one instant.
    scope : str
        Market of the people, ``"all"`` where the statistic is about all markets together.
    name : tuple of str
        Statistic, programme, label.
    start, end : str
        Window of the data.
    packed : str
        The members.
    """

    report: str
    market: str
    period: str
    at: str
    scope: str
    name: tuple[str, str, str]
    start: str
    end: str
    packed: str = field(repr=False)

    @property
    def page(self) -> tuple[str, str, str]:
        """Report, market and period of the page."""
        return self.report, self.market, self.period

    @property
    def people(self) -> int:
        """How many people the group has."""
        return len(base64.b64decode(self.packed)) // _MEMBER.size

    @cached_property
    def group(self) -> Group:
        """The group, its members by keyed hash."""
        rows = [*_MEMBER.iter_unpack(base64.b64decode(self.packed))]
        days = {who: (first, last) for who, first, last, _ in rows}
        return Group(*self.name, self.start, self.end, days, {who: mark for who, *_, mark in rows if mark})


def secret_of(key: Key) -> bytes:
    """Return the secret of the ledger of a workspace with this key."""
    return bytes.fromhex(key.digest(64, "ledger"))


def hash_of(secret: bytes, who: str) -> bytes:
    """Return the keyed hash of an id."""
    return hmac.digest(secret, who.encode(), "sha256")[:8]


def pack(group: Group) -> str:
    """Return the members of a group, whose ids are hashes, as text."""
    rows = sorted(
        (who, min(first, _LAST_DAY), min(last, _LAST_DAY), group.marks.get(who, 0))
        for who, (first, last) in group.members.items()
    )
    return base64.b64encode(b"".join(_MEMBER.pack(*row) for row in rows)).decode()


def shown_before(group: Group, released: Iterable[Release]) -> bool:
    """Say whether just this group, of hashes, was released: then to show it again tells nothing."""
    packed, window = pack(group), (group.start, group.end)
    return any(
        old.packed == packed and (old.start, old.end) == window and old.name == group.name for old in released
    )


def _seal(secret: bytes, before: str, text: str) -> str:
    return hmac.digest(secret, f"{before}{text}".encode(), "sha256").hex()[:16]


def sealed(lines: list[dict[str, Any]], secret: bytes, fingerprint: str, seal: str) -> bytes:
    """Return lines as they stand in a file: each with a seal over itself and all before it."""
    head = [] if seal else [{"ledger": _FORMAT, "key": fingerprint}]
    out = []
    for line in [*head, *lines]:
        text = json.dumps(line, ensure_ascii=False)
        seal = _seal(secret, seal, text)
        out.append(f"{seal} {text}\n")
    return "".join(out).encode()


def last_seal(content: bytes) -> str:
    """Return the seal of the last of sealed lines."""
    return content.splitlines()[-1].partition(b" ")[0].decode()


def parsed(file: Path, secret: bytes, fingerprint: str) -> tuple[list[dict[str, Any]], int, list[str]]:
    """Return the lines of a file, where the last whole one ends, and the seals of all, that of its head first."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise LedgerError(f"The ledger `{FOLDER}/{file.name}` cannot be read: {error.strerror}.") from None
    end = content.rfind(b"\n") + 1  # what follows was never finished, and what it was about never released
    lines: list[dict[str, Any]] = []
    seals: list[str] = []
    for number, raw in enumerate(content[:end].split(b"\n")[:-1]):
        stands, _, text = raw.decode("utf-8", "replace").partition(" ")
        if number == 0 and _other_key(text, fingerprint):
            raise LedgerError(
                f"The ledger `{FOLDER}/{file.name}` was written under another key than the workspace has now. Restore "
                "that key (`tne key show` names its file). Where it is lost and nothing was ever shared, move the "
                f"folder `{FOLDER}` away: a new one begins."
            )
        seal = _seal(secret, seals[-1] if seals else "", text)
        if not hmac.compare_digest(stands, seal):
            raise LedgerError(
                f"The ledger `{FOLDER}/{file.name}` is damaged at line {number + 1}. Restore it from a backup: without "
                "it nobody knows what was released. Where nothing was ever shared, move it away: a new one begins."
            )
        lines.append(json.loads(text))
        seals.append(seal)
    return lines[1:], end, seals


def withdrawn_pages(root: Path) -> frozenset[tuple[str, str, str]]:
    """Return the pages (report, market, period) of which nothing was released since their last withdrawal.

    It needs no key: who publishes may not have it.

    Raises
    ------
    LedgerError
        If a file cannot be read.
    """
    last: dict[tuple[str, str, str], dict[str, str]] = {}
    for file in sorted((root / FOLDER).glob("*.jsonl")):
        try:
            content = file.read_bytes()
            for raw in content[: content.rfind(b"\n") + 1].splitlines():
                line = json.loads(raw.partition(b" ")[2])
                for what in ("shown", "withdrawn"):
                    if what in line:
                        last.setdefault(tuple(line[what]), {})[file.stem] = what
        except (OSError, ValueError, TypeError):
            raise LedgerError(f"The ledger `{FOLDER}/{file.name}` cannot be read.") from None
    return frozenset(page for page, told in last.items() if {*told.values()} == {"withdrawn"})


def _other_key(text: str, fingerprint: str) -> bool:
    try:
        return bool(json.loads(text)["key"] != fingerprint)
    except (ValueError, KeyError, TypeError):
        return False


def rehashed(packed: str, hashes: Mapping[bytes, bytes], *, marks: bool) -> str:
    """Return packed members under other hashes; one that has no other hash keeps its own, and its mark if `marks`."""
    rows = _MEMBER.iter_unpack(base64.b64decode(packed))
    made = sorted(
        (hashes.get(who, who), first, last, mark if marks and who not in hashes else 0)
        for who, first, last, mark in rows
    )
    return base64.b64encode(b"".join(_MEMBER.pack(*row) for row in made)).decode()
