"""What does each piece of evidence show in each cell, and is it raised or usual there?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from tne.measures.triage_cells import Cells
from tne.measures.triage_elsewhere import Units, judged_spreads
from tne.measures.triage_findings import findings, overturned, root_causes, technical
from tne.measures.triage_jump import NEVER, Calendar, Jump, jumps_of, members
from tne.measures.triage_quiz import Quiz
from tne.measures.triage_ratings import Experts
from tne.measures.triage_rule import CODED, EVIDENCE, KINDS, LEVEL_OF
from tne.measures.triage_shares import GRID as SHARES
from tne.measures.triage_shares import Judged, judged, wilson
from tne.measures.triage_spread import AUDITORS_SD, PEOPLE_SD, Spread, crossed, spread
from tne.measures.triage_spread import GRID as LEVELS
from tne.measures.triage_table import Table

NO_CHANGE = math.log(0.02)  # an update that is not in the calendar may still have been missed there
CODES_COUNT = 20  # codes of one cell are one habit of coding: worth no more than so many independent ones


def collect(cells: Cells, experts: Experts, quiz: Quiz, calendar: Calendar, conf_level: float) -> Table:
    """Measure every piece of evidence in every cell."""
    shape = (len(cells), len(EVIDENCE))
    table = Table([], np.zeros(shape), np.zeros(shape))
    people = cells.people()
    effective = cells.count(cells.weight) ** 2 / cells.count(cells.weight**2)
    error = cells.count(cells.weight * cells.wrong) / cells.count(cells.weight)
    _shares(table, cells, "error_rate", error * effective, effective, people, "", conf_level)
    _experts(table, cells, experts, conf_level)
    _jumps(table, cells, calendar, people, conf_level)
    _spreads(table, cells, conf_level)
    x, n, why = technical(cells)
    typed = bool(x.any())
    _shares(table, cells, "technical_rate", x, n, people, why, conf_level)
    x, n, why = overturned(cells)
    _shares(table, cells, "findings_overturned", x, n, people, why, conf_level)
    _shares(table, cells, "quiz_wrong", quiz.wrong, quiz.answers, quiz.people, quiz.note, conf_level)
    _coded(table, cells, people, conf_level, typed)
    return table


def _experts(table: Table, cells: Cells, experts: Experts, conf_level: float) -> None:
    """Disagreement within a role, over chance; and QA against the policy team, beyond what QA disagrees anyway.

    Where the policy is unclear two of QA differ from each other as often as from the policy; where the rubric departs
    from the policy they agree with each other and differ from it. Without pairs within a role that cannot be known.
    """
    x, n, luck, raters = experts.apart, experts.cases, experts.by_luck, experts.raters
    found = judged(x, n * luck, KINDS["expert_disagreement"])
    name = "expert_disagreement"
    _shares(table, cells, name, x, n, raters, experts.note, conf_level, found, 1 / luck)
    off, against = experts.off, experts.against
    paired = (n > 0) & (against > 0)
    slip = 0.5 - np.sqrt(
        np.maximum(0.25 - x / np.maximum(2 * n, 1), 0)
    )  # two who slip alike differ in 2 s (1 - s)
    sure = 1 - 2 * slip
    beyond = np.maximum(off - slip * against, 0) * sure  # of against · sure², as many as tell as much
    own = judged(
        np.where(paired, beyond, 0.0),
        np.where(paired, against * sure**2, 0.0),
        KINDS["qa_beyond_disagreement"],
    )
    raw = judged(np.where(paired, 0.0, off), np.where(paired, 0.0, against), KINDS["qa_against_policy"])
    found = Judged(
        usual=np.where(paired, slip + own.usual * sure, raw.usual),
        log_usual=own.log_usual + raw.log_usual,
        log_raised=own.log_raised + raw.log_raised,
        expected=raw.expected,
        near=raw.near,
    )
    columns = np.where(paired, "qa_beyond_disagreement", "qa_against_policy")
    why = experts.note or "QA and the policy team did not rate the same cases"
    name = "qa_against_policy"
    _shares(table, cells, name, off, against, raters, why, conf_level, found, columns=columns)


def _shares(
    table: Table,
    cells: Cells,
    name: str,
    x: np.ndarray,
    n: np.ndarray,
    people: np.ndarray,
    why: str,
    conf_level: float,
    found: Judged | None = None,
    scale: np.ndarray | float = 1.0,
    columns: np.ndarray | None = None,
) -> None:
    """Judge a share of every cell against what is usual in the others.

    `found`, `scale` and `columns` are for pieces that are judged otherwise than they are shown.
    """
    scale = np.broadcast_to(scale, len(cells))
    found = found or judged(x, n, KINDS[name])
    z = float(special.ndtri((1 + conf_level) / 2))
    for g in range(len(cells)):
        known = n[g] > 0
        low, high = wilson(min(x[g], n[g]), n[g], z)
        logs = (float(found.log_usual[g]), float(found.log_raised[g]))
        row = {
            "estimate": scale[g] * x[g] / n[g] if known else math.nan,
            "conf_low": scale[g] * low,
            "conf_high": scale[g] * high,
            "usual": float(found.usual[g]),
            "n": n[g],
            "n_people": people[g] if known else math.nan,
            "unit": "share",
            "comparison": "what is usual in the other cells",
            "method": "share with Wilson's interval, effective numbers",
            "note": "" if known else why or "nothing to judge in this cell",
        }
        table.put(cells, g, name, logs, row, None if columns is None else columns[g])


def _jumps(table: Table, cells: Cells, calendar: Calendar, people: np.ndarray, conf_level: float) -> None:
    z = float(special.ndtri((1 + conf_level) / 2))
    for g, found in enumerate(jumps_of(cells, calendar)):
        words = {"unit": "points", "usual": 0.0, "comparison": "before the update, other cells allowed for"}
        words |= {"method": "difference of shares", "n_people": people[g]}
        if not found:
            why = (
                "no change of policy falls into these weeks"
                if found is not None
                else "no dates of policy changes"
                if not calendar.source
                else "too few audits on one side of the change"
            )
            logs = (0.0, 0.0) if found is None else (0.0, NO_CHANGE)
            row = words | {"estimate": math.nan, "n_people": math.nan, "note": why}
            table.put(cells, g, "rise_after_update", logs, row)
            continue
        ratios = [jump.log_raised - jump.log_usual for jump in found]
        best = found[int(np.argmax(ratios))]
        logs = (0.0, float(special.logsumexp(ratios) - math.log(len(ratios))))
        note = f"dates from {calendar.source}" + (
            f"; the most striking of {len(found)} changes" if len(found) > 1 else ""
        )
        table.put(cells, g, "rise_after_update", logs, words | _rise(best, z) | {"note": note})


def _rise(jump: Jump, z: float) -> dict[str, Any]:
    x0, n0 = jump.before
    x1, n1 = jump.early[0] + jump.late[0], jump.early[1] + jump.late[1]
    before = float(special.expit(special.logit((x0 + 0.5) / (n0 + 1)) + jump.offset))
    if abs(jump.offset) < 1e-12:
        before = x0 / n0
    after = x1 / n1
    noise = [((x + 0.5) / (n + 1)) * (1 - (x + 0.5) / (n + 1)) / n for x, n in ((x0, n0), (x1, n1))]
    error = math.sqrt(sum(noise))
    return {
        "estimate": 100 * (after - before),
        "std_error": 100 * error,
        "conf_low": 100 * (after - before - z * error),
        "conf_high": 100 * (after - before + z * error),
        "n": n0 + n1,
    }


def _spreads(table: Table, cells: Cells, conf_level: float) -> None:
    """Over people and over auditors, each cleared of the other."""
    people, auditors, counts = [], [], []
    known, found = bool((cells.auditor >= 0).all()), findings(cells)
    for mine in members(cells):
        who, person = np.unique(cells.person[mine], return_inverse=True)
        by_whom, auditor = np.unique(cells.auditor[mine] if known else person * 0, return_inverse=True)
        shape = (len(who), len(by_whom))
        place = person * shape[1] + auditor
        n = np.bincount(place, minlength=shape[0] * shape[1]).reshape(shape).astype(float)
        x = np.bincount(place, cells.wrong[mine], minlength=shape[0] * shape[1]).reshape(shape)
        y = np.bincount(place, found[mine], minlength=shape[0] * shape[1]).reshape(shape)
        to_people, to_auditors = np.zeros(shape[0]), np.zeros(shape[1])
        if shape[1] > 1:
            to_people, to_auditors = crossed(n, x)[0], crossed(n, y)[1]
        people.append(Units(who, n.sum(axis=1), x.sum(axis=1), to_people))
        auditors.append(Units(by_whom, n.sum(axis=0), y.sum(axis=0), to_auditors))
        counts.append((float(len(mine)), *shape))
    shown = np.searchsorted(SHARES, LEVELS - 0.01)
    for name, units, sd, bad in (
        ("people_spread", people, PEOPLE_SD, cells.wrong),
        ("auditor_spread", auditors, AUDITORS_SD, found),
    ):
        rate = judged(cells.count(bad), cells.count(), KINDS["error_rate"])
        found = [spread(one.n, one.x, one.offset, sd) for one in units]
        apart = judged_spreads(found, units, sd, rate.expected[:, shown], rate.near[:, shown])
        table.raised[:, EVIDENCE.index(LEVEL_OF[name])] = apart.level
        for g, (over, (n, persons, several)) in enumerate(zip(found, counts, strict=True)):
            alone = persons < 2 if name == "people_spread" else several < 2
            why = "only one person was audited" if name == "people_spread" else "only one auditor"
            why = "auditors are not known" if name == "auditor_spread" and not known else why
            row = _dispersion(over, conf_level) | {"n": n, "n_people": float(persons)}
            if not row["note"]:
                why = ""
            elif not alone:
                why = row["note"]
            table.put(cells, g, name, (float(apart.usual[g]), float(apart.few[g])), row | {"note": why})


def _dispersion(over: Spread, conf_level: float) -> dict[str, Any]:
    known = not math.isnan(over.dispersion)
    low, high = (
        special.chdtri(over.df, (1 - part) / 2) if known else math.nan for part in (conf_level, -conf_level)
    )
    return {
        "estimate": over.dispersion,
        "statistic": over.statistic,
        "df": over.df,
        "p_value": over.p_value,
        "conf_low": over.statistic / low,
        "conf_high": over.statistic / high,
        "usual": 1.0,
        "unit": "variance over chance",
        "comparison": "errors spread by chance",
        "method": "Pearson dispersion, auditors and people cleared of each other",
        "note": "" if known else "no errors, or errors alone",
    }


def _coded(table: Table, cells: Cells, people: np.ndarray, conf_level: float, typed: bool) -> None:
    """Root causes as QA coded them; a code that never occurs says nothing."""
    code, n = root_causes(cells)
    if code is None:
        return
    few = np.where(n > CODES_COUNT, CODES_COUNT / np.maximum(n, 1), 1.0)
    for name in CODED:
        if name == "technical" and typed:
            continue  # the auditor who writes the code writes the type in the same row: it counts once
        hit = code == name
        if hit.any():
            x = cells.count(hit)
            why = "no error has a root cause"
            found = judged(x * few, n * few, KINDS["coded"])
            _shares(table, cells, f"coded_{name}", x * few, n * few, people, why, conf_level, found)


def is_dated(calendar: Calendar) -> bool:
    """Whether policy changes could be looked for."""
    return bool(calendar.source) and bool((calendar.decided != NEVER).any())
