"""How does a workspace get a new key, when its exports are no longer at hand?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from tne.tables.contracts import TABLES
from tne.tables.history import inspected, rewritten
from tne.tables.importers.commit import commit, lock, stage
from tne.tables.importers.keeping import read_keyed, stage_identity
from tne.tables.importers.mapping import NOBODY, PEOPLE
from tne.tables.importers.rewriting import Kept, all_kept, stage_kept
from tne.tables.keyfile import Key, key_path, open_key, save_key
from tne.tables.ledger import ledger_lock
from tne.tables.ledger_renewed import renewed, stage_ledger
from tne.tables.pseudonyms import read_aliases, read_erased

_DIGEST = re.compile(r"(.*)([0-9a-f]{16})", re.DOTALL)
_TAIL = re.compile(r"(p?)([0-9a-f]{16})")


@dataclass(frozen=True, kw_only=True)
class Rotation:
    """What a rotation did.

    Parameters
    ----------
    before, after : str
        Fingerprints.
    old_key, new_key : Path
        Where the keys lie.
    people, aliases, tables : int
        Pseudonyms and aliases renewed, tables written again.
    untouched : int
        Ids of people that no import made, so that no key can renew them.
    """

    before: str
    after: str
    old_key: Path
    new_key: Path
    people: int
    aliases: int
    tables: int
    untouched: int


def rotate(root: Path) -> Rotation:
    """Give a workspace a new secret and renew every pseudonym, keyed id and alias hash, all or none.

    Parameters
    ----------
    root : Path
        The workspace.

    Returns
    -------
    Rotation

    Notes
    -----
    Each becomes a hash of itself under the new secret, in the older versions of the store as well. Exports can be
    imported as before and meet the rows they met.
    Whoever has the old key, and even the old tables, cannot compute a new pseudonym; whoever has the old tables and the
    new ones can still lay them side by side, because cases, days and scores are the same.
    """
    with lock(root), ledger_lock(root):
        old = open_key(root)
        old_key = key_path(root)
        key = old.rotated()
        keyed = read_keyed(root)
        now = inspected(root)
        kept = all_kept(now, TABLES)
        frames = _columns(kept, keyed)
        aliases, erased = read_aliases(root), read_erased(root)
        known, untouched = _people([*_ids(frames), aliases["moderator_id"]], key)
        people = len(known)
        known |= _other_ids(frames, keyed, known, key)
        new = stage(root)
        made = {file.name: stage_kept(file, _renamed(file.read(), known), new) for file in kept}
        step = rewritten(root, new, now, made)
        moves = {**step.moves, **stage_identity("aliases", _renewed(aliases, key, known), new)}
        if len(erased):
            moves |= stage_identity("erased", _renewed(erased, key, known), new)
        moves |= stage_ledger(renewed(root, old, key, _members(frames, known)), new)
        new_key, record = save_key(root, key)
        (new / "key.json").write_text(record, encoding="utf-8")
        commit(root, replace(step, moves=moves | {"key.json": "identity/key.json"}))
    return Rotation(
        before=old.fingerprint,
        after=key.fingerprint,
        old_key=old_key,
        new_key=new_key,
        people=people,
        aliases=len(aliases),
        tables=len({file.table for file in kept if file.current}),
        untouched=untouched,
    )


def _columns(kept: Sequence[Kept], keyed: Iterable[tuple[str, str]]) -> dict[str, pd.DataFrame]:
    """Return the ids of people and the keyed ids of each table, each combination once."""
    found: dict[str, list[pd.DataFrame]] = {}
    for file in kept:
        wanted = PEOPLE | {column for table, column in keyed if table == file.table}
        wanted |= {"response_id"} if file.table == "surveys" else set()  # who answers without a name
        found.setdefault(file.table, []).append(file.read(wanted).drop_duplicates())
    return {table: pd.concat(parts, ignore_index=True) for table, parts in found.items()}


def _members(frames: Mapping[str, pd.DataFrame], known: Mapping[str, str]) -> dict[str, str]:
    """Return what has become of every id that a group of the ledger may have, those that stay as they are as well."""
    columns = [
        frame[name] for frame in frames.values() for name in ("moderator_id", "response_id") if name in frame
    ]
    ids = {str(value) for column in columns for value in column.dropna().unique()}
    return {value: known.get(value, value) for value in ids}


def _ids(frames: Mapping[str, pd.DataFrame]) -> Iterable[pd.Series]:
    return (frame[column] for frame in frames.values() for column in sorted(PEOPLE & set(frame)))


def _people(columns: Iterable[pd.Series], key: Key) -> tuple[dict[str, str], int]:
    """Return the new form of every pseudonym, and how many ids are none."""
    known: dict[str, str] = {}
    other: set[str] = set()
    for column in columns:
        for value in column.dropna().unique():
            found = _DIGEST.fullmatch(value)
            if found:
                known[value] = found[1] + key.renew(found[2])
            elif value != NOBODY:
                other.add(value)
    return known, len(other)


def _other_ids(
    frames: Mapping[str, pd.DataFrame],
    keyed: Mapping[tuple[str, str], set[str]],
    people: Mapping[str, str],
    key: Key,
) -> dict[str, str]:
    """Return the new form of the ids that are keyed hashes: of attempts, answers, sessions."""
    made: dict[str, str] = {}
    for (name, column), prefixes in keyed.items():
        if column in PEOPLE or column not in frames.get(name, ()):
            continue
        wanted = [column, "moderator_id"] if "moderator_id" in frames[name] else [column]
        for value, *whose in frames[name][wanted].drop_duplicates().itertuples(index=False, name=None):
            for prefix in prefixes if isinstance(value, str) else ():
                found = _TAIL.fullmatch(value.removeprefix(prefix)) if value.startswith(prefix) else None
                if found is None:
                    continue
                if not found[1]:
                    made[value] = prefix + key.renew(found[2])
                elif whose and whose[0] in people:
                    made[value] = prefix + _of_person(found[2], whose[0], people[whose[0]], key)
    return made


def _of_person(tail: str, before: str, after: str, key: Key) -> str:
    """Renew an id that is the hash of a person and the hash of what is theirs in one."""
    rest = f"{int(tail, 16) ^ int(before[-16:], 16):016x}"
    return f"p{int(after[-16:], 16) ^ int(key.renew(rest), 16):016x}"


def _renamed(frame: pd.DataFrame, known: Mapping[str, str]) -> pd.DataFrame:
    frame = frame.copy()
    for column in [name for name in frame if name.endswith("_id")]:
        frame[column] = frame[column].map(known).fillna(frame[column]).astype(frame[column].dtype)
    return frame


def _renewed(rows: pd.DataFrame, key: Key, known: Mapping[str, str]) -> pd.DataFrame:
    """Return the alias table, or the list of the erased, under the new key."""
    made = [
        _people([pd.Series([alias])], key)[0].get(alias, alias) if kind == "id" else key.renew(alias)
        for kind, alias in zip(rows["kind"], rows["alias"], strict=True)
    ]
    rows = rows.assign(alias=pd.Series(made, index=rows.index, dtype=rows["alias"].dtype))
    if "moderator_id" in rows:
        rows["moderator_id"] = rows["moderator_id"].map(known).fillna(rows["moderator_id"])
    return rows.sort_values(list(rows.columns), ignore_index=True)
