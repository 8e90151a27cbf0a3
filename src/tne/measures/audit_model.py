"""What spreads of moderators and auditors fit the audits, and what would all auditors together have found?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import pandas as pd
from scipy import linalg, special
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from tne.measures.audit_crossed import crossed_effects
from tne.measures.audit_rates import rate, share_inference
from tne.measures.audit_rows import Live, cells_of
from tne.measures.audit_spread import between_sd
from tne.measures.mixed_logit import mixed_logit

LOGISTIC = math.pi**2 / 3
ONE_AUDITOR = "one auditor: strictness cannot be told from the work"
TERMS = {
    "strictness_sd": ("log odds", "standard deviation of strictness between auditors"),
    "strictness_points": (
        "points",
        "the same in accuracy: one standard deviation at the people's own accuracies",
    ),
    "moderator_sd": ("log odds", "standard deviation between moderators, auditors held equal"),
    "strictness_share": ("share", "share of auditors in the variance of one outcome (logit scale)"),
}
MODEL = "crossed binomial mixed model, Laplace; profile-likelihood interval"
FEW = "auditors' effects beside random moderators, Paule-Mandel; Q-profile interval"
FREE = 30.0  # standard deviation (logits) that leaves an effect as the data have it


@dataclass(frozen=True, eq=False)
class Counts:
    """Audits by moderator and auditor.

    Parameters
    ----------
    person, auditor : array of int, shape (audits,)
    n, right : array of shape (people, auditors)
    sets : int
        Sets of people and auditors with nobody in common.
    of_person, of_auditor : array of int
        The set of each.
    """

    person: np.ndarray
    auditor: np.ndarray
    n: np.ndarray
    right: np.ndarray
    sets: int
    of_person: np.ndarray
    of_auditor: np.ndarray


def count_audits(counted: Live, auditor: np.ndarray) -> Counts:
    """Count by moderator and auditor, and find who is linked with whom."""
    person = counted.person
    people, auditors = (int(x.max()) + 1 if len(x) else 0 for x in (person, auditor))
    n, right = np.zeros((people, auditors)), np.zeros((people, auditors))
    np.add.at(n, (person, auditor), 1)
    np.add.at(right, (person, auditor), counted.right)
    if not people:
        return Counts(person, auditor, n, right, 0, np.zeros(0, dtype=int), np.zeros(0, dtype=int))
    i, j = np.nonzero(n)
    graph = coo_array((np.ones(len(i)), (i, people + j)), shape=(people + auditors,) * 2)
    sets, label = connected_components(graph, directed=False)
    return Counts(person, auditor, n, right, int(sets), label[:people], label[people:])


def spread_rows(counts: Counts, conf_level: float) -> tuple[dict[str, float], list[dict[str, Any]]]:
    """Return the two spreads and their rows; without spreads where they cannot be told."""
    why = _why_not(counts)
    if why:
        return {}, [_row(term, math.nan, note=why) for term in TERMS]
    i, j = np.nonzero(counts.n)
    table = pd.DataFrame(
        {
            "right": counts.right[i, j].astype(int),
            "audits": counts.n[i, j].astype(int),
            "person": i,
            "auditor": j,
            "set": counts.of_person[i].astype(str),
        }
    )
    model = mixed_logit(
        table,
        successes="right",
        trials="audits",
        fixed="1" if counts.sets == 1 else "C(set)",
        random=("person", "auditor"),
        conf_level=conf_level,
    )
    rows = {(r["group"], r["term"]): r for r in model.to_frame().to_dict("records")}
    whose = rows["person", "sd"]
    if math.isnan(whose["estimate"]):
        return {}, [_row(term, math.nan, note=whose["note"]) for term in TERMS]
    sd = {"person": float(whose["estimate"])}
    free = [crossed_effects(counts.n[b], counts.right[b], sd["person"], FREE) for b in _blocks(counts)]
    order = np.concatenate([np.flatnonzero(counts.of_auditor == k) for k in range(counts.sets)])
    sd["auditor"], *ends = between_sd(
        np.concatenate([one.auditor for one in free]),
        linalg.block_diag(*[one.covariance for one in free]),
        counts.of_auditor[order],
        conf_level,
    )
    bounded = "" if ends[1] == ends[1] else "so few auditors set no upper limit"
    who: dict[str, Any] = {
        "estimate": sd["auditor"],
        "conf_low": ends[0],
        "conf_high": ends[1],
        "note": bounded,
    }
    level = special.logit(_chances(counts, sd)[0])

    def points(x: float) -> float:
        gap = special.expit(level + x / 2) - special.expit(level - x / 2)
        return 100 * float((counts.n * gap).sum() / counts.n.sum())

    other = sd["person"] ** 2 + LOGISTIC
    out = []
    for term, row, to in (
        ("strictness_sd", who, lambda x: x),
        ("strictness_points", who, points),
        ("moderator_sd", whose, lambda x: x),
        ("strictness_share", who, lambda x: x * x / (x * x + other)),
    ):
        low, high = float(row["conf_low"]), float(row["conf_high"])
        note = str(row["note"])
        if term == "strictness_share":
            note = "; ".join(filter(None, (note, "the interval takes the moderators' spread as known")))
        made = _row(term, to(row["estimate"]), conf_low=to(low), conf_high=to(high), note=note)
        out.append(made if term == "moderator_sd" else made | {"method": FEW})
    return sd, out


def adjusted_rows(
    counted: Live, counts: Counts, keys: Sequence[str], sd: dict[str, float], why: str, conf_level: float
) -> list[dict[str, Any]]:
    """Return the rows ``accuracy`` and ``adjusted_accuracy`` of each group."""
    group, table = cells_of(counted.frame, keys)
    one = np.ones(1)
    if sd:
        q, even, slope, covariance = _chances(counts, sd)
        effect = (q - even)[counts.person, counts.auditor]
        share = _shares(counts)
    told = []
    for g in range(len(table)):
        at = group == g
        w, who = counted.weight[at], counted.person[at]
        key = table.iloc[g].to_dict()
        zero = np.zeros(at.sum(), dtype=int)
        crude = rate(counted.right[at], w, who, zero, one)
        base = key | share_inference(crude, conf_level) | {"unit": "share"}
        told.append(base | {"term": "accuracy", "estimand": "share of right decisions, as audited"})
        row = {
            "term": "adjusted_accuracy",
            "estimand": "share of right decisions, as if all auditors had judged",
        }
        if not sd:
            counts_of = {name: base[name] for name in (*key, "n", "n_people", "n_people_total", "unit")}
            told.append(counts_of | row | {"estimate": math.nan, "note": why})
            continue
        own = rate(counted.right[at] - effect[at], w, who, zero, one)
        a = counts.auditor[at]
        # what a little more of each auditor's effect would change
        straight = np.bincount(a, w * slope[who, a], counts.n.shape[1])
        spread = np.bincount(who, w, counts.n.shape[0])[:, None] * slope * share[counts.of_person]
        gradient = (straight - spread.sum(axis=0)) / w.sum()
        error = math.sqrt(own.std_error**2 + float(gradient @ covariance @ gradient))
        method = "sampling-weighted, minus the auditors' shrunken effects; moderators clustered (CR2)"
        # an effect can lead beyond 0 or 1; where all is right, or nothing, effects would be all that varies
        value = min(max(own.estimate, 0.0), 1.0)
        alike = 0 if min(crude.estimate, 1 - crude.estimate) < 1e-12 else 1
        shown = replace(own, estimate=value, std_error=alike * error)
        told.append(base | share_inference(shown, conf_level) | row | {"method": method})
    return told


def _why_not(counts: Counts) -> str:
    people, auditors = counts.n.shape
    if not counts.n.sum():
        return "no audits"
    if auditors < 2:
        return ONE_AUDITOR
    if people < 2:
        return "one moderator: auditors cannot be compared on the work of several"
    if auditors - counts.sets < 1:
        return "no two auditors audited the work of people in common: strictness cannot be told from the work"
    if counts.right.sum() in (0, counts.n.sum()):
        return "all outcomes are alike: nothing can vary"
    return ""


def _shares(counts: Counts) -> np.ndarray:
    """Each auditor's part in the judgement of all, shape (sets, auditors): equal within a set."""
    share = (counts.of_auditor[None, :] == np.arange(counts.of_person.max() + 1)[:, None]).astype(float)
    return cast(np.ndarray, share / np.maximum(share.sum(axis=1, keepdims=True), 1))


