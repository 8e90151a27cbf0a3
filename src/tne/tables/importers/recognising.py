"""Which known format is this file, how is that known, and which mapping follows?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tne.tables.importers.errors import ContractError
from tne.tables.importers.faults import unsaid
from tne.tables.importers.formats import BY_NAME, FORMATS, Format
from tne.tables.importers.mapping import MappingError, Source
from tne.tables.importers.reading import Sheet
from tne.tables.importers.sniffing import sample


@dataclass(frozen=True)
class Recognised:
    """A file, its format, how it is known, and what was read of it, where no mapping changes that."""

    path: Path
    format: Format
    how: str
    sheet: Sheet | None = None

    def __str__(self) -> str:
        return f"{self.path.name}: {self.format.title}, known by {self.how}"


def recognise(path: str | Path) -> Recognised:
    """Return the known format of an export.

    Raises
    ------
    ContractError
        If the file is none of the known formats, or looks like several.
    """
    path = Path(path)
    seen = sample(path)
    found = [Recognised(path, known, how) for known in FORMATS if (how := known.recognise(seen))]
    if len(found) == 1:
        return found[0]
    if found:
        titles = " and ".join(each.format.title for each in found)
        raise ContractError(f"{path.name} looks like {titles}. Say which by `--set format=NAME`.")
    known = ", ".join(each.title for each in FORMATS)
    raise ContractError(
        f"{path.name} is none of the known formats ({known}). Describe it by a mapping file: `tne import --guess` "
        "proposes one."
    )


def answered(known: Format, answers: Mapping[str, str]) -> dict[str, str]:
    """Return an answer to every question of a format, the default where none is given.

    Raises
    ------
    MappingError
        If an answer is missing, is none of the choices, or answers no question.
    """
    names = [ask.name for ask in known.asks]
    idle = sorted(set(answers) - {*names, "format", "name"})
    if idle:
        raise MappingError(
            f"{known.title} do not ask for {', '.join(idle)}. They ask for {', '.join(names) or 'nothing'}."
        )
    missing = [ask for ask in known.asks if ask.default is None and not answers.get(ask.name)]
    if missing:
        wanted = "; ".join(f"--set {ask.name}=… ({ask.what})" for ask in missing)
        raise MappingError(f"{known.title} do not say everything. Add {wanted}.")
    made = {ask.name: answers.get(ask.name) or ask.default or "" for ask in known.asks}
    for ask in known.asks:
        if ask.choices and made[ask.name] not in ask.choices:
            raise MappingError(f"`{ask.name}` must be one of {', '.join(ask.choices)}.")
    return made


@unsaid()
def mapping_text(
    paths: Sequence[str | Path], answers: Mapping[str, str] | None = None
) -> tuple[str, list[Recognised]]:
    """Return the mapping file of exports of one known format, and how each file was recognised.

    Parameters
    ----------
    paths : sequence of path
        Files of one export, all of one format.
    answers : mapping of str to str, optional
        What the export does not say; ``format`` names the format, ``name`` the source.

    Raises
    ------
    ContractError
        If a file is of no known format, or the files are of several.
    MappingError
        If an answer is missing or wrong.
    """
    answers = dict(answers or {})
    chosen = answers.get("format")
    if chosen and chosen not in BY_NAME:
        raise MappingError(f"There is no format `{chosen}`. The formats are {', '.join(BY_NAME)}.")
    if chosen:
        found = [Recognised(Path(path), BY_NAME[chosen], "`format`") for path in paths]
    else:
        found = [recognise(path) for path in paths]
    if len({each.format.name for each in found}) > 1:
        raise ContractError(
            f"The files are of several formats: {'; '.join(map(str, found))}. Import each format on its own."
        )
    known = found[0].format
    given = answered(known, answers)
    source = Source(name="sample", kind=known.name)
    if known.together:
        sheet = _joined(list(known.sheets([each.path for each in found], source)))
    else:
        sheet = known.read(found[0].path, source)
        found[0] = replace(found[0], sheet=sheet if known.settled else None)
    text = known.mapping(sheet, {**given, "name": answers.get("name", "")})
    return text, found


def _joined(sheets: Sequence[Sheet]) -> Sheet:
    """Return sheets with equal headers below each other."""
    return replace(
        sheets[0],
        cells=[row for sheet in sheets for row in sheet.cells],
        numbers=[number for sheet in sheets for number in sheet.numbers],
        non_data=tuple(why for sheet in sheets for why in sheet.non_data),
    )
