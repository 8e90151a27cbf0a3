-- One row per moderator, day and queue, with the team at the end of that week.
SELECT
    p.market,
    p.moderator_id,
    p.queue,
    COALESCE(s.team, '') AS team,
    COALESCE(s.site, '') AS site,
    COALESCE(s.employer, '') AS employer,
    p.date AS day,
    WEEK_OF(p.date) AS period,
    CAST(DATE_TRUNC('week', p.date) AS DATE) AS week,
    CAST(DATE_TRUNC('month', p.date) AS DATE) AS month,
    p.cases,
    p.handle_seconds,
    p.exposure_minutes
FROM production AS p
LEFT JOIN spells AS s
    ON s.moderator_id = p.moderator_id
    AND WEEK_OF(p.date) >= s.from_period
    AND WEEK_OF(p.date) < s.to_period
