"""What should happen to each question, seen from one market: keep, wait, review, remove?"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from tne.measures.fairness import Fairness
from tne.measures.items import ItemAnalysis

_NUMBERS = ("n", "facility", "item_rest", "discrimination", "share_not_reached")
# reasons that say that the data, not the question, fall short
_UNSURE = frozenset({"uncertain_discrimination", "not_testable"})


def judged(
    names: list[str],
    sheet: pd.DataFrame,
    own: ItemAnalysis | None,
    everywhere: ItemAnalysis | None,
    fair: Fairness | None,
) -> pd.DataFrame:
    """Put this market's numbers and the judgement side by side."""
    area = {}
    if "policy_area" in sheet:
        area = (
            sheet.assign(item_id=sheet["item_id"].astype(str))
            .groupby("item_id")["policy_area"]
            .first()
            .to_dict()
        )
    here, all_of = _rows(own), _rows(everywhere)
    direction = {} if fair is None else dict(zip(fair.table["item"], fair.table["direction"], strict=True))
    out = []
    for name in names:
        mine = here.get(name, {})
        advice, reason, basis = _advice(mine, all_of.get(name, {}), direction.get(name, ""))
        numbers = {column: mine.get(column, math.nan) for column in _columns()}
        joint = _advice({}, all_of.get(name, {}), "")
        out.append(
            {
                "item": name,
                "policy_area": area.get(name),
                **numbers,
                "advice": advice,
                "reason": reason,
                "basis": basis,
                "advice_all": joint[0],
                "reason_all": joint[1],
            }
        )
    return pd.DataFrame(out)


def _advice(mine: dict[str, Any], everywhere: dict[str, Any], direction: str) -> tuple[str, str, str]:
    """Return advice, reason and what it rests on; see the notes of `assessment_summary`."""
    base, basis = (everywhere, "all") if everywhere else (mine, "market")
    advice, reason = base.get("advice", ""), base.get("reason", "")
    if reason in _UNSURE:
        advice = "open"
    if advice in ("keep", "open"):
        if direction:
            return "review", f"{direction}_here", "language"
        if everywhere and mine.get("reason") == "likely_wrong_key":
            return "review", "likely_wrong_key", "market"
        if everywhere and mine.get("advice") == "remove":
            return "review", "reversed_here", "market"
    return advice, reason, basis if advice else ""


def _rows(found: ItemAnalysis | None) -> dict[str, dict[str, Any]]:
    return {} if found is None else {str(row["item"]): row for row in found.items.to_dict("records")}


def _columns() -> list[str]:
    ends = [
        f"{name}_{end}" for name in ("facility", "item_rest", "discrimination") for end in ("low", "high")
    ]
    return [*_NUMBERS, *ends]
