"""Resolve the people of one import against the alias table, and register those whom a roster brings."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from tne.tables.importers.mapping import Person
from tne.tables.importers.reading import Bad
from tne.tables.importers.values import is_blank, text_of
from tne.tables.pseudonyms import (
    Key,
    alias_hash,
    alias_index,
    merge_aliases,
    moderator_id,
    normalise,
    resolve,
)


@dataclass(eq=False)
class Register:
    """The people known during one import: those of the workspace and those it adds.

    Parameters
    ----------
    key : Key
        The workspace's key.
    known : DataFrame
        Alias table before the import.
    spells : DataFrame
        Rows of the moderators table, for `roster` columns.
    stored : callable
        Name of a table to its rows before the import, for `stored` columns and the zones of markets.
    """

    key: Key
    known: pd.DataFrame
    spells: pd.DataFrame
    stored: Callable[[str], pd.DataFrame] = lambda name: pd.DataFrame()
    new: list[tuple[str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.index = dict(alias_index(self.known))

    def keyed(self, prefix: str, parts: Sequence[str]) -> str:
        """Return the keyed hash of the parts of a derived id."""
        return self.key.digest("id", prefix, *parts)[:16]

    def resolve(
        self,
        spec: Person,
        parts: Sequence[tuple[str, ...] | None],
        also: Mapping[str, list[Any]],
        nulls: Sequence[str],
        rules: Sequence[str],
        found: dict[str, int],
    ) -> tuple[list[str | None], list[str]]:
        """Return the pseudonym of each row, and why where there is none; `found` counts the misses."""
        values: list[str | None] = []
        broken: list[str] = []
        for i, part in enumerate(parts):
            if rules[i] or part is None or not normalise("".join(part)):
                fine = bool(rules[i]) or spec.anonymous
                values.append(None)
                broken.append("" if fine else "person: no alias in the cell")
                found["unmatched"] += not fine
                found["outside"] += spec.outside and not fine
                continue
            # Several columns together are one text that no other columns can imitate.
            alias = part[0] if len(part) == 1 or spec.either else json.dumps(part)
            person, how = self._who(part if spec.either else (alias,), spec.kinds)
            if how == "unmatched" and spec.create:
                person, how = moderator_id(self.key, spec.kinds[0], alias), "matched"
            if person is not None and spec.create:
                self._add(spec.kinds[0], alias, person)
                for kind, cells in also.items():
                    if not isinstance(cells[i], Bad) and not is_blank(cells[i], nulls):
                        self._add(kind, text_of(cells[i]), person)
            values.append(person)
            broken.append("" if how == "matched" else f"person: {how}")
            if how != "matched":
                found[how] += 1
                found["outside"] += how == "unmatched" and spec.outside
        return values, broken

    def _who(self, aliases: Sequence[str], kinds: Sequence[str]) -> tuple[str | None, str]:
        """Return the one person whom all the aliases that are known mean, and how that went."""
        found = [resolve(self.key, self.index, alias, kinds) for alias in aliases]
        people = {person for person, how in found if how == "matched"}
        if len(people) > 1 or any(how == "ambiguous" for _, how in found):
            return None, "ambiguous"
        return (people.pop(), "matched") if people else (None, "unmatched")

    def _add(self, kind: str, alias: str, person: str) -> None:
        name = (kind, alias_hash(self.key, kind, alias))
        people = self.index.get(name, frozenset())
        if person not in people:
            self.index[name] = people | {person}
            self.new.append((*name, person))

    def roster(
        self, column: str, people: Sequence[str | None], when: Sequence[Any]
    ) -> tuple[list[Any], list[str]]:
        """Return what the roster says about each person at that time: the spell then, else the first one."""
        spells: dict[str, list[tuple[pd.Timestamp, Any]]] = {}
        rows = self.spells[["moderator_id", "valid_from", column]].sort_values(["moderator_id", "valid_from"])
        for person, start, value in rows.itertuples(index=False):
            spells.setdefault(person, []).append((start, value))
        values: list[Any] = []
        for person, moment in zip(people, when, strict=True):
            own = spells.get(person or "", [])
            day = None if moment is None else pd.Timestamp(moment).tz_localize(None)
            past = [value for start, value in own if day is None or start <= day]
            values.append(past[-1] if past else (own[0][1] if own else None))
        return values, [
            "" if v is not None and not pd.isna(v) else "person: not in the roster" for v in values
        ]

    def aliases(self, stored: Iterable[str]) -> pd.DataFrame:
        """Return the alias table after the import: people without any stored row are not kept."""
        people = set(stored) | set(self.known["moderator_id"])
        return merge_aliases(self.known, [row for row in self.new if row[2] in people])


def shared(aliases: pd.DataFrame) -> int:
    """Return how many aliases mean more than one person."""
    return int((aliases.groupby(["kind", "alias"]).size() > 1).sum())
