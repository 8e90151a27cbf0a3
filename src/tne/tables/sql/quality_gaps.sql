-- Days between two spells of a person in a market: more than a week in which the roster does not know them.
SELECT market, moderator_id, ended AS from_day, began AS to_day
FROM (
    SELECT
        market,
        moderator_id,
        valid_to AS ended,
        LEAD(valid_from) OVER (PARTITION BY market, moderator_id ORDER BY valid_from) AS began
    FROM moderators
) AS spells
WHERE began > ended + INTERVAL '8' DAY
