-- Weeks whose usual time from decision to resolution (80th percentile) had not elapsed by the market's latest resolution.
WITH hours AS (
    SELECT d.market, FLOOR(DATE_DIFF('microsecond', d.decided_at, d.resolved_at) / 3600000000.0) AS hour, COUNT(*) AS n, MAX(d.resolved_at) AS latest
    FROM appeal_facts AS d
    WHERE d.resolved_at IS NOT NULL
    GROUP BY d.market, FLOOR(DATE_DIFF('microsecond', d.decided_at, d.resolved_at) / 3600000000.0)
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
    SELECT d.market, DATE_DIFF('microsecond', d.decided_at, d.resolved_at) AS lag, COUNT(*) AS n
    FROM appeal_facts AS d
    JOIN near AS h ON h.market = d.market AND h.hour = FLOOR(DATE_DIFF('microsecond', d.decided_at, d.resolved_at) / 3600000000.0)
    GROUP BY d.market, DATE_DIFF('microsecond', d.decided_at, d.resolved_at)
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
)
SELECT
    c.market,
    c.week,
    COALESCE(5 * DATE_DIFF('microsecond', MAX(c.ends_at), MAX(l.latest)) < MAX(l.usual_lag_5), FALSE) AS provisional
FROM calendar AS c
JOIN lags AS l ON l.market = c.market
GROUP BY c.market, c.week
