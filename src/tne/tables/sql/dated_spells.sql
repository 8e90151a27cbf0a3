-- Which team a person belongs to on which day; the first spell reaches back, the last one forward.
SELECT
    moderator_id,
    market,
    COALESCE(team, '') AS team,
    COALESCE(site, '') AS site,
    CASE
        WHEN ROW_NUMBER() OVER (PARTITION BY moderator_id ORDER BY valid_from) = 1 THEN DATE '1900-01-01'
        ELSE valid_from
    END AS from_day,
    COALESCE(LEAD(valid_from) OVER (PARTITION BY moderator_id ORDER BY valid_from), DATE '2200-01-01') AS to_day,
    valid_from AS joined_on,
    COALESCE(left_on, DATE '2200-01-01') AS left_on
FROM moderators
