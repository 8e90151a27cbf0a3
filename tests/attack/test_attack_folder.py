"""A simulated company, run and published in every format: the attacker has the folder and the canteen list."""

import pytest
from openpyxl import load_workbook

from tests.attack import files
from tests.attack.folder import narrowest, numbers
from tests.e2e.rendered import tne_says

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("company")]
MARKET, PROGRAMMES = "DE", ("hateful-conduct-update", "livestream-elearning", "minor-safety-refresher")


@pytest.fixture(scope="module")
def folder(company, tmp_path_factory):
    """What was sent to others."""
    place = tmp_path_factory.mktemp("sent") / "reports"
    what = ("--reports", company.output, "--report", "effectiveness", "assessment", "--market", MARKET)
    code, _, said = tne_says("publish", *what, "--formats", "html,xlsx,pptx,csv", "--to", place)
    assert code == 0, said
    return place


@pytest.fixture(scope="module")
def frames(company):
    return {name: files.people(company.workspace, name, MARKET) for name in PROGRAMMES}


def test_all_formats_together_recover_nobody(folder, frames):
    told = {name: files.means(folder, frame, name, MARKET) for name, frame in frames.items()}
    assert sum(map(len, told.values())) >= 12, "the attacker must understand what the reports say"
    assert {name: files.recovered(frames[name], means) for name, means in told.items()} == {
        name: [] for name in PROGRAMMES
    }


def test_the_same_means_ungated_recover_a_few(frames):
    assert any(files.recovered(frame, files.ungated(frame)) for frame in frames.values())


def test_one_format_with_more_decimals_would_be_noticed(folder, tmp_path):
    """0.7134 stands as 0.71 in the page and whole in a workbook."""
    book = next((folder / "effectiveness").rglob(f"{MARKET}*.xlsx"))
    sheets = load_workbook(book)
    sheets.active["Z99"] = 0.71341234
    (tmp_path / "effectiveness").mkdir()
    sheets.save(tmp_path / "effectiveness" / f"{MARKET}.xlsx")
    low, high = narrowest("0.71", numbers(tmp_path, "effectiveness", MARKET), 0.71341234)
    assert 0 < high - low < 1e-6
