"""In which markets are there people who were in another one, too?"""

from __future__ import annotations

from tne.tables.declared import TABLES
from tne.tables.engine import Engine


def markets_of_movers(engine: Engine) -> frozenset[str]:
    """Return the markets that share a person with another: opened alone, they know only a part of that person.

    Parameters
    ----------
    engine : Engine
        Of all markets.
    """
    parts = [
        f"SELECT DISTINCT moderator_id, market FROM {name}"
        for name, table in TABLES.items()
        if name in engine.present and {"moderator_id", "market"} <= set(table.names)
    ]
    if {"attendance", "sessions"} <= set(engine.present):
        parts += [
            "SELECT DISTINCT t.moderator_id, s.market FROM attendance AS t "
            "JOIN sessions AS s ON s.session_id = t.session_id"
        ]
    if not parts:
        return frozenset()
    found = engine.values(
        f"WITH places AS ({' UNION '.join(parts)}) SELECT DISTINCT market FROM places WHERE moderator_id IN "
        "(SELECT moderator_id FROM places GROUP BY moderator_id HAVING COUNT(DISTINCT market) > 1)"
    )
    return frozenset(str(row[0]) for row in found)
