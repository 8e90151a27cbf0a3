"""A real export end to end: 4,059 pupils of 65 London schools (dataset Exam of the R package mlmRev)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import tne
from tne.tables.importers import import_export
from tne.tables.importers.touching import read_stored

MAP = Path(__file__).parents[2] / "docs" / "examples" / "exam.toml"


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("TNE_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "workspace"


def test_exam_import_matches_published_counts(truth, home):
    """4,059 pupils in 65 schools: Goldstein et al. (1993), as the help page of mlmRev::Exam says."""
    report = import_export(MAP, truth / "data" / "exam_mlmRev.csv", home)
    assert report.table("markets").stored == 65
    assert report.table("responses").stored == 2 * 4059
    assert report.table("responses").quarantined == 0
    assert report.unknown_columns == ()
    responses = read_stored(home, "responses")
    raw = pd.read_csv(truth / "data" / "exam_mlmRev.csv")
    assert responses["moderator_id"].nunique() == 4059
    for wave, column in (("pre", "standLRT"), ("post", "normexam")):
        stored = responses.loc[responses["wave"] == wave]
        assert stored["score"].sum() == pytest.approx(raw[column].sum(), abs=1e-9)
        by_school = stored.groupby("market")["score"].mean()
        expected = raw.groupby("school")[column].mean()
        assert by_school["S07"] == pytest.approx(expected[7], abs=1e-12)


def test_exam_scores_have_two_scales(truth, home):
    import_export(MAP, truth / "data" / "exam_mlmRev.csv", home)
    scores = tne.open(home).scores("exam")
    assert len(scores) == 4059
    assert scores[["pre", "post"]].notna().all().all()
    assert (scores["scale_pre"] != scores["scale_post"]).all()


def test_five_schools_then_all_are_the_same_people(truth, home, tmp_path):
    raw = pd.read_csv(truth / "data" / "exam_mlmRev.csv", dtype=str)
    few = tmp_path / "five.csv"
    raw[raw["school"].isin(["1", "2", "3", "4", "65"])].to_csv(few, index=False)
    first = import_export(MAP, few, home)
    assert first.table("markets").stored == 5
    people = set(read_stored(home, "responses")["moderator_id"])
    second = import_export(MAP, truth / "data" / "exam_mlmRev.csv", home)
    assert second.table("responses").unchanged == 2 * len(people)
    assert people < set(read_stored(home, "responses")["moderator_id"])
