"""What each command of ``tne`` does; `tne.cli` only reads its arguments."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import Any

from tne.runs import inputs
from tne.runs.outcome import CONTRACT, UsageError
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
    from tne.made import make

    print(make(asked.output, seed=asked.seed, record=asked.record))
    return 0


def sample(asked: Namespace) -> int:
    """Make the committed sample."""
    from tne.made import SAMPLE, make

    print(make(asked.output, **SAMPLE))
    return 0


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

    workspace = asked.workspace
    if workspace is None:
        workspace = inputs.nearest_settings()
        if workspace is None:
            raise UsageError("Say which workspace the export belongs to: --workspace DIR (made if absent).")
    missing = [path for path in (asked.map, *asked.exports) if not path.exists()]
    if missing:
        raise UsageError(f"There is no file {missing[0]}. Correct its name.")
    print(import_export(asked.map, asked.exports, workspace).summary())
    return 0


def check(asked: Namespace) -> int:
    """Validate every table, and list what the imports have set aside."""
    from tne.tables.declared import TABLES
    from tne.tables.importers import quarantined
    from tne.tables.importers.keeping import read_stored
    from tne.tables.validation import validate
    from tne.tables.workspace import open as open_workspace

    root = inputs.workspace_root(asked.workspace)
    broken = 0
    for name in TABLES:
        if not any((root / "tables" / name).rglob("*.parquet")):
            print(f"–  {name}: absent")
            continue
        try:
            stored = read_stored(root, name)
        except (ValueError, TypeError, KeyError, OSError):  # its message may quote a value
            broken += 1
            print(f"✗  {name}: its files do not have the columns and types of the contract")
            continue
        found = validate(name, stored)
        stop = [finding for finding in found.findings if finding.severity != "note"]
        broken += len(stop)
        print(f"{'✗' if stop else '✓'}  {name}: {len(found.frame)} rows")
        for finding in found.findings:
            print(f"   {finding}")
    try:
        open_workspace(root)
    except ValueError as error:
        broken += 1
        print(f"✗  together: {error}")
    waiting = quarantined(root)
    for (table, source, rule), n in sorted(waiting.items()):
        print(f"!  quarantine: {n} rows of {table} from {source}: {rule}")
    told = f"{broken} rules are broken. Correct the export or its mapping, and import it again."
    print(
        told
        if broken
        else f"All tables keep their contract. {sum(waiting.values())} rows wait in quarantine."
    )
    return CONTRACT if broken else 0
