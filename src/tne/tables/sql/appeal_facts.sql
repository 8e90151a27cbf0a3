-- One row per resolved appeal: the day and week of the decision in the market, the moderator's team then.
SELECT
    a.market,
    a.moderator_id,
    a.queue,
    a.policy_area,
    COALESCE(s.team, '') AS team,
    COALESCE(s.site, '') AS site,
    COALESCE(s.employer, '') AS employer,
    c.day,
    c.week,
    c.month,
    c.period,
    a.decided_at,
    a.resolved_at,
    CASE WHEN a.overturned THEN 1 ELSE 0 END AS overturned
FROM appeals AS a
JOIN calendar AS c
    ON c.market = a.market
    AND c.utc_day = CAST(a.decided_at AS DATE)
    AND a.decided_at >= c.starts_at
    AND a.decided_at < c.ends_at
LEFT JOIN spells AS s
    ON s.moderator_id = a.moderator_id
    AND c.period >= s.from_period
    AND c.period < s.to_period
WHERE a.overturned IS NOT NULL
