"""Read and check a mapping file (TOML). The format is described in docs/importing.md."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tne.tables.importers.formats import BY_NAME
from tne.tables.importers.mapcolumns import check_formats, column, refuse_people
from tne.tables.importers.mapping import LONGEST, Column, Drop, Map, MappingError, Source, TableMap, Wide
from tne.tables.importers.maptypes import entries, flag, only_keys, scalars, table, tables, texts, zone

_TABLE_KEYS = {
    *("into", "distinct", "snapshot", "only", "sum"),
    *("columns", "constants", "defaults", "nulls", "wide"),
}
_KINDS = ("csv", "tsv", "xlsx")


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
    except OSError:
        raise MappingError("The mapping file cannot be opened. Check its path and its permissions.") from None
    return parse_map(text)


def parse_map(text: str) -> Map:
    """Read and check the text of a mapping file; see `read_map`."""
    try:
        raw = tomllib.loads(unicodedata.normalize("NFC", text))
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
    only_keys(raw, {"source", "headers", "table"}, "the mapping file")
    if not isinstance(raw.get("source"), dict) or not isinstance(raw.get("table"), list) or not raw["table"]:
        raise MappingError("A mapping file needs one [source] and at least one [[table]] with `into`.")
    source = _source(raw["source"])
    aliases = table(raw.get("headers", {}), "[headers]")
    headers = {name: texts(found, f"headers.{name}") for name, found in aliases.items()}
    made = tuple(_table(entry) for entry in tables(raw["table"], "[[table]]"))
    refuse_people(made, headers)
    return Map(source=source, headers=headers, tables=made)


def _source(raw: dict[str, Any]) -> Source:
    if not re.fullmatch(rf"[a-z0-9][a-z0-9_-]{{,{LONGEST - 1}}}", str(raw.get("name", ""))):
        raise MappingError(
            f"[source] needs a `name` of a-z, 0-9, - and _, at most {LONGEST} of them: newer exports keep it."
        )
    made = entries(raw, Source, "[source]")
    drops = tables(raw.get("non_data", []), "[[source.non_data]]")
    made["non_data"] = tuple(_drop(entry, "[[source.non_data]]") for entry in drops)
    source = Source(**made)
    if source.kind not in (*_KINDS, *BY_NAME):
        raise MappingError(f"`source.kind` must be one of {', '.join((*_KINDS, *BY_NAME))}.")
    if source.day_boundary not in ("local", "utc"):
        raise MappingError('`source.day_boundary` must be "local" (midnight in the market) or "utc".')
    if source.decimal not in (".", ",") or source.thousands == source.decimal:
        raise MappingError("`source.decimal` must be . or , and differ from `thousands`.")
    if len(source.thousands) > 1 or source.thousands.isalnum():
        raise MappingError("`source.thousands` must be one sign, such as . or a blank.")
    if source.months and len(source.months) != 12:
        raise MappingError("`source.months` must list the twelve month names as the export writes them.")
    if len(source.delimiter) > 1 or source.delimiter in ('"', "\r", "\n", "\0"):
        raise MappingError("`source.delimiter` must be one character, and no quotation mark or line break.")
    if source.header_row < 1 or (source.data_row and source.data_row <= source.header_row):
        raise MappingError("`header_row` counts from 1 and `data_row` must come after it.")
    zone(source.zone)
    check_formats(source.date_formats, "[source]")
    return source


def _table(raw: Mapping[str, Any]) -> TableMap:
    where = f"[[table]] into = {raw.get('into', '?')}"
    only_keys(raw, _TABLE_KEYS, where)
    if not isinstance(raw.get("into"), str):
        raise MappingError("Every [[table]] needs `into`, the name of the contract table it fills.")
    columns = [
        column(t, spec, where) for t, spec in table(raw.get("columns", {}), f"{where}, columns").items()
    ]
    defaults = scalars(raw.get("defaults", {}), f"{where}, defaults")
    given = [*scalars(raw.get("constants", {}), f"{where}, constants").items(), *defaults.items()]
    columns += [Column(target=t, constant=value) for t, value in given]
    columns += [Column(target=t) for t in texts(raw.get("nulls", []), f"{where}, nulls")]
    wide = [_wide(entry, where) for entry in tables(raw.get("wide", []), f"{where}, [[table.wide]]")]
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
        distinct=flag(raw.get("distinct", False), f"{where}: `distinct`"),
        snapshot=flag(raw.get("snapshot", False), f"{where}: `snapshot`"),
        only=only,
        sum=texts(raw.get("sum", []), f"{where}, sum"),
        defaults=tuple(defaults),
    )


def _wide(raw: Any, where: str) -> Wide:
    made = entries(raw, Wide, f"{where}, [[table.wide]]")
    if bool(made.get("column")) == bool(made.get("pattern")):
        raise MappingError(f"{where}: each [[table.wide]] needs `column` or `pattern`.")
    try:
        re.compile(made.get("pattern", ""))
    except re.error as error:
        raise MappingError(f"{where}: the pattern is not a regular expression ({error}).") from None
    given = table(made.get("set", {}), f"{where}, set")
    scalars({t: v for t, v in given.items() if not isinstance(v, dict)}, f"{where}, set")
    made["set"] = {t: column(t, v, where) if isinstance(v, dict) else v for t, v in given.items()}
    return Wide(**made)


def _drop(raw: Any, where: str) -> Drop:
    made = entries(raw, Drop, where)
    if not made.get("column") or not (made.get("equals") or made.get("starts") or made.get("blank")):
        raise MappingError(f"{where} needs `column` and one of `equals`, `starts`, `blank`.")
    return Drop(**made)
