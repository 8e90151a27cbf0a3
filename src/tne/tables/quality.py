"""Are the tables whole: what is set aside, late, missing, double, impossible, or unlike the last import?"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from tne.tables.declared import TABLES
from tne.tables.engine import Engine
from tne.tables.quality_days import day_checks
from tne.tables.quality_imports import import_checks, set_aside
from tne.tables.quality_rows import row_checks
from tne.tables.quality_settings import limits
from tne.tables.quality_words import described

COLUMNS: dict[str, str] = {
    "market": "str",
    "table": "str",
    "check": "str",
    "kind": "str",
    "column": "str",
    "status": "str",
    "value": "float64",
    "warn": "float64",
    "stop": "float64",
    "n": "float64",
    "n_total": "float64",
    "n_people": "float64",
    "n_people_total": "float64",
    "first": "datetime64[us]",
    "last": "datetime64[us]",
    "note": "str",
}
_WORST = ("fail", "warn", "not_run", "pass")


@dataclass(frozen=True, eq=False)
class Quality:
    """What the checks of data quality found.

    Parameters
    ----------
    frame : DataFrame
        One row per market, table and check; see `to_frame`.
    rows : mapping of str to float
        Rows read by table; NaN where fewer than `min_n` people stand behind them: their number would tell how many.
    last : mapping of str to Timestamp
        Last day with rows by table, strays left out.
    n : int
        Rows read, all of them.
    """

    frame: pd.DataFrame
    rows: Mapping[str, float]
    last: Mapping[str, pd.Timestamp]
    n: int = 0

    def to_frame(self) -> pd.DataFrame:
        """Return one row per market, table and check, the worst first.

        Returns
        -------
        DataFrame
            market ("" = of no market), table, check, kind, column, status (``fail`` stops, ``warn``, ``pass``,
            ``not_run``), value (a share; for freshness and coverage a factor; for drift a multiple of what counts as a
            change), warn, stop (the limits), n (rows; weeks of coverage, days of silence, people not followed),
            n_total, n_people, n_people_total, first, last (days), note (why it was not run).
        """
        return self.frame.copy()

    @property
    def status(self) -> str:
        """The worst status of all checks that were run."""
        found = set(self.frame["status"])
        return next((status for status in ("fail", "warn") if status in found), "pass")

    @property
    def findings(self) -> pd.DataFrame:
        """The rows that warn or stop, the worst first."""
        return self.frame.loc[self.frame["status"].isin(["fail", "warn"])].reset_index(drop=True)

    def since(self, day: dt.date | str | pd.Timestamp) -> Quality:
        """Return this without what was found before a day only; a table that ended before it stays."""
        first = pd.Timestamp(day)
        first = first if first.tzinfo is None else first.tz_localize(None)
        past = (self.frame["last"] < first) & self.frame["kind"].ne("freshness")
        return replace(self, frame=self.frame.loc[~past].reset_index(drop=True))

    def require(self) -> Quality:
        """Return this, or stop where a check passed its `stop` limit.

        Raises
        ------
        ValueError
            Naming checks and limits: no count, nobody.
        """
        stop = self.frame.loc[self.frame["status"].eq("fail")].head(4).to_dict("records")
        if stop:  # without counts: the message stands in the index, which others read
            said = ", ".join(f"`{row['check']}` of `{row['table']}` beyond {row['stop']:g}" for row in stop)
            raise ValueError(
                f"The data stop this report: {said}. `tne check` says how many rows; correct the export and import it "
                "again, or change the limit in [quality] of tne.toml."
            )
        return self

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        found, rows = self.findings, self.n
        run = int(self.frame["status"].ne("not_run").sum())
        if found.empty:
            return f"{rows:,} rows read; none of {run} checks warns."
        said = "; ".join(described(row) for row in found.head(3).to_dict("records"))
        return (
            f"{rows:,} rows read; {len(found)} of {run} checks warn: {said}{'; …' if len(found) > 3 else ''}."
        )


def quality(
    engine: Engine,
    config: Mapping[str, Any],
    *,
    root: Path | None = None,
    reopen: Callable[..., Engine] | None = None,
) -> pd.DataFrame:
    """Return every check of every table that an engine shows, unfiltered; ``.attrs["rows"]`` counts the rows read.

    Parameters
    ----------
    engine : Engine
    config : mapping
        Content of ``tne.toml``.
    root : Path, optional
        Folder of the workspace, for what the imports have set aside and what was there before them.
    reopen : callable, optional
        Returns the engine of a market at an earlier version: ``reopen(market, version)``.
    """
    bounds = limits(config)
    found = [
        *row_checks(engine, bounds),
        *day_checks(engine, bounds),
        *set_aside(engine, root, bounds),
        *import_checks(engine, root, bounds, reopen),
    ]
    frame = pd.DataFrame(found, columns=list(COLUMNS), dtype="object")
    for name, kind in COLUMNS.items():
        values = frame[name].where(frame[name].notna(), "" if kind == "str" else None)
        frame[name] = (pd.to_datetime(values) if kind.startswith("datetime") else values).astype(kind)
    pairs = list(zip(frame["table"], frame["kind"], strict=True))
    frame["warn"] = [bounds.of(*pair).warn for pair in pairs]
    frame["stop"] = [bounds.of(*pair).stop for pair in pairs]
    frame.attrs["rows"] = _rows(engine)
    return frame


def shown(
    frame: pd.DataFrame, market: str | None = None, tables: Collection[str] | None = None, *, min_n: int = 0
) -> Quality:
    """Return what concerns one market and some tables; see `Workspace.quality`."""
    attrs = frame.attrs
    if market is not None:
        frame = frame.loc[frame["market"].isin(["", market])]
    if tables is not None:
        frame = frame.loc[frame["table"].isin(list(tables))]
    rank = frame["status"].map({status: i for i, status in enumerate(_WORST)})
    order = ["rank", "market", "table", "check", "column"]
    frame = frame.assign(rank=rank).sort_values(order, kind="stable", ignore_index=True).drop(columns="rank")
    frame.attrs = {}
    rows, total = {}, 0
    for table, by in attrs["rows"].items():
        if tables is None or table in tables:
            own = [count for code, count in by.items() if market is None or code in ("", market)]
            n, people = (sum(column) for column in zip(*own, strict=True)) if own else (0, 0)
            few = _person(table) is not None and 0 < people < min_n
            rows[table] = math.nan if few else n
            total += n
    fresh = frame.loc[frame["check"].eq("stale")].groupby("table")["last"].max()
    return Quality(frame, rows, dict(fresh.dropna()), total)


def _person(table: str) -> str | None:
    """Return the column that says whose a row of a table is."""
    return next((c.name for c in TABLES[table].columns if c.name in ("moderator_id", "rater_id")), None)


def _rows(engine: Engine) -> dict[str, dict[str, tuple[int, int]]]:
    """Rows read and people behind them, by table and market ("" where a table has no markets).

    A row that names nobody counts as one of a person of its own.
    """
    counted: dict[str, dict[str, tuple[int, int]]] = {}
    for name in engine.present:
        own, person = "market" if TABLES[name].by_market else "''", _person(name)
        people = f"COUNT(DISTINCT {person}) + COUNT(*) - COUNT({person})" if person else "0"
        found = engine.arrow(
            f"SELECT {own} AS market, COUNT(*) AS n, {people} AS people FROM {name} GROUP BY 1 ORDER BY 1"
        )
        counted[name] = {row["market"]: (row["n"], row["people"]) for row in found.to_pylist()}
    return counted
