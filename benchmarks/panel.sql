-- What somebody who knows DuckDB writes for the panel of benchmarks/panel.py: plain sums, zones by ICU, one query.
WITH markets AS (SELECT * FROM read_parquet('{root}/tables/markets/*.parquet')),
days AS (
    SELECT m.market, CAST(d.day AS DATE) AS day,
        timezone('UTC', timezone(m.timezone, d.day)) AS starts_at,
        timezone('UTC', timezone(m.timezone, d.day + INTERVAL 1 DAY)) AS ends_at
    FROM markets AS m
    CROSS JOIN generate_series(TIMESTAMP '2024-06-01', TIMESTAMP '2026-08-01', INTERVAL 1 DAY) AS d(day)
),
calendar AS (
    SELECT market, starts_at, ends_at, (day - DATE '1970-01-05') // 7 AS period, day,
        unnest([CAST(starts_at AS DATE), CAST(ends_at - INTERVAL 1 MICROSECOND AS DATE)]) AS utc_day
    FROM days
),
audits AS (
    SELECT a.market, a.moderator_id, a.queue, a.policy_area, a.policy_version, a.error_type, a.sampling_weight AS w,
        CAST(a.correct AS INTEGER) AS right_one, c.period, c.day,
        a.policy_area IN ('area0', 'area1', 'area2', 'area3') AS inside,
        make_timestamp(epoch_us(a.audited_at)) AS audited_at, make_timestamp(epoch_us(a.decided_at)) AS decided_at
    FROM read_parquet('{root}/tables/audits/*/*.parquet', hive_partitioning = true) AS a
    JOIN calendar AS c
        ON c.market = a.market AND c.utc_day = CAST(make_timestamp(epoch_us(a.decided_at)) AS DATE)
        AND make_timestamp(epoch_us(a.decided_at)) >= c.starts_at AND make_timestamp(epoch_us(a.decided_at)) < c.ends_at
    WHERE NOT a.seeded
),
counted AS (
    SELECT market, queue, policy_area, COUNT(*) AS n, SUM(w) AS weight, SUM(w * right_one) AS good
    FROM audits WHERE day < DATE '2025-08-04' GROUP BY ALL
),
of_market AS (SELECT market, SUM(good) / SUM(weight) AS rate FROM counted GROUP BY ALL),
of_area AS (
    SELECT market, policy_area, (SUM(n) * SUM(good) / SUM(weight) + 20 * ANY_VALUE(m.rate)) / (SUM(n) + 20) AS rate
    FROM counted JOIN of_market AS m USING (market) GROUP BY ALL
),
rates AS (
    SELECT market, queue, policy_area, (n * good / weight + 20 * a.rate) / (n + 20) AS rate
    FROM counted JOIN of_area AS a USING (market, policy_area)
),
usual AS (
    SELECT market, quantile_cont(epoch(audited_at - decided_at), 0.8) AS lag, MAX(audited_at) AS latest
    FROM audits GROUP BY market
),
fresh AS (
    SELECT market, policy_area, policy_version, TRUE AS fresh
    FROM read_parquet('{root}/tables/policies/*/*.parquet', hive_partitioning = true)
    WHERE effective_at > TIMESTAMPTZ '2025-05-12 00:00:00+00'
),
cells AS (
    SELECT a.market, a.moderator_id, a.period,
        COUNT(*) FILTER (inside) AS n,
        SUM(right_one) FILTER (inside) AS n_correct,
        COALESCE(SUM(w) FILTER (inside), 0) AS weight_sum,
        SUM(w * right_one) FILTER (inside) AS weighted_correct,
        SUM(w * w * right_one) FILTER (inside) AS weighted_correct_sq,
        SUM(w * w) FILTER (inside) AS weight_sq_sum,
        SUM(w * r.rate) FILTER (inside) AS expected_correct,
        SUM(w) FILTER (inside AND f.fresh) AS new_policy_weight,
        SUM(w) FILTER (NOT inside) AS outside_weight_sum,
        SUM(w * right_one) FILTER (NOT inside) AS outside_weighted_correct,
        COUNT(*) FILTER (inside AND error_type = 'false_positive') AS false_positive,
        COUNT(*) FILTER (inside AND error_type = 'false_negative') AS false_negative,
        COUNT(*) FILTER (inside AND error_type = 'wrong_policy') AS wrong_policy,
        COUNT(*) FILTER (inside AND error_type = 'technical') AS technical
    FROM audits AS a
    LEFT JOIN rates AS r USING (market, queue, policy_area)
    LEFT JOIN fresh AS f USING (market, policy_area, policy_version)
    GROUP BY a.market, a.moderator_id, a.period
),
spells AS (
    SELECT moderator_id, team, (valid_from - DATE '1970-01-05') // 7 AS from_period,
        COALESCE(LEAD((valid_from - DATE '1970-01-05') // 7) OVER who, 1000000) AS to_period
    FROM read_parquet('{root}/tables/moderators/*/*.parquet')
    WINDOW who AS (PARTITION BY moderator_id ORDER BY valid_from)
),
trained AS (
    SELECT moderator_id, (CAST(make_timestamp(epoch_us(completed_at)) AS DATE) - DATE '1970-01-05') // 7 AS cohort
    FROM read_parquet('{root}/tables/enrolments/*/*.parquet')
)
SELECT c.*, s.team, t.cohort, c.period - t.cohort AS event_time,
    epoch(u.latest - e.ends_at) < u.lag AS provisional
FROM cells AS c
LEFT JOIN spells AS s ON s.moderator_id = c.moderator_id AND c.period >= s.from_period AND c.period < s.to_period
LEFT JOIN trained AS t ON t.moderator_id = c.moderator_id
JOIN usual AS u ON u.market = c.market
JOIN (SELECT market, period, MAX(ends_at) AS ends_at FROM calendar GROUP BY ALL) AS e
    ON e.market = c.market AND e.period = c.period
ORDER BY c.market, c.moderator_id, c.period
