"""The analyses, one file per question; the parts of a large one stand beside it under the same first word.

===================  ===========================================================================================
Question             Files
===================  ===========================================================================================
Did they gain?       gain (pairs, standardized, hake, mastery), reliable_change, controlled* and change_arms,
                     adjusted (lin), groups (random_intercept), leavers (attrition, imputation)
Does it last?        retention*, forgetting, retained
How soon proficient? proficiency (_runs, _roster, _noise, _bias, _checks), survival (survival_*), incidence
                     (incidence_curve), hazard (hazard_*), ramp (ramp_*), forecast (forecast_draws)
Is the test good?    items* and item_moments, reliability*, omega* (factor, rotation, hierarchy), irt*, dif*
What did they say?   reaction, survey_*, follow_up, ordered*
Do raters agree?     agreement (agreement_*: parts, weights, rows, inference, tables, groups, sessions, accuracy; cases
                     and settled for the agenda), icc*
Mixed models         mixed (linear), mixed_logit; both: mixed_*
Did work change?     cohorts, staggered (att_*), event_study (event_estimates, pretrend, missed_trend, placebo,
                     joint_test, sensitivity, deviation_*, linear_deviation, relative_magnitude, smoothness), trial,
                     ols (sandwich, inference), primary (designs/), policy_change (policy_weeks),
                     randomization*, two_way* (absorb*), bacon, interaction_*
                     synthetic*, adjust* (propensity, balance)
What moved?          weekly (weekly_judge, weekly_limits, weekly_rows, weekly_checks), weekly_frame, weekly_events,
                     control_chart (control_rules, control_checks)
Before the roll-out  design (power_*), waitlist
Is it training?      triage (triage_cells, _evidence, _shares, _spread, _jump, _ratings, _quiz, _findings, _rule, _rows)
Was it worth it?     value (value_*), ratio (ratio_*)
How sure are we?     evidence, decision, pooling, pool (pool_rows, _variance, _levels, _model, _table, _checks,
                     _prediction, _result)
What next?           audit_accuracy (audit_rows, audit_rates, dominance), audit_strictness (audit_model, audit_crossed,
                     audit_spread, audit_twice), audit_seeded, disputes (dispute_*), needs (needs_cells, _volume,
                     _pooling, _harm, _table, _checks), needs_causes, needs_quiz (needs_sides)
Who and how taught   trainers (trainers_rows, _fit, _spread, _own, _funnel, _checks), modality (_errors, _checks)
One market's page    learning*, reaction_summary, assessment*, fairness, reach
===================  ===========================================================================================
"""
