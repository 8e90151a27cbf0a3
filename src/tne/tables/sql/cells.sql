-- One row per person and week with audits. Those of the target policy areas count (no target = all areas); those of
-- the other areas are the columns outside_…: a training that did not aim at them should not move them.
-- expected_correct is what the case mix (queue × policy area) would give at the rates of before the programme;
-- new_policy_weight is decided under a version of the policy that came after the baseline began: the audit's own
-- version where `policies` knows it, else the one in force.
WITH aimed AS (
    SELECT
        f.market,
        f.moderator_id,
        f.period,
        f.error_type,
        f.correct = 1 AS was_right,
        f.weight,
        r.inside,
        r.rate,
        CASE
            WHEN v.effective_at IS NOT NULL THEN CAST(v.effective_at AS DATE) > p.baseline_from
            ELSE COALESCE(f.decided_at >= r.since, FALSE)
        END AS under_new_policy
    FROM dated AS f
    CROSS JOIN chosen AS p
    LEFT JOIN rates AS r
        ON r.market = f.market AND r.queue = COALESCE(f.queue, '') AND r.policy_area = f.policy_area
    LEFT JOIN (
        SELECT market, policy_area, policy_version, MIN(effective_at) AS effective_at
        FROM policies
        GROUP BY market, policy_area, policy_version
    ) AS v ON v.market = f.market AND v.policy_area = f.policy_area AND v.policy_version = f.policy_version
),
weighed AS (  -- each conditional once: a sum names its argument several times
    SELECT
        market,
        moderator_id,
        period,
        error_type,
        was_right,
        inside,
        weight,
        CASE WHEN inside THEN weight ELSE 0.0 END AS own,
        CASE WHEN inside AND was_right THEN weight ELSE 0.0 END AS own_right,
        CASE WHEN inside AND under_new_policy THEN weight ELSE 0.0 END AS own_new,
        CASE WHEN was_right AND NOT inside THEN weight ELSE 0.0 END AS outside_right,
        rate
    FROM aimed
)
SELECT
    market,
    moderator_id,
    period,
    COUNT(CASE WHEN inside THEN 1 END) AS n,
    COUNT(CASE WHEN inside AND was_right THEN 1 END) AS n_correct,
    EXACT_SUM(own) AS weight_sum,
    EXACT_SUM(own_right) AS weighted_correct,
    EXACT_SUM(own_right * weight) AS weighted_correct_sq,
    EXACT_SUM(own * weight) AS weight_sq_sum,
    COUNT(CASE WHEN inside AND error_type = 'false_positive' THEN 1 END) AS false_positive,
    COUNT(CASE WHEN inside AND error_type = 'false_negative' THEN 1 END) AS false_negative,
    COUNT(CASE WHEN inside AND error_type = 'wrong_policy' THEN 1 END) AS wrong_policy,
    COUNT(CASE WHEN inside AND error_type = 'technical' THEN 1 END) AS technical,
    EXACT_SUM(own * rate) AS expected_correct,
    EXACT_SUM(own_new) AS new_policy_weight,
    EXACT_SUM(weight - own) AS outside_weight_sum,
    EXACT_SUM(outside_right) AS outside_weighted_correct
FROM weighed
GROUP BY market, moderator_id, period
