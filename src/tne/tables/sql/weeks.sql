-- Which weeks are provisional: the usual audit lag (80th percentile of decision to audit) had not elapsed by the
-- market's latest audit, or the week had not ended on the latest day of production.
WITH counted AS (
    SELECT market, DATE_DIFF('microsecond', decided_at, audited_at) AS lag, COUNT(*) AS n, MAX(audited_at) AS latest
    FROM dated
    WHERE audited_at IS NOT NULL
    GROUP BY market, DATE_DIFF('microsecond', decided_at, audited_at)
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
),
produced AS (
    SELECT market, MAX(date) AS latest_day FROM production GROUP BY market
),
ends AS (
    SELECT market, period, week, MAX(ends_at) AS ends_at, MAX(day) AS last_day
    FROM calendar
    GROUP BY market, period, week
)
SELECT
    e.market,
    e.period,
    e.week,
    COALESCE(5 * DATE_DIFF('microsecond', e.ends_at, l.latest) < l.usual_lag_5, FALSE)
        OR COALESCE(l.latest IS NULL AND e.last_day > p.latest_day, FALSE) AS provisional
FROM ends AS e
LEFT JOIN lags AS l ON l.market = e.market
LEFT JOIN produced AS p ON p.market = e.market
