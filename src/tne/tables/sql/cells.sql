-- One row per person and week with audits of the target policy areas (no target = all areas).
SELECT
    market,
    moderator_id,
    period,
    COUNT(*) AS n,
    CAST(SUM(correct) AS BIGINT) AS n_correct,
    SUM(weight) AS weight_sum,
    SUM(weight * correct) AS weighted_correct,
    SUM(weight * weight * correct) AS weighted_correct_sq,
    SUM(weight * weight) AS weight_sq_sum,
    CAST(SUM(CASE WHEN error_type = 'false_positive' THEN 1 ELSE 0 END) AS BIGINT) AS false_positive,
    CAST(SUM(CASE WHEN error_type = 'false_negative' THEN 1 ELSE 0 END) AS BIGINT) AS false_negative,
    CAST(SUM(CASE WHEN error_type = 'wrong_policy' THEN 1 ELSE 0 END) AS BIGINT) AS wrong_policy,
    CAST(SUM(CASE WHEN error_type = 'technical' THEN 1 ELSE 0 END) AS BIGINT) AS technical
FROM facts
WHERE NOT EXISTS (SELECT 1 FROM target_areas)
    OR policy_area IN (SELECT policy_area FROM target_areas)
GROUP BY market, moderator_id, period
