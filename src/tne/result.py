"""What every analysis returns: named numbers with their interval, their sample and their caveats."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

ESTIMATE_COLUMNS: tuple[str, ...] = (
    "term",
    "estimate",
    "std_error",
    "statistic",
    "df",
    "p_value",
    "conf_low",
    "conf_high",
    "n",
    "n_people",
    "n_people_total",
    "conf_level",
    "unit",
    "estimand",
    "comparison",
    "method",
    "note",
)
STATUSES = ("pass", "warn", "fail", "not_run")
_TEXT = frozenset({"term", "unit", "estimand", "comparison", "method", "note"})
# what stands in a column that an analysis did not give
_ABSENT = {name: "" if name in _TEXT else math.nan for name in ESTIMATE_COLUMNS} | {"conf_level": 0.95}
_COUNTS = frozenset({"n", "n_people", "n_people_total"})


@dataclass(frozen=True)
class Check:
    """One threat to validity that an analysis tested.

    Parameters
    ----------
    name : str
        Key of the check, for example ``"pretrend"``; reports translate it.
    status : {"pass", "warn", "fail", "not_run"}
        ``"not_run"`` means that the data could not answer; it is never a pass.
    detail : str
        One sentence with the numbers behind the status.

    Examples
    --------
    >>> print(tne.Check("pretrend", "not_run", "only 1 week before the training").status)
    not_run
    """

    name: str
    status: str
    detail: str = ""

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise ValueError(f"Check status {self.status!r} is unknown. Use one of {', '.join(STATUSES)}.")


@dataclass(frozen=True, kw_only=True)
class Result:
    """Base of all results. ``str()`` is a sentence, ``.to_frame()`` is tidy and unrounded.

    Parameters
    ----------
    checks : tuple of Check
        The threats to validity that this analysis tests.

    Examples
    --------
    >>> scores = pd.DataFrame({"pre": [4.0, 5, 6, 7], "post": [6.0, 6, 9, 8]})
    >>> result = tne.mean_change(scores, pre="pre", post="post")
    >>> isinstance(result, tne.Result), len(result.to_frame())
    (True, 1)
    """

    checks: tuple[Check, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers as a tidy, unrounded frame: one row per estimate.

        Returns
        -------
        DataFrame
            Key columns first, then those of `Estimate`.

        Raises
        ------
        TypeError
            If a result has no frame of its own.

        Examples
        --------
        >>> markets = {"DE": [6.0, 6, 9, 8], "IE": [5.0, 7, 6, 9]}
        >>> frames = {m: pd.DataFrame({"pre": [4.0, 5, 6, 7], "post": post}) for m, post in markets.items()}
        >>> found = {m: tne.mean_change(f, pre="pre", post="post").to_frame() for m, f in frames.items()}
        >>> pd.concat(found, names=["market"]).reset_index("market")[["market", "estimate", "n_people"]]
          market  estimate  n_people
        0     DE      1.75       4.0
        0     IE      1.25       4.0
        """
        raise TypeError(f"{type(self).__name__} defines no frame of its own.")

    def __str__(self) -> str:
        return "\n".join(sentence(row) for row in self.to_frame().to_dict("records")) or "No estimates."

    def _repr_html_(self) -> str:
        return frame_html(self.to_frame()) + _checks_html(self.checks)


