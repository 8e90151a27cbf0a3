"""Find a workspace on disk, and read the rows of one table with its filters."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pyarrow as pa

from tne.checks import require_choice
from tne.tables.declared import contract
from tne.tables.engine import Engine, quoted
from tne.tables.finding import nearest_workspace


def rows(
    engine: Engine,
    name: str,
    market: str | None = None,
    start: dt.date | None = None,
    end: dt.date | None = None,
    *,
    columns: str = "*",
    tail: str = "",
) -> pa.Table:
    """Return the rows of one table between two days (both included) of its time column; see `Workspace.table`."""
    table = contract(name)
    known_market(engine, market)
    where = []
    if market is not None and "market" in table.names:
        where.append(f"market = {quoted([market])}")
    elif market is not None and name == "attendance":
        where.append(f"session_id IN (SELECT session_id FROM sessions WHERE market = {quoted([market])})")
    if start is not None:
        where.append(f"{table.time} >= CAST('{start}' AS DATE)")
    if end is not None:
        where.append(f"{table.time} < CAST('{end + dt.timedelta(days=1)}' AS DATE)")
    condition = f" WHERE {' AND '.join(where)}" if where else ""
    if columns == "*" and not engine.session.in_order:
        order = dict.fromkeys((*(["market"] if table.by_market else []), *table.key))
        tail = f"ORDER BY {', '.join(order)} {tail}"
    return engine.arrow(f"SELECT {columns} FROM {name}{condition} {tail}")


def known_market(engine: Engine, market: str | None) -> None:
    """Raise `ValueError` if the table `markets` does not list `market`."""
    if market is None or "markets" not in engine.present:
        return
    known = engine.made.get("market_codes")
    if known is None:
        found = engine.values("SELECT market FROM markets ORDER BY 1")
        known = engine.made["market_codes"] = tuple(row[0] for row in found)
    require_choice(market, known, "market")
    if engine.market not in (None, market):
        raise ValueError(
            f"This workspace was opened for {engine.market} alone. Open it without `market` to see {market}."
        )


def note_opening(market: str | None) -> None:
    """Note what is read, ``all`` or one market, in the file that the variable ``TNE_READS`` names, if it does."""
    place = os.environ.get("TNE_READS")
    if place:
        with open(place, "a", encoding="utf-8") as file:
            file.write(f"{'all' if market is None else market}\n")


def find_root(path: str | Path | None) -> Path:
    """Return the folder of a workspace: as given, else the nearest ``tne.toml`` upward, else ``data/demo`` upward.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    if path is not None:
        root = Path(path)
        if not (root / "tables").is_dir() and not (root / "tne.toml").is_file():
            raise FileNotFoundError(
                f"{root} is no workspace: it has no folder `tables`. Import tables with `tne import`, "
                "or make the demo with `tne demo`."
            )
        return root
    found = nearest_workspace(Path.cwd())
    if found is None:
        raise FileNotFoundError(
            "No workspace here: neither tne.toml nor data/demo in this folder or above. "
            "Name one (tne.open(path)), or make the demo with `tne demo`."
        )
    return found
