"""All tables by name, in the order of the data dictionary."""

from __future__ import annotations

from tne.tables.declared_outcomes import OUTCOME_TABLES
from tne.tables.declared_people import PEOPLE_TABLES
from tne.tables.schema import Table

_ORDER = (
    *("markets", "moderators", "programmes", "sessions", "attendance", "enrolments", "items", "responses"),
    *("surveys", "audits", "appeals", "ratings", "production", "policies", "costs"),
)
_ALL = {table.name: table for table in (*PEOPLE_TABLES, *OUTCOME_TABLES)}

TABLES: dict[str, Table] = {name: _ALL[name] for name in _ORDER}


def contract(name: str) -> Table:
    """Return the contract of the table called `name`."""
    if name not in TABLES:
        raise KeyError(f"There is no table `{name}`. The tables are {', '.join(TABLES)}.")
    return TABLES[name]
