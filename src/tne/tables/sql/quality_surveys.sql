-- What is wrong with each filled-in questionnaire. `twice`: as many answers with the same sum at the same
-- instant under two ids. Without a person only instants to the second tell: many agree within a minute.
WITH filled AS (
    SELECT
        response_id,
        market,
        MIN(programme_id) AS programme_id,
        MIN(session_id) AS session_id,
        MIN(moderator_id) AS moderator_id,
        MIN(respondent) AS respondent,
        MIN(submitted_at) AS submitted_at,
        COUNT(*) AS answers,
        SUM(value) AS total
    FROM surveys
    GROUP BY response_id, market
),
numbered AS (
    SELECT
        *,
        ROW_NUMBER() OVER (
            PARTITION BY market, programme_id, session_id, moderator_id, respondent, submitted_at, answers, total
            ORDER BY response_id
        ) AS copy
    FROM filled
)
SELECT
    f.market,
    f.moderator_id AS person,
    f.submitted_at AS moment,
    f.session_id IS NOT NULL AND s.session_id IS NULL AS no_session,
    f.respondent = 'learner' AND f.moderator_id IS NOT NULL AND f.programme_id IS NOT NULL AND n.moderator_id IS NULL
        AS no_enrolment,
    f.submitted_at < s.starts_at - INTERVAL '1' DAY AS before_session,
    f.copy > 1 AND (f.moderator_id IS NOT NULL OR f.submitted_at <> DATE_TRUNC('minute', f.submitted_at)) AS twice
FROM numbered AS f
LEFT JOIN sessions AS s ON s.session_id = f.session_id
LEFT JOIN enrolments AS n ON n.programme_id = f.programme_id AND n.moderator_id = f.moderator_id
