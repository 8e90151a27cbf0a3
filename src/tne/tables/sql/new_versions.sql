-- Versions of the target policy areas that came into force after the programme's baseline began.
SELECT v.market, v.policy_area, v.policy_version, v.effective_at, MIN(c.period) AS period
FROM policies AS v
CROSS JOIN chosen AS p
JOIN calendar AS c
    ON c.market = v.market
    AND c.utc_day = CAST(v.effective_at AS DATE)
    AND v.effective_at >= c.starts_at
    AND v.effective_at < c.ends_at
LEFT JOIN target_areas AS t ON t.policy_area = v.policy_area
WHERE CAST(v.effective_at AS DATE) > p.baseline_from AND (p.all_areas OR t.policy_area IS NOT NULL)
GROUP BY v.market, v.policy_area, v.policy_version, v.effective_at
