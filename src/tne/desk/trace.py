"""What is a report's number made of? From a row of `estimates.csv` to function, tables, people, checks and code."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from tne.desk.answer import Answer, answer
from tne.desk.choices import Choice
from tne.desk.made import Made, made
from tne.desk.shelf import Shelf, shelf_of
from tne.desk.traced import trace_html
from tne.measures.learning import Learning
from tne.report.rounding import as_float
from tne.result import Estimate, Result
from tne.runs import manifest
from tne.runs.parameters import source
from tne.runs.plan import find_notebooks, read_notebook
from tne.tables.workspace import Workspace
from tne.tables.workspace import open as open_workspace

NUMBERS = ("estimate", "conf_low", "conf_high", "conf_level", "n", "n_people")
# Rows of the report whose number is an attribute of `Learning`
_PARTS = {
    ("gain", "mean_change"): "gain",
    ("gain", "weighted"): "weighted",
    ("gain", "imputed"): "imputed",
    ("attrition", "not_tested_again"): "attrition",
    ("standardized_change", "d_av"): "standardized",
    ("mastery", "mastery_change"): "mastery",
    ("difference", "ancova"): "against",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Trace(Result):
    """What a published number is made of.

    Parameters
    ----------
    row : dict
        The row of ``estimates.csv``.
    page : dict
        What the manifest tells of the report: path, status, run_id, sha256; empty where it tells nothing.
    made : Made or None
        Functions and tables; None for a report that is not the house's.
    tables : DataFrame
        table, rows (as read by that run; NaN where few rows would tell a market's size), sha256.
    cells : tuple of str
        Cells of the report's notebook that call the functions.
    answer : Answer or None
        The same asked at the desk today.
    exact : dict or None
        The same number, unrounded; None where the desk has no such question.
    agrees : bool or None
        Whether the exact number, rounded as a report rounds, is the published one; None where it cannot be told.
    why : str
        Why there is nothing exact, or what a disagreement means.
    """

    row: dict[str, Any]
    page: dict[str, Any]
    made: Made | None
    tables: pd.DataFrame
    cells: tuple[str, ...]
    answer: Answer | None = None
    exact: Mapping[str, Any] | None = None
    agrees: bool | None = None
    why: str = ""
    code: str = field(default="")

    def to_frame(self) -> pd.DataFrame:
        rows = [self.row, *([] if self.exact is None else [dict(self.exact)])]
        kinds = ["published", "exact"][: len(rows)]
        columns = ["term", *NUMBERS, "unit"]
        return pd.DataFrame(
            [
                {"kind": kind, **{c: row.get(c) for c in columns}}
                for kind, row in zip(kinds, rows, strict=True)
            ]
        )

    def __str__(self) -> str:
        number = self.row.get("estimate")
        shown = (
            f"hidden ({self.row.get('note')})"
            if pd.isna(number)
            else f"{number:g} {self.row.get('unit', '')}".strip()
        )
        by = (
            ""
            if self.made is None
            else f", made by {', '.join(f'tne.{name}' for name in self.made.functions)}"
        )
        told = {
            True: " The desk gives the same today.",
            False: f" {self.why}",
            None: f" {self.why}" if self.why else "",
        }
        name = "/".join(str(self.row[key]) for key in ("report", "market", "measure", "term"))
        return f"{name}: {shown}{by}.{told[self.agrees]}"

    def _repr_html_(self) -> str:
        return trace_html(self)


def published_numbers(output: str | Path = "reports") -> pd.DataFrame:
    """Return ``estimates.csv`` of a run: keys as text, "" where absent, numbers as numbers.

    Parameters
    ----------
    output : path
        Folder of finished reports.

    Returns
    -------
    DataFrame
        One row per published number, in the order of the file.

    Raises
    ------
    FileNotFoundError
        If the folder holds none.

    Examples
    --------
    >>> published_numbers("absent")
    Traceback (most recent call last):
    FileNotFoundError: absent/estimates.csv is not there. Make the reports with `tne run`, or name their folder.
    """
    place = Path(output) / "estimates.csv"
    if not place.is_file():
        raise FileNotFoundError(
            f"{place} is not there. Make the reports with `tne run`, or name their folder."
        )
    with place.open(encoding="utf-8", newline="") as file:
        frame = pd.DataFrame(list(csv.DictReader(file)), dtype=object)
    return frame.assign(
        **{name: pd.to_numeric(frame[name], errors="coerce") for name in NUMBERS if name in frame}
    )


def trace(row: Mapping[str, Any], output: str | Path = "reports", ws: Workspace | None = None) -> Trace:
    """Find what a published number is made of.

    Parameters
    ----------
    row : mapping
        One row of ``estimates.csv`` as `published_numbers` gives it, for example ``frame.iloc[0]``; at least report,
        market, measure and term.
    output : path
        Folder of the reports.
    ws : Workspace, optional
        The workspace that they came from. Default: `tne.open()`.

    Returns
    -------
    Trace
        ``.made`` (functions, tables), ``.tables`` (rows as read), ``.cells`` (of the notebook), ``.exact`` (the number
        unrounded) with ``.checks`` and ``.code``, ``.agrees``.

    Raises
    ------
    KeyError
        If the row lacks one of those names.
    TypeError
        If `row` is no row.

    Notes
    -----
    The exact number is that of today's tables. It differs from the published one where the tables, the plan or the code
    changed since, and `tne status` then says that the report is due.

    Examples
    --------
    >>> import tne
    >>> row = {"report": "weekly", "market": "ES", "measure": "error_rate", "term": "week"}
    >>> tne.trace(row, ws=tne.open("data/sample")).made.functions
    ('weekly_operations', 'weekly_signals')
    """
    if not isinstance(row, (Mapping, pd.Series)):
        raise TypeError(
            f"`row` must be one row of estimates.csv, not {type(row).__name__}: "
            "give tne.published_numbers().iloc[0], for example."
        )
    missing = [name for name in ("report", "market", "measure", "term") if name not in row]
    if missing:
        raise KeyError(f"The row lacks {', '.join(missing)}. Give a row of estimates.csv.")
    told = {str(name): value for name, value in dict(row).items()}
    return traced(shelf_of(open_workspace() if ws is None else ws), told, output)


def traced(shelf: Shelf, row: dict[str, Any], output: str | Path) -> Trace:
    """Return the trace of a row; see `trace`."""
    book = manifest.read(Path(output))
    page: Mapping[str, Any] = next((entry for entry in book.get("reports", ()) if _is_of(entry, row)), {})
    how = made(str(row["report"]), str(row["measure"]), str(row.get("group") or "all"))
    found, exact, why = _asked(shelf, row, how)
    agrees = None if exact is None else _agrees(row, exact)
    if agrees is False:
        why = (
            "The desk gives another number today: tables, plan or code changed since, and the report is due."
        )
    return Trace(
        row=row,
        page=dict(page),
        made=how,
        tables=_tables(book, page, how),
        cells=_cells(shelf, str(row["report"]), how),
        answer=found,
        exact=exact,
        agrees=agrees,
        why=why,
        code="" if found is None else found.code,
        checks=() if found is None else found.checks,
    )


def _is_of(entry: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    period = str(row.get("period") or "latest")
    return (entry["report"], entry["market"], entry["period"]) == (row["report"], row["market"], period)


def _asked(
    shelf: Shelf, row: Mapping[str, Any], how: Made | None
) -> tuple[Answer | None, Mapping[str, Any] | None, str]:
    """Ask the desk for the same number: the answer, its row, and why there is none."""
    if how is None or not how.question:
        return None, None, "The desk has no question for it: the cells of the notebook give it."
    choice = Choice(
        how.question,
        str(row["market"]),
        str(row.get("programme_id") or ""),
        period=str(row.get("period") or ""),
    )
    try:
        found = answer(shelf, choice)
    except (KeyError, ValueError) as error:
        return None, None, f"The desk cannot answer it today: {error.args[0]}"
    exact = _row_of(found, row)
    return (
        found,
        exact,
        "" if exact is not None else "The cells of the notebook give it; the desk has its neighbours.",
    )


def _row_of(found: Answer, row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    measure, term, group = str(row["measure"]), str(row["term"]), str(row.get("group") or "all")
    if found.choice.question == "effect":
        return found.found.row
    if isinstance(found.result, Learning):
        part = getattr(found.result, _PARTS.get((measure, term), ""), None) if group == "all" else None
        return part.as_row() if isinstance(part, Estimate) else None
    frame = found.to_frame()
    if "construct" not in frame or group != "all":
        return None
    mine = frame.loc[frame["construct"].astype(str).eq(measure) & frame["term"].eq(term)]
    return None if len(mine) != 1 else mine.iloc[0].to_dict()


def _agrees(row: Mapping[str, Any], exact: Mapping[str, Any]) -> bool | None:
    """Compare at the published digits; None where the report hides the number or the desk has none."""
    shown, own = as_float(row.get("estimate")), as_float(exact["estimate"])
    if math.isnan(shown) or math.isnan(own):
        return None
    digits = len(f"{shown:.12f}".rstrip("0").partition(".")[2])
    return math.isclose(shown, round(own, digits), rel_tol=1e-9, abs_tol=1e-9)


def _tables(book: Mapping[str, Any], page: Mapping[str, Any], how: Made | None) -> pd.DataFrame:
    """Return the tables and what the run read of them, where its manifest still tells it."""
    inputs = book.get("inputs", {})
    read = inputs.get(page.get("market")) or inputs.get("all", {})
    rows = [
        {
            "table": name,
            "rows": as_float(read.get(name, {}).get("rows")),
            "sha256": read.get(name, {}).get("sha256", "")[:12],
        }
        for name in dict.fromkeys(how.tables if how else read)
    ]
    return pd.DataFrame(rows, columns=["table", "rows", "sha256"])


def _cells(shelf: Shelf, report: str, how: Made | None) -> tuple[str, ...]:
    """Return the cells of the report's notebook that call the functions."""
    if how is None or shelf.ws.root is None:
        return ()
    path = find_notebooks(None, shelf.ws.root).get(report)
    if path is None:
        return ()
    cells = [source(cell) for cell in read_notebook(path)["cells"] if cell["cell_type"] == "code"]
    return tuple(cell for cell in cells if any(f"tne.{name}(" in cell for name in how.functions))
