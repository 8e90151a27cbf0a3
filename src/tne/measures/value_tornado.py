"""Which assumption moves the answer most?"""

from __future__ import annotations

import math

import pandas as pd

from tne.measures.value_model import Model, benefits, break_even

COLUMNS = [
    "assumption",
    "low",
    "high",
    "npv_low",
    "npv_high",
    "bcr_low",
    "bcr_high",
    "break_even_low",
    "break_even_high",
    "swing",
]


def tornado(model: Model) -> pd.DataFrame:
    """Return net benefit, ratio and break-even at both ends of each assumption, the others at their means.

    Notes
    -----
    ``swing`` is the distance of the two net benefits, or of the two break-even effects where there is no effect to
    value. Rows are sorted by it.
    """
    rows = []
    for name, part in model.parts.items():
        if not part.varies:
            continue
        low, high = part.low, part.high
        if name == "half_life":
            low = max(low, 1e-9)
        at = [outcome(model.with_part(name, end)) for end in (low, high)]
        found = {
            f"{key}_{end}": value[key]
            for end, value in zip(("low", "high"), at, strict=True)
            for key in value
        }
        swing = abs(found["npv_high"] - found["npv_low"])
        if math.isnan(swing):
            swing = abs(found["break_even_high"] - found["break_even_low"])
        rows.append({"assumption": name, "low": part.low, "high": part.high, **found, "swing": swing})
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.sort_values("swing", ascending=False, kind="stable", na_position="last").reset_index(
        drop=True
    )


def outcome(model: Model) -> dict[str, float]:
    """Net benefit, ratio and break-even effect with everything at its mean."""
    x = model.means()
    gained, paid = float(benefits(x)), x["costs"]
    return {
        "npv": gained - paid,
        "bcr": gained / paid if paid > 0 else math.nan,
        "break_even": float(break_even(x)),
    }


def effect_range(model: Model, low: float, high: float, name: str) -> dict[str, float | str]:
    """Net benefit and ratio at two effects."""
    ends = [outcome(model.with_part("effect", end)) for end in (low, high)]
    found = {f"{key}_{end}": ends[i][key] for i, end in enumerate(("low", "high")) for key in ("npv", "bcr")}
    return {"range": name, "effect_low": low, "effect_high": high, **found}
