"""How is one person taken out of a workspace, and kept out?"""

from __future__ import annotations

import csv
import datetime as dt
import re
import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from tne.tables.contracts import TABLES
from tne.tables.importers.commit import commit, lock, stage
from tne.tables.importers.filling import nobody
from tne.tables.importers.keeping import read_keyed, read_stored, stage_identity, stage_tables
from tne.tables.importers.mapping import PEOPLE, SUBJECTS
from tne.tables.keyfile import Key, open_key
from tne.tables.pseudonyms import ERASED_COLUMNS, alias_hash, normalise, read_aliases, read_erased

KINDS = ("mail", "upn", "username", "employee_number")
_BETWEEN = re.compile(r"[\s,;:<>()\[\]{}\"'`|/=]+")


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """What erasing one person means, or did.

    Parameters
    ----------
    already : bool
        The person was erased before; nothing else is to do.
    aliases : int
        Aliases forgotten.
    rows : dict of str to int
        Rows about the person, by table.
    others : dict of str to int
        Rows about others, which the person audited or taught, by table: nobody in particular did.
    quarantine : int
        Quarantine files that mention the person.
    """

    already: bool = False
    aliases: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    others: dict[str, int] = field(default_factory=dict)
    quarantine: int = 0


def erase(
    root: Path, kind: str, alias: str, today: dt.date, *, keep_counts: bool = False, dry: bool = False
) -> Erasure:
    """Erase one person from a workspace, all or nothing.

    Parameters
    ----------
    root : Path
        The workspace.
    kind : str
        What `alias` is: mail, upn, username or employee_number.
    alias : str
        One alias of the person.
    today : date
        Until when their aliases were theirs, if the roster does not know the day they left.
    keep_counts : bool
        Keep their rows under a random pseudonym that no key leads to, without comments.
    dry : bool
        Only say what would be done.

    Returns
    -------
    Erasure

    Raises
    ------
    ValueError
        If nobody, or more than one person, is known by the alias; nothing was changed.

    Notes
    -----
    Keyed hashes of the aliases stay in ``identity/erased.parquet``, so that the next export does not bring the person
    back: their rows are counted and left out. The record of imports holds counts only and stays.
    """
    if kind not in KINDS:
        raise ValueError(f"The kind must be one of {', '.join(KINDS)}.")
    with lock(root):
        key = open_key(root)
        aliases, erased = read_aliases(root), read_erased(root)
        name = alias_hash(key, kind, alias)
        people = set(aliases.loc[(aliases["kind"] == kind) & (aliases["alias"] == name), "moderator_id"])
        if len(people) > 1:
            raise ValueError(f"{len(people)} people share this alias. Take one that is the person's alone.")
        listed = set(zip(erased["kind"], erased["alias"], strict=True))
        person = people.pop() if people else ""
        own = aliases[aliases["moderator_id"] == person]
        keyed = read_keyed(root)
        ids = _auditing(keyed, key, alias)
        frames = {n: read_stored(root, n) for n in TABLES if any((root / "tables" / n).rglob("*.parquet"))}
        about = {n: _about(frame, {person, *ids}) for n, frame in frames.items()}
        other = {n: _other(frame, {person, *ids}) for n, frame in frames.items()}
        mentions = _mentions(key, {*zip(own["kind"], own["alias"], strict=True), (kind, name)}, alias)
        files = [path for path in _waiting(root) if mentions(path)]
        done = Erasure(
            aliases=len(own),
            rows={n: int(rows.sum()) for n, rows in about.items() if rows.any()},
            others={n: int(sum(rows.sum() for rows in by.values())) for n, by in other.items() if by},
            quarantine=len(files),
        )
        if (
            (kind, name) in listed
            and not (person or done.others or files)
            and {("id", i) for i in ids} <= listed
        ):
            return Erasure(already=True)
        if not (person or done.rows or done.others or files or (kind, name) in listed):
            raise ValueError(
                f"Nobody is known by this {kind}. Nothing was changed. Check how it is written, and `--kind`."
            )
        if dry:
            return done
        until = _until(frames, about, today)
        added = {(*row, until) for row in zip(own["kind"], own["alias"], strict=True)}
        added |= {(kind, name, until), *(("id", made, until) for made in ids)}
        changed = _without(frames, about, other, keyed, keep_counts)
        new = stage(root)
        moves = stage_tables(changed, new)
        moves |= stage_identity("aliases", aliases[aliases["moderator_id"] != person], new)
        rows = pd.concat([erased, pd.DataFrame(sorted(added), columns=list(ERASED_COLUMNS), dtype="str")])
        rows = rows.drop_duplicates(["kind", "alias"], keep="first").sort_values(["kind", "alias"])
        moves |= stage_identity("erased", rows, new)
        if files:
            moves |= _stage_waiting(root, set(files), new)
        commit(root, moves)
        return done


