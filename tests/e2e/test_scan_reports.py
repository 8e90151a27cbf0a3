"""From tables to reports to a parcel: nothing that identifies a person stands in anything that can be shared."""

import shutil

import pytest
from rendered import tne_says

from tne.runs.scan import known_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("company")]


def test_nothing_that_identifies_anybody_is_under_the_reports(company):
    known = known_of(company.workspace)
    assert len(known.ids) > 200, "moderators, trainers and auditors of both markets"
    code, said, _ = tne_says("scan", company.output, "--workspace", company.workspace)
    assert code == 0, said
    assert " 0 findings" in said


def test_nothing_is_in_the_formats_that_are_shared(company, tmp_path):
    what = ("--reports", company.output, "--report", "effectiveness", "weekly", "--market", "IE")
    code, _, said = tne_says("publish", *what, "--formats", "html,xlsx,pptx,csv", "--to", tmp_path / "a.zip")
    assert code == 0, said
    code, said, _ = tne_says("scan", tmp_path / "a.zip", "--workspace", company.workspace)
    assert code == 0, said


def test_an_id_that_gets_into_a_published_page_is_found(company, tmp_path):
    shutil.copy(company.output / "weekly" / "IE.html", tmp_path / "IE.html")
    who = sorted(known_of(company.workspace).ids)[0]
    text = (tmp_path / "IE.html").read_text(encoding="utf-8").replace("</main>", f"<p>x{who}x</p></main>")
    (tmp_path / "IE.html").write_text(text, encoding="utf-8")
    code, said, _ = tne_says("scan", tmp_path, "--workspace", company.workspace)
    assert (code, who in said) == (4, False)
    assert "IE.html: an id of a person" in said
