"""Propose a mapping file for an export, for a person to confirm.

What the file does not say stands as ``TODO``, which no mapping file may hold: an unconfirmed guess imports nothing.
The cells of a column are only shown where a contract lists its values, and nobody's name or address ever.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from tne.tables.contracts import TABLES, Table
from tne.tables.importers.collecting import shown
from tne.tables.importers.faults import unsaid
from tne.tables.importers.formats import FORMATS
from tne.tables.importers.formats.writing import source_name, toml
from tne.tables.importers.guess_columns import TODO, beside, kind_of, lacking, person_lines, value_map
from tne.tables.importers.guess_file import NULLS, Found, dates, decimals, is_name, look
from tne.tables.importers.guess_wide import Gradebook, gradebook
from tne.tables.importers.mapping import PEOPLE, MappingError
from tne.tables.importers.reading import clean
from tne.tables.importers.recognising import mapping_text
from tne.tables.importers.sniffing import sample

_CONSTANTS = "[table.constants] # one value for all rows; what a column says goes up to [table.columns]"


@unsaid()
def guess(paths: Sequence[Path], answers: Mapping[str, str]) -> str:
    """Return a mapping file (TOML) for exports: that of the known format, else a proposal with questions in it.

    Parameters
    ----------
    paths : sequence of Path
        Files of one export; of no known format only the first is looked at.
    answers : mapping of str to str
        Of a known format its own; else `into` (the table), `name` (the source), `zone` and `programme`.

    Raises
    ------
    ContractError
        If the file is no table with usual headers.
    MappingError
        If an answer is wrong.
    """
    seen = sample(Path(paths[0]))
    if answers.get("format") or any(known.recognise(seen) for known in FORMATS):
        text, found = mapping_text(paths, answers)
        return "\n".join([*(f"# {each}" for each in found), text])
    return propose(Path(paths[0]), answers)


def propose(path: Path, answers: Mapping[str, str]) -> str:
    """Return a proposal for an export of no known format."""
    odd = sorted(set(answers) - {"into", "name", "zone", "programme"})
    into = answers.get("into", "")
    if odd or (into and into not in TABLES):
        raise MappingError(
            "A file of no known format takes the answers into, name, zone and programme; `into` names a table: "
            f"{', '.join(TABLES)}."
        )
    found = look(path)
    ranked = _ranked(found)
    grades = gradebook(found, answers.get("programme", "")) if into in ("", "responses") else Gradebook()
    table = TABLES[into or ("responses" if grades.wide else ranked[0][1])]
    taken = _matched(found, table)
    head, columns, constants = _filled(found, table, taken, answers, grades)
    told = "".join(columns)
    used = {
        *taken.values(),
        *grades.tests,
        *(h for h in found.sheet.headers if kind_of(h) and toml(h) in told),
    }
    names = [h for h in found.sheet.headers if h and h not in used and is_name(h)]
    rest = [h for h in found.sheet.headers if h and h not in used and not is_name(h)]
    others = ", ".join(name for _, name in ranked if name != table.name)
    lines = [
        f"# Proposed for {clean(path.name)}; a guess by its headers. Check every line, and answer every {TODO}:",
        "# until then nothing can be imported by it.",
        f"# The headers fit the table `{table.name}`{f', less well {others}' if others else ''}"
        + (" (--set into=TABLE chooses another)." if not into else "."),
        "",
        "[source]",
        *head,
        f"ignore = {toml(names)} # names: never read" if names else "# ignore = []",
        *(["", "# Columns that nothing was found for: map them, or list them in `ignore`."] if rest else []),
        *(f"#   {toml(shown(header, found.sheet))}" for header in rest[:200]),
        "",
        "[[table]]",
        f"into = {toml(table.name)}",
        *grades.wide,
        "[table.columns]",
        *columns,
        *([_CONSTANTS, *constants] if constants else []),
    ]
    return "\n".join(lines) + "\n"


def _matched(found: Found, table: Table) -> dict[str, str]:
    """Return the header of each column of a table that has a usual one; each header once."""
    taken: dict[str, str] = {}
    for column in table.columns:
        for header, targets in found.usual.items():
            if column.name in targets and header not in taken.values() and column.name not in taken:
                taken[column.name] = header
    return taken


def _ranked(found: Found) -> list[tuple[float, str]]:
    """Return the tables that the headers fit, best first: rare headers count more, missing columns less."""
    fits = {name: _matched(found, table) for name, table in TABLES.items()}
    several = {h: sum(h in taken.values() for taken in fits.values()) for h in found.usual}
    anybody = any(map(kind_of, found.sheet.headers))
    ranked = []
    for name, taken in fits.items():
        needed = [c for c in TABLES[name].required if c not in PEOPLE and c != "market"]
        share = sum(c in taken for c in needed) / max(len(needed), 1)
        people = bool(PEOPLE & set(TABLES[name].names)) == anybody
        score = sum(1 / several[h] for h in taken.values()) + 2 * share + people
        if len(taken) > (0 if anybody else 1):
            ranked.append((score, name))
    ranked.sort(key=lambda pair: (-pair[0], pair[1]))
    return ranked[:3] or [(0.0, "responses")]


def _filled(
    found: Found, table: Table, taken: Mapping[str, str], answers: Mapping[str, str], grades: Gradebook
) -> tuple[list[str], list[str], list[str]]:
    """Return the lines of [source], [table.columns] and [table.constants]."""
    columns: list[str] = []
    constants: list[str] = []
    days: list[str] = []
    nulls = {text for text in NULLS if text in grades.marks}
    numbers = [text for text in grades.marks if text not in NULLS]
    ways: dict[str, tuple[str, ...]] = {}
    naive = False
    for column in table.columns:
        header = taken.get(column.name)
        if column.name in grades.columns:
            columns += filter(None, [grades.columns[column.name]])
        elif column.name in PEOPLE:
            columns += person_lines(column, table, found, header)
        elif header is None:
            if not column.optional:
                constants += lacking(column, found, table, columns, taken)
        else:
            texts = found.texts(header)
            nulls |= {text for text in NULLS if text in texts}
            more = ""
            signs = ""
            if column.kind in ("number", "count"):
                signs, plain = beside([text for text in texts if text not in NULLS])
                numbers += plain
            if column.kind in ("instant", "day"):
                some = [cell for cell in found.cells(header) if text_in(cell)]
                ways[header], open_ = dates(some)
                naive |= open_ and column.kind == "instant"
                days.append(header)
            elif column.kind == "flag" or column.values:
                more = value_map(column, found, header, texts)
            more = f"values = {more}" if more else signs
            spec = f"{{ column = {toml(header)}, {more} }}" if more else toml(header)
            columns.append(f"{column.name} = {spec} # {column.meaning}")
    head = _source(found, answers, numbers, ways, sorted(nulls), naive)
    return head, columns, constants


def text_in(cell: object) -> bool:
    """Whether a cell holds more than a sign for nothing."""
    return not (isinstance(cell, str) and cell.strip() in NULLS)


def _source(
    found: Found,
    answers: Mapping[str, str],
    numbers: Sequence[str],
    ways: Mapping[str, tuple[str, ...]],
    nulls: Sequence[str],
    naive: bool,
) -> list[str]:
    path, seen = found.sample.path, found.sample
    stem = re.sub(r"[-_. ]*\d[\d_.-]*$", "", path.stem) or path.stem
    name = toml(answers["name"]) if answers.get("name") else TODO
    example = toml(source_name(stem) or "export")
    lines = [f"name = {name} # newer exports of the same kind keep it; for example {example}"]
    if seen.kind == "xlsx":
        lines += ['kind = "xlsx"', f"sheet = {toml(found.name)}"]
    else:
        lines += [
            'kind = "csv"',
            f"encoding = {toml(seen.encoding)}",
            f"delimiter = {toml(seen.delimiter or ',')}",
        ]
    if found.row > 1:
        lines.append(f"header_row = {found.row}")
    decimal, thousands = decimals(list(numbers))
    if decimal == "?":
        lines.append(f'decimal = {TODO} # "." or ",": the numbers can be read in both ways')
    elif decimal == ",":
        lines.append('decimal = ","')
    if thousands:
        lines.append(f"thousands = {toml(thousands)}")
    formats = [form for way in ways.values() for form in way]
    if "?" in formats:
        lines.append(f"date_formats = {TODO} # the dates are in none of the usual formats; docs/importing.md")
    elif formats:
        lines.append(_date_line(ways))
    if naive:
        zone = toml(answers["zone"]) if answers.get("zone") else TODO
        lines.append(f'zone = {zone} # of the times, which have no offset; for example "Europe/Berlin"')
    if nulls:
        lines.append(f"nulls = {toml(nulls)} # texts that mean nothing")
    return lines


def _date_line(ways: Mapping[str, tuple[str, ...]]) -> str:
    some = [way for way in ways.values() if way]
    common = set(some[0]).intersection(*some[1:])
    one = [form for form in some[0] if form in common]
    if len(one) == 1:
        return f"date_formats = {toml(one)}"
    if not one:
        distinct = list(dict.fromkeys(way[0] for way in some)) if all(len(way) == 1 for way in some) else []
        if distinct:
            return f"date_formats = {toml(distinct)}"
        one = list(dict.fromkeys(form for way in some for form in way))
    return f"date_formats = {TODO} # day or month first? the dates fit both: {' or '.join(toml([f]) for f in one)}"
