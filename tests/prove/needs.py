"""Do the largest gaps come first, not the smallest cells, and do intervals of gaps and of audits hold the truth?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from tests.prove.harness import Proof, reached
from tests.prove.reliability import covered
from tne.measures.audit_accuracy import audit_accuracy
from tne.measures.audit_strictness import auditor_strictness
from tne.measures.needs import knowledge_gaps
from tne.measures.needs_causes import root_causes
from tne.measures.needs_quiz import quiz_and_queue

CELLS, PEOPLE, PEOPLE_SD = 60, 40, 0.45
LEVEL, SPREAD = -2.0, 0.5  # of cells, logits
SIZES = np.array([10, 15, 25, 40, 60, 100, 150, 250, 400, 600])  # audits, each for 6 cells
SMALL = 25
DECISIONS = 6000.0  # of each cell: only the rates differ
SEVERITIES = np.array([1.0, 2.0, 4.0])
AUDITORS, STRICTNESS = 8, 0.35
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(41)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


def rate_of(logit: np.ndarray, sd: float = PEOPLE_SD) -> np.ndarray:
    """Share of errors over all people."""
    return special.expit(np.asarray(logit)[..., None] + sd * _NODES) @ _WEIGHTS


def one(seed: int) -> dict[str, Any]:
    """Gaps, root causes, quiz beside queue: one company each."""
    rng = np.random.default_rng(seed)
    return _ranked(rng) | _causes(rng) | _quiz(rng)


def _ranked(rng: np.random.Generator) -> dict[str, Any]:
    size = rng.permutation(np.repeat(SIZES, CELLS // len(SIZES)))
    logit = rng.normal(LEVEL, SPREAD, CELLS)
    cell = np.repeat(np.arange(CELLS), size)
    person = rng.integers(0, PEOPLE, len(cell))
    able = rng.normal(0, PEOPLE_SD, (PEOPLE, CELLS)) * math.sqrt(0.5) + rng.normal(
        0, PEOPLE_SD, (PEOPLE, 1)
    ) * math.sqrt(0.5)
    wrong = rng.random(len(cell)) < special.expit(logit[cell] + able[person, cell])
    mix = rng.dirichlet([12, 9, 6], CELLS)
    severity = SEVERITIES[(rng.random(len(cell))[:, None] > np.cumsum(mix, axis=1)[cell][:, :2]).sum(axis=1)]
    frame = pd.DataFrame(
        {
            "policy_area": cell,
            "moderator_id": person,
            "correct": ~wrong,
            "severity": np.where(wrong, severity, math.nan),
            "sampling_weight": DECISIONS / size[cell],
            "decided_at": pd.Timestamp("2026-01-05T00:00Z")
            + pd.to_timedelta(rng.integers(0, 7, len(cell)), unit="D"),
        }
    )
    found = knowledge_gaps(frame, by="policy_area")
    table = found.to_frame()
    part = {t: own.set_index("policy_area").sort_index() for t, own in table.groupby("term")}
    true = rate_of(logit)
    harm = true * (mix @ SEVERITIES) * DECISIONS
    rates, harms = part["error_rate"], part["expected_harm"]
    most = CELLS // 10
    worst = set(np.argsort(-true)[:most])
    first = {
        "pooled": np.argsort(-rates["estimate"].to_numpy())[:most],
        "raw": np.argsort(-part["raw_error_rate"]["estimate"].to_numpy())[:most],
        "true": np.argsort(-true)[:most],
    }
    out: dict[str, Any] = {f"hits {k}": len(worst & set(v)) / most for k, v in first.items() if k != "true"}
    out |= {f"small {k}": float((size[v] <= SMALL).mean()) for k, v in first.items()}
    held = rates["conf_low"].le(true) & rates["conf_high"].ge(true)
    out["cover rate"] = float(held.mean())
    out["cover small"] = float(held.to_numpy()[size <= SMALL].mean())
    out["cover harm"] = float((harms["conf_low"].le(harm) & harms["conf_high"].ge(harm)).mean())
    spread = harm.argsort()[::-1][:most]
    chance = part["worst_probability"]["estimate"].to_numpy()
    out["chance said"] = float(chance[chance > 0.5].sum()) if (chance > 0.5).any() else 0.0
    out["chance seen"] = float(np.isin(np.flatnonzero(chance > 0.5), spread).sum())
    return out


def _causes(rng: np.random.Generator) -> dict[str, Any]:
    person = rng.integers(0, 40, 600)
    weight = rng.choice([0.5, 1.0, 2.0], 600)
    own = rng.dirichlet([2.0, 1.2, 0.8], 40)  # everybody has causes of their own
    cause = np.array(["knowledge", "attention", "tool"])[
        (rng.random(600)[:, None] > np.cumsum(own, axis=1)[person][:, :2]).sum(axis=1)
    ]
    frame = pd.DataFrame(
        {"moderator_id": person, "root_cause": cause, "correct": 0, "sampling_weight": weight}
    )
    table = root_causes(frame).to_frame()
    row = table[(table["term"] == "share") & (table["root_cause"] == "knowledge")].iloc[0]
    return {"cover cause": bool(row["conf_low"] <= 0.5 <= row["conf_high"])}


def _quiz(rng: np.random.Generator) -> dict[str, Any]:
    able = rng.normal(0, 0.6, 40)
    person, asked = np.repeat(np.arange(40), 25), np.repeat(np.arange(40), 10)
    audits = pd.DataFrame(
        {
            "policy_area": "a",
            "moderator_id": person,
            "correct": rng.random(1000) > special.expit(-1.5 + able[person]),
        }
    )
    answers = pd.DataFrame(
        {
            "policy_area": "a",
            "moderator_id": asked,
            "item_id": np.tile(np.arange(10), 40),
            "score": (rng.random(400) > special.expit(-1.0 + able[asked])).astype(float),
        }
    )
    found = quiz_and_queue(audits, answers).estimates.get(term="difference")
    true = float(rate_of(-1.5, 0.6) - rate_of(-1.0, 0.6))
    return {"cover difference": bool(found.conf_low <= true <= found.conf_high)}


def judge(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Hits among the truly worst tenth, small cells on top, coverage averaged over cells."""
    frame = pd.DataFrame(rows)
    count = len(frame)
    gain = frame["hits pooled"] - frame["hits raw"]
    error = float(gain.std(ddof=1) / math.sqrt(count))
    excess = frame["small pooled"] - frame["small true"]
    outcomes: dict[str, Any] = {name: float(frame[name].mean()) for name in frame}
    outcomes |= {
        "hits gained": float(gain.mean()),
        "hits gained low": float(gain.mean() - 1.96 * error),
        "hits gained high": float(gain.mean() + 1.96 * error),
    }
    bars = {
        "pooled finds more of the worst": outcomes["hits gained low"] > 0,
        "small cells do not top by chance": float(excess.mean())
        <= 3 * float(excess.std(ddof=1)) / math.sqrt(count),
    }
    for name in ("cover rate", "cover harm", "cover cause", "cover difference"):
        bars[name] = covered(round(frame[name].mean() * count), count)
    return {"outcomes": outcomes, "bars": bars, "passed": all(bars.values())}


