"""Resolve the people of one import against the alias table, and register those whom a roster brings."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from tne.tables.importers.errors import Bad
from tne.tables.importers.mapping import Person
from tne.tables.importers.rosters import Roster, day_of
from tne.tables.importers.texts import is_blank, text_of
from tne.tables.keyfile import Key
from tne.tables.pseudonyms import alias_hash, alias_index, merge_aliases, moderator_id, normalise

if TYPE_CHECKING:
    from tne.tables.importers.filling import Draft

ERASED = "person: erased"
_DIGEST = re.compile(r".*[0-9a-f]{16}", re.DOTALL)


@dataclass(eq=False)
class Register:
    """The people known during one import: those of the workspace and those it adds.

    Parameters
    ----------
    key : Key
        The workspace's key.
    known : DataFrame
        Alias table before the import.
    roster : Roster
        Their spells, those of this import included as soon as they are read.
    stored : callable
        Name of a table to its rows before the import, for `stored` columns and the zones of markets.
    erased : dict
        Aliases (kind, keyed hash) of people who were erased, to the day until which they were theirs; a roster that
        gives them a new one adds it.
    """

    key: Key
    known: pd.DataFrame
    roster: Roster
    stored: Callable[[str], pd.DataFrame] = lambda name: pd.DataFrame()
    erased: dict[tuple[str, str], str] = field(default_factory=dict)
    new: list[tuple[str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.index = dict(alias_index(self.known))
        self._before = dict(self.index)
        self._hashes: dict[tuple[str, str], str] = {}
        self._known: dict[int, tuple[Person, dict[tuple[str, ...], str], set[Any]]] = {}

    def keyed(self, prefix: str, parts: Sequence[str]) -> str:
        """Return the keyed hash of the parts of a derived id."""
        return self.key.digest(16, "id", prefix, *parts)

    def keyed_of(self, person: str, prefix: str, parts: Sequence[str]) -> str:
        """Return the keyed id of something that is a person's: two hashes, one of the person, in one.

        A rotation of the key renews both; from a hash over the pseudonym itself the new one could not be computed.
        """
        if not _DIGEST.fullmatch(person):  # no import made this pseudonym, so no rotation changes it
            return self.keyed(prefix, (person, *parts))
        return f"p{int(person[-16:], 16) ^ int(self.keyed(prefix, parts), 16):016x}"

    def resolve(
        self,
        spec: Person,
        parts: Sequence[tuple[str, ...] | None],
        also: Mapping[str, list[Any]],
        nulls: Sequence[str],
        draft: Draft,
        when: Sequence[Any],
    ) -> tuple[list[str | None], list[str]]:
        """Return the pseudonym of each row, and why where there is none; ``draft.found`` counts the misses."""
        plain: dict[Any, str] = {}
        values: list[str | None] = [None] * len(parts)
        if not (self.erased or spec.create):
            plain, tried = self._known.setdefault(id(spec), (spec, {}, {None}))[1:]
            known = cast("Callable[[Any], str | None]", plain.get)
            values = list(map(known, parts))
            if None in values and (new := set(parts) - tried):
                tried |= new
                plain |= self._plain(spec, cast(set[tuple[str, ...]], new))
                values = list(map(known, parts))
        if None not in values and not any(draft.rules):
            return values, [""] * len(values)
        values, broken, found = [], [], draft.found
        part: Any  # a tuple of texts, or None
        for i, part in enumerate(parts):
            if part in plain and not draft.rules[i]:
                values.append(plain[part])
                broken.append("")
                continue
            others = {
                kind: text_of(cells[i])
                for kind, cells in also.items()
                if not isinstance(cells[i], Bad) and not is_blank(cells[i], nulls)
            }
            blank = part is None or not normalise("".join(part))
            # Several columns together are one text that no other columns can imitate.
            names = cast(
                tuple[str, ...],
                () if blank else part if spec.either or len(part) == 1 else (json.dumps(part),),
            )
            if self.erased and self._gone(spec, names, others, when[i]):
                values.append(None)
                broken.append(ERASED)
                continue
            if draft.rules[i] or blank:
                fine = bool(draft.rules[i]) or spec.anonymous
                values.append(None)
                broken.append("" if fine else "person: no alias in the cell")
                found["unmatched"] += not fine
                found["outside"] += spec.outside and not fine
                continue
            person, how = self._who(names, spec.kinds, None if spec.create else when[i])
            if how == "unmatched" and spec.create:
                person = self._known_by(spec, others) or moderator_id(self.key, spec.kinds[0], names[0])
                how = "matched"
            if person is not None and spec.create:
                for kind, alias in ((spec.kinds[0], names[0]), *others.items()):
                    self._add(kind, alias, person)
            values.append(person)
            broken.append("" if how == "matched" else f"person: {how}")
            if how != "matched":
                found[how] += 1
                found["outside"] += how == "unmatched" and spec.outside
        return values, broken

    def _plain(self, spec: Person, parts: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], str]:
        """Return the person of each alias that means one, whatever the day."""
        found: dict[tuple[str, ...], str] = {}
        for part in parts:
            names = part if spec.either or len(part) == 1 else (json.dumps(part),)
            person, _ = self._who(names, spec.kinds, None)
            if person is not None and normalise("".join(part)):
                found[part] = person
        return found

    def _who(self, names: Sequence[str], kinds: Sequence[str], when: Any) -> tuple[str | None, str]:
        """Return the one person whom all the aliases that are known mean, and how that went."""
        known = [people for name in names if (people := self._people(name, kinds))]
        if not known:
            return None, "unmatched"
        people = frozenset.intersection(*known)
        if len(people) > 1 and when is not None:
            # An alias that was handed on: whose it was on that day, if the roster has only one of them at work then.
            people = frozenset(person for person in people if self.roster.at_work(person, when))
        return (next(iter(people)), "matched") if len(people) == 1 else (None, "ambiguous")

    def _people(self, name: str, kinds: Sequence[str]) -> frozenset[str]:
        if len(kinds) == 1:
            return self.index.get((kinds[0], self._hash(kinds[0], name)), frozenset())
        return frozenset().union(*(self.index.get((k, self._hash(k, name)), ()) for k in kinds))

    def _known_by(self, spec: Person, others: Mapping[str, str]) -> str | None:
        """Return the person whom an earlier roster knows by an alias that the mapping trusts to be personal."""
        known = [self._before.get((k, self._hash(k, others[k]))) for k in spec.known_by if k in others]
        people = frozenset().union(*filter(None, known))
        return next(iter(people)) if len(people) == 1 else None

    def _gone(self, spec: Person, names: Sequence[str], others: Mapping[str, str], when: Any) -> bool:
        """Whether a row is about somebody who was erased."""
        days = [self._out(kind, name, when) for name in names for kind in spec.kinds]
        if spec.create and not any(self._people(name, spec.kinds) for name in names):
            # A new number does not bring somebody back; whoever starts later only has their old name.
            days += [self._out(kind, name, when, handed_on=True) for kind, name in others.items()]
        until = max(filter(None, days), default="")
        if until and spec.create:
            # A new address of theirs would bring the next export's rows into quarantine.
            for kind, name in (*((spec.kinds[0], name) for name in names), *others.items()):
                if not self._people(name, (kind,)):
                    self.erased.setdefault((kind, self._hash(kind, name)), until)
        return bool(until)

    def _out(self, kind: str, name: str, when: Any, handed_on: bool = False) -> str:
        """Return until when an alias was an erased person's, "" if a row of that day is not about them."""
        until = self.erased.get((kind, self._hash(kind, name)), "")
        if not until or when is None or not (handed_on or self._people(name, (kind,))):
            return until
        return until if day_of(when) <= pd.Timestamp(until) else ""

    def _hash(self, kind: str, alias: str) -> str:
        made = self._hashes.get((kind, alias))
        if made is None:
            made = self._hashes[kind, alias] = alias_hash(self.key, kind, alias)
        return made

    def _add(self, kind: str, alias: str, person: str) -> None:
        name = (kind, self._hash(kind, alias))
        people = self.index.get(name, frozenset())
        if person not in people:
            self.index[name] = people | {person}
            self.new.append((*name, person))

    def aliases(self, stored: Iterable[str]) -> pd.DataFrame:
        """Return the alias table after the import: people without any stored row are not kept."""
        people = set(stored) | set(self.known["moderator_id"])
        return merge_aliases(self.known, [row for row in self.new if row[2] in people])


def shared(aliases: pd.DataFrame) -> int:
    """Return how many aliases mean more than one person."""
    return int((aliases.groupby(["kind", "alias"]).size() > 1).sum())
