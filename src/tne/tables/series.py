"""Measures over time, and audits counted by any of their columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from tne.checks import require_choice
from tne.tables.calendar import period_of
from tne.tables.engine import Engine, quoted, statement
from tne.tables.panel import base, lags

_PLACE = ("market", "team", "site", "employer", "queue")
_AUDIT = (*_PLACE, "policy_area", "policy_version", "error_type", "root_cause", "severity", "decision")
AUDIT_COLUMNS = (*_AUDIT, "audited_decision", "auditor_id", "moderator_id", "period", "week", "month", "day")


@dataclass(frozen=True)
class Measure:
    """How one measure is taken: from which table, as which expressions, split by which columns."""

    source: str
    table: str
    open_weeks: str
    value: str
    count: str
    total: str
    by: tuple[str, ...]


def _audits(value: str, count: str) -> Measure:
    return Measure(
        "facts", "audits", "weeks", value, count, "COUNT(*)", (*_AUDIT, "auditor_id", "moderator_id")
    )


def _production(value: str, count: str, total: str) -> Measure:
    by = (*_PLACE, "moderator_id")
    return Measure("production_facts", "production", "production_open", value, count, total, by)


def _per_case(column: str) -> Measure:
    cases, total = f"SUM(CASE WHEN f.{column} IS NOT NULL THEN f.cases END)", f"EXACT_SUM(f.{column})"
    return _production(f"{total} / NULLIF({cases}, 0)", total, cases)


_ACCURACY = "EXACT_SUM(f.weight * f.correct) / EXACT_SUM(f.weight)"
MEASURES: dict[str, Measure] = {
    "accuracy": _audits(_ACCURACY, "SUM(f.correct)"),
    "error_rate": _audits(f"1 - {_ACCURACY}", "SUM(1 - f.correct)"),
    "audits": _audits("CAST(COUNT(*) AS DOUBLE)", "COUNT(*)"),
    "cases": _production("CAST(SUM(f.cases) AS DOUBLE)", "SUM(f.cases)", "SUM(f.cases)"),
    "handle_seconds": _per_case("handle_seconds"),
    "exposure_minutes": _per_case("exposure_minutes"),
    "overturn_rate": Measure(
        "appeal_facts",
        "appeals",
        "appeals_open",
        "CAST(SUM(f.overturned) AS DOUBLE) / COUNT(*)",
        "SUM(f.overturned)",
        "COUNT(*)",
        (*_PLACE, "policy_area", "moderator_id"),
    ),
}


def series(
    engine: Engine,
    measure: str,
    by: str | Sequence[str] = (),
    freq: str = "W",
    market: str | None = None,
    *,
    provisional: bool = False,
) -> pd.DataFrame:
    """Return one measure over time; see `Workspace.series`."""
    require_choice(measure, tuple(MEASURES), "measure")
    require_choice(freq, ("W", "M"), "freq")
    taken = MEASURES[measure]
    columns = _columns(by, taken.by)
    if taken.table not in engine.present:
        raise KeyError(
            f"`{measure}` needs the table `{taken.table}`, which the workspace lacks. Import it first."
        )
    base(engine)
    engine.make(taken.source)
    if taken.source == "appeal_facts":
        lags(engine, "appeal_lags", "appeal_facts", "resolved_at")
    engine.make(taken.open_weeks)
    bucket = "week" if freq == "W" else "month"
    where = [] if market is None else [f"f.market = {quoted([market])}"]
    if not provisional:
        still = f"SELECT 1 FROM still_open AS o WHERE o.market = f.market AND o.bucket = f.{bucket}"
        where.append(f"NOT EXISTS ({still})")
    sql = statement("series").format(
        by=_listed(columns),
        bucket=bucket,
        value=taken.value,
        count=taken.count,
        total=taken.total,
        source=taken.source,
        open_weeks=taken.open_weeks,
        condition=" AND ".join(where) or "TRUE",
    )
    frame = engine.frame(sql)
    starts = pd.DatetimeIndex(frame[bucket])
    periods = period_of(starts) if freq == "W" else (starts.year - 1970) * 12 + starts.month - 1
    frame.insert(len(columns), "period", pd.Series(periods, dtype="int64", index=frame.index))
    frame.attrs.update(measure=measure, freq=freq, by=list(columns))
    return frame


def audits_by(engine: Engine, columns: Sequence[str], market: str | None = None) -> pd.DataFrame:
    """Return audits counted by `columns`; see `Workspace.audits_by`."""
    names = _columns(columns, AUDIT_COLUMNS)
    if "audits" not in engine.present:
        raise KeyError(
            "Counting audits needs the table `audits`, which the workspace lacks. Import it first."
        )
    base(engine)
    condition = "TRUE" if market is None else f"f.market = {quoted([market])}"
    listed = _listed(names).rstrip(", ")
    group = f"GROUP BY {listed} ORDER BY {listed}" if names else ""
    return engine.frame(statement("audits_by").format(by=_listed(names), condition=condition, group=group))


def _columns(by: str | Sequence[str], allowed: tuple[str, ...]) -> tuple[str, ...]:
    columns = (by,) if isinstance(by, str) else tuple(by)
    for column in columns:
        require_choice(column, allowed, "by")
    return tuple(dict.fromkeys(columns))


def _listed(columns: Sequence[str]) -> str:
    return "".join(f"f.{column}, " for column in columns)
