"""What a known format is: how it is recognised, read, and mapped to the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tne.tables.importers.mapping import Source
from tne.tables.importers.reading import Sheet
from tne.tables.importers.sniffing import Sample


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Something that the export does not say and the importer must be told (``--set name=value``).

    Parameters
    ----------
    name : str
    what : str
        What it means, in half a sentence.
    default : str or None
        None: it must be given.
    choices : tuple of str
        The only values; empty: any.
    """

    name: str
    what: str
    default: str | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Format:
    """A format that is known without a mapping file.

    Parameters
    ----------
    name : str
        Also `kind` in the [source] of a mapping file.
    title : str
        What its users call it.
    recognise : callable
        Sample to how it is known ("the columns …"), "" if it is another format.
    read : callable
        Path and source to a sheet with one header row, in English headers whatever the export's language. Rows that
        are no data by the format's own rules carry the reason in `Sheet.non_data`.
    mapping : callable
        Sheet and answers (every ask has one) to the TOML of a mapping file.
    asks : tuple of Ask
    together : callable, optional
        As `read`, for all files of one import, where they must be read together: pages that correct one another.
    settled : bool
        Whether `read` finds the same whatever the mapping's [source] says, so that one reading is enough.
    """

    name: str
    title: str
    recognise: Callable[[Sample], str]
    read: Callable[[Path, Source], Sheet]
    mapping: Callable[[Sheet, Mapping[str, str]], str]
    asks: tuple[Ask, ...] = ()
    together: Callable[[Sequence[Path], Source], Sequence[Sheet]] | None = None
    settled: bool = False

    def sheets(self, paths: Sequence[Path], source: Source) -> Iterable[Sheet]:
        """Read all files of one import, one sheet each."""
        return self.together(paths, source) if self.together else (self.read(path, source) for path in paths)