def _auditing(keyed: Mapping[tuple[str, str], set[str]], key: Key, alias: str) -> set[str]:
    """Return the keyed ids that the alias has where people are grouped and not resolved, as auditors are."""
    prefixes = {p for (_, column), found in keyed.items() if column in PEOPLE for p in found}
    return {prefix + key.digest(16, "id", prefix, normalise(alias)) for prefix in prefixes}


def _about(frame: pd.DataFrame, ids: set[str]) -> pd.Series:
    return frame[sorted(SUBJECTS & set(frame))].isin(ids - {""}).any(axis="columns")


def _other(frame: pd.DataFrame, ids: set[str]) -> dict[str, pd.Series]:
    found = {name: frame[name].isin(ids - {""}) for name in sorted((PEOPLE - SUBJECTS) & set(frame))}
    return {name: rows for name, rows in found.items() if rows.any()}


def _until(frames: Mapping[str, pd.DataFrame], about: Mapping[str, pd.Series], today: dt.date) -> str:
    left = frames["moderators"].loc[about["moderators"], "left_on"].max() if "moderators" in frames else None
    return str(today if left is None or pd.isna(left) else left.date())


def _without(
    frames: Mapping[str, pd.DataFrame],
    about: Mapping[str, pd.Series],
    other: Mapping[str, Mapping[str, pd.Series]],
    keyed: Mapping[tuple[str, str], set[str]],
    keep_counts: bool,
) -> dict[str, pd.DataFrame]:
    """Return the tables that change, without the person."""
    fresh, made = f"m_{secrets.token_hex(8)}", {}
    changed = {}
    for name, frame in frames.items():
        rows = about[name]
        if not rows.any() and not other[name]:
            continue
        frame = frame.copy()
        for column, where in other[name].items():
            frame.loc[where, column] = nobody(column, TABLES[name])
        if not keep_counts:
            changed[name] = frame[~rows].reset_index(drop=True)
            continue
        frame.loc[rows, sorted(SUBJECTS & set(frame))] = fresh
        # Their attempts and answers are keyed hashes too; what others have as well (a session) is not theirs.
        for column in [c for n, c in keyed if n == name and c not in PEOPLE]:
            alone = set(frame.loc[rows, column].dropna()) - set(frame.loc[~rows, column].dropna())
            made |= {value: f"r_{secrets.token_hex(8)}" for value in sorted(alone - set(made))}
            own = rows & frame[column].isin(alone)
            frame.loc[own, column] = frame.loc[own, column].map(made)
        if "comment" in frame:
            frame.loc[rows, "comment"] = None
        changed[name] = frame
    return changed


def _waiting(root: Path) -> list[Path]:
    return sorted((root / "quarantine").glob("*/*.csv"))


def _mentions(key: Key, names: set[tuple[str, str]], alias: str) -> Callable[[Path], bool]:
    """Return a test whether a quarantine file mentions the person: an alias as a cell, or as a word in one."""
    kinds = sorted({kind for kind, _ in names})
    plain = normalise(alias)
    seen: dict[str, bool] = {}

    def theirs(text: str) -> bool:
        if text not in seen:
            seen[text] = any((kind, alias_hash(key, kind, text)) in names for kind in kinds)
        return seen[text]

    def test(path: Path) -> bool:
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                cells = {cell for row in csv.reader(file) for cell in row}
        except (OSError, ValueError, csv.Error):
            return True  # whom an unreadable file mentions is unknown; the next import writes it again
        return any(
            ("@" in plain and plain in normalise(cell))
            or any(map(theirs, {cell.removeprefix("'"), *_BETWEEN.split(cell)} - {""}))
            for cell in cells
        )

    return test


def _stage_waiting(root: Path, gone: set[Path], new: Path) -> dict[str, str]:
    """Write the quarantine without the files `gone` to the next state; return the move that puts it in place."""
    (new / "quarantine").mkdir(mode=0o700)
    for path in _waiting(root):
        if path not in gone:
            place = new / path.relative_to(root)
            place.parent.mkdir(mode=0o700, exist_ok=True)
            shutil.copy2(path, place)
    return {"quarantine": "quarantine"}
