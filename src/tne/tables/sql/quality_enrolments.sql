-- What is wrong with each enrolment.
SELECT
    n.market,
    n.moderator_id AS person,
    CAST(n.assigned_on AS TIMESTAMP) AS moment,
    e.moderator_id IS NULL AS no_roster,
    n.session_id IS NOT NULL AND s.session_id IS NULL AS no_session,
    n.completed_at < n.assigned_on - INTERVAL '1' DAY AS order_broken,
    n.completed_at < e.from_day - INTERVAL '1' DAY AS before_hire,
    n.completed_at > e.to_day + INTERVAL '2' DAY AS after_leaving
FROM enrolments AS n
LEFT JOIN sessions AS s ON s.session_id = n.session_id
LEFT JOIN employed AS e ON e.market = n.market AND e.moderator_id = n.moderator_id
