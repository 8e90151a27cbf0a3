"""Who was trained in which programme, when and in which market?"""

from __future__ import annotations

import pandas as pd

from tne.tables.engine import Engine
from tne.tables.panel import base

_SQL = """
WITH rooms AS (
    SELECT s.programme_id, t.moderator_id, s.market,
        ROW_NUMBER() OVER (
            PARTITION BY s.programme_id, t.moderator_id ORDER BY t.joined_at, s.session_id
        ) AS number
    FROM attendance AS t
    JOIN sessions AS s ON s.session_id = t.session_id
)
SELECT
    c.programme_id,
    c.moderator_id,
    COALESCE(e.market, r.market) AS market,
    CAST(c.cohort AS DOUBLE) AS cohort,
    c.trained_at
FROM trained AS c
LEFT JOIN enrolments AS e ON e.moderator_id = c.moderator_id AND e.programme_id = c.programme_id
LEFT JOIN rooms AS r ON r.moderator_id = c.moderator_id AND r.programme_id = c.programme_id AND r.number = 1
ORDER BY 1, 3, 2
"""


def trainees(engine: Engine) -> pd.DataFrame:
    """Return the trained of all programmes at once, as `Workspace.scores` has them of one, without their tests.

    Parameters
    ----------
    engine : Engine

    Returns
    -------
    DataFrame
        One row per person and programme: programme_id, moderator_id, market, cohort (week of the first training),
        trained_at (UTC).
    """
    base(engine)
    frame = engine.frame(_SQL)
    frame["trained_at"] = frame["trained_at"].dt.tz_localize("UTC")
    return frame
