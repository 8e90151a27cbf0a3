-- What is wrong with each day of production. A case takes long if it takes an hour and twenty times what is usual in
-- its queue; a day of one person is too long beyond sixteen hours.
WITH usual AS (
    SELECT
        market,
        queue,
        PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY handle_seconds / cases) AS per_case
    FROM production
    WHERE cases > 0 AND handle_seconds > 0
    GROUP BY market, queue
),
days AS (
    SELECT market, moderator_id, date, SUM(handle_seconds) AS seconds
    FROM production
    GROUP BY market, moderator_id, date
    HAVING SUM(handle_seconds) > 57600
)
SELECT
    p.market,
    p.moderator_id AS person,
    CAST(p.date AS TIMESTAMP) AS moment,
    e.moderator_id IS NULL AS no_roster,
    g.moderator_id IS NOT NULL AS off_roster,
    p.date < e.from_day AS before_hire,
    p.date > e.to_day AS after_leaving,
    p.cases > 0 AND p.handle_seconds = 0 AS handle_zero,
    d.moderator_id IS NOT NULL
        OR (p.cases > 0 AND p.handle_seconds >= 3600.0 * p.cases AND p.handle_seconds >= 20 * u.per_case * p.cases)
        AS handle_long,
    p.exposure_minutes * 60 > p.handle_seconds * 1.05 + 120 AS exposure_long
FROM production AS p
LEFT JOIN employed AS e ON e.market = p.market AND e.moderator_id = p.moderator_id
LEFT JOIN roster_gaps AS g
    ON g.market = p.market
    AND g.moderator_id = p.moderator_id
    AND p.date > g.from_day + INTERVAL '1' DAY
    AND p.date < g.to_day
LEFT JOIN usual AS u ON u.market = p.market AND u.queue = p.queue
LEFT JOIN days AS d ON d.market = p.market AND d.moderator_id = p.moderator_id AND d.date = p.date
