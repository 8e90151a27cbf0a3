-- Which weeks are provisional: the usual audit lag (80th percentile of decision to audit) had not elapsed by the
-- market's latest audit, or the week had not ended on the latest day of production.
WITH lags AS (
    SELECT
        market,
        PERCENTILE_CONT(0.8) WITHIN GROUP (ORDER BY lag_seconds) AS usual_lag,
        MAX(audited_at) AS latest
    FROM (
        SELECT market, audited_at, EXTRACT(EPOCH FROM (audited_at - decided_at)) AS lag_seconds FROM facts
    ) AS each_audit
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
    COALESCE(EXTRACT(EPOCH FROM (l.latest - e.ends_at)) < l.usual_lag, FALSE)
        OR COALESCE(l.latest IS NULL AND e.last_day > p.latest_day, FALSE) AS provisional
FROM ends AS e
LEFT JOIN lags AS l ON l.market = e.market
LEFT JOIN produced AS p ON p.market = e.market
