-- Audits counted by the columns in braces, which are filled from a fixed list, never from input.
SELECT
    {by}
    COUNT(*) AS n,
    CAST(SUM(1 - f.correct) AS BIGINT) AS n_errors,
    COUNT(DISTINCT f.moderator_id) AS n_people,
    EXACT_SUM(f.weight) AS weight_sum,
    EXACT_SUM(f.weight * (1 - f.correct)) AS weighted_errors,
    EXACT_SUM(f.weight * f.weight) AS weight_sq_sum,
    EXACT_SUM(f.weight * f.weight * (1 - f.correct)) AS weighted_errors_sq,
    CAST(SUM(CASE WHEN f.error_type = 'false_positive' THEN 1 ELSE 0 END) AS BIGINT) AS false_positive,
    CAST(SUM(CASE WHEN f.error_type = 'false_negative' THEN 1 ELSE 0 END) AS BIGINT) AS false_negative,
    CAST(SUM(CASE WHEN f.error_type = 'wrong_policy' THEN 1 ELSE 0 END) AS BIGINT) AS wrong_policy,
    CAST(SUM(CASE WHEN f.error_type = 'technical' THEN 1 ELSE 0 END) AS BIGINT) AS technical
FROM facts AS f
WHERE {condition}
{group}
