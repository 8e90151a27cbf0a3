"""Who stands behind what a report describes? Groups of people by statistic, programme and window of data."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable
from typing import Any

import pyarrow as pa

from tne.tables.engine import Engine, quoted
from tne.tables.groups import Group, day_of

FAMILIES = ("audits", "production", "appeals", "tests", "surveys", "hires")
_RIGHT = "SUM(CASE WHEN correct THEN 1 ELSE 0 END)"
_AUDITED = "FROM audits WHERE moderator_id IS NOT NULL AND NOT COALESCE(seeded, FALSE)"
_ACTIVE = {
    "audits": ("decided_at", _RIGHT, f"{_AUDITED} AND decided_at IS NOT NULL"),
    "production": (
        "date",
        "SUM(cases)",
        "FROM production WHERE moderator_id IS NOT NULL AND date IS NOT NULL",
    ),
    "appeals": (
        "decided_at",
        "SUM(CASE WHEN overturned THEN 1 ELSE 0 END)",
        "FROM appeals WHERE moderator_id IS NOT NULL AND overturned IS NOT NULL",
    ),
    "hires": (
        "decided_at",
        _RIGHT,
        f"{_AUDITED} AND moderator_id IN (SELECT moderator_id FROM moderators WHERE hired_on >= "
        "(SELECT MIN(CAST(decided_at AS DATE)) FROM audits))",
    ),
}
_TESTS = """
SELECT COALESCE(r.programme_id, i.programme_id, '') AS programme_id, r.wave, r.moderator_id,
    MIN(CAST(r.answered_at AS DATE)) AS first_day, MAX(CAST(r.answered_at AS DATE)) AS last_day,
    COUNT(*) AS n, SUM(r.score) AS amount
FROM responses AS r
LEFT JOIN (SELECT item_id, form, MIN(programme_id) AS programme_id FROM items GROUP BY item_id, form) AS i
    ON i.item_id = r.item_id AND i.form = r.form
WHERE r.moderator_id IS NOT NULL{here}
GROUP BY 1, 2, 3
"""
_TRAINED = """
SELECT programme_id, moderator_id FROM enrolments WHERE status IN ('completed', 'attended')
UNION
SELECT s.programme_id, t.moderator_id FROM attendance AS t JOIN sessions AS s ON s.session_id = t.session_id
"""
# who answers without a name is told apart by the answer sheet
_SURVEYS = """
SELECT COALESCE(programme_id, '') AS programme_id, wave || ' ' || respondent AS wave,
    COALESCE(moderator_id, response_id) AS person,
    MIN(CAST(submitted_at AS DATE)) AS first_day, MAX(CAST(submitted_at AS DATE)) AS last_day,
    COUNT(*) AS n, SUM(value) AS amount
FROM surveys
WHERE TRUE{here}
GROUP BY 1, 2, 3
"""
_TOGETHER = (("pre", "post"), ("pre", "post", "delayed"))


def groups(engine: Engine, families: Collection[str], market: str | None = None) -> list[Group]:
    """Return the groups of some families of statistics, of the rows that an engine shows.

    Parameters
    ----------
    engine : Engine
    families : collection of str
        Some of `FAMILIES`.
    market : str, optional
        Only people of this market.

    Notes
    -----
    Agreement of raters is pooled and estimates of models are rounded: neither has a group here. Headcounts of coverage
    are rounded to 5, which no two releases undo, so that enrolments have none either.
    """
    found: list[Group] = []
    here = "" if market is None else f" AND market = {quoted([market])}"
    for name, (day, amount, rows) in _ACTIVE.items():
        if name in families:
            days = f"MIN(CAST({day} AS DATE)) AS first_day, MAX(CAST({day} AS DATE)) AS last_day"
            summed = f"COUNT(*) AS n, {amount} AS amount"
            sql = f"SELECT moderator_id, {days}, {summed} {rows}{here} GROUP BY moderator_id"
            found += _grouped((name, "", "", *row) for row in _rows(engine, sql))
    if "tests" in families:
        found += _tests(engine, here)
    if "surveys" in families:
        told = _rows(engine, _SURVEYS.format(here=here))
        found += _grouped((f"surveys {wave}", programme, "", *row) for programme, wave, *row in told)
    return found


def _rows(engine: Engine, sql: str) -> Iterable[tuple[Any, ...]]:
    """Return rows as tuples, days as days since 1970-01-01 (0: unknown), count and sum at their end as one mark."""
    *columns, counts, sums = (_plain(column) for column in engine.arrow(sql).columns)
    return zip(*columns, map(_mark, counts, sums), strict=True)


def _mark(count: int, amount: Any) -> int:
    """Return by what a correction of somebody's rows is seen; the last digits of a sum depend on its order."""
    return zlib.crc32(f"{count} {float(amount or 0):.4f}".encode())


def _plain(column: pa.ChunkedArray) -> list[Any]:
    if not pa.types.is_date(column.type):
        return list(column.to_pylist())
    return [max(0, day or 0) for day in column.cast(pa.date32()).cast(pa.int32()).to_pylist()]


def _tests(engine: Engine, here: str) -> list[Group]:
    """Who took each test, and who took several, trained or not; all of a programme share its window."""
    trained = set(zip(*(column.to_pylist() for column in engine.arrow(_TRAINED).columns), strict=True))
    people: dict[tuple[str, str], dict[str, tuple[int, int, int]]] = {}
    for programme, wave, person, *told in _rows(engine, _TESTS.format(here=here)):
        people.setdefault((programme, person), {})[wave] = tuple(told)
    rows = []
    for (programme, person), waves in people.items():
        label = "trained" if (programme, person) in trained else "others"
        sets = [(wave,) for wave in waves] + [these for these in _TOGETHER if set(these) <= set(waves)]
        for these in sets:
            days = [day for wave in these for day in waves[wave][:2] if day]
            span = (min(days), max(days)) if days else (0, 0)
            mark = zlib.crc32(" ".join(str(waves[wave][2]) for wave in these).encode())
            rows.append((f"tests {'+'.join(these)}", programme, label, person, *span, mark))
    return _grouped(rows, whole=True)


def _grouped(rows: Iterable[tuple[Any, ...]], whole: bool = False) -> list[Group]:
    """Return the groups of rows (statistic, programme, label, person, first, last, mark).

    `whole`: all groups of a programme have one window.
    """
    members: dict[tuple[str, str, str], dict[str, tuple[int, int]]] = {}
    marks: dict[tuple[str, str, str], dict[str, int]] = {}
    for *name, person, first, last, mark in rows:
        members.setdefault(tuple(name), {})[str(person)] = (first, last)
        marks.setdefault(tuple(name), {})[str(person)] = mark
    windows: dict[tuple[str, ...], list[int]] = {}
    for group, people in members.items():
        days = [day for span in people.values() for day in span if day]
        windows.setdefault(group[1:2] if whole else group, []).extend(days)
    return [
        Group(*name, *_window(windows[name[1:2] if whole else name]), members=people, marks=marks[name])
        for name, people in sorted(members.items())
    ]


def _window(days: list[int]) -> tuple[str, str]:
    return (day_of(min(days)), day_of(max(days))) if days else ("", "")
