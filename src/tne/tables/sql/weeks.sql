-- Which weeks are provisional: the usual audit lag (80th percentile of decision to audit) had not elapsed by the
-- market's latest audit, or the week had not ended on the latest day of production.
WITH hours AS (
    SELECT d.market, FLOOR(DATE_DIFF('microsecond', d.decided_at, d.audited_at) / 3600000000.0) AS hour, COUNT(*) AS n, MAX(d.audited_at) AS latest
    FROM judged AS d
    WHERE d.audited_at IS NOT NULL
    GROUP BY d.market, FLOOR(DATE_DIFF('microsecond', d.decided_at, d.audited_at) / 3600000000.0)
),
ranked AS (
    SELECT
        market,
        hour,
        n,
        SUM(n) OVER (PARTITION BY market ORDER BY hour) AS upto,
        4 * (SUM(n) OVER (PARTITION BY market) - 1) AS place,
        MAX(latest) OVER (PARTITION BY market) AS latest
    FROM hours
),
near AS (  -- the hours in which the percentile lies, place / 5 ranks above the first: only they are counted closely
    SELECT market, hour, upto - n AS below, place, latest FROM ranked WHERE 5 * upto > place AND 5 * (upto - n) < place + 5
),
counted AS (
    SELECT d.market, DATE_DIFF('microsecond', d.decided_at, d.audited_at) AS lag, COUNT(*) AS n
    FROM judged AS d
    JOIN near AS h ON h.market = d.market AND h.hour = FLOOR(DATE_DIFF('microsecond', d.decided_at, d.audited_at) / 3600000000.0)
    GROUP BY d.market, DATE_DIFF('microsecond', d.decided_at, d.audited_at)
),
summed AS (
    SELECT
        c.market,
        c.lag,
        b.below + SUM(c.n) OVER (PARTITION BY c.market ORDER BY c.lag) AS upto,
        b.place,
        b.latest
    FROM counted AS c
    JOIN (
        SELECT market, MIN(below) AS below, MAX(place) AS place, MAX(latest) AS latest FROM near GROUP BY market
    ) AS b ON b.market = c.market
),
lags AS (  -- in whole microseconds, five times
    SELECT
        market,
        5 * MIN(CASE WHEN 5 * upto > place THEN lag END)
            + (MIN(CASE WHEN 5 * (upto - 1) >= place THEN lag END) - MIN(CASE WHEN 5 * upto > place THEN lag END))
            * (MAX(place) % 5) AS usual_lag_5,
        MAX(latest) AS latest
    FROM summed
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
