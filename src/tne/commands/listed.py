"""What `tne import --all` does: read every export that ``[[imports]]`` of ``tne.toml`` lists, in that order."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tne.runs import inputs
from tne.runs.outcome import OK, UsageError

TODO = "TODO"
_KEYS = frozenset({"files", "map", "set"})


@dataclass(frozen=True)
class Entry:
    """One export of ``[[imports]]``, its files found.

    Parameters
    ----------
    told : str
        How ``tne.toml`` names the files.
    paths : tuple of Path
        Those that are there, by name.
    mapping : Path or None
    answers : mapping of str to str
        Of a known format.
    """

    told: str
    paths: tuple[Path, ...]
    mapping: Path | None
    answers: Mapping[str, str]


def import_listed(root: Path) -> int:
    """Import everything that is listed; stop at the first export that cannot be.

    Raises
    ------
    UsageError
        If nothing is listed, an entry is wrong, or a question is open; nothing was imported.
    """
    from tne.tables.importers import import_export, import_known

    entries = listed(root)
    _all_answered(root, entries)
    for entry in entries:
        if not entry.paths:
            print(f"{entry.told}: no such file yet.")
        for path in entry.paths:
            # each file on its own: a newer export corrects an older one
            if entry.mapping:
                report = import_export(entry.mapping, path, root)
            else:
                report = import_known(path, root, entry.answers)
            print(f"{path.name}\n{report.summary()}\n")
    return OK


def listed(root: Path) -> list[Entry]:
    """Return the exports that ``tne.toml`` lists.

    Raises
    ------
    UsageError
        If none is listed, or an entry is not as docs/importing.md says.
    """
    given = inputs.config(root).get("imports", [])
    if not isinstance(given, list) or not given:
        raise UsageError(
            "tne.toml lists no exports. Name files, or add [[imports]] with `files`, and `map` or `set` "
            "(docs/importing.md)."
        )
    return [_entry(root, number, one) for number, one in enumerate(given, 1)]


def _entry(root: Path, number: int, one: Any) -> Entry:
    where = f"[[imports]] number {number} in tne.toml"
    if not isinstance(one, Mapping) or not isinstance(one.get("files"), str) or not one["files"]:
        raise UsageError(f'{where} names no files. Write `files = "data/raw/qa-*.xlsx"`.')
    if odd := sorted(set(one) - _KEYS):
        raise UsageError(f"{where} has {', '.join(odd)}. It takes {', '.join(sorted(_KEYS))}.")
    answers = one.get("set", {})
    if not isinstance(answers, Mapping) or not all(isinstance(value, str) for value in answers.values()):
        raise UsageError(f'{where}: write `set = {{ programme = "…", wave = "pre" }}`, all texts.')
    if "map" in one and "set" in one:
        raise UsageError(f"{where}: a mapping file says everything. Leave out `set`, or `map`.")
    mapping = root / str(one["map"]) if "map" in one else None
    if mapping is not None and not mapping.is_file():
        raise UsageError(f"{where}: there is no file {one['map']}. Correct `map`.")
    pattern = Path(one["files"])
    folder = root / pattern.parent  # an absolute one stays as it is
    paths = tuple(sorted(path for path in folder.glob(pattern.name) if path.is_file()))
    return Entry(one["files"], paths or _named(folder / pattern.name), mapping, dict(answers))


def _named(path: Path) -> tuple[Path, ...]:
    """A name with brackets is a file as well as a pattern."""
    return (path,) if path.is_file() else ()


def open_questions(root: Path, entries: list[Entry]) -> list[str]:
    """Return every ``TODO`` in answers, mappings and tables by hand: where it stands, and what may be said there."""
    asked: list[str] = []
    for entry in entries:
        asked += [f"tne.toml, {entry.told}: {name}" for name, value in entry.answers.items() if value == TODO]
        if entry.mapping:
            asked += [f"{_shown(entry.mapping, root)}, {line}" for line in _open_lines(entry.mapping)]
        asked += [f"{entry.told}: {told}" for path in entry.paths for told in _open_cells(path)]
    return asked


def _all_answered(root: Path, entries: list[Entry]) -> None:
    """Say every open question at once; so nobody answers one, runs, and meets the next."""
    asked = open_questions(root, entries)
    if asked:
        count = f"{len(asked)} question{'s are' if len(asked) > 1 else ' is'} open"
        raise UsageError(
            "\n".join([f"{count}. Answer them and run this again; nothing was imported.", *asked])
        )


def _open_lines(mapping: Path) -> list[str]:
    lines = mapping.read_text(encoding="utf-8-sig").splitlines()
    return [
        f"line {number}: {line.strip()}"
        for number, line in enumerate(lines, 1)
        if TODO in line.partition(" #")[0] and not line.lstrip().startswith("#")
    ]


def _open_cells(path: Path) -> list[str]:
    """Return which columns of a table by hand still ask; a column of an export may hold any word."""
    from tne.tables.contracts import TABLES

    if path.suffix != ".csv" or path.parent.name != "hand":
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    allowed = {column.name: column.values for column in TABLES.get(path.stem, TABLES["markets"]).columns}
    told = []
    for name in rows[0] if rows else ():
        count = sum(row[name] == TODO for row in rows)
        if count:
            one_of = f", one of {', '.join(allowed[name])}" if allowed.get(name) else ""
            told.append(f"column {name} ({count} row{'s' if count > 1 else ''}){one_of}")
    return told


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
