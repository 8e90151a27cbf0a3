"""The data of ``reference.ipynb``: audits of invented markets, the same bytes for the same seed.

``python benchmarks/reference_data.py FOLDER [MARKETS] [ROWS]`` writes a workspace: 8 markets of 250,000 audits.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

MARKETS, ROWS, SEED = 8, 250_000, 20261101
PEOPLE, TEAMS, WEEKS = 400, 20, 52
AREAS = ("bullying", "hateful_conduct", "livestream", "minor_safety", "scams", "violence")
QUEUES = ("comments", "live", "profiles", "video")
FIRST = pd.Timestamp("2025-06-02", tz="UTC")


def codes(markets: int) -> list[str]:
    """Return codes that belong to no country: M0001, M0002, ..."""
    return [f"M{i:04d}" for i in range(1, markets + 1)]


def audits(rng: np.random.Generator, code: str, rows: int) -> pd.DataFrame:
    """Draw audits of teams that are trained one after another; the last four are never trained."""
    cohort_of = np.where(np.arange(TEAMS) < TEAMS - 4, 20 + 2 * (np.arange(TEAMS) // 2), np.nan)
    team_of = np.arange(PEOPLE) % TEAMS
    skill, started = rng.normal(0.0, 0.4, PEOPLE), rng.integers(0, 200, PEOPLE)
    skill += rng.normal(0.0, 0.2, TEAMS)[team_of]
    who, week = rng.integers(0, PEOPLE, rows), np.sort(rng.integers(0, WEEKS, rows))
    area, queue = rng.integers(0, len(AREAS), rows), rng.integers(0, len(QUEUES), rows)
    cohort = cohort_of[team_of[who]]
    since = week - cohort
    tenure = started[who] + week
    lift = np.where(since >= 0, 0.35 * (1 - np.exp(-(since + 1) / 3)), 0.0)
    logit = 1.7 + skill[who] - 0.15 * area + 0.1 * queue + 0.002 * tenure + np.nan_to_num(lift)
    minute = rng.integers(0, 7 * 24 * 60, rows)
    return pd.DataFrame(
        {
            "moderator_id": np.array([f"m-{code.lower()}{i:05d}" for i in range(PEOPLE)])[who],
            "team": np.array([f"team {i + 1:02d}" for i in range(TEAMS)])[team_of[who]],
            "cohort": cohort,
            "week": week,
            "decided_at": FIRST + pd.to_timedelta(week * 7 * 24 * 60 + minute, unit="min"),
            "policy_area": np.array(AREAS)[area],
            "queue": np.array(QUEUES)[queue],
            "tenure": tenure,
            "handle_seconds": rng.gamma(4.0, 12.0 + 2.0 * area),
            "correct": rng.random(rows) < 1 / (1 + np.exp(-logit)),
            "sampling_weight": rng.choice([1.0, 2.0, 5.0], rows),
        }
    )


def write(root: Path, markets: int = MARKETS, rows: int = ROWS) -> Path:
    """Write the workspace and return its folder."""
    names = codes(markets)
    table = {"market": names, "name": [f"Market {name}" for name in names], "language": "en"}
    table |= {"timezone": "UTC", "currency": "EUR"}
    (root / "tables" / "markets").mkdir(parents=True, exist_ok=True)
    (root / "tne.toml").write_text('name = "Reference"\ncontact = "benchmarks"\nmin_n = 10\n')
    pd.DataFrame(table).to_parquet(root / "tables" / "markets" / "part.parquet", index=False)
    for number, code in enumerate(names):
        place = root / "tables" / "audits" / f"market={code}"
        place.mkdir(parents=True, exist_ok=True)
        frame = audits(np.random.default_rng([SEED, number]), code, rows)
        frame.to_parquet(place / "part.parquet", index=False)
    return root


if __name__ == "__main__":
    print(write(Path(sys.argv[1]), *map(int, sys.argv[2:4])))
