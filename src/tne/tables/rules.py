"""The pandera schema that follows from a contract: null, value, range and order rules, vectorised."""

from __future__ import annotations

import re
import sys
from functools import cache
from typing import Any, cast

import pandas as pd

from tne.tables.declared import contract
from tne.tables.schema import Column

_EARLIEST, _LATEST = pd.Timestamp("2000-01-01"), pd.Timestamp("2100-01-01")


def broken(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return what breaks the contract of table `name`: `index`, `column` and `check`; no rows if nothing does.

    Notes
    -----
    pandera's own report holds values, so nothing else of it leaves this function.
    """
    checks, refused = _schema(name, tuple(frame.columns))
    try:
        checks.validate(frame, lazy=True)
    except refused as errors:
        return cast(Any, errors).failure_cases[["index", "column", "check"]]
    return pd.DataFrame({"index": [], "column": [], "check": []})


@cache
def _schema(name: str, present: tuple[str, ...]) -> tuple[Any, type[Exception]]:
    """Return the pandera schema derived from the contract of table `name`, and the error that it raises."""
    pa = _pandera()
    table = contract(name)
    columns = {
        c.name: pa.Column(checks=[pa.Check(f, name=rule) for rule, f in _rules(c)], nullable=c.optional)
        for c in table.columns
        if c.name in present
    }
    pairs = [pair for pair in table.ordered if set(pair) <= set(present)]
    checks = [pa.Check(_ordered(first, second), name=f"order|{first} × {second}") for first, second in pairs]
    return pa.DataFrameSchema(columns, checks=checks), pa.errors.SchemaErrors


def _pandera() -> Any:
    """Return pandera, without what it would load where it is installed: Spark, with a warning, and hypothesis."""
    hidden = {name: None for name in ("pyspark", "hypothesis") if name not in sys.modules}
    sys.modules.update(hidden)  # type: ignore[arg-type]
    try:
        import pandera.pandas
    finally:
        for module in hidden:
            del sys.modules[module]
    return pandera.pandas


def _rules(column: Column) -> list[tuple[str, Any]]:
    rules: list[tuple[str, Any]] = []
    if column.values:
        rules.append(("values", lambda s: s.isin(column.values)))
    if column.low is not None or column.high is not None or column.above is not None:
        rules.append(("range", lambda s: _in_range(s, column)))
    if column.pattern:
        rules.append(
            ("pattern", lambda s: s.isin([v for v in s.unique() if re.fullmatch(column.pattern, v)]))
        )
    if column.kind in ("instant", "day"):
        rules.append(("date_range", _in_time))
    if column.name == "timezone":
        rules.append(("time_zone", lambda s: s.isin([v for v in s.unique() if known_zone(v)])))
    return rules


def known_zone(name: str) -> bool:
    """Whether `name` is a time zone of the IANA data base."""
    from zoneinfo import available_timezones

    return name in available_timezones()


def _in_range(values: pd.Series, column: Column) -> pd.Series:
    inside = pd.Series(True, index=values.index)
    if column.low is not None:
        inside &= values >= column.low
    if column.high is not None:
        inside &= values <= column.high
    if column.above is not None:
        inside &= values > column.above
    return inside.astype(bool)


def _in_time(values: pd.Series) -> pd.Series:
    zone = values.dt.tz
    return (values >= _EARLIEST.tz_localize(zone)) & (values < _LATEST.tz_localize(zone))


def _ordered(first: str, second: str) -> Any:
    def check(frame: pd.DataFrame) -> pd.Series:
        return ~(frame[first] > frame[second]).fillna(False).astype(bool)

    return check
