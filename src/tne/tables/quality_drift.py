"""Does what the last import brought look like what was there before: values, empty cells, scales, errors, the past?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import pandas as pd

from tne.tables.declared import TABLES
from tne.tables.engine import Engine
from tne.tables.quality_settings import Limits

#: Tables that are compared, with the columns whose values are few and stay: a new one is news, or a typing error. What
#: follows the trainings comes in batches of one programme: of it only scales and the past are compared.
CATEGORIES: dict[str, tuple[str, ...]] = {
    "audits": ("queue", "policy_area", "decision", "audited_decision", "error_type", "root_cause"),
    "appeals": ("queue", "policy_area"),
    "production": ("queue",),
    "ratings": ("label",),
    "surveys": (),
    "enrolments": (),
    "responses": (),
}
#: What the rows of such a table must share for their numbers to be on one scale.
KINDS: dict[str, tuple[str, ...]] = {
    "surveys": ("programme_id", "construct"),
    "responses": ("programme_id", "form"),
}
RECENT = 56  # days before the import with which its rows are compared
FEWEST = 30  # rows on either side, for any comparison
# What counts as a change: a limit of 1 warns from here on
SHARE = 0.05  # of empty cells, or of rows that are true, such as right decisions
CATEGORY = 0.02  # share of rows of a value that is new or gone
SCALE = 5.0  # factor between two means
PAST = 0.02  # share of earlier rows that are gone or were added later
DESIGN = 4.0  # variance of a share, in multiples of that of independent rows: people and weeks differ
CHANCE = 0.01  # that any of a table's comparisons is beyond chance by chance
MANY = 20.0  # rows of a value that would have been expected, for it to be gone


@dataclass(frozen=True, eq=False)
class Profile:
    """One table of one market in numbers: by column and figure, by column and value (counts), by column and kind."""

    rows: int
    row: Mapping[str, Any]
    values: Mapping[tuple[str, str], int]
    means: Mapping[tuple[str, Any], tuple[float, int]]


def profile(engine: Engine, table: str, market: str, where: str = "") -> Profile:
    """Return rows, empty cells, means and values of one table in one market.

    Parameters
    ----------
    engine : Engine
    table : str
        One of `CATEGORIES`.
    market : str
    where : str
        Further condition in SQL.
    """
    columns = TABLES[table].columns
    condition = f"market = '{market}'{f' AND {where}' if where else ''}"
    known = TABLES[table].known
    sums = ["COUNT(*) AS n_rows", f"MAX(CAST({known} AS TIMESTAMP)) AS last_known"]
    sums += [f"SUM(CASE WHEN {c.name} IS NULL THEN 1 ELSE 0 END) AS null_{c.name}" for c in _empty(table)]
    for c in columns:
        if c.kind == "flag":
            sums += [f"AVG(CASE WHEN {c.name} THEN 1.0 ELSE 0.0 END) AS mean_{c.name}"]
    row = engine.arrow(f"SELECT {', '.join(sums)} FROM {table} WHERE {condition}").to_pylist()[0]
    parts = [
        f"SELECT '{name}' AS name, {name} AS value, COUNT(*) AS n FROM {table} "
        f"WHERE {condition} AND {name} IS NOT NULL GROUP BY {name}"
        for name in CATEGORIES[table]
    ]
    counted = engine.arrow(" UNION ALL ".join(parts)).to_pylist() if parts else []
    values = {(found["name"], found["value"]): found["n"] for found in counted}
    return Profile(row["n_rows"], row, values, _means(engine, table, condition))


def _means(engine: Engine, table: str, condition: str) -> dict[tuple[str, Any], tuple[float, int]]:
    """Return mean size and number of the numbers of each column and kind of row."""
    names = _numbers(table)
    if not names:
        return {}
    kinds = ", ".join(KINDS.get(table, ()))
    sums = [f"AVG(ABS(CAST({n} AS DOUBLE))) AS mean_{n}, COUNT({n}) AS count_{n}" for n in names]
    group = f" GROUP BY {kinds}" if kinds else ""
    rows = engine.arrow(
        f"SELECT {', '.join([*KINDS.get(table, ()), *sums])} FROM {table} WHERE {condition}{group}"
    ).to_pylist()
    return {
        (n, tuple(row[kind] for kind in KINDS.get(table, ()))): (
            float(row[f"mean_{n}"] or 0),
            row[f"count_{n}"],
        )
        for row in rows
        for n in names
    }


def _numbers(table: str) -> list[str]:
    return [c.name for c in TABLES[table].columns if c.kind in ("number", "count")]


def _empty(table: str) -> list[Any]:
    """Columns that may be empty, and are not empty only until something happens."""
    return [c for c in TABLES[table].columns if c.optional and not c.since and c.name != "comment"]


def drift_checks(
    now: Engine, then: Engine, table: str, market: str, limits: Limits
) -> Iterator[dict[str, Any]]:
    """Yield how the rows that came since `then` differ from those of the eight weeks before; and how the past changed.

    Parameters
    ----------
    now, then : Engine
        The table as it is, and as it was before it last changed.
    table, market : str
    limits : Limits

    Notes
    -----
    A share differs if it does so by `SHARE`, and beyond chance: its standard error is that of a design effect of
    `DESIGN`, the level `CHANCE` divided by the number of comparisons of this table. If fewer than `FEWEST` rows came,
    the whole table is compared with what it was.
    """
    named = {"table": table, "market": market, "kind": "drift"}
    known = f"CAST({TABLES[table].known} AS TIMESTAMP)"
    before = profile(then, table, market)
    if before.rows < FEWEST:
        yield named | {"check": "drift", "status": "not_run", "note": f"fewer than {FEWEST} rows before"}
        return
    last = pd.Timestamp(before.row["last_known"])
    cut = f"TIMESTAMP '{last}'"
    past, came = (profile(now, table, market, f"{known} {sign} {cut}") for sign in ("<=", ">"))
    yield named | _past(table, before.rows, past.rows, limits)
    if came.rows >= FEWEST:
        recent = f"{known} > TIMESTAMP '{last - pd.Timedelta(RECENT, 'D')}'"
        before = profile(then, table, market, recent)
    else:
        came = profile(now, table, market)
    if min(before.rows, came.rows) < FEWEST:
        yield named | {"check": "drift", "status": "not_run", "note": f"fewer than {FEWEST} rows to compare"}
        return
    if table in KINDS and not before.means.keys() & came.means.keys():
        yield named | {"check": "drift_scale", "status": "not_run", "note": "nothing of before came again"}
    for check, changes in _changes(table, before, came).items():
        column, value, n = max(changes, key=lambda change: change[1], default=("", 0.0, 0.0))
        told = {"check": check, "column": column, "value": value, "n": n, "n_total": came.rows}
        yield named | told | {"status": limits.status(table, "drift", value, n)}


def lost(then: Engine, table: str, market: str, limits: Limits) -> dict[str, Any]:
    """Return the check of a market whose rows are all gone since `then`."""
    rows = profile(then, table, market).rows
    return {"table": table, "market": market, "kind": "drift", **_past(table, rows, 0, limits)}


def _past(table: str, then: int, now: int, limits: Limits) -> dict[str, Any]:
    changed = abs(now - then)
    value = changed / max(then, 1) / PAST
    found = {"check": "drift_past", "value": value, "n": changed, "n_total": then}
    return found | {"status": limits.status(table, "drift", value, changed)}


def _changes(table: str, before: Profile, came: Profile) -> dict[str, list[tuple[str, float, float]]]:
    """Return by check the changes as (column, multiple of what counts, rows concerned); 0 within chance."""
    flags = [c.name for c in TABLES[table].columns if c.kind == "flag" and not c.since]
    empty = [c.name for c in _empty(table)]
    level = CHANCE / max(len(flags) + len(empty), 1)
    shares = {
        "drift_nulls": [(name, *(_share(p, f"null_{name}") for p in (before, came))) for name in empty],
        "drift_share": [(name, *(float(p.row[f"mean_{name}"]) for p in (before, came))) for name in flags],
    }
    found = {
        check: [
            (name, _apart(a, b, before.rows, came.rows, level), abs(b - a) * came.rows) for name, a, b in rows
        ]
        for check, rows in shares.items()
    }
    # a new test or questionnaire has a scale of its own
    both = sorted(before.means.keys() & came.means.keys(), key=str)
    found["drift_scale"] = [(key[0], *_scale(before.means[key], came.means[key])) for key in both]
    found["drift_values"] = [
        change for name in CATEGORIES[table] for change in _values(name, before.values, came.values)
    ]
    kept = found if CATEGORIES[table] else {"drift_scale": found["drift_scale"]}
    return {check: changes for check, changes in kept.items() if changes or check == "drift_values"}


def _share(given: Profile, name: str) -> float:
    return float(given.row[name]) / given.rows


def _apart(before: float, came: float, n_before: int, n_came: int, level: float) -> float:
    """Difference of two shares in multiples of `SHARE`; 0 where chance explains it."""
    pooled = (before * n_before + came * n_came) / (n_before + n_came)
    error = math.sqrt(DESIGN * pooled * (1 - pooled) * (1 / n_before + 1 / n_came))
    beyond = abs(came - before) > NormalDist().inv_cdf(1 - level / 2) * error
    return abs(came - before) / SHARE if beyond else 0.0


def _scale(before: tuple[float, int], came: tuple[float, int]) -> tuple[float, float]:
    """How far two means are apart, in multiples of the factor that is another scale; and the rows behind it."""
    (a, n_before), (b, n_came) = before, came
    n = min(n_before, n_came)
    if n < FEWEST or not (a > 0 and b > 0):
        return 0.0, 0.0
    return abs(math.log(b / a)) / math.log(SCALE), float(n)


def _values(
    name: str, before: Mapping[tuple[str, str], int], came: Mapping[tuple[str, str], int]
) -> Iterator[tuple[str, float, float]]:
    """Values that are new, or gone although many rows of them were to be expected."""
    then = {value: n for (column, value), n in before.items() if column == name}
    now = {value: n for (column, value), n in came.items() if column == name}
    n_then, n_now = sum(then.values()), sum(now.values())
    if not n_then or not n_now:
        return
    for value in now.keys() - then.keys():
        share = now[value] / n_now
        # as rare a value may have been missed before
        yield name, share / CATEGORY if share * n_then >= MANY else 0.0, float(now[value])
    for value in then.keys() - now.keys():
        expected = then[value] / n_then * n_now
        yield name, then[value] / n_then / CATEGORY if expected >= MANY else 0.0, expected
