"""Everything a report says. Each function takes a `Voice` and returns a gated `Block`."""

from __future__ import annotations

from tne.report.among import group_table
from tne.report.block import Block, block_from
from tne.report.briefing import area_weeks, briefing_front, by_need, policy_weeks
from tne.report.briefing_words import change_caveat, change_text
from tne.report.calibration import calibration_front
from tne.report.calibration_areas import area_agreement, group_agreement, other_areas, rated, rated_together
from tne.report.calibration_figures import area_figure, session_figure
from tne.report.calibration_parts import (
    agenda_table,
    agreement_frame,
    calibration_caveat,
    calibration_note,
    reference_table,
    strictness_text,
)
from tne.report.calibration_time import (
    again_table,
    drift_text,
    rated_again,
    session_frame,
)
from tne.report.changed import changed
from tne.report.ending import provenance
from tne.report.exhibit import figure, table, table_rows
from tne.report.front import front
from tne.report.gain_groups import gain_groups
from tne.report.gain_parts import closed_months, gain_parts, left_out
from tne.report.guardrails import guardrail_finding, guardrail_rows, guardrail_table, guardrail_text
from tne.report.learning import common_caveats, learning, learning_finding, learning_lead
from tne.report.narrative import caveat, checks, evidence, glossary, method_notes, paragraph, section
from tne.report.need import needs
from tne.report.needs import needs_front, needs_short
from tne.report.needs_disputes import disputes
from tne.report.needs_evidence import needs_evidence
from tne.report.needs_frames import (
    cause_shares,
    error_kinds,
    error_level,
    last_weeks,
    needs_checks,
    with_tenure,
    wrong_decisions,
)
from tne.report.needs_quiz import quiz_queue
from tne.report.needs_session import needs_sessions
from tne.report.needs_words import gap_text
from tne.report.onboarding import onboarding_front
from tne.report.onboarding_compare import trait_rows, trait_table, waves_compared
from tne.report.onboarding_curves import curve_names, ramp_frame, tenure_levels, tenure_shares
from tne.report.onboarding_hires import hire_traits, hire_waves, speed_targets, traits_of, with_season
from tne.report.onboarding_parts import (
    around,
    onboarding_checks,
    onboarding_missing,
    pace,
    ramp,
    rule_table,
    wave_pace,
)
from tne.report.onboarding_state import onboarding_items
from tne.report.onboarding_words import noise_text
from tne.report.own import own_front, own_section, own_text
from tne.report.page import page
from tne.report.people import coverage, group_result
from tne.report.portfolio import portfolio_front
from tne.report.portfolio_effects import exploratory, explored, pooled_forest, spread
from tne.report.portfolio_languages import language_counts, languages_annex
from tne.report.portfolio_programme import market_names, overall, poolable
from tne.report.portfolio_register import register
from tne.report.portfolio_runs import report_states, runs_text
from tne.report.portfolio_words import plans_due
from tne.report.quality import quality
from tne.report.reaction import ratings, reaction_caveat, reaction_lead, views
from tne.report.retention import retained, retention, retention_finding, retention_lead
from tne.report.shaping import (
    coverage_table,
    effect_rows,
    error_shares,
    gate,
    in_force,
    missing_exports,
    subsection,
    titled,
    training_weeks,
    weekly_level,
)
from tne.report.standing import effect_finding
from tne.report.tested import tested
from tne.report.tests_exact import (
    exactness,
    fairness,
    missed_table,
    part_table,
    reach_finding,
    reach_frame,
    reach_table,
    wave_table,
)
from tne.report.tests_front import tests_front
from tne.report.tests_items import (
    distractors,
    fairness_finding,
    item_actions,
    map_columns,
    map_finding,
    map_frame,
    question_checks,
    question_intro,
    question_table,
)
from tne.report.value import value_caveat, value_lead, value_section, value_table, value_texts
from tne.report.value_figure import drawn_first, value_figure
from tne.report.voice import Voice, voice, voice_from
from tne.report.weekly import weekly_front
from tne.report.weekly_days import weekly_days
from tne.report.weekly_state import weekly_items
from tne.report.weekly_weeks import weekly_caveat, weekly_charts, weekly_list
from tne.report.worth import worths

__all__ = [
    "Block",
    "Voice",
    "again_table",
    "agenda_table",
    "agreement_frame",
    "area_agreement",
    "area_figure",
    "area_weeks",
    "around",
    "block_from",
    "briefing_front",
    "by_need",
    "calibration_caveat",
    "calibration_front",
    "calibration_note",
    "cause_shares",
    "caveat",
    "change_caveat",
    "change_text",
    "changed",
    "checks",
    "closed_months",
    "common_caveats",
    "coverage",
    "coverage_table",
    "curve_names",
    "disputes",
    "distractors",
    "drawn_first",
    "drift_text",
    "effect_finding",
    "effect_rows",
    "error_kinds",
    "error_level",
    "error_shares",
    "evidence",
    "exactness",
    "exploratory",
    "explored",
    "fairness",
    "fairness_finding",
    "figure",
    "front",
    "gain_groups",
    "gain_parts",
    "gap_text",
    "gate",
    "glossary",
    "group_agreement",
    "group_result",
    "group_table",
    "guardrail_finding",
    "guardrail_rows",
    "guardrail_table",
    "guardrail_text",
    "hire_traits",
    "hire_waves",
    "in_force",
    "item_actions",
    "language_counts",
    "languages_annex",
    "last_weeks",
    "learning",
    "learning_finding",
    "learning_lead",
    "left_out",
    "map_columns",
    "map_finding",
    "map_frame",
    "market_names",
    "method_notes",
    "missed_table",
    "missing_exports",
    "needs",
    "needs_checks",
    "needs_evidence",
    "needs_front",
    "needs_sessions",
    "needs_short",
    "noise_text",
    "onboarding_checks",
    "onboarding_front",
    "onboarding_items",
    "onboarding_missing",
    "other_areas",
    "overall",
    "own_front",
    "own_section",
    "own_text",
    "pace",
    "page",
    "paragraph",
    "part_table",
    "plans_due",
    "policy_weeks",
    "poolable",
    "pooled_forest",
    "portfolio_front",
    "provenance",
    "quality",
    "question_checks",
    "question_intro",
    "question_table",
    "quiz_queue",
    "ramp",
    "ramp_frame",
    "rated",
    "rated_again",
    "rated_together",
    "ratings",
    "reach_finding",
    "reach_frame",
    "reach_table",
    "reaction_caveat",
    "reaction_lead",
    "reference_table",
    "register",
    "report_states",
    "retained",
    "retention",
    "retention_finding",
    "retention_lead",
    "rule_table",
    "runs_text",
    "section",
    "session_figure",
    "session_frame",
    "speed_targets",
    "spread",
    "strictness_text",
    "subsection",
    "table",
    "table_rows",
    "tenure_levels",
    "tenure_shares",
    "tested",
    "tests_front",
    "titled",
    "training_weeks",
    "trait_rows",
    "trait_table",
    "traits_of",
    "value_caveat",
    "value_figure",
    "value_lead",
    "value_section",
    "value_table",
    "value_texts",
    "views",
    "voice",
    "voice_from",
    "wave_pace",
    "wave_table",
    "waves_compared",
    "weekly_caveat",
    "weekly_charts",
    "weekly_days",
    "weekly_front",
    "weekly_items",
    "weekly_level",
    "weekly_list",
    "with_season",
    "with_tenure",
    "worths",
    "wrong_decisions",
]
