"""What do finished folders tell of a few people? Simulated companies, run and published, and twelve weekly runs."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from tests.attack import files
from tests.prove.harness import Proof
from tests.runs import turning_company
from tne.cli import main
from tne.made import make
from tne.tables.store import write_tables
from tne.tables.workspace import open as open_workspace

COMPANIES, MARKET = 12, "DE"
REPORTS = ("effectiveness", "assessment")
FORMATS = "html,xlsx,pptx,csv"
DATED = {
    "moderators": "valid_from",
    "audits": "audited_at",
    "production": "date",
    "enrolments": "completed_at",
    "responses": "answered_at",
    "surveys": "submitted_at",
}


def one(seed: int) -> dict[str, Any]:
    """One company in every format; one over twelve weeks, too."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TNE_CONFIG_HOME"] = f"{folder}/config"
        return {
            "folder": company(Path(folder), seed),
            "weeks": weekly(Path(folder), seed) if seed % 4 == 0 else None,
        }


def company(root: Path, seed: int) -> dict[str, Any]:
    """Run, publish, attack: what was understood of the reports and what was recovered."""
    make(root / "ws", seed=seed, markets=(MARKET,))
    _says("run", "--workspace", root / "ws", "--output", root / "out", "--report", *REPORTS)
    what = ("--reports", root / "out", "--workspace", root / "ws", "--market", MARKET)
    _says("publish", *what, "--formats", FORMATS, "--to", root / "sent")
    rows = pd.read_csv(root / "sent" / "estimates.csv")
    told, few, control, hiding = 0, [], 0, 0
    for name in sorted(rows.loc[rows["measure"].eq("gain"), "programme_id"].unique()):
        frame = files.people(root / "ws", name, MARKET)
        means = files.means(root / "sent", frame, name, MARKET)
        told += len(means)
        few += files.recovered(frame, means)
        control += bool(files.recovered(frame, files.ungated(frame)))
        hiding += bool(files.recovered(frame, files.ungated(frame, files.MIN_N)))
    controls = {"ungated": control, "hiding_small_groups": hiding}
    return {"understood": told, "recovered": few, **controls}


def weekly(root: Path, seed: int) -> dict[str, Any]:
    """Twelve weekly runs in which 3 % leave and as many come; all pages read together."""
    whole, grows, out = root / "whole", root / "grows", root / "weeks"
    turning_company.make(whole, seed)
    opened = open_workspace(whole)
    names = sorted(path.name for path in (whole / "tables").iterdir())
    tables = {name: opened.table(name).dropna(axis="columns", how="all") for name in names}
    everybody = files.people(whole, turning_company.PROGRAMME, turning_company.MARKET)
    told: list[files.Mean] = []
    ungated: list[files.Mean] = []
    before: dict[str, tuple[str, ...]] = {}
    published = 0
    for week in range(turning_company.WEEKS):
        until = turning_company.last_day(week) + pd.Timedelta(1, "D")
        write_tables({name: _until(frame, DATED.get(name), until) for name, frame in tables.items()}, grows)
        (grows / "tne.toml").write_bytes((whole / "tne.toml").read_bytes())
        _says("run", "--workspace", grows, "--output", out, "--report", *REPORTS)
        published += all((out / report / f"{turning_company.MARKET}.html").is_file() for report in REPORTS)
        known = everybody.copy()  # whose tests were over by then
        for wave in files.WAVES:
            known.loc[~(known[f"answered_at_{wave}"] < until.tz_localize("UTC")), wave] = float("nan")
        means = files.means(out, known, turning_company.PROGRAMME, turning_company.MARKET)
        # a number that waits is that of an earlier week and says nothing about this one
        told += [mean for mean in means if mean.printed != before.get(mean.what)]
        before |= {mean.what: mean.printed for mean in means}
        ungated += files.ungated(known, files.MIN_N)
    return {
        "published": published,
        "understood": len(told),
        "recovered": files.recovered(everybody, told),
        "ungated": len(files.recovered(everybody, ungated)),
    }


def _until(frame: pd.DataFrame, day: str | None, until: pd.Timestamp) -> pd.DataFrame:
    if day is None:
        return frame
    zone = getattr(frame[day].dt, "tz", None)
    return frame.loc[frame[day] < (until.tz_localize(zone) if zone else until)]


def _says(*arguments: object) -> None:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as said:
        code = main([str(argument) for argument in arguments])
    assert code == 0, said.getvalue()


def judge(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Nobody is recovered from a folder, nor from twelve weeks; ungated means recover somebody."""
    folders = [row["folder"] for row in rows]
    weeks = [row["weeks"] for row in rows if row["weeks"]]
    outcome = {
        "numbers_understood": sum(row["understood"] for row in folders),
        "recovered": sum(len(row["recovered"]) for row in folders),
        "companies_recovered_ungated": sum(row["ungated"] > 0 for row in folders),
        "companies_recovered_hiding_small_groups": sum(row["hiding_small_groups"] > 0 for row in folders),
        "weekly_runs": weeks,
    }
    bars = {
        "nobody_recovered": outcome["recovered"] == 0 < outcome["numbers_understood"],
        "controls_succeed": outcome["companies_recovered_ungated"] >= 0.95 * len(folders),
        "weekly_runs_publish": all(row["published"] == turning_company.WEEKS for row in weeks)
        and bool(weeks),
        "twelve_weeks_recover_nobody": all(not row["recovered"] and row["ungated"] for row in weeks),
    }
    return {"outcomes": outcome, "bars": bars, "passed": all(bars.values())}


FOLDERS = Proof(
    name="disclosure_files",
    claim="from 12 companies' folders in all formats, and from twelve weekly runs with 3 % turnover, the means of "
    "tests recover nobody, all roundings joined",
    covers=(
        "src/tne/report/**/*.py",
        "src/tne/runs/*.py",
        "src/tne/tables/groups.py",
        "src/tne/tables/holding.py",
        "src/tne/tables/ledger*.py",
        "src/tne/tables/noting.py",
        "src/tne/tables/released.py",
        "notebooks/reports/*.ipynb",
        "tests/attack/*.py",
    ),
    replications=COMPANIES,
    one=one,
    judge=judge,
)
