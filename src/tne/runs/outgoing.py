"""Which published pages may leave? Those that are, to the byte, what a run has published and the gate still passes."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tne.report.estimates_columns import COLUMNS
from tne.runs import estimates, gate, inputs, manifest, publish
from tne.runs.outcome import Refused, UsageError

FORMATS = ("html", "pdf", "xlsx", "pptx", "csv")
_CODE = re.compile(r"[\w-]+")
_PATH = re.compile(r"[\w-]+/[\w-]+(?:/[\w-]+)?\.html")


@dataclass(frozen=True)
class Asked:
    """What goes out, and where to.

    Parameters
    ----------
    reports : Path
        Folder that `tne run` has written.
    target : Path
        Folder, or a file whose name ends in ``.zip``.
    formats : tuple of str
        Some of `FORMATS`.
    names, markets : tuple of str
        Only these reports and markets; all if empty.
    older : bool
        Also the pages of earlier periods.
    """

    reports: Path
    target: Path
    formats: tuple[str, ...] = ("html", "xlsx", "csv")
    names: tuple[str, ...] = ()
    markets: tuple[str, ...] = ()
    older: bool = False


@dataclass
class Outgoing:
    """One report on its way out."""

    entry: Mapping[str, Any]
    record: publish.Record | None = None
    html: str = ""
    files: dict[str, str] = field(default_factory=dict)  # name to SHA-256
    faults: list[tuple[str, str]] = field(default_factory=list)  # cause and reason
    seconds: float = 0.0

    @property
    def path(self) -> str:
        """Its place below the folder of the reports."""
        return str(self.entry["path"])

    @property
    def newest(self) -> str:
        """The place of the newest page of its report and market."""
        return f"{self.entry['report']}/{self.entry['market']}.html"

    @property
    def older(self) -> bool:
        """Whether it is the page of an earlier period."""
        return self.path != self.newest

    @property
    def label(self) -> str:
        """Its name for the person who waits."""
        parts = [self.entry["report"], self.entry["market"]]
        return " · ".join([*parts, self.entry["period"]] if self.older else parts)

    @property
    def stale(self) -> bool:
        """Whether the last run could not renew it."""
        return self.entry["status"] not in ("published", "unchanged")

    @property
    def status(self) -> str:
        """What became of it."""
        if self.faults:
            return "refused" if all(cause == "gate" for cause, _ in self.faults) else "failed"
        return "stale" if self.stale else "published"

    @property
    def reason(self) -> str:
        """Why it did not go out as a whole, or that it is stale."""
        if self.faults:
            return " ".join(reason for _, reason in self.faults)
        return "The last run could not renew it; the index says so." if self.stale else ""

    def named(self, kind: str) -> str:
        """Return its place in another format."""
        return Path(self.path).with_suffix(f".{kind}").as_posix()


def chosen(asked: Asked) -> list[dict[str, Any]]:
    """Return the entries of the manifest that are asked for and have a page."""
    book = manifest.read(asked.reports)
    if not book:
        raise UsageError(
            f"{asked.reports} holds no published reports. Make them with `tne run`, or name them by --reports."
        )
    if book.get("status") == "running":
        raise UsageError(f"A run of {asked.reports} has not finished. Wait for it, or start `tne run` again.")
    entries = _entries(book.get("reports"))
    for what, wanted in (("report", asked.names), ("market", asked.markets)):
        known = sorted({str(entry[what]) for entry in entries})
        unknown = sorted(set(wanted) - set(known))
        if unknown:
            raise UsageError(
                f"No {what} {', '.join(unknown)} was published in {asked.reports}. Choose from {', '.join(known)}."
            )
    found = [
        entry
        for entry in entries
        if (not asked.names or entry["report"] in asked.names)
        and (not asked.markets or entry["market"] in asked.markets)
        and (asked.older or entry["path"] != _older(entry))
    ]
    if not found:
        raise UsageError(f"{asked.reports} holds no such page. See `tne status`.")
    return found


def _entries(told: Any) -> list[dict[str, Any]]:
    """Return the entries that have a page."""
    keys = ("report", "market", "period", "path", "sha256", "status", "target", "reason")
    try:
        found = [dict(entry) for entry in told or () if entry.get("path")]
        whole = all(isinstance(entry[key], str) for entry in found for key in keys)
    except (AttributeError, KeyError, TypeError):
        whole = False
    if not whole or len({entry["path"] for entry in found}) < len(found):
        raise UsageError("manifest.json is not what a run writes. Make the reports again with `tne run`.")
    return found


def admit(
    page: Outgoing,
    reports: Path,
    private: frozenset[str],
    min_n: int = gate.FLOOR,
    withdrawn: Collection[tuple[str, str, str]] = (),
) -> None:
    """Read a page, and refuse it unless it is what a run has published and the gate still passes it.

    `withdrawn` are the pages (report, market, period) that the ledger knows as never shared.
    """
    entry, path = page.entry, page.path
    place = reports / path
    codes = all(_CODE.fullmatch(str(entry[key])) for key in ("report", "market", "period"))
    fits = codes and path in (page.newest, _older(entry))
    if not (fits and _PATH.fullmatch(path) and place.resolve().is_relative_to(reports.resolve())):
        raise Refused("Its place is not that of a report. Make it again with `tne run`.")
    try:
        content = place.read_bytes()
    except OSError:
        raise Refused("The page is gone. Make it again with `tne run`.") from None
    record = publish.current(reports, path)
    if record is None or not record.sha256 == entry["sha256"] == inputs.digest(content):
        raise Refused(
            "The page is not the one that was published: it was changed. Make it again with `tne run`."
        )
    if (record.report, record.market, record.path) != (entry["report"], entry["market"], path):
        raise Refused("Its record is that of another report. Make it again with `tne run`.")
    if (record.report, record.market, record.period or "latest") in withdrawn:
        raise Refused(
            "It was withdrawn from the ledger of released groups, as a page that nobody has. Delete it, or make it "
            "again with `tne run --force`."
        )
    html = content.decode()
    gate.check_page(html, private)
    gate.check_rows(record.rows, COLUMNS, record.report, record.market, min_n)
    leaked = gate.ids_in(estimates.to_csv(record.rows), private)
    if leaked:
        raise Refused(
            f"{leaked} ids of people stand in its rows of estimates.csv. Make it again with `tne run`."
        )
    page.record, page.html = record, html


def _older(entry: Mapping[str, Any]) -> str:
    """Return where the page of an earlier period stands."""
    return f"{entry['report']}/{entry['market']}/{entry['period']}.html"
