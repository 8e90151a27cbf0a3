"""The formats that are known without a mapping file, one module each; the registry."""

from __future__ import annotations

from tne.tables.importers.formats.format import Ask, Format
from tne.tables.importers.formats.moodle_grades import FORMAT as moodle_grades

FORMATS: tuple[Format, ...] = (moodle_grades,)
BY_NAME = {known.name: known for known in FORMATS}

__all__ = ["BY_NAME", "FORMATS", "Ask", "Format"]
