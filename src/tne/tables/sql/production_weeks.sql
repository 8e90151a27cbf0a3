-- One row per person and week with production.
SELECT
    market,
    moderator_id,
    CAST(FLOOR((date - DATE '1970-01-05') / 7.0) AS BIGINT) AS period,
    CAST(SUM(cases) AS DOUBLE) AS cases,
    -- a day without the time would still add its cases: then the week's time is unknown
    CASE WHEN COUNT(handle_seconds) = COUNT(*) THEN SUM(handle_seconds) END AS handle_seconds,
    CASE WHEN COUNT(exposure_minutes) = COUNT(*) THEN SUM(exposure_minutes) END AS exposure_minutes
FROM production
GROUP BY 1, 2, 3
