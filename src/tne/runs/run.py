"""One run: plan, execute, gate, publish, index, manifest."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tne.runs import handover, inputs, manifest, publish, shard, together
from tne.runs.execute import Executed, Interrupted, Limits, Signals, execute
from tne.runs.hashes import Hashes
from tne.runs.outcome import Refused, exit_code
from tne.runs.plan import CACHE, Planned
from tne.runs.processes import can_fork
from tne.runs.progress import Progress
from tne.runs.resources import cores, memory, sweep, work_folder
from tne.runs.source import markets, source


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
    events: bool = False
    shard: shard.Shard | None = None


def is_due(planned: Planned, output: Path, force: bool = False) -> bool:
    """Say whether a report has to be made again."""
    return force or not _standing(planned, publish.current(output, planned.path))


def _standing(planned: Planned, record: publish.Record | None) -> bool:
    """Say whether a page was made from what would be read now: its own market's tables, or all of them."""
    return record is not None and record.run_id == planned.run_ids.get(record.reads)


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

    Raises
    ------
    UsageError
        If another run holds `output`, or nothing can be written there; nothing was started.
    Unwritable
        If writing failed later. What stands was published as a whole, and the next run goes on from there.
    """
    with _held(output, options.shard):
        one = _Run(root, output, options, asked, chosen)
        try:
            one.begin()
        except OSError as error:
            raise publish.cannot_start(output, error) from None
        try:
            one.whole(signals)
        except OSError as error:
            where, why = error.filename or output, error.strerror or type(error).__name__
            raise publish.Unwritable(
                f"The run stopped at {where}: {why}. What was published before stays. Make room or correct the rights, "
                "and run again: it goes on from here."
            ) from error
        return one.book.whole()


@contextmanager
def _held(output: Path, share: shard.Shard | None) -> Iterator[None]:
    with shard.running(output, share) if share else publish.locked(output):
        yield


class _Run:
    """The state of one run: the pages that stand, and the manifest as both grow."""

    def __init__(
        self, root: Path, output: Path, options: Options, asked: Mapping[str, Any], chosen: Sequence[Planned]
    ) -> None:
        self.root, self.output, self.options = root, output, options
        self.clock = time.monotonic()
        self.home = options.shard.folder(output) if options.shard else output  # of its own manifest
        # where its work folder is noted
        self.notes = output / CACHE if self.home == output else self.home
        self.chosen = [p for p in chosen if options.shard is None or options.shard.takes(p.path)]
        self.before = manifest.read(output)
        found = next((p.stands for p in chosen if p.stands), None)
        self.stands = found or source(root, Hashes(output / CACHE))
        self.hashes = self.stands.hashes
        self.shelf = publish.shelf(output, self.hashes)
        self.book = manifest.Book(
            manifest.begin(root, chosen, asked, self.before),
            manifest.merge([], self.before.get("reports", []), self.shelf),
        )
        self.entries: dict[str, dict[str, Any]] = {}
        self.desk = handover.Desk(root, manifest.min_n(inputs.config(root)))
        self.progress = Progress(quiet=options.quiet, events=options.events)

    def begin(self) -> None:
        """Write the manifest first: from now on it says that a run is under way. Then remove what a killed one left."""
        self.book.write(self.home)
        sweep(self.notes)
        self.hashes.save()

    def whole(self, signals: Signals) -> None:
        """Make everything, and finish the manifest whatever happens."""
        try:
            with self.progress:
                try:
                    self._go(signals)
                except Interrupted as stop:
                    self._interrupt(128 + stop.signum)
        except BaseException as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            for planned in self.chosen:
                if planned.path not in self.entries:
                    self._failed(
                        planned, "kernel", f"The run stopped before it was made: {why}.", 0.0, written=False
                    )
            with suppress(OSError):  # it would hide the fault that stopped the run
                self._leave()
            raise
        self._close()

    def _go(self, signals: Signals) -> None:
        """Make what is due, then the files over all reports."""
        due, rest = [], []
        for planned in self.chosen:
            if planned.problem:
                rest.append((planned, planned.problem))
            elif self.options.force or not _standing(planned, self.shelf.get(planned.path)):
                due.append(planned)
            else:
                rest.append((planned, ""))
        self.progress.begin(len(due))
        for planned, problem in rest:
            if problem:
                self._failed(planned, "contract", problem, 0.0)
            else:
                self._note(planned, "unchanged")
        if due:
            self._execute(due, signals)
        signals.check()
        code = exit_code(self.entries.values())
        self._finish("complete" if code == 0 else "failed", code)

    def _execute(self, due: Sequence[Planned], signals: Signals) -> None:
        rows, settings, options = markets(self.stands), inputs.config(self.root), self.options
        quarantined = sum(self.book.facts["quarantined"].values())
        limits = Limits(
            cell=options.cell_timeout,
            report=options.report_timeout,
            run=options.run_deadline,
            memory=options.memory or memory(),
        )
        engine = options.engine if can_fork() else "kernel"
        if engine != options.engine:
            self.progress.say(
                "This system cannot fork a warm process: each report runs in a stock kernel, more slowly."
            )
        work = work_folder(self.notes)
        try:
            execute(
                [(planned, handover.job(planned, self.root, rows, settings, quarantined)) for planned in due],
                work,
                jobs=min(options.jobs or (cores() if self.stands.side_by_side else 1), len(due)),
                done=self._done,
                signals=signals,
                started=lambda planned: self.progress.started(planned.label),
                cell=lambda planned, text: self.progress.cell(planned.label, text),
                limits=limits,
                engine=engine,
                environment=self.stands.environment,
            )
        finally:
            self.stands.close()
            shutil.rmtree(work, ignore_errors=True)

    def _done(self, executed: Executed) -> None:
        planned, result = executed.planned, executed.result
        seconds = result.get("seconds", 0.0)
        if not result["ok"]:
            self._failed(planned, result["cause"], result["reason"], seconds, result.get("detail", ""))
            return
        try:
            made = self.desk.taken(executed)
        except handover.Unfinished as error:
            self._failed(planned, "kernel", str(error), seconds)
            return
        except Refused as error:
            self._failed(planned, "gate", str(error), seconds, error.detail)
            return
        put = publish.publish(
            self.output,
            planned.path,
            made.html,
            made.rows,
            run_id=planned.run_ids[made.reads],
            report=planned.report,
            market=planned.market,
            period=made.period,
            facts=result["facts"],
            reads=made.reads,
        )
        fresh = {record.path: publish.slim(record) for record in put}
        self.shelf |= fresh
        for entry in manifest.merge([], [], {k: r for k, r in fresh.items() if k != planned.path}):
            self.book.note(entry)  # the page that went to the archive
        self._note(planned, "published", seconds=seconds)

    def _failed(
        self,
        planned: Planned,
        cause: str,
        reason: str,
        seconds: float,
        detail: str = "",
        *,
        written: bool = True,
    ) -> None:
        standing = planned.path in self.shelf
        status = "stale" if standing else "refused" if cause == "gate" else "failed"
        self._note(
            planned, status, seconds=seconds, reason=reason, cause=cause, detail=detail, written=written
        )

    def _note(
        self, planned: Planned, status: str, *, detail: str = "", written: bool = True, **facts: Any
    ) -> None:
        entry = manifest.entry(planned, status, self.shelf.get(planned.path), **facts)
        self.entries[planned.path] = entry
        self.book.note(entry)
        if written and status != "unchanged":
            self.book.refresh(self.home)
        self.progress.finished(planned.label, entry, detail)

    def _interrupt(self, code: int) -> None:
        """Say of every report that is not finished that the run was interrupted."""
        for planned in self.chosen:
            if planned.path not in self.entries:
                why = "The run was stopped by a signal."
                self._note(planned, "interrupted", written=False, reason=why)
        self._finish("interrupted", code)

    def _finish(self, status: str, code: int) -> None:
        """Say how it ended, and write what stands over all reports; shares of a run do so one after the other."""
        share, facts = self.options.shard, self.book.facts
        facts |= {"status": status, "exit_code": code, "finished_at": manifest.now()}
        facts["seconds"] = round(time.monotonic() - self.clock, 3)
        if share is None:
            self._together(self.book.reports)
            return
        with shard.alone(self.output):
            self.before, self.shelf = manifest.read(self.output), publish.shelf(self.output)
            whole = shard.merged(share, facts, self.entries, self.before, self.shelf)
            self._together(whole["reports"])
            manifest.write(self.output, whole | {key: facts[key] for key in ("outputs", "index_id")})

    def _together(self, reports: Sequence[Mapping[str, Any]]) -> None:
        self.book.facts |= together.write(
            self.stands, self.output, self.shelf, reports, self.before, self.desk.ids
        )
        if self.options.shard is None:  # another share may have put a record whose page is still to come
            publish.tidy(self.output, self.shelf)

    def _leave(self) -> None:
        """Finish after a fault: pages that were put before it get their numbers and their place in the index.

        Where these cannot be written, as on a full disk, the manifest goes on saying that the run is under way: it
        was stopped, and nothing that it says of files is untrue.
        """
        try:
            self._finish("failed", 1)
        except OSError:
            raise
        except Exception:  # what stopped the run may stand in the way of this too
            over = [self.output / name for name in (together.INDEX, together.NUMBERS)]
            self.book.facts["outputs"] |= {f.name: inputs.digest(f.read_bytes()) for f in over if f.is_file()}
            self.book.facts["outputs"] |= {path: record.sha256 for path, record in self.shelf.items()}
        self._close()

    def _close(self) -> None:
        """Finish the manifest."""
        took = round(time.monotonic() - self.clock, 3)
        self.book.facts |= {"finished_at": manifest.now(), "seconds": took}
        self.book.write(self.home)
