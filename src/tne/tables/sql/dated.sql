-- The audits from production with their day and week in the market.
SELECT
    a.*,
    c.day,
    c.week,
    c.month,
    c.period
FROM judged AS a
JOIN calendar AS c
    ON c.market = a.market
    AND c.utc_day = CAST(a.decided_at AS DATE)
    AND a.decided_at >= c.starts_at
    AND a.decided_at < c.ends_at
