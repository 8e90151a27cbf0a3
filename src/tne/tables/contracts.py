"""The contracts: what every table must look like, and what a frame breaks of it."""

from __future__ import annotations

from tne.tables.conform import Conformed, conform
from tne.tables.declared import TABLES, contract
from tne.tables.schema import KINDS, Column, Table
from tne.tables.validation import Finding, Validation, validate

__all__ = [
    "KINDS",
    "TABLES",
    "Column",
    "Conformed",
    "Finding",
    "Table",
    "Validation",
    "conform",
    "contract",
    "validate",
]
