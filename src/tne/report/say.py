"""Everything a report says. Each function takes a `Voice` and returns a gated `Block`."""

from __future__ import annotations

from tne.report.among import group_table
from tne.report.block import Block, block_from
from tne.report.ending import provenance
from tne.report.exhibit import figure, table, table_rows
from tne.report.front import front, opening
from tne.report.levels import learning, reaction
from tne.report.narrative import caveat, checks, evidence, glossary, method_notes, paragraph, section
from tne.report.page import index_page, page
from tne.report.people import coverage, group_result
from tne.report.shaping import (
    coverage_table,
    effect_rows,
    error_shares,
    gate,
    guardrail_table,
    in_force,
    missing_exports,
    subsection,
    titled,
    training_weeks,
    weekly_level,
)
from tne.report.voice import Voice, interval_text, voice, voice_from

__all__ = [
    "Block",
    "Voice",
    "block_from",
    "caveat",
    "checks",
    "coverage",
    "coverage_table",
    "effect_rows",
    "error_shares",
    "evidence",
    "figure",
    "front",
    "gate",
    "glossary",
    "group_result",
    "group_table",
    "guardrail_table",
    "in_force",
    "index_page",
    "interval_text",
    "learning",
    "method_notes",
    "missing_exports",
    "opening",
    "page",
    "paragraph",
    "provenance",
    "reaction",
    "section",
    "subsection",
    "table",
    "table_rows",
    "titled",
    "training_weeks",
    "voice",
    "voice_from",
    "weekly_level",
]
