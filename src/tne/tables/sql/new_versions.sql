-- Versions of the target policy areas that came into force after the programme's baseline began.
SELECT v.market, v.policy_area, v.policy_version, v.effective_at, MIN(c.period) AS period
FROM policies AS v
CROSS JOIN chosen AS p
JOIN calendar AS c
    ON c.market = v.market
    AND c.utc_day = CAST(v.effective_at AS DATE)
    AND v.effective_at >= c.starts_at
    AND v.effective_at < c.ends_at
WHERE CAST(v.effective_at AS DATE) > p.baseline_from
    AND (
        NOT EXISTS (SELECT 1 FROM target_areas)
        OR v.policy_area IN (SELECT t.policy_area FROM target_areas AS t)
    )
GROUP BY v.market, v.policy_area, v.policy_version, v.effective_at
