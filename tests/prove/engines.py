"""DuckDB, PostgreSQL and Spark on the full demo: every frame of every programme, row by row, type by type."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd

import tne
from tests.prove.harness import ROOT, Proof, reached, seed_of
from tests.tables import postgres_server, spark_cluster
from tests.tables.awkward_company import awkward
from tests.tables.every_frame import every_frame, market_frames
from tne.made import make
from tne.tables.loading import load
from tne.tables.store import write_tables

NAME = "engines"
PLAN = (("postgresql", "awkward"), ("postgresql", "demo"), ("spark", "awkward"), ("spark", "demo"))
MARKET = {"awkward": "A", "demo": "DE"}


def one(seed: int) -> dict[str, Any]:
    """Put one workspace on one server, and compare all that both give."""
    kind, which = next(p for i, p in enumerate(PLAN) if seed_of(NAME, i) == seed)
    missing = postgres_server.MISSING if kind == "postgresql" else spark_cluster.MISSING
    if missing:
        raise RuntimeError(missing)
    with tempfile.TemporaryDirectory(prefix="tne-engines-") as folder:
        files, warehouse = Path(folder, "files"), Path(folder, "warehouse")
        _write(which, files)
        warehouse.mkdir()
        (warehouse / "tne.toml").write_text(f'[source]\nengine = "{kind}"\nschema = "qa"\n')
        if kind == "postgresql":
            with postgres_server.server() as variables, postgres_server.connected(variables):
                load(tne.open(files).engine, "qa")
                return {"engine": kind, "data": which, **_compared(files, warehouse, MARKET[which])}
        with spark_cluster.cluster():
            spark_cluster.register(files, "qa")
            return {"engine": kind, "data": which, **_compared(files, warehouse, MARKET[which])}


def _write(which: str, files: Path) -> None:
    if which == "demo":
        made = ROOT / "data" / "demo"
        make(made)
        files.mkdir()
        (files / "tables").symlink_to(made / "tables")
    else:
        write_tables(awkward(), files)


def _compared(files: Path, warehouse: Path, market: str) -> dict[str, Any]:
    frames, rows, differ = 0, 0, []
    for (name, one_), (again, other) in zip(_all(files, market), _all(warehouse, market), strict=True):
        frames, rows = frames + 1, rows + len(one_)
        try:
            assert name == again
            pd.testing.assert_frame_equal(one_, other, check_exact=True)
            assert one_.attrs == other.attrs
        except AssertionError as error:
            differ.append(f"{name}: {str(error)[:200]}")
    return {"frames": frames, "rows": rows, "differ": differ}


def _all(root: Path, market: str) -> Iterator[tuple[str, pd.DataFrame]]:
    cut = tne.open(root, until="2026-03-31", market=market)
    return chain(every_frame(tne.open(root)), market_frames(cut, market))


def judge(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """No frame differs anywhere, and every engine was asked for all of them on both sets of tables."""
    told = {
        f"{row['engine']} {row['data']}": {k: row[k] for k in ("frames", "rows", "differ")} for row in rows
    }
    bars = {
        "no_frame_differs": not any(row["differ"] for row in rows),
        "all_servers_and_data": len(told) == len(PLAN) and min(row["frames"] for row in rows) > 90,
    }
    return {"outcomes": told, "bars": bars, "passed": all(bars.values())}


ENGINES = Proof(
    name=NAME,
    claim="PostgreSQL and Spark (two workers) give the frames that DuckDB gives, row by row and type by type",
    covers=(
        *reached("tne.tables.workspace", "tne.tables.postgres", "tne.tables.spark"),
        "src/tne/tables/sql/*.sql",
    ),
    replications=len(PLAN),
    one=one,
    judge=judge,
)
