-- Weeks whose usual time from decision to resolution (80th percentile) had not elapsed by the market's latest resolution.
SELECT
    c.market,
    c.week,
    COALESCE(5 * DATE_DIFF('microsecond', MAX(c.ends_at), MAX(l.latest)) < MAX(l.usual_lag_5), FALSE) AS provisional
FROM calendar AS c
JOIN appeal_lags AS l ON l.market = c.market
GROUP BY c.market, c.week
