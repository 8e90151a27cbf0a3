"""How does a mapping file say that a target column is filled, and what of it is refused?"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

from tne.tables.importers.amounts import UNITS
from tne.tables.importers.mapping import MARKET_ZONE, PEOPLE, SUBJECTS, Column, MappingError, Person, TableMap
from tne.tables.importers.maptypes import entries, flag, only_keys, scalars, table, texts, zone
from tne.tables.pseudonyms import ALIAS_KINDS, refuse_name

_PERSON_WAYS = ("column", "from", "either")
_PERSON_KEYS = {*_PERSON_WAYS, "kind", "create", "aliases", "known_by", "outside", "anonymous"}
_WAYS = ("column", "constant", "template", "id", "person", "roster", "stored")


def column(target: str, spec: Any, where: str) -> Column:
    """Return how one target column is filled, from a text or a table of the file."""
    if isinstance(spec, str):
        spec = {"column": spec}
    if not isinstance(spec, dict):
        raise MappingError(
            f"{where}: `{target}` must name a source column or be a table. Use [table.constants]."
        )
    made = entries(spec, Column, f"{where}, {target}", {"target"})
    ways = [w for w in _WAYS if w in made]
    if len(ways) != 1:
        raise MappingError(f"{where}: `{target}` must be filled in exactly one way: {', '.join(_WAYS)}.")
    if "person" in made:
        made["person"] = _person(made["person"], f"{where}, {target}")
    if "values" in made:
        scalars(made["values"], f"{where}, {target}.values")
    if "constant" in made:
        scalars({target: made["constant"]}, where)
    if target in PEOPLE and ways[0] not in ("person", "id", "stored"):
        raise MappingError(
            f"{where}: `{target}` would store a plain id of a person. Fill it by `person` (or `id`, a keyed hash)."
        )
    if target == "moderator_id" and ways[0] not in ("person", "stored"):
        raise MappingError(f"{where}: `moderator_id` must be filled by `person`, so that all exports agree.")
    if made.get("unit", UNITS[0]) not in UNITS:
        raise MappingError(f"{where}: `{target}`: unit must be one of {', '.join(UNITS)}.")
    if "%" in "".join(made.get("strip", ())):
        raise MappingError(f'{where}: `{target}`: a % is more than a sign. Write unit = "percent".')
    check_formats(made.get("formats", ()), f"{where}, {target}")
    if made.get("zone") != MARKET_ZONE:
        zone(made.get("zone", ""))
    return Column(target=target, **made)


def check_formats(formats: Sequence[str], where: str) -> None:
    """Raise `MappingError` if a date format could read nothing."""
    for form in formats:
        if "%Z" in form.replace("%%", ""):
            raise MappingError(
                f"{where}: %Z reads the letters of a zone and forgets them. Use %z for offsets such as +0100; else "
                "write the letters themselves into the format, and their zone into `zone`."
            )
        try:
            dt.datetime.strptime("", form)
        except ValueError as error:
            if "does not match" in str(error):
                continue
            raise MappingError(f"{where}: the date format {form} is none: {error}.") from None
        except (re.error, LookupError):
            raise MappingError(
                f"{where}: the date format {form} is none: a part stands in it twice."
            ) from None


def _person(raw: Any, where: str) -> Person:
    only_keys(table(raw, f"{where}.person"), _PERSON_KEYS, f"{where}.person")
    columns = texts(next((raw[way] for way in _PERSON_WAYS if way in raw), []), where)
    kinds = texts(raw.get("kind", []), where)
    aliases = dict(scalars(raw.get("aliases", {}), f"{where}.aliases"))
    texts(list(aliases.values()), f"{where}.aliases")
    create, outside, anonymous = (
        flag(raw.get(key, False), f"{where}: `{key}`") for key in ("create", "outside", "anonymous")
    )
    if not columns or not all(columns) or sum(way in raw for way in _PERSON_WAYS) != 1:
        raise MappingError(
            f"{where}: a person needs `column`, `from` (several columns together) or `either` (each column alone)."
        )
    unknown = [k for k in (*kinds, *aliases) if k not in ALIAS_KINDS]
    if not kinds or unknown:
        raise MappingError(f"{where}: `kind` and `aliases` must be of {', '.join(ALIAS_KINDS)}.")
    if create and len(kinds) != 1:
        raise MappingError(
            f"{where}: a person who is registered needs exactly one `kind`, the one that stays."
        )
    if aliases and not create:
        raise MappingError(f"{where}: `aliases` are declared where people are registered (create = true).")
    known_by = texts(raw.get("known_by", []), where)
    if not set(known_by) <= set(aliases):
        raise MappingError(f"{where}: `known_by` must be of the `aliases` that are declared beside it.")
    if "either" in raw and create:
        raise MappingError(f"{where}: a person who is registered stands in one `column`, the one that stays.")
    if len(columns) > 1 and "either" not in raw and kinds != ("record",):
        raise MappingError(f'{where}: several columns together are of kind "record".')
    return Person(
        columns=columns,
        kinds=kinds,
        create=create,
        aliases=aliases,
        outside=outside,
        anonymous=anonymous,
        either="either" in raw,
        known_by=known_by,
    )


def refuse_people(tables: Sequence[TableMap], headers: Mapping[str, tuple[str, ...]]) -> None:
    """Raise `MappingError` where a mapping would take names for people, or store people in the clear."""
    filled = [(t.into, c) for t in tables for c in (*t.columns, *(c for w in t.wide for c in w.own()))]
    for _, each in filled:
        if each.person:
            for name in each.person.texts():
                for header in (name, *headers.get(name, ())):
                    try:
                        refuse_name(header)
                    except ValueError as error:
                        raise MappingError(str(error)) from None
    said = {n for _, c in filled if c.person and c.person.kinds != ("record",) for n in c.person.texts()}
    for into, each in filled:
        harmless = each.person or each.id or each.values  # a pseudonym, a keyed hash, what the map says
        plain = [] if harmless else sorted(said.intersection(each.sources()))
        if plain:
            raise MappingError(
                f"[[table]] into = {into}: `{each.target}` would store {', '.join(plain)}, which says who somebody is. "
                "Use another column, or a keyed id: { id = [...] }."
            )
    for entry in tables:
        given = {c.target for c in entry.columns if c.constant is not None}
        given |= {t for w in entry.wide for t, value in w.set.items() if not isinstance(value, Column)}
        if given & SUBJECTS:
            raise MappingError(
                f"[[table]] into = {entry.into}: `{', '.join(sorted(given & SUBJECTS))}` would be a plain id of a "
                "person. Fill it by `person`."
            )
