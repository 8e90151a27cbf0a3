"""What exports are there, and how would each be read: by a known format, or by a proposed mapping?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tne.tables.contracts import TABLES
from tne.tables.importers import ContractError
from tne.tables.importers.formats import Format
from tne.tables.importers.formats.writing import source_name
from tne.tables.importers.guess_wide import wave_of
from tne.tables.importers.guessing import propose
from tne.tables.importers.recognising import recognise

TODO = "TODO"
SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".json", ".jsonl"})
# What stands in a proposal in place of a question where one answer claims nothing
ASSUMED = {
    "sampling_weight": ("1", "nothing said how audits were drawn: each stands for one decision"),
    "seeded": ("false", "no column tells test cases: all count as real ones"),
    "policy_version": ('"unknown"', "no column tells the version"),
    "queue": ('"all"', "no column tells the queue"),
}


@dataclass(frozen=True)
class Proposal:
    """How one export would be read.

    Parameters
    ----------
    path : Path
    title : str
        What it is taken for, for people.
    table : str
        The table of a proposed mapping; "" for a known format.
    mapping : str
        Text of the proposed mapping file, "" for a known format.
    answers : dict
        What a known format asks, ``TODO`` where nobody has said it.
    notes : tuple of str
        What was assumed.
    """

    path: Path
    title: str
    table: str = ""
    mapping: str = ""
    answers: Mapping[str, str] | None = None
    notes: tuple[str, ...] = ()
    format: Format | None = None

    @property
    def name(self) -> str:
        """A short name for files that belong to it."""
        return source_name(re.sub(r"[-_. ]*\d[\d_.-]*$", "", self.path.stem) or self.path.stem) or "export"

    @property
    def open_questions(self) -> int:
        """How many lines still hold ``TODO``, comments aside."""
        lines = [line.partition(" #")[0] for line in self.mapping.splitlines() if not line.startswith("#")]
        return sum(TODO in line for line in lines) + sum(a == TODO for a in (self.answers or {}).values())


def found_in(folder: Path) -> list[Path]:
    """Return the files of a folder that may be exports, by name."""
    return [
        path
        for path in sorted(folder.iterdir())
        if path.is_file() and path.suffix.lower() in SUFFIXES and not path.name.startswith((".", "~$"))
    ]


def proposals(
    paths: Sequence[Path], zone: str, programme: str
) -> tuple[list[Proposal], list[tuple[Path, str]]]:
    """Return how exports would be read, in the order of their import, and what is not recognised, with the reason.

    Parameters
    ----------
    paths : sequence of Path
    zone : str
        Of times without offset, "" where nobody knows.
    programme : str
        To which tests and surveys belong, "" likewise.
    """
    made, unknown = [], []
    for path in paths:
        try:
            made.append(_proposed(path, zone, programme))
        except (ValueError, KeyError) as error:
            unknown.append((path, str(error.args[0] if error.args else error)))
    return sorted(made, key=_in_order), unknown


def _in_order(each: Proposal) -> tuple[int, int, str]:
    """Tables in the order of the contracts, the earlier wave first: what is older is imported before."""
    order, waves = list(TABLES), ["pre", "post", "delayed"]
    wave = (each.answers or {}).get("wave", "")
    return (
        order.index(each.table or "sessions"),
        waves.index(wave) if wave in waves else len(waves),
        each.path.name,
    )


def _proposed(path: Path, zone: str, programme: str) -> Proposal:
    try:
        known = recognise(path).format
    except ContractError as error:
        if "none of the known formats" not in str(error):
            raise
        return _mapped(path, zone, programme)
    given = {"programme": programme, "zone": zone, "wave": wave_of(path.stem)}
    answers = {
        ask.name: given.get(ask.name) or TODO
        for ask in known.asks
        if ask.default is None or (ask.name == "zone" and zone)
    }
    return Proposal(path, known.title, answers=answers, format=known)


def _mapped(path: Path, zone: str, programme: str) -> Proposal:
    stem = re.sub(r"[-_. ]*\d[\d_.-]*$", "", path.stem) or path.stem
    told = {"name": source_name(stem) or "export", "zone": zone, "programme": programme}
    answers = {name: each for name, each in told.items() if each}
    text = propose(path, answers)
    table = re.findall(r'^into = "(\w+)"', text, flags=re.MULTILINE)[0]
    for name, (value, why) in ASSUMED.items():
        text = re.sub(
            rf"^{name} = {TODO}\b.*$", f"{name} = {value} # assumed: {why}", text, flags=re.MULTILINE
        )
    notes = [
        ": ".join(each) for each in re.findall(r"^(\w+ = .*) # assumed: (.*)$", text, flags=re.MULTILINE)
    ]
    return Proposal(path, f"rows of `{table}`", table=table, mapping=text, notes=tuple(notes))
