"""Import real exports: known formats by `import_known`, all others by a mapping file (`import_export`)."""

from __future__ import annotations

from tne.tables.importers.errors import ContractError
from tne.tables.importers.importing import import_export, import_known
from tne.tables.importers.mapfile import read_map
from tne.tables.importers.mapping import Map, MappingError
from tne.tables.importers.quarantine import quarantined
from tne.tables.importers.recognising import recognise
from tne.tables.importers.reporting import ImportReport, TableReport

__all__ = [
    "ContractError",
    "ImportReport",
    "Map",
    "MappingError",
    "TableReport",
    "import_export",
    "import_known",
    "quarantined",
    "read_map",
    "recognise",
]
