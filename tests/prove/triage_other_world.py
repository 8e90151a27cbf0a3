"""Markets with planted causes of errors by another hand: other shapes, sizes and tables than `triage_world`.

Shares instead of logits, six areas with one cause each as the bars name them, and per market drawn anew: how wrong is
usual, how strong each cause is, two to six auditors, unequal work, whether people and auditors differ alike in all
areas, which tables and columns there are, what is done with an upheld dispute.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

CAUSES = (
    "policy_unclear",
    "update_not_absorbed",
    "individual_coaching",
    "strict_auditor",
    "wrong_rubric",
    "no_problem",
)
START = pd.Timestamp("2025-09-01", tz="UTC")
MAKES = ("drawn", "bare", "full", "everywhere")


@dataclass(frozen=True, eq=False)
class Other:
    """Arguments of `triage` and the cause of each area."""

    tables: dict[str, Any]
    planted: dict[str, str]


def other(
    seed: int, audits: int = 300, causes: tuple[str, ...] = CAUSES, make: str = "drawn", people: int = 12
) -> Other:
    """Draw a market.

    Parameters
    ----------
    seed : int
    audits : int
        Audits of each area.
    causes : tuple of str
    make : str
        ``full``: all tables and columns; ``bare``: no quiz, no codes, no disputes; ``drawn``: each is there or not;
        ``everywhere``: full, and the weak people (the strict auditor) are so in every area.
    people : int
    """
    rng = np.random.default_rng(seed)
    has = dict.fromkeys(("quiz", "codes", "disputes", "weights"), make in ("full", "everywhere"))
    if make == "drawn":
        has = {name: bool(rng.random() < 0.5) for name in has}
    usual = rng.uniform(0.04, 0.13)
    auditors, weeks = int(rng.integers(2, 7)), int(rng.choice([10, 20, 40]))
    own = rng.random() < 0.5  # people and auditors differ in each area anew
    spread = {"people": rng.uniform(0.0, 0.35), "auditors": rng.uniform(0.0, 0.2)}
    work = rng.dirichlet(np.full(people, rng.choice([4.0, 20.0, 200.0])))
    share = rng.dirichlet(np.full(auditors, 30.0))
    sides = {name: _factors(rng, n, spread[name]) for name, n in (("people", people), ("auditors", auditors))}
    apart = {"people": rng.permutation(people)[:3], "auditors": rng.permutation(auditors)[:1]}
    parts: dict[str, list[pd.DataFrame]] = {n: [] for n in ("audits", "ratings", "responses", "policies")}
    planted = {f"P{k}": str(cause) for k, cause in enumerate(rng.permutation(causes), start=1)}
    for area, cause in planted.items():
        if own:
            sides = {name: _factors(rng, len(f), spread[name]) for name, f in sides.items()}
        if make != "everywhere":
            apart = {"people": rng.permutation(people)[:3], "auditors": rng.permutation(auditors)[:1]}
        change = rng.uniform(0.3, 0.7) if cause == "update_not_absorbed" or rng.random() < 0.2 else None
        one = pd.DataFrame(
            {
                "moderator_id": rng.choice(people, audits, p=work),
                "auditor_id": rng.choice(auditors, audits, p=share),
                "at": rng.random(audits),
            }
        )
        level = usual * rng.uniform(0.8, 1.25)
        parts["audits"].append(
            _outcomes(rng, one, cause, level, change, sides, apart).assign(policy_area=area)
        )
        parts["ratings"].append(_ratings(rng, cause).assign(policy_area=area))
        parts["responses"].append(_quiz(rng, cause, people).assign(policy_area=area))
        dates = [(area, "1.0", START - pd.Timedelta(300, "D"))]
        if change is not None:
            dates.append((area, "2.0", START + pd.Timedelta(change * weeks * 7, "D")))
        parts["policies"].append(
            pd.DataFrame(dates, columns=["policy_area", "policy_version", "effective_at"])
        )
    full = {name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()}
    table = full["audits"]
    table["decided_at"] = START + pd.to_timedelta(table.pop("at") * weeks * 7, unit="D")
    if has["weights"]:
        table["sampling_weight"] = rng.choice([1.0, 2.0], len(table))
    kept = has["disputes"]
    if kept and rng.random() < 0.5:  # what a dispute overturned is put right
        table.loc[table["dispute_upheld"], "correct"] = True
    gone = [] if kept else ["disputed", "dispute_upheld"]
    gone += [] if has["codes"] else ["root_cause", "error_type"]
    return Other(
        tables={
            "audits": table.drop(columns=gone),
            "ratings": full["ratings"],
            "responses": full["responses"] if has["quiz"] else None,
            "policies": full["policies"],
        },
        planted=planted,
    )


def _factors(rng: np.random.Generator, n: int, spread: float) -> np.ndarray:
    return np.exp(rng.normal(0, spread, n))


def _outcomes(
    rng: np.random.Generator,
    one: pd.DataFrame,
    cause: str,
    level: float,
    change: float | None,
    sides: dict[str, np.ndarray],
    apart: dict[str, np.ndarray],
) -> pd.DataFrame:
    n, at = len(one), one["at"].to_numpy()
    who, by = one["moderator_id"].to_numpy(), one["auditor_id"].to_numpy()
    p = level * sides["people"][who] * sides["auditors"][by]
    if cause in ("policy_unclear", "knowledge", "technical"):
        p = p + rng.uniform(0.12, 0.22)
    if cause == "update_not_absorbed":
        p = p + np.where(at > change, rng.uniform(0.15, 0.30), 0)
    if cause == "individual_coaching":
        p = p + np.where(np.isin(who, apart["people"]), rng.uniform(0.25, 0.40), 0)
    wrong = rng.random(n) < np.minimum(p, 0.9)
    false = np.zeros(n, dtype=bool)
    if cause == "strict_auditor":
        false = ~wrong & np.isin(by, apart["auditors"]) & (rng.random(n) < rng.uniform(0.22, 0.40))
    if cause == "wrong_rubric":
        false = ~wrong & (rng.random(n) < rng.uniform(0.12, 0.22))
    found = wrong | false
    disputed = found & (rng.random(n) < np.where(false, 0.5, 0.1))
    upheld = disputed & (rng.random(n) < np.where(false, 0.7, 0.1))
    kinds = np.array(["false_positive", "false_negative", "wrong_policy"])
    kind = np.where(rng.random(n) < 0.03, "technical", kinds[rng.integers(0, 3, n)])
    code = np.array(["knowledge", "attention", "policy_unclear", "tool"])[rng.integers(0, 4, n)]
    named = {"policy_unclear", "knowledge", "update_not_absorbed"}
    code = np.where((rng.random(n) < 0.3) & (cause in named), cause, code)
    if cause == "technical":
        broken = rng.random(n) < 0.6
        kind, code = np.where(broken, "technical", kind), np.where(broken, "tool", code)
    return one.assign(
        moderator_id="u" + one["moderator_id"].astype(str),
        auditor_id="q" + one["auditor_id"].astype(str),
        correct=~found,
        error_type=np.where(found, kind, "none"),
        root_cause=np.where(found, code, None),
        disputed=disputed,
        dispute_upheld=upheld,
    )


def _ratings(rng: np.random.Generator, cause: str, cases: int = 40) -> pd.DataFrame:
    """Two experts a case, one label each; a wrong rubric binds QA alone."""
    true = rng.integers(0, 2, cases)
    sure = rng.uniform(0.65, 0.78) if cause == "policy_unclear" else rng.uniform(0.93, 0.98)
    first = rng.choice(["two of QA", "one of each"])
    departs = rng.random(cases) < (rng.uniform(0.25, 0.45) if cause == "wrong_rubric" else 0)
    rows = []
    for seat in (0, 1):
        right = rng.random(cases) < sure
        role = "policy" if seat and (first == "one of each") and cause != "policy_unclear" else "qa"
        label = np.where(right, true, 1 - true)
        if role == "qa":
            label = np.where(departs, 1 - label, label)
        rows.append(
            pd.DataFrame(
                {
                    "case_id": np.arange(cases),
                    "rater_id": f"{role}{seat}",
                    "role": role,
                    "label": np.where(label == 1, "remove", "keep"),
                    "reference_label": np.where(true == 1, "remove", "keep"),
                }
            )
        )
    frame = pd.concat(rows, ignore_index=True)
    return frame.assign(case_id=f"k{rng.integers(10**9)}-" + frame["case_id"].astype(str))


def _quiz(rng: np.random.Generator, cause: str, people: int, items: int = 5) -> pd.DataFrame:
    right = rng.uniform(0.4, 0.55) if cause == "knowledge" else rng.uniform(0.78, 0.9)
    stem = rng.integers(10**9)
    return pd.DataFrame(
        {
            "item_id": [f"{stem}-{k}" for _ in range(people) for k in range(items)],
            "moderator_id": [f"u{person}" for person in range(people) for _ in range(items)],
            "score": (rng.random(people * items) < right).astype(float),
        }
    )
