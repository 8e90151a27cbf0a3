-- One row per person and week with production.
SELECT
    market,
    moderator_id,
    WEEK_OF(date) AS period,
    CAST(SUM(cases) AS DOUBLE) AS cases,
    -- a day without the time would still add its cases: then the week's time is unknown
    CASE WHEN COUNT(handle_seconds) = COUNT(*) THEN EXACT_SUM(handle_seconds) END AS handle_seconds,
    CASE WHEN COUNT(exposure_minutes) = COUNT(*) THEN EXACT_SUM(exposure_minutes) END AS exposure_minutes
FROM production
GROUP BY market, moderator_id, WEEK_OF(date)
