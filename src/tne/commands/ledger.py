"""What the command ledger does: say whom the released pages were about, in groups, or withdraw a page."""

from __future__ import annotations

import argparse
import json
from argparse import Namespace
from pathlib import Path
from typing import Any

from tne.runs import inputs
from tne.runs.outcome import OK, UsageError
from tne.tables.keyfile import open_key
from tne.tables.ledger import Ledger


def arguments(step: argparse.ArgumentParser) -> None:
    """Add the arguments of the command: without an action it lists."""
    step.add_argument("--json", action="store_true", help="print the list as JSON")
    actions = step.add_subparsers(dest="action", metavar="ACTION")
    withdraw = actions.add_parser(
        "withdraw", help="note that a page was never shared: its groups no longer count"
    )
    withdraw.add_argument("report", metavar="REPORT")
    withdraw.add_argument("market", metavar="MARKET", help="code, or all")
    withdraw.add_argument("period", metavar="PERIOD", help="as `tne ledger` lists it")
    withdraw.add_argument("--because", required=True, metavar="TEXT", help="why; it is kept with the note")
    more: dict[str, Any] = {"default": argparse.SUPPRESS, "help": argparse.SUPPRESS}
    withdraw.add_argument("--workspace", type=Path, metavar="DIR", **more)
    withdraw.add_argument("--debug", action="store_true", **more)


def ledger(asked: Namespace) -> int:
    """List what was released, or note that a page was never shared."""
    root = inputs.workspace_root(asked.workspace)
    if not any((root / "ledger").glob("*.jsonl")):
        print("[]" if asked.json else "Nothing was released from this workspace yet.")
        return OK
    opened = Ledger(root, open_key(root))
    return _withdraw(asked, opened) if asked.action == "withdraw" else _list(asked, opened)


def _list(asked: Namespace, opened: Ledger) -> int:
    rows: list[dict[str, Any]] = [
        {
            "statistic": release.name[0],
            "programme_id": release.name[1],
            "part": release.name[2] or "all",
            "people_of": scope,
            "start": release.start,
            "end": release.end,
            "people": 5 * round(release.people / 5),
            "report": release.report,
            "market": release.market,
            "period": release.period,
            "released_on": release.at[:10],
        }
        for scope in opened.scopes()
        for release in opened.releases(scope)
    ]
    if asked.json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return OK
    for row in rows:
        about = " · ".join(
            filter(None, (row["statistic"], row["programme_id"], row["part"], row["people_of"]))
        )
        page = f"{row['report']} · {row['market']} · {row['period']}"
        window = f"{row['start']} to {row['end']}" if row["start"] else "undated"
        print(f"{row['released_on']}  {page:<32} {about:<60} {window}  about {row['people']} people")
    print(f"{len(rows)} groups of people were released. The ledger holds keyed hashes, no ids.")
    return OK


def _withdraw(asked: Namespace, opened: Ledger) -> int:
    if not asked.because.strip():
        raise UsageError('Say why: --because "never sent to anybody".')
    count = opened.withdraw((asked.report, asked.market, asked.period), asked.because.strip())
    if count is None:
        raise UsageError(
            f"The ledger knows no page {asked.report} {asked.market} {asked.period}. `tne ledger` lists them."
        )
    print(
        f"The last release of the page no longer counts; it was the first to show {count} groups. That holds only if "
        "nobody has it: delete it wherever it lies, and run again with --force."
    )
    return OK
