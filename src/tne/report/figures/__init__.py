"""The figures of the reports: a publishable frame in, axes out.

Each function has a companion ``<name>_values`` with the numbers for the alt text. Frames arrive gated
(`tne.report.disclosure`): numbers that are hidden there are never drawn.
"""

from __future__ import annotations

from tne.report.figures.assumptions import tornado, tornado_values
from tne.report.figures.chance import funnel, funnel_values
from tne.report.figures.climb import gain_ladder, gain_ladder_values
from tne.report.figures.control import control_chart, control_chart_values
from tne.report.figures.coverage import (
    coverage_funnel,
    coverage_funnel_values,
    policy_error_heatmap,
    policy_error_heatmap_values,
)
from tne.report.figures.effects import (
    event_study,
    event_study_values,
    forest,
    forest_values,
    gain_by_group,
    gain_by_group_values,
)
from tne.report.figures.heatmap import cohort_heatmap, cohort_heatmap_values
from tne.report.figures.ladder import group_ladder, group_ladder_values
from tne.report.figures.learning import pre_post_slope, pre_post_slope_values, survey_bars, survey_bars_values
from tne.report.figures.love import love_plot, love_plot_values
from tne.report.figures.pareto import root_cause_pareto, root_cause_pareto_values
from tne.report.figures.ramp import learning_ramp, learning_ramp_values
from tne.report.figures.raters import (
    agreement_ladder,
    agreement_ladder_values,
    agreement_sessions,
    agreement_sessions_values,
)
from tne.report.figures.series import (
    cohort_timeline,
    cohort_timeline_values,
    weekly_accuracy,
    weekly_accuracy_values,
)
from tne.report.figures.survival import kaplan_meier, kaplan_meier_values
from tne.report.figures.tests import item_map, item_map_values, reach_curve, reach_curve_values

__all__ = [
    "agreement_ladder",
    "agreement_ladder_values",
    "agreement_sessions",
    "agreement_sessions_values",
    "cohort_heatmap",
    "cohort_heatmap_values",
    "cohort_timeline",
    "cohort_timeline_values",
    "control_chart",
    "control_chart_values",
    "coverage_funnel",
    "coverage_funnel_values",
    "event_study",
    "event_study_values",
    "forest",
    "forest_values",
    "funnel",
    "funnel_values",
    "gain_by_group",
    "gain_by_group_values",
    "gain_ladder",
    "gain_ladder_values",
    "group_ladder",
    "group_ladder_values",
    "item_map",
    "item_map_values",
    "kaplan_meier",
    "kaplan_meier_values",
    "learning_ramp",
    "learning_ramp_values",
    "love_plot",
    "love_plot_values",
    "policy_error_heatmap",
    "policy_error_heatmap_values",
    "pre_post_slope",
    "pre_post_slope_values",
    "reach_curve",
    "reach_curve_values",
    "root_cause_pareto",
    "root_cause_pareto_values",
    "survey_bars",
    "survey_bars_values",
    "tornado",
    "tornado_values",
    "weekly_accuracy",
    "weekly_accuracy_values",
]
