-- How often decisions of each queue and policy area were right before the programme began, in each market: what a
-- common case mix is made of. Cells with few audits lean on their area, areas on their market (weight of 20 audits).
-- A market without audits before the programme takes all of its audits. With each cell goes what the programme makes of
-- its area: whether it aims at it (inside), and since when a new version of its policy is in force.
WITH eves AS (
    SELECT c.market, MAX(c.ends_at) AS ends_at
    FROM calendar AS c
    CROSS JOIN chosen AS p
    WHERE c.day < p.starts_on
    GROUP BY c.market
),
counted AS (
    SELECT
        f.market,
        COALESCE(f.queue, '') AS queue,
        f.policy_area,
        COALESCE(f.decided_at < e.ends_at, FALSE) AS before,
        COUNT(*) AS n,
        EXACT_SUM(f.weight) AS weight,
        EXACT_SUM(f.weight * f.correct) AS right_weight
    FROM judged AS f
    LEFT JOIN eves AS e ON e.market = f.market
    GROUP BY f.market, COALESCE(f.queue, ''), f.policy_area, COALESCE(f.decided_at < e.ends_at, FALSE)
),
usable AS (
    SELECT c.*
    FROM counted AS c
    LEFT JOIN (SELECT DISTINCT market FROM counted WHERE before) AS b ON b.market = c.market
    WHERE c.before OR b.market IS NULL
),
market_rates AS (
    SELECT market, EXACT_SUM(right_weight) / NULLIF(EXACT_SUM(weight), 0) AS rate FROM usable GROUP BY market
),
area_rates AS (
    SELECT
        u.market,
        u.policy_area,
        (SUM(u.n) * COALESCE(EXACT_SUM(u.right_weight) / NULLIF(EXACT_SUM(u.weight), 0), MAX(m.rate)) + 20 * MAX(m.rate))
            / (SUM(u.n) + 20) AS rate
    FROM usable AS u
    JOIN market_rates AS m ON m.market = u.market
    GROUP BY u.market, u.policy_area
),
queue_rates AS (
    SELECT
        u.market,
        u.queue,
        u.policy_area,
        (u.n * COALESCE(u.right_weight / NULLIF(u.weight, 0), a.rate) + 20 * a.rate) / (u.n + 20) AS rate
    FROM usable AS u
    JOIN area_rates AS a ON a.market = u.market AND a.policy_area = u.policy_area
)
SELECT
    k.market,
    k.queue,
    k.policy_area,
    COALESCE(q.rate, a.rate, m.rate) AS rate,
    p.all_areas OR t.policy_area IS NOT NULL AS inside,
    n.since
FROM (SELECT DISTINCT market, queue, policy_area FROM counted) AS k
CROSS JOIN chosen AS p
LEFT JOIN queue_rates AS q ON q.market = k.market AND q.queue = k.queue AND q.policy_area = k.policy_area
LEFT JOIN area_rates AS a ON a.market = k.market AND a.policy_area = k.policy_area
LEFT JOIN market_rates AS m ON m.market = k.market
LEFT JOIN target_areas AS t ON t.policy_area = k.policy_area
LEFT JOIN (
    SELECT market, policy_area, MIN(effective_at) AS since FROM new_versions GROUP BY market, policy_area
) AS n ON n.market = k.market AND n.policy_area = k.policy_area
