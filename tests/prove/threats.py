"""Trained and waiting teams that differ by something else than the training: does the grade fall?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

import tne
from tests.prove.harness import Proof, reached

PROGRAMME = {"programme_id": "p", "title": "P", "rollout": "staggered", "rollout_unit": "team"}
DRAWN = PROGRAMME | {"rollout": "randomised", "rollout_unit": "person"}
CHOSEN = PROGRAMME | {"rollout": "targeted", "rollout_unit": "person"}
PLAN = {"minimum_effect": 1.5, "baseline_weeks": 12, "window_weeks": 8, "markets": ["X"], "sha256": "0"}
STARTS, WEEKS, TEAM, AUDITS = (16.0, 19.0, 22.0, np.nan), 36, 6, 13
BEST = {"staggered": "B", "randomised": "A", "targeted": "C"}
PLANTED = ("case_mix", "policy_shock", "other_programme", "attrition", "outside")
# the market has 144 people: the bar is that of 100; that of 150 and more is held by the proof of grades
LOWERED, KEPT, FALSE = 0.80, 0.80, 0.01


def one(seed: int) -> dict[str, Any]:
    """Grade one market as it is, and with each threat planted; the training is worth 3 points."""
    rng = np.random.default_rng(seed)
    teams = market(rng)
    rows = [graded("staggered", "none", teams, PROGRAMME)]
    rows += [graded("staggered", kind, plant(kind, teams, rng), PROGRAMME) for kind in PLANTED]
    arms = drawn(teams, rng)
    rows.append(graded("randomised", "none", arms, DRAWN))
    rows += [
        graded("randomised", kind, plant(kind, arms, rng), DRAWN) for kind in ("policy_shock", "attrition")
    ]
    rows.append(graded("randomised", "imbalance", imbalanced(arms, rng), DRAWN))
    rows.append(graded("targeted", "none", chosen(teams, rng, by_score=False), CHOSEN))
    rows.append(graded("targeted", "imbalance", chosen(teams, rng, by_score=True), CHOSEN))
    return {"rows": rows}


def market(rng: np.random.Generator, effect: float = 3.0) -> pd.DataFrame:
    """24 teams of six in four waves, 13 audits a person-week in target areas and as many in others."""
    n = 24 * TEAM
    person, week = (a.ravel() for a in np.meshgrid(np.arange(n), np.arange(WEEKS), indexing="ij"))
    start = np.repeat(rng.permutation(np.repeat(STARTS, 6)), TEAM)[person]
    level = rng.normal(0.80, 0.05, n)[person] + 0.01 * np.sin(week / 8)
    frame = pd.DataFrame(
        {"market": "X", "moderator_id": person, "period": week, "home_team": (person // TEAM)}
    )
    frame["home_team"] = frame["home_team"].astype(str)
    frame["cohort"] = frame["home_cohort"] = start
    changed = int(rng.integers(13, 21))  # one policy in five changes around the training, for everybody
    other = int(rng.integers(8, 28))  # another programme trains half of the people, whatever their team
    had = (rng.random(n) < 0.5)[person] & (week >= other)
    mix = rng.normal(0, 0.02, len(frame))
    return frame.assign(
        arm="", tenure_weeks=100.0, weight_sum=float(AUDITS), outside_weight_sum=float(AUDITS), level=level,
        after=week >= start, share=level + mix + 0.01 * effect * (week >= start),
        outside_weighted_correct=rng.binomial(AUDITS, np.clip(level, 0, 1)).astype(float),
        expected_correct=AUDITS * (0.8 + mix),
        new_policy_weight=np.where(week >= changed, rng.binomial(AUDITS, 0.2, len(frame)), 0).astype(float),
        policy_changes=(week >= changed).astype(int), changed=changed,
        other_programmes=had.astype(int), weeks_since_other=np.where(had, week - other, np.nan),
    )  # fmt: skip


def drawn(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Half of the people drawn by lot for week 16, the others wait."""
    lot = rng.permutation(frame["moderator_id"].nunique()) % 2 == 0
    trained = lot[frame["moderator_id"]]
    return _trained(frame, trained).assign(arm=np.where(trained, "trained", "waitlist"))


def chosen(frame: pd.DataFrame, rng: np.random.Generator, *, by_score: bool) -> pd.DataFrame:
    """Thirty in a hundred trained in week 16: some of all, or those with the lowest level."""
    level = frame.groupby("moderator_id")["level"].mean()
    rank = (level if by_score else pd.Series(rng.random(len(level)))).rank(pct=True).to_numpy()
    return _trained(frame, (rank <= 0.3)[frame["moderator_id"]])


def _trained(frame: pd.DataFrame, trained: np.ndarray) -> pd.DataFrame:
    after = trained & (frame["period"] >= STARTS[0])
    share = frame["share"] + 0.03 * (after.astype(int) - frame["after"].astype(int))
    return frame.assign(
        cohort=np.where(trained, STARTS[0], np.nan), home_cohort=np.nan, after=after, share=share
    )


