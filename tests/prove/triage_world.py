"""A market whose policy areas each have one planted cause of errors, as a QA team would meet them.

Nothing here is taken from the rule that is tried on it: people, auditors, areas, coders and raters differ on their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_lowercase

import numpy as np
import pandas as pd
from scipy import special

PLANTED = (
    "policy_unclear",
    "update_not_absorbed",
    "individual_coaching",
    "strict_auditor",
    "wrong_rubric",
    "no_problem",
    "knowledge",
    "technical",
)
LABELS = np.array(["no_action", "remove", "age_restrict"])
WEEKS, PEOPLE, AUDITORS, WEAK = 26, 12, 4, 3
START = pd.Timestamp("2026-01-05", tz="UTC")
CODES = ("policy_unclear", "knowledge", "update_not_absorbed", "attention", "tool")
# shares of the codes that QA writes down anyway, and the code it finds for a planted cause in half of the errors
ANYWAY = np.array([0.15, 0.35, 0.10, 0.30, 0.10])
CODED = {
    "policy_unclear": 0,
    "knowledge": 1,
    "update_not_absorbed": 2,
    "individual_coaching": 3,
    "technical": 4,
}


@dataclass(frozen=True, eq=False)
class World:
    """Tables of one market and the cause planted in each area."""

    audits: pd.DataFrame
    ratings: pd.DataFrame
    responses: pd.DataFrame
    items: pd.DataFrame
    policies: pd.DataFrame
    planted: dict[str, str]


def world(
    seed: int,
    audits: int | tuple[int, ...] = 300,
    cases: int = 40,
    size: float = 1.0,
    causes: tuple[str, ...] = PLANTED,
    harmless: tuple[float, float] = (0.06, 0.11),
) -> World:
    """Draw a market.

    Parameters
    ----------
    seed : int
    audits : int, or tuple of int
        Audits of each area; several are dealt out in turn.
    cases : int
        Cases of each area that two experts rated.
    size : float
        How strong the planted causes are: 1 as below, 0.5 half as far from harmless (logit or share).
    causes : tuple of str
        Cause of each area, at most 26; their order is drawn. Two at once are joined by a plus.
    harmless : tuple of float
        Range of the error of harmless areas.
    """
    rng = np.random.default_rng(seed)
    areas = [f"area_{letter}" for letter in ascii_lowercase]
    volumes = np.resize(audits, len(causes))
    planted = dict(zip(areas[: len(causes)], map(str, rng.permutation(causes)), strict=True))
    ability = rng.normal(0, 0.35, PEOPLE)  # of a person, over all areas
    strictness = rng.normal(0, 0.2, AUDITORS)
    tables: dict[str, list[pd.DataFrame]] = {name: [] for name in ("audits", "ratings", "responses", "items")}
    changes = []
    for count, (area, cause) in zip(volumes, planted.items(), strict=True):
        change = _change(rng, cause)
        if change is not None:
            changes.append((area, "v2", START + pd.Timedelta(change * 7, "D")))
        changes.append((area, "v1", START - pd.Timedelta(400, "D")))
        tables["audits"].append(
            _audits(rng, area, cause, change, ability, strictness, int(count), size, harmless)
        )
        tables["ratings"].append(_ratings(rng, area, cause, cases, size))
        answers, items = _quiz(rng, area, cause, ability, size)
        tables["responses"].append(answers)
        tables["items"].append(items)
    policies = pd.DataFrame(changes, columns=["policy_area", "policy_version", "effective_at"])
    full = {name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()}
    full["audits"] = full["audits"].sample(frac=1, random_state=seed % 2**31).reset_index(drop=True)
    return World(policies=policies.assign(market="XX", title="policy"), planted=planted, **full)


def _change(rng: np.random.Generator, cause: str) -> float | None:
    """Week of the area's policy change: the planted update, and harmless ones in some other areas."""
    if "update_not_absorbed" in cause:
        return float(rng.uniform(10, 17))
    return float(rng.uniform(6, 20)) if rng.random() < 0.4 else None


