-- Where each person belongs for a programme, and when that place was given the training (intention to treat).
-- home = team (or site) on the programme's first day, or the first later one; home_cohort = median planned week of the
-- people who belonged there when planned, if they were at least half of those who worked there then.
WITH home AS (
    SELECT d.moderator_id, d.market, d.team AS home_team, CASE WHEN p.rollout_unit = 'site' THEN d.site ELSE d.team END AS unit
    FROM dated_spells AS d
    CROSS JOIN chosen AS p
    WHERE p.starts_on >= d.from_day AND p.starts_on < d.to_day
),
planned AS (
    SELECT
        d.market,
        CASE WHEN p.rollout_unit = 'site' THEN d.site ELSE d.team END AS unit,
        a.planned_period,
        a.planned_on
    FROM assigned AS a
    CROSS JOIN chosen AS p
    JOIN dated_spells AS d
        ON d.moderator_id = a.moderator_id AND a.planned_on >= d.from_day AND a.planned_on < d.to_day
    WHERE a.programme_id = p.programme_id AND a.planned_on IS NOT NULL
),
ranked AS (
    SELECT
        *,
        COUNT(*) OVER (PARTITION BY market, unit) AS people,
        ROW_NUMBER() OVER (PARTITION BY market, unit ORDER BY planned_on, planned_period) AS number
    FROM planned
),
medians AS (  -- the lower one of two in the middle; a later day never lies in an earlier week
    SELECT market, unit, people, planned_period AS cohort, planned_on
    FROM ranked
    WHERE 2 * number IN (people, people + 1)
),
strength AS (
    SELECT m.market, m.unit, m.cohort, m.people, COUNT(DISTINCT d.moderator_id) AS staff
    FROM medians AS m
    CROSS JOIN chosen AS p
    JOIN dated_spells AS d
        ON d.market = m.market
        AND CASE WHEN p.rollout_unit = 'site' THEN d.site ELSE d.team END = m.unit
        AND m.planned_on >= d.joined_on AND m.planned_on < d.to_day AND m.planned_on <= d.left_on
    GROUP BY m.market, m.unit, m.cohort, m.people
)
SELECT
    h.moderator_id,
    -- the unit that was rolled out to, so that errors are clustered where the training was assigned
    CASE WHEN p.rollout_unit = 'site' THEN h.unit ELSE h.home_team END AS home_team,
    CASE WHEN p.rollout_unit IN ('team', 'site') AND 2 * s.people >= s.staff THEN s.cohort END AS home_cohort
FROM home AS h
CROSS JOIN chosen AS p
LEFT JOIN strength AS s ON s.market = h.market AND s.unit = h.unit
