"""Propose a mapping file for an export, for a person to confirm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tne.tables.importers.recognising import mapping_text


def guess(paths: Sequence[Path], answers: Mapping[str, str]) -> str:
    """Return a mapping file (TOML) for exports: that of the known format."""
    text, found = mapping_text(paths, answers)
    return "\n".join([*(f"# {each}" for each in found), text])
