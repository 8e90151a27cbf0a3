-- One row per moderator, day and queue, with the team at the end of that week.
SELECT
    p.market,
    p.moderator_id,
    p.queue,
    COALESCE(s.team, '') AS team,
    COALESCE(s.site, '') AS site,
    COALESCE(s.employer, '') AS employer,
    p.date AS day,
    CAST(FLOOR((p.date - DATE '1970-01-05') / 7.0) AS BIGINT) AS period,
    CAST(DATE_TRUNC('week', p.date) AS DATE) AS week,
    CAST(DATE_TRUNC('month', p.date) AS DATE) AS month,
    p.cases,
    p.handle_seconds,
    p.exposure_minutes
FROM production AS p
LEFT JOIN spells AS s
    ON s.moderator_id = p.moderator_id
    AND FLOOR((p.date - DATE '1970-01-05') / 7.0) >= s.from_period
    AND FLOOR((p.date - DATE '1970-01-05') / 7.0) < s.to_period
