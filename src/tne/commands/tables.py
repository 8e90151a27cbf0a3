"""What the commands about tables do: demo, sample, plan, import, check."""

from __future__ import annotations

import json
from argparse import Namespace

from tne.runs import inputs
from tne.runs.outcome import CONTRACT, UsageError


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
    from tne.tables.importers import import_export, import_known
    from tne.tables.importers.guessing import guess

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


def _answers(given: list[str]) -> dict[str, str]:
    """Read NAME=VALUE pairs."""
    pairs = [text.partition("=") for text in given]
    wrong = [name for name, sign, value in pairs if not (name and sign and value)]
    if wrong:
        raise UsageError(f"--set wants NAME=VALUE, {len(wrong)} of {len(pairs)} are not so.")
    return {name.strip(): value.strip() for name, _, value in pairs}


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
