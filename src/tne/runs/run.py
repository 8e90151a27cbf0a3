"""One run: plan, execute, gate, publish, index, manifest."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tne.runs import estimates, gate, inputs, manifest, publish
from tne.runs.execute import Executed, Interrupted, Limits, Signals, cores, execute, memory, work_folder
from tne.runs.outcome import Refused, exit_code
from tne.runs.plan import ALL, Planned
from tne.runs.progress import Progress

INDEX, NUMBERS = "index.html", "estimates.csv"


@dataclass(frozen=True)
class Options:
    """How a run is done; none of it changes what is published."""

    jobs: int = 0
    force: bool = False
    cell_timeout: float = Limits.cell
    report_timeout: float = Limits.report
    run_deadline: float = Limits.run
    memory: int = 0
    engine: str = "tne"
    quiet: bool = False

    @property
    def limits(self) -> Limits:
        """The limits of the run; memory is what the machine can spare unless given."""
        return Limits(self.cell_timeout, self.report_timeout, self.run_deadline, self.memory or memory())


def is_due(planned: Planned, output: Path, force: bool = False) -> bool:
    """Say whether a report has to be made again."""
    record = publish.current(output, planned.path)
    return force or record is None or record.run_id != planned.run_id


def run(
    root: Path,
    chosen: Sequence[Planned],
    output: Path,
    options: Options,
    asked: Mapping[str, Any],
    signals: Signals,
) -> dict[str, Any]:
    """Make every report that is due and return the manifest.

    Parameters
    ----------
    root : Path
        Workspace.
    chosen : sequence of Planned
        What `tne.runs.plan.plan` returned.
    output : Path
        Folder of the published files.
    options : Options
        How.
    asked : mapping
        What was asked for, noted in the manifest.
    signals : Signals
        Entered by the caller, so that no signal is missed between planning and running.

    Returns
    -------
    dict
        The manifest as written; ``exit_code`` is 0, 1, 3, 4, 5, 130 or 143.
    """
    output.mkdir(parents=True, exist_ok=True)
    with publish.locked(output):
        one = _Run(root, output, options, asked, chosen)
        try:
            with Progress(quiet=options.quiet) as one.progress:
                one.go(chosen, signals)
        except Interrupted as stop:
            one.interrupt(chosen, 128 + stop.signum)
        except BaseException:
            one.book |= {"status": "failed", "exit_code": 1}
            raise
        finally:
            one.close()
        return one.book


class _Run:
    """The state of one run: the manifest as it grows, and the entries of the reports so far."""

    def __init__(
        self, root: Path, output: Path, options: Options, asked: Mapping[str, Any], chosen: Sequence[Planned]
    ) -> None:
        self.root, self.output, self.options = root, output, options
        self.clock = time.monotonic()
        self.before = manifest.read(output)
        self.book = manifest.begin(root, chosen, asked, self.before)
        self.entries: dict[str, dict[str, Any]] = {}
        self.progress: Progress
        manifest.write(output, self.book)

    def go(self, chosen: Sequence[Planned], signals: Signals) -> None:
        """Make what is due, then the files over all reports."""
        due = []
        for planned in chosen:
            if planned.problem:
                self._failed(planned, "contract", planned.problem, 0.0)
            elif is_due(planned, self.output, self.options.force):
                due.append(planned)
            else:
                self._note(planned, "unchanged")
        if due:
            rows = inputs.markets(self.root)
            settings = inputs.config(self.root)
            work = work_folder(self.output / publish.CACHE)
            try:
                execute(
                    [(planned, self._job(planned, rows, settings)) for planned in due],
                    work,
                    jobs=min(self.options.jobs or cores(), len(due)),
                    done=self._done,
                    signals=signals,
                    started=lambda planned: self.progress.started(planned.label),
                    limits=self.options.limits,
                    engine=self.options.engine,
                )
            finally:
                shutil.rmtree(work, ignore_errors=True)
        signals.check()
        self._over_all()
        code = exit_code(self.entries.values())
        self.book |= {"status": "complete" if code == 0 else "failed", "exit_code": code}

    def _job(self, planned: Planned, rows: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
        row = rows.get(planned.market) or {"market": ALL, "name": "", "language": planned.language or "en"}
        return {
            "report": planned.report,
            "period": planned.period,
            "path": planned.path,
            "language": planned.language,
            "market": planned.market,
            "market_row": {k: v for k, v in row.items() if v is None or isinstance(v, str | int | float)},
            "min_n": manifest.min_n(settings),
            "parameters": planned.parameters,
            "workspace": str(self.root),
            "run_ids": {"own": planned.run_id, "all": planned.run_id},
            "provenance": {
                "run_id": planned.run_id,
                "parameters": {
                    k: v for k, v in planned.parameters.items() if k != "workspace" and v not in ("", None)
                },
                "inputs": {table: read["sha256"] for table, read in planned.inputs.items()},
                "versions": {**inputs.versions(), "code": inputs.code()[:12]},
                "contact": str(settings.get("contact", "")),
                "quarantined": sum(self.book["quarantined"].values()),
            },
        }

    def _done(self, executed: Executed) -> None:
        planned, result = executed.planned, executed.result
        seconds = result.get("seconds", 0.0)
        if not result["ok"]:
            self._failed(planned, result["cause"], result["reason"], seconds, result.get("detail", ""))
            return
        try:
            html = (executed.folder / "page.html").read_text(encoding="utf-8")
            rows = json.loads((executed.folder / "rows.json").read_text(encoding="utf-8"))
            private = json.loads((executed.folder / "private.json").read_text(encoding="utf-8"))
            gate.check_page(html, frozenset(private))
            gate.check_rows(rows, estimates.COLUMNS, planned.report, planned.market)
            estimates.check_unique(rows)
        except Refused as error:
            self._failed(planned, "gate", str(error), seconds)
            return
        period = planned.period or str(result["facts"].get("period") or "")
        publish.publish(
            self.output,
            planned.path,
            html,
            rows,
            run_id=planned.run_id,
            report=planned.report,
            market=planned.market,
            period=period,
            facts=result["facts"],
        )
        self._note(planned, "published", seconds=seconds)

    def _failed(self, planned: Planned, cause: str, reason: str, seconds: float, detail: str = "") -> None:
        standing = publish.current(self.output, planned.path)
        status = "stale" if standing else "refused" if cause == "gate" else "failed"
        self._note(planned, status, seconds=seconds, reason=reason, cause=cause, detail=detail)

    def _note(self, planned: Planned, status: str, *, detail: str = "", **facts: Any) -> None:
        record = publish.current(self.output, planned.path)
        self.entries[planned.path] = manifest.entry(planned, status, record, **facts)
        self.progress.finished(planned.label, self.entries[planned.path], detail)
        if status != "unchanged":
            self._write()

    def interrupt(self, chosen: Sequence[Planned], code: int) -> None:
        """Say of every report that is not finished that the run was interrupted."""
        for planned in chosen:
            if planned.path not in self.entries:
                self._note(planned, "interrupted", reason="The run was stopped by a signal.")
        self._over_all()
        self.book |= {"status": "interrupted", "exit_code": code}

    def _over_all(self) -> None:
        """Write the files over all reports, the index last."""
        shelf = publish.shelf(self.output)
        rows = [
            row
            for _, record in sorted(shelf.items(), key=lambda item: (item[0].count("/"), item[0]))
            for row in record.rows
        ]
        publish.replace(self.output / NUMBERS, estimates.to_csv(rows).encode())
        entries = manifest.merge(list(self.entries.values()), self.before.get("reports", []), shelf)
        self._index([_shown(entry) for entry in entries], shelf)
        publish.tidy(self.output, shelf)
        files = [INDEX, NUMBERS, *shelf]
        self.book["outputs"] = {name: inputs.digest((self.output / name).read_bytes()) for name in files}

    def _index(self, shown: list[dict[str, Any]], shelf: Mapping[str, publish.Record]) -> None:
        settings = inputs.config(self.root)
        identity = inputs.digest([shown, sorted(r.sha256 for r in shelf.values()), inputs.code(), settings])
        if identity != self.before.get("index_id") or not (self.output / INDEX).is_file():
            from tne.runs.render import render_index

            names = {code: str(row.get("name") or code) for code, row in inputs.markets(self.root).items()}
            html = render_index(shown, shelf, self.root, names, settings)
            gate.check_page(html)
            publish.replace(self.output / INDEX, html.encode())
        self.book["index_id"] = identity

    def _write(self) -> None:
        shelf = publish.shelf(self.output)
        self.book["reports"] = manifest.merge(
            list(self.entries.values()), self.before.get("reports", []), shelf
        )
        manifest.write(self.output, self.book)

    def close(self) -> None:
        """Finish the manifest, whatever has happened."""
        self.book |= {"finished_at": manifest.now(), "seconds": round(time.monotonic() - self.clock, 3)}
        self._write()


def _shown(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the index says about a report; nothing in it depends on the clock."""
    told = {k: entry[k] for k in ("report", "market", "period", "path", "target", "reason")}
    return {**told, "status": "published" if entry["status"] == "unchanged" else entry["status"]}
