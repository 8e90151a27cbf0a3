"""Is every report fresh? What the plan wants, against what stands in the output folder. Starts nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tne.runs import inputs, manifest, publish
from tne.runs.plan import Planned
from tne.runs.run import is_due

STATES = ("up to date", "due", "stale", "failed", "never made")
_COLUMNS = ("report", "market", "period", "data as of", "published", "state", "reason")


@dataclass(frozen=True)
class Freshness:
    """One report of one market.

    Parameters
    ----------
    report, market, period : str
        What it is; the period is that of the page, ``"latest"`` where the page names none.
    as_of : str
        Latest instant of the data that the page stands on, "" without a page.
    age_hours : float or None
        Hours since then.
    published : bool
        Whether a page stands there.
    state : str
        One of `STATES`.
    old : bool
        Whether its data are older than allowed.
    reason : str
        Why it is not up to date.
    path : str
        Where its page stands, or would.
    """

    report: str
    market: str
    period: str
    as_of: str
    age_hours: float | None
    published: bool
    state: str
    old: bool
    reason: str
    path: str

    @property
    def fresh(self) -> bool:
        """Whether nothing is left to do."""
        return self.state == "up to date" and not self.old


def freshness(
    chosen: Sequence[Planned], output: Path, now: datetime, max_age: float | None = None
) -> list[Freshness]:
    """Compare the plan with the output folder.

    Parameters
    ----------
    chosen : sequence of Planned
        What `tne.runs.plan.plan` returned.
    output : Path
        Folder of the published files; it need not exist.
    now : datetime
        The instant that ages are counted from, with a zone.
    max_age : float, optional
        Hours after which the data of a report are too old.
    """
    book = manifest.read(output)
    told = {entry.get("target"): entry for entry in book.get("reports", [])}
    return [_one(planned, output, book, told.get(planned.path, {}), now, max_age) for planned in chosen]


def _one(
    planned: Planned,
    output: Path,
    book: Mapping[str, Any],
    told: Mapping[str, Any],
    now: datetime,
    max_age: float | None,
) -> Freshness:
    record = publish.current(output, planned.path)
    state, reason = _state(planned, output, record, book, told)
    as_of = str(record.facts.get("as_of") or "") if record else ""
    age = _hours(as_of, now)
    old = max_age is not None and record is not None and (age is None or age > max_age)
    if old:
        late = (
            f"its data are {_age(age)} old"
            if age is not None
            else "its page does not say how old its data are"
        )
        reason = f"{reason} {late[0].upper()}{late[1:]}.".strip()
    return Freshness(
        planned.report,
        planned.market,
        planned.period or (record.period if record else "") or "latest",
        as_of,
        None if age is None else round(age, 2),
        record is not None,
        state,
        old,
        reason,
        planned.path,
    )


def _state(
    planned: Planned,
    output: Path,
    record: publish.Record | None,
    book: Mapping[str, Any],
    told: Mapping[str, Any],
) -> tuple[str, str]:
    status, said = told.get("status"), str(told.get("reason") or "")
    if planned.problem:
        return "stale" if record else "failed", planned.problem
    if record is None:
        if (output / planned.path).is_file():
            return "due", "The page is not the one that was published."
        return ("failed", said) if status in ("failed", "refused") else ("never made", said)
    if not is_due(planned, output):
        return "up to date", ""
    return ("stale", said) if status == "stale" else ("due", _changed(planned, book))


def _changed(planned: Planned, book: Mapping[str, Any]) -> str:
    """Say what differs from the last run, as far as its manifest tells."""
    before = (book.get("inputs") or {}).get(planned.market)
    if before is None:
        return ""
    names = [
        name
        for name in sorted({*before, *planned.inputs})
        if (before.get(name) or {}).get("sha256") != (planned.inputs.get(name) or {}).get("sha256")
    ]
    names += ["the code of tne"] if book.get("code_sha256") != inputs.code() else []
    names += ["a library"] if book.get("versions") != inputs.versions() else []
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"Changed: {', '.join(names[:3])}{more}." if names else ""


def _hours(instant: str, now: datetime) -> float | None:
    try:
        then = datetime.fromisoformat(instant)
    except ValueError:
        return None
    return (now - (then if then.tzinfo else then.replace(tzinfo=UTC))).total_seconds() / 3600


def _age(hours: float) -> str:
    return f"{hours:.0f} hours" if hours < 72 else f"{hours / 24:.0f} days"


def summary(rows: Sequence[Freshness], output: Path, now: datetime) -> dict[str, Any]:
    """Return everything as JSON takes it, the last run included."""
    book = manifest.read(output)
    keys = ("run_id", "status", "exit_code", "started_at", "finished_at", "shards")
    return {
        "output": str(output),
        "checked_at": now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "fresh": all(row.fresh for row in rows),
        "last_run": {key: book[key] for key in keys if key in book} or None,
        "reports": [{**asdict(row), "fresh": row.fresh} for row in rows],
    }


def table(rows: Sequence[Freshness], told: Mapping[str, Any]) -> str:
    """Return a plain table for a terminal or a log, and a last line that says it in one sentence."""
    cells = [_COLUMNS, *(_cells(row) for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(_COLUMNS) - 1)]
    lines = [
        "  ".join([*(c.ljust(w) for c, w in zip(line, widths, strict=False)), line[-1]]) for line in cells
    ]
    left = sum(not row.fresh for row in rows)
    said = f"{left} of {len(rows)} reports are not fresh." if left else f"All {len(rows)} reports are fresh."
    return "\n".join([*(line.rstrip() for line in lines), "", f"{said} {_last_run(told.get('last_run'))}"])


def _cells(row: Freshness) -> tuple[str, ...]:
    as_of = f"{row.as_of[:10]} ({_age(row.age_hours)})" if row.age_hours is not None else row.as_of or "–"
    state = f"{row.state}, old" if row.old else row.state
    return (row.report, row.market, row.period, as_of, "yes" if row.published else "no", state, row.reason)


def _last_run(last: Mapping[str, Any] | None) -> str:
    if not last:
        return "There was no run yet."
    shards = last.get("shards")
    if shards and len(shards["finished"]) < shards["of"]:
        return f"Of the last run, {len(shards['finished'])} of {shards['of']} shares have finished."
    if not last.get("finished_at"):
        return f"The last run started {last.get('started_at')} and has not finished."
    return f"The last run finished {last['finished_at']} with exit code {last.get('exit_code')}."
