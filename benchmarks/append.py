"""What does the import of one week cost in a store of millions of audits?

``python benchmarks/append.py [AUDITS] [--one-file]``. Makes a store of 8 markets and 24 months (5,000,000 audits by
default), imports a week of new audits of all markets, the same week once more, and 100 corrections of old rows of one
market: seconds of processor (those of the start of Python included), peak memory, and what was written anew. The first
import also takes the hash of every file, because nobody imported them. ``--one-file`` has one file a market, as a store
has below 500,000 rows a market.
"""

from __future__ import annotations

import csv
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from imports import ROSTER, timed

from tne.tables.importers import import_export
from tne.tables.store import write_part
from tne.tables.versions import versions

MARKETS = ("BR", "DE", "ES", "FR", "GB", "IN", "JP", "US")
MONTHS = pd.period_range("2024-07", periods=24, freq="M")
PEOPLE = 200  # a market
AUDITS = """\
[source]
name = "qa"
zone = "UTC"
[[table]]
into = "audits"
[table.columns]
audit_id = "ID"
case_id = "Case"
market = "Market"
moderator_id = { person = { column = "No", kind = "employee_number" } }
auditor_id = { id = ["QA"], prefix = "q_" }
queue = "Queue"
policy_area = "Area"
decision = "Said"
audited_decision = "Right"
correct = "Correct"
error_type = "Error"
decided_at = "Decided"
audited_at = "Audited"
[table.constants]
policy_version = "v1"
sampling_weight = 1
seeded = false
"""


def audits(rows: int, first: int, market: str, start: pd.Timestamp, days: int) -> pd.DataFrame:
    """Return audits as the console exports them."""
    chance = np.random.default_rng(first)
    number = np.arange(first, first + rows)
    right = chance.random(rows) < 0.85
    decided = start + pd.to_timedelta(chance.integers(0, days * 86_400, rows), unit="s")
    return pd.DataFrame(
        {
            "ID": [f"a{n:09}" for n in number],
            "Case": [f"c{n:09}" for n in number],
            "Market": market,
            "No": [f"{market}{n}" for n in chance.integers(0, PEOPLE, rows)],
            "QA": [f"qa{n}" for n in chance.integers(0, 20, rows)],
            "Queue": np.where(chance.random(rows) < 0.5, "video", "text"),
            "Area": np.array(["hate", "spam", "violence"])[chance.integers(0, 3, rows)],
            "Said": "keep",
            "Right": np.where(right, "keep", "remove"),
            "Correct": np.where(right, "true", "false"),
            "Error": np.where(right, "none", "false_negative"),
            "Decided": decided,
            "Audited": decided + pd.Timedelta(days=2),
        }
    )


def stored(rows: pd.DataFrame, people: dict[str, str]) -> pd.DataFrame:
    """Return exported audits as the store has them."""
    return pd.DataFrame(
        {
            "audit_id": rows["ID"],
            "case_id": rows["Case"],
            "market": rows["Market"],
            "moderator_id": rows["No"].map(people),
            "auditor_id": "q_" + rows["QA"],
            "queue": rows["Queue"],
            "policy_area": rows["Area"],
            "policy_version": "v1",
            "decision": rows["Said"],
            "audited_decision": rows["Right"],
            "correct": (rows["Correct"] == "true").astype("boolean"),
            "error_type": rows["Error"],
            "sampling_weight": 1.0,
            "seeded": pd.array([False] * len(rows), dtype="boolean"),
            "decided_at": rows["Decided"].dt.as_unit("us").dt.tz_localize("UTC"),
            "audited_at": rows["Audited"].dt.as_unit("us").dt.tz_localize("UTC"),
        }
    )


def roster() -> Iterator[list[object]]:
    """Yield the rows of the roster, header first."""
    yield ["No", "Mail", "Team", "Market", "Since"]
    for market in MARKETS:
        for i in range(PEOPLE):
            yield [f"{market}{i}", f"{market}{i}@example.org", f"Team {i % 10}", market, "2024-01-08"]


def make(root: Path, folder: Path, total: int, one_file: bool) -> None:
    """Make the store."""
    with (folder / "roster.csv").open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(roster())
    (folder / "roster.toml").write_text(ROSTER, encoding="utf-8")
    (folder / "qa.toml").write_text(AUDITS, encoding="utf-8")
    import_export(folder / "roster.toml", folder / "roster.csv", root)
    rows = total // len(MARKETS) // len(MONTHS)
    ids = pd.read_parquet(root / "tables" / "moderators")["moderator_id"].tolist()
    people = {
        f"{m}{i}": ids[(k * PEOPLE + i) % len(ids)] for k, m in enumerate(MARKETS) for i in range(PEOPLE)
    }
    for k, market in enumerate(MARKETS):
        parts = [
            stored(audits(rows, (k * len(MONTHS) + j) * rows, market, month.start_time, 28), people)
            for j, month in enumerate(MONTHS)
        ]
        home = root / "tables" / "audits" / f"market={market}"
        if one_file:
            write_part("audits", pd.concat(parts, ignore_index=True), home / "part.parquet")
        for month, part in zip(MONTHS, parts if not one_file else (), strict=False):
            write_part("audits", part, home / f"part-{month}.parquet")


def main() -> int:
    """Time the imports."""
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    total = numbers[0] if numbers else 5_000_000
    week = total // 104
    with tempfile.TemporaryDirectory() as name:
        folder, root = Path(name), Path(name) / "ws"
        os.environ["TNE_CONFIG_HOME"] = str(folder / "config")
        make(root, folder, total, "--one-file" in sys.argv)
        last = MONTHS[-1].start_time
        plan = {
            "first": [audits(week // 8, total + k * week, m, last, 7) for k, m in enumerate(MARKETS)],
            "week": [
                audits(week // 8, 3 * total + k * week, m, last + pd.Timedelta(days=7), 7)
                for k, m in enumerate(MARKETS)
            ],
            "again": None,
            "old": [audits(100, 0, MARKETS[0], MONTHS[0].start_time, 28).assign(Area="fraud")],
        }
        titles = (
            ("first", f"a week ({week:,} audits), the first import"),
            ("week", "the next week"),
            ("again", "the same week again"),
            ("old", "100 corrections of one market's oldest month"),
        )
        print(f"Store of {total:,} audits\n")
        print("| import | s of processor | peak MB | files anew | MB anew |\n|---|---|---|---|---|")
        for title, said in titles:
            if plan[title] is not None:
                pd.concat(plan[title]).to_csv(folder / "qa.csv", index=False, date_format="%Y-%m-%dT%H:%M:%S")
            words = ["import", f"{folder}/qa.csv", "--workspace", f"{root}", "--map", f"{folder}/qa.toml"]
            before = {p: p.stat().st_ino for p in (root / "tables").rglob("*.parquet")}
            seconds, peak = timed(f"from tne.cli import main\nassert main({words}) == 0")
            fresh = [p for p in (root / "tables").rglob("*.parquet") if before.get(p) != p.stat().st_ino]
            size = sum(p.stat().st_size for p in fresh) / 1e6
            print(f"| {said} | {seconds:.1f} | {peak:.0f} | {len(fresh)} | {size:.1f} |", flush=True)
        size = sum(p.stat().st_size for p in (root / "versions").rglob("*.parquet")) / 1e6
        print(f"\n{len(versions(root))} versions, {size:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
