"""Which files does a workspace of one's own begin with, and what stands in each?"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tne.commands.start.countries import TODO, Market
from tne.commands.start.exports import Proposal
from tne.tables.contracts import TABLES
from tne.tables.importers.formats.writing import toml

PRIVATE = frozenset({"hand/roster.csv"})


@dataclass(frozen=True)
class Listed:
    """One entry of ``[[imports]]``: files of one export, and how they are read."""

    files: str
    mapping: str = ""
    answers: Mapping[str, str] | None = None
    comment: str = ""

    def __str__(self) -> str:
        lines = [
            "[[imports]]" + (f" # {self.comment}" if self.comment else ""),
            f"files = {toml(self.files)}",
        ]
        if self.mapping:
            lines.append(f"map = {toml(self.mapping)}")
        if self.answers is not None:
            told = ", ".join(f"{name} = {toml(value)}" for name, value in self.answers.items())
            lines.append(f"set = {{ {told} }}")
        return "\n".join(lines)


def by_hand(table: str, rows: Iterable[Mapping[str, str]], columns: Sequence[str] = ()) -> dict[str, str]:
    """Return a table that nobody exports, begun as CSV, and its mapping; both by their place in the workspace."""
    names = list(columns) or [column.name for column in TABLES[table].columns]
    lines = [",".join(names), *(",".join(_cell(row.get(name, "")) for name in names) for row in rows)]
    told = [
        f"# `{table}`: {TABLES[table].meaning}, written by hand in hand/{table}.csv.",
        *(f"#   {c.name}: one of {', '.join(c.values)}" for c in TABLES[table].columns if c.values),
        "",
        "[source]",
        f'name = "{table}"',
        'encoding = "utf-8-sig"',
        'date_formats = ["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"]' if table == "programmes" else "",
        "",
        "[[table]]",
        f'into = "{table}"',
        "[table.columns]",
        *(f"{name} = {toml(name)}" for name in names),
    ]
    return {f"hand/{table}.csv": "\n".join(lines) + "\n", f"mappings/{table}.toml": "\n".join(told) + "\n"}


def markets(found: Sequence[Market]) -> dict[str, str]:
    """Return the table of markets by hand."""
    rows = [
        {
            "market": m.code,
            "name": m.name,
            "language": m.language,
            "timezone": m.timezone,
            "currency": m.currency,
        }
        for m in found
    ]
    return by_hand("markets", rows, ["market", "name", "language", "timezone", "currency"])


def programmes(programme: str, starts_on: str) -> dict[str, str]:
    """Return the table of programmes by hand: one row with what has to be said, or none."""
    if not programme:
        return by_hand("programmes", [])
    asked = ("kind", "modality", "rollout", "rollout_unit")
    title = programme.replace("-", " ").replace("_", " ").capitalize()
    row = {"programme_id": programme, "title": title, "stage": "live", **dict.fromkeys(asked, TODO)}
    return by_hand("programmes", [row | {"planned_start_on": starts_on, "starts_on": starts_on}])


def settings(name: str, contact: str, language: str, listed: Sequence[Listed]) -> str:
    """Return the text of ``tne.toml``."""
    return _SETTINGS.format(
        name=toml(name),
        contact=toml(contact),
        language=toml(language),
        imports="\n\n".join(map(str, listed)) or "# none yet",
    )


def place_of(path: Path, root: Path) -> str:
    """Return how ``tne.toml`` names an export: from the workspace where it lies below or beside it."""
    path, root = path.resolve(), root.resolve()
    near = path.is_relative_to(root.parent) and root.parent != Path(root.anchor)
    return Path(os.path.relpath(path, root)).as_posix() if near else path.as_posix()


def mapping_of(each: Proposal, listed: Sequence[str]) -> str:
    """Return a place for the mapping of an export that no other has."""
    number, name = 1, f"mappings/{each.name}.toml"
    while name in listed:
        number += 1
        name = f"mappings/{each.name}-{number}.toml"
    return name


def _cell(text: str) -> str:
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if any(sign in text for sign in ',"\n') else text


IGNORED = """\
# People's data and what is made of it: never into a repository
/data/raw/*
!/data/raw/README.md
/hand/roster.csv
/identity/
/ledger/
/quarantine/
/reports/
/tables/
/versions/
/.import/
/tne-run.log
"""

RAW = """\
# Exports

Put the exports of your tools here, as they come, and never edit them. `tne.toml` says under `[[imports]]` how each is
read; a pattern such as `data/raw/qa-*.xlsx` takes every newer one. `tne import --all` reads them all; what is known
already changes nothing.
"""

_SETTINGS = """\
# Settings of this workspace. Every report depends on them, but not on [notify], [store] and [[imports]].

name = {name}
contact = {contact} # whom a reader may ask; stands in every report
language = {language} # of the index; each market's report speaks the market's own
min_n = 10 # fewest people behind a published number; never below 5

# What an avoided error and a minute are worth, as a range. Without it reports say nothing about value.
# [value]
# currency = "EUR"
# avoided_error = {{ low = 1.5, mode = 4.0, high = 9.0 }}
# minute = {{ low = 0.35, mode = 0.45, high = 0.6 }}

# Side effects that can veto "scale": by how much, as a share, they may worsen.
# [guardrails]
# handle_seconds = {{ margin = 0.05, worse = "higher" }}
# exposure_minutes = {{ margin = 0.1, worse = "higher" }}

# When the data warn, and when they stop a report; these are the defaults (docs/data-quality.md).
# [quality]
# rows = 10
# quarantine = {{ warn = 0.01 }}
# join = {{ warn = 0.02 }}
# duplicates = {{ warn = 0.005, stop = 0.2 }}

# Your exports, in the order in which `tne import --all` reads them. Answer every TODO, here and in the mapping files.

{imports}
"""
