-- One row per person and week with audits. Those of the target policy areas count (no target = all areas); those of
-- the other areas are the columns outside_…: a training that did not aim at them should not move them.
-- expected_correct is what the case mix (queue × policy area) would give at the rates of before the programme;
-- new_policy_weight is decided under a version of the policy that came after the baseline began: the audit's own
-- version where `policies` knows it, else the one in force.
WITH aimed AS (
    SELECT
        f.*,
        p.all_areas OR t.policy_area IS NOT NULL AS inside,
        r.rate,
        CASE
            WHEN v.effective_at IS NOT NULL THEN CAST(v.effective_at AS DATE) > p.baseline_from
            ELSE COALESCE(f.decided_at >= n.since, FALSE)
        END AS under_new_policy
    FROM dated AS f
    CROSS JOIN chosen AS p
    LEFT JOIN target_areas AS t ON t.policy_area = f.policy_area
    LEFT JOIN rates AS r
        ON r.market = f.market AND r.queue = COALESCE(f.queue, '') AND r.policy_area = f.policy_area
    LEFT JOIN (
        SELECT market, policy_area, policy_version, MIN(effective_at) AS effective_at
        FROM policies
        GROUP BY market, policy_area, policy_version
    ) AS v ON v.market = f.market AND v.policy_area = f.policy_area AND v.policy_version = f.policy_version
    LEFT JOIN (
        SELECT market, policy_area, MIN(effective_at) AS since FROM new_versions GROUP BY market, policy_area
    ) AS n ON n.market = f.market AND n.policy_area = f.policy_area
)
SELECT
    market,
    moderator_id,
    period,
    CAST(SUM(CASE WHEN inside THEN 1 ELSE 0 END) AS BIGINT) AS n,
    CAST(SUM(CASE WHEN inside THEN correct ELSE 0 END) AS BIGINT) AS n_correct,
    EXACT_SUM(CASE WHEN inside THEN weight ELSE 0.0 END) AS weight_sum,
    EXACT_SUM(CASE WHEN inside THEN weight * correct ELSE 0.0 END) AS weighted_correct,
    EXACT_SUM(CASE WHEN inside THEN weight * weight * correct ELSE 0.0 END) AS weighted_correct_sq,
    EXACT_SUM(CASE WHEN inside THEN weight * weight ELSE 0.0 END) AS weight_sq_sum,
    CAST(SUM(CASE WHEN inside AND error_type = 'false_positive' THEN 1 ELSE 0 END) AS BIGINT) AS false_positive,
    CAST(SUM(CASE WHEN inside AND error_type = 'false_negative' THEN 1 ELSE 0 END) AS BIGINT) AS false_negative,
    CAST(SUM(CASE WHEN inside AND error_type = 'wrong_policy' THEN 1 ELSE 0 END) AS BIGINT) AS wrong_policy,
    CAST(SUM(CASE WHEN inside AND error_type = 'technical' THEN 1 ELSE 0 END) AS BIGINT) AS technical,
    EXACT_SUM(CASE WHEN inside THEN weight * rate ELSE 0.0 END) AS expected_correct,
    EXACT_SUM(CASE WHEN inside AND under_new_policy THEN weight ELSE 0.0 END) AS new_policy_weight,
    EXACT_SUM(CASE WHEN inside THEN 0.0 ELSE weight END) AS outside_weight_sum,
    EXACT_SUM(CASE WHEN inside THEN 0.0 ELSE weight * correct END) AS outside_weighted_correct
FROM aimed
GROUP BY market, moderator_id, period
