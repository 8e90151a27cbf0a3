"""Analysis frames of people and tests: what notebooks hand to the measures."""

from __future__ import annotations

import pandas as pd

from tne.checks import require_choice
from tne.tables.engine import Engine, quoted, statement
from tne.tables.panel import base
from tne.tables.programmes import programme_row
from tne.tables.reading import known_market

# Which attempt counts → the order in which it is the first
CHOSEN = {
    "first": "answered_at NULLS LAST, attempt_id",
    "last": "answered_at DESC NULLS LAST, attempt_id DESC",
    "best": "score DESC, answered_at NULLS LAST, attempt_id",
}
ATTEMPTS = tuple(CHOSEN)
WAVES = ("pre", "post", "delayed", "quiz")
_INSTANTS = ("answered_at_pre", "answered_at_post", "answered_at_delayed", "trained_at")


def scores(engine: Engine, programme: str, market: str | None = None, attempt: str = "first") -> pd.DataFrame:
    """Return one row a person of a programme with the scores of its waves; see `Workspace.scores`."""
    require_choice(attempt, ATTEMPTS, "attempt")
    _choose(engine, programme)
    sql = f"SELECT *, order_{attempt} AS chosen_order FROM ({statement('attempts')}) AS a"
    engine.remake("attempts", sql)
    frame = engine.frame(_of_market(statement("learners"), market))
    for column in _INSTANTS:
        frame[column] = frame[column].dt.tz_localize("UTC")
    frame.attrs.update(programme=programme, attempt=attempt)
    return frame


def item_scores(
    engine: Engine, programme: str, wave: str, form: str, market: str | None = None, attempt: str = "first"
) -> pd.DataFrame:
    """Return the people × items frame of one form in one wave; see `Workspace.item_scores`."""
    require_choice(attempt, ATTEMPTS, "attempt")
    require_choice(wave, WAVES, "wave")
    _choose(engine, programme)
    tried = _attempts_of_form(engine, wave, form, attempt)
    where = "" if market is None else f" AND r.market = {quoted([market])}"
    rows = engine.frame(
        "SELECT r.moderator_id, r.item_id, r.score FROM responses AS r "
        f"JOIN ({tried}) AS a ON a.attempt_id = r.attempt_id AND a.moderator_id = r.moderator_id "
        f"WHERE r.wave = {quoted([wave])} AND r.form = {quoted([form])}{where} ORDER BY 1, 2"
    )
    if rows.empty:
        forms = engine.values("SELECT DISTINCT form FROM responses ORDER BY 1")
        raise KeyError(
            f"Nobody answered form {form!r} of programme {programme!r} in wave {wave!r}"
            f"{'' if market is None else f' in {market}'}. Forms: {', '.join(f[0] for f in forms[:12]) or 'none'}."
        )
    wide = rows.set_index(["moderator_id", "item_id"])["score"].unstack().rename_axis(columns=None)  # noqa: PD010
    wide.attrs.update(programme=programme, wave=wave, form=form, attempt=attempt)
    return wide


def people(engine: Engine, market: str | None = None) -> pd.DataFrame:
    """Return one row a person with tenure and whether the person left; see `Workspace.people`."""
    known_market(engine, market)
    last = engine.made["as_of"]
    day = last.tz_localize(None).normalize() if last is not None and pd.notna(last) else pd.NaT
    engine.put("observed", pd.DataFrame({"last_day": [day]}, dtype="datetime64[us]"), {"last_day": "DATE"})
    return engine.frame(_of_market(statement("people"), market))


def _choose(engine: Engine, programme: str) -> None:
    base(engine)
    row = programme_row(engine, programme)
    chosen = pd.DataFrame({"programme_id": [programme], "starts_on": [row["starts_on"]]})
    engine.put("chosen_test", chosen, {"programme_id": "VARCHAR", "starts_on": "DATE"})


def _attempts_of_form(engine: Engine, wave: str, form: str, attempt: str) -> str:
    """Query for each person's chosen attempt at one form, whatever other forms the wave had."""
    return (
        "SELECT moderator_id, attempt_id FROM ("
        f"SELECT *, ROW_NUMBER() OVER (PARTITION BY moderator_id ORDER BY {CHOSEN[attempt]}) AS number "
        f"FROM ({statement('attempts')}) AS t WHERE wave = {quoted([wave])} AND form = {quoted([form])}"
        ") AS ranked WHERE number = 1"
    )


def _of_market(sql: str, market: str | None) -> str:
    if market is None:
        return sql
    return f"SELECT * FROM ({sql}) AS x WHERE market = {quoted([market])} ORDER BY market, moderator_id"
