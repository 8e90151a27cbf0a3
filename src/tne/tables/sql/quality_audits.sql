-- What is wrong with each audit. A day of slack, because an instant is in UTC and a roster in the market's zone.
WITH twice AS (
    SELECT market, case_id, moderator_id, auditor_id, decided_at, MIN(audit_id) AS first_id
    FROM audits
    GROUP BY market, case_id, moderator_id, auditor_id, decided_at
    HAVING COUNT(*) > 1
),
versions AS (
    SELECT market, policy_area, policy_version, MIN(effective_at) AS effective_at
    FROM policies
    GROUP BY market, policy_area, policy_version
)
SELECT
    a.market,
    a.moderator_id AS person,
    a.decided_at AS moment,
    e.moderator_id IS NULL AS no_roster,
    g.moderator_id IS NOT NULL AS off_roster,
    a.decided_at < e.from_day - INTERVAL '1' DAY AS before_hire,
    a.decided_at > e.to_day + INTERVAL '2' DAY AS after_leaving,
    a.audited_at < a.decided_at AS order_broken,
    v.policy_version IS NULL AS no_policy,
    a.decided_at < v.effective_at - INTERVAL '1' DAY AS early_version,
    a.correct <> (a.error_type = 'none') AS contradiction,
    t.first_id IS NOT NULL AND t.first_id <> a.audit_id AS twice
FROM audits AS a
LEFT JOIN employed AS e ON e.market = a.market AND e.moderator_id = a.moderator_id
LEFT JOIN roster_gaps AS g
    ON g.market = a.market
    AND g.moderator_id = a.moderator_id
    AND a.decided_at > g.from_day + INTERVAL '2' DAY
    AND a.decided_at < g.to_day - INTERVAL '1' DAY
LEFT JOIN versions AS v
    ON v.market = a.market AND v.policy_area = a.policy_area AND v.policy_version = a.policy_version
LEFT JOIN twice AS t
    ON t.market = a.market
    AND t.case_id = a.case_id
    AND t.moderator_id = a.moderator_id
    AND t.auditor_id = a.auditor_id
    AND t.decided_at = a.decided_at
