"""Import real exports by a mapping file: `import_export`. The format is described in docs/importing.md."""

from __future__ import annotations

from tne.tables.importers.errors import ContractError
from tne.tables.importers.importing import import_export
from tne.tables.importers.mapfile import read_map
from tne.tables.importers.mapping import Map, MappingError
from tne.tables.importers.quarantine import quarantined
from tne.tables.importers.reporting import ImportReport, TableReport

__all__ = [
    "ContractError",
    "ImportReport",
    "Map",
    "MappingError",
    "TableReport",
    "import_export",
    "quarantined",
    "read_map",
]
