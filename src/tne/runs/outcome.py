"""What can come of a report, and which exit code says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

OK, SOME_FAILED, USAGE, CONTRACT, GATE, KERNEL = 0, 1, 2, 3, 4, 5
STATUSES = ("published", "unchanged", "stale", "failed", "interrupted", "refused")
CAUSES = {
    "cell": SOME_FAILED,
    "contract": CONTRACT,
    "gate": GATE,
    "kernel": KERNEL,
    "memory": KERNEL,
    "timeout": KERNEL,
}


class UsageError(ValueError):
    """The call itself is wrong: nothing was started, exit code 2."""

    exit_code = USAGE


class ContractError(ValueError):
    """The tables of a workspace break their contract, exit code 3 if nothing else was published."""

    exit_code = CONTRACT


class Refused(ValueError):
    """A gate kept a report from being published, exit code 4 if nothing else was published.

    Its message may be shared; `detail` is for the terminal alone.
    """

    exit_code = GATE
    detail = ""


def exit_code(entries: Iterable[Mapping[str, Any]]) -> int:
    """Return the exit code of a run from its selected reports.

    Parameters
    ----------
    entries : iterable of mapping
        One per selected report, with ``status`` and, where it failed, ``cause`` (a key of `CAUSES`).

    Returns
    -------
    int
        0 if none failed; 3, 4 or 5 if every report failed for that one kind of cause and nothing was
        published or unchanged; else 1.

    Examples
    --------
    >>> exit_code([{"status": "published"}, {"status": "failed", "cause": "kernel"}])
    1
    >>> exit_code([{"status": "failed", "cause": "kernel"}, {"status": "failed", "cause": "timeout"}])
    5
    """
    entries = list(entries)
    bad = [entry for entry in entries if entry["status"] not in ("published", "unchanged")]
    if not bad:
        return OK
    kinds = {CAUSES.get(entry.get("cause") or "cell", SOME_FAILED) for entry in bad}
    return kinds.pop() if len(kinds) == 1 and len(bad) == len(entries) else SOME_FAILED
