"""``manifest.json``: what a run read, made and left out. The only file that knows a clock."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from tne.runs import inputs
from tne.runs.plan import Planned
from tne.runs.publish import Record, replace

SCHEMA = 1
NAME = "manifest.json"
_SHARE = 0.05  # of a run's time may go into writing its manifest while it grows
_NO_PEOPLE = frozenset({"markets", "programmes", "sessions", "items", "policies", "costs"})


def now() -> str:
    """Return the instant in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def read(output: Path) -> dict[str, Any]:
    """Return the manifest of the run before, empty if there is none of this schema."""
    try:
        found = json.loads((output / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and found.get("schema_version") == SCHEMA else {}


class Book:
    """A manifest that grows report by report; an entry becomes text once, so that writing it again costs little.

    Parameters
    ----------
    facts : mapping
        Everything beside the reports.
    entries : sequence of mapping
        Reports that are told of already.
    """

    def __init__(self, facts: Mapping[str, Any], entries: Sequence[Mapping[str, Any]] = ()) -> None:
        self.facts = dict(facts)
        self._inputs = _json(self.facts.get("inputs", {}))
        self._entries: dict[str, tuple[dict[str, Any], str]] = {}
        self._written, self._took = -math.inf, 0.0
        self.note(*entries)

    def note(self, *entries: Mapping[str, Any]) -> None:
        """Tell of reports, each in the place of what was told of the same page."""
        for entry in entries:
            self._entries[entry["target"]] = (dict(entry), _json(entry))

    @property
    def reports(self) -> list[dict[str, Any]]:
        """What is told of each report, in the order of their pages."""
        return [self._entries[target][0] for target in sorted(self._entries)]

    def whole(self) -> dict[str, Any]:
        """Return the manifest as `read` gives it back."""
        return {**self.facts, "reports": self.reports}

    def refresh(self, output: Path) -> None:
        """Write the manifest unless it has just been written: with a thousand reports that would take most of a run."""
        if _SHARE * (time.monotonic() - self._written) >= self._took:
            self.write(output)

    def write(self, output: Path) -> None:
        """Replace the manifest in one step."""
        started = time.monotonic()
        parts = {name: _json(value) for name, value in self.facts.items() if name != "inputs"}
        parts["inputs"] = self._inputs
        told = ",\n".join(f"  {self._entries[target][1]}" for target in sorted(self._entries))
        parts["reports"] = f"[\n{told}\n ]" if told else "[]"
        lines = ",\n".join(f" {_json(name)}: {text}" for name, text in parts.items())
        replace(output / NAME, f"{{\n{lines}\n}}\n".encode())
        self._written = time.monotonic()
        self._took = self._written - started


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def write(output: Path, manifest: Mapping[str, Any]) -> None:
    """Replace the manifest in one step."""
    Book({k: v for k, v in manifest.items() if k != "reports"}, manifest.get("reports", ())).write(output)


def begin(
    root: Path, chosen: Sequence[Planned], options: Mapping[str, Any], before: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the manifest of a run that starts now, without its reports."""
    settings = inputs.config(root)
    return {
        "schema_version": SCHEMA,
        "run_id": inputs.digest([planned.run_id for planned in chosen])[:16],
        "status": "running",
        "exit_code": None,
        "started_at": now(),
        "finished_at": None,
        "seconds": None,
        "workspace": str(settings.get("name") or root.name),
        "options": dict(options),
        "min_n": min_n(settings),
        "min_n_lowered": min_n(settings) < 10,
        "seed": _seed(root),
        "code_sha256": inputs.code(),
        "versions": dict(inputs.versions()),
        "settings": inputs.settings(root),
        "inputs": {p.market: _told(p.inputs, min_n(settings)) for p in chosen},
        "quarantined": inputs.quarantined(root),
        "outputs": dict(before.get("outputs", {})),
    }


def _told(read: Mapping[str, Mapping[str, Any]], min_n: int) -> dict[str, Any]:
    """Return the inputs of a report; a short table about people would give the size of a small market away."""
    return {
        table: {
            **facts,
            "rows": facts["rows"] if facts["rows"] >= (table not in _NO_PEOPLE) * 5 * min_n else None,
        }
        for table, facts in read.items()
    }


def min_n(settings: Mapping[str, Any]) -> int:
    """Return the privacy threshold of the workspace: 10 people unless configured, never below 5."""
    return max(5, int(settings.get("min_n", 10)))


def _seed(root: Path) -> int | None:
    """Return the seed of a workspace that was simulated, None for a real one."""
    try:
        seed = json.loads((root / "made.json").read_text(encoding="utf-8")).get("seed")
        return cast("int | None", seed)
    except (OSError, ValueError, AttributeError):
        return None


def entry(
    planned: Planned,
    status: str,
    record: Record | None,
    *,
    seconds: float = 0.0,
    reason: str = "",
    cause: str = "",
) -> dict[str, Any]:
    """Return what the manifest says about one report; `record` is the page that stands there now."""
    return {
        "report": planned.report,
        "market": planned.market,
        "period": planned.period or (record.period if record else "") or "latest",
        "status": status,
        "path": record.path if record else None,
        "sha256": record.sha256 if record else None,
        "seconds": seconds,
        "reason": reason,
        "cause": cause,
        "selected": True,
        "run_id": planned.run_ids[record.reads] if record else planned.run_id,
        "published_run_id": record.run_id if record else None,
        "reads": record.reads if record else None,
        "suppressed": record.facts.get("suppressed") if record else None,
        "target": planned.path,
    }


def merge(
    entries: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, Any]], shelf: Mapping[str, Record]
) -> list[dict[str, Any]]:
    """Return the entries of this run and those of pages and failures that it did not touch, in a fixed order."""
    told = {e["target"]: dict(e) for e in entries}
    for old in before:
        path = old.get("target")
        if path in told or path is None:
            continue
        if path in shelf or old.get("path") is None:
            told[path] = {**old, "selected": False}
            if path in shelf:
                told[path]["sha256"] = shelf[path].sha256
                told[path]["status"] = "stale" if old["status"] == "stale" else "unchanged"
    for path, record in shelf.items():
        if path not in told:
            told[path] = {
                "report": record.report,
                "market": record.market,
                "period": record.period or "latest",
                "status": "unchanged",
                "path": path,
                "sha256": record.sha256,
                "seconds": 0.0,
                "reason": "",
                "cause": "",
                "selected": False,
                "run_id": record.run_id,
                "published_run_id": record.run_id,
                "reads": record.reads,
                "suppressed": record.facts.get("suppressed"),
                "target": path,
            }
    return [told[path] for path in sorted(told)]
