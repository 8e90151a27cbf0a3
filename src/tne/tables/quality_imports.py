"""What have the imports set aside, and does the last one look like what was there before?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

from tne.tables.engine import Engine
from tne.tables.importers.commit import current
from tne.tables.importers.quarantine import quarantined
from tne.tables.quality_before import before, gone
from tne.tables.quality_drift import CATEGORIES, drift_checks, lost
from tne.tables.quality_settings import Limits
from tne.tables.versions import versions


def set_aside(engine: Engine, root: Path | None, limits: Limits) -> Iterator[dict[str, Any]]:
    """Yield one row per table and rule: rows that wait, of how many that its exports had; of all markets together."""
    if root is None:
        return
    waiting: dict[tuple[str, str], int] = {}
    for (table, _, rule), n in quarantined(root).items():
        waiting[table, rule] = waiting.get((table, rule), 0) + n
    came = _rows_in(root)
    for table in sorted({*came, *(table for table, _ in waiting)}):
        rules = {rule: n for (name, rule), n in sorted(waiting.items()) if name == table}
        total, aside = came.get(table, 0), sum(rules.values())
        total = max(total, aside)
        value = aside / total if total else 0.0
        named = {"table": table, "market": "", "check": "quarantine", "kind": "quarantine", "value": value}
        named |= {"n_total": total, "status": limits.status(table, "quarantine", value, aside)}
        for rule, n in (rules or {"": 0}).items():
            yield named | {"column": rule, "n": n}


def _rows_in(root: Path) -> dict[str, int]:
    """Rows of all exports that were imported, by table."""
    record = root / "imports.json"
    counted: dict[str, int] = {}
    if record.is_file():
        for exports in json.loads(record.read_text(encoding="utf-8")).values():
            for export in exports.values():
                for table, numbers in export["tables"].items():
                    counted[table] = counted.get(table, 0) + int(numbers["rows_in"])
    return counted


def import_checks(
    engine: Engine, root: Path | None, limits: Limits, reopen: Callable[..., Engine] | None
) -> Iterator[dict[str, Any]]:
    """Yield the checks of drift for every market and table that an earlier version knows."""
    kept = root is not None and reopen is not None
    why = "no earlier import is kept"
    if engine.until is not None:
        kept, why = False, "the tables are cut to a day"
    elif kept and engine.files and not _newest(engine, cast(Path, root)):
        kept, why = False, "an earlier state is opened"
    known = versions(cast(Path, root)) if kept else ()
    again = cast(Callable[..., Engine], reopen)  # there is one wherever an earlier version is known
    opened: dict[tuple[str, int], Engine] = {}
    for table in (name for name in CATEGORIES if name in engine.present):
        compared, markets = False, _markets(engine, table) if known else []
        if known and engine.market is None and (left := gone(table, markets, known)):
            since, absent = left
            for market in absent:
                yield lost(again(market, since), table, market, limits)
                compared = True
        for market in markets:
            version = before(cast(Path, root), table, market, known)
            if version is not None:
                at = (market, version.number)
                opened[at] = opened.get(at) or again(market, version)
                yield from drift_checks(engine, opened[at], table, market, limits)
                compared = True
        if not compared:
            yield {"table": table, "check": "drift", "kind": "drift", "status": "not_run", "note": why}


def _newest(engine: Engine, root: Path) -> bool:
    """Whether an engine shows the store as it is now: one of a market shows a part of it."""
    now = {path for places in current(root).files.values() for path in places.values()}
    return set(engine.files) <= now if engine.market else set(engine.files) == now


def _markets(engine: Engine, table: str) -> list[str]:
    found = engine.arrow(f"SELECT DISTINCT market FROM {table} ORDER BY market")
    return cast(list[str], found.column("market").to_pylist())
