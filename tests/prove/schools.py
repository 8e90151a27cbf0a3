"""The exam file, whole: every school's report rendered and judged against direct calls and a second library."""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import re
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import statsmodels.formula.api as smf

import tne
from tests.browser.shelf import REPORTS
from tests.prove.harness import ROOT, Proof, reached
from tne.cli import main

COUNT, SMALL = 65, 2
PUBLISHED = len(REPORTS) * COUNT + 1  # and the one over all markets
NUMBERS = ["estimate", "conf_low", "conf_high"]


def one(seed: int) -> dict[str, Any]:
    """Import the file, render all reports, compare each; the seed is not needed."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        os.environ["TNE_CONFIG_HOME"] = str(root / "config")
        export = Path(os.environ["TNE_TRUTH"]) / "data" / "exam_mlmRev.csv"
        mapping = ROOT / "docs" / "examples" / "exam.toml"
        with contextlib.redirect_stdout(io.StringIO()):
            imported = main(["import", "--map", str(mapping), str(export), "--workspace", str(root / "ws")])
            made = main(["run", "--workspace", str(root / "ws"), "--output", str(root / "out"), "--json"])
        return {"import": imported, "run": made, **compare(root)}


def compare(root: Path) -> dict[str, Any]:
    """Hold estimates.csv and the pages against `group_effects`, and that against statsmodels."""
    scores = tne.open(root / "ws").scores("exam").dropna(subset=["pre", "post"])
    direct = tne.group_effects(scores, outcome="post", baseline="pre", group="market")
    effects = smf.mixedlm("post ~ pre", scores, groups=scores["market"]).fit(reml=True).random_effects
    blup = {school: float(effect.iloc[0]) for school, effect in effects.items()}
    rows = pd.read_csv(root / "out" / "estimates.csv")
    cells = []
    for school, people in scores.groupby("market").size().items():
        page = (root / "out" / "effectiveness" / f"{school}.html").read_text(encoding="utf-8")
        mine = rows.loc[rows["market"].eq(school)]
        effects_told = mine.loc[mine["measure"].eq("group_effect")].set_index("term")
        off = [
            _off(effects_told.loc[kind], direct.get(group=school, kind=kind)) for kind in ("raw", "shrunken")
        ]
        cells.append(
            {
                "school": school,
                "small": int(people) < 10,
                "numbers": int(mine[NUMBERS].notna().sum().sum()),
                "gains": int(mine.loc[mine["measure"].ne("group_effect"), "estimate"].notna().sum()),
                "steps_off": max((x for x in off if x is not None), default=None),
                "blup_off": abs(direct.get(group=school, kind="shrunken").estimate - blup[school]),
                "says_no_gain": "not on one scale" in page,
                "says_few": "too few people" in page,
                "pictures": len(re.findall("<img ", page)),
            }
        )
    statuses = [e["status"] for e in json.loads((root / "out" / "manifest.json").read_text())["reports"]]
    questions = rows.loc[rows["report"].eq("assessment"), NUMBERS]
    said = [
        "only one question"
        in (root / "out" / "assessment" / f"{cell['school']}.html").read_text(encoding="utf-8")
        for cell in cells
    ]
    tests = {"numbers_about_questions": int(questions.notna().sum().sum()), "say_one_question": sum(said)}
    return {"schools": cells, "published": statuses.count("published"), **tests}


def _off(told: pd.Series, found: Any) -> float | None:
    """Largest distance in half units of the last published digit; None where nothing is published."""
    if told[NUMBERS].isna().all():
        return None
    half = (found.conf_high - found.conf_low) / 2
    unit = 10.0 ** (math.floor(math.log10(half)) - 1)
    return max(abs(told[name] - getattr(found, name)) for name in NUMBERS) / (unit / 2)


def judge(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """All reports are there, true, and silent where they must be."""
    row = rows[0]
    cells = pd.DataFrame(row["schools"])
    large, small = cells.loc[~cells["small"]], cells.loc[cells["small"]]
    outcome = {
        "published": row["published"],
        "largest_distance_in_half_units": float(large["steps_off"].max()),
        "largest_distance_from_statsmodels": float(cells["blup_off"].max()),
        "numbers_of_small_schools": int(small["numbers"].sum() + small["pictures"].sum()),
        "gains_shown": int(cells["gains"].sum()),
        "numbers_about_questions": row["numbers_about_questions"],
    }
    bars = {
        "every_report_published": (row["import"], row["run"], row["published"]) == (0, 0, PUBLISHED),
        "numbers_are_the_direct_ones": len(large) == COUNT - SMALL
        and bool(large["steps_off"].notna().all())
        and outcome["largest_distance_in_half_units"] <= 1 + 1e-6,
        "shrunken_equals_statsmodels": outcome["largest_distance_from_statsmodels"] <= 1e-3,
        "small_schools_show_no_number": outcome["numbers_of_small_schools"] == 0
        and bool(small["says_few"].all()),
        "one_question_is_not_analysed": row["numbers_about_questions"] == 0
        and row["say_one_question"] == COUNT,
        "no_gain_and_why": outcome["gains_shown"] == 0 and bool(cells["says_no_gain"].all()),
    }
    return {"outcomes": outcome, "bars": bars, "passed": all(bars.values())}


SCHOOLS = Proof(
    name="schools",
    claim="every report of 65 schools from one export: raw and shrunken results as computed directly, no gain, small "
    "schools silent, nothing said about tests of one question",
    covers=(
        *reached("tne.measures.groups", "tne.measures.learning", "tne.measures.assessment"),
        "src/tne/report/*.py",
        "src/tne/runs/*.py",
        "src/tne/tables/importers/*.py",
        "notebooks/reports/*.ipynb",
        "docs/examples/exam.toml",
    ),
    replications=1,
    one=one,
    judge=judge,
)