def _blocks(counts: Counts) -> list[tuple[np.ndarray, ...]]:
    """The people and auditors of each set, as an index."""
    return [
        np.ix_(np.flatnonzero(counts.of_person == k), np.flatnonzero(counts.of_auditor == k))
        for k in range(counts.sets)
    ]


def _chances(counts: Counts, sd: dict[str, float]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Chance of a right decision by person and auditor, under all auditors, its slope, and the effects' covariance."""
    people, auditors = counts.n.shape
    q, slope = np.zeros((people, auditors)), np.zeros((people, auditors))
    covariance = np.zeros((auditors, auditors))
    for block in _blocks(counts):
        a = block[1].ravel()
        found = crossed_effects(counts.n[block], counts.right[block], sd["person"], sd["auditor"])
        q[block] = special.expit(found.level + found.person[:, None] + found.auditor[None, :])
        slope[block] = q[block] * (1 - q[block])
        covariance[np.ix_(a, a)] = found.covariance
    share = _shares(counts)
    even = (q * share[counts.of_person]).sum(axis=1, keepdims=True)
    return q, even, slope, covariance


def _row(term: str, estimate: float, **rest: Any) -> dict[str, Any]:
    unit, estimand = TERMS[term]
    return {"term": term, "estimate": estimate, "unit": unit, "estimand": estimand, "method": MODEL, **rest}
