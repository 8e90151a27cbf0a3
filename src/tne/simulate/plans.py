"""What was promised of each programme before it started?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import pandas as pd

from tne.simulate.calendar import monday
from tne.simulate.markets import Market
from tne.simulate.programmes import Programme, first_week


def plans(programmes: Sequence[Programme], markets: Sequence[Market], weeks: int) -> list[dict[str, Any]]:
    """Return the plans frozen two weeks before each programme's start, as ``plans.json`` holds them."""
    frozen = []
    for programme in programmes:
        start = first_week(programme, markets)
        if not programme.frozen or start >= weeks:
            continue
        at = monday(start - 2) + pd.Timedelta(days=2, hours=9)
        plan = {
            "programme_id": programme.code,
            "markets": sorted(market.code for market in markets),
            "primary_measure": "accuracy",
            "target_policy_areas": [],
            "minimum_effect": 1.5,
            "baseline_weeks": programme.baseline_weeks,
            "window_weeks": programme.window_weeks,
            "frozen_at": f"{at.isoformat()}Z",
            "starts_on": monday(start).date().isoformat(),
        }
        canonical = json.dumps(plan, sort_keys=True, separators=(",", ":"))
        frozen.append({**plan, "sha256": hashlib.sha256(canonical.encode()).hexdigest()})
    return frozen
