"""The trained of all programmes at once are those of the scores of each."""

import pandas as pd
import pytest

import tne
from tests.tables.awkward_company import awkward
from tne.tables.trainees import trainees


@pytest.mark.parametrize("opened", ["sample", "awkward"])
def test_the_trained_of_all_programmes_are_those_of_each(opened):
    ws = tne.open("data/sample") if opened == "sample" else tne.Workspace.from_frames(awkward())
    found = trainees(ws.engine)
    assert len(found) >= 5
    for programme in ws.programmes["programme_id"]:
        scores = ws.scores(programme)
        known = scores.loc[scores["trained_at"].notna(), ["moderator_id", "market", "cohort", "trained_at"]]
        mine = found.loc[found["programme_id"].eq(programme), list(known.columns)]
        pd.testing.assert_frame_equal(
            mine.reset_index(drop=True), known.reset_index(drop=True), check_exact=True
        )


def test_without_sessions_who_completed_is_trained():
    frames = {name: frame for name, frame in awkward().items() if name not in ("sessions", "attendance")}
    ws = tne.Workspace.from_frames(frames)
    found = trainees(ws.engine)
    assert len(found)
    assert found["market"].notna().all()
