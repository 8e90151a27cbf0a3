"""Do the checks of data quality stay silent on companies without a fault, and find the faults planted in them?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from tests.prove.harness import Proof, reached
from tne.simulate.demo import demo
from tne.tables.quality_drift import CATEGORIES, drift_checks
from tne.tables.quality_settings import limits
from tne.tables.workspace import Workspace

MARKETS, SHAPES = (("IE", "FR"), ("ES", "IE"), ("IE", "BR")), (40, 32, 26)  # a tiny market in each; weeks
PART = 12  # every twelfth row is spoiled


def one(seed: int) -> dict[str, Any]:
    """One company as it is, its last four weeks as an import of their own, and one fault after the other."""
    shape = seed % len(MARKETS)
    made = demo(seed=seed, markets=MARKETS[shape], weeks=SHAPES[shape])
    frames = {name: frame for name, frame in made.tables.items() if len(frame)}
    whole = Workspace.from_frames(frames)
    frame = whole.quality().to_frame()
    then = Workspace.from_frames(frames, until=(whole.as_of - pd.Timedelta("28D")).date())
    drift = [
        row["status"]
        for table in CATEGORIES
        if table in whole.tables
        for market in MARKETS[shape]
        for row in drift_checks(whole.engine, then.engine, table, market, limits({}))
    ]
    return {
        "checks": int(frame["status"].ne("not_run").sum()),
        "alarms": int(frame["status"].isin(["warn", "fail"]).sum()),
        "drift checks": sum(status != "not_run" for status in drift),
        "drift alarms": sum(status in ("warn", "fail") for status in drift),
        **{name: _finds(frames, name) for name in FAULTS},
    }


def _finds(frames: dict[str, pd.DataFrame], name: str) -> bool:
    """Whether a fault in the larger market is found there."""
    table, spoil, place = FAULTS[name]
    market = frames["audits"]["market"].value_counts().index[0]
    mine = frames[table]["market"].eq(market)
    spoiled = {**frames, table: pd.concat([frames[table][~mine], spoil(frames[table][mine])])}
    found = Workspace.from_frames(spoiled).quality(market, [place[0]]).findings
    return bool((found["table"].eq(place[0]) & found["check"].eq(place[1])).any())


def _some(frame: pd.DataFrame) -> np.ndarray:
    return np.arange(len(frame)) % PART == 0


def _late(audits: pd.DataFrame) -> pd.DataFrame:
    return audits[audits["audited_at"] < audits["audited_at"].max() - pd.Timedelta("21D")]


def _thin(audits: pd.DataFrame) -> pd.DataFrame:
    start = audits["decided_at"].min().normalize() + pd.Timedelta("91D")
    week = audits["decided_at"].between(start, start + pd.Timedelta("14D"))
    return audits[~week | (np.arange(len(audits)) % 10 == 0)]


def _twice(audits: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([audits, audits[_some(audits)].assign(audit_id=lambda t: t["audit_id"] + "-b")])


def _backwards(audits: pd.DataFrame) -> pd.DataFrame:
    moved = audits["decided_at"] - pd.Timedelta("1D")
    return audits.assign(audited_at=audits["audited_at"].mask(pd.Series(_some(audits), audits.index), moved))


def _unknown(moderators: pd.DataFrame) -> pd.DataFrame:
    gone = moderators["moderator_id"].drop_duplicates().iloc[::7]
    return moderators[~moderators["moderator_id"].isin(gone)]


FAULTS: dict[str, tuple[str, Callable[[pd.DataFrame], pd.DataFrame], tuple[str, str]]] = {
    "export stops": ("audits", _late, ("audits", "stale")),
    "thin weeks": ("audits", _thin, ("audits", "few_in_week")),
    "exported twice": ("audits", _twice, ("audits", "twice")),
    "times backwards": ("audits", _backwards, ("audits", "order_broken")),
    "people unknown": ("moderators", _unknown, ("audits", "no_roster")),
}


def judge(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """At most one company in twenty has a false alarm; every fault is found in 19 of 20."""
    frame = pd.DataFrame(rows)
    outcomes = {name: int(frame[name].sum()) for name in ("checks", "alarms", "drift checks", "drift alarms")}
    outcomes["companies"] = len(frame)
    outcomes["companies with an alarm"] = int((frame["alarms"] + frame["drift alarms"]).gt(0).sum())
    bars = {"quiet": outcomes["companies with an alarm"] <= len(frame) / 20}
    for name in FAULTS:
        outcomes[name] = float(frame[name].mean())
        bars[name] = outcomes[name] >= 0.95
    return {"outcomes": outcomes, "bars": bars, "passed": all(bars.values())}


QUALITY = Proof(
    name="quality",
    claim="The checks of data quality are silent on companies without a fault, and find the faults planted in them.",
    covers=(*reached("tne.tables.quality"), "src/tne/tables/sql/quality_*.sql", "tests/prove/quality.py"),
    replications=120,
    one=one,
    judge=judge,
)
