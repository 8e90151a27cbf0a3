"""How is a finding of data quality said to the analyst, in one sentence?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

_SHARE = "{n:,.0f} of {n_total:,.0f} rows of `{table}` ({value:.1%})"
_SAID: dict[str, str] = {
    "no_roster": f"{_SHARE} are of {{n_people:.0f}} of {{n_people_total:.0f}} people whom the roster does not know",
    "off_roster": f"{_SHARE} lie on days between two spells of their {{n_people:.0f}} people in the roster",
    "no_session": f"{_SHARE} name a session that `sessions` does not know",
    "no_enrolment": f"{_SHARE} are of {{n_people:.0f}} people without an enrolment in the programme",
    "no_item": f"{_SHARE} have a question that `items` does not know",
    "no_policy": f"{_SHARE} name a version that `policies` does not know",
    "twice": f"{_SHARE} stand twice under two ids",
    "close_attempts": f"{_SHARE} are attempts within two minutes of another one",
    "order_broken": f"{_SHARE} have their times in an impossible order",
    "before_hire": f"{_SHARE} lie before the hire of their people",
    "after_leaving": f"{_SHARE} lie after their people left",
    "early_version": f"{_SHARE} were decided under a version before it was in force",
    "off_session": f"{_SHARE} lie more than a day away from their session",
    "before_session": f"{_SHARE} came more than a day before their session",
    "wave_order": f"{_SHARE} are tests on the wrong side of the training",
    "handle_zero": f"{_SHARE} have cases and no time",
    "handle_long": f"{_SHARE} have an impossibly long time",
    "exposure_long": f"{_SHARE} have more exposure than time",
    "contradiction": f"{_SHARE} are right with an error, or wrong without one",
    "future": "{n:,.0f} of {n_total:,.0f} rows of `{table}` lie weeks behind all other data, from {first} on",
    "stale": "`{table}` ends on {last}: {n:.0f} days of silence, {n_total:.0f} at most before",
    "not_followed": "`{table}` has nothing after {last}, although {n:.0f} people finished a training since",
    "few_in_week": "{n:.0f} of {n_total:.0f} weeks of `{table}` have far fewer rows than usual ({first} to {last})",
    "many_in_week": "{n:.0f} of {n_total:.0f} weeks of `{table}` have far more rows than usual ({first} to {last})",
    "quarantine": "{n:,.0f} of {n_total:,.0f} rows for `{table}` are set aside: {column}",
    "drift_past": "{n:,.0f} of {n_total:,.0f} earlier rows of `{table}` were removed or added by the last import",
    "drift_nulls": "empty cells of `{table}.{column}` changed with the last import",
    "drift_share": "the share of `{table}.{column}` changed with the last import",
    "drift_scale": "`{table}.{column}` came on another scale with the last import",
    "drift_values": "values of `{table}.{column}` are new or gone since the last import",
}


def described(row: Mapping[str, Any]) -> str:
    """Return one row of `Quality.to_frame` as a sentence without its end: counts and names of columns, no value."""
    days = {name: "–" if pd.isna(row[name]) else f"{row[name]:%Y-%m-%d}" for name in ("first", "last")}
    where = f"{row['market']}: " if row["market"] else ""
    return where + _SAID[row["check"]].format_map({**row, **days})
