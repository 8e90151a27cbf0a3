"""How is one person taken out of a workspace, and kept out?"""

from __future__ import annotations

import datetime as dt
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from tne.tables.contracts import TABLES
from tne.tables.history import Standing, inspected, name_of, rewritten
from tne.tables.importers.commit import commit, lock, stage
from tne.tables.importers.filling import nobody
from tne.tables.importers.keeping import read_keyed, stage_identity
from tne.tables.importers.mapping import PEOPLE, SUBJECTS
from tne.tables.importers.mentions import mentions, stage_waiting, waiting
from tne.tables.importers.rewriting import Kept, all_kept, stage_kept
from tne.tables.keyfile import Key, open_key
from tne.tables.ledger import ledger_lock
from tne.tables.ledger_renewed import renewed, stage_ledger
from tne.tables.pseudonyms import ERASED_COLUMNS, alias_hash, normalise, read_aliases, read_erased

KINDS = ("mail", "upn", "username", "employee_number")


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
    versions : int
        Older versions of the store that hold such rows; they are written anew.
    quarantine : int
        Quarantine files that mention the person.
    """

    already: bool = False
    aliases: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    others: dict[str, int] = field(default_factory=dict)
    versions: int = 0
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
    with lock(root), ledger_lock(root) if keep_counts and not dry else nullcontext():
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
        now = inspected(root)
        kept = all_kept(now, TABLES)
        found = [(file, *_of(file, {person, *ids})) for file in kept]
        theirs = [file for file, about, other in found if about.any() or other]
        test = mentions(key, {*zip(own["kind"], own["alias"], strict=True), (kind, name)}, alias)
        files = [path for path in waiting(root) if test(path)]
        done = Erasure(
            aliases=len(own),
            rows=_counts((file, about) for file, about, _ in found if file.current),
            others=_counts((f, rows) for f, _, other in found if f.current for rows in other.values()),
            versions=_older(now, theirs),
            quarantine=len(files),
        )
        if (kind, name) in listed and not (person or theirs or files) and {("id", i) for i in ids} <= listed:
            return Erasure(already=True)
        if not (person or theirs or files or (kind, name) in listed):
            raise ValueError(
                f"Nobody is known by this {kind}. Nothing was changed. Check how it is written, and `--kind`."
            )
        if dry:
            return done
        until = _until(kept, person, today)
        added = {(*row, until) for row in zip(own["kind"], own["alias"], strict=True)}
        added |= {(kind, name, until), *(("id", made, until) for made in ids)}
        fresh = _Fresh(kept, keyed, {person, *ids}) if keep_counts else None
        new = stage(root)
        made = {
            file.name: stage_kept(file, _without(file, about, other, fresh), new)
            for file, about, other in found
            if file in theirs
        }
        step = rewritten(root, new, now, made)
        moves = dict(step.moves)
        moves |= stage_identity("aliases", aliases[aliases["moderator_id"] != person], new)
        rows = pd.concat([erased, pd.DataFrame(sorted(added), columns=list(ERASED_COLUMNS), dtype="str")])
        rows = rows.drop_duplicates(["kind", "alias"], keep="first").sort_values(["kind", "alias"])
        moves |= stage_identity("erased", rows, new)
        if files:
            moves |= stage_waiting(root, set(files), new)
        if fresh:  # the same numbers of the same people: the next report tells nothing new
            moves |= stage_ledger(renewed(root, key, key, {person: fresh.person}), new)
        commit(root, replace(step, moves=moves))
        return done


def _auditing(keyed: Mapping[tuple[str, str], set[str]], key: Key, alias: str) -> set[str]:
    """Return the keyed ids that the alias has where people are grouped and not resolved, as auditors are."""
    prefixes = {p for (_, column), found in keyed.items() if column in PEOPLE for p in found}
    return {prefix + key.digest(16, "id", prefix, normalise(alias)) for prefix in prefixes}


def _of(file: Kept, ids: set[str]) -> tuple[pd.Series, dict[str, pd.Series]]:
    """Return which rows of a file are about the person; and by column, which others name them."""
    frame = file.read(PEOPLE)
    about = _about(frame, ids)
    found = {name: frame[name].isin(ids - {""}) for name in sorted((PEOPLE - SUBJECTS) & set(frame))}
    return about, {name: rows for name, rows in found.items() if rows.any()}


def _about(frame: pd.DataFrame, ids: set[str]) -> pd.Series:
    return frame[sorted(SUBJECTS & set(frame))].isin(ids - {""}).any(axis="columns")


def _counts(found: Iterable[tuple[Kept, pd.Series]]) -> dict[str, int]:
    """Return the rows by table, tables without any left out."""
    counts: Counter[str] = Counter()
    for file, rows in found:
        counts[file.table] += int(rows.sum())
    return {name: counts[name] for name in TABLES if counts[name]}


def _older(now: Standing, theirs: list[Kept]) -> int:
    """Return how many versions but the last have one of the files."""
    names = {file.name for file in theirs}
    return sum(
        any(
            name_of(table, place, part) in names
            for table, one in v.tables.items()
            for place, part in one.parts.items()
        )
        for v in now.versions[:-1]
    )


def _until(kept: list[Kept], person: str, today: dt.date) -> str:
    files = [file.read() for file in kept if file.current and file.table == "moderators"]
    left = [
        frame.loc[frame["moderator_id"] == person, "left_on"].max() for frame in files if "left_on" in frame
    ]
    known = [day for day in left if not pd.isna(day)]
    return str(max(known).date() if known else today)


class _Fresh:
    """Random ids for what is the person's alone: their own, and the keyed ids of their attempts and answers.

    What others have as well (a session) is not theirs.
    """

    def __init__(self, kept: list[Kept], keyed: Mapping[tuple[str, str], set[str]], ids: set[str]) -> None:
        self.ids, self.person = ids, f"m_{secrets.token_hex(8)}"
        self.columns = [(table, column) for table, column in keyed if column not in PEOPLE]
        own: dict[tuple[str, str], set[str]] = {}
        others: dict[tuple[str, str], set[str]] = {}
        for file in kept:
            frame = file.read(PEOPLE | self._own(file.table))
            about = _about(frame, ids)
            for column in self._own(file.table) & set(frame):
                own.setdefault((file.table, column), set()).update(frame.loc[about, column].dropna())
                others.setdefault((file.table, column), set()).update(frame.loc[~about, column].dropna())
        alone = {name: values - others[name] for name, values in own.items()}
        made = {value: f"r_{secrets.token_hex(8)}" for value in sorted(set().union(*alone.values()))}
        self.made = {name: {value: made[value] for value in values} for name, values in alone.items()}

    def _own(self, table: str) -> set[str]:
        return {column for name, column in self.columns if name == table}

    def renamed(self, table: str, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the person's rows under fresh ids, without comments."""
        rows = rows.copy()
        rows[sorted(SUBJECTS & set(rows))] = self.person
        for column in self._own(table) & set(rows):
            made = self.made.get((table, column), {})
            rows[column] = rows[column].map(made).fillna(rows[column]).astype(rows[column].dtype)
        return rows.assign(comment=None) if "comment" in rows else rows


def _without(
    file: Kept, about: pd.Series, other: Mapping[str, pd.Series], fresh: _Fresh | None
) -> pd.DataFrame:
    """Return the rows of a file without the person, or under fresh ids."""
    frame = file.read()
    for column, where in other.items():
        frame.loc[where, column] = nobody(column, TABLES[file.table])
    if fresh is None:
        return frame[~about].reset_index(drop=True)
    return pd.concat([frame[~about], fresh.renamed(file.table, frame[about])], ignore_index=True)
