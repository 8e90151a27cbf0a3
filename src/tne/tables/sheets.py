"""Which tests were taken, and what did each person answer to each question?"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from tne.checks import require_choice
from tne.tables.engine import Engine, quoted, statement
from tne.tables.frames import ATTEMPTS, CHOSEN, WAVES
from tne.tables.programmes import programme_row

_ORDER = "CASE wave WHEN 'pre' THEN 1 WHEN 'post' THEN 2 WHEN 'delayed' THEN 3 ELSE 4 END"


def taken(engine: Engine, market: str | None = None) -> pd.DataFrame:
    """Return one row per programme, form and wave that somebody took; see `Workspace.tests`."""
    where = "" if market is None else f"WHERE r.market = {quoted([market])}"
    return engine.frame(
        "WITH programmes_of AS (SELECT item_id, form, MIN(programme_id) AS programme_id FROM items GROUP BY 1, 2), "
        "taken AS (SELECT COALESCE(r.programme_id, i.programme_id) AS programme_id, r.form, r.wave, r.moderator_id, "
        "r.item_id FROM responses AS r "
        f"LEFT JOIN programmes_of AS i ON i.item_id = r.item_id AND i.form = r.form {where}) "
        "SELECT programme_id, form, wave, COUNT(DISTINCT moderator_id) AS n_people, "
        "COUNT(DISTINCT item_id) AS n_items FROM taken WHERE programme_id IS NOT NULL "
        f"GROUP BY 1, 2, 3 ORDER BY 1, 2, {_ORDER}, 3"
    )


def item_responses(
    engine: Engine,
    programme: str,
    wave: str | None = None,
    form: str | None = None,
    market: str | None = None,
    attempt: str = "first",
) -> pd.DataFrame:
    """Return one row per person, wave, form and question; see `Workspace.item_responses`."""
    require_choice(attempt, ATTEMPTS, "attempt")
    if wave is not None:
        require_choice(wave, WAVES, "wave")
    programme_row(engine, programme)  # names those that exist if this one does not
    chosen = pd.DataFrame({"programme_id": [programme]})
    engine.put("chosen_test", chosen, {"programme_id": "VARCHAR"})
    asked = {"wave": wave, "form": form, "market": market}
    only = " AND ".join(f"{name} = {quoted([value])}" for name, value in asked.items() if value is not None)
    frame = engine.frame(
        f"WITH tried AS ({statement('attempts')}), ranked AS (SELECT attempt_id, moderator_id, wave, form, "
        f"ROW_NUMBER() OVER (PARTITION BY moderator_id, wave, form ORDER BY {CHOSEN[attempt]}) AS number FROM tried "
        f"{f'WHERE {only}' if only else ''}) "
        "SELECT r.moderator_id, r.market, m.language, r.wave, r.form, r.item_id, i.policy_area, r.response, r.score, "
        "i.max_score, i.key FROM responses AS r "
        "JOIN ranked AS a ON a.number = 1 AND a.attempt_id = r.attempt_id AND a.moderator_id = r.moderator_id "
        "AND a.wave = r.wave AND a.form = r.form "
        "LEFT JOIN items AS i ON i.item_id = r.item_id AND i.form = r.form "
        "LEFT JOIN markets AS m ON m.market = r.market "
        f"ORDER BY {_ORDER.replace('wave', 'r.wave')}, r.form, r.moderator_id"
    )
    frame["item_id"] = pd.Categorical(
        frame["item_id"], categories=sorted(frame["item_id"].unique(), key=natural), ordered=True
    )
    sheet = (
        frame[["wave", "form", "moderator_id"]]
        .ne(frame[["wave", "form", "moderator_id"]].shift())
        .any(axis=1)
    )
    frame = frame.iloc[np.lexsort((frame["item_id"].cat.codes, sheet.cumsum()))].reset_index(drop=True)
    frame.attrs.update(programme=programme, attempt=attempt)
    return frame


def natural(name: str) -> list[tuple[int, int, str]]:
    """Order names as people count: question 2 before question 10."""
    return [
        (0, int(part), "") if part.isdigit() else (1, 0, part)
        for part in re.split(r"(\d+)", str(name))
        if part
    ]
