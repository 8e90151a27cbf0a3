"""How an import refuses an export, or a single cell of it."""

from __future__ import annotations

from dataclasses import dataclass


class ContractError(ValueError):
    """The export breaks a table's contract; nothing was stored. The command line exits with 3."""

    exit_code = 3


@dataclass(frozen=True)
class Bad:
    """A cell that cannot be read, with the rule it breaks; the mapping cannot overrule it."""

    rule: str


class Unreadable(Exception):
    """A cell that breaks a rule; carries the rule, never the cell."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule
