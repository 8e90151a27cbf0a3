-- What is wrong with each appeal.
SELECT
    a.market,
    a.moderator_id AS person,
    a.appealed_at AS moment,
    a.moderator_id IS NOT NULL AND e.moderator_id IS NULL AS no_roster,
    a.appealed_at < a.decided_at OR a.resolved_at < a.appealed_at AS order_broken
FROM appeals AS a
LEFT JOIN employed AS e ON e.market = a.market AND e.moderator_id = a.moderator_id
