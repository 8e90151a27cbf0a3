"""How do the published reports stand, by the manifest of the runs: which could not be renewed, and where?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from tne.report.block import Block
from tne.report.exhibit import table
from tne.report.voice import Voice

MANIFEST, EDITION = "manifest.json", ".cache/edition.json"
BAD = ("failed", "refused", "stale", "interrupted")
COLUMNS = ("report", "market", "fine")


def report_states(root: Path | str | None, folder: str | None) -> pd.DataFrame | None:
    """Return how the newest page of each report stood after the last run that ended: report, market, fine.

    Parameters
    ----------
    root : Path or None
        Workspace; a relative `folder` starts there.
    folder : str or None
        Where reports are published. "" or None: none is named.

    Returns
    -------
    DataFrame or None
        None where there is no manifest yet, or none that can be read.

    Notes
    -----
    While a run is under way its manifest grows from second to second; then what the last edition of the reports said is
    taken instead. Neither is part of what a run id stands for, so that a page that shows it is not made again when it
    alone changes.

    Examples
    --------
    >>> tne.say.report_states("data/sample", None) is None
    True
    """
    if not folder:
        return None
    place = Path(folder) if Path(folder).is_absolute() or root is None else Path(root) / folder
    book = _read(place / MANIFEST)
    if book.get("schema_version") == 1 and book.get("status") != "running":
        told = [
            (entry.get("report"), entry.get("market"), entry.get("status") not in BAD)
            for entry in book.get("reports", ())
            if str(entry.get("target", "")).count("/") == 1
        ]
    else:
        now = _read(place / EDITION).get("now") or {}
        told = [(name, market, bool(fine)) for fine, market, name in dict(now.get("reports", {})).values()]
    rows = [(str(report), str(market), fine) for report, market, fine in told if report and market]
    return pd.DataFrame(rows, columns=list(COLUMNS)) if rows else None


def runs_text(voice: Voice, states: pd.DataFrame | None, names: Mapping[str, str], *, named: bool) -> Block:
    """Return how the reports of each market stand; where there is no manifest, a sentence.

    Parameters
    ----------
    voice : Voice
    states : DataFrame or None
        Of `report_states`.
    names : mapping
        Market names by code.
    named : bool
        Whether a folder was named.

    Returns
    -------
    Block
        Of kind ``"table"`` or ``"text"``.

    Raises
    ------
    KeyError
        If a column is absent.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "all", "language": "en"})
    >>> states = pd.DataFrame({"report": ["needs", "weekly"], "market": "IE", "fine": [True, False]})
    >>> tne.say.runs_text(voice, states, {"IE": "Ireland"}, named=True).html.count("<tr")
    2
    """
    if states is None:
        key = "runs.none" if named else "runs.not_named"
        return Block(html=f"<p>{voice.html(key)}</p>", kind="text")
    bad = states.loc[~states["fine"]]
    n = len(bad)
    lead = voice.html(
        "runs.bad" if n else "runs.fine", n=n or len(states), n_text=voice.count(n or len(states))
    )
    rows = []
    order = {code: k for k, code in enumerate([*names, "all"])}
    for market, part in sorted(states.groupby("market"), key=lambda one: order.get(one[0], len(order))):
        troubled = [voice.code("report", name) for name in part.loc[~part["fine"], "report"]]
        rows.append(
            {
                "market_name": names.get(
                    market, voice.text("portfolio.all_markets") if market == "all" else market
                ),
                "reports": len(part),
                "not_renewed": voice.listed(troubled) if troubled else voice.text("runs.nothing"),
            }
        )
    columns = {
        "market_name": voice.text("portfolio.column_market"),
        "reports": voice.text("runs.column_reports"),
    }
    columns |= {"not_renewed": voice.text("runs.column_not_renewed")}
    block = table(voice, "runs", pd.DataFrame(rows), columns=columns, formats={"reports": "count"})
    return Block(html=f"<p>{lead}</p>{block.html}", kind="table")


def _read(place: Path) -> dict[str, Any]:
    try:
        found = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
