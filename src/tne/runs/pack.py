"""What leaves the team: the published reports that are still what the gate has passed, in the formats people use."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, cast

from tne.runs import gate, inputs, leaving, manifest, parcel, pdf, publish
from tne.runs.cover import cover
from tne.runs.execute import Signals
from tne.runs.outcome import Refused, UsageError, exit_code
from tne.runs.outgoing import FORMATS, Asked, Outgoing, admit, chosen
from tne.runs.progress import Progress
from tne.runs.resources import cores
from tne.tables.ledger_file import LedgerError, withdrawn_pages

_POLL = 0.1


def missing(formats: Sequence[str] = FORMATS) -> dict[str, str]:
    """Return those of the formats that cannot be made here, each with what it needs."""
    from importlib.util import find_spec

    found = {}
    if "pdf" in formats and pdf.browser() is None:
        found["pdf"] = "pdf needs Chromium (Debian: `apt install chromium`), or a browser in TNE_CHROMIUM"
    if "pptx" in formats and find_spec("pptx") is None:
        found["pptx"] = 'pptx needs python-pptx: pip install "tne[slides]"'
    return found


def pack(asked: Asked, root: Path | None, signals: Signals, progress: Progress) -> dict[str, Any]:
    """Put the chosen reports into a folder or a zip, and say what became of each.

    Parameters
    ----------
    asked : Asked
    root : Path or None
        Workspace, for the ids that must not leave and the names in the index; None if it is not at hand.
    signals : Signals
        Entered by the caller; once one has come, nothing is put and `Interrupted` is raised.
    progress : Progress

    Returns
    -------
    dict
        ``output``, ``exit_code``, ``formats``, ``changed``, ``ids_checked``, and ``reports``, each with ``status``,
        ``reason`` and ``files``.

    Raises
    ------
    UsageError
        If there is nothing to publish, something else stands at the target, or a program is missing.

    Notes
    -----
    Every format is made from the page, so that nothing leaves which the gate has not seen. A page goes out only if it
    is, to the byte, the one that a run has published. What stood at the target stays if nothing can go out.
    """
    from tne.runs.worker import private_ids

    target = parcel.checked(asked.target, asked.reports)
    program = pdf.required() if "pdf" in asked.formats else ""
    if "pptx" in asked.formats and (lacking := missing(("pptx",))):
        raise UsageError(f"{lacking['pptx']}, or leave pptx out of --formats.")
    pages = [Outgoing(entry) for entry in chosen(asked)]
    private = frozenset(private_ids(root)) if root else frozenset()
    if not private:
        why = "The workspace holds no ids of people" if root else "No workspace is at hand"
        progress.say(f"{why}: the pages were checked when they were made, ids are not looked for again.")
    progress.begin(len(pages))
    with parcel.prepared(target) as work:
        made_with = _made_with(program)
        least = manifest.min_n(inputs.config(root)) if root else gate.FLOOR
        let = partial(admit, reports=asked.reports, private=private, min_n=least, withdrawn=_withdrawn(root))
        _all(pages, _maker(asked, work, target, private, let, program, made_with), signals, progress)
        _with_newest(pages, work / "files")
        sent = [page for page in pages if page.record and (page.files or "csv" in asked.formats)]
        changed = False
        if sent:
            with _writing():
                cover(asked, sent, work / "files", root, private, made_with)
                signals.check()
                changed = parcel.put(work, target)
    return _told(asked, pages, target, changed, bool(private))


def _withdrawn(root: Path | None) -> frozenset[tuple[str, str, str]]:
    try:
        return withdrawn_pages(root) if root else frozenset()
    except LedgerError as error:
        raise UsageError(f"{error} Restore it from a backup: it says which pages were withdrawn.") from None


def _maker(
    asked: Asked,
    work: Path,
    target: Path,
    private: frozenset[str],
    let: Callable[[Outgoing], None],
    program: str,
    made_with: str,
) -> Callable[[Outgoing, threading.Event], None]:
    before = parcel.note(target)
    known = {
        name: (sha256, told["page"])
        for told in before.get("reports", [])
        for name, sha256 in told.get("files", {}).items()
        if before.get("made_with") == made_with
    }

    def make(page: Outgoing, stop: threading.Event) -> None:
        started = time.monotonic()
        try:
            let(page)
        except Refused as error:
            page.faults.append(("gate", str(error)))
            return
        for kind in (kind for kind in asked.formats if kind != "csv"):
            name = page.named(kind)
            sha256, of = known.get(name, ("", ""))
            # a PDF takes seconds: that of an unchanged page is taken from the parcel that stands there
            old = (
                parcel.earlier(target, name, sha256)
                if kind == "pdf" and of == cast(publish.Record, page.record).sha256
                else None
            )
            try:
                content = old or _made(page, kind, work, program, stop)
                if kind != "html":
                    leaving.check_file(content, kind, page.html, private)
            except publish.Unwritable:
                raise
            except Refused as error:
                page.faults.append(("gate", str(error)))
            except pdf.NotPrinted as error:
                page.faults.append(("timeout", f"No PDF: {error}"))
            except Exception as error:  # of one report: the others go on, and its text may quote what it read
                page.faults.append(("cell", f"No {kind}: {type(error).__name__}."))
            else:
                _keep(content, work / "files" / name)
                page.files[name] = inputs.digest(content)
        page.seconds = round(time.monotonic() - started, 3)

    return make


def _with_newest(pages: Sequence[Outgoing], files: Path) -> None:
    """Keep pages of earlier periods back whose newest one does not go: the index leads to them through that."""
    gone = {page.path for page in pages if page.record and not page.older}
    for page in pages:
        if page.record and page.older and page.newest not in gone:
            for name in page.files:
                (files / name).unlink()
            page.files, page.record = {}, None
            page.faults.append(
                ("gate", "The newest page of this report does not go, so this one stays, too.")
            )


def _keep(content: bytes, place: Path) -> None:
    with _writing():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)


@contextmanager
def _writing() -> Iterator[None]:
    """A full disk ends it all: the parcel that stands is better than one that lacks files."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise publish.Unwritable(f"Cannot write beside the target: {why}. What stood there stays.") from None


