"""What did each programme cost in each market: design, delivery, trainers' and participants' time?"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import require_columns, require_no_missing, require_numeric
from tne.measures.value_range import RANGE, assumption
from tne.measures.value_time import time_spent
from tne.result import Check, Estimates, Result

__all__ = ["ProgrammeCosts", "programme_costs"]

KINDS = ("design", "delivery", "trainer_time", "seat_time")
NOT_PRICED = "not priced"
BELOW_ZERO = "the total is below 0"
KEYS = ["programme_id", "market"]
# what a cost sheet calls them, where `kinds` does not say; the first that fits
_WORDS = (
    ("trainer_time", r"trainer|facilitat|instructor"),
    ("seat_time", r"participant|attend|learner|seat|moderator"),
    ("design", r"design|develop|material|content|author|translat|locali[sz]"),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class ProgrammeCosts(Result):
    """Costs by programme and market, each in one currency.

    Parameters
    ----------
    estimates : Estimates
        Rows ``total`` and the kinds that occur (``design``, ``delivery``, ``trainer_time``, ``seat_time``), keyed by
        programme_id and market; the unit is the currency. NaN with a note where the currency is not one.
    ranges : DataFrame
        programme_id, market, currency, low, mode, high, mean (of the total), trainer_minutes, seat_minutes, note.
    """

    estimates: Estimates
    ranges: pd.DataFrame

    def of(self, programme_id: str, market: str) -> dict[str, Any]:
        """Return one total as `programme_value` takes it: low, mode, high, currency, note; {} where unknown."""
        hit = (self.ranges["programme_id"] == programme_id) & (self.ranges["market"] == market)
        if not hit.any():
            return {}
        row = self.ranges.loc[hit].iloc[0]
        return {name: float(row[name]) for name in RANGE} | {
            name: str(row[name]) for name in ("currency", "note")
        }

    def to_frame(self) -> pd.DataFrame:
        return self.estimates.to_frame()


def programme_costs(
    costs: pd.DataFrame,
    *,
    markets: pd.DataFrame | None = None,
    sessions: pd.DataFrame | None = None,
    attendance: pd.DataFrame | None = None,
    prices: Mapping[str, Mapping[str, Any]] | None = None,
    kinds: Mapping[str, str] | None = None,
) -> ProgrammeCosts:
    """Add up what each programme cost in each market, and price the time that the cost sheet leaves out.

    Parameters
    ----------
    costs : DataFrame
        Rows of the table ``costs``: programme_id, market, item, amount, currency. A credit note is negative.
    markets : DataFrame, optional
        market, currency: costs in another currency than the market's are left out and said.
    sessions, attendance : DataFrame, optional
        Rows of these tables. Time spent is priced where no cost item of that kind was booked.
    prices : mapping, optional
        ``[value]`` by currency, as ``{"EUR": ws.value_in("EUR")}``: ``minute`` prices the time of a participant and of
        a trainer. A market whose currency has no price is not priced, and said.
    kinds : mapping, optional
        Item to kind (design, delivery, trainer_time, seat_time). None: by words such as "trainer" or "materials".

    Returns
    -------
    ProgrammeCosts
        NaN with a note where a programme's costs have several currencies, none, or not the market's (nothing is
        converted), or are below 0 in total.

    Raises
    ------
    KeyError, TypeError, ValueError
        For missing columns, amounts that are no numbers, an unknown kind.

    Notes
    -----
    Participants' time is the sum of minutes attended (the session's duration where unknown), a trainer's is the
    duration of each session that is not e-learning. Preparation and rooms count only where they were booked.

    References
    ----------
    Phillips and Phillips (2016), Handbook of Training Evaluation and Measurement Methods, 4th edition, chapter 10.

    Examples
    --------
    >>> sheet = pd.DataFrame({"programme_id": "p", "market": "DE", "item": ["materials", "room"],
    ...                       "amount": [900.0, 100.0], "currency": "EUR"})
    >>> programme_costs(sheet).of("p", "DE")["mode"]
    1000.0
    """
    require_columns(costs, [*KEYS, "item", "amount", "currency"], "costs")
    require_numeric(costs, ["amount"], "costs")
    require_no_missing(costs, KEYS, "costs")
    sheet = costs.loc[:, [*KEYS, "item", "amount", "currency"]].reset_index(drop=True)
    sheet["kind"] = _kinds(sheet["item"], kinds or {})
    own = {} if markets is None else _currencies(markets)
    spent = time_spent(sessions, attendance)
    pairs = pd.concat([sheet[KEYS], spent[KEYS]]).drop_duplicates().sort_values(KEYS)
    booked = dict(iter(sheet.groupby(KEYS, observed=True)))
    used = {(r.programme_id, r.market): r for r in spent.itertuples()}
    rows, ranges = [], []
    for key in pairs.itertuples(index=False, name=None):
        parts, total = _one(booked.get(key), used.get(key), own.get(key[1]), prices or {})
        keys = dict(zip(KEYS, key, strict=True))
        rows += [keys | part for part in parts]
        ranges.append(keys | total)
    columns = [*KEYS, "currency", "low", "mode", "high", "mean", "trainer_minutes", "seat_minutes", "note"]
    frame = pd.DataFrame(rows, columns=None if rows else [*KEYS, "term", "estimate", "note"])
    table = pd.DataFrame(ranges, columns=columns)
    return ProgrammeCosts(
        estimates=Estimates(
            table=frame.assign(
                estimand="cost of the programme", comparison="", method="sum of the cost sheet"
            ),
            keys=("programme_id", "market"),
        ),
        ranges=table,
        checks=_checks(table, int(sheet["amount"].isna().sum())),
    )


def _one(
    booked: pd.DataFrame | None, used: Any, currency: str | None, prices: Mapping[str, Mapping[str, Any]]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Rows and the range of one programme in one market."""
    kinds = (
        {} if booked is None else booked.groupby("kind", observed=True)["amount"].sum(min_count=1).to_dict()
    )
    minutes = {
        "trainer_time": math.nan if used is None else used.trainer_minutes,
        "seat_time": math.nan if used is None else used.seat_minutes,
    }
    people = math.nan if used is None else used.n_people
    found, notes = _currency(booked, currency)
    spread = np.zeros(3)
    for kind, spent in minutes.items():
        if kind in kinds or spent == 0 or used is None:
            continue
        if math.isnan(spent):
            notes.append(f"{kind} is unknown and {NOT_PRICED}")
            continue
        price = prices.get(found, {}).get("minute") if found else None
        if price is None:
            notes.append(f"{kind} of {spent:.0f} minutes is {NOT_PRICED}")
            continue
        per = assumption(price, "minute", conf_level=0.95)
        kinds[kind] = spent * per.mean
        mode = per.mean if math.isnan(per.mode) else per.mode
        spread += spent * np.array([per.low - per.mean, mode - per.mean, per.high - per.mean])
    if booked is not None and booked["amount"].isna().any():
        notes.append("an amount is missing")
        found = ""
    total = float(sum(kinds.values())) if kinds and found else math.nan
    if total < 0:
        notes.append(f"{BELOW_ZERO}: more was credited than booked")
        total = math.nan
    note = "; ".join(notes)
    if math.isnan(total) and not note:
        note = "no costs are known"
    common = {
        "unit": found,
        "n": 0 if booked is None else len(booked),
        "n_people": people,
        "n_people_total": people,
        "note": note,
    }
    parts = [{"term": "total", "estimate": total, **common}]
    parts += [{"term": k, "estimate": float(kinds[k]), **common} for k in KINDS if k in kinds and found]
    low, mode, high = (total + spread).tolist()
    return parts, {
        "currency": found,
        "low": low,
        "mode": mode,
        "high": high,
        "mean": total,
        "trainer_minutes": minutes["trainer_time"],
        "seat_minutes": minutes["seat_time"],
        "note": note,
    }


