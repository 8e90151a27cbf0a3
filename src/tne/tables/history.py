"""How does the next version of the store come about, and how are all of them written anew? Callers hold its lock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import cast

from tne.tables.placing import link
from tne.tables.states import plain_files, sha256_of
from tne.tables.versions import (
    FOLDER,
    Part,
    Stored,
    Version,
    as_json,
    latest,
    list_path,
    part_path,
    versions,
)

Name = tuple[str, str, str]  # table, folder below it ("market=DE" or "."), SHA-256
_MOMENT = dt.timedelta(microseconds=1)


@dataclass(frozen=True, eq=False)
class Step:
    """What a commit does: staged files to their places, places of ``tables/`` to renew, and whether old parts go."""

    moves: Mapping[str, str]
    places: Sequence[tuple[str, str]] = ()
    sweep: bool = False


@dataclass(frozen=True, eq=False)
class Standing:
    """Versions of which the last is what lies in ``tables/``, the file of every part, and the parts that are broken."""

    versions: tuple[Version, ...]
    files: Mapping[Name, Path]
    broken: frozenset[Name] = frozenset()


def standing(root: Path, known: Sequence[Version]) -> Standing:
    """Return `known`, with a further version if ``tables/`` holds files that no import made."""
    last = known[-1] if known else None
    files = {
        name_of(table, place, part): part_path(root, table, place, part)
        for version in known
        for table, stored in version.tables.items()
        for place, part in stored.parts.items()
    }
    found: dict[str, dict[str, Part]] = {}
    for table, place, path in plain_files(root):
        part = _part(path, last.tables[table].parts.get(place) if last and table in last.tables else None)
        found.setdefault(table, {})[place] = part
        files[name_of(table, place, part)] = path
    if {table: {p: part.sha256 for p, part in parts.items()} for table, parts in found.items()} == (
        last.content() if last else {}
    ):
        if last is None:
            return Standing((), {})
        # A copy of a workspace has other times of change: the next list tells those.
        return Standing((*known[:-1], replace(last, tables=_tables(last, found, last.at))), files)
    changed = max((p.changed for ps in found.values() for p in ps.values()), default=0) // 1000
    at = min(
        dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(microseconds=changed), dt.datetime.now(dt.UTC)
    )
    at = max(at, last.at + _MOMENT) if last else at
    number = last.number + 1 if last else 1
    return Standing((*known, Version(number, at, "found", _tables(last, found, at))), files)


def inspected(root: Path) -> Standing:
    """Return all versions, `files` without the broken parts: gone, or written over by their name in ``tables/``."""
    now = standing(root, versions(root))
    broken = frozenset(
        name for name, path in now.files.items() if not path.is_file() or sha256_of(path) != name[2]
    )
    sound = {name: path for name, path in now.files.items() if name not in broken}
    return replace(now, files=sound, broken=broken)


def next_version(root: Path, new: Path, changed: Mapping[str, Mapping[str, Path | None]], by: str) -> Step:
    """Stage the version that a change of some files makes.

    Parameters
    ----------
    root : Path
        The workspace.
    new : Path
        Folder of the next state (`tne.tables.importers.commit.stage`).
    changed : mapping of str to mapping of str to Path or None
        By table, place to the file that was staged for it, None where it goes. The others stay as they are.
    by : str
        What changes them.

    Returns
    -------
    Step
        Nothing to do if every file is as before: no version is made.
    """
    last = latest(root)
    now = standing(root, (last,) if last else ())
    before = now.versions[-1] if now.versions else None
    parts = {table: dict(stored.parts) for table, stored in before.tables.items()} if before else {}
    staged: dict[Name, Path] = {}
    for table, places in changed.items():
        own = parts.setdefault(table, {})
        for place, path in places.items():
            old, part = own.pop(place, None), _part(path) if path else None
            if old and part and old.sha256 == part.sha256:
                own[place] = old
            elif part:
                own[place] = part
                staged[name_of(table, place, part)] = cast(Path, path)
    at = dt.datetime.now(dt.UTC)
    at = max(at, before.at + _MOMENT) if before else at
    after = Version(before.number + 1 if before else 1, at, by, _tables(before, parts, at))
    if after.content() == (before.content() if before else {}):
        return Step({})
    made = [version for version in (*now.versions, after) if last is None or version.number > last.number]
    return Step(_stage(root, new, made, {**now.files, **staged}), _differ(before, after))


def rewritten(root: Path, new: Path, now: Standing, made: Mapping[Name, Path | None]) -> Step:
    """Stage all versions with some of their parts replaced: numbers and instants stay, the old parts go.

    Broken parts are left empty: nobody knows what is in them, and they still are not what they were.

    Parameters
    ----------
    root, new : Path
        As for `next_version`.
    now : Standing
        All versions, inspected.
    made : mapping of Name to Path or None
        Part to the staged file that replaces it, None where nothing is left of it.
    """
    fresh = {name: None if path is None else _part(path) for name, path in made.items()}
    fresh = {name: part for name, part in fresh.items() if part is None or part.sha256 != name[2]}
    whole = [
        replace(
            version,
            tables={
                table: replace(
                    stored,
                    parts={
                        place: part
                        for place, old in stored.parts.items()
                        if (part := fresh.get(name_of(table, place, old), old)) is not None
                    },
                )
                for table, stored in version.tables.items()
            },
        )
        for version in now.versions
    ]
    staged = {
        (t, f, part.sha256): cast(Path, made[t, f, old])
        for (t, f, old), part in fresh.items()
        if part is not None
    }
    empty = new / "empty"
    empty.touch()
    files = {**now.files, **staged, **dict.fromkeys(now.broken, empty)}
    moves = _stage(root, new, whole, files, now.broken)
    return Step(moves, _differ(now.versions[-1], whole[-1]) if whole else (), sweep=True)


def name_of(table: str, place: str, part: Part) -> Name:
    """Return what identifies a part: its table, its folder and its content."""
    return table, str(PurePosixPath(place).parent), part.sha256


def _part(path: Path, known: Part | None = None) -> Part:
    """Return a file as a part; it is not read if it is as `known` says."""
    if known and _same(path, known):
        return known
    found = path.stat()
    return Part(sha256_of(path), found.st_size, found.st_mtime_ns)


def _tables(
    before: Version | None, parts: Mapping[str, Mapping[str, Part]], at: dt.datetime
) -> dict[str, Stored]:
    """Return tables with the instant of each one's last change."""
    old = before.tables if before else {}
    made = {}
    for table in sorted({*old, *parts}):
        now = Stored(at, parts.get(table, {}))
        made[table] = (
            replace(now, at=old[table].at) if table in old and old[table].content == now.content else now
        )
    return made


