"""How many minutes of trainers and of participants did each programme take in each market?"""

from __future__ import annotations

import pandas as pd

from tne.checks import require_columns, require_no_missing, require_numeric, require_unique

COLUMNS = ["programme_id", "market", "trainer_minutes", "seat_minutes", "n_people"]


def time_spent(sessions: pd.DataFrame | None, attendance: pd.DataFrame | None) -> pd.DataFrame:
    """Return the minutes by programme and market.

    Parameters
    ----------
    sessions : DataFrame or None
        session_id, programme_id, market, (duration_minutes), (modality).
    attendance : DataFrame or None
        session_id, moderator_id, (minutes): one row per joining; the minutes of one person in a session add up, to its
        duration at most.

    Returns
    -------
    DataFrame
        programme_id, market, trainer_minutes (sessions that are not e-learning), seat_minutes, n_people. NaN where a
        session has no duration, or nobody's attendance is known.
    """
    if sessions is None or sessions.empty:
        return pd.DataFrame(
            {name: pd.Series(dtype=object if i < 2 else float) for i, name in enumerate(COLUMNS)}
        )
    require_columns(sessions, ["session_id", "programme_id", "market"], "sessions")
    require_no_missing(sessions, ["session_id", "programme_id", "market"], "sessions")
    require_unique(sessions, ["session_id"], "sessions")
    held = pd.DataFrame(
        {name: sessions[name].to_numpy() for name in ("session_id", "programme_id", "market")}
    )
    held["duration"] = _numbers(sessions, "duration_minutes", "sessions")
    alone = (
        (sessions["modality"] == "e_learning").fillna(False).to_numpy(dtype=bool)
        if "modality" in sessions
        else False
    )
    held["taught"] = held["duration"].where(~pd.Series(alone, index=held.index), 0.0)
    if attendance is None:
        held["seat"], people = float("nan"), pd.Series(dtype=float)
    else:
        held, people = _attended(held, attendance)
    by = held.groupby(["programme_id", "market"], observed=True)
    out = by[["taught", "seat"]].sum(min_count=1)
    # one unknown duration makes the sum unknown, not smaller
    out = out.mask(by[["taught", "seat"]].agg(lambda column: column.isna().any()).astype(bool))
    out = out.rename(columns={"taught": "trainer_minutes", "seat": "seat_minutes"}).assign(n_people=people)
    # an export without this programme's attendance is no proof that nobody came
    out["seat_minutes"] = out["seat_minutes"].where(out["n_people"] > 0)
    return out.reset_index()[COLUMNS]


def _attended(held: pd.DataFrame, attendance: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Sessions with the minutes sat in them, and the people of each programme and market."""
    require_columns(attendance, ["session_id", "moderator_id"], "attendance")
    came = pd.DataFrame({name: attendance[name].to_numpy() for name in ("session_id", "moderator_id")})
    came["minutes"] = _numbers(attendance, "minutes", "attendance")
    came = came.merge(held, on="session_id", how="inner")
    one = ["session_id", "moderator_id"]
    minutes = came.groupby(one, observed=True)["minutes"].sum(min_count=1)
    length = came.groupby(one, observed=True)["duration"].first()
    sat = minutes.fillna(length).clip(upper=length.fillna(float("inf")))
    seat = sat.groupby(level="session_id").agg(lambda column: column.sum(skipna=False))
    held = held.assign(
        seat=held["session_id"].map(seat).fillna(0.0).where(~held["session_id"].isin(_unknown(seat)))
    )
    people = came.groupby(["programme_id", "market"], observed=True)["moderator_id"].nunique()
    return held, people.astype(float)


def _unknown(seat: pd.Series) -> list[object]:
    return list(seat.index[seat.isna()])


def _numbers(frame: pd.DataFrame, column: str, name: str) -> pd.Series:
    if column not in frame:
        return pd.Series(float("nan"), index=range(len(frame)))
    require_numeric(frame, [column], name)
    values = pd.Series(frame[column].to_numpy(dtype=float, na_value=float("nan")))
    if (values < 0).any():
        raise ValueError(
            f"Column `{column}` of `{name}` is negative in {int((values < 0).sum())} rows. Correct them."
        )
    return values
