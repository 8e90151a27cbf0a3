"""Before a page is put: it is held against the ledger, and whatever was not looked at whole is refused."""

import json
from types import SimpleNamespace

import fake
import pytest
from test_run_gate import ROW, page

from tne.cli import main
from tne.runs import gate, handover, release
from tne.runs.outcome import Refused
from tne.tables.groups import Group, as_list

ROWS = [ROW | {"report": "effectiveness"}]


def people(n, first=0):
    return [f"m-aa{i:04d}" for i in range(first, first + n)]


def crowd(who, statistic="tests pre+post", end="2026-06-28", last=20632):
    return as_list(Group(statistic, "p1", "trained", "2025-04-18", end, dict.fromkeys(who, (20196, last))))


@pytest.fixture
def made(tmp_path):
    """Return a function that hands a finished page about some people to a desk."""
    root = tmp_path / "ws"
    root.mkdir()
    count = iter(range(100))

    def make(*crowds, rows=ROWS, report="effectiveness", desk=None, gone="", market="AA"):
        folder = tmp_path / str(next(count))
        folder.mkdir()
        (folder / "page.html").write_text(page())
        (folder / "rows.json").write_text(json.dumps(rows))
        (folder / "private.json").write_text("[]")
        (folder / release.GROUPS).write_text(json.dumps([[market, True, one] for one in crowds]))
        (folder / gone).unlink() if gone else None
        planned = SimpleNamespace(report=report, market=market, period="")
        executed = SimpleNamespace(planned=planned, folder=folder, result={"facts": {"period": "2026Q2"}})
        return (desk or handover.Desk(root, 10)).taken(executed)

    make.root = root
    return make


def test_the_same_people_again_pass_and_a_few_less_are_refused_with_what_to_do(made):
    assert made(crowd(people(30))).period == "2026Q2"
    made(crowd(people(30)))
    with pytest.raises(Refused) as refused:
        made(crowd(people(27)))
    said = str(refused.value)
    assert "1 of its groups of people (tests pre+post)" in said
    assert "tne ledger withdraw effectiveness AA 2026Q2 --because" in said
    assert not {"3", "27", "30"} & set(said.replace(".", " ").split()), "never of how many people"
    made(crowd(people(20)))  # ten less


def test_another_report_or_output_meets_the_same_ledger(made):
    made(crowd(people(30)))
    with pytest.raises(Refused, match="of the same days"):
        made(crowd(people(31)), report="effectiveness", desk=handover.Desk(made.root, 10))
    with pytest.raises(Refused, match="effectiveness AA 2026Q2"):
        made(crowd(people(31)), report="assessment", rows=[])


def test_a_market_named_anew_is_held_against_what_it_was(made):
    """The same people and numbers under another code; people of another market are no news of these."""

    def marked(who):
        *told, days, _ = crowd(who)
        return [*told, days, {one: 1 + at % 7 for at, one in enumerate(who)}]

    made(marked(people(30)))
    made(crowd(people(33), statistic="tests pre"), rows=[], market="A2")
    with pytest.raises(Refused, match="effectiveness AA 2026Q2"):
        made(marked(people(33)), rows=[], market="A2")
    made(marked(people(33, first=100)), rows=[], market="BB")
    made(marked(people(30)), rows=[], market="A2")


def test_what_is_refused_is_not_noted(made):
    made(crowd(people(30)))
    with pytest.raises(Refused):
        made(crowd(people(27)), crowd(people(40), statistic="tests pre"))
    made(crowd(people(36), statistic="tests pre"))


def test_the_threshold_of_the_workspace_counts_not_the_floor(made):
    with pytest.raises(Refused, match="without at least 20 people"):
        made(rows=[ROW | {"report": "effectiveness", "n_people": 15}], desk=handover.Desk(made.root, 20))
    pooled = ROW | {"report": "calibration", "measure": "agreement", "n_people": 5}
    made(rows=[pooled], report="calibration", desk=handover.Desk(made.root, 20))
    with pytest.raises(Refused, match="3 raters and 20 cases"):
        made(rows=[pooled | {"n": 15}], report="calibration")


def test_an_id_in_a_row_is_refused(made, monkeypatch):
    monkeypatch.setattr(handover.Private, "ids", lambda self, path: frozenset({"m-aa0001"}))
    with pytest.raises(Refused, match=r"1 ids of people stand in its rows"):
        made(rows=[ROW | {"report": "effectiveness", "group": "m-aa0001"}])


@pytest.mark.parametrize("check", ["check_page", "check_rows"])
def test_a_gate_that_fails_refuses(made, monkeypatch, check):
    def broken(*_):
        raise KeyError("m-aa0001")

    monkeypatch.setattr(gate, check, broken)
    with pytest.raises(Refused, match=r"A check of the page failed itself \(KeyError\)") as refused:
        made()
    assert "m-aa0001" not in str(refused.value)


def test_a_ledger_that_fails_refuses(made, monkeypatch, tmp_path):
    made(crowd(people(30)))
    monkeypatch.setenv("TNE_CONFIG_HOME", str(tmp_path / "elsewhere"))
    with pytest.raises(Refused, match="needs the key of the workspace"):
        made(crowd(people(30)))


@pytest.mark.parametrize("gone", ["groups.json", "rows.json", "private.json"])
def test_a_page_without_one_of_its_files_is_unfinished(made, gone):
    with pytest.raises(handover.Unfinished):
        made(gone=gone)


def test_a_run_keeps_the_earlier_page_and_says_why(tmp_path, monkeypatch, capsys):
    """Stale with exit code 4; where no page stands refused; once the first is withdrawn, published."""
    fake.project(tmp_path, "AA")
    monkeypatch.chdir(tmp_path)
    told = tmp_path / "data" / "demo" / "crowd-AA.json"
    told.write_text(json.dumps([crowd(people(30))]))
    assert main(["run"]) == 0
    first = (tmp_path / "reports" / "effectiveness" / "AA.html").read_bytes()
    ledger = tmp_path / "data" / "demo" / "ledger" / "AA.jsonl"
    noted = ledger.read_bytes()
    assert main(["run"]) == 0, "nothing is due"
    told.write_text(json.dumps([crowd(people(27))]))
    assert main(["run", "--force"]) == 4
    assert (tmp_path / "reports" / "effectiveness" / "AA.html").read_bytes() == first
    [entry] = fake.manifest(tmp_path)["reports"]
    assert (entry["status"], entry["cause"]) == ("stale", "gate")
    assert "ledger of released groups refused it" in entry["reason"]
    assert main(["run", "--output", "other"]) == 4
    assert json.loads((tmp_path / "other" / "manifest.json").read_text())["reports"][0]["status"] == "refused"
    assert not (tmp_path / "other" / "effectiveness" / "AA.html").exists()
    assert ledger.read_bytes() == noted
    capsys.readouterr()
    assert main(["ledger"]) == 0
    shown = capsys.readouterr().out
    assert "effectiveness · AA · 2026Q2" in shown
    assert "about 30 people" in shown
    assert main(["ledger", "withdraw", "effectiveness", "AA", "2026Q2", "--because", "never sent"]) == 0
    assert main(["ledger", "withdraw", "effectiveness", "AA", "2026Q2", "--because", "never sent"]) == 2
    assert main(["run", "--force"]) == 0
