-- Which team a person belongs to in which week: the spell that began last by the end of the week. The first spell
-- reaches back and the last one forward, so that every week has one team.
WITH started AS (
    SELECT
        *,
        WEEK_OF(valid_from) AS began
    FROM moderators
),
last_of_week AS (
    SELECT *
    FROM (
        SELECT *, ROW_NUMBER() OVER (PARTITION BY moderator_id, began ORDER BY valid_from DESC) AS later_first
        FROM started
    ) AS ranked
    WHERE later_first = 1
),
numbered AS (
    SELECT
        *,
        ROW_NUMBER() OVER (PARTITION BY moderator_id ORDER BY began) AS number,
        LEAD(began) OVER (PARTITION BY moderator_id ORDER BY began) AS next_began
    FROM last_of_week
)
SELECT
    moderator_id,
    market,
    COALESCE(team, '') AS team,
    COALESCE(site, '') AS site,
    queue,
    employer,
    CASE WHEN number = 1 THEN -1000000 ELSE began END AS from_period,
    COALESCE(next_began, 1000000) AS to_period,
    WEEK_OF(hired_on) AS hired_period
FROM numbered
