"""What each command of ``tne`` does; `tne.cli` only reads its arguments."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from typing import Any

from tne.runs import inputs
from tne.runs.outcome import UsageError
from tne.runs.parameters import Text


def run(asked: Namespace) -> int:
    """Make every report that is due."""
    from tne.runs.execute import Interrupted, Signals
    from tne.runs.plan import find_notebooks, plan
    from tne.runs.run import Options
    from tne.runs.run import run as make

    with Signals() as signals:
        if asked.jobs < 0 or min(asked.cell_timeout, asked.run_timeout) <= 0:
            raise UsageError("--jobs and the time-outs must be positive. Leave them out for the defaults.")
        root = inputs.workspace_root(asked.workspace)
        notebooks = find_notebooks(asked.notebooks, root)
        what = {
            "reports": asked.report,
            "markets": asked.market,
            "period": asked.period,
            "language": asked.language,
        }
        given = dict(_pair(text) for text in asked.param)
        chosen = plan(root, notebooks, **what, given=given)
        if asked.dry_run:
            return _dry_run(asked, chosen)
        try:
            signals.check()
        except Interrupted as stop:
            return 128 + stop.signum
        options = Options(asked.jobs, asked.force, asked.cell_timeout, asked.run_timeout, quiet=asked.json)
        book = make(root, chosen, asked.output, options, {**what, "parameters": given}, signals)
    mine = [entry for entry in book["reports"] if entry["selected"]]
    if asked.json:
        keys = ("run_id", "status", "exit_code", "seconds")
        print(
            json.dumps({**{k: book[k] for k in keys}, "output": str(asked.output), "reports": mine}, indent=1)
        )
    else:
        print(_summary(mine, asked))
    return book["exit_code"]


def _pair(text: str) -> tuple[str, Text]:
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise UsageError(f"--param {text} is no name=value. Write for example --param weeks=12.")
    if name in ("workspace", "market", "period", "language"):
        raise UsageError(f"--param {name} has an option of its own. Write --{name}.")
    return name, Text(value)


def _dry_run(asked: Namespace, chosen: list[Any]) -> int:
    from tne.runs.run import is_due

    rows = [
        {
            "report": p.report,
            "market": p.market,
            "period": p.period or "latest",
            "status": "unreadable"
            if p.problem
            else "due"
            if is_due(p, asked.output, asked.force)
            else "unchanged",
            "run_id": p.run_id,
            "path": p.path,
        }
        for p in chosen
    ]
    if asked.json:
        print(json.dumps({"reports": rows}, indent=1))
        return 0
    for row in rows:
        print(f"{row['status']:<11}{row['report']} · {row['market']} · {row['period']}  {row['path']}")
    due = sum(row["status"] == "due" for row in rows)
    print(f"{due} of {len(rows)} reports are due.")
    return 0


def _summary(entries: list[dict[str, Any]], asked: Namespace) -> str:
    counts: dict[str, int] = {}
    for entry in entries:
        counts[entry["status"]] = counts.get(entry["status"], 0) + 1
    told = ", ".join(f"{n} {status}" for status, n in counts.items())
    return f"{told}. Open {asked.output / 'index.html'}"


def demo(asked: Namespace) -> int:
    """Make the demo workspace."""
    from tne.tables.workspace_files import make_demo

    return make_demo(asked.output, asked.seed)


def sample(asked: Namespace) -> int:
    """Make the committed sample."""
    raise UsageError("The sample is not available yet.")


def plan(asked: Namespace) -> int:
    """Freeze the plan of a programme."""
    from datetime import UTC, datetime

    from tne.tables import plans
    from tne.tables.workspace import open as open_workspace

    root = inputs.workspace_root(asked.workspace)
    frozen = plans.freeze(open_workspace(root), asked.programme, datetime.now(UTC))
    print(json.dumps(frozen, indent=1, default=str, ensure_ascii=False))
    return 0


def import_(asked: Namespace) -> int:
    """Read exports into the tables."""
    from tne.tables.importers import import_export

    report = import_export(asked.map, asked.exports, asked.workspace)
    print(report)
    return report.exit_code


def check(asked: Namespace) -> int:
    """Validate every table."""
    print("not available yet", file=sys.stderr)
    return 1
