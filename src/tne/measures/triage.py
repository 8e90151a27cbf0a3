"""Is it a training problem at all: what is the most probable cause of each gap, and who should act?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import require_frame, require_level_of_confidence
from tne.measures.triage_cells import Cells, cells_of
from tne.measures.triage_evidence import Table, collect, is_dated
from tne.measures.triage_jump import calendar_of
from tne.measures.triage_quiz import quiz_of
from tne.measures.triage_ratings import experts_of
from tne.measures.triage_rule import ACTION, cause_of, judge
from tne.result import Check, Estimates, Result

CAUSES = (
    "policy_unclear",
    "knowledge",
    "update_not_absorbed",
    "individual_coaching",
    "rubric_or_tool",
    "technical",
    "no_problem",
    "cannot_tell",
)
FEW_CELLS, FEW_AUDITS = 3, 50


@dataclass(frozen=True, kw_only=True, eq=False)
class Triage(Result):
    """The most probable cause of each gap, with the evidence.

    Parameters
    ----------
    estimates : Estimates
        Keys: the columns of `by`, ``cause``, ``probability`` (of the most probable cause), ``action``,
        ``owner_role``; the estimate is the error rate. `.to_frame()` gives it.
    evidence : Estimates
        Keys: `by`, ``evidence``, ``state`` (raised, usual, unclear, missing), ``speaks_for``, ``likelihood_ratio``
        (raised to usual), ``usual`` (the level that it is compared with).
    probabilities : DataFrame
        `by`, ``cause``, ``probability``: all causes; ``several`` is two at once.
    by : tuple of str
    """

    estimates: Estimates
    evidence: Estimates
    probabilities: pd.DataFrame
    by: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        return self.estimates.to_frame()

    def __len__(self) -> int:
        return len(self.estimates)

    def __str__(self) -> str:
        rows = self.estimates.table.to_dict("records")
        return "\n".join(
            f"{', '.join(str(row[name]) for name in self.by)}: {row['cause'].replace('_', ' ')}"
            f" ({row['probability']:.0%}); {row['action'].replace('_', ' ')}"
            for row in rows
        )


def triage(
    audits: pd.DataFrame,
    ratings: pd.DataFrame | None = None,
    responses: pd.DataFrame | None = None,
    policies: pd.DataFrame | None = None,
    *,
    by: str | Sequence[str] = "policy_area",
    items: pd.DataFrame | None = None,
    certainty: float = 0.8,
    conf_level: float = 0.95,
) -> Triage:
    """Return the most probable cause of each gap, or that it cannot be told, from stated evidence."""
    require_level_of_confidence(conf_level)
    if not 0.5 < certainty < 1:
        raise ValueError(f"`certainty` is {certainty}. Give a probability between .5 and 1.")
    names = (by,) if isinstance(by, str) else tuple(by)
    if not names or len(set(names)) < len(names):
        raise ValueError("`by` names no column, or one twice. Give distinct columns.")
    given = {"ratings": ratings, "responses": responses, "policies": policies, "items": items}
    for name, table in given.items():
        if table is not None:
            require_frame(table, name)
    cells = cells_of(require_frame(audits, "audits"), names)
    experts, quiz = experts_of(cells, ratings), quiz_of(cells, responses, items)
    calendar = calendar_of(cells, policies)
    table = collect(cells, experts, quiz, calendar, conf_level)
    found = judge(table.usual, table.raised)
    public = _public(found)
    estimates = _rows(cells, table, found, public, certainty)
    keys = (*names, "evidence", "state", "speaks_for", "likelihood_ratio", "usual")
    evidence = pd.DataFrame(table.rows).assign(
        n_people_total=lambda f: f["n_people"], conf_level=conf_level, estimand="this cell"
    )
    absent = [
        word
        for word, gone in (
            ("calibration ratings", not experts.cases.any()),
            ("quiz answers", not quiz.answers.any()),
            ("dates of policy changes", not is_dated(calendar)),
        )
        if gone
    ]
    return Triage(
        estimates=Estimates(
            table=estimates.assign(conf_level=conf_level),
            keys=(*names, "cause", "probability", "action", "owner_role"),
        ),
        evidence=Estimates(table=evidence, keys=keys),
        probabilities=_long(cells, public),
        by=names,
        checks=(*_checks(cells, absent),),
    )


def _public(found: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Sum the probabilities by public code; two causes at once that share a code are one."""
    out = {name: np.zeros_like(next(iter(found.values()))) for name in (*CAUSES[:-1], "several")}
    for name, chance in found.items():
        codes = {cause_of(part) for part in name.split("+")}
        out[codes.pop() if len(codes) == 1 else "several"] += chance
    return out