def _differ(before: Version | None, after: Version) -> list[tuple[str, str]]:
    old, new = before.content() if before else {}, after.content()
    places = {(table, place) for tables in (old, new) for table, parts in tables.items() for place in parts}
    return sorted((t, p) for t, p in places if old.get(t, {}).get(p) != new.get(t, {}).get(p))


def _stage(
    root: Path,
    new: Path,
    made: Sequence[Version],
    files: Mapping[Name, Path],
    broken: Collection[Name] = frozenset(),
) -> dict[str, str]:
    """Stage the parts of some versions that are not kept yet, then their lists; return the moves in this order."""
    moves = {}
    for version in made:
        for table, stored in version.tables.items():
            for place, part in stored.parts.items():
                name, kept = name_of(table, place, part), part_path(root, table, place, part)
                staged = f"parts/{kept.relative_to(root / FOLDER / 'parts').as_posix()}"
                if staged in moves or (name not in broken and _same(kept, part)):
                    continue
                (new / staged).parent.mkdir(parents=True, exist_ok=True)
                link(files[name], new / staged)
                moves[staged] = f"{FOLDER}/{staged}"
    for version in made:
        path = list_path(root, version.number)
        text = as_json(version)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            (new / path.name).write_text(text, encoding="utf-8")
            moves[path.name] = f"{FOLDER}/{path.name}"
    return moves


def _same(path: Path, part: Part) -> bool:
    """Return whether a file was not touched since it became a part."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return False
    return (found.st_size, found.st_mtime_ns) == (part.size, part.changed)