def one_audit(seed: int) -> dict[str, Any]:
    """Three teams at a common mix, audited by risk: does the interval hold what the team's kind of people would do?"""
    rng = np.random.default_rng(seed)
    people, n = 45, 2700
    person = rng.integers(0, people, n)
    team = person % 3
    hard = np.array([[0.2, 0.3, 0.5], [0.4, 0.4, 0.2], [0.3, 0.3, 0.4]])  # mix of queues by team
    queue = (rng.random(n)[:, None] > np.cumsum(hard, axis=1)[team][:, :2]).sum(axis=1)
    risk = rng.random(n) < 0.5  # risky decisions are a fifth of all and half of the audited
    base = np.array([2.4, 2.0, 1.4])
    able = rng.normal(0, PEOPLE_SD, people)
    right = rng.random(n) < special.expit(base[queue] + 0.2 * team - 0.9 * risk + able[person])
    frame = pd.DataFrame(
        {
            "moderator_id": person,
            "team": team,
            "queue": queue,
            "correct": right,
            "sampling_weight": np.where(risk, 0.4, 1.6),
        }
    )
    found = audit_accuracy(frame, by="team", standardize="queue")
    mix = np.bincount(queue, frame["sampling_weight"]) / frame["sampling_weight"].sum()
    out = {}
    for t in range(3):
        logit = base + 0.2 * t
        true = float(mix @ (0.8 * rate_of(logit) + 0.2 * rate_of(logit - 0.9)))
        row = found.get(team=t, term="accuracy")
        out[f"team {t}"] = [bool(row.conf_low <= true <= row.conf_high), row.estimate - true]
    return out


