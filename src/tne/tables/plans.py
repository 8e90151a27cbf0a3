"""Plans frozen before a programme starts: what will be judged, by how much, and a hash that proves it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from tne.tables.workspace import Workspace

FROZEN = (
    "programme_id",
    "markets",
    "primary_measure",
    "target_policy_areas",
    "minimum_effect",
    "baseline_weeks",
    "window_weeks",
    "frozen_at",
    "starts_on",
)
_DECIDING = ("primary_measure", "minimum_effect", "baseline_weeks", "window_weeks")


def plan_hash(plan: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the canonical JSON of a plan's frozen fields."""
    canonical = json.dumps({name: plan[name] for name in FROZEN}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def verify(plan: Mapping[str, Any]) -> bool:
    """Return whether a plan is whole, still what was frozen, and older than its programme."""
    whole = all(name in plan for name in FROZEN)
    return whole and plan.get("sha256") == plan_hash(plan) and plan["frozen_at"][:10] < plan["starts_on"]


def read_plans(root: str | Path) -> tuple[dict[str, Any], ...]:
    """Return the plans of a workspace.

    Raises
    ------
    ValueError
        If ``plans.json`` cannot be read, or a plan was changed after it was frozen.
    """
    path = Path(root) / "plans.json"
    if not path.is_file():
        return ()
    try:
        plans = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError:
        raise ValueError("plans.json of the workspace is no JSON. Restore it from a copy.") from None
    changed = [str(plan.get("programme_id", "?")) for plan in plans if not verify(plan)]
    if changed:
        raise ValueError(
            f"The plans of {', '.join(changed)} differ from what was frozen. Restore plans.json: plans are not edited."
        )
    return tuple(plans)


def make_plan(row: Mapping[str, Any], markets: list[str], now: pd.Timestamp) -> dict[str, Any]:
    """Return the plan that a row of `programmes` (areas as a tuple) freezes at an instant.

    Raises
    ------
    ValueError
        If the row does not say what decides, or if the programme has started.
    """
    missing = [name for name in _DECIDING if row.get(name) is None]
    if missing:
        raise ValueError(
            f"Programme {row['programme_id']!r} lacks {', '.join(missing)}. Fill them in `programmes`: a plan says "
            "what decides before anything is known."
        )
    now = pd.Timestamp(now)
    now = now.tz_localize("UTC") if now.tzinfo is None else now.tz_convert("UTC")
    starts_on = pd.Timestamp(row["starts_on"])
    if now.tz_localize(None) >= starts_on:
        raise ValueError(
            f"Programme {row['programme_id']!r} started on {starts_on:%Y-%m-%d}. A plan is frozen before the first "
            "day; without one its report stays exploratory."
        )
    plan: dict[str, Any] = {
        "programme_id": str(row["programme_id"]),
        "markets": sorted(markets),
        "primary_measure": str(row["primary_measure"]),
        "target_policy_areas": list(row["target_policy_areas"]),
        "minimum_effect": float(row["minimum_effect"]),
        "baseline_weeks": int(row["baseline_weeks"]),
        "window_weeks": int(row["window_weeks"]),
        "frozen_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "starts_on": starts_on.strftime("%Y-%m-%d"),
    }
    return plan | {"sha256": plan_hash(plan)}


def freeze(ws: Workspace, programme_id: str, now: pd.Timestamp) -> dict[str, Any]:
    """Freeze the plan of a programme and add it to ``plans.json``.

    Parameters
    ----------
    ws : Workspace
        Opened from a folder.
    programme_id : str
    now : Timestamp
        The present instant; without zone it is UTC.

    Returns
    -------
    dict
        The plan. Its markets are those with enrolments or sessions of the programme, or all while there are none.

    Raises
    ------
    ValueError
        If the programme has started, has a plan already, or lacks what decides; or if `ws` has no folder.
    """
    if ws.root is None:
        raise ValueError("This workspace is in memory. Open one from a folder to freeze a plan.")
    plans = read_plans(ws.root)
    if any(plan["programme_id"] == programme_id for plan in plans):
        raise ValueError(f"Programme {programme_id!r} has a frozen plan. It cannot be changed.")
    plan = make_plan(ws.programme(programme_id), planned_markets(ws, programme_id), now)
    path = ws.root / "plans.json"
    beside = path.with_name(f".plans.{os.getpid()}.tmp")
    beside.write_text(json.dumps([*plans, plan], indent=2, sort_keys=True) + "\n", encoding="utf-8")
    os.replace(beside, path)
    return plan


def planned_markets(ws: Workspace, programme_id: str) -> list[str]:
    """Return the markets with enrolments or sessions of a programme, or all markets while there are none."""
    from tne.tables.engine import quoted

    where = f"WHERE programme_id = {quoted([programme_id])}"
    rows = ws.engine.values(
        f"SELECT market FROM enrolments {where} UNION SELECT market FROM sessions {where} ORDER BY 1"
    )
    return [row[0] for row in rows] or sorted(ws.markets["market"])


def known_plans(plans: Sequence[dict[str, Any]], until: dt.date | None) -> tuple[dict[str, Any], ...]:
    """Return the plans that were frozen by the end of a day; None is no limit."""
    return tuple(plan for plan in plans if until is None or str(plan["frozen_at"])[:10] <= str(until))


__all__ = [
    "FROZEN",
    "freeze",
    "known_plans",
    "make_plan",
    "plan_hash",
    "planned_markets",
    "read_plans",
    "verify",
]
