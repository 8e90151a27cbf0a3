"""How fast are the heavy steps, against the plain way of doing them? Ratios of medians, both timed in one run.

``make bench``, or ``python benchmarks/run.py [workspace]``. Results are compared before anything is timed.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import tne

ROUNDS = 5
ORIGIN = pd.Timestamp("1970-01-05")
SUMS = ("n", "n_correct", "weight_sum", "weighted_correct", "weighted_correct_sq", "weight_sq_sum")
WORK = ("cases", "handle_seconds", "exposure_minutes")


def tne_panels(root: Path, programmes: list[str]) -> dict[str, pd.DataFrame]:
    """One pass over the audits, then a panel per programme, in SQL."""
    ws = tne.open(root)
    return {name: ws.panel(name, provisional=True) for name in programmes}


def pandas_panels(root: Path, programmes: list[str]) -> dict[str, pd.DataFrame]:
    """The same person-weeks with merges and group-bys; less than the SQL does (no homes, arms, provisional weeks)."""
    keys = ["market", "moderator_id", "period"]
    zones = _table(root, "markets").set_index("market")["timezone"]
    audits = _table(root, "audits").query("not seeded")
    audits["period"] = _weeks(audits, "decided_at", zones)
    weight, right = audits["sampling_weight"], audits["correct"].astype(int)
    audits = audits.assign(n=1, n_correct=right, weight_sum=weight, weighted_correct=weight * right)
    audits = audits.assign(weighted_correct_sq=weight**2 * right, weight_sq_sum=weight**2)
    cells = audits.groupby(keys, observed=True)[list(SUMS)].sum()
    work = _table(root, "production")
    work["period"] = (pd.to_datetime(work["date"]) - ORIGIN).dt.days // 7
    base = cells.join(
        work.groupby(keys, observed=True)[list(WORK)].sum(min_count=1), how="outer"
    ).reset_index()
    base = base.fillna(dict.fromkeys(SUMS, 0))
    spells = _table(root, "moderators")[["moderator_id", "valid_from", "team", "hired_on"]]
    spells["valid_from"] = pd.to_datetime(spells["valid_from"]).astype("datetime64[us]")
    base["ends"] = (ORIGIN + pd.to_timedelta(7 * base["period"] + 6, unit="D")).astype("datetime64[us]")
    base = pd.merge_asof(
        base.sort_values("ends"),
        spells.sort_values("valid_from"),
        left_on="ends",
        right_on="valid_from",
        by="moderator_id",
    )
    base["tenure_weeks"] = base["period"] - (pd.to_datetime(base["hired_on"]) - ORIGIN).dt.days // 7
    stays = _table(root, "attendance").merge(_table(root, "sessions"), on="session_id")
    stays["period"] = _weeks(stays, "joined_at", zones)
    first = stays.groupby(["programme_id", "moderator_id"])["period"].min()
    panels = {}
    for name in programmes:
        cohort = first.loc[name] if name in first.index.levels[0] else pd.Series(dtype=float)
        panel = base.assign(cohort=base["moderator_id"].map(cohort))
        panel["event_time"] = panel["period"] - panel["cohort"]
        panels[name] = panel.sort_values(keys, ignore_index=True)
    return panels


def _table(root: Path, name: str) -> pd.DataFrame:
    frame = pd.read_parquet(root / "tables" / name)
    return (
        frame.astype({"market": "str"}) if "market" in frame else frame
    )  # a partition is read as a category


def _weeks(frame: pd.DataFrame, instant: str, zones: pd.Series) -> pd.Series:
    """Market-local ISO week of an instant, counted from Monday 1970-01-05."""
    weeks = pd.Series(0, index=frame.index)
    for market, part in frame.groupby("market", observed=True):
        local = part[instant].dt.tz_convert(zones[market]).dt.tz_localize(None)
        weeks.loc[part.index] = (local - ORIGIN).dt.days // 7
    return weeks


def staggered_panel(units: int, periods: int) -> pd.DataFrame:
    """Units × periods in four groups: three trained one after another, one never."""
    rng = np.random.default_rng(units)
    starts = np.array([periods * 0.5, periods * 0.6, periods * 0.7, np.nan])
    unit, period = np.divmod(np.arange(units * periods), periods)
    cohort = np.floor(starts)[unit % 4]
    y = rng.normal(size=len(unit)) + 0.05 * period + (period >= cohort)
    return pd.DataFrame({"unit": unit, "period": period, "cohort": cohort, "y": y})


def tne_att(panel: pd.DataFrame) -> np.ndarray:
    """Effects with their influence functions and standard errors."""
    att = tne.group_time_att(
        panel, outcome="y", unit="unit", period="period", cohort="cohort", comparison="not_yet_treated"
    )
    return att.to_frame()["estimate"].to_numpy(dtype=float)


def loop_att(panel: pd.DataFrame) -> np.ndarray:
    """The definition, unit by unit: effects and the variance of a difference of means."""
    wide = panel.pivot_table(index="unit", columns="period", values="y").to_numpy()
    cohorts = panel.drop_duplicates("unit")["cohort"].to_numpy()
    out, errors = [], []
    for g in sorted(set(cohorts[~np.isnan(cohorts)])):
        for t in range(wide.shape[1]):
            base = int(g) - 1 if t >= g else t - 1
            if base < 0:
                continue
            trained, others = [], []
            for row, cohort in zip(wide, cohorts, strict=True):
                if cohort == g:
                    trained.append(row[t] - row[base])
                elif np.isnan(cohort) or cohort > max(t, base):
                    others.append(row[t] - row[base])
            known = bool(trained) and bool(others)
            out.append(np.mean(trained) - np.mean(others) if known else np.nan)
            errors.append(np.var(trained) / len(trained) + np.var(others) / len(others) if known else np.nan)
    return np.array(out)


def seconds(work: Callable[[], Any]) -> float:
    """Median of some rounds after one that is not counted."""
    work()
    taken = []
    for _ in range(ROUNDS):
        gc.collect()
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def same_panels(ours: dict[str, pd.DataFrame], plain: dict[str, pd.DataFrame]) -> None:
    """Stop unless both ways count the same audits, work, teams and cohorts in the same person-weeks."""
    for name, panel in ours.items():
        other = plain[name]
        assert len(panel) == len(other), f"{name}: {len(panel)} and {len(other)} person-weeks"
        for column in (*SUMS, *WORK, "tenure_weeks"):
            a, b = (frame[column].to_numpy(dtype=float) for frame in (panel, other))
            assert np.allclose(a, b, equal_nan=True), f"{name}: {column} differs"
        assert (panel["team"].to_numpy() == other["team"].to_numpy()).all(), f"{name}: team differs"


def main(root: Path) -> None:
    programmes = tne.open(root).programmes["programme_id"].tolist()
    ours, plain = tne_panels(root, programmes), pandas_panels(root, programmes)
    same_panels(ours, plain)
    rows = sum(
        len(pd.read_parquet(root / "tables" / name, columns=["market"])) for name in ("audits", "production")
    )
    cases = [
        (
            f"{len(programmes)} panels from {rows:,} rows: DuckDB / pandas",
            lambda: tne_panels(root, programmes),
            lambda: pandas_panels(root, programmes),
        )
    ]
    for units, periods in ((24, 52), (2000, 50)):
        panel = staggered_panel(units, periods)
        found, expected = tne_att(panel), loop_att(panel)
        both = ~np.isnan(expected)
        assert np.allclose(found[both], expected[both]), "the two ways differ"
        label = f"group_time_att on {units} × {periods} = {units * periods:,} rows: tne / loop"
        cases.append((label, lambda p=panel: tne_att(p), lambda p=panel: loop_att(p)))
    print(f"{'':<66}{'tne':>9}{'plain':>9}{'times as fast':>15}")
    for label, tool, baseline in cases:
        a, b = seconds(tool), seconds(baseline)
        print(f"{label:<66}{a:>8.3f}s{b:>8.3f}s{b / a:>15.1f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else tne.open().root)
