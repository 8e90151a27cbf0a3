"""What the commands about tables do: demo, sample, plan, import, check."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path
from typing import Any, cast

from tne.runs import inputs
from tne.runs.outcome import CONTRACT, UsageError

_SIGNS = {"pass": "✓", "warn": "!", "fail": "✗"}


def demo(asked: Namespace) -> int:
    """Make the demo workspace."""
    from tne.made import make

    print(make(asked.output, seed=asked.seed, record=asked.record))
    return 0


def sample(asked: Namespace) -> int:
    """Make the committed sample."""
    from tne.made import SAMPLE, make

    print(make(asked.output, **cast(dict[str, Any], SAMPLE)))
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
    from tne.tables.importers import import_export, import_known
    from tne.tables.importers.guessing import guess

    if asked.all:
        return _import_all(asked)
    if not asked.exports:
        raise UsageError("Name the files of one export, or import all that tne.toml lists: --all.")
    missing = [path for path in (asked.map, *asked.exports) if path and not path.exists()]
    if missing:
        raise UsageError(f"There is no file {missing[0]}. Correct its name.")
    answers = _answers(asked.set)
    if asked.map and (answers or asked.guess):
        raise UsageError("A mapping file says everything: leave out --set and --guess, or --map.")
    if asked.guess:
        print(guess(asked.exports, answers))
        return 0
    workspace = asked.workspace
    if workspace is None:
        workspace = inputs.nearest_settings()
        if workspace is None:
            raise UsageError("Say which workspace the export belongs to: --workspace DIR (made if absent).")
    if asked.map:
        print(import_export(asked.map, asked.exports, workspace).summary())
    else:
        print(import_known(asked.exports, workspace, answers).summary())
    return 0


def _import_all(asked: Namespace) -> int:
    from tne.commands.listed import import_listed

    if asked.exports or asked.map or asked.set or asked.guess:
        raise UsageError("--all reads what tne.toml lists. Leave out files, --map, --set and --guess.")
    root = asked.workspace or inputs.nearest_settings()
    if root is None or not (root / "tne.toml").is_file():
        raise UsageError(
            "There is no tne.toml here that lists exports. Name the workspace, or begin one: `tne init`."
        )
    return import_listed(root)


def _answers(given: list[str]) -> dict[str, str]:
    """Read NAME=VALUE pairs."""
    pairs = [text.partition("=") for text in given]
    wrong = [name for name, sign, value in pairs if not (name and sign and value)]
    if wrong:
        raise UsageError(f"--set wants NAME=VALUE, {len(wrong)} of {len(pairs)} are not so.")
    return {name.strip(): value.strip() for name, _, value in pairs}


def check(asked: Namespace) -> int:
    """Validate every table, and whether the data are whole; list what was set aside, and whom nobody knows."""
    from tne.runs.source import Warehouse, source
    from tne.tables.importers import quarantined
    from tne.tables.importers.commit import finish
    from tne.tables.importers.whoiswho import sentences, who_is_who
    from tne.tables.workspace import open as open_workspace

    root = inputs.workspace_root(asked.workspace)
    finish(root)
    stands = source(root)
    warehouse = isinstance(stands, Warehouse)
    tables = _in_warehouse(stands) if warehouse else tables_told(root)
    broken = sum(table["broken"] for table in tables)
    together = ""
    whole: dict[str, Any] = {"status": "not_run", "said": [], "checks": []}
    try:
        workspace = open_workspace(root)
    except ValueError as error:
        broken, together = broken + 1, str(error)
    else:
        whole = _whole(workspace)
    waiting: list[dict[str, Any]] = [
        {"table": table, "export": export, "rule": rule, "rows": n}
        for (table, export, rule), n in sorted(quarantined(root).items())
    ]
    people = who_is_who(root)
    stopped = sum(row["status"] == "fail" for row in whole["checks"])
    code = CONTRACT if broken or stopped else 0
    if asked.json:
        told = {"tables": tables, "together": together, "quarantine": waiting, "people": people}
        told["quality"] = {"status": whole["status"], "checks": whole["checks"]}
        print(json.dumps({**told, "broken": broken, "exit_code": code}, indent=1))
        return code
    for table in tables:
        sign = "✗" if table["broken"] else "–" if table["rows"] is None or warehouse else "✓"
        print("\n   ".join([f"{sign}  {table['table']}: {table['said']}", *table["findings"]]))
    if together:
        print(f"✗  together: {together}")
    for entry in waiting:
        print(
            f"!  quarantine: {_rows(entry['rows'])} of {entry['table']} from {entry['export']}: {entry['rule']}"
        )
    for sentence in sentences(people):
        print(f"?  {sentence}")
    for line in whole["said"]:
        print(line)
    if broken:
        print(f"{broken} rules are broken. Correct the export or its mapping, and import it again.")
    else:
        kept = "The columns of all tables keep" if warehouse else "All tables keep"
        count = sum(e["rows"] for e in waiting)
        print(f"{kept} their contract. {_rows(count)} {'waits' if count == 1 else 'wait'} in quarantine.")
    if stopped:
        print(f"Reports that need these data stop ({stopped} ✗). The limits are in [quality] of tne.toml.")
    return code


def _whole(workspace: Any) -> dict[str, Any]:
    """Return what the checks of data quality say: status, a line each for what warns or stops, all checks."""
    from tne.tables.quality_settings import limits
    from tne.tables.quality_words import described

    try:
        limits(workspace.config)
    except ValueError as error:
        raise UsageError(str(error)) from None
    found = workspace.quality()
    said = [
        f"{'✗' if row['status'] == 'fail' else '!'}  data: {described(row)}."
        for row in found.findings.to_dict("records")
    ]
    frame = found.to_frame()
    left = frame.loc[frame["status"].eq("not_run")]
    said += [
        f"–  data: {check} of {_places(own)} not run: {note}."
        for (check, note), own in left.groupby(["check", "note"])
    ]
    run = frame["status"].ne("not_run")
    said.append(
        f"{_SIGNS[found.status]}  data: {found.n:,} rows read; "
        f"{len(found.findings)} of {run.sum()} checks warn."
    )
    return {
        "status": found.status,
        "said": said,
        "checks": json.loads(frame.to_json(orient="records", date_format="iso")),
    }


def _places(checks: Any) -> str:
    """Tables, each with its markets."""
    told = []
    for table, own in checks.groupby("table", sort=True):
        markets = sorted({market for market in own["market"] if market})
        told.append(f"{table} ({', '.join(markets)})" if markets else table)
    return ", ".join(told)


def _rows(count: int) -> str:
    return f"{count} row{'s' if count != 1 else ''}"


def tables_told(root: Path) -> list[dict[str, Any]]:
    """Return, per table of the contract, its rows (None if there are none to count) and what it breaks."""
    from tne.tables.declared import TABLES
    from tne.tables.importers.touching import read_stored
    from tne.tables.validation import validate

    told: list[dict[str, Any]] = []
    for name in TABLES:
        if not any((root / "tables" / name).rglob("*.parquet")):
            told.append({"table": name, "rows": None, "said": "absent", "broken": 0, "findings": []})
            continue
        try:
            found = validate(name, read_stored(root, name))
        except (ValueError, TypeError, KeyError, OSError):  # its message may quote a value
            said = "its files do not have the columns and types of the contract"
            told.append({"table": name, "rows": None, "said": said, "broken": 1, "findings": []})
            continue
        stop = [finding for finding in found.findings if finding.severity != "note"]
        rows = len(found.frame)
        findings = [str(finding) for finding in found.findings]
        told.append(
            {"table": name, "rows": rows, "said": _rows(rows), "broken": len(stop), "findings": findings}
        )
    return told


def _in_warehouse(stands: Any) -> list[dict[str, Any]]:
    """Return the same of a warehouse: its columns are checked when it is opened, its values are not."""
    from tne.tables.declared import TABLES

    rows = {name: facts["rows"] for name, facts in stands.tables(None).items()}
    stands.close()
    said = {
        name: f"{n} rows in the warehouse; values and keys are not checked here" for name, n in rows.items()
    }
    return [
        {
            "table": name,
            "rows": rows.get(name),
            "said": said.get(name, "absent"),
            "broken": 0,
            "findings": [],
        }
        for name in TABLES
    ]