def _audits(
    rng: np.random.Generator,
    area: str,
    cause: str,
    change: float | None,
    ability: np.ndarray,
    strictness: np.ndarray,
    count: int,
    size: float,
    harmless: tuple[float, float],
) -> pd.DataFrame:
    person, auditor = rng.integers(0, PEOPLE, count), rng.integers(0, AUDITORS, count)
    week = rng.uniform(0, WEEKS, count)
    risky = rng.random(count) < 0.3
    usual = special.logit(rng.uniform(*harmless))
    logit = usual + strictness[auditor] - (ability + rng.normal(0, 0.15, PEOPLE))[person]
    logit = logit + np.where(risky, 0.45, -0.15) + 0.1 * np.sin(2 * np.pi * week / 26 + rng.uniform(0, 6))
    after = np.zeros(count, dtype=bool) if change is None else week >= change
    if change is not None and "update_not_absorbed" not in cause:  # absorbed within about a fortnight
        logit = logit + np.where(after, 0.5 * np.exp(-(week - change) / 2), 0)
    planted = np.zeros(count, dtype=bool)  # errors that would not be there without the cause
    if "policy_unclear" in cause or "knowledge" in cause:
        logit = logit + size * rng.uniform(0.9, 1.4)
        planted[:] = True
    if "update_not_absorbed" in cause:
        since = np.maximum(week - change, 0)
        logit = logit + np.where(after, size * rng.uniform(1.2, 1.8) * np.exp(-since / 40), 0)
        planted = planted | after
    if "individual_coaching" in cause:
        weak = np.isin(person, rng.choice(PEOPLE, WEAK, replace=False))
        logit, planted = logit + np.where(weak, size * rng.uniform(1.6, 2.2), 0), planted | weak
    if "strict_auditor" in cause:
        strict = auditor == rng.integers(AUDITORS)
        logit, planted = logit + np.where(strict, size * rng.uniform(1.6, 2.2), 0), planted | strict
    wrong = rng.random(count) < special.expit(logit)
    kind = rng.choice(
        ["false_positive", "false_negative", "wrong_policy", "technical"], count, p=[0.4, 0.37, 0.18, 0.05]
    )
    false_finding = np.zeros(count, dtype=bool)
    if "wrong_rubric" in cause:  # right decisions that the rubric calls wrong
        false_finding = ~wrong & (rng.random(count) < size * rng.uniform(0.10, 0.16))
        kind = np.where(false_finding, "wrong_policy", kind)
    if "technical" in cause:
        broken = ~wrong & (rng.random(count) < size * rng.uniform(0.08, 0.14))
        kind = np.where(broken, np.where(rng.random(count) < 0.85, "technical", kind), kind)
        wrong, planted = wrong | broken, planted | broken
    if "strict_auditor" in cause:
        false_finding = false_finding | (wrong & strict & (rng.random(count) < 0.7))
    found = wrong | false_finding
    disputed = found & (rng.random(count) < np.where(false_finding, 0.35, 0.12))
    upheld = disputed & (rng.random(count) < np.where(false_finding, 0.60, 0.15))
    code = (rng.random(count)[:, None] > np.cumsum(ANYWAY)[None, :-1]).sum(axis=1)
    for name in cause.split("+"):
        if name in CODED:
            code = np.where(planted & (rng.random(count) < 0.5), CODED[name], code)
    decided = START + pd.to_timedelta(week * 7, unit="D")
    audit = [f"{area}{i}" for i in range(count)]
    return pd.DataFrame(
        {
            "audit_id": audit,
            "case_id": audit,
            "market": "XX",
            "moderator_id": np.char.add("m", person.astype(str)),
            "auditor_id": np.char.add("a", auditor.astype(str)),
            "queue": "video",
            "policy_area": area,
            "policy_version": np.where(after, "v2", "v1"),
            "correct": ~(found & ~upheld),
            "error_type": np.where(found & ~upheld, kind, "none"),
            "root_cause": np.where(found & ~upheld, np.array(CODES)[code], None),
            "sampling_weight": np.where(risky, 0.5, 1.2),
            "seeded": False,
            "disputed": disputed,
            "dispute_upheld": upheld,
            "decided_at": decided,
            "audited_at": decided + pd.Timedelta(2, "D"),
        }
    )


