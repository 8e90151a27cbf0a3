"""What is due, and what makes a report a different one."""

import fake
import pytest

from tne.runs.outcome import ContractError, UsageError
from tne.runs.plan import find_notebooks, house_notebooks, plan
from tne.runs.publish import publish
from tne.runs.run import is_due


@pytest.fixture
def root(tmp_path):
    return fake.project(tmp_path, "BB", "AA")


def planned(root, **asked):
    home = root / "data" / "demo"
    return plan(home, find_notebooks(None, home, root), **asked)


def ids(root, **asked):
    return {p.market: p.run_ids for p in planned(root, **asked)}


def test_every_market_in_the_order_of_codes(root):
    assert [(p.market, p.path) for p in planned(root)] == [
        ("AA", "effectiveness/AA.html"),
        ("BB", "effectiveness/BB.html"),
    ]


def test_own_reports_of_a_workspace_come_along_and_replace_those_of_their_name(root):
    own = root / "data" / "demo" / "notebooks" / "reports"
    house = root / "notebooks" / "reports" / "effectiveness.ipynb"
    assert find_notebooks(None, root / "data" / "demo", root) == {"effectiveness": house}
    fake.notebook(own / "mine.ipynb")
    assert {p.report for p in planned(root)} == {"effectiveness", "mine"}
    assert find_notebooks(house.parent, root / "data" / "demo", root)["mine"] == own / "mine.ipynb"
    fake.notebook(own / "Effectiveness.ipynb")
    found = find_notebooks(None, root / "data" / "demo", root)
    assert {path.parent for path in found.values()} == {own}
    assert house_notebooks(None, root / "data" / "demo", root) == {"effectiveness": house}


def test_own_id_follows_the_inputs_of_its_market_and_the_other_one_those_of_all(root):
    before = ids(root)
    fake.audits(root, "BB", 5)
    after = ids(root)
    assert after["AA"]["own"] == before["AA"]["own"]
    assert after["AA"]["all"] != before["AA"]["all"]
    assert after["BB"]["own"] != before["BB"]["own"]
    (root / "data/demo/tables/programmes").mkdir()
    fake.pq.write_table(fake.pa.table({"a": [1]}), root / "data/demo/tables/programmes/part.parquet")
    assert ids(root)["AA"]["own"] != after["AA"]["own"]  # a table without markets


def test_the_two_ids_never_meet(tmp_path):
    alone = ids(fake.project(tmp_path, "AA"))["AA"]
    assert alone["own"] != alone["all"]


def test_run_id_follows_what_was_set_aside_because_pages_show_its_count(root):
    before = ids(root)
    aside = root / "data" / "demo" / "quarantine" / "audits" / "a.csv"
    aside.parent.mkdir(parents=True)
    aside.write_text("rule,row\nkey,1\n")
    assert ids(root)["AA"]["own"] != before["AA"]["own"]


def test_a_page_is_due_by_what_it_has_read(root):
    """Another market's file changes: exactly the pages that have read all markets are due."""
    reports = root / "reports"
    for report, reads in (("effectiveness", "own"), ("among", "all")):
        fake.notebook(root / "notebooks" / "reports" / f"{report}.ipynb")
        for p in planned(root, reports=[report]):
            facts = {"report": report, "market": p.market, "period": "", "facts": {}, "reads": reads}
            publish(reports, p.path, f"<p>{p.path}</p>", [], run_id=p.run_ids[reads], **facts)
    assert not any(is_due(p, reports) for p in planned(root))
    fake.audits(root, "BB", 5)
    due = {p.path for p in planned(root) if is_due(p, reports)}
    assert due == {"among/AA.html", "among/BB.html", "effectiveness/BB.html"}


def test_a_report_over_all_markets_has_one_id(root):
    own = "\n".join(line for line in fake.PARAMETERS.splitlines() if not line.startswith("market"))
    fake.notebook(root / "notebooks" / "reports" / "portfolio.ipynb", "1", fake.END, parameters=own)
    before = ids(root, reports=["portfolio"])["all"]
    assert before["own"] == before["all"]
    fake.audits(root, "BB", 5)
    assert ids(root, reports=["portfolio"])["all"]["own"] != before["own"]


@pytest.mark.parametrize("asked", [{"language": "de"}, {"period": "2026Q1"}, {"given": {"weeks": 8}}])
def test_run_id_follows_parameters(root, asked):
    assert ids(root)["AA"] != ids(root, **asked)["AA"]


def test_run_id_follows_notebook_and_settings_but_not_the_place(root, tmp_path_factory):
    before = ids(root)
    assert ids(fake.project(tmp_path_factory.mktemp("elsewhere"), "BB", "AA")) == before
    (root / "data" / "demo" / "plans.json").write_text("[]")
    settled = ids(root)
    assert settled != before
    fake.notebook(root / "notebooks" / "reports" / "effectiveness.ipynb", "1", fake.END)
    assert ids(root)["AA"] != settled["AA"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"markets": ["DE"]}, "no market DE in the workspace. There is AA, BB"),
        ({"reports": ["effectivness"]}, "no report effectivness. There is effectiveness"),
        ({"period": "2026Q9"}, "no period here"),
        ({"period": "2031Q1"}, "data from 2025-04-18 to 2026-07-02"),
        ({"given": {"wekks": 1}}, "no parameter `wekks`"),
        ({"given": {"weeks": "many"}}, "`weeks` must be a whole number"),
    ],
)
def test_wrong_calls_say_what_exists(root, asked, said):
    with pytest.raises(UsageError, match=said):
        planned(root, **asked)


@pytest.mark.parametrize(
    ("period", "path"),
    [
        # the data go to 2 July 2026
        ("2025Q4", "effectiveness/AA/2025Q4.html"),
        ("2026-06", "effectiveness/AA/2026-06.html"),
        ("2026Q2", "effectiveness/AA/2026Q2.html"),
        ("2026-07", "effectiveness/AA.html"),
        ("2026Q3", "effectiveness/AA.html"),
    ],
)
def test_older_period_has_its_own_page_and_the_latest_the_market_s(root, period, path):
    assert planned(root, period=period)[0].path == path


def test_report_without_market_spans_them_all(root):
    own = "\n".join(line for line in fake.PARAMETERS.splitlines() if not line.startswith("market"))
    fake.notebook(root / "notebooks" / "reports" / "portfolio.ipynb", "1", fake.END, parameters=own)
    assert planned(root)[-1].path == "portfolio/all.html"
    assert {p.report for p in planned(root, markets=["AA"])} == {"effectiveness"}


def test_missing_table_is_no_error_and_a_missing_market_list_is(root):
    for part in (root / "data" / "demo" / "tables" / "audits").rglob("*.parquet"):
        part.unlink()
    assert set(planned(root)[0].inputs) == {"markets"}
    (root / "data" / "demo" / "tables" / "markets" / "part.parquet").unlink()
    with pytest.raises(ContractError, match="no table `markets`"):
        planned(root)


def test_unreadable_table_is_a_problem_of_its_market_only(root):
    (root / "data" / "demo" / "tables" / "audits" / "market=BB" / "part.parquet").write_bytes(b"PAR1")
    found = {p.market: p.problem for p in planned(root)}
    assert found == {"AA": "", "BB": "The table `audits` is no readable Parquet. Import it again."}
