"""From which threshold on do data warn, and from which do they stop? ``[quality]`` of ``tne.toml``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tne.tables.declared import TABLES


@dataclass(frozen=True)
class Limit:
    """A value from which a check warns, and one from which it stops; infinite where it never does."""

    warn: float = math.inf
    stop: float = math.inf

    @property
    def first(self) -> float:
        """The value from which a check says something; infinite if it is switched off."""
        return min(self.warn, self.stop)


#: Kinds of checks with their limits where ``tne.toml`` says nothing; `docs/data-quality.md` gives the reasons.
DEFAULTS: dict[str, Limit] = {
    "quarantine": Limit(0.01),  # share of an export's rows that wait
    "join": Limit(0.02),  # share of rows or of people that find no partner
    "times": Limit(0.01),  # share of rows with times or values that cannot be
    "duplicates": Limit(0.005, 0.2),  # share of rows that stand twice
    "freshness": Limit(1.5),  # silence at the end, in multiples of the longest silence before it
    "coverage": Limit(2.0),  # factor by which a week's rows differ from the usual
    "drift": Limit(1.0),  # change in multiples of what counts as one
}
#: Kinds whose value is a share, so that a limit above 1 would never be passed.
SHARES = ("quarantine", "join", "times", "duplicates")
#: Fewest rows (or people, for freshness) on which a warning may rest.
ROWS = 10


@dataclass(frozen=True)
class Limits:
    """The limits of one workspace.

    Parameters
    ----------
    rows : int
        Fewest rows on which a warning may rest.
    general : mapping of str to Limit
        By kind of check.
    special : mapping of (str, str) to Limit
        By table and kind, where a table has its own.
    """

    rows: int
    general: Mapping[str, Limit]
    special: Mapping[tuple[str, str], Limit]

    def of(self, table: str, kind: str) -> Limit:
        """Return the limit of one kind of check on one table."""
        return self.special.get((table, kind), self.general[kind])

    def status(self, table: str, kind: str, value: float, n: float) -> str:
        """Return ``"pass"``, ``"warn"`` or ``"fail"`` of a value that rests on `n` rows."""
        limit = self.of(table, kind)
        if n < self.rows or not value >= limit.first:
            return "pass"
        return "fail" if value >= limit.stop else "warn"


def limits(config: Mapping[str, Any]) -> Limits:
    """Return the limits that ``[quality]`` sets, the defaults elsewhere.

    Raises
    ------
    ValueError
        If a key is unknown or a limit is no positive number (or false, which switches it off), or a share above 1.

    Examples
    --------
    >>> limits({"quality": {"join": {"stop": 0.3}}}).of("audits", "join")
    Limit(warn=0.02, stop=0.3)
    """
    given = config.get("quality", {})
    if not isinstance(given, Mapping):
        raise ValueError("[quality] in tne.toml is no table. Write for example `join = {warn = 0.02}` in it.")
    rows, general, special = ROWS, dict(DEFAULTS), {}
    for name, value in given.items():
        if name == "rows":
            rows = _rows(value)
        elif name in DEFAULTS:
            general[name] = _limit(value, DEFAULTS[name], f"[quality] {name}")
        elif name not in TABLES:
            raise ValueError(f"[quality] in tne.toml: {name!r} is neither a check nor a table. {_known()}")
    for table in (name for name in given if name in TABLES):
        if not isinstance(given[table], Mapping):
            raise ValueError(f"[quality.{table}] in tne.toml is no table. {_known()}")
        for kind, value in given[table].items():
            if kind not in DEFAULTS:
                raise ValueError(f"[quality.{table}] in tne.toml: {kind!r} is no check. {_known()}")
            special[table, kind] = _limit(value, general[kind], f"[quality.{table}] {kind}")
    return Limits(rows, general, special)


def _known() -> str:
    return f"Checks are {', '.join(DEFAULTS)}; `rows` is the fewest rows of a warning."


def _rows(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("[quality] rows in tne.toml is no whole number from 1 on. Correct it.")
    return value


def _limit(given: Any, before: Limit, where: str) -> Limit:
    if not isinstance(given, Mapping) or not set(given) <= {"warn", "stop"}:
        raise ValueError(f"{where} in tne.toml: write {{warn = …, stop = …}}, either may be left out.")
    found = {name: _bound(value, where) for name, value in given.items()}
    kind = where.split()[-1]
    if kind in SHARES and any(1 < value < math.inf for value in found.values()):
        raise ValueError(f"{where} in tne.toml: a limit of a share is at most 1. Write 0.02 for 2 %.")
    made = Limit(**{"warn": before.warn, "stop": before.stop, **found})
    if math.isfinite(made.warn) and made.stop < made.warn:
        raise ValueError(f"{where} in tne.toml stops before it warns. Let `stop` be at least `warn`.")
    return made


def _bound(value: Any, where: str) -> float:
    if value is False:
        return math.inf
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
        raise ValueError(f"{where} in tne.toml: a limit is a number above 0, or false for none. Correct it.")
    return float(value)
