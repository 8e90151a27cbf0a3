"""How far does the evidence reach? A grade computed from the design and from what was tested."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from tne.checks import require_choice
from tne.result import Check, Estimate, Result

DESIGN_LETTER = {
    "randomised": "A",
    "staggered": "B",
    "parallel": "B",
    "controlled_series": "C",
    "adjusted": "C",
    "single_series": "D",
    "one_treated_cluster": "D",
    "matched_pre_post": "D",
    "none": "D",
    "self_report": "E",
}
# What each letter needs. A tuple inside means: one of them is enough.
NEEDS: dict[str, tuple[str | tuple[str, ...], ...]] = {
    "A": ("sample_ratio", "differential_attrition"),
    "B": ("treated_clusters", ("linear_trend", "relative_magnitude"), "pretrend", "placebo"),
    "C": ("overlap", "balance"),
}
# Needed only where the analysis reports them: clusters exist only in clustered designs.
IF_PRESENT = {"A": ("clusters",), "B": (), "C": ("autocorrelation", "short_series")}
# What else happened: one of them found lowers any letter. Not tested is said, and lowers nothing: the table asks for
# none of them.
THREATS = ("differential_attrition", "case_mix", "policy_change", "overlapping_programmes")
REMEDY = {
    "sample_ratio": "randomise_next_wave",
    "differential_attrition": "reduce_attrition",
    "clusters": "more_clusters",
    "treated_clusters": "more_clusters",
    "linear_trend": "more_people",
    "relative_magnitude": "sensitivity_check",
    "pretrend": "randomise_next_wave",
    "placebo": "randomise_next_wave",
    "overlap": "randomise_next_wave",
    "balance": "randomise_next_wave",
    "autocorrelation": "comparison_group",
    "short_series": "longer_baseline",
    "case_mix": "randomise_next_wave",
    "policy_change": "randomise_next_wave",
    "overlapping_programmes": "randomise_next_wave",
}
RAISE_DESIGN = {
    "B": "randomise_next_wave",
    "C": "comparison_group",
    "D": "comparison_group",
    "E": "comparison_group",
}


@dataclass(frozen=True, kw_only=True)
class Grade(Result):
    """Evidence grade of one finding.

    Parameters
    ----------
    letter : {"A", "B", "C", "D", "E"}
        What the design can support after its checks.
    precision : {"conclusive", "suggestive", "uninformative"}
        Whether the interval settles the question.
    design : str
        The design that was graded.
    reasons, would_raise : tuple of str
        Codes of why it is not higher, and of what would raise it. Reports translate them.
    """

    letter: str
    precision: str
    design: str
    reasons: tuple[str, ...] = ()
    would_raise: tuple[str, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        row = {
            "letter": self.letter,
            "precision": self.precision,
            "design": self.design,
            "reasons": ", ".join(self.reasons),
            "would_raise": ", ".join(self.would_raise),
        }
        return pd.DataFrame([row])

    def __str__(self) -> str:
        why = f" ({', '.join(self.reasons)})" if self.reasons else ""
        return f"Evidence {self.letter}, {self.precision}: {self.design}{why}."


def grade(
    design: str,
    checks: Iterable[Check],
    *,
    estimate: Estimate | None = None,
    minimum_effect: float = math.nan,
) -> Grade:
    """Grade the evidence of a finding from its design and its checks.

    Parameters
    ----------
    design : str
        One of ``randomised``, ``staggered``, ``parallel``, ``controlled_series``, ``adjusted``,
        ``single_series``, ``one_treated_cluster``, ``matched_pre_post``, ``none``, ``self_report``.
    checks : iterable of Check
        What the analysis tested. A check that is needed and absent counts as not passed.
    estimate : Estimate, optional
        The finding whose precision is judged.
    minimum_effect : float
        Smallest effect worth having, in the estimate's unit.

    Returns
    -------
    Grade

    Raises
    ------
    ValueError
        If `design` is unknown.

    Notes
    -----
    A needs a passed sample ratio, differential attrition, and enough clusters where there are clusters; else B.
    B needs enough treated clusters, a conclusion that survives the linear pre-trend (or relative magnitudes at
    M of at least 1), and joint pre-trend and placebo tests that do not reject; else C. C needs overlap and
    balance; else D. "Not enough data to test" is not passed. A case mix, policy or other programme that reached one
    side, or people who left one side, lower A, B and C by one letter too. The grade says nothing about the effect's
    size.

    References
    ----------
    Shadish, Cook and Campbell (2002), Experimental and Quasi-Experimental Designs, for the threats to each design;
    Rambachan and Roth (2023), Review of Economic Studies 90, for what a conclusion must survive; the letters are the
    house's (docs/methods.md, "Evidence grade").

    Examples
    --------
    >>> from tne.result import Check
    >>> ok = [Check("sample_ratio", "pass"), Check("differential_attrition", "pass")]
    >>> grade("randomised", ok).letter, grade("randomised", ok[:1]).letter
    ('A', 'B')
    """
    require_choice(design, tuple(DESIGN_LETTER), "design")
    tested = tuple(checks)
    letter = DESIGN_LETTER[design]
    unmet = _unmet(letter, tested, design)
    reasons = [f"design_{design}", *(f"{name}_{status}" for name, status in unmet)]
    raises = [REMEDY[name] for name, _ in unmet if name in REMEDY]
    if unmet:
        letter = chr(ord(letter) + 1)
    if letter in RAISE_DESIGN and not unmet:
        raises.append(RAISE_DESIGN[letter])
    return Grade(
        letter=letter,
        precision=precision(estimate, minimum_effect=minimum_effect),
        design=design,
        reasons=tuple(reasons),
        would_raise=tuple(dict.fromkeys(raises)),
        checks=tested,
    )


def precision(estimate: Estimate | None, *, minimum_effect: float = math.nan) -> str:
    """Say whether an interval settles the question.

    Conclusive: it excludes zero, or excludes the minimum effect from below. Suggestive: the estimate is more than
    one standard error from zero, or the interval's half-width is below the minimum effect. Else uninformative.
    """
    if estimate is None or math.isnan(estimate.conf_low) or math.isnan(estimate.conf_high):
        return "uninformative"
    low, high = estimate.conf_low, estimate.conf_high
    if low > 0 or high < 0 or high < minimum_effect:
        return "conclusive"
    half = (high - low) / 2
    if abs(estimate.estimate) > estimate.std_error or half < minimum_effect:
        return "suggestive"
    return "uninformative"


def _unmet(letter: str, tested: tuple[Check, ...], design: str) -> list[tuple[str, str]]:
    """Needs that did not pass, as (check name, status); an alternative is named by its first member."""
    if letter not in NEEDS:
        return []
    status = {check.name: check.status for check in tested}
    needs = NEEDS[letter]
    if design == "controlled_series":
        needs = ()
    unmet = []
    for need in needs:
        names = (need,) if isinstance(need, str) else need
        if not any(status.get(name) == "pass" for name in names):
            unmet.append((names[0], status.get(names[0], "not_run")))
    unmet += [(n, status[n]) for n in IF_PRESENT[letter] if n in status and status[n] != "pass"]
    named = {name for name, _ in unmet}
    return unmet + [(n, "fail") for n in THREATS if status.get(n) == "fail" and n not in named]
