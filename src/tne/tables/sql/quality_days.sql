-- Rows of each table by market and UTC day; `audits` by decision, `audited` the same rows by audit.
SELECT 'audits' AS source, market, CAST(decided_at AS DATE) AS day, COUNT(*) AS n FROM audits GROUP BY 1, 2, 3
UNION ALL
SELECT 'audited', market, CAST(audited_at AS DATE), COUNT(*) FROM audits GROUP BY 1, 2, 3
UNION ALL
SELECT 'production', market, date, COUNT(*) FROM production GROUP BY 1, 2, 3
UNION ALL
SELECT 'appeals', market, CAST(appealed_at AS DATE), COUNT(*) FROM appeals GROUP BY 1, 2, 3
UNION ALL
SELECT 'responses', market, CAST(answered_at AS DATE), COUNT(*) FROM responses WHERE answered_at IS NOT NULL GROUP BY 1, 2, 3
UNION ALL
SELECT 'surveys', market, CAST(submitted_at AS DATE), COUNT(*) FROM surveys GROUP BY 1, 2, 3
UNION ALL
SELECT 'ratings', market, CAST(rated_at AS DATE), COUNT(*) FROM ratings GROUP BY 1, 2, 3
UNION ALL
SELECT 'attendance', s.market, CAST(a.joined_at AS DATE), COUNT(*)
FROM attendance AS a
JOIN sessions AS s ON s.session_id = a.session_id
GROUP BY 1, 2, 3
