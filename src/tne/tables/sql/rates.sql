-- How often decisions of each queue and policy area were right before the programme began, in each market: what a
-- common case mix is made of. Cells with few audits lean on their area, areas on their market (weight of 20 audits).
-- A market without audits before the programme takes all of its audits.
WITH usable AS (
    SELECT f.market, COALESCE(f.queue, '') AS queue, f.policy_area, f.weight, f.weight * f.correct AS right_weight
    FROM dated AS f
    JOIN (
        SELECT g.market, MIN(g.day) AS first_day
        FROM dated AS g
        GROUP BY g.market
    ) AS b ON b.market = f.market
    CROSS JOIN chosen AS p
    WHERE f.day < p.starts_on OR b.first_day >= p.starts_on
),
market_rates AS (
    SELECT market, EXACT_SUM(right_weight) / NULLIF(EXACT_SUM(weight), 0) AS rate FROM usable GROUP BY market
),
area_rates AS (
    SELECT
        u.market,
        u.policy_area,
        (COUNT(*) * COALESCE(EXACT_SUM(u.right_weight) / NULLIF(EXACT_SUM(u.weight), 0), MAX(m.rate)) + 20 * MAX(m.rate))
            / (COUNT(*) + 20) AS rate
    FROM usable AS u
    JOIN market_rates AS m ON m.market = u.market
    GROUP BY u.market, u.policy_area
),
queue_rates AS (
    SELECT
        u.market,
        u.queue,
        u.policy_area,
        (COUNT(*) * COALESCE(EXACT_SUM(u.right_weight) / NULLIF(EXACT_SUM(u.weight), 0), MAX(a.rate)) + 20 * MAX(a.rate))
            / (COUNT(*) + 20) AS rate
    FROM usable AS u
    JOIN area_rates AS a ON a.market = u.market AND a.policy_area = u.policy_area
    GROUP BY u.market, u.queue, u.policy_area
)
SELECT
    k.market,
    k.queue,
    k.policy_area,
    COALESCE(q.rate, a.rate, m.rate) AS rate
FROM (SELECT DISTINCT market, COALESCE(queue, '') AS queue, policy_area FROM dated) AS k
LEFT JOIN queue_rates AS q ON q.market = k.market AND q.queue = k.queue AND q.policy_area = k.policy_area
LEFT JOIN area_rates AS a ON a.market = k.market AND a.policy_area = k.policy_area
LEFT JOIN market_rates AS m ON m.market = k.market
