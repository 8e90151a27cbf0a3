-- From when until when each person works in a market. The first spell reaches back to the hire.
SELECT
    market,
    moderator_id,
    MIN(CASE WHEN hired_on < valid_from THEN hired_on ELSE valid_from END) AS from_day,
    MAX(
        CASE
            WHEN left_on IS NOT NULL AND (valid_to IS NULL OR left_on < valid_to) THEN left_on
            ELSE COALESCE(valid_to, DATE '2200-01-01')
        END
    ) AS to_day
FROM moderators
GROUP BY market, moderator_id
