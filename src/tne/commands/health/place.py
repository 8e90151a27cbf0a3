"""Is this workspace fit: settings, tables, key and modes, ledger, what stands open, what the last run left?"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tne.commands.health.finding import Finding
from tne.runs import inputs

KNOWN = frozenset(
    {"name", "contact", "language", "min_n", "reports", "value", "guardrails", "quality", "source", "store"}
    | {"notify", "imports"}
)
_PRIVATE = ("identity", "ledger", "quarantine")  # folders that nobody but the owner need read
_FLOOR = 5


def settings(root: Path) -> Iterator[Finding]:
    """Look for what tne.toml says wrongly, or does not say."""
    from tne.runs import notify
    from tne.tables.quality_settings import limits
    from tne.tables.source import named
    from tne.tables.value import value_of

    what = "tne.toml"
    if not (root / what).is_file():
        yield Finding("warn", what, "is absent: all settings are the defaults.", "Write one: see tne init.")
        return
    try:
        told = inputs.config(root)
        unknown = sorted(set(told) - KNOWN)
        for read in (limits, named, value_of, notify.settings):
            read(told)
    except ValueError as error:  # sentences about settings; they quote no table
        yield Finding("fail", what, str(error))
        return
    if unknown:
        yield Finding(
            "warn", what, f"has the unknown {', '.join(unknown)}.", f"Known are {', '.join(sorted(KNOWN))}."
        )
    yield from _threshold(told)
    if not told.get("contact"):
        yield Finding(
            "warn", what, "names no contact.", 'Readers cannot ask anybody: contact = "training analytics".'
        )
    if "value" not in told:
        yield Finding("none", "value", "[value] is not set: reports say nothing about worth.")
    if not unknown:
        yield Finding("pass", what, "can be read, and its limits hold together.")


def _threshold(told: Mapping[str, Any]) -> Iterator[Finding]:
    least = told.get("min_n", 10)
    if not isinstance(least, int) or isinstance(least, bool):
        yield Finding("fail", "min_n", "is no whole number.", "Write min_n = 10.")
    elif least < _FLOOR:
        yield Finding(
            "warn",
            "min_n",
            f"is {least}; {_FLOOR} holds, the least there is.",
            "Write the number that holds.",
        )
    elif least < 10:
        yield Finding(
            "warn", "min_n", f"is {least}.", "Under 10 people few works councils agree; 10 is the default."
        )
    else:
        yield Finding("pass", "min_n", f"no number for fewer than {least} people.")


def tables(root: Path) -> Iterator[Finding]:
    """Say which tables break their contract; `tne check` says more."""
    from tne.commands.tables import tables_told

    if inputs.in_warehouse(inputs.config(root)):
        yield from _warehouse(root)
        return
    found = tables_told(root)
    broken = [one["table"] for one in found if one["broken"]]
    there = [one for one in found if one["rows"] is not None]
    if broken:
        yield Finding("fail", "tables", f"{', '.join(broken)} break their contract.", "See tne check.")
    elif not there:
        yield Finding(
            "warn", "tables", "none is stored yet.", "Import: tne import --all, or docs/importing.md."
        )
    else:
        rows = sum(one["rows"] for one in there)
        yield Finding("pass", "tables", f"{len(there)} keep their contract, {rows:,} rows.")
    names = {one["table"] for one in there}
    if there and not {"markets", "moderators"} <= names:
        lacking = ", ".join(sorted({"markets", "moderators"} - names))
        yield Finding(
            "fail", "tables", f"{lacking} absent: no report without.", "Import markets and roster first."
        )


def _warehouse(root: Path) -> Iterator[Finding]:
    from tne.runs.source import source

    stands = source(root)
    try:
        count = len(stands.tables(None))
    except ValueError as error:  # of ours: it names neither user nor password
        yield Finding("fail", "warehouse", str(error), "docs/engines.md")
    else:
        yield Finding("pass", "warehouse", f"answers, and has {count} tables.")
    finally:
        stands.close()


def keys(root: Path) -> Iterator[Finding]:
    """Say whether the key is there, is the right one, and readable by its owner alone."""
    from tne.tables.keyfile import config_home, open_key

    if not (root / "identity" / "key.json").is_file():
        yield Finding("none", "key", "none yet: the first import makes it.")
        return
    try:
        key = open_key(root)
    except (OSError, ValueError) as error:  # its sentences name the fingerprint only
        yield Finding("fail", "key", str(error))
        return
    yield Finding(
        "pass", "key", f"is there, fingerprint {key.fingerprint}.", "Is there a backup of its folder?"
    )
    folder = config_home() / "keys"
    if os.name == "posix" and stat.S_IMODE(folder.stat().st_mode) & 0o077:
        yield Finding("warn", "key", "others may list its folder.", f"chmod 700 {folder}")


def modes(root: Path) -> Iterator[Finding]:
    """Say what others on this machine can read of people's data; a demo has none."""
    if os.name != "posix" or (root / "made.json").is_file():
        yield Finding("none", "modes", "not looked at: synthetic data, or no such modes here.")
        return
    open_ = [name for name in _PRIVATE if (root / name).is_dir() and _mode(root / name) & 0o077]
    if _mode(root) & 0o007 and not inputs.in_warehouse(inputs.config(root)):
        yield Finding(
            "warn", "modes", "everybody on this machine can enter the workspace.", f"chmod o-rwx {root}"
        )
    if open_:
        folders = " ".join(str(root / name) for name in open_)
        yield Finding("warn", "modes", f"others can enter {', '.join(open_)}.", f"chmod -R go-rwx {folders}")
    if not open_ and not _mode(root) & 0o007:
        yield Finding("pass", "modes", "people's data are closed to others.")


