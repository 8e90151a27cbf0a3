-- The dated audits with the moderator's team of that week.
SELECT
    d.*,
    COALESCE(s.team, '') AS team,
    COALESCE(s.site, '') AS site,
    COALESCE(s.employer, '') AS employer
FROM dated AS d
LEFT JOIN spells AS s
    ON s.moderator_id = d.moderator_id
    AND d.period >= s.from_period
    AND d.period < s.to_period
