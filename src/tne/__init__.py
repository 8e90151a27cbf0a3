"""Does the training work? Cohort and pre/post analyses for Trust & Safety training."""

from __future__ import annotations

import importlib
import sys
from typing import Any

__version__ = "0.1.0"

# Public name -> module. Loaded on first use, so that planning a run imports neither pandas nor matplotlib.
_HOME = {
    "open": "tne.tables.workspace",
    "Workspace": "tne.tables.workspace",
    "quarter_before": "tne.tables.periods",
    "Check": "tne.result",
    "Estimate": "tne.result",
    "Estimates": "tne.result",
    "Result": "tne.result",
    "mean_change": "tne.measures.gain",
    "standardized_change": "tne.measures.gain",
    "normalized_gain": "tne.measures.gain",
    "mastery_change": "tne.measures.gain",
    "controlled_change": "tne.measures.controlled",
    "controlled_change_from_summary": "tne.measures.controlled_summary",
    "gain_under_attrition": "tne.measures.leavers",
    "cronbach_alpha": "tne.measures.reliability",
    "mcdonald_omega": "tne.measures.reliability",
    "reliable_change": "tne.measures.reliable_change",
    "forgetting_curve": "tne.measures.retention",
    "proficiency": "tne.measures.proficiency",
    "proficiency_noise": "tne.measures.proficiency",
    "proficiency_bias": "tne.measures.proficiency",
    "time_to_proficiency": "tne.measures.survival",
    "cumulative_incidence": "tne.measures.incidence",
    "hazard_ratio": "tne.measures.hazard",
    "learning_curve": "tne.measures.ramp",
    "forecast_ready": "tne.measures.forecast",
    "ancova": "tne.measures.adjusted",
    "group_effects": "tne.measures.groups",
    "survey_summary": "tne.measures.reaction",
    "survey_change": "tne.measures.follow_up",
    "ordered_logit": "tne.measures.ordered",
    "assign_cohort": "tne.measures.cohorts",
    "cohort_table": "tne.measures.cohorts",
    "trial": "tne.measures.trial",
    "randomization_test": "tne.measures.randomization",
    "sample_size": "tne.measures.design",
    "power": "tne.measures.design",
    "minimum_detectable_effect": "tne.measures.design",
    "assign_waitlist": "tne.measures.design",
    "clustered_ols": "tne.measures.ols",
    "two_way_fixed_effects": "tne.measures.two_way",
    "bacon_decomposition": "tne.measures.bacon",
    "interaction_weighted_att": "tne.measures.interaction_weighted",
    "adjusted_difference": "tne.measures.adjust",
    "group_time_att": "tne.measures.staggered",
    "aggregate": "tne.measures.staggered",
    "simultaneous_bands": "tne.measures.att_bands",
    "randomization_inference": "tne.measures.att_randomization",
    "event_study": "tne.measures.event_study",
    "pretrend": "tne.measures.event_study",
    "placebo": "tne.measures.event_study",
    "sensitivity": "tne.measures.event_study",
    "interrupted_series": "tne.measures.series",
    "control_chart": "tne.measures.control_chart",
    "weekly_signals": "tne.measures.weekly",
    "weekly_operations": "tne.measures.weekly_frame",
    "weekly_events": "tne.measures.weekly_events",
    "adjust_p": "tne.measures.pooling",
    "pool": "tne.measures.pool",
    "net_present_value": "tne.measures.value",
    "benefit_cost": "tne.measures.value",
    "utility_gain": "tne.measures.value",
    "programme_value": "tne.measures.value",
    "programme_costs": "tne.measures.value",
    "decision_volume": "tne.measures.value",
    "value_in_market": "tne.measures.value_market",
    "grade": "tne.measures.evidence",
    "decide": "tne.measures.decision",
    "audit_accuracy": "tne.measures.audit_accuracy",
    "auditor_strictness": "tne.measures.audit_strictness",
    "seeded_accuracy": "tne.measures.audit_seeded",
    "dispute_summary": "tne.measures.disputes",
    "knowledge_gaps": "tne.measures.needs",
    "root_causes": "tne.measures.needs_causes",
    "quiz_and_queue": "tne.measures.needs_quiz",
    "agreement": "tne.measures.agreement",
    "agreement_from_counts": "tne.measures.agreement_tables",
    "agreement_from_table": "tne.measures.agreement_tables",
    "agreement_by": "tne.measures.agreement_groups",
    "pairwise_agreement": "tne.measures.agreement_groups",
    "rater_accuracy": "tne.measures.agreement_accuracy",
    "agreement_drift": "tne.measures.agreement_sessions",
    "cases_to_discuss": "tne.measures.agreement_cases",
    "intraclass_correlation": "tne.measures.icc",
    "item_analysis": "tne.measures.items",
    "differential_item_functioning": "tne.measures.dif",
    "variance_components": "tne.measures.mixed",
    "mixed_logit": "tne.measures.mixed_logit",
    "irt": "tne.measures.irt",
    "latent_gain": "tne.measures.irt_gain",
    "learning_summary": "tne.measures.learning",
    "gain_by_group": "tne.measures.learning_groups",
    "took_both_tests": "tne.measures.learning_groups",
    "retained_gain": "tne.measures.retained",
    "reaction_summary": "tne.measures.reaction_summary",
    "assessment_summary": "tne.measures.assessment",
    "language_fairness": "tne.measures.fairness",
    "measurement_reach": "tne.measures.reach",
    "synthetic_control": "tne.measures.synthetic",
    "policy_change": "tne.measures.policy_change",
    "policy_calendar": "tne.measures.policy_calendar",
    "primary_effect": "tne.measures.primary",
    "wellbeing_change": "tne.measures.wellbeing",
    "guard_wellbeing": "tne.measures.wellbeing",
    "triage": "tne.measures.triage",
    "trainer_effects": "tne.measures.trainers",
    "funnel_limits": "tne.measures.trainers_funnel",
    "modality_effects": "tne.measures.modality",
    "explain": "tne.desk.explained",
    "explore": "tne.desk.panel",
    "ask": "tne.desk.answer",
    "before_after": "tne.desk.cohorts",
    "compare_cohorts": "tne.desk.cohorts",
    "published_numbers": "tne.desk.trace",
    "trace": "tne.desk.trace",
}
_ROOMS = {"figures": "tne.report.figures", "say": "tne.report.say"}

__all__ = ["__version__", *sorted(_HOME), *sorted(_ROOMS)]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        found = getattr(importlib.import_module(_HOME[name]), name)
        return importlib.import_module("tne.report.chosen").watched(found) if _at_desk else found
    if name in _ROOMS:
        return importlib.import_module(_ROOMS[name])
    raise AttributeError(f"module 'tne' has no attribute {name!r}{_meant(name)}", name=name)


def _meant(name: str) -> str:
    """Name the public name that is nearest to a misspelt one."""
    if name.startswith("_"):
        return ""
    near = importlib.import_module("difflib").get_close_matches(name, __all__, n=1)
    return f". Did you mean {near[0]}?" if near else ""


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))


def _in_notebook() -> bool:
    """Inside IPython alone: have frames of people and ungated results say that they are not for sharing.

    Returns whether this is IPython: there, measures also say when they are given groups chosen by the outcome.
    """
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is not None and shell.display_formatter is not None:
        importlib.import_module("tne.report.marking").mark(shell)
        return True
    return False


_at_desk = _in_notebook()
