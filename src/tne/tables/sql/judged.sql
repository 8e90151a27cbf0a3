-- One row per audit from production: what was decided and found, and its weight.
SELECT
    market,
    moderator_id,
    auditor_id,
    queue,
    policy_area,
    policy_version,
    decision,
    audited_decision,
    error_type,
    root_cause,
    severity,
    decided_at,
    audited_at,
    CASE WHEN correct THEN 1 ELSE 0 END AS correct,
    COALESCE(sampling_weight, 1.0) AS weight
FROM audits
WHERE NOT COALESCE(seeded, FALSE)
