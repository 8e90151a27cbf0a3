-- What is wrong with each rating: raters who are no moderators have no roster.
SELECT
    r.market,
    r.rater_id AS person,
    r.rated_at AS moment,
    r.role = 'moderator' AND e.moderator_id IS NULL AS no_roster
FROM ratings AS r
LEFT JOIN employed AS e ON e.market = r.market AND e.moderator_id = r.rater_id