@dataclass(frozen=True, kw_only=True)
class Estimate(Result):
    """One number with its uncertainty.

    Parameters
    ----------
    term : str
        What the number is, for example ``"mean_change"``.
    estimate, std_error, statistic, df, p_value, conf_low, conf_high : float
        The number and its inference, in `unit`; NaN where undefined, with a `note`.
    n : float
        Rows that entered.
    n_people : float
        Distinct people in the smallest group that the number compares.
    n_people_total : float
        Distinct people in all groups.
    conf_level : float
        Confidence level of the interval, for example 0.95.
    unit, estimand, comparison, method, note : str
        What is measured, for whom, against whom, how, and what limits it.
    checks : tuple of Check
        The threats to validity that this analysis tests.

    Raises
    ------
    ValueError
        If the number is NaN without a note.

    Examples
    --------
    >>> print(tne.Estimate(term="gain", estimate=2.4, conf_low=1.3, conf_high=3.5, unit="points", n_people_total=40))
    gain: 2.4 points (95 % CI 1.3 to 3.5), 40 people
    """

    term: str
    estimate: float
    std_error: float = math.nan
    statistic: float = math.nan
    df: float = math.nan
    p_value: float = math.nan
    conf_low: float = math.nan
    conf_high: float = math.nan
    n: float = math.nan
    n_people: float = math.nan
    n_people_total: float = math.nan
    conf_level: float = 0.95
    unit: str = ""
    estimand: str = ""
    comparison: str = ""
    method: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        for field in fields(self):
            if field.name in ESTIMATE_COLUMNS and field.name not in _TEXT:
                object.__setattr__(self, field.name, float(getattr(self, field.name)))
        if math.isnan(self.estimate) and not self.note:
            raise ValueError(f"The estimate {self.term!r} is undefined (NaN). Say why in `note`.")

    def as_row(self) -> dict[str, Any]:
        """Return the fields in the fixed column order.

        Returns
        -------
        dict
            Unrounded.

        Examples
        --------
        >>> list(tne.Estimate(term="gain", estimate=2.4).as_row())[:3]
        ['term', 'estimate', 'std_error']
        """
        return {name: getattr(self, name) for name in ESTIMATE_COLUMNS}

    def to_frame(self) -> pd.DataFrame:
        return pd.DataFrame([self.as_row()], columns=list(ESTIMATE_COLUMNS))


@dataclass(frozen=True, kw_only=True, eq=False)
class Estimates(Result):
    """Many estimates as one frame: key columns first, then the fixed estimate columns.

    Parameters
    ----------
    table : DataFrame
        One row per estimate. Estimate columns that are absent are filled with NaN or "".
    keys : tuple of str
        Names of the leading key columns, for example ``("cohort", "period")``.
    checks : tuple of Check
        The threats to validity that this analysis tests.

    Raises
    ------
    KeyError
        If a key column is missing.
    ValueError
        If a number is NaN without a note.

    Examples
    --------
    >>> table = pd.DataFrame({"team": ["A", "B"], "term": "gain", "estimate": [1.5, 2.5], "unit": "points"})
    >>> print(tne.Estimates(table=table, keys=("team",)))
    gain (team A): 1.5 points
    gain (team B): 2.5 points
    """

    table: pd.DataFrame
    keys: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        missing = [key for key in self.keys if key not in self.table.columns]
        if missing:
            raise KeyError(f"Estimates lack their key columns {', '.join(missing)}.")
        given = self.table.reset_index(drop=True)
        # one frame at once: a column at a time costs as much as many an estimate
        columns = {
            name: given[name] if name in given.columns else _ABSENT[name]
            for name in (*self.keys, *ESTIMATE_COLUMNS)
        }
        table = pd.DataFrame(columns, index=given.index)
        silent = table["estimate"].isna() & (table["note"].fillna("") == "")
        if silent.any():
            raise ValueError(f"{int(silent.sum())} undefined estimates have no note. Say why in `note`.")
        object.__setattr__(self, "table", table)

    def to_frame(self) -> pd.DataFrame:
        return self.table.copy()

    def __len__(self) -> int:
        return len(self.table)

    def __iter__(self) -> Iterator[Estimate]:
        for row in self.table.to_dict("records"):
            yield estimate_from(row)

    def get(self, **where: Any) -> Estimate:
        """Return the one estimate whose columns equal `where`.

        Parameters
        ----------
        **where : Any
            Column and the value that it has, for example ``term="att"``.

        Returns
        -------
        Estimate

        Raises
        ------
        KeyError
            If no row, or more than one, matches.

        Examples
        --------
        >>> table = pd.DataFrame({"team": ["A", "B"], "term": "gain", "estimate": [1.5, 2.5]})
        >>> tne.Estimates(table=table, keys=("team",)).get(team="B").estimate
        2.5
        """
        hit = np.ones(len(self.table), dtype=bool)
        for column, value in where.items():
            if column not in self.table.columns:
                raise KeyError(f"There is no column {column!r}. Choose from {', '.join(self.table.columns)}.")
            hit &= (self.table[column] == value).to_numpy(dtype=bool)
        if hit.sum() != 1:
            raise KeyError(f"{int(hit.sum())} estimates match {where}; exactly one must. Add a key column.")
        return estimate_from(self.table.loc[hit].iloc[0].to_dict())


