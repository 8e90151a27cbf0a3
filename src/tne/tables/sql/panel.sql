-- One row per person and week with audits or production, seen from one programme (or from none: `chosen` names it).
WITH keys AS (
    SELECT market, moderator_id, period FROM cells
    UNION
    SELECT market, moderator_id, period FROM production_weeks
),
own AS (
    SELECT t.moderator_id, MIN(t.cohort) AS cohort
    FROM trained AS t
    CROSS JOIN chosen AS p
    WHERE t.programme_id = p.programme_id OR p.programme_id IS NULL
    GROUP BY t.moderator_id
),
place AS (
    SELECT a.moderator_id, MAX(a.arm) AS arm, MAX(a.session_id) AS session_id
    FROM assigned AS a
    CROSS JOIN chosen AS p
    WHERE a.programme_id = p.programme_id
    GROUP BY a.moderator_id
),
others AS (
    SELECT
        k.moderator_id,
        k.period,
        COUNT(*) AS other_programmes,
        MIN(k.period - t.cohort) AS weeks_since_other
    FROM (SELECT DISTINCT moderator_id, period FROM keys) AS k
    CROSS JOIN chosen AS p
    JOIN trained AS t ON t.moderator_id = k.moderator_id AND t.cohort <= k.period
    WHERE p.programme_id IS NULL OR t.programme_id <> p.programme_id
    GROUP BY k.moderator_id, k.period
),
changed AS (
    SELECT k.market, k.period, COUNT(*) AS policy_changes
    FROM (SELECT DISTINCT market, period FROM keys) AS k
    JOIN new_versions AS v ON v.market = k.market AND v.period <= k.period
    GROUP BY k.market, k.period
)
SELECT
    k.market,
    k.moderator_id,
    COALESCE(s.team, '') AS team,
    COALESCE(h.home_team, '') AS home_team,
    k.period,
    DATE '1970-01-05' + CAST(7 * k.period AS INTEGER) AS week,
    COALESCE(c.n, 0) AS n,
    COALESCE(c.n_correct, 0) AS n_correct,
    COALESCE(c.weight_sum, 0) AS weight_sum,
    COALESCE(c.weighted_correct, 0) AS weighted_correct,
    COALESCE(c.weighted_correct_sq, 0) AS weighted_correct_sq,
    COALESCE(c.weight_sq_sum, 0) AS weight_sq_sum,
    COALESCE(c.expected_correct, 0) AS expected_correct,
    COALESCE(c.new_policy_weight, 0) AS new_policy_weight,
    COALESCE(c.outside_weight_sum, 0) AS outside_weight_sum,
    COALESCE(c.outside_weighted_correct, 0) AS outside_weighted_correct,
    COALESCE(c.false_positive, 0) AS false_positive,
    COALESCE(c.false_negative, 0) AS false_negative,
    COALESCE(c.wrong_policy, 0) AS wrong_policy,
    COALESCE(c.technical, 0) AS technical,
    w.cases,
    w.handle_seconds,
    w.exposure_minutes,
    CAST(k.period - s.hired_period AS DOUBLE) AS tenure_weeks,
    COALESCE(a.arm, '') AS arm,
    COALESCE(a.session_id, '') AS session_id,
    a.moderator_id IS NOT NULL AS assigned,
    CAST(o.cohort AS DOUBLE) AS cohort,
    CAST(h.home_cohort AS DOUBLE) AS home_cohort,
    CAST(k.period - o.cohort AS DOUBLE) AS event_time,
    COALESCE(x.other_programmes, 0) AS other_programmes,
    CAST(x.weeks_since_other AS DOUBLE) AS weeks_since_other,
    COALESCE(g.policy_changes, 0) AS policy_changes,
    COALESCE(e.provisional, FALSE) AS provisional
FROM keys AS k
LEFT JOIN cells AS c ON c.market = k.market AND c.moderator_id = k.moderator_id AND c.period = k.period
LEFT JOIN production_weeks AS w ON w.market = k.market AND w.moderator_id = k.moderator_id AND w.period = k.period
LEFT JOIN spells AS s ON s.moderator_id = k.moderator_id AND k.period >= s.from_period AND k.period < s.to_period
LEFT JOIN homes AS h ON h.moderator_id = k.moderator_id
LEFT JOIN own AS o ON o.moderator_id = k.moderator_id
LEFT JOIN place AS a ON a.moderator_id = k.moderator_id
LEFT JOIN others AS x ON x.moderator_id = k.moderator_id AND x.period = k.period
LEFT JOIN changed AS g ON g.market = k.market AND g.period = k.period
LEFT JOIN weeks AS e ON e.market = k.market AND e.period = k.period
ORDER BY k.market, k.moderator_id, k.period
