-- What is wrong with each attempt at a test. `twice`: the same person, form, time and score under two ids; `close`:
-- within two minutes of the attempt before, with another score; neither where an export knows days only, since a test
-- may be taken twice a day. A month of slack around employment: people are tested
-- before their first day. Those who wait for their training take the later tests before it.
WITH tried AS (
    SELECT
        r.attempt_id,
        r.market,
        r.moderator_id,
        r.programme_id,
        r.wave,
        r.form,
        MIN(r.answered_at) AS answered_at,
        SUM(r.score) AS score,
        COUNT(*) AS answers,
        SUM(CASE WHEN i.item_id IS NULL THEN 1 ELSE 0 END) AS unknown_items
    FROM responses AS r
    LEFT JOIN items AS i ON i.item_id = r.item_id AND i.form = r.form
    GROUP BY r.attempt_id, r.market, r.moderator_id, r.programme_id, r.wave, r.form
),
-- one instant a day, on three days or more
by_day AS (
    SELECT market, programme_id, wave, form
    FROM tried
    GROUP BY market, programme_id, wave, form
    HAVING COUNT(DISTINCT answered_at) >= 3 AND COUNT(DISTINCT answered_at) = COUNT(DISTINCT CAST(answered_at AS DATE))
),
ordered AS (
    SELECT
        *,
        LAG(answered_at) OVER (PARTITION BY moderator_id, programme_id, wave, form ORDER BY answered_at, attempt_id) AS before_at,
        LAG(score) OVER (PARTITION BY moderator_id, programme_id, wave, form ORDER BY answered_at, attempt_id) AS before_score,
        LAG(answers) OVER (PARTITION BY moderator_id, programme_id, wave, form ORDER BY answered_at, attempt_id) AS before_answers
    FROM tried
)
SELECT
    t.market,
    t.moderator_id AS person,
    t.answered_at AS moment,
    t.programme_id IS NOT NULL AND n.moderator_id IS NULL AS no_enrolment,
    t.unknown_items > 0 AS no_item,
    t.answered_at < e.from_day - INTERVAL '30' DAY AS before_hire,
    t.answered_at > e.to_day + INTERVAL '30' DAY AS after_leaving,
    COALESCE(n.arm, 'trained') = 'trained'
        AND (
            (t.wave = 'pre' AND t.answered_at > n.completed_at + INTERVAL '1' DAY)
            OR (t.wave IN ('post', 'delayed') AND t.answered_at < n.completed_at - INTERVAL '1' DAY)
        ) AS wave_order,
    d.wave IS NULL
        AND t.answered_at <= t.before_at + INTERVAL '2' MINUTE
        AND t.score = t.before_score
        AND t.answers = t.before_answers
        AS twice,
    d.wave IS NULL
        AND t.answered_at <= t.before_at + INTERVAL '2' MINUTE
        AND (t.score <> t.before_score OR t.answers <> t.before_answers)
        AS close_attempts
FROM ordered AS t
LEFT JOIN by_day AS d
    ON d.market = t.market AND d.programme_id = t.programme_id AND d.wave = t.wave AND d.form = t.form
LEFT JOIN enrolments AS n ON n.programme_id = t.programme_id AND n.moderator_id = t.moderator_id
LEFT JOIN employed AS e ON e.market = t.market AND e.moderator_id = t.moderator_id
