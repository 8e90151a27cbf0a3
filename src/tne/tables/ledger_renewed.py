"""How does the ledger follow where people get other ids, or the workspace another key?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tne.tables.keyfile import Key
from tne.tables.ledger_ends import ENDS, ends_text, noted_ends, require_whole
from tne.tables.ledger_file import FOLDER, hash_of, last_seal, parsed, rehashed, sealed, secret_of


def renewed(root: Path, old: Key, new: Key, known: Mapping[str, str]) -> dict[str, bytes]:
    """Return the files of the ledger under a new key, by name; `known` says what each id has become.

    Under the same key only those of `known` change: the marks of the others stay. Who has left the workspace keeps the
    hash of before: it stands for one person still, whom nobody can look up.
    """
    before, after = secret_of(old), secret_of(new)
    hashes = {hash_of(before, was): hash_of(after, now) for was, now in known.items()}
    made, ends = {}, {}
    for file in sorted((root / FOLDER).glob("*.jsonl")):
        lines, _, seals = parsed(file, before, old.fingerprint)
        require_whole(file, noted_ends(root).get(file.stem, ""), seals)
        for line in lines:
            if "packed" in line:
                line["packed"] = rehashed(line["packed"], hashes, marks=before == after)
        made[file.name] = sealed(lines, after, new.fingerprint, "")
        ends[file.stem] = last_seal(made[file.name])
    return made | {ENDS: ends_text(ends)} if ends else made


def stage_ledger(files: Mapping[str, bytes], new: Path) -> dict[str, str]:
    """Write files of the ledger into the folder `new`; return where they belong, by their names there."""
    moves = {}
    for name, content in files.items():
        staged = new / f"{FOLDER}-{name}"
        staged.touch(mode=0o600)
        staged.write_bytes(content)
        moves[staged.name] = f"{FOLDER}/{name}"
    return moves
