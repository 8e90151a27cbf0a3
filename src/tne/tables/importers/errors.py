"""The one way an import refuses an export."""

from __future__ import annotations


class ContractError(ValueError):
    """The export breaks a table's contract; nothing was stored. The command line exits with 3."""

    exit_code = 3
