"""How fast is the panel of many audits, and in how much memory? Against pandas, hand-written SQL, other data bases.

``python benchmarks/panel.py [--audits 10000000] [--large 100000000] [--rounds 3] [--warehouse 1000000]``

The audits are made here, month by month, so that they never stand in memory as a whole. Every way runs in a process
of its own, whose peak memory is read at its end. ``--large 0`` and ``--warehouse 0`` leave those parts out.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from ways import tell

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))  # the servers are those of the tests
MARKETS = {"DE": "Europe/Berlin", "BR": "America/Sao_Paulo", "IN": "Asia/Kolkata", "US": "America/New_York"}
AREAS, QUEUES, WEEKS = [f"area{i}" for i in range(8)], [f"queue{i}" for i in range(6)], 104
KINDS = ["none", "false_positive", "false_negative", "wrong_policy", "technical"]
FIRST = pd.Timestamp("2024-07-01")
MICROS = 1_000_000


def write(root: Path, audits: int, people: int) -> None:
    """Write a workspace of `audits` audits of `people` people over two years in four markets."""
    rng = np.random.default_rng(people)
    _rest(root, people)
    months = pd.date_range(FIRST, periods=24, freq="MS")
    for number, market in enumerate(MARKETS):
        place = root / "tables" / "audits" / f"market={market}" / "part.parquet"
        place.parent.mkdir(parents=True)
        writer = None
        for month in months:
            n = audits // len(MARKETS) // len(months)
            rows = _audits(rng, n, number, people, month)
            writer = writer or pq.ParquetWriter(place, rows.schema, compression="zstd", compression_level=1)
            writer.write_table(rows, row_group_size=500_000)
        writer.close()


def _audits(rng: np.random.Generator, n: int, number: int, people: int, month: pd.Timestamp) -> pa.Table:
    start = int((month - pd.Timestamp(0)).total_seconds())
    decided = start + rng.integers(0, 30 * 86_400, n)
    who = number + len(MARKETS) * rng.integers(0, people // len(MARKETS), n)
    kind = np.where(rng.random(n) < 0.88, 0, rng.integers(1, len(KINDS), n)).astype(np.int8)
    version = (month >= pd.Timestamp("2025-07-01")) * 1

    def coded(codes: np.ndarray, words: list[str]) -> pa.Array:
        return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(words)).cast(
            pa.string()
        )

    def at(seconds: np.ndarray) -> pa.Array:
        return pa.array(seconds * MICROS).cast(pa.timestamp("us", tz="UTC"))

    none = np.zeros(n)
    columns = {
        "audit_id": pa.array(np.arange(n) + (start // 86_400 * 10 + number) * 10_000_000).cast(pa.string()),
        "case_id": pa.array(rng.integers(0, 1 << 40, n)).cast(pa.string()),
        "moderator_id": coded(who, [f"m{i:06d}" for i in range(people)]),
        "auditor_id": coded(rng.integers(0, 200, n), [f"q{i}" for i in range(200)]),
        "queue": coded(rng.integers(0, len(QUEUES), n), QUEUES),
        "policy_area": coded(rng.integers(0, len(AREAS), n), AREAS),
        "policy_version": coded(none + version, ["1", "2"]),
        "decision": coded(rng.integers(0, 2, n), ["keep", "remove"]),
        "audited_decision": coded(rng.integers(0, 2, n), ["keep", "remove"]),
        "correct": pa.array(kind == 0),
        "error_type": coded(kind, KINDS),
        "sampling_weight": pa.array(rng.choice([1.0, 10 / 3, 12.7, 100 / 7], n)),
        "seeded": pa.array(rng.random(n) < 0.01),
        "decided_at": at(decided),
        "audited_at": at(decided + rng.integers(3_600, 5 * 86_400, n)),
    }
    return pa.table(columns)


def _rest(root: Path, people: int) -> None:
    from tne.tables.store import write_tables

    codes = [*MARKETS]
    who = pd.DataFrame({"moderator_id": [f"m{i:06d}" for i in range(people)]})
    number = np.arange(people)
    who["market"] = [codes[i % len(codes)] for i in number]
    team = [f"{m}-{i // len(codes) % 25}" for i, m in zip(number, who["market"], strict=True)]
    moderators = who.assign(
        valid_from=FIRST - pd.Timedelta(days=90), team=team, hired_on=FIRST - pd.Timedelta(days=90)
    )
    moved = moderators.iloc[::5].assign(valid_from=FIRST + pd.Timedelta(weeks=60), team="moved")
    programme = {"programme_id": "p", "title": "Update", "kind": "policy_update", "modality": "e_learning"}
    programme |= {"rollout": "staggered", "rollout_unit": "team", "stage": "live", "minimum_effect": 1.0}
    programme |= {"planned_start_on": pd.Timestamp("2025-08-04"), "starts_on": pd.Timestamp("2025-08-04")}
    programme |= {"target_policy_areas": "area0;area1;area2;area3", "baseline_weeks": 12, "window_weeks": 12}
    done = pd.Timestamp("2025-08-04 12:00", tz="UTC") + pd.to_timedelta(7 * (number % 12), unit="D")
    enrolments = who.iloc[::2].assign(
        programme_id="p", assigned_on=pd.Timestamp("2025-07-28"), status="completed", completed_at=done[::2]
    )
    grid = pd.MultiIndex.from_product(
        [codes, AREAS, ["1", "2"]], names=["market", "policy_area", "policy_version"]
    )
    policies = grid.to_frame(index=False).assign(title="v")
    policies["effective_at"] = pd.to_datetime(
        np.where(policies["policy_version"] == "1", "2020-01-01", "2025-07-01"), utc=True
    )
    markets = pd.DataFrame(
        {"market": codes, "name": codes, "language": "en", "timezone": [*MARKETS.values()], "currency": "EUR"}
    )
    frames = {
        "markets": markets,
        "moderators": pd.concat([moderators, moved], ignore_index=True),
        "programmes": pd.DataFrame([programme]),
        "enrolments": enrolments,
        "policies": policies,
    }
    write_tables(frames, root)


def ours(root: Path) -> pd.DataFrame:
    """The panel of the programme as everybody asks for it."""
    import tne

    return tne.open(root).panel("p", provisional=True)


def by_pandas(root: Path) -> pd.DataFrame:
    """The same cells as most people write them: read, localise, merge, multiply, group.

    In its favour: rates lean on nothing, and of the columns of ours it leaves out home team and home cohort, arm,
    session, tenure, production, other programmes and policy changes.
    """
    names = ["moderator_id", "queue", "policy_area", "policy_version", "correct", "error_type"]
    names += ["sampling_weight", "seeded", "decided_at", "audited_at"]
    read = {
        m: pd.read_parquet(root / f"tables/audits/market={m}/part.parquet", columns=names) for m in MARKETS
    }
    parts = []
    for market, zone in MARKETS.items():
        own = read[market]
        own = own[~own["seeded"]].assign(market=market)
        day = own["decided_at"].dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
        own["period"] = (day - pd.Timestamp("1970-01-05")).dt.days // 7
        own["early"] = day < pd.Timestamp("2025-08-04")
        parts.append(own)
    audits = pd.concat(parts, ignore_index=True)
    inside = audits["policy_area"].isin(["area0", "area1", "area2", "area3"])
    w, right = audits["sampling_weight"], audits["correct"]
    early = audits.loc[audits["early"]]
    early = early.assign(right_weight=early["sampling_weight"] * early["correct"])
    keys = ["market", "queue", "policy_area"]
    sums = early.groupby(keys)[["right_weight", "sampling_weight"]].sum()
    rate = (sums["right_weight"] / sums["sampling_weight"]).rename("rate").reset_index()
    audits["rate"] = audits[keys].merge(rate, on=keys, how="left")["rate"].to_numpy()
    policies = pd.read_parquet(root / "tables/policies")
    policies["market"] = policies["market"].astype("str")
    new = policies[policies["effective_at"] > pd.Timestamp("2025-05-12", tz="UTC")]
    new = new[["market", "policy_area", "policy_version"]].assign(fresh=1)
    on = ["market", "policy_area", "policy_version"]
    audits["fresh"] = audits[on].merge(new, on=on, how="left")["fresh"].fillna(0).to_numpy()
    cells = pd.DataFrame(
        {
            "n": inside,
            "n_correct": inside & right,
            "weight_sum": w * inside,
            "weighted_correct": w * (inside & right),
            "weighted_correct_sq": w * w * (inside & right),
            "weight_sq_sum": w * w * inside,
            "expected_correct": w * audits["rate"] * inside,
            "new_policy_weight": w * audits["fresh"] * inside,
            "outside_weight_sum": w * ~inside,
            "outside_weighted_correct": w * (~inside & right),
            **{kind: inside & (audits["error_type"] == kind) for kind in KINDS[1:]},
        }
    )
    by = [audits["market"], audits["moderator_id"], audits["period"]]
    panel = cells.groupby(by, sort=True).sum().reset_index()
    lag = audits["audited_at"] - audits["decided_at"]
    usual = lag.groupby(audits["market"]).quantile(0.8)
    latest = audits.groupby("market")["audited_at"].max()
    end = pd.Timestamp("1970-01-12", tz="UTC") + pd.to_timedelta(7 * panel["period"], unit="D")
    panel["provisional"] = panel["market"].map(latest) - end < panel["market"].map(usual)
    staff = pd.read_parquet(root / "tables/moderators").sort_values("valid_from")
    staff["period"] = (pd.to_datetime(staff["valid_from"]) - pd.Timestamp("1970-01-05")).dt.days // 7
    staff["moderator_id"] = staff["moderator_id"].astype(panel["moderator_id"].dtype)
    joined = pd.merge_asof(
        panel.sort_values("period"), staff[["moderator_id", "period", "team"]].sort_values("period"),
        on="period", by="moderator_id",
    )  # fmt: skip
    learned = pd.read_parquet(root / "tables/enrolments")
    learned["cohort"] = (
        learned["completed_at"].dt.tz_localize(None) - pd.Timestamp("1970-01-05")
    ).dt.days // 7
    joined = joined.merge(learned[["moderator_id", "cohort"]], on="moderator_id", how="left")
    joined["event_time"] = joined["period"] - joined["cohort"]
    return joined.sort_values(["market", "moderator_id", "period"], ignore_index=True)


def by_hand(root: Path) -> pd.DataFrame:
    """The same question as somebody who knows DuckDB writes it for these data: zones by ICU, plain sums.

    It leaves out the columns that pandas leaves out.
    """
    import duckdb

    found = duckdb.connect()
    found.execute("SET enable_progress_bar = false")
    return (
        found.sql((HERE / "panel.sql").read_text().replace("{root}", str(root))).to_arrow_table().to_pandas()
    )


def warehouses(root: Path) -> None:
    """The same frame from servers that are started here, and how long each takes."""
    import tne
    from tests.tables import postgres_server, spark_cluster
    from tne.tables.loading import load

    usual = tne.open(root)
    expected = usual.panel("p", provisional=True)
    for kind in ("postgresql", "spark"):
        missing = postgres_server.MISSING if kind == "postgresql" else spark_cluster.MISSING
        if missing:
            print(f"{kind} is left out: {missing}")
            continue
        place = root.parent / kind
        place.mkdir()
        (place / "tne.toml").write_text(f'[source]\nengine = "{kind}"\nschema = "qa"\n')
        with ExitStack() as stack:
            if kind == "postgresql":
                variables = stack.enter_context(postgres_server.server())
                stack.enter_context(postgres_server.connected(variables))
                load(usual.engine, "qa")
            else:
                stack.enter_context(spark_cluster.cluster())
                spark_cluster.register(root, "qa")
            started = time.perf_counter()
            frame = tne.open(place).panel("p", provisional=True)
            seconds = time.perf_counter() - started
        pd.testing.assert_frame_equal(frame, expected, check_exact=True)
        tell(f"{usual.rows_used():,} rows, {kind}, {len(frame):,} identical rows of the panel", seconds, "s")


WAYS = {"ours": ours, "pandas": by_pandas, "by hand": by_hand}


def timed(way: str, root: Path) -> dict[str, float]:
    """Run one way in a process of its own."""
    told = subprocess.run(
        [sys.executable, __file__, "--way", way, "--root", str(root)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(told.stdout.splitlines()[-1])


def one(way: str, root: Path) -> None:
    """Tell seconds, peak memory and what came out, on one line."""
    import tne.tables.panel  # noqa: F401  imports are nobody's question here

    started, before = time.perf_counter(), time.process_time()
    frame = WAYS[way](root)
    said = {"seconds": time.perf_counter() - started, "cpu": time.process_time() - before, "rows": len(frame)}
    said |= {"n": int(frame["n"].sum()), "weight": float(frame["weight_sum"].sum())}
    said["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(json.dumps(said))


def main(asked: argparse.Namespace, scratch: Path) -> None:
    """Answer what was asked."""
    root = scratch / "usual"
    write(root, asked.audits, 4000)
    taken: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    for _ in range(asked.rounds):
        for way, found in taken.items():
            found.append(timed(way, root))
    agree = {(found[0]["rows"], found[0]["n"], round(found[0]["weight"] / 1e3)) for found in taken.values()}
    if len(agree) > 1:
        raise SystemExit(f"The ways do not agree on rows, audits and weights: {agree}")
    middle = {
        way: {k: statistics.median(f[k] for f in found) for k in found[0]} for way, found in taken.items()
    }
    n = f"{asked.audits:,} audits"
    for way, found in middle.items():
        tell(f"{n}, {way}", found["seconds"], "s")
        tell(f"{n}, {way}, processor", found["cpu"], "s")
        tell(f"{n}, {way}, peak memory", found["peak"], "GB", **({"most": 1.2} if way == "ours" else {}))
    tell("times as fast as pandas", middle["pandas"]["seconds"] / middle["ours"]["seconds"], least=4)
    tell(
        "times as long as hand-written SQL",
        middle["ours"]["seconds"] / middle["by hand"]["seconds"],
        most=1.2,
    )
    if asked.large:
        large = scratch / "large"
        write(large, asked.large, 10_000)
        found = timed("ours", large)
        tell(f"{asked.large:,} audits", found["seconds"], "s")
        tell(f"{asked.large:,} audits, peak memory", found["peak"], "GB", most=2)
        tell("times as long as for the fewer", found["seconds"] / middle["ours"]["seconds"], most=12)
    if asked.warehouse:
        write(scratch / "small", asked.warehouse, 1000)
        warehouses(scratch / "small")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--audits", type=int, default=10_000_000)
    parser.add_argument("--large", type=int, default=100_000_000)
    parser.add_argument("--warehouse", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--way", choices=WAYS)
    parser.add_argument("--root", type=Path)
    told = parser.parse_args()
    if told.way:
        one(told.way, told.root)
    else:
        with tempfile.TemporaryDirectory(prefix="tne-panel-") as folder:
            main(told, Path(folder))
