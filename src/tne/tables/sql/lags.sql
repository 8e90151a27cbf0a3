-- The 80th percentile by market of how long something took, in fifths of microseconds so that it is exact, and the
-- latest end. `waits` shows market, decided_at and known_at of all that has ended.
WITH hours AS (
    SELECT
        d.market,
        FLOOR(DATE_DIFF('microsecond', d.decided_at, d.known_at) / 3600000000.0) AS hour,
        COUNT(*) AS n,
        MAX(d.known_at) AS latest
    FROM waits AS d
    GROUP BY d.market, FLOOR(DATE_DIFF('microsecond', d.decided_at, d.known_at) / 3600000000.0)
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
    SELECT d.market, DATE_DIFF('microsecond', d.decided_at, d.known_at) AS lag, COUNT(*) AS n
    FROM waits AS d
    JOIN near AS h ON h.market = d.market AND h.hour = FLOOR(DATE_DIFF('microsecond', d.decided_at, d.known_at) / 3600000000.0)
    GROUP BY d.market, DATE_DIFF('microsecond', d.decided_at, d.known_at)
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
)
SELECT
    market,
    5 * MIN(CASE WHEN 5 * upto > place THEN lag END)
        + (MIN(CASE WHEN 5 * (upto - 1) >= place THEN lag END) - MIN(CASE WHEN 5 * upto > place THEN lag END))
        * (MAX(place) % 5) AS usual_lag_5,
    MAX(latest) AS latest
FROM summed
GROUP BY market
