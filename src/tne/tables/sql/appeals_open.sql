-- Weeks whose usual time from decision to resolution (80th percentile) had not elapsed by the market's latest resolution.
WITH lags AS (
    SELECT
        market,
        PERCENTILE_CONT(0.8) WITHIN GROUP (ORDER BY lag_seconds) AS usual_lag,
        MAX(resolved_at) AS latest
    FROM (
        SELECT market, resolved_at, EXTRACT(EPOCH FROM (resolved_at - decided_at)) AS lag_seconds FROM appeal_facts
    ) AS each_appeal
    GROUP BY market
)
SELECT
    c.market,
    c.week,
    COALESCE(EXTRACT(EPOCH FROM (MAX(l.latest) - MAX(c.ends_at))) < MAX(l.usual_lag), FALSE) AS provisional
FROM calendar AS c
JOIN lags AS l ON l.market = c.market
GROUP BY c.market, c.week
