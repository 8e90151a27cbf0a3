"""What the command store does: list the versions of a workspace's tables, and remove old ones."""

from __future__ import annotations

import datetime as dt
import json
from argparse import Namespace
from typing import Any

from tne.runs import inputs
from tne.runs.outcome import OK, UsageError


def store(asked: Namespace) -> int:
    """Do what was asked with the versions of a workspace."""
    return {"list": _list, "prune": _prune}[asked.action](asked)


def _list(asked: Namespace) -> int:
    from tne.tables.importers.commit import finish
    from tne.tables.pruning import sweep
    from tne.tables.versions import last_imported, versions

    root = inputs.workspace_root(asked.workspace)
    finish(root)
    known = versions(root)
    told: list[dict[str, Any]] = []
    before: dict[tuple[str, str], Any] = {}
    for version in known:
        now = {
            (table, place): part for table, one in version.tables.items() for place, part in one.parts.items()
        }
        fresh = {at: part for at, part in now.items() if at not in before or before[at].sha256 != part.sha256}
        changed = sorted({table for table, _ in [*fresh, *(before.keys() - now.keys())]})
        told.append(
            {
                "version": version.number,
                "stored_at": version.at.isoformat(timespec="seconds"),
                "by": version.by,
                "tables": changed,
                "files": len(fresh),
                "bytes": sum(part.size for part in fresh.values()),
            }
        )
        before = now
    older = sweep(root, dry=True, without=[version.number for version in known[:-1]])
    last = {name: at.isoformat(timespec="seconds") for name, at in last_imported(root).items()}
    if asked.json:
        print(json.dumps({"versions": told, "last_imported": last, "older_bytes": older}, indent=1))
        return OK
    if not known:
        print("No versions: no import has stored a table here.")
        return OK
    for one in told:
        print(_line(one))
    print(f"Last changed: {', '.join(f'{name} {_when(at)}' for name, at in last.items())}.")
    print(f"{len(told)} versions. What only older ones have takes {_size(older)}.")
    return OK


def _line(one: dict[str, Any]) -> str:
    files = f"{one['files']} file{'' if one['files'] == 1 else 's'}"
    what = f"{', '.join(one['tables'])} ({files}, {_size(one['bytes'])})"
    return f"{one['version']:>5}  {_when(one['stored_at'])} UTC  {one['by']}: {what}"


def _when(at: str) -> str:
    return at[:16].replace("T", " ")


def _prune(asked: Namespace) -> int:
    from tne.tables.importers.commit import lock
    from tne.tables.pruning import prune

    root = inputs.workspace_root(asked.workspace)
    before = None
    if asked.before:
        try:
            before = dt.datetime.combine(dt.date.fromisoformat(asked.before), dt.time(), dt.UTC)
        except ValueError:
            raise UsageError("--before wants a day such as 2026-05-01.") from None
    if asked.keep is not None and asked.keep < 1:
        raise UsageError("--keep wants at least 1: the newest version is the store.")
    with lock(root):
        done = prune(root, keep=asked.keep, before=before, dry=asked.dry_run)
    verb = "would go" if asked.dry_run else "went"
    which = f" ({', '.join(map(str, done.gone))})" if done.gone else ""
    print(f"{len(done.gone)} versions {verb}{which}, {_size(done.freed)} freed.")
    if done.in_use:
        print(
            f"Kept, because something has them open: {', '.join(map(str, done.in_use))}. Prune again later."
        )
    return OK


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count < 1e9 else f"{count / 1e9:.2f} GB"
