"""What the command key does: show, make and change the key of a workspace, and erase one person."""

from __future__ import annotations

import datetime as dt
import json
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from tne.commands.asking import answer
from tne.runs import inputs
from tne.runs.outcome import OK, SOME_FAILED, UsageError


def key(asked: Namespace) -> int:
    """Do what was asked with the key of a workspace."""
    return {"show": _show, "create": _create, "rotate": _rotate, "erase": _erase}[asked.action](asked)


def _root(given: Path | None) -> Path:
    if given is not None and (given / "identity" / "key.json").is_file():
        return given.resolve()  # with a key and no tables yet
    return inputs.workspace_root(given)


def _show(asked: Namespace) -> int:
    from tne.tables.importers.commit import lock
    from tne.tables.keyfile import key_path, open_key
    from tne.tables.pseudonyms import read_aliases, read_erased

    root = _root(asked.workspace)
    with lock(root):
        found, path = open_key(root), key_path(root)
        aliases, erased = read_aliases(root), read_erased(root)
    facts: dict[str, Any] = {
        "fingerprint": found.fingerprint,
        "file": str(path),
        "rotations": len(found.renewed),
        "people": int(aliases["moderator_id"].nunique()),
        "aliases": {str(kind): int(n) for kind, n in aliases["kind"].value_counts().sort_index().items()},
        "erased_aliases": int((erased["kind"] != "id").sum()),
    }
    if asked.json:
        print(json.dumps(facts, indent=1))
        return OK
    kinds = ", ".join(f"{n} {kind}" for kind, n in facts["aliases"].items()) or "none"
    print(
        f"Fingerprint {facts['fingerprint']}, rotated {facts['rotations']} times.\n"
        f"File: {path} (secret: keep a backup where you keep other secrets)\n"
        f"People: {facts['people']}. Aliases: {kinds}. Erased aliases: {facts['erased_aliases']}."
    )
    return OK


def _create(asked: Namespace) -> int:
    from tne.tables.importers.commit import lock
    from tne.tables.keyfile import key_path, open_key

    root = asked.workspace or inputs.nearest_settings()
    if root is None:
        raise UsageError("Say which workspace the key is for: --workspace DIR (made if absent).")
    with lock(root):
        if (root / "identity" / "key.json").is_file():
            raise UsageError(
                "This workspace has a key: see `tne key show`. A second one would make a new person of everyone; "
                "`tne key rotate` changes it."
            )
        made = open_key(root, create=True)
        print(
            f"Fingerprint {made.fingerprint}\nFile: {key_path(root)}\nKeep a backup where you keep other secrets."
        )
    return OK


def _rotate(asked: Namespace) -> int:
    from tne.tables.importers.rotating import rotate

    root = _root(asked.workspace)
    if not _agreed(
        asked, "Every pseudonym of this workspace becomes another one. Its reports are due again."
    ):
        return SOME_FAILED
    done = rotate(root)
    print(
        f"Fingerprint {done.before} → {done.after}. {done.people} pseudonyms and {done.aliases} aliases in "
        f"{done.tables} tables are new; exports can be imported as before.\n"
        f"New key: {done.new_key}. Back it up, and give it to those who import.\n"
        f"Old key: {done.old_key}. It opens older copies of this workspace. Delete those copies, then this file: who "
        "has old tables and new ones can lay them side by side, whatever the key."
    )
    if done.untouched:
        print(f"{done.untouched} ids of people were left: no import made them, so no key can renew them.")
    return OK


def _erase(asked: Namespace) -> int:
    from tne.tables.importers.erasing import erase

    root = _root(asked.workspace)
    if not (asked.yes or sys.stdin.isatty()):
        raise UsageError("Nobody can be asked here. Add --yes, and give the alias on standard input.")
    alias = answer(f"The person's {asked.kind}: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    if not alias:
        raise UsageError(
            f"No {asked.kind} was given. It is asked for, or read from standard input; it is no argument, so that it "
            "stays out of the shell's history."
        )
    today = dt.date.today()
    planned = erase(root, asked.kind, alias, today, keep_counts=asked.keep_counts, dry=True)
    if planned.already:
        print("This person was erased before.")
        return OK
    rows = ", ".join(f"{n} in {table}" for table, n in planned.rows.items()) or "none"
    what = "get a random pseudonym" if asked.keep_counts else "go"
    print(f"Rows about the person, which {what}: {rows}. Aliases: {planned.aliases}.")
    if planned.others:
        others = ", ".join(f"{n} in {table}" for table, n in planned.others.items())
        print(f"Rows about others, which lose who audited or taught: {others}.")
    if planned.quarantine:
        print(
            f"Quarantine files that mention the person, which go: {planned.quarantine}. Import their exports again if "
            "the other rows matter."
        )
    if not _agreed(asked, "This cannot be undone."):
        return SOME_FAILED
    erase(root, asked.kind, alias, today, keep_counts=asked.keep_counts)
    print(
        "Done. Coming exports are read without the person. Exports, backups and older copies of the workspace are not "
        "touched: erase the person there as well."
    )
    return OK


def _agreed(asked: Namespace, warning: str) -> bool:
    """Whether whoever is at the terminal agrees; without one, `--yes` must have said so."""
    if asked.yes:
        return True
    if not sys.stdin.isatty():
        raise UsageError("Nobody can be asked here. Add --yes.")
    if answer(f"{warning} Type yes to go on: ").casefold() == "yes":
        return True
    print("Nothing was changed.")
    return False