def _currency(booked: pd.DataFrame | None, own: str | None) -> tuple[str, list[str]]:
    """The one currency, "" where there is not one, and why."""
    if booked is None:
        return (own or "", [] if own else ["no costs are booked and the market's currency is unknown"])
    names = booked["currency"]
    if names.isna().any() or (names.astype("string").str.strip() == "").any():
        return "", [f"{int(names.isna().sum()) or 'some'} costs have no currency: nothing is converted"]
    several = sorted(map(str, names.unique()))
    if len(several) > 1:
        return "", [f"costs are in {' and '.join(several)}: nothing is converted"]
    if own and own != several[0]:
        return "", [f"costs are in {several[0]}, the market's currency is {own}: nothing is converted"]
    return several[0], []


def _kinds(items: pd.Series, kinds: Mapping[str, str]) -> list[str]:
    wrong = sorted(set(kinds.values()) - set(KINDS))
    if wrong:
        raise ValueError(f"`kinds` has the unknown {', '.join(wrong)}. Use {', '.join(KINDS)}.")
    names = {item: kinds.get(item) or _kind(item) for item in items.dropna().unique()}
    return [names.get(item, "delivery") for item in items]


def _kind(item: object) -> str:
    return next((kind for kind, words in _WORDS if re.search(words, str(item), re.IGNORECASE)), "delivery")


def _currencies(markets: pd.DataFrame) -> dict[str, str]:
    require_columns(markets, ["market", "currency"], "markets")
    known = markets.dropna(subset=["market", "currency"])
    return dict(zip(known["market"], known["currency"].astype(str), strict=True))


def _checks(table: pd.DataFrame, missing: int) -> tuple[Check, ...]:
    lost = int(table["mean"].isna().sum()) if len(table) else 0
    detail = f"{lost} of {len(table)} programmes × markets have no total of 0 or more in one currency and are left out."
    out = [Check("currency", "warn" if lost else "pass" if len(table) else "not_run", detail)]
    unpriced = int(table["note"].str.contains(NOT_PRICED, regex=False).sum()) if len(table) else 0
    said = f"{unpriced} of {len(table)} programmes × markets took time that no price of a minute covers."
    out.append(Check("time_priced", "warn" if unpriced else "pass" if len(table) else "not_run", said))
    if missing:
        out.append(Check("missing", "warn", f"{missing} amounts are missing."))
    return tuple(out)
