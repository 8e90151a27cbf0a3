"""The formats that are known without a mapping file, one module each; the registry."""

from __future__ import annotations

from tne.tables.importers.formats.format import Ask, Format

FORMATS: tuple[Format, ...] = ()
BY_NAME = {known.name: known for known in FORMATS}

__all__ = ["BY_NAME", "FORMATS", "Ask", "Format"]
