"""The figures of the reports: a publishable frame in, axes out.

Each function has a companion ``<name>_values`` with the numbers for the alt text. Frames arrive gated
(`tne.report.disclosure`): numbers that are hidden there are never drawn.
"""

from __future__ import annotations

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
from tne.report.figures.ladder import group_ladder, group_ladder_values
from tne.report.figures.learning import (
    pre_post_slope,
    pre_post_slope_values,
    survey_bars,
    survey_bars_values,
)
from tne.report.figures.love import love_plot, love_plot_values
from tne.report.figures.series import (
    cohort_timeline,
    cohort_timeline_values,
    weekly_accuracy,
    weekly_accuracy_values,
)
from tne.report.figures.tests import item_map, item_map_values, reach_curve, reach_curve_values

__all__ = [
    "cohort_timeline",
    "cohort_timeline_values",
    "coverage_funnel",
    "coverage_funnel_values",
    "event_study",
    "event_study_values",
    "forest",
    "forest_values",
    "gain_by_group",
    "gain_by_group_values",
    "group_ladder",
    "group_ladder_values",
    "item_map",
    "item_map_values",
    "love_plot",
    "love_plot_values",
    "policy_error_heatmap",
    "policy_error_heatmap_values",
    "pre_post_slope",
    "pre_post_slope_values",
    "reach_curve",
    "reach_curve_values",
    "survey_bars",
    "survey_bars_values",
    "weekly_accuracy",
    "weekly_accuracy_values",
]
