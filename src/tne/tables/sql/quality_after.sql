-- How many people completed a programme two weeks or more after the last row that a table has of it, and two weeks
-- before the end of the data, without any row of their own: their answers or attendance should have come. Programmes
-- without rows do not count.
WITH own AS (
    SELECT 'responses' AS source, market, programme_id, moderator_id, MAX(answered_at) AS last_at
    FROM responses WHERE programme_id IS NOT NULL GROUP BY 1, 2, 3, 4
    UNION ALL
    SELECT 'surveys', market, programme_id, moderator_id, MAX(submitted_at)
    FROM surveys WHERE programme_id IS NOT NULL GROUP BY 1, 2, 3, 4
    UNION ALL
    SELECT 'attendance', s.market, s.programme_id, a.moderator_id, MAX(a.joined_at)
    FROM attendance AS a JOIN sessions AS s ON s.session_id = a.session_id GROUP BY 1, 2, 3, 4
),
seen AS (
    SELECT source, market, programme_id, MAX(last_at) AS last_at FROM own GROUP BY source, market, programme_id
)
SELECT x.source, x.market, COUNT(DISTINCT n.moderator_id) AS people, MAX(x.last_at) AS last_at
FROM seen AS x
JOIN enrolments AS n ON n.programme_id = x.programme_id AND n.market = x.market
JOIN quality_window AS w ON n.completed_at < w.last_day - INTERVAL '14' DAY
LEFT JOIN own AS o
    ON o.source = x.source
    AND o.market = x.market
    AND o.programme_id = x.programme_id
    AND o.moderator_id = n.moderator_id
WHERE n.completed_at > x.last_at + INTERVAL '14' DAY AND n.status IN ('attended', 'completed') AND o.source IS NULL
GROUP BY x.source, x.market