def _rows(
    cells: Cells,
    table: Table,
    found: dict[str, np.ndarray],
    public: dict[str, np.ndarray],
    certainty: float,
) -> pd.DataFrame:
    rates = [row for row in table.rows if row["evidence"] == "error_rate"]
    audits = cells.count()
    rows = []
    for g, rate in enumerate(rates):
        chance = {name: float(values[g]) for name, values in public.items()}
        order = sorted(chance, key=lambda name: -chance[name])
        first, second = order[:2]
        told = first != "several" and chance[first] >= certainty
        cause = first if told else "cannot_tell"
        inner = first
        if first == "rubric_or_tool":
            inner = max(("auditor", "rubric"), key=lambda name: found[name][g])
        elif told:
            inner = next(name for name in found if "+" not in name and cause_of(name) == first)
        action, role = ACTION[inner if told else "cannot_tell"]
        if told and first == "policy_unclear" and _clear_elsewhere(cells, table, g):
            action = "localise"
        rows.append(
            {name: cells.keys[name].iloc[g] for name in cells.by}
            | {"cause": cause, "probability": chance[first], "action": action, "owner_role": role}
            | {
                "term": "error_rate",
                "estimate": rate["estimate"],
                "conf_low": rate["conf_low"],
                "conf_high": rate["conf_high"],
                "n": audits[g],
                "n_people": rate["n_people"],
                "n_people_total": rate["n_people"],
                "unit": "share",
                "estimand": "share of decisions that were wrong",
                "method": "posterior probability of the cause from the evidence",
                "note": "" if told else _why(chance, first, second, audits[g]),
            }
        )
    return pd.DataFrame(rows)


def _why(chance: dict[str, float], first: str, second: str, audits: float) -> str:
    if chance["several"] > 0.3:
        return "the evidence speaks for more than one cause at once"
    words = [f"{name.replace('_', ' ')} ({chance[name]:.0%})" for name in (first, second)]
    return f"the evidence of {audits:.0f} audits does not settle it: {words[0]} or {words[1]}"


def _clear_elsewhere(cells: Cells, table: Table, g: int) -> bool:
    """Do experts of every other market with ratings agree about the same policy?"""
    if "market" not in cells.by or len(cells.by) < 2:
        return False
    rest = [name for name in cells.by if name != "market"]
    same = (cells.keys[rest] == cells.keys[rest].iloc[g]).all(axis=1).to_numpy()
    same[g] = False
    states = [row["state"] for row in table.rows if row["evidence"] == "expert_disagreement"]
    told = [state for state, other in zip(states, same, strict=True) if other and state != "missing"]
    return bool(told) and all(state == "usual" for state in told)


def _long(cells: Cells, public: dict[str, np.ndarray]) -> pd.DataFrame:
    parts = [cells.keys.assign(cause=name, probability=values) for name, values in public.items()]
    return pd.concat(parts, ignore_index=True).sort_values([*cells.by, "cause"], ignore_index=True)


def _checks(cells: Cells, absent: list[str]) -> list[Check]:
    k, audits = len(cells), cells.count()
    small = int((audits < FEW_AUDITS).sum())
    detail = f"There are no {', no '.join(absent)}." if absent else "All tables are there."
    checks: list[Any] = [
        Check("missing", "warn" if absent else "pass", "; ".join([detail, *cells.notes])),
        Check(
            "comparison_areas",
            "pass" if k > FEW_CELLS else "warn",
            f"{k - 1} other cells show what is usual." if k > 1 else "No other cell shows what is usual.",
        ),
        Check(
            "small_strata",
            "warn" if small else "pass",
            f"{small} of {k} cells have fewer than {FEW_AUDITS} audits.",
        ),
    ]
    people = cells.people()
    few = int((people < 10).sum())
    checks.append(
        Check("few_people", "warn" if few else "pass", f"{few} of {k} cells have fewer than 10 people.")
    )
    return checks
