-- What is wrong with each stay. Attendance has no market of its own: that of a stay in an unknown session is ''.
SELECT
    COALESCE(s.market, '') AS market,
    a.moderator_id AS person,
    a.joined_at AS moment,
    s.session_id IS NULL AS no_session,
    s.session_id IS NOT NULL AND n.moderator_id IS NULL AS no_enrolment,
    a.joined_at < e.from_day - INTERVAL '1' DAY AS before_hire,
    a.joined_at > e.to_day + INTERVAL '2' DAY AS after_leaving,
    s.modality <> 'e_learning'
        AND (a.joined_at < s.starts_at - INTERVAL '1' DAY OR a.joined_at > s.starts_at + INTERVAL '1' DAY) AS off_session
FROM attendance AS a
LEFT JOIN sessions AS s ON s.session_id = a.session_id
LEFT JOIN enrolments AS n ON n.programme_id = s.programme_id AND n.moderator_id = a.moderator_id
LEFT JOIN employed AS e ON e.market = s.market AND e.moderator_id = a.moderator_id
