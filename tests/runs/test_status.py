"""What is fresh, computed from the plan and from what stands in the output folder."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import fake
import pytest

from tne.cli import main
from tne.runs import inputs, manifest
from tne.runs.plan import find_notebooks, plan
from tne.runs.publish import current, publish
from tne.runs.status import freshness, summary, table

AS_OF = datetime(2026, 6, 28, tzinfo=UTC)
NOW = AS_OF + timedelta(hours=30)


@pytest.fixture
def root(tmp_path):
    return fake.project(tmp_path, "AA", "BB", "CC")


def planned(root):
    home = root / "data" / "demo"
    return plan(home, find_notebooks(None, home, root))


def put(root, report, run_id=None, as_of="2026-06-28T00:00:00Z", reads="own"):
    """Publish a page as a run does."""
    publish(
        root / "reports",
        report.path,
        f"<p>{report.market}</p>",
        [],
        run_id=run_id or report.run_ids[reads],
        reads=reads,
        report=report.report,
        market=report.market,
        period="2026Q2",
        facts={"as_of": as_of},
    )


def note(root, chosen, **statuses):
    """Write the manifest of a run that ended so."""
    home = root / "data" / "demo"
    book = manifest.begin(home, chosen, {}, {})
    book["reports"] = [
        manifest.entry(p, statuses[p.market], current(root / "reports", p.path), reason="It says why.")
        for p in chosen
        if p.market in statuses
    ]
    manifest.write(root / "reports", book | {"exit_code": 1, "finished_at": "2026-06-28T01:00:00Z"})


def states(root, max_age=None):
    rows = freshness(planned(root), root / "reports", NOW, max_age)
    return {row.market: (row.state, row.reason) for row in rows}


def test_without_output_folder_everything_was_never_made(root):
    assert set(states(root).values()) == {("never made", "")}
    assert not (root / "reports").exists()


def test_new_data_make_one_market_due_and_the_table_is_named(root):
    chosen = planned(root)
    for report in chosen:
        put(root, report)
    note(root, chosen, AA="published", BB="published", CC="published")
    assert set(states(root).values()) == {("up to date", "")}
    fake.audits(root, "BB", 5)
    now = states(root)
    assert now["AA"] == now["CC"] == ("up to date", "")
    assert now["BB"] == ("due", "Changed: audits.")


def test_page_that_reads_all_markets_is_due_by_another_s_data(root):
    for report in planned(root):
        put(root, report, reads="all")
    assert {state for state, _ in states(root).values()} == {"up to date"}
    fake.audits(root, "BB", 5)
    assert {state for state, _ in states(root).values()} == {"due"}


def test_new_code_is_named(root):
    chosen = planned(root)
    put(root, chosen[0], run_id="earlier")
    note(root, chosen, AA="published")
    file = root / "reports" / "manifest.json"
    file.write_text(file.read_text().replace(inputs.code(), "0" * 64))
    assert states(root)["AA"] == ("due", "Changed: the code of tne.")


def test_failed_stale_and_interrupted_say_what_the_manifest_says(root):
    chosen = planned(root)
    put(root, chosen[0], run_id="earlier")
    note(root, chosen, AA="stale", BB="refused", CC="interrupted")
    assert states(root) == {
        "AA": ("stale", "It says why."),
        "BB": ("failed", "It says why."),
        "CC": ("never made", "It says why."),
    }


def test_stale_page_whose_inputs_came_back_is_up_to_date(root):
    chosen = planned(root)
    put(root, chosen[0])
    note(root, chosen, AA="stale")
    assert states(root)["AA"][0] == "up to date"


def test_page_edited_by_hand_is_due(root):
    for report in planned(root):
        put(root, report)
    (root / "reports" / "effectiveness" / "AA.html").write_text("edited")
    assert states(root)["AA"] == ("due", "The page is not the one that was published.")


def test_unreadable_table_is_told_before_any_run(root):
    put(root, planned(root)[0])
    for market in ("AA", "BB"):
        part = root / "data" / "demo" / "tables" / "audits" / f"market={market}" / "part.parquet"
        part.write_bytes(b"PAR1")
    now = states(root)
    assert [now[market][0] for market in ("AA", "BB", "CC")] == ["stale", "failed", "never made"]
    assert "no readable Parquet" in now["AA"][1]


@pytest.mark.parametrize(("hours", "fresh"), [(29.9, False), (30.1, True), (None, True)])
def test_age_counts_from_the_data_of_the_page(root, hours, fresh):
    for report in planned(root):
        put(root, report)
    rows = freshness(planned(root), root / "reports", NOW, hours)
    assert {row.age_hours for row in rows} == {30.0}
    assert summary(rows, root / "reports", NOW)["fresh"] is fresh


def test_page_that_does_not_say_its_age_is_not_fresh_where_age_matters(root):
    for report in planned(root):
        put(root, report, as_of="")
    assert summary(freshness(planned(root), root / "reports", NOW), root, NOW)["fresh"]
    rows = freshness(planned(root), root / "reports", NOW, 1000)
    assert not any(row.fresh for row in rows)
    assert "does not say how old" in rows[0].reason


def test_table_has_a_line_a_report_and_no_escape_codes(root):
    rows = freshness(planned(root), root / "reports", NOW)
    shown = table(rows, summary(rows, root / "reports", NOW))
    assert "\x1b" not in shown
    assert [line.split()[1] for line in shown.splitlines()[:4]] == ["market", "AA", "BB", "CC"]
    assert shown.splitlines()[-1] == "3 of 3 reports are not fresh. There was no run yet."


def test_table_says_which_shares_are_missing(root):
    rows = freshness(planned(root), root / "reports", NOW)
    last = {"status": "running", "shards": {"of": 3, "finished": {"2": {}}}}
    assert table(rows, {"last_run": last}).endswith("Of the last run, 1 of 3 shares have finished.")


def test_exit_codes_and_json(root, monkeypatch, capsys):
    monkeypatch.chdir(root)
    assert main(["status"]) == 1
    for report in planned(root):
        put(root, report)
    assert main(["status"]) == 0
    assert "All 3 reports are fresh." in capsys.readouterr().out
    assert main(["status", "--max-age", "1", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["fresh"] is False
    assert told["checked_at"].endswith("Z")
    assert {row["market"]: row["old"] for row in told["reports"]} == {"AA": True, "BB": True, "CC": True}
    assert main(["status", "--max-age", "-1"]) == 2
    assert main(["status", "--market", "ZZ"]) == 2


def test_status_imports_nothing_heavy(root):
    code = (
        "import sys\nfrom tne.cli import main\nassert main(['status']) == 1\n"
        "print(sorted({'pandas', 'papermill', 'nbformat', 'duckdb', 'IPython', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
