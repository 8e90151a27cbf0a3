"""Whom is a page about, and may it stand beside what was released before? The last question before it is put."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tne.runs.outcome import Refused
from tne.runs.plan import ALL, Planned
from tne.tables.groups import Group, as_list, from_list, last_weeks
from tne.tables.ledger import Ledger, open_ledger
from tne.tables.ledger_file import LedgerError, Release, shown_before
from tne.tables.ledger_rules import refused, renamed

NOTED, GROUPS = "released", "groups.json"
_EVERY = ("audits", "production", "appeals", "tests", "surveys", "hires")
# What each report describes. What else it prints are estimates of models, which are rounded, agreement of raters, which
# is pooled, and headcounts, rounded to 5. A report that is not listed is taken to describe everything.
_FAMILIES = {
    "effectiveness": ("audits", "tests", "surveys"),
    "needs": ("audits", "appeals", "tests"),
    "calibration": (),
    "assessment": ("tests",),
    "onboarding": ("hires",),
    "weekly": ("audits", "production", "appeals"),
    "portfolio": (),
    "briefing": ("audits",),
}
_BY_WEEK = frozenset({"weekly", "briefing"})  # points of weeks: a later page adds weeks and changes none
_LAST_WEEKS = {"needs": ("audits", "appeals")}  # of a window that moves on
_WEEKS = 26


@dataclass(frozen=True)
class Shown:
    """One group that a page speaks of: of which market, and whether its numbers grow with its window."""

    scope: str
    cumulative: bool
    group: Group


def ask(folder: Path, planned: Planned) -> dict[str, str]:
    """Ask the openings of a report to note whom it is about; return the variable that tells them where."""
    families = _FAMILIES.get(planned.report, _EVERY)
    if not families:
        return {}
    asked = {"market": planned.market, "period": planned.period, "families": families}
    (folder / NOTED).write_text(json.dumps(asked) + "\n", encoding="utf-8")
    return {"TNE_RELEASED": str(folder / NOTED)}


def tell(folder: Path, job: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Write ``groups.json`` beside a page that is finished; return which tests and surveys had to wait.

    A notebook that published numbers without opening the workspace is taken to speak of everybody in it.
    """
    lines = _noted(folder)
    if (folder / NOTED).is_file() and not lines and any(row.get("estimate") is not None for row in rows):
        from tne.tables.workspace import open as open_workspace

        os.environ["TNE_RELEASED"] = str(folder / NOTED)
        market = None if job["market"] == ALL else job["market"]
        open_workspace(job["workspace"], until=job["period"] or None, market=market)
        lines = _noted(folder)
    report, weeks = job["report"], int(job["parameters"].get("weeks") or _WEEKS)
    told = []
    for line in lines:
        for group in map(from_list, line["groups"]):
            recent = group.statistic in _LAST_WEEKS.get(report, ())
            shown = last_weeks(group, weeks) if recent else group
            told.append([line["scope"], not recent and report not in _BY_WEEK, as_list(shown)])
    (folder / GROUPS).write_text(json.dumps(told), encoding="utf-8")
    return [one for line in lines for one in line["held"]]


def _noted(folder: Path) -> list[dict[str, Any]]:
    try:
        return [json.loads(line) for line in (folder / NOTED).read_text(encoding="utf-8").splitlines()[1:]]
    except FileNotFoundError:
        return []


def read(folder: Path) -> list[Shown]:
    """Return the groups that a report has left in `folder`."""
    told = json.loads((folder / GROUPS).read_text(encoding="utf-8"))
    return [Shown(scope, cumulative, from_list(group)) for scope, cumulative, group in told]


class Releases:
    """The ledger of a workspace as a run uses it; opened by the first page that is about anybody.

    Parameters
    ----------
    root : Path
        Workspace.
    min_n : int
        Fewest people by whom two releases of one statistic may differ.
    """

    def __init__(self, root: Path, min_n: int) -> None:
        self._root, self._min_n = root, min_n
        self._ledger: Ledger | None = None

    def admit(self, shown: Sequence[Shown], page: tuple[str, str, str]) -> None:
        """Note that a page (report, market, period) is about these groups, before it is put.

        Raises
        ------
        Refused
            If one of them differs from an earlier release by a few people, or the ledger cannot be read or written.
        """
        shown = [one for one in shown if len(one.group.members) >= self._min_n]
        if not shown:
            return
        try:
            self._ledger = self._ledger or open_ledger(self._root)
            with self._ledger.locked():
                self._compare(self._ledger, shown, page)
        except LedgerError as error:
            raise Refused(str(error)) from None

    def _compare(self, ledger: Ledger, shown: Sequence[Shown], page: tuple[str, str, str]) -> None:
        by_scope: dict[str, list[tuple[Group, bool]]] = {}
        for one in shown:
            by_scope.setdefault(one.scope, []).append((ledger.hashed(one.group), one.cumulative))
        before = {scope: ledger.releases(scope) for scope in by_scope}
        for scope, groups in by_scope.items():
            before[scope] += _elsewhere(ledger, scope, [group for group, _ in groups], before[scope])
        found = [
            (group, old)
            for scope, groups in by_scope.items()
            for group, cumulative in groups
            if not shown_before(group, before[scope])
            and (old := refused(group, before[scope], cumulative=cumulative, min_n=self._min_n))
        ]
        if found:
            raise Refused(_sentence(found, self._min_n))
        now = datetime.now(UTC).isoformat()
        for scope, groups in by_scope.items():
            ledger.note(scope, [group for group, _ in groups], page, now)


def _elsewhere(
    ledger: Ledger, scope: str, groups: Sequence[Group], before: Sequence[Release]
) -> list[Release]:
    """Return what was released of the data of groups that are new to a market under another market's name."""
    names = {one.name for one in before}
    new = [group for group in groups if group.name not in names]
    if scope == ALL or not new:  # of all markets together are the people of each
        return []
    others = [one for other in ledger.scopes() if other not in (scope, ALL) for one in ledger.releases(other)]
    return [one for one in others if any(renamed(group, one) for group in new)]


def _sentence(found: Sequence[tuple[Group, Release]], min_n: int) -> str:
    """Say what was refused and what to do; never how many people it was about."""
    names = ", ".join(sorted({group.statistic for group, _ in found}))
    old = found[-1][1]
    same = sum((group.start, group.end) == (old.start, old.end) for group, old in found)
    window = "of the same days" if same == len(found) else "of fewer or more days"
    page = f"{old.report} {old.market} {old.period}"
    return (
        f"The ledger of released groups refused it: {len(found)} of its groups of people ({names}) differ by fewer "
        f"than {min_n} from those that {page} of {old.at[:10]} showed {window}, so that the difference of both would "
        f"tell of a few. Run again with the data of the next period, or when {min_n} people have changed. Was the "
        f'earlier page never shared: `tne ledger withdraw {page} --because "…"`.'
    )