def _ratings(rng: np.random.Generator, area: str, cause: str, cases: int, size: float) -> pd.DataFrame:
    """Two experts a case: two of QA, or one of QA and one of the policy team; the reference is agreed later."""
    label = rng.choice(3, cases, p=[0.45, 0.40, 0.15])
    hard = rng.normal(0, 0.4, cases)
    both_qa = rng.random(cases) < 0.6
    role = np.column_stack([np.repeat("qa", cases), np.where(both_qa, "qa", "policy")])
    clear = np.where(role == "policy", 0.96, rng.uniform(0.91, 0.95))
    right = clear
    if "policy_unclear" in cause:
        right = clear - size * rng.uniform(0.25, 0.38)
    agrees = rng.random((cases, 2)) < special.expit(special.logit(right) + hard[:, None])
    tempting = (label + rng.integers(1, 3, cases)) % 3
    given = np.where(agrees, label[:, None], tempting[:, None])
    if "wrong_rubric" in cause:  # QA follows the rubric, all alike, where it departs from the policy
        departs = rng.random(cases) < size * rng.uniform(0.25, 0.45)
        by_rubric = np.where(agrees, tempting[:, None], label[:, None])
        given = np.where(departs[:, None] & (role == "qa"), by_rubric, given)
    rater = np.empty((cases, 2), dtype=object)
    for i in range(cases):
        rater[i] = [f"q{k}" for k in rng.choice(AUDITORS, 2, replace=False)]
        if not both_qa[i]:
            rater[i, 1] = f"p{rng.integers(2)}"
    return pd.DataFrame(
        {
            "calibration_id": np.repeat([f"c{k % 5}" for k in range(cases)], 2),
            "case_id": np.repeat([f"{area}-r{k}" for k in range(cases)], 2),
            "rater_id": rater.ravel(),
            "market": "XX",
            "role": role.ravel(),
            "policy_area": area,
            "label": LABELS[given.ravel()],
            "reference_label": LABELS[np.repeat(label, 2)],
            "rated_at": START + pd.Timedelta(70, "D"),
        }
    )


def _quiz(
    rng: np.random.Generator, area: str, cause: str, ability: np.ndarray, size: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Six items an area, answered by most of the twelve people."""
    ease = rng.normal(1.5, 0.6, 6)
    gaps = {"knowledge": rng.uniform(0.9, 1.5), "policy_unclear": 0.3, "update_not_absorbed": 0.4}
    gap = max(gaps.get(name, 0.0) for name in cause.split("+"))
    sat = np.flatnonzero(rng.random(PEOPLE) < 0.85)
    right = rng.random((len(sat), 6)) < special.expit(ease[None, :] + ability[sat][:, None] - size * gap)
    items = [f"{area}-i{k}" for k in range(6)]
    answers = pd.DataFrame(
        {
            "attempt_id": np.repeat([f"{area}-t{p}" for p in sat], 6),
            "item_id": np.tile(items, len(sat)),
            "moderator_id": np.repeat([f"m{p}" for p in sat], 6),
            "market": "XX",
            "wave": "quiz",
            "form": "A",
            "score": right.ravel().astype(float),
            "answered_at": START + pd.Timedelta(100, "D"),
        }
    )
    table = {"item_id": items, "form": "A", "policy_area": area, "max_score": 1.0, "scale": "quiz"}
    return answers, pd.DataFrame(table)


def public(cause: str) -> str:
    """Return the code under which a planted cause must be named."""
    return "rubric_or_tool" if cause in ("strict_auditor", "wrong_rubric") else cause
