"""What makes each number of the reports: the question behind it, the functions, the tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Made:
    """How a report comes to a kind of number.

    Parameters
    ----------
    text : str
        What the number is.
    functions : tuple of str
        Public names that the report's notebook calls for it.
    tables : tuple of str
        Tables that the number rests on, besides `markets` and `programmes`.
    question : str
        Question of the desk that gives the same number; "" where there is none.
    """

    text: str
    functions: tuple[str, ...]
    tables: tuple[str, ...]
    question: str = ""


_PANEL = ("audits", "enrolments", "attendance", "sessions", "moderators", "policies")
_TESTS = ("responses", "items", "enrolments", "attendance", "sessions")
_WEEK = ("audits", "production", "appeals", "moderators")
_EFFECT = Made(
    "Change in audited accuracy by the design of the roll-out", ("primary_effect",), _PANEL, "effect"
)
_LEARNED = Made("Summary of the tests before and after", ("learning_summary",), _TESTS, "learning")
_RATED = Made(
    "Ratings in the surveys", ("reaction_summary",), ("surveys", "enrolments", "moderators"), "reaction"
)
_RAIL = Made("Side effect, by the same comparison", ("primary_effect",), (*_PANEL, "production"))
_ITEMS = Made("Statistics of the test and its questions", ("assessment_summary",), ("responses", "items"))
_PRICED = Made(
    "Worth of the effect at the prices of [value]", ("value_in_market", "programme_costs"), (*_PANEL, "costs")
)
_RATERS = ("ratings", "markets")
_GAP = Made("Gap by policy area", ("knowledge_gaps",), ("audits", "production"))
_HIRES = Made("Onboarding with leavers as a competing end", ("cumulative_incidence",), ("moderators", *_WEEK))
_MOVED = Made("Last full week against the weeks before", ("weekly_operations", "weekly_signals"), _WEEK)

#: By report and measure; "" stands for every other measure of the report.
MADE: Mapping[tuple[str, str], Made] = MappingProxyType(
    {
        ("assessment", ""): _ITEMS,
        ("briefing", "policy_error"): Made(
            "Error rate around a change of policy", ("policy_change", "policy_calendar"), ("audits", "policies")
        ),
        ("calibration", "agreement"): Made("Agreement of raters", ("agreement_by",), _RATERS),
        ("calibration", "agreement_session"): Made("Agreement by session", ("agreement_by",), _RATERS),
        ("calibration", "agreement_drift"): Made("Trend of agreement", ("agreement_drift",), _RATERS),
        ("calibration", "auditor_strictness"): Made("Spread of auditors", ("auditor_strictness",), ("audits",)),
        ("calibration", "reference_accuracy"): Made("Against the reference", ("rater_accuracy",), _RATERS),
        ("effectiveness", "accuracy"): _EFFECT,
        ("effectiveness", "verdict"): Made("Decision by the rule", ("primary_effect", "guard_wellbeing"), _PANEL),
        **{
            ("effectiveness", name): _LEARNED
            for name in (
                "attrition", "difference", "gain", "mastery", "normalized_gain", "reliable_change", "retained_gain",
                "standardized_change",
            )
        },
        ("effectiveness", "among_groups"): Made("Result among all markets", ("group_effects",), _TESTS),
        ("effectiveness", "handle_seconds"): _RAIL,
        ("effectiveness", "exposure_minutes"): _RAIL,
        ("effectiveness", "wellbeing"): Made("Change in wellbeing", ("guard_wellbeing",), ("surveys",)),
        ("effectiveness", "value"): _PRICED,
        ("effectiveness", ""): _RATED,
        ("needs", ""): _GAP,
        ("onboarding", "time_to_proficiency"): Made(
            "Weeks until good and fast enough", ("time_to_proficiency", "proficiency"), ("moderators", *_WEEK)
        ),
        ("onboarding", ""): _HIRES,
        ("portfolio", "accuracy"): Made("Pooled effect over the markets", ("pool", "primary_effect"), _PANEL),
        ("portfolio", ""): Made("Register and counts of all markets", ("primary_effect", "pool"), _PANEL),
        ("weekly", ""): _MOVED,
    }
)  # fmt: skip
#: Of `learning` and by group: another function makes it.
BY_GROUP = Made("Gain of each group", ("gain_by_group",), _TESTS)


def made(report: str, measure: str, group: str = "all") -> Made | None:
    """Return how a report comes to a measure; None for a report that is not the house's."""
    if (report, measure) == ("effectiveness", "gain") and group not in ("all", ""):
        return BY_GROUP
    return MADE.get((report, measure)) or MADE.get((report, ""))
