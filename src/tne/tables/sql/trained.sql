-- When each person was first trained in each programme. COHORT = period of the first training; no row = never.
-- A session attended counts from its join; a completion without one from its own instant, else from the session's
-- start, else from the day of assignment. Who is recorded as absent or withdrawn is not trained.
WITH stays AS (
    SELECT s.programme_id, t.moderator_id, s.market, MIN(t.joined_at) AS trained_at
    FROM attendance AS t
    JOIN sessions AS s ON s.session_id = t.session_id
    LEFT JOIN enrolments AS e ON e.programme_id = s.programme_id AND e.moderator_id = t.moderator_id
    WHERE COALESCE(e.status, 'attended') NOT IN ('no_show', 'withdrawn')
    GROUP BY s.programme_id, t.moderator_id, s.market
),
completions AS (
    SELECT
        e.programme_id,
        e.moderator_id,
        e.market,
        COALESCE(e.completed_at, s.starts_at, CAST(e.assigned_on AS TIMESTAMP) + INTERVAL '12' HOUR) AS trained_at
    FROM enrolments AS e
    LEFT JOIN sessions AS s ON s.session_id = e.session_id
    WHERE e.status IN ('completed', 'attended')
        AND NOT EXISTS (
            SELECT 1 FROM stays WHERE stays.programme_id = e.programme_id AND stays.moderator_id = e.moderator_id
        )
),
instants AS (
    SELECT * FROM stays
    UNION ALL
    SELECT * FROM completions
)
SELECT i.programme_id, i.moderator_id, MIN(i.trained_at) AS trained_at, MIN(c.period) AS cohort
FROM instants AS i
JOIN calendar AS c
    ON c.market = i.market
    AND c.utc_day = CAST(i.trained_at AS DATE)
    AND i.trained_at >= c.starts_at
    AND i.trained_at < c.ends_at
GROUP BY i.programme_id, i.moderator_id