def ledger(root: Path) -> Iterator[Finding]:
    """Say whether the ledger of released groups can be read under this key."""
    from tne.tables.keyfile import open_key
    from tne.tables.ledger import Ledger
    from tne.tables.ledger_file import LedgerError

    if not any((root / "ledger").glob("*.jsonl")):
        yield Finding("none", "ledger", "nothing was released yet.")
        return
    try:
        opened = Ledger(root, open_key(root))
        count = sum(len(opened.releases(scope)) for scope in opened.scopes())
    except (LedgerError, OSError, ValueError) as error:  # sentences about files and the key
        yield Finding("fail", "ledger", str(error), "Nothing is released until it can be read.")
    else:
        yield Finding("pass", "ledger", f"can be read: {count} groups were released.")


def imports(root: Path) -> Iterator[Finding]:
    """Say what of the listed exports stands open, and what waits in quarantine."""
    from tne.commands.listed import listed, open_questions

    if inputs.config(root).get("imports"):
        try:
            entries = listed(root)
        except ValueError as error:  # about tne.toml
            yield Finding("fail", "exports", str(error))
        else:
            asked = len(open_questions(root, entries))
            absent = sum(not entry.paths for entry in entries)
            if asked:
                yield Finding(
                    "warn", "exports", f"{asked} questions are open.", "tne import --all lists them."
                )
            elif absent:
                yield Finding(
                    "warn", "exports", f"{absent} of {len(entries)} are not there.", "Correct `files`."
                )
            else:
                yield Finding("pass", "exports", f"{len(entries)} are listed and there.")
    waiting = sum(inputs.quarantined(root).values())
    if waiting:
        yield Finding("warn", "quarantine", f"{waiting} rows wait.", "tne check says by which rule.")


def last_run(output: Path) -> Iterator[Finding]:
    """Say what the last run left undone; reasons are those that the manifest shares."""
    from tne.runs import manifest

    book = manifest.read(output)
    if not book:
        yield Finding("none", "last run", f"none in {output}.", "tne run makes the reports.")
        return
    bad = [e for e in book.get("reports", []) if e.get("status") not in ("published", "unchanged")]
    if book.get("status") == "running":
        yield Finding(
            "warn", "last run", "has not ended, or was killed.", "Run again; it goes on where it was."
        )
    for entry in bad[:10]:
        said = (
            f"{entry['report']} · {entry['market']} is {entry['status']}. {entry.get('reason') or ''}".strip()
        )
        yield Finding("warn", "last run", said)
    if len(bad) > 10:
        yield Finding("warn", "last run", f"and {len(bad) - 10} more.", "tne status lists them.")
    if not bad and book.get("status") != "running":
        yield Finding("pass", "last run", f"{len(book.get('reports', []))} reports, none stale or failed.")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
