"""Read and check a mapping file (TOML). The format is described in docs/importing.md."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping as MappingType
from dataclasses import fields
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tne.tables.importers.formats import BY_NAME
from tne.tables.importers.mapping import (
    LONGEST,
    MARKET_ZONE,
    PEOPLE,
    Column,
    Drop,
    Map,
    MappingError,
    Person,
    Source,
    TableMap,
    Wide,
)
from tne.tables.pseudonyms import ALIAS_KINDS, refuse_name

_TABLE_KEYS = {
    *("into", "distinct", "snapshot", "only", "sum"),
    *("columns", "constants", "defaults", "nulls", "wide"),
}
_PERSON_WAYS = ("column", "from", "either")
_WAYS = ("column", "constant", "template", "id", "person", "roster", "stored")


def read_map(path: str | Path) -> Map:
    """Read and check a mapping file.

    Parameters
    ----------
    path : str or Path
        A TOML file as docs/importing.md describes it.

    Returns
    -------
    Map

    Raises
    ------
    MappingError
        If the file is not TOML, has an unknown key, or asks for something that is refused
        (a name column as an alias, a plain id for a person).
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise MappingError("The mapping file is not valid TOML: it is not written in UTF-8.") from None
    return parse_map(text)


def parse_map(text: str) -> Map:
    """Read and check the text of a mapping file; see `read_map`."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        open_ = [
            n
            for n, line in enumerate(text.splitlines(), start=1)
            if re.search(r"\bTODO\b", line.split("#")[0])
        ]
        if open_:
            raise MappingError(
                f"The mapping file has open questions in {'line' if len(open_) == 1 else 'lines'} "
                f"{', '.join(map(str, open_))}: put an answer in the place of every TODO."
            ) from None
        raise MappingError(f"The mapping file is not valid TOML: {error}.") from None
    _only_keys(raw, {"source", "headers", "table"}, "the mapping file")
    if not isinstance(raw.get("source"), dict) or not isinstance(raw.get("table"), list):
        raise MappingError("A mapping file needs one [source] and at least one [[table]] with `into`.")
    source = _source(raw["source"])
    headers = {name: _texts(found, f"headers.{name}") for name, found in raw.get("headers", {}).items()}
    tables = tuple(_table(entry) for entry in raw["table"])
    whole = Map(source=source, headers=headers, tables=tables)
    for table in tables:
        for column in (*table.columns, *(c for w in table.wide for c in w.own())):
            _refuse_names(column, headers)
    return whole


def _source(raw: dict[str, Any]) -> Source:
    _only_keys(raw, {f.name for f in fields(Source)}, "[source]")
    if not re.fullmatch(rf"[a-z0-9][a-z0-9_-]{{,{LONGEST - 1}}}", str(raw.get("name", ""))):
        raise MappingError(
            f"[source] needs a `name` of a-z, 0-9, - and _, at most {LONGEST} of them: newer exports keep it."
        )
    made = {
        name: tuple(value) if isinstance(value, list) and name != "non_data" else value
        for name, value in raw.items()
    }
    made["non_data"] = tuple(_drop(entry, "[[source.non_data]]") for entry in raw.get("non_data", []))
    source = Source(**made)
    if source.kind not in ("csv", "tsv", "xlsx", *BY_NAME):
        raise MappingError(f"`source.kind` must be one of {', '.join(('csv', 'tsv', 'xlsx', *BY_NAME))}.")
    if source.day_boundary not in ("local", "utc"):
        raise MappingError('`source.day_boundary` must be "local" (midnight in the market) or "utc".')
    if source.decimal not in (".", ",") or source.thousands == source.decimal:
        raise MappingError("`source.decimal` must be . or , and differ from `thousands`.")
    if source.months and len(source.months) != 12:
        raise MappingError("`source.months` must list the twelve month names as the export writes them.")
    if len(source.delimiter) > 1:
        raise MappingError("`source.delimiter` must be one character.")
    if source.header_row < 1 or (source.data_row and source.data_row <= source.header_row):
        raise MappingError("`header_row` counts from 1 and `data_row` must come after it.")
    _zone(source.zone)
    return source


def _table(raw: dict[str, Any]) -> TableMap:
    where = f"[[table]] into = {raw.get('into', '?')}"
    _only_keys(raw, _TABLE_KEYS, where)
    if not isinstance(raw.get("into"), str):
        raise MappingError("Every [[table]] needs `into`, the name of the contract table it fills.")
    columns = [_column(target, spec, where) for target, spec in raw.get("columns", {}).items()]
    columns += [Column(target=t, constant=value) for t, value in raw.get("constants", {}).items()]
    columns += [Column(target=t) for t in raw.get("nulls", [])]
    columns += [Column(target=t, constant=value) for t, value in raw.get("defaults", {}).items()]
    wide = []
    for entry in raw.get("wide", []):
        _only_keys(entry, {f.name for f in fields(Wide)}, f"{where}, [[table.wide]]")
        if bool(entry.get("column")) == bool(entry.get("pattern")):
            raise MappingError(f"{where}: each [[table.wide]] needs `column` or `pattern`.")
        try:
            re.compile(entry.get("pattern", ""))
        except re.error as error:
            raise MappingError(f"{where}: the pattern is not a regular expression ({error}).") from None
        given = {
            t: _column(t, v, where) if isinstance(v, dict) else v for t, v in entry.get("set", {}).items()
        }
        wide.append(Wide(**{**entry, "set": given}))
    targets = [c.target for c in columns] + sorted({t for w in wide for t in w.set})
    twice = sorted({t for t in targets if targets.count(t) > 1})
    if twice:
        raise MappingError(f"{where}: {', '.join(twice)} is filled twice. Keep one.")
    if raw.get("snapshot") and (raw["into"] != "moderators" or "valid_to" in targets):
        raise MappingError(f"{where}: `snapshot` is for moderators, and it finds `valid_to` itself.")
    if raw.get("sum") and (raw.get("snapshot") or raw.get("distinct")):
        raise MappingError(
            f"{where}: rows are added up (`sum`), or they are `distinct` or a `snapshot`. Keep one."
        )
    only = _drop(raw["only"], f"{where}, only") if "only" in raw else None
    return TableMap(
        into=raw["into"],
        columns=tuple(columns),
        wide=tuple(wide),
        distinct=bool(raw.get("distinct", False)),
        snapshot=bool(raw.get("snapshot", False)),
        only=only,
        sum=_texts(raw.get("sum", []), f"{where}, sum"),
        defaults=tuple(raw.get("defaults", {})),
    )


def _column(target: str, spec: Any, where: str) -> Column:
    if isinstance(spec, str):
        spec = {"column": spec}
    if not isinstance(spec, dict):
        raise MappingError(
            f"{where}: `{target}` must name a source column or be a table. Use [table.constants]."
        )
    _only_keys(spec, {f.name for f in fields(Column)} - {"target"}, f"{where}, {target}")
    made = {name: tuple(v) if isinstance(v, list) and name != "constant" else v for name, v in spec.items()}
    ways = [w for w in _WAYS if w in made]
    if len(ways) != 1:
        raise MappingError(f"{where}: `{target}` must be filled in exactly one way: {', '.join(_WAYS)}.")
    if "person" in made:
        made["person"] = _person(made["person"], f"{where}, {target}")
    if target in PEOPLE and ways[0] not in ("person", "id", "stored"):
        raise MappingError(
            f"{where}: `{target}` would store a plain id of a person. Fill it by `person` (or `id`, a keyed hash)."
        )
    if target == "moderator_id" and ways[0] not in ("person", "stored"):
        raise MappingError(f"{where}: `moderator_id` must be filled by `person`, so that all exports agree.")
    if made.get("unit") not in (None, "seconds", "minutes", "hours", "clock", "words"):
        raise MappingError(f"{where}: `{target}`: unit must be seconds, minutes, hours, clock or words.")
    if isinstance(made.get("stored"), str):
        made["stored"] = (made["stored"],)
    if made.get("zone") != MARKET_ZONE:
        _zone(made.get("zone", ""))
    return Column(target=target, **made)


def _person(raw: dict[str, Any], where: str) -> Person:
    _only_keys(
        raw,
        {
            *("column", "from", "either", "kind", "create", "aliases", "known_by"),
            *("outside", "anonymous"),
        },
        f"{where}.person",
    )
    columns = _texts(next((raw[way] for way in _PERSON_WAYS if way in raw), []), where)
    kinds = _texts(raw.get("kind", []), where)
    aliases = dict(raw.get("aliases", {}))
    if not columns or sum(way in raw for way in _PERSON_WAYS) != 1:
        raise MappingError(
            f"{where}: a person needs `column`, `from` (several columns together) or `either` (each column alone)."
        )
    unknown = [k for k in (*kinds, *aliases) if k not in ALIAS_KINDS]
    if not kinds or unknown:
        raise MappingError(f"{where}: `kind` and `aliases` must be of {', '.join(ALIAS_KINDS)}.")
    if raw.get("create") and len(kinds) != 1:
        raise MappingError(
            f"{where}: a person who is registered needs exactly one `kind`, the one that stays."
        )
    if aliases and not raw.get("create"):
        raise MappingError(f"{where}: `aliases` are declared where people are registered (create = true).")
    known_by = _texts(raw.get("known_by", []), where)
    if not set(known_by) <= set(aliases):
        raise MappingError(f"{where}: `known_by` must be of the `aliases` that are declared beside it.")
    if "either" in raw and raw.get("create"):
        raise MappingError(f"{where}: a person who is registered stands in one `column`, the one that stays.")
    if len(columns) > 1 and "either" not in raw and kinds != ("record",):
        raise MappingError(f'{where}: several columns together are of kind "record".')
    return Person(
        columns=columns,
        kinds=kinds,
        create=bool(raw.get("create")),
        aliases=aliases,
        outside=bool(raw.get("outside")),
        anonymous=bool(raw.get("anonymous")),
        either="either" in raw,
        known_by=known_by,
    )


def _refuse_names(column: Column, headers: MappingType[str, tuple[str, ...]]) -> None:
    if column.person:
        for name in (*column.person.columns, *column.person.aliases.values()):
            for header in (name, *headers.get(name, ())):
                try:
                    refuse_name(header)
                except ValueError as error:
                    raise MappingError(str(error)) from None


def _drop(raw: dict[str, Any], where: str) -> Drop:
    _only_keys(raw, {f.name for f in fields(Drop)}, where)
    if not raw.get("column") or not (raw.get("equals") or raw.get("starts") or raw.get("blank")):
        raise MappingError(f"{where} needs `column` and one of `equals`, `starts`, `blank`.")
    return Drop(
        column=raw["column"],
        equals=_texts(raw.get("equals", []), where),
        starts=_texts(raw.get("starts", []), where),
        blank=bool(raw.get("blank")),
    )


def _zone(name: str) -> None:
    try:
        if name:
            ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise MappingError(f"The zone {name} is not an IANA zone. Write it like Europe/Berlin.") from None


def _texts(raw: Any, where: str) -> tuple[str, ...]:
    found = (raw,) if isinstance(raw, str) else tuple(raw)
    if not all(isinstance(text, str) for text in found):
        raise MappingError(f"{where}: write texts in quotes.")
    return found


def _only_keys(raw: MappingType[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(raw) - known)
    if unknown:
        raise MappingError(
            f"{where} has unknown keys: {', '.join(unknown)}. Known are {', '.join(sorted(known))}."
        )
