-- One row per audit from production: its day and week in the market, its weight.
SELECT
    a.market,
    a.moderator_id,
    a.auditor_id,
    a.queue,
    a.policy_area,
    a.policy_version,
    a.decision,
    a.audited_decision,
    a.error_type,
    a.root_cause,
    a.severity,
    c.day,
    c.week,
    c.month,
    c.period,
    a.decided_at,
    a.audited_at,
    CASE WHEN a.correct THEN 1 ELSE 0 END AS correct,
    COALESCE(a.sampling_weight, 1.0) AS weight
FROM audits AS a
JOIN calendar AS c
    ON c.market = a.market
    AND c.utc_day = CAST(a.decided_at AS DATE)
    AND a.decided_at >= c.starts_at
    AND a.decided_at < c.ends_at
WHERE NOT COALESCE(a.seeded, FALSE)