def estimate_from(row: Mapping[str, Any], checks: Sequence[Check] = ()) -> Estimate:
    """Build an `Estimate` from a row that has the fixed columns."""
    return Estimate(**{name: row[name] for name in ESTIMATE_COLUMNS if name in row}, checks=tuple(checks))


def sentence(row: Mapping[str, Any]) -> str:
    """Return the sentence a person would write about one estimate row."""
    keys = [f"{name} {value}" for name, value in row.items() if name not in ESTIMATE_COLUMNS]
    label = row["term"] + (f" ({', '.join(keys)})" if keys else "")
    if pd.isna(row["estimate"]):
        return f"{label}: – ({row['note']})"
    text = f"{label}: {number(row['estimate'])}" + (f" {row['unit']}" if row["unit"] else "")
    if not pd.isna(row["conf_low"]) or not pd.isna(row["conf_high"]):
        level = f"{100 * row['conf_level']:g} % CI"
        text += f" ({level} {number(row['conf_low'])} to {number(row['conf_high'])})"
    if not pd.isna(row["p_value"]):
        shown = p_text(row["p_value"])
        text += f", p {shown}" if shown.startswith("<") else f", p = {shown}"
    if not pd.isna(row["n_people_total"]):
        text += f", {int(row['n_people_total'])} people"
    if row["comparison"]:
        text += f"; compared with {row['comparison']}"
    return text + (f". {row['note']}" if row["note"] else "")


def number(value: Any) -> str:
    """Format a number for reading on the desk: four significant digits, "–" for NaN."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, (int, np.integer)) or (abs(value) >= 1000 and float(value).is_integer()):
        return f"{int(value)}"
    return f"{value:.4g}"


def p_text(p: float) -> str:
    """Format a p-value: "<0.001" below that, three decimals above."""
    if math.isnan(p):
        return "–"
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def frame_html(frame: pd.DataFrame) -> str:
    """Return a plain table with every cell escaped; constant text columns become the caption."""
    constant = {
        name: str(frame[name].iloc[0])
        for name in ("unit", "estimand", "comparison", "method")
        if name in frame.columns and len(frame) and len(set(frame[name])) == 1 and frame[name].iloc[0]
    }
    shown = [
        c
        for c in frame.columns
        if c not in constant and not (c in ESTIMATE_COLUMNS and (frame[c].isna() | (frame[c] == "")).all())
    ]
    head = "".join(f'<th scope="col">{html.escape(str(c))}</th>' for c in shown)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(_cell(c, row[c]))}</td>" for c in shown) + "</tr>"
        for row in frame.to_dict("records")
    )
    caption = html.escape("; ".join(f"{name}: {text}" for name, text in constant.items()))
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(column: str, value: Any) -> str:
    if column == "p_value":
        return p_text(float(value))
    if column in _COUNTS and not pd.isna(value):
        return f"{int(value)}"
    if isinstance(value, (float, int, np.floating, np.integer)) and not isinstance(value, bool):
        return number(value)
    return "–" if value is None or (not isinstance(value, str) and pd.isna(value)) else str(value)


def _checks_html(checks: Sequence[Check]) -> str:
    if not checks:
        return ""
    items = "".join(
        f"<li>{html.escape(c.name)}: <strong>{html.escape(c.status)}</strong> {html.escape(c.detail)}</li>"
        for c in checks
    )
    return f"<ul>{items}</ul>"
