"""Everything a report says. Each function takes a `Voice` and returns a gated `Block`."""

from __future__ import annotations

from tne.report.block import Block
from tne.report.front import front
from tne.report.narrative import caveat, checks, glossary, method_notes, paragraph, section
from tne.report.page import index_page, page
from tne.report.voice import Voice, interval_text, voice

__all__ = [
    "Block",
    "Voice",
    "caveat",
    "checks",
    "front",
    "glossary",
    "index_page",
    "interval_text",
    "method_notes",
    "page",
    "paragraph",
    "section",
    "voice",
]
