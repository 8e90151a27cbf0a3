from tne.desk.answer import ask
from tne.desk.cohorts import before_after, compare_cohorts
from tne.desk.explained import explain
from tne.desk.panel import explore
from tne.desk.trace import published_numbers, trace
from tne.measures.adjust import adjusted_difference
from tne.measures.adjusted import ancova
from tne.measures.agreement import agreement
from tne.measures.agreement_accuracy import rater_accuracy
from tne.measures.agreement_cases import cases_to_discuss
from tne.measures.agreement_groups import agreement_by, pairwise_agreement
from tne.measures.agreement_sessions import agreement_drift
from tne.measures.agreement_tables import agreement_from_counts, agreement_from_table
from tne.measures.assessment import assessment_summary
from tne.measures.att_bands import simultaneous_bands
from tne.measures.att_randomization import randomization_inference
from tne.measures.audit_accuracy import audit_accuracy
from tne.measures.audit_seeded import seeded_accuracy
from tne.measures.audit_strictness import auditor_strictness
from tne.measures.bacon import bacon_decomposition
from tne.measures.cohorts import assign_cohort, cohort_table
from tne.measures.control_chart import control_chart
from tne.measures.controlled import controlled_change
from tne.measures.controlled_summary import controlled_change_from_summary
from tne.measures.decision import decide
from tne.measures.design import assign_waitlist, minimum_detectable_effect, power, sample_size
from tne.measures.dif import differential_item_functioning
from tne.measures.disputes import dispute_summary
from tne.measures.event_study import event_study, placebo, pretrend, sensitivity
from tne.measures.evidence import grade
from tne.measures.fairness import language_fairness
from tne.measures.follow_up import survey_change
from tne.measures.forecast import forecast_ready
from tne.measures.gain import mastery_change, mean_change, normalized_gain, standardized_change
from tne.measures.groups import group_effects
from tne.measures.hazard import hazard_ratio
from tne.measures.icc import intraclass_correlation
from tne.measures.incidence import cumulative_incidence
from tne.measures.interaction_weighted import interaction_weighted_att
from tne.measures.irt import irt
from tne.measures.irt_gain import latent_gain
from tne.measures.items import item_analysis
from tne.measures.learning import learning_summary
from tne.measures.learning_groups import gain_by_group, took_both_tests
from tne.measures.leavers import gain_under_attrition
from tne.measures.mixed import variance_components
from tne.measures.mixed_logit import mixed_logit
from tne.measures.modality import modality_effects
from tne.measures.needs import knowledge_gaps
from tne.measures.needs_causes import root_causes
from tne.measures.needs_quiz import quiz_and_queue
from tne.measures.ols import clustered_ols
from tne.measures.ordered import ordered_logit
from tne.measures.policy_calendar import policy_calendar
from tne.measures.policy_change import policy_change
from tne.measures.pool import pool
from tne.measures.pooling import adjust_p
from tne.measures.primary import primary_effect
from tne.measures.proficiency import proficiency, proficiency_bias, proficiency_noise
from tne.measures.ramp import learning_curve
from tne.measures.randomization import randomization_test
from tne.measures.reach import measurement_reach
from tne.measures.reaction import survey_summary
from tne.measures.reaction_summary import reaction_summary
from tne.measures.reliability import cronbach_alpha, mcdonald_omega
from tne.measures.reliable_change import reliable_change
from tne.measures.retained import retained_gain
from tne.measures.retention import forgetting_curve
from tne.measures.series import interrupted_series
from tne.measures.staggered import aggregate, group_time_att
from tne.measures.survival import time_to_proficiency
from tne.measures.synthetic import synthetic_control
from tne.measures.trainers import trainer_effects
from tne.measures.trainers_funnel import funnel_limits
from tne.measures.triage import triage
from tne.measures.trial import trial
from tne.measures.two_way import two_way_fixed_effects
from tne.measures.value import (
    benefit_cost,
    decision_volume,
    net_present_value,
    programme_costs,
    programme_value,
    utility_gain,
)
from tne.measures.value_market import value_in_market
from tne.measures.weekly import weekly_signals
from tne.measures.weekly_events import weekly_events
from tne.measures.weekly_frame import weekly_operations
from tne.measures.wellbeing import guard_wellbeing, wellbeing_change
from tne.report import figures, say
from tne.result import Check, Estimate, Estimates, Result
from tne.tables.periods import quarter_before
from tne.tables.workspace import Workspace, open

__version__: str
__all__ = [
    "Check",
    "Estimate",
    "Estimates",
    "Result",
    "Workspace",
    "__version__",
    "adjust_p",
    "adjusted_difference",
    "aggregate",
    "agreement",
    "agreement_by",
    "agreement_drift",
    "agreement_from_counts",
    "agreement_from_table",
    "ancova",
    "ask",
    "assessment_summary",
    "assign_cohort",
    "assign_waitlist",
    "audit_accuracy",
    "auditor_strictness",
    "bacon_decomposition",
    "before_after",
    "benefit_cost",
    "cases_to_discuss",
    "clustered_ols",
    "cohort_table",
    "compare_cohorts",
    "control_chart",
    "controlled_change",
    "controlled_change_from_summary",
    "cronbach_alpha",
    "cumulative_incidence",
    "decide",
    "decision_volume",
    "differential_item_functioning",
    "dispute_summary",
    "event_study",
    "explain",
    "explore",
    "figures",
    "forecast_ready",
    "forgetting_curve",
    "funnel_limits",
    "gain_by_group",
    "gain_under_attrition",
    "grade",
    "group_effects",
    "group_time_att",
    "guard_wellbeing",
    "hazard_ratio",
    "interaction_weighted_att",
    "interrupted_series",
    "intraclass_correlation",
    "irt",
    "item_analysis",
    "knowledge_gaps",
    "language_fairness",
    "latent_gain",
    "learning_curve",
    "learning_summary",
    "mastery_change",
    "mcdonald_omega",
    "mean_change",
    "measurement_reach",
    "minimum_detectable_effect",
    "mixed_logit",
    "modality_effects",
    "net_present_value",
    "normalized_gain",
    "open",
    "ordered_logit",
    "pairwise_agreement",
    "placebo",
    "policy_calendar",
    "policy_change",
    "pool",
    "power",
    "pretrend",
    "primary_effect",
    "proficiency",
    "proficiency_bias",
    "proficiency_noise",
    "programme_costs",
    "programme_value",
    "published_numbers",
    "quarter_before",
    "quiz_and_queue",
    "randomization_inference",
    "randomization_test",
    "rater_accuracy",
    "reaction_summary",
    "reliable_change",
    "retained_gain",
    "root_causes",
    "sample_size",
    "say",
    "seeded_accuracy",
    "sensitivity",
    "simultaneous_bands",
    "standardized_change",
    "survey_change",
    "survey_summary",
    "synthetic_control",
    "time_to_proficiency",
    "took_both_tests",
    "trace",
    "trainer_effects",
    "triage",
    "trial",
    "two_way_fixed_effects",
    "utility_gain",
    "value_in_market",
    "variance_components",
    "weekly_events",
    "weekly_operations",
    "weekly_signals",
    "wellbeing_change",
]
