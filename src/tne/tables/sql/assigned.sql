-- In which week each person's place in each programme falls: that of the session, else that of the assignment.
-- Controls have none, nor has a waitlist before it gets a session.
SELECT
    e.programme_id,
    e.moderator_id,
    e.market,
    COALESCE(e.arm, '') AS arm,
    COALESCE(e.session_id, '') AS session_id,
    CASE
        WHEN e.arm = 'control' OR (e.arm = 'waitlist' AND s.session_id IS NULL) THEN NULL
        ELSE COALESCE(c.day, e.assigned_on)
    END AS planned_on,
    CASE
        WHEN e.arm = 'control' OR (e.arm = 'waitlist' AND s.session_id IS NULL) THEN NULL
        ELSE COALESCE(c.period, WEEK_OF(e.assigned_on))
    END AS planned_period
FROM enrolments AS e
LEFT JOIN sessions AS s ON s.session_id = e.session_id
LEFT JOIN calendar AS c
    ON c.market = e.market
    AND c.utc_day = CAST(s.starts_at AS DATE)
    AND s.starts_at >= c.starts_at
    AND s.starts_at < c.ends_at
