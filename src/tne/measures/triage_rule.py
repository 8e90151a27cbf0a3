"""Which cause do the pieces of evidence speak for, and who acts?"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from scipy import special

from tne.measures.triage_shares import Kind

# what each share is expected to be: usual level and its doubt, spread of harmless cells, rise and its spread (logits)
KINDS: dict[str, Kind] = {
    "error_rate": Kind(0.10, 0.4, 0.3, 0.9, 0.4, often=(0.05, 0.2, 0.4, 0.6, 0.8)),
    "expert_disagreement": Kind(0.12, 0.5, 0.35, 1.9, 0.7),
    "qa_against_policy": Kind(0.08, 0.5, 0.35, 1.9, 0.7),
    "qa_beyond_disagreement": Kind(0.03, 0.6, 0.5, 2.4, 0.8),  # the same where QA's own disagreement is known
    "technical_rate": Kind(0.008, 0.6, 0.5, 2.6, 0.8),
    "findings_overturned": Kind(0.04, 0.6, 0.4, 1.8, 0.7),
    "quiz_wrong": Kind(0.25, 0.6, 0.3, 1.1, 0.4),
    "coded": Kind(0.15, 0.6, 0.5, 1.8, 0.7),
}
CODED = ("policy_unclear", "knowledge", "update", "individual", "rubric", "technical")
EVIDENCE = (
    "error_rate",
    "expert_disagreement",
    "qa_against_policy",
    "qa_beyond_disagreement",
    "rise_after_update",
    "people_spread",
    "auditor_spread",
    "technical_rate",
    "findings_overturned",
    "quiz_wrong",
    *(f"coded_{code}" for code in CODED),
    "people_level",
    "auditor_level",
)
# where a few stand apart the others are at a usual level, which explains how many errors there are
LEVEL_OF = {"people_spread": "people_level", "auditor_spread": "auditor_level"}
# chance that a piece of evidence is raised, given the cause: the order of EVIDENCE without the codes; a cause that acts
# on every decision of an area is no cause of a gap unless more of them are wrong
CHANCES: dict[str, tuple[float, ...]] = {
    #                 errors experts QA-pol beyond rise  people auditors technical overturned quiz
    "policy_unclear": (0.97, 0.96, 0.80, 0.12, 0.04, 0.05, 0.10, 0.03, 0.25, 0.30),
    "knowledge": (0.97, 0.03, 0.08, 0.04, 0.03, 0.05, 0.03, 0.03, 0.03, 0.80),
    "update": (0.80, 0.05, 0.08, 0.04, 0.97, 0.05, 0.03, 0.03, 0.08, 0.40),
    "individual": (0.04, 0.03, 0.03, 0.03, 0.03, 0.97, 0.04, 0.03, 0.05, 0.20),
    "auditor": (0.04, 0.03, 0.15, 0.12, 0.03, 0.04, 0.97, 0.03, 0.50, 0.05),
    "rubric": (0.97, 0.05, 0.65, 0.65, 0.08, 0.03, 0.08, 0.03, 0.85, 0.05),
    "technical": (0.97, 0.03, 0.03, 0.03, 0.08, 0.04, 0.03, 0.97, 0.15, 0.05),
    "no_problem": (0.04, 0.03, 0.03, 0.03, 0.02, 0.02, 0.02, 0.03, 0.03, 0.05),
}
CODED_RIGHT, CODED_ANYWAY = 0.70, 0.08  # how often a cause raises its own code, and another's
LEVEL_KNOWN, LEVEL_FREE = 0.97, 0.0001  # chance that those who do not stand apart are at a usual level
TWO_RAISED = 0.9  # chance of more errors where two causes are at work
TWO_AT_ONCE = 0.06  # share of problems with two causes at work; the single ones are equally likely
HARMLESS = {0.2: 0.45, 0.4: 0.3, 0.55: 0.15, 0.7: 0.1}  # share of harmless cells, and how likely each is
# causes whose gap shows inside the area, in its own weeks, people or auditors, and the piece that shows it
OWN_SIGN = {"update": "rise_after_update", "individual": "people_spread", "auditor": "auditor_spread"}
CAUSE_OF = {"update": "update_not_absorbed", "individual": "individual_coaching"}
CAUSE_OF |= {"auditor": "rubric_or_tool", "rubric": "rubric_or_tool"}
ACTION = {
    "policy_unclear": ("clarify_policy", "policy_owner"),
    "knowledge": ("train", "trainer"),
    "update": ("brief", "trainer"),
    "individual": ("coach", "team_lead"),
    "auditor": ("recalibrate_auditors", "qa_lead"),
    "rubric": ("fix_rubric", "qa_lead"),
    "technical": ("fix_tool", "tool_owner"),
    "no_problem": ("none", ""),
    "cannot_tell": ("gather_more", "training_analyst"),
}
SPEAKS_FOR = {
    "error_rate": "a problem",
    "expert_disagreement": "policy_unclear",
    "qa_against_policy": "policy_unclear, rubric_or_tool",
    "rise_after_update": "update_not_absorbed",
    "people_spread": "individual_coaching",
    "auditor_spread": "rubric_or_tool",
    "technical_rate": "technical",
    "findings_overturned": "rubric_or_tool",
    "quiz_wrong": "knowledge",
}


def cause_of(name: str) -> str:
    """Return the public code of a cause; the two that the rubric shares become one."""
    return CAUSE_OF.get(name, name)


def table_of_chances() -> dict[str, np.ndarray]:
    """Return the chance that each piece of `EVIDENCE` is raised under each cause, two at once included."""
    single = {}
    for name, given in CHANCES.items():
        codes = [CODED_RIGHT if code == name else CODED_ANYWAY for code in CODED]
        levels = [LEVEL_KNOWN if cause == name else LEVEL_FREE for cause in ("individual", "auditor")]
        single[name] = np.array([*given, *codes, *levels])
    problems = [name for name in single if name != "no_problem"]
    pairs = {f"{a}+{b}": np.maximum(single[a], single[b]) for a, b in combinations(problems, 2)}
    for both in pairs.values():  # what else is at work there leaves nobody at a usual level
        both[0], both[-2:] = max(both[0], TWO_RAISED), LEVEL_FREE
    return single | pairs


def judge(usual: np.ndarray, raised: np.ndarray) -> dict[str, np.ndarray]:
    """Return the probability of each cause, and of each two at once, in each cell.

    Parameters
    ----------
    usual, raised : array of shape (cells, evidence)
        Log likelihood of each piece where it is usual and where it is raised; equal where it is missing.

    Notes
    -----
    ``log P(cause) = log prior + Σ log(chance · L_raised + (1 − chance) · L_usual)``: pieces count as independent
    given the cause. The prior of "no problem" is the share of harmless cells, learnt from the other cells.
    """
    chances = table_of_chances()
    logs = {}
    for name, chance in chances.items():
        each = np.logaddexp(np.log(chance) + raised, np.log1p(-chance) + usual)
        logs[name] = each.sum(axis=1)
    problems = [name for name in logs if name != "no_problem"]
    pairs = sum("+" in name for name in problems)
    for name in problems:
        share = TWO_AT_ONCE / pairs if "+" in name else (1 - TWO_AT_ONCE) / (len(problems) - pairs)
        logs[name] = logs[name] + np.log(share)
    harmless = logs["no_problem"]
    gap = special.logsumexp([logs[name] for name in problems], axis=0)
    shares, prior = (np.array(list(part))[:, None] for part in (HARMLESS, HARMLESS.values()))
    each = np.logaddexp(np.log(shares) + harmless, np.log1p(-shares) + gap)
    others = np.log(prior) + each.sum(axis=1, keepdims=True) - each
    others -= special.logsumexp(others, axis=0)
    none = special.logsumexp(others + np.log(shares), axis=0)
    some = special.logsumexp(others + np.log1p(-shares), axis=0)
    logs = {name: value + (none if name == "no_problem" else some) for name, value in logs.items()}
    total = special.logsumexp(list(logs.values()), axis=0)
    return {name: np.exp(value - total) for name, value in logs.items()}
