-- One measure over time. The names between braces are filled from a fixed list, never from input:
-- by (grouping columns), bucket (week or month), value/count/total (the measure), source (facts), open_weeks, condition.
WITH still_open AS (
    SELECT DISTINCT d.market, d.{bucket} AS bucket
    FROM calendar AS d
    JOIN {open_weeks} AS w ON w.market = d.market AND w.week = d.week
    WHERE w.provisional
)
SELECT
    {by}
    f.{bucket} AS {bucket},
    {value} AS value,
    CAST({count} AS DOUBLE) AS count,
    CAST({total} AS DOUBLE) AS total,
    COUNT(*) AS n,
    CAST(NULLIF(COUNT(DISTINCT f.moderator_id), 0) AS DOUBLE) AS n_people
FROM {source} AS f
WHERE {condition}
GROUP BY {by} f.{bucket}
ORDER BY {by} f.{bucket}
