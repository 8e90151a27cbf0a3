"""What the commands about reports do: run, status, schedule."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any, cast

from tne.runs import inputs
from tne.runs.outcome import SOME_FAILED, UsageError
from tne.runs.parameters import Text


def run(asked: Namespace) -> int:
    """Make every report that is due."""
    from tne.runs import notify
    from tne.runs.execute import Interrupted, Signals
    from tne.runs.progress import Events
    from tne.runs.run import run as make

    options = _options(asked)
    root = inputs.workspace_root(asked.workspace)
    tell = notify.settings(inputs.config(root))
    try:
        with Signals() as signals:
            chosen = _chosen(asked, root)
            if asked.dry_run:
                share = options.shard
                return _dry_run(asked, [p for p in chosen if share is None or share.takes(p.path)])
            try:
                signals.check()
            except Interrupted as stop:
                return 128 + stop.signum
            book = make(root, chosen, asked.output, options, _noted(asked), signals)
    except UsageError:
        raise  # whoever made the wrong call reads it
    except Exception as error:
        code = getattr(error, "exit_code", SOME_FAILED)
        # only our own sentences are known to quote nobody
        problem = str(error) if hasattr(error, "exit_code") else f"It ended with {type(error).__name__}."
        if asked.events:
            Events().tell("done", status="failed", exit_code=code, problem=problem)
        if not asked.dry_run:
            _notified(tell, notify.message(code, "failed", asked.output, [], problem))
        raise
    mine = [entry for entry in book["reports"] if entry["selected"]]
    keys = ("run_id", "status", "exit_code", "seconds")
    told = {**{k: book[k] for k in keys}, "output": str(asked.output), "reports": mine}
    if asked.events:
        Events().tell("done", **told)
    else:
        print(json.dumps(told, indent=1) if asked.json else _summary(mine, asked))
    _notified(tell, notify.message(book["exit_code"], book["status"], asked.output, mine))
    return cast(int, book["exit_code"])


def _options(asked: Namespace) -> Any:
    from tne.runs.run import Options
    from tne.runs.shard import Shard

    limits = (asked.cell_timeout, asked.run_timeout, asked.run_deadline, asked.memory)
    if asked.jobs < 0 or not all(limit is None or 0 < limit < float("inf") for limit in limits):
        raise UsageError(
            "--jobs, --memory and the time-outs must be positive. Leave them out for the defaults."
        )
    if asked.dry_run and asked.events:
        raise UsageError("--dry-run makes nothing happen. Take --json for the plan.")
    return Options(
        asked.jobs,
        asked.force,
        asked.cell_timeout,
        asked.run_timeout,
        run_deadline=asked.run_deadline or 0.0,
        memory=round((asked.memory or 0) * 1e9),
        engine=asked.engine,
        quiet=asked.json or asked.events,
        events=asked.events,
        shard=Shard.parse(asked.shard) if asked.shard else None,
    )


def _chosen(asked: Namespace, root: Path) -> list[Any]:
    from tne.runs.plan import find_notebooks, plan

    if (root / ".import" / "moves.json").is_file():
        from tne.tables.importers.commit import finish  # slow to import, and mostly not needed

        finish(root)
    noted = _noted(asked)
    return plan(
        root,
        find_notebooks(asked.notebooks, root),
        given=noted.pop("parameters"),
        output=asked.output,
        **noted,
    )


def _noted(asked: Namespace) -> dict[str, Any]:
    """Return what was asked for, as `plan` takes it and the manifest notes it."""
    return {
        "reports": asked.report,
        "markets": asked.market,
        "period": asked.period,
        "language": asked.language,
        "parameters": dict(_pair(text) for text in asked.param),
    }


def _notified(tell: Any, told: dict[str, Any]) -> None:
    from tne.runs import notify

    for fault in notify.send(tell, told):
        print(f"tne: {fault}", file=sys.stderr)


def status(asked: Namespace) -> int:
    """Say which reports are fresh."""
    from datetime import UTC, datetime

    from tne.runs import status as state

    if asked.max_age is not None and not asked.max_age > 0:
        raise UsageError("--max-age must be a positive number of hours. Leave it out to allow any age.")
    now = datetime.now(UTC)
    rows = state.freshness(
        _chosen(asked, inputs.workspace_root(asked.workspace)), asked.output, now, asked.max_age
    )
    told = state.summary(rows, asked.output, now)
    print(json.dumps(told, indent=1, ensure_ascii=False) if asked.json else state.table(rows, told))
    return 0 if told["fresh"] else SOME_FAILED


def schedule(asked: Namespace) -> int:
    """Write what makes a run happen by itself."""
    from tne.runs import cron
    from tne.runs import schedule as when
    from tne.runs.plan import house_notebooks

    root = inputs.workspace_root(asked.workspace)
    chosen = _chosen(asked, root)  # a wrong call is said now, not at five in the morning
    further = [
        *(word for name in ("report", "market") for word in _option(name, *getattr(asked, name))),
        *(
            word
            for name in ("period", "language")
            for word in _option(name, *filter(None, [getattr(asked, name)]))
        ),
        *(word for pair in asked.param for word in ("--param", pair)),
    ]
    notebooks = next(iter(house_notebooks(asked.notebooks, root).values())).parent
    task = when.Task(
        name=when.safe_name(root.name),
        command=when.command(root, notebooks, asked.output, further),
        cron=asked.cron or (cron.daily(asked.daily) if asked.daily else cron.weekly(*asked.weekly)),
        log=(asked.log or root / "tne-run.log").absolute(),
        timezone=when.zone(asked.timezone),
    )
    if (
        asked.log is None
    ):  # the words of a failed cell may quote what it read: the log is made for its owner alone
        task.log.touch(0o600)
    form = when.systemd_units if asked.systemd else when.jupyter_files if asked.jupyter else when.cron_files
    files = form(task)
    if asked.write is None:
        print(
            "\n".join(f"# {name}\n{text}" if len(files) > 1 else text for name, text in files.items()), end=""
        )
        return 0
    asked.write.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (asked.write / name).write_text(text, encoding="utf-8")
        print(asked.write / name)
    print(
        f"{len(chosen)} reports. {when.next_step(task, asked.write.absolute(), sorted(files))}",
        file=sys.stderr,
    )
    return 0


def _option(name: str, *values: str) -> list[str]:
    return [f"--{name}", *values] if values else []


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
