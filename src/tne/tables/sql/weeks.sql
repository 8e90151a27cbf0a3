-- Which weeks are provisional: the usual audit lag (80th percentile of decision to audit) had not elapsed by the
-- market's latest audit, or the week had not ended on the latest day of production.
WITH produced AS (
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
LEFT JOIN audit_lags AS l ON l.market = e.market
LEFT JOIN produced AS p ON p.market = e.market
