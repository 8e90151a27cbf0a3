"""Hidden rows: their codes, and how a row is emptied."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from numbers import Number
from typing import Any

import numpy as np

from tne.result import ESTIMATE_COLUMNS

# Codes that stand in ``note``; every catalogue has a phrase for each under ``note.``.
FEW_PEOPLE = "few_people"
PEOPLE_UNKNOWN = "people_unknown"
FEW_DEGREES = "few_degrees_of_freedom"
COMPLEMENT = "protects_another"
FEW_RATINGS = "few_ratings"
HIDDEN: frozenset[str] = frozenset({FEW_PEOPLE, PEOPLE_UNKNOWN, FEW_DEGREES, COMPLEMENT, FEW_RATINGS})

# Numbers that place a row (where, when) or are a setting; they say nothing about anybody.
PLACES: frozenset[str] = frozenset(
    {
        "event_time",
        "cohort",
        "period",
        "week",
        "date",
        "year",
        "position",
        "order",
        "conf_level",
        "minimum_effect",
    }
)
_TEXT = frozenset({"term", "unit", "estimand", "comparison", "method", "note"})
_ALWAYS = frozenset(ESTIMATE_COLUMNS) - _TEXT - PLACES


def hide_row(row: Mapping[str, Any], code: str, places: Iterable[str] = ()) -> dict[str, Any]:
    """Return a copy of a row with NaN in every number and flag, and `code` as its note.

    Parameters
    ----------
    row : mapping
        Keys, numbers, texts. Texts and the columns in `PLACES` and `places` stay.
    code : str
        Why it is hidden.
    """
    keep = PLACES | set(places)
    out = {
        name: math.nan if name not in keep and _tells(name, value) else value for name, value in row.items()
    }
    return {**out, "note": code}


def _tells(name: str, value: Any) -> bool:
    # a flag such as "significant" is a number in disguise; Number includes Decimal and numpy's scalars
    return name in _ALWAYS or isinstance(value, (Number, np.bool_))
