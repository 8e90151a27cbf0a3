"""Which cause is named in each cell, what is to be done, and why can it not be told?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from tne.measures.triage_cells import Cells
from tne.measures.triage_evidence import Table  # type: ignore[attr-defined] # handed on from triage_table
from tne.measures.triage_rule import ACTION, OWN_SIGN, cause_of

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
FEW_AUDITS = 50  # fewer cannot show that three weak people in twelve, or a strict auditor, are not there


def public_causes(found: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Sum the probabilities by public code; two causes at once that share a code are one."""
    out = {name: np.zeros_like(next(iter(found.values()))) for name in (*CAUSES[:-1], "several")}
    for name, chance in found.items():
        codes = {cause_of(part) for part in name.split("+")}
        out[codes.pop() if len(codes) == 1 else "several"] += chance
    return out


def cause_rows(
    cells: Cells,
    table: Table,
    found: dict[str, np.ndarray],
    public: dict[str, np.ndarray],
    certainty: float,
) -> pd.DataFrame:
    rates = [row for row in table.rows if row["evidence"] == "error_rate"]
    audits, states = cells.count(), _states(table)
    rows = []
    for g, rate in enumerate(rates):
        chance = {name: float(values[g]) for name, values in public.items()}
        order = sorted(chance, key=lambda name: -chance[name])
        first, second = order[:2]
        told = first != "several" and chance[first] >= certainty
        told &= first != "no_problem" or audits[g] >= FEW_AUDITS
        inner = first
        if first == "rubric_or_tool":
            inner = max(("auditor", "rubric"), key=lambda name: found[name][g])
        elif told:
            inner = next(name for name in found if "+" not in name and cause_of(name) == first)
        flat = told and first != "no_problem" and not _gap(states, g, inner)
        told &= not flat
        cause = first if told else "cannot_tell"
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
                "note": ""
                if told
                else _no_gap(chance, first)
                if flat
                else _why(chance, first, second, audits[g]),
            }
        )
    return pd.DataFrame(rows)


def _states(table: Table) -> dict[str, list[str]]:
    states: dict[str, list[str]] = {}
    for row in table.rows:
        states.setdefault(row["evidence"], []).append(row["state"])
    return states


def _gap(states: dict[str, list[str]], g: int, cause: str) -> bool:
    """Is there anything to explain: more errors than usual, or a rise or a few who stand apart inside the cell?"""
    if states["error_rate"][g] != "usual":
        return True
    return cause in OWN_SIGN and states[OWN_SIGN[cause]][g] == "raised"


def _no_gap(chance: dict[str, float], first: str) -> str:
    words = f"{first.replace('_', ' ')} ({chance[first]:.0%})"
    return (
        f"signs of {words}, but no more decisions are wrong than usual: there is no gap that it would explain"
    )


def _why(chance: dict[str, float], first: str, second: str, audits: float) -> str:
    if first == "no_problem" and audits < FEW_AUDITS:
        return f"{audits:.0f} audits are too few to say that there is no problem: {FEW_AUDITS} are needed"
    if chance["several"] > 0.3:
        return "the evidence speaks for more than one cause at once"
    words = [f"{name.replace('_', ' ')} ({chance[name]:.0%})" for name in (first, second)]
    return f"the evidence of {audits:.0f} audits does not settle it: {words[0]} or {words[1]}"


def _clear_elsewhere(cells: Cells, table: Table, g: int) -> bool:
    """Do experts of every other market with ratings agree about the same policy?"""
    if "market" not in cells.by or len(cells.by) < 2:
        return False
    rest = [name for name in cells.by if name != "market"]
    same = (cells.keys[rest] == cells.keys[rest].iloc[g]).all(axis=1).to_numpy() & (
        np.arange(len(cells)) != g
    )
    states = _states(table)["expert_disagreement"]
    told = [state for state, other in zip(states, same, strict=True) if other and state != "missing"]
    return bool(told) and all(state == "usual" for state in told)


def long_causes(cells: Cells, public: dict[str, np.ndarray]) -> pd.DataFrame:
    parts = [cells.keys.assign(cause=name, probability=values) for name, values in public.items()]
    return pd.concat(parts, ignore_index=True).sort_values([*cells.by, "cause"], ignore_index=True)
