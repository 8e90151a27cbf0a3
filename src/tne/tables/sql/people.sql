-- One row per person: the latest spell, and how long the person has stayed.
WITH latest AS (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY moderator_id ORDER BY valid_from DESC) AS number
    FROM moderators
),
stayed AS (
    SELECT
        l.*,
        o.last_day,
        CASE WHEN l.left_on <= o.last_day THEN l.left_on ELSE o.last_day END AS seen_until,
        COALESCE(l.left_on <= o.last_day, FALSE) AS gone
    FROM latest AS l
    CROSS JOIN observed AS o
    WHERE l.number = 1
)
SELECT
    moderator_id,
    market,
    COALESCE(team, '') AS team,
    site,
    languages,
    queue,
    employer,
    hired_on,
    left_on,
    CAST(DATE_DIFF('day', hired_on, seen_until) AS DOUBLE) / 7 AS tenure_weeks,
    CAST(WEEK_OF(hired_on) AS DOUBLE) AS cohort,
    CAST(DATE_DIFF('day', hired_on, seen_until) AS DOUBLE) / 7 AS duration,
    gone AS event
FROM stayed
ORDER BY market, moderator_id
