-- Weeks whose usual time from decision to resolution (80th percentile) had not elapsed by the market's latest resolution.
WITH counted AS (
    SELECT market, DATE_DIFF('microsecond', decided_at, resolved_at) AS lag, COUNT(*) AS n, MAX(resolved_at) AS latest
    FROM appeal_facts
    WHERE resolved_at IS NOT NULL
    GROUP BY market, DATE_DIFF('microsecond', decided_at, resolved_at)
),
ranked AS (
    SELECT
        market,
        lag,
        latest,
        SUM(n) OVER (PARTITION BY market ORDER BY lag) AS upto,
        4 * (SUM(n) OVER (PARTITION BY market) - 1) AS place
    FROM counted
),
lags AS (  -- in whole microseconds, five times: the percentile lies place / 5 ranks above the first
    SELECT
        market,
        5 * MIN(CASE WHEN 5 * upto > place THEN lag END)
            + (MIN(CASE WHEN 5 * (upto - 1) >= place THEN lag END) - MIN(CASE WHEN 5 * upto > place THEN lag END))
            * (MAX(place) % 5) AS usual_lag_5,
        MAX(latest) AS latest
    FROM ranked
    GROUP BY market
)
SELECT
    c.market,
    c.week,
    COALESCE(5 * DATE_DIFF('microsecond', MAX(c.ends_at), MAX(l.latest)) < MAX(l.usual_lag_5), FALSE) AS provisional
FROM calendar AS c
JOIN lags AS l ON l.market = c.market
GROUP BY c.market, c.week