def _made(page: Outgoing, kind: str, work: Path, program: str, stop: threading.Event) -> bytes:
    """Return one format of a page."""
    if kind == "html":
        return page.html.encode()
    if kind == "pdf":
        copy = work / "print" / page.path  # what was checked is what is printed
        _keep(page.html.encode(), copy)
        return pdf.print_page(program, copy, stop=stop)
    from tne.report.formats.reading import read_page

    if kind == "xlsx":
        from tne.report.formats.workbook import workbook

        return workbook(read_page(page.html))
    from tne.report.formats.slides import slides

    return slides(read_page(page.html))


def _all(
    pages: Sequence[Outgoing],
    make: Callable[[Outgoing, threading.Event], None],
    signals: Signals,
    progress: Progress,
) -> None:
    """Make all pages, a few at a time; a signal ends the browsers."""
    stop = threading.Event()

    def begun(page: Outgoing) -> None:
        progress.started(page.label)
        make(page, stop)

    with ThreadPoolExecutor(min(cores(), 4)) as pool:
        waiting: dict[Future[None], Outgoing] = {}
        try:
            for page in pages:
                waiting[pool.submit(begun, page)] = page
            while waiting:
                done, _ = wait(waiting, timeout=_POLL, return_when=FIRST_COMPLETED)
                signals.check()
                for future in done:
                    page = waiting.pop(future)
                    future.result()
                    entry = {"status": page.status, "reason": page.reason, "seconds": page.seconds}
                    progress.finished(page.label, entry)
        except BaseException:
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise


def _made_with(program: str) -> str:
    """Name what prints: PDFs are made again where it changes."""
    stamp = [Path(program).stat().st_mtime_ns, Path(program).stat().st_size] if program else []
    return inputs.digest([pdf.VERSION, program, stamp])[:16]


def _told(
    asked: Asked, pages: Sequence[Outgoing], target: Path, changed: bool, ids_checked: bool
) -> dict[str, Any]:
    told = [
        {
            **{key: page.entry[key] for key in ("report", "market", "period")},
            "status": page.status,
            "reason": page.reason,
            "cause": page.faults[0][0] if page.faults else "",
            "files": sorted(page.files),
            "seconds": page.seconds,
        }
        for page in pages
    ]
    # a stale page went out as it should; a page of which some formats failed is a failure beside one that went out
    went = [{"status": "published"} for page in pages if (page.record and not page.faults) or page.files]
    bad = [{"status": entry["status"], "cause": entry["cause"]} for entry in told if entry["cause"]]
    return {
        "output": str(target),
        "exit_code": exit_code([*went, *bad]),
        "formats": list(asked.formats),
        "changed": changed,
        "ids_checked": ids_checked,
        "reports": told,
    }