def imbalanced(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Somebody moved half of the waiting people to the trained arm."""
    moved = (rng.random(frame["moderator_id"].nunique()) < 0.5)[frame["moderator_id"]]
    trained = frame["arm"].eq("trained").to_numpy() | moved
    return _trained(frame, trained).assign(arm=np.where(trained, "trained", "waitlist"))


def plant(kind: str, frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """One thing that happened to the trained alone, worth three points where it moves accuracy."""
    frame, after = frame.copy(), frame["after"]
    if kind == "case_mix":
        frame["share"] += 0.03 * after
        frame["expected_correct"] += AUDITS * 0.03 * after
    elif kind == "policy_shock":  # only the trained work under the new version, and it is easier to apply
        mine = frame["cohort"].notna()
        frame["new_policy_weight"] = np.where(mine, frame["new_policy_weight"], 0.0)
        frame["share"] += 0.03 * (mine & (frame["period"] >= frame["changed"]))
    elif kind == "other_programme":
        second = frame["cohort"] + 2
        later = frame["period"] >= second
        frame["share"] += 0.03 * later
        frame["other_programmes"] += later.astype(int)
        frame["weeks_since_other"] = np.where(later, frame["period"] - second, frame["weeks_since_other"])
    elif kind == "attrition":  # four in ten of the trained leave after a week, the weaker ones first
        level = frame.groupby("moderator_id")["level"].mean()
        leaves = ((level + rng.normal(0, 0.05, len(level))).rank(pct=True) <= 0.4).to_numpy()
        frame = frame.loc[~(leaves[frame["moderator_id"]] & (frame["period"] > frame["cohort"]))]
    elif kind == "outside":  # what came was no training: it lifted every policy area
        frame["outside_weighted_correct"] = (
            frame["outside_weighted_correct"] + rng.binomial(AUDITS, 0.05, len(frame)) * after
        )
    return frame


def graded(design: str, kind: str, frame: pd.DataFrame, programme: dict[str, str]) -> dict[str, Any]:
    """Draw the audits, estimate and grade."""
    rng = np.random.default_rng(len(frame))
    right = rng.binomial(AUDITS, np.clip(frame["share"], 0, 1)).astype(float)
    found = tne.primary_effect(
        frame.assign(weighted_correct=right), market="X", programme=programme, plan=PLAN
    )
    status = {check.name: check.status for check in found.checks}
    return {
        "design": design, "planted": kind, "grade": found.grade.letter, "error": found.effect.estimate - 3.0,
        "covered": bool(found.effect.conf_low <= 3.0 <= found.effect.conf_high),
        "failed": sorted(name for name, s in status.items() if s == "fail"),
    }  # fmt: skip


def judge(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """A planted threat lowers the grade in 80 % of runs; without one it stays, and no doubt is invented."""
    cells = pd.DataFrame([cell for row in rows for cell in row["rows"]])
    lowered = cells["grade"] > cells["design"].map(BEST)
    shares = lowered.groupby([cells["design"], cells["planted"]]).mean()
    quiet = cells.loc[cells["planted"].eq("none")]
    doubts = {"case_mix", "policy_change", "overlapping_programmes", "differential_attrition"}
    invented = quiet["failed"].map(lambda names: bool(doubts & set(names)))
    slack = 3 * np.sqrt(FALSE * (1 - FALSE) / len(quiet))
    mixed = cells.loc[cells["planted"].eq("case_mix")]
    outcomes = {
        "lowered": {f"{d}: {p}": round(float(s), 4) for (d, p), s in shares.items()},
        "doubts_invented": float(invented.mean()),
        "error_with_another_case_mix": float(mixed["error"].mean()),
        "coverage_with_another_case_mix": float(mixed["covered"].mean()),
    }
    bars = {f"{d}_{p}_lowers": bool(s >= LOWERED) for (d, p), s in shares.items() if p != "none"}
    bars |= {
        f"{d}_kept": bool(s <= 1 - KEPT + 3 * np.sqrt(0.05 * 0.95 / len(rows)))
        for (d, p), s in shares.items()
        if p == "none"
    }
    bars["no_doubt_invented"] = bool(invented.mean() <= FALSE + slack)
    bars["common_mix_is_unbiased"] = bool(abs(mixed["error"].mean()) < 3 * mixed["error"].sem() + 0.1)
    return {"runs": len(rows), "outcomes": outcomes, "bars": bars, "passed": all(bars.values())}


THREATS = Proof(
    name="threats",
    claim="imbalance, differential attrition and what reached one side alone lower the grade; else it is kept",
    covers=reached("tne.measures.primary"),
    replications=500,
    one=one,
    judge=judge,
)
