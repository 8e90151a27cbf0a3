-- One row per person who is enrolled in the chosen programme, was trained in it or took one of its tests.
WITH people AS (
    SELECT moderator_id FROM assigned WHERE programme_id = (SELECT programme_id FROM chosen_test)
    UNION
    SELECT moderator_id FROM trained WHERE programme_id = (SELECT programme_id FROM chosen_test)
    UNION
    SELECT moderator_id FROM attempts
),
rooms AS (
    SELECT t.moderator_id, s.session_id, s.market,
        ROW_NUMBER() OVER (PARTITION BY t.moderator_id ORDER BY t.joined_at, s.session_id) AS number
    FROM attendance AS t
    JOIN sessions AS s ON s.session_id = t.session_id
    WHERE s.programme_id = (SELECT programme_id FROM chosen_test)
),
tested AS (
    SELECT moderator_id, MIN(market) AS market FROM attempts GROUP BY moderator_id
),
waves AS (
    SELECT
        moderator_id,
        MAX(CASE WHEN wave = 'pre' THEN score END) AS pre,
        MAX(CASE WHEN wave = 'post' THEN score END) AS post,
        MAX(CASE WHEN wave = 'delayed' THEN score END) AS delayed,
        MAX(CASE WHEN wave = 'pre' THEN max_score END) AS max_score_pre,
        MAX(CASE WHEN wave = 'post' THEN max_score END) AS max_score_post,
        MAX(CASE WHEN wave = 'delayed' THEN max_score END) AS max_score_delayed,
        MAX(CASE WHEN wave = 'pre' THEN scale END) AS scale_pre,
        MAX(CASE WHEN wave = 'post' THEN scale END) AS scale_post,
        MAX(CASE WHEN wave = 'delayed' THEN scale END) AS scale_delayed,
        MAX(CASE WHEN wave = 'pre' THEN answered_at END) AS answered_at_pre,
        MAX(CASE WHEN wave = 'post' THEN answered_at END) AS answered_at_post,
        MAX(CASE WHEN wave = 'delayed' THEN answered_at END) AS answered_at_delayed
    FROM attempts
    WHERE chosen_order = 1
    GROUP BY moderator_id
)
SELECT
    p.moderator_id,
    COALESCE(e.market, r.market, t.market) AS market,
    CAST(c.cohort AS DOUBLE) AS cohort,
    COALESCE(e.arm, '') AS arm,
    COALESCE(d.team, '') AS team,
    COALESCE(e.session_id, r.session_id) AS session_id,
    s.trainer_id,
    e.status,
    w.pre,
    w.post,
    w.delayed,
    w.max_score_pre,
    w.max_score_post,
    w.max_score_delayed,
    w.scale_pre,
    w.scale_post,
    w.scale_delayed,
    w.answered_at_pre,
    w.answered_at_post,
    w.answered_at_delayed,
    c.trained_at
FROM people AS p
LEFT JOIN enrolments AS e
    ON e.moderator_id = p.moderator_id AND e.programme_id = (SELECT programme_id FROM chosen_test)
LEFT JOIN rooms AS r ON r.moderator_id = p.moderator_id AND r.number = 1
LEFT JOIN tested AS t ON t.moderator_id = p.moderator_id
LEFT JOIN trained AS c
    ON c.moderator_id = p.moderator_id AND c.programme_id = (SELECT programme_id FROM chosen_test)
LEFT JOIN dated_spells AS d
    ON d.moderator_id = p.moderator_id
    AND (SELECT starts_on FROM chosen_test) >= d.from_day
    AND (SELECT starts_on FROM chosen_test) < d.to_day
LEFT JOIN sessions AS s ON s.session_id = COALESCE(e.session_id, r.session_id)
LEFT JOIN waves AS w ON w.moderator_id = p.moderator_id
ORDER BY 2, 1