def one_strict(seed: int) -> dict[str, Any]:
    """Strict auditors, unevenly allotted to two groups of equal people."""
    rng = np.random.default_rng(seed)
    people, n = 60, 5000
    person = rng.integers(0, people, n)
    group = person % 2
    auditor = np.where(group == 0, rng.binomial(AUDITORS - 1, 0.35, n), rng.binomial(AUDITORS - 1, 0.65, n))
    strict = rng.normal(0, STRICTNESS, AUDITORS)
    able = rng.normal(0, PEOPLE_SD, people)
    right = rng.random(n) < special.expit(2 + able[person] - strict[auditor])
    frame = pd.DataFrame({"moderator_id": person, "auditor_id": auditor, "correct": right, "group": group})
    found = auditor_strictness(frame, by="group").estimates
    spread = found.get(term="strictness_sd")
    used = np.unique(auditor)
    out = {"sd": [bool(spread.conf_low <= STRICTNESS <= spread.conf_high), spread.estimate - STRICTNESS]}
    for g in (0, 1):
        true = float(np.mean([rate_of(2 - s) for s in strict[used]]))
        row = found.get(group=g, term="adjusted_accuracy")
        out[f"adjusted {g}"] = [bool(row.conf_low <= true <= row.conf_high), row.estimate - true]
    return out


def judge_coverage(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Coverage of every interval, and for shares their bias."""
    outcomes, bars = {}, {}
    for name in rows[0]:
        hits, off = sum(row[name][0] for row in rows), np.array([row[name][1] for row in rows])
        error = float(off.std(ddof=1) / math.sqrt(len(rows)))
        outcomes[name] = {"coverage": hits / len(rows), "bias": float(off.mean())}
        bars[name] = covered(hits, len(rows))
        if name != "sd":  # maximum likelihood understates a spread of few
            bars[f"{name} bias"] = abs(float(off.mean())) < 3 * error + 0.003
    return {"outcomes": outcomes, "bars": bars, "passed": all(bars.values())}


NEEDS = Proof(
    name="needs",
    claim="the largest gaps come first and small cells do not, and intervals of gaps, causes and quiz hold the truth",
    covers=reached("tne.measures.needs", "tne.measures.needs_causes", "tne.measures.needs_quiz"),
    replications=2000,
    one=one,
    judge=judge,
)
AUDITS = Proof(
    name="audits",
    claim="accuracy weighted for the sampling and at a common mix is unbiased and its interval holds the truth",
    covers=reached("tne.measures.audit_accuracy"),
    replications=2000,
    one=one_audit,
    judge=judge_coverage,
)
STRICTNESS_PROOF = Proof(
    name="strictness",
    claim="the spread of auditors, and accuracy adjusted for who audited, hold the truth in their intervals",
    covers=reached("tne.measures.audit_strictness"),
    replications=500,
    one=one_strict,
    judge=judge_coverage,
)
