"""A small workspace with everything that names people: roster, two quizzes, audits, and rows that wait."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.tables.import_cases import QUIZ_MAP, ROSTER, ROSTER_MAP, write
from tne.tables.importers import import_export
from tne.tables.importers.commit import lock
from tne.tables.importers.erasing import erase
from tne.tables.importers.rotating import rotate
from tne.tables.importers.touching import read_stored
from tne.tables.keyfile import open_key
from tne.tables.pseudonyms import alias_hash, read_aliases

ATTEMPTS_MAP = QUIZ_MAP.format(source="").replace('["Mail", "Completed"]', '["$person", "Completed"]')
LEGACY_MAP = QUIZ_MAP.format(source="").replace('name = "quiz"', 'name = "legacy"').replace('"a_"', '"l_"')
AUDITS_MAP = """
[source]
name = "qa"
[[table]]
into = "audits"
[table.columns]
audit_id = "ID"
case_id = "Case"
moderator_id = { person = { column = "Agent", kind = "username" } }
auditor_id = { id = ["QA"], prefix = "q_" }
decided_at = "Decided"
audited_at = "Audited"
[table.constants]
market = "DE"
queue = "video"
policy_area = "hate"
policy_version = "v1"
decision = "keep"
audited_decision = "keep"
correct = true
error_type = "none"
sampling_weight = 1
seeded = false
"""
QUIZ = """Mail,Score,Completed
ada@example.org,1,2026-03-02T09:00Z
ada@example.org,0,2026-03-03T09:00Z
Ben@example.org,1,2026-03-02T09:00Z
cem@example.org,0,2026-03-02T09:01Z
ada@example.org,many,2026-03-04T09:00Z
ghost@elsewhere.example,1,2026-03-02T09:00Z
"""
LEGACY = """Mail,Score,Completed
ada@example.org,1,2026-01-02T09:00Z
ben@example.org,1,2026-01-02T09:00Z
"""
AUDITS = """ID,Case,Agent,QA,Decided,Audited
A1,C1,ada,ben,2026-03-02T09:00Z,2026-03-02T10:00Z
A2,C2,ben,ada,2026-03-02T09:00Z,2026-03-02T10:00Z
A3,C3,cem,ada,2026-03-02T09:00Z,2026-03-02T10:00Z
A4,C4,stranger,ben,2026-03-02T09:00Z,2026-03-02T10:00Z
"""
EXPORTS = {
    "roster": (ROSTER_MAP, ROSTER),
    "quiz": (ATTEMPTS_MAP, QUIZ),
    "legacy": (LEGACY_MAP, LEGACY),
    "qa": (AUDITS_MAP, AUDITS),
}
TODAY = dt.date(2026, 6, 1)
ADA = "ada@example.org"
TABLES = ("moderators", "responses", "audits")


def bring(root, name, text="", mapping=""):
    """Import one of the exports, or another text by its mapping."""
    known_map, known = EXPORTS.get(name, ("", ""))
    folder = root.parent / "exports"
    return import_export(
        write(folder / f"{name}.toml", mapping or known_map),
        write(folder / f"{name}.csv", text or known),
        root,
    )


def company(root):
    """Import everything."""
    for name in EXPORTS:
        bring(root, name)
    return root


def person(root, alias, kind="mail"):
    """Return the pseudonyms that an alias leads to."""
    key, aliases = open_key(root), read_aliases(root)
    hit = (aliases["kind"] == kind) & (aliases["alias"] == alias_hash(key, kind, alias))
    return set(aliases.loc[hit, "moderator_id"])


def rows(root):
    """Return every stored table."""
    return {name: read_stored(root, name) for name in TABLES}


def state(root):
    """Return the bytes of everything in a workspace but its locks."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.name not in (".import.lock", ".lock")
    }


def ids(root):
    """Every pseudonym and keyed id that is stored."""
    found = set(read_aliases(root)["moderator_id"])
    for frame in rows(root).values():
        for column in ("moderator_id", "auditor_id", "attempt_id"):
            found |= set(frame[column]) if column in frame else set()
    return found


def killed_anywhere(root: Path, act: Callable[[], object], every: int) -> Iterator[None]:
    """Yield the workspace as an act leaves it that dies before its first step on the disk, and others `every` apart."""
    kept = root.with_name("kept")
    shutil.copytree(root, kept)
    real = {(os, "replace"): os.replace, (os, "fsync"): os.fsync, (shutil, "rmtree"): shutil.rmtree}
    for kill in range(0, 1000, every):
        shutil.rmtree(root)
        shutil.copytree(kept, root)
        calls = []

        def step(*args, kill=kill, calls=calls, does=None, **kw):
            calls.append(1)
            if len(calls) > kill:
                raise KeyboardInterrupt
            return does(*args, **kw)

        with pytest.MonkeyPatch.context() as patch:
            for (module, name), does in real.items():
                patch.setattr(module, name, lambda *a, does=does, step=step, **k: step(*a, does=does, **k))
            try:
                act()
                finished = True
            except KeyboardInterrupt:
                finished = False
        with lock(root):
            pass
        yield
        if finished:
            assert kill > 10
            return


def rotation_killed(root: Path, every: int) -> set[bool]:
    """Rotate the key and die at steps `every` apart; return whether the old key was met, and the new one."""
    before, old, names = state(root), open_key(root).fingerprint, ids(root)
    seen = set()
    for _ in killed_anywhere(root, lambda: rotate(root), every):
        fingerprint = open_key(root).fingerprint
        seen.add(fingerprint == old)
        if fingerprint == old:
            assert state(root) == before
        else:
            assert not names & ids(root)
            (ada,) = person(root, ADA)
            assert (rows(root)["responses"]["moderator_id"] == ada).sum() == 3
            assert (rows(root)["audits"]["moderator_id"] == ada).sum() == 1
    return seen


def erasure_killed(root: Path, every: int) -> set[bool]:
    """Erase a person and die at steps `every` apart; return whether they were met whole, and erased."""
    before, seen = state(root), set()
    for _ in killed_anywhere(root, lambda: erase(root, "mail", ADA, TODAY), every):
        there = bool(person(root, ADA))
        seen.add(there)
        if there:
            assert state(root) == before
        else:
            assert [len(frame) for frame in rows(root).values()] == [4, 3, 2]
            assert b"ada@example.org" not in b"".join(state(root).values()).lower()
    return seen
