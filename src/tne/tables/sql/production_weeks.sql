-- One row per person and week with production.
SELECT
    market,
    moderator_id,
    CAST(FLOOR((date - DATE '1970-01-05') / 7.0) AS BIGINT) AS period,
    CAST(SUM(cases) AS DOUBLE) AS cases,
    SUM(handle_seconds) AS handle_seconds,
    SUM(exposure_minutes) AS exposure_minutes
FROM production
GROUP BY 1, 2, 3
