-- One row per attempt of one person in one wave of the chosen programme: score, best possible score, scale, rank.
-- order_first, order_last and order_best number a person's attempts in that wave.
WITH answered AS (
    SELECT r.attempt_id, r.moderator_id, r.market, r.wave, r.form, r.item_id, r.score, r.answered_at
    FROM responses AS r
    WHERE COALESCE(
        r.programme_id,
        (SELECT MIN(i.programme_id) FROM items AS i WHERE i.item_id = r.item_id AND i.form = r.form)
    ) = (SELECT programme_id FROM chosen_test)
),
forms AS (
    SELECT
        form,
        CASE WHEN COUNT(max_score) = COUNT(*) THEN EXACT_SUM(max_score) END AS max_score,
        CASE WHEN COUNT(DISTINCT scale) > 1 THEN 'mixed' ELSE MIN(scale) END AS scale
    FROM items
    WHERE programme_id = (SELECT programme_id FROM chosen_test)
    GROUP BY form
),
attempts AS (
    SELECT
        attempt_id,
        moderator_id,
        market,
        wave,
        form,
        EXACT_SUM(score) AS score,
        MIN(answered_at) AS answered_at
    FROM answered
    GROUP BY attempt_id, moderator_id, market, wave, form
)
SELECT
    a.*,
    f.max_score,
    f.scale,
    ROW_NUMBER() OVER (
        PARTITION BY moderator_id, wave ORDER BY answered_at NULLS LAST, attempt_id
    ) AS order_first,
    ROW_NUMBER() OVER (
        PARTITION BY moderator_id, wave ORDER BY answered_at DESC NULLS LAST, attempt_id DESC
    ) AS order_last,
    ROW_NUMBER() OVER (
        PARTITION BY moderator_id, wave ORDER BY score DESC, answered_at NULLS LAST, attempt_id
    ) AS order_best
FROM attempts AS a
LEFT JOIN forms AS f ON f.form = a.form
