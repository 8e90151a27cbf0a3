"""What does a workspace remember of the groups of people that its released pages were about? Keyed hashes, no ids."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tne.tables.groups import Group
from tne.tables.keyfile import Key, open_key
from tne.tables.ledger_ends import note_end, noted_ends, require_whole
from tne.tables.ledger_file import (
    FOLDER,
    LedgerError,
    Release,
    hash_of,
    last_seal,
    pack,
    parsed,
    sealed,
    secret_of,
)
from tne.tables.placing import sync


class Ledger:
    """The ledger of one workspace; made by `open_ledger`.

    Parameters
    ----------
    root : Path
        Workspace.
    key : Key
        Its key, from which that of the ledger is derived.
    """

    def __init__(self, root: Path, key: Key) -> None:
        self.root, self.fingerprint = root, key.fingerprint
        self._secret = secret_of(key)
        self._hashes: dict[str, bytes] = {}
        self._read: dict[Path, tuple[tuple[int, int], list[dict[str, Any]], int, str]] = {}

    def hashed(self, group: Group) -> Group:
        """Return a group whose members are keyed hashes of ids."""
        members = {self._hash(who): days for who, days in group.members.items()}
        marks = {self._hash(who): self._mark(who, mark) for who, mark in group.marks.items()}
        return replace(group, members=members, marks=marks)

    def releases(self, scope: str) -> list[Release]:
        """Return what was released about the people of a market (or ``"all"``) and not withdrawn, oldest first.

        Raises
        ------
        LedgerError
            If it is damaged, or was written under another key.
        """
        lines = self._lines(self._file(scope))[0]
        gone = {(*line["withdrawn"], line["at"]) for line in lines if "withdrawn" in line}
        found = [{"packed": lines[line["as"]]["packed"], **line} if "as" in line else line for line in lines]
        fields = ("report", "market", "period", "at", "start", "end", "packed")
        releases = [
            Release(**{field: line[field] for field in fields}, name=tuple(line["name"]), scope=scope)
            for line in found
            if "packed" in line
        ]
        return [one for one in releases if (*one.page, one.at) not in gone]

    def scopes(self) -> list[str]:
        """Return the markets of which anything was released."""
        return sorted(file.stem for file in (self.root / FOLDER).glob("*.jsonl"))

    def note(self, scope: str, groups: Iterable[Group], page: tuple[str, str, str], at: str) -> None:
        """Write that a page shows `groups` (hashed), on the disk before this returns; callers hold the lock.

        A group that this page has shown before stands there already.
        """
        known = {
            (one.name, one.start, one.end, one.packed) for one in self.releases(scope) if one.page == page
        }
        keys = [(group.name, group.start, group.end, pack(group)) for group in groups]
        told = {**dict(zip(("report", "market", "period"), page, strict=True)), "at": at}
        lines = self._lines(self._file(scope))[0]
        first = {line["packed"]: i for i, line in reversed([*enumerate(lines)]) if "packed" in line}
        new = []
        for *name, packed in (key for key in keys if key not in known):
            # people who stand in an earlier line are not written again: many pages speak of the same ones
            people = {"as": first[packed]} if packed in first else {"packed": packed}
            new.append({**told, **dict(zip(("name", "start", "end"), name, strict=True)), **people})
        self._append(scope, [{"shown": page, "at": at}, *new])

    def withdraw(self, page: tuple[str, str, str], because: str) -> int | None:
        """Write that the last release of a page was never shared: what it was the first to show no longer counts.

        Returns
        -------
        int or None
            How many groups that are; None if no release of this page is left.
        """
        with self.locked():
            shown = {scope: self._shown(scope, page) for scope in self.scopes()}
            ends = {times[-1] for times in shown.values() if times}
            # by their order in the files: a clock may have been put back
            last = max(
                (at for at in ends if all(at not in times[:-1] for times in shown.values())), default=None
            )
            if last is None:
                return None
            count = 0
            for scope, times in shown.items():
                if last in times:
                    count += sum(one.page == page and one.at == last for one in self.releases(scope))
                    self._append(scope, [{"withdrawn": page, "at": last, "because": because}])
            return count

    def _shown(self, scope: str, page: tuple[str, str, str]) -> list[str]:
        """Return when a page was released and not withdrawn, in the order of the file."""
        times: dict[str, list[str]] = {"shown": [], "withdrawn": []}
        for line in self._lines(self._file(scope))[0]:
            for what, found in times.items():
                if tuple(line.get(what, ())) == page:
                    found.append(line["at"])
        return [at for at in times["shown"] if at not in times["withdrawn"]]

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the ledger: other runs and shards wait.

        Raises
        ------
        LedgerError
            If it cannot be written, or the key of the workspace was changed since this was opened.
        """
        with ledger_lock(self.root):
            if open_key(self.root).fingerprint != self.fingerprint:
                raise LedgerError("The key of the workspace was changed meanwhile. Run again.")
            yield

    def _mark(self, who: str, mark: int) -> int:
        return int.from_bytes(hash_of(self._secret, f"{who} {mark}")[:4], "big") or 1

    def _hash(self, who: str) -> bytes:
        found = self._hashes.get(who)
        if found is None:
            found = self._hashes[who] = hash_of(self._secret, who)
        return found

    def _file(self, scope: str) -> Path:
        return self.root / FOLDER / f"{scope}.jsonl"

    def _lines(self, file: Path) -> tuple[list[dict[str, Any]], int, str]:
        """Return the whole lines of a file, where they end, and the seal of the last."""
        end = noted_ends(self.root).get(file.stem, "")
        try:
            found = file.stat()
        except FileNotFoundError:
            require_whole(file, end, ())
            return [], 0, ""
        state = (found.st_size, found.st_mtime_ns)
        known = self._read.get(file)
        if known is None or known[0] != state:
            lines, length, seals = parsed(file, self._secret, self.fingerprint)
            require_whole(file, end, seals)
            known = self._read[file] = (state, lines, length, seals[-1] if seals else "")
        return known[1], known[2], known[3]

    def _append(self, scope: str, lines: list[dict[str, Any]]) -> None:
        if not lines:
            return
        file = self._file(scope)
        _, end, seal = self._lines(file)
        text = sealed(lines, self._secret, self.fingerprint, seal)
        new = not file.exists()
        try:
            handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
            with os.fdopen(handle, "r+b") as stream:
                stream.truncate(end)  # what a killed run left of a line
                stream.seek(end)
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            note_end(self.root, scope, last_seal(text))
            if new:
                sync(file.parent)
        except OSError as error:
            raise _unwritable(error) from None


def open_ledger(root: Path) -> Ledger:
    """Return the ledger of a workspace; one that has no key yet gets one, as at its first import.

    Raises
    ------
    LedgerError
        If the key is lost, is another one or cannot be written, with what to do.
    """
    try:
        return Ledger(root, open_key(root, create=True))
    except (OSError, ValueError) as error:
        said = str(error).rstrip(".")
        if isinstance(error, OSError) and error.strerror:
            said = (
                f"It cannot be made: {error.strerror}. Give yourself the right to write the workspace and the "
                "configuration folder, and run again"
            )
        raise LedgerError(f"The ledger of released groups needs the key of the workspace. {said}.") from None


@contextmanager
def ledger_lock(root: Path) -> Iterator[None]:
    """Hold the ledger of a workspace: other runs and shards wait.

    Raises
    ------
    LedgerError
        If it cannot be written.
    """
    folder = root / FOLDER
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _unwritable(error) from None
    with os.fdopen(handle, "r+b") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _unwritable(error: OSError) -> LedgerError:
    why = error.strerror or type(error).__name__
    return LedgerError(
        f"The ledger of released groups cannot be written ({why}), and nothing is released unnoted. Make room or give "
        f"yourself the right to write the folder `{FOLDER}` of the workspace, and run again."
    )
